"""How much a label of a text is in doubt: by one model's probabilities, or by two models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.schema import SENTIMENTS

Numbers = npt.NDArray[np.float64]


class Chances(NamedTuple):
    """What a model says of n texts and D drivers, as numbers.

    Parameters
    ----------
    sentiment : float64 (n, 3)
        Probabilities in the order of ``schema.SENTIMENTS``; not a number where nothing was scored,
        or the model was not taught sentiment.
    label : int64 (n,)
        Index of the sentiment that was given; -1 where none was.
    mention : float64 (n, D)
        Probability that the driver is mentioned.
    is_found : bool (n, D)
        The model says that it is mentioned.
    polarity : float64 (n, D)
        P(positive) - P(negative) given a mention, -1 to 1; not a number where it is not mentioned,
        or the model was not taught polarities.
    """

    sentiment: Numbers
    label: npt.NDArray[np.int64]
    mention: Numbers
    is_found: npt.NDArray[np.bool_]
    polarity: Numbers

    @property
    def is_scored(self) -> npt.NDArray[np.bool_]:
        """Tell which texts have probabilities."""
        return np.asarray(~np.isnan(np.column_stack([self.sentiment, self.mention])).all(axis=1))


def read_chances(scored: pa.RecordBatch | pa.Table, drivers: Sequence[str]) -> Chances:
    """Take the probabilities out of a scored table.

    Parameters
    ----------
    scored : RecordBatch or Table, shape (n, …)
        See `nlp_cx.schema.scored_schema`.
    drivers : sequence of str

    Returns
    -------
    Chances

    Raises
    ------
    InputError
        If a column is missing.
    """
    needed = [f"p_{name}" for name in (*SENTIMENTS, *drivers)]
    needed += ["sentiment", *drivers, *(f"{driver}_score" for driver in drivers)]
    missing = [name for name in needed if name not in scored.schema.names]
    if missing:
        raise InputError(
            f"no column {missing[0]!r} (and {len(missing) - 1} more): expected the full scored "
            "table. Score the texts with columns='full'."
        )

    def numbers(names: Sequence[str]) -> Numbers:
        columns = [_numpy(scored.column(name)) for name in names]
        return np.column_stack(columns) if columns else np.zeros((scored.num_rows, 0))

    words = scored.column("sentiment").cast(pa.string()).to_pylist()
    codes = {name: k for k, name in enumerate(SENTIMENTS)}
    return Chances(
        numbers([f"p_{name}" for name in SENTIMENTS]),
        np.array([codes.get(word, -1) for word in words], np.int64),
        numbers([f"p_{driver}" for driver in drivers]),
        _is_found(scored, drivers),
        numbers([f"{driver}_score" for driver in drivers]),
    )


def doubts(chances: Chances) -> Numbers:
    """Give the probability that each label of a text is wrong, as the model itself sees it.

    Parameters
    ----------
    chances : Chances

    Returns
    -------
    ndarray of float64, shape (n, 1 + D)
        Of the sentiment and of each driver, 0 to 1; not a number where nothing was scored. The sum
        of a row, without these, is the expected number of wrong labels.

    Notes
    -----
    Sentiment: 1 - P(label). A driver that was not found: P(mention). One that was found: either it
    is not there, 1 - P(mention), or its polarity is wrong, P(mention) (1 - abs(polarity)) / 2. The
    probabilities of the shipped models are calibrated, so this is a number of errors and not only
    an order.

    Examples
    --------
    >>> sure = Chances(np.array([[0.1, 0.1, 0.8]]), np.array([2]), np.array([[0.9, 0.2]]),
    ...                np.array([[True, False]]), np.array([[1.0, np.nan]]))
    >>> doubts(sure).round(2).tolist()
    [[0.2, 0.1, 0.2]]
    """
    rows = np.arange(len(chances.label))
    chosen = np.where(chances.label < 0, 0, chances.label)
    # Without a polarity there is none to be wrong.
    wrong_sign = (1 - np.abs(np.where(np.isnan(chances.polarity), 1, chances.polarity))) / 2
    p = chances.mention
    drivers = np.where(chances.is_found, 1 - p + p * wrong_sign, p)
    return np.column_stack([1 - chances.sentiment[rows, chosen], drivers])


def disputes(first: Chances, second: Chances) -> Numbers:
    """Give how far two models differ about each label of a text.

    Parameters
    ----------
    first, second : Chances
        Of the same n texts and D drivers.

    Returns
    -------
    ndarray of float64, shape (n, 1 + D)
        Total variation distance of sentiment (and of mention and polarity of each driver), 0 to 1;
        not a number where one of them scored nothing.

    Notes
    -----
    A driver has the outcomes absent, negative and positive; where a model finds none, its polarity
    is not known and is taken to be that of the other, so that only the mention is in dispute.

    Examples
    --------
    >>> one = Chances(np.array([[0.0, 0.0, 1.0]]), np.array([2]), np.array([[0.9]]),
    ...               np.array([[True]]), np.array([[1.0]]))
    >>> two = one._replace(mention=np.array([[0.8]]), polarity=np.array([[-1.0]]))
    >>> disputes(one, two).round(2).tolist()
    [[0.0, 0.9]]
    """
    sentiment = np.abs(first.sentiment - second.sentiment).sum(axis=1) / 2
    p, q = first.mention, second.mention
    s = np.where(np.isnan(first.polarity), second.polarity, first.polarity)
    t = np.where(np.isnan(second.polarity), first.polarity, second.polarity)
    s, t = np.nan_to_num(s), np.nan_to_num(t)
    absent = np.abs(p - q)
    positive = np.abs(p * (1 + s) - q * (1 + t)) / 2
    negative = np.abs(p * (1 - s) - q * (1 - t)) / 2
    return np.column_stack([sentiment, (absent + positive + negative) / 2])


def _is_found(scored: pa.RecordBatch | pa.Table, drivers: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which drivers have a label."""
    columns = [np.asarray(scored.column(d).is_valid(), bool) for d in drivers]
    return np.column_stack(columns) if columns else np.zeros((scored.num_rows, 0), bool)


def _numpy(column: pa.Array | pa.ChunkedArray) -> Numbers:
    """Give a column of numbers, missing as not a number."""
    return np.asarray(column.cast(pa.float64()), np.float64)
