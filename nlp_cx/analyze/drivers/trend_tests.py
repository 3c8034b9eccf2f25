"""Whether what customers say of a driver rises or falls over all periods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import Coding
from nlp_cx.analyze.drivers.cell_means import effective_rows, influences_of, unbias
from nlp_cx.analyze.drivers.period_series import PeriodSeries, SeriesTable, read_series
from nlp_cx.analyze.drivers.small_cells import MIN_CUSTOMERS
from nlp_cx.analyze.drivers.trend_line import MIN_PERIODS, TrendLine, fit_trend
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile


def trend_tests(
    ox: pd.DataFrame,
    period: str,
    *,
    every: Every = "month",
    time_zone: str | None = None,
    group: str | None = None,
    outcome: str | None = None,
    drivers: Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    coding: Coding = "share",
    min_n: int = 30,
    min_customers: int = MIN_CUSTOMERS,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Test of each driver whether what customers say of it rises or falls over all periods.

    Parameters
    ----------
    ox, period, every, time_zone, group, outcome, drivers, weights, cluster, coding : optional
        As in `trends`.
    min_n : int, default=30
        Periods with fewer rows are gaps.
    min_customers : int, default=10
        As in `trends`.
    confidence : float

    Returns
    -------
    DataFrame, one row per group and measure
        ``group`` where asked for, ``driver``, ``measure``; ``estimate``, ``low``, ``high``: change
        per period along a straight line; ``p_value`` of none, ``p_adjusted`` over all rows of the
        result (Benjamini-Hochberg); ``first_period``, ``last_period``, ``first_value``,
        ``last_value``: ends of the line (of a share within 0 to 1); ``n_periods`` with a value,
        ``n_gaps`` between them; ``scatter``: see `TrendLine`; ``interval``: method; ``reason``:
        why a value is missing.

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        As `trends`.

    Notes
    -----
    A line through the means of the periods, weighted by their (effective) numbers of rows, see
    `fit_trend`: periods that scatter around the line more than sampling explains make it less
    sure. At least four periods. A straight line says nothing of a season.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ox = pd.DataFrame({"at": pd.Timestamp("2024-01-01") + pd.to_timedelta(
    ...     rng.integers(0, 366, 5000), "D"), "x_n_texts": 1, "x_price_positive": 0,
    ...     "x_price_score": float("nan")})
    >>> ox["x_price_negative"] = (rng.random(5000) < 0.05 + 0.01 * ox["at"].dt.month).astype(int)
    >>> trend_tests(ox, "at", drivers=["price"])[["measure", "estimate", "n_periods"]].round(3)
        measure  estimate  n_periods
    0  negative     0.011         12
    1  positive     0.000         12
    2     score       NaN          0
    """
    normal_quantile(confidence)
    found = read_series(
        ox,
        period,
        every=every,
        time_zone=time_zone,
        group=group,
        outcome=outcome,
        drivers=drivers,
        weights=weights,
        cluster=cluster,
        coding=coding,
        min_n=min_n,
        min_customers=min_customers,
    )
    tables = [_test(one, found, confidence) for one in found.series]
    result = pd.DataFrame([rows[i] for i in range(len(found.groups)) for rows in tables])
    result["driver"] = result["driver"].astype(object).where(result["driver"].notna(), None)
    result["reason"] = pd.Series(result["reason"].tolist(), dtype=object)
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    names = [
        *(["group"] if group else []),
        *("driver", "measure", "estimate", "low", "high", "p_value", "p_adjusted"),
        *("first_period", "last_period", "first_value", "last_value", "n_periods", "n_gaps"),
        *("scatter", "interval", "reason"),
    ]
    result = result[names]
    result.attrs = {"note": NOTE, "left_out": found.left_out}
    return result


def _test(series: PeriodSeries, found: SeriesTable, confidence: float) -> list[dict[str, object]]:
    """Fit a line through one measure of every group."""
    cells, labels = series.cells, found.periods.labels
    is_share = series.measure.kind == "share"
    is_shown = (cells.n > 0) & ~series.hidden.any
    values = np.where(is_shown, cells.mean, np.nan)
    factor = np.sqrt(unbias(cells.n_clusters))
    weights, floor = cells.kish, np.zeros(values.size)
    if is_share:
        # The error of a share depends on the share: weights from it would pull the line down. And
        # none of 50 is not known without error: Agresti and Coull's is put there.
        weights = effective_rows(cells)
        nearly = (np.clip(cells.mean, 0, 1) * weights + 2) / (weights + 4)
        floor = nearly * (1 - nearly) / (weights + 4)
    influences = influences_of(cells)
    rows = []
    for i, group in enumerate(found.groups):
        of_group = slice(i * len(labels), (i + 1) * len(labels))
        moves = influences[:, of_group]
        scale = factor[of_group]
        spread = (moves.T @ moves).toarray() * scale[:, None] * scale[None, :]
        at = np.arange(len(labels))
        spread[at, at] = np.where(spread[at, at] > 0, spread[at, at], floor[of_group])
        line = fit_trend(values[of_group], spread, weights=weights[of_group], confidence=confidence)
        known = np.flatnonzero(np.isfinite(values[of_group]))
        rows.append(
            {"group": group, "driver": series.measure.driver, "measure": series.measure.name}
            | _say(line, known, labels, is_share=is_share)
        )
    return rows


def _say(
    line: TrendLine, known: npt.NDArray[np.int64], labels: Sequence[str], *, is_share: bool
) -> dict[str, object]:
    """Put a line in the words of the result."""
    bounds = (0.0, 1.0) if is_share else (-np.inf, np.inf)
    reason = None
    if line.n_periods < MIN_PERIODS:
        reason = f"{line.n_periods} periods with a value, expected at least {MIN_PERIODS}"
    return {
        "estimate": line.slope,
        "low": line.low,
        "high": line.high,
        "p_value": line.p_value,
        "first_period": labels[known[0]] if known.size else None,
        "last_period": labels[known[-1]] if known.size else None,
        "first_value": float(np.clip(line.first, *bounds)),
        "last_value": float(np.clip(line.last, *bounds)),
        "n_periods": line.n_periods,
        "n_gaps": int(known[-1] - known[0] + 1 - known.size) if known.size else 0,
        "scatter": line.scatter,
        "interval": "weighted line, scatter of periods",
        "reason": reason,
    }
