"""A linear classifier on hashed n-grams: the backend ``linear``, served without scikit-learn.

Every n-gram of a clause that the vocabulary knows owns a row of weights. The rows are added, scaled
by the root of their number, and give a few *heads*: sentiments, praise and criticism, a mention a
label, loyalty, and polarities given a mention. A document's presence is the greatest of its
clauses', its sentiment their mean weighted by length.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.classify.decode import FIRST_DRIVER, N_SENTIMENTS, PER_DRIVER
from nlp_cx.classify.hashed_kernel import WAYS, find_rows
from nlp_cx.errors import ModelError
from nlp_cx.schema import LOYALTIES
from nlp_cx.text.ngrams import hash_clause, scan_units, unit_classes

N_BEFORE = FIRST_DRIVER + len(LOYALTIES)
"""Heads before the mentions: three sentiments, praise, criticism, two loyalties."""

_LEAST = 1e-12


class LinearWeights(NamedTuple):
    """Arrays of the model; D labels, S sets of polarities, ``H = 7 + D + 3 S`` heads.

    Parameters
    ----------
    fingerprints : uint16 (n_rows,)
        Of the n-gram that owns each row, as in :class:`nlp_cx.classify.hashed_kernel.Network`.
    rows : float16 (n_rows, H)
        Heads: sentiments, praise, criticism, loyalties, a mention a label, three polarities a set.
    bias : float32 (H,)
    side_of : int64 (D,)
        The set of polarities of each label, 0 to S - 1.
    """

    fingerprints: npt.NDArray[np.uint16]
    rows: npt.NDArray[np.float16]
    bias: npt.NDArray[np.float32]
    side_of: npt.NDArray[np.int64]


class LinearBackend:
    """Compute outputs with linear heads.

    Parameters
    ----------
    weights : dict of str to ndarray
        Named as the fields of `LinearWeights`.
    n_outputs : int
        K, which the weights must have.

    Raises
    ------
    ModelError
        If the weights do not fit together.
    """

    def __init__(self, weights: dict[str, npt.NDArray[Any]], n_outputs: int) -> None:
        self._weights = _check(weights, n_outputs)
        self._n_outputs = n_outputs
        # Twice the size in memory, but no conversion at every n-gram.
        self._rows = self._weights.rows.astype(np.float32)

    def logits(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Compute raw outputs.

        Parameters
        ----------
        codes : uint32 (n_chars,)
            Normalised code points.
        first_clause : int64 (n_documents + 1,)
        starts, ends : int64 (n_clauses,)

        Returns
        -------
        documents : float32 (n_documents, K)
        clauses : float32 (n_clauses, K)
        """
        heads, counts = head_sums(
            codes,
            starts,
            ends,
            unit_classes(),
            self._weights.fingerprints.view(np.uint64),
            self._rows,
            self._weights.bias,
        )
        clauses = np.empty((len(starts), self._n_outputs), np.float32)
        documents = np.empty((len(first_clause) - 1, self._n_outputs), np.float32)
        _pool(heads, counts, self._weights.side_of, first_clause, documents, clauses)
        return documents, clauses


