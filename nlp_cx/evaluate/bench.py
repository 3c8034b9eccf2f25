"""Run a suite for a model, beside another one if wanted: every figure as tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.evaluate.atlas import Error, find_errors, keep_worst
from nlp_cx.evaluate.challenge import score_challenge, summarize_challenge
from nlp_cx.evaluate.claims import calibrate
from nlp_cx.evaluate.confusion import count_confusions
from nlp_cx.evaluate.figures import FIGURES, tally
from nlp_cx.evaluate.goals import judge_goals
from nlp_cx.evaluate.measure import Resampling, Row, Sample, Tallied
from nlp_cx.evaluate.metrics import count_pairs
from nlp_cx.evaluate.predictor import Predictor
from nlp_cx.evaluate.slices import SLICES, find_slices
from nlp_cx.evaluate.suite import Suite, TestSet
from nlp_cx.taxonomy import load_taxonomy

logger = logging.getLogger(__name__)

DRIVERS = load_taxonomy().ids
POOL = "all sets"
"""Name of the row that takes all sets together, text by text."""

MORE_SLICES: Mapping[str, str] = {
    "middle length": "neither very short nor long",
    "mixed polarity": "praise and criticism in the labels: mixed, or drivers of both signs",
    "chat turn": "a turn of a conversation",
}
"""Slices that are found by labels and source, beside those found by wording."""


@dataclass(frozen=True, slots=True)
class System:
    """A model under test.

    Parameters
    ----------
    name : str
        As the user calls it.
    id : str
        Name and version.
    predict : callable
        Texts to scored columns.
    evidence : callable, optional
        Texts to the evidence table, ``doc_id`` being the position of the text.
    """

    name: str
    id: str
    predict: Predictor
    evidence: Callable[[Sequence[str]], pd.DataFrame] | None = None


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


@dataclass(frozen=True, slots=True)
class _Judged:
    """One set with what the models said about it."""

    test: TestSet
    ours: pd.DataFrame
    theirs: pd.DataFrame | None
    slices: pd.DataFrame
    groups: npt.NDArray[np.int64] | None


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
    judged: list[_Judged] = []
    errors: list[Error] = []
    notes = list(suite.notes)
    for name, test in suite.sets.items():
        tell(name)
        one = _judge(test, model, against)
        judged.append(one)
        _measure_set(one, tables, resampling)
        calibration, reliability = calibrate(name, test.frame, one.ours)
        tables["calibration"] += calibration
        tables["reliability"] += reliability
        tables["confusion"] += count_confusions(name, test.frame, one.ours)
        found = find_errors(name, test.frame, one.ours, one.slices)
        tables["errors"] += _count_errors(name, found)
        errors += keep_worst(found, n_errors)
        notes += _note_missing(one)
    tell("slices")
    tables["slices"] = list(_measure_slices(judged, resampling))
    calibration, reliability = _calibrate_together(judged)
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


def _judge(test: TestSet, model: System, against: System | None) -> _Judged:
    """Let the models judge a set."""
    texts = test.frame["text"].tolist()
    ours = _predict(model, texts, test.name)
    theirs = None if against is None else _predict(against, texts, test.name)
    groups = pd.factorize(test.frame["group"])[0] if "group" in test.frame else None
    return _Judged(test, ours, theirs, _slice(test), groups)


def _predict(system: System, texts: list[str], name: str) -> pd.DataFrame:
    """Let a model judge texts; one row each."""
    found = system.predict(texts)
    if len(found) != len(texts):
        raise InputError(f"{system.name}: {len(found)} rows for {len(texts)} texts of {name}.")
    return found.reset_index(drop=True)


def _slice(test: TestSet) -> pd.DataFrame:
    """Tell which texts belong to which slice."""
    frame = test.frame
    slices = find_slices(frame["text"].tolist())
    slices["middle length"] = ~(slices["very short"] | slices["long"])
    polarities = frame[list(DRIVERS)].astype(object)
    is_mixed = (frame["sentiment"] == "mixed") | (polarities == "mixed").any(axis=1)
    both = (polarities == "positive").any(axis=1) & (polarities == "negative").any(axis=1)
    slices["mixed polarity"] = (is_mixed | both).to_numpy(bool)
    slices["chat turn"] = frame["is_chat"].to_numpy(bool)
    return slices


def _measure_set(one: _Judged, tables: dict[str, list[Row]], resampling: Resampling) -> None:
    """Give the figures of a set: all, per language, per driver."""
    test = one.test
    tallied = _tally(one)
    for lang, chosen in _languages(test.frame):
        sample = Sample(tallied.take(chosen), resampling)
        for name in FIGURES:
            row = sample.figure(name)
            if row is not None:
                head = {"set": test.name, "lang": lang, "figure": name, "n": int(chosen.sum())}
                tables["figures"].append(head | row)
        for row in sample.drivers(test.drivers):
            tables["drivers"].append({"set": test.name, "lang": lang, **row})
    whole = next(
        (
            row
            for row in tables["figures"]
            if (row["set"], row["lang"], row["figure"]) == (test.name, "all", test.metric)
        ),
        {"value": np.nan, "low": np.nan, "high": np.nan},
    )
    n_unscored = int(one.ours["sentiment"].isna().sum()) if "sentiment" in one.ours else 0
    tables["sets"].append(
        {
            "set": test.name,
            "task": test.task,
            "langs": ", ".join(sorted(set(test.frame["lang"]))),
            "domain": test.domain,
            "drivers": list(test.drivers),
            "n": len(test.frame),
            "n_unscored": n_unscored,
            "metric": test.metric,
            **{key: value for key, value in whole.items() if key not in ("set", "lang", "figure")},
            "goal": np.nan if test.plan.goal is None else test.plan.goal,
            "baselines": dict(test.baselines),
            "published": [
                {
                    "system": p.system,
                    "value": p.value,
                    "source": p.source,
                    "is_checked": p.is_checked,
                    "is_comparable": p.is_comparable,
                    "note": p.note,
                }
                for p in test.plan.published
            ],
            "note": test.plan.note,
        }
    )


def _tally(one: _Judged) -> Tallied:
    """Count what the models got right on a set."""
    test = one.test
    ours = tally(test.frame, one.ours, test.drivers)
    theirs = None if one.theirs is None else tally(test.frame, one.theirs, test.drivers)
    if theirs is not None:
        theirs = {name: counts for name, counts in theirs.items() if name in ours}
    return Tallied(ours, theirs, one.groups)


def _languages(frame: pd.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Give all texts, then those of each language where there are several."""
    yield "all", np.ones(len(frame), bool)
    langs = sorted(set(frame["lang"]))
    for lang in langs if len(langs) > 1 else ():
        yield lang, (frame["lang"] == lang).to_numpy()


