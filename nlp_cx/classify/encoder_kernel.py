"""The compiled part of the accurate classifier: token states in, outputs of clauses out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.classify.pooling import pool_document
from nlp_cx.classify.vectors import add_product
from nlp_cx.classify.windows import Windows
from nlp_cx.text.tokens import SEPARATOR

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int64]


class Head(NamedTuple):
    """The network behind the encoder, padded with zeros to whole registers.

    Parameters
    ----------
    hidden : float32 (2 W, H)
        From the mean and the greatest of a clause's token states.
    hidden_bias : float32 (H,)
    out : float32 (H, P)
        K outputs, then how much the clause counts for its document's sentiment.
    out_bias : float32 (P,)
    """

    hidden: _Floats
    hidden_bias: _Floats
    out: _Floats
    out_bias: _Floats


class Work(NamedTuple):
    """What is filled window by window, for n clauses of which l are longer than a window.

    Parameters
    ----------
    outputs : float32 (n_clauses, K + 1)
        Of every clause; at first what a clause without tokens gives.
    place : int64 (n_clauses,)
        Which of the l a clause is, -1 for all others.
    clause : int64 (l,)
    sums, greatest : float32 (l, W)
        Of the tokens of their pieces so far.
    """

    outputs: _Floats
    place: _Ints
    clause: _Ints
    sums: _Floats
    greatest: _Floats


@njit(cache=True, nogil=True)
def fill_ids(
    chosen: _Ints, first: _Ints, tokens: npt.NDArray[np.int32], ids: npt.NDArray[np.int32]
) -> None:
    """Write the tokens of windows of one length, each behind a separator.

    Parameters
    ----------
    chosen : int64 (b,)
        Windows.
    first : int64 (n_windows,)
    tokens : int32 (n_tokens,)
    ids : int32 (b, s)
        Receives them.
    """
    for i in range(len(chosen)):
        a = first[chosen[i]]
        ids[i, 0] = SEPARATOR
        for j in range(ids.shape[1] - 1):
            ids[i, j + 1] = tokens[a + j]


@njit(cache=True, nogil=True)
def add_states(chosen: _Ints, windows: Windows, states: _Floats, work: Work, head: Head) -> None:
    """Compute the outputs of the clauses of some windows; collect the pieces of longer ones.

    Parameters
    ----------
    chosen : int64 (b,)
        Windows of one length.
    windows : Windows
    states : float32 (b, s, W)
    work : Work
        Receives the outputs of each clause that lies in one window, and the pieces of others.
    head : Head
    """
    first, last, clause, clause_offsets = windows
    width = states.shape[2]
    x = np.zeros(len(head.hidden), np.float32)
    hidden = np.empty(len(head.hidden_bias), np.float32)
    out = np.empty(len(head.out_bias), np.float32)
    for i in range(len(chosen)):
        w = chosen[i]
        c = clause[w]
        while c < len(clause_offsets) - 1 and clause_offsets[c] < last[w]:
            a = max(clause_offsets[c], first[w])
            b = min(clause_offsets[c + 1], last[w])
            if a < b:
                _pool_tokens(states[i], a - first[w] + 1, b - first[w] + 1, x)
                place = work.place[c]
                if place < 0:
                    for j in range(width):
                        x[j] /= np.float32(b - a)
                    _run_head(x, head, hidden, out, work.outputs[c])
                else:
                    for j in range(width):
                        work.sums[place, j] += x[j]
                        work.greatest[place, j] = max(work.greatest[place, j], x[width + j])
            c += 1


@njit(cache=True, nogil=True)
def finish(windows: Windows, work: Work, head: Head) -> None:
    """Compute the outputs of the clauses that came in pieces.

    Parameters
    ----------
    windows : Windows
    work : Work
        With all pieces; receives their outputs.
    head : Head
    """
    width = work.sums.shape[1]
    x = np.zeros(len(head.hidden), np.float32)
    hidden = np.empty(len(head.hidden_bias), np.float32)
    out = np.empty(len(head.out_bias), np.float32)
    for place in range(len(work.clause)):
        c = work.clause[place]
        n = np.float32(windows.clause_offsets[c + 1] - windows.clause_offsets[c])
        for j in range(width):
            x[j] = work.sums[place, j] / n
            x[width + j] = work.greatest[place, j]
        _run_head(x, head, hidden, out, work.outputs[c])


@njit(cache=True, nogil=True)
def head_of_nothing(head: Head, outputs: _Floats) -> None:
    """Compute what a clause without tokens gives.

    Parameters
    ----------
    head : Head
    outputs : float32 (K + 1,)
        Receives it.
    """
    x = np.zeros(len(head.hidden), np.float32)
    hidden = np.empty(len(head.hidden_bias), np.float32)
    out = np.empty(len(head.out_bias), np.float32)
    _run_head(x, head, hidden, out, outputs)


@njit(cache=True, nogil=True)
def pool_clauses(
    outputs: _Floats, first_clause: _Ints, is_known: npt.NDArray[np.bool_], documents: _Floats
) -> None:
    """Pool outputs of clauses into outputs of documents, as in training.

    Parameters
    ----------
    outputs : float32 (n_clauses, K + 1)
        Made not a number for documents of which nothing is known.
    first_clause : int64 (n + 1,)
    is_known : bool (n,)
    documents : float32 (n, K)
        Receives sentiments weighted by the softmax of the last output, and the greatest of every
        presence.
    """
    k = documents.shape[1]
    for i in range(len(documents)):
        a, b = first_clause[i], first_clause[i + 1]
        if not is_known[i]:
            for j in range(k):
                documents[i, j] = np.nan
            for c in range(a, b):
                for j in range(k + 1):
                    outputs[c, j] = np.nan
            continue
        pool_document(outputs[a:b, :k], outputs[a:b, k], documents[i])


@njit(cache=True, nogil=True)
def _pool_tokens(states: _Floats, a: int, b: int, x: _Floats) -> None:
    """Write sum and greatest of the states a to b of a window, in text order."""
    width = states.shape[1]
    for j in range(width):
        x[j] = x[width + j] = states[a, j]
    for t in range(a + 1, b):
        for j in range(width):
            value = states[t, j]
            x[j] += value
            x[width + j] = max(x[width + j], value)


@njit(cache=True, nogil=True)
def _run_head(x: _Floats, head: Head, hidden: _Floats, out: _Floats, outputs: _Floats) -> None:
    """Compute the outputs of one clause."""
    for j in range(len(hidden)):
        hidden[j] = head.hidden_bias[j]
    add_product(x, head.hidden, hidden)
    for j in range(len(hidden)):
        hidden[j] = max(hidden[j], np.float32(0))
    for j in range(len(out)):
        out[j] = head.out_bias[j]
    add_product(hidden, head.out, out)
    for j in range(len(outputs)):
        outputs[j] = out[j]
