"""Shares freed of a classifier's errors, as far as its sensitivity and specificity are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]


def rogan_gladen(
    share: npt.ArrayLike, sensitivity: npt.ArrayLike, specificity: npt.ArrayLike
) -> Floats:
    """Correct the share of predicted positives for the errors of the predictions.

    Parameters
    ----------
    share : array of numbers, 0 to 1
        Of rows predicted positive.
    sensitivity : array of numbers, 0 to 1
        Of the truly positive, the share predicted so.
    specificity : array of numbers, 0 to 1
        Of the truly negative, the share predicted so.

    Returns
    -------
    ndarray of float64
        The share of truly positive rows. Below 0 or above 1 where the three numbers contradict
        each other, by chance or because the errors were measured on other texts: not clipped.
        NaN where sensitivity + specificity <= 1, as such predictions say nothing.

    Raises
    ------
    AnalysisError
        If a number is outside 0 to 1.

    Notes
    -----
    (share + specificity - 1) / (sensitivity + specificity - 1); also known as adjusted count. It
    needs the errors to be as frequent here as where they were measured, and nothing else: the
    share itself may be another one.

    References
    ----------
    Rogan and Gladen (1978), Estimating prevalence from the results of a screening test, American
    Journal of Epidemiology 107, 71-76; the formula as in the R package epiR, ``epi.prev``.

    Examples
    --------
    >>> round(float(rogan_gladen(0.22, 0.80, 0.95)), 5)
    0.22667
    """
    share, sensitivity, specificity = (
        _as_shares(values, name)
        for values, name in (
            (share, "share"),
            (sensitivity, "sensitivity"),
            (specificity, "specificity"),
        )
    )
    informedness = sensitivity + specificity - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = (share + specificity - 1) / informedness
    return np.where(informedness > 0, corrected, np.nan)


def lang_reiczigel_interval(
    predicted: tuple[float, float],
    sensitivity: tuple[float, float],
    specificity: tuple[float, float],
    *,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Give the interval of a share corrected with an estimated sensitivity and specificity.

    Parameters
    ----------
    predicted : tuple (k, n)
        Rows predicted positive, and all rows.
    sensitivity : tuple (k, n)
        Truly positive labelled rows predicted positive, and all truly positive ones.
    specificity : tuple (k, n)
        Truly negative labelled rows predicted negative, and all truly negative ones.
        All counts need not be whole: of weighted or clustered rows, effective numbers.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float
        Not clipped to 0 to 1. NaN where an n is 0 or the adjusted sensitivity and specificity
        sum to 1 or less.

    Notes
    -----
    The delta method with z²/2 hits and misses added to the predictions and 1 of each to the
    other two, and a shift of the centre. Rows of the three counts are independent.

    References
    ----------
    Lang and Reiczigel (2014), Confidence limits for prevalence of disease adjusted for estimated
    sensitivity and specificity, Preventive Veterinary Medicine 113, 13-22, by way of their R
    script CI4TruePrevalence_15_03_2013.

    Examples
    --------
    >>> low, high = lang_reiczigel_interval((220, 1000), (80, 100), (190, 200))
    >>> round(low, 3), round(high, 3)
    (0.173, 0.28)
    """
    counts = np.array([predicted, sensitivity, specificity], np.float64)
    if not ((counts[:, 0] >= 0) & (counts[:, 0] <= counts[:, 1] * (1 + 1e-12))).all():
        raise AnalysisError(
            f"impossible counts: predicted {predicted}, sensitivity {sensitivity}, specificity "
            f"{specificity}, expected 0 <= k <= n"
        )
    z = normal_quantile(confidence)
    if (counts[:, 1] == 0).any():
        return np.nan, np.nan
    added = np.array([z**2, 2.0, 2.0])
    n = counts[:, 1] + added
    p, se, sp = (counts[:, 0] + added / 2) / n
    variance = np.array([p * (1 - p), se * (1 - se), sp * (1 - sp)]) / n
    informedness = se + sp - 1
    if informedness <= 0:
        return np.nan, np.nan
    centre = (p + sp - 1) / informedness
    spread = np.sqrt(variance @ [1, centre**2, (1 - centre) ** 2]) / informedness
    centre += 2 * z**2 * (centre * variance[1] - (1 - centre) * variance[2])
    return float(centre - z * spread), float(centre + z * spread)


def find_uselessness(
    sensitivity: tuple[float, float], specificity: tuple[float, float]
) -> str | None:
    """Say why predictions tell too little for a share to be corrected with their errors.

    Parameters
    ----------
    sensitivity, specificity : tuple (k, n)
        As in `lang_reiczigel_interval`.

    Returns
    -------
    str or None
        None where sensitivity + specificity is above 1 by three standard errors. Closer to 1 the
        correction divides by nearly nothing, and its interval is no guide: on reviews where 3 to
        9 % of the neutral mentions were found it covered in 65 to 69 % of the samples.

    Examples
    --------
    >>> find_uselessness((3, 34), (265, 266))
    'sensitivity + specificity is 1.08, not clearly above 1: these predictions say too little'
    >>> find_uselessness((80, 100), (190, 200))
    """
    (k1, n1), (k2, n2) = sensitivity, specificity
    if min(n1, n2) == 0:
        return "no labelled row is truly so, or none is not"
    total = k1 / n1 + k2 / n2
    if total <= 1:
        return "sensitivity + specificity <= 1: these predictions say nothing"
    n1, n2 = n1 + 2, n2 + 2
    se, sp = (k1 + 1) / n1, (k2 + 1) / n2
    error = np.sqrt(se * (1 - se) / n1 + sp * (1 - sp) / n2)
    if se + sp - 1 > 3 * error:
        return None
    return (
        f"sensitivity + specificity is {total:.2f}, not clearly "
        "above 1: these predictions say too little"
    )


def _as_shares(values: npt.ArrayLike, name: str) -> Floats:
    """Give numbers from 0 to 1, or say which is not."""
    array = np.asarray(values, np.float64)
    bad = (array < -1e-9) | (array > 1 + 1e-9)  # sums of weights are not quite 1
    if bad.any():
        raise AnalysisError(f"{name} is {array[bad].flat[0]:g}, expected 0 to 1")
    return np.clip(array, 0, 1)
