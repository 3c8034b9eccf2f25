"""Class of every character, as one look-up table for the compiled loops."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

N_CODES = 0x20000
"""Tables cover the first two Unicode planes; beyond are rare ideographs and tag characters."""

OTHER, BLANK, NEWLINE, HAN, HANT, HANS, CANTONESE = range(7)
LOWER, UPPER, LETTER, SYLLABLE, DIGIT = range(7, 12)
EMOJI, FLAG, EXTENDER, JOINER, OPEN, CLOSE, N_CLASSES = range(12, 19)

_NAMES = {
    "blank": BLANK,
    "newline": NEWLINE,
    "han": HAN,
    "hant": HANT,
    "hans": HANS,
    "cantonese": CANTONESE,
    "lower": LOWER,
    "upper": UPPER,
    "letter": LETTER,
    "syllable": SYLLABLE,
    "digit": DIGIT,
    "emoji": EMOJI,
    "flag": FLAG,
    "extender": EXTENDER,
    "joiner": JOINER,
    "open": OPEN,
    "close": CLOSE,
}


@cache
def load_characters() -> npt.NDArray[np.uint8]:
    """Read the class of every character of the first two planes.

    Returns
    -------
    ndarray of uint8, shape (0x20000,), read-only
        ``OTHER`` (marks and symbols), ``BLANK``, ``NEWLINE``; ideographs: ``HAN`` (common to both
        writings), ``HANT`` (traditional only), ``HANS`` (simplified only), ``CANTONESE``; Latin
        ``LOWER`` and ``UPPER``; ``LETTER`` (alphabets other than Latin), ``SYLLABLE`` (kana,
        hangul, Thai); ``DIGIT``; ``EMOJI``, ``FLAG`` (half of a flag), ``EXTENDER`` (combining
        marks, skin tones), ``JOINER`` (zero-width joiner); ``OPEN`` and ``CLOSE`` brackets.

    Examples
    --------
    >>> int(load_characters()[ord("这")]) == HANS, int(load_characters()[ord("這")]) == HANT
    (True, True)
    """
    table = np.zeros(N_CODES, np.uint8)
    text = resources.files("nlp_cx.resources").joinpath("characters.tsv").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            first, last, name = line.split("\t")
            table[int(first, 16) : int(last, 16) + 1] = _NAMES[name]
    table.flags.writeable = False
    return table
