"""What the labels of examples ask of the outputs, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.decode import (
    CRITICISM,
    FIRST_DRIVER,
    N_SENTIMENTS,
    PER_DRIVER,
    PRAISE,
    output_names,
)
from nlp_cx.schema import LOYALTIES, POLARITIES, SENTIMENTS

FULL_SOURCES = ("gold", "written")
"""Sources in which everything was considered, where no column ``is_full`` says so."""

_NEGATIVE, _NEUTRAL, _POSITIVE, _MIXED = range(len(POLARITIES))


class LabelArrays(NamedTuple):
    """Labels of n examples as numbers; D labels, K outputs.

    Parameters
    ----------
    sentiment : int64 (n,)
        Index into ``schema.SENTIMENTS``, mixed counted as neutral; -1 where it is not labelled.
    is_binary : bool (n,)
        The source has no neutral, which does not teach that there is none.
    presence : float32 (n, K - 3)
        0 or 1; not a number where the source says nothing.
    is_mentioned : float32 (n, D)
        1 where a label is mentioned with unknown polarity.
    source : int64 (n,)
        0 for the source whose habits are served: where everything was considered, else the most
        frequent one.
    weight : float32 (n,)
    """

    sentiment: npt.NDArray[np.int64]
    is_binary: npt.NDArray[np.bool_]
    presence: npt.NDArray[np.float32]
    is_mentioned: npt.NDArray[np.float32]
    source: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]


def label_arrays(
    examples: pd.DataFrame, labels: tuple[str, ...], *, gold_weight: float = 1.0
) -> LabelArrays:
    """Turn labels into numbers.

    Parameters
    ----------
    examples : DataFrame, one row per example
        As from :func:`nlp_cx.corpus.examples.load_examples`; ``is_full`` as in
        `nlp_cx.train.trainer.TrainingData`.
    labels : tuple of str
        Ids of the taxonomy.
    gold_weight : float, default=1.0
        Factor on the weight of examples in which everything was considered.

    Returns
    -------
    LabelArrays
    """
    n = len(examples)
    if "is_full" in examples:
        is_full = examples["is_full"].to_numpy(bool)
    else:
        is_full = examples["source"].isin(FULL_SOURCES).to_numpy()
    label = _plain(examples["sentiment"])
    sentiment = np.full(n, -1, np.int64)
    for k, name in enumerate(SENTIMENTS):
        sentiment[label == name] = k
    sentiment[label == "mixed"] = _NEUTRAL
    presence = np.full((n, len(output_names(labels)) - N_SENTIMENTS), np.nan, np.float32)
    praise, criticism = _is_in(label, "positive", "mixed"), _is_in(label, "negative", "mixed")
    is_mentioned = np.zeros((n, len(labels)), np.float32)
    for d, name in enumerate(labels):
        value = _plain(examples[name])
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
    loyalty = _plain(examples["loyalty"])
    for k, name in enumerate(LOYALTIES):
        column = presence.shape[1] - len(LOYALTIES) + k
        presence[loyalty != "", column] = (loyalty == name)[loyalty != ""]
    codes = _source_codes(examples["source"], is_full)
    has_neutral = pd.Series(_is_in(label, "neutral", "mixed")).groupby(codes).transform("any")
    weight = examples["weight"].to_numpy(np.float32) * np.where(is_full, gold_weight, 1.0)
    return LabelArrays(
        sentiment,
        ~has_neutral.to_numpy(bool),
        presence,
        is_mentioned,
        codes,
        weight.astype(np.float32),
    )


def output_weights(
    class_weights: Mapping[str, float], labels: tuple[str, ...]
) -> npt.NDArray[np.float32]:
    """Give the cost of a missed presence or sentiment, by output.

    Parameters
    ----------
    class_weights : mapping of str to float
        By label of the taxonomy or by sentiment.
    labels : tuple of str
        Ids of the taxonomy.

    Returns
    -------
    ndarray of float32, shape (K,)
        1 where nothing is given.

    Examples
    --------
    >>> output_weights({"price": 2.0}, ("price",)).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0]
    """
    names = (name.partition(":")[0] for name in output_names(labels))
    return np.array([class_weights.get(name, 1.0) for name in names], np.float32)


def _source_codes(source: pd.Series, is_full: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Number the sources; 0 is the one that is served."""
    names = _plain(source)
    if is_full.any():
        is_served = is_full
    else:
        counts = pd.Series(names).value_counts()
        is_served = names == (counts.index[0] if len(counts) else "")
    codes, _ = pd.factorize(pd.Series(names)[~is_served], sort=True)
    numbered = np.zeros(len(names), np.int64)
    numbered[~is_served] = codes + 1
    return numbered


def _plain(values: pd.Series) -> npt.NDArray[np.object_]:
    """Give strings; the empty one where nothing is said."""
    return values.astype(object).where(values.notna(), "").to_numpy()


def _is_in(values: npt.NDArray[np.object_], *names: str) -> npt.NDArray[np.bool_]:
    """Mark the values that are one of the names."""
    return np.isin(values.astype(str), names)
