"""From outputs of clauses to outputs of documents; the same for every trained network."""

from __future__ import annotations

import torch
from torch import Tensor

from nlp_cx.classify.decode import N_SENTIMENTS

_ABSENT = -8.0
_FAR = -1e9


def pool_clauses(out: Tensor, document: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Pool outputs of clauses into outputs of documents.

    Parameters
    ----------
    out : float32 (n_clauses, K + 1)
        The K outputs, then how much a clause counts for its document's sentiment.
    document : int64 (n_clauses,)
    n : int
        Number of documents.

    Returns
    -------
    logits : float32 (n, K)
        Sentiments averaged with the softmax of the last column as weight; of every presence the
        greatest. A document without clauses has 0, and -8 for presences.
    weight : float32 (n_clauses,)
        Of every clause within its document.
    """
    k = out.shape[1] - 1
    attention = out[:, k]
    top = attention.new_full((n,), _FAR).scatter_reduce(0, document, attention, "amax")
    weight = torch.exp(attention - top[document])
    total = weight.new_zeros(n).index_add_(0, document, weight).clamp_min(1e-9)
    weight = weight / total[document]
    weighted = out[:, :N_SENTIMENTS] * weight[:, None]
    sentiment = out.new_zeros(n, N_SENTIMENTS).index_add_(0, document, weighted)
    presence = out.new_full((n, k - N_SENTIMENTS), _ABSENT).scatter_reduce(
        0,
        document[:, None].expand(-1, k - N_SENTIMENTS),
        out[:, N_SENTIMENTS:k],
        "amax",
        include_self=False,
    )
    return torch.cat([sentiment, presence], 1), weight
