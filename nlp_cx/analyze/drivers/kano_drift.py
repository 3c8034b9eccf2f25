"""Kano drift: whether a driver moves from exciting to expected over the periods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.contrast_cell import Model
from nlp_cx.analyze.drivers.contrasts import Cell, fit_contrasts, wald_p_values
from nlp_cx.analyze.drivers.impact_asymmetry import impact_asymmetry
from nlp_cx.analyze.drivers.trend_line import MIN_PERIODS, TrendLine, fit_trend
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import adjust_p_values
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import ConfigError

Floats = npt.NDArray[np.float64]

_DIRECTIONS = {
    "penalty": ("stronger", "weaker"),
    "reward": ("weaker", "stronger"),
    "ia": ("towards basic", "towards excitement"),
}
"""What a fall and what a rise mean."""

_SMALLEST_ERROR = 0.02
"""An asymmetry of -1 in every sample is not known without error."""


def kano_drift(
    ox: pd.DataFrame,
    outcome: str,
    *,
    period: str,
    every: Every = "quarter",
    time_zone: str | None = None,
    drivers: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    model: Model = "linear",
    higher_is_better: bool = True,
    min_mentions: int = 30,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Test whether penalty, reward and impact asymmetry of each driver move over time.

    Parameters
    ----------
    ox, outcome, drivers, controls, group, weights, cluster, model, higher_is_better : optional
        As in `penalty_reward`.
    period : str
        A column of times.
    every : {"day", "week", "month", "quarter", "year"}
    time_zone : str, optional
        As in `read_periods`.
    min_mentions : int, default=30
        A period with fewer is a gap.
    n_bootstrap : int, default=1000
        1 or more.
    confidence : float
    random_state : int

    Returns
    -------
    DataFrame, one row per group, driver and measure
        ``group`` where asked for, ``driver``, ``measure`` (penalty, reward, ia);
        ``estimate``, ``low``, ``high``: change per period; ``p_value`` of none, ``p_adjusted`` over
        all rows of the result (Benjamini-Hochberg);
        ``direction``, where the change is told from 0 (p_adjusted): of a penalty or a reward
        *stronger* or *weaker*, of ``ia`` *towards basic* or *towards excitement*;
        ``first_period``, ``last_period``, ``first_value``, ``last_value``: ends of the line
        (an asymmetry within -1 to 1);
        ``n_periods`` with a value, ``n_gaps`` between them; ``scatter``: see `TrendLine`;
        ``interval``: method; ``reason``: why a value is missing.

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        As `penalty_reward`.

    Notes
    -----
    A model per period as in `penalty_reward`, all on the same draws of customers, and a line
    through its values (`fit_trend`). A period counts for ``ia`` where `penalty_reward` gives one:
    the driver is told from 0 there (its own p-value) and no sign is against expectation. A driver
    whose penalty and reward both grow weaker fades; that is no move towards either class.

    What is said of a driver changes too when *who* writes changes: compare the counts.

    Examples
    --------
    A praise that once delighted and a complaint that once was forgiven:

    >>> rng = np.random.default_rng(0)
    >>> n = 4000
    >>> ox = pd.DataFrame({"x_n_texts": 1, "at": pd.Timestamp("2023-01-01")
    ...     + pd.to_timedelta(rng.integers(0, 730, n), "D")})
    >>> age = (ox["at"].dt.year - 2023) * 4 + ox["at"].dt.quarter - 1
    >>> ox["x_price_negative"] = (rng.random(n) < 0.3).astype(int)
    >>> ox["x_price_positive"] = (rng.random(n) < 0.3).astype(int)
    >>> ox["r_stars"] = (3 - (0.2 + 0.1 * age) * ox["x_price_negative"]
    ...     + (0.9 - 0.1 * age) * ox["x_price_positive"] + rng.normal(0, 0.5, n))
    >>> drift = kano_drift(ox, "r_stars", period="at", drivers=["price"], n_bootstrap=200)
    >>> drift[["measure", "estimate", "direction"]].round(1).to_dict("records")
    [{'measure': 'penalty', 'estimate': -0.1, 'direction': 'stronger'},
     {'measure': 'reward', 'estimate': -0.1, 'direction': 'weaker'},
     {'measure': 'ia', 'estimate': -0.2, 'direction': 'towards basic'}]
    """
    if n_bootstrap < 1:
        raise ConfigError(f"n_bootstrap is {n_bootstrap}, expected 1 or more: the line needs it")
    contrasts = fit_contrasts(
        ox,
        outcome,
        drivers=drivers,
        controls=controls,
        group=group,
        period=period,
        every=every,
        time_zone=time_zone,
        weights=weights,
        cluster=cluster,
        model=model,
        min_mentions=min_mentions,
        n_bootstrap=n_bootstrap,
        random_state=random_state,
    )
    labels = contrasts.periods.labels if contrasts.periods else ()
    rows = []
    for start in range(0, len(contrasts.cells), len(labels)):
        cells = contrasts.cells[start : start + len(labels)]
        for i, driver in enumerate(contrasts.drivers):
            traces = _trace(cells, i, higher_is_better=higher_is_better, confidence=confidence)
            for measure, (values, covariance) in traces.items():
                line = fit_trend(values, covariance, confidence=confidence)
                known = np.flatnonzero(np.isfinite(values))
                if measure == "ia":
                    line = line._replace(
                        first=float(np.clip(line.first, -1, 1)),
                        last=float(np.clip(line.last, -1, 1)),
                    )
                row = {"group": cells[0].group, "driver": driver, "measure": measure}
                rows.append(row | _describe(line, known, labels))
    result = pd.DataFrame(rows)
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    told = (result["p_adjusted"] <= 1 - confidence).to_numpy(np.bool_)
    words = _DIRECTIONS if higher_is_better else {**_DIRECTIONS, "penalty": _DIRECTIONS["reward"]}
    if not higher_is_better:
        words["reward"] = _DIRECTIONS["penalty"]
    result["direction"] = pd.Series(
        [
            words[measure][int(change > 0)] if is_told else None
            for measure, change, is_told in zip(
                result["measure"], result["estimate"], told, strict=True
            )
        ],
        dtype=object,
    )
    flat = result["reason"].isna().to_numpy(np.bool_) & ~told
    result.loc[flat, "reason"] = "the change is not told from 0: no direction"
    result["interval"] = "weighted line, cluster bootstrap, scatter of periods"
    names = [
        *(["group"] if group else []),
        *("driver", "measure", "estimate", "low", "high", "p_value", "p_adjusted", "direction"),
        *("first_period", "last_period", "first_value", "last_value", "n_periods", "n_gaps"),
        *("scatter", "interval", "reason"),
    ]
    result = result[names]
    result.attrs = {
        "note": NOTE,
        "outcome": outcome,
        "unit": outcome if model == "linear" else f"log odds of a higher {outcome}",
        "left_out": contrasts.left_out,
    }
    return result