def _measure_slices(judged: Sequence[_Judged], resampling: Resampling) -> Iterator[Row]:
    """Give the figures per slice and language: of gold (or every own set), and of all sets."""
    own = [one for one in judged if one.test.name == "gold"] or list(judged)
    for one in own:
        yield from _slice_rows(
            one.test.name,
            _tally(one),
            one.test.frame["lang"],
            one.slices,
            figures=("pair_micro_f1", "sentiment_macro_f1", "accuracy"),
            resampling=resampling,
        )
    if len(judged) > 1:
        tallied = _pool(judged)
        langs = pd.concat([one.test.frame["lang"] for one in judged], ignore_index=True)
        slices = pd.concat([one.slices for one in judged], ignore_index=True)
        figures = ("pair_micro_f1", "accuracy")
        yield from _slice_rows(POOL, tallied, langs, slices, figures=figures, resampling=resampling)


def _slice_rows(
    scope: str,
    tallied: Tallied,
    langs: pd.Series[str],
    slices: pd.DataFrame,
    *,
    figures: Sequence[str],
    resampling: Resampling,
) -> Iterator[Row]:
    """Give the rows of one scope."""
    names = sorted(set(langs))
    for name in slices.columns:
        for lang in ("all", *(names if len(names) > 1 else ())):
            chosen = slices[name].to_numpy(bool)
            if lang != "all":
                chosen = chosen & (langs == lang).to_numpy()
            if not chosen.any():
                continue
            sample = Sample(tallied.take(chosen), resampling)
            for figure in figures:
                row = sample.figure(figure)
                if row is not None:
                    head = {"set": scope, "slice": name, "lang": lang, "figure": figure}
                    yield head | {"n": int(chosen.sum())} | row


def _pool(judged: Sequence[_Judged]) -> Tallied:
    """Put the texts of all sets together; pairs over all drivers, as far as they are labelled."""

    def gather(which: Callable[[_Judged], pd.DataFrame]) -> dict[str, npt.NDArray[np.int64]]:
        pairs, right = [], []
        for one in judged:
            frame, found = one.test.frame, which(one)
            n = len(frame)
            named = tally(frame, found, ())
            right.append(named.get("right", np.zeros((n, 2), np.int64)))
            labelled = one.test.drivers if all(d in found for d in one.test.drivers) else ()
            counts = np.zeros((n, len(DRIVERS), 3), np.int64)
            places = [DRIVERS.index(driver) for driver in labelled]
            if places:
                counts[:, places] = count_pairs(frame, found, labelled)
            pairs.append(counts)
        return {"pairs": np.concatenate(pairs), "right": np.concatenate(right)}

    theirs = None
    if judged[0].theirs is not None:
        theirs = gather(lambda one: one.theirs if one.theirs is not None else one.ours)
    return Tallied(gather(lambda one: one.ours), theirs)


def _calibrate_together(judged: Sequence[_Judged]) -> tuple[list[Row], list[Row]]:
    """Give the calibration of positive against negative over all sets that know only these."""
    parts = [one for one in judged if one.test.metric == "accuracy" and one.test.name != "gold"]
    if len(parts) < 2:
        return [], []
    columns = ["sentiment", "lang"]
    frame = pd.concat([one.test.frame[columns] for one in parts], ignore_index=True)
    ours = pd.concat([one.ours for one in parts], ignore_index=True)
    polar = frame["sentiment"].isin(["positive", "negative"]).to_numpy()
    return calibrate(POOL, frame[polar].reset_index(drop=True), ours[polar].reset_index(drop=True))


def _count_errors(name: str, errors: Sequence[Error]) -> list[Row]:
    """Count errors by output and kind."""
    if not errors:
        return []
    table = pd.DataFrame([{"output": e.output, "kind": e.kind} for e in errors])
    counted = table.value_counts(sort=False).reset_index(name="n")
    return [{"set": name, **row} for row in _records(counted)]


def _note_missing(one: _Judged) -> list[str]:
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


SLICE_MEANINGS: Mapping[str, str] = {**SLICES, **MORE_SLICES}
"""Every slice and what it holds."""
