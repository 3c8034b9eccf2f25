"""Cases for single records: who said what, why it matters, who acts until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.alerts.clock import Clock
from nlp_cx.analyze.alerts.conditions import Condition, describe, meets, meets_all
from nlp_cx.analyze.alerts.rules import AlertRules, RecordRule
from nlp_cx.analyze.alerts.spans import LinkedEvidence, find_reasons, list_spans
from nlp_cx.analyze.alerts.state import AlertState, make_case_id, name_value

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Case = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """What one rule found.

    Attributes
    ----------
    rule : str
    cases : list of dict
        JSON-ready, oldest record first.
    rows : ndarray of int64, shape (n_cases,)
        Their positions in the table.
    n_matched : int
        Records that meet the rule, up to now and within its days.
    n_known : int
        Of these, had a case in an earlier run.
    n_cooling : int
        Of these, are left out as the same customer was asked shortly before.
    n_without_time : int
        Records that meet the rule and have no time.
    """

    rule: str
    cases: list[Case]
    rows: Ints
    n_matched: int
    n_known: int
    n_cooling: int
    n_without_time: int


def find_record_cases(
    ox: pd.DataFrame,
    rules: AlertRules,
    rule: RecordRule,
    clock: Clock,
    *,
    evidence: LinkedEvidence | None = None,
    state: AlertState | None = None,
) -> RecordFinding:
    """Find the records that a rule asks for.

    Parameters
    ----------
    ox : DataFrame, one row per record
        Its key is unique.
    rules : AlertRules
        Checked against the table.
    rule : RecordRule
    clock : Clock
    evidence : LinkedEvidence, optional
    state : AlertState, optional
        Updated: what is given once is not given again.

    Returns
    -------
    RecordFinding
        Every case holds ``case_id, rule, kind, severity, owner, record, per, at`` (the record's
        time), ``due_at, because`` (conditions that are met, with the value found), ``spans``,
        ``n_spans``, ``show``, ``reason`` (why something is missing).

    Notes
    -----
    A record without a time is not lost: it is due from now on, and its case says so.
    """
    state = AlertState() if state is None else state
    matched = meets_all(ox, rule.all)
    any_met = [meets(ox, condition) for condition in rule.any]
    if any_met:
        matched &= np.logical_or.reduce(any_met)
    reasons = None if evidence is None else find_reasons(evidence, rule.evidence)
    if rule.evidence and evidence is not None and reasons is not None:
        has_clause = np.zeros(len(ox), np.bool_)
        has_clause[evidence.rows[reasons]] = True
        matched &= has_clause
    matched &= ~clock.is_later & ~clock.is_earlier
    if rule.within_days is not None:
        age = clock.now - clock.times
        matched &= ~(age > pd.Timedelta(days=rule.within_days)).to_numpy(np.bool_)
    rows = _in_time_order(ox, rules.key, matched, clock)
    kept, n_known, n_cooling = _drop_told(ox, rules, rule, clock, rows=rows, state=state)
    spans: list[tuple[list[dict[str, Any]], int]] = [([], 0)] * kept.size
    if evidence is not None and reasons is not None:
        spans = list_spans(evidence, reasons, kept)
    cases = []
    for row, (listed, n_spans) in zip(kept.tolist(), spans, strict=True):
        told = [*rule.all, *(c for c, met in zip(rule.any, any_met, strict=True) if met[row])]
        case = _make_case(ox.iloc[row], rules, rule, clock, row=row)
        case["because"] = [_because(condition, ox, row) for condition in told]
        case |= {"spans": listed, "n_spans": n_spans}
        if rule.evidence:
            asked = " and ".join(map(describe, rule.evidence))
            case["because"].append({"condition": f"a clause with {asked}", "found": n_spans})
        missing = [case.pop("reason")] if case["reason"] else []
        if evidence is None:
            missing.append("no table of evidence was given")
        elif not n_spans:
            missing.append("no clause of it is negative")
        cases.append(case | {"reason": "; ".join(missing) or None})
    n_without_time = 0 if rules.time is None else int((matched & ~clock.is_known).sum())
    return RecordFinding(rule.name, cases, kept, int(rows.size), n_known, n_cooling, n_without_time)


def _in_time_order(ox: pd.DataFrame, key: str, matched: Bools, clock: Clock) -> Ints:
    """Give positions of matched records, oldest first, whatever the order of the table."""
    rows = np.flatnonzero(matched)
    order = pd.DataFrame(
        {
            "at": clock.times.iloc[rows].to_numpy(),
            "key": [name_value(value) for value in ox[key].iloc[rows]],
        }
    ).sort_values(["at", "key"], na_position="last", kind="stable")
    return rows[order.index.to_numpy()].astype(np.int64)


def _drop_told(
    ox: pd.DataFrame,
    rules: AlertRules,
    rule: RecordRule,
    clock: Clock,
    *,
    rows: Ints,
    state: AlertState,
) -> tuple[Ints, int, int]:
    """Leave out what was told before; remember the rest."""
    asked = state.asked.setdefault(rule.name, {})
    cool_down = pd.Timedelta(days=rule.cool_down_days)
    kept, n_known, n_cooling = [], 0, 0
    for row in rows.tolist():
        case_id = make_case_id(rule.name, {rules.key: ox[rules.key].iloc[row]})
        at = clock.times.iloc[row]
        moment = clock.now if pd.isna(at) else at
        if case_id in state.cases:
            n_known += 1
            continue
        whom = ox[rule.per].iloc[row] if rule.per is not None else None
        name = None if whom is None or pd.isna(whom) else name_value(whom)
        if name is not None and name in asked:
            since = moment - pd.Timestamp(asked[name])
            if abs(since) < cool_down:
                n_cooling += 1
                continue
        if name is not None and cool_down > pd.Timedelta(0):
            asked[name] = max(asked.get(name, ""), moment.isoformat())
        state.cases[case_id] = moment.isoformat()
        kept.append(row)
    return np.array(kept, np.int64), n_known, n_cooling


def _make_case(
    record: pd.Series, rules: AlertRules, rule: RecordRule, clock: Clock, *, row: int
) -> Case:
    """Describe one record."""
    at = clock.times.iloc[row]
    is_timed = not pd.isna(at)
    start = at if is_timed else clock.now
    key = _plain(record[rules.key])
    untimed = rules.time is not None and not is_timed
    return {
        "case_id": make_case_id(rule.name, {rules.key: record[rules.key]}),
        "rule": rule.name,
        "kind": "record",
        "severity": rule.severity,
        "owner": rule.owner,
        "record": {rules.key: key},
        "per": None if rule.per is None else {rule.per: _plain(record[rule.per])},
        "at": clock.write(at) if is_timed else None,
        "due_at": clock.write(start + pd.Timedelta(hours=rule.due_hours)),
        "because": [],
        "show": {name: _plain(record[name]) for name in rule.show},
        "reason": f"no {rules.time}: due from now on" if untimed else None,
    }


def _because(condition: Condition, ox: pd.DataFrame, row: int) -> dict[str, Any]:
    """Give a condition with what was found."""
    return {"condition": describe(condition), "found": _plain(ox[condition.column].iloc[row])}


def _plain(value: Any) -> Any:
    """Give a value as JSON knows it; missing as None."""
    if not isinstance(value, list | dict | tuple | np.ndarray) and pd.isna(value):
        return None
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else str(value)
    return value
