"""Points in four quadrants, with cross-hairs and labels that have room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import altair as alt

from nlp_cx.report.charts.axis import Axis, Spec
from nlp_cx.report.charts.encode import SEE_THROUGH, finish, list_tips, place_number
from nlp_cx.report.charts.labels import PLACES, Align, place_labels
from nlp_cx.report.model import Table

_Place: TypeAlias = int | Literal["width", "height"]

# Where the names of quadrants stand: x, y, alignment, baseline.
_CORNERS: tuple[tuple[_Place, _Place, Align, Literal["top", "bottom"]], ...] = (
    (0, 0, "left", "top"),
    ("width", 0, "right", "top"),
    (0, "height", "left", "bottom"),
    ("width", "height", "right", "bottom"),
)


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Words and cuts of a chart of importance and performance.

    Parameters
    ----------
    x_cut, y_cut : float
        Where the cross-hairs stand.
    corners : tuple of str
        Names of the quadrants: top left, top right, bottom left, bottom right.
    """

    x_cut: float
    y_cut: float
    corners: tuple[str, str, str, str]
    places: dict[str, list[str]] = field(default_factory=dict)


def draw_quadrants(name: str, x: Axis, y: Axis, table: Table, quadrants: Quadrants) -> Spec:
    """Draw labelled points with cross-hairs and the whiskers of both axes.

    Parameters
    ----------
    name : str
        Column of the labels.
    x, y : Axis
    table : Table
        Its rows tell where labels have room.
    quadrants : Quadrants

    Returns
    -------
    dict
    """
    across, up = place_number(alt.X, x), place_number(alt.Y, y)
    tips = list_tips(table)
    layers: list[Any] = [
        alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.7).encode(x=alt.XDatum(quadrants.x_cut)),
        alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.7).encode(y=alt.YDatum(quadrants.y_cut)),
    ]
    for text, (at_x, at_y, align, baseline) in zip(quadrants.corners, _CORNERS, strict=True):
        mark = alt.Chart().mark_text(
            text=text, align=align, baseline=baseline, opacity=SEE_THROUGH, fontStyle="italic",
            dx=6 if align == "left" else -6, dy=6 if baseline == "top" else -6,
        )  # fmt: skip
        layers.append(mark.encode(x=alt.value(at_x), y=alt.value(at_y)))
    if x.low:
        layers.append(
            alt.Chart().mark_rule(opacity=0.35)
            .encode(x=place_number(alt.X, x, x.low), x2=alt.X2(f"{x.high}:Q"), y=up)
        )  # fmt: skip
    if y.low:
        layers.append(
            alt.Chart().mark_rule(opacity=0.35)
            .encode(x=across, y=place_number(alt.Y, y, y.low), y2=alt.Y2(f"{y.high}:Q"))
        )  # fmt: skip
    layers.append(
        alt.Chart()
        .mark_point(filled=True, size=110, opacity=1)
        .encode(x=across, y=up, tooltip=tips)
    )
    for place, labels in place_labels(name, x, y, table).items():
        dx, dy, align = PLACES[place]
        chart = alt.Chart().transform_filter(alt.FieldOneOfPredicate(field=name, oneOf=labels))
        mark = chart.mark_text(dx=dx, dy=dy, align=align, baseline="middle", fontWeight="bold")
        layers.append(mark.encode(x=across, y=up, text=f"{name}:N"))
    return finish(alt.layer(*layers).properties(height=380))
