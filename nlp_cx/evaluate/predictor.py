"""What can be evaluated: anything that turns texts into the columns of the scored table."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from nlp_cx.pipeline import FeedbackPipeline, load

Predictor = Callable[[Sequence[str]], pd.DataFrame]
"""Texts in; out, one row per text: ``sentiment, p_negative, p_neutral, p_positive``, per driver
``<driver>`` and ``p_<driver>``, ``loyalty``, as in the scored table. Missing is *not mentioned*."""

Trainer = Callable[[pd.DataFrame, Mapping[str, pd.DataFrame]], Predictor]
"""Training examples as `nlp_cx.corpus.examples.load_examples` gives them and the dev splits as
`nlp_cx.corpus.examples.load_test_sets` gives them in; out what was learned from them alone."""


@dataclass(frozen=True, slots=True)
class System:
    """A model under test.

    Parameters
    ----------
    name : str
        As the user calls it.
    id : str
        Name and version.
    predict : callable
        Texts to scored columns.
    evidence : callable, optional
        Texts to the evidence table, ``doc_id`` being the position of the text.
    """

    name: str
    id: str
    predict: Predictor
    evidence: Callable[[Sequence[str]], pd.DataFrame] | None = None


def load_predictor(model: str | os.PathLike[str]) -> Predictor:
    """Give a saved model as a predictor: exactly what a user of the library gets.

    Parameters
    ----------
    model : str or path
        Name of a shipped model, or a model folder.

    Returns
    -------
    callable

    Raises
    ------
    ModelError
        If the model is missing, damaged or foreign.
    """
    return as_predictor(load(model))


def as_predictor(pipeline: FeedbackPipeline) -> Predictor:
    """Give a pipeline as a predictor.

    Parameters
    ----------
    pipeline : FeedbackPipeline

    Returns
    -------
    callable

    Examples
    --------
    >>> from nlp_cx.pipeline import load
    >>> as_predictor(load("fast"))(["客服态度太差了"])["service"].tolist()
    ['negative']
    """

    def predict(texts: Sequence[str]) -> pd.DataFrame:
        table = pa.table({"text": pa.array(texts, pa.large_string())})
        scored = pipeline.score(table, text="text").drop_columns(["text"]).to_pandas()
        labels = scored.select_dtypes("category").columns
        return scored.astype(dict.fromkeys(labels, object))

    return predict
