"""Cut texts into clauses, the smallest stretches that carry one opinion."""

from __future__ import annotations

from typing import NamedTuple

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
    ELLIPSIS,
    EMOJI,
    EN_ABBREVIATION,
    EN_ADDRESS,
    EN_AND,
    EN_CONJUNCTION,
    EN_CONTRAST,
    EN_DETERMINER,
    EN_EVEN,
    EN_NOT_AFTER,
    EN_NOT_BEFORE,
    EN_NUMBER_WORD,
    EN_PRONOUN,
    EN_VERB,
    EN_WEAK,
    EN_WEB,
    FIRST,
    GLUE,
    HASH_PRIME,
    HASH_START,
    IDEOGRAPH,
    LATIN,
    LIST,
    NEWLINE,
    OPEN,
    OTHER,
    PARTICLE,
    PREDICATE,
    QUOTE,
    SEPARATOR,
    SHOUT,
    STARTER,
    STOP,
    TILDE,
    ClauseRules,
    load_rules,
)

# What separates a piece of text from the piece before it, weakest first.
_NOTHING, _GAP, _ITEM, _SOFT, _ADDITION, _CONTRAST, _HARD = range(7)

# Fields of a piece of text (one row of the work array).
_START, _END, _N_HAN, _N_WORDS, _N_PREDICATES, _N_VERBS, _LEAD, _WORD1, _WORD2, _IS_CONTRAST = (
    range(10)
)
_N_WORDY, _N_FIELDS = 10, 11
_ALL, _LAST, _NOW = range(3)  # rows: the clause so far, its last piece, the piece being read

_MAX_UNITS = 40  # ideographs and words of a clause; longer ones are cut at good places
_MIN_UNITS = 8
_MAX_CODES = 400  # bounds runs without words, and "words" that no language has
_SHIELD = 30  # a bracket or quotation of up to this many characters is not cut inside
_SHORT_SHIELD = 12  # ... even when it holds a full stop
_WRAP = 50  # a line of this many characters may have been wrapped inside a sentence


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
    document, start, end = _find(codes, offsets, load_rules())
    return Clauses(document, start, end)


@njit(cache=True, nogil=True)
def _find(codes, offsets, rules):
    """Read every document; a clause holds at least one code point, which bounds the output."""
    document = np.empty(codes.size, np.int32)
    start = np.empty(codes.size, np.int64)
    end = np.empty(codes.size, np.int64)
    pieces = np.zeros((3, _N_FIELDS), np.int64)
    n = 0
    for d in range(offsets.size - 1):
        first = n
        n = _read_document(codes, offsets[d], offsets[d + 1], rules, pieces, start, end, n)
        document[first:n] = d
    return document[:n].copy(), start[:n].copy(), end[:n].copy()


@njit(cache=True, nogil=True)
def _kind(code, rules):
    """Return the kind of a code point; beyond the tables are rare ideographs and tags."""
    if code < rules.kinds.size:
        return np.int64(rules.kinds[code])
    return np.int64(IDEOGRAPH if code < 0x40000 else GLUE)


@njit(cache=True, nogil=True)
def _fold(code, rules):
    """Return the folded code point."""
    return rules.folded[code] if code < rules.folded.size else code


@njit(cache=True, nogil=True)
def _is_wordy(kind):
    """Say whether the kind of character says something by itself."""
    return kind in (IDEOGRAPH, LATIN, DIGIT)


