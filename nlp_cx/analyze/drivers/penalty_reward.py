"""Penalty-reward contrasts: what goes with a complaint, what with praise, and the Kano class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.asymmetry_columns import RowWords, add_asymmetry, add_classes
from nlp_cx.analyze.drivers.contrast_cell import Model
from nlp_cx.analyze.drivers.contrasts import Cell, Contrasts, fit_contrasts, wald_p_values
from nlp_cx.analyze.drivers.impact_asymmetry import (
    CUTOFFS,
    KANO_CLASSES,
    check_cutoffs,
    impact_asymmetry,
)
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile
from nlp_cx.analyze.resample import percentile_interval

Floats = npt.NDArray[np.float64]

_INTERVAL = "cluster bootstrap, percentile, jackknife spread"


def penalty_reward(
    ox: pd.DataFrame,
    outcome: str,
    *,
    drivers: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    group: str | None = None,
    period: str | None = None,
    every: Every = "quarter",
    time_zone: str | None = None,
    window: int = 1,
    weights: str | None = None,
    cluster: str | None = None,
    model: Model = "linear",
    higher_is_better: bool = True,
    min_mentions: int = 30,
    cutoffs: tuple[float, float] = CUTOFFS,
    min_probability: float = 0.8,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Estimate how the outcome differs with a negative and with a positive mention of each driver.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        O+X table. Rows without `outcome` or without text are left out.
    outcome : str
        A column of numbers, e.g. ``"r_stars"``.
    drivers : sequence of str, optional
        The six experience drivers when not given. All enter the model together.
    controls : sequence of str
        Columns that are held equal: numbers, or categories.
    group : str, optional
        A column; every value gets a model of its own.
    period : str, optional
        A column of times; every period gets a model of its own (Kano drift).
    every : {"day", "week", "month", "quarter", "year"}
    time_zone : str, optional
        Whose midnight counts; see `read_periods`.
    window : int, default=1
        Periods that are pooled, up to and with the one that is named.
    weights : str, optional
        A column of weights, 0 or more.
    cluster : str, optional
        Rows with the same value (a customer's) are one observation for all intervals.
    model : {"linear", "odds"}
        *linear*: difference of the mean, in units of `outcome`. *odds*: difference of the log odds
        of a higher outcome (proportional odds), for scales whose steps are not equal, and for
        outcomes of 0 and 1.
    higher_is_better : bool, default=True
        False for effort, waiting, churn: the worse outcome is then the higher one, and a penalty
        is expected above 0. Signs of the estimates are not turned round.
    min_mentions : int, default=30
        A penalty needs as many rows with a negative mention and as many with neither, a reward
        the same of positive ones; and 10 distinct values of `cluster` each.
    cutoffs : tuple of two floats
        Of impact asymmetry, see `classify_kano`.
    min_probability : float, default=0.8
        A class is named only where as large a share of the bootstrap samples agrees.
    n_bootstrap : int, default=1000
        0: no intervals and no classes, and no asymmetry where a sign is the wrong one.
    confidence : float
    random_state : int

    Returns
    -------
    DataFrame, one row per group, period and driver
        ``group`` where asked for; ``period``, ``period_start``, ``is_partial`` (the data begin or
        end within it) where asked for; ``driver``;
        ``penalty``, ``reward`` with ``_low`` and ``_high``: outcome with such a mention less
        outcome without, everything else in the model equal;
        ``impact_range``, ``ia``, ``ia_low``, ``ia_high``: see `impact_asymmetry`;
        ``kano_class``: basic (criticism counts more), performance, excitement (praise counts
        more); ``p_basic``, ``p_performance``, ``p_excitement``: shares of the bootstrap samples
        (samples in which neither counts are in none);
        ``asymmetry_class``: frustrator, dissatisfier, hybrid, satisfier, delighter;
        ``p_asymmetry_class``: share of the samples in the class of the estimate;
        ``p_value``: of the hypothesis that neither mention goes with the outcome;
        ``p_adjusted``: over all rows of the result (Benjamini-Hochberg);
        ``n_negative``, ``n_positive``, ``n_neither``: rows by mention (both signs count twice);
        ``n``; ``interval``: method; ``remark``: what to know of a value that is there;
        ``reason``: why a value is missing.
        ``attrs``: ``note``, ``outcome``, ``unit``, ``left_out``.

    Raises
    ------
    SchemaError
        If columns are missing or of another kind.
    AnalysisError
        If too few rows are left or the outcome is constant.
    ConfigError
        If an option is out of range.

    Notes
    -----
    y = a + Σ (penalty_d · negative_d + reward_d · positive_d) + controls; the base of a driver is
    *not mentioned, or mentioned neutrally*. Of units with several texts the mentions are shares of
    the texts, so that a penalty is that of a unit whose texts all mention it so.

    Intervals are percentiles of a bootstrap of clusters, its deviations stretched to the spread of
    the jackknife (CR3). The p-value is of Wald's test with that covariance. In 2,000 samples of
    400 rows by 200 customers, 48 of them with the rarest mention, 95% intervals covered 94.4% to
    96.0%. *odds*: one Newton step per bootstrap sample, levels with fewer than 10 rows pooled with
    a neighbour.

    A penalty or reward with the wrong sign has no place in an asymmetry. Where its interval holds
    0 it counts as 0, and ``remark`` says so; where it does not, asymmetry and class are missing,
    with the reason: look at the labels, and at what else those texts mention. Where the test does
    not tell the driver from 0 at all (p_adjusted), asymmetry and class are missing too: of two
    zeros neither is larger.

    Associations with what was *said*. Whoever mentions a driver is not a random customer, and
    wrong labels draw penalties and rewards towards 0.

    References
    ----------
    Brandt (1987) for the two dummies and Mikulić and Prebežac (2008) for the asymmetry; how
    applications differ: Albayrak and Caber (2013), Total Quality Management 24, 1288-1300 (the
    abstract was read).

    Examples
    --------
    >>> n = 100
    >>> ox = pd.DataFrame({
    ...     "r_stars": [1, 2, 3, 4] * n + [2, 3, 4, 5] * n + [2, 4, 4, 5] * n, "x_n_texts": 1,
    ...     "x_service_negative": [1] * 4 * n + [0] * 8 * n,
    ...     "x_service_positive": [0] * 8 * n + [1] * 4 * n})
    >>> result = penalty_reward(ox, "r_stars", drivers=["service"])
    >>> result[["driver", "penalty", "reward", "ia", "kano_class"]].round(2).to_dict("records")
    [{'driver': 'service', 'penalty': -1.0, 'reward': 0.25, 'ia': -0.6, 'kano_class': 'basic'}]
    """
    check_cutoffs(cutoffs)
    normal_quantile(confidence)
    contrasts = fit_contrasts(
        ox,
        outcome,
        drivers=drivers,
        controls=controls,
        group=group,
        period=period,
        every=every,
        time_zone=time_zone,
        window=window,
        weights=weights,
        cluster=cluster,
        model=model,
        min_mentions=min_mentions,
        n_bootstrap=n_bootstrap,
        random_state=random_state,
    )
    result = pd.concat([_describe(cell, contrasts, confidence) for cell in contrasts.cells])
    result = result.reset_index(drop=True)
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    words = RowWords([pair for cell in contrasts.cells for pair in cell.fit.reasons])
    words.add_remark(
        (
            (result["n_neither"] < min_mentions) & result[["penalty", "reward"]].notna().any(axis=1)
        ).to_numpy(np.bool_),
        "hardly a row mentions it in neither way: rests on rows with both mentions",
    )
    draws = np.concatenate([cell.found.draws for cell in contrasts.cells], axis=1)
    if not higher_is_better:
        draws = -draws
    drawn = impact_asymmetry(draws[..., 0], draws[..., 1], wrong_sign="zero").ia
    add_asymmetry(result, words, drawn, confidence=confidence, higher_is_better=higher_is_better)
    add_classes(result, words, drawn, cutoffs=cutoffs, min_probability=min_probability)
    result["remark"], result["reason"] = words.remarks, words.reasons
    names = _column_names(group, period)
    result = result[names]
    result.attrs = {
        "note": NOTE,
        "outcome": outcome,
        "unit": outcome if model == "linear" else f"log odds of a higher {outcome}",
        "left_out": contrasts.left_out,
    }
    return result


