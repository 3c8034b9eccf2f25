"""N-gram features of training texts: hashed once, then looked up in a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.classify.hashed_kernel import MAX_CLAUSES, WAYS, find_rows
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.ngrams import hash_clauses, unit_classes
from nlp_cx.text.normalize import normalize

_CHUNK = 50_000


class Hashes(NamedTuple):
    """All n-grams of n texts.

    Parameters
    ----------
    values : uint64 (n_hashes,)
    clause_offsets : int64 (n_clauses + 1,)
        Clause c holds ``values[clause_offsets[c]:clause_offsets[c + 1]]``.
    first_clause : int64 (n + 1,)
        Text i holds the clauses ``first_clause[i]:first_clause[i + 1]``.
    """

    values: npt.NDArray[np.uint64]
    clause_offsets: npt.NDArray[np.int64]
    first_clause: npt.NDArray[np.int64]


class Features(NamedTuple):
    """The known n-grams of n texts, as rows of the table; fields as in `Hashes`."""

    rows: npt.NDArray[np.int32]
    clause_offsets: npt.NDArray[np.int64]
    first_clause: npt.NDArray[np.int64]


class Bags(NamedTuple):
    """Features of a few documents, ready to be summed.

    Parameters
    ----------
    rows : int32 (n_rows,)
    offsets : int64 (n_clauses + 1,)
    document : int64 (n_clauses,)
        Position of the clause's document in the batch.
    position : float32 (n_clauses, 3)
        First clause, last clause, log of the number of clauses.
    """

    rows: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    document: npt.NDArray[np.int64]
    position: npt.NDArray[np.float32]


def hash_texts(texts: Sequence[str]) -> Hashes:
    """Cut texts into clauses and hash their n-grams, just as the shipped model reads them.

    Parameters
    ----------
    texts : sequence of str, length n

    Returns
    -------
    Hashes
    """
    values, lengths, counts = [], [], []
    for a in range(0, len(texts), _CHUNK):
        batch = TextBatch.from_strings(list(texts[a : a + _CHUNK]))
        clauses = find_clauses(batch.codes, batch.offsets)
        hashes, offsets = hash_clauses(
            normalize(batch.codes), clauses.start, clauses.end, unit_classes()
        )
        values.append(hashes)
        lengths.append(np.diff(offsets))
        counts.append(np.bincount(clauses.document, minlength=len(batch)))
    return Hashes(
        np.concatenate([np.empty(0, np.uint64), *values]),
        np.concatenate([[0], np.cumsum(np.concatenate([np.empty(0, np.int64), *lengths]))]),
        np.concatenate([[0], np.cumsum(np.concatenate([np.empty(0, np.int64), *counts]))]),
    )


def choose_vocabulary(
    values: npt.NDArray[np.uint64], n_rows: int, *, min_count: int = 3
) -> npt.NDArray[np.uint16]:
    """Let the most frequent n-grams own the rows of the table.

    Parameters
    ----------
    values : uint64 (n_hashes,)
        Every occurrence.
    n_rows : int
        A multiple of four.
    min_count : int, default=3
        Rarer n-grams own nothing.

    Returns
    -------
    fingerprints : uint16 (n_rows,)
        See :class:`nlp_cx.classify.hashed.Network`.
    """
    hashes, counts = np.unique(values, return_counts=True)
    kept = (counts >= min_count) & (hashes & np.uint64(0xFFFF) != 0)
    hashes, counts = hashes[kept], counts[kept]
    n_buckets = n_rows // WAYS
    bucket = ((hashes >> np.uint64(32)) * np.uint64(n_buckets) >> np.uint64(32)).astype(np.int64)
    order = np.lexsort((hashes, -counts, bucket))
    bucket, hashes = bucket[order], hashes[order]
    start = np.searchsorted(bucket, bucket)
    rank = np.arange(len(bucket)) - start
    best = rank < WAYS
    fingerprints = np.zeros(n_rows, np.uint16)
    fingerprints[bucket[best] * WAYS + rank[best]] = (hashes[best] & np.uint64(0xFFFF)).astype(
        np.uint16
    )
    return fingerprints


def find_features(hashes: Hashes, fingerprints: npt.NDArray[np.uint16]) -> Features:
    """Look the n-grams up.

    Parameters
    ----------
    hashes : Hashes
    fingerprints : uint16 (n_rows,)

    Returns
    -------
    Features
    """
    rows, offsets = _find(hashes.values, hashes.clause_offsets, fingerprints.view(np.uint64))
    return Features(rows, offsets, hashes.first_clause)


@njit(cache=True, nogil=True)
def _find(values, offsets, buckets):  # type: ignore[no-untyped-def]
    """Look up clause by clause."""
    rows = np.empty(len(values), np.int32)
    found = np.zeros(len(offsets), np.int64)
    longest = 0
    for c in range(len(offsets) - 1):
        longest = max(longest, offsets[c + 1] - offsets[c])
    scratch = np.empty(longest + 1, np.int64)
    n = 0
    for c in range(len(offsets) - 1):
        m = find_rows(
            values[offsets[c] : offsets[c + 1]], offsets[c + 1] - offsets[c], buckets, scratch
        )
        for i in range(m):
            rows[n] = scratch[i]
            n += 1
        found[c + 1] = n
    return rows[:n].copy(), found


def take_documents(
    features: Features, documents: npt.NDArray[np.int64], *, dropout: float, random_state: int
) -> Bags:
    """Collect the features of some documents, each left out with a probability.

    Parameters
    ----------
    features : Features
    documents : int64 (n_documents,)
    dropout : float
        0 to 1.
    random_state : int

    Returns
    -------
    Bags
    """
    return Bags(*_take(*features, documents, dropout, random_state))


@njit(cache=True, nogil=True)
def _take(rows, clause_offsets, first_clause, documents, dropout, random_state):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Copy rows, dropping some."""
    np.random.seed(random_state)
    n_clauses = 0
    n_rows = 0
    for document in documents:
        a, b = first_clause[document], first_clause[document + 1]
        n_clauses += b - a
        n_rows += clause_offsets[b] - clause_offsets[a]
    taken = np.empty(n_rows, np.int32)
    offsets = np.zeros(n_clauses + 1, np.int64)
    owner = np.empty(n_clauses, np.int64)
    position = np.zeros((n_clauses, 3), np.float32)
    n = 0
    c = 0
    for i in range(len(documents)):
        a, b = first_clause[documents[i]], first_clause[documents[i] + 1]
        for clause in range(a, b):
            for j in range(clause_offsets[clause], clause_offsets[clause + 1]):
                if dropout == 0.0 or np.random.random() >= dropout:
                    taken[n] = rows[j]
                    n += 1
            owner[c] = i
            position[c, 0] = clause == a
            position[c, 1] = clause == b - 1
            position[c, 2] = np.log(min(b - a, MAX_CLAUSES))
            c += 1
            offsets[c] = n
    return taken[:n], offsets, owner, position