@njit(cache=True, nogil=True)
def _read_document(codes, lo, hi, rules, pieces, start, end, n):  # noqa: PLR0912, PLR0915
    """Read one document, write its clauses from index `n` on and return the next index."""
    pieces[:, :] = 0
    pieces[:, _START] = -1
    now = pieces[_NOW]
    pending = _NOTHING  # the strongest mark since the last content
    is_new_line = False
    n_blanks = 0
    shield = lo  # marks before this index end nothing
    line = lo
    word_flags = np.int64(0)  # of the last Latin word, and how long it is
    word_length = 0
    is_glued = False  # a Latin word right after an ideograph: 服务nice
    last_kind = np.int64(BLANK)  # of the last content
    i = lo
    while i < hi:
        kind = _kind(codes[i], rules)
        if kind == BLANK:
            n_blanks += 2 if codes[i] == 0x3000 else 1
            i += 1
            continue
        if kind == NEWLINE:
            if _is_wrapped(codes, line, i, hi, rules, last_kind):
                n_blanks += 1
            else:
                pending = _HARD
                is_new_line = True
            i += 1
            line = i
            continue
        # How far the present item goes, what it does before and after itself.
        stop = i + 1
        lead = pending
        after = _NOTHING
        belongs_before = False
        is_content = True
        flags = np.int64(0)
        zh_kind = 0
        is_predicate = False

        length = _match_emoticon(codes, i, hi, rules, kind, last_kind, n_blanks)
        if length > 0:
            kind = np.int64(EMOJI)
            stop = i + length
        elif kind == EMOJI:
            stop = _end_of_emoji(codes, i, hi, rules)

        if kind == IDEOGRAPH:
            bits = rules.flags[codes[i]] if codes[i] < rules.flags.size else np.uint8(0)
            is_predicate = (bits & PREDICATE) != 0
            if bits & FIRST:
                word = _match_word(codes, i, lo, hi, rules)
                if word >= 0:
                    zh_kind = np.int64(rules.zh_kinds[word])
                    is_predicate = False
                    while stop - i < 8 and rules.zh_words[word, stop - i] != 0:
                        stop += 1
            if pending == _NOTHING and now[_START] >= 0 and i >= shield:
                if zh_kind == 1:
                    lead = _CONTRAST
                elif n_blanks > 1:
                    lead = _SOFT
                elif n_blanks == 1 and (last_kind == IDEOGRAPH or is_glued):
                    lead = _GAP
                elif zh_kind == 2:
                    lead = _ADDITION
        elif kind == LATIN:
            stop, flags, length = _end_of_word(codes, i, hi, rules)
            if stop < hi and ((flags & EN_WEB) != 0 or _is_address_mark(codes, stop, hi, rules)):
                stop = _end_of_address(codes, stop, hi, rules)
            if pending == _NOTHING and now[_START] >= 0 and i >= shield:
                if now[_N_WORDS] > 0 and last_kind == LATIN:
                    lead = _lead_of_word(codes, stop, hi, rules, flags, word_flags)
                if lead == _NOTHING and n_blanks > 1 and last_kind == IDEOGRAPH:
                    lead = _SOFT
        elif kind == DIGIT:
            stop = _end_of_number(codes, i, hi, rules)
            mark = _end_of_index(codes, i, stop, hi, rules, now[_START], pending, last_kind)
            if mark > stop:
                stop = mark
                if now[_START] >= 0 and i >= shield:
                    lead = _HARD
        elif kind == EMOJI:
            belongs_before = now[_START] >= 0 and not is_new_line
            after = _SOFT
        elif kind == GLUE:
            belongs_before = now[_END] == i
        elif kind == OPEN:
            if i >= shield:
                shield = _end_of_bracket(codes, i, hi, rules)
        elif kind == CLOSE:
            belongs_before = True
            after = pending
        elif kind == QUOTE:
            is_end = stop >= hi or not _is_wordy(_kind(codes[stop], rules))
            belongs_before = pending != _NOTHING and n_blanks == 0 and not is_new_line and is_end
            after = pending if belongs_before else _NOTHING
        elif kind == SHOUT:
            belongs_before = True
            after = _HARD
        elif kind == TILDE:
            while stop < hi and _kind(codes[stop], rules) == TILDE:
                stop += 1
            is_range = stop < hi and _kind(codes[stop], rules) == DIGIT and stop == i + 1
            if not is_range:
                belongs_before = True
                after = max(_SOFT, pending)
        elif kind == COMMA:
            is_number = (
                codes[i] == 0x2C
                and last_kind == DIGIT
                and n_blanks == 0
                and stop < hi
                and _kind(codes[stop], rules) == DIGIT
            )
            is_content = is_number and pending == _NOTHING
            after = _NOTHING if is_content else _SOFT
        elif kind == DOT or kind == STOP:
            while stop < hi and _kind(codes[stop], rules) in (DOT, STOP, ELLIPSIS):
                stop += 1
            is_content = False
            if stop - i > 1:
                after = _SOFT
            elif kind == STOP:
                after = _HARD
            else:
                after = _role_of_dot(codes, i, lo, hi, rules, word_flags, word_length, last_kind)
        elif kind == ELLIPSIS:
            is_content = False
            after = _SOFT
        elif kind == LIST:
            is_content = False
            after = _ITEM
        elif kind == DASH:
            while stop < hi and _kind(codes[stop], rules) == DASH:
                stop += 1
            is_long = stop - i > 1 or codes[i] in (0x2014, 0x2015)
            is_spaced = (i == lo or _kind(codes[i - 1], rules) in (BLANK, NEWLINE)) and (
                now[_START] < 0 or stop >= hi or _kind(codes[stop], rules) in (BLANK, NEWLINE)
            )
            is_content = not (is_long or is_spaced)
            after = _SOFT if is_long or is_spaced else _NOTHING
        elif kind == SEPARATOR:
            is_content = False

        if i < shield and kind != CLOSE:
            lead = pending
            after = _NOTHING
        if not is_content:
            pending = max(pending, after)
            i = stop
            n_blanks = 0
            continue
        if belongs_before and now[_START] >= 0:
            now[_END] = stop
            pending = max(pending, after)
        else:
            if lead != _NOTHING and now[_START] >= 0:
                n = _finish_piece(codes, rules, pieces, start, end, n)
                now[:] = 0
                now[_START] = i
                now[_LEAD] = lead
            if now[_START] < 0:
                now[_START] = i
            now[_END] = stop
            pending = after
            is_new_line = False
            if kind == IDEOGRAPH:
                if zh_kind == 1 and now[_N_WORDY] == 0:
                    now[_IS_CONTRAST] = 1
                now[_N_HAN] += stop - i
                now[_N_PREDICATES] += is_predicate
                now[_N_WORDY] += 1
                is_glued = False
            elif kind == LATIN:
                is_glued = last_kind == IDEOGRAPH and n_blanks == 0
                if now[_N_WORDS] == 0:
                    now[_WORD1] = flags
                elif now[_N_WORDS] == 1:
                    now[_WORD2] = flags
                now[_N_WORDS] += 1
                now[_N_VERBS] += (flags & EN_VERB) != 0
                now[_N_WORDY] += 1
                word_flags = flags
                word_length = length
            elif kind == DIGIT:
                now[_N_WORDY] += 1
                now[_N_WORDS] += n_blanks > 0 and last_kind == LATIN
                is_glued = False
            last_kind = kind
        i = stop
        n_blanks = 0
    if now[_START] >= 0:
        n = _finish_piece(codes, rules, pieces, start, end, n)
        n = _write_clause(codes, rules, pieces[_ALL], start, end, n)
    return n


