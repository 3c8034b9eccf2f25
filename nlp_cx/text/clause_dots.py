"""Tell full stops from the dots of numbers, names, addresses and ellipses."""

from __future__ import annotations

from numba import njit

from nlp_cx.text.clause_cuts import HARD, NOTHING, SOFT
from nlp_cx.text.clause_items import (
    English,
    Signs,
    fold_at,
    fold_of,
    kind_at,
    kind_of,
    read_word,
    skip_blanks,
)
from nlp_cx.text.clause_rules import (
    BLANK,
    CLOSE,
    DIGIT,
    DOT,
    EN_ABBREVIATION,
    EN_ADDRESS,
    EN_DETERMINER,
    EN_NUMBER_WORD,
    EN_PRONOUN,
    IDEOGRAPH,
    LATIN,
    MARKED,
    NEWLINE,
    SEPARATOR,
    STOP,
)


@njit(cache=True, nogil=True)
def _is_full_stop(  # noqa: PLR0911
    signs: Signs, i: int, hi: int, word: tuple[int, int], english: English
) -> bool:
    """Say whether the dot at `i` ends a sentence; `word` is (flags, length) of the word before."""
    flags, length = word
    before = kind_of(signs[i - 1]) if i > 0 else BLANK
    after = kind_at(signs, i + 1, hi)
    if after == DIGIT:
        if before == LATIN:
            return length > 2 and not flags & EN_NUMBER_WORD
        return before in (IDEOGRAPH, CLOSE)
    if after == LATIN:
        k, next_flags, next_length = read_word(signs, i + 1, hi, english)
        if next_flags & EN_ADDRESS or fold_at(signs, k, hi) in (64, 47, 95):
            return before == IDEOGRAPH
        if next_length == 1 and length > 1:  # life.I think
            is_word = fold_of(signs[i + 1]) in (97, 105) and kind_at(signs, k, hi) == BLANK
            return before != LATIN or (is_word and signs[i + 1] & MARKED != 0)
        return before != LATIN or length > 1
    k = skip_blanks(signs, i + 1, hi)
    if before != LATIN or after != BLANK or kind_at(signs, k, hi) == NEWLINE:
        return True
    following = kind_of(signs[k])
    is_capital = following == LATIN and signs[k] & MARKED != 0
    if flags & EN_ABBREVIATION:
        return is_capital and length == 3 and fold_of(signs[i - 1]) == 99  # etc. The ...
    if flags & EN_NUMBER_WORD:
        return following != DIGIT
    if length == 1:
        if i >= 2 and kind_of(signs[i - 2]) == DOT:  # a.m., U.S.
            return is_capital
        if signs[i - 1] & MARKED == 0 or fold_of(signs[i - 1]) == 105:  # so do I.
            return True
        subject = read_word(signs, k, hi, english)[1] if following == LATIN else 0
        return subject & (EN_PRONOUN | EN_DETERMINER) != 0  # plan B. They; not J. Doe
    return True


@njit(cache=True, nogil=True)
def _begins_sentence(signs: Signs, i: int, hi: int) -> bool:
    """Say whether a capital word other than I follows the blanks at `i`."""
    k = skip_blanks(signs, i, hi)
    is_capital = kind_at(signs, k, hi) == LATIN and signs[k] & MARKED != 0
    return k > i and is_capital and (fold_of(signs[k]) != 105 or kind_at(signs, k + 1, hi) == LATIN)


@njit(cache=True, nogil=True)
def _end_of_dots(signs: Signs, i: int, hi: int) -> int:
    """Return the end of the run of full stops and points at `i`."""
    while kind_at(signs, i, hi) in (DOT, STOP, SEPARATOR) and fold_of(signs[i]) in (46, 0x3002):
        i += 1
    return i


@njit(cache=True, nogil=True)
def read_dots(
    signs: Signs, i: int, hi: int, word: tuple[int, int], english: English
) -> tuple[int, int]:
    """Return the end of the dots at `i` and what they end; `word` is the one before them."""
    stop = _end_of_dots(signs, i, hi)
    if stop > i + 1:
        return stop, HARD if _begins_sentence(signs, stop, hi) else SOFT
    if kind_of(signs[i]) == STOP or _is_full_stop(signs, i, hi, word, english):
        return i + 1, HARD
    return max(stop, i + 1), NOTHING
