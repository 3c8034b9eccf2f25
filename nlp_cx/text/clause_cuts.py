"""Decide where clauses end: between two pieces of text, and inside one that is too long."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.clause_emoji import (
    end_of_emoji,
)
from nlp_cx.text.clause_items import (
    English,
    Signs,
    end_of_number,
    fold_of,
    is_comment,
    is_edge,
    kind_of,
    match_chinese,
    read_word,
    signed,
)
from nlp_cx.text.clause_rules import (
    BLANK,
    CLOSE,
    COMMA,
    DIGIT,
    DOT,
    ELLIPSIS,
    EMOJI,
    EN_CONJUNCTION,
    EN_CONTRAST,
    EN_DETERMINER,
    EN_JOINER,
    EN_PRONOUN,
    GLUE,
    IDEOGRAPH,
    LATIN,
    LIST,
    MARKED,
    NEWLINE,
    OPEN,
    OPENER,
    PARTICLE,
    QUOTE,
    ROW_KIND,
    ROW_SHIFT,
    SHOUT,
    STARTER,
    STOP,
    TILDE,
)

# What stands between a piece of text and the one before it, weakest first.
NOTHING, GAP, ITEM, SOFT, ADD, CONTRAST, HARD = range(7)

# What is known of a piece of text: one row of the work array.
START, END, LEAD, N_HAN, N_WORDS, N_DIGITS, N_PREDICATES, N_VERBS = range(8)
WORD1, WORD2, IS_CONTRAST, FIRST, N_FIELDS = range(8, 13)
# Rows: the clause so far, its last piece, the piece being read, and the number of clauses.
ALL, LAST, NOW, TALLY, N_ROWS = range(5)

_MAX_UNITS = 40  # ideographs and words of a clause; longer ones are cut at good places
_MIN_UNITS = 8
_MAX_CODES = 400  # bounds runs without words, and "words" that no language has

_TIES = np.array([ord(character) for character in "其给对跟和让叫把被向为帮找诉问送赔"])

Pieces = npt.NDArray[np.int64]
Spans = npt.NDArray[np.int64]
Words = tuple[npt.NDArray[np.uint32], English]  # Chinese, English (ClauseRules)


@njit(cache=True, nogil=True, inline="always")
def weigh(pieces: Pieces, row: int) -> int:
    """Return how much a piece says: an ideograph 1, a Latin word 2, a number 1."""
    return pieces[row, N_HAN] + 2 * pieces[row, N_WORDS] + pieces[row, N_DIGITS]


@njit(cache=True, nogil=True)
def is_cut(pieces: Pieces, chinese: npt.NDArray[np.uint32]) -> bool:  # noqa: PLR0911
    """Decide whether the piece ``NOW`` begins a clause after ``ALL``, which ends with ``LAST``."""
    before, here = weigh(pieces, LAST), weigh(pieces, NOW)
    if here == 0 or weigh(pieces, ALL) == 0:
        return False
    lead = pieces[NOW, LEAD]
    if lead == HARD:
        return True
    is_contrast = (
        lead == CONTRAST or pieces[NOW, IS_CONTRAST] != 0 or pieces[NOW, WORD1] & EN_CONTRAST != 0
    )
    if pieces[LAST, N_HAN] == 0 and pieces[NOW, N_HAN] == 0:
        return _is_english_cut(pieces, is_contrast)
    has_predicate = pieces[LAST, N_PREDICATES] > 0
    if is_contrast:
        return here >= 4 and (before >= 4 or (before >= 2 and has_predicate))
    if lead == ADD:
        return before >= 8 and here >= 6
    if here < 2 or before < 2:
        return False
    if lead == ITEM:
        return before >= 3 and here >= 3 and has_predicate and pieces[NOW, N_PREDICATES] > 0
    if has_predicate:
        return True
    if lead == GAP:
        return before >= 4
    return before > 4 or (before == 4 and not is_comment(pieces[NOW, FIRST], chinese))


@njit(cache=True, nogil=True)
def _is_english_cut(pieces: Pieces, is_contrast: bool) -> bool:
    """Decide between two pieces of English: the commas of a list do not cut."""
    before, here = pieces[ALL, N_WORDS], pieces[NOW, N_WORDS]
    if is_contrast:
        return here >= 3 and before >= 2
    if before < 3 or here < 3:
        return False
    subject = pieces[NOW, WORD1]
    if subject & EN_JOINER:
        subject = pieces[NOW, WORD2]
    if subject & EN_PRONOUN:
        return True
    if subject & EN_DETERMINER:
        return pieces[ALL, N_VERBS] > 0 and pieces[NOW, N_VERBS] > 0
    return pieces[NOW, LEAD] == SOFT and before >= 4 and here >= 4


@njit(cache=True, nogil=True, inline="always")
def is_bare_contrast(pieces: Pieces) -> bool:
    """Say whether the piece ``NOW`` is only a contrast word so far; what follows belongs to it."""
    if pieces[NOW, N_HAN] == 0:
        return pieces[NOW, N_WORDS] == 1 and pieces[NOW, WORD1] & EN_CONTRAST != 0
    return pieces[NOW, IS_CONTRAST] != 0 and weigh(pieces, NOW) <= 3


@njit(cache=True, nogil=True, inline="always")
def clear_piece(pieces: Pieces, row: int) -> None:
    """Empty a row: no piece has begun."""
    for field in range(N_FIELDS):  # a loop, since numba copies slices at a tenth of the speed
        pieces[row, field] = 0
    pieces[row, START] = -1


@njit(cache=True, nogil=True, inline="always")
def finish_piece(signs: Signs, pieces: Pieces, words: Words, spans: Spans) -> None:
    """Join the piece ``NOW`` to the clause so far, or write that and begin a clause with it."""
    if pieces[ALL, START] >= 0 and not is_cut(pieces, words[0]):
        join_piece(pieces)
    else:
        if pieces[ALL, START] >= 0:
            write_clause(signs, pieces, words, spans)
        for field in range(N_FIELDS):
            pieces[ALL, field] = pieces[NOW, field]
            pieces[LAST, field] = pieces[NOW, field]
    clear_piece(pieces, NOW)


@njit(cache=True, nogil=True, inline="always")
def join_piece(pieces: Pieces) -> None:
    """Add the piece ``NOW`` to the clause so far."""
    is_run_on = pieces[NOW, LEAD] >= ADD or weigh(pieces, LAST) == 0 or weigh(pieces, NOW) == 0
    _add(pieces, ALL)
    if is_run_on:
        _add(pieces, LAST)
    else:
        for field in range(N_FIELDS):
            pieces[LAST, field] = pieces[NOW, field]


@njit(cache=True, nogil=True, inline="always")
def _add(pieces: Pieces, row: int) -> None:
    """Add the counts of ``NOW`` to a row."""
    pieces[row, END] = pieces[NOW, END]
    if pieces[row, N_WORDS] == 0:
        pieces[row, WORD1] = pieces[NOW, WORD1]
        pieces[row, WORD2] = pieces[NOW, WORD2]
    for field in range(N_HAN, N_VERBS + 1):
        pieces[row, field] += pieces[NOW, field]


@njit(cache=True, nogil=True, inline="always")
def write_clause(signs: Signs, pieces: Pieces, words: Words, spans: Spans) -> None:
    """Write the clause so far behind the others, in parts where it is too long."""
    lo, hi = pieces[ALL, START], pieces[ALL, END]
    if pieces[ALL, N_HAN] + pieces[ALL, N_WORDS] > _MAX_UNITS or hi - lo > _MAX_CODES:
        lo = _write_parts(signs, pieces, words, spans)
    n = pieces[TALLY, 0]
    spans[n, 0] = lo
    spans[n, 1] = hi
    pieces[TALLY, 0] = n + 1


@njit(cache=True, nogil=True)
def _write_parts(signs: Signs, pieces: Pieces, words: Words, spans: Spans) -> int:
    """Write all parts of a clause that is too long but the last; return where that begins."""
    lo, hi = pieces[ALL, START], pieces[ALL, END]
    n_units = pieces[ALL, N_HAN] + pieces[ALL, N_WORDS]
    n = pieces[TALLY, 0]
    while True:
        stop, n_used = _find_cut(signs, lo, hi, n_units, words)
        if stop >= hi:
            break
        n_units -= n_used
        spans[n, 0] = lo
        lo = stop
        while stop > spans[n, 0] + 1 and is_edge(kind_of(signs[stop - 1])):
            stop -= 1
        spans[n, 1] = stop
        n += 1
        while lo < hi - 1 and is_edge(kind_of(signs[lo])):
            lo += 1
    pieces[TALLY, 0] = n
    return lo


@njit(cache=True, nogil=True)
def _find_cut(signs: Signs, lo: int, hi: int, n_left: int, words: Words) -> tuple[int, int]:
    """Return where to cut [lo, hi), too long with `n_left` units, and the units before the cut.

    The best place wins, the later one of equals; no crumb is left behind it.
    """
    limit = _MAX_UNITS if n_left < 2 * _MIN_UNITS else min(_MAX_UNITS, n_left - _MIN_UNITS)
    n_units = signed(0)
    k = lo
    best, best_value, n_before = hi, -1, 0
    while k < hi:
        kind = kind_of(signs[k])
        stop = k + 1
        flags = signed(0)
        if kind == LATIN:
            stop, flags, _ = read_word(signs, k, hi, words[1])
            stop = min(stop, k + _MAX_CODES)
        elif kind == DIGIT:
            stop = min(end_of_number(signs, k, hi), k + _MAX_CODES)
        elif kind == EMOJI:
            stop = end_of_emoji(signs, k, hi)
        if n_units >= _MIN_UNITS or k - lo >= _MAX_CODES // 2:
            value = _value_of_cut(signs, k, kind, flags)
            if 0 < value < 4 and signs[k] >> ROW_SHIFT:
                row = match_chinese(signs, k, hi, words[0])
                if row > 0:
                    value = 3 if words[0][row + ROW_KIND] == OPENER else 4
            if value >= best_value and value >= 0:
                best, best_value, n_before = k, value, n_units
        if (n_units >= limit or stop - lo > _MAX_CODES) and best < hi:
            return best, n_before
        is_torn = kind == GLUE or (kind_of(signs[k - 1]) == GLUE and signs[k - 1] & MARKED)
        if k - lo > 2 * _MAX_CODES and not is_torn:  # 1,000 exclamation marks
            return k, n_units
        n_units += kind in (IDEOGRAPH, LATIN)
        k = stop
    is_long = n_units > _MAX_UNITS or hi - lo > _MAX_CODES
    return (best, n_before) if is_long else (hi, n_units)


@njit(cache=True, nogil=True)
def _is_tie(sign: int) -> bool:
    """Say whether a pronoun after this ideograph is its object: 给我, 其他."""
    code = fold_of(sign)
    for tie in _TIES:  # noqa: SIM110 (compiled code has no generators)
        if tie == code:
            return True
    return False


@njit(cache=True, nogil=True)
def _value_of_cut(signs: Signs, k: int, kind: int, flags: int) -> int:  # noqa: PLR0911
    """Grade a cut before `k`: 5 after a mark, 0 where nothing speaks for it, -1 for never."""
    sign, previous = signs[k], signs[k - 1]
    before = kind_of(previous)
    if kind in (GLUE, CLOSE, SHOUT, TILDE, QUOTE) or is_edge(kind):
        return -1
    if before in (COMMA, ELLIPSIS, STOP, DOT, LIST, NEWLINE):
        return 5
    if before == OPEN or (before == GLUE and previous & MARKED):
        return -1
    if kind == IDEOGRAPH:
        if before == BLANK:
            return 5
        if before != IDEOGRAPH:
            return 0
        if previous & PARTICLE:
            return 0 if sign & PARTICLE else 4 if sign & STARTER else 3
        return 2 if sign & STARTER and not _is_tie(previous) else 1
    if kind == LATIN and before == BLANK:
        if flags & (EN_JOINER | EN_CONTRAST):
            return 4
        return 3 if flags & (EN_CONJUNCTION | EN_PRONOUN) else 2
    return 2 if before == BLANK else 1 if before == EMOJI else 0
