"""Everything that is to be scored, as one stream of batches with one schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.bytestream import Origin
from nlp_cx.read.columns import is_chat_table
from nlp_cx.read.inputs import InputFile, find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.reader import FileNote, ReadOptions, TableReader
from nlp_cx.read.union import align_batch, unite_schemas

__all__ = ["FileNote", "ReadOptions", "Source", "open_source"]


class Source:
    """The rows of all inputs, in order; can be gone through once.

    Attributes
    ----------
    schema : Schema
        The user's columns, or those of flattened chats.
    kind : {"reviews", "chats"}
        ``"chats"`` where a row is one turn: flattened chats, and tables with a speaker beside a
        conversation or a turn.
    files : list of FileNote
        Filled while the files are read.
    notes : list of str
        Sentences for the user on what was decided about the files.
    n_rows_total : int or None
        Number of rows where the files tell it before they are read (parquet, xlsx, JSON).
    """

    def __init__(
        self,
        readers: list[TableReader],
        schema: pa.Schema,
        notes: list[str],
        *,
        chunk_rows: int,
        quarantine: Quarantine,
    ) -> None:
        self.schema = schema
        self.files = [reader.note for reader in readers]
        self.notes = notes
        is_chat = readers[0].is_chat or is_chat_table(schema)
        self.kind: Literal["reviews", "chats"] = "chats" if is_chat else "reviews"
        counts = [reader.n_rows for reader in readers]
        self.n_rows_total = None if None in counts else sum(n for n in counts if n)
        self._readers = readers
        self._chunk_rows = chunk_rows
        self._n_done = 0
        self._batches = self._read(quarantine)

    @property
    def name(self) -> str:
        """Name of the first file, and how many others there are."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return Origin(self.files[0].path).name + more

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give batches of at most ``chunk_rows`` rows.

        Raises
        ------
        InputError
            If a file turns out to be damaged, or no row at all could be read.
        """
        return self._batches

    def head(self) -> pa.RecordBatch:
        """Give the first batch; it comes again when the source is gone through."""
        first = next(self._batches)
        self._batches = chain([first], self._batches)
        return first

    def fraction_read(self) -> float | None:
        """Give the part of all bytes that was read, 0 to 1; None for standard input."""
        n_done = n_all = 0.0
        for i, reader in enumerate(self._readers):
            fraction = 1.0 if i < self._n_done else reader.fraction_read()
            if fraction is None or reader.note.n_bytes is None:
                return None
            n_done += fraction * reader.note.n_bytes
            n_all += reader.note.n_bytes
        return n_done / n_all

    def _read(self, quarantine: Quarantine) -> Iterator[pa.RecordBatch]:
        """Read file after file."""
        for reader in self._readers:
            for batch in reader.batches():
                aligned = align_batch(batch, self.schema, reader.note.path)
                for start in range(0, aligned.num_rows, self._chunk_rows):
                    yield aligned.slice(start, self._chunk_rows)
            self._n_done += 1
        if not any(note.n_rows for note in self.files):
            raise InputError(
                f"none of {quarantine.count:,} rows could be read. The first: {quarantine.first}."
            )


def open_source(
    inputs: str | Path | Iterable[str | Path], *, options: ReadOptions, quarantine: Quarantine
) -> Source:
    """Open files, folders, patterns or standard input as one source.

    Parameters
    ----------
    inputs : str, Path or several
        As `nlp_cx.read.inputs.find_files` takes them.
    options : ReadOptions
    quarantine : Quarantine
        Gets the rows that cannot be read.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        If an input cannot be found or read, holds no rows, or the files do not go together. The
        message names the file, the line or column, what was found and what to do.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "reviews.csv"
    >>> _ = path.write_bytes("编号,评论\\n007,房间很干净\\n".encode("gb18030"))
    >>> source = open_source(path, options=ReadOptions(), quarantine=Quarantine(None))
    >>> [batch.to_pylist() for batch in source]
    [[{'编号': '007', '评论': '房间很干净'}]]
    >>> source.files[0].encoding, source.kind
    ('gb18030', 'reviews')
    """
    readers, empty, notes = _open_readers(find_files(inputs), options, quarantine)
    if not readers:
        raise InputError(
            f"{', '.join(empty[:5])}: no rows (a header line alone is none). Nothing to score."
        )
    notes += [f"{name} holds no rows." for name in empty]
    chats = [reader.note.path for reader in readers if reader.is_chat]
    tables = [reader.note.path for reader in readers if not reader.is_chat]
    if chats and tables:
        raise InputError(
            f"{chats[0]} holds chats and {tables[0]} does not. Score them one after the other."
        )
    schema, union_notes = unite_schemas(
        [(reader.note.path, reader.schema) for reader in readers], is_chat=bool(chats)
    )
    notes += [note for reader in readers for note in reader.note.notes]
    if quarantine.masks:
        _withhold(readers, quarantine)
    return Source(
        readers,
        schema,
        notes + union_notes,
        chunk_rows=options.chunk_rows,
        quarantine=quarantine,
    )


def _withhold(readers: list[TableReader], quarantine: Quarantine) -> None:
    """Keep nothing but marks of bad rows in files that say by their columns who is who."""
    from nlp_cx.text.privacy_names import personal_kind

    for reader in readers:
        is_chat = reader.is_chat or is_chat_table(reader.schema)
        if is_chat or any(map(personal_kind, reader.schema.names)):
            quarantine.withhold(Origin(reader.note.path).name)


def _open_readers(
    files: list[InputFile], options: ReadOptions, quarantine: Quarantine
) -> tuple[list[TableReader], list[str], list[str]]:
    """Open each file; give readers, the names of files without rows, and notes."""
    from nlp_cx.read.plaintext import NoTranscriptError

    readers: list[TableReader] = []
    empty, notes = [], []
    for file in files:
        try:
            reader = _open_reader(file, options, quarantine)
        except NoTranscriptError:
            if file.is_listed or len(files) == 1:
                raise
            notes.append(f"{file.path} is no transcript and is left out.")
            continue
        if reader.is_empty:
            empty.append(Origin(file.path).name)
        else:
            readers.append(reader)
    return readers, empty, notes


def _open_reader(file: InputFile, options: ReadOptions, quarantine: Quarantine) -> TableReader:
    """Open one file by its format; each reader is imported when it is needed."""
    origin = Origin(file.path)
    if file.format in ("csv", "tsv"):
        from nlp_cx.read.delimited import DelimitedReader

        return DelimitedReader(origin, file.format, options, quarantine)
    if file.format in ("jsonl", "json"):
        from nlp_cx.read.jsonlines import JsonReader

        return JsonReader(origin, file.format, options, quarantine)
    if file.format == "parquet":
        from nlp_cx.read.parquet import ParquetReader

        return ParquetReader(origin, options, quarantine)
    if file.format == "xlsx":
        from nlp_cx.read.xlsx import XlsxReader

        return XlsxReader(origin, options)
    from nlp_cx.read.plaintext import TranscriptReader

    return TranscriptReader(origin, options, quarantine)
