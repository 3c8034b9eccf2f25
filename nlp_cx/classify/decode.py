"""Turn calibrated outputs into labels, scores and probabilities; the same for every classifier."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.errors import ModelError
from nlp_cx.schema import LANGUAGES, LOYALTIES, POLARITIES, SENTIMENTS

PRAISE, CRITICISM = len(SENTIMENTS), len(SENTIMENTS) + 1
FIRST_DRIVER = len(SENTIMENTS) + 2
PER_DRIVER = len(SENTIMENTS)
"""A driver has three presences: a negative, a neutral and a positive mention."""

_NEGATIVE, _NEUTRAL, _POSITIVE, _MIXED = range(len(POLARITIES))


def output_names(drivers: tuple[str, ...]) -> tuple[str, ...]:
    """Name the outputs of a classifier, in order.

    Parameters
    ----------
    drivers : tuple of str
        Taxonomy ids.

    Returns
    -------
    tuple of str
        Three sentiments; praise, criticism; three mentions a driver; two loyalties.

    Examples
    --------
    >>> output_names(("price",))[3:]
    ('praise', 'criticism', 'price:negative', 'price:neutral', 'price:positive',
     'loyalty:negative', 'loyalty:positive')
    """
    return (
        *SENTIMENTS,
        "praise",
        "criticism",
        *(f"{driver}:{sentiment}" for driver in drivers for sentiment in SENTIMENTS),
        *(f"loyalty:{loyalty}" for loyalty in LOYALTIES),
    )


class Calibration(NamedTuple):
    """How raw outputs become probabilities and labels; L languages, K outputs, D drivers.

    Parameters
    ----------
    scale, bias : float32 (L, K)
        ``z' = scale * z + bias``, before the softmax of the sentiments or the logistic of the rest.
    neutral_threshold : float32 (L,)
        A text is neutral from this P(neutral) on, else the likelier of negative and positive:
        neutral texts are few, and one that is missed costs as much as one that is invented.
    mention_scale, mention_bias : float32 (L, D)
        The same for the log-odds that any of a driver's three mentions is present.
    mention_threshold : float32 (L, D)
        A driver is mentioned from this probability on.
    both_threshold : float32 (D,)
        Polarity is mixed where the negative and the positive mention both reach this.
    mixed_threshold : float32 (1,)
        A text is mixed where praise and criticism both reach this.
    loyalty_threshold : float32 (2,)
        Negative and positive intent are expressed from these probabilities on.
    """

    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    neutral_threshold: npt.NDArray[np.float32]
    mention_scale: npt.NDArray[np.float32]
    mention_bias: npt.NDArray[np.float32]
    mention_threshold: npt.NDArray[np.float32]
    both_threshold: npt.NDArray[np.float32]
    mixed_threshold: npt.NDArray[np.float32]
    loyalty_threshold: npt.NDArray[np.float32]


def identity_calibration(n_drivers: int) -> Calibration:
    """Give the calibration that changes nothing, with thresholds of one half.

    Parameters
    ----------
    n_drivers : int

    Returns
    -------
    Calibration
    """
    n_languages, n_outputs = len(LANGUAGES), len(output_names(("",) * n_drivers))
    one, zero, half = np.float32(1), np.float32(0), np.float32(0.5)
    return Calibration(
        np.full((n_languages, n_outputs), one),
        np.full((n_languages, n_outputs), zero),
        np.full(n_languages, half),
        np.full((n_languages, n_drivers), one),
        np.full((n_languages, n_drivers), zero),
        np.full((n_languages, n_drivers), half),
        np.full(n_drivers, half),
        np.full(1, half),
        np.full(len(LOYALTIES), half),
    )


def calibration_from_weights(
    weights: dict[str, npt.NDArray[np.generic]], n_drivers: int
) -> Calibration:
    """Take the calibration out of a model's weights, where it is stored as ``calibration.*``.

    Parameters
    ----------
    weights : dict of str to ndarray
    n_drivers : int

    Returns
    -------
    Calibration

    Raises
    ------
    ModelError
        If an array is missing or of another shape.
    """
    expected = identity_calibration(n_drivers)
    arrays = []
    for name, like in zip(Calibration._fields, expected, strict=True):
        array = weights.get(f"calibration.{name}")
        if array is None or array.shape != like.shape or array.dtype != like.dtype:
            found = "missing" if array is None else f"{array.dtype}{array.shape}"
            raise ModelError(
                f"calibration.{name} is {found}, expected float32{like.shape}. Copy the model again."
            )
        arrays.append(np.ascontiguousarray(array, np.float32))
    return Calibration(*arrays)


class Decoded(NamedTuple):
    """Labels and numbers of n texts (documents or clauses); -1 and not-a-number are missing.

    Parameters
    ----------
    sentiment : int8 (n,)
        Index into ``schema.SENTIMENTS``.
    probability : float32 (3, n)
    sentiment_score : float32 (n,)
    mentioned : bool (D, n)
    polarity : int8 (D, n)
        Index into ``schema.POLARITIES``: what it would be, if the driver is not mentioned.
    driver_score : float32 (D, n)
        Likewise.
    p_driver : float32 (D, n)
    loyalty : int8 (n,)
        Index into ``schema.LOYALTIES``.
    mixed : int8 (n,)
        0 or 1.
    """

    sentiment: npt.NDArray[np.int8]
    probability: npt.NDArray[np.float32]
    sentiment_score: npt.NDArray[np.float32]
    mentioned: npt.NDArray[np.bool_]
    polarity: npt.NDArray[np.int8]
    driver_score: npt.NDArray[np.float32]
    p_driver: npt.NDArray[np.float32]
    loyalty: npt.NDArray[np.int8]
    mixed: npt.NDArray[np.int8]


@njit(cache=True, nogil=True)
def _logistic(z):  # type: ignore[no-untyped-def]
    """Logistic function."""
    return np.float32(1) / (np.float32(1) + np.float32(math.exp(-z)))


@njit(cache=True, nogil=True)
def decode(logits, languages, calibration):  # type: ignore[no-untyped-def]
    """Decode raw outputs.

    Parameters
    ----------
    logits : float32 (n, K)
        Not a number where nothing could be said.
    languages : int8 (n,)
        Index into ``schema.LANGUAGES``.
    calibration : Calibration

    Returns
    -------
    Decoded

    Notes
    -----
    P(driver) is the calibrated probability of any mention, ``1 - (1 - neg)(1 - neu)(1 - pos)``.
    The polarity is the most probable of the three mentions, or mixed where praise and criticism of
    the driver both reach their threshold. ``driver_score = (pos - neg) / (neg + neu + pos)``.
    """
    n = len(logits)
    n_drivers = calibration.mention_scale.shape[1]
    sentiment = np.full(n, -1, np.int8)
    probability = np.full((3, n), np.nan, np.float32)
    sentiment_score = np.full(n, np.nan, np.float32)
    mentioned = np.zeros((n_drivers, n), np.bool_)
    polarity = np.full((n_drivers, n), -1, np.int8)
    driver_score = np.full((n_drivers, n), np.nan, np.float32)
    p_driver = np.full((n_drivers, n), np.nan, np.float32)
    loyalty = np.full(n, -1, np.int8)
    mixed = np.full(n, -1, np.int8)
    p = np.empty(3, np.float32)
    k_loyalty = FIRST_DRIVER + PER_DRIVER * n_drivers
    one = np.float32(1)
    for i in range(n):
        z = logits[i]
        if np.isnan(z[0]):
            continue
        language = languages[i]
        scale, bias = calibration.scale[language], calibration.bias[language]
        total = np.float32(0)
        top = np.float32(-np.inf)
        for k in range(3):
            p[k] = z[k] * scale[k] + bias[k]
            top = max(top, p[k])
        for k in range(3):
            p[k] = np.float32(math.exp(p[k] - top))
            total += p[k]
        for k in range(3):
            probability[k, i] = p[k] / total
        if probability[_NEUTRAL, i] >= calibration.neutral_threshold[language]:
            sentiment[i] = _NEUTRAL
        else:
            sentiment[i] = _POSITIVE if p[_POSITIVE] > p[_NEGATIVE] else _NEGATIVE
        sentiment_score[i] = (p[2] - p[0]) / total
        praise = _logistic(z[PRAISE] * scale[PRAISE] + bias[PRAISE])
        criticism = _logistic(z[CRITICISM] * scale[CRITICISM] + bias[CRITICISM])
        mixed[i] = min(praise, criticism) >= calibration.mixed_threshold[0]
        for d in range(n_drivers):
            best = 0
            none = one
            total = np.float32(0)
            for k in range(3):
                j = FIRST_DRIVER + PER_DRIVER * d + k
                p[k] = _logistic(z[j] * scale[j] + bias[j])
                none *= one - p[k]
                total += p[k]
                if p[k] > p[best]:
                    best = k
            tiny = np.float32(1e-7)
            odds = np.float32(math.log(max(one - none, tiny) / max(none, tiny)))
            mention = _logistic(
                odds * calibration.mention_scale[language, d]
                + calibration.mention_bias[language, d]
            )
            p_driver[d, i] = mention
            driver_score[d, i] = (p[2] - p[0]) / max(total, tiny)
            mentioned[d, i] = mention >= calibration.mention_threshold[language, d]
            is_both = min(p[0], p[2]) >= calibration.both_threshold[d]
            polarity[d, i] = _MIXED if is_both else best
        negative = _logistic(z[k_loyalty] * scale[k_loyalty] + bias[k_loyalty])
        positive = _logistic(z[k_loyalty + 1] * scale[k_loyalty + 1] + bias[k_loyalty + 1])
        negative -= calibration.loyalty_threshold[0]
        positive -= calibration.loyalty_threshold[1]
        if max(negative, positive) >= 0:
            loyalty[i] = 1 if positive > negative else 0
    return Decoded(
        sentiment,
        probability,
        sentiment_score,
        mentioned,
        polarity,
        driver_score,
        p_driver,
        loyalty,
        mixed,
    )
