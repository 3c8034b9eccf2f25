"""Which way a driver is uneven: from a penalty and a reward to impact asymmetry and its class."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import ConfigError

Floats = npt.NDArray[np.float64]

KANO_CLASSES = ("basic", "performance", "excitement")
"""Classes of `classify_kano`, by rising impact asymmetry."""

ASYMMETRY_CLASSES = ("frustrator", "dissatisfier", "hybrid", "satisfier", "delighter")
"""Classes of `classify_asymmetry`, by rising impact asymmetry."""

CUTOFFS = (0.2, 0.7)
"""Where the classes end, on both sides of 0. A convention: no test lies behind it."""


class Asymmetry(NamedTuple):
    """What a penalty and a reward say together; all arrays of the same shape.

    Attributes
    ----------
    impact_range : ndarray
        |penalty| + reward, in units of the outcome ("range of impact on overall customer
        satisfaction", RIOCS); from the words alone no impact is shown.
    sgp, dgp : ndarray
        Share of the range that belongs to praise and to criticism, 0 to 1
        (satisfaction- and dissatisfaction-generating potential).
    ia : ndarray
        Impact asymmetry, sgp - dgp: -1 (criticism alone counts) to 1 (praise alone counts).
    """

    impact_range: Floats
    sgp: Floats
    dgp: Floats
    ia: Floats


def impact_asymmetry(
    penalty: npt.ArrayLike,
    reward: npt.ArrayLike,
    *,
    higher_is_better: bool = True,
    wrong_sign: Literal["missing", "zero"] = "missing",
) -> Asymmetry:
    """Compute impact range and impact asymmetry from penalties and rewards.

    Parameters
    ----------
    penalty : array of numbers
        Outcome with a negative mention less outcome without; below 0 where criticism goes with a
        worse outcome.
    reward : array of numbers, broadcast against `penalty`
        The same of a positive mention; above 0 where praise goes with a better outcome.
    higher_is_better : bool
        False for an outcome such as effort or churn: a penalty is then above 0.
    wrong_sign : {"missing", "zero"}
        A penalty or a reward with the sign of the other has no place in the formula. Either all is
        missing, or it counts as 0 (for estimates that cannot be told from 0).

    Returns
    -------
    Asymmetry
        NaN where an input is missing or nothing is left: both 0.

    Raises
    ------
    ConfigError
        If `wrong_sign` is unknown.

    Notes
    -----
    With d = |penalty| and s = reward: impact_range = s + d, sgp = s / (s + d),
    dgp = d / (s + d), ia = sgp - dgp.

    References
    ----------
    Mikulić and Prebežac (2008), Prioritizing improvement of service attributes using impact
    range-performance analysis and impact-asymmetry analysis, Managing Service Quality 18, 559-576;
    read in part: the meaning of -1, 0 and 1.

    Examples
    --------
    >>> impact_asymmetry([-0.5, -0.4, -0.05, 0.1], [0.1, 0.4, 0.45, 0.3]).ia.round(4).tolist()
    [-0.6667, 0.0, 0.8, nan]
    """
    if wrong_sign not in ("missing", "zero"):
        raise ConfigError(f"wrong_sign {wrong_sign!r}, expected 'missing' or 'zero'")
    better = 1.0 if higher_is_better else -1.0
    loss, gain = np.broadcast_arrays(
        -better * np.asarray(penalty, np.float64), better * np.asarray(reward, np.float64)
    )
    if wrong_sign == "zero":
        loss, gain = np.where(loss < 0, 0.0, loss), np.where(gain < 0, 0.0, gain)
    impact_range = loss + gain
    is_known = (loss >= 0) & (gain >= 0) & (impact_range > 0)
    whole = np.where(is_known, impact_range, np.nan)
    sgp, dgp = gain / whole, loss / whole
    return Asymmetry(whole, sgp, dgp, sgp - dgp)


def classify_kano(
    ia: npt.ArrayLike, cutoffs: tuple[float, float] = CUTOFFS
) -> npt.NDArray[np.int8]:
    """Put impact asymmetries into the classes of the three-factor theory.

    Parameters
    ----------
    ia : array of numbers, -1 to 1
    cutoffs : tuple of two floats
        The first one is used: *performance* from -cutoff to cutoff, both included.

    Returns
    -------
    ndarray of int8, shape of `ia`
        Positions in `KANO_CLASSES`; -1 where `ia` is missing.

    Raises
    ------
    ConfigError
        If the cut-offs do not rise within 0 to 1.

    Examples
    --------
    >>> [KANO_CLASSES[i] for i in classify_kano([-0.67, 0.0, 0.2, 0.8])]
    ['basic', 'performance', 'performance', 'excitement']
    """
    inner = check_cutoffs(cutoffs)[0]
    return _classify(ia, [-inner, inner])


def classify_asymmetry(
    ia: npt.ArrayLike, cutoffs: tuple[float, float] = CUTOFFS
) -> npt.NDArray[np.int8]:
    """Put impact asymmetries into five classes, frustrator to delighter.

    Parameters
    ----------
    ia : array of numbers, -1 to 1
    cutoffs : tuple of two floats
        *hybrid* from -first to first, *satisfier* above it to the second, *delighter* beyond; the
        same on the other side.

    Returns
    -------
    ndarray of int8, shape of `ia`
        Positions in `ASYMMETRY_CLASSES`; -1 where `ia` is missing.

    Raises
    ------
    ConfigError
        If the cut-offs do not rise within 0 to 1.

    Examples
    --------
    >>> [ASYMMETRY_CLASSES[i] for i in classify_asymmetry([-0.79, -0.67, 0.0, 0.32, 0.8])]
    ['frustrator', 'dissatisfier', 'hybrid', 'satisfier', 'delighter']
    """
    inner, outer = check_cutoffs(cutoffs)
    return _classify(ia, [-outer, -inner, inner, outer])


def check_cutoffs(cutoffs: tuple[float, float]) -> tuple[float, float]:
    """Give the cut-offs, or refuse them.

    Parameters
    ----------
    cutoffs : tuple of two floats

    Returns
    -------
    tuple of two floats

    Raises
    ------
    ConfigError
        If they do not rise within 0 to 1.
    """
    if len(cutoffs) != 2 or not 0 <= cutoffs[0] <= cutoffs[1] <= 1:
        raise ConfigError(f"cutoffs {cutoffs!r}, expected two numbers that rise within 0 to 1")
    return float(cutoffs[0]), float(cutoffs[1])


def _classify(ia: npt.ArrayLike, edges: list[float]) -> npt.NDArray[np.int8]:
    """Count the edges below a value; a value on an edge belongs to the class nearer 0."""
    values = np.asarray(ia, np.float64)
    half = len(edges) // 2
    below = (values[..., None] >= np.array(edges[:half])).sum(axis=-1)
    below += (values[..., None] > np.array(edges[half:])).sum(axis=-1)
    return np.where(np.isnan(values), -1, below).astype(np.int8)
