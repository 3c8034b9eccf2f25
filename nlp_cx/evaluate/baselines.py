"""What an able outsider would train on the same texts: TF-IDF and logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.corpus.layout import LABEL_COLUMNS
from nlp_cx.evaluate.predictor import Predictor
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.chinese_words import load_jieba

Cut = Callable[[str], list[str]]

ABSENT = {"loyalty": "none", **dict.fromkeys(load_taxonomy().ids, "not_mentioned")}
"""The label of an output that says that there is nothing."""


def train_majority(examples: pd.DataFrame, dev: Mapping[str, pd.DataFrame]) -> Predictor:
    """Learn the commonest label of every output in the gold texts, and always give that.

    Parameters
    ----------
    examples : DataFrame
        As `nlp_cx.corpus.examples.load_examples` gives it.
    dev : mapping of str to DataFrame
        Not used.

    Returns
    -------
    Predictor
    """
    return repeat_majority(examples[examples["source"] == "gold"])


def repeat_majority(examples: pd.DataFrame) -> Predictor:
    """Learn the commonest label of every output, and always give that.

    Parameters
    ----------
    examples : DataFrame
        As `nlp_cx.corpus.examples.load_examples` gives it, e.g. of one data set. An output that
        it does not label is never said to be there.

    Returns
    -------
    Predictor

    Examples
    --------
    >>> texts = pd.DataFrame({name: ["positive"] * 2 for name in LABEL_COLUMNS})
    >>> texts["price"] = None
    >>> repeat_majority(texts)(["any"])[["sentiment", "service", "price"]].values.tolist()
    [['positive', 'positive', None]]
    """
    common = {}
    for output in LABEL_COLUMNS:
        labels = _targets(examples, output).mode()
        common[output] = ABSENT.get(output) if labels.empty else labels.iloc[0]

    def predict(texts: Sequence[str]) -> pd.DataFrame:
        frame = pd.DataFrame(index=range(len(texts)), dtype=object)
        for output, label in common.items():
            frame[output] = None if label == ABSENT.get(output) else label
        for name in SENTIMENTS:
            frame[f"p_{name}"] = float(name == common["sentiment"])
        for driver in load_taxonomy().ids:
            frame[f"p_{driver}"] = float(common[driver] != "not_mentioned")
        return frame

    return predict


def train_words(
    examples: pd.DataFrame, dev: Mapping[str, pd.DataFrame], *, cut: Cut | None = None
) -> Predictor:
    """Learn from all texts: TF-IDF of jieba words 1-2, a logistic regression for every label.

    Parameters
    ----------
    examples : DataFrame
        As `nlp_cx.corpus.examples.load_examples` gives it. An output learns from every text that
        has a label of it, weighted by ``weight``.
    dev : mapping of str to DataFrame
        Not used.
    cut : callable, optional
        Cuts a text into words; :func:`load_word_cutter` gives the usual one.

    Returns
    -------
    Predictor

    Notes
    -----
    C = 10, each label against the rest. One multinomial regression an output is no better here
    (80,000 texts, test splits: 0.848 against 0.851 accuracy on chnsenticorp_zh, 0.861 against
    0.859 on
    amazon_polarity10k_en) and takes six times as long.
    """
    vectorizer = words_vectorizer(cut or load_word_cutter())
    return _fit(vectorizer, examples, _OneAgainstRest)


def train_gold(
    examples: pd.DataFrame, dev: Mapping[str, pd.DataFrame], *, cut: Cut | None = None
) -> Predictor:
    """Learn from the gold texts alone: TF-IDF of characters 1-4 and jieba words 1-2, balanced.

    Parameters
    ----------
    examples, dev, cut
        As for `train_words`; only examples whose ``source`` is ``gold`` are used.

    Returns
    -------
    Predictor

    Notes
    -----
    The baseline that was published with the gold set: logistic regression, C = 10, classes
    balanced. There it was trained on train and dev, here on train alone.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion

    characters = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2, dtype=np.float32
    )
    words = words_vectorizer(cut or load_word_cutter())
    union = FeatureUnion([("characters", characters), ("words", words)])

    def balanced() -> Any:
        return LogisticRegression(C=10, max_iter=200, class_weight="balanced")

    return _fit(union, examples[examples["source"] == "gold"], balanced)


