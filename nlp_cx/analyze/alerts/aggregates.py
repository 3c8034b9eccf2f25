"""Cases for segments: a metric that got worse than its past or its limit, beyond chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.alerts.clock import Clock
from nlp_cx.analyze.alerts.hysteresis import Memory, start_memory, walk
from nlp_cx.analyze.alerts.rules import AggregateRule
from nlp_cx.analyze.alerts.segment_cases import Judged, make_case, make_verdict
from nlp_cx.analyze.alerts.state import AlertState, SegmentState, name_value
from nlp_cx.analyze.alerts.verdicts import Sums, judge
from nlp_cx.analyze.alerts.windows import (
    Watch,
    build_watch,
    day_text,
    find_bounds,
    sum_windows,
)

Ints = npt.NDArray[np.int64]

Case = dict[str, Any]

_EPOCH = pd.Timestamp(0)


@dataclass(frozen=True, slots=True)
class AggregateFinding:
    """What one rule found.

    Attributes
    ----------
    rule : str
    cases : list of dict
        JSON-ready, by end of window and segment.
    verdicts : list of dict
        Of the last window: one per segment, whether it opened a case or not.
    n_steps : int
        Windows that were judged in this run.
    n_cooling : int
        Cases that were left out because of the cool-down.
    n_left_out : dict of str to int
        Rows that no window looked at, by reason.
    reason : str or None
        Why nothing was judged.
    """

    rule: str
    cases: list[Case]
    verdicts: list[dict[str, Any]]
    n_steps: int
    n_cooling: int
    n_left_out: dict[str, int]
    reason: str | None


def find_aggregate_cases(
    ox: pd.DataFrame,
    rule: AggregateRule,
    clock: Clock,
    *,
    state: AlertState | None = None,
) -> AggregateFinding:
    """Find the segments that a rule asks for.

    Parameters
    ----------
    ox : DataFrame, one row per record
    rule : AggregateRule
        Checked against the table.
    clock : Clock
    state : AlertState, optional
        All windows since the last run are judged, in their order, and the state is updated. A
        rule that the state does not know, or any rule without a state, judges the windows since
        ``clock.since``, or the last one only.

    Returns
    -------
    AggregateFinding
        Every case holds ``case_id, rule, kind, severity, owner, segment, metric, direction,
        window_start`` (first day), ``window_end`` (the day after the last), ``due_at, estimate,
        n, baseline, baseline_days, n_baseline, threshold, p_value, p_adjusted, closes_at``.

    Notes
    -----
    Records that arrive after their window was judged are not looked at again.
    """
    known = None if state is None else state.judged_to.get(rule.name)
    after = None if known is None else int((pd.Timestamp(known) - _EPOCH).days)
    if after is None and clock.since is not None:
        after = int((clock.since - _EPOCH).days)
    watch = build_watch(ox, rule, clock, after=after)
    last = None if watch.ends.size == 0 else int(watch.ends[-1])
    if after is None and watch.ends.size:
        watch = _take_last(watch)
    if last is None:
        reason = "no window lies wholly between the first row and now"
        if known is not None:
            reason = f"windows that end by {known} were judged before, and none ends later"
        return AggregateFinding(rule.name, [], [], 0, 0, watch.n_left_out, reason)
    window, baseline = sum_watch(watch, rule, find_all_bounds(watch, rule))
    verdicts = judge(rule, window, baseline, watch.centres)
    memory = _recall(rule, watch, state)
    walked = walk(rule, verdicts, watch.ends, memory)
    if state is not None:
        _remember(rule, watch, state, memory)
        state.judged_to[rule.name] = day_text(last)
    judged = Judged(rule, watch, window, baseline, verdicts, walked)
    cases = [make_case(judged, clock, i, g) for i, g in np.argwhere(walked.opened).tolist()]
    listed = [make_verdict(judged, watch.ends.size - 1, g) for g in range(len(watch.segments))]
    n_cooling = int(walked.cooling.sum())
    return AggregateFinding(
        rule.name, cases, listed, watch.ends.size, n_cooling, watch.n_left_out, None
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """Rows of windows and of the days before them, each (first, one past the last)."""

    window: tuple[Ints, Ints]
    baseline: tuple[Ints, Ints] | None


def find_all_bounds(watch: Watch, rule: AggregateRule) -> Bounds:
    """Find the rows of all windows, and of the days before them.

    Parameters
    ----------
    watch : Watch
    rule : AggregateRule

    Returns
    -------
    Bounds
    """
    before = None
    if rule.baseline_days is not None:
        before = find_bounds(watch, rule.window_days, rule.baseline_days)
    return Bounds(find_bounds(watch, 0, rule.window_days), before)


def sum_watch(watch: Watch, rule: AggregateRule, bounds: Bounds) -> tuple[Sums, Sums | None]:
    """Add up windows, and the days before them.

    Parameters
    ----------
    watch : Watch
    rule : AggregateRule
    bounds : Bounds

    Returns
    -------
    window : Sums
    baseline : Sums or None
        The number of rows is NaN where a count's baseline begins before its segment.
    """
    first, last = bounds.window
    window = Sums((last - first).astype(np.float64), sum_windows(watch.values, bounds.window))
    if bounds.baseline is None:
        return window, None
    first, last = bounds.baseline
    n = (last - first).astype(np.float64)
    if rule.metric == "count" and rule.baseline_days is not None:
        starts = watch.ends - rule.window_days - rule.baseline_days
        n[starts[:, None] < np.floor(watch.since)] = np.nan
    return window, Sums(n, sum_windows(watch.values, bounds.baseline))


def segment_name(segment: dict[str, Any]) -> str:
    """Write a segment as a key of the state.

    Parameters
    ----------
    segment : dict

    Returns
    -------
    str
    """
    return "; ".join(f"{name}={name_value(value)}" for name, value in segment.items()) or "all"


def _take_last(watch: Watch) -> Watch:
    """Keep the last window only."""
    return replace(watch, ends=watch.ends[-1:])


def _recall(rule: AggregateRule, watch: Watch, state: AlertState | None) -> Memory:
    """Give the memory of the segments that are there."""
    memory = start_memory(len(watch.segments))
    found = {} if state is None else state.segments.get(rule.name, {})
    for g, segment in enumerate(watch.segments):
        kept = found.get(segment_name(segment))
        if kept is not None:
            memory.last_case[g] = (pd.Timestamp(kept.last_case) - _EPOCH).days
            memory.level[g] = np.nan if kept.level is None else kept.level
    return memory


def _remember(rule: AggregateRule, watch: Watch, state: AlertState, memory: Memory) -> None:
    """Keep the memory of segments that ever had a case."""
    found = state.segments.setdefault(rule.name, {})
    for g, segment in enumerate(watch.segments):
        if np.isfinite(memory.last_case[g]):
            level = None if np.isnan(memory.level[g]) else float(memory.level[g])
            found[segment_name(segment)] = SegmentState(day_text(memory.last_case[g]), level)
