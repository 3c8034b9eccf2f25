"""Read one document from left to right and give its pieces of text to the clause writer."""

from __future__ import annotations

import numpy as np
from numba import njit

from nlp_cx.text.clause_cuts import (
    ADD,
    ALL,
    CONTRAST,
    END,
    FIRST,
    GAP,
    HARD,
    IS_CONTRAST,
    ITEM,
    LEAD,
    N_DIGITS,
    N_HAN,
    N_PREDICATES,
    N_VERBS,
    N_WORDS,
    NOTHING,
    NOW,
    SOFT,
    START,
    WORD1,
    WORD2,
    Pieces,
    Spans,
    Words,
    clear_piece,
    finish_piece,
    is_bare_contrast,
    weigh,
    write_clause,
)
from nlp_cx.text.clause_dots import (
    read_dots,
)
from nlp_cx.text.clause_emoji import (
    end_of_emoji,
    length_of_emoticon,
)
from nlp_cx.text.clause_items import (
    COLON,
    English,
    Signs,
    end_of_address,
    end_of_bracket,
    end_of_item_number,
    end_of_number,
    end_of_run,
    fold_of,
    is_address,
    is_spaced,
    is_wrapped,
    kind_at,
    kind_of,
    match_chinese,
    read_word,
    signed,
    skip_blanks,
)
from nlp_cx.text.clause_rules import (
    ADDITION,
    AFTER_PREDICATE,
    BLANK,
    CLAUSE_BIT,
    CLOSE,
    COMMA,
    DASH,
    DIGIT,
    DOT,
    ELLIPSIS,
    EMOJI,
    EN_CONTRAST,
    EN_DETERMINER,
    EN_EVEN,
    EN_JOINER,
    EN_NOT_AFTER,
    EN_NOT_BEFORE,
    EN_PRONOUN,
    EN_VERB,
    EN_WEB,
    FACE,
    GLUE,
    IDEOGRAPH,
    KIND_MASK,
    LATIN,
    LIST,
    MARKED,
    NEWLINE,
    OPEN,
    OPENER,
    PREDICATE,
    QUOTE,
    ROW_KIND,
    ROW_LENGTH,
    SEPARATOR,
    SHOUT,
    STOP,
    TILDE,
)

_PLAIN_MASK = np.uint32(KIND_MASK | 1 << CLAUSE_BIT)  # kind, and that no clause word begins


@njit(cache=True, nogil=True)
def _lead_of_word(
    signs: Signs, stop: int, hi: int, flags_of: tuple[int, int], english: English
) -> int:
    """Say what an English word inside a run begins, from its flags and those of the one before."""
    flags, previous = flags_of
    if flags & (EN_CONTRAST | EN_JOINER | EN_EVEN) == 0 or previous & (EN_NOT_BEFORE | EN_EVEN):
        return NOTHING
    k = skip_blanks(signs, stop, hi)
    following = 0
    if kind_at(signs, k, hi) == LATIN:
        following = read_word(signs, k, hi, english)[1]
    if flags & EN_CONTRAST:
        return NOTHING if following & EN_NOT_AFTER else CONTRAST
    if flags & EN_EVEN:
        return CONTRAST if following & EN_JOINER else NOTHING
    return ADD if following & (EN_PRONOUN | EN_DETERMINER) else NOTHING


@njit(cache=True, nogil=True, inline="always")
def _lead_of_ideograph(pieces: Pieces, word: int, n_blanks: int, last: int) -> int:
    """Say what a clause word, or an ideograph after blanks, begins inside a run."""
    lead = NOTHING
    if word != NOTHING and weigh(pieces, NOW) >= 3:
        if word == ADDITION:
            lead = ADD
        elif word != AFTER_PREDICATE or pieces[NOW, N_PREDICATES] > 0:
            lead = CONTRAST
    if n_blanks > 1:
        return max(lead, SOFT)
    if n_blanks == 1 and last == IDEOGRAPH:
        return max(lead, GAP)
    return lead


