"""How far probabilities can be taken at their word: reliability table and calibration error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError


def reliability_table(
    p: npt.ArrayLike, happened: npt.ArrayLike, *, n_bins: int = 15
) -> pd.DataFrame:
    """Compare probabilities with what happened, in bins that hold equally many rows.

    Parameters
    ----------
    p : array-like of float, shape (n_rows,)
        Probabilities, 0 to 1; of one label, or of the label that was chosen.
    happened : array-like of bool, shape (n_rows,)
        Whether that label is the gold one.
    n_bins : int, default=15
        Rows with equal probability share a bin, so there may be fewer, of unequal size.

    Returns
    -------
    DataFrame, one row per bin, ascending
        ``n``; ``p_low, p_high`` (smallest and largest probability), ``p_mean``; ``share`` (of rows
        where it happened).

    Raises
    ------
    InputError
        If the arrays differ in length, are empty, or a probability is not in 0 to 1.
    """
    p, happened = np.asarray(p, np.float64), np.asarray(happened, bool)
    if p.shape != happened.shape or p.ndim != 1 or len(p) == 0:
        raise InputError(
            f"{p.shape} probabilities for {happened.shape} outcomes: expected n and n."
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError(f"probabilities range over {p.min()} to {p.max()}: expected 0 to 1.")
    # The upper edges are values of p themselves: a tie cannot straddle two bins, and the result
    # does not depend on the order of the rows.
    edges = np.unique(np.quantile(p, np.arange(1, n_bins + 1) / n_bins, method="inverted_cdf"))
    bins = np.searchsorted(edges, p)
    table = pd.DataFrame({"bin": bins, "p": p, "happened": happened}).groupby("bin")
    return table.agg(
        n=("p", "size"),
        p_low=("p", "min"),
        p_high=("p", "max"),
        p_mean=("p", "mean"),
        share=("happened", "mean"),
    ).reset_index(drop=True)


def calibration_error(p: npt.ArrayLike, happened: npt.ArrayLike, *, n_bins: int = 15) -> float:
    """Give the expected calibration error over bins that hold equally many rows.

    Parameters
    ----------
    p, happened, n_bins
        As for `reliability_table`.

    Returns
    -------
    float
        Mean over rows of the gap between the mean probability and the share of their bin, 0 to 1.

    Notes
    -----
    ECE of Naeini et al. (2015) with the equal-mass bins of Nixon et al. (2019): bins of equal
    width leave most bins of a confident model nearly empty.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
    binning, AAAI. Nixon et al. (2019), Measuring calibration in deep learning, CVPR workshops.

    Examples
    --------
    >>> round(calibration_error([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 0], n_bins=2), 3)
    0.25
    """
    table = reliability_table(p, happened, n_bins=n_bins)
    gap = (table["p_mean"] - table["share"]).abs()
    return float((gap * table["n"]).sum() / table["n"].sum())