@njit(cache=True, nogil=True)
def _is_wrapped(codes, line, i, hi, rules, last_kind):
    """Say whether a line break only wraps an English sentence: long line, small letter next."""
    if (
        i - line < _WRAP
        or last_kind != LATIN
        or _kind(codes[i - 1], rules) not in (LATIN, COMMA, BLANK)
    ):
        return False
    k = i + 1
    if codes[i] == 13 and k < hi and codes[k] == 10:
        k += 1
    while k < hi and _kind(codes[k], rules) == BLANK:
        k += 1
    return k < hi and _kind(codes[k], rules) == LATIN and _fold(codes[k], rules) == codes[k]


@njit(cache=True, nogil=True)
def _match_emoticon(codes, i, hi, rules, kind, last_kind, n_blanks):  # noqa: PLR0911
    """Return the length of an emoticon that begins at `i`, or 0."""
    if kind in (IDEOGRAPH, DIGIT, EMOJI, GLUE, SHOUT, COMMA, LIST, CLOSE) or i + 1 >= hi:
        return 0
    one, two = codes[i], codes[i + 1]
    three = codes[i + 2] if i + 2 < hi else np.uint32(32)
    if kind == OPEN:
        return _match_face(codes, i, hi, rules)
    if kind == LATIN and last_kind == LATIN and n_blanks == 0:
        return 0
    if one in (58, 59, 61):  # : ; =
        k = 2 if two in (45, 39, 94) and i + 2 < hi else 1  # nose
        mouth = codes[i + k]
        is_letter = mouth in (68, 80, 112, 111, 79)
        if mouth in (40, 41, 91, 93, 42, 124) or (
            is_letter and (i + k + 1 >= hi or _kind(codes[i + k + 1], rules) != LATIN)
        ):
            return k + 1
        return 0
    if one == 60 and two == 51:  # <3
        return 2
    if one == 94 and two == 94:  # ^^
        return 2
    is_pair = one == three or (one == 62 and three == 60)
    is_eye = one in (94, 62, 84, 116, 45, 64, 79, 111, 61, 9583)
    if is_pair and is_eye and two in (95, 46, 45, 0x3002, 126, 111, 79) and one != two:
        if kind == LATIN and two not in (95, 46):
            return 0
        if i + 3 < hi and kind == LATIN and _kind(codes[i + 3], rules) in (LATIN, DOT):
            return 0
        return 3
    return 0


