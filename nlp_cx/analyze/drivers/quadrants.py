"""Where a driver stands on two axes, importance and performance, against a cross-hair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import ConfigError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Rule = Literal["mean", "scale_mid"]
Crosshair = Rule | Mapping[str, float]
"""A rule, or the values themselves by axis: ``{"share": .2, "performance": 0}``."""

QUADRANTS = (
    "low priority",
    "possible overkill",
    "concentrate here",
    "keep up the good work",
)
"""Less important and weak, less important and strong, important and weak, important and strong."""

ASYMMETRIC = {
    "basic": ("repair first", "protect"),
    "performance": ("improve", "keep"),
    "excitement": ("chance to delight", "strength to show"),
}
"""What a weak and a strong performance of each Kano class calls for; the words are ours."""


def name_rule(crosshair: Crosshair, axes: Sequence[str]) -> str:
    """Give the name of a cross-hair rule, or refuse it.

    Parameters
    ----------
    crosshair : str or mapping
    axes : sequence of str
        Which a mapping may give.

    Returns
    -------
    str
        ``mean``, ``scale_mid`` or ``given``.

    Raises
    ------
    ConfigError
        If the rule is unknown, or a mapping lacks share or performance.
    """
    if isinstance(crosshair, Mapping):
        unknown = sorted(set(crosshair) - set(axes))
        lacking = [axis for axis in ("share", "performance") if axis not in crosshair]
        if unknown or lacking:
            raise ConfigError(
                f"crosshair gives {sorted(crosshair)}, expected share and performance, and at most "
                f"{', '.join(axes)}"
            )
        return "given"
    if crosshair not in ("mean", "scale_mid"):
        raise ConfigError(f"crosshair {crosshair!r}: expected mean, scale_mid, or values by axis")
    return crosshair


def cut_axis(values: Floats, crosshair: Crosshair, axis: str, middle: float) -> Floats:
    """Give where the cross-hair cuts an axis.

    Parameters
    ----------
    values : ndarray, shape (..., n_drivers)
        Missing ones do not count.
    crosshair : str or mapping
    axis : str
    middle : float
        Of the axis' scale.

    Returns
    -------
    ndarray, shape (..., 1)
        The mean of the drivers, the middle of the scale, or the value given for the axis (the mean
        where none is given).

    Examples
    --------
    >>> cut_axis(np.array([1.0, 3.0, np.nan]), "mean", "performance", 0.0).tolist()
    [2.0]
    """
    if crosshair == "scale_mid":
        return np.full((*values.shape[:-1], 1), middle)
    if isinstance(crosshair, Mapping) and axis in crosshair:
        return np.full((*values.shape[:-1], 1), float(crosshair[axis]))
    is_there = np.isfinite(values)
    n = is_there.sum(axis=-1, keepdims=True)
    total = np.where(is_there, values, 0).sum(axis=-1, keepdims=True)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def place(importance: Floats, performance: Floats, cuts: tuple[Floats, Floats]) -> Ints:
    """Find the quadrant of drivers.

    Parameters
    ----------
    importance, performance : ndarray, shape (..., n_drivers)
    cuts : tuple of two ndarrays, shape (..., 1)
        Where the cross-hair cuts each; on the line counts as high.

    Returns
    -------
    ndarray of int64, shape (..., n_drivers)
        Position in `QUADRANTS`; -1 where something is missing.

    Examples
    --------
    >>> found = place(np.array([.6, .1]), np.array([-.2, .4]), (np.array([.5]), np.array([0.0])))
    >>> [QUADRANTS[i] for i in found]
    ['concentrate here', 'possible overkill']
    """
    is_known = np.isfinite(importance) & np.isfinite(performance)
    is_known &= np.isfinite(cuts[0]) & np.isfinite(cuts[1])
    found = 2 * (importance >= cuts[0]) + (performance >= cuts[1])
    return np.where(is_known, found, -1).astype(np.int64)


def place_asymmetric(
    classes: Sequence[str | None], performance: Floats, cut: Floats
) -> list[str | None]:
    """Find the cell of drivers in the grid of asymmetry and performance.

    Parameters
    ----------
    classes : sequence of str or None
        Kano classes: basic, performance or excitement; None where not settled.
    performance, cut : ndarray, shape (n_drivers,)

    Returns
    -------
    list of str or None
        One of `ASYMMETRIC`.

    Examples
    --------
    >>> place_asymmetric(["basic", None], np.array([-.1, .5]), np.array([0.0, 0]))
    ['repair first', None]
    """
    is_known = np.isfinite(performance) & np.isfinite(cut)
    return [
        ASYMMETRIC[name][int(value >= line)] if isinstance(name, str) and known else None
        for name, value, line, known in zip(classes, performance, cut, is_known, strict=True)
    ]
