"""Plain text files: transcripts of chats, line by line."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.blocks import TextBlocks
from nlp_cx.read.bytestream import ByteStream, Origin
from nlp_cx.read.jsonrows import JsonBlock, split_lines
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.reader import BadRows, ReadOptions, describe_text
from nlp_cx.read.transcode import Utf8Stream, describe_bad_bytes
from nlp_cx.read.transcripts import SCHEMA, is_transcript, read_transcript

_PROBE_BYTES = 1 << 16


class NoTranscriptError(InputError):
    """A text file holds no turns of a chat."""


class TranscriptReader:
    """Read one transcript.

    Parameters
    ----------
    origin : Origin
    options : ReadOptions
    quarantine : Quarantine
        Gets lines that belong to no turn, hold bytes that are not in the encoding, or are longer
        than ``options.max_cell_bytes``.

    Raises
    ------
    InputError
        If the file is empty, no text, or no transcript.
    """

    is_chat = True
    is_empty = False
    n_rows: int | None = None
    schema: pa.Schema = SCHEMA

    def __init__(self, origin: Origin, options: ReadOptions, quarantine: Quarantine) -> None:
        self._origin = origin
        self._options = options
        self._encoding, self.note = describe_text(origin, "transcript", options)
        self._bad = BadRows(quarantine, self.note, origin.name, options.max_cell_bytes)
        self._stream: ByteStream | None = None
        with origin.open(is_probe=True) as stream:
            head = Utf8Stream(stream, self._encoding).read(_PROBE_BYTES)
        if not is_transcript(head.decode("utf-8", "replace")):
            raise NoTranscriptError(
                f"{origin.name}: no turns of a chat were found, such as lines '客户: ...' or "
                "'Agent 10:02'. For one text per line, write 'text' above the first line and save "
                "the file as .csv."
            )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give one row per turn, in order."""
        with self._origin.open() as stream:
            self._stream = stream
            turns = read_transcript(
                self._lines(stream),
                quarantine=self._bad.add,
                chunk_rows=self._options.chunk_rows,
                source_name=os.path.basename(self._origin.path).split(".")[0],
            )
            for batch in turns:
                self.note.n_rows += batch.num_rows
                yield batch

    def fraction_read(self) -> float | None:
        """Give the part of the file that was read, 0 to 1."""
        return 0.0 if self._stream is None else self._stream.fraction_read()

    def _lines(self, stream: ByteStream) -> Iterator[str]:
        """Give every line of the file; an empty one in place of one that cannot be used."""
        limit = self._options.max_cell_bytes
        for block in split_lines(TextBlocks(Utf8Stream(stream, self._encoding)), limit):
            if not isinstance(block, JsonBlock):
                self._bad.add(block[0], self._bad.too_long, block[1])
                yield ""
                continue
            for i, raw in enumerate(block.data.removesuffix(b"\n").split(b"\n")):
                reason, shown = describe_bad_bytes(raw, self._encoding.name)
                if len(raw) > limit:
                    reason = self._bad.too_long
                if reason:
                    self._bad.add(block.line + i, reason, shown)
                yield "" if reason else shown
