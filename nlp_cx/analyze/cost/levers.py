"""What would change the cost of negative experience: levers and scenarios."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.cost.amounts import (
    COST_NOTE,
    name_interval,
    percentiles,
    split_revenue,
    varies,
    why_missing,
)
from nlp_cx.analyze.cost.draws import draw_parameters
from nlp_cx.analyze.cost.inputs import check_parameters
from nlp_cx.analyze.cost.shares import CORRECTION, FATES, PARAMETERS, make_row
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]

COMPLAINT_ASSUMPTION = (
    "Assumes that customers who are newly brought to complain fare like those who complain today."
)

LEVERS = {"negative_share": -1, "complaint_share": 1, "complaining_kept": 1, "silent_lost": -1}
"""What a company can work on, and in which direction."""


def cost_scenarios(
    parameters: pd.DataFrame,
    scenarios: Mapping[str, Mapping[str, float]],
    *,
    n_draws: int = 10_000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compute what would be lost, at risk and kept if parameters were other.

    Parameters
    ----------
    parameters : DataFrame
        As for `negative_cost`.
    scenarios : mapping of str to mapping of str to float
        For each scenario the parameters that change, e.g. ``{"complaint_share": 0.2}``. A branch
        has to sum to 1 afterwards, so all three of its shares are given.
    n_draws, confidence, random_state
        As for `negative_cost`.

    Returns
    -------
    DataFrame, three rows per scenario
        ``scenario``; ``quantity`` (lost, at_risk, kept); ``estimate, low, high``; ``change,
        change_low, change_high`` against the parameters as they are; ``interval``; ``reason``.

    Raises
    ------
    AnalysisError
        As `negative_cost`, or if a scenario names something that is no parameter.

    Notes
    -----
    A changed parameter is taken as exact; the others are drawn as they are without the change, so
    that the change is compared draw by draw. A higher ``complaint_share`` rests on
    `COMPLAINT_ASSUMPTION`.

    Examples
    --------
    >>> from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
    >>> table = tabulate_parameters(CostInputs(
    ...     revenue=50e6, negative_share=0.22, complaint_share=0.02,
    ...     complaining_at_risk=0.34, complaining_lost=0.28, complaining_kept=0.38,
    ...     silent_at_risk=0.55, silent_lost=0.45, silent_kept=0))
    >>> found = cost_scenarios(table, {"more complain": {"complaint_share": 0.2}})
    >>> found[["quantity", "estimate"]].round().to_numpy().tolist()
    [['lost', 4576000.0], ['at_risk', 5588000.0], ['kept', 836000.0]]
    """
    base_values = check_parameters(parameters)
    base_draws, exact = draw_parameters(parameters, n_draws, random_state=random_state)
    is_uncertain = varies(base_draws)
    interval = name_interval(is_uncertain, exact)
    base_point, base_drawn = split_revenue(base_values), split_revenue(base_draws)
    rows = []
    for name, changes in scenarios.items():
        changed = replace_parameters(parameters, changes, where=f"scenario {name!r}")
        point = split_revenue(check_parameters(changed))
        drawn = split_revenue(draw_parameters(changed, n_draws, random_state=random_state)[0])
        for fate in FATES:
            change = point[fate] - base_point[fate]
            moved = drawn[fate] - base_drawn[fate]
            rows.append(
                (
                    *(name, fate, point[fate]),
                    *percentiles(drawn[fate], point[fate], confidence),
                    change,
                    *percentiles(moved, change, confidence),
                    *(interval, why_missing(parameters) if np.isnan(change) else None),
                )
            )
    columns = ["scenario", "quantity", "estimate", "low", "high"]
    columns += ["change", "change_low", "change_high", "interval", "reason"]
    result = pd.DataFrame(rows, columns=columns)
    result.attrs["note"] = f"{COST_NOTE} {COMPLAINT_ASSUMPTION}"
    return result


