"""Orders summed up by customer: how often, until when, watched how long, of what value."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.periods import read_local_times
from nlp_cx.errors import AnalysisError, DataWarning, SchemaError


def summarize_purchases(
    orders: pd.DataFrame,
    customer: str,
    date: str,
    *,
    value: str | None = None,
    group: str | None = None,
    until: Any = None,
    per_days: float = 7.0,
    time_zone: str | None = None,
) -> pd.DataFrame:
    """Sum up each customer's purchases, as models of repeat buying need them.

    Parameters
    ----------
    orders : DataFrame, one row per order or order line
        Rows without customer, date or value are left out.
    customer, date : str
        Columns. All orders of one day are one purchase.
    value : str, optional
        Column of the money. Days whose values sum to less than 0 (refunds) are no purchases and
        are left out with a warning.
    group : str, optional
        Column of groups; a customer belongs to that of the first order that names one.
    until : date, optional
        End of the watch; later orders are left out. The last day of the table when not given.
    per_days : float, default=7
        Days in a unit of time: 7 for weeks.
    time_zone : str, optional
        Whose midnight ends a day, e.g. ``"Asia/Shanghai"``; that of the times when not given.

    Returns
    -------
    DataFrame, one row per customer, in order of the customer
        ``customer``; ``group`` where asked for; ``frequency``: purchases after the first;
        ``recency``: time from the first to the last; ``age``: time from the first to `until`, in
        units; ``value``: mean of the purchases after the first, 0 without any, and
        ``first_value``, where asked for. ``attrs["per_days"]`` keeps the unit.

    Raises
    ------
    SchemaError
        If a column is missing, `date` does not hold times or `value` numbers.
    AnalysisError
        If no purchase is left.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "who": ["a", "a", "b"], "spent": [10.0, 30, 5],
    ...     "day": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"])})
    >>> summary = summarize_purchases(orders, "who", "day", value="spent", until="2024-01-29")
    >>> summary[["frequency", "recency", "age", "value"]].values.tolist()
    [[1.0, 2.0, 4.0, 30.0], [0.0, 0.0, 3.0, 0.0]]
    """
    names = [customer, date, *(name for name in (value, group) if name is not None)]
    missing = [repr(name) for name in names if name not in orders.columns]
    if missing:
        raise SchemaError(f"purchases: no column {', '.join(missing)}")
    day = read_local_times(orders, date, time_zone).dt.normalize()
    rows = pd.DataFrame({"customer": orders[customer].to_numpy(), "day": day})
    if value is not None:
        rows["value"] = as_numbers(orders, value)
    if group is not None:
        rows["group"] = orders[group].to_numpy()
    needed = [name for name in rows.columns if name != "group"]
    rows = rows.dropna(subset=needed)
    if rows.empty:
        raise AnalysisError(f"purchases: none of the {len(orders):,} rows has {', '.join(names)}")
    end = rows["day"].max() if until is None else read_day(until)
    rows = rows[rows["day"] <= end]
    days = rows.groupby(["customer", "day"], sort=True, observed=True)
    purchases = days.agg({name: "sum" for name in ("value",) if value is not None}).reset_index()
    if value is not None:
        is_paid = purchases["value"] >= 0
        if not is_paid.all():
            warnings.warn(
                f"purchases: {int((~is_paid).sum()):,} of {len(purchases):,} days of a customer "
                f"have values that sum to less than 0; they are left out",
                DataWarning,
                stacklevel=2,
            )
        purchases = purchases[is_paid]
    if purchases.empty:
        raise AnalysisError(f"purchases: none is left until {end:%Y-%m-%d}")
    by = purchases.groupby("customer", sort=True, observed=True)
    first, last, n = by["day"].min(), by["day"].max(), by.size()
    summary = pd.DataFrame(
        {
            "frequency": n - 1.0,
            "recency": (last - first).dt.days / per_days,
            "age": (end - first).dt.days / per_days,
        }
    )
    if value is not None:
        summary["first_value"] = by["value"].first()
        total = by["value"].sum() - summary["first_value"]
        summary["value"] = np.where(n > 1, total / (n - 1).clip(lower=1), 0.0)
    if group is not None:
        earliest = rows.sort_values("day", kind="stable").groupby("customer", observed=True)
        summary.insert(0, "group", earliest["group"].first())
    summary = summary.rename_axis("customer").reset_index()
    summary.attrs["per_days"] = per_days
    return summary


def read_day(moment: Any) -> pd.Timestamp:
    """Give the day of a moment, by the clock of its own zone.

    Parameters
    ----------
    moment : Timestamp, datetime, date or str

    Returns
    -------
    Timestamp
        Midnight, without zone.
    """
    return pd.Timestamp(moment).tz_localize(None).normalize()


def check_summary(summary: pd.DataFrame, *, value: bool = False) -> None:
    """Refuse a summary of purchases that cannot be.

    Parameters
    ----------
    summary : DataFrame
        As from `summarize_purchases`.
    value : bool
        Whether ``value`` is needed too.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If a number is missing, negative or not whole where it must be, or a time is beyond the
        watch; all faults at once.
    """
    names = ["frequency", "recency", "age", *(["value"] if value else [])]
    missing = [repr(name) for name in names if name not in summary.columns]
    if missing:
        raise SchemaError(f"purchases: no column {', '.join(missing)}; see summarize_purchases")
    x, last, age = (summary[name].to_numpy(np.float64) for name in names[:3])
    faults = {
        "a number is missing": ~np.isfinite(summary[names].to_numpy(np.float64)).all(axis=1),
        "frequency is no count": (x < 0) | (x != np.round(x)),
        "recency is beyond age": last > age * (1 + 1e-9),
        "recency is not 0 without a repeat purchase": (x == 0) & (last != 0),
        "recency is 0 or less with a repeat purchase": (x > 0) & ~(last > 0),
    }
    found = [f"{int(bad.sum()):,} rows where {what}" for what, bad in faults.items() if bad.any()]
    if found:
        raise AnalysisError(f"purchases: {'; '.join(found)}")
