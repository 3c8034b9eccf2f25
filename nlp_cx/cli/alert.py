"""Find what alert rules ask for, write the cases, and say what was found."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from nlp_cx.analyze.alerts.backtest import backtest
from nlp_cx.analyze.alerts.find_alerts import find_alerts
from nlp_cx.analyze.alerts.rule_faults import load_rules
from nlp_cx.analyze.alerts.state import AlertState, dump_state, parse_state
from nlp_cx.cli.alert_shown import alert_lines, backtest_lines
from nlp_cx.cli.console import clean, open_console, say
from nlp_cx.cli.table_files import read_table
from nlp_cx.errors import ConfigError, InputError, OutputError
from nlp_cx.write.target import Target, create_beside, flush_to_disk, put_in_place


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
            _print(
                alert_lines(
                    found,
                    _name_output(request),
                    hint=bool(rules.aggregate) and not _remembers(request),
                )
            )
    if request.is_backtest:
        tried = backtest(
            ox,
            rules,
            evidence=evidence,
            documents=documents,
            now=request.now,
            n_runs=request.n_runs,
        )
        _print(backtest_lines(tried, request.n_runs), is_result=request.output is None)


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


def _name_output(request: AlertRequest) -> str:
    """Name for people where the cases go."""
    return "standard output" if request.output == "-" else str(request.output)


def _remembers(request: AlertRequest) -> bool:
    """Tell whether more than the last window is judged."""
    return request.state is not None or request.since is not None


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
