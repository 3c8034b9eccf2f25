"""Fold characters one by one, so that an offset stays an offset."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.characters import N_CODES


@cache
def load_variants() -> npt.NDArray[np.uint32]:
    """Read the folding table of the first two Unicode planes.

    Returns
    -------
    ndarray of uint32, shape (0x20000,), read-only
        The folded code point of every code point; itself where nothing folds.
    """
    table = np.arange(N_CODES, dtype=np.uint32)
    text = resources.files("nlp_cx.resources").joinpath("variants.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    codes = np.array([int(code, 16) for code, _ in rows])
    table[codes] = np.array([int(folded, 16) for _, folded in rows], np.uint32)
    table.flags.writeable = False
    return table


def normalize(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Fold width, case, traditional writing and white space, one code point onto one.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)
        Code points, e.g. ``TextBatch.codes``; not changed.

    Returns
    -------
    ndarray of uint32, shape (n_chars,)
        Folded code points: position i of the result stands for position i of `codes`.

    Notes
    -----
    Full width becomes half width, upper case lower case, traditional and variant ideographs
    simplified (first candidate of OpenCC, character by character: 乾 becomes 干 in every word),
    curly quotes straight, every dash a hyphen, and line breaks, control characters and every other
    white space U+0020. What would need two characters (ß, ﬁ, ™, …) stays. Folding twice is folding
    once. Code points above U+1FFFF and lone surrogates stay.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([ord(c) for c in "ＡＰＰ很難用"], np.uint32)
    >>> "".join(map(chr, normalize(codes)))
    'app很难用'
    """
    codes = np.ascontiguousarray(codes, np.uint32).view()
    codes.flags.writeable = False
    return _fold(codes, load_variants())


@njit(cache=True, nogil=True)
def _fold(codes: npt.NDArray[np.uint32], table: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Look every code point up; those beyond the table stay."""
    folded = np.empty(codes.size, np.uint32)
    n_codes = np.uint32(table.size)
    for i in range(codes.size):
        code = codes[i]
        folded[i] = table[code] if code < n_codes else code
    return folded
