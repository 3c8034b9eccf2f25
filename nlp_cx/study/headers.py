"""A first look at a file: its columns, their kinds, and a few rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from nlp_cx.read.cell_types import type_cells
from nlp_cx.read.inputs import find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source

HEAD_ROWS = 5_000
"""Rows that are looked at."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the beginning of an input shows.

    Attributes
    ----------
    path : str
        As it was given.
    kind : {"reviews", "chats"}
        ``chats`` where a row is a turn.
    schema : pyarrow.Schema
        As it is read.
    head : pyarrow.Table
        Up to `HEAD_ROWS` rows, cells of text files typed.
    """

    path: str
    kind: Literal["reviews", "chats"]
    schema: pa.Schema
    head: pa.Table

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.schema.names)

    @property
    def name(self) -> str:
        """The file's name without folders and endings."""
        return Path(self.path).name.split(".")[0] or "input"

    def is_number(self, column: str) -> bool:
        """Tell whether all cells that were looked at are numbers."""
        kind = self.head.schema.field(column).type
        return bool(
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_boolean(kind)
        )

    def describe_kind(self, column: str) -> str:
        """Name the kind of a column in a word: number, text, time, truth value or other."""
        kind = self.head.schema.field(column).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_boolean(kind):
            return "truth value"
        if self.is_number(column):
            return "number"
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return "text"
        return "time" if pa.types.is_temporal(kind) else "other"

    def count_distinct(self, column: str) -> int:
        """Count distinct values among the rows that were looked at."""
        return len(self.head.column(column).combine_chunks().unique().drop_null())


def look_at(path: str, *, encoding: str | None = None) -> Header:
    """Look at the beginning of a file, folder or pattern.

    Parameters
    ----------
    path : str
    encoding : str, optional

    Returns
    -------
    Header

    Raises
    ------
    InputError
        If it cannot be found or read, or holds no rows.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "reviews.csv"
    >>> _ = file.write_text("评论,stars\\n很好,5\\n", encoding="utf-8")
    >>> header = look_at(str(file))
    >>> header.columns, header.is_number("stars"), header.is_number("评论")
    (['评论', 'stars'], True, False)
    """
    options = ReadOptions(chunk_rows=HEAD_ROWS, encoding=encoding)
    source = open_source(path, options=options, quarantine=Quarantine(None))
    head = pa.Table.from_batches([source.head()], schema=source.schema)
    if find_files(path)[0].format in ("csv", "tsv"):
        head = type_cells(head)
    return Header(path, source.kind, source.schema, head)
