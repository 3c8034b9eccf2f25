"""Score files: read, score in threads, write all outputs together, count."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from nlp_cx.cli.console import open_console
from nlp_cx.cli.progress import ScoreProgress
from nlp_cx.cli.summary import ScoreSummary, print_summary
from nlp_cx.cli.tally import PersonalCounts
from nlp_cx.errors import DataWarning, InputError
from nlp_cx.pipeline import FeedbackPipeline, load
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.read.inputs import STDIN, find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, Source, open_source
from nlp_cx.study.streams.jobs import Job
from nlp_cx.study.streams.scored import open_jobs, score_jobs
from nlp_cx.study.streams.turns import TurnCollector
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.write.group import SinkGroup
from nlp_cx.write.target import check_target

STDOUT = "-"
REJECTED = ".rejected.jsonl"
"""Behind the name of the scored table: where bad rows are set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """What the user asked for: the options of ``nlp-cx score``, as its help explains them."""

    inputs: tuple[str, ...]
    output: str
    text: str | None = None
    id: str | None = None
    interaction: str | None = None
    model: str = "fast"
    evidence: str | None = None
    conversations: str | None = None
    columns: Literal["full", "lean"] = "full"
    customers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    mask_pii: bool = False
    encoding: str | None = None
    on_bad_row: Literal["quarantine", "fail"] = "quarantine"
    excel_safe: bool = False
    workers: int | None = None
    chunk_rows: int = 16_384
    is_quiet: bool = False


def run_score(request: ScoreRequest) -> None:
    """Score files and print a summary.

    Parameters
    ----------
    request : ScoreRequest

    Raises
    ------
    NlpCxError
        If anything is wrong with inputs, outputs or the model; no output is changed then.
    """
    summary = score_files(request)
    if not request.is_quiet:
        # Standard output belongs to the rows where they are written to it.
        print_summary(summary, open_console(sys.stderr if request.output == STDOUT else sys.stdout))


def score_files(request: ScoreRequest) -> ScoreSummary:
    """Score files.

    Parameters
    ----------
    request : ScoreRequest

    Returns
    -------
    ScoreSummary

    Raises
    ------
    NlpCxError
        As `run_score`.
    """
    _check_outputs(request)
    pipeline = load(request.model)
    _check_taxonomy(request, pipeline)
    started = time.perf_counter()
    rejected = "" if request.output == STDOUT else request.output + REJECTED
    summary = ScoreSummary(
        is_excel_safe=request.excel_safe,
        is_masked=request.mask_pii,
        rejected_path=rejected,
    )
    summary.tally.drivers = pipeline.drivers
    summary.tally.has_sentiment = pipeline.has_sentiment
    with (
        _collected_warnings(summary.notes),
        Quarantine(rejected or None, request.on_bad_row, masks=request.mask_pii) as quarantine,
    ):
        options = ReadOptions(chunk_rows=request.chunk_rows, encoding=request.encoding)
        source = open_source(request.inputs, options=options, quarantine=quarantine)
        roles = _find_roles(source, request)
        summary.kind = source.kind
        summary.notes += [*source.notes, *roles.notes]
        if request.mask_pii and request.columns == "full":
            from nlp_cx.masking import describe_names

            summary.notes += describe_names(source.schema, roles)
        with ScoreProgress(is_quiet=request.is_quiet) as progress:
            jobs, book = open_jobs(
                source,
                roles,
                customers=request.customers,
                agents=request.agents,
                on_read=lambda fraction, n_rows: progress.show("reading", fraction, n_rows),
            )
            _score_jobs(jobs, roles, request, pipeline, summary=summary, progress=progress)
        if book is not None:
            summary.notes += book.notes()
        summary.files = [str(note) for note in source.files]
        summary.notes += _describe_left(summary.tally.n_left, roles)
        summary.n_rejected = quarantine.count
        summary.masked_raw = quarantine.n_masked
        summary.n_withheld = quarantine.n_withheld
    summary.seconds = time.perf_counter() - started
    return summary


