"""The compiled pass of the fast classifier: from code points to outputs, clause by clause."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.classify.pooling import pool_document
from nlp_cx.classify.vectors import add_product, sum_rows
from nlp_cx.text.borrowed import borrow
from nlp_cx.text.ngrams import hash_clause, scan_units

WAYS = 4
"""Slots of a bucket of the vocabulary."""

NORM_SCALE, NORM_OFFSET, NORM_POWER = 2.0, 4.0, 0.75
"""A sum of n vectors is scaled by ``scale * (n + offset) ** -power``."""

MAX_CLAUSES = 64
"""More clauses count as so many: hardly any training text has more."""

_Floats = npt.NDArray[np.float32]
_Integers = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]


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

    fingerprints: npt.NDArray[np.uint16]
    table: npt.NDArray[np.int8]
    scale: _Floats
    clause_in: _Floats
    document_in: _Floats
    position_in: _Floats
    hidden_bias: _Floats
    clause_out: _Floats
    clause_out_bias: _Floats
    clause_skip: _Floats


class Scratch(NamedTuple):
    """Memory that the pass works in: for the longest clause and the document of most clauses.

    Parameters
    ----------
    units : uint64 (n_units,)
        At least the longest clause and 1.
    spans : int64 (n_units, 3)
    letters : uint32 (27,)
    hashes : uint64 (8 * (longest clause + 4),)
    rows : int64, as many
    sums : int32 (most clauses, D)
        Of the vectors of each clause of the document.
    counts : int64 (most clauses,)
        Known n-grams of each.
    total : int64 (D,)
        Of the document.
    attention : float32 (most clauses,)
    x : float32 (D,)
    context : float32 (H,)
    both : float32 (H + P,)
        Hidden units, then outputs and attention of a clause.
    """

    units: _Hashes
    spans: _Integers
    letters: npt.NDArray[np.uint32]
    hashes: _Hashes
    rows: _Integers
    sums: npt.NDArray[np.int32]
    counts: _Integers
    total: _Integers
    attention: _Floats
    x: _Floats
    context: _Floats
    both: _Floats


class Layers(NamedTuple):
    """The network as the pass reads it: D, H and outputs padded to multiples of 16 with zeros.

    Parameters
    ----------
    buckets : uint64 (n_rows / 4,)
        Fingerprints, four in one word.
    table : int8 (n_rows, D)
        Rows begin where lines of the cache do.
    scale : float32 (D,)
    norms : float32 (n_norms,)
        Scale of the sum of n vectors, from n = 0; more vectors are rare and computed.
    document_in : float32 (D, H)
    position_in : float32 (3, H)
    hidden_bias : float32 (H,)
    clause_in : float32 (D, H + P)
        ``clause_in`` and ``clause_skip`` side by side.
    clause_out : float32 (H, P)
    clause_out_bias : float32 (P,)
    """

    buckets: _Hashes
    table: npt.NDArray[np.int8]
    scale: _Floats
    norms: _Floats
    document_in: _Floats
    position_in: _Floats
    hidden_bias: _Floats
    clause_in: _Floats
    clause_out: _Floats
    clause_out_bias: _Floats


@njit(cache=True, nogil=True)
def find_rows(hashes: _Hashes, n_hashes: int, buckets: _Hashes, rows: _Integers) -> int:
    """Write the rows of the table that known n-grams own; return how many there are.

    Parameters
    ----------
    hashes : uint64 (n_hashes or more,)
        From :func:`nlp_cx.text.ngrams.hash_clause`.
    n_hashes : int
    buckets : uint64 (n_rows / 4,)
        The fingerprints, four in one word.
    rows : int64 (n_hashes or more,)
        Receives the rows.

    Returns
    -------
    int

    Notes
    -----
    The upper half of a hash chooses the bucket, the lowest 16 bits are the fingerprint. The four
    fingerprints of a bucket are compared at once: a lane of ``x`` is zero where one matches, and
    the lowest zero lane is found by borrowing.
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
        n += int((zero != np.uint64(0)) & (mark != np.uint64(0)))
    return n


