"""Texts as windows of tokens, drawn and padded for each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nlp_cx.classify.checkpoint_windows import NO_CLAUSE, TokenReader, Windows
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses

_SORTED_TOGETHER = 32

_Ints = npt.NDArray[np.int64]


class Lessons(NamedTuple):
    """n texts as they are read.

    Parameters
    ----------
    windows : Windows
    first_clause : int64 (n + 1,)
    """

    windows: Windows
    first_clause: _Ints


class Batch(NamedTuple):
    """Some texts in b windows of s tokens at most.

    Parameters
    ----------
    ids, mask : int64 (b, s)
    places : int64 (n_places,)
        Flat places of the tokens that belong to a clause.
    clause : int64 (n_places,)
    clause_text : int64 (n_clauses,)
        Which of the batch's texts.
    n_texts : int
    """

    ids: Tensor
    mask: Tensor
    places: Tensor
    clause: Tensor
    clause_text: Tensor
    n_texts: int

    def to(self, device: torch.device) -> Batch:
        """Give it on another device."""
        ids, mask, places, clause, clause_text = (x.to(device) for x in self[:5])
        return Batch(ids, mask, places, clause, clause_text, self.n_texts)


def read_lessons(texts: Sequence[str], reader: TokenReader) -> Lessons:
    """Read texts just as the served model will.

    Parameters
    ----------
    texts : sequence of str
    reader : TokenReader

    Returns
    -------
    Lessons
    """
    batch = TextBatch.from_strings(list(texts))
    clauses = find_clauses(batch.codes, batch.offsets)
    counts = np.bincount(clauses.document, minlength=len(batch))
    first_clause = np.concatenate([[0], np.cumsum(counts)])
    windows = reader.read(batch.codes, first_clause, clauses.start, clauses.end)
    return Lessons(windows, first_clause)


def count_windows(lessons: Lessons, most: int) -> _Ints:
    """Count the windows that are read of each text: at most `most`, 0 where nothing is known."""
    return np.minimum(np.diff(lessons.windows.first_window), most)


def plan_batches(
    lessons: Lessons, batch_size: int, most: int, rng: np.random.Generator | None
) -> list[_Ints]:
    """Share texts out among batches.

    Parameters
    ----------
    lessons : Lessons
    batch_size : int
        Most texts, and most windows unless a text has more by itself.
    most : int
        Windows of a text.
    rng : Generator or None
        Draws the order; None: by length.

    Returns
    -------
    list of int64 arrays
        Texts of each batch, those of about one length together; texts of which nothing is known
        are in none.
    """
    windows = lessons.windows
    counts = count_windows(lessons, most)
    texts = np.flatnonzero(counts)
    lengths = np.diff(windows.offsets)
    longest = np.array([lengths[a] for a in windows.first_window[:-1][texts]], np.int64)
    size = np.zeros(len(counts), np.int64)
    size[texts] = longest + 10_000 * (counts[texts] - 1)
    if rng is None:
        groups = [texts[np.argsort(size[texts], kind="stable")]]
    else:
        texts = rng.permutation(texts)
        step = _SORTED_TOGETHER * batch_size
        groups = [texts[a : a + step] for a in range(0, len(texts), step)]
        groups = [group[np.argsort(size[group], kind="stable")] for group in groups]
    batches: list[_Ints] = []
    for group in groups:
        first, filled = 0, 0
        for k, text in enumerate(group):
            if k > first and filled + counts[text] > batch_size:
                batches.append(group[first:k])
                first, filled = k, 0
            filled += int(counts[text])
        if len(group):
            batches.append(group[first:])
    if rng is not None:
        batches = [batches[k] for k in rng.permutation(len(batches))]
    return batches


def make_batch(lessons: Lessons, texts: _Ints, most: int, pad: int) -> Batch:
    """Lay the windows of texts under one another.

    Parameters
    ----------
    lessons : Lessons
    texts : int64 (n_texts,)
    most : int
        Windows of a text, from its beginning.
    pad : int
        Token behind shorter windows.

    Returns
    -------
    Batch
    """
    windows, first_clause = lessons
    counts = count_windows(lessons, most)
    chosen = [
        (n, w)
        for n, text in enumerate(texts)
        for w in range(windows.first_window[text], windows.first_window[text] + counts[text])
    ]
    lengths = np.diff(windows.offsets)
    shape = len(chosen), max(int(lengths[w]) for _, w in chosen)
    ids, mask = np.full(shape, pad, np.int64), np.zeros(shape, np.int64)
    clause = np.full(shape, NO_CLAUSE, np.int64)
    begins, n_clauses = np.zeros(len(texts), np.int64), 0
    clause_text = []
    for n, text in enumerate(texts):
        a, b = int(first_clause[text]), int(first_clause[text + 1])
        if counts[text] < windows.first_window[text + 1] - windows.first_window[text]:
            last = windows.offsets[windows.first_window[text] + counts[text]]
            read = windows.clause[windows.offsets[windows.first_window[text]] : last]
            b = int(read.max(initial=a)) + 1  # clauses that are not read say nothing
        begins[n] = n_clauses - a
        clause_text += [n] * (b - a)
        n_clauses += b - a
    for row, (n, w) in enumerate(chosen):
        span = slice(windows.offsets[w], windows.offsets[w + 1])
        size = int(lengths[w])
        ids[row, :size], mask[row, :size] = windows.ids[span], 1
        own = windows.clause[span]
        clause[row, :size] = np.where(own == NO_CLAUSE, NO_CLAUSE, own + begins[n])
    flat = clause.reshape(-1)
    places = np.flatnonzero(flat != NO_CLAUSE)
    arrays = ids, mask, places, flat[places], np.array(clause_text, np.int64)
    a, b, c, d, e = (torch.from_numpy(np.ascontiguousarray(x)) for x in arrays)
    return Batch(a, b, c, d, e, len(texts))
