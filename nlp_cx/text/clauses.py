"""Cut texts into clauses, the smallest stretches that carry one opinion."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.borrowed import borrow
from nlp_cx.text.clause_cuts import N_FIELDS
from nlp_cx.text.clause_reader import read_document
from nlp_cx.text.clause_rules import GLUE, IDEOGRAPH, load_rules


class Clauses(NamedTuple):
    """Clauses of a batch, in text order.

    Parameters
    ----------
    document : ndarray of int32, shape (n_clauses,)
        Index of the document.
    start, end : ndarray of int64, shape (n_clauses,)
        Half-open span in ``codes`` (absolute, not relative to the document).
    """

    document: npt.NDArray[np.int32]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]


def find_clauses(codes: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]) -> Clauses:
    """Cut every document into clauses.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)
        ORIGINAL code points.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Document i is ``codes[offsets[i]:offsets[i + 1]]``.

    Returns
    -------
    Clauses
        Spans that do not overlap, each inside its document, trimmed of white space, commas and
        full stops; ``! ?``, emoji and emoticons stay, since they carry feeling. Every code point
        that is neither white space nor a separating mark lies in exactly one clause; a document
        without such a code point has none.

    Examples
    --------
    >>> from nlp_cx.text.batch import TextBatch
    >>> batch = TextBatch.from_strings(["环境、服务都好，就是有点贵！Great room but the wifi is slow."])
    >>> _, start, end = find_clauses(batch.codes, batch.offsets)
    >>> [batch.text(0)[s:e] for s, e in zip(start, end)]
    ['环境、服务都好', '就是有点贵！', 'Great room', 'but the wifi is slow']
    """
    codes = np.ascontiguousarray(codes, np.uint32).view()
    offsets = np.ascontiguousarray(offsets, np.int64).view()
    codes.flags.writeable = offsets.flags.writeable = False
    rules = load_rules()
    signs = np.empty(codes.size, np.uint32)
    # A clause holds at least one code point; memory that is never written costs nothing.
    document = np.empty(codes.size, np.int32)
    start = np.empty(codes.size, np.int64)
    end = np.empty(codes.size, np.int64)
    pieces = np.empty((3, N_FIELDS), np.int64)
    words = (rules.chinese, rules.english, rules.comments)
    n = _find(codes, offsets, rules.signs, signs, words, pieces, document, start, end)
    return Clauses(document[:n].copy(), start[:n].copy(), end[:n].copy())


@njit(cache=True, nogil=True)
def _find(
    codes: npt.NDArray[np.uint32],
    offsets: npt.NDArray[np.int64],
    table: npt.NDArray[np.uint32],
    signs: npt.NDArray[np.uint32],
    words: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64], npt.NDArray[np.uint32]],
    pieces: npt.NDArray[np.int64],
    document: npt.NDArray[np.int32],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> int:
    """Read every document, write its clauses and return how many there are in all."""
    signs, pieces, start, end = borrow(signs), borrow(pieces), borrow(start), borrow(end)
    chinese, english, comments = borrow(words[0]), borrow(words[1]), borrow(words[2])
    for i in range(codes.size):
        code = codes[i]
        if code < table.size:
            signs[i] = table[code]
        else:  # rare ideographs, and tags of flags
            signs[i] = IDEOGRAPH if code < 0x40000 else GLUE
    n = 0
    for d in range(offsets.size - 1):
        first = n
        n = read_document(
            signs, offsets[d], offsets[d + 1], chinese, english, comments, pieces, start, end, n
        )
        for clause in range(first, n):
            document[clause] = d
    return n
