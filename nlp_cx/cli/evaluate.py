"""Measure a model on a suite: results as JSON and as a page, a summary on the terminal."""

from __future__ import annotations

import math
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nlp_cx.cli.console import clean, open_console, say
from nlp_cx.corpus.datasets import load_catalogue
from nlp_cx.errors import ConfigError, InputError
from nlp_cx.evaluate.bench import BenchResult, System, run_bench
from nlp_cx.evaluate.figures import FIGURES
from nlp_cx.evaluate.measure import Resampling
from nlp_cx.evaluate.page import render_page
from nlp_cx.evaluate.predictor import as_predictor
from nlp_cx.evaluate.results_folder import (
    ERRORS,
    PAGE,
    RESULTS,
    check_results_folder,
    log_test_use,
    to_json,
    write_results,
)
from nlp_cx.evaluate.suite import Suite, check_data_root, load_default_suite
from nlp_cx.evaluate.suite_folder import load_folder_suite
from nlp_cx.pipeline import load

FORMAT = 1
"""Version of results.json and errors.json."""

_LIBRARIES = ("nlp_cx", "numpy", "pandas", "pyarrow", "numba", "scikit-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRequest:
    """What the user asked for: the options of ``nlp-cx evaluate``, as its help explains them."""

    model: str
    output: str
    suite: str = "default"
    split: str = "test"
    against: str | None = None
    data: str | None = None
    n_bootstrap: int = 1000
    n_errors: int = 50
    random_state: int = 0
    is_quiet: bool = False

    @property
    def command(self) -> str:
        """The command that asks for this; where its folders lie stays private."""
        parts = ["nlp-cx", "evaluate", "--model", self.model, "--suite", self.suite]
        parts += ["--split", self.split] if self.suite == "default" else []
        parts += ["--against", self.against] if self.against is not None else []
        parts += ["--data", "FOLDER"] if self.suite == "default" else []
        parts += ["--bootstrap", str(self.n_bootstrap)] if self.n_bootstrap != 1000 else []
        parts += ["--errors", str(self.n_errors)] if self.n_errors != 50 else []
        parts += ["--random-state", str(self.random_state)] if self.random_state else []
        return shlex.join([*parts, "-o", Path(self.output).name])


def run_evaluate(request: EvaluateRequest) -> None:
    """Measure a model, write the results, and print a summary.

    Parameters
    ----------
    request : EvaluateRequest

    Raises
    ------
    NlpCxError
        If the model, the suite or the data cannot be used, or the folder cannot be written;
        earlier results are as they were then. Reading test splits is logged all the same.
    """
    folder = check_results_folder(request.output)
    if request.suite == "default":
        if request.data is None:
            raise ConfigError(
                "the default suite needs the data folder (holding data/ and labels/): give it "
                "with --data or NLP_CX_DATA, or measure on your own texts with --suite FOLDER."
            )
        check_data_root(request.data)
    model = _open_model(request.model)
    against = None if request.against is None else _open_model(request.against)
    console = open_console(sys.stderr)
    if request.is_quiet or not console.is_terminal:
        console = Console(quiet=True)
    with console.status("reading") as status:
        if request.suite == "default":
            if request.split == "test":
                log_test_use(
                    folder,
                    command=request.command,
                    model=model.id,
                    against=None if against is None else against.id,
                    sets=_names_of_test_sets(),
                )
            suite = load_default_suite(str(request.data), request.split)
        else:
            suite = load_folder_suite(request.suite)
        _check_fit(suite)
        result = run_bench(
            suite,
            model,
            against=against,
            resampling=Resampling(request.n_bootstrap, random_state=request.random_state),
            n_errors=request.n_errors,
            on_set=lambda name: status.update(Text(clean(name))),
        )
        made = datetime.now(UTC).isoformat(sep=" ", timespec="minutes")
        files = {
            RESULTS: to_json(describe_result(result, command=request.command, made=made)),
            ERRORS: to_json(
                {
                    "format": FORMAT,
                    "model": model.id,
                    "suite": suite.name,
                    "split": suite.split,
                    "errors": [error.to_dict() for error in result.errors],
                }
            ),
            PAGE: render_page(result, command=request.command, made=made),
        }
    write_results(folder, files)
    if not request.is_quiet:
        print_result(result, open_console(sys.stdout))
        for note in result.notes:
            say(note, label="note: ")
        say(f"written to {request.output}: {', '.join(files)}")


def describe_result(result: BenchResult, *, command: str, made: str) -> dict[str, Any]:
    """Give everything that was measured, for JSON.

    Parameters
    ----------
    result : BenchResult
    command : str
    made : str
        Date and time.

    Returns
    -------
    dict
        ``format, made, command, model, against, suite, split, bootstrap, versions, notes``, and
        ``tables``, see `nlp_cx.evaluate.bench.BenchResult`. Texts stand in errors.json, and in
        ``tables.challenge_failed``.
    """
    against = result.against
    return {
        "format": FORMAT,
        "made": made,
        "command": command,
        "model": {"name": result.model.name, "id": result.model.id},
        "against": None if against is None else {"name": against.name, "id": against.id},
        "suite": result.suite.name,
        "split": result.suite.split,
        "bootstrap": {
            "n_samples": result.resampling.n_samples,
            "level": result.resampling.level,
            "random_state": result.resampling.random_state,
        },
        "versions": {name: found for name in _LIBRARIES if (found := _version(name))},
        "notes": result.notes,
        "tables": result.tables,
    }


def print_result(result: BenchResult, console: Console) -> None:
    """Print the sets, the challenge and the goals.

    Parameters
    ----------
    result : BenchResult
    console : rich.console.Console
    """
    beside = result.against is not None
    head = f"{result.model.id} on {result.suite.name} {result.suite.split}".rstrip()
    console.print(Text(clean(head), "bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("set", "texts", "metric", "ours", "interval"):
        table.add_column(name, justify="left" if name in ("set", "metric") else "right")
    if beside:
        table.add_column("difference", justify="right")
    table.add_column("goal", justify="right")
    for row in result.tables["sets"]:
        cells = [
            clean(row["set"]),
            f"{row['n']:,}",
            FIGURES[row["metric"]].title,
            _say(row["value"]),
            _say_range(row["low"], row["high"], ""),
        ]
        if beside:
            found = _say(row.get("difference"), "+")
            ends = _say_range(row.get("difference_low"), row.get("difference_high"), "+")
            cells.append(f"{found} ({ends})" if ends else found)
        table.add_row(*cells, _say(row["goal"]) if not _is_unknown(row["goal"]) else "")
    console.print(table)
    rates = {row["lang"]: row for row in result.tables["challenge"] if row["phenomenon"] == "all"}
    if rates:
        said = ", ".join(
            f"{lang} {row['rate']:.1%} of {row['n']:,} items" for lang, row in rates.items()
        )
        console.print(f"challenge: {said}")
    goals = result.tables["goals"]
    if goals:
        n_met = sum(goal["is_met"] is True for goal in goals)
        n_unknown = sum(goal["is_met"] is None for goal in goals)
        meant = " (meant for test splits)" if result.suite.split == "dev" else ""
        console.print(f"goals{meant}: {n_met} of {len(goals)} met, {n_unknown} not measured")


def _open_model(name: str) -> System:
    """Load a model as a user of the library gets it."""
    pipeline = load(name)
    return System(name, pipeline.model_id, as_predictor(pipeline), pipeline.evidence)


def _names_of_test_sets() -> list[str]:
    """Name every set whose test split the default suite reads."""
    sets = load_catalogue().values()
    used = [s for s in sets if s.reader != "none"]
    return ["gold", *(s.name for s in used if s.files.get("test") or s.carve.get("test"))]


def _check_fit(suite: Suite) -> None:
    """Refuse a suite in which there is nothing to measure."""
    if not suite.sets and not suite.challenge:
        raise InputError(f"{suite.name}: nothing to measure. {'; '.join(suite.notes)}".rstrip())


def _is_unknown(value: Any) -> bool:
    """Tell whether a number is not known."""
    return value is None or math.isnan(value)


def _say(value: Any, sign: str = "") -> str:
    """Write a figure, or ? where it is not known."""
    return "?" if _is_unknown(value) else format(value, f"{sign}.3f")


def _say_range(low: Any, high: Any, sign: str) -> str:
    """Write an interval, or nothing where it is not known."""
    if _is_unknown(low) or _is_unknown(high):
        return ""
    return f"{_say(low, sign)} to {_say(high, sign)}"


def _version(name: str) -> str | None:
    """Give the version of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
