"""Measure the items of a running text: words, numbers, addresses, brackets, lines.

All loops read *signs* (clause_rules), one 32-bit number a character: those of one document, which
stand at 0 to `hi`. They begin at `i` and never look outside the document.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.clause_rules import (
    BLANK,
    CLOSE,
    COMMA,
    DASH,
    DIGIT,
    DOT,
    EN_MASK,
    FOLD_MASK,
    FOLD_SHIFT,
    GLUE,
    HASH_PRIME,
    HASH_START,
    IDEOGRAPH,
    KIND_MASK,
    LATIN,
    LIST,
    MARKED,
    NEWLINE,
    OPEN,
    QUOTE,
    ROW_BEFORE,
    ROW_LENGTH,
    ROW_NOT_AFTER,
    ROW_NOT_BEFORE,
    ROW_SHIFT,
    ROW_WIDTH,
    ROW_WORD,
    SHOUT,
    STOP,
    TILDE,
)

Signs = npt.NDArray[np.uint32]
English = npt.NDArray[np.uint64]

_SHIELD = 30  # a bracket or quotation of up to this many characters is not cut inside
_SHORT_SHIELD = 12  # ... even when it holds a full stop
_WRAP = 50  # a line of this many characters may have been wrapped inside a sentence
COLON, _ORDINAL = ord(":"), ord("第")


@njit(cache=True, nogil=True)
def signed(number: int) -> int:
    """Return the number as int64: numba makes floats of sums of signed and unsigned ones."""
    return np.int64(number)  # type: ignore[return-value]


@njit(cache=True, nogil=True)
def kind_of(sign: int) -> int:
    """Return the kind of a character."""
    return signed(sign & KIND_MASK)


@njit(cache=True, nogil=True)
def fold_of(sign: int) -> int:
    """Return the folded code point of a character (0 beyond the tables)."""
    return signed((sign >> FOLD_SHIFT) & FOLD_MASK)


@njit(cache=True, nogil=True)
def kind_at(signs: Signs, i: int, hi: int) -> int:
    """Return the kind of the character at `i`, a line break at the end of the document."""
    return signed(signs[i] & KIND_MASK) if i < hi else NEWLINE


@njit(cache=True, nogil=True)
def fold_at(signs: Signs, i: int, hi: int) -> int:
    """Return the folded code point at `i`, a line feed at the end of the document."""
    return signed((signs[i] >> FOLD_SHIFT) & FOLD_MASK) if i < hi else 10


@njit(cache=True, nogil=True)
def is_edge(kind: int) -> bool:
    """Say whether the kind of character is cut off at the edges of a clause."""
    return kind in (BLANK, NEWLINE) or (kind >= STOP and kind not in (SHOUT, TILDE, DASH, QUOTE))


@njit(cache=True, nogil=True)
def skip_blanks(signs: Signs, i: int, hi: int) -> int:
    """Return the index of the first character from `i` on that is not a blank."""
    while i < hi and signs[i] & KIND_MASK == BLANK:
        i += 1
    return i


@njit(cache=True, nogil=True)
def match_chinese(signs: Signs, i: int, hi: int, chinese: npt.NDArray[np.uint32]) -> int:
    """Return where the row of the longest Chinese word at `i` begins, or 0."""
    first = fold_of(signs[i])
    row = signed(signs[i] >> ROW_SHIFT) * ROW_WIDTH
    while chinese[row + ROW_WORD] == first:
        length = signed(chinese[row + ROW_LENGTH])
        k = 1
        while k < length and fold_at(signs, i + k, hi) == chinese[row + ROW_WORD + k]:
            k += 1
        if k == length:
            before = fold_of(signs[i - 1]) if i > 0 else 0
            after = fold_at(signs, i + k, hi)
            is_other = _is_listed(before, chinese, row + ROW_NOT_AFTER) or _is_listed(
                after, chinese, row + ROW_NOT_BEFORE
            )
            is_free = chinese[row + ROW_BEFORE] == 0 or _is_listed(after, chinese, row + ROW_BEFORE)
            return row if is_free and not is_other else 0
        row += ROW_WIDTH
    return 0


@njit(cache=True, nogil=True)
def _is_listed(code: int, chinese: npt.NDArray[np.uint32], place: int) -> bool:
    """Say whether the code point is in the list whose beginning stands at `place`."""
    k = chinese[place]
    while chinese[k] != 0:
        if chinese[k] == code:
            return True
        k += np.uint32(1)
    return False


@njit(cache=True, nogil=True)
def is_comment(sign: int, chinese: npt.NDArray[np.uint32]) -> bool:
    """Say whether an ideograph begins a comment on a topic (服务态度，很差)."""
    last_row = (signed(chinese[ROW_LENGTH]) - 1) * ROW_WIDTH
    return _is_listed(fold_of(sign), chinese, last_row + ROW_BEFORE)


@njit(cache=True, nogil=True)
def read_word(signs: Signs, i: int, hi: int, english: English) -> tuple[int, int, int]:
    """Return the end of the Latin word at `i`, its flags and its number of letters."""
    value = np.uint64(HASH_START)
    length = 0
    while i < hi:
        kind = kind_of(signs[i])
        if kind not in (LATIN, GLUE, DIGIT):
            is_inner = fold_of(signs[i]) in (39, 45, 95) and not (
                kind == DASH and signs[i] & MARKED
            )
            if not (is_inner and kind_at(signs, i + 1, hi) in (LATIN, DIGIT)):
                break
        if kind != GLUE:
            length += 1
            value = (value ^ np.uint64(fold_of(signs[i]))) * np.uint64(HASH_PRIME)
        i += 1
    mask = np.uint64(english.size - 1)
    slot = (value >> np.uint64(16)) & mask
    while english[slot] != 0:
        if (english[slot] ^ value) >> np.uint64(16) == 0:
            return i, signed(english[slot] & np.uint64(EN_MASK)), length
        slot = (slot + np.uint64(1)) & mask
    return i, 0, length


@njit(cache=True, nogil=True)
def is_address(signs: Signs, i: int, hi: int) -> bool:
    """Say whether ``://`` or ``@x`` at `i` makes the word before it an address."""
    code = fold_at(signs, i, hi)
    if code == 64:
        return kind_at(signs, i + 1, hi) in (LATIN, DIGIT)
    return code == 58 and fold_at(signs, i + 1, hi) == 47 and fold_at(signs, i + 2, hi) == 47


