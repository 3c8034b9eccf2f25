"""Lifetime value of customers who need not say that they leave: BG/NBD with Gamma-Gamma."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.metrics.estimates import tabulate
from nlp_cx.analyze.metrics.forecast_error import METRICS, estimate_means, give_interval
from nlp_cx.analyze.metrics.purchases import summarize_purchases
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile
from nlp_cx.errors import SchemaError

Floats = npt.NDArray[np.float64]


CAVEAT = "a forecast of revenue, not of profit, by BG/NBD and Gamma-Gamma; see its holdout check"


_UNITS = {1.0: "days", 7.0: "weeks", 30.0: "units of 30 days", 365.25: "years"}


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
    time_zone: str | None = None,
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
    time_zone : str, optional
        Whose midnight ends a day; that of the times when not given.
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
        orders,
        customer,
        date,
        value=value,
        group=group,
        until=until,
        per_days=per_days,
        time_zone=time_zone,
    )
    unit = _UNITS.get(float(per_days), f"units of {per_days:g} days")
    rows = []
    for label, part in _parts(summary, group):
        names = {} if group is None else {"group": label}
        estimates, reason = estimate_means(part, horizon, discount, min_n)
        for metric, of in METRICS.items():
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
                row |= give_interval(estimates[metric], confidence, is_share="share" in metric)
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
    time_zone: str | None = None,
    confidence: float = 0.95,
    min_n: int = 100,
) -> pd.DataFrame:
    """Test whether the mean expected value of a customer differs between groups.

    Parameters
    ----------
    orders, customer, date, value, horizon, discount, until, per_days, time_zone, confidence, \
min_n
        As in `estimate_lifetime_value`.
    group : str
        Column of groups; a customer belongs to that of the first order.

    Returns
    -------
    DataFrame, one row per pair of groups
        ``group, from_group, metric, estimate`` (second minus first), ``low, high, n, from_n,
        statistic, p_value, p_adjusted`` (Benjamini-Hochberg over the pairs), ``interval, unit,
        reason``.

    Raises
    ------
    SchemaError, AnalysisError
        As `estimate_lifetime_value`.
    """
    summary = summarize_purchases(
        orders,
        customer,
        date,
        value=value,
        group=group,
        until=until,
        per_days=per_days,
        time_zone=time_zone,
    )
    unit = _UNITS.get(float(per_days), f"units of {per_days:g} days")
    found = {
        label: (len(part), *estimate_means(part, horizon, discount, min_n))
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
            "unit": METRICS["clv_expected"].format(horizon=f"{horizon:g} {unit}"),
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
    names += ["statistic", "p_value", "p_adjusted", "interval", "unit", "reason"]
    frame = pd.DataFrame(rows, columns=names)
    floats = ["estimate", "low", "high", "statistic", "p_value"]
    frame = frame.astype(dict.fromkeys(floats, "float64"))
    frame["p_adjusted"] = adjust_p_values(frame["p_value"].to_numpy(np.float64))
    frame.attrs["note"] = NOTE
    return frame


def _parts(summary: pd.DataFrame, group: str | None) -> list[tuple[Any, pd.DataFrame]]:
    """Give the customers of each group, the missing one last."""
    if group is None:
        return [(None, summary)]
    if "group" not in summary.columns:
        raise SchemaError(f"lifetime value: no column {group!r}")
    parts = list(summary.groupby("group", sort=True, observed=True))
    unknown = summary[summary["group"].isna()]
    return [*parts, *([(None, unknown)] if len(unknown) else [])]


def _p_value(z: float) -> float:
    """Give the two-sided p-value of a standard normal statistic."""
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))