def _check_outputs(request: ScoreRequest) -> None:
    """Refuse outputs that cannot be written, or that would replace an input."""
    if STDOUT in (request.evidence, request.conversations):
        raise InputError("only the scored table can go to standard output (-o -).")
    inputs = [file.path for file in find_files(request.inputs) if file.path != STDIN]
    outputs = [p for p in (request.output, request.evidence, request.conversations) if p]
    for output in outputs:
        check_target(output)
    if len({os.path.realpath(output) for output in outputs}) < len(outputs):
        raise InputError(f"{outputs[-1]}: two outputs have this name. Give each its own.")
    for output in (*outputs, request.output + REJECTED):
        if any(os.path.exists(output) and os.path.samefile(path, output) for path in inputs):
            raise InputError(
                f"{output}: would be replaced and is an input too. Give the output another name "
                "or folder."
            )


def _check_taxonomy(request: ScoreRequest, pipeline: FeedbackPipeline) -> None:
    """Refuse the table of conversations where the model has other labels than it holds."""
    is_default = pipeline.drivers == load_taxonomy().ids and pipeline.has_polarity
    if request.conversations is not None and not is_default:
        raise InputError(
            f"--conversations: the table holds the six experience drivers "
            f"({', '.join(load_taxonomy().ids)}), but model {pipeline.model_id} has "
            f"{', '.join(pipeline.drivers)}. Leave it out, or choose another model."
        )


def _find_roles(source: Source, request: ScoreRequest) -> ColumnRoles:
    """Find the columns, and refuse options for chats where there is no chat."""
    roles = find_columns(
        source.schema,
        text=request.text,
        id=request.id,
        interaction=request.interaction,
        head=source.head(),
        where=source.name,
    )
    if roles.speaker is None and (request.customers or request.agents or request.conversations):
        raise InputError(
            f"{source.name}: holds no chats (no column of speakers beside one of "
            "conversations or turns); leave --conversations, --customer and --agent out."
        )
    if request.conversations is not None and roles.interaction is None:
        raise InputError(
            f"{source.name}: no column tells the conversations apart. Name it with "
            "--interaction, or leave --conversations out."
        )
    return roles


def _score_jobs(
    jobs: Iterable[Job],
    roles: ColumnRoles,
    request: ScoreRequest,
    pipeline: FeedbackPipeline,
    *,
    summary: ScoreSummary,
    progress: ScoreProgress,
) -> None:
    """Score every batch and write it; the outputs appear together at the end."""

    scored = score_jobs(
        jobs,
        roles,
        pipeline,
        columns=request.columns,
        with_evidence=request.evidence is not None,
        mask_pii=request.mask_pii,
        workers=request.workers,
    )
    turns = None if request.conversations is None else TurnCollector(roles)
    with SinkGroup(excel_safe=request.excel_safe) as outputs:
        for job, result in scored:
            outputs.write(request.output, result.scored)
            if request.evidence is not None and result.evidence is not None:
                outputs.write(request.evidence, result.evidence)
            if turns is not None:
                turns.add(job, result.scored)
            summary.tally.add(result.scored)
            summary.tally.add_personal(result.n_masked, result.n_left)
            progress.show("scoring", job.fraction, summary.tally.n_rows)
        if turns is not None and request.conversations is not None:
            outputs.write(request.conversations, turns.summarize())
    summary.outputs = [(path, n) for path, n in outputs.n_rows.items() if path != STDOUT]
    summary.formula_cells = outputs.n_formula_cells


def _describe_left(n_left: PersonalCounts, roles: ColumnRoles) -> Iterator[str]:
    """Say of each column that looks personal and was not masked why, and what to do."""
    keys = {roles.interaction: "--interaction", roles.id: "--id"}
    for column, kinds in n_left.items():
        found = ", ".join(f"{kind} {n:,}" for kind, n in sorted(kinds.items()))
        if column in keys:
            why = f"keys are not masked. Take another with {keys[column]}, or replace its values."
        else:
            why = "numbers cannot be masked in place. Store them as text, or leave the column out."
        yield f"Column {column!r} holds what looks like personal data ({found}): {why}"


@contextmanager
def _collected_warnings(notes: list[str]) -> Iterator[None]:
    """Put warnings about the data among the notes of the summary, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        yield
    for warning in caught:
        if not issubclass(warning.category, DataWarning):
            warnings.showwarning(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        elif (note := str(warning.message)) not in notes:
            notes.append(note)