@njit(cache=True, nogil=True)
def _match_face(codes, i, hi, rules):
    """Return the length of a bracketed face such as (´･ω･`) at `i`, or 0."""
    n_signs = 0
    for k in range(i + 1, min(hi, i + _SHORT_SHIELD)):
        kind = _kind(codes[k], rules)
        if kind == CLOSE:
            return k + 1 - i if n_signs >= 2 else 0
        if kind in (IDEOGRAPH, DIGIT, NEWLINE, OPEN):
            return 0
        if kind == LATIN and k + 1 < hi and _kind(codes[k + 1], rules) == LATIN:
            return 0
        n_signs += kind != LATIN and kind != BLANK
    return 0


@njit(cache=True, nogil=True)
def _end_of_emoji(codes, i, hi, rules):
    """Return the end of the emoji at `i` with its skin tones, joined parts and second flag."""
    stop = i + 1
    if 0x1F1E6 <= codes[i] <= 0x1F1FF and stop < hi and 0x1F1E6 <= codes[stop] <= 0x1F1FF:
        stop += 1
    while stop < hi:
        if _kind(codes[stop], rules) == GLUE:
            stop += 1
        elif codes[stop - 1] == 0x200D and _kind(codes[stop], rules) == EMOJI:
            stop += 1
        else:
            break
    return stop


@njit(cache=True, nogil=True)
def _match_word(codes, i, lo, hi, rules):
    """Return the row of the longest Chinese clause word at `i`, or -1."""
    for row in range(rules.zh_words.shape[0]):
        if rules.zh_words[row, 0] != _fold(codes[i], rules):
            continue
        k = 1
        while (
            k < 8
            and rules.zh_words[row, k] != 0
            and i + k < hi
            and _fold(codes[i + k], rules) == rules.zh_words[row, k]
        ):
            k += 1
        if k < 8 and rules.zh_words[row, k] != 0:
            continue
        if i > lo and _is_in(_fold(codes[i - 1], rules), rules.zh_not_after[row]):
            return -1
        if i + k < hi and _is_in(_fold(codes[i + k], rules), rules.zh_not_before[row]):
            return -1
        return row
    return -1


@njit(cache=True, nogil=True)
def _is_in(code, row):
    """Say whether the code point is in a row that is filled up with 0."""
    for entry in row:
        if entry == 0:
            return False
        if entry == code:
            return True
    return False


@njit(cache=True, nogil=True)
def _end_of_word(codes, i, hi, rules):
    """Return the end of the Latin word at `i`, its flags and its length in letters."""
    value = np.uint64(HASH_START)
    length = 0
    k = i
    while k < hi:
        kind = _kind(codes[k], rules)
        folded = _fold(codes[k], rules)
        if kind == LATIN or kind == DIGIT:
            length += 1
        elif kind == GLUE:
            k += 1
            continue
        elif not (
            folded in (39, 45, 95)
            and k + 1 < hi
            and _kind(codes[k + 1], rules) in (LATIN, DIGIT)
            and codes[k] not in (0x2014, 0x2015)
        ):
            break
        value = (value ^ np.uint64(folded)) * np.uint64(HASH_PRIME)
        k += 1
    return k, _flags_of(value, rules), length


@njit(cache=True, nogil=True)
def _flags_of(value, rules):
    """Look a word hash up."""
    mask = np.uint64(rules.word_hashes.size - 1)
    slot = value & mask
    while rules.word_hashes[slot] != 0:
        if rules.word_hashes[slot] == value:
            return np.int64(rules.word_flags[slot])
        slot = (slot + np.uint64(1)) & mask
    return np.int64(0)


@njit(cache=True, nogil=True)
def _flags_of_next(codes, i, hi, rules):
    """Return the flags of the Latin word after blanks at `i`; 0 where there is none."""
    while i < hi and _kind(codes[i], rules) == BLANK:
        i += 1
    if i < hi and _kind(codes[i], rules) == LATIN:
        return _end_of_word(codes, i, hi, rules)[1]
    return np.int64(0)


