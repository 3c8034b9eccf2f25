"""Clauses as sparse vectors of hashed n-grams, rare ones weighing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.ngrams import hash_clauses, unit_classes
from nlp_cx.text.normalize import normalize

N_COLUMNS = 1 << 16


def vectorize_clauses(clauses: Sequence[str]) -> Any:
    """Make a vector of length 1 of every clause.

    Parameters
    ----------
    clauses : sequence of str, shape (n_clauses,)

    Returns
    -------
    scipy.sparse.csr_array of float32, shape (n_clauses, N_COLUMNS)
        TF-IDF of n-grams, present or not; a clause without any has a row of zeros.

    Notes
    -----
    The n-grams of the models (`nlp_cx.text.ngrams`): 1 to 4 characters of Chinese, 1 to 3 words and
    parts of words of English, hashed to 65,536 columns. idf = ln((1 + n) / (1 + df)) + 1.

    Examples
    --------
    >>> vectors = vectorize_clauses(["味道不错", "味道不错", "parcel is late"])
    >>> (vectors @ vectors.T).toarray().round(2)[0].tolist()
    [1.0, 1.0, 0.0]
    """
    from scipy.sparse import csr_array, diags_array

    batch = TextBatch.from_strings(list(clauses))
    hashes, offsets = hash_clauses(
        normalize(batch.codes), batch.offsets[:-1], batch.offsets[1:], unit_classes()
    )
    columns = (hashes % np.uint64(N_COLUMNS)).astype(np.int32)
    matrix = csr_array(
        (np.ones(columns.size, np.float32), columns, offsets), shape=(len(batch), N_COLUMNS)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    frequency = np.bincount(matrix.indices, minlength=N_COLUMNS)
    idf = (np.log((1 + len(batch)) / (1 + frequency)) + 1).astype(np.float32)
    matrix.data *= idf[matrix.indices]
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (diags_array((1 / np.maximum(lengths, 1e-9)).astype(np.float32)) @ matrix).tocsr()
