"""Texts that mention what is rarely mentioned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlp_cx.label.best import BestTexts, Candidate
from nlp_cx.label.doubt import Chances
from nlp_cx.label.keys import draw_uniform
from nlp_cx.label.rows import Rows, put_rows

_UNIT = 1 << 20
"""Mentions are counted in whole numbers of this part, so that their sum has no order."""


class RareDrivers:
    """Sample texts for every driver, and let the drivers take turns, the rare ones more often.

    Parameters
    ----------
    drivers : sequence of str
    size : int
        Texts that are kept for each driver.
    random_state : int
    """

    def __init__(self, drivers: Sequence[str], size: int, *, random_state: int) -> None:
        self._drivers = tuple(drivers)
        self._random_state = random_state
        self._best = [BestTexts(size) for _ in drivers]
        self._mentions = np.zeros(len(self._drivers), np.int64)

    def offer(self, rows: Rows, chances: Chances) -> None:
        """Sample rows for every driver with a chance in proportion to P(mention).

        Parameters
        ----------
        rows : Rows
            Of n texts.
        chances : Chances
            Of the same texts.
        """
        counted = np.where(rows.usable[:, None], chances.mention, 0)
        self._mentions += np.round(np.nan_to_num(counted) * _UNIT).astype(np.int64).sum(axis=0)
        for d, best in enumerate(self._best):
            draws = draw_uniform(rows.keys, self._random_state, f"rare {d}")
            uniform = (draws.astype(np.float64) + 1) / 2.0**64
            p = chances.mention[:, d]
            put_rows(best, rows, np.round(p, 4) / uniform, draws, p[:, None])

    def candidates(self, n_scored: int) -> list[tuple[Candidate, str]]:
        """Take turns among the drivers so that their expected mentions become level.

        Parameters
        ----------
        n_scored : int
            Texts that were offered.

        Returns
        -------
        list of (Candidate, str)
            The first to be picked first, each with the reason.
        """
        queues = [best.ranked() for best in self._best]
        share = self._mentions / _UNIT / max(n_scored, 1)
        # A driver's turn comes again after so many expected mentions in the world.
        waits = np.where(share > 0, share, np.inf)
        clock = waits.copy()
        order = []
        for _ in range(sum(map(len, queues))):
            d = int(np.argmin([c if queues[k] else np.inf for k, c in enumerate(clock)]))
            if not queues[d]:
                break
            candidate = queues[d].pop(0)
            clock[d] += waits[d]
            reason = (
                f"{self._drivers[d]} is mentioned with probability {candidate.details[0]:.2f}; "
                f"in {share[d]:.1%} of all texts"
            )
            order.append((candidate, reason))
        return order
