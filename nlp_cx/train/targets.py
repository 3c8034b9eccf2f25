"""What the labels of an example ask of the outputs, and what a miss costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from nlp_cx.classify.decode import (
    CRITICISM,
    FIRST_DRIVER,
    PER_DRIVER,
    PRAISE,
    output_names,
)
from nlp_cx.schema import LOYALTIES, POLARITIES, SENTIMENTS

N_SENTIMENTS = len(SENTIMENTS)
FULL_SOURCES = ("gold", "written")
"""Sources in which everything was considered, so that absence is a label."""

_NEGATIVE, _NEUTRAL, _POSITIVE, _MIXED = range(len(POLARITIES))
_FAR = -30.0


class Targets(NamedTuple):
    """Labels of n examples as numbers.

    Parameters
    ----------
    sentiment : int64 (n,)
        Index into ``schema.SENTIMENTS``, mixed counted as neutral; -1 where it is not labelled.
    is_binary : bool (n,)
        The source has no neutral, which does not teach that there is none.
    presence : float32 (n, K - 3)
        0 or 1; not a number where the source says nothing.
    is_mentioned : float32 (n, D)
        1 where a driver is mentioned with unknown polarity.
    source : int64 (n,)
        0 for gold and written.
    weight : float32 (n,)
    """

    sentiment: Tensor
    is_binary: Tensor
    presence: Tensor
    is_mentioned: Tensor
    source: Tensor
    weight: Tensor

    def take(self, rows: Tensor) -> Targets:
        """Give the targets of some examples."""
        return Targets(*(column[rows] for column in self))


def make_targets(
    examples: pd.DataFrame, drivers: tuple[str, ...], *, gold_weight: float = 1.0
) -> Targets:
    """Turn labels into targets.

    Parameters
    ----------
    examples : DataFrame, one row per example
        As from :func:`nlp_cx.corpus.examples.load_examples`.
    drivers : tuple of str
    gold_weight : float, default=1.0
        Factor on the weight of gold and written examples.

    Returns
    -------
    Targets
    """
    n = len(examples)
    is_full = examples["source"].isin(FULL_SOURCES).to_numpy()
    label = examples["sentiment"].astype(object).where(examples["sentiment"].notna(), "").to_numpy()
    sentiment = np.full(n, -1, np.int64)
    for k, name in enumerate(SENTIMENTS):
        sentiment[label == name] = k
    sentiment[label == "mixed"] = _NEUTRAL
    presence = np.full((n, len(output_names(drivers)) - N_SENTIMENTS), np.nan, np.float32)
    praise, criticism = _is_in(label, "positive", "mixed"), _is_in(label, "negative", "mixed")
    is_mentioned = np.zeros((n, len(drivers)), np.float32)
    for d, driver in enumerate(drivers):
        value = examples[driver].astype(object).where(examples[driver].notna(), "").to_numpy()
        first = FIRST_DRIVER - N_SENTIMENTS + PER_DRIVER * d
        presence[_is_in(value, "not_mentioned", *POLARITIES), first : first + PER_DRIVER] = 0
        presence[_is_in(value, "negative", "mixed"), first + _NEGATIVE] = 1
        presence[value == "neutral", first + _NEUTRAL] = 1
        presence[_is_in(value, "positive", "mixed"), first + _POSITIVE] = 1
        is_mentioned[value == "mentioned", d] = 1
        praise |= _is_in(value, "positive", "mixed")
        criticism |= _is_in(value, "negative", "mixed")
    presence[is_full, PRAISE - N_SENTIMENTS] = praise[is_full]
    presence[is_full, CRITICISM - N_SENTIMENTS] = criticism[is_full]
    loyalty = examples["loyalty"].astype(object).where(examples["loyalty"].notna(), "").to_numpy()
    for k, name in enumerate(LOYALTIES):
        column = presence.shape[1] - len(LOYALTIES) + k
        presence[loyalty != "", column] = (loyalty == name)[loyalty != ""]
    source = examples["source"].where(~examples["source"].isin(FULL_SOURCES), "")
    codes, names = pd.factorize(source, sort=True)
    if len(names) and names[0] != "":
        codes = codes + 1  # 0 is gold, also where there is none
    has_neutral = pd.Series(_is_in(label, "neutral", "mixed")).groupby(codes).transform("any")
    weight = examples["weight"].to_numpy(np.float32) * np.where(is_full, gold_weight, 1.0)
    return Targets(
        torch.from_numpy(sentiment),
        torch.from_numpy(~has_neutral.to_numpy(bool)),
        torch.from_numpy(presence),
        torch.from_numpy(is_mentioned),
        torch.from_numpy(codes.astype(np.int64)),
        torch.from_numpy(weight.astype(np.float32)),
    )


def label_loss(logits: Tensor, targets: Targets) -> Tensor:
    """Sum the weighted cost of labels, leaving out what is not labelled.

    Parameters
    ----------
    logits : float32 (n, K)
    targets : Targets

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
    loss = functional.cross_entropy(sentiment, targets.sentiment[known], reduction="none")
    total = (loss * targets.weight[known]).sum()
    presence = logits[:, N_SENTIMENTS:]
    is_known = ~torch.isnan(targets.presence)
    loss = functional.binary_cross_entropy_with_logits(
        presence, torch.nan_to_num(targets.presence), reduction="none"
    )
    total = total + ((loss * is_known).sum(1) * targets.weight).sum()
    first = FIRST_DRIVER - N_SENTIMENTS
    n_drivers = targets.is_mentioned.shape[1]
    mentions = presence[:, first : first + PER_DRIVER * n_drivers]
    none = functional.logsigmoid(-mentions).reshape(-1, n_drivers, PER_DRIVER).sum(2)
    any_mention = torch.log1p(-torch.exp(none).clamp(max=1 - 1e-6))
    return total - ((any_mention * targets.is_mentioned).sum(1) * targets.weight).sum()


def soft_loss(logits: Tensor, soft: Tensor) -> Tensor:
    """Sum the cross-entropy against a teacher's probabilities.

    Parameters
    ----------
    logits : float32 (n, K)
    soft : float32 (n, K)
        Probabilities: the sentiments add up to one, presences each 0 to 1.

    Returns
    -------
    Tensor, scalar
    """
    log_p = functional.log_softmax(logits[:, :N_SENTIMENTS], 1)
    sentiment = -(soft[:, :N_SENTIMENTS] * log_p).sum()
    presence = functional.binary_cross_entropy_with_logits(
        logits[:, N_SENTIMENTS:], soft[:, N_SENTIMENTS:], reduction="sum"
    )
    return sentiment + presence


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


def _is_in(values: npt.NDArray[np.object_], *names: str) -> npt.NDArray[np.bool_]:
    """Mark the values that are one of the names."""
    return np.isin(values.astype(str), names)
