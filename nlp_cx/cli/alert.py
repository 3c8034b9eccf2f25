"""Find what alert rules ask for, write the cases, and say what was found."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from nlp_cx.analyze.alerts.backtest import backtest
from nlp_cx.analyze.alerts.find_alerts import Alerts, find_alerts
from nlp_cx.analyze.alerts.rules import AlertRules, load_rules
from nlp_cx.analyze.alerts.state import AlertState, dump_state, parse_state
from nlp_cx.cli.console import clean, open_console, say
from nlp_cx.cli.table_files import read_table
from nlp_cx.errors import ConfigError, InputError, OutputError
from nlp_cx.write.target import Target, create_beside, flush_to_disk, put_in_place

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": ""}
_SHOWN = 10
"""Cases and verdicts that are shown; the file has all of them."""


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """What ``nlp-cx alert`` was asked for.

    Attributes
    ----------
    rules, ox : str
        Paths.
    output : str or None
        Where the cases go; None for a backtest alone.
    evidence, documents, state, now, since : str or None
    is_backtest : bool
    n_runs : int
    is_quiet : bool
    """

    rules: str
    ox: str
    output: str | None = None
    evidence: str | None = None
    documents: str | None = None
    state: str | None = None
    now: str | None = None
    since: str | None = None
    is_backtest: bool = False
    n_runs: int = 200
    is_quiet: bool = False


def run_alert(request: AlertRequest) -> None:
    """Run ``nlp-cx alert``.

    Parameters
    ----------
    request : AlertRequest

    Raises
    ------
    ConfigError
        If rules are wrong, or neither an output nor a backtest is asked for.
    InputError, OutputError, AnalysisError, SchemaError
        If files cannot be read or written, or do not fit.
    """
    if request.output is None and not request.is_backtest:
        raise ConfigError("nowhere to put the cases: give --output FILE.jsonl, or --backtest")
    rules = load_rules(request.rules)
    target = None if request.output in (None, "-") else _find_target(str(request.output), ".jsonl")
    state_target = None if request.state is None else _find_target(request.state, ".json")
    state = None if state_target is None else _read_state(state_target)
    notes: list[str] = []
    ox = read_table(request.ox, notes=notes)
    evidence = _read(request.evidence, notes)
    documents = _read(request.documents, notes)
    if not request.is_quiet:
        for note in notes:
            say(note)
    if request.output is not None:
        found = find_alerts(
            ox,
            rules,
            evidence=evidence,
            documents=documents,
            now=request.now,
            since=request.since,
            state=state,
        )
        text = "".join(f"{write_case(case)}\n" for case in found.cases)
        written = [] if target is None else [(target, text)]
        if state_target is not None:
            # The state last: a case is told twice with the same id rather than never.
            written.append((state_target, dump_state(found.state)))
        if request.output == "-":
            sys.stdout.write(text)
        write_texts(written)
        if not request.is_quiet:
            _print(_alert_lines(found, rules, request))
    if request.is_backtest:
        tried = backtest(
            ox,
            rules,
            evidence=evidence,
            documents=documents,
            now=request.now,
            n_runs=request.n_runs,
        )
        _print(_backtest_lines(tried, request.n_runs), is_result=request.output is None)


def write_case(case: dict[str, Any]) -> str:
    r"""Write a case as one line of JSON that cannot act on a terminal.

    Parameters
    ----------
    case : dict

    Returns
    -------
    str
        Readable; control, direction and invisible characters are ``\u202e``, which JSON reads
        back as they were.

    Examples
    --------
    >>> print(write_case({"clause": "退款\u202e!"}))
    {"clause": "退款\u202e!"}
    """
    text = json.dumps(case, ensure_ascii=False, allow_nan=False, default=str)
    return text if text.isprintable() else "".join(map(_escape, text))


def write_texts(written: Iterable[tuple[Target, str]]) -> None:
    """Write files that appear whole, in their order, after all could be written beside.

    Parameters
    ----------
    written : iterable of (Target, str)

    Raises
    ------
    OutputError
        If one cannot be written; then none is changed, unless the system fails between renames.
    """
    prepared: list[tuple[Path, Target]] = []
    try:
        for target, text in written:
            temporary = create_beside(target)
            prepared.append((temporary, target))
            temporary.write_text(text, encoding="utf-8", newline="\n")
            flush_to_disk(temporary)
        for temporary, target in prepared:
            put_in_place(temporary, target.path)
    except OutputError:
        raise
    except OSError as e:
        raise OutputError(f"{e.filename or 'output'}: cannot be written ({e.strerror}).") from e
    finally:
        for temporary, _ in prepared:
            with suppress(FileNotFoundError):
                temporary.unlink()


def _find_target(name: str, ending: str) -> Target:
    """Find where a file will stand, and that it can."""
    path = Path(os.path.realpath(name))
    if path.suffix.lower() != ending:
        raise OutputError(f"{name}: expected a name that ends in {ending}")
    target = Target(name, path, ending, False)
    create_beside(target).unlink()
    return target


def _read_state(target: Target) -> AlertState:
    """Read the state of the last run; an empty one where there is no file yet."""
    try:
        text = target.path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return AlertState()
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"{target.name}: cannot be read ({e}).") from e
    return parse_state(text, where=target.name)


def _read(path: str | None, notes: list[str]) -> pd.DataFrame | None:
    """Read a table where there is one."""
    return None if path is None else read_table(path, notes=notes)


def _escape(character: str) -> str:
    """Escape what a terminal would obey, or not show."""
    shown = clean(character)
    if shown == character:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _print(lines: Iterable[Text], *, is_result: bool = False) -> None:
    """Print on standard error, or what was asked for on standard output."""
    console = open_console(sys.stdout if is_result else None)
    for line in lines:
        console.print(line)


def _alert_lines(found: Alerts, rules: AlertRules, request: AlertRequest) -> Iterator[Text]:
    """Write for people what was found."""
    where = "standard output" if request.output == "-" else clean(str(request.output))
    n = len(found.cases)
    noun = "case" if n == 1 else "cases"
    yield Text(f"{n:,} {noun} up to {found.now}, written to {where}")
    for row in found.summary.itertuples():
        yield from _summary_lines(row)
    for case in found.cases[:_SHOWN]:
        yield Text()
        yield from _case_lines(case)
    if len(found.cases) > _SHOWN:
        yield Text(f"\n… and {len(found.cases) - _SHOWN:,} more")
    if rules.aggregate and request.state is None and request.since is None:
        yield Text(
            "\nwithout --state nothing is remembered: only the last window is judged, and an "
            "alert that is still on is told again",
            "dim",
        )


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


def _backtest_lines(tried: pd.DataFrame, n_runs: int) -> Iterator[Text]:
    """Write a backtest for people."""
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
