"""Columns that say by their name what they are for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from nlp_cx.analyze.satisfaction.servqual_survey import standard_items
from nlp_cx.analyze.source_models.inputs import ServqualInputs, SourceInputs

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "complained": (
        *("complained", "has complained", "is complaint", "complaint", "complaints"),
        *("n complaints", "投诉", "是否投诉", "投诉次数"),
    ),
    "retained": ("retained", "is retained", "renewed", "stayed", "留存", "是否留存", "续费"),
    "churned": (
        *("churned", "churn", "is churned", "churn value", "churn flag", "churn label"),
        *("churned 30d", "churned 60d", "churned 90d", "churned 180d", "churned 365d"),
        *("流失", "是否流失", "已流失"),
    ),
    "at_risk": ("at risk", "is at risk", "有流失风险"),
    "revenue": (
        *("revenue", "annual revenue", "yearly revenue", "monthly revenue", "sales"),
        *("amount", "order amount", "paid amount", "spend"),
        *("收入", "营收", "销售额", "消费金额", "订单金额", "金额"),
    ),
    "later_revenue": (
        *("later revenue", "next revenue", "revenue after", "revenue later", "revenue next"),
        *("next period revenue", "后续收入", "下期收入"),
    ),
    "satisfaction": ("csat", "satisfaction", "satisfaction score", "满意度", "满意度评分"),
}
"""For each part the names that tell it, the preferred one first; case, spaces and underscores do
not count, nor does the family (``r_``, ``o_``). A total revenue is not among them: it may be that
of all the years."""

_EXPECTED: Final = ("r_{}_expected", "r_{}_expectation", "r_expected_{}", "r_expectation_{}")
_EXPERIENCED: Final = ("r_{}", "r_{}_rating", "r_{}_experience")
_ITEMS: Final = (
    *(("r_p{}", "r_e{}"), ("p{}", "e{}"), ("r_perception_{}", "r_expectation_{}")),
    ("r_servqual_p{}", "r_servqual_e{}"),
)


def take_by_name(
    ox: pd.DataFrame, inputs: SourceInputs, *, outcome: str | None, drivers: Iterable[str]
) -> tuple[SourceInputs, dict[str, str]]:
    """Fill in columns that were not named and whose own names tell what they are for.

    Parameters
    ----------
    ox : DataFrame
    inputs : SourceInputs
        What was named stays as it is.
    outcome : str or None
        The satisfaction of the return chain, where it is a rating (``r_*``) and no column is called
        so.
    drivers : iterable of str

    Returns
    -------
    inputs : SourceInputs
    taken : dict of str to str
        Field and column, of those that were taken by their name; to be told.

    Examples
    --------
    >>> ox = pd.DataFrame({"o_churned_90d": [0], "o_amount": [20.0], "r_price": [4]})
    >>> take_by_name(ox, SourceInputs(), outcome=None, drivers=["price"])[1]
    {'churned': 'o_churned_90d', 'revenue': 'o_amount', 'experience.price': 'r_price'}
    """
    names = {_fold(str(column)): str(column) for column in reversed(list(ox.columns))}
    taken: dict[str, str] = {}
    for part, wanted in NAMES.items():
        if getattr(inputs, part) is not None:
            continue
        if part in ("retained", "churned") and (inputs.retained or inputs.churned):
            continue
        found = next((names[name] for name in wanted if name in names), None)
        if found is not None and not (part == "churned" and "retained" in taken):
            taken[part] = found
    if (
        inputs.satisfaction is None
        and "satisfaction" not in taken
        and outcome is not None
        and outcome.startswith("r_")
    ):
        taken["satisfaction"] = outcome
    changes: dict[str, Any] = dict(taken)
    for side, patterns in (("experience", _EXPERIENCED), ("expectation", _EXPECTED)):
        given = dict(getattr(inputs, side))
        for driver in drivers:
            column = next((c for c in (p.format(driver) for p in patterns) if c in ox), None)
            if driver not in given and column is not None and column != outcome:
                given[driver] = column
                taken[f"{side}.{driver}"] = column
        changes[side] = given
    changes["expectation"] = {
        driver: column
        for driver, column in changes["expectation"].items()
        if driver in changes["experience"] or driver in inputs.expectation
    }
    if not inputs.servqual.perception and (found_items := _find_items(ox, inputs.servqual)):
        changes["servqual"] = found_items
        taken["servqual.perception"] = next(iter(found_items.perception.values()))[0]
    return dataclasses.replace(inputs, **changes), taken


def _find_items(ox: pd.DataFrame, given: ServqualInputs) -> ServqualInputs | None:
    """Find the 22 items of the instrument, where all of them are there."""
    for perception, expectation in _ITEMS:
        sides = [standard_items(pattern) for pattern in (perception, expectation)]
        has = [all(c in ox for items in side.values() for c in items) for side in sides]
        if has[0]:
            got, wanted = ({k: tuple(v) for k, v in side.items()} for side in sides)
            return dataclasses.replace(
                given, perception=got, expectation=wanted if has[1] else given.expectation
            )
    return None


def _fold(name: str) -> str:
    """Give a name without family, case and marks."""
    return re.sub(r"[\s_\-]+", " ", re.sub(r"^[ro]_", "", name)).strip().casefold()
