"""The recipe of the shipped ``fast`` model: teachers, their soft labels, and a small student."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.classifier import Classifier, load_classifier
from nlp_cx.classify.decode import Calibration, identity_calibration, output_names
from nlp_cx.classify.store import StoredModel, save_model
from nlp_cx.evaluate.predictor import Predictor, load_predictor
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.train.calibration import fit_calibration
from nlp_cx.train.hashed.features import Hashes, choose_vocabulary, find_features, hash_texts
from nlp_cx.train.hashed.fit import HashedModel, HashedSettings, fit_hashed, predict_hashed
from nlp_cx.train.hashed.quantize import quantize
from nlp_cx.train.targets import Targets, make_targets, to_probabilities

logger = logging.getLogger(__name__)

NAME = "fast"

_ASKED = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class FastRecipe:
    """How the fast model is made.

    Parameters
    ----------
    n_teachers : int, default=5
        Large models that differ by their random state alone; 0 trains the student on labels only.
    gold_weight : float
        Weight of gold and written examples against those of public sets.
    voice_weight : float
        Weight of a better model's probabilities in the mean with the teachers', 0 to 1.
    teacher, student : HashedSettings
        A teacher may be of any size; the student's table is what ships.
    """

    n_teachers: int = 5
    gold_weight: float = 2.0
    voice_weight: float = 0.6
    teacher: HashedSettings = field(
        default_factory=lambda: HashedSettings(n_rows=524_288, n_hidden=64)
    )
    student: HashedSettings = field(
        default_factory=lambda: HashedSettings(
            n_epochs=8,
            feature_dropout=0.3,
            context_dropout=0.5,
            pair_share=0.1,
            soft_weight=2.0,
        )
    )


def train_fast(
    examples: pd.DataFrame,
    dev: pd.DataFrame,
    *,
    unlabelled: pd.DataFrame | None = None,
    recipe: FastRecipe | None = None,
    work: Path | None = None,
    teachers: Sequence[tuple[str, Path]] = (),
) -> StoredModel:
    """Train, quantise and calibrate a model.

    Parameters
    ----------
    examples : DataFrame, one row per example
        As from :func:`nlp_cx.corpus.examples.load_examples`.
    dev : DataFrame, one row per text
        Fully labelled; for the calibration and the thresholds only.
    unlabelled : DataFrame, one row per text, optional
        ``text``; the teachers label them for the student.
    recipe : FastRecipe, optional
    work : Path, optional
        Folder that keeps the teachers' labels, so that a run that was cut off goes on.
    teachers : sequence of (str, Path)
        Languages and folders of better models that speak with the teachers, see `add_voices`.

    Returns
    -------
    StoredModel
        With ``spec`` (name, taxonomy, architecture, recipe) and ``weights``; not on disk yet.
    """
    recipe = recipe or FastRecipe()
    drivers = load_taxonomy().ids
    n_outputs = len(output_names(drivers))
    texts = examples["text"].tolist()
    n_labelled = len(texts)
    if unlabelled is not None and recipe.n_teachers:
        texts = texts + unlabelled["text"].tolist()
    hashes = hash_texts(texts)
    targets = make_targets(examples, drivers, gold_weight=recipe.gold_weight)
    labelled = hashes.values[: hashes.clause_offsets[hashes.first_clause[n_labelled]]]
    soft = None
    if recipe.n_teachers:
        soft = teach(hashes, labelled, targets, recipe, work=work, n_outputs=n_outputs)
        languages = (
            pd.concat([examples["lang"], unlabelled["lang"]])
            if unlabelled is not None
            else examples["lang"]
        )
        add_voices(soft, texts, languages.to_numpy(), teachers, weight=recipe.voice_weight)
    fingerprints = choose_vocabulary(
        labelled if soft is None else hashes.values, recipe.student.n_rows
    )
    model = fit_hashed(
        find_features(hashes, fingerprints),
        targets,
        recipe.student,
        n_outputs=n_outputs,
        soft=soft,
    )
    weights = quantize(model, fingerprints)
    stored = _assemble(weights, identity_calibration(len(drivers)), recipe)
    batch = TextBatch.from_strings(dev["text"].tolist())
    logits, languages = Classifier(stored).logits(batch)
    is_known = ~np.isnan(logits[:, 0])
    calibration = fit_calibration(
        logits[is_known], dev[is_known].reset_index(drop=True), languages[is_known], drivers
    )
    return _assemble(weights, calibration, recipe)


def train_without_teachers(examples: pd.DataFrame, dev: Mapping[str, pd.DataFrame]) -> Predictor:
    """Train the student on labels alone, in a tenth of the time: for comparisons, not to ship.

    Parameters
    ----------
    examples : DataFrame, one row per example
    dev : mapping of str to DataFrame
        ``gold`` calibrates.

    Returns
    -------
    callable
        See :data:`nlp_cx.evaluate.predictor.Predictor`.
    """
    student = HashedSettings(n_epochs=3, feature_dropout=0.5)
    model = train_fast(examples, dev["gold"], recipe=FastRecipe(n_teachers=0, student=student))
    with tempfile.TemporaryDirectory() as folder:
        spec = {key: value for key, value in model.spec.items() if key != "weights"}
        return load_predictor(save_model(Path(folder) / NAME, spec, model.weights, card=""))


def teach(
    hashes: Hashes,
    labelled: npt.NDArray[np.uint64],
    targets: Targets,
    recipe: FastRecipe,
    *,
    n_outputs: int,
    work: Path | None,
) -> npt.NDArray[np.float16]:
    """Average the probabilities of the teachers over all texts.

    Parameters
    ----------
    hashes : Hashes
        Of n texts, the labelled ones first.
    labelled : uint64 (n_hashes,)
        N-grams of the labelled ones, which own the teachers' tables.
    targets : Targets
    recipe : FastRecipe
    n_outputs : int
        K.
    work : Path or None
        Folder that keeps what each teacher said.

    Returns
    -------
    ndarray of float16, shape (n, K)
    """
    n = len(hashes.first_clause) - 1
    total = np.zeros((n, n_outputs), np.float32)
    features = None
    for i in range(recipe.n_teachers):
        settings = replace(recipe.teacher, random_state=recipe.teacher.random_state + 1 + i)
        kept = None if work is None else work / f"teacher_{_key(settings, hashes)}.npy"
        if kept is not None and kept.is_file():
            total += np.load(kept, allow_pickle=False).astype(np.float32)
            continue
        if features is None:
            features = find_features(hashes, choose_vocabulary(labelled, settings.n_rows))
        logger.info("teacher %d of %d", i + 1, recipe.n_teachers)
        model: HashedModel = fit_hashed(features, targets, settings, n_outputs=n_outputs)
        p = to_probabilities(predict_hashed(model, features))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            beside = kept.with_suffix(".part.npy")
            np.save(beside, p.astype(np.float16))
            beside.rename(kept)
        total += p
    return (total / recipe.n_teachers).astype(np.float16)


def add_voices(
    soft: npt.NDArray[np.float16],
    texts: Sequence[str],
    languages: npt.NDArray[np.object_],
    models: Sequence[tuple[str, Path]],
    *,
    weight: float,
) -> None:
    """Mix what better models say into what a pupil is to learn.

    Parameters
    ----------
    soft : float16 (n, K)
        Probabilities; changed in place where a model says something.
    texts : sequence of str, length n
    languages : ndarray of str, shape (n,)
    models : sequence of (str, Path)
        Language and model folder, asked in this order: of several for one language the last has
        `weight`, the one before it that part of the rest, and so on.
    weight : float
        Of a model against what was said before it, 0 to 1.
    """
    for language, folder in models:
        classifier = load_classifier(folder)
        rows = np.flatnonzero(languages == language)
        logger.info("asking %s about %d texts", classifier.id, len(rows))
        for a in range(0, len(rows), _ASKED):
            asked = rows[a : a + _ASKED]
            logits, _ = classifier.logits(TextBatch.from_strings([texts[i] for i in asked]))
            known = ~np.isnan(logits[:, 0])
            said = to_probabilities(logits[known])
            asked = asked[known]
            soft[asked] = (weight * said + (1 - weight) * soft[asked]).astype(np.float16)


def _key(settings: HashedSettings, hashes: Hashes) -> str:
    """Name what a teacher depends on."""
    import hashlib

    digest = hashlib.sha256(repr(settings).encode())
    digest.update(np.array([len(hashes.values), *hashes.values[::9973]]).tobytes())
    return digest.hexdigest()[:16]


def _assemble(
    weights: dict[str, npt.NDArray[Any]], calibration: Calibration, recipe: FastRecipe
) -> StoredModel:
    """Put weights and calibration into one model."""
    taxonomy = load_taxonomy()
    spec = {
        "backend": "hashed",
        "name": NAME,
        "version": "0",
        "taxonomy": {
            "name": taxonomy.name,
            "version": taxonomy.version,
            "labels": list(taxonomy.ids),
        },
        "outputs": list(output_names(taxonomy.ids)),
        "architecture": {
            "n_rows": weights["table"].shape[0],
            "n_dims": weights["table"].shape[1],
            "n_hidden": weights["hidden_bias"].shape[0],
        },
        "recipe": asdict(recipe),
        "weights": {},
    }
    calibrated = {f"calibration.{name}": array for name, array in calibration._asdict().items()}
    return StoredModel(Path(), spec, {**weights, **calibrated})
