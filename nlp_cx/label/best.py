"""The best of a long stream of texts, each text once, in bounded memory and any order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(slots=True)
class Candidate:
    """A text that may be picked.

    Parameters
    ----------
    key : int
        See `nlp_cx.label.keys.text_keys`.
    text, doc_id, lang, group : str
        ``group`` and ``lang`` are None where they are not known.
    value : float
        How good it is for the strategy.
    draw : int
        Decides between equal values.
    details : ndarray of float32
        What the reason is written from.
    n_copies : int
        Rows with this text; exact only where `value` is the same for all texts.
    """

    key: int
    text: str
    doc_id: str
    lang: str | None
    group: str | None
    value: float
    draw: int
    details: npt.NDArray[np.float32]
    n_copies: int = 1

    def order(self) -> tuple[float, int, str, str]:
        """Give the sorting key: the best comes first, whatever order the rows had."""
        return -self.value, self.draw, self.text, self.doc_id


class BestTexts:
    """Keep the best `size` texts of a stream.

    Parameters
    ----------
    size : int

    Notes
    -----
    Holds at most ``4 * size + 1000`` texts at a time. The result does not depend on the order of
    the stream: a text is dropped only when `size` other texts are better, and they stay so.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[Candidate] = []
        self._worst = (-np.inf, 0)

    def choose(
        self, values: npt.NDArray[np.float64], draws: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.int64]:
        """Tell which rows of a batch may be among the best.

        Parameters
        ----------
        values, draws : ndarray, shape (n_rows,)
            Rows whose value is not a number are left out.

        Returns
        -------
        ndarray of int64
            Their positions.
        """
        if self._size == 0:
            return np.zeros(0, np.int64)
        value, draw = self._worst
        as_good = (values == value) & (draws <= np.uint64(draw))
        return np.flatnonzero((values > value) | as_good)

    def add(self, candidate: Candidate) -> None:
        """Add a row."""
        self._kept.append(candidate)
        if len(self._kept) > 4 * self._size + 1000:
            self._compact()

    def ranked(self) -> list[Candidate]:
        """Give the best texts, the best first."""
        self._compact()
        return list(self._kept)

    def _compact(self) -> None:
        """Merge copies and drop what cannot be among the best any more."""
        by_key: dict[int, Candidate] = {}
        for candidate in sorted(self._kept, key=Candidate.order):
            first = by_key.setdefault(candidate.key, candidate)
            if first is not candidate:
                first.n_copies += candidate.n_copies
        self._kept = list(by_key.values())[: self._size]
        if len(self._kept) == self._size and self._kept:
            last = self._kept[-1]
            self._worst = (last.value, last.draw)
