"""Fold a Python string 1:1 for matching, upper case kept; offsets stay those of the original."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from nlp_cx.text.characters import N_CODES
from nlp_cx.text.normalize import normalize

_REPLACEMENT = 0xFFFD
_DASHES = (0x2014, 0x2015, 0x2E3A, 0x2E3B)


def fold_text(text: str) -> str:
    """Fold width and variant characters one to one and keep the case of Latin letters.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        As many code points as `text`, so an offset in one is an offset in the other: full width
        becomes half width, traditional becomes simplified, any white space becomes U+0020.
        A lone surrogate, which no encoder accepts, becomes U+FFFD.

    Notes
    -----
    `normalize` lowers the case and makes every dash a hyphen. Here capitals are put back, because
    jieba's dictionary (``T恤``) and the rules for names (``Ms Lee``) depend on them, and so are the
    long dashes, which part words where a hyphen joins them.

    Examples
    --------
    >>> fold_text("３樓的Ｔ恤")
    '3楼的T恤'
    """
    if text.isascii() and text.isprintable():
        return text
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    table = _read_table()
    folded = table[np.minimum(codes, table.size - 1)]
    if codes.size and codes.max() >= table.size:
        folded = np.where(codes < table.size, folded, codes)
    return folded.astype("<u4", copy=False).tobytes().decode("utf-32-le")


@cache
def _read_table() -> npt.NDArray[np.uint32]:
    """Take the table of `normalize` and put capitals and long dashes back."""
    codes = np.arange(N_CODES, dtype=np.uint32)
    table = normalize(codes)
    table[0x41:0x5B] = codes[0x41:0x5B]
    table[0xFF21:0xFF3B] = codes[0x41:0x5B]
    table[list(_DASHES)] = _DASHES
    table[0xD800:0xE000] = _REPLACEMENT
    return table
