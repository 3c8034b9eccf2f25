"""From a change of drivers to satisfaction, retention, revenue, lifetime value and return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.analyze.returns.chain import ReturnChain
from nlp_cx.analyze.returns.links import Link, logistic
from nlp_cx.config import config
from nlp_cx.errors import AnalysisError, ConfigError

Floats = npt.NDArray[np.float64]

FirstMargin = Literal["at_first_renewal", "now"]

QUANTITIES = (
    "satisfaction_change",
    "retention_change",
    "retention_change_direct",
    "revenue_change",
    "clv_change",
    "total_value",
    "roi",
)
"""What is told of each scenario, in this order."""

_UNITS = {
    "satisfaction_change": "units of satisfaction",
    "retention_change": "share of customers",
    "retention_change_direct": "share of customers",
    "revenue_change": "currency per customer and period",
    "clv_change": "currency per customer",
    "total_value": "currency",
    "roi": "per unit of cost",
}


@config
class Economics:
    """What no data set tells, typed in.

    Attributes
    ----------
    discount : float
        Discount rate per period, 0 or more.
    margin_share : float
        Margin per unit of revenue, 0 to 1.
    customers : float
        Customers that the change reaches.
    cost : float
        Of the change.
    first_margin : {"at_first_renewal", "now"}
        Lifetime value as m r / (1 + d - r), or as m (1 + d) / (1 + d - r).
    """

    discount: float | None = None
    margin_share: float | None = None
    customers: float | None = None
    cost: float | None = None
    first_margin: FirstMargin = "at_first_renewal"


def project_returns(
    chain: ReturnChain,
    scenarios: Mapping[str, Mapping[str, float]],
    *,
    economics: Economics | None = None,
) -> pd.DataFrame:
    """Tell what goes with a change of drivers, down the chain.

    Parameters
    ----------
    chain : ReturnChain
        From `chain.fit_return_chain`.
    scenarios : mapping of str to mapping of str to float
        For each scenario the change of the mean of features, e.g.
        ``{"answer faster": {"service_negative": -0.05}}``: five in a hundred fewer mention service
        negatively.
    economics : Economics, optional
        For lifetime value and return on the cost; these are missing without it.

    Returns
    -------
    DataFrame, one row per scenario and quantity of `QUANTITIES`
        ``scenario``; ``quantity``; ``estimate, low, high``; ``unit``; ``n``, rows of the link that
        it ends with; ``interval``; ``reason``.
        ``retention_change`` goes through satisfaction, ``retention_change_direct`` past it: where
        their intervals lie apart, the chain leaves something out, or they measure other customers.

    Raises
    ------
    AnalysisError
        If a feature is none of the chain's, a share would leave 0 to 1, or a number of `economics`
        is out of range.

    Notes
    -----
    Satisfaction changes by the coefficients of the first link times the changes; retention by the
    mean over customers of the logit with satisfaction so much higher, less the logit as it is;
    revenue by the coefficient of the third link times that. Lifetime value: ``margin_share`` times
    the mean revenue of those who stayed is m, the mean retention of the second link is r, and the
    change is that of the formula between r and r + change; retention is taken to be the same for
    ever. roi = (clv_change x customers - cost) / cost. Every quantity is computed in every
    bootstrap sample, in which all links, r and m are those of the same drawn customers.

    What goes with a driver is not what follows when the driver is changed: customers who do not
    complain differ from the others in more than that.

    Examples
    --------
    See `chain.fit_return_chain` for ``chain``::

        project_returns(
            chain, {"answer faster": {"service_negative": -0.1}},
            economics=Economics(discount=0.1, margin_share=0.3, customers=1000, cost=5000))
    """
    given = economics or Economics()
    _check_economics(given)
    frames = []
    retention = _Retention(chain)
    for name, changes in scenarios.items():
        _check_changes(chain, name, changes)
        values = _project(chain, retention, changes, given)
        frames.append(_tabulate(chain, name, values, given))
    result = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    result.attrs["note"] = NOTE
    return result


class _Retention:
    """Retention and margin in the sample and in every draw of it; made once for all scenarios."""

    def __init__(self, chain: ReturnChain) -> None:
        self._chain = chain
        self.rate = self._means(chain.retention, chain.retention.y)
        stayed = chain.revenue.x[:, 1]
        self.revenue = self._means(chain.revenue, chain.revenue.y, stayed)

    def _means(self, link: Link, values: Floats, among: Floats | None = None) -> Floats:
        """Give the weighted mean, the estimate before the draws."""
        part = np.ones(values.size) if among is None else among
        weights = [link.weights * part]
        weights += [w * part for w in self._chain.sampling.weights_of(link)]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.array([w @ values / w.sum() for w in weights])

    def change(self, link: Link, shift: Floats) -> Floats:
        """Give the mean change of the logit when its index moves by `shift`, one per draw."""
        rows, code = np.unique(link.x, axis=0, return_inverse=True)
        code = code.ravel()
        changes = np.empty(shift.size)
        parameters = np.vstack([link.estimate, link.draws])
        weights = [link.weights, *self._chain.sampling.weights_of(link)]
        for k, weight in enumerate(weights):
            mass = np.bincount(code, weight, minlength=len(rows))
            if np.isnan(shift[k]) or np.isnan(parameters[k]).any() or mass.sum() == 0:
                changes[k] = np.nan
                continue
            index = rows @ parameters[k]
            moved = logistic(index + shift[k]) - logistic(index)
            changes[k] = mass @ moved / mass.sum()
        return changes


def _project(
    chain: ReturnChain, retention: _Retention, changes: Mapping[str, float], given: Economics
) -> dict[str, Floats]:
    """Compute every quantity, the estimate before the draws."""
    satisfaction = _linear(chain.satisfaction, changes)
    slope = _coefficient(chain.retention, 1)
    values = {"satisfaction_change": satisfaction}
    values["retention_change"] = retention.change(chain.retention, slope * satisfaction)
    if chain.direct is not None:
        shift = _linear(chain.direct, changes)
        values["retention_change_direct"] = retention.change(chain.direct, shift)
    values["revenue_change"] = _coefficient(chain.revenue, 1) * values["retention_change"]
    if given.discount is not None and given.margin_share is not None:
        margin = given.margin_share * retention.revenue
        rate = retention.rate
        before = lifetime_value(margin, rate, given.discount, given.first_margin)
        rate = rate + values["retention_change"]
        after = lifetime_value(margin, rate, given.discount, given.first_margin)
        values["clv_change"] = after - before
        if given.customers is not None:
            values["total_value"] = values["clv_change"] * given.customers
            if given.cost is not None:
                values["roi"] = (values["total_value"] - given.cost) / given.cost
    return values


def lifetime_value(
    margin: Floats, retention: Floats, discount: float, first_margin: FirstMargin
) -> Floats:
    """Compute the value of a customer with constant retention.

    Parameters
    ----------
    margin, retention : ndarray of float64
        Per period; 0 to 1.
    discount : float
        Per period.
    first_margin : {"at_first_renewal", "now"}
        m r / (1 + d - r), or m (1 + d) / (1 + d - r).

    Returns
    -------
    ndarray of float64
        NaN where nothing is ever lost.

    Examples
    --------
    >>> m, r = np.array([100.0]), np.array([0.8])
    >>> lifetime_value(m, r, 0.1, "at_first_renewal").round(2).tolist()
    [266.67]
    >>> lifetime_value(m, r, 0.1, "now").round(2).tolist()
    [366.67]
    """
    top = margin * retention if first_margin == "at_first_renewal" else margin * (1 + discount)
    left = 1 + discount - retention
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(left > 1e-12, top / left, np.nan))


def _linear(link: Link, changes: Mapping[str, float]) -> Floats:
    """Give the sum of coefficient times change, the estimate before the draws."""
    total = np.zeros(1 + len(link.draws))
    for feature, change in changes.items():
        if feature not in link.columns:
            return np.full(total.size, np.nan)
        total = total + change * _coefficient(link, link.columns.index(feature))
    return total


def _coefficient(link: Link, k: int) -> Floats:
    """Give a coefficient, the estimate before the draws."""
    return np.r_[link.estimate[k], link.draws[:, k]]


def _tabulate(
    chain: ReturnChain, scenario: str, values: dict[str, Floats], given: Economics
) -> pd.DataFrame:
    """Give the rows of a scenario."""
    ends = {"satisfaction_change": chain.satisfaction, "retention_change": chain.retention}
    rows = []
    for quantity in QUANTITIES:
        drawn = values.get(quantity, np.full(2, np.nan))
        low, high = percentile_interval(drawn[1:], confidence=chain.confidence)
        link = ends.get(quantity, chain.revenue)
        if quantity == "retention_change_direct":
            link = chain.direct or chain.retention
        known = not np.isnan(drawn[0])
        reason = None if known else _why_missing(quantity, chain, given)
        interval = "cluster bootstrap of the whole chain, percentile" if known else None
        numbers = (float(drawn[0]), float(low), float(high))
        unit = _UNITS[quantity]
        rows.append((scenario, quantity, *numbers, unit, link.y.size, interval, reason))
    names = ["scenario", "quantity", "estimate", "low", "high", "unit", "n", "interval", "reason"]
    return pd.DataFrame(rows, columns=names)


def _why_missing(quantity: str, chain: ReturnChain, given: Economics) -> str:
    """Say what a quantity needs."""
    if quantity == "retention_change_direct" and chain.direct is None:
        return str(chain.direct_reason)
    order = ["discount", "margin_share", "customers", "cost"]
    n_needed = {"clv_change": 2, "total_value": 3, "roi": 4}.get(quantity, 0)
    missing = [name for name in order[:n_needed] if getattr(given, name) is None]
    if missing:
        return f"not given: {', '.join(missing)}"
    return "a feature does not vary in the rows of a link, or nobody is ever lost"


def _check_changes(chain: ReturnChain, scenario: str, changes: Mapping[str, float]) -> None:
    """Refuse features that are not there, and shares beyond 0 and 1."""
    faults = []
    link = chain.satisfaction
    for feature, change in changes.items():
        if feature not in chain.features:
            faults.append(f"{feature!r} is no feature, expected {', '.join(chain.features)}")
        elif feature in link.columns:
            share = np.average(link.x[:, link.columns.index(feature)], weights=link.weights)
            if not 0 <= share + change <= 1:
                faults.append(
                    f"{feature} is {share:.3f} on average; {change:+g} would make it "
                    f"{share + change:.3f}, expected 0 to 1"
                )
    if not changes:
        faults.append("no change is given")
    if faults:
        raise AnalysisError(f"scenario {scenario!r}: " + "; ".join(faults))


def _check_economics(given: Economics) -> None:
    """Refuse numbers that make no sense, all at once."""
    faults = []
    if given.discount is not None and not 0 <= given.discount < np.inf:
        faults.append(f"discount is {given.discount:g}, expected 0 or more")
    if given.margin_share is not None and not 0 <= given.margin_share <= 1:
        faults.append(f"margin_share is {given.margin_share:g}, expected 0 to 1")
    for name in ("customers", "cost"):
        value = getattr(given, name)
        if value is not None and not 0 < value < np.inf:
            faults.append(f"{name} is {value:g}, expected more than 0")
    if given.first_margin not in ("at_first_renewal", "now"):
        raise ConfigError(f"first_margin {given.first_margin!r}, expected at_first_renewal or now")
    if faults:
        raise AnalysisError("; ".join(faults))