@njit(cache=True, nogil=True)
def _lead_of_word(codes, stop, hi, rules, flags, previous):
    """Say what an English word inside a run begins."""
    if flags & (EN_CONTRAST | EN_WEAK | EN_EVEN) == 0 or previous & (EN_NOT_BEFORE | EN_EVEN):
        return _NOTHING
    following = _flags_of_next(codes, stop, hi, rules)
    if flags & EN_CONTRAST:
        return _NOTHING if following & EN_NOT_AFTER else _CONTRAST
    if flags & EN_EVEN:
        return _CONTRAST if following & EN_WEAK else _NOTHING
    return _ADDITION if following & (EN_PRONOUN | EN_DETERMINER) else _NOTHING


@njit(cache=True, nogil=True)
def _is_address_mark(codes, i, hi, rules):
    """Say whether ``://`` or ``@x`` at `i` makes the word before it an address."""
    if codes[i] == 64:
        return i + 1 < hi and _kind(codes[i + 1], rules) in (LATIN, DIGIT)
    return codes[i] == 58 and i + 2 < hi and codes[i + 1] == 47 and codes[i + 2] == 47


@njit(cache=True, nogil=True)
def _end_of_address(codes, i, hi, rules):
    """Return the end of a web or mail address: printable ASCII up to a blank or quote."""
    k = i
    while k < hi and 0x20 < codes[k] < 0x7F and codes[k] not in (34, 39, 44, 59, 60, 62):
        k += 1
    while k > i and codes[k - 1] in (33, 41, 46, 58, 63, 93):
        k -= 1
    return k


@njit(cache=True, nogil=True)
def _end_of_number(codes, i, hi, rules):
    """Return the end of the digits at `i`, with points, commas and colons between digits."""
    k = i + 1
    while k < hi:
        kind = _kind(codes[k], rules)
        if kind != DIGIT and kind != GLUE:
            is_inner = codes[k] in (44, 46, 58, 0xFF0E, 0xFF1A, 0x2D, 0x7E, 0xFF5E)
            if not (is_inner and k + 1 < hi and _kind(codes[k + 1], rules) == DIGIT):
                break
        k += 1
    return k


@njit(cache=True, nogil=True)
def _end_of_index(codes, i, stop, hi, rules, piece, pending, last_kind):
    """Return the end of a list index (``1、`` ``2.`` ``③``) that is `codes[i:stop]`, or `stop`."""
    if 0x2460 <= codes[i] < 0x2500 or 0x2776 <= codes[i] < 0x2794:
        return i + 1 if stop == i + 1 else stop
    if stop - i > 2 or stop + 1 >= hi:
        return stop
    kind, following = _kind(codes[stop], rules), _kind(codes[stop + 1], rules)
    is_first = piece < 0 or pending == _HARD
    is_mark = kind == LIST or kind == DOT or (kind == CLOSE and is_first)
    if not is_mark or following == DIGIT:
        return stop
    if is_first:
        return stop + 1
    is_after = last_kind == IDEOGRAPH and codes[i - 1] != 0x7B2C  # 第
    return stop + 1 if is_after and kind != CLOSE and following == IDEOGRAPH else stop


@njit(cache=True, nogil=True)
def _end_of_bracket(codes, i, hi, rules):
    """Return the index of the bracket that closes a short parenthesis at `i`, else `i`."""
    limit = i + _SHIELD
    k = i + 1
    while k < hi and k < limit:
        kind = _kind(codes[k], rules)
        if kind == CLOSE:
            return k
        if kind in (NEWLINE, OPEN):
            return i
        if kind in (STOP, SHOUT):
            limit = min(limit, i + _SHORT_SHIELD)
        k += 1
    return i


