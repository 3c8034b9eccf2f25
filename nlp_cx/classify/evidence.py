"""Choose the clauses that carry a document's labels."""

from __future__ import annotations

import numpy as np
from numba import njit

from nlp_cx.classify.decode import FIRST_DRIVER, PER_DRIVER
from nlp_cx.schema import POLARITIES, SENTIMENTS

_MIXED = POLARITIES.index("mixed")
_NEUTRAL = SENTIMENTS.index("neutral")
_NEGATIVE, _POSITIVE = SENTIMENTS.index("negative"), SENTIMENTS.index("positive")
NO_DRIVER = -1


@njit(cache=True, nogil=True)
def choose_evidence(first_clause, logits, sentiment, mentioned, in_document, polarity):  # type: ignore[no-untyped-def]
    """List the pairs of clause and driver that make the evidence table.

    Parameters
    ----------
    first_clause : int64 (n_documents + 1,)
    logits : float32 (n_clauses, K)
        Raw outputs of the clauses.
    sentiment : int8 (n_clauses,)
    mentioned : bool (D, n_clauses)
        Drivers that the clause mentions by itself.
    in_document : bool (D, n_documents)
        Drivers that the document mentions.
    polarity : int8 (D, n_documents)
        Of the document.

    Returns
    -------
    clause : int64 (n_rows,)
    driver : int8 (n_rows,)
        -1 where the clause has a sentiment but no driver.

    Notes
    -----
    A clause is evidence of a driver if it mentions the driver by itself; and for every driver of a
    document, the clause with the strongest mention of the document's polarity always is (for mixed,
    the strongest negative and the strongest positive one). So no label is without its words.
    """
    n_drivers = len(mentioned)
    n_clauses = len(sentiment)
    clauses = np.empty(n_clauses * (n_drivers + 1), np.int64)
    drivers = np.empty(n_clauses * (n_drivers + 1), np.int8)
    n = 0
    for i in range(len(first_clause) - 1):
        a, b = first_clause[i], first_clause[i + 1]
        strongest = np.full((n_drivers, 2), -1, np.int64)
        for d in range(n_drivers):
            if not in_document[d, i]:
                continue
            label = polarity[d, i]
            for side in range(2):
                if label == _MIXED:
                    k = _NEGATIVE if side == 0 else _POSITIVE
                else:
                    k = label
                j = FIRST_DRIVER + PER_DRIVER * d + k
                best = a
                for c in range(a + 1, b):
                    if logits[c, j] > logits[best, j]:
                        best = c
                strongest[d, side] = best
        for c in range(a, b):
            has_driver = False
            for d in range(n_drivers):
                if not in_document[d, i]:
                    continue
                if mentioned[d, c] or strongest[d, 0] == c or strongest[d, 1] == c:
                    clauses[n] = c
                    drivers[n] = d
                    n += 1
                    has_driver = True
            if not has_driver and sentiment[c] >= 0 and sentiment[c] != _NEUTRAL:
                clauses[n] = c
                drivers[n] = NO_DRIVER
                n += 1
    return clauses[:n].copy(), drivers[:n].copy()