def cost_levers(
    parameters: pd.DataFrame,
    *,
    step: float = 0.01,
    n_draws: int = 10_000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compute what one step on each lever would change, and what the whole way would.

    Parameters
    ----------
    parameters : DataFrame
        As for `negative_cost`.
    step : float
        Share by which a lever is moved; 0.01 is a percentage point.
    n_draws, confidence, random_state
        As for `negative_cost`.

    Returns
    -------
    DataFrame, three rows per lever of `LEVERS`
        ``lever``; ``step`` (signed, in the helpful direction); ``quantity`` (lost, at_risk, kept);
        ``estimate, low, high``, the change in currency; ``whole_way``, the change with the lever at
        its end (no negative experience, everybody complains, every complainer kept, no silent
        customer lost); ``p_helps``, the share of the draws in which a step makes less lost;
        ``interval``; ``assumption``; ``reason``.

    Raises
    ------
    AnalysisError
        As `negative_cost`.

    Notes
    -----
    The cost is linear in each lever, so a step is exact wherever one stands. ``complaining_kept``
    takes from the other two in proportion, ``silent_lost`` gives to them so. More complaints make
    less lost exactly where complainers are lost less often than silent customers.

    Examples
    --------
    >>> from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
    >>> table = tabulate_parameters(CostInputs(
    ...     revenue=50e6, negative_share=0.22, complaint_share=0.02,
    ...     complaining_at_risk=0.34, complaining_lost=0.28, complaining_kept=0.38,
    ...     silent_at_risk=0.55, silent_lost=0.45, silent_kept=0))
    >>> found = cost_levers(table)
    >>> found.loc[found["quantity"] == "lost", ["lever", "estimate"]].round().to_numpy().tolist()
    [['negative_share', -223300.0], ['complaint_share', -18700.0],
     ['complaining_kept', -994.0], ['silent_lost', -107800.0]]
    """
    values = check_parameters(parameters)
    draws, exact = draw_parameters(parameters, n_draws, random_state=random_state)
    is_uncertain = varies(draws)
    base, base_drawn = split_revenue(values), split_revenue(draws)
    rows = []
    for lever, sign in LEVERS.items():
        end = 1.0 if sign > 0 else 0.0
        point = split_revenue(move_share(values, lever, end))
        drawn = split_revenue(move_share(draws, lever, end))
        way = end - values[lever]
        drawn_way = end - draws[lever]
        lost = _slope(drawn["lost"] - base_drawn["lost"], drawn_way) * sign
        p_helps = float(np.mean(lost < 0)) if is_uncertain and not np.isnan(lost).any() else np.nan
        for fate in FATES:
            whole = point[fate] - base[fate]
            change = float(_slope(np.array(whole), np.array(way))) * sign * step
            moved = _slope(drawn[fate] - base_drawn[fate], drawn_way) * sign * step
            reason = why_missing(parameters) if np.isnan(whole) else None
            if reason is None and np.isnan(change):
                reason = f"{lever} is at its end already"
            rows.append(
                (
                    *(lever, sign * step, fate, change),
                    *percentiles(moved, change, confidence),
                    *(
                        whole,
                        p_helps,
                        name_interval(is_uncertain, exact),
                        _assumption(lever),
                        reason,
                    ),
                )
            )
    columns = ["lever", "step", "quantity", "estimate", "low", "high", "whole_way", "p_helps"]
    result = pd.DataFrame(rows, columns=[*columns, "interval", "assumption", "reason"])
    result.attrs["note"] = COST_NOTE
    return result


def replace_parameters(
    parameters: pd.DataFrame, changes: Mapping[str, float], *, where: str = "changes"
) -> pd.DataFrame:
    """Give a table of parameters in which some are other, and exact.

    Parameters
    ----------
    parameters : DataFrame
    changes : mapping of str to float
    where : str
        Named in the message.

    Returns
    -------
    DataFrame

    Raises
    ------
    AnalysisError
        If `changes` names something that is none of `PARAMETERS`.
    """
    unknown = [repr(name) for name in changes if name not in PARAMETERS]
    if unknown:
        raise AnalysisError(
            f"{where}: {', '.join(unknown)} is no parameter, expected {', '.join(PARAMETERS)}"
        )
    gone = [*changes, *(CORRECTION if "negative_share" in changes else ())]
    kept = parameters[~parameters["parameter"].isin(gone)].to_dict("records")
    rows = [make_row(name, value, n=None, source=where) for name, value in changes.items()]
    return pd.DataFrame([*kept, *rows], columns=parameters.columns)


def move_share(values: Mapping[str, Floats | float], name: str, to: float) -> dict[str, Floats]:
    """Set one share and let the other two of its branch make room in proportion.

    Parameters
    ----------
    values : mapping of str to float or ndarray
        All of `PARAMETERS`.
    name : str
    to : float
        0 to 1.

    Returns
    -------
    dict of str to ndarray of float64
        Where the other two are both 0, they get equal parts.
    """
    moved = {key: np.asarray(value, np.float64) for key, value in values.items()}
    branch = name.split("_", maxsplit=1)[0]
    others = [f"{branch}_{fate}" for fate in FATES if f"{branch}_{fate}" != name]
    if name not in PARAMETERS or f"{branch}_lost" not in moved:
        return moved | {name: np.full_like(moved[name], to)}
    rest = sum(moved[other] for other in others)
    with np.errstate(divide="ignore", invalid="ignore"):
        for other in others:
            part = np.where(rest == 0, 0.5, moved[other] / rest)
            moved[other] = (1 - to) * part
    moved[name] = np.full_like(moved[name], to)
    return moved


def _slope(change: Floats, way: Floats) -> Floats:
    """Give the change per unit in the lever's helpful direction; NaN at its end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(way == 0, np.nan, change / way)


def _assumption(lever: str) -> str | None:
    """Say what a lever rests on."""
    return {
        "complaint_share": COMPLAINT_ASSUMPTION,
        "complaining_kept": "The other two shares of the branch make room in proportion.",
        "silent_lost": "The other two shares of the branch take it up in proportion.",
    }.get(lever)
