"""The encoder as torch trains it: a small transformer whose clauses speak for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlp_cx.classify.decode import N_SENTIMENTS
from nlp_cx.train.pooling import pool_clauses

N_STARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderShape:
    """Size of an encoder.

    Parameters
    ----------
    n_tokens : int
        Entries of the vocabulary.
    n_layers, width, n_heads : int
    n_positions : int
        Tokens in the longest window.
    n_hidden : int
        Units between a clause and its outputs.
    """

    n_tokens: int
    n_layers: int = 4
    width: int = 256
    n_heads: int = 4
    n_positions: int = 128
    n_hidden: int = 128


class Attended(NamedTuple):
    """What the tokens of b rows of s tokens may look at.

    Parameters
    ----------
    bias : float (b, 1, s, s)
        0 where a token sees another, far below where it does not.
    has_left, has_right : float (b, s, 1)
        1 where the neighbour belongs to the same text.
    """

    bias: Tensor
    has_left: Tensor
    has_right: Tensor


def look(seen: Tensor, text: Tensor, dtype: torch.dtype = torch.float32) -> Attended:
    """Say what tokens may look at.

    Parameters
    ----------
    seen : int (b, s)
        Tokens of one row see each other where this is the same number.
    text : int (b, s)
        Likewise for the neighbour that is mixed in.
    dtype : torch.dtype
        Of the result.

    Returns
    -------
    Attended
    """
    same = seen[:, :, None] == seen[:, None, :]
    bias = torch.where(same, 0.0, -1e4).to(dtype)[:, None]
    is_next = (text[:, 1:] == text[:, :-1]).to(dtype)
    left = functional.pad(is_next, (1, 0))[:, :, None]
    right = functional.pad(is_next, (0, 1))[:, :, None]
    return Attended(bias, left, right)


class Layer(nn.Module):
    """One layer: mix in both neighbours, attend, then a ReLU network; normalised before each."""

    def __init__(self, width: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm_in = nn.LayerNorm(width)
        self.neighbours = nn.Parameter(torch.zeros(2, width))
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attended_out = nn.Linear(width, width)
        self.norm_wide = nn.LayerNorm(width)
        self.wide_in = nn.Linear(width, 4 * width)
        self.wide_out = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, attended: Attended) -> Tensor:
        """Compute the next states (b, s, width)."""
        b, s, width = x.shape
        y = self.norm_in(x)
        padded = functional.pad(y, (0, 0, 1, 1))
        left, right = padded[:, :-2] * attended.has_left, padded[:, 2:] * attended.has_right
        y = y + left * self.neighbours[0] + right * self.neighbours[1]
        qkv = self.query_key_value(y).view(b, s, 3, self.n_heads, width // self.n_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        scale = (width // self.n_heads) ** -0.5
        scores = (query * scale) @ key.transpose(-1, -2) + attended.bias
        y = (torch.softmax(scores, -1) @ value).transpose(1, 2).reshape(b, s, width)
        x = x + self.dropout(self.attended_out(y))
        y = functional.relu(self.wide_in(self.norm_wide(x)))
        return x + self.dropout(self.wide_out(y))


class Encoder(nn.Module):
    """States of tokens, each in the light of its window.

    Parameters
    ----------
    shape : EncoderShape
    dropout : float
    """

    def __init__(self, shape: EncoderShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(shape.n_tokens, shape.width)
        self.positions = nn.Embedding(shape.n_positions, shape.width)
        self.layers = nn.ModuleList(
            Layer(shape.width, shape.n_heads, dropout) for _ in range(shape.n_layers)
        )
        self.norm_out = nn.LayerNorm(shape.width)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.02)
        for name, weight in self.layers.named_parameters():
            if weight.ndim == 2 and "neighbours" not in name:
                nn.init.normal_(weight, std=0.04)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        for layer in self.layers:
            for out in (layer.attended_out, layer.wide_out):
                nn.init.normal_(out.weight, std=0.04 / (2 * shape.n_layers) ** 0.5)

    def forward(self, ids: Tensor, position: Tensor, attended: Attended) -> Tensor:
        """Compute the states of tokens.

        Parameters
        ----------
        ids, position : int64 (b, s)
        attended : Attended

        Returns
        -------
        Tensor (b, s, width)
        """
        x = self.tokens(ids) * self.shape.width**0.5 + self.positions(position)
        x = self.dropout(x).to(attended.bias.dtype)
        for layer in self.layers:
            x = layer(x, attended)
        states: Tensor = self.norm_out(x)
        return states


class ClauseHead(nn.Module):
    """Outputs of clauses and documents from the states of their tokens.

    Parameters
    ----------
    width, n_hidden, n_outputs, n_sources : int
        Length of a state, hidden units, K, and the number of data sets, each of which has its own
        bias on the outputs; source 0 is the gold set, which is served.
    dropout : float
    """

    def __init__(
        self, width: int, n_hidden: int, n_outputs: int, n_sources: int, *, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(2 * width, n_hidden)
        self.out = nn.Linear(n_hidden, n_outputs + 1)
        self.stars = nn.Linear(n_hidden, N_STARS)
        self.source_bias = nn.Embedding(n_sources, n_outputs)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            self.source_bias.weight.zero_()
            self.out.bias[N_SENTIMENTS:n_outputs] = -2.0  # most presences are absent

    def forward(self, states: Tensor, clause: Tensor, clause_text: Tensor, n: int) -> HeadOutputs:
        """Compute outputs, before any source's bias.

        Parameters
        ----------
        states : float (n_tokens, width)
        clause : int64 (n_tokens,)
        clause_text : int64 (n_clauses,)
            The document of every clause.
        n : int
            Number of documents.

        Returns
        -------
        HeadOutputs
        """
        m, width = len(clause_text), states.shape[1]
        states = states.float()
        counts = states.new_zeros(m).index_add_(0, clause, states.new_ones(len(clause)))
        mean = states.new_zeros(m, width).index_add_(0, clause, states)
        mean = mean / counts.clamp_min(1)[:, None]
        top = states.new_zeros(m, width).scatter_reduce(
            0, clause[:, None].expand(-1, width), states, "amax", include_self=False
        )
        hidden = torch.relu(self.hidden(self.dropout(torch.cat([mean, top], 1))))
        out = self.out(self.dropout(hidden))
        logits, weight = pool_clauses(out, clause_text, n)
        whole = hidden.new_zeros(n, hidden.shape[1]).index_add_(
            0, clause_text, hidden * weight[:, None]
        )
        return HeadOutputs(logits, out[:, :-1], self.stars(whole))


class HeadOutputs(NamedTuple):
    """Outputs of a head.

    Parameters
    ----------
    logits : float32 (n, K)
    clause_logits : float32 (n_clauses, K)
    stars : float32 (n, 5)
    """

    logits: Tensor
    clause_logits: Tensor
    stars: Tensor