def _column_names(group: str | None, period: str | None) -> list[str]:
    """Give the columns of the result in order."""
    return [
        *(["group"] if group else []),
        *(["period", "period_start", "is_partial"] if period else []),
        "driver",
        *("penalty", "penalty_low", "penalty_high", "reward", "reward_low", "reward_high"),
        *("impact_range", "ia", "ia_low", "ia_high", "kano_class"),
        *(f"p_{name}" for name in KANO_CLASSES),
        *("asymmetry_class", "p_asymmetry_class", "p_value", "p_adjusted"),
        *("n_negative", "n_positive", "n_neither", "n", "interval", "remark", "reason"),
    ]


def _describe(cell: Cell, contrasts: Contrasts, confidence: float) -> pd.DataFrame:
    """Give the penalties and rewards of one cell."""
    low, high = percentile_interval(cell.found.draws, confidence=confidence)
    low[np.isnan(cell.found.estimates)] = high[np.isnan(cell.found.estimates)] = np.nan
    columns: dict[str, object] = {"driver": contrasts.drivers}
    columns["group"] = pd.Series([cell.group] * len(contrasts.drivers), dtype=object)
    if contrasts.periods is not None:
        columns["period"] = contrasts.periods.labels[cell.period]
        columns["period_start"] = contrasts.periods.starts[cell.period]
        columns["is_partial"] = bool(contrasts.periods.is_partial[cell.period])
    for pole, name in enumerate(("penalty", "reward")):
        columns[name] = cell.found.estimates[:, pole]
        columns[f"{name}_low"], columns[f"{name}_high"] = low[:, pole], high[:, pole]
    columns["p_value"] = wald_p_values(cell)
    for i, name in enumerate(("n_negative", "n_positive", "n_neither")):
        columns[name] = cell.fit.counts[:, i]
    columns["n"] = cell.n
    columns["interval"] = _INTERVAL if len(cell.found.draws) else None
    return pd.DataFrame(columns)
