"""From outputs of clauses to outputs of their document; the compiled twin of `train.pooling`."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.classify.decode import N_SENTIMENTS

_Floats = npt.NDArray[np.float32]


@njit(cache=True, nogil=True)
def pool_document(clauses: _Floats, attention: _Floats, document: _Floats) -> None:
    """Pool the outputs of a document's clauses.

    Parameters
    ----------
    clauses : float32 (n, K)
        One clause or more.
    attention : float32 (n,)
        How much each counts for the sentiment.
    document : float32 (K,)
        Receives sentiments weighted by the softmax of the attention, and the greatest of every
        presence.
    """
    k = len(document)
    top = attention[0]
    for c in range(1, len(attention)):
        top = max(top, attention[c])
    weight = np.float32(0)
    for j in range(k):
        document[j] = np.float32(0) if j < N_SENTIMENTS else np.float32(-np.inf)
    for c in range(len(attention)):
        e = np.float32(math.exp(attention[c] - top))
        weight += e
        for j in range(N_SENTIMENTS):
            document[j] += e * clauses[c, j]
        for j in range(N_SENTIMENTS, k):
            document[j] = max(document[j], clauses[c, j])
    for j in range(N_SENTIMENTS):
        document[j] /= weight
