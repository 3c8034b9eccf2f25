"""The second stage: scored documents and tables into one table of units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.column_roles import read_roles, set_roles
from nlp_cx.join.ox import open_join
from nlp_cx.read.inputs import find_files
from nlp_cx.read.table_file import read_arrow
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.stages import write_json
from nlp_cx.taxonomy import Label, Taxonomy
from nlp_cx.write.sink import open_sink

OX, SUMMARY = "ox.parquet", "join.json"

_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
}
"""So that a missing value turns no whole number into a float."""


def join_texts(plan: StudyPlan, folder: Path, drivers: tuple[str, ...]) -> dict[str, Any]:
    """Join what was scored with the tables of a study.

    Parameters
    ----------
    plan : StudyPlan
    folder : Path
        With the scored tables; gets `OX` and `SUMMARY`.
    drivers : tuple of str

    Returns
    -------
    dict
        ``n_rows``, ``n_columns``, ``notes``.

    Raises
    ------
    JoinError
        If they cannot be joined as asked.
    InputError
        If a table cannot be read.
    """
    notes: list[str] = []
    tables: dict[str, pa.Table | str] = {}
    for spec in plan.joined_tables:
        files = find_files(spec.path)
        if len(files) == 1 and files[0].format == "parquet":
            tables[str(spec.name)] = files[0].path
            continue
        table, more = read_arrow(spec.path, encoding=spec.encoding)
        notes += more.all
        tables[str(spec.name)] = table
    paths = [folder / f"scored.{spec.name}.parquet" for spec in plan.joined_texts]
    scored: pa.Table | str = str(paths[0]) if len(paths) == 1 else _unite(paths)
    taxonomy = Taxonomy("", "", tuple(Label(name, name, name, "") for name in drivers))
    with (
        open_join(scored, tables, plan.join_spec(), taxonomy=taxonomy) as join,
        open_sink(folder / OX, join.schema) as sink,
    ):
        empty = [pa.nulls(0, kind) for kind in join.schema.types]
        sink.write(pa.RecordBatch.from_arrays(empty, schema=join.schema))
        for batch in join.batches:
            sink.write(batch)
        summary = join.summary.to_dict()
        n_columns = len(join.schema)
    write_json(folder / SUMMARY, summary)
    return {"n_rows": summary["n_rows"], "n_columns": n_columns, "notes": notes}


def _unite(paths: list[Path]) -> pa.Table:
    """Put the documents of several inputs together, without their texts."""
    parts = []
    for path in paths:
        names = [name for name in pq.read_schema(path).names if name != "text"]
        parts.append(_plain_words(pq.read_table(path, columns=names)))
    return pa.concat_tables(parts, promote_options="permissive")


def _plain_words(table: pa.Table) -> pa.Table:
    """Give columns of words without dictionaries, which differ from file to file."""
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table


def read_units(folder: Path) -> pd.DataFrame:
    """Read the O+X table.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    DataFrame
        With column roles; whole numbers and truth values beside missing ones are ``Int64`` and
        ``boolean``.
    """
    table = pq.read_table(folder / OX)
    columns = {
        name: column.to_pandas(types_mapper=_NULLABLE.get if column.null_count else None)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame = pd.DataFrame(columns)
    roles = read_roles(table)
    return set_roles(frame, roles) if roles else frame


def read_documents(plan: StudyPlan, folder: Path) -> pd.DataFrame:
    """Read the scored documents of all inputs.

    Parameters
    ----------
    plan : StudyPlan
    folder : Path

    Returns
    -------
    DataFrame, one row per document, turns of agents too
        Labels are categories. Columns that an input lacks are missing there.
    """
    parts = [pq.read_table(folder / f"scored.{spec.name}.parquet") for spec in plan.texts]
    if len(parts) == 1:
        return parts[0].to_pandas()
    united = pa.concat_tables([_plain_words(part) for part in parts], promote_options="permissive")
    frame = united.to_pandas()
    coded = {
        field.name for part in parts for field in part.schema if pa.types.is_dictionary(field.type)
    }
    return frame.astype(dict.fromkeys(coded & set(frame.columns), "category"))


def read_evidence(plan: StudyPlan, folder: Path) -> pd.DataFrame:
    """Read the clauses behind the labels, of all inputs that have them."""
    paths = [folder / f"evidence.{spec.name}.parquet" for spec in plan.texts]
    parts = [pq.read_table(path) for path in paths if path.is_file()]
    if not parts:
        return pd.DataFrame({name: [] for name in ("doc_id", "driver", "driver_polarity")})
    if len(parts) == 1:
        return parts[0].to_pandas()
    return pa.concat_tables(map(_plain_words, parts), promote_options="permissive").to_pandas()


def read_conversations(plan: StudyPlan, folder: Path) -> pd.DataFrame | None:
    """Read the tables of conversations; None where there are no chats."""
    paths = [folder / f"conversations.{spec.name}.parquet" for spec in plan.texts]
    parts = [pq.read_table(path).to_pandas() for path in paths if path.is_file()]
    return pd.concat(parts, ignore_index=True) if parts else None
