"""Analyse an O+X table: what goes with the outcome, as tables and as a page on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.drivers.division import Family
from nlp_cx.analyze.outcome import MEANINGS, OutcomeTables, analyze_outcome
from nlp_cx.cli.console import clean, open_console, say
from nlp_cx.cli.role_columns import RoleColumns
from nlp_cx.cli.table_files import read_table, write_tables
from nlp_cx.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeRequest:
    """What the user asked for: the options of ``nlp-cx analyze``, as its help explains them."""

    table: str
    outcome: str | None
    output: str
    family: Family | None = None
    higher_is_better: bool = True
    drivers: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    group: str | None = None
    period: str | None = None
    time_zone: str | None = None
    weights: str | None = None
    customer: str | None = None
    confidence: float = 0.95
    n_bootstrap: int = 1000
    random_state: int = 0
    is_quiet: bool = False


def run_analyze(request: AnalyzeRequest) -> None:
    """Analyse the table, write what was found, and print it.

    Parameters
    ----------
    request : AnalyzeRequest

    Raises
    ------
    NlpCxError
        If the table cannot be read, does not bear the analysis, or the folder cannot be written.
    """
    notes: list[str] = []
    ox = read_table(request.table, notes=notes)
    request, taken = _apply_roles(ox, request)
    console = open_console(sys.stdout)
    outcome = str(request.outcome)
    with _open_status(is_shown=not request.is_quiet) as status:
        found = analyze_outcome(
            ox,
            outcome,
            family=request.family,
            higher_is_better=request.higher_is_better,
            drivers=request.drivers or None,
            controls=request.controls,
            group=request.group,
            period=request.period,
            time_zone=request.time_zone,
            weights=request.weights,
            cluster=request.customer,
            confidence=request.confidence,
            n_bootstrap=request.n_bootstrap,
            random_state=request.random_state,
            on_table=lambda name: status.update(f"{name}: {MEANINGS[name]}"),
        )
    written = write_tables(request.output, found.tables)
    if request.is_quiet:
        return
    _print_found(console, found, as_numbers(ox, outcome), request)
    for note in (*notes, *taken, *found.notes):
        say(note, label="note: ")
    say(f"{NOTE} Penalties, rewards and shares are differences between units of today.")
    say(f"written to {request.output}: {', '.join(found.tables)} ({len(written)} files)")


def _apply_roles(ox: pd.DataFrame, request: AnalyzeRequest) -> tuple[AnalyzeRequest, list[str]]:
    """Fill what was not asked for from the roles that the join gave to columns, and say so."""
    columns = RoleColumns(ox)
    outcome = columns.take("outcome", request.outcome)
    if outcome is None:
        numbers = [
            str(name)
            for name in ox.columns
            if str(name).startswith(("r_", "o_")) and pd.api.types.is_numeric_dtype(ox[name])
        ]
        raise ConfigError(
            "no outcome was named, and no column has that role. Name one with --outcome"
            + (f": {', '.join(numbers)}" if numbers else "")
        )
    filled = replace(
        request,
        outcome=outcome,
        controls=columns.take_all("control", request.controls),
        group=columns.take("group", request.group),
        period=columns.take("time", request.period, option="period"),
        weights=columns.take("weight", request.weights, option="weights"),
        customer=columns.take("customer", request.customer),
    )
    return filled, columns.notes


def _open_status(*, is_shown: bool) -> Any:
    """Open a line on standard error that says what is being done, on a terminal alone."""
    console = open_console(sys.stderr)
    if not is_shown or not console.is_terminal:
        console = Console(quiet=True)
    return console.status("reading")


def _print_found(
    console: Console, found: OutcomeTables, values: Any, request: AnalyzeRequest
) -> None:
    """Print the drivers with what counts, one line each."""
    importance = found.tables["importance"]
    first = importance.iloc[0]
    kind = {"linear": "least squares", "ordinal": "proportional odds", "logit": "logistic"}
    mean = pd.Series(values).mean()
    console.print(Text(clean(f"What goes with {found.outcome} (mean {mean:.3g})"), "bold"))
    explained = _say_number(first["fit"] - first["fit_controls"], "{:.1%}")
    console.print(
        f"{first['n']:,} units analysed, {first['n_left_out']:,} left out (no text, or a value is "
        f"missing).\nMentions explain {explained} of the differences between them "
        f"({kind[found.family]}, {first['measure']})."
    )
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("driver", "neg.", "pos.", "importance", "if criticised", "if praised"):
        table.add_column(name, justify="left" if name == "driver" else "right", no_wrap=True)
    table.add_column("Kano", no_wrap=True)
    beside = _index(found.tables.get("penalty_reward"))
    for _, row in importance.sort_values("rank", kind="stable").iterrows():
        name = row["driver"]
        contrast = beside.loc[name] if name in beside.index else pd.Series(dtype=object)
        numbers = [
            _say_interval(row, "share", "{:.0%}"),
            _say_interval(contrast, "penalty", "{:+.2f}"),
            _say_interval(contrast, "reward", "{:+.2f}"),
        ]
        table.add_row(
            clean(str(name)),
            f"{row['n_negative'] / row['n']:.1%}",
            f"{row['n_positive'] / row['n']:.1%}",
            *(estimate for estimate, _ in numbers),
            _say_text(contrast.get("kano_class")),
        )
        table.add_row("", "", "", *(Text(interval, "dim") for _, interval in numbers), "")
    console.print(table)
    for line in (
        "neg., pos.: units that mention it so.",
        "importance: part of what all drivers explain together.",
        f"if criticised, if praised: {clean(found.outcome)} of such units against units without.",
        f"Below each number its {request.confidence:.0%} interval. ?: unknown; the tables say why.",
    ):
        console.print(line, style="dim")
    _print_quadrants(console, found.tables.get("performance"))


def _print_quadrants(console: Console, performance: pd.DataFrame | None) -> None:
    """Print which drivers stand in which quadrant."""
    if performance is None:
        return
    for quadrant, part in performance.dropna(subset=["quadrant"]).groupby("quadrant", sort=False):
        names = ", ".join(
            f"{driver} ({p:.0%})"
            for driver, p in zip(part["driver"], part["p_quadrant"], strict=True)
        )
        console.print(Text.assemble((f"{quadrant}: ", "bold"), clean(names)))
    console.print("Quadrants by importance and performance; how often samples agree in brackets.")


def _index(frame: pd.DataFrame | None) -> pd.DataFrame:
    """Give a table by driver; without rows where there is none."""
    return pd.DataFrame() if frame is None else frame.set_index("driver")


def _say_interval(row: pd.Series, name: str, form: str) -> Sequence[str]:
    """Write an estimate and its interval."""
    low, high = (_say_number(row.get(f"{name}_{end}"), form) for end in ("low", "high"))
    estimate = _say_number(row.get(name), form)
    return estimate, "" if "?" in (estimate, low, high) else f"{low} to {high}"


def _say_number(value: Any, form: str) -> str:
    """Write a number, or ? where it is not known."""
    return "?" if value is None or pd.isna(value) else form.format(value)


def _say_text(value: Any) -> str:
    """Write a class, or ? where it is not known."""
    return "?" if value is None or pd.isna(value) else clean(str(value))
