"""Specifications of the charts; the only file that imports altair.

Every function gives Vega-Lite as a plain dict without data, width and colours. Fields are names of
the columns of the table that is drawn, words are passed in. Intervals are always drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import altair as alt

from nlp_cx.report.model import Kind, Table

Spec: TypeAlias = dict[str, Any]

FORMATS: dict[str, str] = {
    "share": ".0%",
    "count": ",d",
    "number": ",.3~r",
    "signed": "+,.3~r",
    "points": "+,.3~r",
    "money": ",.3~s",
}
"""How axes write numbers, by the kind of the column."""

_EXACT: dict[str, str] = FORMATS | {"share": ".1%", "money": ",.0f"}
"""How tooltips write them."""

BAR = 16
SEE_THROUGH = 0.65
"""Opacity of bars: the end of an interval inside a bar has to be seen."""

LINES = alt.Legend(orient="top", symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3)
"""Without this a legend takes the looks of the faint bands."""

STEP = {"step": 30}
"""Height of a row; a chart grows with its rows."""

SERIES_HEIGHT = 200
PANEL_HEIGHT = 120
PANELS = 3
"""Panels beside each other at most; a narrow page puts fewer."""

PAIR = {"step": 40, "for": "position"}
"""Height of a row of two bars."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of numbers.

    Parameters
    ----------
    field : str
        Column of the table.
    title : str
    kind : Kind
    domain : (float, float), optional
        Shown in full; from the data when not given.
    zero : bool
        Whether 0 must be on it.
    low, high : str
        Columns with the ends of the interval; empty where there is none.
    """

    field: str
    title: str
    kind: Kind = "number"
    domain: tuple[float, float] | None = None
    zero: bool = True
    low: str = ""
    high: str = ""


def draw_series(
    x: str, value: Axis, table: Table, *, series: str = "", series_order: Sequence[str] = ()
) -> Spec:
    """Draw numbers over periods as lines with bands of their intervals.

    Parameters
    ----------
    x : str
        Column of period names, in their order. Names and not times, so that no time zone moves a
        month; a period without a value is a gap.
    value : Axis
    table : Table
        Names the columns in the tooltip.
    series : str
        Column of the names of the lines; one line when empty.
    series_order : sequence of str

    Returns
    -------
    dict
    """
    across = alt.X(
        f"{x}:O",
        sort=None,
        title=None,
        # Every label would overlap from about 15 periods on.
        axis=alt.Axis(labelOverlap="greedy", labelAngle=0, grid=False, labelSeparation=6),
    )
    colour: dict[str, Any] = {}
    if series:
        scale = alt.Scale(domain=list(series_order)) if series_order else alt.Undefined
        colour["color"] = alt.Color(f"{series}:N", scale=scale, sort=None, title=None, legend=LINES)
    up = _position(alt.Y, value)
    layers: list[Any] = []
    if value.low:
        ends = {"y": _position(alt.Y, value, value.low), "y2": alt.Y2(f"{value.high}:Q")}
        layers.append(alt.Chart().mark_area(fillOpacity=0.16).encode(x=across, **ends, **colour))
        # A period between two gaps has no area: its interval is the rule.
        layers.append(alt.Chart().mark_rule(opacity=0.45).encode(x=across, **ends, **colour))
    tips = _tips(table)
    layers.append(
        alt.Chart().mark_line(point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(x=across, y=up, tooltip=tips, **colour)
    )  # fmt: skip
    return _finish(alt.layer(*layers).properties(height=SERIES_HEIGHT))


def draw_small_series(panel: str, x: str, value: Axis, table: Table, *, series: str) -> Spec:
    """Draw lines over periods in small panels beside each other, all on one scale.

    Parameters
    ----------
    panel : str
        Column of the names of the panels, in their order.
    x, value, table, series
        As for `draw_series`.

    Returns
    -------
    dict
    """
    spec = draw_series(x, value, table, series=series)
    spec.pop("$schema", None)
    spec["height"] = PANEL_HEIGHT
    for layer in spec["layer"]:
        # Six titles of one axis say it six times; the caption says it once.
        layer["encoding"]["y"]["title"] = None
        layer["encoding"]["y"].get("axis", {})["tickCount"] = 4
        layer["encoding"]["x"]["axis"] |= {"labelSeparation": 12}
    places = [column.name for column in table.columns]
    names = list(dict.fromkeys(row[places.index(panel)] for row in table.rows))
    facet = alt.Facet(
        f"{panel}:N", title=None, sort=names,
        header=alt.Header(labelAnchor="start", labelFontSize=13),
    ).to_dict()  # fmt: skip
    return {"facet": facet, "columns": PANELS, "spec": spec}


def draw_columns(x: str, value: Axis, table: Table) -> Spec:
    """Draw counts over periods as columns.

    Parameters
    ----------
    x : str
    value : Axis
    table : Table

    Returns
    -------
    dict
    """
    across = alt.X(
        f"{x}:O",
        sort=None,
        title=None,
        axis=alt.Axis(labelOverlap="greedy", labelAngle=0, grid=False),
    )
    chart = alt.Chart().mark_bar().encode(x=across, y=_position(alt.Y, value), tooltip=_tips(table))
    return _finish(chart.properties(height=180))


def draw_bars(y: str, value: Axis, table: Table) -> Spec:
    """Draw one number per row as lying bars with whiskers.

    Parameters
    ----------
    y : str
        Column of names, in their order.
    value : Axis
    table : Table

    Returns
    -------
    dict
    """
    down, tips = _rows(y), _tips(table)
    layers: list[Any] = [
        alt.Chart()
        .mark_bar(size=BAR, opacity=SEE_THROUGH)
        .encode(x=_position(alt.X, value), y=down, tooltip=tips)
    ]
    if value.low:
        layers.append(_whisker(value, down))
    return _finish(alt.layer(*layers).properties(height=STEP))


def draw_opposed(
    y: str,
    left: Axis,
    right: Axis,
    table: Table,
    *,
    names: tuple[str, str],
    mirror: bool = True,
    suffix: str = "",
) -> Spec:
    """Draw two numbers per row on both sides of zero, with whiskers.

    Parameters
    ----------
    y : str
        Column of names.
    left, right : Axis
        What is bad and what is good; the title of `left` is that of the axis.
    table : Table
    names : (str, str)
        Words of the legend.
    mirror : bool, default=True
        Whether `left` holds numbers of 0 or more that are drawn to the left; else its numbers are
        drawn where they are.
    suffix : str
        Column that is written behind the name.

    Returns
    -------
    dict
    """
    tips = _tips(table)
    down = _rows("row" if suffix else y)
    written = f"datum['{y}'] + ' · ' + datum['{suffix}']"
    sign = -1 if mirror else 1
    axis = (
        # What lies to the left is a share as well, and no negative one.
        alt.Axis(
            labelExpr=f"format(abs(datum.value), '{FORMATS[left.kind]}')",
            tickCount=5,
            labelFlush=False,
        )
        if mirror
        else alt.Axis(labelExpr=_SIGNED, tickCount=5, labelFlush=False)
    )
    # Both may lie on the same side of zero: each then needs a line of its own.
    beside = {} if mirror else {"yOffset": alt.YOffset("pole:N", sort=list(names))}
    size = BAR if mirror else 10
    domain = list(left.domain) if left.domain else alt.Undefined
    scale = alt.Scale(zero=True, domain=domain)
    # The first colours of every palette are those of positive and negative, in this order.
    colours = alt.Scale(domain=[names[1], names[0]])
    legend = alt.Legend(orient="top", title=None)
    layers: list[Any] = []
    for side, name, factor in ((left, names[0], sign), (right, names[1], 1)):
        colour = alt.Color("pole:N", scale=colours, legend=legend)
        chart = alt.Chart().transform_calculate(pole=_literal(name))
        chart = chart.transform_calculate(row=written) if suffix else chart
        for end in (side.field, side.low, side.high):
            chart = chart.transform_calculate(**{f"at_{end}": _times(end, factor)})
        at = alt.X(f"at_{side.field}:Q", title=left.title, axis=axis, scale=scale)
        layers.append(
            chart.mark_bar(size=size, opacity=SEE_THROUGH).encode(
                x=at, y=down, color=colour, tooltip=tips, **beside
            )
        )
        layers.append(
            chart.mark_rule(strokeWidth=2).encode(
                x=alt.X(f"at_{side.low}:Q", title=left.title, axis=axis, scale=scale),
                x2=alt.X2(f"at_{side.high}:Q"),
                y=down,
                **beside,
            )
        )
    layers.append(alt.Chart().mark_rule().encode(x=alt.XDatum(0)))
    return _finish(alt.layer(*layers).properties(height=STEP if mirror else PAIR))


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
    across, up = _position(alt.X, x), _position(alt.Y, y)
    tips = _tips(table)
    layers: list[Any] = [
        alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.7).encode(x=alt.XDatum(quadrants.x_cut)),
        alt.Chart().mark_rule(strokeDash=[4, 4], opacity=0.7).encode(y=alt.YDatum(quadrants.y_cut)),
    ]
    for text, at_x, at_y, align, baseline in zip(
        quadrants.corners,
        (0, "width", 0, "width"),
        (0, 0, "height", "height"),
        ("left", "right", "left", "right"),
        ("top", "top", "bottom", "bottom"),
        strict=True,
    ):
        mark = alt.Chart().mark_text(
            text=text, align=align, baseline=baseline, opacity=SEE_THROUGH, fontStyle="italic",
            dx=6 if align == "left" else -6, dy=6 if baseline == "top" else -6,
        )  # fmt: skip
        layers.append(mark.encode(x=alt.XValue(at_x), y=alt.YValue(at_y)))
    if x.low:
        layers.append(
            alt.Chart().mark_rule(opacity=0.35)
            .encode(x=_position(alt.X, x, x.low), x2=alt.X2(f"{x.high}:Q"), y=up)
        )  # fmt: skip
    if y.low:
        layers.append(
            alt.Chart().mark_rule(opacity=0.35)
            .encode(x=across, y=_position(alt.Y, y, y.low), y2=alt.Y2(f"{y.high}:Q"))
        )  # fmt: skip
    layers.append(
        alt.Chart()
        .mark_point(filled=True, size=110, opacity=1)
        .encode(x=across, y=up, tooltip=tips)
    )
    for place, labels in _place_labels(name, x, y, table).items():
        dx, dy, align = _PLACES[place]
        chart = alt.Chart().transform_filter(alt.FieldOneOfPredicate(field=name, oneOf=labels))
        mark = chart.mark_text(dx=dx, dy=dy, align=align, baseline="middle", fontWeight="bold")
        layers.append(mark.encode(x=across, y=up, text=f"{name}:N"))
    return _finish(alt.layer(*layers).properties(height=380))


def draw_heat(
    x: str,
    y: str,
    value: Axis,
    table: Table,
    *,
    signs: tuple[str, str],
    is_bad: bool = False,
    x_order: Sequence[str] = (),
) -> Spec:
    """Draw a number for every pair of two names: the hue is its sign, the depth its size.

    Parameters
    ----------
    x, y : str
        Columns of names.
    value : Axis
        From -1 to 1.
    table : Table
    signs : (str, str)
        Words for what is bad and what is good: below and above zero.
    is_bad : bool
        Whether all numbers are bad, whatever their sign.
    x_order : sequence of str
        Names of `x` in their order; as in the table when empty.

    Returns
    -------
    dict

    Notes
    -----
    Depth is opacity and not a scale of colours: it works on a light page and on a dark one, and
    the number in the cell stays readable in the colour of the text.
    """
    order = list(x_order) or None
    across = alt.X(f"{x}:N", sort=order, title=None, axis=alt.Axis(orient="top", labelAngle=0))
    down = _rows(y)
    tips = _tips(table)
    name = f"datum['{value.field}']"
    test = "true" if is_bad else f"{name} < 0"
    sign = f"{test} ? {_literal(signs[0])} : {_literal(signs[1])}"
    base = alt.Chart().transform_filter(f"isValid({name})")
    top = max((abs(each) for each in _numbers(table, value.field)), default=1.0) or 1.0
    cells = (
        base.transform_calculate(sign=sign, depth=f"abs({name})")
        .mark_rect()
        .encode(
            x=across,
            y=down,
            tooltip=tips,
            color=alt.Color(
                "sign:N",
                scale=alt.Scale(domain=[signs[1], signs[0]]),
                # Shares have one sign, which the title says.
                legend=None
                if value.kind == "share"
                else alt.Legend(title=value.title, orient="top"),
            ),
            opacity=alt.Opacity(
                "depth:Q", scale=alt.Scale(domain=[0, top], range=[0.06, 0.62]), legend=None
            ),
        )
    )
    # Zero has no sign.
    form = _IN_CELLS.get(value.kind, FORMATS[value.kind])
    written = f"{name} == 0 ? '{_ZERO.get(value.kind, '0')}' : format({name}, '{form}')"
    text = (
        base.transform_calculate(written=written)
        .mark_text()
        .encode(x=across, y=down, text=alt.Text("written:N"), tooltip=tips)
    )
    return _finish(alt.layer(cells, text).properties(height={"step": 26}))


def draw_tornado(y: str, start: Axis, end: str, table: Table, *, base: float) -> Spec:
    """Draw how far an amount moves with each parameter, around where it is.

    Parameters
    ----------
    y : str
        Column of parameters, the widest swing first.
    start : Axis
        The amount at one end.
    end : str
        Column of the amount at the other.
    table : Table
    base : float
        The amount now.

    Returns
    -------
    dict
    """
    bars = alt.Chart().mark_bar(size=BAR, opacity=SEE_THROUGH).encode(
        x=_position(alt.X, start), x2=alt.X2(f"{end}:Q"), y=_rows(y), tooltip=_tips(table)
    )  # fmt: skip
    now = alt.Chart().mark_rule(strokeWidth=2).encode(x=alt.XDatum(base))
    return _finish(alt.layer(bars, now).properties(height=STEP))


def draw_arc(x: Axis, value: Axis, table: Table) -> Spec:
    """Draw how a mean moves along a conversation, with its band and a line at zero.

    Parameters
    ----------
    x : Axis
        From 0 (the first turn) to 1 (the last).
    value : Axis
    table : Table

    Returns
    -------
    dict
    """
    across, tips = _position(alt.X, x), _tips(table)
    ends = {"y": _position(alt.Y, value, value.low), "y2": alt.Y2(f"{value.high}:Q")}
    layers = [
        alt.Chart().mark_rule(opacity=0.6).encode(y=alt.YDatum(0)),
        alt.Chart().mark_area(fillOpacity=0.16).encode(x=across, **ends),
        alt.Chart().mark_rule(opacity=0.45).encode(x=across, **ends),
        alt.Chart().mark_line(point=alt.OverlayMarkDef(size=60, filled=True))
        .encode(x=across, y=_position(alt.Y, value), tooltip=tips),
    ]  # fmt: skip
    return _finish(alt.layer(*layers).properties(height=240))


_ZERO = {"share": "0%"}
_IN_CELLS = {"signed": "+,.2~f", "number": ",.2~f"}

# Zero has no sign.
_SIGNED = f"datum.value == 0 ? '0' : format(datum.value, '{FORMATS['signed']}')"

# Where a label stands beside its point: dx, dy, alignment.
_PLACES = {
    "right": (10, -9, "left"),
    "left": (-10, -9, "right"),
    "below_right": (10, 11, "left"),
    "below_left": (-10, 11, "right"),
}


def _place_labels(name: str, x: Axis, y: Axis, table: Table) -> dict[str, list[str]]:
    """Choose for every label the side with the fewest neighbours on a picture of 640 by 380."""
    index = {column.name: i for i, column in enumerate(table.columns)}
    points = [
        (str(row[index[name]]), row[index[x.field]], row[index[y.field]]) for row in table.rows
    ]
    known = [(n, float(a), float(b)) for n, a, b in points if _is_number(a) and _is_number(b)]
    chosen: dict[str, list[str]] = {}
    if not known:
        return chosen
    x_low, x_wide = _extent(x, table)
    y_low, y_wide = _extent(y, table)
    at = {n: ((a - x_low) / x_wide * 640, 380 - (b - y_low) / y_wide * 380) for n, a, b in known}
    boxes = [(px - 8, py - 8, px + 8, py + 8) for px, py in at.values()]
    for label, (px, py) in at.items():
        # A Chinese character is about twice as wide as a letter.
        wide = sum(13 if ord(c) > 0x2E7F else 7 for c in label)
        best = min(
            _PLACES, key=lambda p: (_clash(_box(px, py, wide, p), boxes), list(_PLACES).index(p))
        )
        boxes.append(_box(px, py, wide, best))
        chosen.setdefault(best, []).append(label)
    return chosen


def _box(px: float, py: float, wide: float, place: str) -> tuple[float, float, float, float]:
    """Give the box of a label in pixels."""
    dx, dy, align = _PLACES[place]
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


def _extent(axis: Axis, table: Table) -> tuple[float, float]:
    """Give where an axis begins and how long it is."""
    if axis.domain:
        return axis.domain[0], (axis.domain[1] - axis.domain[0]) or 1.0
    fields = [each for each in (axis.field, axis.low, axis.high) if each]
    values = [value for each in fields for value in _numbers(table, each)]
    values += [0.0] if axis.zero else []
    return min(values), (max(values) - min(values)) or 1.0


def _numbers(table: Table, name: str) -> list[float]:
    """Give the numbers of a column."""
    places = [i for i, column in enumerate(table.columns) if column.name == name]
    return [float(row[i]) for row in table.rows for i in places if _is_number(row[i])]  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    """Tell a number from a text and from nothing."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _position(channel: Any, axis: Axis, name: str = "") -> Any:
    """Make the position of a number on its axis."""
    scale = alt.Scale(zero=axis.zero, nice=True)
    if axis.domain:
        scale = alt.Scale(domain=list(axis.domain), nice=False)
    ticks = alt.Axis(format=FORMATS[axis.kind], tickCount=6)
    if axis.kind in ("signed", "points"):
        ticks = alt.Axis(labelExpr=_SIGNED, tickCount=6)
    if axis.kind == "count":
        ticks = alt.Axis(format=FORMATS["count"], tickCount=6, tickMinStep=1)
    return channel(f"{name or axis.field}:Q", title=axis.title, scale=scale, axis=ticks)


