"""Cut clauses into the tokens of an encoder: the longest entries of a vocabulary, left to right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.errors import ModelError
from nlp_cx.text.characters import LETTER, LOWER, UPPER, load_characters

SPECIAL = ("[PAD]", "[UNK]", "[MASK]", "[SEP]")
"""The first entries of every vocabulary, in order; no text gives the last two."""

PAD, UNKNOWN, MASK, SEPARATOR = range(len(SPECIAL))

WORD_START = "▁"
"""Stands before an entry in letters that begins a word; without it the entry continues one."""

MAX_LENGTH = 24
"""Code points in the longest entry."""

_START, _INSIDE = np.uint64(0xCBF29CE484222325), np.uint64(0x9AE16A3B2F90404F)
_PRIME = np.uint64(0x100000001B3)
_SHIFT = np.uint64(29)


class TokenTable(NamedTuple):
    """A vocabulary as a hash table of open addressing.

    Parameters
    ----------
    keys : uint64 (n_slots,)
        Hashes of the entries, 0 where a slot is empty; `n_slots` is a power of two.
    ids : int32 (n_slots,)
    longest : int
        Code points in the longest entry.
    """

    keys: npt.NDArray[np.uint64]
    ids: npt.NDArray[np.int32]
    longest: int


class Tokens(NamedTuple):
    """Tokens of m clauses, in text order.

    Parameters
    ----------
    ids : int32 (n_tokens,)
        Entries of the vocabulary; ``UNKNOWN`` for a code point that begins none.
    starts : int64 (n_tokens,)
        Position of each token in the code points.
    offsets : int64 (m + 1,)
        Clause c holds ``ids[offsets[c]:offsets[c + 1]]``.
    """

    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]


def make_token_table(vocabulary: Sequence[str]) -> TokenTable:
    """Make the table that `find_tokens` looks tokens up in.

    Parameters
    ----------
    vocabulary : sequence of str
        Entries by id, in normalised writing (:func:`nlp_cx.text.normalize.normalize`), after
        `SPECIAL`. An entry that begins with a letter begins a word only with `WORD_START` before
        it.

    Returns
    -------
    TokenTable

    Raises
    ------
    ModelError
        If the special entries are not the first, or an entry is empty, too long or there twice.

    Examples
    --------
    >>> make_token_table([*SPECIAL, "很", "▁good"]).longest
    4
    """
    if tuple(vocabulary[: len(SPECIAL)]) != SPECIAL:
        raise ModelError(
            f"the vocabulary begins with {list(vocabulary[: len(SPECIAL)])}, expected "
            f"{list(SPECIAL)}: make it again"
        )
    n_slots = 1 << (4 * len(vocabulary)).bit_length()
    keys, ids = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.int32)
    longest = 1
    for i in range(len(SPECIAL), len(vocabulary)):
        entry = vocabulary[i]
        is_inside = bool(entry) and entry[0] != WORD_START and _is_letter(entry[0])
        codes = np.array([ord(c) for c in entry.removeprefix(WORD_START)], np.uint32)
        if not 1 <= len(codes) <= MAX_LENGTH:
            raise ModelError(
                f"entry {i} of the vocabulary, {entry!r}, has {len(codes)} characters, expected 1 "
                f"to {MAX_LENGTH}"
            )
        longest = max(longest, len(codes))
        if _put(keys, ids, np.uint64(_hash(codes, is_inside)), i):
            raise ModelError(f"entry {i} of the vocabulary, {entry!r}, is there twice")
    return TokenTable(keys, ids, longest)


def find_tokens(
    codes: npt.NDArray[np.uint32],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    table: TokenTable,
) -> Tokens:
    """Cut clauses into tokens.

    Parameters
    ----------
    codes : uint32 (n_chars,)
        Normalised code points.
    starts, ends : int64 (m,)
        Clauses, in text order.
    table : TokenTable

    Returns
    -------
    Tokens
        At every place the longest entry that lies inside the clause; blanks give no token.

    Examples
    --------
    >>> table = make_token_table([*SPECIAL, "很", "好", "很好", "▁good", "s"])
    >>> codes = np.array([ord(c) for c in "很好 goods!"], np.uint32)
    >>> find_tokens(codes, np.array([0]), np.array([9]), table).ids.tolist()
    [6, 7, 8, 1]
    """
    return Tokens(*_find(codes, starts, ends, *table, load_characters()))


@njit(cache=True, nogil=True)
def _find(codes, starts, ends, keys, ids, longest, classes):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Take the longest match at every place."""
    n_codes = 0
    for c in range(len(starts)):
        n_codes += ends[c] - starts[c]
    found = np.empty(n_codes, np.int32)
    places = np.empty(n_codes, np.int64)
    offsets = np.zeros(len(starts) + 1, np.int64)
    mask = np.uint64(len(keys) - 1)
    n = 0
    for c in range(len(starts)):
        i = starts[c]
        was_letter = False
        while i < ends[c]:
            code = codes[i]
            if code == 32:
                was_letter = False
                i += 1
                continue
            kind = classes[code] if code < len(classes) else 0
            is_letter = LOWER <= kind <= LETTER
            h = _INSIDE if is_letter and was_letter else _START
            best, length = UNKNOWN, 1
            for j in range(i, min(ends[c], i + longest)):
                h = _mix(h, codes[j])
                slot = _look_up(keys, h, mask)
                if slot >= 0:
                    best, length = ids[slot], j + 1 - i
            found[n], places[n] = best, i
            n += 1
            i += length
            last = codes[i - 1]
            kind = classes[last] if last < len(classes) else 0
            was_letter = LOWER <= kind <= LETTER
        offsets[c + 1] = n
    return found[:n].copy(), places[:n].copy(), offsets


@njit(cache=True, nogil=True, inline="always")
def _mix(h, code):  # type: ignore[no-untyped-def]
    """Take one more code point into a hash."""
    h = (h ^ np.uint64(code)) * _PRIME
    return h ^ (h >> _SHIFT)


@njit(cache=True, nogil=True)
def _look_up(keys, h, mask):  # type: ignore[no-untyped-def]
    """Give the slot of a hash, or -1."""
    slot = h & mask
    while keys[slot] != 0:
        if keys[slot] == h:
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _hash(codes, is_inside):  # type: ignore[no-untyped-def]
    """Hash an entry."""
    h = _INSIDE if is_inside else _START
    for code in codes:
        h = _mix(h, code)
    return h


@njit(cache=True, nogil=True)
def _put(keys, ids, h, i):  # type: ignore[no-untyped-def]
    """Put an entry into the table; tell whether it was there."""
    mask = np.uint64(len(keys) - 1)
    slot = h & mask
    while keys[slot] != 0:
        if keys[slot] == h:
            return True
        slot = (slot + np.uint64(1)) & mask
    keys[slot] = h
    ids[slot] = i
    return False


def _is_letter(character: str) -> bool:
    """Tell whether a character stands in words of letters."""
    classes = load_characters()
    code = ord(character)
    return code < len(classes) and int(classes[code]) in (LOWER, UPPER, LETTER)