@njit(cache=True, nogil=True)
def _role_of_dot(codes, i, lo, hi, rules, word_flags, word_length, last_kind):  # noqa: PLR0911, PLR0912
    """Say what a single full stop at `i` ends."""
    before = _kind(codes[i - 1], rules) if i > lo else np.int64(BLANK)
    after = _kind(codes[i + 1], rules) if i + 1 < hi else np.int64(NEWLINE)
    if after == DIGIT:
        if before == LATIN and word_length > 2 and not word_flags & EN_NUMBER_WORD:
            return _HARD
        return _NOTHING
    if after == LATIN:
        k, flags, length = _end_of_word(codes, i + 1, hi, rules)
        is_address = flags & EN_ADDRESS or (k < hi and codes[k] in (64, 47, 95))
        if before == LATIN and (is_address or length == 1 or word_length == 1):
            return _NOTHING
        if before in (BLANK, NEWLINE) and flags & EN_ADDRESS:
            return _NOTHING
        return _HARD
    if after not in (BLANK, NEWLINE):
        return _HARD
    if before != LATIN or after == NEWLINE:
        return _HARD
    k = i + 1
    while k < hi and _kind(codes[k], rules) == BLANK:
        k += 1
    if k >= hi:
        return _HARD
    following = _kind(codes[k], rules)
    is_capital = following == LATIN and _fold(codes[k], rules) != codes[k]
    if word_flags & EN_ABBREVIATION:
        is_end = is_capital and _fold(codes[i - 1], rules) == 99 and word_length == 3  # etc.
        return _HARD if is_end else _NOTHING
    if word_flags & EN_NUMBER_WORD:
        return _NOTHING if following == DIGIT else _HARD
    if word_length == 1:
        is_dotted = i - 2 >= lo and _kind(codes[i - 2], rules) == DOT
        if is_dotted:
            return _HARD if is_capital else _NOTHING
        is_initial = _fold(codes[i - 1], rules) != codes[i - 1] and codes[i - 1] != 73
        return _NOTHING if is_initial else _HARD
    return _HARD


@njit(cache=True, nogil=True)
def _finish_piece(codes, rules, pieces, start, end, n):
    """Join the piece just read to the clause so far, or write that clause and begin with it."""
    whole, last, now = pieces[_ALL], pieces[_LAST], pieces[_NOW]
    if whole[_START] < 0:
        whole[:] = now
        last[:] = now
        return n
    if _is_cut(whole, last, now):
        n = _write_clause(codes, rules, whole, start, end, n)
        whole[:] = now
        last[:] = now
        return n
    is_run_on = now[_LEAD] in (_CONTRAST, _ADDITION) or last[_N_WORDY] == 0 or now[_N_WORDY] == 0
    _add_piece(whole, now)
    if is_run_on:
        _add_piece(last, now)
    else:
        last[:] = now
    return n


@njit(cache=True, nogil=True)
def _add_piece(whole, now):
    """Add the counts of a piece to the clause it continues."""
    whole[_END] = now[_END]
    if whole[_N_WORDS] == 0:
        whole[_WORD1] = now[_WORD1]
        whole[_WORD2] = now[_WORD2]
    for field in (_N_HAN, _N_WORDS, _N_PREDICATES, _N_VERBS, _N_WORDY):
        whole[field] += now[field]


@njit(cache=True, nogil=True)
def _is_cut(whole, last, now):  # noqa: PLR0911, PLR0912
    """Decide whether the piece `now` begins a clause, from the mark between and both sides."""
    if whole[_N_WORDY] == 0 or now[_N_WORDY] == 0:
        return False
    lead = now[_LEAD]
    if lead == _HARD:
        return True
    before = last[_N_HAN] + 2 * last[_N_WORDS]
    here = now[_N_HAN] + 2 * now[_N_WORDS]
    is_contrast = lead == _CONTRAST or now[_IS_CONTRAST] or now[_WORD1] & EN_CONTRAST
    if last[_N_HAN] == 0 and now[_N_HAN] == 0:
        return _is_english_cut(whole, now, is_contrast)
    if is_contrast:
        return here >= 4 and (before >= 4 or (before >= 2 and last[_N_PREDICATES] > 0))
    if lead == _ADDITION:
        return before >= 8 and here >= 6
    if here < 2 or before < 2:
        return False
    if lead == _ITEM:
        return before >= 3 and here >= 3 and last[_N_PREDICATES] > 0 and now[_N_PREDICATES] > 0
    if lead == _GAP:
        return before >= 4 or last[_N_PREDICATES] > 0
    return before > 4 or last[_N_PREDICATES] > 0


