"""Turns that say again what the same customer said before in the conversation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from nlp_cx.join.statements import load_cues
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.normalize import normalize

WINDOW = 50
"""A turn is compared with so many customer turns before it."""

_SIMILAR = 0.7
_CONTAINED = 0.9
_LEAST_SIMILAR = 0.4
_MIN_UNITS = 6
_NUMBER = np.uint32(1 << 31)


def find_repeats(texts: pa.Array, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell which turns nearly repeat an earlier turn of their conversation.

    Parameters
    ----------
    texts : Array of string, shape (n_turns,)
        Customer turns, conversation by conversation, each in its order.
    starts : ndarray of int64, shape (n_conversations + 1,)
        Conversation c has the turns ``starts[c]:starts[c + 1]``.

    Returns
    -------
    ndarray of bool, shape (n_turns,)

    Notes
    -----
    After folding, and without mentions, links and stock words (thanks, greetings, English function
    words), a turn is the set of its ideograph pairs, of the letter triples of its words, and of its
    numbers. Two turns of at least six units (ideographs, or words counted twice) are the same
    request where the Dice coefficient is 0.7 or more, or 0.4 or more when one set holds 90 % of the
    other; unless each has a number that the other lacks.

    Examples
    --------
    >>> turns = pa.array(["我的快递三天了还没到", "在吗", "快递三天了还没到啊", "三天了还没到"])
    >>> find_repeats(turns, np.array([0, 4])).tolist()
    [False, False, True, True]
    """
    batch = TextBatch.from_arrow(texts)
    folded = TextBatch(normalize(batch.codes), batch.offsets, batch.is_missing).to_arrow()
    folded = pc.replace_substring_regex(folded, "'", "")
    kept = TextBatch.from_arrow(
        pc.replace_substring_regex(folded, load_cues("repeat", "stock"), " ")
    )
    return _find(kept.codes, kept.offsets, np.ascontiguousarray(starts, np.int64))


@njit(cache=True, nogil=True)
def _find(codes, offsets, starts):  # type: ignore[no-untyped-def]
    """Compare each turn with those before it in its conversation."""
    is_repeat = np.zeros(offsets.size - 1, np.bool_)
    for c in range(starts.size - 1):
        first, stop = starts[c], starts[c + 1]
        if stop - first < 2:
            continue
        grams = np.empty(2 * (offsets[stop] - offsets[first]) + 2, np.uint32)
        ends = np.zeros(stop - first + 1, np.int64)
        units = np.zeros(stop - first, np.int64)
        for i in range(stop - first):
            document = codes[offsets[first + i] : offsets[first + i + 1]]
            n_grams, units[i] = _read_grams(document, grams[ends[i] :])
            ends[i + 1] = ends[i] + n_grams
            if units[i] < _MIN_UNITS:
                continue
            for j in range(max(0, i - WINDOW), i):
                if units[j] >= _MIN_UNITS and _is_same(
                    grams[ends[i] : ends[i + 1]], grams[ends[j] : ends[j + 1]]
                ):
                    is_repeat[first + i] = True
                    break
    return is_repeat


@njit(cache=True, nogil=True)
def _read_grams(document, out):  # type: ignore[no-untyped-def]
    """Write the sorted distinct grams of a text to `out`; give their number and the units."""
    n, units, i = 0, 0, 0
    while i < document.size:
        kind = _kind(document[i])
        stop = i + 1
        while stop < document.size and _kind(document[stop]) == kind:
            stop += 1
        if kind == 1:
            units += stop - i
            for k in range(i, max(i + 1, stop - 1)):
                following = document[k + 1] if k + 1 < stop else np.uint32(0)
                out[n] = _hash(document[k], following, np.uint32(0))
                n += 1
        elif kind == 2:
            units += 2
            for k in range(i, stop):
                before = document[k - 1] if k > i else np.uint32(0)
                following = document[k + 1] if k + 1 < stop else np.uint32(0)
                out[n] = _hash(before, document[k], following)
                n += 1
        elif kind == 3:
            number = np.uint32(7)
            for k in range(i, stop):
                number = _hash(number, document[k], np.uint32(3))
            out[n] = number | _NUMBER
            n += 1
        i = stop
    out[:n].sort()
    n_distinct = 0
    for k in range(n):
        if k == 0 or out[k] != out[n_distinct - 1]:
            out[n_distinct] = out[k]
            n_distinct += 1
    return n_distinct, units


@njit(cache=True, nogil=True)
def _is_same(a, b):  # type: ignore[no-untyped-def]
    """Tell whether two sorted sets of grams make the same request."""
    i, j, n_shared = 0, 0, 0
    has_own_number, other_has_own_number = False, False
    while i < a.size or j < b.size:
        if j == b.size or (i < a.size and a[i] < b[j]):
            has_own_number = has_own_number or a[i] >= _NUMBER
            i += 1
        elif i == a.size or b[j] < a[i]:
            other_has_own_number = other_has_own_number or b[j] >= _NUMBER
            j += 1
        else:
            n_shared += 1
            i += 1
            j += 1
    if has_own_number and other_has_own_number:
        return False
    similarity = 2 * n_shared / (a.size + b.size)
    is_contained = n_shared >= _CONTAINED * min(a.size, b.size)
    return similarity >= _SIMILAR or (is_contained and similarity >= _LEAST_SIMILAR)


@njit(cache=True, nogil=True)
def _hash(a, b, c):  # type: ignore[no-untyped-def]
    """Mix three code points to 31 bits."""
    mixed = np.uint32(a) * np.uint32(2654435761) ^ np.uint32(b) * np.uint32(2246822519)
    mixed = np.uint32(mixed ^ np.uint32(c) * np.uint32(3266489917))
    mixed = np.uint32((mixed ^ (mixed >> np.uint32(15))) * np.uint32(2654435769))
    return np.uint32(mixed >> np.uint32(1))


@njit(cache=True, nogil=True)
def _kind(code):  # type: ignore[no-untyped-def]
    """Tell ideographs (1), letters (2) and digits (3) from the rest (0)."""
    if code < 128:
        if 48 <= code <= 57:
            return 3
        return 2 if 97 <= code <= 122 else 0
    if 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF:
        return 1
    return 2 if 0xC0 <= code <= 0x24F or 0x370 <= code <= 0x52F or 0xAC00 <= code <= 0xD7A3 else 0