@njit(cache=True, nogil=True, fastmath={"contract"})
def score_clauses(  # noqa: PLR0912, PLR0917
    codes: npt.NDArray[np.uint32],
    first_clause: _Integers,
    starts: _Integers,
    ends: _Integers,
    classes: npt.NDArray[np.uint8],
    layers: Layers,
    scratch: Scratch,
    documents: _Floats,
    clauses: _Floats,
) -> None:
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
    layers : Layers
    scratch : Scratch
    documents : float32 (n_documents, K)
        Receives the logits; not a number where no n-gram of the document is known.
    clauses : float32 (n_clauses, K)
        Receives the logits of each clause in the context of its document: the greatest of a
        document's clauses is the document's own logit, for every presence.
    """
    codes, classes = borrow(codes), borrow(classes)
    units, spans, letters = borrow(scratch.units), borrow(scratch.spans), borrow(scratch.letters)
    hashes, rows = borrow(scratch.hashes), borrow(scratch.rows)
    sums, counts, total = borrow(scratch.sums), borrow(scratch.counts), borrow(scratch.total)
    attention, x, context = borrow(scratch.attention), borrow(scratch.x), borrow(scratch.context)
    both = borrow(scratch.both)
    documents, clauses = borrow(documents), borrow(clauses)
    table, scale = borrow(layers.table), borrow(layers.scale)
    document_in, position_in = borrow(layers.document_in), borrow(layers.position_in)
    buckets, norms = borrow(layers.buckets), borrow(layers.norms)
    clause_in, clause_out = borrow(layers.clause_in), borrow(layers.clause_out)
    hidden_bias, out_bias = borrow(layers.hidden_bias), borrow(layers.clause_out_bias)
    k = documents.shape[1]
    d, h = len(scale), len(context)
    hidden, out = both[:h], both[h:]
    for i in range(len(first_clause) - 1):
        a = first_clause[i]
        n = first_clause[i + 1] - a
        for j in range(d):  # a loop is quicker here than the assignment of a slice
            total[j] = 0
        count = 0
        for c in range(n):
            n_units = scan_units(codes, starts[a + c], ends[a + c], classes, units, spans)
            n_hashes = hash_clause(codes, classes, units, spans, n_units, letters, hashes)
            n_rows = find_rows(hashes, n_hashes, buckets, rows)
            sum_rows(table, rows, n_rows, sums[c])
            counts[c] = n_rows
            count += n_rows
            for j in range(d):
                total[j] += sums[c, j]
        if count == 0:
            documents[i, :] = np.nan
            for c in range(n):
                clauses[a + c, :] = np.nan
            continue
        norm = norms[count] if count < len(norms) else scale_of_sum(count)
        for j in range(d):
            x[j] = np.float32(total[j]) * scale[j] * norm
        log_n = np.float32(math.log(min(n, MAX_CLAUSES)))
        for j in range(h):
            context[j] = hidden_bias[j] + log_n * position_in[2, j]
        add_product(x, document_in, context)
        for c in range(n):
            norm = norms[counts[c]] if counts[c] < len(norms) else scale_of_sum(counts[c])
            for j in range(d):
                x[j] = np.float32(sums[c, j]) * scale[j] * norm
            for j in range(h):
                both[j] = context[j]
            for j in range(len(out_bias)):
                out[j] = out_bias[j]
            if c == 0:
                for j in range(h):
                    both[j] += position_in[0, j]
            if c == n - 1:
                for j in range(h):
                    both[j] += position_in[1, j]
            add_product(x, clause_in, both)
            for j in range(h):
                hidden[j] = max(hidden[j], np.float32(0))
            add_product(hidden, clause_out, out)
            attention[c] = out[k]
            for j in range(k):
                clauses[a + c, j] = out[j]
        pool_document(clauses[a : a + n], attention[:n], documents[i])


@njit(cache=True, nogil=True)
def scale_of_sum(count: int) -> np.float32:
    """Scale of the sum of `count` vectors: between their mean and their sum."""
    return np.float32(NORM_SCALE * (count + NORM_OFFSET) ** -NORM_POWER)
