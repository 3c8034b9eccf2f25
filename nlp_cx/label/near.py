"""Leave out texts that are nearly the same as one that is already chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_cx.label.keys import fold_texts

SIMILAR = 0.7
"""Share of common letter triples (Jaccard) from which two texts are near-duplicates."""

_N_BANDS, _PER_BAND = 32, 3
_LEAST = 8
"""Folded letters below which only equal texts are the same: "好吃" is no copy of "很好吃"."""


class NearDuplicates:
    """Remember texts and tell whether a further one is nearly the same as one of them.

    Parameters
    ----------
    similar : float, default=0.7
        Jaccard similarity of the sets of letter triples, 0 to 1.

    Notes
    -----
    MinHash with 32 bands of 3 proposes pairs (one of similarity 0.7 is found with probability
    1 - (1 - 0.7**3)**32 > 0.999999), the exact similarity decides. Memory grows with the texts that
    were added, not with those that were asked about.

    References
    ----------
    Broder (1997), On the resemblance and containment of documents. Leskovec, Rajaraman, Ullman
    (2014), Mining of massive datasets, ch. 3.

    Examples
    --------
    >>> near = NearDuplicates()
    >>> near.add_new("房间很干净，前台态度也很好，下次还来")
    True
    >>> near.add_new("房间很干净，前台的态度也很好，下次还来！")
    False
    >>> near.add_new("等了一个小时才上菜，服务员还不理人")
    True
    """

    def __init__(self, similar: float = SIMILAR) -> None:
        self._similar = similar
        self._grams: list[npt.NDArray[np.uint64]] = []
        self._short: set[str] = set()
        self._bands: dict[tuple[int, bytes], list[int]] = {}
        rng = np.random.default_rng(0)  # of the hash functions; decides nothing by itself
        size = (_N_BANDS * _PER_BAND, 1)
        self._factors = rng.integers(1, 2**63, size, dtype=np.uint64) | np.uint64(1)
        self._terms = rng.integers(0, 2**63, size, dtype=np.uint64)

    def add_new(self, text: str) -> bool:
        """Add a text unless it is nearly the same as one that was added before.

        Parameters
        ----------
        text : str

        Returns
        -------
        bool
            True where it was added.
        """
        folded = fold_texts([text])[0]
        if len(folded) < _LEAST:
            word = folded or text.strip()
            is_new = word not in self._short
            self._short.add(word)
            return is_new
        grams = _triples(folded)
        bands = self._bands_of(grams)
        seen: set[int] = set()
        for band in bands:
            for other in self._bands.get(band, ()):
                if other not in seen and _jaccard(grams, self._grams[other]) >= self._similar:
                    return False
                seen.add(other)
        for band in bands:
            self._bands.setdefault(band, []).append(len(self._grams))
        self._grams.append(grams)
        return True

    def add_all(self, texts: Sequence[str]) -> None:
        """Add texts whether or not they resemble one another."""
        for text in texts:
            self.add_new(text)

    def _bands_of(self, grams: npt.NDArray[np.uint64]) -> list[tuple[int, bytes]]:
        """Give the bands of the MinHash signature."""
        least = (((grams * self._factors) + self._terms) >> np.uint64(16)).min(axis=1)
        return [
            (band, least[band * _PER_BAND : (band + 1) * _PER_BAND].tobytes())
            for band in range(_N_BANDS)
        ]


def _triples(folded: str) -> npt.NDArray[np.uint64]:
    """Give the sorted distinct letter triples; three code points of 21 bits fill 63."""
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    packed = (codes[:-2] << np.uint64(42)) | (codes[1:-1] << np.uint64(21)) | codes[2:]
    return np.unique(packed)


def _jaccard(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> float:
    """Size of the intersection over size of the union."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)
