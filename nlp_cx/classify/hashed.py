"""The fast classifier: a table of n-gram vectors and a tiny network, read in one compiled pass.

For every clause the kernel hashes its n-grams (:mod:`nlp_cx.text.ngrams`), adds their vectors, and
runs a network of one hidden layer that also sees the sum over the whole document. A document's
outputs are pooled from its clauses: the strongest clause for what is *present* (drivers, praise,
criticism, loyalty), a learned weighting for the sentiment. So each label of a document comes from
a clause that carries it, although training needs labels of documents alone (multiple-instance
learning).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlp_cx.errors import ModelError
from nlp_cx.text.borrowed import borrow
from nlp_cx.text.ngrams import hash_clause, scan_units, unit_classes

WAYS = 4
"""Slots of a bucket of the vocabulary."""

N_SENTIMENTS = 3
"""Leading outputs: negative, neutral, positive; the others are presences."""

NORM_SCALE, NORM_OFFSET, NORM_POWER = 2.0, 4.0, 0.75
"""A sum of n vectors is scaled by ``scale * (n + offset) ** -power``."""


class Network(NamedTuple):
    """Arrays of the model; D vector size, H hidden units, K outputs.

    Parameters
    ----------
    fingerprints : uint16 (n_rows,)
        Of the n-gram that owns each row; 0 for an empty row. Rows 4b to 4b + 3 are bucket b.
    table : int8 (n_rows, D)
        Vectors.
    scale : float32 (D,)
        Value of one step of `table`, by column.
    clause_in : float32 (D, H)
    document_in : float32 (D, H)
    position_in : float32 (3, H)
        For: first clause, last clause, log of the number of clauses.
    hidden_bias : float32 (H,)
    clause_out : float32 (H, K + 1)
        The last column is the attention of the clause.
    clause_out_bias : float32 (K + 1,)
    clause_skip : float32 (D, K + 1)
    """

    fingerprints: NDArray[np.uint16]
    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    clause_in: NDArray[np.float32]
    document_in: NDArray[np.float32]
    position_in: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    clause_out: NDArray[np.float32]
    clause_out_bias: NDArray[np.float32]
    clause_skip: NDArray[np.float32]


def network_from_weights(weights: dict[str, NDArray[Any]], n_outputs: int) -> Network:
    """Check the arrays of a model folder and put them in order.

    Parameters
    ----------
    weights : dict of str to ndarray
    n_outputs : int
        K.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        If an array is missing or has another type or shape than the others ask for.
    """
    missing = [name for name in Network._fields if name not in weights]
    if missing:
        raise ModelError(f"hashed model lacks the arrays {', '.join(missing)}. Copy it again.")
    network = Network(**{name: weights[name] for name in Network._fields})
    n_rows, d = network.table.shape if network.table.ndim == 2 else (0, 0)
    h, k = network.hidden_bias.size, n_outputs
    expected: dict[str, tuple[tuple[int, ...], type]] = {
        "fingerprints": ((n_rows,), np.uint16),
        "table": ((n_rows, d), np.int8),
        "scale": ((d,), np.float32),
        "clause_in": ((d, h), np.float32),
        "document_in": ((d, h), np.float32),
        "position_in": ((3, h), np.float32),
        "hidden_bias": ((h,), np.float32),
        "clause_out": ((h, k + 1), np.float32),
        "clause_out_bias": ((k + 1,), np.float32),
        "clause_skip": ((d, k + 1), np.float32),
    }
    faults = [
        f"{name} is {getattr(network, name).dtype}{getattr(network, name).shape}, expected "
        f"{np.dtype(dtype)}{shape}"
        for name, (shape, dtype) in expected.items()
        if getattr(network, name).shape != shape or getattr(network, name).dtype != dtype
    ]
    if n_rows == 0 or n_rows % WAYS:
        faults.append(f"table has {n_rows} rows, expected a positive multiple of {WAYS}")
    if faults:
        raise ModelError("hashed model: " + "; ".join(faults) + ". Copy it again.")
    return Network(*(np.ascontiguousarray(array) for array in network))


@njit(cache=True, nogil=True)
def find_rows(hashes, n_hashes, buckets, rows):  # type: ignore[no-untyped-def]
    """Write the rows of the table that known n-grams own; return how many there are.

    A bucket is four fingerprints of 16 bits in one word, compared at once: a lane of ``x`` is zero
    where the fingerprint matches, and the lowest zero lane is found by borrowing.
    """
    n_buckets = np.uint64(len(buckets))
    low = np.uint64(0x0001000100010001)
    high = np.uint64(0x8000800080008000)
    n = 0
    for i in range(n_hashes):
        h = hashes[i]
        bucket = np.int64((h >> np.uint64(32)) * n_buckets >> np.uint64(32))
        mark = h & np.uint64(0xFFFF)
        x = buckets[bucket] ^ (mark * low)
        zero = (x - low) & ~x & high
        lane = zero & (~zero + np.uint64(1))
        way = (
            np.int64(lane > np.uint64(0x8000))
            + np.int64(lane > np.uint64(0x80000000))
            + np.int64(lane > np.uint64(0x800000000000))
        )
        rows[n] = bucket * WAYS + way
        n += np.int64((zero != np.uint64(0)) & (mark != np.uint64(0)))
    return n


@njit(cache=True, nogil=True)
def _sum_rows(table, rows, n, total):  # type: ignore[no-untyped-def]
    """Sum rows of the table; integers, so that the order does not matter."""
    d = len(total)
    for j in range(d):
        total[j] = 0
    i = 0
    while i + 4 <= n:
        a, b, c, e = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        for j in range(d):
            total[j] += (
                np.int32(table[a, j])
                + np.int32(table[b, j])
                + np.int32(table[c, j])
                + np.int32(table[e, j])
            )
        i += 4
    while i < n:
        a = rows[i]
        for j in range(d):
            total[j] += table[a, j]
        i += 1


@njit(cache=True, nogil=True, fastmath={"contract"})
def _add_product(x, weights, out):  # type: ignore[no-untyped-def]
    """Add ``x @ weights`` to `out`, in an order that never changes."""
    n = len(x)
    i = 0
    while i + 4 <= n:
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(len(out)):
            out[j] += (
                a * weights[i, j]
                + b * weights[i + 1, j]
                + c * weights[i + 2, j]
                + d * weights[i + 3, j]
            )
        i += 4
    while i < n:
        a = x[i]
        for j in range(len(out)):
            out[j] += a * weights[i, j]
        i += 1


@njit(cache=True, nogil=True, fastmath={"contract"})
def score_clauses(
    codes, first_clause, starts, ends, classes, network, integers, numbers, documents, clauses
):  # type: ignore[no-untyped-def]
    """Compute the raw outputs of documents and of their clauses.

    Parameters
    ----------
    codes : uint32 (n_chars,)
        Normalised code points.
    first_clause : int64 (n_documents + 1,)
        Document i holds the clauses ``first_clause[i]:first_clause[i + 1]``.
    starts, ends : int64 (n_clauses,)
        Positions in `codes`.
    classes : uint8 (65536,)
        From :func:`nlp_cx.text.ngrams.unit_classes`.
    network : Network
    integers, numbers : tuples of arrays
        Scratch, see `HashedBackend.logits`.
    documents : float32 (n_documents, K)
        Receives the logits; not a number where no n-gram of the document is known.
    clauses : float32 (n_clauses, K)
        Receives the logits of each clause in the context of its document: the greatest of a
        document's clauses is the document's own logit, for every presence.
    """
    units, spans, letters, hashes, rows, sums, counts, total, buckets = integers
    attention, x, context, hidden, out = numbers
    codes, classes, units, spans = borrow(codes), borrow(classes), borrow(units), borrow(spans)
    letters, hashes, rows = borrow(letters), borrow(hashes), borrow(rows)
    sums, total, buckets = borrow(sums), borrow(total), borrow(buckets)
    x, context, hidden, out = borrow(x), borrow(context), borrow(hidden), borrow(out)
    documents, clauses = borrow(documents), borrow(clauses)
    table, scale = borrow(network.table), borrow(network.scale)
    clause_in, document_in = borrow(network.clause_in), borrow(network.document_in)
    position_in = borrow(network.position_in)
    clause_out, clause_skip = borrow(network.clause_out), borrow(network.clause_skip)
    k = documents.shape[1]
    d = len(scale)
    for i in range(len(first_clause) - 1):
        a = first_clause[i]
        n = first_clause[i + 1] - a
        total[:] = 0
        count = 0
        for c in range(n):
            n_units = scan_units(codes, starts[a + c], ends[a + c], classes, units, spans)
            n_hashes = hash_clause(codes, classes, units, spans, n_units, letters, hashes)
            n_rows = find_rows(hashes, n_hashes, buckets, rows)
            _sum_rows(table, rows, n_rows, sums[c])
            counts[c] = n_rows
            count += n_rows
            for j in range(d):
                total[j] += sums[c, j]
        if count == 0:
            documents[i, :] = np.nan
            for c in range(n):
                clauses[a + c, :] = np.nan
            continue
        norm = _norm(count)
        for j in range(d):
            x[j] = np.float32(total[j]) * scale[j] * norm
        context[:] = network.hidden_bias
        _add_product(x, document_in, context)
        log_n = np.float32(math.log(n))
        for j in range(len(context)):
            context[j] += log_n * position_in[2, j]
        for c in range(n):
            norm = _norm(counts[c])
            for j in range(d):
                x[j] = np.float32(sums[c, j]) * scale[j] * norm
            hidden[:] = context
            if c == 0:
                for j in range(len(hidden)):
                    hidden[j] += position_in[0, j]
            if c == n - 1:
                for j in range(len(hidden)):
                    hidden[j] += position_in[1, j]
            _add_product(x, clause_in, hidden)
            for j in range(len(hidden)):
                hidden[j] = max(hidden[j], np.float32(0))
            out[:] = network.clause_out_bias
            _add_product(hidden, clause_out, out)
            _add_product(x, clause_skip, out)
            attention[c] = out[k]
            for j in range(k):
                clauses[a + c, j] = out[j]
        _pool(attention, n, clauses[a : a + n], documents[i])


@njit(cache=True, nogil=True)
def _norm(count):  # type: ignore[no-untyped-def]
    """Scale of the sum of `count` vectors: between their mean and their sum."""
    return np.float32(NORM_SCALE * (count + NORM_OFFSET) ** -NORM_POWER)


@njit(cache=True, nogil=True)
def _pool(attention, n, clauses, document):  # type: ignore[no-untyped-def]
    """Pool the outputs of n clauses: sentiments by attention, presences by the greatest."""
    k = len(document)
    top = attention[0]
    for c in range(1, n):
        top = max(top, attention[c])
    weight = np.float32(0)
    document[:N_SENTIMENTS] = 0
    document[N_SENTIMENTS:] = -np.inf
    for c in range(n):
        e = np.float32(math.exp(attention[c] - top))
        weight += e
        for j in range(N_SENTIMENTS):
            document[j] += e * clauses[c, j]
        for j in range(N_SENTIMENTS, k):
            document[j] = max(document[j], clauses[c, j])
    for j in range(N_SENTIMENTS):
        document[j] /= weight


class HashedBackend:
    """Compute outputs with hashed n-grams; the backend ``hashed``.

    Parameters
    ----------
    weights : dict of str to ndarray
        Arrays named as the fields of :class:`Network`.
    n_outputs : int
        K, which the weights must have.

    Raises
    ------
    ModelError
        If the weights do not fit together.
    """

    def __init__(self, weights: dict[str, NDArray[Any]], n_outputs: int) -> None:
        self._network = network_from_weights(weights, n_outputs)
        self._buckets = self._network.fingerprints.view(np.uint64)

    def logits(
        self,
        codes: NDArray[np.uint32],
        first_clause: NDArray[np.int64],
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Compute raw outputs; see :func:`score_clauses`.

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
        network = self._network
        d, h = network.clause_in.shape
        k = network.clause_out.shape[1] - 1
        longest = int((ends - starts).max(initial=0)) + 4
        most = int(np.diff(first_clause).max(initial=0))
        integers = (
            np.empty(longest, np.uint64),
            np.empty((longest, 3), np.int64),
            np.empty(32, np.uint32),
            np.empty(8 * longest, np.uint64),
            np.empty(8 * longest, np.int64),
            np.empty((most, d), np.int32),
            np.empty(most, np.int64),
            np.empty(d, np.int32),
            self._buckets,
        )
        numbers = tuple(np.empty(size, np.float32) for size in (most, d, h, h, k + 1))
        documents = np.empty((len(first_clause) - 1, k), np.float32)
        clauses = np.empty((len(starts), k), np.float32)
        score_clauses(
            codes,
            first_clause,
            starts,
            ends,
            unit_classes(),
            network,
            integers,
            numbers,
            documents,
            clauses,
        )
        return documents, clauses
