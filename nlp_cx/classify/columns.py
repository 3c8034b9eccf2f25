"""Turn decoded arrays into Arrow columns, without a Python object per row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.classify.decode import Decoded
from nlp_cx.schema import LANGUAGES, LOYALTIES, POLARITIES, SENTIMENTS


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
    decoded: Decoded, languages: npt.NDArray[np.int8], drivers: tuple[str, ...]
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
        columns[driver] = label_column(polarity, POLARITIES)
        columns[f"{driver}_score"] = number_column(score)
        columns[f"p_{driver}"] = number_column(decoded.p_driver[d])
    columns["loyalty"] = label_column(decoded.loyalty, LOYALTIES)
    columns["mixed"] = truth_column(decoded.mixed)
    return columns


def _fixed_width(
    type_: pa.DataType, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]
) -> Any:
    """Wrap an array as Arrow values, without a copy."""
    validity = None
    if missing.any():
        validity = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(type_, len(values), [validity, data])
