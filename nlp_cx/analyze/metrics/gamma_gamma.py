"""How much a purchase of each customer is worth: the Gamma-Gamma model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.purchases import check_summary
from nlp_cx.errors import AnalysisError, DataWarning

Floats = npt.NDArray[np.float64]

RELATED = 0.3
"""From this correlation of frequency and value on, the model is warned of."""

_BOUND = 12.0


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted model of the value of purchases.

    Attributes
    ----------
    p, q, gamma : float
        A purchase is gamma with shape p and a rate that is gamma(q, gamma) over customers; gamma in
        money.
    log_likelihood : float
    n_customers : int
        Who bought again.
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float = np.nan
    n_customers: int = 0


def fit_gamma_gamma(
    summary: pd.DataFrame, *, weights: Floats | None = None, start: GammaGamma | None = None
) -> GammaGamma:
    """Fit the Gamma-Gamma model by maximum likelihood to customers who bought again.

    Parameters
    ----------
    summary : DataFrame, one row per customer
        From `purchases.summarize_purchases`: ``frequency, recency, age, value``.
    weights : ndarray of float64, shape (n_customers,), optional
        How often each customer counts.
    start : GammaGamma, optional
        Where to begin to look.

    Returns
    -------
    GammaGamma

    Raises
    ------
    SchemaError, AnalysisError
        As `purchases.check_summary`; if nobody bought again; if the fit gives no mean value (q is 1
        or less).

    Notes
    -----
    Customers whose purchases after the first are worth 0 or less are left out with a warning: the
    model knows none. Takes the value of purchases to be unrelated to their number: see
    `check_independence`.

    References
    ----------
    Fader and Hardie (2013), The Gamma-Gamma model of monetary value, note 25 of brucehardie.com.
    """
    from scipy.optimize import minimize

    check_summary(summary, value=True)
    w = np.ones(len(summary)) if weights is None else np.asarray(weights, np.float64)
    x, m = (summary[name].to_numpy(np.float64) for name in ("frequency", "value"))
    keep = (x > 0) & (m > 0) & (w > 0)
    n_free = int(((x > 0) & (m <= 0)).sum())
    if n_free and weights is None:
        warnings.warn(
            f"purchases: {n_free:,} of {int((x > 0).sum()):,} customers who bought again have a "
            f"mean value of 0 or less; they are left out of the fit of values",
            DataWarning,
            stacklevel=2,
        )
    if not keep.any():
        raise AnalysisError("purchases: nobody bought again for money: no values to fit")
    x, m, w = x[keep], m[keep], w[keep]
    scale = float(np.average(m, weights=w))
    guess = (start.p, start.q, start.gamma / scale) if start is not None else (2.0, 3.0, 1.0)
    found = minimize(
        _negative_log_likelihood,
        np.clip(np.log(guess), -_BOUND, _BOUND),
        args=(x, m / scale, w),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * 3,
        options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-8},
    )
    p, q, gamma = np.exp(found.x)
    if not q > 1:
        raise AnalysisError(
            f"purchases: the fitted values have no mean (q is {q:.3g}, expected above 1): a few "
            f"customers spend so much more than the rest that no mean is sure"
        )
    log_likelihood = -float(found.fun) * float(w.sum()) - float(w.sum()) * np.log(scale)
    return GammaGamma(float(p), float(q), float(gamma * scale), log_likelihood, int(keep.sum()))


def expected_value(model: GammaGamma, summary: pd.DataFrame) -> Floats:
    """Expect the value of a purchase of each customer.

    Parameters
    ----------
    model : GammaGamma
    summary : DataFrame, one row per customer
        ``frequency, value``.

    Returns
    -------
    ndarray of float64, shape (n_customers,)
        Between the mean of all and the customer's own, the nearer to it the more purchases there
        are; the mean of all for customers of one purchase, whose first value the model leaves out.

    Examples
    --------
    >>> cdnow = GammaGamma(6.25, 3.74, 15.44)
    >>> rows = pd.DataFrame({"frequency": [0, 1, 2], "value": [0.0, 50, 22.35]})
    >>> expected_value(cdnow, rows).round(3).tolist()
    [35.219, 45.495, 24.664]
    """
    x, m = (summary[name].to_numpy(np.float64) for name in ("frequency", "value"))
    return np.asarray(
        model.p * (model.gamma + np.where(x > 0, m * x, 0.0)) / (model.p * x + model.q - 1),
        np.float64,
    )


def check_independence(summary: pd.DataFrame) -> pd.DataFrame:
    """Check what the Gamma-Gamma model takes for granted: number and value are unrelated.

    Parameters
    ----------
    summary : DataFrame, one row per customer
        ``frequency, value``. Only customers who bought again count.

    Returns
    -------
    DataFrame, one row each for Pearson's and Spearman's correlation
        ``metric, estimate, low, high, n, interval, reason``.

    Warns
    -----
    DataWarning
        If either is 0.3 or more, in either direction.

    Notes
    -----
    Fisher's interval; of Spearman's correlation an approximation.
    """
    from scipy.stats import rankdata

    again = summary[summary["frequency"] > 0]
    x, m = (again[name].to_numpy(np.float64) for name in ("frequency", "value"))
    rows = []
    for name, (u, v) in {
        "pearson": (x, m),
        "spearman": (rankdata(x), rankdata(m)),
    }.items():
        row: dict[str, object] = {"metric": f"frequency_value_{name}", "n": len(x)}
        if len(x) < 4 or np.ptp(u) == 0 or np.ptp(v) == 0:
            row["reason"] = "too few customers who bought again, or all alike"
        else:
            r = float(np.corrcoef(u, v)[0, 1])
            half = 1.959964 / np.sqrt(len(x) - 3)
            centre = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
            row |= {
                "estimate": r,
                "low": float(np.tanh(centre - half)),
                "high": float(np.tanh(centre + half)),
                "interval": "Fisher",
            }
        rows.append(row)
    columns = ["metric", "estimate", "low", "high", "n", "interval", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.astype({"estimate": float, "low": float, "high": float})
    worst = table["estimate"].abs().max()
    if worst >= RELATED:
        warnings.warn(
            f"purchases: number and value of purchases are correlated ({worst:.2f}), which the "
            f"Gamma-Gamma model takes not to be: values of frequent and of rare customers are off",
            DataWarning,
            stacklevel=2,
        )
    return table


def _negative_log_likelihood(
    theta: Floats, x: Floats, m: Floats, w: Floats
) -> tuple[float, Floats]:
    """Give minus the mean log likelihood and its gradient in the logarithms of the parameters."""
    values, scores = score_values(theta, x, m)
    total = float(w.sum())
    return -float(w @ values) / total, -(scores @ w) / total


def score_values(theta: Floats, x: Floats, m: Floats) -> tuple[Floats, Floats]:
    """Give the log likelihood of each customer's mean value and its slopes.

    Parameters
    ----------
    theta : ndarray of float64, shape (3,)
        Logarithms of p, q, gamma.
    x, m : ndarray of float64, shape (n_customers,)
        Number of purchases after the first, and their mean value; above 0.

    Returns
    -------
    values : ndarray of float64, shape (n_customers,)
    scores : ndarray of float64, shape (3, n_customers)
        Derivatives with respect to `theta`.
    """
    from scipy.special import digamma, gammaln

    p, q, gamma = np.exp(theta)
    total = np.log(gamma + m * x)
    values = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(gamma)
        + (p * x - 1) * np.log(m)
        + p * x * np.log(x)
        - (p * x + q) * total
    )
    both = digamma(p * x + q)
    slopes = np.array(
        [
            x * (both - digamma(p * x) + np.log(m) + np.log(x) - total),
            both - digamma(q) + np.log(gamma) - total,
            q / gamma - (p * x + q) / (gamma + m * x),
        ]
    )
    return values, slopes * np.exp(theta)[:, None]
