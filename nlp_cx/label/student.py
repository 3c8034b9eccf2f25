"""A quick linear classifier of labelled texts, for finding label errors and for studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.label.outputs import NO_LOYALTY, NOT_MENTIONED
from nlp_cx.schema import SENTIMENTS

Numbers = npt.NDArray[np.float64]

_N_FEATURES = 1 << 18
_LEAST = 2
"""Texts that a label needs to be learned."""


def make_features(texts: Sequence[str], *, words: bool = False) -> Any:
    """Turn texts into hashed TF-IDF features.

    Parameters
    ----------
    texts : sequence of str, shape (n_texts,)
    words : bool, default=False
        Words of letters, and single ideographs, alone and in pairs; otherwise letters' 1-4-grams.

    Returns
    -------
    scipy sparse matrix of float32, shape (n_texts, 2**18)
        Inverse document frequencies are those of `texts`; labels play no part.
    """
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    pattern = r"[㐀-鿿]|[^\W㐀-鿿]+"
    how: dict[str, Any] = (
        {"analyzer": "word", "token_pattern": pattern, "ngram_range": (1, 2)}
        if words
        else {"analyzer": "char", "ngram_range": (1, 4)}
    )
    hashing = HashingVectorizer(
        n_features=_N_FEATURES, alternate_sign=False, norm=None, dtype=np.float32, **how
    )
    return TfidfTransformer(sublinear_tf=True).fit_transform(hashing.transform(texts))


class QuickStudent:
    """One logistic regression for every answer to every question, each against the rest.

    Parameters
    ----------
    outputs : mapping of str to tuple of str
        Questions and their answers, see `nlp_cx.label.outputs.label_outputs`.
    balanced : bool, default=False
        Weight answers as if they were equally frequent: better F1 of rare labels, but the
        probabilities are no longer shares.

    Notes
    -----
    L2, C = 10, dual coordinate descent; the probabilities of a question's answers are brought to a
    sum of 1. An answer that fewer than two texts have is never given.
    """

    def __init__(self, outputs: Mapping[str, Sequence[str]], *, balanced: bool = False) -> None:
        self.outputs = {name: tuple(answers) for name, answers in outputs.items()}
        self._balanced = balanced
        self._heads: dict[str, list[Any]] = {}

    def fit(self, features: Any, labels: pd.DataFrame) -> QuickStudent:
        """Learn from labelled texts.

        Parameters
        ----------
        features : sparse matrix, shape (n_texts, n_features)
        labels : DataFrame, shape (n_texts, …)
            A column per question; a missing cell says nothing.

        Returns
        -------
        QuickStudent
            Itself.
        """
        from sklearn.linear_model import LogisticRegression

        for name, answers in self.outputs.items():
            column = _words(labels[name])
            known = np.flatnonzero(column != "")
            counts = [int((column == answer).sum()) for answer in answers]
            heads: list[Any] = []
            for answer, count in zip(answers, counts, strict=True):
                if count < _LEAST or count == len(known):
                    heads.append(1.0 if count >= _LEAST else 0.0)
                    continue
                head = LogisticRegression(
                    C=10,
                    solver="liblinear",
                    dual=True,
                    random_state=0,
                    tol=1e-2,
                    class_weight="balanced" if self._balanced else None,
                )
                heads.append(head.fit(features[known], column[known] == answer))
            self._heads[name] = heads
        return self

    def probabilities(self, features: Any) -> dict[str, Numbers]:
        """Give the probability of every answer to every question.

        Parameters
        ----------
        features : sparse matrix, shape (n_texts, n_features)

        Returns
        -------
        dict of str to float64 (n_texts, n_answers)
            Rows sum to 1; 0 throughout where nothing about the question was learned.
        """
        found = {}
        for name, heads in self._heads.items():
            columns = [
                np.full(features.shape[0], head)
                if isinstance(head, float)
                else head.predict_proba(features)[:, 1]
                for head in heads
            ]
            p = np.column_stack(columns)
            total = p.sum(axis=1, keepdims=True)
            found[name] = np.divide(p, total, out=np.zeros_like(p), where=total > 0)
        return found

    def predict(self, features: Any) -> pd.DataFrame:
        """Give the columns of the scored table that are made from probabilities.

        Parameters
        ----------
        features : sparse matrix, shape (n_texts, n_features)

        Returns
        -------
        DataFrame, one row per text
            ``sentiment, p_negative, p_neutral, p_positive`` (mixed counted as neutral), and per
            driver ``d, d_score, p_d``; ``loyalty``; see `nlp_cx.schema.scored_schema`.
        """
        frame = pd.DataFrame(index=range(features.shape[0]))
        for name, p in self.probabilities(features).items():
            answers = self.outputs[name]
            if name == "sentiment":
                merged = np.column_stack([p[:, answers.index(s)] for s in SENTIMENTS])
                merged[:, SENTIMENTS.index("neutral")] += p[:, answers.index("mixed")]
                frame[name] = np.array(SENTIMENTS, object)[merged.argmax(axis=1)]
                for s, column in zip(SENTIMENTS, merged.T, strict=True):
                    frame[f"p_{s}"] = column
                continue
            absent = answers.index(NO_LOYALTY if name == "loyalty" else NOT_MENTIONED)
            mention = 1 - p[:, absent]
            is_found = mention > 0.5
            best = np.array(answers, object)[np.delete(p, absent, axis=1).argmax(axis=1)]
            if name == "loyalty":
                frame[name] = pd.Series(best, dtype=object).where(is_found, None)
                continue
            sign = p[:, answers.index("positive")] - p[:, answers.index("negative")]
            frame[name] = pd.Series(best, dtype=object).where(is_found, None)
            frame[f"{name}_score"] = np.where(is_found, sign / np.maximum(mention, 1e-9), np.nan)
            frame[f"p_{name}"] = mention
        return frame


def cross_validated_probabilities(
    texts: Sequence[str],
    labels: pd.DataFrame,
    outputs: Mapping[str, Sequence[str]],
    *,
    groups: Sequence[object] | None = None,
    n_folds: int = 5,
    random_state: int = 0,
) -> dict[str, Numbers]:
    """Give for each text the probabilities by a student that has not seen it.

    Parameters
    ----------
    texts : sequence of str, shape (n_texts,)
    labels : DataFrame, shape (n_texts, …)
        A column per question.
    outputs : mapping of str to tuple of str
    groups : sequence, shape (n_texts,), optional
        Texts of one group are in one fold (a conversation, copies of a text).
    n_folds : int, default=5
    random_state : int, default=0

    Returns
    -------
    dict of str to float64 (n_texts, n_answers)

    Raises
    ------
    InputError
        If there are fewer groups than folds.
    """
    codes = np.arange(len(texts)) if groups is None else pd.factorize(np.asarray(groups, object))[0]
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    if n_groups < max(n_folds, 2) or n_folds < 2:
        raise InputError(
            f"{len(texts):,} texts in {n_groups:,} groups cannot be put into {n_folds} folds. "
            "Label more, or take fewer folds (2 or more)."
        )
    order = np.random.default_rng(random_state).permutation(n_groups)
    fold = (order % n_folds)[codes]
    features = make_features(texts)
    found = {name: np.zeros((len(texts), len(answers))) for name, answers in outputs.items()}
    for k in range(n_folds):
        student = QuickStudent(outputs).fit(features[fold != k], labels[fold != k])
        for name, p in student.probabilities(features[fold == k]).items():
            found[name][fold == k] = p
    return found


def _words(column: pd.Series[Any]) -> npt.NDArray[np.object_]:
    """Turn a label column into plain strings, missing into the empty one."""
    return column.astype(object).where(column.notna(), "").to_numpy()
