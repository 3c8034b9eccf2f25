"""Keys of texts: the same text gets the same key in every run and in every order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.normalize import normalize

_N_CODES = 0x110000


def task_id(text: str) -> str:
    """Give the id under which a text is handed out.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ``t`` and 16 hexadecimal digits of a hash of the exact text: a text that a spreadsheet has
        changed is noticed when the answers come back. The letter keeps spreadsheets from reading
        a number.

    Examples
    --------
    >>> task_id("味道很好") == task_id("味道很好"), task_id("味道很好") == task_id("味道很好!")
    (True, False)
    """
    return f"t{hashlib.blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def text_keys(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Give one number per text that is the same for texts of the same letters and digits.

    Parameters
    ----------
    texts : sequence of str, shape (n_texts,)

    Returns
    -------
    ndarray of uint64, shape (n_texts,)
        Width, case, traditional writing, punctuation, spaces and emoji do not matter; a text of
        nothing but these has a key of its own.

    Examples
    --------
    >>> a, b, c, d = text_keys(["很 好吃！", "很好吃", "👍", "👎"])
    >>> bool(a == b), bool(c == d)
    (True, False)
    """
    folded = fold_texts(texts)
    keys = [
        hashlib.blake2b((f or t).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for f, t in zip(folded, texts, strict=True)
    ]
    return np.frombuffer(b"".join(keys), "<u8").astype(np.uint64)


def draw_uniform(
    keys: npt.NDArray[np.uint64], random_state: int, purpose: str
) -> npt.NDArray[np.uint64]:
    """Draw a number for every key, the same for the same key, seed and purpose.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n_texts,)
    random_state : int
    purpose : str
        Draws for different purposes are independent.

    Returns
    -------
    ndarray of uint64, shape (n_texts,)
        Uniform over 64 bits.

    Notes
    -----
    Two rounds of the finaliser of SplitMix64 over the key (already a cryptographic hash of the
    text) and a hash of seed and purpose.

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
    """
    seed = hashlib.blake2b(f"{random_state}:{purpose}".encode(), digest_size=16).digest()
    mixed = keys.astype(np.uint64)
    for salt in np.frombuffer(seed, "<u8"):
        mixed = _mix(mixed ^ salt)
    return mixed


def fold_texts(texts: Sequence[str]) -> list[str]:
    """Reduce texts to their folded letters, ideographs and digits.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> fold_texts(["房間 很乾淨，５星！", "👍"])
    ['房间很干净5星', '']
    """
    if len(texts) == 0:
        return []
    batch = TextBatch.from_strings(list(texts))
    codes = normalize(batch.codes)
    kept = _is_word()[np.minimum(codes, _N_CODES - 1)]
    ends = np.concatenate([[0], np.cumsum(kept)])[batch.offsets]
    joined = codes[kept].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return [joined[a:b] for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Finaliser of SplitMix64."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@cache
def _is_word() -> npt.NDArray[np.bool_]:
    """Table over all code points: letters, ideographs, digits."""
    return np.fromiter((chr(c).isalnum() for c in range(_N_CODES)), bool, _N_CODES)
