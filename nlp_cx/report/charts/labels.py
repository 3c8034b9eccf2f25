"""Labels of points: each on the side where it has most room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from nlp_cx.report.charts.axis import Axis, find_extent, is_number
from nlp_cx.report.model import Table

Align: TypeAlias = Literal["left", "center", "right"]
# Where a label stands beside its point: dx, dy, alignment.
PLACES: dict[str, tuple[int, int, Align]] = {
    "right": (10, -9, "left"),
    "left": (-10, -9, "right"),
    "below_right": (10, 11, "left"),
    "below_left": (-10, 11, "right"),
}


def place_labels(name: str, x: Axis, y: Axis, table: Table) -> dict[str, list[str]]:
    """Choose for every label the side with the fewest neighbours on a picture of 640 by 380.

    Parameters
    ----------
    name : str
        Column of the labels.
    x, y : Axis
    table : Table

    Returns
    -------
    dict of str to list of str
        Labels by their place, a key of `PLACES`.
    """
    index = {column.name: i for i, column in enumerate(table.columns)}
    points = [
        (str(row[index[name]]), row[index[x.field]], row[index[y.field]]) for row in table.rows
    ]
    known = [(n, float(a), float(b)) for n, a, b in points if is_number(a) and is_number(b)]
    chosen: dict[str, list[str]] = {}
    if not known:
        return chosen
    x_low, x_wide = find_extent(x, table)
    y_low, y_wide = find_extent(y, table)
    at = {n: ((a - x_low) / x_wide * 640, 380 - (b - y_low) / y_wide * 380) for n, a, b in known}
    boxes = [(px - 8, py - 8, px + 8, py + 8) for px, py in at.values()]
    for label, (px, py) in at.items():
        # A Chinese character is about twice as wide as a letter.
        wide = sum(13 if ord(c) > 0x2E7F else 7 for c in label)
        best = min(
            PLACES, key=lambda p: (_clash(_box(px, py, wide, p), boxes), list(PLACES).index(p))
        )
        boxes.append(_box(px, py, wide, best))
        chosen.setdefault(best, []).append(label)
    return chosen


def _box(px: float, py: float, wide: float, place: str) -> tuple[float, float, float, float]:
    """Give the box of a label in pixels."""
    dx, dy, align = PLACES[place]
    left = px + dx if align == "left" else px + dx - wide
    return (left, py + dy - 7, left + wide, py + dy + 7)


def _clash(
    box: tuple[float, float, float, float], others: Sequence[tuple[float, float, float, float]]
) -> float:
    """Give the area that a box shares with others, and what of it is off the picture."""
    area = 0.0
    for other in others:
        width = min(box[2], other[2]) - max(box[0], other[0])
        height = min(box[3], other[3]) - max(box[1], other[1])
        area += max(width, 0) * max(height, 0)
    return area + 10 * (max(0.0, -box[0]) + max(0.0, box[2] - 640))
