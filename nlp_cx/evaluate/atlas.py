"""The error atlas: what a model got wrong, how sure it was, and on which words it relied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.evaluate.figures import is_binary, judge_sentiment, merged
from nlp_cx.schema import POLARITIES
from nlp_cx.taxonomy import load_taxonomy

KINDS: Mapping[str, str] = {
    "wrong class": "another sentiment or loyalty than the label",
    "not scored": "the model said nothing about the text",
    "wrong polarity": "the driver is mentioned, with another polarity than the label",
    "false mention": "a driver that the label says is not mentioned",
    "missed": "the label mentions the driver, the model does not",
}
"""Every kind of error and what it means."""


@dataclass(frozen=True, slots=True)
class Error:
    """One wrong output of one text.

    Parameters
    ----------
    id, set, lang, text : str
    output : str
        ``sentiment``, a driver or ``loyalty``.
    kind : str
        A key of `KINDS`.
    label, predicted : str
        ``not_mentioned`` and ``none`` where nothing is said; ``""`` where nothing was scored.
    probability : float or None
        What the model gave: of the predicted sentiment; that the driver is mentioned. None where
        it gives none.
    confidence : float
        How sure the model was of what is wrong, 0 to 1; errors are ordered by it. The probability
        of the predicted sentiment; of a false mention that of the mention; of a missed one that
        of its absence; of a wrong polarity that of the mention times the strength of the polarity.
        0 where it is not known.
    slices : tuple of str
    evidence : tuple of dict
        Clauses that the model chose, with ``start, end, clause`` and their labels.
    """

    id: str
    set: str
    lang: str
    text: str
    output: str
    kind: str
    label: str
    predicted: str
    probability: float | None
    confidence: float
    slices: tuple[str, ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()

    def with_evidence(self, clauses: Sequence[Mapping[str, Any]]) -> Error:
        """Give the same error with the clauses that speak of its output; all of a sentiment."""
        if self.output == "sentiment":
            own = clauses
        else:
            own = [clause for clause in clauses if clause["driver"] == self.output]
        return replace(self, evidence=tuple(own))

    def to_dict(self) -> dict[str, Any]:
        """Give it for JSON."""
        return asdict(self)


def find_errors(
    name: str, frame: pd.DataFrame, predicted: pd.DataFrame, slices: pd.DataFrame
) -> list[Error]:
    """List every wrong output of a set.

    Parameters
    ----------
    name : str
        Of the set.
    frame : DataFrame, one row per text
        ``example_id, lang, text`` and the labels.
    predicted : DataFrame, one row per text in the order of `frame`
    slices : DataFrame of bool, one row per text

    Returns
    -------
    list of Error
        Outputs in taxonomy order, the most confident first.
    """
    named = slices.to_numpy(bool)
    titles = np.array(slices.columns, dtype=object)
    errors: list[Error] = []
    outputs = [_sentiment_errors(frame, predicted), _loyalty_errors(frame, predicted)]
    outputs += [_driver_errors(d, frame, predicted) for d in load_taxonomy().ids if d in predicted]
    columns = {key: frame[key].to_numpy(object) for key in ("example_id", "lang", "text")}
    for table in outputs:
        ordered = table.sort_values("confidence", ascending=False, kind="stable")
        rows: list[tuple[Any, ...]] = list(ordered.itertuples(name=None))
        for at, output, kind, label, found, p, confidence in rows:
            errors.append(
                Error(
                    id=str(columns["example_id"][at]),
                    set=name,
                    lang=str(columns["lang"][at]),
                    text=str(columns["text"][at]),
                    output=str(output),
                    kind=str(kind),
                    label=str(label),
                    predicted=str(found),
                    probability=None if np.isnan(p) else float(p),
                    confidence=float(confidence),
                    slices=tuple(titles[named[at]]),
                )
            )
    return errors


def keep_worst(errors: Sequence[Error], n: int) -> list[Error]:
    """Keep the first errors of every output and kind.

    Parameters
    ----------
    errors : sequence of Error
        The most confident first, as `find_errors` gives them.
    n : int

    Returns
    -------
    list of Error
    """
    seen: dict[tuple[str, str], int] = {}
    kept = []
    for error in errors:
        key = (error.output, error.kind)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= n:
            kept.append(error)
    return kept


def _sentiment_errors(frame: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """List the texts whose sentiment is wrong."""
    if "sentiment" not in predicted:
        return _table(frame.index[:0], "sentiment", "", "", "", np.nan, 0.0)
    truth = frame["sentiment"]
    label, guess = merged(truth), judge_sentiment(truth, predicted)
    wrong = (label != "") & (label != guess)
    p = np.full(len(frame), np.nan)
    for name in ("negative", "neutral", "positive"):
        if f"p_{name}" in predicted:
            given = predicted[f"p_{name}"].to_numpy(np.float64, na_value=np.nan)
            p = np.where(guess == name, given, p)
    if is_binary(truth) and {"p_positive", "p_negative"} <= set(predicted):
        both = predicted[["p_positive", "p_negative"]].sum(axis=1, skipna=False).to_numpy(float)
        p = np.divide(p, both, out=np.full(len(p), np.nan), where=both > 0)
    kind = np.where(guess == "", "not scored", "wrong class")
    shown = truth.where(truth.notna(), "").to_numpy(object)
    return _table(frame.index, "sentiment", kind, shown, guess, p, np.nan_to_num(p))[wrong]


def _loyalty_errors(frame: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """List the texts whose loyalty is wrong."""
    if "loyalty" not in predicted:
        return _table(frame.index[:0], "loyalty", "", "", "", np.nan, 0.0)
    known = frame["loyalty"].notna().to_numpy()
    label, guess = _plain(frame["loyalty"], "none"), _plain(predicted["loyalty"], "none")
    kind = np.select([guess == "none", label == "none"], ["missed", "false mention"], "wrong class")
    return _table(frame.index, "loyalty", kind, label, guess, np.nan, 0.0)[known & (label != guess)]


def _driver_errors(driver: str, frame: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """List the texts in which a driver is wrong."""
    known = frame[driver].notna().to_numpy()
    label, guess = _plain(frame[driver], ""), _plain(predicted[driver], "not_mentioned")
    absent, unsaid = label == "not_mentioned", guess == "not_mentioned"
    polar = np.isin(label, POLARITIES)
    differs = polar & ~unsaid & (label != guess)
    kind = np.full(len(frame), "", dtype=object)
    for name, where in (
        ("wrong polarity", differs),
        ("missed", ~absent & unsaid),
        ("false mention", absent & ~unsaid),
    ):
        kind[where] = name
    p = np.full(len(frame), np.nan)
    if f"p_{driver}" in predicted:
        p = predicted[f"p_{driver}"].to_numpy(np.float64, na_value=np.nan)
    strength = np.ones(len(frame))
    if f"{driver}_score" in predicted:
        score = predicted[f"{driver}_score"].to_numpy(np.float64, na_value=np.nan)
        strength = np.abs(np.nan_to_num(score))
    sure = np.select([kind == "missed", kind == "wrong polarity"], [1 - p, p * strength], p)
    table = _table(frame.index, driver, kind, label, guess, p, np.nan_to_num(sure))
    return table[known & (kind != "")]


def _plain(labels: pd.Series[Any], missing: str) -> npt.NDArray[np.object_]:
    """Turn a label column into plain strings."""
    return labels.astype(object).where(labels.notna(), missing).to_numpy()


def _table(
    index: pd.Index[Any], output: str, kind: Any, label: Any, predicted: Any, *numbers: Any
) -> pd.DataFrame:
    """Lay out candidates, one row per text."""
    probability, confidence = numbers
    return pd.DataFrame(
        {
            "output": output,
            "kind": kind,
            "label": label,
            "predicted": predicted,
            "probability": probability,
            "confidence": confidence,
        },
        index=index,
    )
