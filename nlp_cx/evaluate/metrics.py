"""Model quality: the metrics of the six-driver gold set, per language, and their tallies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.schema import LOYALTIES, POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

Counts = npt.NDArray[np.int64]
"""Per row and class: right (true positive), wrong (false positive), missed (false negative)."""

_SENTIMENT_OF = {**{name: name for name in SENTIMENTS}, "mixed": "neutral"}


def evaluate(
    gold: pd.DataFrame, predicted: pd.DataFrame, *, drivers: Sequence[str] | None = None
) -> pd.DataFrame:
    """Compute every metric, over all texts and per language.

    Parameters
    ----------
    gold : DataFrame, one row per text
        ``lang``, ``sentiment``, the drivers and ``loyalty`` as
        `nlp_cx.corpus.examples.load_test_sets` gives them: None is *not labelled* and counts
        nowhere, ``not_mentioned`` and ``none`` are labels.
    predicted : DataFrame, one row per text in the order of `gold`
        The same columns without ``lang``, as in the scored table: a missing driver or loyalty is
        *not mentioned*; ``not_mentioned`` and ``none`` say the same.
    drivers : sequence of str, optional
        The six experience drivers when not given.

    Returns
    -------
    DataFrame, one row per language, ``all`` first
        ``lang, n``; ``pair_micro_f1, pair_macro_f1, mention_macro_f1``;
        ``sentiment_macro_f1, sentiment_accuracy, clear_accuracy``; ``loyalty_macro_f1``; per
        driver ``pair_f1_<driver>`` and ``mention_f1_<driver>``. All 0 to 1; missing where nothing
        of it is labelled or predicted.

    Raises
    ------
    InputError
        If the tables differ in length.

    Notes
    -----
    A pair (driver, polarity) is right when gold has the same driver with the same polarity, of
    the four values positive, negative, neutral and mixed; ``mentioned`` (polarity not known)
    counts for mentions only. Sentiment has three classes: mixed counts as neutral on both sides.
    Macro figures are unweighted means over drivers, over the three sentiments, over positive and
    negative loyalty; a class that is neither in gold nor predicted is left out of the mean.
    """
    if len(gold) != len(predicted):
        raise InputError(f"{len(gold)} gold rows but {len(predicted)} predicted ones.")
    drivers = load_taxonomy().ids if drivers is None else drivers
    pairs = count_pairs(gold, predicted, drivers)
    mentions = count_mentions(gold, predicted, drivers)
    sentiment = count_sentiment(gold, predicted)
    loyalty = count_loyalty(gold, predicted)
    is_clear = gold["sentiment"].isin(["positive", "negative"]).to_numpy()
    langs = gold["lang"].to_numpy()
    rows = []
    for lang in ("all", *sorted(set(langs))):
        chosen = np.ones(len(gold), bool) if lang == "all" else langs == lang
        row = {"lang": lang, "n": int(chosen.sum())}
        row["pair_micro_f1"] = micro_f1(pairs[chosen].sum(axis=0))
        row["pair_macro_f1"] = macro_f1(pairs[chosen].sum(axis=0))
        row["mention_macro_f1"] = macro_f1(mentions[chosen].sum(axis=0))
        row["sentiment_macro_f1"] = macro_f1(sentiment[chosen].sum(axis=0))
        row["sentiment_accuracy"] = accuracy(sentiment[chosen].sum(axis=0))
        row["clear_accuracy"] = accuracy(sentiment[chosen & is_clear].sum(axis=0))
        row["loyalty_macro_f1"] = macro_f1(loyalty[chosen].sum(axis=0))
        for name, counts in (("pair", pairs), ("mention", mentions)):
            for driver, f1 in zip(drivers, f1_scores(counts[chosen].sum(axis=0)), strict=True):
                row[f"{name}_f1_{driver}"] = f1
        rows.append(row)
    return pd.DataFrame(rows)


def count_pairs(gold: pd.DataFrame, predicted: pd.DataFrame, drivers: Sequence[str]) -> Counts:
    """Tally (driver, polarity) pairs.

    Parameters
    ----------
    gold, predicted : DataFrame
        As for `evaluate`.
    drivers : sequence of str

    Returns
    -------
    ndarray of int64, shape (n_rows, n_drivers, 3)
        Right, wrong, missed. A wrong polarity is one wrong and one missed pair.
    """
    counts = np.zeros((len(gold), len(drivers), 3), np.int64)
    for k, driver in enumerate(drivers):
        truth, guess = _codes(gold[driver]), _codes(predicted[driver])
        known = (truth != "") & (truth != "mentioned")
        is_pair, is_guess = np.isin(truth, POLARITIES), np.isin(guess, POLARITIES)
        counts[:, k, 0] = known & is_pair & (truth == guess)
        counts[:, k, 1] = known & is_guess & (truth != guess)
        counts[:, k, 2] = known & is_pair & (truth != guess)
    return counts


def count_mentions(gold: pd.DataFrame, predicted: pd.DataFrame, drivers: Sequence[str]) -> Counts:
    """Tally mentions of drivers, whatever the polarity; shape (n_rows, n_drivers, 3)."""
    counts = np.zeros((len(gold), len(drivers), 3), np.int64)
    for k, driver in enumerate(drivers):
        truth, guess = _codes(gold[driver]), _codes(predicted[driver])
        known = truth != ""
        is_mention, is_guess = truth != "not_mentioned", np.isin(guess, POLARITIES)
        counts[:, k, 0] = known & is_mention & is_guess
        counts[:, k, 1] = known & ~is_mention & is_guess
        counts[:, k, 2] = known & is_mention & ~is_guess
    return counts


def count_sentiment(gold: pd.DataFrame, predicted: pd.DataFrame) -> Counts:
    """Tally the three sentiments, mixed taken as neutral; shape (n_rows, 3, 3)."""
    truth = gold["sentiment"].map(_SENTIMENT_OF)
    guess = predicted["sentiment"].map(_SENTIMENT_OF)
    return _count_classes(_codes(truth), _codes(guess), SENTIMENTS)


def count_loyalty(gold: pd.DataFrame, predicted: pd.DataFrame) -> Counts:
    """Tally negative and positive loyalty; shape (n_rows, 2, 3)."""
    return _count_classes(_codes(gold["loyalty"]), _codes(predicted["loyalty"]), LOYALTIES)


def f1_scores(counts: npt.NDArray[np.integer | np.floating]) -> npt.NDArray[np.float64]:
    """Give the F1 of each class from summed counts.

    Parameters
    ----------
    counts : ndarray, shape (..., n_classes, 3)
        Right, wrong, missed.

    Returns
    -------
    ndarray of float64, shape (..., n_classes)
        2 right / (2 right + wrong + missed), 0 to 1; NaN where all three are 0.

    Examples
    --------
    >>> f1_scores(np.array([[3, 1, 1], [0, 2, 0]])).tolist()
    [0.75, 0.0]
    """
    right, wrong, missed = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    total = 2 * right + wrong + missed
    return np.divide(2 * right, total, out=np.full(total.shape, np.nan), where=total > 0)


def macro_f1(counts: npt.NDArray[np.integer | np.floating]) -> float:
    """Give the mean F1 over the classes that occur; NaN when none does."""
    scores = f1_scores(counts)
    return float(np.mean(scores[~np.isnan(scores)])) if not np.isnan(scores).all() else np.nan


def micro_f1(counts: npt.NDArray[np.integer | np.floating]) -> float:
    """Give the F1 of all classes taken together."""
    return float(f1_scores(np.asarray(counts).sum(axis=-2)))


def accuracy(counts: npt.NDArray[np.integer | np.floating]) -> float:
    """Give the share of rows whose class is right, for classes of which every row has one."""
    right, _, missed = np.asarray(counts, np.float64).sum(axis=0)
    return float(right / (right + missed)) if right + missed else np.nan


def binary_accuracy(
    gold: pd.Series[str], p_positive: npt.ArrayLike, p_negative: npt.ArrayLike
) -> float:
    """Give the accuracy on a set that knows only positive and negative.

    Parameters
    ----------
    gold : Series of str, shape (n_rows,)
        ``positive`` or ``negative``; rows with another value or none are left out.
    p_positive, p_negative : array-like of float, shape (n_rows,)
        Of the two, the larger decides; a tie is negative.

    Returns
    -------
    float
        0 to 1; NaN when no row counts.

    Examples
    --------
    >>> gold = pd.Series(["positive", "negative", "positive"])
    >>> round(binary_accuracy(gold, [0.4, 0.1, 0.2], [0.1, 0.3, 0.3]), 3)
    0.667
    """
    guess = np.where(np.asarray(p_positive) > np.asarray(p_negative), "positive", "negative")
    known = gold.isin(["positive", "negative"]).to_numpy()
    right = (gold.to_numpy() == guess)[known]
    return float(right.mean()) if len(right) else np.nan


def _count_classes(
    truth: npt.NDArray[np.object_], guess: npt.NDArray[np.object_], classes: Sequence[str]
) -> Counts:
    """Tally each class of one output; rows without a gold label count nowhere."""
    known = truth != ""
    counts = np.zeros((len(truth), len(classes), 3), np.int64)
    for k, name in enumerate(classes):
        is_class, is_guess = truth == name, guess == name
        counts[:, k, 0] = known & is_class & is_guess
        counts[:, k, 1] = known & ~is_class & is_guess
        counts[:, k, 2] = known & is_class & ~is_guess
    return counts


def _codes(labels: pd.Series[str]) -> npt.NDArray[np.object_]:
    """Turn a label column into plain strings, missing into the empty one."""
    return labels.astype(object).where(labels.notna(), "").to_numpy()