@njit(cache=True, nogil=True)
def end_of_address(signs: Signs, i: int, hi: int) -> int:
    """Return the end of a web or mail address: printable ASCII up to a blank or quote."""
    k = i
    while 0x20 < fold_at(signs, k, hi) < 0x7F and fold_of(signs[k]) not in (34, 39, 44, 59, 60, 62):
        k += 1
    while k > i and fold_of(signs[k - 1]) in (33, 41, 46, 58, 63, 93):
        k -= 1
    return k


@njit(cache=True, nogil=True)
def end_of_number(signs: Signs, i: int, hi: int) -> int:
    """Return the end of the digits at `i`: points, commas, colons between digits belong to them."""
    i += 1
    while i < hi:
        kind = kind_of(signs[i])
        if kind not in (DIGIT, GLUE):
            is_inner = fold_of(signs[i]) in (44, 45, 46, 58, 126)
            is_plain = kind != COMMA or signs[i] & MARKED == 0
            if not (is_inner and is_plain and kind_at(signs, i + 1, hi) == DIGIT):
                break
        i += 1
    return i


@njit(cache=True, nogil=True)
def _end_of_index(signs: Signs, i: int, stop: int, hi: int, is_first: bool) -> int:
    """Return the end of a list index (``1、`` ``2.`` ``③``) whose digits are [i, stop), or 0.

    `is_first` says that a piece of text begins here; behind an ideograph only 2、服 and 2.服 count.
    """
    if stop == i + 1 and signs[i] & MARKED:
        return stop
    kind, following = kind_at(signs, stop, hi), kind_at(signs, stop + 1, hi)
    if stop - i > 2 or following == DIGIT:
        return 0
    if is_first:
        is_mark = kind in (LIST, DOT) or (kind == CLOSE and fold_at(signs, stop, hi) == 41)
        return stop + 1 if is_mark and stop + 1 < hi else 0
    return stop + 1 if kind in (LIST, DOT) and following == IDEOGRAPH else 0


@njit(cache=True, nogil=True)
def end_of_bracket(signs: Signs, i: int, hi: int) -> int:
    """Return the index of the bracket that closes the short one at `i`; `i` where none does."""
    limit = min(hi, i + _SHIELD)
    k = i + 1
    while k < limit:
        kind = kind_of(signs[k])
        if kind == CLOSE:
            return k
        if kind in (NEWLINE, OPEN):
            return i
        if kind in (STOP, SHOUT):
            limit = min(limit, i + _SHORT_SHIELD)
        k += 1
    return i


@njit(cache=True, nogil=True)
def is_wrapped(signs: Signs, line: int, i: int, hi: int) -> bool:
    """Say whether the line break at `i` only wraps an English sentence.

    The line that began at `line` is long, ends in a letter or comma, and a small letter follows.
    """
    if i - line < _WRAP:
        return False
    k = i - 1
    while k > line and kind_of(signs[k]) == BLANK:
        k -= 1
    if kind_of(signs[k]) not in (LATIN, COMMA):
        return False
    k = i + 1
    if signs[i] & MARKED and kind_at(signs, k, hi) == NEWLINE:  # CR LF
        k += 1
    k = skip_blanks(signs, k, hi)
    return kind_at(signs, k, hi) == LATIN and signs[k] & MARKED == 0


@njit(cache=True, nogil=True)
def end_of_run(signs: Signs, i: int, hi: int, kind: int) -> int:
    """Return the end of the run of characters of one kind at `i`."""
    while kind_at(signs, i, hi) == kind:
        i += 1
    return i


@njit(cache=True, nogil=True)
def end_of_item_number(signs: Signs, i: int, stop: int, hi: int, before: tuple[bool, int]) -> int:
    """Return the end of the number [i, stop) with its mark if it opens a list item, else 0.

    `before` says whether a piece begins here, and the kind of the last content.
    """
    is_first, last = before
    code = fold_of(signs[i - 1]) if i > 0 else 0
    is_list = is_first or code == COLON  # 优点:1.便宜2.好用
    if is_list or (last == IDEOGRAPH and code != _ORDINAL):
        return _end_of_index(signs, i, stop, hi, is_list)
    return 0


@njit(cache=True, nogil=True)
def is_spaced(signs: Signs, i: int, stop: int, hi: int, has_piece: bool) -> bool:
    """Say whether the dash [i, stop) stands between blanks, or opens a line."""
    is_after = i == 0 or kind_of(signs[i - 1]) in (BLANK, NEWLINE)
    return is_after and (not has_piece or kind_at(signs, stop, hi) in (BLANK, NEWLINE))
