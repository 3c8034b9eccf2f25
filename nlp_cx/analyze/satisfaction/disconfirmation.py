"""How experience compared with expectation, driver by driver, as customers said it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.analyze.satisfaction.cues import DIRECTIONS
from nlp_cx.errors import SchemaError
from nlp_cx.taxonomy import Taxonomy, load_taxonomy

BY_SENTIMENT = (
    "unexpected",
    "adverb_of_surprise",
    "than_imagined",
    "not_what_imagined",
    "surprised",
    "other_than_thought",
    "advert_differs",
    "than_own_earlier",
)
"""Cues that say *other than expected*; whether that was good, the rest of the clause says."""

DISCONFIRMATION_NOTE = (
    "Of the mentions with a stated comparison only; most customers state none, and those who do "
    "need not be like the others."
)


def link_drivers(
    expectations: pd.DataFrame, evidence: pd.DataFrame, *, min_score: float = 0.3
) -> pd.DataFrame:
    """Tell which drivers each sign of an expectation is about, by the model's clause labels.

    Parameters
    ----------
    expectations : DataFrame
        From `find_expectations`.
    evidence : DataFrame
        The evidence table of the same documents (`schema.EVIDENCE`): ``doc_id, clause_index,
        driver, driver_score, sentiment_score``.
    min_score : float, default=0.3
        Where the words leave the direction open and the sign only says *other than expected*, it
        is taken from the model: better from a score of `min_score` on, worse down from minus that,
        missing between. 0 to 1.

    Returns
    -------
    DataFrame, one row per sign and driver of its clause; order of `expectations`
        The columns of `expectations`; ``driver`` (missing: the clause has none);
        ``direction_from``: words, model (its score of the driver, or of the clause where there is
        no driver), or missing with the direction.

    Raises
    ------
    SchemaError
        If a column is missing.

    Examples
    --------
    >>> from nlp_cx.analyze import find_expectations
    >>> documents = pd.DataFrame({"doc_id": [0], "text": ["房间比想象中小，服务没得说"]})
    >>> evidence = pd.DataFrame({
    ...     "doc_id": [0], "clause_index": [0], "driver": ["product"], "driver_score": [-0.9],
    ...     "sentiment_score": [-0.9]})
    >>> linked = link_drivers(find_expectations(documents), evidence)
    >>> linked[["span", "direction", "direction_from", "driver"]].to_numpy().tolist()
    [['比想象中', 'worse', 'model', 'product']]
    """
    needed = {"doc_id", "clause_index", "driver", "driver_score", "sentiment_score"}
    if missing := sorted(needed - set(evidence.columns)):
        raise SchemaError(f"not an evidence table: no column {', '.join(missing)}")
    keys = ["doc_id", "clause_index"]
    labels = evidence[[*keys, "driver", "driver_score", "sentiment_score"]]
    linked = expectations.merge(labels, how="left", on=keys, sort=False)
    said = linked["direction"].astype("object")
    linked["direction_from"] = pd.Series("words", linked.index, "string").where(said.notna())
    score = linked["driver_score"].fillna(linked["sentiment_score"]).astype(np.float64)
    is_open = said.isna() & linked["cue"].isin(BY_SENTIMENT) & (score.abs() >= min_score)
    linked["direction"] = pd.Categorical(
        said.mask(is_open, np.where(score > 0, "better", "worse")), DIRECTIONS
    )
    linked.loc[is_open, "direction_from"] = "model"
    return linked.drop(columns=["driver_score", "sentiment_score"])


def disconfirmation_by_driver(
    linked: pd.DataFrame,
    *,
    taxonomy: Taxonomy | None = None,
    confidence: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Compare experience with expectation per driver, from what customers said.

    Parameters
    ----------
    linked : DataFrame
        From `link_drivers`.
    taxonomy : Taxonomy, optional
        The drivers; the six experience drivers when not given.
    confidence : float, default=0.95
    min_n : int, default=10
        With fewer documents that state a direction the shares are missing.

    Returns
    -------
    DataFrame, one row per driver, taxonomy order
        ``driver``; ``n_better, n_as_expected, n_worse`` (documents; one that says several counts in
        each), ``n`` (documents with any direction); ``worse, worse_low, worse_high`` and ``better,
        better_low, better_high`` (shares of n, Wilson); ``n_words`` (documents whose direction is
        in the words, not from the model); ``interval``; ``reason``.

        This is how the experience compared as customers tell it, not satisfaction = experience -
        expectation on a scale: for that, ask for the expectation (`satisfaction_gap`).

    Raises
    ------
    SchemaError
        If a column is missing.

    Examples
    --------
    >>> from nlp_cx.analyze import find_expectations
    >>> documents = pd.DataFrame({"doc_id": [0], "text": ["房间比想象中小，服务没得说"]})
    >>> evidence = pd.DataFrame({
    ...     "doc_id": [0], "clause_index": [0], "driver": ["product"], "driver_score": [-0.9],
    ...     "sentiment_score": [-0.9]})
    >>> linked = link_drivers(find_expectations(documents), evidence)
    >>> table = disconfirmation_by_driver(linked, min_n=1)
    >>> table[["driver", "n_worse", "worse"]].head(2)
        driver  n_worse  worse
    0  product        1    1.0
    1  service        0    NaN
    """
    if missing := [name for name in ("driver", "direction_from") if name not in linked]:
        raise SchemaError(f"no column {', '.join(missing)}: give the table of link_drivers")
    stated = linked[linked["direction"].notna() & linked["driver"].notna()]
    stated = stated.astype({"driver": "object", "direction": "object"})
    drivers = (taxonomy or load_taxonomy()).ids
    documents = stated.groupby(["driver", "direction"])["doc_id"].nunique()
    rows = []
    for driver in drivers:
        mine = stated[stated["driver"] == driver]
        n_words = mine.loc[mine["direction_from"] == "words", "doc_id"].nunique()
        counts = [int(documents.get((driver, direction), 0)) for direction in DIRECTIONS]
        rows.append((driver, *counts, mine["doc_id"].nunique(), n_words))
    names = ["driver", *(f"n_{direction}" for direction in DIRECTIONS), "n", "n_words"]
    result = pd.DataFrame(rows, columns=names)
    enough = result["n"] >= max(min_n, 1)
    for direction in ("worse", "better"):
        k = result[f"n_{direction}"]
        low, high = wilson_interval(k, result["n"], confidence)
        result[direction] = (k / result["n"].where(enough)).astype(np.float64)
        result[f"{direction}_low"] = np.where(enough, low, np.nan)
        result[f"{direction}_high"] = np.where(enough, high, np.nan)
    result["interval"] = "Wilson"
    result["reason"] = pd.array(
        [
            None if ok else f"documents: {n}, fewer than {min_n}"
            for ok, n in zip(enough, result["n"], strict=True)
        ],
        "string",
    )
    result.attrs["note"] = DISCONFIRMATION_NOTE
    return result
