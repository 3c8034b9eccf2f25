"""Sparse features of clauses and documents, scaled as the served model scales them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from nlp_cx.classify.hashed_kernel import WAYS
from nlp_cx.train.hashed.features import Hashes, choose_vocabulary, find_features


@dataclass(frozen=True, slots=True)
class Bags:
    """Features of n documents with m clauses over R rows of the vocabulary.

    Parameters
    ----------
    clauses : csr_matrix (m, R)
        Number of times a row's n-gram stands in the clause, divided by the root of how many known
        n-grams the clause has.
    documents : csr_matrix (n, R)
        Means of the clauses, weighted by that root.
    first_clause : int64 (n + 1,)
    owner : int64 (m,)
        Document of each clause.
    """

    clauses: Any
    documents: Any
    first_clause: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]


def choose_rows(hashes: Hashes, n_rows: int, *, min_count: int) -> npt.NDArray[np.uint16]:
    """Choose a vocabulary that is no larger than the texts ask for.

    Parameters
    ----------
    hashes : Hashes
    n_rows : int
        At most.
    min_count : int
        Rarer n-grams own nothing.

    Returns
    -------
    fingerprints : uint16 (n,)
    """
    _, counts = np.unique(hashes.values, return_counts=True)
    wanted = int((counts >= min_count).sum())
    room = max(WAYS, min(n_rows, 2 * wanted) // WAYS * WAYS)
    return choose_vocabulary(hashes.values, room, min_count=min_count)


def make_bags(hashes: Hashes, fingerprints: npt.NDArray[np.uint16]) -> Bags:
    """Look the n-grams of texts up.

    Parameters
    ----------
    hashes : Hashes
        Of n texts.
    fingerprints : uint16 (R,)

    Returns
    -------
    Bags
    """
    features = find_features(hashes, fingerprints)
    counts = np.diff(features.clause_offsets)
    root = np.sqrt(counts)
    scale = np.repeat(1 / np.maximum(root, 1), counts).astype(np.float32)
    shape = (len(counts), len(fingerprints))
    clauses = csr_matrix((scale, features.rows, features.clause_offsets), shape=shape)
    clauses.sum_duplicates()
    n = len(features.first_clause) - 1
    owner = np.repeat(np.arange(n), np.diff(features.first_clause))
    total = np.bincount(owner, root, minlength=n)
    share = (root / np.maximum(total, 1e-9)[owner]).astype(np.float32)
    pooled = csr_matrix((share, (owner, np.arange(len(owner)))), shape=(n, len(owner)))
    return Bags(clauses, (pooled @ clauses).tocsr(), features.first_clause, owner)
