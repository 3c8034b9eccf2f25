"""The recipe of the shipped ``fast`` model: teachers, their soft labels, and a small student."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.decode import Calibration, identity_calibration, output_names
from nlp_cx.classify.store import StoredModel
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.train.calibration import fit_calibration
from nlp_cx.train.features import Hashes, choose_vocabulary, find_features, hash_texts
from nlp_cx.train.fit_hashed import HashedModel, HashedSettings, fit_hashed, predict_hashed
from nlp_cx.train.quantize import quantize
from nlp_cx.train.targets import FULL_SOURCES, Targets, make_targets, to_probabilities
from nlp_cx.train.transformer_teacher import TeacherSettings, TransformerTeacher

logger = logging.getLogger(__name__)

NAME = "fast"

WORDS = "lexicons"
"""Source of the lexicon words that stand among the examples as tiny texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FastRecipe:
    """How the fast model is made.

    Parameters
    ----------
    n_teachers : int, default=4
        Large models that differ by their random state alone; 0 trains the student on labels only.
    english_encoder : str, optional
        Folder of a pre-trained English encoder that teaches too, on English texts.
    encoder_weight : float
        Its part in the soft labels of English texts; the rest is the other teachers'.
    n_public : int
        English examples of public sets, beside all gold and written ones, that it is tuned on.
    gold_weight : float
        Weight of gold and written examples against those of public sets.
    encoder : TeacherSettings
        How the encoder is tuned.
    teacher, student : HashedSettings
        A teacher may be of any size; the student's table is what ships.
    """

    n_teachers: int = 4
    english_encoder: str | None = None
    encoder_weight: float = 0.6
    n_public: int = 20_000
    gold_weight: float = 2.0
    encoder: TeacherSettings = field(default_factory=TeacherSettings)
    teacher: HashedSettings = field(
        default_factory=lambda: HashedSettings(n_rows=524_288, n_hidden=64)
    )
    student: HashedSettings = field(default_factory=HashedSettings)


def train_fast(
    examples: pd.DataFrame,
    dev: pd.DataFrame,
    *,
    unlabelled: pd.DataFrame | None = None,
    recipe: FastRecipe | None = None,
    work: Path | None = None,
) -> StoredModel:
    """Train, quantise and calibrate a model.

    Parameters
    ----------
    examples : DataFrame, one row per example
        As from :func:`nlp_cx.train.examples.load_examples`.
    dev : DataFrame, one row per text
        Fully labelled; for the calibration and the thresholds only.
    unlabelled : DataFrame, one row per text, optional
        ``text``; the teachers label them for the student.
    recipe : FastRecipe, optional
    work : Path, optional
        Folder that keeps the teachers' labels, so that a run that was cut off goes on.

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
        soft = _teach(hashes, labelled, targets, recipe, n_outputs, work)
        if recipe.english_encoder is not None:
            english = (examples["lang"] == "en").tolist()
            if unlabelled is not None:
                english += (unlabelled["lang"] == "en").tolist()
            rows = np.flatnonzero(english)
            taught = _teach_english(examples, [texts[i] for i in rows], recipe, work)
            part = np.float32(recipe.encoder_weight)
            soft[rows] = (1 - part) * soft[rows].astype(np.float32) + part * taught
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


def _teach(
    hashes: Hashes,
    labelled: npt.NDArray[np.uint64],
    targets: Targets,
    recipe: FastRecipe,
    n_outputs: int,
    work: Path | None,
) -> npt.NDArray[np.float16]:
    """Average the probabilities of the teachers over all texts."""
    n = len(hashes.first_clause) - 1
    total = np.zeros((n, n_outputs), np.float32)
    features = None
    sample = np.array([len(hashes.values), *hashes.values[::9973]], np.uint64)
    for i in range(recipe.n_teachers):
        settings = replace(recipe.teacher, random_state=recipe.teacher.random_state + 1 + i)
        kept = None if work is None else work / f"teacher_{_key(settings, sample)}.npy"
        if kept is not None and kept.is_file():
            total += np.load(kept, allow_pickle=False).astype(np.float32)
            continue
        if features is None:
            features = find_features(hashes, choose_vocabulary(labelled, settings.n_rows))
        logger.info("teacher %d of %d", i + 1, recipe.n_teachers)
        model: HashedModel = fit_hashed(features, targets, settings, n_outputs=n_outputs)
        p = to_probabilities(predict_hashed(model, features))
        _keep(kept, p)
        total += p
    return (total / recipe.n_teachers).astype(np.float16)


def _teach_english(
    examples: pd.DataFrame, texts: list[str], recipe: FastRecipe, work: Path | None
) -> npt.NDArray[np.float32]:
    """Tune the encoder on English examples and let it label the texts."""
    settings = recipe.encoder
    key = _key(f"{settings} {recipe.n_public} {recipe.english_encoder}", np.array([len(texts)]))
    kept = None if work is None else work / f"encoder_{key}.npy"
    if kept is not None and kept.is_file():
        return np.asarray(np.load(kept, allow_pickle=False), np.float32)
    drivers = load_taxonomy().ids
    english = examples[(examples["lang"] == "en") & (examples["source"] != WORDS)]
    is_full = english["source"].isin(FULL_SOURCES)
    public = english[~is_full & (english["weight"] >= 0.5)]
    public = public.sample(min(recipe.n_public, len(public)), random_state=settings.random_state)
    chosen = pd.concat([english[is_full], english[is_full], public], ignore_index=True)
    targets = make_targets(chosen, drivers)
    teacher = TransformerTeacher(
        str(recipe.english_encoder),
        len(output_names(drivers)),
        int(targets.source.max()) + 1,
        settings,
    )
    p = teacher.fit(chosen["text"].tolist(), targets).probabilities(texts)
    _keep(kept, p)
    return p


def _keep(path: Path | None, p: npt.NDArray[np.float32]) -> None:
    """Keep a teacher's labels for the next run."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part.npy")
    np.save(beside, p.astype(np.float16))
    beside.rename(path)


def _key(settings: object, sample: npt.NDArray[Any]) -> str:
    """Name what a teacher depends on."""
    return hashlib.sha256(repr(settings).encode() + sample.tobytes()).hexdigest()[:16]


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
        "recipe": {
            **asdict(recipe),
            "english_encoder": recipe.english_encoder and Path(recipe.english_encoder).parent.name,
        },
        "weights": {},
    }
    calibrated = {f"calibration.{name}": array for name, array in calibration._asdict().items()}
    return StoredModel(Path(), spec, {**weights, **calibrated})
