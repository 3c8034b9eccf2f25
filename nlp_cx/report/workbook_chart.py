"""Simple charts as Excel's own, drawn from the cells of their sheet."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from xlsxwriter.utility import quote_sheetname, xl_range_abs

from nlp_cx.report.model import Cell, Chart, Column, Kind, Table
from nlp_cx.report.visible_text import show_hidden

Shape = Literal["bar", "column", "line", "point", "scatter"]

_SIMPLE: Final = ("bar", "line", "point", "circle", "tick", "area", "trail")
_ELSEWHERE: Final = ("facet", "repeat", "concat", "hconcat", "vconcat", "transform")
_CHANGED: Final = ("aggregate", "bin", "timeUnit", "impute")
_PANELS: Final = ("row", "column", "facet")
_MOST_SERIES, _MOST_POINTS, _MOST_RUNS = 12, 400, 60
_REFERENCE: Final = re.compile(r"!(?=\$?[A-Z])")
_NUMBERS: Final = ("count", "number", "share", "signed", "points", "money")


@dataclass(frozen=True, slots=True)
class NativeChart:
    """What Excel can draw of a chart.

    Parameters
    ----------
    shape : {"bar", "column", "line", "point", "scatter"}
        A bar lies, a column stands; points have no line between them.
    category, value : int
        Columns of the table.
    series : tuple of (str or None, tuple of int)
        Name, and the rows of the table that it consists of.
    stacked : {None, "stacked", "percent_stacked"}
    """

    shape: Shape
    category: int
    value: int
    series: tuple[tuple[str | None, tuple[int, ...]], ...]
    stacked: str | None = None


def read_chart(chart: Chart) -> NativeChart | None:
    """Tell how Excel can draw a chart, where it can without saying something else.

    Parameters
    ----------
    chart : Chart

    Returns
    -------
    NativeChart or None
        None for what is no plain bar, line or point chart: panels, numbers worked out inside the
        specification, series whose categories differ, or too much for one picture.

    Notes
    -----
    Of a chart in layers the first plain one that shows a column of numbers is drawn; the ends of
    its intervals come from the table (`Column.low`, `Column.high`), not from other layers.
    """
    plain = _find_layer(chart.spec)
    if plain is None:
        return None
    mark, encoding = plain
    columns = {column.name: k for k, column in enumerate(chart.table.columns)}
    x, y = (_position(encoding.get(channel), columns) for channel in "xy")
    if x is None or y is None or x == y or not chart.table.rows:
        return None
    kinds = [chart.table.columns[k].kind for k in (x, y)]
    is_number = [
        kind in _NUMBERS and _has_numbers(chart.table, k)
        for kind, k in zip(kinds, (x, y), strict=True)
    ]
    shape = _choose_shape(mark, is_number[0], is_number[1])
    if shape is None:
        return None
    category, value = (y, x) if shape == "bar" else (x, y)
    split = next((k for name in ("color", "fill", "stroke", "xOffset", "yOffset", "shape", "detail")
                  if (k := _position(encoding.get(name), columns)) is not None), None)  # fmt: skip
    if split in (category, value):
        split = None
    series = _part(chart.table, split)
    if not _fits(chart.table, series, category, is_free=shape == "scatter"):
        return None
    stacked = None
    if len(series) > 1 and mark in ("bar", "area") and not {"xOffset", "yOffset"} & set(encoding):
        stack = encoding.get("x" if value == x else "y", {}).get("stack", "zero")
        stacked = {"normalize": "percent_stacked", None: None, False: None}.get(stack, "stacked")
    return NativeChart(shape, category, value, series, stacked)


def add_chart(book: Any, sheet: Any, chart: Chart, native: NativeChart, formats: Any) -> None:
    """Put the chart beside its table.

    Parameters
    ----------
    book, sheet
        xlsxwriter's.
    chart : Chart
    native : NativeChart
        From `read_chart`.
    formats : callable
        Gives Excel's pattern for a kind.
    """
    table = chart.table
    kind = {"point": "line"}.get(native.shape, native.shape)
    options: dict[str, str] = {"type": kind}
    if native.stacked:
        options["subtype"] = native.stacked
    picture = book.add_chart(options)
    category, value = table.columns[native.category], table.columns[native.value]
    for name, rows in native.series:
        series: dict[str, Any] = {
            "categories": _range(sheet.get_name(), rows, native.category),
            "values": _range(sheet.get_name(), rows, native.value),
            "name": literal(name if name is not None else value.label),
        }
        if native.shape in ("point", "scatter"):
            series["marker"] = {"type": "circle", "size": 7}
            series["line"] = {"none": True}
        if not native.stacked and (bars := _error_bars(table, value, rows)):
            series["y_error_bars"] = bars
        picture.add_series(series)
    picture.set_title({"name": literal(table.title), "name_font": {"size": 12}})
    flat: dict[str, Any] = {"name": literal(category.label)}
    upright: dict[str, Any] = {
        "name": literal(value.label),
        "num_format": _axis_format(value.kind, formats),
        "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
    }
    if native.shape == "scatter":
        flat["num_format"] = _axis_format(category.kind, formats)
    else:
        # The names of categories stand at the edge, also where values fall below 0.
        flat["label_position"] = "low"
    if native.shape == "bar":
        # Excel draws the first row at the bottom otherwise.
        flat["reverse"] = True
    picture.set_x_axis(flat)
    picture.set_y_axis(upright)
    if len(native.series) == 1:
        picture.set_legend({"none": True})
    else:
        picture.set_legend({"position": "bottom"})
    n_points = len(native.series[0][1])
    height = 340 if native.shape != "bar" else max(340, min(900, 90 + 26 * n_points))
    picture.set_size({"width": 720, "height": height})
    description = {"description": show_hidden(chart.summary)[:2000], "x_offset": 20}
    sheet.insert_chart(1, len(table.columns), picture, description)


def literal(text: str) -> str:
    """Give a title that is not taken for a reference to cells.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> literal("=Costs!A1").isascii(), literal("Costs by driver")
    (False, 'Costs by driver')
    """
    # xlsxwriter takes anything like name!A1 for a reference; a character of no width breaks it.
    return _REFERENCE.sub("!\u200b", " ".join(show_hidden(text).split())[:255])


def _find_layer(spec: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Give the mark and the encoding of the plain layer."""
    if any(name in spec for name in _ELSEWHERE):
        return None
    shared = spec.get("encoding", {})
    for layer in spec.get("layer", [spec]):
        if any(name in layer for name in (*_ELSEWHERE, "layer")):
            continue
        mark = layer.get("mark")
        mark = mark.get("type") if isinstance(mark, Mapping) else mark
        encoding = {**shared, **layer.get("encoding", {})}
        if mark in _SIMPLE and not any(name in encoding for name in (*_PANELS, "x2", "y2")):
            return str(mark), encoding
    return None


