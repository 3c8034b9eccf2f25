"""Customer lifetime value by formula: value × frequency × lifetime, and the retention form."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.metrics.estimates import tabulate
from nlp_cx.analyze.metrics.statistic import Column, Statistic, take_hits
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

Floats = npt.NDArray[np.float64]
FirstMargin = Literal["at_first_renewal", "now"]

TYPED_IN = "no interval: typed-in numbers do not tell their sampling error"


def simple_clv(order_value: float, orders_per_year: float, years: float) -> pd.DataFrame:
    """Compute customer lifetime value as order value × orders a year × years.

    Parameters
    ----------
    order_value : float
        Mean value of an order, in any currency.
    orders_per_year : float
    years : float
        Mean time that a customer stays.

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`, one row: ``clv_simple``, without interval.

    Raises
    ------
    AnalysisError
        If a number is negative or not finite.

    Notes
    -----
    Neither discounted nor reduced by costs: of revenue, not of profit, unless `order_value` is a
    margin.

    Examples
    --------
    >>> float(simple_clv(100, 4, 5)["estimate"].iloc[0])
    2000.0
    """
    given = {"order_value": order_value, "orders_per_year": orders_per_year, "years": years}
    _check_numbers(given)
    value = order_value * orders_per_year * years
    return _tabulate("clv_simple", value, "not discounted; of revenue unless a margin was given")


def retention_clv(
    margin: float,
    retention: float,
    discount: float,
    *,
    first_margin: FirstMargin = "at_first_renewal",
) -> pd.DataFrame:
    """Compute customer lifetime value from a margin, a retention rate and a discount rate.

    Parameters
    ----------
    margin : float
        Of one customer in one period.
    retention : float
        Share that stays from one period to the next, 0 to 1, taken to be the same for ever.
    discount : float
        Per period, 0 or more.
    first_margin : {"at_first_renewal", "now"}
        Whether the first margin comes after a period, from those who stay (m r / (1 + d - r)), or
        at once, from all (m (1 + d) / (1 + d - r)). Both forms are in use; they differ by m.

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`, one row: ``clv_retention``, without interval.

    Raises
    ------
    AnalysisError
        If the retention is not from 0 to 1, a number is negative, or nothing is ever lost: with a
        retention of 1 and no discount the value has no bound.
    ConfigError
        If `first_margin` is unknown.

    Examples
    --------
    >>> round(float(retention_clv(100, 0.8, 0.1)["estimate"].iloc[0]), 2)
    266.67
    >>> now = retention_clv(100, 0.8, 0.1, first_margin="now")
    >>> round(float(now["estimate"].iloc[0]), 2)
    366.67
    """
    _check_numbers({"margin": margin, "retention": retention, "discount": discount})
    _check_form(retention, discount, first_margin)
    value = _retention_form(np.array([margin, retention]), discount, first_margin)
    return _tabulate("clv_retention", float(value), f"first margin {first_margin}")


def code_simple_clv(
    customers: pd.DataFrame,
    *,
    revenue: str,
    orders: str,
    years_observed: str,
    years: float,
    currency: str = "",
) -> tuple[Statistic, ...]:
    """Code customers for the simple lifetime value and what it is made of.

    Parameters
    ----------
    customers : DataFrame, one row per customer
    revenue, orders, years_observed : str
        Columns of what a customer spent, in how many orders, within how many years. Customers
        without one of them are left out.
    years : float
        Mean time that a customer stays. An assumption: the table cannot tell it for customers who
        have not left.
    currency : str
        Named in the unit.

    Returns
    -------
    tuple of Statistic
        ``order_value`` (Σ revenue ÷ Σ orders), ``orders_per_year`` (Σ orders ÷ Σ years observed),
        ``clv_simple`` (their product × `years`), all with bootstrap intervals over customers.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If a number is negative.
    """
    _check_numbers({"years": years})
    values = _take_columns(customers, [revenue, orders, years_observed])
    unit = currency or "currency of the table"
    assumed = f"assumes that a customer stays {years:g} years; not discounted"
    return (
        Statistic(
            "order_value",
            "ratio",
            values,
            f"{unit} per order",
            "operational",
            (0, np.inf),
            function=lambda means: means[..., 0] / means[..., 1],
        ),
        Statistic(
            "orders_per_year",
            "ratio",
            values,
            "orders per customer and year",
            "operational",
            (0, np.inf),
            function=lambda means: means[..., 1] / means[..., 2],
        ),
        Statistic(
            "clv_simple",
            "ratio",
            values,
            f"{unit} per customer",
            "operational",
            (0, np.inf),
            caveat=assumed,
            function=lambda means: means[..., 0] / means[..., 2] * years,
        ),
    )


def code_retention_clv(
    customers: pd.DataFrame,
    *,
    margin: str,
    churned: str | Column,
    discount: float,
    first_margin: FirstMargin = "at_first_renewal",
    currency: str = "",
) -> tuple[Statistic, ...]:
    """Code customers for the retention form of lifetime value.

    Parameters
    ----------
    customers : DataFrame, one row per customer who was there at the start of the period
    margin : str
        Column of a customer's margin in the period.
    churned : str, or pair of str and value
        Who left in the period, as in `retention.code_churn`.
    discount : float
        Per period, 0 or more.
    first_margin : {"at_first_renewal", "now"}
        As in `retention_clv`.
    currency : str
        Named in the unit.

    Returns
    -------
    tuple of one Statistic
        ``clv_retention``, with a bootstrap interval over customers.

    Raises
    ------
    SchemaError
        If a column is missing.
    ConfigError
        If `first_margin` is unknown.
    AnalysisError
        If the discount is negative.

    Notes
    -----
    The mean margin times the value of a unit of it at the mean retention: as if margin and
    staying were unrelated, and the retention the same in all periods to come. Where nobody left
    and the discount is 0 the estimate is missing.
    """
    _check_numbers({"discount": discount})
    _check_form(0.0, discount, first_margin)
    margins = _take_columns(customers, [margin], negative=True)
    left = take_hits(customers, churned, metric="clv_retention")
    values = np.column_stack([margins[:, 0], 1 - left])
    return (
        Statistic(
            "clv_retention",
            "ratio",
            values,
            f"{currency or 'currency of the table'} per customer",
            "operational",
            caveat=f"discount {discount:g} a period, first margin {first_margin}; the retention "
            "of this table for all periods to come",
            function=lambda means: _retention_form(means, discount, first_margin),
        ),
    )


def _retention_form(means: Floats, discount: float, first_margin: FirstMargin) -> Floats:
    """Give the value from margin and retention, in the last axis; infinite where unbounded."""
    m, r = means[..., 0], means[..., 1]
    top = m * r if first_margin == "at_first_renewal" else m * (1 + discount)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(top / (1 + discount - r), np.float64)


def _check_form(retention: float, discount: float, first_margin: str) -> None:
    """Refuse a formula or rates that give no value."""
    if first_margin not in ("at_first_renewal", "now"):
        raise ConfigError(f"first_margin {first_margin!r}, expected at_first_renewal or now")
    if retention > 1:
        raise AnalysisError(
            f"clv: retention {retention:g}, expected a share from 0 to 1 (80 % is 0.8)"
        )
    if retention == 1 and discount == 0:
        raise AnalysisError(
            "clv: retention 1 and discount 0: nobody ever leaves and money does not lose value, "
            "so the lifetime value has no bound. Give a discount above 0."
        )


def _check_numbers(given: dict[str, float]) -> None:
    """Refuse numbers that are negative or not finite."""
    bad = [f"{name} {value:g}" for name, value in given.items() if not 0 <= value < np.inf]
    if bad:
        raise AnalysisError(f"clv: {', '.join(bad)}; expected 0 or more")


def _take_columns(customers: pd.DataFrame, names: list[str], *, negative: bool = False) -> Floats:
    """Take columns of numbers side by side."""
    missing = [repr(name) for name in names if name not in customers.columns]
    if missing:
        raise SchemaError(f"clv: no column {', '.join(missing)}")
    values = np.column_stack([as_numbers(customers, name) for name in names])
    if not negative and (values < 0).any():
        name = names[int(np.flatnonzero((values < 0).any(axis=0))[0])]
        raise AnalysisError(
            f"clv: column {name!r} holds {int((values < 0).sum()):,} negative values"
        )
    return values


def _tabulate(metric: str, value: float, caveat: str) -> pd.DataFrame:
    """Give a value of typed-in numbers as a result."""
    row = {
        "metric": metric,
        "estimate": value,
        "unit": "currency per customer",
        "source": "operational",
        "caveat": caveat,
        "reason": TYPED_IN,
    }
    return tabulate([row])
