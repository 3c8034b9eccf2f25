"""The recipe of the shipped ``accurate`` model: vocabulary, vectors, teachers, one encoder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.decode import output_names
from nlp_cx.classify.store import StoredModel
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.tokens import make_token_table
from nlp_cx.train.assemble import with_calibration
from nlp_cx.train.calibration import fit_calibration
from nlp_cx.train.encoder.corpus import read_corpus
from nlp_cx.train.encoder.export import make_encoder_model
from nlp_cx.train.encoder.fit import EncoderSettings, Lessons, fit_encoder
from nlp_cx.train.encoder.network import EncoderShape
from nlp_cx.train.encoder.vectors import count_vectors
from nlp_cx.train.encoder.vocabulary import choose_tokens
from nlp_cx.train.hashed.features import hash_texts
from nlp_cx.train.labels import FULL_SOURCES
from nlp_cx.train.recipe import FastRecipe, add_voices, teach
from nlp_cx.train.targets import make_targets

logger = logging.getLogger(__name__)

NAME = "accurate"

_OBSERVED = 600
"""Texts from which the ranges of the 8-bit graph are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccurateRecipe:
    """How the accurate model is made.

    Parameters
    ----------
    n_layers, width, n_heads : int
        Size of the encoder.
    settings : EncoderSettings
    gold_weight : float
        Weight of gold and written examples against those of public sets.
    gold_repeats : int
        How often gold and written examples are read in an epoch.
    voice_weight : float
        Weight of a better model's probabilities in the mean with the teachers', 0 to 1.
    teachers : FastRecipe
        Whose teachers say of every text what the encoder learns beside the labels.
    """

    n_layers: int = 4
    width: int = 256
    n_heads: int = 4
    settings: EncoderSettings = field(default_factory=EncoderSettings)
    gold_weight: float = 1.5
    gold_repeats: int = 3
    voice_weight: float = 1.0
    teachers: FastRecipe = field(default_factory=FastRecipe)


def train_accurate(
    examples: pd.DataFrame,
    dev: pd.DataFrame,
    *,
    unlabelled: pd.DataFrame,
    work: Path,
    recipe: AccurateRecipe | None = None,
    teachers: Sequence[tuple[str, Path]] = (),
    device: str = "cpu",
) -> StoredModel:
    """Train, quantise and calibrate a model, or go on where a run was cut off.

    Parameters
    ----------
    examples : DataFrame, one row per example
        As from :func:`nlp_cx.corpus.examples.load_examples`.
    dev : DataFrame, one row per text
        Fully labelled; for the calibration and the thresholds only.
    unlabelled : DataFrame, one row per text
        ``text, lang``.
    work : Path
        Folder that keeps the teachers' labels and the state of the encoder.
    recipe : AccurateRecipe, optional
        With more ``settings.n_steps`` than before, a finished run goes on.
    teachers : sequence of (str, Path)
        Languages and folders of models that are asked beside the n-gram teachers, such as a
        checkpoint fine-tuned by ``nlp-cx train``, or an earlier accurate model.
    device : str, default="cpu"

    Returns
    -------
    StoredModel
        Not on disk yet.
    """
    recipe = recipe or AccurateRecipe()
    taxonomy = load_taxonomy()
    texts = [*examples["text"], *unlabelled["text"]]
    vocabulary = choose_tokens(texts)
    corpus = read_corpus(texts, make_token_table(vocabulary))
    targets = make_targets(examples, taxonomy.ids, gold_weight=recipe.gold_weight)
    n_labelled = len(examples)
    hashes = hash_texts(texts)
    soft = teach(
        hashes,
        hashes.values[: hashes.clause_offsets[hashes.first_clause[n_labelled]]],
        make_targets(examples, taxonomy.ids, gold_weight=recipe.teachers.gold_weight),
        recipe.teachers,
        work=work,
        n_outputs=len(output_names(taxonomy.ids)),
    )
    languages = np.concatenate([examples["lang"], unlabelled["lang"]])
    add_voices(soft, texts, languages, teachers, weight=recipe.voice_weight)
    repeats = np.ones(len(texts), np.int64)
    repeats[:n_labelled][examples["source"].isin(FULL_SOURCES)] = recipe.gold_repeats
    stars = np.full(len(texts), np.nan, np.float32)
    stars[:n_labelled] = examples["rating"]
    shape = EncoderShape(
        n_tokens=len(vocabulary),
        n_layers=recipe.n_layers,
        width=recipe.width,
        n_heads=recipe.n_heads,
    )
    model = fit_encoder(
        Lessons(corpus, targets, soft, stars, repeats),
        shape,
        recipe.settings,
        folder=work / "encoder",
        vectors=count_vectors(corpus, len(vocabulary), recipe.width),
        device=device,
    )
    drawn = np.random.default_rng(0).choice(len(texts), min(_OBSERVED, len(texts)), replace=False)
    stored = make_encoder_model(
        model,
        vocabulary,
        [texts[i] for i in drawn],
        taxonomy=taxonomy,
        recipe=asdict(recipe),
    )
    return calibrate(stored, dev)


def calibrate(model: StoredModel, dev: pd.DataFrame) -> StoredModel:
    """Fit the calibration and the thresholds of a model on its own outputs.

    Parameters
    ----------
    model : StoredModel
    dev : DataFrame, one row per text
        Fully labelled.

    Returns
    -------
    StoredModel
    """
    batch = TextBatch.from_strings(dev["text"].tolist())
    classifier = Classifier(model)
    logits, languages = classifier.logits(batch)
    known = ~np.isnan(logits[:, 0])
    fitted = fit_calibration(
        logits[known], dev[known].reset_index(drop=True), languages[known], classifier.drivers
    )
    return with_calibration(model, fitted)
