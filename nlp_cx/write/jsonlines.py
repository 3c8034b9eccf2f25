"""One JSON object per row, assembled by Arrow kernels: no Python object per cell."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from nlp_cx.write.plain import is_nested, plain_array, to_json

# Escaping makes a text at most 6 times longer, and one Arrow string array holds 2 GB.
_MOST_BYTES = 256 << 20

_SPECIAL = r'["\\\x00-\x1f]'
_RARE = r"[\x00-\x07\x0b\x0e-\x1f]"
_ESCAPES = {
    "\\": r"\\",
    '"': r"\"",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\b": r"\b",
    "\f": r"\f",
}
_RARE_ESCAPES = {chr(i): f"\\u{i:04x}" for i in range(32) if chr(i) not in _ESCAPES}


class JsonLinesWriter:
    """Write rows as JSON lines: UTF-8, no spaces, every column in every row.

    Parameters
    ----------
    stream : pyarrow.NativeFile
    schema : pyarrow.Schema
    excel_safe : bool
        Without effect: JSON texts are typed.

    Notes
    -----
    A missing cell is ``null``. JSON knows no NaN or infinity: they are ``null`` too. Lists and
    structs stay lists and objects; times and bytes are texts (see ``write.plain``).
    """

    def __init__(self, stream: pa.NativeFile, schema: pa.Schema, *, excel_safe: bool) -> None:
        del excel_safe
        self.n_formula_cells = 0
        self._stream = stream
        self._keys = [
            f"{'{' if i == 0 else ','}{to_json(name)}:" for i, name in enumerate(schema.names)
        ]

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of `batch`."""
        if batch.nbytes > _MOST_BYTES and batch.num_rows > 1:
            half = batch.num_rows // 2
            self.write(batch.slice(0, half))
            self.write(batch.slice(half))
        elif batch.num_rows:
            self._stream.write(_lines(self._keys, batch.columns))

    def close(self) -> None:
        """Nothing is held back."""

    def discard(self) -> None:
        """Nothing is held back."""


def _lines(keys: list[str], columns: list[pa.Array]) -> pa.Buffer:
    """Join keys and values of all rows into the bytes of the file."""
    kind = pa.large_string()
    pieces = []
    for key, column in zip(keys, columns, strict=True):
        pieces += [pa.scalar(key, kind), _values(column).cast(kind)]
    pieces += [pa.scalar("}\n", kind), pa.scalar("", kind)]
    lines = pc.binary_join_element_wise(*pieces, null_handling="replace", null_replacement="null")
    if isinstance(lines, pa.ChunkedArray):
        lines = lines.combine_chunks()
    # A fresh array of strings without gaps: its data buffer is the text itself.
    return lines.buffers()[2]


def _values(column: pa.Array) -> pa.Array:
    """Return the JSON text of every value of a column, null where missing."""
    if is_nested(column.type):
        texts = [None if v is None else to_json(v) for v in column.to_pylist()]
        return pa.array(texts, pa.large_string())
    if pt.is_dictionary(column.type) and not is_nested(column.type.value_type):
        # Each word is escaped once, however often it occurs.
        return _values(column.dictionary).take(column.indices)
    if pt.is_decimal(column.type):
        return column.cast(pa.string())
    cells = plain_array(column)
    if pt.is_floating(cells.type):
        is_number = pc.fill_null(pc.is_finite(cells), False)
        return pc.if_else(is_number, cells, pa.scalar(None, cells.type)).cast(pa.string())
    if pt.is_string(cells.type) or pt.is_large_string(cells.type):
        quote = pa.scalar('"', cells.type)
        return pc.binary_join_element_wise(quote, _escape(cells), quote, pa.scalar("", cells.type))
    return cells.cast(pa.string())


def _escape(cells: pa.Array) -> pa.Array:
    """Escape quotes, backslashes and control characters in the few cells that have any."""
    is_special = pc.fill_null(pc.match_substring_regex(cells, _SPECIAL), False)
    if not pc.any(is_special).as_py():
        return cells
    special = cells.filter(is_special)
    escapes = dict(_ESCAPES)
    if pc.any(pc.match_substring_regex(special, _RARE)).as_py():
        escapes |= _RARE_ESCAPES
    for sign, escape in escapes.items():
        special = pc.replace_substring(special, sign, escape)
    return pc.replace_with_mask(cells, is_special, special)