@njit(cache=True, nogil=True)
def read_document(  # noqa: PLR0912, PLR0915
    signs: Signs, hi: int, pieces: Pieces, words: Words, spans: Spans
) -> None:
    """Write the clauses of ``signs[:hi]`` behind the others.

    One loop over *items* (ideographs, a clause word, a Latin word, a number, an emoji, a mark).
    A mark only sets `pending`; the next content begins a piece that knows what stood before it.
    """
    clear_piece(pieces, ALL)
    clear_piece(pieces, NOW)
    chinese, english = words
    zero = signed(0)  # a plain 0 has a type of its own, and every helper would be compiled twice
    pending = zero  # the strongest mark since the last content
    is_new_line = False
    n_blanks = zero
    shield = zero  # marks before this index end nothing
    line = zero
    flags, length = zero, zero  # of the last Latin word
    last = signed(BLANK)  # kind of the last content
    i = zero
    while i < hi:
        sign = signs[i]
        kind = kind_of(sign)
        has_piece = pieces[NOW, START] >= 0
        stop = i + 1
        if kind == IDEOGRAPH:
            lead = pending
            word = NOTHING
            if sign >> CLAUSE_BIT:
                row = match_chinese(signs, i, hi, chinese)
                if row > 0 and chinese[row + ROW_KIND] != OPENER:  # those are for long runs only
                    word = signed(chinese[row + ROW_KIND])
                    stop = i + signed(chinese[row + ROW_LENGTH])
            if lead == NOTHING and has_piece and i >= shield:
                lead = _lead_of_ideograph(pieces, word, n_blanks, last)
            if lead != NOTHING or not has_piece:
                if has_piece:
                    finish_piece(signs, pieces, words, spans)
                pieces[NOW, START] = i
                pieces[NOW, LEAD] = lead
                pieces[NOW, FIRST] = sign
            if word == NOTHING:
                n_predicates = signed(sign & PREDICATE != 0)
                # The ideographs that follow need no more than counting.
                while stop < hi and signs[stop] & _PLAIN_MASK == IDEOGRAPH:
                    n_predicates += signs[stop] & PREDICATE != 0
                    stop += 1
                pieces[NOW, N_PREDICATES] += n_predicates
            elif word != ADDITION and weigh(pieces, NOW) == 0:
                pieces[NOW, IS_CONTRAST] = 1
            pieces[NOW, N_HAN] += stop - i
            pieces[NOW, END] = stop
            pending, n_blanks, is_new_line = NOTHING, 0, False
            last = kind
            i = stop
            continue
        if kind == BLANK:
            n_blanks += 2 if sign & MARKED else 1
            i = stop
            continue
        if kind == COMMA:
            if i >= shield and not is_bare_contrast(pieces):  # but, even so ...
                pending = max(pending, SOFT)
            n_blanks = 0
            i = stop
            continue
        if kind == NEWLINE:
            if is_wrapped(signs, line, i, hi):
                n_blanks += 1
            else:
                pending = HARD
                is_new_line = True
            i = line = stop
            continue

        lead = pending
        after = NOTHING  # what the item itself leaves pending
        is_content = True
        is_tail = False  # belongs to what is before it, whatever mark stands between
        n_emoticon = 0
        if sign & FACE:
            is_in_word = last == LATIN and n_blanks == 0 and pending == NOTHING
            n_emoticon = length_of_emoticon(signs, i, hi, is_in_word)
        if n_emoticon > 0:
            kind = EMOJI
            stop = i + n_emoticon
            is_tail = not is_new_line
            after = SOFT
        elif kind == LATIN:
            previous = flags
            stop, flags, length = read_word(signs, i, hi, english)
            if flags & EN_WEB or is_address(signs, stop, hi):
                stop = end_of_address(signs, stop, hi)
            if lead == NOTHING and has_piece and weigh(pieces, NOW) > 0:
                lead = _lead_of_word(signs, stop, hi, (flags, previous), english)
                if n_blanks > 1 and last == IDEOGRAPH:
                    lead = max(lead, SOFT)
        elif kind == DIGIT:
            stop = end_of_number(signs, i, hi)
            is_first = not has_piece or pending == HARD
            index = end_of_item_number(signs, i, stop, hi, (is_first, last))
            if index > 0:
                stop = index
                lead = HARD if i == 0 or fold_of(signs[i - 1]) != COLON else lead
        elif kind in (DOT, STOP):
            is_content = False
            stop, after = read_dots(signs, i, hi, (flags, length), english)
        elif kind == SHOUT:
            is_tail = True
            after = HARD
        elif kind == EMOJI:
            stop = end_of_emoji(signs, i, hi)
            is_tail = not is_new_line
            after = SOFT
        elif kind == GLUE:
            is_tail = pieces[NOW, END] == i
        elif kind == OPEN:
            if i >= shield:
                shield = end_of_bracket(signs, i, hi)
        elif kind == CLOSE:
            is_tail = True
        elif kind == QUOTE:
            is_end = kind_at(signs, stop, hi) not in (IDEOGRAPH, LATIN, DIGIT)
            is_tail = pending != NOTHING and n_blanks == 0 and not is_new_line and is_end
        elif kind == TILDE:
            stop = end_of_run(signs, i, hi, TILDE)
            is_range = stop == i + 1 and kind_at(signs, stop, hi) == DIGIT
            is_tail = not is_range
            after = NOTHING if is_range else SOFT
        elif kind == ELLIPSIS:
            is_content = False
            after = SOFT
        elif kind == LIST:
            is_content = False
            after = ITEM
        elif kind == DASH:
            stop = end_of_run(signs, i, hi, DASH)
            if stop > i + 1 or sign & MARKED or is_spaced(signs, i, stop, hi, has_piece):
                is_content = False
                after = SOFT
        elif kind == SEPARATOR:
            is_content = False

        if i < shield and kind != OPEN:
            lead = pending
            after = NOTHING
        if not is_content:
            pending = max(pending, after)
        elif is_tail and has_piece:
            pieces[NOW, END] = stop
            pending = max(pending, after)
            last = kind
        else:
            if lead != NOTHING or not has_piece:
                if has_piece:
                    finish_piece(signs, pieces, words, spans)
                pieces[NOW, START] = i
                pieces[NOW, LEAD] = lead
            if kind == LATIN:
                if pieces[NOW, N_WORDS] < 2:
                    pieces[NOW, WORD1 if pieces[NOW, N_WORDS] == 0 else WORD2] = flags
                pieces[NOW, N_WORDS] += 1
                pieces[NOW, N_VERBS] += flags & EN_VERB != 0
            elif kind == DIGIT:
                pieces[NOW, N_DIGITS] += 1
            pieces[NOW, END] = stop
            pending = after
            is_new_line = False
            last = kind
        n_blanks = 0
        i = stop
    if pieces[NOW, START] >= 0:
        finish_piece(signs, pieces, words, spans)
        write_clause(signs, pieces, words, spans)