def _choose_shape(mark: str, x_is_number: bool, y_is_number: bool) -> Shape | None:
    """Tell how Excel draws a mark between these axes."""
    is_point = mark in ("point", "circle")
    if x_is_number and y_is_number and is_point:
        return "scatter"
    if y_is_number and mark != "tick":
        return "point" if is_point else "column" if mark == "bar" else "line"
    return "bar" if x_is_number and not y_is_number else None


def _position(channel: Any, columns: Mapping[str, int]) -> int | None:
    """Give the column of a channel that shows it as it is."""
    if not isinstance(channel, Mapping) or any(channel.get(name) for name in _CHANGED):
        return None
    return columns.get(str(channel.get("field")))


def _has_numbers(table: Table, column: int) -> bool:
    """Tell whether there is anything to draw."""
    return any(isinstance(row[column], int | float) for row in table.rows)


def _part(table: Table, split: int | None) -> tuple[tuple[str | None, tuple[int, ...]], ...]:
    """Part the rows into series, in order of appearance."""
    if split is None:
        return ((None, tuple(range(len(table.rows)))),)
    parts: dict[str, list[int]] = {}
    for k, row in enumerate(table.rows):
        if row[split] is not None:
            parts.setdefault(str(row[split]), []).append(k)
    return tuple((name, tuple(rows)) for name, rows in parts.items())


def _fits(
    table: Table,
    series: tuple[tuple[str | None, tuple[int, ...]], ...],
    category: int,
    *,
    is_free: bool,
) -> bool:
    """Tell whether Excel would draw these series as they are."""
    if not 1 <= len(series) <= _MOST_SERIES:
        return False
    if any(len(rows) > _MOST_POINTS or len(_runs(rows)) > _MOST_RUNS for _, rows in series):
        return False
    if is_free:
        return True
    # Excel takes the categories of the first series for all, and draws one twice where it is twice.
    names: list[list[Cell]] = [[table.rows[k][category] for k in rows] for _, rows in series]
    return all(other == names[0] for other in names) and len(set(names[0])) == len(names[0])


def _runs(rows: tuple[int, ...]) -> list[tuple[int, int]]:
    """Give the first and last of rows that stand under each other."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _range(sheet: str, rows: tuple[int, ...], column: int) -> list[Any] | str:
    """Refer to cells below the header."""
    runs = _runs(rows)
    if len(runs) == 1:
        return [sheet, runs[0][0] + 1, column, runs[0][1] + 1, column]
    name = quote_sheetname(sheet)
    areas = [f"{name}!{xl_range_abs(a + 1, column, b + 1, column)}" for a, b in runs]
    return f"=({','.join(areas)})"


def _error_bars(table: Table, value: Column, rows: tuple[int, ...]) -> dict[str, Any] | None:
    """Draw the interval of the value's column, where every number of the series has one."""
    names = [column.name for column in table.columns]
    if value.low not in names or value.high not in names:
        return None
    at, low, high = (names.index(str(name)) for name in (value.name, value.low, value.high))
    minus, plus = [], []
    for k in rows:
        row = table.rows[k]
        ends = [row[i] for i in (at, low, high)]
        if not all(isinstance(end, int | float) and math.isfinite(end) for end in ends):
            minus.append(0.0)
            plus.append(0.0)
            continue
        estimate, bottom, top = (float(end) for end in ends)  # type: ignore[arg-type]
        minus.append(max(estimate - bottom, 0.0))
        plus.append(max(top - estimate, 0.0))
    if not any(minus) and not any(plus):
        return None
    return {"type": "custom", "plus_values": plus, "minus_values": minus}


def _axis_format(kind: Kind, formats: Any) -> str:
    """Give a pattern for an axis, shorter than that of the cells."""
    return {"share": "0%", "number": "General", "signed": "+General;-General;0"}.get(
        kind, str(formats(kind))
    )
