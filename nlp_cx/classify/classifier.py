"""A loaded model: clauses in, labels of documents and clauses out."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.decode import (
    Decoded,
    calibration_from_weights,
    decode,
    output_names,
)
from nlp_cx.classify.store import SPEC_FILE, StoredModel, load_model
from nlp_cx.errors import ModelError, TaxonomyError
from nlp_cx.taxonomy import Taxonomy, load_taxonomy, make_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.language import detect_languages
from nlp_cx.text.normalize import normalize

LEARNED = ("sentiment", "polarity", "mixed", "loyalty")
"""Outputs beside the mentions; a model whose ``model.json`` has no ``learned`` was taught all."""

_NAMES = {"zh": "zh", "en": "en", "definitions": "definition"}
"""Names of labels in ``model.json``, and what they are called in a taxonomy."""


class Backend(Protocol):
    """Computes raw outputs; every backend passes ``tests/contracts/test_backend.py``."""

    def logits(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Compute the outputs (n_documents, K) and (n_clauses, K) of normalised text.

        A document about which nothing can be said, and its clauses, are not a number. For every
        presence, a document's output is the greatest of its clauses'. What a document gets does not
        depend on the others.
        """


class Scores(NamedTuple):
    """Everything that is known of a batch of n documents with m clauses.

    Parameters
    ----------
    languages : int8 (n,)
        Index into ``schema.LANGUAGES``; -1 where the text is missing.
    first_clause : int64 (n + 1,)
        Document i holds the clauses ``first_clause[i]:first_clause[i + 1]``.
    starts, ends : int64 (m,)
        Positions in the batch's code points.
    clause_logits : float32 (m, K)
    documents : Decoded
        Of the n documents.
    is_asked : bool (n,) or None
        Which documents a cascade's second model answered; None where there is one model.
    """

    languages: npt.NDArray[np.int8]
    first_clause: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    clause_logits: npt.NDArray[np.float32]
    documents: Decoded
    is_asked: npt.NDArray[np.bool_] | None = None


