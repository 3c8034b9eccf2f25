"""The cluster bootstrap: which clusters are drawn how often, and intervals from the draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def draw_counts(
    n_clusters: int, n_bootstrap: int, *, random_state: int, rows_at_once: int = 64
) -> Iterator[npt.NDArray[np.float64]]:
    """Draw bootstrap samples of clusters, as counts.

    Parameters
    ----------
    n_clusters : int
        At least 1.
    n_bootstrap : int
    random_state : int
    rows_at_once : int
        Samples per block; has no influence on what is drawn.

    Yields
    ------
    ndarray of float64, shape (at most rows_at_once, n_clusters)
        How often each cluster is in each sample; every row sums to n_clusters. A statistic made of
        sums over clusters is then one matrix product: ``counts @ sums``.

    Examples
    --------
    >>> blocks = list(draw_counts(5, 3, random_state=0, rows_at_once=2))
    >>> [block.shape for block in blocks], np.concatenate(blocks).sum(axis=1).tolist()
    ([(2, 5), (1, 5)], [5.0, 5.0, 5.0])
    """
    rng = np.random.default_rng(random_state)
    for start in range(0, n_bootstrap, rows_at_once):
        n = min(rows_at_once, n_bootstrap - start)
        block = np.empty((n, n_clusters))
        # Few clusters: many samples in one call, from the same random numbers as one by one.
        at_once = max(1, 65_536 // max(n_clusters, 1))
        for i in range(0, n, at_once):
            size = min(at_once, n - i)
            drawn = rng.integers(0, n_clusters, (size, n_clusters))
            drawn += n_clusters * np.arange(size)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=size * n_clusters)
            block[i : i + size] = counts.reshape(size, n_clusters)
        yield block


def percentile_interval(
    draws: Floats, *, confidence: float = 0.95, min_share: float = 0.9
) -> tuple[Floats, Floats]:
    """Take the percentile interval of every column of bootstrap draws.

    Parameters
    ----------
    draws : ndarray, shape (n_bootstrap, ...)
        NaN where a sample gave no value; of no samples, the interval is missing.
    confidence : float
        0 to 1.
    min_share : float
        Where fewer of the samples gave a value, the interval is missing: what is left is no
        picture of the sampling error.

    Returns
    -------
    low, high : ndarray, shape (...)
    """
    draws = np.asarray(draws, np.float64)
    if draws.shape[0] == 0:
        missing = np.full(draws.shape[1:], np.nan)
        return missing, missing.copy()
    tail = (1 - confidence) / 2
    is_there = np.isfinite(draws)
    enough = is_there.mean(axis=0) >= min_share
    filled = np.where(enough, draws, 0.0)
    # Weibull positions: of 199 draws the 5th and the 195th, which the default would move inwards.
    low, high = np.nanquantile(filled, [tail, 1 - tail], axis=0, method="weibull")
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)
