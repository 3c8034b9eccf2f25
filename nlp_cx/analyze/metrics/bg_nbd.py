"""How often customers will buy again, and whether they still are customers: the BG/NBD model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.purchases import check_summary
from nlp_cx.errors import AnalysisError, DataWarning

Floats = npt.NDArray[np.float64]

_BOUND = 9.0
"""Logarithms of the parameters are looked for within this distance of 0."""


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted model of repeat purchases.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates; alpha in units of time.
    a, b : float
        Of the beta distribution of the chance to leave after a purchase.
    log_likelihood : float
    n_customers : int
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = np.nan
    n_customers: int = 0


def fit_bg_nbd(
    summary: pd.DataFrame, *, weights: Floats | None = None, start: BgNbd | None = None
) -> BgNbd:
    """Fit the BG/NBD model by maximum likelihood.

    Parameters
    ----------
    summary : DataFrame, one row per customer
        From `purchases.summarize_purchases`: ``frequency, recency, age``.
    weights : ndarray of float64, shape (n_customers,), optional
        How often each customer counts.
    start : BgNbd, optional
        Where to begin to look.

    Returns
    -------
    BgNbd
        Warned of where a parameter runs to the edge of what is looked at: then the data do not
        tell it, e.g. because hardly anybody leaves.

    Raises
    ------
    SchemaError, AnalysisError
        As `purchases.check_summary`; or if nobody bought again.

    Notes
    -----
    While a customer, purchases are Poisson with a rate of gamma(r, alpha) over customers; after
    each purchase the customer leaves with a chance of beta(a, b). Nobody leaves before a repeat
    purchase: the model takes customers of one purchase to be still there.

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to the
    Pareto/NBD model, Marketing Science 24, 275-284.

    Examples
    --------
    >>> rows = [(0, 0, 30)] * 60 + [(1, 5, 30)] * 20 + [(3, 12, 30)] * 15 + [(8, 28, 30)] * 5
    >>> model = fit_bg_nbd(pd.DataFrame(rows, columns=["frequency", "recency", "age"]))
    >>> model.n_customers, bool(0.2 < model.r < 1)
    (100, True)
    """
    from scipy.optimize import minimize

    check_summary(summary)
    x, last, age = (summary[name].to_numpy(np.float64) for name in ("frequency", "recency", "age"))
    w = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
    if not (w * x).sum() > 0:
        raise AnalysisError(
            f"purchases: none of the {len(x):,} customers bought again: nothing to fit"
        )
    scale = float(np.average(age, weights=w))  # so that all parameters are of a size
    if not scale > 0:
        raise AnalysisError("purchases: all customers bought on the last day: nothing was watched")
    rows, counts = _compress(x, last / scale, age / scale, w)
    starts = (
        [(start.r, start.alpha / scale, start.a, start.b)]
        if start is not None
        else [(1.0, 1.0, 1.0, 3.0), (0.2, 0.1, 0.5, 2.0)]
    )
    best = None
    for guess in starts:
        found = minimize(
            _negative_log_likelihood,
            np.clip(np.log(guess), -_BOUND, _BOUND),
            args=(rows, counts),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_BOUND, _BOUND)] * 4,
            options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8},
        )
        if best is None or found.fun < best.fun:
            best = found
    if best is None or not np.isfinite(best.fun):
        raise AnalysisError("purchases: no parameters fit the customers")
    names = ("r", "alpha", "a", "b")
    edge = [name for name, v in zip(names, best.x, strict=True) if abs(v) > _BOUND - 1e-3]
    if edge and weights is None:
        warnings.warn(
            f"purchases: {', '.join(edge)} of the BG/NBD model ran to the edge: the data do not "
            f"tell it. Trust the holdout check, not the parameters.",
            DataWarning,
            stacklevel=2,
        )
    r, alpha, a, b = np.exp(best.x)
    total = float(counts.sum())
    # A rate per unit of time instead of per `scale` of it.
    log_likelihood = -float(best.fun) * total - float((w * x).sum()) * np.log(scale)
    return BgNbd(float(r), float(alpha * scale), float(a), float(b), log_likelihood, len(x))


def expected_purchases(model: BgNbd, summary: pd.DataFrame, horizon: float) -> Floats:
    """Expect each customer's purchases in the time to come.

    Parameters
    ----------
    model : BgNbd
    summary : DataFrame, one row per customer
        ``frequency, recency, age``. A customer to be: all 0.
    horizon : float
        In the units of the summary, 0 or more.

    Returns
    -------
    ndarray of float64, shape (n_customers,)

    Notes
    -----
    Equation 10 of Fader, Hardie and Lee (2005), with Euler's transformation of the hypergeometric
    function, which keeps it exact for customers of many purchases.

    Examples
    --------
    >>> cdnow = BgNbd(0.243, 4.414, 0.793, 2.426)
    >>> one = pd.DataFrame({"frequency": [2], "recency": [30.43], "age": [38.86]})
    >>> float(expected_purchases(cdnow, one, 39).round(5)[0])
    1.22603
    """
    from scipy.special import hyp2f1

    if not 0 <= horizon < np.inf:
        raise AnalysisError(f"purchases: horizon {horizon:g}, expected 0 or more")
    x = summary["frequency"].to_numpy(np.float64)
    age = summary["age"].to_numpy(np.float64)
    r, alpha, b = model.r, model.alpha, model.b
    # The formula divides by a - 1; beside 1 it is the same to 8 digits.
    a = model.a if abs(model.a - 1) > 1e-6 else 1 + 1e-6
    z = horizon / (alpha + age + horizon)
    power = np.exp((a - 1) * np.log1p(-z)) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    while_there = (a + b + x - 1) / (a - 1) * (1 - power)
    return np.asarray(while_there * probability_alive(model, summary), np.float64)


def probability_alive(model: BgNbd, summary: pd.DataFrame) -> Floats:
    """Give the probability that each customer still is one.

    Parameters
    ----------
    model : BgNbd
    summary : DataFrame, one row per customer
        ``frequency, recency, age``.

    Returns
    -------
    ndarray of float64, shape (n_customers,)
        1 for customers of one purchase, by assumption of the model.

    Examples
    --------
    >>> cdnow = BgNbd(0.243, 4.414, 0.793, 2.426)
    >>> one = pd.DataFrame({"frequency": [2], "recency": [30.43], "age": [38.86]})
    >>> float(probability_alive(cdnow, one).round(5)[0])
    0.72658
    """
    from scipy.special import expit

    x, last, age = (summary[name].to_numpy(np.float64) for name in ("frequency", "recency", "age"))
    at_least_one = np.maximum(x, 1)
    odds_left = (
        np.log(model.a)
        - np.log(model.b + at_least_one - 1)
        + (model.r + x) * (np.log(model.alpha + age) - np.log(model.alpha + last))
    )
    return np.where(x > 0, expit(-odds_left), 1.0)


def _compress(x: Floats, last: Floats, age: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Give the different customers, and how many there are of each."""
    rows, code = np.unique(np.column_stack([x, last, age]), axis=0, return_inverse=True)
    counts = np.asarray(np.bincount(code.ravel(), w, len(rows)), np.float64)
    return rows[counts > 0], counts[counts > 0]


