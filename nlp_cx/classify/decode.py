"""Turn calibrated outputs into labels, scores and probabilities; the same for every classifier."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.errors import ModelError
from nlp_cx.schema import LANGUAGES, LOYALTIES, POLARITIES, SENTIMENTS

N_SENTIMENTS = len(SENTIMENTS)
"""Leading outputs; the others are presences."""

PRAISE, CRITICISM = N_SENTIMENTS, N_SENTIMENTS + 1
FIRST_DRIVER = N_SENTIMENTS + 2
PER_DRIVER = N_SENTIMENTS
"""A driver has three presences: a negative, a neutral and a positive mention."""

_NEGATIVE, _NEUTRAL, _POSITIVE, _MIXED = range(len(POLARITIES))

_ONE, _TINY = np.float32(1), np.float32(1e-7)

_Floats = npt.NDArray[np.float32]
_Mentions = tuple[np.float32, np.float32, np.float32]


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

    scale: _Floats
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
        If an array is missing or of another shape, or a scale is not above 0: a calibration keeps
        the order of the outputs, or a document's label could be another than its clauses'.
    """
    arrays = []
    for name, like in identity_calibration(n_drivers)._asdict().items():
        array = weights.get(f"calibration.{name}")
        if array is None or array.shape != like.shape or array.dtype != like.dtype:
            found = "missing" if array is None else f"{array.dtype}{array.shape}"
            raise ModelError(
                f"calibration.{name} is {found}, expected float32{like.shape}: copy the model again"
            )
        frozen = np.array(array, np.float32)
        is_scale = name.endswith("scale")
        if not np.isfinite(frozen).all() or (is_scale and frozen.min() <= 0):
            raise ModelError(
                f"calibration.{name} holds {frozen.min()} to {frozen.max()}, expected finite "
                f"numbers{' above 0' if is_scale else ''}: train the model again"
            )
        frozen.flags.writeable = False
        arrays.append(frozen)
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
def decode(logits: _Floats, languages: npt.NDArray[np.int8], calibration: Calibration) -> Decoded:
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
    decoded = Decoded(
        np.full(n, -1, np.int8),
        np.full((3, n), np.nan, np.float32),
        np.full(n, np.nan, np.float32),
        np.zeros((n_drivers, n), np.bool_),
        np.full((n_drivers, n), -1, np.int8),
        np.full((n_drivers, n), np.nan, np.float32),
        np.full((n_drivers, n), np.nan, np.float32),
        np.full(n, -1, np.int8),
        np.full(n, -1, np.int8),
    )
    k_loyalty = FIRST_DRIVER + PER_DRIVER * n_drivers
    p = np.empty(logits.shape[1], np.float32)
    for i in range(n):
        if np.isnan(logits[i, 0]):
            continue
        language = languages[i]
        for k in range(len(p)):
            p[k] = logits[i, k] * calibration.scale[language, k] + calibration.bias[language, k]
        top = max(p[_NEGATIVE], p[_NEUTRAL], p[_POSITIVE])
        total = np.float32(0)
        for k in range(len(SENTIMENTS)):
            p[k] = math.exp(p[k] - top)
            total += p[k]
        for k in range(len(SENTIMENTS)):
            decoded.probability[k, i] = p[k] / total
        decoded.sentiment_score[i] = (p[_POSITIVE] - p[_NEGATIVE]) / total
        if decoded.probability[_NEUTRAL, i] >= calibration.neutral_threshold[language]:
            decoded.sentiment[i] = _NEUTRAL
        else:
            decoded.sentiment[i] = _POSITIVE if p[_POSITIVE] > p[_NEGATIVE] else _NEGATIVE
        for k in range(len(SENTIMENTS), len(p)):
            p[k] = _logistic(p[k])
        decoded.mixed[i] = min(p[PRAISE], p[CRITICISM]) >= calibration.mixed_threshold[0]
        for d in range(n_drivers):
            k = FIRST_DRIVER + PER_DRIVER * d
            mentions = p[k], p[k + 1], p[k + 2]
            scale, bias = calibration.mention_scale, calibration.mention_bias
            mention = _logistic(_odds(mentions) * scale[language, d] + bias[language, d])
            decoded.p_driver[d, i] = mention
            decoded.mentioned[d, i] = mention >= calibration.mention_threshold[language, d]
            decoded.driver_score[d, i] = (mentions[2] - mentions[0]) / max(sum(mentions), _TINY)
            decoded.polarity[d, i] = _choose_polarity(mentions, calibration.both_threshold[d])
        negative = p[k_loyalty] - calibration.loyalty_threshold[0]
        positive = p[k_loyalty + 1] - calibration.loyalty_threshold[1]
        if max(negative, positive) >= 0:
            decoded.loyalty[i] = 1 if positive > negative else 0
    return decoded


@njit(cache=True, nogil=True)
def _logistic(z: np.float32) -> np.float32:
    """Logistic function."""
    return _ONE / (_ONE + np.float32(math.exp(-z)))


@njit(cache=True, nogil=True)
def _odds(mentions: _Mentions) -> np.float32:
    """Log-odds that at least one of three independent mentions is there."""
    none = (_ONE - mentions[0]) * (_ONE - mentions[1]) * (_ONE - mentions[2])
    return np.float32(math.log(max(_ONE - none, _TINY) / max(none, _TINY)))


@njit(cache=True, nogil=True)
def _choose_polarity(mentions: _Mentions, both_threshold: np.float32) -> int:
    """Choose the most probable mention, or mixed; of equals the more negative one."""
    negative, neutral, positive = mentions
    if min(negative, positive) >= both_threshold:
        return _MIXED
    if neutral > negative and neutral >= positive:
        return _NEUTRAL
    return _POSITIVE if positive > negative else _NEGATIVE
