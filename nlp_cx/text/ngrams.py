"""Hash a clause into n-grams of units: characters of Chinese, words and sub-words of English.

A *unit* is one ideograph, one Latin word, one number or one symbol that may carry feeling. A
clause becomes its units; n-grams of 1 to 4 units, and the inside of Latin words, are hashed to 64
bits. Nothing is looked up and no string is made, so this runs at the speed of memory.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
from numba import njit

MAX_ORDER, MAX_WORDS = 4, 3
"""Longest n-grams of units that are hashed: from a character, from a Latin word."""

SKIP, HAN, LATIN, DIGIT, SYMBOL, APOSTROPHE = range(6)
"""Classes of code points for the unit scanner."""

BOUNDARY = np.uint64(0x9E3779B97F4A7C15)
"""The unit that stands before the first unit of a clause."""

_LATIN_SEED = np.uint64(0x27D4EB2F165667C5)
_DIGIT_SEED = np.uint64(0x85EBCA77C2B2AE63)
_PREFIX_SEED = np.uint64(0xC2B2AE3D27D4EB4F)
_SUFFIX_SEED = np.uint64(0x165667B19E3779F9)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)
_MAX_WORD = 24

_Codes = npt.NDArray[np.uint32]
_Classes = npt.NDArray[np.uint8]
_Units = npt.NDArray[np.uint64]
_Spans = npt.NDArray[np.int64]


@cache
def unit_classes() -> _Classes:
    """Give the unit class of every code point of the basic plane.

    Returns
    -------
    ndarray of uint8, shape (65536,)
        One of ``SKIP, HAN, LATIN, DIGIT, SYMBOL, APOSTROPHE``.

    Notes
    -----
    Letters without case (ideographs, kana, hangul, …) are units of their own; letters with case
    and the rest of the alphabets form words. Quotes, hyphens, slashes, commas and stops are
    skipped; ``!``, ``?``, brackets of emoticons and other symbols are units.
    """
    classes = np.zeros(0x10000, dtype=np.uint8)
    for code in range(0x10000):
        category = unicodedata.category(chr(code))
        if category in {"Lo", "Lm", "Nl", "No"}:
            classes[code] = HAN
        elif category in {"Ll", "Lu", "Lt", "Mn", "Mc"}:
            classes[code] = LATIN
        elif category == "Nd":
            classes[code] = DIGIT
        elif category in {"So", "Sm", "Sc", "Sk", "Co"}:
            classes[code] = SYMBOL
    for char in "!?:;()^_~*%&@#=<>|…！？～":
        classes[ord(char)] = SYMBOL
    for char in "'’＇`":
        classes[ord(char)] = APOSTROPHE
    classes[0xFE00:0xFE10] = SKIP  # variation selectors
    classes[0x200B:0x2010] = SKIP  # zero-width marks
    return classes


@njit(cache=True, nogil=True, inline="always")
def _mix(h: np.uint64, unit: np.uint64) -> np.uint64:
    """Fold one unit into a running hash."""
    h = (h ^ unit) * _MIX
    return h ^ (h >> _SHIFT)


@njit(cache=True, nogil=True)
def scan_units(  # noqa: PLR0912, PLR0915, PLR0917
    codes: _Codes, start: int, end: int, classes: _Classes, units: _Units, spans: _Spans
) -> int:
    """Write the units of ``codes[start:end]`` and their spans; return how many there are.

    Parameters
    ----------
    codes : ndarray of uint32
        Normalised code points.
    start, end : int
        The clause.
    classes : ndarray of uint8, shape (65536,)
        From :func:`unit_classes`.
    units : ndarray of uint64, at least ``end - start + 1`` long
        Receives the boundary unit and then one hash a unit.
    spans : ndarray of int64, shape (at least end - start + 1, 3)
        Receives start, end (relative to `codes`) and class of each unit.

    Returns
    -------
    int
        Number of units, the boundary included.
    """
    units[0] = BOUNDARY
    spans[0, 0] = start
    spans[0, 1] = start
    spans[0, 2] = SKIP
    m = 1
    i = start
    while i < end:
        code = codes[i]
        if code < 0x10000:
            kind = classes[code]
        elif 0x20000 <= code < 0x40000:
            kind = HAN
        elif 0x1F3FB <= code <= 0x1F3FF or code >= 0xE0000:  # skin tones, tags
            kind = SKIP
        else:
            kind = SYMBOL
        if kind in (SKIP, APOSTROPHE):
            i += 1
            continue
        first = i
        if kind in (HAN, SYMBOL):
            unit = np.uint64(code) * _PRIME
            i += 1
        elif kind == LATIN:
            unit = _LATIN_SEED
            run = 0
            previous = np.uint32(0)
            while i < end:
                code = codes[i]
                letter = code < 0x10000 and classes[code] == LATIN
                if letter:
                    run = run + 1 if code == previous else 1
                    previous = code
                    if run <= 2:  # sooooo -> soo
                        unit = (unit ^ np.uint64(code)) * _PRIME
                    i += 1
                    continue
                # don't = dont = do n't: the apostrophe of n't never parts a word
                if (
                    code < 0x10000
                    and classes[code] == APOSTROPHE
                    and previous == 110
                    and i + 1 < end
                    and codes[i + 1] == 116
                ):
                    i += 1
                    continue
                if (
                    code == 32
                    and i + 3 < end
                    and codes[i + 1] == 110
                    and codes[i + 2] < 0x10000
                    and classes[codes[i + 2]] == APOSTROPHE
                    and codes[i + 3] == 116
                ):
                    i += 1
                    previous = np.uint32(0)
                    continue
                break
        else:
            value = np.uint64(0)
            length = 0
            while i < end and codes[i] < 0x10000 and classes[codes[i]] == DIGIT:
                value = value * np.uint64(31) + np.uint64(codes[i])
                length += 1
                i += 1
            # "1 star" and "5 stars" differ; long numbers count by their length alone
            unit = (_DIGIT_SEED ^ (value if length <= 2 else np.uint64(length))) * _PRIME
        if m >= 3 and kind != LATIN and units[m - 1] == unit and units[m - 2] == unit:
            spans[m - 1, 1] = i  # 好好好好 -> 好好
            continue
        units[m] = unit
        spans[m, 0] = first
        spans[m, 1] = i
        spans[m, 2] = kind
        m += 1
    return m


@njit(cache=True, nogil=True)
def hash_clause(  # noqa: PLR0917
    codes: _Codes,
    classes: _Classes,
    units: _Units,
    spans: _Spans,
    n_units: int,
    letters: _Codes,
    hashes: _Units,
) -> int:
    """Write the hashes of all n-grams of a scanned clause; return how many there are.

    Parameters
    ----------
    codes, classes : ndarray
        As given to :func:`scan_units`.
    units, spans : ndarray
        As filled by it.
    n_units : int
        As returned by it.
    letters : ndarray of uint32, shape (27,)
        Scratch.
    hashes : ndarray of uint64, at least ``8 * (n_code_points + 4)`` long
        Receives the hashes, in text order.

    Returns
    -------
    int
    """
    n = 0
    for i in range(n_units):
        h = units[i]
        h = _mix(h, _PRIME)
        if i > 0:
            hashes[n] = h
            n += 1
        last = min(i + (MAX_WORDS if spans[i, 2] == LATIN else MAX_ORDER), n_units)
        for j in range(i + 1, last):
            h = _mix(h, units[j])
            hashes[n] = h
            n += 1
        if spans[i, 2] == LATIN:
            n = _hash_inside(codes, spans[i, 0], spans[i, 1], classes, letters, hashes, n)
    return n


@njit(cache=True, nogil=True)
def _hash_inside(  # noqa: PLR0917
    codes: _Codes,
    start: int,
    end: int,
    classes: _Classes,
    letters: _Codes,
    hashes: _Units,
    n: int,
) -> int:
    """Add the first 4 and 6 and the last 3 and 5 letters of a longer word, for unseen forms."""
    length = 0
    run = 0
    for i in range(start, end):
        code = codes[i]
        if code >= 0x10000 or classes[code] != LATIN:
            continue
        run = run + 1 if length and code == letters[length - 1] else 1
        if run <= 2:
            letters[length] = code
            length += 1
            if length == _MAX_WORD:
                break
    if length < 5:
        return n
    h = _PREFIX_SEED
    for i in range(4):
        h = (h ^ np.uint64(letters[i])) * _PRIME
    hashes[n] = (h ^ (h >> _SHIFT)) * _MIX
    if length > 6:
        h = (h ^ np.uint64(letters[4])) * _PRIME
        h = (h ^ np.uint64(letters[5])) * _PRIME
        hashes[n + 1] = (h ^ (h >> _SHIFT)) * _MIX
        n += 1
    h = _SUFFIX_SEED
    for i in range(length - 1, length - 4, -1):
        h = (h ^ np.uint64(letters[i])) * _PRIME
    hashes[n + 1] = (h ^ (h >> _SHIFT)) * _MIX
    if length > 6:
        h = (h ^ np.uint64(letters[length - 4])) * _PRIME
        h = (h ^ np.uint64(letters[length - 5])) * _PRIME
        hashes[n + 2] = (h ^ (h >> _SHIFT)) * _MIX
        n += 1
    return n + 2


@njit(cache=True, nogil=True)
def hash_clauses(
    codes: _Codes,
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    classes: _Classes,
) -> tuple[_Units, npt.NDArray[np.int64]]:
    """Hash many clauses.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)
        Normalised code points.
    starts, ends : ndarray of int64, shape (n_clauses,)
        Clauses as positions in `codes`.
    classes : ndarray of uint8, shape (65536,)
        From :func:`unit_classes`.

    Returns
    -------
    hashes : ndarray of uint64, shape (n_hashes,)
    offsets : ndarray of int64, shape (n_clauses + 1,)
        Clause i holds ``hashes[offsets[i]:offsets[i + 1]]``.
    """
    longest = 0
    total = 0
    for c in range(len(starts)):
        length = ends[c] - starts[c]
        longest = max(longest, length)
        total += 8 * (length + 4)
    units = np.empty(longest + 2, dtype=np.uint64)
    letters = np.empty(_MAX_WORD + 3, dtype=np.uint32)
    spans = np.empty((longest + 2, 3), dtype=np.int64)
    hashes = np.empty(total, dtype=np.uint64)
    offsets = np.zeros(len(starts) + 1, dtype=np.int64)
    n = 0
    for c in range(len(starts)):
        m = scan_units(codes, starts[c], ends[c], classes, units, spans)
        n += hash_clause(codes, classes, units, spans, m, letters, hashes[n:])
        offsets[c + 1] = n
    return hashes[:n].copy(), offsets
