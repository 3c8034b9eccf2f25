"""Metrics on dev after an epoch: free of thresholds, so that none has to be fitted for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, log_softmax

from nlp_cx.classify.decode import FIRST_DRIVER, N_SENTIMENTS, PER_DRIVER
from nlp_cx.train.labels import label_arrays

_TINY = 1e-7


def dev_metrics(
    logits: npt.NDArray[np.float32], dev: pd.DataFrame, labels: tuple[str, ...]
) -> dict[str, float]:
    """Measure raw outputs.

    Parameters
    ----------
    logits : float32 (n, K)
        In the order of `nlp_cx.classify.decode.output_names`; rows that are not a number (nothing
        can be said) count as knowing nothing.
    dev : DataFrame, one row per text
        As `nlp_cx.train.trainer.TrainingData.dev`.
    labels : tuple of str
        Ids of the taxonomy.

    Returns
    -------
    dict of str to float
        ``loss``: mean over texts of the summed costs of what is labelled. ``mention_ap``: average
        precision of P(mention), mean over the labels with both kinds of texts.
        ``polarity_accuracy``: the likeliest of three mentions is a right one, over mentions with a
        known polarity. ``sentiment_accuracy``, ``sentiment_macro_f1``: of the likeliest sentiment.
        ``score``: mean of mention_ap, polarity_accuracy and sentiment_macro_f1. What nothing in
        `dev` is labelled with is not among them.
    """
    from sklearn.metrics import average_precision_score, f1_score

    known = label_arrays(dev, labels)
    z = np.nan_to_num(logits.astype(np.float64), nan=0.0)
    metrics: dict[str, float] = {}
    is_labelled = known.sentiment >= 0
    cost = np.zeros(len(dev))
    if is_labelled.any():
        own, truth = z[is_labelled, :N_SENTIMENTS], known.sentiment[is_labelled]
        cost[is_labelled] -= log_softmax(own, 1)[np.arange(len(own)), truth]
        guess = own.argmax(1)
        metrics["sentiment_accuracy"] = float((guess == truth).mean())
        classes = np.unique(truth)
        metrics["sentiment_macro_f1"] = float(
            f1_score(truth, guess, labels=classes, average="macro", zero_division=0)
        )
    p = expit(z[:, N_SENTIMENTS:])
    presence = known.presence
    is_known = ~np.isnan(presence)
    right = np.where(np.nan_to_num(presence) > 0, p, 1 - p)
    cost -= np.where(is_known, np.log(np.clip(right, _TINY, 1)), 0).sum(1)
    precisions, n_right, n_polar = [], 0, 0
    for d in range(len(labels)):
        first = FIRST_DRIVER - N_SENTIMENTS + PER_DRIVER * d
        sides, sides_truth = (
            p[:, first : first + PER_DRIVER],
            presence[:, first : first + PER_DRIVER],
        )
        mention = 1 - np.prod(1 - sides, 1)
        is_polar = np.nan_to_num(sides_truth).max(1) > 0
        only_mentioned = known.is_mentioned[:, d] > 0
        cost -= np.where(only_mentioned, np.log(np.clip(mention, _TINY, 1)), 0)
        is_there, is_judged = (
            is_polar | only_mentioned,
            only_mentioned | ~np.isnan(sides_truth[:, 0]),
        )
        if is_there.any() and (is_judged & ~is_there).any():
            precisions.append(average_precision_score(is_there[is_judged], mention[is_judged]))
        best = sides.argmax(1)
        n_polar += int(is_polar.sum())
        n_right += int((sides_truth[np.arange(len(best)), best] > 0)[is_polar].sum())
    if precisions:
        metrics["mention_ap"] = float(np.mean(precisions))
    if n_polar:
        metrics["polarity_accuracy"] = n_right / n_polar
    main = [metrics[name] for name in _MAIN if name in metrics]
    if main:
        metrics["score"] = float(np.mean(main))
    return {"loss": float(cost.mean()), **metrics}


_MAIN = ("mention_ap", "polarity_accuracy", "sentiment_macro_f1")
