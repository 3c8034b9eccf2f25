"""What was promised, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nlp_cx.evaluate.claims import POLARITY_CLAIM, SENTIMENT_CLAIM
from nlp_cx.evaluate.suite import Suite, TestSet

N_BASELINES = 3
Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def judge_goals(suite: Suite, tables: Tables, against: str | None) -> list[dict[str, Any]]:
    """Compare what was measured with what was promised.

    Parameters
    ----------
    suite : Suite
    tables : dict of str to list of dict
        ``sets, calibration, challenge`` as `nlp_cx.evaluate.bench.run_bench` makes them.
    against : str or None
        Name of the other model.

    Returns
    -------
    list of dict
        ``what, target, measured, is_least`` (True: at least the target is wanted), ``gap``
        (measured minus target, turned so that 0 and more is met), ``is_met`` (None: not
        measured), ``remark``.
    """
    goals = [
        *_set_goals(suite, tables, against),
        *_challenge_goals(suite, tables),
        *_calibration_goals(suite, tables),
    ]
    return [_verdict(*goal) for goal in goals]


Goal = tuple[str, float, float, bool, str]


def _verdict(
    what: str, target: float, measured: float, is_least: bool, remark: str
) -> dict[str, Any]:
    """Say whether a goal was met."""
    # Rounded: 0.05 above 0.70 is met by 0.75, whatever the last bit says.
    gap = round((measured - target) * (1 if is_least else -1), 9)
    return {
        "what": what,
        "target": target,
        "measured": measured,
        "is_least": is_least,
        "gap": gap,
        "is_met": None if np.isnan(gap) else bool(gap >= 0),
        "remark": remark,
    }


def _set_goals(suite: Suite, tables: Tables, against: str | None) -> Iterator[Goal]:
    """Give the goals of the sets."""
    rows = {row["set"]: row for row in tables["sets"]}
    for name, plan in suite.plan.sets.items():
        row = rows.get(name, {})
        value = float(row.get("value", np.nan))
        title = f"{name}: {plan.metric or row.get('metric', '')}"
        absent = "" if row else f"no {suite.split} texts"
        if plan.goal is not None:
            yield title, plan.goal, value, True, absent
        if plan.above is not None:
            is_same = against == plan.above.model
            found = float(row.get("difference", np.nan)) if is_same else np.nan
            remark = "" if is_same else f"run with --against {plan.above.model}"
            yield f"{title} above {plan.above.model}", plan.above.points, found, True, remark
        if plan.baseline is not None:
            yield _baseline_goal(title, suite.sets.get(name), plan.baseline, value)


def _baseline_goal(title: str, test: TestSet | None, points: float, value: float) -> Goal:
    """Give the goal that is relative to the best of three baselines."""
    what = f"{title}, best of {N_BASELINES} baselines + {points:.2f}"
    values = dict(test.baselines) if test is not None else {}
    if len(values) < N_BASELINES:
        return what, np.nan, value, True, f"{len(values)} baselines measured"
    best = max(values, key=lambda name: values[name])
    return what, values[best] + points, value, True, f"{best}: {values[best]:.3f}"


def _challenge_goals(suite: Suite, tables: Tables) -> Iterator[Goal]:
    """Give the goals of the challenge."""
    plan = suite.plan.challenge
    rates = {
        row["phenomenon"]: float(row["rate"]) for row in tables["challenge"] if row["lang"] == "all"
    }
    whole = rates.pop("all", np.nan)
    if plan.goal is not None:
        yield "challenge: pass rate", plan.goal, whole, True, ""
    if plan.least is not None:
        worst = min(rates, key=lambda name: rates[name], default="")
        found = rates.get(worst, np.nan)
        yield "challenge: worst phenomenon", plan.least, found, True, worst


def _calibration_goals(suite: Suite, tables: Tables) -> Iterator[Goal]:
    """Give the goals of calibration, per language: on gold, or on every own set."""
    goal = suite.plan.calibration.goal
    if goal is None:
        return
    for row in tables["calibration"]:
        is_wanted = row["claim"] in (SENTIMENT_CLAIM, POLARITY_CLAIM) and row["lang"] != "all"
        if is_wanted and (row["set"] == "gold" or "gold" not in suite.sets):
            what = f"{row['set']}, {row['lang']}: ECE of sentiment"
            yield what, goal, float(row["ece"]), False, f"{row['n']:,} texts"