class Classifier:
    """Score batches of texts with one model.

    Parameters
    ----------
    model : StoredModel

    Attributes
    ----------
    taxonomy : Taxonomy
        Of the model; a model without its own names has the packaged one of the same labels.
    drivers : tuple of str
        Its label ids, in the order of the columns.
    learned : frozenset of str
        Which of `LEARNED` the model was taught; what it was not is missing in all tables.

    Raises
    ------
    ModelError
        If the model has a backend that this version cannot serve, or does not fit together.
    """

    def __init__(self, model: StoredModel) -> None:
        self.id = model.id
        self.spec = model.spec
        self.taxonomy = model_taxonomy(model)
        self.drivers = self.taxonomy.ids
        self.learned = frozenset(model.spec.get("learned", LEARNED))
        try:
            self._backend = _make_backend(model, len(output_names(self.drivers)))
            self.calibration = calibration_from_weights(model.weights, len(self.drivers))
        except ModelError as e:
            raise ModelError(f"{model.folder}: {e}") from e

    def score(self, batch: TextBatch, is_scored: npt.NDArray[np.bool_] | None = None) -> Scores:
        """Score a batch.

        Parameters
        ----------
        batch : TextBatch
            n documents.
        is_scored : ndarray of bool, shape (n,), optional
            False leaves a document out (an agent's turn): it gets a language and nothing else.

        Returns
        -------
        Scores
            What a document gets does not depend on the others in the batch.
        """
        n = len(batch)
        languages = detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])
        languages[batch.is_missing] = -1
        document, starts, ends = find_clauses(batch.codes, batch.offsets)
        if is_scored is not None:
            keep = is_scored[document]
            document, starts, ends = document[keep], starts[keep], ends[keep]
        first_clause = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(document, minlength=n), out=first_clause[1:])
        return self._score_clauses(batch.codes, languages, first_clause, starts, ends)

    def score_again(
        self, batch: TextBatch, scores: Scores, chosen: npt.NDArray[np.bool_]
    ) -> Scores:
        """Score some documents of a batch that another model has scored; no other text is read.

        Parameters
        ----------
        batch : TextBatch
            n documents.
        scores : Scores
            Of the same n documents; its languages and clauses are taken over.
        chosen : ndarray of bool, shape (n,)

        Returns
        -------
        Scores
            Of the chosen documents alone, to the bit what `score` gives for them; `starts` and
            `ends` count in their own code points.
        """
        begins = batch.offsets[:-1][chosen]
        part = batch.spans(begins, batch.offsets[1:][chosen])
        n_clauses = np.diff(scores.first_clause)
        of_chosen = np.repeat(chosen, n_clauses)
        first_clause = np.zeros(len(part) + 1, np.int64)
        np.cumsum(n_clauses[chosen], out=first_clause[1:])
        shift = np.repeat(begins - part.offsets[:-1], n_clauses[chosen])
        starts, ends = scores.starts[of_chosen] - shift, scores.ends[of_chosen] - shift
        languages = scores.languages[chosen]
        return self._score_clauses(part.codes, languages, first_clause, starts, ends)

    def _score_clauses(
        self,
        codes: npt.NDArray[np.uint32],
        languages: npt.NDArray[np.int8],
        first_clause: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> Scores:
        """Score documents whose languages and clauses are known."""
        logits, clause_logits = self._backend.logits(self._fold(codes), first_clause, starts, ends)
        documents = self._keep_learned(decode(logits, languages, self.calibration))
        return Scores(languages, first_clause, starts, ends, clause_logits, documents)

    def logits(self, batch: TextBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int8]]:
        """Compute the raw outputs that calibration starts from.

        Parameters
        ----------
        batch : TextBatch
            n documents.

        Returns
        -------
        logits : float32 (n, K)
        languages : int8 (n,)
        """
        document, starts, ends = find_clauses(batch.codes, batch.offsets)
        first_clause = np.zeros(len(batch) + 1, np.int64)
        np.cumsum(np.bincount(document, minlength=len(batch)), out=first_clause[1:])
        logits, _ = self._backend.logits(self._fold(batch.codes), first_clause, starts, ends)
        return logits, detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])

    def _fold(self, codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """Normalise code points, unless the backend has its own way of folding."""
        return codes if getattr(self._backend, "reads_original", False) else normalize(codes)

    def decode_clauses(self, scores: Scores) -> Decoded:
        """Decode the clauses by themselves.

        Parameters
        ----------
        scores : Scores

        Returns
        -------
        Decoded
            Of the m clauses, calibrated by the language of their document.
        """
        languages = np.repeat(scores.languages, np.diff(scores.first_clause))
        return self._keep_learned(decode(scores.clause_logits, languages, self.calibration))

    def _keep_learned(self, decoded: Decoded) -> Decoded:
        """Take away what the model was never taught."""
        if len(self.learned) == len(LEARNED):
            return decoded
        n = len(decoded.sentiment)
        nothing, unknown = np.full(n, -1, np.int8), np.full(n, np.nan, np.float32)
        blank: dict[str, dict[str, npt.NDArray[Any]]] = {
            "sentiment": {
                "sentiment": nothing,
                "sentiment_score": unknown,
                "probability": np.full_like(decoded.probability, np.nan),
            },
            "polarity": {"driver_score": np.full_like(decoded.driver_score, np.nan)},
            "mixed": {"mixed": nothing},
            "loyalty": {"loyalty": nothing},
        }
        for name in LEARNED:
            if name not in self.learned:
                decoded = decoded._replace(**blank[name])
        return decoded


def model_taxonomy(model: StoredModel) -> Taxonomy:
    """Give the taxonomy that a model was trained with.

    Parameters
    ----------
    model : StoredModel

    Returns
    -------
    Taxonomy

    Raises
    ------
    ModelError
        If its labels cannot name columns.
    """
    told = model.spec["taxonomy"]
    ids = told["labels"]
    packaged = load_taxonomy()
    if tuple(ids) == packaged.ids and "zh" not in told:
        return packaged
    names = {key: told.get(key) if isinstance(told.get(key), dict) else {} for key in _NAMES}
    rows = [{"id": i, **{key: names[told_as].get(i, i if key in ("zh", "en") else "")
                         for told_as, key in _NAMES.items()}} for i in ids]  # fmt: skip
    raw = {"name": told.get("name", ""), "version": told.get("version", ""), "labels": rows}
    try:
        return make_taxonomy(raw, str(model.folder / SPEC_FILE))
    except TaxonomyError as e:
        raise ModelError(f"{e} The model cannot be served.") from e


def load_classifier(model: str | os.PathLike[str]) -> Classifier:
    """Load a model by name or folder.

    Parameters
    ----------
    model : str or path
        Name of a shipped model; ``auto``, which asks ``accurate`` where ``fast`` is unsure; or a
        model folder.

    Returns
    -------
    Classifier

    Raises
    ------
    ModelError
        If it is missing, damaged or foreign.
    """
    if model == "auto":
        from nlp_cx.classify.cascade import load_cascade

        return load_cascade()
    return Classifier(load_model(model))


def _make_backend(model: StoredModel, n_outputs: int) -> Backend:
    """Build the backend that the model names."""
    name = model.spec["backend"]
    if name == "hashed":
        from nlp_cx.classify.hashed import HashedBackend

        return HashedBackend(model.weights, n_outputs)
    if name == "linear":
        from nlp_cx.classify.linear import LinearBackend

        return LinearBackend(model.weights, n_outputs)
    if name == "encoder":
        from nlp_cx.classify.encoder import EncoderBackend

        sizes = model.spec.get("architecture", {})
        return EncoderBackend(model.weights, model.files, sizes, n_outputs)
    if name == "checkpoint":
        from nlp_cx.classify.checkpoint import CheckpointBackend

        architecture = model.spec.get("architecture") or {}
        return CheckpointBackend(model.weights, model.files, architecture, n_outputs)
    raise ModelError(
        f"backend {name!r}; this version has 'hashed', 'linear', 'encoder' and 'checkpoint'."
    )
