"""Cut documents into the windows that an encoder reads: whole clauses, up to so many tokens."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

_Ints = npt.NDArray[np.int64]


class Windows(NamedTuple):
    """Stretches of tokens that are read together, in text order.

    Parameters
    ----------
    first, last : int64 (n_windows,)
        Window w holds the tokens ``first[w]:last[w]``; at least one.
    clause : int64 (n_windows,)
        The clause that its first token belongs to.
    clause_offsets : int64 (m + 1,)
        Clause c holds the tokens ``clause_offsets[c]:clause_offsets[c + 1]``.
    """

    first: _Ints
    last: _Ints
    clause: _Ints
    clause_offsets: _Ints


def find_windows(clause_offsets: _Ints, first_clause: _Ints, n_most: int) -> Windows:
    """Cut documents into windows.

    Parameters
    ----------
    clause_offsets : int64 (m + 1,)
        Clause c holds the tokens ``clause_offsets[c]:clause_offsets[c + 1]``.
    first_clause : int64 (n + 1,)
        Document i holds the clauses ``first_clause[i]:first_clause[i + 1]``.
    n_most : int
        Tokens in the longest window, 1 or more.

    Returns
    -------
    Windows
        As many whole clauses of a document as fit. A clause that is longer by itself is cut into
        as few windows as hold it, of about the same length, so that no token is left out. Documents
        without tokens have none.

    Examples
    --------
    >>> offsets = np.array([0, 3, 6, 17, 18])
    >>> windows = find_windows(offsets, np.array([0, 3, 4]), 8)
    >>> [(int(a), int(b)) for a, b in zip(windows.first, windows.last)]
    [(0, 6), (6, 11), (11, 17), (17, 18)]
    """
    first, last, clause = _find(clause_offsets, first_clause, n_most)
    return Windows(first, last, clause, clause_offsets)


def group_windows(windows: Windows, n_tokens: int) -> list[_Ints]:
    """Put windows of one length together.

    Parameters
    ----------
    windows : Windows
    n_tokens : int
        About how many tokens a group holds at most.

    Returns
    -------
    list of int64 arrays
        Indices of windows, each in one group, the shortest windows first. No group mixes lengths:
        so nothing has to be padded, and what a window gets cannot depend on the others.
    """
    length = windows.last - windows.first
    order = np.argsort(length, kind="stable")
    groups = []
    for same in np.split(order, np.flatnonzero(np.diff(length[order])) + 1):
        if len(same):
            size = max(1, n_tokens // int(length[same[0]] + 1))
            groups += [same[a : a + size] for a in range(0, len(same), size)]
    return groups


@njit(cache=True, nogil=True)
def _find(clause_offsets, first_clause, n_most):  # type: ignore[no-untyped-def]
    """Fill windows clause by clause."""
    n_windows = len(clause_offsets) - 1 + (clause_offsets[-1] - clause_offsets[0]) // n_most + 1
    first, last = np.empty(n_windows, np.int64), np.empty(n_windows, np.int64)
    clause = np.empty(n_windows, np.int64)
    n = 0
    for i in range(len(first_clause) - 1):
        a = first_clause[i]
        for c in range(first_clause[i], first_clause[i + 1] + 1):
            is_end = c == first_clause[i + 1]
            if not is_end and (c == a or clause_offsets[c + 1] - clause_offsets[a] <= n_most):
                continue
            begin, end = clause_offsets[a], clause_offsets[c]
            n_parts = (end - begin + n_most - 1) // n_most  # above 1 for a long clause alone
            for k in range(n_parts):
                first[n] = begin + (end - begin) * k // n_parts
                last[n] = begin + (end - begin) * (k + 1) // n_parts
                clause[n] = a
                n += 1
            a = c
    return first[:n].copy(), last[:n].copy(), clause[:n].copy()
