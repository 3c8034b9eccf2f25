"""Differences of metrics between groups and between periods, tested, and adjusted for how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.metrics.cells import Cell, cut_cells
from nlp_cx.analyze.metrics.contrasts import compare_samples
from nlp_cx.analyze.metrics.inference import Inference, Method
from nlp_cx.analyze.metrics.rows import check_statistics, take_clusters, take_weights
from nlp_cx.analyze.metrics.samples import Sample, take_sample
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import adjust_p_values
from nlp_cx.errors import AnalysisError, ConfigError

Against = Literal["each_other", "rest"]


MOST_PAIRS = 100_000
"""More come of a column that names no groups, such as one of customers."""

REST = "(the rest)"
"""Name of all other groups together."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cells to be compared: the difference is second minus first."""

    first: Cell
    second: Cell


def compare_metrics(
    table: pd.DataFrame,
    statistics: Sequence[Statistic],
    *,
    group: str | None = None,
    period: str | None = None,
    every: Every | None = None,
    time_zone: str | None = None,
    against: Against = "each_other",
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    interval: Method | None = None,
    min_n: int = 10,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Test whether metrics differ between groups, and from one period to the next.

    Parameters
    ----------
    table, statistics, group, period, every, time_zone, weights, cluster, confidence, interval, \
min_n, n_bootstrap, random_state
        As in `estimates.estimate_metrics`; `group` or `period` is needed. A customer named by
        `cluster` who is in both cells is reckoned with, in the interval and in the test.
    against : {"each_other", "rest"}
        Every group against every other, or each against all others together. Periods are compared
        with the one before, within each group.

    Returns
    -------
    DataFrame, one row per statistic and pair
        ``group``, ``period``: of the second cell; ``from_group``, ``from_period``: of the first.
        With both given, groups are compared within a period and periods within a group. Parts of
        a net (shares of promoters) are not compared.
        ``metric``; ``estimate``: second minus first, as the two estimates have it; ``low, high``;
        ``n``, ``from_n``; ``n_clusters`` customers of the second cell, ``n_shared`` of them in both
        (null unless named): where few are, other customers answer, and no customer need have
        changed; ``statistic``, ``p_value`` (two-sided); ``p_adjusted``:
        Benjamini-Hochberg over all rows of this table; ``interval``, ``test``; ``unit``,
        ``source``; ``caveat``: that a period is cut off; ``reason``, null unless a number is
        missing. ``adjusted``: of nets, the
        difference of the adjusted estimates, which the interval is centred on; null for others.

    Raises
    ------
    ConfigError
        If neither `group` nor `period` is given, or an option is out of range.
    SchemaError
        If a column is missing.
    AnalysisError
        If there are more than 100,000 pairs.

    Notes
    -----
    Shares: pooled z test, Newcombe's interval (of Wilson intervals). Nets such as the NPS: adjusted
    Wald, the difference of the two adjusted estimates over the root of the sum of their variances.
    Means: Welch's t test. Ratios: bootstrap, z from the standard deviation of the draws. With
    customers in both cells the covariance of the two estimates is taken off; tests of clustered
    cells use t with customers - 1 degrees of freedom. Rows that are not tested do not count for
    the adjustment. p-values are for this table as a whole: do not pick a smaller one afterwards.

    Examples
    --------
    >>> from nlp_cx.analyze.metrics import code_nps
    >>> ox = pd.DataFrame({
    ...     "r_nps": [10] * 50 + [8] * 30 + [0] * 20 + [10] * 60 + [8] * 25 + [0] * 15,
    ...     "wave": [1] * 100 + [2] * 100})
    >>> row = compare_metrics(ox, code_nps(ox, "r_nps"), period="wave").iloc[0]
    >>> [round(float(row[name]), 3) for name in ("estimate", "adjusted", "statistic", "p_value")]
    [15.0, 14.563, 1.372, 0.17]
    """
    if group is None and period is None:
        raise ConfigError("nothing to compare: give group, period or both")
    if against not in ("each_other", "rest"):
        raise ConfigError(f"against {against!r}, expected each_other or rest")
    check_statistics(table, statistics)
    inference = Inference(confidence, interval, min_n, n_bootstrap, random_state)
    weight, clusters = take_weights(table, weights), take_clusters(table, cluster)
    cells = cut_cells(table, group=group, period=period, every=every, time_zone=time_zone)
    samples: dict[tuple[int, int], Sample] = {}

    def sample_of(cell: Cell, statistic: Statistic) -> Sample:
        key = id(cell), id(statistic)  # two metrics may share a name
        if key in samples:
            return samples[key]
        sample = take_sample(
            statistic, cell.rows, weight, clusters, is_clustered=cluster is not None
        )
        if cell.group is not REST:  # those of the rest are made anew for every pair
            samples[key] = sample
        return sample

    pairs = list(_pair(cells, group is not None, period is not None, against))
    if len(pairs) > MOST_PAIRS:
        raise AnalysisError(
            f"{len(pairs):,} pairs of {len(cells):,} cells, expected at most {MOST_PAIRS:,}: "
            f"choose fewer groups, or against='rest' (--against rest)"
        )
    rows = []
    for pair in pairs:
        for statistic in statistics:
            if statistic.is_part:
                continue
            first, second = (sample_of(cell, statistic) for cell in (pair.first, pair.second))
            row = compare_samples(statistic, first, second, inference)
            caveat = "; ".join(c.caveat for c in (pair.first, pair.second) if c.caveat) or None
            row["caveat"] = caveat
            rows.append({**_label(pair, group is not None, period is not None, against), **row})
    return _tabulate(rows, group is not None, period is not None)


def _pair(
    cells: list[Cell], has_groups: bool, has_periods: bool, against: Against
) -> Iterator[Pair]:
    """Give the cells to compare: groups within a period, then periods within a group."""
    cells = [
        cell
        for cell in cells
        if not (has_groups and cell.group is None) and not (has_periods and cell.period is None)
    ]
    if has_groups:
        for period in _distinct(cell.period for cell in cells):
            here = [cell for cell in cells if cell.period == period]
            if against == "each_other":
                yield from (Pair(first, second) for first, second in combinations(here, 2))
            elif len(here) > 1:
                for cell in here:
                    others = np.concatenate([o.rows for o in here if o is not cell])
                    yield Pair(Cell(REST, period, others), cell)
    if has_periods:
        for group in _distinct(cell.group for cell in cells):
            here = [cell for cell in cells if cell.group == group]
            yield from (Pair(first, second) for first, second in pairwise(here))


def _distinct(values: Iterator[Any]) -> list[Any]:
    """Give each value once, in order."""
    return list(dict.fromkeys(values))


def _label(pair: Pair, has_groups: bool, has_periods: bool, against: Against) -> dict[str, object]:
    """Name the two cells of a pair."""
    label: dict[str, object] = {}
    if has_groups:
        label |= {"group": pair.second.group, "from_group": pair.first.group}
        if against == "rest":  # one type of cell in the column
            label["from_group"] = str(pair.first.group)
    if has_periods:
        label |= {"period": pair.second.period, "from_period": pair.first.period}
    return label


_COLUMNS = {
    "metric": None,
    "estimate": "float64",
    "low": "float64",
    "high": "float64",
    "n": "Int64",
    "from_n": "Int64",
    "n_clusters": "Int64",
    "n_shared": "Int64",
    "adjusted": "float64",
    "statistic": "float64",
    "p_value": "float64",
    "p_adjusted": "float64",
    "interval": None,
    "test": None,
    "unit": None,
    "source": None,
    "caveat": None,
    "reason": None,
}


def _tabulate(
    rows: Sequence[dict[str, object]], has_groups: bool, has_periods: bool
) -> pd.DataFrame:
    """Give the rows as a table, with p-values adjusted for all of them."""
    labels = ["group", "from_group"] * has_groups + ["period", "from_period"] * has_periods
    frame = pd.DataFrame(list(rows), columns=[*labels, *_COLUMNS])
    frame = frame.astype({name: kind for name, kind in _COLUMNS.items() if kind})
    p: npt.NDArray[np.float64] = frame["p_value"].to_numpy(np.float64)
    frame["p_adjusted"] = adjust_p_values(p)
    frame.attrs["note"] = NOTE
    return frame
