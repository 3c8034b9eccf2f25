"""All rules on one table: cases, verdicts, and what to remember."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.alerts.aggregates import AggregateFinding, find_aggregate_cases
from nlp_cx.analyze.alerts.clock import read_clock
from nlp_cx.analyze.alerts.records import RecordFinding, find_record_cases
from nlp_cx.analyze.alerts.rule_faults import check_rules
from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.analyze.alerts.spans import LinkedEvidence, link_evidence
from nlp_cx.analyze.alerts.state import AlertState
from nlp_cx.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class Alerts:
    """What a run found.

    Attributes
    ----------
    cases : list of dict
        JSON-ready, rules in their order; see `find_record_cases` and `find_aggregate_cases`.
    verdicts : DataFrame
        The last window of every aggregate rule and segment, cases or not: ``rule, segment,
        window_end, estimate, low, high, n, baseline, n_baseline, threshold, p_value, p_adjusted,
        status, reason``.
    summary : DataFrame
        One row per rule: ``rule, kind, severity, n_cases, n_matched, n_known, n_cooling,
        n_without_time, n_windows, n_segments`` (of the last window), ``n_judged`` (of these, with
        enough rows), ``reason``.
    state : AlertState
        To be given to the next run.
    now : str
    """

    cases: list[dict[str, Any]]
    verdicts: pd.DataFrame
    summary: pd.DataFrame
    state: AlertState
    now: str


def find_alerts(
    ox: pd.DataFrame,
    rules: AlertRules,
    *,
    evidence: pd.DataFrame | None = None,
    documents: pd.DataFrame | None = None,
    now: str | datetime | None = None,
    since: str | datetime | None = None,
    state: AlertState | None = None,
) -> Alerts:
    """Find what rules ask for.

    Parameters
    ----------
    ox : DataFrame, one row per record
        An O+X table, or a scored table with whatever else the rules name.
    rules : AlertRules
    evidence : DataFrame, optional
        Clauses behind the labels, as ``nlp-cx score --evidence`` writes them.
    documents : DataFrame, optional
        ``doc_id`` and the rules' key of every document, where `evidence` and `ox` have no column
        in common.
    now : str or datetime, optional
        The latest time in the table when not given. Rows after it are left alone.
    since : str or datetime, optional
        Leave records before this time alone; and judge all windows that end after it, instead of
        the last one only, where the state does not know the rule. Needs a column of times.
    state : AlertState, optional
        From the last run; not changed.

    Returns
    -------
    Alerts

    Raises
    ------
    ConfigError
        As `check_rules`.
    AnalysisError
        If the key is missing or occurs twice, or as `link_evidence`, `read_clock`.
    SchemaError
        As `link_evidence`, `read_clock`.

    Examples
    --------
    >>> from nlp_cx.config import parse_config
    >>> rules = parse_config({
    ...     "key": "order", "time": "at", "record": [{
    ...         "name": "unhappy", "severity": "high", "owner": "care", "due_hours": 24,
    ...         "all": [{"column": "r_csat", "op": "<=", "value": 2}]}]}, AlertRules)
    >>> ox = pd.DataFrame({"order": ["A1", "A2"], "at": ["2024-05-01", "2024-05-02"]})
    >>> found = find_alerts(ox.assign(r_csat=[5, 1]), rules)
    >>> found.cases[0]["record"], found.cases[0]["due_at"]
    ({'order': 'A2'}, '2024-05-03T00:00:00')
    """
    check_rules(rules, ox, evidence=evidence)
    ox = ox.reset_index(drop=True)
    check_key(ox, rules.key)
    clock = read_clock(ox, rules, now, since)
    linked: LinkedEvidence | None = None
    if evidence is not None and rules.record:
        linked = link_evidence(evidence, ox, rules.key, documents=documents)
    memory = AlertState() if state is None else copy.deepcopy(state)
    records = [
        find_record_cases(ox, rules, rule, clock, evidence=linked, state=memory)
        for rule in rules.record
    ]
    aggregates = [find_aggregate_cases(ox, rule, clock, state=memory) for rule in rules.aggregate]
    cases = [case for f in records for case in f.cases]
    cases += [case for g in aggregates for case in g.cases]
    verdicts = pd.DataFrame([row for finding in aggregates for row in finding.verdicts])
    verdicts.attrs["note"] = NOTE
    summary = pd.DataFrame(
        [_summarize_record(f, rules) for f in records]
        + [_summarize_aggregate(f, rules) for f in aggregates]
    )
    return Alerts(cases, verdicts, summary, memory, clock.write(clock.now))


def check_key(ox: pd.DataFrame, key: str) -> None:
    """Raise unless every row has a key of its own.

    Parameters
    ----------
    ox : DataFrame
    key : str

    Raises
    ------
    AnalysisError
    """
    n_missing = int(ox[key].isna().sum())
    twice = ox[key].duplicated() & ox[key].notna()
    if n_missing or twice.any():
        example = f", e.g. {ox.loc[twice, key].iloc[0]!r:.40}" if twice.any() else ""
        raise AnalysisError(
            f"key {key!r}: {n_missing:,} rows have none and {int(twice.sum()):,} repeat another's"
            f"{example}. Cases need one row per record."
        )


def _summarize_record(finding: RecordFinding, rules: AlertRules) -> dict[str, Any]:
    """Give the summary of a record rule."""
    rule = next(rule for rule in rules.record if rule.name == finding.rule)
    return {
        "rule": finding.rule,
        "kind": "record",
        "severity": rule.severity,
        "n_cases": len(finding.cases),
        "n_matched": finding.n_matched,
        "n_known": finding.n_known,
        "n_cooling": finding.n_cooling,
        "n_without_time": finding.n_without_time,
        "n_windows": None,
        "n_segments": None,
        "n_judged": None,
        "reason": None,
    }


def _summarize_aggregate(finding: AggregateFinding, rules: AlertRules) -> dict[str, Any]:
    """Give the summary of an aggregate rule."""
    rule = next(rule for rule in rules.aggregate if rule.name == finding.rule)
    return {
        "rule": finding.rule,
        "kind": "aggregate",
        "severity": rule.severity,
        "n_cases": len(finding.cases),
        "n_matched": None,
        "n_known": None,
        "n_cooling": finding.n_cooling,
        "n_without_time": finding.n_left_out.get("no time", 0),
        "n_windows": finding.n_steps,
        "n_segments": len(finding.verdicts),
        "n_judged": sum(row["status"] != "not judged" for row in finding.verdicts),
        "reason": finding.reason,
    }
