"""Check a forecast of purchases against what was bought afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.bg_nbd import expected_purchases, fit_bg_nbd
from nlp_cx.analyze.metrics.gamma_gamma import expected_value, fit_gamma_gamma
from nlp_cx.analyze.metrics.intervals import t_quantile
from nlp_cx.analyze.metrics.purchases import read_day, summarize_purchases
from nlp_cx.analyze.periods import read_local_times
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]


def check_forecast(
    orders: pd.DataFrame,
    customer: str,
    date: str,
    *,
    split: Any,
    value: str | None = None,
    until: Any = None,
    per_days: float = 7.0,
    time_zone: str | None = None,
    most: int = 7,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Fit the models up to a day, forecast the time after it, and compare with what was bought.

    Parameters
    ----------
    orders : DataFrame, one row per order or order line
    customer, date : str
        Columns; see `purchases.summarize_purchases`.
    split : date
        Last day that the models see. Customers who come later play no part.
    value : str, optional
        Column of the money; revenue is forecast too.
    until : date, optional
        End of the time that is forecast; the last day of the table when not given.
    per_days : float, default=7
        Days in a unit of time.
    time_zone : str, optional
        Whose midnight ends a day; that of the times when not given.
    most : int, default=7
        Customers with so many repeat purchases up to `split` and more are one row.
    confidence : float

    Returns
    -------
    DataFrame, one row per number of repeat purchases up to `split`, and ``all``
        ``repeat_purchases`` (``"0"``, ``"1"``, …, ``"7+"``, ``"all"``); ``n`` customers;
        ``observed``: mean purchases of a customer after `split`, with ``low, high`` (t interval);
        ``expected``: what the model expected; ``ratio``: expected ÷ observed; ``is_within``:
        whether the expectation lies in the interval of what was observed; ``naive``: what it would
        be had every customer gone on buying as before; with `value` ``observed_revenue,
        expected_revenue, revenue_ratio`` per customer; ``interval``; ``reason``.
        ``attrs``: ``horizon`` (units), ``mean_absolute_error`` and ``naive_absolute_error`` of
        purchases by customer, ``n_new``: customers who came after `split`.

    Raises
    ------
    SchemaError, AnalysisError
        As `purchases.summarize_purchases`; if nothing is left before or after `split`.

    Notes
    -----
    Read the rows, not only ``all``: a model may be right in total and wrong for every kind of
    customer. With many customers a useful model can lie outside of narrow intervals: look at the
    ratio too.
    """
    names: tuple[pd.DataFrame, str, str] = (orders, customer, date)
    whole, before = (
        summarize_purchases(*names, value=value, per_days=per_days, until=end, time_zone=time_zone)
        for end in (until, split)
    )
    last_day = read_day(read_local_times(orders, date, time_zone).max() if until is None else until)
    horizon = (last_day - read_day(split)).days / per_days
    if not horizon > 0:
        raise AnalysisError(
            f"forecast: split {read_day(split):%Y-%m-%d} is not before the end of the data, "
            f"{last_day:%Y-%m-%d}: nothing to check against"
        )
    after = whole.set_index("customer").loc[before["customer"]].reset_index()
    x = before["frequency"].to_numpy(np.float64)
    observed = after["frequency"].to_numpy(np.float64) - x
    model = fit_bg_nbd(before)
    columns = {
        "observed": observed,
        "expected": expected_purchases(model, before, horizon),
        # The first purchase began the watch; what came after it makes the rate.
        "naive": np.where(x > 0, x / before["age"].clip(lower=1e-9) * horizon, 0.0),
    }
    if value is not None:
        values = fit_gamma_gamma(before)
        columns["observed_revenue"] = _money(after) - _money(before)
        columns["expected_revenue"] = columns["expected"] * expected_value(values, before)
    table = pd.DataFrame(columns)
    kinds = [str(i) for i in range(most)] + [f"{most}+"]
    kind = np.array(kinds)[np.minimum(x, most).astype(int)]
    rows = [_describe(table[kind == name], name, confidence) for name in kinds]
    rows.append(_describe(table, "all", confidence))
    result = pd.DataFrame(rows)
    result.attrs = {
        "horizon": horizon,
        "mean_absolute_error": float((table["expected"] - observed).abs().mean()),
        "naive_absolute_error": float((table["naive"] - observed).abs().mean()),
        "n_new": len(whole) - len(before),
    }
    return result


def _money(summary: pd.DataFrame) -> Floats:
    """Give what customers spent after the first purchase."""
    return (summary["value"] * summary["frequency"]).to_numpy(np.float64)


def _describe(table: pd.DataFrame, name: str, confidence: float) -> dict[str, object]:
    """Compare expectation and observation of some customers."""
    n = len(table)
    row: dict[str, object] = {"repeat_purchases": name, "n": n}
    means = table.mean() if n else pd.Series(np.nan, index=table.columns)
    row |= {"observed": means["observed"], "low": np.nan, "high": np.nan}
    spread = float(table["observed"].std(ddof=1)) if n > 1 else np.nan
    is_known = n >= 10 and spread > 0
    if is_known:
        half = t_quantile(confidence, n - 1) * spread / np.sqrt(n)
        row |= {"low": max(means["observed"] - half, 0.0), "high": means["observed"] + half}
    row["expected"] = means["expected"]
    row["ratio"] = means["expected"] / means["observed"] if means["observed"] else np.nan
    row["is_within"] = (
        bool(row["low"] <= means["expected"] <= row["high"]) if is_known else None  # type: ignore[operator]
    )
    row["naive"] = means["naive"]
    if "observed_revenue" in table.columns:
        row["observed_revenue"] = means["observed_revenue"]
        row["expected_revenue"] = means["expected_revenue"]
        seen = means["observed_revenue"]
        row["revenue_ratio"] = means["expected_revenue"] / seen if seen else np.nan
    row["interval"] = "t" if is_known else None
    row["reason"] = (
        None if is_known else ("no customers" if not n else "fewer than 10 customers, or all alike")
    )
    return row
