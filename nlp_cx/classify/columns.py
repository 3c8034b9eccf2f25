"""Turn decoded arrays into Arrow columns, without a Python object per row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.classify.classifier import Scores
from nlp_cx.classify.decode import Decoded
from nlp_cx.classify.evidence import choose_evidence
from nlp_cx.schema import EVIDENCE, LANGUAGES, LOYALTIES, MENTIONED, POLARITIES, SENTIMENTS
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages


def label_column(codes: npt.NDArray[np.int8], values: tuple[str, ...]) -> pa.DictionaryArray:
    """Make a label column.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_rows,)
        Index into `values`; negative is missing.
    values : tuple of str

    Returns
    -------
    DictionaryArray of ``schema.LABEL``, shape (n_rows,)

    Examples
    --------
    >>> import numpy as np
    >>> label_column(np.array([1, -1], np.int8), ("no", "yes")).to_pylist()
    ['yes', None]
    """
    indices = _fixed_width(pa.int8(), codes, codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(values, pa.string()))


def number_column(values: npt.NDArray[np.float32]) -> pa.FloatArray:
    """Make a float32 column in which not-a-number is missing.

    Parameters
    ----------
    values : ndarray of float32, shape (n_rows,)

    Returns
    -------
    FloatArray, shape (n_rows,)
    """
    return _fixed_width(pa.float32(), values, np.isnan(values))


def truth_column(codes: npt.NDArray[np.int8]) -> pa.BooleanArray:
    """Make a column of truth values; negative is missing.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_rows,)

    Returns
    -------
    BooleanArray, shape (n_rows,)
    """
    return pa.array(codes > 0, mask=codes < 0)


def constant_column(value: str, n_rows: int) -> pa.DictionaryArray:
    """Make a label column with one value.

    Parameters
    ----------
    value : str
    n_rows : int

    Returns
    -------
    DictionaryArray of ``schema.LABEL``, shape (n_rows,)
    """
    return label_column(np.zeros(n_rows, np.int8), (value,))


def scored_columns(
    decoded: Decoded,
    languages: npt.NDArray[np.int8],
    drivers: tuple[str, ...],
    *,
    has_polarity: bool = True,
) -> dict[str, pa.Array]:
    """Make the columns of the scored table that come from the model.

    Parameters
    ----------
    decoded : Decoded
        Of n documents.
    languages : ndarray of int8, shape (n_rows,)
        Index into ``schema.LANGUAGES``; negative is missing.
    drivers : tuple of str
        Taxonomy ids.
    has_polarity : bool, default=True
        False for a model that was taught mentions alone: a label is then ``mentioned``.

    Returns
    -------
    dict of str to pyarrow.Array
        ``lang`` to ``mixed``, in schema order.
    """
    columns: dict[str, pa.Array] = {
        "lang": label_column(languages, LANGUAGES),
        "sentiment": label_column(decoded.sentiment, SENTIMENTS),
        "sentiment_score": number_column(decoded.sentiment_score),
    }
    for k, name in enumerate(SENTIMENTS):
        columns[f"p_{name}"] = number_column(decoded.probability[k])
    for d, driver in enumerate(drivers):
        mentioned = decoded.mentioned[d]
        polarity = np.where(mentioned, decoded.polarity[d], np.int8(-1))
        score = np.where(mentioned, decoded.driver_score[d], np.float32(np.nan))
        if has_polarity:
            columns[driver] = label_column(polarity, POLARITIES)
        else:
            columns[driver] = label_column(mentioned.astype(np.int8) - np.int8(1), MENTIONED)
        columns[f"{driver}_score"] = number_column(score)
        columns[f"p_{driver}"] = number_column(decoded.p_driver[d])
    columns["loyalty"] = label_column(decoded.loyalty, LOYALTIES)
    columns["mixed"] = truth_column(decoded.mixed)
    return columns


def evidence_batch(
    batch: TextBatch,
    doc_id: pa.Array,
    scores: Scores,
    clauses: Decoded,
    drivers: tuple[str, ...],
    *,
    has_polarity: bool = True,
) -> pa.RecordBatch:
    """Make the evidence table.

    Parameters
    ----------
    batch : TextBatch
        n documents.
    doc_id : Array, shape (n,)
    scores : Scores
        Of the documents.
    clauses : Decoded
        Of their clauses.
    drivers : tuple of str
        Taxonomy ids.
    has_polarity : bool, default=True
        False leaves ``driver_polarity`` missing.

    Returns
    -------
    RecordBatch, one row per labelled clause and driver, in text order
        See ``schema.EVIDENCE``.
    """
    index, driver, polarity = choose_evidence(
        scores.first_clause, scores.clause_logits, clauses, scores.documents
    )
    document = np.repeat(np.arange(len(batch)), np.diff(scores.first_clause))[index]
    starts, ends = scores.starts[index], scores.ends[index]
    offset = batch.offsets[document]
    place = np.maximum(driver, 0).astype(np.int64), index
    blank = np.where(driver < 0, np.float32(np.nan), np.float32(0))
    arrays = [
        doc_id.take(pa.array(document)),
        pa.array((index - scores.first_clause[document]).astype(np.int32)),
        pa.array((starts - offset).astype(np.int32)),
        pa.array((ends - offset).astype(np.int32)),
        batch.spans(starts, ends).to_arrow(),
        label_column(detect_languages(batch.codes, starts, ends), LANGUAGES),
        label_column(clauses.sentiment[index], SENTIMENTS),
        number_column(clauses.sentiment_score[index]),
        label_column(driver, drivers),
        label_column(polarity if has_polarity else np.full_like(polarity, -1), POLARITIES),
        number_column(clauses.driver_score[place] + blank),
        number_column(clauses.p_driver[place] + blank),
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(EVIDENCE.names))


def _fixed_width(
    type_: pa.DataType, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]
) -> Any:
    """Wrap an array as Arrow values, without a copy."""
    validity = None
    if missing.any():
        validity = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(type_, len(values), [validity, data])