def _check(weights: dict[str, npt.NDArray[Any]], n_outputs: int) -> LinearWeights:
    """Check the arrays of a model folder."""
    missing = [name for name in LinearWeights._fields if name not in weights]
    if missing:
        raise ModelError(f"linear model lacks the arrays {', '.join(missing)}. Copy it again.")
    found = LinearWeights(**{name: weights[name] for name in LinearWeights._fields})
    n_labels = (n_outputs - N_BEFORE) // PER_DRIVER
    n_rows = len(found.fingerprints)
    n_sets = int(found.side_of.max(initial=0)) + 1 if found.side_of.size else 1
    n_heads = N_BEFORE + n_labels + PER_DRIVER * n_sets
    expected: dict[str, tuple[tuple[int, ...], type]] = {
        "fingerprints": ((n_rows,), np.uint16),
        "rows": ((n_rows, n_heads), np.float16),
        "bias": ((n_heads,), np.float32),
        "side_of": ((n_labels,), np.int64),
    }
    faults = [
        f"{name} is {weights[name].dtype}{weights[name].shape}, expected {np.dtype(dtype)}{shape}"
        for name, (shape, dtype) in expected.items()
        if weights[name].shape != shape or weights[name].dtype != dtype
    ]
    if n_rows == 0 or n_rows % WAYS:
        faults.append(f"{n_rows} rows, expected a positive multiple of {WAYS}")
    if not faults and found.side_of.min(initial=0) < 0:
        faults.append("side_of is negative")
    if not faults and not (np.isfinite(found.rows).all() and np.isfinite(found.bias).all()):
        faults.append("weights that are no numbers")
    if faults:
        raise ModelError("linear model: " + "; ".join(faults) + ". Copy it again.")
    return LinearWeights(*(_frozen(array) for array in found))


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give an array that compiled loops know by one type, wherever it came from."""
    frozen = np.require(array, requirements=["C", "ALIGNED"]).view()
    frozen.flags.writeable = False
    return frozen


@njit(cache=True, nogil=True)
def head_sums(codes, starts, ends, classes, buckets, rows, bias):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Compute the heads of every clause, and how many n-grams of it are known.

    Parameters
    ----------
    codes : uint32 (n_chars,)
    starts, ends : int64 (n_clauses,)
    classes : uint8 (65536,)
    buckets : uint64 (n_rows / 4,)
    rows : float32 (n_rows, H)
    bias : float32 (H,)

    Returns
    -------
    heads : float32 (n_clauses, H)
    counts : int64 (n_clauses,)
    """
    longest = 0
    for c in range(len(starts)):
        longest = max(longest, ends[c] - starts[c])
    units = np.empty(longest + 2, np.uint64)
    spans = np.empty((longest + 2, 3), np.int64)
    letters = np.empty(32, np.uint32)
    hashes = np.empty(8 * (longest + 4), np.uint64)
    found = np.empty(8 * (longest + 4), np.int64)
    heads = np.zeros((len(starts), len(bias)), np.float32)
    counts = np.zeros(len(starts), np.int64)
    for c in range(len(starts)):
        n_units = scan_units(codes, starts[c], ends[c], classes, units, spans)
        n_hashes = hash_clause(codes, classes, units, spans, n_units, letters, hashes)
        n = find_rows(hashes, n_hashes, buckets, found)
        counts[c] = n
        for i in range(n):
            row = rows[found[i]]
            for j in range(len(bias)):
                heads[c, j] += row[j]
        scale = np.float32(1 / math.sqrt(max(n, 1)))
        for j in range(len(bias)):
            heads[c, j] = heads[c, j] * scale + bias[j]
    return heads, counts


@njit(cache=True, nogil=True)
def _pool(heads, counts, side_of, first_clause, documents, clauses):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Turn heads into outputs of clauses, and pool those of each document."""
    n_labels = len(side_of)
    k = documents.shape[1]
    last = FIRST_DRIVER + PER_DRIVER * n_labels
    for i in range(len(first_clause) - 1):
        a, b = first_clause[i], first_clause[i + 1]
        total = np.float64(0)
        for c in range(a, b):
            total += math.sqrt(counts[c])
        if total == 0:
            documents[i, :] = np.nan
            clauses[a:b, :] = np.nan
            continue
        documents[i, :N_SENTIMENTS] = 0
        documents[i, N_SENTIMENTS:] = -np.inf
        for c in range(a, b):
            for j in range(FIRST_DRIVER):
                clauses[c, j] = heads[c, j]
            for j in range(last, k):
                clauses[c, j] = heads[c, FIRST_DRIVER + j - last]
            for d in range(n_labels):
                first = N_BEFORE + n_labels + PER_DRIVER * side_of[d]
                mention = 1 / (1 + math.exp(-heads[c, N_BEFORE + d]))
                top = max(heads[c, first], heads[c, first + 1], heads[c, first + 2])
                parts = np.float64(0)
                for s in range(PER_DRIVER):
                    parts += math.exp(heads[c, first + s] - top)
                for s in range(PER_DRIVER):
                    p = mention * math.exp(heads[c, first + s] - top) / parts
                    z = math.log(max(p, _LEAST) / max(1 - p, _LEAST))
                    clauses[c, FIRST_DRIVER + PER_DRIVER * d + s] = np.float32(z)
            share = np.float32(math.sqrt(counts[c]) / total)
            for j in range(N_SENTIMENTS):
                documents[i, j] += share * clauses[c, j]
            for j in range(N_SENTIMENTS, k):
                documents[i, j] = max(documents[i, j], clauses[c, j])
