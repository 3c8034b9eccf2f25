"""The cost of negative experience on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from nlp_cx.analyze.cost.amounts import COST_NOTE
from nlp_cx.analyze.cost.levers import COMPLAINT_ASSUMPTION
from nlp_cx.cli.console import clean

_WORDS = {
    "negative": "with a negative experience",
    "complaining": "  of customers who complain",
    "complaining_lost": "    lost",
    "complaining_at_risk": "    at risk",
    "complaining_kept": "    kept",
    "silent": "  of customers who say nothing",
    "silent_lost": "    lost",
    "silent_at_risk": "    at risk",
    "silent_kept": "    kept",
    "lost": "lost in all",
    "at_risk": "at risk in all",
    "kept": "kept in all",
}

_LEVERS = {
    "negative_share": "fewer negative experiences",
    "complaint_share": "more who complain",
    "complaining_kept": "more complainers kept",
    "silent_lost": "fewer silent ones lost",
}

_SWINGS = {
    "interval": "over its own interval",
    "points": "one percentage point down and up",
    "limits": "from 0 to 1",
}


def show_cost(
    console: Console, cost: pd.DataFrame, parameters: pd.DataFrame, confidence: float
) -> None:
    """Print the parameters and the amounts.

    Parameters
    ----------
    console : rich.console.Console
    cost : DataFrame
        From `amounts.negative_cost`.
    parameters : DataFrame
    confidence : float
    """
    interval = f"{100 * confidence:g} % interval"
    rows: list[tuple[str, ...]] = [
        (
            row["parameter"],
            _amount(row["estimate"]) if row["parameter"] == "revenue" else _share(row["estimate"]),
            _range(row["low"], row["high"], is_share=True),
            "" if pd.isna(row["n"]) else f"{row['n']:,.0f}",
            clean(row["source"] if pd.isna(row["reason"]) else row["reason"]),
        )
        for _, row in parameters.iterrows()
    ]
    _print(console, "Parameters", ("", "", interval, "n", "from"), rows, left=(0, 4))
    by_name: Any = cost.set_index("quantity")
    rows = []
    for name, words in _WORDS.items():
        row: Any = by_name.loc[name]
        cells = (_amount(row["estimate"]), _range(row["low"], row["high"]), _share(row["share"]))
        rows.append((words, *cells))
    _print(console, "Revenue", ("", "amount", interval, "of revenue"), rows)
    for reason in dict.fromkeys(cost["reason"].dropna()):
        console.print(Text(f"  ? {clean(reason)}", "yellow"))
    console.print(Text(f"  interval: {clean(cost['interval'].iloc[0])}", "dim"))
    console.print(Text(f"  {COST_NOTE}", "dim"))
    console.print()


def show_levers(console: Console, levers: pd.DataFrame, confidence: float) -> None:
    """Print what a step on each lever goes with.

    Parameters
    ----------
    console : rich.console.Console
    levers : DataFrame
        From `levers.cost_levers`.
    confidence : float
    """
    rows = []
    for lever, group in levers.groupby("lever", sort=False):
        by_fate: Any = group.set_index("quantity")
        lost: Any = by_fate.loc["lost"]
        rows.append(
            (
                _LEVERS[str(lever)],
                *(_amount(by_fate.loc[fate, "estimate"]) for fate in ("lost", "at_risk", "kept")),
                _range(lost["low"], lost["high"]),
                _amount(lost["whole_way"]),
                "" if pd.isna(lost["p_helps"]) else f"{100 * lost['p_helps']:.0f} %",
            )
        )
    step = f"{100 * abs(levers['step'].iloc[0]):g}"
    interval = f"lost, {100 * confidence:g} % interval"
    header = ("", "lost", "at risk", "kept", interval, "lost, the whole way", "less lost?")
    title = f"{step} percentage point of each lever, by the arithmetic of the model"
    _print(console, title, header, rows)
    console.print(Text(f"  {COMPLAINT_ASSUMPTION}", "dim"))
    console.print()


def show_tornado(console: Console, tornado: pd.DataFrame, swing: str) -> None:
    """Print which parameter moves the loss most.

    Parameters
    ----------
    console : rich.console.Console
    tornado : DataFrame
        From `tornado.cost_tornado`.
    swing : str
    """
    widest = tornado["swing"].max()
    rows = []
    for _, row in tornado.iterrows():
        bar, told = "", clean(row["reason"]) if pd.notna(row["reason"]) else ""
        if pd.notna(row["swing"]) and widest > 0:
            bar = "█" * max(1, round(24 * row["swing"] / widest)) if row["swing"] > 0 else ""
        cells = (_range(row["from_value"], row["to_value"], is_share=True), _amount(row["swing"]))
        rows.append((row["parameter"], *cells, bar or told))
    title = f"How far the loss moves with each parameter, {_SWINGS[swing]}"
    _print(console, title, ("", "from, to", "loss moves by", ""), rows, left=(0, 3))
    console.print()


def show_scenarios(console: Console, scenarios: pd.DataFrame, confidence: float) -> None:
    """Print what scenarios would change.

    Parameters
    ----------
    console : rich.console.Console
    scenarios : DataFrame
        From `levers.cost_scenarios`.
    confidence : float
    """
    rows = []
    for name, group in scenarios.groupby("scenario", sort=False):
        by_fate: Any = group.set_index("quantity")
        lost: Any = by_fate.loc["lost"]
        cells = [_amount(by_fate.loc[fate, "estimate"]) for fate in ("lost", "at_risk", "kept")]
        rows.append(
            (
                clean(str(name)),
                *cells,
                _amount(lost["change"]),
                _range(lost["change_low"], lost["change_high"]),
            )
        )
    interval = f"{100 * confidence:g} % interval"
    header = ("", "lost", "at risk", "kept", "lost, change", interval)
    _print(console, "Scenarios", header, rows)
    console.print()


def _print(
    console: Console,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
) -> None:
    """Print columns under a title; those in `left` begin at the left."""
    console.print(Text(title, "bold"))
    kept = [k for k in range(len(header)) if any(row[k] for row in rows)]
    widths = {k: max(cell_len(row[k]) for row in (header, *rows)) for k in kept}
    for number, row in enumerate([header, *rows]):
        cells = []
        for k in kept:
            room = " " * (widths[k] - cell_len(row[k]))
            cells.append(row[k] + room if k in left else room + row[k])
        console.print(Text("  " + "  ".join(cells).rstrip(), "dim" if number == 0 else ""))


def _amount(value: float) -> str:
    """Write an amount of money; ? where it is not known."""
    if pd.isna(value):
        return "?"
    if abs(value) < 1e-9:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.4g}"


def _share(value: float) -> str:
    """Write a share in percent; ? where it is not known."""
    return "?" if pd.isna(value) else f"{100 * value:.4g} %"


def _range(low: float, high: float, *, is_share: bool = False) -> str:
    """Write an interval; nothing where there is none."""
    if pd.isna(low) or pd.isna(high):
        return ""
    write = _share if is_share else _amount
    return f"{write(low)} to {write(high)}"
