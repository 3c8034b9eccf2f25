"""How often rules would have fired in the past, and how often where nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.alerts.aggregates import Bounds, find_all_bounds, sum_watch
from nlp_cx.analyze.alerts.clock import Clock, read_clock
from nlp_cx.analyze.alerts.conditions import meets
from nlp_cx.analyze.alerts.find_alerts import check_key
from nlp_cx.analyze.alerts.hysteresis import start_memory, walk
from nlp_cx.analyze.alerts.records import find_record_cases
from nlp_cx.analyze.alerts.rule_faults import check_rules
from nlp_cx.analyze.alerts.rules import AggregateRule, AlertRules, RecordRule
from nlp_cx.analyze.alerts.spans import LinkedEvidence, link_evidence
from nlp_cx.analyze.alerts.verdicts import judge
from nlp_cx.analyze.alerts.windows import Watch, build_watch, day_text
from nlp_cx.analyze.proportions import wilson_interval

Floats = npt.NDArray[np.float64]

_MONTH = 30.0


def backtest(
    ox: pd.DataFrame,
    rules: AlertRules,
    *,
    evidence: pd.DataFrame | None = None,
    documents: pd.DataFrame | None = None,
    now: str | datetime | None = None,
    n_runs: int = 200,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Tell what rules would have done in the history of a table.

    Parameters
    ----------
    ox, rules, evidence, documents, now
        As in `find_alerts`.
    n_runs : int, default=200
        Histories without change that every aggregate rule is tried on.
    confidence : float, default=0.95
        Of the intervals.
    random_state : int, default=0

    Returns
    -------
    DataFrame, one row per rule
        ``rule, kind``; ``first_day, last_day`` (of the history looked at), ``n_windows`` (steps
        times segments that could be judged; records for a record rule), ``n_cases``,
        ``cases_per_month`` (30 days); ``false_per_month``, ``false_low``, ``false_high`` (cases
        where nothing changes: mean and central interval over the runs), ``share_with_false``
        (of the runs, those with a case), ``p_value`` (of at least as many cases without change);
        ``n_known_outcome, outcome_share, outcome_low, outcome_high`` (of the cases, those that
        the rule's outcome came true for: Wilson), ``base_share`` (of all records),
        ``lift`` (ratio); ``reason`` (why something is missing).

    Raises
    ------
    ConfigError, AnalysisError, SchemaError
        As `find_alerts`.

    Notes
    -----
    Without change: within each segment the values of the rows change places, so that every
    window has the rows it had and only chance moves the metric. Of counts, the rows are spread
    evenly over the history of their segment. Weekly rhythms, and customers who write several
    times, make real histories move more than that: there the false alarms are more.
    A record rule tests nothing, and has no false alarms in this sense; name its ``outcome``.

    Examples
    --------
    >>> from nlp_cx.config import parse_config
    >>> rules = parse_config({
    ...     "key": "order", "time": "at", "record": [{
    ...         "name": "unhappy", "severity": "high", "owner": "care", "due_hours": 24,
    ...         "all": [{"column": "r_csat", "op": "<=", "value": 2}]}]}, AlertRules)
    >>> ox = pd.DataFrame({"order": range(60), "r_csat": [1, 4, 5] * 20})
    >>> found = backtest(ox.assign(at=pd.date_range("2024-05-01", periods=60)), rules)
    >>> found.loc[0, ["n_windows", "n_cases", "cases_per_month"]].tolist()
    [60.0, 20.0, 10.0]
    """
    check_rules(rules, ox, evidence=evidence)
    ox = ox.reset_index(drop=True)
    check_key(ox, rules.key)
    clock = read_clock(ox, rules, now)
    linked: LinkedEvidence | None = None
    if evidence is not None and rules.record:
        linked = link_evidence(evidence, ox, rules.key, documents=documents)
    rows = [
        _try_record(ox, rules, rule, clock=clock, evidence=linked, confidence=confidence)
        for rule in rules.record
    ]
    for watched in rules.aggregate:
        rng = np.random.default_rng(random_state)
        false = _Runs(n_runs, confidence, rng)
        rows.append(_try_aggregate(build_watch(ox, watched, clock), watched, false))
    result = pd.DataFrame(rows, columns=list(_COLUMNS))
    result.attrs["note"] = NOTE
    return result


_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("rule", "kind", "first_day", "last_day")),
    **dict.fromkeys(("n_windows", "n_cases"), 0),
    **dict.fromkeys(
        (
            "cases_per_month",
            *("false_per_month", "false_low", "false_high", "share_with_false", "p_value"),
        ),
        np.nan,
    ),
    "n_known_outcome": 0,
    **dict.fromkeys(("outcome_share", "outcome_low", "outcome_high", "base_share", "lift"), np.nan),
    "reason": None,
}


