"""What the encoder reads at each step: texts drawn, packed, masked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nlp_cx.text.tokens import MASK, SPECIAL
from nlp_cx.train.encoder.corpus import Corpus, Rows, cut_windows, pack

_BY_TEXT, _BY_CLAUSE, _BY_ROW = range(3)

_Ints = npt.NDArray[np.int64]


class Batch(NamedTuple):
    """One step's rows as tensors; see `Rows`.

    Parameters
    ----------
    ids, text, seen, position : int64 (b, s)
        `seen` is the same number where tokens see each other.
    places : int64 (n_places,)
        Flat places of the tokens that belong to a clause.
    clause : int64 (n_places,)
    clause_text : int64 (n_clauses,)
    texts : int64 (n_texts,)
    hidden_places, hidden_ids : int64 (n_hidden,)
        Tokens to be guessed: where they stand, and what stood there.
    """

    ids: Tensor
    text: Tensor
    seen: Tensor
    position: Tensor
    places: Tensor
    clause: Tensor
    clause_text: Tensor
    texts: Tensor
    hidden_places: Tensor
    hidden_ids: Tensor


class Reader:
    """Draws the batches of an epoch.

    Parameters
    ----------
    corpus : Corpus
    is_read_whole : bool (n,)
        Texts whose labels need all of them: up to `most_windows` windows, else one at random.
    repeats : int64 (n,)
        How often each text is read in an epoch.
    n_rows, length : int
        Of every batch.
    clause_share, row_share : float
        Part of the rows in which a token sees its clause alone, or all texts of the row: that is
        what teaches a clause to speak of its own subject.
    most_windows : int
    """

    def __init__(
        self,
        corpus: Corpus,
        is_read_whole: npt.NDArray[np.bool_],
        repeats: _Ints,
        *,
        n_rows: int,
        length: int,
        clause_share: float = 0.15,
        row_share: float = 0.25,
        most_windows: int = 3,
    ) -> None:
        self.corpus = corpus
        self.n_rows, self.length = n_rows, length
        self.shares = 1 - clause_share - row_share, clause_share, row_share
        self.most_windows = most_windows
        self.is_read_whole, self.repeats = is_read_whole, repeats
        text, self.first, self.last = cut_windows(corpus, length)
        self.window_of = np.searchsorted(text, np.arange(len(corpus.first_clause)))

    def epoch(self, random_state: int) -> Iterator[Rows]:
        """Give the rows of one epoch; the same for the same random state."""
        rng = np.random.default_rng(random_state)
        order = rng.permutation(np.repeat(np.arange(len(self.repeats)), self.repeats))
        offsets, first, last = self.corpus.clause_offsets, self.first, self.last
        text_of, chosen = self._choose(order, rng)
        size = np.minimum(self.length, offsets[last[chosen]] - offsets[first[chosen]] + 1)
        room = int(0.985 * self.n_rows * self.length)
        filled = np.cumsum(size)
        a = 0
        while a < len(chosen):
            b = int(np.searchsorted(filled, (filled[a - 1] if a else 0) + room, "right"))
            while b < len(chosen) and text_of[b] == text_of[b - 1]:
                b += 1
            b = max(b, a + 1)
            windows = chosen[a:b]
            yield pack(
                self.corpus,
                (text_of[a:b], first[windows], last[windows]),
                self.n_rows,
                self.length,
            )
            a = b

    def make(self, rows: Rows, mask_share: float, rng: np.random.Generator) -> Batch:
        """Turn rows into a batch: who sees whom, and what is hidden.

        Parameters
        ----------
        rows : Rows
        mask_share : float
            Part of the tokens that are to be guessed, 0 to 1. Of these eight in ten are masked,
            one is another token, one stays.
        rng : Generator

        Returns
        -------
        Batch
        """
        b, s = rows.ids.shape
        kind = np.asarray(rng.choice(3, b, p=self.shares))[:, None]
        is_token = rows.text >= 0
        alone = -2 - np.arange(b * s).reshape(b, s)
        by_clause = np.where(rows.clause >= 0, rows.clause, alone)
        seen = np.choose(kind, (rows.text, by_clause, np.where(is_token, 0, -1)))
        text = np.where((kind == _BY_ROW) & is_token, 0, rows.text)
        position = np.where(kind == _BY_ROW, np.arange(s)[None], rows.position)
        ids = rows.ids.copy().reshape(-1)
        places = np.flatnonzero(rows.clause >= 0)
        hidden = places[rng.random(len(places)) < mask_share]
        hidden_ids = ids[hidden].copy()
        dice = rng.random(len(hidden))
        n_tokens = int(self.corpus.ids.max()) + 1
        other = rng.integers(len(SPECIAL), n_tokens, len(hidden))
        ids[hidden] = np.where(dice < 0.8, MASK, np.where(dice < 0.9, other, hidden_ids))
        arrays = (
            ids.reshape(b, s),
            *(text, seen, position, places),
            rows.clause.reshape(-1)[places],
            *(rows.clause_text, rows.texts, hidden, hidden_ids),
        )
        return Batch(*(torch.from_numpy(np.ascontiguousarray(x, np.int64)) for x in arrays))

    def _choose(self, order: _Ints, rng: np.random.Generator) -> tuple[_Ints, _Ints]:
        """Choose windows of the texts, in order."""
        begin, end = self.window_of[order], self.window_of[order + 1]
        n = end - begin
        start = begin + (rng.random(len(order)) * n).astype(np.int64)
        whole = self.is_read_whole[order]
        start = np.where(whole, begin, start)
        count = np.where(whole, np.minimum(n, self.most_windows), np.minimum(n, 1))
        text_of = np.repeat(order, count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return text_of, np.repeat(start, count) + within
