"""Take answers in and write labelled texts."""

from __future__ import annotations

import sys
from typing import Literal

from nlp_cx.cli.console import clean, open_console
from nlp_cx.cli.label_files import read_cells, read_tasks
from nlp_cx.cli.table_files import write_table
from nlp_cx.errors import InputError
from nlp_cx.label.answers import Imported, join_answers
from nlp_cx.label.outputs import label_outputs
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.write.target import check_target


def run_import(
    answers: tuple[str, ...],
    tasks: str,
    output: str,
    *,
    taxonomy: str | None,
    empty: Literal["missing", "not_mentioned"],
    merge: Literal["none", "majority"],
) -> None:
    """Import answers and print what was noticed.

    Parameters
    ----------
    answers : tuple of str
        Files.
    tasks, output : str
        Files.
    taxonomy : str or None
    empty, merge
        As for `nlp_cx.label.answers.join_answers`.

    Raises
    ------
    NlpCxError
        If anything is wrong; nothing is written then.
    """
    check_target(output)
    if output in (*answers, tasks):
        raise InputError(f"{output}: would be replaced and is an input too. Give another name.")
    notes: list[str] = []
    drivers = load_taxonomy(taxonomy).ids
    tables = {path: read_cells(path, notes=notes) for path in answers}
    imported = join_answers(
        tables, read_tasks(tasks, notes=notes), drivers, empty=empty, merge=merge
    )
    write_table(imported.labelled, output)
    _print_summary(imported, output, drivers, notes, empty=empty, merge=merge)


def _print_summary(
    imported: Imported,
    output: str,
    drivers: tuple[str, ...],
    notes: list[str],
    *,
    empty: str,
    merge: str,
) -> None:
    """Say what came in and what is still open."""
    console = open_console(sys.stdout)
    labelled = imported.labelled
    n_texts = labelled["task_id"].nunique()
    names = sorted({w for who in labelled["annotator"] for w in str(who).split("|")})
    console.print(
        f"{len(labelled):,} rows, {n_texts:,} texts, {len(names)} annotators "
        f"({clean(', '.join(names[:8]))})"
    )
    for output_name in label_outputs(drivers):
        counts = labelled[output_name].value_counts()
        told = ", ".join(f"{answer} {n:,}" for answer, n in counts.items()) or "no answer"
        console.print(f"  {output_name}: {told}")
    if imported.n_open:
        console.print(f"  {imported.n_open:,} tasks have no answer yet")
    if imported.n_unanswered:
        console.print(f"  {imported.n_unanswered:,} rows came back empty and are left out")
    if imported.n_repaired:
        console.print(
            f"  {imported.n_repaired:,} texts came back changed; the task's text was taken"
        )
    if imported.n_empty and empty == "missing":
        console.print(
            f"  {imported.n_empty:,} cells of drivers are empty and stay missing; if they mean "
            "'not mentioned', import with --empty not_mentioned"
        )
    if imported.n_overlap and merge == "none":
        console.print(
            f"  {imported.n_overlap:,} texts have several answers: nlp-cx label agreement {output} "
            "measures them; for training, import with --merge majority"
        )
    if imported.n_ties:
        console.print(f"  {imported.n_ties:,} answers are tied and missing: settle them by hand")
    for note in notes:
        console.print(f"  {clean(note)}")
    console.print(f"written: {clean(output)}")
