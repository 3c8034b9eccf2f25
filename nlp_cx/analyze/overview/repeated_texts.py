"""Texts that say the same as an earlier one, whatever the writing of width, case and spaces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.normalize import normalize

_ROWS = 32_768
_BLANK = 0x20


def find_repeats(texts: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Tell which texts repeat an earlier one.

    Parameters
    ----------
    texts : pyarrow.Array or ChunkedArray of string

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        False for the first of its kind, and for missing and blank texts.

    Notes
    -----
    Texts are folded as for scoring (width, case, traditional writing), blanks left out, and
    compared by 64 bits of a polynomial hash: among a million distinct texts the chance that two are
    taken for the same is below 1 in 10 million.

    Examples
    --------
    >>> find_repeats(pa.array(["很好！", "Fine", "很 好!", "", "", None])).tolist()
    [False, False, True, False, False, False]
    """
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    hashes = np.zeros(len(array), np.uint64)
    is_blank = np.ones(len(array), np.bool_)
    for start in range(0, len(array), _ROWS):
        part = slice(start, start + _ROWS)
        batch = TextBatch.from_arrow(array[part])
        hashes[part], is_blank[part] = _hash(normalize(batch.codes), batch.offsets)
    first = np.zeros(hashes.size, np.bool_)
    rows = np.flatnonzero(~is_blank)
    first[rows[np.unique(hashes[rows], return_index=True)[1]]] = True
    return ~first & ~is_blank


def _hash(
    codes: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Hash every text without its blanks, and tell which have nothing else."""
    kept = codes != _BLANK
    ends = np.concatenate([[0], np.cumsum(kept)])[offsets]
    codes = codes[kept]
    length = np.diff(ends)
    place = (np.arange(codes.size) - np.repeat(ends[:-1], length)).astype(np.uint64)
    # Multiplying by odd numbers and folding the upper bits down: the mixer of splitmix64.
    mixed = codes.astype(np.uint64) + (place + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    return sums[ends[1:]] - sums[ends[:-1]], length == 0
