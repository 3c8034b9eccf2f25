"""Two models as one: the quick one reads everything, the better one what the quick one doubts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.classifier import Classifier, Scores
from nlp_cx.classify.decode import Decoded
from nlp_cx.classify.store import SPEC_FILE, load_model
from nlp_cx.errors import ModelError
from nlp_cx.text.batch import TextBatch

NAME, FIRST, SECOND = "auto", "fast", "accurate"
"""What the shipped cascade is called, and the models that it is made of."""

_TINY = 1e-6

_Floats = npt.NDArray[np.float32]


class Cascade(Classifier):
    """Score with `first`, and with `second` what `first` is unsure of.

    Parameters
    ----------
    first, second : Classifier
        Of the same labels.
    margin : float
        Documents with a decision closer than this are asked again, in log-odds; 0: none.

    Raises
    ------
    ModelError
        If the two have other labels.
    """

    def __init__(self, first: Classifier, second: Classifier, margin: float) -> None:
        if first.drivers != second.drivers:
            raise ModelError(
                f"{first.id} labels {', '.join(first.drivers)}, {second.id} "
                f"{', '.join(second.drivers)}: a cascade needs two models of the same labels."
            )
        self.first, self.second, self.margin = first, second, margin
        self.id = f"{NAME}({first.id},{second.id})"
        self.spec = {**second.spec, "name": NAME, "first": {**first.spec}}
        self.taxonomy = second.taxonomy
        self.drivers = second.drivers
        self.learned = first.learned & second.learned

    def score(self, batch: TextBatch, is_scored: npt.NDArray[np.bool_] | None = None) -> Scores:
        """Score a batch; as `Classifier.score`."""
        quick = self.first.score(batch, is_scored)
        is_asked = find_doubt(self.first, quick) < self.margin
        if not is_asked.any():
            return quick._replace(is_asked=is_asked)
        better = self.second.score_again(batch, quick, is_asked)
        clauses = quick.clause_logits.copy()
        clauses[_spread(is_asked, quick.first_clause)] = better.clause_logits
        return quick._replace(
            documents=_put(quick.documents, better.documents, is_asked),
            clause_logits=clauses,
            is_asked=is_asked,
        )

    def logits(self, batch: TextBatch) -> tuple[_Floats, npt.NDArray[np.int8]]:
        """Refuse: the outputs of two models are on two scales.

        Raises
        ------
        ModelError
            Always.
        """
        raise ModelError(f"{self.id} has no outputs of its own: ask {self.second.id}.")

    def decode_clauses(self, scores: Scores) -> Decoded:
        """Decode the clauses by themselves; as `Classifier.decode_clauses`."""
        quick = self.first.decode_clauses(scores)
        if scores.is_asked is None or not scores.is_asked.any():
            return quick
        by_clause = _spread(scores.is_asked, scores.first_clause)
        n_clauses = np.diff(scores.first_clause)[scores.is_asked]
        asked = scores._replace(
            languages=scores.languages[scores.is_asked],
            first_clause=np.concatenate([[0], np.cumsum(n_clauses)]),
            clause_logits=scores.clause_logits[by_clause],
        )
        return _put(quick, self.second.decode_clauses(asked), by_clause)


def load_cascade() -> Cascade:
    """Load the cascade that comes with the package.

    Returns
    -------
    Cascade
        Of the shipped models, with the margin that stands in ``model.json`` of the second.

    Raises
    ------
    ModelError
        If a model is missing or damaged, or the margin was chosen for another first model.
    """
    second = Classifier(load_model(SECOND))
    told = second.spec.get("cascade")
    if not isinstance(told, dict) or not isinstance(told.get("margin"), float):
        raise ModelError(
            f"{second.id}: its {SPEC_FILE} has no margin of a cascade. Choose one with "
            "scripts/choose_cascade.py."
        )
    first = Classifier(load_model(FIRST))
    if told.get("first") != first.id:
        raise ModelError(
            f"the margin of {second.id} was chosen for {told.get('first')}, and {FIRST} is "
            f"{first.id}. Choose one with scripts/choose_cascade.py."
        )
    return Cascade(first, second, told["margin"])


def find_doubt(classifier: Classifier, scores: Scores) -> _Floats:
    """Measure how near each document is to another answer.

    Parameters
    ----------
    classifier : Classifier
        That gave the scores.
    scores : Scores
        Of n documents.

    Returns
    -------
    ndarray of float32, shape (n,)
        The least distance, in log-odds, to another answer: of each driver's mention to its
        threshold, of the polarity of a mentioned driver to the opposite one, and of the sentiment
        between negative and positive and to its threshold of neutral. Infinite where nothing can
        be said: no other model could.
    """
    documents, calibration = scores.documents, classifier.calibration
    languages = np.maximum(scores.languages, 0)
    threshold = calibration.mention_threshold[languages].T
    mention = np.abs(_log_odds(documents.p_driver) - _log_odds(threshold))
    sides = np.abs(_log_odds(((1 + documents.driver_score) / 2).astype(np.float32)))
    polarity = np.where(documents.mentioned, sides, np.inf)
    negative, neutral, positive = documents.probability
    is_neutral = np.abs(_log_odds(neutral) - _log_odds(calibration.neutral_threshold[languages]))
    feeling = np.abs(np.log((positive + _TINY) / (negative + _TINY)))
    # Which side a text is on matters only where it takes one.
    feeling = np.where(documents.sentiment == 1, np.inf, feeling)
    least = np.minimum.reduce([mention.min(0), polarity.min(0), is_neutral, feeling])
    return np.where(documents.sentiment >= 0, least, np.inf).astype(np.float32)


def _log_odds(p: _Floats) -> _Floats:
    """Logit, of probabilities that may be 0 or 1."""
    clipped = np.clip(p, _TINY, 1 - _TINY)
    odds: _Floats = np.log(clipped / (1 - clipped))
    return odds


def _spread(is_asked: npt.NDArray[np.bool_], first_clause: npt.NDArray[np.int64]) -> Any:
    """Give every clause what holds for its document."""
    return np.repeat(is_asked, np.diff(first_clause))


def _put(quick: Decoded, better: Decoded, is_better: npt.NDArray[np.bool_]) -> Decoded:
    """Put the answers of one model in their places among those of the other."""
    parts: list[npt.NDArray[Any]] = []
    for all_of, some in zip(quick, better, strict=True):
        part = np.array(all_of)
        part[..., is_better] = some
        parts.append(part)
    return Decoded(*parts)
