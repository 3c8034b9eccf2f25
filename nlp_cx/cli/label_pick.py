"""Pick texts to label: read, score, choose, write tasks."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nlp_cx.cli.console import clean, open_console
from nlp_cx.cli.label_files import read_cells
from nlp_cx.cli.progress import ScoreProgress
from nlp_cx.engine.local import map_batches
from nlp_cx.errors import InputError, TaxonomyError
from nlp_cx.label.export import export_tasks
from nlp_cx.label.guideline import choose_taxonomy
from nlp_cx.label.outputs import label_outputs
from nlp_cx.label.select import Picker, PickOptions
from nlp_cx.pipeline import FeedbackPipeline, ScoredBatch, load
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.read.inputs import STDIN, find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.roles import RoleBook
from nlp_cx.read.source import ReadOptions, Source, open_source
from nlp_cx.study.streams.jobs import Job, chat_jobs, review_jobs
from nlp_cx.write.target import Target, create_beside, find_target


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRequest:
    """What the user asked for: the options of ``nlp-cx label pick``, as its help explains them."""

    inputs: tuple[str, ...]
    output: str
    n: int = 200
    strategy: str = "mixed"
    random_share: float = 0.2
    model: str = "fast"
    against: str | None = None
    taxonomy: str | None = None
    text: str | None = None
    id: str | None = None
    group: str | None = None
    exclude: tuple[str, ...] = ()
    mask_pii: bool = False
    encoding: str | None = None
    random_state: int = 0
    is_quiet: bool = False


def run_pick(request: PickRequest) -> None:
    """Pick texts, write tasks and print a summary.

    Parameters
    ----------
    request : PickRequest

    Raises
    ------
    NlpCxError
        If anything is wrong with inputs, output or the models; nothing is written then.
    """
    _check_output(request)
    options = PickOptions(
        n=request.n,
        strategy=request.strategy,
        random_share=request.random_share,
        random_state=request.random_state,
    )
    first = load(request.model)
    taxonomy = choose_taxonomy(first.taxonomy, request.taxonomy)
    label_outputs(taxonomy.ids)  # refuses ids that are columns, before any work
    second = None if request.against is None else load(request.against)
    if second is not None and second.drivers != first.drivers:
        raise TaxonomyError(
            f"{request.against}: its labels are {', '.join(second.drivers)}, those of "
            f"{request.model} are {', '.join(first.drivers)}. Compare models of one taxonomy."
        )
    notes: list[str] = []
    picker = Picker(
        first.drivers, options, has_second=second is not None, exclude=_labelled(request, notes)
    )
    quarantine = Quarantine(None, masks=request.mask_pii)
    source = open_source(
        request.inputs, options=ReadOptions(encoding=request.encoding), quarantine=quarantine
    )
    roles = find_columns(
        source.schema,
        text=request.text,
        id=request.id,
        head=source.head(),
        where=source.name,
    )
    group = request.group or roles.interaction
    if group is not None and group not in source.schema.names:
        raise InputError(
            f"{source.name}: no column {group!r}. Its columns: {', '.join(source.schema.names)}."
        )
    with ScoreProgress(is_quiet=request.is_quiet) as progress:
        jobs = _open_jobs(source, roles, progress)
        for job, scored in _score(jobs, roles, first, second, mask_pii=request.mask_pii):
            picker.add(
                scored[0].scored,
                text=roles.text,
                group=_groups(job.batch, group, is_masked=request.mask_pii),
                second=scored[1].scored if len(scored) > 1 else None,
            )
            progress.show("scoring", job.fraction, picker.n_rows)
    picks = picker.finish()
    files = export_tasks(picks, taxonomy, request.output)
    notes += [*source.notes, *roles.notes]
    if quarantine.count:
        notes.append(f"{quarantine.count:,} bad rows are left out; the first: {quarantine.first}.")
    if not request.is_quiet:
        _print_summary(picker, picks, files, notes)


def _check_output(request: PickRequest) -> None:
    """Refuse an output that cannot be written or would replace an input."""
    path = Path(request.output)
    if path.suffix.lower() == ".json":
        create_beside(Target(request.output, path.resolve(), ".json", False)).unlink()
    else:
        create_beside(find_target(path)).unlink()
    for file in find_files(request.inputs):
        if file.path != STDIN and path.exists() and os.path.samefile(file.path, path):
            raise InputError(f"{path}: would be replaced and is an input too. Give another name.")


def _labelled(request: PickRequest, notes: list[str]) -> list[str]:
    """Read the texts that are not to be picked."""
    texts: list[str] = []
    for path in request.exclude:
        table = read_cells(path, notes=notes)
        if "text" not in table:
            raise InputError(
                f"{path}: no column 'text' (found {', '.join(map(str, table.columns[:12]))}). "
                "Give tasks or labelled texts."
            )
        texts += [str(text) for text in table["text"].dropna()]
    return texts


def _open_jobs(source: Source, roles: ColumnRoles, progress: ScoreProgress) -> Iterator[Job]:
    """Give the batches; in chats, only the customers' turns will be scored."""
    if roles.speaker is None:
        return review_jobs(source)

    def on_read(fraction: float | None, n_rows: int) -> None:
        progress.show("reading", fraction, n_rows)

    return chat_jobs(source, roles, RoleBook(), on_read=on_read)


def _score(
    jobs: Iterator[Job],
    roles: ColumnRoles,
    first: FeedbackPipeline,
    second: FeedbackPipeline | None,
    *,
    mask_pii: bool,
) -> Iterator[tuple[Job, list[ScoredBatch]]]:
    """Score every batch by one model or both."""
    pipelines = [first] if second is None else [first, second]

    def step(job: Job) -> tuple[Job, list[ScoredBatch]]:
        return job, [
            pipeline.score_batch(
                job.batch,
                roles,
                first_row=job.first_row,
                mask_pii=mask_pii,
                speakers=job.speakers,
                turns=job.turns,
            )
            for pipeline in pipelines
        ]

    yield from map_batches(step, jobs, workers=None)


def _groups(batch: pa.RecordBatch, name: str | None, *, is_masked: bool) -> pa.Array | None:
    """Give the groups of a batch; where personal data is masked, a hash stands for each."""
    if name is None:
        return None
    words = [None if v is None else str(v) for v in batch.column(name).to_pylist()]
    if is_masked:
        words = [
            None if w is None else hashlib.blake2b(w.encode(), digest_size=8).hexdigest()
            for w in words
        ]
    return pa.array(words, pa.string())


def _print_summary(picker: Picker, picks: pd.DataFrame, files: list[str], notes: list[str]) -> None:
    """Say what was picked, why, and what to do with it."""
    console = open_console(sys.stdout)
    asked = picker.options.n
    few = f" (of {asked:,} asked for: the others are nearly the same)" if len(picks) < asked else ""
    console.print(
        f"{len(picks):,} texts picked{few} from {picker.n_distinct:,} distinct texts in "
        f"{picker.n_rows:,} rows"
    )
    counts = Counter(picks["strategy"])
    console.print("  " + ", ".join(f"{name} {counts[name]:,}" for name in picker.quotas))
    if picker.n_excluded:
        console.print(f"  {picker.n_excluded:,} rows are labelled already")
    n_random = int(picks["is_random"].sum())
    if n_random:
        console.print(
            f"  shares and metrics of the input: from the {n_random:,} rows with is_random alone"
        )
    for note in notes:
        console.print(f"  {clean(note)}")
    console.print(f"written: {clean(', '.join(files))}")
