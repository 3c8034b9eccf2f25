"""Cases and backtests as a terminal shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from rich.text import Text

from nlp_cx.analyze.alerts.find_alerts import Alerts
from nlp_cx.cli.console import clean

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": ""}
_SHOWN = 10
"""Cases that are shown; the file has all of them."""


def alert_lines(found: Alerts, where: str, *, hint: bool) -> Iterator[Text]:
    """Write for people what was found.

    Parameters
    ----------
    found : Alerts
    where : str
        Where the cases are.
    hint : bool
        Say that nothing is remembered from run to run.

    Yields
    ------
    rich.text.Text
    """
    n = len(found.cases)
    noun = "case" if n == 1 else "cases"
    yield Text(f"{n:,} {noun} up to {found.now}, written to {clean(where)}")
    for row in found.summary.itertuples():
        yield from _summary_lines(row)
    for case in found.cases[:_SHOWN]:
        yield Text()
        yield from _case_lines(case)
    if len(found.cases) > _SHOWN:
        yield Text(f"\n… and {len(found.cases) - _SHOWN:,} more")
    if hint:
        yield Text(
            "\nwithout --state nothing is remembered: only the last window is judged, and an "
            "alert that is still on is told again",
            "dim",
        )


def backtest_lines(tried: pd.DataFrame, n_runs: int) -> Iterator[Text]:
    """Write a backtest for people.

    Parameters
    ----------
    tried : DataFrame
        From `backtest`.
    n_runs : int
        Histories without change that were tried.

    Yields
    ------
    rich.text.Text
    """
    for row in tried.to_dict("records"):
        yield Text(clean(str(row["rule"])), "bold")
        unit = "records" if row["kind"] == "record" else "windows judged"
        span = "" if row["first_day"] is None else f" from {row['first_day']} to {row['last_day']}"
        yield Text(f"   {row['n_cases']:,} cases in {row['n_windows']:,} {unit}{span}")
        if row["cases_per_month"] == row["cases_per_month"]:
            yield Text(f"   {row['cases_per_month']:.2f} cases in 30 days")
        if row["false_per_month"] == row["false_per_month"]:
            yield Text(
                f"   where nothing changes: {row['false_per_month']:.2f} in 30 days "
                f"({row['false_low']:.2f} to {row['false_high']:.2f}); at least one in "
                f"{100 * row['share_with_false']:.0f} % of {n_runs:,} histories; as many cases as "
                f"here by chance: p {row['p_value']:.3f}"
            )
        if row["outcome_share"] == row["outcome_share"]:
            yield Text(
                f"   outcome came true for {100 * row['outcome_share']:.1f} % of "
                f"{row['n_known_outcome']:,} cases ({100 * row['outcome_low']:.1f} to "
                f"{100 * row['outcome_high']:.1f}); of all records {100 * row['base_share']:.1f} %"
            )
        if isinstance(row["reason"], str):
            yield Text(f"   {clean(row['reason'])}", "dim")


def _summary_lines(row: Any) -> Iterator[Text]:
    """Write what one rule found."""
    line = Text(f"{row.n_cases:>7,}  ")
    line.append(clean(row.rule), _STYLES[row.severity])
    more = []
    if row.kind == "record":
        n = int(row.n_matched)
        more.append(f"{n:,} {'record meets' if n == 1 else 'records meet'} it")
        if row.n_known:
            more.append(f"{int(row.n_known):,} told before")
        if row.n_without_time:
            more.append(f"{int(row.n_without_time):,} without a time, due from now on")
    elif row.n_windows:
        n = int(row.n_windows)
        more.append(f"{n:,} {'window' if n == 1 else 'windows'} judged")
        if row.n_segments > 1 or row.n_judged < row.n_segments:
            judged, n = int(row.n_judged), int(row.n_segments)
            more.append(f"in the last one {judged:,} of {n:,} segments had rows enough")
    if row.n_cooling:
        more.append(f"{int(row.n_cooling):,} within the cool-down")
    if isinstance(row.reason, str):
        more.append(row.reason)
    yield line.append(f"  ({'; '.join(more)})" if more else "")


def _case_lines(case: dict[str, Any]) -> Iterator[Text]:
    """Write one case."""
    head = Text(f"{case['severity']}  ", _STYLES[case["severity"]])
    what = case["record"] if case["kind"] == "record" else case["segment"]
    named = ", ".join(f"{name} {value}" for name, value in what.items()) or "all rows"
    head.append(clean(f"{case['rule']}: {named}"), "bold")
    head.append(clean(f"  {case['owner']} by {case['due_at']}  [{case['case_id']}]"))
    yield head
    if case["kind"] == "aggregate":
        yield Text(f"   {clean(_describe_window(case))}")
        return
    for because in case["because"]:
        yield Text(clean(f"   {because['condition']}  (found {because['found']})"))
    for span in case["spans"]:
        about = ", ".join(f"{d['driver']} {d['polarity']}" for d in span["drivers"])
        place = f"{span['doc_id']}[{span['start']}:{span['end']}]"
        yield Text(clean(f"   {place} {span['clause']}") + (f"  ({about})" if about else ""))
    if case["reason"]:
        yield Text(clean(f"   {case['reason']}"), "dim")


def _describe_window(case: dict[str, Any]) -> str:
    """Write the numbers of a segment's case as a sentence."""
    number = _number(case["metric"])
    parts = [
        f"{case['metric']}: {number(case['estimate'])} "
        f"({number(case['low'])} to {number(case['high'])}, n {case['n']:,}) "
        f"from {case['window_start']} to before {case['window_end']}"
    ]
    if case["baseline"] is not None:
        parts.append(
            f"{number(case['baseline'])} in the {case['baseline_days']} days before "
            f"(n {case['n_baseline']:,})"
        )
    if case["threshold"] is not None:
        parts.append(f"limit {number(case['threshold'])}")
    parts.append(f"p {case['p_value']:.2g}")
    if case["n_compared"] > 1:
        parts.append(f"{case['p_adjusted']:.2g} after {case['n_compared']:,} segments")
    return "; ".join(parts)


def _number(metric: str) -> Callable[[float], str]:
    """Give how values of a metric are written."""
    if metric.startswith("share"):
        return lambda value: f"{100 * value:.1f} %"
    return lambda value: f"{value:,.4g}"
