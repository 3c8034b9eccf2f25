"""Shares as parameters: with the cases behind them, corrected, checked, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.rogan_gladen import rogan_gladen
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]

FATES = ("lost", "at_risk", "kept")
"""What becomes of the revenue of a branch; their shares sum to 1."""

BRANCHES = ("complaining", "silent")
"""Customers with a negative experience who complain, and who do not."""

FATE_SHARES = tuple(f"{branch}_{fate}" for branch in BRANCHES for fate in FATES)

PARAMETERS = ("revenue", "negative_share", "complaint_share", *FATE_SHARES)
"""What the cost is computed from, in this order."""

CORRECTION = ("observed_negative_share", "sensitivity", "specificity")
"""What may stand instead of ``negative_share``: the share that a classifier calls negative, and how
often it is right about negative and about other experiences."""

COLUMNS = ("parameter", "estimate", "low", "high", "n", "n_effective", "interval", "source")
"""Columns of a table of parameters, followed by ``reason``."""


def make_row(
    name: str,
    estimate: float,
    *,
    n: float | None,
    source: str,
    n_effective: float | None = None,
    confidence: float = 0.95,
    reason: str | None = None,
) -> dict[str, object]:
    """Make one row of a table of parameters, with its interval where cases stand behind it.

    Parameters
    ----------
    name : str
    estimate : float
        NaN where it is not known; `reason` says why.
    n : float or None
        Cases.
    source : str
        Where it is from, for people.
    n_effective : float, optional
        Equally weighted independent cases that would tell as much; `n` when not given.
    confidence : float
    reason : str, optional

    Returns
    -------
    dict
        By column.
    """
    n_effective = n if n_effective is None else n_effective
    low = high = np.nan
    method = None
    if n_effective is not None and n_effective > 0 and 0 <= estimate <= 1:
        from scipy.stats import beta

        a, b = estimate * n_effective + 0.5, (1 - estimate) * n_effective + 0.5
        tail = (1 - confidence) / 2
        low = 0.0 if estimate == 0 else float(beta.ppf(tail, a, b))
        high = 1.0 if estimate == 1 else float(beta.ppf(1 - tail, a, b))
        method = "Jeffreys"
    values = (name, float(estimate), low, high, n, n_effective, method, source, reason)
    return dict(zip((*COLUMNS, "reason"), values, strict=True))


def correct_share(observed: Floats, sensitivity: Floats, specificity: Floats) -> Floats:
    """Correct draws of a share for the errors of a classifier, and keep them within 0 to 1.

    Parameters
    ----------
    observed, sensitivity, specificity : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        `rogan_gladen.rogan_gladen`, clipped; NaN where the classifier does no better than chance.

    Examples
    --------
    >>> round(float(correct_share(np.array([0.22]), np.array([0.80]), np.array([0.95]))[0]), 5)
    0.22667
    """
    return np.clip(rogan_gladen(observed, sensitivity, specificity), 0.0, 1.0)


def make_corrected_row(
    parts: Sequence[Mapping[str, Any]], *, confidence: float = 0.95
) -> dict[str, object]:
    """Make the row of the negative share from the rows of `CORRECTION`.

    Parameters
    ----------
    parts : sequence of mapping
        The three rows, in the order of `CORRECTION`.
    confidence : float

    Returns
    -------
    dict
        By column; the interval carries the uncertainty of all three.

    Raises
    ------
    AnalysisError
        If such error rates cannot have led to such a share.
    """
    values = [float(part["estimate"]) for part in parts]
    faults = range_faults(dict(zip(CORRECTION, values, strict=True)))
    if faults:
        raise AnalysisError("; ".join(faults))
    observed, sensitivity, specificity = values
    share = float(rogan_gladen(observed, sensitivity, specificity))
    if not (np.isnan(observed) or -1e-12 <= share <= 1 + 1e-12):
        raise AnalysisError(
            f"observed_negative_share {observed:g} with sensitivity {sensitivity:g} and "
            f"specificity {specificity:g} gives {share:g}, expected a share: such error rates "
            "cannot have led to it. Measure them on texts of the same kind."
        )
    source = f"{parts[0]['source']}, errors taken out"
    row = make_row(
        "negative_share", share, n=None, source=source, reason=parts[0]["reason"] or None
    )
    sizes = [part["n_effective"] for part in parts]
    if not np.isnan(share) and not all(n is None or np.isnan(n) for n in sizes):
        rng = np.random.default_rng(0)
        drawn = [draw_share(rng, p, n, 20_000) for p, n in zip(values, sizes, strict=True)]
        tail = (1 - confidence) / 2
        low, high = np.nanquantile(correct_share(*drawn), [tail, 1 - tail])
        row |= {"low": float(low), "high": float(high), "interval": "Monte Carlo (Beta)"}
    return row


def draw_share(rng: np.random.Generator, share: float, n: float | None, n_draws: int) -> Floats:
    """Draw a share; all the same where no cases stand behind it, or it is not known.

    Parameters
    ----------
    rng : Generator
    share : float
    n : float or None
        Effective cases.
    n_draws : int

    Returns
    -------
    ndarray of float64, shape (n_draws,)
        Beta with 1/2 added to hits and misses (Jeffreys).
    """
    if n is None or np.isnan(n) or np.isnan(share):
        return np.full(n_draws, share)
    return rng.beta(share * n + 0.5, (1 - share) * n + 0.5, n_draws)


def range_faults(shares: Mapping[str, float]) -> list[str]:
    """Name the shares that are none; NaN is one that is not known.

    Parameters
    ----------
    shares : mapping of str to float

    Returns
    -------
    list of str
    """
    return [
        f"{name} is {share:g}, expected a share from 0 to 1 (22 % is 0.22)"
        for name, share in shares.items()
        if not (np.isnan(share) or 0 <= share <= 1)
    ]
