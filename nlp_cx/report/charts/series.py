"""Numbers along something: periods, small panels of them, the turns of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from nlp_cx.report.charts.axis import Axis, Spec
from nlp_cx.report.charts.encode import finish, list_tips, place_number
from nlp_cx.report.model import Table

LINES = alt.Legend(orient="top", symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3)
"""Without this a legend takes the looks of the faint bands."""

SERIES_HEIGHT = 200

PANEL_HEIGHT = 120

PANELS = 3
"""Panels beside each other at most; a narrow page puts fewer."""


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
    up = place_number(alt.Y, value)
    layers: list[Any] = []
    if value.low:
        ends = {"y": place_number(alt.Y, value, value.low), "y2": alt.Y2(f"{value.high}:Q")}
        layers.append(alt.Chart().mark_area(fillOpacity=0.16).encode(x=across, **ends, **colour))
        # A period between two gaps has no area: its interval is the rule.
        layers.append(alt.Chart().mark_rule(opacity=0.45).encode(x=across, **ends, **colour))
    tips = list_tips(table)
    layers.append(
        alt.Chart().mark_line(point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(x=across, y=up, tooltip=tips, **colour)
    )  # fmt: skip
    return finish(alt.layer(*layers).properties(height=SERIES_HEIGHT))


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
    names: list[Any] = list(dict.fromkeys(row[places.index(panel)] for row in table.rows))
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
    chart = (
        alt.Chart()
        .mark_bar()
        .encode(x=across, y=place_number(alt.Y, value), tooltip=list_tips(table))
    )
    return finish(chart.properties(height=180))


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
    across, tips = place_number(alt.X, x), list_tips(table)
    ends = {"y": place_number(alt.Y, value, value.low), "y2": alt.Y2(f"{value.high}:Q")}
    layers = [
        alt.Chart().mark_rule(opacity=0.6).encode(y=alt.YDatum(0)),
        alt.Chart().mark_area(fillOpacity=0.16).encode(x=across, **ends),
        alt.Chart().mark_rule(opacity=0.45).encode(x=across, **ends),
        alt.Chart().mark_line(point=alt.OverlayMarkDef(size=60, filled=True))
        .encode(x=across, y=place_number(alt.Y, value), tooltip=tips),
    ]  # fmt: skip
    return finish(alt.layer(*layers).properties(height=240))
