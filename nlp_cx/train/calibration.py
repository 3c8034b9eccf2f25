"""Fit probabilities and thresholds on a dev set."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, logit

from nlp_cx.classify.decode import (
    CRITICISM,
    FIRST_DRIVER,
    N_SENTIMENTS,
    PER_DRIVER,
    PRAISE,
    Calibration,
    identity_calibration,
)
from nlp_cx.schema import LANGUAGES, LOYALTIES, SENTIMENTS
from nlp_cx.train.labels import label_arrays

Numbers = npt.NDArray[np.float64]

GROUPS = {"zh": ("zh-Hans", "zh-Hant"), "en": ("en",)}
"""Languages that are calibrated together; the others take what fits all."""

_PRIOR = 4.0
_LEAST = 0.2
"""Least probability at which a mention is reported, whatever F1 on enriched texts may say."""
_AS_GOOD = 0.995
"""Of thresholds for mixed that are as good as the best to this part, the highest is taken."""
_LEAN = 20
"""Mentions of a driver in a language at which its own curve weighs as much as that of all."""
_GRID = np.arange(0.1, 0.901, 0.02)
_SMOOTH = 2


def fit_calibration(
    logits: npt.NDArray[np.float32],
    dev: pd.DataFrame,
    languages: npt.NDArray[np.int8],
    drivers: tuple[str, ...],
) -> Calibration:
    """Fit a calibration.

    Parameters
    ----------
    logits : ndarray of float32, shape (n, K)
        Raw outputs on `dev`.
    dev : DataFrame, one row per text
        As from :func:`nlp_cx.corpus.examples.load_examples`; what is not labelled is left out, and
        an output without labels keeps scale 1, bias 0 and a threshold of one half.
    languages : ndarray of int8, shape (n,)
        Index into ``schema.LANGUAGES``.
    drivers : tuple of str

    Returns
    -------
    Calibration
        Scales and biases by language group, pulled towards what fits all languages by a prior worth
        a few examples, since relationship has few; thresholds that maximise F1 (for the sentiment,
        macro-F1), smoothed over their neighbours.
    """
    known_labels = label_arrays(dev, drivers)
    sentiment = known_labels.sentiment
    presence = known_labels.presence.astype(float)
    z = logits.astype(float)
    scale, bias, neutral, m_scale, m_bias, m_threshold, both, mixed, loyalty = (
        array.copy() for array in identity_calibration(len(drivers))
    )
    groups = _language_groups(languages)
    _fit_sentiment(z, sentiment, groups, (scale, bias, neutral))
    _fit_presences(z, presence, groups, (scale, bias))
    p = expit(z * scale[languages] + bias[languages])
    n_right = np.zeros(len(_GRID))
    for d in range(len(drivers)):
        first = FIRST_DRIVER + PER_DRIVER * d
        sides = p[:, first : first + PER_DRIVER]
        gold = np.nan_to_num(presence[:, first - N_SENTIMENTS :][:, :PER_DRIVER])
        only_mentioned = known_labels.is_mentioned[:, d] > 0
        judged = only_mentioned | ~np.isnan(presence[:, first - N_SENTIMENTS])
        if not judged.any():
            continue
        is_positive = only_mentioned | (gold.max(1) > 0)
        is_right = (_is_right(sides, gold) | only_mentioned) & judged
        odds = logit(np.clip(1 - np.prod(1 - sides, 1), 1e-7, 1 - 1e-7))
        prior = np.array([1.0, 0.0])
        for rows, codes in groups:
            own = rows & judged
            fitted = _fit_logistic(odds[own], is_positive[own].astype(float), prior)
            m_scale[codes, d], m_bias[codes, d] = fitted
            prior = fitted if rows.all() else prior
        mention = expit(odds * m_scale[languages, d] + m_bias[languages, d])
        overall = _f1_curve(mention[judged], is_right[judged], is_positive[judged])
        for rows, codes in groups:  # few mentions of a language lean on the curve of all
            own = rows & judged
            of_own = _f1_curve(mention[own], is_right[own], is_positive[own])
            part = is_positive[own].sum() / (is_positive[own].sum() + _LEAN)
            curve = part * of_own + (1 - part) * overall
            m_threshold[codes, d] = max(_LEAST, _GRID[_smooth(curve).argmax()])
        mentioned = judged & is_positive & ~only_mentioned
        n_right += _count_right_polarities(sides[mentioned], gold[mentioned])
    n_right = _smooth(n_right)  # one threshold for all drivers: few texts have both sides of one
    both[:] = _GRID[np.flatnonzero(n_right >= _AS_GOOD * n_right.max())[-1]]
    least = np.minimum(p[:, PRAISE], p[:, CRITICISM])
    is_mixed = (presence[:, PRAISE - N_SENTIMENTS] > 0) & (
        presence[:, CRITICISM - N_SENTIMENTS] > 0
    )
    if is_mixed.any():
        mixed[0] = _best_threshold(least, is_mixed, is_mixed)
    for k in range(len(LOYALTIES)):
        column = z.shape[1] - len(LOYALTIES) + k
        label = presence[:, column - N_SENTIMENTS] > 0
        if label.any():
            loyalty[k] = _best_threshold(p[:, column], label, label)
    return Calibration(scale, bias, neutral, m_scale, m_bias, m_threshold, both, mixed, loyalty)


def _fit_sentiment(
    z: Numbers,
    sentiment: npt.NDArray[np.int64],
    groups: list[tuple[npt.NDArray[np.bool_], list[int]]],
    filled: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]],
) -> None:
    """Fill scale, bias and neutral threshold of the sentiments, where two classes are labelled."""
    scale, bias, neutral = filled
    for rows, codes in groups:
        known = rows & (sentiment >= 0)
        if len(np.unique(sentiment[known])) < 2:
            continue
        parameters = _fit_softmax(z[known][:, :N_SENTIMENTS], sentiment[known])
        scale[codes, :N_SENTIMENTS] = parameters[0]
        bias[codes, :N_SENTIMENTS] = parameters[1:]
        p = np.exp(log_softmax(z[known][:, :N_SENTIMENTS] * parameters[0] + parameters[1:], axis=1))
        neutral[codes] = _best_neutral_threshold(p, sentiment[known])


def _fit_presences(
    z: Numbers,
    presence: Numbers,
    groups: list[tuple[npt.NDArray[np.bool_], list[int]]],
    filled: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
) -> None:
    """Fill scale and bias of every presence that is labelled."""
    scale, bias = filled
    for k in range(N_SENTIMENTS, z.shape[1]):
        label = presence[:, k - N_SENTIMENTS]
        prior = np.array([1.0, 0.0])
        for rows, codes in groups:  # the first group is everything: the prior of the others
            known = rows & ~np.isnan(label)
            if not known.any():
                continue
            fitted = _fit_logistic(z[known, k], label[known], prior)
            scale[codes, k], bias[codes, k] = fitted
            prior = fitted if rows.all() else prior


def _language_groups(
    languages: npt.NDArray[np.int8],
) -> list[tuple[npt.NDArray[np.bool_], list[int]]]:
    """List the rows and the language codes of every group; the first is everything."""
    groups = [(np.ones(len(languages), bool), list(range(len(LANGUAGES))))]
    for names in GROUPS.values():
        codes = [LANGUAGES.index(name) for name in names]
        rows = np.isin(languages, codes)
        if rows.sum() >= 200:
            groups.append((rows, codes))
    return groups


def _fit_softmax(z: Numbers, label: npt.NDArray[np.int64]) -> Numbers:
    """Fit one scale and a bias a class by maximum likelihood."""
    one_hot = np.eye(len(SENTIMENTS))[label]

    def cost(parameters: Numbers) -> float:
        log_p = log_softmax(z * parameters[0] + parameters[1:], axis=1)
        pull = (parameters[0] - 1) ** 2 + (parameters[1:] ** 2).sum()
        return float(-(one_hot * log_p).sum() + pull)

    start = np.array([1.0, 0.0, 0.0, 0.0])
    bounds = [(0.05, None), (None, None), (None, None), (None, None)]
    return np.asarray(minimize(cost, start, method="L-BFGS-B", bounds=bounds).x)


def _fit_logistic(z: Numbers, label: Numbers, prior: Numbers) -> Numbers:
    """Fit scale and bias by maximum likelihood with a Gaussian prior (Platt scaling)."""

    def cost(parameters: Numbers) -> float:
        value = z * parameters[0] + parameters[1]
        likelihood = label * log_expit(value) + (1 - label) * log_expit(-value)
        return float(-likelihood.sum() + _PRIOR * ((parameters - prior) ** 2).sum())

    bounds = [(0.05, None), (None, None)]
    return np.asarray(minimize(cost, prior, method="L-BFGS-B", bounds=bounds).x)


def _is_right(sides: Numbers, gold: Numbers) -> npt.NDArray[np.bool_]:
    """Mark where the most probable mention is one of the gold ones."""
    best = sides.argmax(1)
    return np.asarray(gold[np.arange(len(gold)), best] > 0)


def _count_right_polarities(sides: Numbers, gold: Numbers) -> Numbers:
    """Count texts whose polarity is right, at every threshold for calling it mixed."""
    best = sides.argmax(1)
    is_gold_both = (gold[:, 0] > 0) & (gold[:, 2] > 0)
    is_right = (gold[np.arange(len(gold)), best] > 0) & ~is_gold_both
    chosen = np.minimum(sides[:, 0], sides[:, 2])[None] >= _GRID[:, None]
    return np.where(chosen, is_gold_both, is_right).sum(1).astype(float)


def _best_threshold(
    score: Numbers, is_right: npt.NDArray[np.bool_], is_positive: npt.NDArray[np.bool_]
) -> float:
    """Find the threshold with the best F1, averaged over neighbouring thresholds."""
    return float(_GRID[_smooth(_f1_curve(score, is_right, is_positive)).argmax()])


def _f1_curve(
    score: Numbers, is_right: npt.NDArray[np.bool_], is_positive: npt.NDArray[np.bool_]
) -> Numbers:
    """Compute F1 at every threshold of the grid."""
    chosen = score[None] >= _GRID[:, None]
    hits = (chosen & is_right).sum(1)
    return np.asarray(2 * hits / np.maximum(chosen.sum(1) + is_positive.sum(), 1))


def _best_neutral_threshold(p: Numbers, label: npt.NDArray[np.int64]) -> float:
    """Find the P(neutral) from which a text is best called neutral, by macro-F1."""
    polar = np.where(p[:, 2] > p[:, 0], 2, 0)
    scores = np.zeros(len(_GRID))
    for i, threshold in enumerate(_GRID):
        chosen = np.where(p[:, 1] >= threshold, 1, polar)
        for k in range(N_SENTIMENTS):
            hits = ((chosen == k) & (label == k)).sum()
            scores[i] += 2 * hits / max((chosen == k).sum() + (label == k).sum(), 1) / 3
    return float(_GRID[_smooth(scores).argmax()])


def _smooth(values: Numbers) -> Numbers:
    """Average every value with its neighbours."""
    padded = np.pad(values, _SMOOTH, mode="edge")
    width = 2 * _SMOOTH + 1
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")
