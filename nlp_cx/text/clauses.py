"""Cut texts into clauses, the smallest stretches that carry one opinion."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.borrowed import borrow
from nlp_cx.text.clause_cuts import N_FIELDS, N_ROWS, TALLY, Pieces, Spans
from nlp_cx.text.clause_items import Signs
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
        without such a code point has none. A document's clauses do not depend on its batch.

    Notes
    -----
    Marks divide a text into pieces; a piece begins a new clause or continues the one before it.
    A piece *judges* when it holds a character listed as predicate in clause_marks.toml (很好).

    - ``。！？；!?;``, a full stop that ends a sentence, a line break, a list number: always cut.
    - ``，～…``, a dash, an emoji between Chinese pieces: cut if the piece before judges, or has 4
      characters and no comment follows (服务态度，很差 is one clause). Pieces of one character
      never stand alone.
    - Blanks between ideographs: the same, comments aside; two blanks count as a comma.
    - ``、``: cut only between two pieces that judge (环境好、服务差, not 环境、服务、味道都好).
    - The same marks in English: cut if 4 words stand on both sides, or 3 before a subject (``it``,
      ``and they``; ``the`` and the like only where both sides have a verb), so lists stay whole.
    - Contrast words, without any mark: cut where 4 characters or 3 words, with ``but``, follow and
      4 characters (2 that judge) or 2 words stand before. False friends (但愿, 再好不过,
      ``nothing but``) are listed with each word.
    - A clause of more than 40 ideographs and words is cut at the best place from the 8th on: after
      a mark, before a clause word, between two words, after a particle, before a usual beginning.
      None is longer than 1,200 code points unless combining marks leave no place to cut.

    Never cut inside: words, numbers (3.5, 10:30), addresses, abbreviations, emoticons, composed
    emoji, and brackets or quotations of up to 30 characters.

    Examples
    --------
    >>> from nlp_cx.text.batch import TextBatch
    >>> batch = TextBatch.from_strings(["环境、服务都好，就是有点贵！Nice room but slow wifi."])
    >>> _, start, end = find_clauses(batch.codes, batch.offsets)
    >>> [batch.text(0)[s:e] for s, e in zip(start, end)]
    ['环境、服务都好', '就是有点贵！', 'Nice room', 'but slow wifi']
    """
    codes = np.ascontiguousarray(codes, np.uint32).view()
    offsets = np.ascontiguousarray(offsets, np.int64).view()
    codes.flags.writeable = offsets.flags.writeable = False
    rules = load_rules()
    longest = int(np.diff(offsets).max(initial=0))
    n_codes = int(offsets[-1] - offsets[0])
    # A clause holds at least one code point; memory that is never written costs nothing.
    document = np.empty(n_codes, np.int32)
    spans = np.empty((n_codes, 2), np.int64)
    signs = np.empty(longest, np.uint32)
    pieces = np.zeros((N_ROWS, N_FIELDS), np.int64)
    work = (signs, pieces, rules.chinese, rules.english)
    n = _find(codes, offsets, rules.signs, work, (document, spans))
    return Clauses(document[:n].copy(), spans[:n, 0].copy(), spans[:n, 1].copy())


@njit(cache=True, nogil=True)
def _find(
    codes: npt.NDArray[np.uint32],
    offsets: npt.NDArray[np.int64],
    table: npt.NDArray[np.uint32],
    work: tuple[Signs, Pieces, npt.NDArray[np.uint32], npt.NDArray[np.uint64]],
    found: tuple[npt.NDArray[np.int32], Spans],
) -> int:
    """Read every document, write its clauses and return how many there are in all."""
    signs, pieces = borrow(work[0]), borrow(work[1])
    words = (borrow(work[2]), borrow(work[3]))
    document, spans = found[0], borrow(found[1])
    n = 0
    for d in range(offsets.size - 1):
        first = offsets[d]
        length = offsets[d + 1] - first
        for i in range(length):
            code = codes[first + i]
            if code < table.size:
                signs[i] = table[code]
            else:  # rare ideographs, and tags of flags
                signs[i] = IDEOGRAPH if code < 0x40000 else GLUE
        read_document(signs, length, pieces, words, spans)
        for clause in range(n, pieces[TALLY, 0]):
            document[clause] = d
            spans[clause, 0] += first
            spans[clause, 1] += first
        n = pieces[TALLY, 0]
    return n
