"""Choose the clauses that carry a document's labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.classify.decode import FIRST_DRIVER, PER_DRIVER, Decoded
from nlp_cx.schema import POLARITIES, SENTIMENTS

_MIXED = POLARITIES.index("mixed")
_NEGATIVE, _NEUTRAL, _POSITIVE = range(len(SENTIMENTS))
NO_DRIVER = -1


class Evidence(NamedTuple):
    """Pairs of clause and driver, in text order.

    Parameters
    ----------
    clause : int64 (n_rows,)
    driver : int8 (n_rows,)
        -1 where the clause has a sentiment but no driver.
    polarity : int8 (n_rows,)
        Of the clause towards the driver; -1 where there is none.
    """

    clause: npt.NDArray[np.int64]
    driver: npt.NDArray[np.int8]
    polarity: npt.NDArray[np.int8]


@njit(cache=True, nogil=True)
def choose_evidence(
    first_clause: npt.NDArray[np.int64],
    logits: npt.NDArray[np.float32],
    clauses: Decoded,
    documents: Decoded,
) -> Evidence:
    """List the pairs of clause and driver that make the evidence table.

    Parameters
    ----------
    first_clause : int64 (n_documents + 1,)
    logits : float32 (n_clauses, K)
        Raw outputs of the clauses.
    clauses, documents : Decoded
        Labels of the clauses by themselves, and of the documents.

    Returns
    -------
    Evidence

    Notes
    -----
    A clause is evidence of a driver if it mentions the driver by itself; and for every driver of a
    document, the clause with the strongest mention of the document's polarity always is (for mixed,
    the strongest negative and the strongest positive one). So no label is without its words.
    """
    n_drivers, n_clauses = clauses.polarity.shape
    polarity = np.full((n_drivers, n_clauses), -1, np.int8)
    for i in range(len(first_clause) - 1):
        first, last = first_clause[i], first_clause[i + 1]
        for d in range(n_drivers):
            if not documents.mentioned[d, i]:
                continue
            for c in range(first, last):
                if clauses.mentioned[d, c]:
                    polarity[d, c] = clauses.polarity[d, c]
            label = documents.polarity[d, i]
            sides = (_NEGATIVE, _POSITIVE) if label == _MIXED else (label, label)
            for side in sides:
                output = FIRST_DRIVER + PER_DRIVER * d + side
                best = first + np.argmax(logits[first:last, output])
                # A side of a mixed label may reach its threshold in a clause that is more neutral.
                own = clauses.polarity[d, best]
                polarity[d, best] = side if own == _NEUTRAL else own
    clause = np.empty(n_clauses * (n_drivers + 1), np.int64)
    driver = np.empty(n_clauses * (n_drivers + 1), np.int8)
    towards = np.empty(n_clauses * (n_drivers + 1), np.int8)
    n = 0
    for c in range(n_clauses):
        before = n
        for d in range(n_drivers):
            if polarity[d, c] >= 0:
                clause[n], driver[n], towards[n] = c, d, polarity[d, c]
                n += 1
        if n == before and clauses.sentiment[c] >= 0 and clauses.sentiment[c] != _NEUTRAL:
            clause[n], driver[n], towards[n] = c, NO_DRIVER, -1
            n += 1
    return Evidence(clause[:n].copy(), driver[:n].copy(), towards[:n].copy())
