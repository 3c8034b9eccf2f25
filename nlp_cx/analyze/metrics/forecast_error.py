"""How sure the mean forecast of many customers is: errors of customers and of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.bg_nbd import BgNbd, fit_bg_nbd, score_purchases
from nlp_cx.analyze.metrics.forecast import forecast_customers
from nlp_cx.analyze.metrics.gamma_gamma import (
    GammaGamma,
    check_independence,
    fit_gamma_gamma,
    score_values,
)
from nlp_cx.analyze.proportions import normal_quantile

Floats = npt.NDArray[np.float64]


METRICS = {
    "clv_expected": "expected revenue per customer in the next {horizon}",
    "expected_purchases": "expected purchases per customer in the next {horizon}",
    "expected_alive_share": "expected share of customers who have not left",
}
"""What is estimated, and its unit."""

MIN_REPEATERS = 30
"""With fewer customers who bought again the seven parameters are not to be told."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over customers and its standard error."""

    mean: float
    se: float


def estimate_means(
    summary: pd.DataFrame, horizon: float, discount: float, min_n: int
) -> tuple[dict[str, Mean], str]:
    """Fit the models of one group and give its means, or the reason for none."""
    n_again = int((summary["frequency"] > 0).sum())
    if len(summary) < min_n or n_again < MIN_REPEATERS:
        return {}, (
            f"{len(summary):,} customers, {n_again:,} of them bought again: fewer than min_n "
            f"{min_n:,} and {MIN_REPEATERS}"
        )
    check_independence(summary)
    purchases, values = fit_bg_nbd(summary), fit_gamma_gamma(summary)
    theta = np.log(
        [purchases.r, purchases.alpha, purchases.a, purchases.b, values.p, values.q, values.gamma]
    )

    def predict(at: Floats) -> Floats:
        r, alpha, a, b, p, q, gamma = np.exp(at).tolist()
        forecast = forecast_customers(
            summary,
            BgNbd(r, alpha, a, b),
            GammaGamma(p, q, gamma),
            horizon=horizon,
            discount=discount,
        )
        columns = ["expected_revenue", "expected_purchases", "p_alive"]
        return forecast[columns].to_numpy(np.float64)

    found = predict(theta)
    influence = _influence(summary, theta)
    if influence is None:
        return {}, "the data do not tell the parameters of the models: a flat likelihood"
    step = 1e-4
    slopes = np.array(
        [
            (predict(theta + step * unit).mean(axis=0) - predict(theta - step * unit).mean(axis=0))
            / (2 * step)
            for unit in np.eye(7)
        ]
    )
    means = found.mean(axis=0)
    n = len(summary)
    errors = found - means + influence @ slopes
    se = np.sqrt((errors**2).sum(axis=0) / (n * (n - 1)))
    return {
        metric: Mean(float(mean), float(error))
        for metric, mean, error in zip(METRICS, means, se, strict=True)
    }, ""


def give_interval(of: Mean, confidence: float, *, is_share: bool) -> dict[str, object]:
    """Give estimate and interval, on the scale on which the estimate has no bounds."""
    z = normal_quantile(confidence)
    if is_share and not 0 < of.mean < 1:
        return {"estimate": of.mean, "reason": "no interval: the share is at its bound"}
    if is_share:
        centre = np.log(of.mean / (1 - of.mean))
        half = z * of.se / (of.mean * (1 - of.mean))
        low, high = (1 / (1 + np.exp(-(centre + sign * half))) for sign in (-1, 1))
    else:
        half = z * of.se / of.mean
        low, high = of.mean * np.exp(-half), of.mean * np.exp(half)
    scale = "logit" if is_share else "log"
    return {
        "estimate": of.mean,
        "low": float(low),
        "high": float(high),
        "interval": f"sandwich, {scale}",
    }


def _influence(summary: pd.DataFrame, theta: Floats) -> Floats | None:
    """Give what each customer adds to the error of the parameters, shape (n_customers, 7)."""
    rows = summary[["frequency", "recency", "age"]].to_numpy(np.float64)
    x, m = (summary[name].to_numpy(np.float64) for name in ("frequency", "value"))
    known = (x > 0) & (m > 0)
    n, step = len(x), 1e-5
    blocks = []

    def score(at: Floats, is_value: bool) -> Floats:
        if not is_value:
            return score_purchases(at, rows)[1]
        scores = np.zeros((3, n))
        scores[:, known] = score_values(at, x[known], m[known])[1]
        return scores

    for at, is_value in ((theta[:4], False), (theta[4:], True)):
        hessian = np.array(
            [
                (score(at + step * unit, is_value) - score(at - step * unit, is_value)).mean(axis=1)
                / (2 * step)
                for unit in np.eye(len(at))
            ]
        )
        hessian = (hessian + hessian.T) / 2
        eigenvalues = np.linalg.eigvalsh(-hessian)
        if not eigenvalues.min() > 1e-9 * eigenvalues.max():
            return None
        blocks.append(np.linalg.solve(-hessian, score(at, is_value)))
    return np.concatenate(blocks).T