class _OneAgainstRest:
    """Logistic regressions of every class against the rest, fitted by dual coordinate descent."""

    def fit(
        self, features: Any, target: npt.NDArray[np.str_], weight: npt.NDArray[np.float64]
    ) -> _OneAgainstRest:
        """Fit one regression a class."""
        from sklearn.linear_model import LogisticRegression

        self.classes_ = np.unique(target)
        self._heads = [
            LogisticRegression(C=10, solver="liblinear", dual=True, random_state=0).fit(
                features, target == name, weight
            )
            for name in self.classes_
        ]
        return self

    def predict_proba(self, features: Any) -> npt.NDArray[np.float64]:
        """Give the probability of every class; they sum to 1."""
        p = np.column_stack([head.predict_proba(features)[:, 1] for head in self._heads])
        return p / p.sum(axis=1, keepdims=True)


def load_word_cutter() -> Cut:
    """Give a function that cuts a text into jieba's words (HMM on) in lower case, without spaces.

    Returns
    -------
    callable

    Examples
    --------
    >>> load_word_cutter()("味道很好 but Slow")
    ['味道', '很', '好', 'but', 'slow']
    """
    cut = load_jieba((), use_hmm=True)

    def cut_words(text: str) -> list[str]:
        return [word for word in cut(text.lower()) if not word.isspace()]

    return cut_words


def words_vectorizer(cut: Cut) -> Any:
    """Give a TfidfVectorizer of words and pairs of words that occur in two texts or more."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        tokenizer=cut,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, 2),
        sublinear_tf=True,
        min_df=2,
        dtype=np.float32,
    )


def _fit(vectorizer: Any, examples: pd.DataFrame, make_head: Callable[[], Any]) -> Predictor:
    """Fit one classifier per output on the texts that have a label of it."""
    features = vectorizer.fit_transform(examples["text"])
    weight = examples["weight"].to_numpy(np.float64)
    heads = {}
    for output in LABEL_COLUMNS:
        target = _targets(examples, output)
        known = target.notna().to_numpy()
        if target.nunique() > 1:
            heads[output] = make_head().fit(
                features[known], target[known].to_numpy(str), weight[known]
            )

    def predict(texts: Sequence[str]) -> pd.DataFrame:
        matrix = vectorizer.transform(texts)
        frame = pd.DataFrame(index=range(len(texts)))
        for output, head in heads.items():
            p = head.predict_proba(matrix)
            _put(frame, output, p, head.classes_)
        return frame.reindex(columns=_COLUMNS)

    return predict


def _put(
    frame: pd.DataFrame, output: str, p: npt.NDArray[np.floating], classes: npt.NDArray[np.str_]
) -> None:
    """Add the columns of one output, given the probabilities of its classes."""
    label = pd.Series(classes[p.argmax(axis=1)], frame.index, dtype=object)
    frame[output] = label.where(label != ABSENT.get(output), None)
    if output == "sentiment":
        for name, column in zip(classes, p.T, strict=True):
            frame[f"p_{name}"] = column
    elif output != "loyalty":
        frame[f"p_{output}"] = 1 - p[:, classes == "not_mentioned"].sum(axis=1)


def _targets(examples: pd.DataFrame, output: str) -> pd.Series[str]:
    """Give what an output is to learn; missing where the text does not teach it."""
    labels = examples[output]
    if output == "sentiment":
        return labels.replace("mixed", "neutral")
    return labels.where(labels.isin([*POLARITIES, ABSENT[output]]))


_COLUMNS = [
    *("sentiment", *(f"p_{name}" for name in SENTIMENTS)),
    *(name for driver in load_taxonomy().ids for name in (driver, f"p_{driver}")),
    "loyalty",
]
