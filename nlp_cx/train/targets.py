"""What the labels of an example ask of the outputs, and what a miss costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from nlp_cx.classify.decode import FIRST_DRIVER, N_SENTIMENTS, PER_DRIVER
from nlp_cx.schema import SENTIMENTS
from nlp_cx.train.labels import FULL_SOURCES, label_arrays

__all__ = [
    "FULL_SOURCES", "Targets", "label_loss", "make_targets", "soft_loss",
    "to_probabilities",
]  # fmt: skip

_NEUTRAL = SENTIMENTS.index("neutral")
_FAR = -30.0


class Targets(NamedTuple):
    """Labels of n examples as tensors; fields as in `nlp_cx.train.labels.LabelArrays`."""

    sentiment: Tensor
    is_binary: Tensor
    presence: Tensor
    is_mentioned: Tensor
    source: Tensor
    weight: Tensor

    def take(self, rows: Tensor) -> Targets:
        """Give the targets of some examples."""
        return Targets(*(column[rows] for column in self))

    def pad(self, n: int) -> Targets:
        """Add examples without labels up to n."""
        more = n - len(self.source)
        none = Targets(
            torch.full((more,), -1),
            torch.zeros(more, dtype=torch.bool),
            torch.full((more, self.presence.shape[1]), torch.nan),
            torch.zeros(more, self.is_mentioned.shape[1]),
            torch.zeros(more, dtype=torch.int64),
            torch.ones(more),
        )
        return Targets(*(torch.cat(pair) for pair in zip(self, none, strict=True)))


def make_targets(
    examples: pd.DataFrame, drivers: tuple[str, ...], *, gold_weight: float = 1.0
) -> Targets:
    """Turn labels into targets.

    Parameters
    ----------
    examples : DataFrame, one row per example
        As from :func:`nlp_cx.corpus.examples.load_examples`.
    drivers : tuple of str
        Ids of the taxonomy.
    gold_weight : float, default=1.0
        Factor on the weight of gold and written examples.

    Returns
    -------
    Targets
        As `nlp_cx.train.labels.label_arrays`, in torch.
    """
    arrays = label_arrays(examples, drivers, gold_weight=gold_weight)
    return Targets(*(torch.from_numpy(array) for array in arrays))


def label_loss(logits: Tensor, targets: Targets, *, class_weight: Tensor | None = None) -> Tensor:
    """Sum the weighted cost of labels, leaving out what is not labelled.

    Parameters
    ----------
    logits : float32 (n, K)
    targets : Targets
    class_weight : float32 (K,), optional
        Factor on the cost of a missed sentiment or presence, from
        `nlp_cx.train.labels.output_weights`.

    Returns
    -------
    Tensor, scalar
        Cross-entropy of the sentiment (over two classes where the source has two), and of every
        presence; where only the mention is known, of the probability of any mention.
    """
    known = targets.sentiment >= 0
    sentiment = logits[known, :N_SENTIMENTS]
    column = torch.arange(N_SENTIMENTS)[None]
    hidden = targets.is_binary[known][:, None] & (column == _NEUTRAL)
    sentiment = sentiment.masked_fill(hidden, _FAR)
    sentiment_weight = None if class_weight is None else class_weight[:N_SENTIMENTS]
    presence_weight = None if class_weight is None else class_weight[N_SENTIMENTS:]
    loss = functional.cross_entropy(
        sentiment, targets.sentiment[known], weight=sentiment_weight, reduction="none"
    )
    total = (loss * targets.weight[known]).sum()
    presence = logits[:, N_SENTIMENTS:]
    is_known = ~torch.isnan(targets.presence)
    loss = functional.binary_cross_entropy_with_logits(
        presence,
        torch.nan_to_num(targets.presence),
        pos_weight=presence_weight,
        reduction="none",
    )
    total = total + ((loss * is_known).sum(1) * targets.weight).sum()
    first = FIRST_DRIVER - N_SENTIMENTS
    n_drivers = targets.is_mentioned.shape[1]
    mentions = presence[:, first : first + PER_DRIVER * n_drivers]
    none = functional.logsigmoid(-mentions).reshape(-1, n_drivers, PER_DRIVER).sum(2)
    any_mention = torch.log1p(-torch.exp(none).clamp(max=1 - 1e-6))
    return total - ((any_mention * targets.is_mentioned).sum(1) * targets.weight).sum()


def soft_loss(logits: Tensor, soft: Tensor, *, has_sentiment: Tensor | None = None) -> Tensor:
    """Sum the cross-entropy against a teacher's probabilities.

    Parameters
    ----------
    logits : float32 (n, K)
    soft : float32 (n, K)
        Probabilities: the sentiments add up to one, presences each 0 to 1.
    has_sentiment : bool (n,), optional
        Where the sentiment counts; everywhere when not given.

    Returns
    -------
    Tensor, scalar
    """
    log_p = functional.log_softmax(logits[:, :N_SENTIMENTS], 1)
    sentiment = -(soft[:, :N_SENTIMENTS] * log_p).sum(1)
    if has_sentiment is not None:
        sentiment = sentiment[has_sentiment]
    presence = functional.binary_cross_entropy_with_logits(
        logits[:, N_SENTIMENTS:], soft[:, N_SENTIMENTS:], reduction="sum"
    )
    return sentiment.sum() + presence


def to_probabilities(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn logits into the probabilities that :func:`soft_loss` takes.

    Parameters
    ----------
    logits : float32 (n, K)

    Returns
    -------
    ndarray of float32, shape (n, K)
    """
    z = torch.from_numpy(logits)
    p = torch.cat([torch.softmax(z[:, :N_SENTIMENTS], 1), torch.sigmoid(z[:, N_SENTIMENTS:])], 1)
    return p.numpy()
