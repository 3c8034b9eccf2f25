"""A plan under a budget: the actions that together promise most."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from nlp_cx.errors import AnalysisError, SchemaError

PLAN_NOTE = (
    "Best for the costs and changes that were put in, if changes add up; those are estimates of "
    "whoever put them in, and no change is promised."
)

_MOST_STATES = 500_000


class _State(NamedTuple):
    """One way to spend: what it costs and brings, and the actions, in the order of the table."""

    cost: Fraction
    value: Fraction
    chosen: tuple[int, ...]


def plan_actions(
    actions: pd.DataFrame,
    budget: float | Decimal,
    *,
    importance: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Choose the actions that bring most within a budget.

    Parameters
    ----------
    actions : DataFrame, one row per action
        ``action`` (its name); ``cost`` (0 or more, in the unit of `budget`); ``change`` (expected
        change of the driver's experience, rating points); ``driver`` (needed with `importance`);
        ``one_of`` (at most one of the actions with the same value is chosen: sizes of one action,
        or ways that exclude each other; missing: free).
    budget : float or Decimal
        0 or more.
    importance : mapping of str to float, optional
        By driver; an action is then worth importance x change, as in step 3. Without it, the
        change.

    Returns
    -------
    DataFrame, one row per action, order of `actions`
        ``action, driver, cost, change, value`` (importance x change), ``is_chosen``, ``one_of``
        where given, ``reason`` (why it could not be considered, or brings nothing).
        ``attrs["total_cost"], attrs["total_value"], attrs["budget"]``.

    Raises
    ------
    SchemaError
        If a column is missing or holds other than numbers.
    AnalysisError
        If an action is named twice, a cost or the budget is negative, a driver has no importance,
        or there are too many actions to be sure of the best.

    Notes
    -----
    Exact: all ways to spend that no other way beats in both cost and value are kept (Nemhauser and
    Ullmann 1969), in fractions, so 0.1 + 0.2 fits into 0.3. Of plans worth the same the cheaper is
    taken, then the one with fewer actions, then the one with those that stand first.

    Examples
    --------
    >>> actions = pd.DataFrame({
    ...     "action": ["second shop", "longer hours", "wider range"],
    ...     "driver": ["convenience", "convenience", "product"],
    ...     "cost": [60, 25, 40], "change": [3, 1, 1]})
    >>> plan = plan_actions(actions, 100, importance={"convenience": 9, "product": 5})
    >>> plan.loc[plan["is_chosen"], "action"].tolist(), plan.attrs["total_value"]
    (['second shop', 'longer hours'], 36.0)
    """
    table = _read_actions(actions, budget, importance)
    limit = _exact(budget)
    options: dict[object, list[int]] = {}
    for k in np.flatnonzero(table["reason"].isna()).tolist():
        kind = table["one_of"].iloc[k] if "one_of" in table else None
        options.setdefault(("own", k) if pd.isna(kind) else ("shared", kind), []).append(k)
    costs = [_exact(0 if pd.isna(value) else value) for value in table["cost"]]
    values = [_exact(0 if pd.isna(value) else value) for value in table["value"]]
    states = [_State(Fraction(0), Fraction(0), ())]
    for group in options.values():
        more = [
            _State(state.cost + costs[k], state.value + values[k], (*state.chosen, k))
            for state in states
            for k in group
            if state.cost + costs[k] <= limit
        ]
        states = _keep_unbeaten([*states, *more])
        if len(states) > _MOST_STATES:
            raise AnalysisError(
                f"{len(table):,} actions leave more than {_MOST_STATES:,} ways to spend: round "
                "costs to fewer digits, or plan in parts"
            )
    best = min(states, key=lambda s: (-s.value, s.cost, len(s.chosen), sorted(s.chosen)))
    table["is_chosen"] = np.isin(np.arange(len(table)), best.chosen)
    table.attrs = {
        "note": PLAN_NOTE,
        "budget": float(limit),
        "total_cost": float(best.cost),
        "total_value": float(best.value),
    }
    return table


def _read_actions(
    actions: pd.DataFrame, budget: float | Decimal, importance: Mapping[str, float] | None
) -> pd.DataFrame:
    """Check the actions, and work out what each is worth."""
    needed = ["action", "cost", "change", *(["driver"] if importance is not None else [])]
    if missing := [name for name in needed if name not in actions]:
        raise SchemaError(f"no column {', '.join(missing)}")
    columns = [name for name in ("action", "driver", "cost", "change", "one_of") if name in actions]
    table = actions[columns].reset_index(drop=True)
    for name in ("cost", "change"):
        try:
            table[name] = pd.to_numeric(table[name]).astype(np.float64)
        except (ValueError, TypeError) as e:
            raise SchemaError(f"column {name!r} holds other than numbers ({e})") from e
    faults = [
        f"action {name!r} occurs twice" for name in table["action"][table["action"].duplicated()]
    ]
    faults += [
        f"cost of {name!r} is {cost:g}, expected 0 or more"
        for name, cost in zip(table["action"], table["cost"], strict=True)
        if cost < 0
    ]
    if budget < 0 or not np.isfinite(float(budget)):
        faults.append(f"budget {budget}, expected 0 or more")
    weight = pd.Series(1.0, index=table.index)
    if importance is not None:
        strange = [str(name) for name in table["driver"].unique() if name not in importance]
        faults += [f"no importance of {name!r}" for name in strange]
        weight = table["driver"].map(dict(importance)).astype(np.float64)
    if faults:
        raise AnalysisError("; ".join(faults))
    # Multiplied as written, so that 0.1 x 3 is 0.3.
    table["value"] = [
        np.nan if pd.isna(w) or pd.isna(c) else float(_exact(w) * _exact(c))
        for w, c in zip(weight, table["change"], strict=True)
    ]
    unknown = table[["cost", "value"]].isna().any(axis=1)
    idle = table["value"] <= 0
    table["reason"] = pd.array(
        ["cost, change or importance not known" if u else "brings nothing" if i else None
         for u, i in zip(unknown, idle, strict=True)], "string"
    )  # fmt: skip
    return table


def _keep_unbeaten(states: list[_State]) -> list[_State]:
    """Keep the ways to spend that bring more than every cheaper one."""
    states.sort(key=lambda s: (s.cost, -s.value, len(s.chosen), sorted(s.chosen)))
    kept = [states[0]]
    for state in states[1:]:
        if state.value > kept[-1].value:
            kept.append(state)
    return kept


def _exact(value: float | Decimal) -> Fraction:
    """Give a number as it is written, not as its nearest binary fraction."""
    return Fraction(str(value))
