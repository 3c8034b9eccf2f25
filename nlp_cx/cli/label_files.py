"""Tables of tasks, answers and labelled texts: cells as they stand, never typed by their looks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.label.annotations import read_label_studio
from nlp_cx.read.inputs import find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source
from nlp_cx.taxonomy import load_taxonomy


def read_cells(path: str, *, notes: list[str]) -> pd.DataFrame:
    """Read a table whose cells are kept as they are written.

    Parameters
    ----------
    path : str
        ``.tsv .csv .xlsx .jsonl .parquet``; ``.json``: an export of Label Studio, or its tasks.
    notes : list of str
        Gets a sentence on bad rows, which are left out.

    Returns
    -------
    DataFrame
        ``-`` and ``0`` of a sheet stay text; empty cells are missing.

    Raises
    ------
    InputError
        If the file cannot be read or holds no rows.
    """
    if Path(path).suffix.lower() == ".json":
        rows = read_label_studio(path)
        if not rows:
            raise InputError(f"{path}: no task has an annotation. Export the project again.")
        return pd.DataFrame(rows)
    if len(find_files(path)) != 1:
        raise InputError(f"{path}: several files, expected one table. Name one of them.")
    quarantine = Quarantine(None)
    source = open_source(path, options=ReadOptions(), quarantine=quarantine)
    table = pa.Table.from_batches(source, schema=source.schema)
    if quarantine.count:
        first = quarantine.first
        notes.append(f"{quarantine.count:,} bad rows of {path} are left out; the first: {first}.")
    frame = table.to_pandas()
    for field in table.schema:
        if pa.types.is_dictionary(field.type):
            frame[field.name] = frame[field.name].astype(object)
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = frame[field.name].astype(object)
            frame[field.name] = column.where(column.notna() & (column != ""), None)
    return frame


def read_tasks(path: str, *, notes: list[str]) -> pd.DataFrame:
    """Read the tasks that ``nlp-cx label pick`` wrote.

    Parameters
    ----------
    path : str
        Tasks of Label Studio where it ends in ``.json``.
    notes : list of str

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        As `read_cells`.
    """
    if Path(path).suffix.lower() == ".json":
        return pd.DataFrame(read_label_studio(path, is_tasks=True))
    return read_cells(path, notes=notes)


def find_drivers(columns: Sequence[str], taxonomy: str | None, where: str) -> tuple[str, ...]:
    """Give the drivers of a taxonomy, some of which a table must have.

    Parameters
    ----------
    columns : sequence of str
    taxonomy : str or None
        The six experience drivers when not given.
    where : str
        For the message.

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        If the table has none of them.
    """
    drivers = load_taxonomy(taxonomy).ids
    if not set(drivers) & set(columns):
        raise InputError(
            f"{where}: has none of the columns {', '.join(drivers)} (found "
            f"{', '.join(map(str, columns[:12]))}). Name its taxonomy with --taxonomy."
        )
    return drivers
