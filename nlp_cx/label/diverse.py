"""Choose texts that stand for many others: one per cluster of their letters and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_N_DIMENSIONS = 48


def choose_diverse(
    texts: Sequence[str], n: int, *, random_state: int = 0
) -> tuple[list[int], list[int]]:
    """Cluster texts and give the one nearest to the middle of each cluster.

    Parameters
    ----------
    texts : sequence of str
        In an order that does not depend on where they came from.
    n : int
        Clusters.
    random_state : int, default=0

    Returns
    -------
    chosen : list of int
        Positions of at most `n` texts, largest cluster first; then the second nearest of each
        cluster and so on, `4 n` at most, for where some cannot be used.
    sizes : list of int
        Texts in the cluster of each.

    Notes
    -----
    TF-IDF of the letters' 1-3-grams inside words, 48 dimensions of its singular value
    decomposition, k-means. The middle of a cluster and not its edge: outliers are mostly spam,
    other languages and typing errors.

    References
    ----------
    Hacohen, Dekel, Weinshall (2022), Active learning on a budget: opposite strategies suit high and
    low budgets, ICML (typical texts of clusters are best while labels are few).
    """
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    if len(texts) <= n:
        return list(range(len(texts))), [1] * len(texts)
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, max_features=30_000
    )
    features = vectorizer.fit_transform(texts)
    n_dimensions = min(_N_DIMENSIONS, min(features.shape) - 1)
    if n_dimensions >= 2:
        svd = TruncatedSVD(n_dimensions, random_state=random_state, n_iter=3)
        vectors = normalize(svd.fit_transform(features))
    else:
        vectors = features.toarray()
    model = MiniBatchKMeans(
        n, random_state=random_state, n_init=1, batch_size=max(1024, 2 * n), max_iter=20
    )
    cluster = model.fit_predict(vectors)
    away = np.linalg.norm(vectors - model.cluster_centers_[cluster], axis=1)
    size = np.bincount(cluster, minlength=n)
    order = np.lexsort((away, cluster))
    first = np.searchsorted(cluster[order], np.arange(n))
    place = np.empty(len(texts), np.int64)
    place[order] = np.arange(len(texts)) - first[cluster[order]]
    chosen = np.lexsort((cluster, -size[cluster], place))[: 4 * n]
    return chosen.tolist(), size[cluster[chosen]].tolist()
