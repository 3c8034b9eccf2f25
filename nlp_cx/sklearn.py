"""Scores of texts as features for scikit-learn."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sklearn.base import BaseEstimator, TransformerMixin

from nlp_cx.errors import InputError, ModelError
from nlp_cx.frames import open_frame, open_texts
from nlp_cx.pipeline import FeedbackPipeline, load
from nlp_cx.read.columns import is_text
from nlp_cx.schema import LABEL, SENTIMENTS, Column, scored_schema
from nlp_cx.taxonomy import load_taxonomy

_DRIVERS = load_taxonomy().ids

FAMILIES = {
    "probabilities": (*(f"p_{name}" for name in SENTIMENTS), *(f"p_{name}" for name in _DRIVERS)),
    "scores": ("sentiment_score", *(f"{name}_score" for name in _DRIVERS)),
    "labels": ("sentiment", *_DRIVERS, "loyalty", "mixed"),
}
"""Columns of the scored table that make the features of each name."""


class FeedbackFeatures(TransformerMixin, BaseEstimator):
    """Turn texts into numbers that a scikit-learn estimator can use.

    Parameters
    ----------
    model : str or path, default="fast"
        Name of a shipped model, or a model folder.
    features : {"all", "probabilities", "scores", "labels"}, default="all"
        ``probabilities``: ``p_negative``, ``p_neutral``, ``p_positive`` and ``p_<driver>`` of a
        mention, 0 to 1. ``scores``: ``sentiment_score`` and ``<driver>_score``, -1 to 1, which is
        missing where the driver is not mentioned. ``labels``: 0 or 1 for ``sentiment_<label>``,
        ``<driver>_<polarity>`` (all four 0: not mentioned), ``loyalty_<label>`` and ``mixed``.
        ``all``: these in this order.
    text : str, optional
        The text column of a frame of several columns; found by its name when not given.
    fill : float, optional
        Number for what is missing: the score of a driver that is not mentioned, and everything in
        a text about which nothing can be said. Not a number when not given; estimators that
        cannot take that (most linear ones) need a number here, or an imputer behind. With
        ``fill=0.0`` a driver that is not mentioned has the score of a balanced one, so keep
        ``p_<driver>`` or the labels beside the scores.
    workers : int, default=1
        Threads. The result does not depend on it.

    Notes
    -----
    Nothing is learned from the data: `fit` loads the model and checks its input. The model is
    loaded once for each object; clones and pickles hold the parameters alone.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> texts = ["很好，下次还来", "Never again.", "味道不错", "太差了", "ok", None]
    >>> stays = [1, 0, 1, 0, 1, 1]
    >>> churn = make_pipeline(FeedbackFeatures(fill=0.0), LogisticRegression()).fit(texts, stays)
    >>> churn.predict(["再也不来了"]).tolist()
    [0]
    >>> FeedbackFeatures(features="scores").get_feature_names_out().tolist()[:3]
    ['sentiment_score', 'product_score', 'service_score']
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = "fast",
        features: str = "all",
        *,
        text: str | None = None,
        fill: float | None = None,
        workers: int = 1,
    ) -> None:
        self.model = model
        self.features = features
        self.text = text
        self.fill = fill
        self.workers = workers

    def fit(self, X: Any, y: Any = None) -> FeedbackFeatures:  # noqa: N803
        """Load the model and check the input.

        Parameters
        ----------
        X : sequence or Series of str or None, shape (n_texts,), or DataFrame
            As for `transform`.
        y : ignored

        Returns
        -------
        FeedbackFeatures
            Itself.

        Raises
        ------
        InputError
            If a parameter is not one of those allowed, or `X` holds no text.
        ModelError
            If the model is missing, damaged or foreign.
        """
        self._columns()
        self._load()
        self._read(X)
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:  # noqa: N803
        """Score texts.

        Parameters
        ----------
        X : sequence or Series of str or None, shape (n_texts,), or DataFrame
            Of a frame of one column that column; see `text` for others.

        Returns
        -------
        ndarray of float32, shape (n_texts, n_features)
            Columns as in `get_feature_names_out`.

        Raises
        ------
        InputError
            If `X` holds no text.
        """
        table, text = self._read(X)
        scored = self._load().score(table, text=text, workers=self.workers)
        is_known = scored.column("sentiment").is_valid().to_numpy()
        values = np.empty((scored.num_rows, len(self.get_feature_names_out())), np.float32)
        k = 0
        for column in self._columns():
            cells = scored.column(column.name)
            if column.type == LABEL:
                labels = cells.cast(pa.string()).to_numpy()
                for label in column.values:
                    values[:, k] = np.where(is_known, labels == label, np.nan)
                    k += 1
            else:
                values[:, k] = cells.cast(pa.float32()).to_numpy()
                k += 1
        if self.fill is not None:
            values[np.isnan(values)] = self.fill
        return values

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Name the features.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str, shape (n_features,)
        """
        names = [
            name
            for column in self._columns()
            for name in [f"{column.name}_{label}" for label in column.values] or [column.name]
        ]
        return np.array(names, dtype=object)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the model out."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_pipeline"}

    def __sklearn_is_fitted__(self) -> bool:
        """Tell that there is nothing to learn."""
        return True

    def __sklearn_tags__(self) -> Any:
        """Tell that texts go in, and that missing ones may."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        return tags

    def _columns(self) -> list[Column]:
        """List the scored columns that are wanted."""
        if self.features != "all" and self.features not in FAMILIES:
            raise InputError(
                f"features is {self.features!r}, expected 'all', {', '.join(map(repr, FAMILIES))}"
            )
        families = list(FAMILIES) if self.features == "all" else [self.features]
        columns = {column.name: column for column in scored_schema().columns}
        return [columns[name] for family in families for name in FAMILIES[family]]

    def _load(self) -> FeedbackPipeline:
        """Load the model, once."""
        pipeline: FeedbackPipeline | None = self.__dict__.get("_pipeline")
        if pipeline is None or pipeline.model != self.model:
            pipeline = self._pipeline = load(self.model)
        if pipeline.drivers != _DRIVERS or not pipeline.has_polarity:
            raise ModelError(
                f"model {pipeline.model_id}: its labels are {', '.join(pipeline.drivers)}; "
                f"FeedbackFeatures needs the six experience drivers with polarity. Use "
                "FeedbackPipeline.score for other taxonomies."
            )
        return pipeline

    def _read(self, X: Any) -> tuple[pa.Table, str]:  # noqa: N803
        """Give the texts as a table, and the name of their column."""
        if isinstance(X, np.ndarray):
            X = pd.DataFrame(X)  # noqa: N806
        if isinstance(X, pd.DataFrame) and X.shape[1] != 1:
            table, roles = open_frame(X, text=self.text)
            return table, roles.text
        table = open_texts(X.iloc[:, 0] if isinstance(X, pd.DataFrame) else X)
        if not is_text(table.schema.field("text").type):
            raise InputError(f"got {table.schema.field('text').type}, expected texts or None")
        return table, "text"
