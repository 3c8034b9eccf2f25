"""Experience and expectation without forcing their difference: a quadratic response surface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters, code_controls
from nlp_cx.analyze.drivers.cell_means import t_quantile
from nlp_cx.analyze.satisfaction.ratings import Scale, read_ratings
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TERMS = ("x", "e", "x2", "xe", "e2")
"""Experience, expectation, their squares and product, both taken from the middle of the scale."""

_LINES = {
    "slope_met": (1, 1, 0, 0, 0),
    "curve_met": (0, 0, 1, 1, 1),
    "slope_gap": (1, -1, 0, 0, 0),
    "curve_gap": (0, 0, 1, -1, 1),
}
"""The surface along X = E and along X = -E, at the middle of the scale."""

SURFACE_NOTE = (
    "Associated with the outcome; not shown to cause it. The difference score holds where x and e "
    "have opposite weights and the squares none: difference_score tests that."
)


class _Fit(NamedTuple):
    """A least-squares fit with its clustered covariance."""

    beta: Floats
    covariance: Floats
    r2: float
    n: int
    n_clusters: int


def response_surface(
    ox: pd.DataFrame,
    outcome: str,
    experience: str,
    expectation: str,
    *,
    scale: Scale,
    mapping: ScoreMapping | None = None,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    min_n: int = 50,
) -> pd.DataFrame:
    """Fit an outcome on experience and expectation, their squares and their product.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        Rows without one of the columns are left out.
    outcome : str
        A column of numbers, e.g. ``"r_csat"``.
    experience, expectation : str
        Columns of one driver, on `scale` (or a score of the text, with `mapping`).
    scale : (float, float)
        Lowest and highest rating.
    mapping : ScoreMapping, optional
    controls : sequence of str
        Columns of numbers or categories that enter the model too.
    weights : str, optional
    cluster : str, optional
        Column of customers.
    confidence : float, default=0.95
    min_n : int, default=50
        Fewer rows are not analysed.

    Returns
    -------
    DataFrame, one row per term
        ``term``, ``meaning``, ``estimate, low, high, p_value``, ``n``, ``n_clusters``,
        ``interval``, ``reason``. Terms: ``x, e, x2, xe, e2`` (coefficients, the ratings taken from
        the middle of the scale); ``slope_met, curve_met`` (a1, a2: the surface where experience
        equals expectation); ``slope_gap, curve_gap`` (a3, a4: where they part, experience rising
        as expectation falls); ``difference_score`` (estimate: the F of the four constraints that
        outcome = b (X - E) puts on the surface; a small p says that the difference loses
        something); ``r2``, ``r2_difference``, ``r2_performance`` (of the surface, of X - E alone,
        of X alone).

    Raises
    ------
    SchemaError
        If columns are missing or hold other than numbers on the scale.
    AnalysisError
        If there are fewer than `min_n` rows, or experience and expectation do not vary enough for
        five terms.

    Notes
    -----
    Least squares; sandwich covariance by customer (CR1; HC1 where every row is a customer), t with
    G - 1 degrees of freedom, the joint test as F(4, G - 1).

    References
    ----------
    Edwards and Parry (1993), On the use of polynomial regression equations as an alternative to
    difference scores in organizational research, Academy of Management Journal 36, 1577-1613, for
    the surface and the constraints (from the literature, not re-read).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ox = pd.DataFrame(rng.integers(1, 8, (400, 2)), columns=["r_got", "r_expected"])
    >>> ox["r_csat"] = ox["r_got"] - ox["r_expected"] + rng.normal(0, 0.5, 400)
    >>> found = response_surface(ox, "r_csat", "r_got", "r_expected", scale=(1, 7))
    >>> found.set_index("term").loc[["slope_met", "slope_gap"], "estimate"].abs().round(1).tolist()
    [0.0, 2.0]
    """
    ratings = read_ratings(ox, {"x": experience, "e": expectation}, scale, mapping=mapping)
    names = [outcome, *controls, *(name for name in (weights, cluster) if name is not None)]
    if missing := [repr(name) for name in names if name not in ox.columns]:
        raise SchemaError(f"no column {', '.join(missing)}")
    y = as_numbers(ox, outcome)
    weight = np.ones(len(ox)) if weights is None else np.nan_to_num(as_numbers(ox, weights))
    keep = ~np.isnan(y) & ~np.isnan(ratings["x"].values) & ~np.isnan(ratings["e"].values)
    keep &= (weight > 0) & ~ox[list(controls)].isna().to_numpy(np.bool_).any(axis=1)
    rows = np.flatnonzero(keep).astype(np.int64)
    if rows.size < min_n:
        raise AnalysisError(
            f"{rows.size:,} of {len(ox):,} rows have {outcome}, {experience} and {expectation}, "
            f"expected at least {min_n:,}"
        )
    middle = (scale[0] + scale[1]) / 2
    x, e = ratings["x"].values[rows] - middle, ratings["e"].values[rows] - middle
    more, _ = code_controls(ox, controls, rows)
    clusters = code_clusters(ox, cluster, rows)
    surface = np.column_stack([x, e, x**2, x * e, e**2])
    fit = _fit(y[rows], np.column_stack([surface, more]), weight[rows], clusters)
    r2 = {
        "r2": fit.r2,
        "r2_difference": _fit(y[rows], np.column_stack([x - e, more]), weight[rows], clusters).r2,
        "r2_performance": _fit(y[rows], np.column_stack([x, more]), weight[rows], clusters).r2,
    }
    result = _tabulate(fit, r2, confidence)
    result.attrs["note"] = SURFACE_NOTE
    return result


def _fit(y: Floats, table: Floats, weights: Floats, clusters: Ints) -> _Fit:
    """Fit by least squares, with an intercept that comes first."""
    design = np.column_stack([np.ones(y.size), table])
    root = np.sqrt(weights)[:, None]
    scaled = design * root
    norms = np.linalg.norm(scaled, axis=0)
    if (norms == 0).any() or np.linalg.matrix_rank(scaled / norms) < design.shape[1]:
        raise AnalysisError(
            "experience, expectation and controls do not vary enough to tell their terms apart: "
            "collect more answers, leave controls out, or use satisfaction_gap"
        )
    bread = np.linalg.inv(scaled.T @ scaled)
    beta = bread @ scaled.T @ (y * root[:, 0])
    residual = y - design @ beta
    codes = np.unique(clusters, return_inverse=True)[1]
    n_clusters = int(codes.max()) + 1
    scores = np.zeros((n_clusters, design.shape[1]))
    np.add.at(scores, codes, design * (weights * residual)[:, None])
    n, k = design.shape
    if n_clusters < 2 or n <= k:
        raise AnalysisError(f"{n_clusters} customers and {n} rows for {k} terms: too few")
    correction = n_clusters / (n_clusters - 1) * (n - 1) / (n - k)
    covariance = correction * bread @ (scores.T @ scores) @ bread
    spread = weights @ (y - np.average(y, weights=weights)) ** 2
    r2 = 1 - (weights @ residual**2) / spread if spread > 0 else np.nan
    return _Fit(beta, covariance, float(r2), n, n_clusters)


def _tabulate(fit: _Fit, r2: dict[str, float], confidence: float) -> pd.DataFrame:
    """Make the table of all terms."""
    from scipy.special import fdtrc, stdtr

    weights = np.zeros((len(TERMS) + len(_LINES), fit.beta.size))
    weights[: len(TERMS), 1 : len(TERMS) + 1] = np.eye(len(TERMS))
    weights[len(TERMS) :, 1 : len(TERMS) + 1] = list(_LINES.values())
    estimate = weights @ fit.beta
    se = np.sqrt(np.einsum("ij,jk,ik->i", weights, fit.covariance, weights))
    df = fit.n_clusters - 1
    half = t_quantile(np.array([df]), confidence) * se
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = 2 * stdtr(df, -np.abs(estimate / se))
    # outcome = b (X - E): the weights of x and e add to 0, the three others are 0.
    rules = np.zeros((4, fit.beta.size))
    rules[0, 1:3] = 1
    rules[1:, 3:6] = np.eye(3)
    off = rules @ fit.beta
    spread = rules @ fit.covariance @ rules.T
    # With 5 customers or fewer the four constraints cannot be told apart.
    enough = fit.n_clusters > 5 and np.linalg.matrix_rank(spread) == 4
    f = float(off @ np.linalg.solve(spread, off)) / 4 if enough else np.nan
    terms = [*TERMS, *_LINES, "difference_score", *r2]
    result = pd.DataFrame({"term": terms, "meaning": [_MEANINGS[term] for term in terms]})
    rest = [np.nan] * len(r2)
    result["estimate"] = [*estimate, f, *r2.values()]
    result["low"], result["high"] = (
        [*(estimate - half), np.nan, *rest],
        [
            *(estimate + half),
            np.nan,
            *rest,
        ],
    )
    result["p_value"] = [*p_value, float(fdtrc(4, df, f)), *rest]
    result["n"], result["n_clusters"] = fit.n, fit.n_clusters
    result["interval"] = "t, sandwich by customer"
    reasons = [None] * estimate.size + ["a test has no interval"] + ["not estimated"] * len(r2)
    result["reason"] = pd.array(reasons, "string")
    return result


_MEANINGS = {
    "x": "experience",
    "e": "expectation",
    "x2": "experience squared",
    "xe": "experience times expectation",
    "e2": "expectation squared",
    "slope_met": "a1: slope where experience equals expectation",
    "curve_met": "a2: curvature where experience equals expectation",
    "slope_gap": "a3: slope as experience rises above expectation",
    "curve_gap": "a4: curvature as they part",
    "difference_score": "F test: is the difference experience - expectation enough?",
    "r2": "R2 of the surface",
    "r2_difference": "R2 of the difference alone",
    "r2_performance": "R2 of experience alone",
}
