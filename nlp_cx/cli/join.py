"""Join files: read, join batch by batch, write the table and its summary together or not at all."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.cli.console import open_console
from nlp_cx.cli.join_options import JoinOptions, build_spec, name_tables
from nlp_cx.cli.join_summary import print_summary
from nlp_cx.errors import InputError, OutputError
from nlp_cx.join.ox import open_join
from nlp_cx.join.summary import JoinSummary
from nlp_cx.read.inputs import find_files
from nlp_cx.read.table_file import read_arrow
from nlp_cx.write.sink import open_sink
from nlp_cx.write.target import check_target

STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """What the user asked for: the options of ``nlp-cx join``, as its help explains them."""

    scored: str
    tables: tuple[str, ...]
    output: str
    options: JoinOptions
    summary: str | None = None
    memory_limit: str = "1200MB"
    workers: int | None = None
    is_quiet: bool = False


def run_join(request: JoinRequest) -> None:
    """Join files and print a summary.

    Parameters
    ----------
    request : JoinRequest

    Raises
    ------
    NlpCxError
        If inputs cannot be joined as asked; no output is changed then.
    """
    summary, notes = join_files(request)
    if not request.is_quiet:
        console = open_console(sys.stderr if request.output == STDOUT else sys.stdout)
        print_summary(summary, console, notes=notes, output=request.output)


def join_files(request: JoinRequest) -> tuple[JoinSummary, list[str]]:
    """Join files.

    Parameters
    ----------
    request : JoinRequest

    Returns
    -------
    summary : JoinSummary
    notes : list of str
        Sentences on the files.

    Raises
    ------
    NlpCxError
        As `run_join`.
    """
    paths = name_tables(request.tables)
    _check_outputs(request, list(paths.values()))
    notes: list[str] = []
    tables = {name: _open_table(path, notes) for name, path in paths.items()}
    columns = {name: _list_columns(table) for name, table in tables.items()}
    spec = build_spec(request.options, columns)
    scored = _open_table(request.scored, notes)
    with (
        open_join(
            scored,
            tables,
            spec,
            memory_limit=request.memory_limit,
            threads=request.workers,
        ) as join,
        open_sink(request.output, join.schema) as sink,
    ):
        sink.write(_no_rows(join.schema))
        for batch in join.batches:
            sink.write(batch)
    if request.summary is not None:
        _write_json(request.summary, join.summary)
    return join.summary, notes


def _check_outputs(request: JoinRequest, inputs: Sequence[str]) -> None:
    """Refuse outputs that cannot be written, or that would replace an input."""
    check_target(request.output)
    if request.summary is not None and not Path(request.summary).resolve().parent.is_dir():
        raise OutputError(f"{request.summary}: the folder does not exist. Create it first.")
    for output in (request.output, request.summary):
        if output is None or output == STDOUT or not os.path.exists(output):
            continue
        if any(os.path.samefile(path, output) for path in (request.scored, *inputs)):
            raise InputError(
                f"{output}: would be replaced and is an input too. Give the output another name."
            )


def _open_table(path: str, notes: list[str]) -> pa.Table | str:
    """Read a file into memory; parquet is read by the join, as far as it is needed."""
    files = find_files(path)
    if len(files) != 1:
        raise InputError(f"{path}: {len(files):,} files, expected one table. Name one of them.")
    if files[0].format == "parquet":
        return files[0].path
    table, more = read_arrow(path)
    notes += more.all
    return table


def _list_columns(table: pa.Table | str) -> list[str]:
    """List the columns of a table or parquet file."""
    if isinstance(table, pa.Table):
        return list(table.column_names)
    try:
        return list(pq.read_schema(table).names)
    except (OSError, pa.ArrowException) as e:
        raise InputError(f"{table}: damaged, cut off, or no parquet file ({e}).") from e


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch without rows, so that a result without rows has its columns."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in schema.types], schema=schema)


def _write_json(path: str, summary: JoinSummary) -> None:
    """Write the summary beside its place, then rename it."""
    text = json.dumps(summary.to_dict(), ensure_ascii=False, indent=2, default=str)
    beside = Path(f"{path}.tmp")
    try:
        beside.write_text(text + "\n", encoding="utf-8")
        os.replace(beside, path)
    except OSError as e:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({e.strerror}).") from e
