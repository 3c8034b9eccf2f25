"""The network behind the n-gram vectors, as trained by torch; served by `classify.hashed`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlp_cx.classify.decode import N_SENTIMENTS
from nlp_cx.classify.hashed_kernel import NORM_OFFSET, NORM_POWER, NORM_SCALE
from nlp_cx.train.pooling import pool_clauses


class ClauseNetwork(nn.Module):
    """Outputs of documents from the summed vectors of their clauses.

    Parameters
    ----------
    n_dims, n_hidden, n_outputs, n_sources : int
        D, H, K, and the number of data sets, each of which has its own bias on the outputs:
        sources disagree about what counts as a mention. Source 0 is the gold set, which is served.
    dropout, context_dropout : float
        Of the hidden layer; of what a clause sees of its document.
    """

    def __init__(
        self,
        n_dims: int,
        n_hidden: int,
        n_outputs: int,
        n_sources: int,
        *,
        dropout: float,
        context_dropout: float,
    ) -> None:
        super().__init__()
        self.context_dropout = context_dropout
        self.n_outputs = n_outputs
        self.clause_in = nn.Linear(n_dims, n_hidden)
        self.document_in = nn.Linear(n_dims, n_hidden, bias=False)
        self.position_in = nn.Linear(3, n_hidden, bias=False)
        self.clause_out = nn.Linear(n_hidden, n_outputs + 1)
        self.clause_skip = nn.Linear(n_dims, n_outputs + 1, bias=False)
        self.source_bias = nn.Embedding(n_sources, n_outputs)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            self.source_bias.weight.zero_()
            self.clause_out.bias[N_SENTIMENTS:n_outputs] = -2.0  # most presences are absent

    def forward(
        self,
        sums: Tensor,
        counts: Tensor,
        document: Tensor,
        position: Tensor,
        source: Tensor,
    ) -> Tensor:
        """Compute logits of documents.

        Parameters
        ----------
        sums : float32 (n_clauses, D)
        counts : float32 (n_clauses,)
        document : int64 (n_clauses,)
        position : float32 (n_clauses, 3)
        source : int64 (n_documents,)

        Returns
        -------
        Tensor, float32 (n_documents, K)
            A document without clauses has the source's bias alone.
        """
        n = len(source)
        whole = sums.new_zeros(n, sums.shape[1]).index_add_(0, document, sums)
        whole_counts = counts.new_zeros(n).index_add_(0, document, counts)
        x = sums * _norm(counts)
        whole = whole * _norm(whole_counts)
        if self.training:  # a clause must be able to speak for itself
            kept = torch.rand(n, 1) >= self.context_dropout
            whole = whole * kept
        context = self.document_in(whole)[document]
        hidden = torch.relu(self.clause_in(x) + context + self.position_in(position))
        out = self.clause_out(self.dropout(hidden)) + self.clause_skip(x)
        pooled, _ = pool_clauses(out, document, n)
        logits: Tensor = pooled + self.source_bias(source)
        return logits

    def export(self) -> dict[str, npt.NDArray[np.float32]]:
        """Give the arrays that :class:`nlp_cx.classify.hashed.Network` takes, served as gold.

        Returns
        -------
        dict of str to ndarray
        """
        bias = self.clause_out.bias.detach().clone()
        bias[: self.n_outputs] += self.source_bias.weight[0].detach()
        tensors = {
            "clause_in": self.clause_in.weight.T,
            "document_in": self.document_in.weight.T,
            "position_in": self.position_in.weight.T,
            "hidden_bias": self.clause_in.bias,
            "clause_out": self.clause_out.weight.T,
            "clause_out_bias": bias,
            "clause_skip": self.clause_skip.weight.T,
        }
        return {
            name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in tensors.items()
        }


def _norm(counts: Tensor) -> Tensor:
    """Scale of a sum of vectors, as in `classify.hashed`."""
    return (NORM_SCALE * (counts + NORM_OFFSET) ** -NORM_POWER)[:, None]
