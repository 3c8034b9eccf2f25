"""Vectors to begin with: words that stand near the same words begin alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.tokens import SPECIAL
from nlp_cx.train.encoder.corpus import Corpus

_NEAR = 5


def count_vectors(
    corpus: Corpus, n_tokens: int, width: int, *, random_state: int = 0
) -> npt.NDArray[np.float32]:
    """Give every token the vector of its company.

    Parameters
    ----------
    corpus : Corpus
    n_tokens, width : int
    random_state : int

    Returns
    -------
    ndarray of float32, shape (n_tokens, width)
        Standard deviation 0.05.

    Notes
    -----
    The positive pointwise mutual information of tokens within five places of a text, nearer ones
    counted more, contexts smoothed by the power 0.75, by a singular value decomposition weighted
    by the root of the singular values (Levy, Goldberg and Dagan 2015). Minutes of counting save
    the first hours of training.
    """
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    counts = np.zeros((n_tokens, n_tokens), np.float32)
    _count(corpus.ids, corpus.clause_offsets[corpus.first_clause], counts, len(SPECIAL))
    rows = counts.sum(1, dtype=np.float64)
    columns = rows**0.75
    columns /= max(columns.sum(), 1e-9)
    i, j = np.nonzero(counts)
    values = np.log(counts[i, j] / np.maximum(rows[i], 1e-9) / np.maximum(columns[j], 1e-12))
    kept = values > 0
    matrix = csr_matrix((values[kept].astype(np.float32), (i[kept], j[kept])), counts.shape)
    del counts
    u, s, _ = randomized_svd(matrix, width, n_iter=3, random_state=random_state)
    vectors = (u * np.sqrt(s)).astype(np.float32)
    # Fewer tokens than places of a vector, from a few texts, span fewer dimensions.
    vectors = np.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
    vectors -= vectors.mean(0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    rng = np.random.default_rng(random_state)
    noise = rng.normal(size=vectors.shape).astype(np.float32)
    vectors = np.where(norms > 1e-6, vectors / np.maximum(norms, 1e-6) * width**0.5, noise)
    # the first singular vectors would drown the others
    vectors /= np.maximum(vectors.std(0), 1e-6) ** 0.5
    return np.ascontiguousarray(0.05 * vectors / vectors.std(), np.float32)


@njit(cache=True)
def _count(ids, offsets, counts, first):  # type: ignore[no-untyped-def]
    """Count pairs within each text."""
    for d in range(len(offsets) - 1):
        for i in range(offsets[d], offsets[d + 1]):
            a = ids[i]
            if a < first:
                continue
            for j in range(i + 1, min(offsets[d + 1], i + 1 + _NEAR)):
                b = ids[j]
                if b >= first:
                    near = np.float32(1.0) / np.float32(j - i)
                    counts[a, b] += near
                    counts[b, a] += near
