"""Which parameter moves the cost of negative experience most."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from nlp_cx.analyze.cost.amounts import COST_NOTE, split_revenue
from nlp_cx.analyze.cost.inputs import check_parameters
from nlp_cx.analyze.cost.levers import move_share
from nlp_cx.analyze.cost.shares import PARAMETERS
from nlp_cx.errors import AnalysisError

Swing = Literal["interval", "points", "limits"]

_COLUMNS = ("parameter", "value", "from_value", "to_value", "at_from", "at_to", "swing", "reason")


def cost_tornado(
    parameters: pd.DataFrame,
    quantity: str = "lost",
    *,
    swing: Swing = "interval",
    points: float = 0.01,
) -> pd.DataFrame:
    """Move one parameter after the other and tell how far the cost moves with it.

    Parameters
    ----------
    parameters : DataFrame, one row per parameter
        As for `amounts.negative_cost`.
    quantity : str
        One of `amounts.QUANTITIES`.
    swing : {"interval", "points", "limits"}
        How far a share is moved: over its own interval (where the cost is uncertain); by `points`
        down and up (what equal steps are worth); from 0 to 1 (what there is to gain at most).
    points : float
        Share, with ``swing="points"``; not beyond 0 and 1.

    Returns
    -------
    DataFrame, one row per share, the widest swing first
        ``parameter``; ``value``; ``from_value, to_value``; ``at_from, at_to``, `quantity` there,
        in currency; ``swing``, the width between them; ``reason``, why it is missing.

    Raises
    ------
    AnalysisError
        If `quantity` or `swing` is unknown, or as `amounts.negative_cost`.

    Notes
    -----
    One parameter at a time, the others at their estimates; when a share of a branch moves, the
    other two make room in proportion. Revenue is not moved: it scales everything alike.

    Examples
    --------
    >>> from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
    >>> inputs = CostInputs(
    ...     revenue=1000, negative_share=0.2, complaint_share=0.1,
    ...     complaining_lost=0.2, complaining_at_risk=0.2, complaining_kept=0.6,
    ...     silent_lost=0.5, silent_at_risk=0.5, silent_kept=0.0)
    >>> tornado = cost_tornado(tabulate_parameters(inputs), swing="points")
    >>> tornado[["parameter", "swing"]].head(2).round(2).to_numpy().tolist()
    [['negative_share', 9.4], ['silent_lost', 3.6]]
    """
    values = check_parameters(parameters)
    if quantity not in split_revenue(values):
        raise AnalysisError(
            f"quantity {quantity!r}, expected one of {', '.join(split_revenue(values))}"
        )
    if swing not in ("interval", "points", "limits"):
        raise AnalysisError(f"swing {swing!r}, expected interval, points or limits")
    bounds = {row["parameter"]: (row["low"], row["high"]) for row in parameters.to_dict("records")}
    rows = []
    for name in PARAMETERS[1:]:
        value = values[name]
        if swing == "interval":
            low, high = bounds.get(name, (np.nan, np.nan))
        elif swing == "points":
            low, high = max(0.0, value - points), min(1.0, value + points)
        else:
            low, high = 0.0, 1.0
        at = [float(split_revenue(move_share(values, name, to))[quantity]) for to in (low, high)]
        width, reason = abs(at[1] - at[0]), None
        if np.isnan(value):
            reason = "the parameter is not known"
        elif swing == "interval" and np.isnan(low):
            reason = "taken as exact: no number of cases behind it"
        elif np.isnan(width):
            reason = "other parameters are not known"
        rows.append((name, value, low, high, *at, width, reason))
    result = pd.DataFrame(rows, columns=list(_COLUMNS))
    result = result.sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    result.attrs["note"] = COST_NOTE
    return result
