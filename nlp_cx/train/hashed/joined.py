"""Two texts read as one: what teaches a clause to speak of its own subject and no other.

Labels are of whole texts, and in most texts all clauses agree, so that a network may as well spread
praise of one thing over everything else that is mentioned. Of two texts that were written by
different people about different things the labels of both are known, whatever clause says them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nlp_cx.classify.decode import N_SENTIMENTS
from nlp_cx.classify.hashed_kernel import MAX_CLAUSES
from nlp_cx.train.hashed.features import Bags
from nlp_cx.train.targets import Targets

_Ints = npt.NDArray[np.int64]


def choose_pairs(
    rows: _Ints, short: _Ints, share: float, rng: np.random.Generator
) -> tuple[_Ints, _Ints]:
    """Choose which texts of a batch are read once more with another text behind them.

    Parameters
    ----------
    rows : int64 (n,)
        The texts of the batch.
    short : int64 (n_short,)
        Texts that may be put behind.
    share : float
        Probability for each text, 0 to 1.
    rng : Generator

    Returns
    -------
    firsts, seconds : int64 (n_pairs,)
    """
    if share == 0 or not len(short):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    firsts = rows[rng.random(len(rows)) < share]
    return firsts, rng.choice(short, len(firsts))


def join_bags(bags: Bags, n_plain: int, n_pairs: int) -> Bags:
    """Make one document of each pair.

    Parameters
    ----------
    bags : Bags
        Of ``n_plain`` documents, then the first of each pair, then the second.
    n_plain, n_pairs : int

    Returns
    -------
    Bags
        Of ``n_plain + n_pairs`` documents.
    """
    if not n_pairs:
        return bags
    document = bags.document.copy()
    is_second = document >= n_plain + n_pairs
    document[is_second] -= n_pairs
    counts = np.bincount(document, minlength=n_plain + n_pairs)
    position = bags.position.copy()
    in_pair = document >= n_plain
    position[in_pair & is_second, 0] = 0
    has_second = np.bincount(document[is_second], minlength=len(counts)) > 0
    position[in_pair & ~is_second & has_second[document], 1] = 0
    position[in_pair, 2] = np.log(np.minimum(counts[document[in_pair]], MAX_CLAUSES))
    return bags._replace(document=document, position=position)


def join_targets(first: Targets, second: Targets) -> Targets:
    """Give the labels of pairs.

    Parameters
    ----------
    first, second : Targets, of n pairs
        With ``presence`` not a number and ``sentiment`` -1 for texts without labels.

    Returns
    -------
    Targets
        Present where either says so, absent where both do; the sentiment where both agree. Served
        as gold, with weight 1.
    """
    either = torch.maximum(first.presence, second.presence)
    is_present = (first.presence == 1) | (second.presence == 1)
    agree = first.sentiment == second.sentiment
    return Targets(
        torch.where(agree, first.sentiment, -1),
        first.is_binary | second.is_binary,
        torch.where(is_present, 1.0, either),
        torch.zeros_like(first.is_mentioned),
        torch.zeros_like(first.source),
        torch.ones_like(first.weight),
    )


def join_soft(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Give a teacher's probabilities of pairs.

    Parameters
    ----------
    first, second : float32 (n, K)

    Returns
    -------
    soft : float32 (n, K)
        The mean of the sentiments, the greater of the presences.
    has_sentiment : bool (n,)
        Where the two sentiments agree; of a mixed text nothing is known.
    """
    a, b = first[:, :N_SENTIMENTS], second[:, :N_SENTIMENTS]
    presence = torch.maximum(first[:, N_SENTIMENTS:], second[:, N_SENTIMENTS:])
    return torch.cat([(a + b) / 2, presence], 1), a.argmax(1) == b.argmax(1)
