"""Training texts as tokens, cut into windows and packed into rows of one length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.normalize import normalize
from nlp_cx.text.tokens import PAD, SEPARATOR, TokenTable, find_tokens

_CHUNK = 50_000

_Ints = npt.NDArray[np.int64]


class Corpus(NamedTuple):
    """Tokens of n texts with m clauses.

    Parameters
    ----------
    ids : int32 (n_tokens,)
    clause_offsets : int64 (m + 1,)
        Clause c holds ``ids[clause_offsets[c]:clause_offsets[c + 1]]``.
    first_clause : int64 (n + 1,)
        Text i holds the clauses ``first_clause[i]:first_clause[i + 1]``.
    """

    ids: npt.NDArray[np.int32]
    clause_offsets: _Ints
    first_clause: _Ints


class Rows(NamedTuple):
    """Texts packed into b rows of s tokens.

    Parameters
    ----------
    ids : int32 (b, s)
    text : int32 (b, s)
        Which of the packed texts a token belongs to, -1 for padding.
    clause : int32 (b, s)
        Which of the packed clauses; -1 for padding and separators.
    position : int32 (b, s)
        From 0 at the separator that begins each window.
    clause_text : int64 (n_clauses,)
        The text of every packed clause.
    texts : int64 (n_texts,)
        Rows of the corpus, by packed text.
    """

    ids: npt.NDArray[np.int32]
    text: npt.NDArray[np.int32]
    clause: npt.NDArray[np.int32]
    position: npt.NDArray[np.int32]
    clause_text: _Ints
    texts: _Ints


def read_corpus(texts: Sequence[str], table: TokenTable) -> Corpus:
    """Cut texts into clauses and tokens, just as the model will read them.

    Parameters
    ----------
    texts : sequence of str, length n
    table : TokenTable

    Returns
    -------
    Corpus
    """
    ids, lengths, counts = [np.empty(0, np.int32)], [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    for a in range(0, len(texts), _CHUNK):
        batch = TextBatch.from_strings(list(texts[a : a + _CHUNK]))
        clauses = find_clauses(batch.codes, batch.offsets)
        tokens = find_tokens(normalize(batch.codes), clauses.start, clauses.end, table)
        ids.append(tokens.ids)
        lengths.append(np.diff(tokens.offsets))
        counts.append(np.bincount(clauses.document, minlength=len(batch)))
    return Corpus(
        np.concatenate(ids), np.cumsum(np.concatenate(lengths)), np.cumsum(np.concatenate(counts))
    )


def cut_windows(corpus: Corpus, length: int) -> tuple[_Ints, _Ints, _Ints]:
    """Cut texts into windows of whole clauses.

    Parameters
    ----------
    corpus : Corpus
    length : int
        Tokens in the longest window, its separator counted; a clause that is longer alone is a
        window by itself, and its tokens beyond are not trained on.

    Returns
    -------
    text, first, last : int64 (n_windows,)
        Window w holds the clauses ``first[w]:last[w]`` of a text, in order.
    """
    return _cut(corpus.clause_offsets, corpus.first_clause, length)


def pack(corpus: Corpus, windows: tuple[_Ints, _Ints, _Ints], n_rows: int, length: int) -> Rows:
    """Pack windows into rows, the longest first.

    Parameters
    ----------
    corpus : Corpus
    windows : tuple of int64 (n_windows,)
        As from `cut_windows`, the windows of a text side by side.
    n_rows, length : int
        b and s.

    Returns
    -------
    Rows
        Windows that find no place are left out; a text of which no window fits is not in
        ``texts``.
    """
    return Rows(*_pack(*corpus, *windows, n_rows, length))


@njit(cache=True)
def _cut(clause_offsets, first_clause, length):  # type: ignore[no-untyped-def]
    """Fill windows clause by clause."""
    m = len(clause_offsets) - 1
    text, first, last = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    n = 0
    for i in range(len(first_clause) - 1):
        a = first_clause[i]
        for c in range(first_clause[i], first_clause[i + 1]):
            if c > a and clause_offsets[c + 1] - clause_offsets[a] + 1 > length:
                text[n], first[n], last[n] = i, a, c
                n += 1
                a = c
        if first_clause[i + 1] > a:
            text[n], first[n], last[n] = i, a, first_clause[i + 1]
            n += 1
    return text[:n].copy(), first[:n].copy(), last[:n].copy()


@njit(cache=True)
def _pack(ids, clause_offsets, first_clause, text, first, last, n_rows, length):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Put every window into the fullest row that still has room."""
    out = np.full((n_rows, length), PAD, np.int32)
    owner = np.full((n_rows, length), -1, np.int32)
    clause = np.full((n_rows, length), -1, np.int32)
    position = np.zeros((n_rows, length), np.int32)
    used = np.zeros(n_rows, np.int64)
    size = np.empty(len(text), np.int64)
    n_clauses = 0
    for w in range(len(text)):
        size[w] = min(length, clause_offsets[last[w]] - clause_offsets[first[w]] + 1)
        n_clauses += last[w] - first[w]
    clause_text = np.empty(n_clauses, np.int64)
    texts = np.empty(len(text), np.int64)
    number = np.full(len(text), -1, np.int64)  # packed text of each window
    row_of = np.full(len(text), -1, np.int64)
    for w in np.argsort(-size):
        best = -1
        for r in range(n_rows):
            if used[r] + size[w] <= length and (best < 0 or used[r] > used[best]):
                best = r
        row_of[w] = best
        if best >= 0:
            used[best] += size[w]
    used[:] = 0
    n_texts = 0
    m = 0
    previous = -1
    for w in range(len(text)):
        r = row_of[w]
        if r < 0:
            continue
        if text[w] != previous:
            texts[n_texts] = text[w]
            previous = text[w]
            n_texts += 1
        number[w] = n_texts - 1
        a = used[r]
        out[r, a], owner[r, a] = SEPARATOR, number[w]
        k = 1
        for c in range(first[w], last[w]):
            for j in range(clause_offsets[c], clause_offsets[c + 1]):
                if k < size[w]:
                    out[r, a + k], owner[r, a + k] = ids[j], number[w]
                    clause[r, a + k], position[r, a + k] = m, k
                    k += 1
            clause_text[m] = number[w]
            m += 1
        used[r] = a + k
    return out, owner, clause, position, clause_text[:m].copy(), texts[:n_texts].copy()
