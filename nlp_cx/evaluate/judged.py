"""One test set with what the models said about it, and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.evaluate.figures import FIGURES, tally
from nlp_cx.evaluate.measure import Resampling, Row, Sample, Tallied
from nlp_cx.evaluate.predictor import System
from nlp_cx.evaluate.slices import slice_examples
from nlp_cx.evaluate.suite import TestSet


@dataclass(frozen=True, slots=True)
class Judged:
    """One set with what the models said about it.

    Parameters
    ----------
    test : TestSet
        Of n texts.
    ours, theirs : DataFrame, shape (n, …)
        Scored columns; `theirs` is None where one model is measured alone.
    slices : DataFrame of bool, shape (n, n_slices)
        See `nlp_cx.evaluate.slices.slice_examples`.
    groups : ndarray of int, shape (n,), or None
        Texts with one number are drawn together.
    """

    test: TestSet
    ours: pd.DataFrame
    theirs: pd.DataFrame | None
    slices: pd.DataFrame
    groups: npt.NDArray[np.int64] | None


def judge_set(test: TestSet, model: System, against: System | None) -> Judged:
    """Let one or two models judge a set.

    Parameters
    ----------
    test : TestSet
    model : System
    against : System or None

    Returns
    -------
    Judged

    Raises
    ------
    InputError
        If a predictor gives another number of rows than it was given texts.
    """
    texts = test.frame["text"].tolist()
    ours = _predict(model, texts, test.name)
    theirs = None if against is None else _predict(against, texts, test.name)
    groups = pd.factorize(test.frame["group"])[0] if "group" in test.frame else None
    return Judged(test, ours, theirs, slice_examples(test.frame), groups)


def _predict(system: System, texts: list[str], name: str) -> pd.DataFrame:
    """Let a model judge texts; one row each."""
    found = system.predict(texts)
    if len(found) != len(texts):
        raise InputError(f"{system.name}: {len(found)} rows for {len(texts)} texts of {name}.")
    return found.reset_index(drop=True)


def measure_set(one: Judged, tables: dict[str, list[Row]], resampling: Resampling) -> None:
    """Measure a set: all of it, per language, per driver.

    Parameters
    ----------
    one : Judged
    tables : dict of str to list of dict
        Rows are added to ``figures``, ``drivers`` and ``sets``.
    resampling : Resampling
    """
    test = one.test
    tallied = tally_set(one)
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


def tally_set(one: Judged) -> Tallied:
    """Count what the models got right on a set.

    Parameters
    ----------
    one : Judged

    Returns
    -------
    Tallied
    """
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
