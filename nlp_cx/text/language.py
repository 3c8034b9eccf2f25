"""Say in which language and writing a stretch of text is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.schema import LANGUAGES
from nlp_cx.text.characters import (
    CANTONESE,
    DIGIT,
    HAN,
    HANS,
    HANT,
    LETTER,
    LOWER,
    N_CLASSES,
    N_CODES,
    OTHER,
    SYLLABLE,
    UPPER,
    load_characters,
)

_HANS = LANGUAGES.index("zh-Hans")
_HANT = LANGUAGES.index("zh-Hant")
_EN = LANGUAGES.index("en")
_MIXED = LANGUAGES.index("mixed")
_UND = LANGUAGES.index("und")

_HAN_PER_WORD = 1.7  # ideographs that carry as much as one English word
_MIXED_SHARE = 0.25  # the smaller script's share from which both carry content
_MIXED_WORDS = 2.0  # a single foreign word makes no mixed text
_NAME_WEIGHT = 0.25  # iPhone, APP, X200: names and model numbers belong to any language
_CAPITALISED_WEIGHT = 0.5  # a name, or the first word of a sentence


def detect_languages(
    codes: npt.NDArray[np.uint32],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
) -> npt.NDArray[np.int8]:
    """Name the language of every span.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)
        ORIGINAL code points (folding would hide the difference of the two Chinese writings).
    starts, ends : ndarray of int64, shape (n_spans,)
        Half-open spans of `codes`: documents or clauses.

    Returns
    -------
    ndarray of int8, shape (n_spans,)
        Index into ``schema.LANGUAGES``.

    Notes
    -----
    Ideographs are weighed against Latin words (1.7 ideographs a word; names, capitals and model
    numbers count a quarter or a half, so ``iPhone`` or ``APP`` do not make a Chinese text mixed).
    Both carry content, ``mixed``, when the lighter side has at least a quarter of the weight and
    the Latin side at least two words. Chinese is ``zh-Hant`` when characters that only traditional
    writing has, or Cantonese ones, outnumber those that only simplified writing has, else
    ``zh-Hans``: a text in characters common to both (很好) is ``zh-Hans``.

    Limits: any language in Latin script is ``en``; text whose letters are mostly of neither script
    (kana, hangul, Cyrillic) is ``und``, as is text without letters.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([ord(c) for c in "房間很乾淨the room is clean"], np.uint32)
    >>> spans = np.array([0, 5, 0]), np.array([5, 22, 0])
    >>> [LANGUAGES[i] for i in detect_languages(codes, *spans)]
    ['zh-Hant', 'en', 'und']
    """
    codes = np.ascontiguousarray(codes, np.uint32).view()
    codes.flags.writeable = False
    starts = np.ascontiguousarray(starts, np.int64).view()
    ends = np.ascontiguousarray(ends, np.int64).view()
    starts.flags.writeable = ends.flags.writeable = False
    return _detect(codes, starts, ends, load_characters())


@njit(cache=True, nogil=True)
def _detect(
    codes: npt.NDArray[np.uint32],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    classes: npt.NDArray[np.uint8],
) -> npt.NDArray[np.int8]:
    """Count the characters of every span; weigh words only where both scripts occur."""
    languages = np.empty(starts.size, np.int8)
    counts = np.empty(N_CLASSES, np.int64)
    for span in range(starts.size):
        counts[:] = 0
        for i in range(starts[span], ends[span]):
            code = codes[i]
            counts[classes[code] if code < N_CODES else _class_beyond(code)] += 1
        n_han = counts[HAN] + counts[HANT] + counts[HANS] + counts[CANTONESE]
        n_latin = counts[LOWER] + counts[UPPER]
        if n_han + n_latin == 0 or counts[LETTER] + counts[SYLLABLE] > n_han + n_latin:
            languages[span] = _UND
            continue
        if n_han == 0:
            languages[span] = _EN
            continue
        if n_latin > 0:
            weight = n_han / _HAN_PER_WORD
            words = _weigh_words(codes, starts[span], ends[span], classes)
            if words >= _MIXED_WORDS and min(weight, words) >= _MIXED_SHARE * (weight + words):
                languages[span] = _MIXED
                continue
            if words > weight:
                languages[span] = _EN
                continue
        is_hant = counts[HANT] + counts[CANTONESE] > counts[HANS]
        languages[span] = _HANT if is_hant else _HANS
    return languages


@njit(cache=True, nogil=True)
def _class_beyond(code: int) -> int:
    """Return the class of a code point beyond the table: a rare ideograph, or no letter."""
    return HAN if code < 0x40000 else OTHER


@njit(cache=True, nogil=True)
def _weigh_words(
    codes: npt.NDArray[np.uint32], start: int, end: int, classes: npt.NDArray[np.uint8]
) -> float:
    """Add up what the Latin words of a span say: plain words 1, names and numbers less."""
    words = 0.0
    n_lower = n_upper = n_digit = 0
    is_first_upper = False
    is_linked = False  # the word is part of an address: tied to another by @ / _ or .
    for i in range(start, end):
        code = codes[i]
        kind = classes[code] if code < N_CODES else _class_beyond(code)
        if kind == LOWER:
            n_lower += 1
        elif kind == UPPER:
            is_first_upper = n_upper + n_lower + n_digit == 0
            n_upper += 1
        elif kind == DIGIT:
            n_digit += 1
        elif n_lower + n_upper > 0:
            is_tied = code in (64, 47, 95) or (
                code == 46 and i + 1 < end and codes[i + 1] < 128 and classes[codes[i + 1]] >= LOWER
            )
            is_name = n_digit > 0 or is_linked or is_tied
            words += _weigh_word(n_lower, n_upper, is_name, is_first_upper)
            n_lower = n_upper = n_digit = 0
            is_linked = is_tied
        else:
            n_digit = 0
            is_linked = code == 64
    if n_lower + n_upper > 0:
        is_name = n_digit > 0 or is_linked
        words += _weigh_word(n_lower, n_upper, is_name, is_first_upper)
    return words


@njit(cache=True, nogil=True)
def _weigh_word(n_lower: int, n_upper: int, is_name: bool, is_first_upper: bool) -> float:
    """Weigh one Latin word as content: plain words 1, names less."""
    if is_name or n_upper > 1 or (n_upper == 1 and not is_first_upper):
        return _NAME_WEIGHT
    if n_upper == 1:
        return _CAPITALISED_WEIGHT
    return 1.0
