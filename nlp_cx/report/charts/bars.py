"""Lying bars: one number per row, two on both sides of zero, or the swing of an amount."""

from __future__ import annotations

from typing import Any

import altair as alt

from nlp_cx.report.charts.axis import FORMATS, Axis, Spec
from nlp_cx.report.charts.encode import (
    BAR,
    SEE_THROUGH,
    SIGNED,
    STEP,
    draw_whisker,
    finish,
    list_tips,
    place_names,
    place_number,
    quote,
)
from nlp_cx.report.model import Table

PAIR = {"step": 40, "for": "position"}
"""Height of a row of two bars."""


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
    down, tips = place_names(y), list_tips(table)
    layers: list[Any] = [
        alt.Chart()
        .mark_bar(size=BAR, opacity=SEE_THROUGH)
        .encode(x=place_number(alt.X, value), y=down, tooltip=tips)
    ]
    if value.low:
        layers.append(draw_whisker(value, down))
    return finish(alt.layer(*layers).properties(height=STEP))


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
    tips = list_tips(table)
    down = place_names("row" if suffix else y)
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
        else alt.Axis(labelExpr=SIGNED, tickCount=5, labelFlush=False)
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
        chart = alt.Chart().transform_calculate(pole=quote(name))
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
    return finish(alt.layer(*layers).properties(height=STEP if mirror else PAIR))


def _times(name: str, factor: int) -> str:
    """Write the expression of a field times 1 or -1; missing stays missing."""
    return f"isValid(datum['{name}']) ? {factor} * datum['{name}'] : null"


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
    bars = (
        alt.Chart()
        .mark_bar(size=BAR, opacity=SEE_THROUGH)
        .encode(
            x=place_number(alt.X, start),
            x2=alt.X2(f"{end}:Q"),
            y=place_names(y),
            tooltip=list_tips(table),
        )
    )
    now = alt.Chart().mark_rule(strokeWidth=2).encode(x=alt.XDatum(base))
    return finish(alt.layer(bars, now).properties(height=STEP))
