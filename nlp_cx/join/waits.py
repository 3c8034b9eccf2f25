"""How long customers wait for answers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

CUSTOMER, AGENT, BOT, SYSTEM, UNKNOWN = range(5)
"""Codes of speakers: their positions in `schema.SPEAKERS`."""

_ROLLOVER = 6 * 3600.0
"""A clock time that falls by more than this is of the next day."""


class Waits(NamedTuple):
    """Waiting times of conversations in seconds, NaN where not known; shape (n_conversations,).

    Attributes
    ----------
    first, first_agent, mean, longest, duration : ndarray of float64
        As ``first_wait_seconds`` .. ``duration_seconds`` of `schema.conversations_schema`.
    n_backward : int
        Answers that are dated before the turn they answer; they count as not known.
    """

    first: npt.NDArray[np.float64]
    first_agent: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    longest: npt.NDArray[np.float64]
    duration: npt.NDArray[np.float64]
    n_backward: int


def measure_waits(
    speakers: npt.NDArray[np.int8],
    seconds: npt.NDArray[np.float64],
    is_clock: npt.NDArray[np.bool_],
    starts: npt.NDArray[np.int64],
) -> Waits:
    """Measure how long customers wait for answers.

    Parameters
    ----------
    speakers : ndarray of int8, shape (n_turns,)
        Positions in `schema.SPEAKERS`, in the order of the turns of each conversation.
    seconds : ndarray of float64, shape (n_turns,)
        Times; NaN where not known.
    is_clock : ndarray of bool, shape (n_turns,)
        The time is since midnight of a day that is not known.
    starts : ndarray of int64, shape (n_conversations + 1,)
        Conversation c has the turns ``starts[c]:starts[c + 1]``.

    Returns
    -------
    Waits

    Notes
    -----
    A wait runs from the first customer turn that is not answered to the next turn of an agent or a
    bot. A wait with a turn by an unknown speaker in it is not known. Clock times go on to the next
    day where they fall by more than six hours; a conversation that mixes clock times and dates has
    no waits.

    Examples
    --------
    >>> waits = measure_waits(
    ...     np.array([0, 0, 1, 0, 1], np.int8), np.array([0.0, 30, 90, 100, 400]),
    ...     np.zeros(5, bool), np.array([0, 5]))
    >>> waits.first.item(), waits.mean.item(), waits.longest.item(), waits.duration.item()
    (90.0, 195.0, 300.0, 400.0)
    """
    starts = np.ascontiguousarray(starts, np.int64)
    table, n_backward = _measure(speakers, _unroll(seconds, is_clock, starts), starts)
    first, first_agent, mean, longest, duration = table
    return Waits(first, first_agent, mean, longest, duration, int(n_backward))


@njit(cache=True, nogil=True)
def _unroll(seconds, is_clock, starts):  # type: ignore[no-untyped-def]
    """Let clock times go on over midnight; NaN where clock times and dates are mixed."""
    unrolled = seconds.copy()
    for c in range(starts.size - 1):
        n_clock, n_timed = 0, 0
        for i in range(starts[c], starts[c + 1]):
            n_timed += not np.isnan(seconds[i])
            n_clock += is_clock[i]
        if n_clock == 0:
            continue
        days, before = 0.0, np.nan
        for i in range(starts[c], starts[c + 1]):
            unrolled[i] = seconds[i] + days if n_clock == n_timed else np.nan
            if before - unrolled[i] > _ROLLOVER:
                days += 86400.0
                unrolled[i] += 86400.0
            if not np.isnan(unrolled[i]):
                before = unrolled[i]
    return unrolled


@njit(cache=True, nogil=True)
def _measure(speakers, seconds, starts):  # type: ignore[no-untyped-def]
    """Give one column per conversation: first, first by an agent, mean, longest, duration."""
    table = np.full((5, starts.size - 1), np.nan)
    n_backward = 0
    for c in range(starts.size - 1):
        opened, since = np.nan, np.nan  # of the first customer turn, of the first not answered
        has_opened, is_waiting, n_answers, n_waits, total = False, False, 0, 0, 0.0
        for i in range(starts[c], starts[c + 1]):
            if speakers[i] == CUSTOMER:
                opened = opened if has_opened else seconds[i]
                since = since if is_waiting else seconds[i]
                has_opened, is_waiting = True, True
            elif speakers[i] == UNKNOWN:
                opened, since = np.nan, np.nan
            elif speakers[i] == AGENT or speakers[i] == BOT:
                if is_waiting:
                    wait = seconds[i] - since
                    n_backward += wait < 0.0
                    if wait >= 0.0:
                        n_waits += 1
                        total += wait
                        table[3, c] = wait if n_waits == 1 else max(table[3, c], wait)
                        if n_answers == 0:
                            table[0, c] = wait
                    n_answers += 1
                    is_waiting = False
                if speakers[i] == AGENT and has_opened:
                    if seconds[i] >= opened:
                        table[1, c] = seconds[i] - opened
                    opened = np.nan
        if n_waits:
            table[2, c] = total / n_waits
        duration = seconds[starts[c + 1] - 1] - seconds[starts[c]]
        table[4, c] = duration if duration >= 0.0 else np.nan
    return table, n_backward