def _try_record(
    ox: pd.DataFrame,
    rules: AlertRules,
    rule: RecordRule,
    *,
    clock: Clock,
    evidence: LinkedEvidence | None,
    confidence: float,
) -> dict[str, Any]:
    """Try a record rule on all records up to now."""
    everything = replace(rule, within_days=None)
    found = find_record_cases(ox, rules, everything, clock, evidence=evidence)
    row = {**_COLUMNS, "rule": rule.name, "kind": "record", "n_cases": len(found.cases)}
    is_seen = ~clock.is_later
    row["n_windows"] = int(is_seen.sum())
    reasons = ["a record rule tests nothing, so that no case of it is false by chance"]
    times = clock.times[is_seen & clock.is_known]
    if len(times):
        first, last = times.min(), times.max()
        row["first_day"], row["last_day"] = f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
        days = (last.normalize() - first.normalize()).days + 1
        row["cases_per_month"] = _MONTH * len(found.cases) / days
    if rule.outcome is None:
        reasons.append("the rule names no outcome")
    else:
        known = ox[rule.outcome.column].notna().to_numpy(np.bool_)
        came_true = meets(ox, rule.outcome)
        cases = found.rows[known[found.rows]]
        k, n = int(came_true[cases].sum()), int(cases.size)
        base = came_true[known & is_seen]
        row["n_known_outcome"] = n
        row["base_share"] = float(base.mean()) if base.size else np.nan
        if n:
            low, high = wilson_interval(k, n, confidence)
            row |= {"outcome_share": k / n, "outcome_low": float(low), "outcome_high": float(high)}
            if row["base_share"] > 0:
                row["lift"] = row["outcome_share"] / row["base_share"]
        else:
            reasons.append("no case has a known outcome")
    row["reason"] = "; ".join(reasons)
    return row


@dataclass(frozen=True, slots=True)
class _Runs:
    """Histories without change that are to be made."""

    n: int
    confidence: float
    rng: np.random.Generator


def _try_aggregate(watch: Watch, rule: AggregateRule, runs: _Runs) -> dict[str, Any]:
    """Try an aggregate rule on the history, and on histories without change."""
    row = {**_COLUMNS, "rule": rule.name, "kind": "aggregate"}
    if watch.ends.size == 0:
        return row | {"reason": "no window lies wholly between the first row and now"}
    row["first_day"], row["last_day"] = day_text(watch.ends[0]), day_text(watch.ends[-1])
    bounds = find_all_bounds(watch, rule)
    n_cases, n_judged = _count_cases(watch, rule, bounds)
    months = (watch.ends[-1] - watch.ends[0] + rule.step_days) / _MONTH
    row |= {"n_windows": n_judged, "n_cases": n_cases, "cases_per_month": n_cases / months}
    if n_judged == 0:
        return row | {"reason": "no window has enough rows to be judged"}
    if runs.n == 0:
        return row | {"reason": "no histories without change were asked for"}
    false = np.empty(runs.n)
    for i in range(runs.n):
        other = _shuffle(rule, watch, runs.rng)
        # Where values change places, every window keeps its rows.
        kept = bounds if rule.metric != "count" else find_all_bounds(other, rule)
        false[i] = _count_cases(other, rule, kept)[0]
    tail = (1 - runs.confidence) / 2
    low, high = np.quantile(false, [tail, 1 - tail])
    return row | {
        "false_per_month": float(false.mean()) / months,
        "false_low": float(low) / months,
        "false_high": float(high) / months,
        "share_with_false": float((false > 0).mean()),
        "p_value": float((1 + (false >= n_cases).sum()) / (1 + runs.n)),
    }


def _count_cases(watch: Watch, rule: AggregateRule, bounds: Bounds) -> tuple[int, int]:
    """Count the cases of a history, and the windows that could be judged."""
    window, before = sum_watch(watch, rule, bounds)
    verdicts = judge(rule, window, before, watch.centres)
    walked = walk(rule, verdicts, watch.ends, start_memory(len(watch.segments)))
    return int(walked.opened.sum()), int(verdicts.can_judge.sum())


def _shuffle(rule: AggregateRule, watch: Watch, rng: np.random.Generator) -> Watch:
    """Make a history without change of the same rows."""
    codes = np.repeat(np.arange(len(watch.segments)), watch.n_rows)
    if rule.metric == "count":
        start = np.floor(watch.since)[codes]
        days = start + rng.random(codes.size) * (watch.ends[-1] - start)
        return replace(watch, days=days[np.lexsort((days, codes))])
    order = np.lexsort((rng.random(codes.size), codes))
    return replace(watch, values=watch.values[order])
