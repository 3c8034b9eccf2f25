"""What is wrong with rules, by themselves and on a table: all of it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nlp_cx.analyze.alerts.conditions import find_faults
from nlp_cx.analyze.alerts.rules import AggregateRule, AlertRules
from nlp_cx.config import load_config
from nlp_cx.errors import ConfigError


def load_rules(path: str | Path) -> AlertRules:
    """Read rules from a TOML file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    AlertRules

    Raises
    ------
    ConfigError
        If the file cannot be read, or holds mistakes: all of them in one message.
    """
    rules = load_config(path, AlertRules)
    _raise_if(find_rule_faults(rules), str(path))
    return rules


def check_rules(
    rules: AlertRules, ox: pd.DataFrame, *, evidence: pd.DataFrame | None = None
) -> None:
    """Raise one error that names everything in the rules that the tables cannot answer.

    Parameters
    ----------
    rules : AlertRules
    ox : DataFrame
    evidence : DataFrame, optional

    Raises
    ------
    ConfigError
        If rules are at odds with themselves, columns are missing or of another kind, or a rule
        asks for clauses and there is no table of evidence.
    """
    faults = find_rule_faults(rules)
    faults += [
        f"{what} {column!r}: the table has no such column"
        for what, column in (("key", rules.key), ("time", rules.time))
        if column is not None and column not in ox.columns
    ]
    for rule in rules.record:
        where = f"record rule {rule.name!r}"
        wanted = [*rule.all, *rule.any, *([rule.outcome] if rule.outcome else [])]
        faults += find_faults(wanted, ox, where=where)
        if rule.evidence and evidence is None:
            faults.append(f"{where}: asks for clauses, and there is no table of evidence")
        elif evidence is not None:
            name = "the table of evidence"
            faults += find_faults(rule.evidence, evidence, where=where, name=name)
        named = [*([rule.per] if rule.per else []), *rule.show]
        faults += [f"{where}: no column {c!r}" for c in named if c not in ox.columns]
    for watch in rules.aggregate:
        where = f"aggregate rule {watch.name!r}"
        faults += find_faults([*watch.of, *watch.among], ox, where=where)
        named = [*([watch.column] if watch.column else []), *watch.segment]
        faults += [f"{where}: no column {c!r}" for c in named if c not in ox.columns]
        if watch.column in ox.columns and not _is_number(ox[watch.column]):
            faults.append(f"{where}: {watch.column!r} is not a column of numbers")
    _raise_if(faults, "alert rules")


def find_rule_faults(rules: AlertRules) -> list[str]:
    """Tell where rules are at odds with themselves.

    Parameters
    ----------
    rules : AlertRules

    Returns
    -------
    list of str
    """
    names = Counter([rule.name for rule in rules.record] + [w.name for w in rules.aggregate])
    faults = [f"the name {name!r} is given to {n} rules" for name, n in names.items() if n > 1]
    if not names:
        faults.append("there is neither a [[record]] nor an [[aggregate]] rule")
    for rule in rules.record:
        where = f"record rule {rule.name!r}"
        said = {
            "has no condition": not (rule.all or rule.any or rule.evidence),
            "due_hours must be above 0": rule.due_hours <= 0,
            "cool_down_days must be 0 or more": rule.cool_down_days < 0,
            "cool_down_days needs per": rule.cool_down_days > 0 and rule.per is None,
            "within_days must be above 0": rule.within_days is not None and rule.within_days <= 0,
            "within_days and cool_down_days need a time column": rules.time is None
            and (rule.within_days is not None or rule.cool_down_days > 0),
        }
        faults += [f"{where}: {fault}" for fault, is_so in said.items() if is_so]
    for watch in rules.aggregate:
        faults += [
            f"aggregate rule {watch.name!r}: {fault}"
            for fault, is_so in _describe_watch(watch, rules.time).items()
            if is_so
        ]
    return faults


def _describe_watch(rule: AggregateRule, time: str | None) -> dict[str, bool]:
    """Give every possible fault of an aggregate rule, and whether it has it."""
    counts = rule.metric in ("share", "count")
    return {
        f"a {rule.metric} needs of": counts and not rule.of,
        f"a {rule.metric} takes no column": counts and rule.column is not None,
        f"a {rule.metric} needs a column": not counts and rule.column is None,
        f"a {rule.metric} takes no of: put it into among": not counts and bool(rule.of),
        "needs a threshold, baseline_days or both": rule.threshold is None
        and rule.baseline_days is None,
        "needs a time column": time is None,
        "window_days, step_days and baseline_days must be 1 or more": min(
            rule.window_days,
            rule.step_days,
            1 if rule.baseline_days is None else rule.baseline_days,
        )
        < 1,
        "alpha must be between 0 and 1": not 0 < rule.alpha < 1,
        "min_n must be 2 or more": rule.min_n < 2,
        "min_change must be 0 or more": rule.min_change < 0,
        "min_change needs baseline_days": rule.min_change > 0 and rule.baseline_days is None,
        "due_hours and forget_days must be above 0": min(rule.due_hours, rule.forget_days) <= 0,
        "cool_down_days must be 0 or more": rule.cool_down_days < 0,
        "the threshold of a share must be between 0 and 1": rule.metric == "share"
        and rule.threshold is not None
        and not 0 < rule.threshold < 1,
        "the threshold of a count must be above 0": rule.metric == "count"
        and rule.threshold is not None
        and rule.threshold <= 0,
        "clear must be on the good side of the threshold": _is_beyond(rule),
    }


def _is_beyond(rule: AggregateRule) -> bool:
    """Tell whether an alert would close where it is still beyond the threshold."""
    if rule.clear is None or rule.threshold is None:
        return False
    return rule.clear > rule.threshold if rule.direction == "up" else rule.clear < rule.threshold


def _is_number(column: pd.Series) -> bool:
    """Tell whether a column holds numbers or truth values."""
    dtype = column.dtype
    return bool(pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype))


def _raise_if(faults: Sequence[str], where: str) -> None:
    """Raise where there are faults."""
    if faults:
        noun = "mistake" if len(faults) == 1 else "mistakes"
        raise ConfigError(f"{where}: {len(faults)} {noun}.\n  " + "\n  ".join(faults))
