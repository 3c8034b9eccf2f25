"""The cost of negative experience: revenue lost and at risk, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.cost.draws import draw_parameters
from nlp_cx.analyze.cost.inputs import check_parameters
from nlp_cx.analyze.cost.shares import BRANCHES, FATE_SHARES, FATES
from nlp_cx.errors import ConfigError

Floats = npt.NDArray[np.float64]

COST_NOTE = (
    "Revenue that goes with negative experience; not shown to be lost because of it. Customers are "
    "taken to spend alike, whatever their experience, unless shares of revenue are given."
)
"""What every result of this file says of itself, in ``attrs["note"]``."""

QUANTITIES = ("negative", *BRANCHES, *FATE_SHARES, *FATES)
"""Parts of the revenue: lost + at_risk + kept = negative = complaining + silent."""


def negative_cost(
    parameters: pd.DataFrame,
    *,
    n_draws: int = 10_000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compute the revenue that is lost and at risk with negative experience.

    Parameters
    ----------
    parameters : DataFrame, one row per parameter
        From `inputs.tabulate_parameters` or `parameters.estimate_parameters`.
    n_draws : int
        Draws of the parameters for the intervals.
    confidence : float
    random_state : int

    Returns
    -------
    DataFrame, one row per quantity, in the order of `QUANTITIES`
        ``quantity``; ``estimate, low, high`` (currency of the revenue); ``share, share_low,
        share_high`` (of the revenue, 0 to 1); ``interval``, which names the parameters that were
        taken as exact; ``reason``, why something is missing.

    Raises
    ------
    AnalysisError
        If a parameter is missing, out of range, or a branch does not sum to 1; all are named.

    Notes
    -----
    negative = revenue * negative_share; complaining = negative * complaint_share; silent is the
    rest; each branch is divided by its three shares; lost, at_risk and kept add both branches.
    Intervals are percentiles of Monte-Carlo draws (`draws.draw_parameters`); the estimate is
    the formula at the estimates.

    Examples
    --------
    >>> from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
    >>> inputs = CostInputs(
    ...     revenue=50_000_000, negative_share=0.22, complaint_share=0.02,
    ...     complaining_lost=0.28, complaining_at_risk=0.34, complaining_kept=0.38,
    ...     silent_lost=0.45, silent_at_risk=0.55, silent_kept=0.0)
    >>> cost = negative_cost(tabulate_parameters(inputs)).set_index("quantity")
    >>> cost.loc[["silent_lost", "lost"], ["estimate", "share"]].round(6).to_numpy().tolist()
    [[4851000.0, 0.09702], [4912600.0, 0.098252]]
    """
    values = check_parameters(parameters)
    point = split_revenue(values)
    draws, exact = draw_parameters(parameters, n_draws, random_state=random_state)
    drawn = split_revenue(draws)
    is_uncertain = varies(draws)
    rows = []
    for name in QUANTITIES:
        low, high = percentiles(drawn[name], point[name], confidence)
        numbers = (point[name], low, high)
        shares = tuple(number / values["revenue"] for number in numbers)
        reason = why_missing(parameters) if np.isnan(point[name]) else None
        rows.append((name, *numbers, *shares, name_interval(is_uncertain, exact), reason))
    columns = [*("quantity", "estimate", "low", "high", "share", "share_low", "share_high")]
    result = pd.DataFrame(rows, columns=[*columns, "interval", "reason"])
    result.attrs["note"] = COST_NOTE
    return result


def split_revenue(values: Mapping[str, Floats | float]) -> dict[str, Floats]:
    """Divide the revenue: the formula of the model, for one set of parameters or for draws.

    Parameters
    ----------
    values : mapping of str to float or ndarray
        All of `PARAMETERS`.

    Returns
    -------
    dict of str to ndarray of float64
        `QUANTITIES`, in currency.
    """
    v = {name: np.asarray(value, np.float64) for name, value in values.items()}
    parts = {"negative": v["revenue"] * v["negative_share"]}
    parts["complaining"] = parts["negative"] * v["complaint_share"]
    parts["silent"] = parts["negative"] * (1 - v["complaint_share"])
    for branch in BRANCHES:
        for fate in FATES:
            parts[f"{branch}_{fate}"] = parts[branch] * v[f"{branch}_{fate}"]
    for fate in FATES:
        parts[fate] = parts[f"complaining_{fate}"] + parts[f"silent_{fate}"]
    return parts


def varies(draws: Mapping[str, Floats]) -> bool:
    """Tell whether any parameter is uncertain.

    Parameters
    ----------
    draws : mapping of str to ndarray
        From `draws.draw_parameters`.

    Returns
    -------
    bool
    """
    return any(np.ptp(draw) > 0 for draw in draws.values() if not np.isnan(draw).any())


def percentiles(drawn: Floats, point: Floats | float, confidence: float) -> tuple[float, float]:
    """Take an interval from draws; missing where nothing varies or nothing is known.

    Parameters
    ----------
    drawn : ndarray of float64, shape (n_draws,)
        NaN where a draw gave no value; more than a tenth of them leave no interval.
    point : float
        The estimate.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float

    Raises
    ------
    ConfigError
        If `confidence` is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence is {confidence}, expected a number between 0 and 1")
    known = drawn[~np.isnan(drawn)]
    if np.isnan(point) or known.size < 0.9 * drawn.size or np.ptp(known) == 0:
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def name_interval(is_uncertain: bool, exact: tuple[str, ...]) -> str:
    """Name the method of the intervals, and what it leaves out.

    Parameters
    ----------
    is_uncertain : bool
    exact : tuple of str
        Parameters that do not vary.

    Returns
    -------
    str
    """
    if not is_uncertain:
        return "none: no number of cases behind any parameter"
    told = f"; taken as exact: {', '.join(exact)}" if exact else ""
    return f"Monte Carlo (Beta, Dirichlet){told}"


def why_missing(parameters: pd.DataFrame) -> str:
    """Collect why parameters are missing.

    Parameters
    ----------
    parameters : DataFrame

    Returns
    -------
    str
    """
    rows = parameters[parameters["estimate"].isna()]
    reasons = [
        f"{name}: {reason or 'not known'}"
        for name, reason in zip(rows["parameter"], rows["reason"], strict=True)
    ]
    return "; ".join(reasons)