def _trace(
    cells: Sequence[Cell], i: int, *, higher_is_better: bool, confidence: float
) -> dict[str, tuple[Floats, Floats]]:
    """Give values of one driver by period and their covariances."""
    values = np.array([cell.found.estimates[i] for cell in cells])
    draws = np.stack([cell.found.draws[:, i] for cell in cells])
    traces = {
        name: (values[:, pole], _covariance(draws[..., pole]))
        for pole, name in enumerate(("penalty", "reward"))
    }
    better = 1 if higher_is_better else -1
    drawn = impact_asymmetry(better * draws[..., 0], better * draws[..., 1], wrong_sign="zero").ia
    spread = _covariance(drawn)
    at = np.arange(len(cells))
    spread[at, at] = np.maximum(spread[at, at], _SMALLEST_ERROR**2)
    ia = impact_asymmetry(better * values[:, 0], better * values[:, 1], wrong_sign="zero").ia
    told = np.array([wald_p_values(cell)[i] <= 1 - confidence for cell in cells])
    low, high = percentile_interval(np.moveaxis(draws, 1, 0), confidence=confidence)
    low, high = (low, high) if higher_is_better else (-high, -low)
    against = (low[:, 0] > 0) | (high[:, 1] < 0)
    traces["ia"] = (np.where(told & ~against, ia, np.nan), spread)
    return traces


def _covariance(draws: Floats) -> Floats:
    """Give the covariances of periods over the samples in which both have a value."""
    known = np.isfinite(draws)
    centred = np.where(known, draws, 0.0)
    n = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(known, draws - (centred.sum(axis=1) / n)[:, None], 0.0)
        both = known.astype(np.float64) @ known.T
        spread = centred @ centred.T / (both - 1)
    few = n < 0.5 * draws.shape[1]
    spread[few] = spread[:, few] = np.nan
    return np.asarray(spread)


def _describe(
    line: TrendLine, known: npt.NDArray[np.int64], labels: Sequence[str]
) -> dict[str, object]:
    """Put a line in the words of the result."""
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
        "first_value": line.first,
        "last_value": line.last,
        "n_periods": line.n_periods,
        "n_gaps": int(known[-1] - known[0] + 1 - known.size) if known.size else 0,
        "scatter": line.scatter,
        "reason": reason,
    }
