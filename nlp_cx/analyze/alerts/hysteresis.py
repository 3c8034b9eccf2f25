"""From verdicts to cases: an alert opens once, stays open until things are better, then rests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.alerts.rules import AggregateRule
from nlp_cx.analyze.alerts.verdicts import Verdicts

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Memory:
    """Where each of m watched things stands.

    Attributes
    ----------
    level : ndarray of float64, shape (m,)
        At which the open alert closes; NaN where none is open.
    last_case : ndarray of float64, shape (m,)
        Day (since 1970) that the window of the last case ended before; -inf where there was none.
    """

    level: Floats
    last_case: Floats


@dataclass(frozen=True, slots=True)
class Walk:
    """What happened at every step.

    Attributes
    ----------
    opened : ndarray of bool, shape (n_steps, m)
        A case was opened.
    is_open : ndarray of bool, shape (n_steps, m)
        After the step.
    cooling : ndarray of bool, shape (n_steps, m)
        A case would have been opened, but for the cool-down.
    """

    opened: Bools
    is_open: Bools
    cooling: Bools


def start_memory(m: int) -> Memory:
    """Give the memory of those who know nothing.

    Parameters
    ----------
    m : int

    Returns
    -------
    Memory
    """
    return Memory(np.full(m, np.nan), np.full(m, -np.inf))


def walk(
    rule: AggregateRule, verdicts: Verdicts, ends: npt.NDArray[np.int64], memory: Memory
) -> Walk:
    """Go through steps in their order.

    Parameters
    ----------
    rule : AggregateRule
    verdicts : Verdicts
        With arrays of shape (n_steps, m).
    ends : ndarray of int64, shape (n_steps,)
        Days since 1970.
    memory : Memory
        Updated.

    Returns
    -------
    Walk

    Notes
    -----
    An alert closes when a window that can be judged is back at its level, or after
    ``rule.forget_days``. While it is open, and for ``rule.cool_down_days`` after its case, no
    other case is opened.
    """
    shape = verdicts.estimate.shape
    opened, is_open, cooling = (np.zeros(shape, np.bool_) for _ in range(3))
    levels = _closing_levels(rule, verdicts)
    for i, end in enumerate(ends.tolist()):
        open_now = ~np.isnan(memory.level)
        with np.errstate(invalid="ignore"):
            if rule.direction == "up":
                is_back = verdicts.estimate[i] <= memory.level
            else:
                is_back = verdicts.estimate[i] >= memory.level
        is_old = end - memory.last_case >= rule.forget_days
        closes = open_now & ((verdicts.can_judge[i] & is_back) | is_old)
        memory.level[closes] = np.nan
        open_now &= ~closes
        wants = verdicts.is_worse[i] & ~open_now
        rests = end - memory.last_case < rule.cool_down_days
        opened[i], cooling[i] = wants & ~rests, wants & rests
        memory.level[opened[i]] = levels[i][opened[i]]
        memory.last_case[opened[i]] = end
        is_open[i] = open_now | opened[i]
    return Walk(opened, is_open, cooling)


def _closing_levels(rule: AggregateRule, verdicts: Verdicts) -> Floats:
    """Give the level at which an alert that opens at a step would close."""
    if rule.clear is not None:
        return np.full(verdicts.estimate.shape, rule.clear)
    half_way = (verdicts.estimate + verdicts.baseline) / 2
    if rule.threshold is None:
        return half_way
    if rule.baseline_days is None:
        return np.full(verdicts.estimate.shape, rule.threshold)
    # An alert that needs both is over when the first of them is.
    worst = np.fmax if rule.direction == "up" else np.fmin
    return np.asarray(worst(half_way, rule.threshold))
