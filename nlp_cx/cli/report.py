"""Make a report: a study file or guesses at files, stages, and what came out of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from rich.console import Console
from rich.text import Text

from nlp_cx.cli.console import clean, open_console, say
from nlp_cx.cli.progress import ScoreProgress
from nlp_cx.errors import ConfigError
from nlp_cx.report.material import tell_lack
from nlp_cx.report.model import Findings, Report
from nlp_cx.study.guesses import guess_study
from nlp_cx.study.headers import Header
from nlp_cx.study.load import load_study, read_study
from nlp_cx.study.run import Outputs, Ran, run_study
from nlp_cx.study.spec import Privacy, Study

_MOST_MISSING = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What the user asked for: the options of ``nlp-cx report``, as its help explains them."""

    inputs: tuple[str, ...]
    outputs: Outputs
    language: Literal["en", "zh", "both"] | None = None
    outcome: str | None = None
    group: str | None = None
    text: str | None = None
    time: str | None = None
    time_zone: str | None = None
    title: str | None = None
    model: str | None = None
    mask_pii: bool = False
    is_forced: bool = False
    is_quiet: bool = False


def run_report(request: ReportRequest) -> None:
    """Make a report and say what is in it.

    Parameters
    ----------
    request : ReportRequest

    Raises
    ------
    NlpCxError
        If the study, an input or an output cannot be used; no report is changed then.
    """
    study, headers, lines = open_study(request)
    if not request.is_quiet:
        for line in lines:
            say(line, label="guessed: ")
    with _open_progress(is_quiet=request.is_quiet) as progress:
        ran = run_study(
            study, headers, request.outputs, is_forced=request.is_forced, on_progress=progress.show
        )
    if not request.is_quiet:
        _print_ran(ran, request, open_console(sys.stdout))


def open_study(request: ReportRequest) -> tuple[Study, dict[str, Header], list[str]]:
    """Read the study file, or guess one; options go on top.

    Parameters
    ----------
    request : ReportRequest

    Returns
    -------
    study : Study
    headers : dict of str to Header
    lines : list of str
        What was guessed.

    Raises
    ------
    ConfigError, InputError
    """
    files = [path for path in request.inputs if path.lower().endswith(".toml")]
    if files:
        if len(request.inputs) > 1:
            raise ConfigError(
                f"{files[0]}: a study file stands alone; name the other files in it ([[inputs]])."
            )
        only = {"outcome": request.outcome, "group": request.group}
        only |= {"text": request.text, "time": request.time}
        given = [f"--{name}" for name, value in only.items() if value is not None]
        if given:
            raise ConfigError(f"{', '.join(given)}: not with a study file; say it in {files[0]}.")
        study, headers = load_study(files[0])
        return _add_options(study, request), headers, []
    guesses = guess_study(
        request.inputs,
        outcome=request.outcome,
        group=request.group,
        text=request.text,
        time=request.time,
    )
    study, headers = read_study(guesses.raw, where="guesses")
    return _add_options(study, request), headers, guesses.lines


def _add_options(study: Study, request: ReportRequest) -> Study:
    """Put options on top of a study."""
    for name in ("language", "time_zone", "title", "model"):
        value = getattr(request, name)
        if value is not None:
            study = replace(study, **{name: value})
    if request.mask_pii:
        cell = study.privacy.minimum_cell
        study = replace(study, privacy=Privacy(mask_pii=True, minimum_cell=cell))
    return study


@contextmanager
def _open_progress(*, is_quiet: bool) -> Iterator[ScoreProgress]:
    """Open the progress bar, on a terminal alone."""
    with ScoreProgress(is_quiet=is_quiet) as progress:
        yield progress


def _print_ran(ran: Ran, request: ReportRequest, console: Console) -> None:
    """Say where the report is, what is in it, and what is missing and why."""
    facts = ran.material.facts
    documents, texts = facts.get("n_documents"), facts.get("n_texts")
    if documents is not None:
        noun = "document" if documents == 1 else "documents"
        console.print(f"{documents:,} {noun}, {texts:,} of them with something to score.")
    kept = [stage.name for stage in ran.stages if not stage.is_fresh]
    if kept:
        _line(console, "Kept", f"{', '.join(kept)}: nothing that they rest on has changed")
    shown = min(ran.reports, key=lambda each: each.language)  # of two the English one
    for finding in _list_findings(shown):
        _line(console, "Finding", finding)
    for section in shown.sections:
        _line(console, "Section", section.title)
    missing = ran.material.missing
    models = [name for name, given in missing.items() if isinstance(given, Mapping)]
    others = [name for name in missing if name not in models]
    by_reason: dict[str, list[str]] = {}
    for name in others:
        by_reason.setdefault(" ".join(tell_lack(missing[name])).rstrip(), []).append(name)
    for reason, names in list(by_reason.items())[:_MOST_MISSING]:
        _line(console, "Missing", f"{', '.join(names)}: {reason}")
    if len(by_reason) > _MOST_MISSING:
        _line(console, "Missing", f"{len(by_reason) - _MOST_MISSING} more; the report says why")
    if models:
        needs = "the report says which columns they need"
        _line(console, "Missing", f"{', '.join(models)}: {needs}")
    for path in ran.written:
        _line(console, "Written", path)


def _list_findings(report: Report) -> Iterator[str]:
    """Give the sentences of a report's first list of findings."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Findings):
                yield from (item.text for item in block.items)
                return


def _line(console: Console, label: str, text: str) -> None:
    """Print a labelled line."""
    console.print(Text.assemble((f"{label:<8} ", "bold"), clean(text)))