def _negative_log_likelihood(theta: Floats, rows: Floats, counts: Floats) -> tuple[float, Floats]:
    """Give minus the mean log likelihood and its gradient in the logarithms of the parameters."""
    values, scores = score_purchases(theta, rows)
    total = float(counts.sum())
    return -float(counts @ values) / total, -(scores @ counts) / total


def score_purchases(theta: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Give the log likelihood of each customer and its slopes.

    Parameters
    ----------
    theta : ndarray of float64, shape (4,)
        Logarithms of r, alpha, a, b.
    rows : ndarray of float64, shape (n_customers, 3)
        Frequency, recency, age.

    Returns
    -------
    values : ndarray of float64, shape (n_customers,)
        Equation 6 of Fader, Hardie and Lee (2005), without what does not depend on `theta`.
    scores : ndarray of float64, shape (4, n_customers)
        Derivatives with respect to `theta`.
    """
    from scipy.special import digamma, gammaln

    r, alpha, a, b = np.exp(theta)
    x, last, age = rows.T
    again = np.maximum(x, 1)
    stays = -(r + x) * np.log(alpha + age)
    leaves = np.where(
        x > 0, np.log(a) - np.log(b + again - 1) - (r + x) * np.log(alpha + last), -np.inf
    )
    either = np.logaddexp(stays, leaves)
    values = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
        + either
    )
    left = np.exp(leaves - either)
    mean_log = (1 - left) * np.log(alpha + age) + left * np.log(alpha + last)
    mean_inverse = (1 - left) / (alpha + age) + left / (alpha + last)
    both = digamma(a + b) - digamma(a + b + x)
    slopes = np.array(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - mean_log,
            r / alpha - (r + x) * mean_inverse,
            both + left / a,
            both + digamma(b + x) - digamma(b) - left / (b + again - 1),
        ]
    )
    return values, slopes * np.exp(theta)[:, None]
