"""Hand picks out as tasks: a sheet to fill in, JSON lines, or tasks of Label Studio."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from nlp_cx.errors import OutputError
from nlp_cx.label.guideline import write_guideline, write_labelling_config
from nlp_cx.label.outputs import label_outputs
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.write.sink import open_sink
from nlp_cx.write.target import Target, create_beside, find_target, flush_to_disk, put_in_place

SHEETS = (".tsv", ".csv", ".xlsx")
"""Endings of tasks that are filled in in place; cells to fill in stand beside the text."""


def export_tasks(picks: pd.DataFrame, taxonomy: Taxonomy, path: str | Path) -> list[str]:
    """Write picks as tasks, and what the annotators need beside them.

    Parameters
    ----------
    picks : DataFrame, one row per text
        As `nlp_cx.label.select.Picker.finish` gives it.
    taxonomy : Taxonomy
        Its labels are the questions.
    path : str or Path
        ``.tsv .csv .xlsx``: a sheet with empty columns to fill in, safe to open in a spreadsheet;
        ``.jsonl``: one object a line, answers null; ``.json``: tasks of Label Studio.

    Returns
    -------
    list of str
        The files written: the tasks, ``<stem>.guideline.md`` and, for ``.json``,
        ``<stem>.labelstudio.xml``. All of them or none.

    Raises
    ------
    OutputError
        If a file cannot be written.
    TaxonomyError
        If a label is called like a column of the tasks.

    Notes
    -----
    What the model thinks of a text is not handed out: annotators who see it agree with it.
    """
    path = Path(path)
    pages = {path.with_suffix(".guideline.md"): write_guideline(taxonomy)}
    if path.suffix.lower() == ".json":
        pages[path.with_suffix(".labelstudio.xml")] = write_labelling_config(taxonomy)
        pages = {path: _label_studio(picks), **pages}
        write_pages(pages)
        return [str(p) for p in pages]
    target = find_target(path)  # a wrong ending before anything is written
    sheet = lay_out_tasks(picks, taxonomy)
    if target.ending not in SHEETS:
        sheet = sheet.drop(columns=["note"])
    table = pa.Table.from_pandas(sheet, preserve_index=False, schema=_schema(sheet))
    with contextlib.ExitStack() as stack:
        prepared = stack.enter_context(_prepared(pages))
        with open_sink(path, table.schema, excel_safe=True) as sink:
            for batch in table.to_batches():
                sink.write(batch)
        _commit(prepared)
    return [str(path), *map(str, pages)]


def lay_out_tasks(picks: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Put empty answers beside the texts.

    Parameters
    ----------
    picks : DataFrame
    taxonomy : Taxonomy

    Returns
    -------
    DataFrame
        ``task_id, text, lang``, the questions (missing), ``annotator, note`` (missing), then how
        the text was picked.
    """
    sheet = picks[["task_id", "text", "lang"]].copy()
    for name in (*label_outputs(taxonomy.ids), "annotator", "note"):
        sheet[name] = pd.Series([None] * len(sheet), sheet.index, dtype=object)
    rest = [name for name in picks.columns if name not in sheet.columns]
    return pd.concat([sheet, picks[rest]], axis=1)


def write_pages(pages: Mapping[Path, str]) -> None:
    """Write several text files, all of them or none.

    Parameters
    ----------
    pages : mapping of Path to str

    Raises
    ------
    OutputError
        If one cannot be written; what stood there is unchanged then.
    """
    with _prepared(pages) as prepared:
        _commit(prepared)


@contextlib.contextmanager
def _prepared(pages: Mapping[Path, str]) -> Any:
    """Write pages under temporary names, which are gone at the end."""
    prepared: list[tuple[Path, Path]] = []
    try:
        for path, text in pages.items():
            temporary = create_beside(Target(str(path), path.resolve(), path.suffix, False))
            prepared.append((temporary, path.resolve()))
            try:
                temporary.write_text(text, encoding="utf-8")
                flush_to_disk(temporary)
            except OSError as e:
                raise OutputError(f"{path}: cannot be written ({e.strerror}).") from e
        yield prepared
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _commit(prepared: Sequence[tuple[Path, Path]]) -> None:
    """Put finished pages in place."""
    for temporary, path in prepared:
        put_in_place(temporary, path)


def _label_studio(picks: pd.DataFrame) -> str:
    """Give the tasks of Label Studio: the text to show, and the rest to come back with it."""
    tasks = [
        {"data": {name: _plain(value) for name, value in row.items()}}
        for row in picks.to_dict("records")
    ]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    """Give a JSON value; missing is null."""
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _schema(sheet: pd.DataFrame) -> pa.Schema:
    """Give the types of a task table: texts, but for what was counted and drawn."""
    kinds = {"is_random": pa.bool_(), "p_sampling": pa.float64(), "n_copies": pa.int64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in sheet.columns])
