"""Time several ways of doing the same, side by side, without flattering any."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from threadpoolctl import threadpool_limits

_FLUSH = 128 << 20
"""Bytes that are written before each call, so that nothing useful is left in the caches."""

METHOD = (
    "One core: the process is pinned to it and all libraries to one thread. Every round takes "
    "texts that were never scored before, empties the caches by writing 128 MB, and runs all "
    "routes one after another, their order turning from round to round. The clock is processor "
    "time of the whole process, so that other programs on the machine disturb little. A slow "
    "route gets a part of the round's texts: every k-th by length, so that lengths are alike. "
    "Making the input object is not timed. Ratios are taken within rounds; given are the median "
    "and, in brackets, the least and the greatest."
)


@dataclass(frozen=True)
class Route:
    """One way.

    Parameters
    ----------
    name : str
    run : callable
        Given what `prepare` made.
    prepare : callable
        Makes the input from a list of texts; not timed.
    part : int
        Of how many texts one is taken.
    """

    name: str
    run: Callable[[Any], object]
    prepare: Callable[[list[str]], Any] = lambda texts: texts
    part: int = 1


def race(
    routes: Sequence[Route], texts: Sequence[str], *, n_rounds: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Time every route in every round.

    Parameters
    ----------
    routes : sequence of Route
    texts : sequence of str
        Distinct. Split into ``n_rounds + 1`` chunks; the first one warms up.
    n_rounds : int

    Returns
    -------
    dict of str to ndarray, shape (n_rounds,)
        Seconds per text of each route.
    """
    size = len(texts) // (n_rounds + 1)
    chunks = [list(texts[i * size : (i + 1) * size]) for i in range(n_rounds + 1)]
    seconds: dict[str, list[float]] = {route.name: [] for route in routes}
    with one_core():
        for number, chunk in enumerate(chunks):
            turn = number % len(routes)
            for route in (*routes[turn:], *routes[:turn]):
                mine = _take_evenly(chunk, route.part)
                given = route.prepare(mine)
                _flush_caches()
                start = time.process_time()
                route.run(given)
                elapsed = time.process_time() - start
                if number:
                    seconds[route.name].append(elapsed / len(mine))
    return {name: np.array(found) for name, found in seconds.items()}


def ratio(
    slow: npt.NDArray[np.float64], fast: npt.NDArray[np.float64]
) -> tuple[float, float, float]:
    """Give how many times one route is faster: median, least and greatest over rounds."""
    found = slow / fast
    return float(np.median(found)), float(found.min()), float(found.max())


@contextmanager
def one_core():  # type: ignore[no-untyped-def]
    """Keep this process on one core and all libraries on one thread."""
    allowed = os.sched_getaffinity(0)
    n_arrow = pa.cpu_count()
    os.sched_setaffinity(0, {max(allowed)})
    pa.set_cpu_count(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        os.sched_setaffinity(0, allowed)
        pa.set_cpu_count(n_arrow)


def _take_evenly(texts: list[str], part: int) -> list[str]:
    """Take one text of `part`, spread evenly over the lengths."""
    if part == 1:
        return texts
    by_length = sorted(texts, key=len)
    return by_length[part // 2 :: part] or by_length[:1]


def _flush_caches() -> None:
    """Fill the caches with something else."""
    np.ones(_FLUSH // 8).sum()