@njit(cache=True, nogil=True)
def _is_english_cut(whole, now, is_contrast):
    """Decide for a piece of English: commas of a list do not cut."""
    before, here = whole[_N_WORDS], now[_N_WORDS]
    lead = now[_LEAD]
    if is_contrast:
        return here >= 3 and (before >= 3 or (before == 2 and lead != _SOFT))
    if before < 3 or here < 3:
        return False
    is_joined = (now[_WORD1] & (EN_WEAK | EN_AND)) != 0
    subject = now[_WORD2] if is_joined else now[_WORD1]
    if subject & EN_PRONOUN:
        return True
    if subject & EN_DETERMINER:
        return whole[_N_VERBS] > 0 and now[_N_VERBS] > 0
    return lead == _SOFT and before >= 4 and here >= 4


@njit(cache=True, nogil=True)
def _write_clause(codes, rules, whole, start, end, n):
    """Write the clause, in parts where it is too long; return the next free index."""
    lo, hi = whole[_START], whole[_END]
    if whole[_N_HAN] + whole[_N_WORDS] > _MAX_UNITS or hi - lo > _MAX_CODES:
        while True:
            stop = _find_cut(codes, lo, hi, rules)
            if stop >= hi:
                break
            start[n] = lo
            end[n] = _trim(codes, lo, stop, rules)
            n += 1
            lo = stop
            while lo < hi and _is_edge(_kind(codes[lo], rules)):
                lo += 1
    start[n] = lo
    end[n] = hi
    return n + 1


@njit(cache=True, nogil=True)
def _is_edge(kind):
    """Say whether the kind of character is cut off at the edges of a clause."""
    return kind in (BLANK, NEWLINE, STOP, COMMA, LIST, DOT, ELLIPSIS, SEPARATOR)


@njit(cache=True, nogil=True)
def _trim(codes, lo, stop, rules):
    """Return the end of ``codes[lo:stop]`` without white space and marks."""
    while stop > lo + 1 and _is_edge(_kind(codes[stop - 1], rules)):
        stop -= 1
    return stop


@njit(cache=True, nogil=True)
def _find_cut(codes, lo, hi, rules):  # noqa: PLR0912
    """Return where to cut a clause that is too long: the best place, the later of equals."""
    n_units = 0
    k = lo
    best, best_value = hi, -1
    while k < hi:
        kind = _kind(codes[k], rules)
        stop = k + 1
        flags = np.int64(0)
        if kind == LATIN:
            stop, flags, _ = _end_of_word(codes, k, hi, rules)
            stop = min(stop, k + _MAX_CODES)
        elif kind == DIGIT:
            stop = min(_end_of_number(codes, k, hi, rules), k + _MAX_CODES)
        elif kind == EMOJI:
            stop = _end_of_emoji(codes, k, hi, rules)
        if k > lo and (n_units >= _MIN_UNITS or k - lo >= _MAX_CODES // 2):
            value = _value_of_cut(codes, k, hi, rules, kind, flags)
            if value >= best_value and value >= 0:
                best, best_value = k, value
        if (n_units >= _MAX_UNITS or stop - lo > _MAX_CODES) and best < hi:
            return best
        n_units += kind in (IDEOGRAPH, LATIN)
        k = stop
    return best if n_units > _MAX_UNITS or hi - lo > _MAX_CODES else hi


@njit(cache=True, nogil=True)
def _value_of_cut(codes, k, hi, rules, kind, flags):  # noqa: PLR0911
    """Grade a cut before `k`: 5 after a mark, 3 before a conjunction, 0 anywhere, -1 never."""
    before = _kind(codes[k - 1], rules)
    if kind in (GLUE, CLOSE, SHOUT, TILDE, QUOTE) or _is_edge(kind):
        return -1
    if before in (COMMA, ELLIPSIS, STOP, DOT, LIST, NEWLINE):
        return 5
    if before == OPEN or codes[k - 1] == 0x200D:
        return -1
    if kind == IDEOGRAPH:
        if before == BLANK:
            return 4
        bits = rules.flags[codes[k]] if codes[k] < rules.flags.size else np.uint8(0)
        previous = rules.flags[codes[k - 1]] if codes[k - 1] < rules.flags.size else np.uint8(0)
        if previous & PARTICLE:
            return 3 if bits & PARTICLE == 0 else 0
        return 2 if bits & STARTER else 1 if before == IDEOGRAPH else 0
    if kind == LATIN and before == BLANK:
        if flags & (EN_WEAK | EN_CONTRAST):
            return 4
        return 3 if flags & (EN_CONJUNCTION | EN_PRONOUN) else 1
    return 1 if before == BLANK or before == EMOJI else 0