def _rows(y: str) -> Any:
    """Make the position of a name in the order of the table."""
    return alt.Y(
        f"{y}:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False)
    )


def _whisker(value: Axis, down: Any) -> Any:
    """Draw an interval on a lying bar."""
    return alt.Chart().mark_rule(strokeWidth=2).encode(
        x=_position(alt.X, value, value.low), x2=alt.X2(f"{value.high}:Q"), y=down
    )  # fmt: skip


def _tips(table: Table) -> list[Any]:
    """List all columns of a row: names, numbers and the ends of their intervals."""
    tips = []
    for column in table.columns:
        if column.kind in ("text", "label", "time"):
            tips.append(alt.Tooltip(f"{column.name}:N", title=column.label))
        else:
            form = _EXACT[column.kind]
            tips.append(alt.Tooltip(f"{column.name}:Q", title=column.label, format=form))
    return tips


def _times(name: str, factor: int) -> str:
    """Write the expression of a field times 1 or -1; missing stays missing."""
    return f"isValid(datum['{name}']) ? {factor} * datum['{name}'] : null"


def _literal(text: str) -> str:
    """Write a text inside an expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _finish(chart: Any) -> Spec:
    """Give the plain specification without what the format decides."""
    spec: Spec = chart.to_dict(validate=True)
    for part in (spec, *spec.get("layer", ())):
        # Each layer would otherwise look for rows of its own.
        for name in ("config", "data", "datasets"):
            part.pop(name, None)
    return spec
