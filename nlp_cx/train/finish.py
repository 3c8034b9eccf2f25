"""Finish a trained model: calibrate it, measure it, and say in its description what it is."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.columns import scored_columns
from nlp_cx.classify.decode import Calibration, decode
from nlp_cx.classify.store import StoredModel
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.schema import POLARITIES
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.train.assemble import find_learned, with_calibration
from nlp_cx.train.calibration import fit_calibration
from nlp_cx.train.config import TrainConfig
from nlp_cx.train.parts import Parts

_LIBRARIES = ("nlp_cx", "numpy", "scikit-learn", "torch", "transformers", "numba")


@dataclass(slots=True)
class Held:
    """Raw outputs on texts that were not trained on.

    Parameters
    ----------
    rows : list of DataFrame
        The texts with their labels, in parts.
    logits : list of ndarray of float32, each of shape (n_texts, K)
    languages : list of ndarray of int8, each of shape (n_texts,)
    """

    rows: list[pd.DataFrame] = field(default_factory=list)
    logits: list[npt.NDArray[np.float32]] = field(default_factory=list)
    languages: list[npt.NDArray[np.int8]] = field(default_factory=list)

    def add(self, model: StoredModel, rows: pd.DataFrame) -> None:
        """Keep what a model says of texts it has not seen.

        Parameters
        ----------
        model : StoredModel
        rows : DataFrame, one row per text
            ``text`` and the labels.
        """
        batch = TextBatch.from_strings(rows["text"].tolist())
        logits, languages = Classifier(model).logits(batch)
        self.rows.append(rows)
        self.logits.append(logits)
        self.languages.append(languages)


def finish_model(
    model: StoredModel,
    config: TrainConfig,
    parts: Parts,
    held: Held,
    *,
    fold: npt.NDArray[np.int64] | None,
) -> StoredModel:
    """Calibrate, measure and describe a model.

    Parameters
    ----------
    model : StoredModel
        As a trainer gave it.
    config : TrainConfig
    parts : Parts
    held : Held
        What the model (or, with folds, its likes) said of texts that it was not trained on.
    fold : ndarray of int, shape (n_texts,), or None
        With folds, which of them held each text out, in the order of `held`.

    Returns
    -------
    StoredModel
        With thresholds, and everything in ``model.json`` that the card is written from.
    """
    taxonomy = parts.data.taxonomy
    rows = pd.concat(held.rows, ignore_index=True)
    logits, languages = np.concatenate(held.logits), np.concatenate(held.languages)
    known = ~np.isnan(logits[:, 0])
    calibration = _calibrate(logits[known], rows[known], languages[known], taxonomy)
    learned = model.spec.get("learned") or find_learned(parts.data.examples, taxonomy)
    metrics: dict[str, list[dict[str, Any]]] = {}
    if fold is None:
        predicted = _label(logits, languages, calibration, taxonomy, learned)
        title = "Dev (the texts that calibrate it: a little too good)"
        metrics[title] = _measure(rows, predicted, taxonomy)
    else:
        # Thresholds too are of the other folds, so that no text is judged by what it has taught.
        pieces = []
        for k in np.unique(fold):
            own = fold == k
            others = ~own & known
            fitted = _calibrate(logits[others], rows[others], languages[others], taxonomy)
            pieces.append(_label(logits[own], languages[own], fitted, taxonomy, learned))
        predicted = pd.concat(pieces, ignore_index=True)
        title = f"Cross-validation, {len(pieces)} folds, copies and near-copies on one side"
        metrics[title] = _measure(rows, predicted, taxonomy)
    metrics["Guessing the most frequent, same texts"] = _measure(
        rows, _majority(rows, taxonomy), taxonomy
    )
    finished = with_calibration(model, calibration)
    if len(parts.test):
        test = Classifier(finished)
        z, found = test.logits(TextBatch.from_strings(parts.test["text"].tolist()))
        predicted = _label(z, found, calibration, taxonomy, learned)
        metrics["Test"] = _measure(parts.test, predicted, taxonomy)
    spec = {
        **finished.spec,
        "name": config.name,
        "version": config.version,
        "description": config.description or _describe(config, taxonomy),
        "learned": list(learned),
        "libraries": _find_libraries(),
        "random_state": config.random_state,
        "command": "nlp-cx train",
        "data": parts.describe(),
        "metrics": metrics,
        "limits": [*config.limits, *_find_limits(parts, learned, len(rows))],
    }
    return StoredModel(finished.folder, spec, finished.weights, finished.files)


def _calibrate(
    logits: npt.NDArray[np.float32],
    rows: pd.DataFrame,
    languages: npt.NDArray[np.int8],
    taxonomy: Taxonomy,
) -> Calibration:
    """Fit the calibration."""
    return fit_calibration(logits, rows.reset_index(drop=True), languages, taxonomy.ids)


def _label(
    logits: npt.NDArray[np.float32],
    languages: npt.NDArray[np.int8],
    calibration: Calibration,
    taxonomy: Taxonomy,
    learned: list[str],
) -> pd.DataFrame:
    """Give the labels that the model would give."""
    columns = scored_columns(
        decode(logits, languages, calibration),
        languages,
        taxonomy.ids,
        has_polarity="polarity" in learned,
    )
    labels = pd.DataFrame({name: column.to_pandas() for name, column in columns.items()})
    for name in ("sentiment", "loyalty"):
        if name not in learned:
            labels[name] = None
    # Any polarity counts as a mention, and none can be wrong where gold has none.
    return labels.astype(object).replace({"mentioned": "positive"})


def _measure(
    gold: pd.DataFrame, predicted: pd.DataFrame, taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """Measure labels; what cannot be measured is left out."""
    table = evaluate(gold, predicted, drivers=taxonomy.ids).dropna(axis=1, how="all")
    has_polarity = gold[list(taxonomy.ids)].isin(POLARITIES).any(axis=None)
    return [
        {
            str(key): (round(v, 4) if isinstance(v, float) else v)
            for key, v in row.items()
            if has_polarity or not str(key).startswith("pair_")
        }
        for row in table.to_dict("records")
    ]


def _majority(rows: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Guess of each label what is most frequent, but never that nothing is mentioned: for F1 the
    better guess.
    """
    guess = {}
    for name in ("sentiment", *taxonomy.ids, "loyalty"):
        values = rows[name].dropna()
        values = values[~values.isin(["not_mentioned", "none"])]
        guess[name] = values.mode().iloc[0] if len(values) else None
        if guess[name] == "mentioned":
            guess[name] = "positive"  # any polarity counts as a mention
    return pd.DataFrame([guess] * len(rows), dtype=object)


def _describe(config: TrainConfig, taxonomy: Taxonomy) -> str:
    """Write a description where none is given."""
    names = ", ".join(f"{label.en} ({label.zh})" for label in taxonomy.labels[:12])
    return f"Labels of the taxonomy {taxonomy.name} {taxonomy.version}: {names}."


def _find_limits(parts: Parts, learned: list[str], n_held: int) -> list[str]:
    """Write what a reader must know."""
    limits = []
    if missing := {"sentiment", "polarity", "mixed", "loyalty"} - set(learned):
        limits.append(f"Was not taught {', '.join(sorted(missing))}: missing in its tables.")
    if n_held < 500:
        limits.append(
            f"Calibrated on {n_held} texts: probabilities and thresholds are rough; a figure of a "
            "label with ten texts may be off by 0.2."
        )
    if parts.notes:
        limits += parts.notes
    return limits


def _find_libraries() -> dict[str, str]:
    """List the versions of what a result depends on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
