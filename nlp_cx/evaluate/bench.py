"""Run a suite for a model, beside another one if wanted: every figure as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nlp_cx.evaluate.atlas import Error, find_errors, keep_worst
from nlp_cx.evaluate.challenge import score_challenge, summarize_challenge
from nlp_cx.evaluate.claims import calibrate
from nlp_cx.evaluate.confusion import count_confusions
from nlp_cx.evaluate.goals import judge_goals
from nlp_cx.evaluate.judged import Judged, judge_set, measure_set
from nlp_cx.evaluate.measure import Resampling, Row
from nlp_cx.evaluate.pooled import calibrate_together, measure_slices
from nlp_cx.evaluate.predictor import System
from nlp_cx.evaluate.suite import Suite

__all__ = ["BenchResult", "System", "run_bench"]


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What a run found.

    Parameters
    ----------
    model, against : System
        `against` is None where one model was measured alone.
    suite : Suite
    resampling : Resampling
    tables : dict of str to list of dict
        ``sets`` (one row per set), ``figures`` (set, language, figure), ``drivers``, ``slices``,
        ``calibration``, ``reliability``, ``confusion``, ``errors`` (how many), ``challenge``,
        ``challenge_failed``, ``goals``. Numbers that are not known are NaN.
    errors : list of Error
        The worst errors with their texts.
    notes : list of str
    """

    model: System
    against: System | None
    suite: Suite
    resampling: Resampling
    tables: dict[str, list[Row]]
    errors: list[Error]
    notes: list[str] = field(default_factory=list)


def run_bench(
    suite: Suite,
    model: System,
    *,
    against: System | None = None,
    resampling: Resampling | None = None,
    n_errors: int = 50,
    on_set: Callable[[str], None] | None = None,
) -> BenchResult:
    """Measure a model on every set of a suite.

    Parameters
    ----------
    suite : Suite
    model : System
    against : System, optional
        Measured too, and compared with by a paired bootstrap.
    resampling : Resampling, optional
    n_errors : int, default=50
        Errors kept per set, output and kind, the most confident first.
    on_set : callable, optional
        Told the name of what is measured next.

    Returns
    -------
    BenchResult

    Raises
    ------
    InputError
        If a predictor gives another number of rows than it was given texts.
    """
    resampling = resampling or Resampling()
    tell = on_set or (lambda name: None)
    tables: dict[str, list[Row]] = {
        name: [] for name in ("sets", "figures", "drivers", "calibration", "reliability")
    }
    tables |= {"confusion": [], "errors": []}
    judged: list[Judged] = []
    errors: list[Error] = []
    notes = list(suite.notes)
    for name, test in suite.sets.items():
        tell(name)
        one = judge_set(test, model, against)
        judged.append(one)
        measure_set(one, tables, resampling)
        calibration, reliability = calibrate(name, test.frame, one.ours)
        tables["calibration"] += calibration
        tables["reliability"] += reliability
        tables["confusion"] += count_confusions(name, test.frame, one.ours)
        found = find_errors(name, test.frame, one.ours, one.slices)
        tables["errors"] += _count_errors(name, found)
        errors += keep_worst(found, n_errors)
        notes += _note_missing(one)
    tell("slices")
    tables["slices"] = list(measure_slices(judged, resampling))
    calibration, reliability = calibrate_together(judged)
    tables["calibration"] += calibration
    tables["reliability"] += reliability
    tables["challenge"], tables["challenge_failed"] = [], []
    if suite.challenge:
        tell("challenge")
        _take_challenge(suite, model, against, tables)
    tables["goals"] = judge_goals(suite, tables, None if against is None else against.name)
    if model.evidence is not None:
        tell("evidence of errors")
        errors = _add_evidence(errors, model.evidence)
    return BenchResult(model, against, suite, resampling, tables, errors, notes)


def _count_errors(name: str, errors: Sequence[Error]) -> list[Row]:
    """Count errors by output and kind."""
    if not errors:
        return []
    table = pd.DataFrame([{"output": e.output, "kind": e.kind} for e in errors])
    counted = table.value_counts(sort=False).reset_index(name="n")
    return [{"set": name, **row} for row in _records(counted)]


def _note_missing(one: Judged) -> list[str]:
    """Say what a set asks for that the model does not give."""
    lacking = [driver for driver in one.test.drivers if driver not in one.ours]
    if not lacking:
        return []
    return [f"{one.test.name}: the model has no {', '.join(lacking)}; drivers are not measured"]


def _take_challenge(
    suite: Suite, model: System, against: System | None, tables: dict[str, list[Row]]
) -> None:
    """Score the challenge for one or two models."""
    results = score_challenge(suite.challenge, model.predict)
    summary = summarize_challenge(results)
    if against is not None:
        theirs = summarize_challenge(score_challenge(suite.challenge, against.predict))
        summary["against"] = theirs["rate"]
        summary["difference"] = summary["rate"] - theirs["rate"]
    tables["challenge"] = _records(summary)
    tables["challenge_failed"] = _records(results[~results["passed"]].drop(columns="passed"))


def _records(table: pd.DataFrame) -> list[Row]:
    """Give a table as rows."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _add_evidence(
    errors: Sequence[Error], evidence: Callable[[Sequence[str]], pd.DataFrame]
) -> list[Error]:
    """Give every error the clauses that the model chose for its labels."""
    texts = list(dict.fromkeys(error.text for error in errors))
    if not texts:
        return list(errors)
    rows = evidence(texts)
    clauses: dict[int, list[Mapping[str, Any]]] = {}
    wanted = ["start", "end", "clause", "sentiment", "driver", "driver_polarity", "driver_score"]
    for doc_id, *cells in rows[["doc_id", *wanted]].itertuples(index=False):
        known = [None if pd.isna(cell) else cell for cell in cells]
        clauses.setdefault(int(doc_id), []).append(dict(zip(wanted, known, strict=True)))
    place = {text: number for number, text in enumerate(texts)}
    return [error.with_evidence(clauses.get(place[error.text], [])) for error in errors]
