"""Lifetime value of customers who need not say that they leave: BG/NBD with Gamma-Gamma."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.bg_nbd import (
    BgNbd,
    expected_purchases,
    fit_bg_nbd,
    probability_alive,
    score_purchases,
)
from nlp_cx.analyze.metrics.estimates import tabulate
from nlp_cx.analyze.metrics.gamma_gamma import (
    GammaGamma,
    check_independence,
    expected_value,
    fit_gamma_gamma,
    score_values,
)
from nlp_cx.analyze.metrics.purchases import summarize_purchases
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]

MIN_REPEATERS = 30
"""With fewer customers who bought again the seven parameters are not to be told."""

CAVEAT = "a forecast of revenue, not of profit, by BG/NBD and Gamma-Gamma; see its holdout check"

_UNITS = {1.0: "days", 7.0: "weeks", 30.0: "units of 30 days", 365.25: "years"}


def forecast_customers(
    summary: pd.DataFrame,
    purchases: BgNbd,
    values: GammaGamma,
    *,
    horizon: float,
    discount: float = 0.0,
) -> pd.DataFrame:
    """Forecast what each customer will buy.

    Parameters
    ----------
    summary : DataFrame, one row per customer
        From `purchases.summarize_purchases`, with values.
    purchases : BgNbd
    values : GammaGamma
    horizon : float
        How far to look, in the units of the summary; above 0.
    discount : float, default=0
        Per unit, 0 or more, e.g. ``1.1 ** (1 / 52) - 1`` for 10 % a year in weeks.

    Returns
    -------
    DataFrame, one row per customer
        ``customer``; ``p_alive``; ``expected_purchases`` until the horizon; ``expected_value`` of
        each; ``expected_revenue``: their product, discounted from when it comes, to the horizon.

    Raises
    ------
    AnalysisError
        If horizon or discount are out of range.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer": ["a", "b"], "frequency": [2, 0],
    ...     "recency": [30.43, 0], "age": [38.86, 38.86], "value": [22.35, 0]})
    >>> cdnow = BgNbd(0.243, 4.414, 0.793, 2.426), GammaGamma(6.25, 3.74, 15.44)
    >>> forecast_customers(summary, *cdnow, horizon=39)["expected_revenue"].round(2).tolist()
    [30.24, 6.87]
    """
    if not horizon > 0 or not 0 <= discount < np.inf:
        raise AnalysisError(
            f"lifetime value: horizon {horizon:g}, discount {discount:g}; expected above 0, and 0 "
            f"or more"
        )
    n_steps = 1 if discount == 0 else int(min(max(np.ceil(horizon), 1), 60))
    ends = np.linspace(0, horizon, n_steps + 1)
    totals = [expected_purchases(purchases, summary, float(end)) for end in ends]
    discounted = np.zeros(len(summary))
    for i in range(n_steps):
        # What comes within a step comes on average in its middle.
        middle = (ends[i] + ends[i + 1]) / 2
        discounted += (totals[i + 1] - totals[i]) / (1 + discount) ** middle
    worth = expected_value(values, summary)
    return pd.DataFrame(
        {
            "customer": summary["customer"],
            "p_alive": probability_alive(purchases, summary),
            "expected_purchases": totals[-1],
            "expected_value": worth,
            "expected_revenue": discounted * worth,
        }
    )


def estimate_lifetime_value(
    orders: pd.DataFrame,
    customer: str,
    date: str,
    value: str,
    *,
    horizon: float,
    discount: float = 0.0,
    until: Any = None,
    per_days: float = 7.0,
    group: str | None = None,
    confidence: float = 0.95,
    min_n: int = 100,
) -> pd.DataFrame:
    """Estimate the mean value of a customer until a horizon, of all or by group.

    Parameters
    ----------
    orders : DataFrame, one row per order or order line
    customer, date, value : str
        Columns; see `purchases.summarize_purchases`.
    horizon : float
        How far to look, in units of time.
    discount : float, default=0
        Per unit of time.
    until : date, optional
        End of the watch; the last day of the table when not given.
    per_days : float, default=7
        Days in a unit of time: 7 for weeks.
    group : str, optional
        Column of groups; a customer belongs to that of the first order. Each group has its own
        models.
    confidence : float
    min_n : int, default=100
        With fewer customers, or fewer than 30 who bought again, nothing is estimated.

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`: per group ``clv_expected`` (mean expected revenue of a
        customer until the horizon), ``expected_purchases`` and ``expected_alive_share`` (means over
        customers).

    Raises
    ------
    SchemaError, AnalysisError
        As `purchases.summarize_purchases`; if horizon or discount are out of range.

    Notes
    -----
    The interval is normal on the log scale (logit for the share), of a standard error that adds the
    choice of customers and the error of all seven parameters (sandwich). It is one of the mean
    that the model expects, not of what will be bought, and says nothing of a wrong model: that is
    what `holdout.check_forecast` is for.

    References
    ----------
    Fader, Hardie and Lee (2005), RFM and CLV: using iso-value curves for customer base analysis,
    Journal of Marketing Research 42, 415-430.
    """
    summary = summarize_purchases(
        orders, customer, date, value=value, group=group, until=until, per_days=per_days
    )
    unit = _UNITS.get(float(per_days), f"units of {per_days:g} days")
    rows = []
    for label, part in _parts(summary, group):
        names = {} if group is None else {"group": label}
        estimates, reason = _estimate_part(part, horizon, discount, min_n)
        for metric, of in _METRICS.items():
            row: dict[str, object] = {
                **names,
                "metric": metric,
                "n": len(part),
                "n_effective": float(len(part)),
                "unit": of.format(horizon=f"{horizon:g} {unit}"),
                "source": "operational",
                "caveat": CAVEAT,
            }
            if reason:
                row["reason"] = reason
            else:
                row |= _interval(estimates[metric], confidence, is_share="share" in metric)
            rows.append(row)
    return tabulate(rows, [] if group is None else ["group"])


def compare_lifetime_value(
    orders: pd.DataFrame,
    customer: str,
    date: str,
    value: str,
    *,
    group: str,
    horizon: float,
    discount: float = 0.0,
    until: Any = None,
    per_days: float = 7.0,
    confidence: float = 0.95,
    min_n: int = 100,
) -> pd.DataFrame:
    """Test whether the mean expected value of a customer differs between groups.

    Parameters
    ----------
    orders, customer, date, value, horizon, discount, until, per_days, confidence, min_n
        As in `estimate_lifetime_value`.
    group : str
        Column of groups; a customer belongs to that of the first order.

    Returns
    -------
    DataFrame, one row per pair of groups
        ``group, from_group, metric, estimate`` (second minus first), ``low, high, n, from_n,
        statistic, p_value, p_adjusted`` (Benjamini-Hochberg over the pairs), ``interval, reason``.

    Raises
    ------
    SchemaError, AnalysisError
        As `estimate_lifetime_value`.
    """
    summary = summarize_purchases(
        orders, customer, date, value=value, group=group, until=until, per_days=per_days
    )
    found = {
        label: (len(part), *_estimate_part(part, horizon, discount, min_n))
        for label, part in _parts(summary, group)
        if label is not None
    }
    rows = []
    for first, second in combinations(found, 2):
        (n1, one, reason1), (n2, two, reason2) = found[first], found[second]
        row: dict[str, object] = {
            "group": second,
            "from_group": first,
            "metric": "clv_expected",
            "n": n2,
            "from_n": n1,
        }
        if reason1 or reason2:
            row["reason"] = reason1 or reason2
        else:
            difference = two["clv_expected"].mean - one["clv_expected"].mean
            se = float(np.hypot(two["clv_expected"].se, one["clv_expected"].se))
            half = normal_quantile(confidence) * se
            row |= {
                "estimate": difference,
                "low": difference - half,
                "high": difference + half,
                "statistic": difference / se,
                "p_value": _p_value(difference / se),
                "interval": "sandwich",
            }
        rows.append(row)
    names = ["group", "from_group", "metric", "estimate", "low", "high", "n", "from_n"]
    names += ["statistic", "p_value", "p_adjusted", "interval", "reason"]
    frame = pd.DataFrame(rows, columns=names)
    floats = ["estimate", "low", "high", "statistic", "p_value"]
    frame = frame.astype(dict.fromkeys(floats, "float64"))
    frame["p_adjusted"] = adjust_p_values(frame["p_value"].to_numpy(np.float64))
    return frame


@dataclass(frozen=True, slots=True)
class _Mean:
    """A mean over customers and its standard error."""

    mean: float
    se: float


_METRICS = {
    "clv_expected": "expected revenue per customer in the next {horizon}",
    "expected_purchases": "expected purchases per customer in the next {horizon}",
    "expected_alive_share": "expected share of customers who have not left",
}


def _parts(summary: pd.DataFrame, group: str | None) -> list[tuple[Any, pd.DataFrame]]:
    """Give the customers of each group, the missing one last."""
    if group is None:
        return [(None, summary)]
    if "group" not in summary.columns:
        raise SchemaError(f"lifetime value: no column {group!r}")
    parts = list(summary.groupby("group", sort=True, observed=True))
    unknown = summary[summary["group"].isna()]
    return [*parts, *([(None, unknown)] if len(unknown) else [])]


def _estimate_part(
    summary: pd.DataFrame, horizon: float, discount: float, min_n: int
) -> tuple[dict[str, _Mean], str]:
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
        metric: _Mean(float(mean), float(error))
        for metric, mean, error in zip(_METRICS, means, se, strict=True)
    }, ""


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


def _interval(of: _Mean, confidence: float, *, is_share: bool) -> dict[str, object]:
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


def _p_value(z: float) -> float:
    """Give the two-sided p-value of a standard normal statistic."""
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))
