"""A scored table as arrays of codes: which rows are documents and texts, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.design import code_clusters
from nlp_cx.errors import SchemaError
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]

MEASURES = ("mentioned", *POLARITIES)
"""What can be said of a driver. Negative and positive hold the mixed ones too."""


@dataclass(frozen=True, slots=True)
class ScoredTexts:
    """What a scored table says, by row.

    Attributes
    ----------
    is_document : ndarray of bool, shape (n_rows,)
        A customer's document, with or without text.
    is_text : ndarray of bool, shape (n_rows,)
        A document in which something was scored.
    sentiment : ndarray of int8, shape (n_rows,)
        Position in `SENTIMENTS`; -1 where nothing was scored.
    drivers : dict of str to ndarray of int8, shape (n_rows,)
        Position in `POLARITIES`; -1 where not mentioned.
    clusters : ndarray of int64 or None
        Customers; None where every row is one.
    """

    is_document: Flags
    is_text: Flags
    sentiment: Codes
    drivers: dict[str, Codes]
    clusters: Ints | None

    def says(self, driver: str, measure: str) -> Flags:
        """Tell which rows mention a driver so, one of `MEASURES`."""
        codes = self.drivers[driver]
        if measure == "mentioned":
            return codes >= 0
        found = codes == POLARITIES.index(measure)
        if measure in ("negative", "positive"):
            found |= codes == POLARITIES.index("mixed")
        return found


def take_columns(
    table: pd.DataFrame | pa.Table, names: Sequence[str], *, optional: Sequence[str] = ()
) -> pd.DataFrame:
    """Take the columns that are needed, and no others.

    Parameters
    ----------
    table : DataFrame or pyarrow.Table
    names : sequence of str
        Have to be there.
    optional : sequence of str
        Taken where they are there.

    Returns
    -------
    DataFrame, index 0, 1, …
        Dictionaries of Arrow are categoricals.

    Raises
    ------
    SchemaError
        If columns are missing; all are named.

    Examples
    --------
    >>> take_columns(pa.table({"a": [1], "b": [2]}), ["a"], optional=["c"]).columns.tolist()
    ['a']
    """
    there = [str(name) for name in (table.column_names if isinstance(table, pa.Table) else table)]
    missing = [repr(name) for name in dict.fromkeys(names) if name not in there]
    if missing:
        raise SchemaError(f"no column {', '.join(missing)}. The table has {', '.join(there)}.")
    taken = list(dict.fromkeys([*names, *(name for name in optional if name in there)]))
    if isinstance(table, pa.Table):
        return table.select(taken).to_pandas()
    return table[taken].reset_index(drop=True)


def read_texts(
    scored: pd.DataFrame | pa.Table,
    *,
    drivers: Sequence[str] | None = None,
    cluster: str | None = None,
) -> ScoredTexts:
    """Read what a scored table says.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per input row
        ``sentiment``, driver columns, and of chats ``speaker``: rows of agents, bots and unknown
        speakers are no documents.
    drivers : sequence of str, optional
        The six experience drivers, as far as they are there, when not given.
    cluster : str, optional
        A column of customers.

    Returns
    -------
    ScoredTexts

    Raises
    ------
    SchemaError
        If a column is missing or holds an unknown label.

    Examples
    --------
    >>> scored = pd.DataFrame({"sentiment": ["negative", None], "price": ["mixed", None]})
    >>> texts = read_texts(scored)
    >>> texts.is_text.tolist(), texts.says("price", "negative").tolist()
    ([True, False], [True, False])
    """
    asked = list(load_taxonomy().ids if drivers is None else drivers)
    needed = ["sentiment", *(asked if drivers is not None else ()), *([cluster] if cluster else ())]
    frame = take_columns(scored, needed, optional=["speaker", *asked])
    is_document = np.ones(len(frame), np.bool_)
    if "speaker" in frame.columns:
        speaker = frame["speaker"]
        is_document = (speaker.isna() | (speaker == "customer")).to_numpy(np.bool_)
    sentiment = code_labels(frame["sentiment"], SENTIMENTS)
    is_text = is_document & (sentiment >= 0)
    sentiment[~is_text] = -1
    codes = {}
    for driver in asked:
        if driver in frame.columns:
            codes[driver] = code_labels(frame[driver], POLARITIES)
            codes[driver][~is_text] = -1
    clusters = None
    if cluster is not None:
        clusters = code_clusters(frame, cluster, np.arange(len(frame), dtype=np.int64))
    return ScoredTexts(is_document, is_text, sentiment, codes, clusters)


def code_labels(values: pd.Series, labels: Sequence[str]) -> Codes:
    """Give labels as their positions.

    Parameters
    ----------
    values : Series
    labels : sequence of str

    Returns
    -------
    ndarray of int8, shape (n_rows,)
        -1 where missing.

    Raises
    ------
    SchemaError
        If a value is none of `labels`.

    Examples
    --------
    >>> code_labels(pd.Series(["b", None, "a"], name="x"), ["a", "b"]).tolist()
    [1, -1, 0]
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, found = values.cat.codes.to_numpy(), list(values.cat.categories)
    else:
        codes, distinct = pd.factorize(values)
        found = list(distinct)
    place = np.array([labels.index(value) if value in labels else -2 for value in found] + [-1])
    result = place[codes].astype(np.int8)
    bad = result == -2
    if bad.any():
        first = found[int(codes[np.flatnonzero(bad)[0]])]
        raise SchemaError(
            f"column {values.name!r} holds {first!r:.40} in {int(bad.sum()):,} rows, expected "
            f"{', '.join(labels)} or nothing"
        )
    return result
