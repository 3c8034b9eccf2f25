"""What is to be explained: the first rating, or what was named."""

from __future__ import annotations

from typing import Any

from nlp_cx.errors import ConfigError
from nlp_cx.read.columns import find_named
from nlp_cx.study.guesses.guessed import Guesses, has_texts

LOWER_IS_BETTER = (
    "churn", "return", "refund", "wait", "effort", "delay", "complain",
    "流失", "退货", "退貨", "退款", "等待", "费力", "費力", "投诉", "投訴",
)  # fmt: skip
"""Words in names of outcomes of which less is better."""

_MOST_ANSWERS = 11
"""Distinct values of a scale from 0 to 10; what has more is hardly an answer."""

_MOST_OUTCOMES = 3


def guess_outcomes(inputs: list[dict[str, Any]], made: Guesses, outcome: str | None) -> None:
    """Guess what is to be explained: the first rating, or what was named.

    Parameters
    ----------
    inputs : list of dict
        One for each input, as they stand in a study file.
    made : Guesses
        Gets the sentences about what was guessed.
    outcome : str, optional
        Column that the user named.

    Raises
    ------
    ConfigError
        If the outcome that was named is in no file.
    """
    places = [(each, made.headers[each["name"]]) for each in inputs]
    if outcome is not None:
        bare = outcome[2:] if outcome.startswith(("r_", "o_")) else outcome
        if not any(name in header.columns for _, header in places for name in (outcome, bare)):
            known = sorted({c for _, header in places for c in header.columns})
            raise ConfigError(
                f"--outcome: there is no column {outcome!r}; found {', '.join(known)}"
            )
        found = [outcome]
    else:
        found = [
            column
            for tier in ("names", "weak")
            for each, header in places
            if each.get("on") or each["kind"] in ("reviews", "chats", "scored") or len(places) == 1
            for column in find_named(header.columns, "rating", tier)
            if header.is_number(column)
        ]
        # Without texts there is no analysis that a further outcome would make longer.
        found = list(dict.fromkeys(found))[: 1 if has_texts(inputs) else _MOST_OUTCOMES]
    roles = {v for each in inputs for v in each.values() if isinstance(v, str)}
    made.more_outcomes = [
        column
        for each, header in places
        if each.get("on") or each["kind"] in ("reviews", "chats", "scored")
        for column in header.columns
        if column not in roles and column not in found and header.is_number(column)
        and 2 <= header.count_distinct(column) <= _MOST_ANSWERS
    ]  # fmt: skip
    made.raw["outcomes"] = [
        {"column": name, "higher_is_better": not is_lower_better(name)} for name in found
    ]
    for name in found:
        way = "less" if is_lower_better(name) else "more"
        made.lines.append(
            f"outcome: {name!r}, {way} is better (--outcome, [[outcomes]] higher_is_better)"
        )
    if not found:
        made.lines.append(
            "outcome: none found; the report has no importance of drivers (name one with --outcome)"
        )


def is_lower_better(column: str) -> bool:
    """Tell from a name whether less of an outcome is better.

    Examples
    --------
    >>> is_lower_better("o_churned_90d"), is_lower_better("stars")
    (True, False)
    """
    return any(word in column.lower() for word in LOWER_IS_BETTER)
