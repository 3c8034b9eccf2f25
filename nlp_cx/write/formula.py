"""Text cells that a spreadsheet would run as a formula when it opens a csv file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_FIRST_BYTES = np.zeros(256, dtype=np.bool_)
_FIRST_BYTES[[ord(sign) for sign in "=+-@\t\r"]] = True
_FIRST_BYTES[0xEF] = True  # full-width signs start so in UTF-8; the pattern below decides

# The full-width forms are taken for the half-width ones by Excel set up for CJK languages.
_FORMULA = r"\A[=+\-@\t\r＝＋－＠]"
_NUMBER = r"\A[+-]?((\d+|\d{1,3}(,\d{3})+)(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?\z"


def find_formula_cells(cells: pa.Array) -> npt.NDArray[np.int64]:
    """Find cells that begin with ``= + - @``, tab or carriage return and are not plain numbers.

    Parameters
    ----------
    cells : pyarrow.Array of string or large_string, shape (n_rows,)

    Returns
    -------
    ndarray of int64, shape (n_formula_cells,)
        Their positions, ascending. Missing and empty cells never count, nor do numbers such as
        ``-5``, ``+3.2e1`` or ``-1,200.50%``.

    Notes
    -----
    Only the first byte of every cell is looked at (1 million cells in about 10 ms); the patterns
    see the few candidates.

    References
    ----------
    OWASP, "CSV Injection": the signs, their full-width forms included.

    Examples
    --------
    >>> find_formula_cells(pa.array(["=1+1", "-5", None, "好", "- 太贵", "＝A1", "@all"])).tolist()
    [0, 4, 5, 6]
    """
    wide = pa.types.is_large_string(cells.type)
    _, offsets_buffer, data = cells.buffers()
    if len(cells) == 0 or data is None or data.size == 0:
        return np.empty(0, dtype=np.int64)
    all_offsets: npt.NDArray[np.int64] = np.frombuffer(
        offsets_buffer, dtype=np.int64 if wide else np.int32
    ).astype(np.int64, copy=False)
    offsets = all_offsets[cells.offset : cells.offset + len(cells) + 1]
    # An empty last cell starts one past the end; any byte will do, its length is 0.
    first = np.frombuffer(data, dtype=np.uint8).take(offsets[:-1], mode="clip")
    candidates = np.flatnonzero(_FIRST_BYTES[first] & (offsets[1:] > offsets[:-1]))
    if len(candidates) == 0:
        return candidates
    texts = cells.take(pa.array(candidates))
    is_formula = pc.and_not(
        pc.match_substring_regex(texts, _FORMULA), pc.match_substring_regex(texts, _NUMBER)
    )
    return candidates[pc.fill_null(is_formula, False).to_numpy(zero_copy_only=False)]


def escape_formula_cells(cells: pa.Array, positions: npt.NDArray[np.int64]) -> pa.Array:
    """Put ``'`` before some cells, which makes a spreadsheet show them as text.

    Parameters
    ----------
    cells : pyarrow.Array of string or large_string, shape (n_rows,)
    positions : ndarray of int64
        From `find_formula_cells`.

    Returns
    -------
    pyarrow.Array of the same type and length

    Examples
    --------
    >>> escape_formula_cells(pa.array(["=1+1", "好"]), np.array([0])).to_pylist()
    ["'=1+1", '好']
    """
    if len(positions) == 0:
        return cells
    is_formula = np.zeros(len(cells), dtype=np.bool_)
    is_formula[positions] = True
    prefix = pc.if_else(pa.array(is_formula), "'", "").cast(cells.type)
    return pc.binary_join_element_wise(prefix, cells, pa.scalar("", cells.type))
