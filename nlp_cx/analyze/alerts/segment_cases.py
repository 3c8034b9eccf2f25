"""A segment's window in numbers: as a case, or as the verdict that there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.analyze.alerts.clock import Clock
from nlp_cx.analyze.alerts.hysteresis import Walk
from nlp_cx.analyze.alerts.rules import AggregateRule
from nlp_cx.analyze.alerts.state import make_case_id
from nlp_cx.analyze.alerts.verdicts import Sums, Verdicts
from nlp_cx.analyze.alerts.windows import Watch, day_text
from nlp_cx.analyze.proportions import wilson_interval

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Judged:
    """All that is known of a rule's windows; arrays of shape (n_steps, n_segments)."""

    rule: AggregateRule
    watch: Watch
    window: Sums
    baseline: Sums | None
    verdicts: Verdicts
    walked: Walk


def make_case(judged: Judged, clock: Clock, i: int, g: int) -> dict[str, Any]:
    """Describe a window that opened a case.

    Parameters
    ----------
    judged : Judged
    clock : Clock
    i, g : int
        Step and segment.

    Returns
    -------
    dict
        JSON-ready; see `find_aggregate_cases`.
    """
    rule, watch = judged.rule, judged.watch
    end = int(watch.ends[i])
    segment = watch.segments[g]
    due = pd.Timestamp(day_text(end)) + pd.Timedelta(hours=rule.due_hours)
    return {
        "case_id": make_case_id(rule.name, {**segment, "window_end": day_text(end)}),
        "rule": rule.name,
        "kind": "aggregate",
        "severity": rule.severity,
        "owner": rule.owner,
        "segment": segment,
        "metric": describe_metric(rule),
        "direction": rule.direction,
        "window_start": day_text(end - rule.window_days),
        "window_end": day_text(end),
        "due_at": clock.write(due),
        **_numbers(judged, i, g),
    }


def make_verdict(judged: Judged, i: int, g: int) -> dict[str, Any]:
    """Describe a window, whether it opened a case or not.

    Parameters
    ----------
    judged : Judged
    i, g : int
        Step and segment.

    Returns
    -------
    dict
        ``rule, segment, window_end``, the numbers, ``status`` (case, open, resting, quiet, or
        not judged) and ``reason`` (why it was not judged).
    """
    verdicts, walked = judged.verdicts, judged.walked
    reason = None
    if not verdicts.can_judge[i, g]:
        status, reason = "not judged", _why_not(judged, i, g)
    elif walked.opened[i, g]:
        status = "case"
    elif walked.cooling[i, g]:
        status = "resting"
    else:
        status = "open" if walked.is_open[i, g] else "quiet"
    return {
        "rule": judged.rule.name,
        "segment": judged.watch.segments[g],
        "window_end": day_text(judged.watch.ends[i]),
        **_numbers(judged, i, g),
        "status": status,
        "reason": reason,
    }


def describe_metric(rule: AggregateRule) -> str:
    """Write what a rule measures, as in a sentence.

    Parameters
    ----------
    rule : AggregateRule

    Returns
    -------
    str

    Examples
    --------
    >>> describe_metric(AggregateRule(
    ...     name="nps", severity="low", owner="cx", due_hours=1, metric="nps", window_days=7,
    ...     column="r_nps"))
    'nps of r_nps'
    """
    from nlp_cx.analyze.alerts.conditions import describe

    what = rule.column or " and ".join(map(describe, rule.of))
    among = " and ".join(map(describe, rule.among))
    return f"{rule.metric} of {what}" + (f" among {among}" if among else "")


def _numbers(judged: Judged, i: int, g: int) -> dict[str, Any]:
    """Give what was measured and tested."""
    rule, verdicts = judged.rule, judged.verdicts
    low, high = _interval(judged, i, g)
    numbers: dict[str, Any] = {
        "estimate": verdicts.estimate[i, g],
        "low": low,
        "high": high,
        "n": judged.window.n[i, g],
        "baseline": verdicts.baseline[i, g],
        "baseline_days": rule.baseline_days,
        "n_baseline": None if judged.baseline is None else judged.baseline.n[i, g],
        "threshold": rule.threshold,
        "p_value": verdicts.p_value[i, g],
        "p_adjusted": verdicts.p_adjusted[i, g],
        "n_compared": int((~np.isnan(verdicts.p_value[i])).sum()),
    }
    return {name: _plain(value) for name, value in numbers.items()}


def _interval(judged: Judged, i: int, g: int) -> tuple[float, float]:
    """Give the 95 % interval of a window's metric."""
    rule, n = judged.rule, float(judged.window.n[i, g])
    estimate, totals = float(judged.verdicts.estimate[i, g]), judged.window.totals[i, g]
    if rule.metric == "count":
        from scipy.special import gammaincinv

        tail = (1 - _CONFIDENCE) / 2
        low = float(gammaincinv(n, tail)) if n else 0.0
        return low, float(gammaincinv(n + 1, 1 - tail))
    if rule.metric == "share":
        low_1, high_1 = wilson_interval(totals[0], n, _CONFIDENCE)
        return float(low_1), float(high_1)
    if rule.metric == "nps":
        from nlp_cx.analyze.metrics.intervals import net_interval

        if n == 0:
            return np.nan, np.nan
        low, high = net_interval(totals[0] / n, totals[1] / n, n, confidence=_CONFIDENCE)
        return 100 * low, 100 * high
    if n < 2:
        return np.nan, np.nan
    from scipy.special import stdtrit

    spread = max(float(totals[1] / n - (totals[0] / n) ** 2), 0.0) * n / (n - 1)
    half = float(stdtrit(n - 1, 0.5 + _CONFIDENCE / 2)) * np.sqrt(spread / n)
    return estimate - half, estimate + half


def _why_not(judged: Judged, i: int, g: int) -> str:
    """Say why a window was not judged."""
    rule, n = judged.rule, int(judged.window.n[i, g])
    before = None if judged.baseline is None else judged.baseline.n[i, g]
    if before is not None and np.isnan(before):
        return "the segment is younger than window and baseline"
    if rule.metric == "count":
        return f"{n + int(before or 0):,} rows in window and baseline, expected {rule.min_n:,}"
    if n < rule.min_n:
        return f"{n:,} rows in the window, expected {rule.min_n:,}"
    if before is not None and before < rule.min_n:
        return f"{int(before):,} rows in the baseline, expected {rule.min_n:,}"
    return "the values do not vary"


def _plain(value: Any) -> Any:
    """Give a number as JSON knows it, whole ones without a point; missing as None."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1e15 else float(f"{number:.6g}")
