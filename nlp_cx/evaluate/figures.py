"""The figures that a model is judged by: what is counted text by text, and what sums become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.evaluate.metrics import (
    Counts,
    count_loyalty,
    count_mentions,
    count_pairs,
    count_sentiment,
    f1_scores,
)
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

Sums = npt.NDArray[np.float64]

MIN_MENTIONS = 20
"""A driver counts in a set from so many mentions with a polarity on: the F1 of fewer is chance."""


def macro_of_many(sums: Sums) -> Sums:
    """Give the mean F1 over the classes that occur, of each of many sums.

    Parameters
    ----------
    sums : ndarray, shape (..., n_classes, 3)
        Right, wrong, missed.

    Returns
    -------
    ndarray of float64, shape (...)
        0 to 1; NaN where no class occurs.

    Examples
    --------
    >>> macro_of_many(np.array([[[3, 1, 1], [0, 2, 0]], [[1, 0, 0], [0, 0, 0]]])).tolist()
    [0.375, 1.0]
    """
    scores = f1_scores(sums)
    n_known = (~np.isnan(scores)).sum(axis=-1)
    total = np.nansum(scores, axis=-1)
    return np.divide(total, n_known, out=np.full(total.shape, np.nan), where=n_known > 0)


def micro_of_many(sums: Sums) -> Sums:
    """Give the F1 of all classes taken together, of each of many sums, shape (..., n, 3)."""
    return f1_scores(np.asarray(sums).sum(axis=-2))


def share_of_many(sums: Sums) -> Sums:
    """Give the share of right ones; of each of many sums (right, wrong), shape (..., 2)."""
    sums = np.asarray(sums, np.float64)
    total = sums.sum(axis=-1)
    return np.divide(sums[..., 0], total, out=np.full(total.shape, np.nan), where=total > 0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Parameters
    ----------
    title : str
        For people.
    counted : str
        The key of `tally` that it is made of.
    of_many : callable
        Turns sums of tallies, shape (..., tally), into figures, shape (...).
    """

    title: str
    counted: str
    of_many: Callable[[Sums], Sums]


FIGURES: Mapping[str, Figure] = {
    "pair_macro_f1": Figure("pair macro-F1", "pairs", macro_of_many),
    "pair_micro_f1": Figure("pair micro-F1", "pairs", micro_of_many),
    "mention_macro_f1": Figure("mention macro-F1", "mentions", macro_of_many),
    "accuracy": Figure("accuracy", "right", share_of_many),
    "sentiment_macro_f1": Figure("sentiment macro-F1", "sentiment", macro_of_many),
    "loyalty_macro_f1": Figure("loyalty macro-F1", "loyalty", macro_of_many),
}
"""Every figure by its name in files."""


def tally(gold: pd.DataFrame, predicted: pd.DataFrame, drivers: Sequence[str]) -> dict[str, Counts]:
    """Count text by text what is right, wrong and missed.

    Parameters
    ----------
    gold : DataFrame, one row per text
        ``sentiment``, drivers and ``loyalty`` as in `nlp_cx.evaluate.metrics.evaluate`.
    predicted : DataFrame, one row per text in the order of `gold`
        As a `nlp_cx.evaluate.predictor.Predictor` gives it. An output that it does not have is
        not counted.
    drivers : sequence of str
        Those that the set labels.

    Returns
    -------
    dict of str to ndarray of int64
        ``pairs``, ``mentions`` (n_rows, n_drivers, 3), ``sentiment`` (n_rows, 3, 3), ``right``
        (n_rows, 2: right, wrong), ``loyalty`` (n_rows, 2, 3); only what the set labels and the
        model gives.

    Notes
    -----
    ``right``: see `judge_sentiment`. A text that the model does not score (no letters) is wrong.
    """
    found: dict[str, Counts] = {}
    if drivers and all(driver in predicted for driver in drivers):
        found["pairs"] = count_pairs(gold, predicted, drivers)
        found["mentions"] = count_mentions(gold, predicted, drivers)
    if gold["sentiment"].notna().any() and "sentiment" in predicted:
        known = gold["sentiment"].notna().to_numpy()
        right = known & (judge_sentiment(gold["sentiment"], predicted) == merged(gold["sentiment"]))
        found["right"] = np.column_stack([right, known & ~right]).astype(np.int64)
        if not is_binary(gold["sentiment"]):
            found["sentiment"] = count_sentiment(gold, predicted)
    if gold["loyalty"].isin(["positive", "negative"]).any() and "loyalty" in predicted:
        found["loyalty"] = count_loyalty(gold, predicted)
    return found


def judge_sentiment(truth: pd.Series[str], predicted: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Give the sentiment that a model chooses among the classes that a set has.

    Parameters
    ----------
    truth : Series of str
        Labels of the set; missing where a text has none.
    predicted : DataFrame

    Returns
    -------
    ndarray of str
        Positive where ``p_positive > p_negative`` and negative otherwise in a set that knows only
        these two; the column ``sentiment`` in others. ``""`` where nothing was scored.

    Examples
    --------
    >>> found = pd.DataFrame({"sentiment": ["neutral", None]})
    >>> found["p_positive"], found["p_negative"] = [0.3, None], [0.2, None]
    >>> judge_sentiment(pd.Series(["positive", "negative"]), found).tolist()
    ['positive', '']
    """
    label = _plain(predicted["sentiment"])
    if not is_binary(truth) or "p_positive" not in predicted:
        return label
    p_positive = predicted["p_positive"].to_numpy(np.float64, na_value=np.nan)
    p_negative = predicted["p_negative"].to_numpy(np.float64, na_value=np.nan)
    better = np.where(p_positive > p_negative, "positive", "negative").astype(object)
    return np.where(np.isnan(p_positive), "", better)


def is_binary(truth: pd.Series[str]) -> bool:
    """Tell whether a set knows only positive and negative."""
    return set(truth.dropna()) <= {"positive", "negative"}


def merged(truth: pd.Series[str]) -> npt.NDArray[np.object_]:
    """Give the labels with mixed taken as neutral, and ``""`` where there is none."""
    return _plain(truth.where(truth != "mixed", "neutral"))


def labelled_drivers(frame: pd.DataFrame, *, least: int = MIN_MENTIONS) -> tuple[str, ...]:
    """List the drivers of which a set has enough mentions with a polarity.

    Parameters
    ----------
    frame : DataFrame
        Test texts with a column per driver.
    least : int, default=20

    Returns
    -------
    tuple of str
        Taxonomy order.
    """
    return tuple(
        driver
        for driver in load_taxonomy().ids
        if driver in frame and frame[driver].isin(POLARITIES).sum() >= least
    )


def count_classes(frame: pd.DataFrame) -> int:
    """Count the sentiments that a set has, mixed taken as neutral; 0 to 3."""
    return len(set(merged(frame["sentiment"])) & set(SENTIMENTS))


def _plain(labels: pd.Series[str]) -> npt.NDArray[np.object_]:
    """Turn a label column into plain strings, missing into the empty one."""
    return labels.astype(object).where(labels.notna(), "").to_numpy()
