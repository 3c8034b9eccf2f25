"""Metrics on a terminal: numbers with their intervals, and sentences against misreading them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from nlp_cx.cli.console import clean
from nlp_cx.cli.metric_words import write_name, write_number, write_p_value, write_range

Row = Any
"""One row of a result, as pandas gives it."""

_MOST_ROWS = 60
_MOST_DIFFERENCES = 15


def show_metrics(
    console: Console,
    table: pd.DataFrame,
    title: str,
    confidence: float,
    *,
    hide: Sequence[str] = (),
) -> None:
    """Print a table of metrics.

    Parameters
    ----------
    console : rich.console.Console
    table : DataFrame
        As from `estimate_metrics`.
    title : str
    confidence : float
    hide : sequence of str
        Metrics that are not printed.
    """
    labels = [name for name in ("group", "period") if name in table.columns]
    order = {metric: i for i, metric in enumerate(dict.fromkeys(table["metric"]))}
    table = table[~table["metric"].isin(hide)]
    table = table.sort_values("metric", key=lambda names: names.map(order), kind="stable")
    header = ["metric", *labels, "estimate", f"{100 * confidence:g}% interval", "answers", "method"]
    rows: list[list[str]] = []
    foot: list[str] = []
    for _, row in table.head(_MOST_ROWS).iterrows():
        rows.append(
            [
                row["metric"],
                *(write_name(row[label]) for label in labels),
                write_number(row["estimate"], row["unit"]),
                write_range(row["low"], row["high"], row["unit"]),
                _answers(row),
                row["interval"] if pd.notna(row["interval"]) else "",
            ]
        )
        if labels:
            rows[-1][-1] = _remark(row)
    if not labels:
        foot = _explain(table)
    _print_columns(console, title, header, rows, n_left=2 + len(labels) - 1)
    if len(table) > _MOST_ROWS:
        console.print(Text(f"  … and {len(table) - _MOST_ROWS:,} more rows; -o FOLDER writes all"))
    for line in foot:
        console.print(Text(f"  {line}", "dim"))
    if not labels and (table["n_missing"].fillna(0) > 0).any():
        console.print(Text("  Of those who answered: who did not may think otherwise.", "dim"))
    sources = sorted(table["source"].dropna().unique()) if "source" in table.columns else []
    if len(sources) > 1:
        console.print(
            Text(f"  Sources differ ({', '.join(sources)}): do not add or average them.", "dim")
        )
    console.print()


def show_differences(console: Console, table: pd.DataFrame, confidence: float) -> None:
    """Print the differences that are left after adjustment, and how many were looked at.

    Parameters
    ----------
    console : rich.console.Console
    table : DataFrame
        As from `compare_metrics`, or `compare_nps_counts`.
    confidence : float
    """
    adjusted = "p_adjusted" if "p_adjusted" in table.columns else "p_value"
    tested = table[table[adjusted].notna()]
    alpha = 1 - confidence
    kept = tested[tested[adjusted] < alpha].sort_values(adjusted, kind="stable")
    shown = kept if adjusted == "p_adjusted" else tested
    labels = [name for name in ("group", "period") if name in table.columns]
    header = ["metric", *(["from", "to"] if labels else []), "difference"]
    header += [f"{100 * confidence:g}% interval", "p", "p adjusted"][: 3 if labels else 2]
    has_customers = "n_shared" in table.columns and bool(table["n_shared"].notna().any())
    header += ["in both"] if has_customers else []
    has_notes = "caveat" in shown.columns and bool(shown["caveat"].notna().any())
    header += [""] if has_notes else []
    rows = []
    for _, row in shown.head(_MOST_DIFFERENCES).iterrows():
        unit = row.get("unit", "points, -100 to 100")
        cells = [row["metric"]]
        if labels:
            cells += [_pair_name(row, labels, "from_"), _pair_name(row, labels, "")]
        cells += [
            write_number(row["estimate"], unit, signed=True),
            write_range(row["low"], row["high"], unit, signed=True),
            write_p_value(row["p_value"]),
        ]
        cells += [write_p_value(row[adjusted])] if labels else []
        cells += [f"{row['n_shared']:,} of {row['n_clusters']:,}"] if has_customers else []
        cells += [row["caveat"] if pd.notna(row["caveat"]) else ""] if has_notes else []
        rows.append(cells)
    title = "Differences"
    if labels:
        title += (
            f": {len(kept):,} of {len(tested):,} tested are left at {100 * alpha:g} % after "
            "Benjamini-Hochberg"
        )
    _print_columns(console, title, header, rows, n_left=3 if labels else 1)
    if len(shown) > _MOST_DIFFERENCES:
        console.print(
            Text(f"  … and {len(shown) - _MOST_DIFFERENCES:,} more; -o FOLDER writes all")
        )
    untested = len(table) - len(tested)
    if untested:
        console.print(Text(f"  {untested:,} pairs could not be tested (column reason)", "dim"))
    if has_customers:
        console.print(
            Text(
                "  In both: customers who answered on both sides. Where few did, others answer, "
                "and nobody need have changed.",
                "dim",
            )
        )
    console.print(
        Text(
            "  Associated with group or time, not shown to be caused by it. No difference found "
            "does not mean that there is none.",
            "dim",
        )
    )
    console.print()


def show_curve(console: Console, table: pd.DataFrame, confidence: float) -> None:
    """Print a retention curve.

    Parameters
    ----------
    console : rich.console.Console
    table : DataFrame
        As from `estimate_retention_curve`.
    confidence : float
    """
    labels = ["group"] if "group" in table.columns else []
    header = [*labels, "after", "still there", f"{100 * confidence:g}% interval", "at risk", "note"]
    rows = [
        [
            *(write_name(row[label]) for label in labels),
            f"{row['time']:g}",
            write_number(row["estimate"], "share"),
            write_range(row["low"], row["high"], "share"),
            f"{row['n_at_risk']:,} of {row['n']:,}",
            row["reason"] if pd.notna(row["reason"]) else "",
        ]
        for _, row in table.head(_MOST_ROWS).iterrows()
    ]
    _print_columns(console, "Retention (Kaplan-Meier)", header, rows, n_left=len(labels))
    console.print()


def show_holdout(console: Console, table: pd.DataFrame) -> None:
    """Print how a forecast compares with what was bought.

    Parameters
    ----------
    console : rich.console.Console
    table : DataFrame
        As from `check_forecast`.
    """
    header = ["repeat purchases before", "customers", "bought", "interval", "expected", "ratio", ""]
    rows = []
    for _, row in table.iterrows():
        is_within = row["is_within"]
        verdict = "" if pd.isna(is_within) else ("" if is_within else "outside")
        rows.append(
            [
                row["repeat_purchases"],
                f"{row['n']:,}",
                write_number(row["observed"], "count"),
                write_range(row["low"], row["high"], "count"),
                write_number(row["expected"], "count"),
                write_number(row["ratio"], "count"),
                verdict,
            ]
        )
    title = f"Holdout check: purchases per customer in the {table.attrs['horizon']:g} weeks after"
    _print_columns(console, title, header, rows, n_left=1)
    ratio = float(table["ratio"].iloc[-1])
    if pd.notna(ratio):
        change = f"{abs(100 * (ratio - 1)):.0f} % {'more' if ratio > 1 else 'fewer'}"
        console.print(Text(f"  All in all {change} purchases expected than were made.", "dim"))
    model, naive = table.attrs["mean_absolute_error"], table.attrs["naive_absolute_error"]
    verdict = "better" if model < naive else "NOT better"
    console.print(
        Text(
            f"  Off by {model:.2f} purchases per customer on average, {verdict} than taking each "
            f"to go on as before ({naive:.2f}).",
            "dim" if model < naive else "yellow",
        )
    )
    console.print()


def show_calibration(console: Console, table: pd.DataFrame, column: str, surveyed: str) -> None:
    """Print what was answered by what a model made of the texts.

    Parameters
    ----------
    console : rich.console.Console
    table : DataFrame
        As from `calibrate_text`.
    column, surveyed : str
    """
    header = ["part", column, "answers", f"mean {surveyed}", "interval", ""]
    rows = []
    for _, row in table.iterrows():
        between = write_range(row["text_from"], row["text_to"], "score", signed=True)
        rows.append(
            [
                row["part"],
                between,
                f"{row['n']:,}",
                write_number(row["surveyed"], "score"),
                write_range(row["low"], row["high"], "score"),
                row["reason"] if pd.notna(row["reason"]) else "",
            ]
        )
    _print_columns(console, f"{surveyed} by {column}", header, rows, n_left=1)
    every = table[table["part"] == "all"].iloc[0]
    if pd.notna(every["rank_correlation"]):
        low, high = every["rank_low"], every["rank_high"]
        console.print(
            Text(
                f"  Rank correlation {every['rank_correlation']:.2f} ({low:.2f} to {high:.2f}): "
                "so far does the text go with the answer.",
                "dim",
            )
        )
    console.print()


def _print_columns(
    console: Console,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    n_left: int,
) -> None:
    """Print rows in columns: the first and the last to the left, numbers to the right."""
    console.print(Text(clean(title), "bold"))
    if not rows:
        return
    cells = [[clean(str(cell)) for cell in row] for row in (header, *rows)]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(header))]
    for number, row in enumerate(cells):
        parts = []
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - cell_len(cell))
            is_left = i < n_left or i == len(row) - 1
            parts.append(cell + space if is_left else space + cell)
        console.print(Text("  " + "  ".join(parts).rstrip(), "bold" if number == 0 else ""))


def _explain(table: pd.DataFrame) -> list[str]:
    """Give the sentences that a reader needs: units, then caveats and reasons, each once."""
    lines = [f"{row['metric']}: {row['unit']}" for _, row in table.iterrows()]
    for column in ("caveat", "reason"):
        metrics: dict[str, list[str]] = {}
        for _, row in table[table[column].notna()].iterrows():
            metrics.setdefault(str(row[column]), []).append(str(row["metric"]))
        lines += [f"{', '.join(names)}: {sentence}" for sentence, names in metrics.items()]
    return lines


def _remark(row: Row) -> str:
    """Say why a number of a cell is missing, or that its period is cut off; else the method."""
    if pd.notna(row["reason"]):
        return str(row["reason"])
    caveat = str(row["caveat"]) if pd.notna(row["caveat"]) else ""
    cut_off = [part for part in caveat.split("; ") if part.startswith("data ")]
    return "; ".join([str(row["interval"]), *cut_off])


def _answers(row: Row) -> str:
    """Say how many answered, of how many."""
    if pd.isna(row["n"]):
        return ""
    n, missing = int(row["n"]), row["n_missing"]
    if pd.isna(missing) or int(missing) == 0:
        return f"{n:,}"
    return f"{n:,} of {n + int(missing):,}"


def _pair_name(row: Row, labels: Sequence[str], prefix: str) -> str:
    """Name one side of a comparison by what there is of group and period."""
    return ", ".join(write_name(row[prefix + label]) for label in labels)
