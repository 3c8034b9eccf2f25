"""Loyalty: who bought again, who referred others, and, apart from both, what texts state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.metrics.statistic import Column, Statistic, refuse_text, take_hits
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError


def code_repurchase(customers: pd.DataFrame, column: str) -> tuple[Statistic, ...]:
    """Code who bought again for the repurchase rate.

    Parameters
    ----------
    customers : DataFrame, one row per customer
    column : str
        Booleans, missing where it cannot be known yet (`list_buyers` makes it), or the number of
        orders: 2 and more are a repurchase, 0 is no buyer.

    Returns
    -------
    tuple of one Statistic
        ``repurchase_rate``: buyers with at least two orders ÷ buyers.

    Raises
    ------
    SchemaError
        If there is no such column, or it holds neither.
    AnalysisError
        If a number of orders is negative or not whole.

    Examples
    --------
    >>> customers = pd.DataFrame({"o_orders": [0, 1, 2, 5]})
    >>> code_repurchase(customers, "o_orders")[0].values.tolist()
    [nan, 0.0, 1.0, 1.0]
    """
    if column not in customers.columns:
        raise SchemaError(f"repurchase: no column {column!r}")
    refuse_text(column, metric="repurchase")
    caveat = ""
    if pd.api.types.infer_dtype(customers[column], skipna=True) == "boolean":
        values = take_hits(customers, column, metric="repurchase")
    else:
        values = as_numbers(customers, column)
        known = values[~np.isnan(values)]
        bad = known[(known < 0) | (known != np.round(known))]
        if bad.size:
            raise AnalysisError(
                f"repurchase: {bad.size:,} of {known.size:,} values of {column!r} are no numbers "
                f"of orders, e.g. {bad[0]:g}"
            )
        values = np.where(np.isnan(values) | (values == 0), np.nan, (values >= 2).astype(float))
        caveat = "customers who came late had less time to buy again"
    return (
        Statistic(
            "repurchase_rate",
            "share",
            values,
            "share of buyers with 2 or more orders",
            "operational",
            (0, 1),
            caveat=caveat,
        ),
    )


def list_buyers(
    orders: pd.DataFrame,
    customer: str,
    *,
    date: str | None = None,
    order: str | None = None,
    within_days: int | None = None,
    until: Any = None,
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    """List the buyers of a table of orders, and whether they bought again.

    Parameters
    ----------
    orders : DataFrame, one row per order or order line
        Rows without a customer are left out.
    customer : str
        Column of the customer.
    date : str, optional
        Column of times; needed for `within_days` and `keep`.
    order : str, optional
        Column of the order's number, where an order has several rows; each row is an order of its
        own when not given.
    within_days : int, optional
        Only a second order within so many days of the first counts, and only customers who have
        been there for so long are counted: others are missing, not lost. Without it the rate falls
        whenever many new customers came lately.
    until : time, optional
        When the table ends; its last time when not given.
    keep : sequence of str
        Columns to take over from the customer's first order, to group by.

    Returns
    -------
    DataFrame, one row per customer
        ``customer``, ``n_orders``, ``first_order`` (of `date`), ``repurchased`` (boolean, missing
        where not known yet), and `keep`; in order of the customer.

    Raises
    ------
    SchemaError
        If a column is missing, or `date` does not hold times.
    ConfigError
        If `within_days` or `keep` is given without `date`.

    Examples
    --------
    >>> orders = pd.DataFrame({"who": ["a", "a", "b", "c"], "at": pd.to_datetime(
    ...     ["2024-01-01", "2024-02-01", "2024-01-05", "2024-03-20"])})
    >>> list_buyers(orders, "who", date="at", within_days=60)["repurchased"].tolist()
    [True, False, <NA>]
    """
    needed = [customer, *keep, *(name for name in (date, order) if name is not None)]
    missing = [repr(name) for name in needed if name not in orders.columns]
    if missing:
        raise SchemaError(f"repurchase: no column {', '.join(missing)}")
    if date is None and (within_days is not None or keep):
        raise ConfigError("repurchase: within_days and keep need the column of times, date")
    if date is not None and not pd.api.types.is_datetime64_any_dtype(orders[date]):
        raise SchemaError(
            f"repurchase: column {date!r} holds {orders[date].dtype}, expected times. Convert it "
            f"with pd.to_datetime."
        )
    rows = orders[orders[customer].notna()]
    if date is not None:
        rows = rows[rows[date].notna()].sort_values(date, kind="stable")
    if order is not None:
        # The first row of an order stands for it, whatever else its rows say.
        rows = rows.drop_duplicates([customer, order])
    by = rows.groupby(customer, sort=True, observed=True)
    buyers = pd.DataFrame({"n_orders": by.size()})
    repurchased = (buyers["n_orders"] >= 2).astype("boolean")
    if date is not None:
        buyers["first_order"] = by[date].first()
        if within_days is not None:
            window = pd.Timedelta(days=within_days)
            end = rows[date].max() if until is None else pd.Timestamp(until)
            second = rows[by.cumcount() == 1].set_index(customer)[date].reindex(buyers.index)
            in_time = (second - buyers["first_order"] <= window).astype("boolean")
            repurchased = in_time.mask(buyers["first_order"] + window > end)
    buyers["repurchased"] = repurchased
    for name in keep:
        buyers[name] = by[name].first()
    return buyers.rename_axis("customer").reset_index()


def code_referral(
    customers: pd.DataFrame,
    column: str | Column,
    *,
    source: Literal["surveyed", "operational"],
) -> tuple[Statistic, ...]:
    """Code who referred others.

    Parameters
    ----------
    customers : DataFrame, one row per customer or answer
    column : str, or pair of str and value
        Booleans, or 0 and 1; or a column and its value that means yes.
    source : {"surveyed", "operational"}
        Whether customers said that they recommend, or are known to have brought somebody. These
        are two things, named apart; there is no default.

    Returns
    -------
    tuple of one Statistic
        ``stated_recommendation_rate`` or ``referral_rate``.

    Raises
    ------
    SchemaError, AnalysisError
        As `statistic.take_hits`.
    ConfigError
        If the source is unknown.
    """
    names = {
        "surveyed": ("stated_recommendation_rate", "share of answers"),
        "operational": ("referral_rate", "share of customers"),
    }
    if source not in names:
        raise ConfigError(f"referral: source {source!r}, expected surveyed or operational")
    name, unit = names[source]
    refuse_text(column, metric=name)
    hits = take_hits(customers, column, metric=name)
    return (Statistic(name, "share", hits, unit, source, (0, 1)),)
