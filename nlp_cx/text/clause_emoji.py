"""Measure emoji and emoticons, which must neither be split nor taken for marks."""

from __future__ import annotations

from numba import njit

from nlp_cx.text.clause_items import (
    Signs,
    fold_at,
    fold_of,
    kind_at,
    kind_of,
)
from nlp_cx.text.clause_rules import (
    BLANK,
    CLOSE,
    DIGIT,
    DOT,
    EMOJI,
    GLUE,
    IDEOGRAPH,
    LATIN,
    MARKED,
    NEWLINE,
    OPEN,
    SHOUT,
)

_LONGEST_FACE = 12  # characters of a bracketed face such as (´･ω･`)


@njit(cache=True, nogil=True)
def length_of_emoticon(signs: Signs, i: int, hi: int, is_in_word: bool) -> int:
    """Return the length of the emoticon at `i` (``:-)`` ``T_T`` ``(´･ω･`)``), or 0.

    To be called where the sign has ``FACE``.
    """
    kind = kind_of(signs[i])
    if kind == OPEN:
        return _length_of_face(signs, i, hi)
    if is_in_word:
        return 0
    one, two, three = fold_of(signs[i]), fold_at(signs, i + 1, hi), fold_at(signs, i + 2, hi)
    if one in (58, 59, 61):  # : ; =
        k = i + 2 if two in (45, 39, 94) else i + 1  # with a nose
        mouth = fold_at(signs, k, hi)
        is_end = kind_at(signs, k + 1, hi) not in (LATIN, DIGIT)
        is_mouth = mouth in (40, 41, 91, 93, 42, 124) or (mouth in (100, 112, 111) and is_end)
        return k + 1 - i if is_mouth else 0
    if (one == 60 and two == 51) or (one == 94 and two == 94):  # <3 ^^
        return 2
    is_pair = one == three or (one == 62 and three == 60)
    is_eye = one in (94, 62, 116, 45, 64, 111, 61, 9583)
    if is_pair and is_eye and one != two and two in (95, 46, 45, 0x3002):  # T_T >.< =。=
        is_end = kind != LATIN or kind_at(signs, i + 3, hi) not in (LATIN, DOT, DIGIT)
        return 3 if is_end else 0
    return 0


@njit(cache=True, nogil=True)
def _length_of_face(signs: Signs, i: int, hi: int) -> int:
    """Return the length of a bracketed face such as (´･ω･`) at `i`, or 0."""
    n_signs = 0
    for k in range(i + 1, min(hi, i + _LONGEST_FACE)):
        kind = kind_of(signs[k])
        if kind == CLOSE:
            return k + 1 - i if n_signs >= 2 else 0
        is_word = kind == LATIN and kind_at(signs, k + 1, hi) == LATIN
        if is_word or kind in (IDEOGRAPH, DIGIT, NEWLINE, OPEN, SHOUT):
            return 0
        n_signs += kind not in (LATIN, BLANK)
    return 0


@njit(cache=True, nogil=True)
def end_of_emoji(signs: Signs, i: int, hi: int) -> int:
    """Return the end of the emoji at `i` with skin tones, joined parts and a flag's second half."""
    stop = i + 1
    if _is_flag(signs[i]) and stop < hi and _is_flag(signs[stop]):
        stop += 1
    while stop < hi:
        kind = kind_of(signs[stop])
        is_joined = kind == EMOJI and kind_of(signs[stop - 1]) == GLUE and signs[stop - 1] & MARKED
        if kind != GLUE and not is_joined:
            break
        stop += 1
    return stop


@njit(cache=True, nogil=True)
def _is_flag(sign: int) -> bool:
    """Say whether the character is one of the two letters of a flag."""
    return 0x1F1E6 <= fold_of(sign) <= 0x1F1FF
