"""Say why a text is scored as it is: its clauses, their labels, and what each word adds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.decode import Decoded
from nlp_cx.errors import ModelError
from nlp_cx.schema import LANGUAGES, LOYALTIES, POLARITIES, SENTIMENTS
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages
from nlp_cx.text.words import load_segmenter

_LEAST = 0.02
"""A word that moves a number by less is not listed."""

_MOST_CODES = 5_000_000
"""Code points that are scored to measure words: 500 words of a text of 10,000 characters."""


@dataclass(frozen=True, slots=True)
class DriverLabel:
    """A driver that is mentioned.

    Parameters
    ----------
    driver, polarity : str
    score : float
        P(positive) - P(negative) towards it, -1 to 1.
    p : float
        Probability of the mention, 0 to 1.
    """

    driver: str
    polarity: str
    score: float
    p: float


@dataclass(frozen=True, slots=True)
class WordEffect:
    """What a word adds to the labels of the text.

    Parameters
    ----------
    start, end : int
        Code points of the text.
    word : str
    sentiment : float
        Change of ``sentiment_score`` that the word makes: with it minus without it.
    drivers : dict of str to float
        Change of P(mention), for the drivers that it moves by 0.02 or more.
    """

    start: int
    end: int
    word: str
    sentiment: float
    drivers: dict[str, float]


@dataclass(frozen=True, slots=True)
class ClauseLabels:
    """A clause and its labels.

    Parameters
    ----------
    start, end : int
        Code points of the text.
    clause, lang : str
    sentiment : str or None
    sentiment_score : float or None
        None where nothing can be said of the text.
    drivers : tuple of DriverLabel
    words : tuple of WordEffect
        Words that begin in the clause.
    """

    start: int
    end: int
    clause: str
    lang: str
    sentiment: str | None
    sentiment_score: float | None
    drivers: tuple[DriverLabel, ...]
    words: tuple[WordEffect, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Labels of a text with their reasons.

    Parameters
    ----------
    text, lang, model : str
    sentiment, sentiment_score, probabilities
        As in the scored table; None where nothing can be said.
    drivers : tuple of DriverLabel
        Those that are mentioned, in taxonomy order.
    loyalty : str or None
    mixed : bool or None
    clauses : tuple of ClauseLabels
    """

    text: str
    lang: str
    model: str
    sentiment: str | None
    sentiment_score: float | None
    probabilities: dict[str, float] | None
    drivers: tuple[DriverLabel, ...]
    loyalty: str | None
    mixed: bool | None
    clauses: tuple[ClauseLabels, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the explanation as plain data for JSON."""
        return asdict(self)


def explain_text(text: str, classifier: Classifier) -> Explanation:
    """Explain the labels of one text.

    Parameters
    ----------
    text : str
    classifier : Classifier

    Returns
    -------
    Explanation

    Notes
    -----
    A word's effect is measured, not read off the weights: the text is scored again without the word
    and the difference is the effect (occlusion). Effects need not add up to the score. Of a text of
    many thousand characters only the first words are measured.

    Examples
    --------
    >>> from nlp_cx.classify.classifier import load_classifier
    >>> explanation = explain_text("客服态度太差了", load_classifier("fast"))
    >>> explanation.sentiment, [label.driver for label in explanation.drivers]
    ('negative', ['service'])
    """
    if untaught := sorted({"sentiment", "polarity"} - classifier.learned):
        raise ModelError(
            f"model {classifier.id}: was not taught {' and '.join(untaught)}, which is what an "
            "explanation is of. Take another model, or the evidence table."
        )
    batch = TextBatch.from_strings([text])
    scores = classifier.score(batch)
    clauses = classifier.decode_clauses(scores)
    languages = detect_languages(batch.codes, scores.starts, scores.ends)
    effects = _word_effects(text, classifier, scores.documents)
    rows = []
    for c, language in enumerate(languages):
        start, end = int(scores.starts[c]), int(scores.ends[c])
        rows.append(
            ClauseLabels(
                start,
                end,
                text[start:end],
                LANGUAGES[language],
                _name(SENTIMENTS, clauses.sentiment[c]),
                _number(clauses.sentiment_score[c]),
                _driver_labels(clauses, c, classifier.drivers),
                tuple(effect for effect in effects if start <= effect.start < end),
            )
        )
    documents = scores.documents
    known = documents.sentiment[0] >= 0
    probabilities = map(_round, documents.probability[:, 0])
    return Explanation(
        text,
        LANGUAGES[scores.languages[0]],
        classifier.id,
        _name(SENTIMENTS, documents.sentiment[0]),
        _number(documents.sentiment_score[0]),
        dict(zip(SENTIMENTS, probabilities, strict=True)) if known else None,
        _driver_labels(documents, 0, classifier.drivers),
        _name(LOYALTIES, documents.loyalty[0]),
        bool(documents.mixed[0]) if known else None,
        tuple(rows),
    )


def _word_effects(text: str, classifier: Classifier, whole: Decoded) -> list[WordEffect]:
    """Score the text once without each word."""
    if whole.sentiment[0] < 0:
        return []
    words = [word for word in load_segmenter().words(text) if word.kind != "mark"]
    words = words[: max(_MOST_CODES // len(text), 1)]
    without = [text[: word.start] + text[word.end :] for word in words]
    left = classifier.score(TextBatch.from_strings(without)).documents
    effects = []
    for i, word in enumerate(words):
        known = left.sentiment[i] >= 0
        score = float(left.sentiment_score[i]) if known else 0.0
        moved = {}
        for d, driver in enumerate(classifier.drivers):
            p = float(left.p_driver[d, i]) if known else 0.0
            change = float(whole.p_driver[d, 0]) - p
            if abs(change) >= _LEAST:
                moved[driver] = _round(change)
        change = _round(float(whole.sentiment_score[0]) - score)
        effects.append(WordEffect(word.start, word.end, word.text, change, moved))
    return effects


def _driver_labels(decoded: Decoded, i: int, drivers: tuple[str, ...]) -> tuple[DriverLabel, ...]:
    """List the drivers that text i mentions."""
    return tuple(
        DriverLabel(
            driver,
            POLARITIES[decoded.polarity[d, i]],
            _round(decoded.driver_score[d, i]),
            _round(decoded.p_driver[d, i]),
        )
        for d, driver in enumerate(drivers)
        if decoded.mentioned[d, i]
    )


def _name(names: tuple[str, ...], code: np.int8) -> str | None:
    """Give the name of a label; None where it is missing."""
    return names[code] if code >= 0 else None


def _number(value: np.float32) -> float | None:
    """Give a plain number; None where it is missing."""
    return None if np.isnan(value) else _round(value)


def _round(value: float | np.float32) -> float:
    """Give a number with the digits that mean something."""
    return round(float(value), 4)
