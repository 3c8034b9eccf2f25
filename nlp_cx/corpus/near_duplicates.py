"""Find pairs of texts that are nearly the same, by MinHash, and groups of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

N_HASHES = 64
ROWS = 4
"""Hashes of a band; two texts are compared when one of the 16 bands agrees: at a similarity of 0.7
that happens to 98.7 of 100 pairs, at 0.3 to 12."""

N_LETTERS = 4
"""Length of a shingle, in normalised letters: two words of Chinese, most of one of English."""

_MOST_IN_BAND = 50
"""Texts that share a band and are compared with each other; of more, each with the first."""


def find_near_duplicates(
    texts: Sequence[str], *, threshold: float = 0.7, random_state: int = 0
) -> npt.NDArray[np.int64]:
    """Find pairs of texts of which the sets of shingles are much the same.

    Parameters
    ----------
    texts : sequence of str
        Normalised by `nlp_cx.corpus.leakage.normalize_all`.
    threshold : float, default=0.7
        Least Jaccard similarity, 0 to 1.
    random_state : int

    Returns
    -------
    ndarray of int64, shape (n_pairs, 2)
        Positions, the smaller one first, sorted. Equal texts are pairs too, empty ones never. Of
        many texts that are alike, each is paired at least with the first.

    Notes
    -----
    Candidates come from MinHash in bands; their similarity is then computed from the shingles
    themselves, so no pair is found that is none. Texts shorter than a shingle are one shingle.

    References
    ----------
    Broder 1997, On the resemblance and containment of documents.

    Examples
    --------
    >>> find_near_duplicates(["房间很干净早餐也不错推荐", "房间很干净早餐也不错推荐哦", "太贵了"])
    array([[0, 1]])
    """
    shingles, offsets = _make_shingles(texts)
    if len(shingles) == 0:
        return np.empty((0, 2), np.int64)
    rng = np.random.default_rng(random_state)
    factors = rng.integers(1, 2**63, N_HASHES, np.uint64) * np.uint64(2) + np.uint64(1)
    minima = _min_hashes(shingles, offsets, factors)
    is_empty = np.diff(offsets) == 0
    pairs: set[tuple[int, int]] = set()
    for band in range(N_HASHES // ROWS):
        rows = np.ascontiguousarray(minima[:, band * ROWS : (band + 1) * ROWS])
        keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * ROWS))).ravel()
        order = np.argsort(keys, kind="stable")
        order = order[~is_empty[order]]
        cuts = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
        for members in np.split(order, cuts):
            if len(members) > 1:
                pairs |= _list_candidates(np.sort(members))
    alike = [
        pair
        for pair in sorted(pairs)
        if _similarity(*(shingles[offsets[i] : offsets[i + 1]] for i in pair)) >= threshold
    ]
    return np.array(alike, np.int64).reshape(-1, 2)


def group_rows(n: int, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Number the groups that pairs make of rows.

    Parameters
    ----------
    n : int
        Rows.
    pairs : ndarray of int64, shape (n_pairs, 2)

    Returns
    -------
    ndarray of int64, shape (n,)
        The same number for rows that a chain of pairs links: the first of its rows.

    Examples
    --------
    >>> group_rows(4, np.array([[0, 2], [2, 3]])).tolist()
    [0, 1, 0, 0]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    first = np.full(label.max(initial=-1) + 1, n)
    np.minimum.at(first, label, np.arange(n))
    return np.asarray(first[label], np.int64)


def _list_candidates(members: npt.NDArray[np.int64]) -> set[tuple[int, int]]:
    """Pair rows that share a band."""
    listed = members.tolist()
    if len(listed) > _MOST_IN_BAND:
        return {(listed[0], other) for other in listed[1:]}
    return {(a, b) for i, a in enumerate(listed) for b in listed[i + 1 :]}


def _similarity(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> float:
    """Jaccard similarity of two sorted sets."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)


def _make_shingles(
    texts: Sequence[str],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Give the sorted sets of shingles of all texts, one after the other."""
    sets = []
    for text in texts:
        codes = np.frombuffer(text.encode("utf-32-le", "replace"), "<u4").astype(np.uint64)
        width = min(N_LETTERS, len(codes))
        hashes = np.zeros(len(codes) - width + 1 if width else 0, np.uint64)
        for k in range(width):
            hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[k : k + len(hashes)]
        sets.append(np.unique(hashes))
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64)
    return np.concatenate([np.empty(0, np.uint64), *sets]), offsets


@njit(cache=True, nogil=True)
def _min_hashes(shingles, offsets, factors):  # type: ignore[no-untyped-def]
    """Compute the least hash of every text under every permutation."""
    n = len(offsets) - 1
    minima = np.full((n, len(factors)), np.uint64(0xFFFFFFFFFFFFFFFF))
    for i in range(n):
        for j in range(offsets[i], offsets[i + 1]):
            for k in range(len(factors)):
                h = shingles[j] * factors[k]
                h ^= h >> np.uint64(29)
                h *= np.uint64(0xBF58476D1CE4E5B9)
                h ^= h >> np.uint64(32)
                minima[i, k] = min(minima[i, k], h)
    return minima
