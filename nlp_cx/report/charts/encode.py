"""What all charts share: positions of numbers and names, whiskers, tooltips."""

from __future__ import annotations

from typing import Any

import altair as alt

from nlp_cx.report.charts.axis import FORMATS, Axis, Spec
from nlp_cx.report.model import Table

_EXACT: dict[str, str] = FORMATS | {"share": ".1%", "money": ",.0f"}
"""How tooltips write them."""

BAR = 16

SEE_THROUGH = 0.65
"""Opacity of bars: the end of an interval inside a bar has to be seen."""

STEP = {"step": 30}
"""Height of a row; a chart grows with its rows."""

# Zero has no sign.
SIGNED = f"datum.value == 0 ? '0' : format(datum.value, '{FORMATS['signed']}')"


def place_number(channel: Any, axis: Axis, name: str = "") -> Any:
    """Make the position of a number on its axis.

    Parameters
    ----------
    channel : type
        ``alt.X`` or ``alt.Y``.
    axis : Axis
    name : str
        Column; that of the axis when empty.

    Returns
    -------
    alt.X or alt.Y
    """
    scale = alt.Scale(zero=axis.zero, nice=True)
    if axis.domain:
        scale = alt.Scale(domain=list(axis.domain), nice=False)
    ticks = alt.Axis(format=FORMATS[axis.kind], tickCount=6)
    if axis.kind in ("signed", "points"):
        ticks = alt.Axis(labelExpr=SIGNED, tickCount=6)
    if axis.kind == "count":
        ticks = alt.Axis(format=FORMATS["count"], tickCount=6, tickMinStep=1)
    return channel(f"{name or axis.field}:Q", title=axis.title, scale=scale, axis=ticks)


def place_names(y: str) -> Any:
    """Make the position of a name in the order of the table.

    Parameters
    ----------
    y : str
        Column.

    Returns
    -------
    alt.Y
    """
    return alt.Y(
        f"{y}:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False)
    )


def draw_whisker(value: Axis, down: Any) -> Any:
    """Draw an interval on a lying bar.

    Parameters
    ----------
    value : Axis
        With the columns of the ends.
    down : alt.Y

    Returns
    -------
    alt.Chart
    """
    return alt.Chart().mark_rule(strokeWidth=2).encode(
        x=place_number(alt.X, value, value.low), x2=alt.X2(f"{value.high}:Q"), y=down
    )  # fmt: skip


def list_tips(table: Table) -> list[Any]:
    """List all columns of a row: names, numbers and the ends of their intervals.

    Parameters
    ----------
    table : Table

    Returns
    -------
    list of alt.Tooltip
    """
    tips = []
    for column in table.columns:
        if column.kind in ("text", "label", "time"):
            tips.append(alt.Tooltip(f"{column.name}:N", title=column.label))
        else:
            form = _EXACT[column.kind]
            tips.append(alt.Tooltip(f"{column.name}:Q", title=column.label, format=form))
    return tips


def quote(text: str) -> str:
    """Write a text inside an expression.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def finish(chart: Any) -> Spec:
    """Give the plain specification without what the format decides.

    Parameters
    ----------
    chart : alt.Chart or alt.LayerChart

    Returns
    -------
    dict
    """
    spec: Spec = chart.to_dict(validate=True)
    for part in (spec, *spec.get("layer", ())):
        # Each layer would otherwise look for rows of its own.
        for name in ("config", "data", "datasets"):
            part.pop(name, None)
    return spec
