"""A number for every pair of two names."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from nlp_cx.report.charts.axis import FORMATS, Axis, Spec, take_numbers
from nlp_cx.report.charts.encode import finish, list_tips, place_names, quote
from nlp_cx.report.model import Table

_ZERO = {"share": "0%"}
_IN_CELLS = {"signed": "+,.2~f", "number": ",.2~f"}


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
    down = place_names(y)
    tips = list_tips(table)
    name = f"datum['{value.field}']"
    test = "true" if is_bad else f"{name} < 0"
    sign = f"{test} ? {quote(signs[0])} : {quote(signs[1])}"
    base = alt.Chart().transform_filter(f"isValid({name})")
    top = max((abs(each) for each in take_numbers(table, value.field)), default=1.0) or 1.0
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
    return finish(alt.layer(cells, text).properties(height={"step": 26}))
