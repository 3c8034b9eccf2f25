"""The triangle law: satisfaction = experience - expectation, per driver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import code_clusters
from nlp_cx.analyze.drivers.cell_means import CellMeans, average_cells, interval_of
from nlp_cx.analyze.satisfaction.ratings import Rating, Scale, read_ratings, read_weights
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Method = Literal["difference", "performance_only"]

_SPREAD = (
    "sd_experience",
    "sd_expectation",
    "correlation",
    "experience_at_top",
    "expectation_at_top",
)

GAP_NOTE = (
    "Experience minus expectation is a difference score: less reliable than its parts where these "
    "go together, bounded by both ends of the scale, and it forces the weights 1 and -1 on them. "
    "response_surface tests these weights; performance_only leaves expectation out."
)


_NO_SPREAD = 1e-18
"""A variance below this is rounding."""


class _Rows(NamedTuple):
    """The rows: their weights (0 does not count), customers and groups (-1 for none)."""

    weights: Floats
    clusters: Ints
    cells: Ints
    n_cells: int


class _How(NamedTuple):
    """How means are judged."""

    scale: Scale
    confidence: float
    min_n: int


def satisfaction_gap(
    ox: pd.DataFrame,
    experience: Mapping[str, str | float],
    expectation: Mapping[str, str | float] | None = None,
    *,
    scale: Scale,
    mapping: ScoreMapping | None = None,
    method: Method = "difference",
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Compare what customers got with what they expected, driver by driver.

    Parameters
    ----------
    ox : DataFrame, one row per unit
    experience : mapping of str to str or float
        Driver to column: of ratings on `scale`, or a score of the text (``x_<driver>_score``); or
        to one typed-in number. Drivers come out in this order.
    expectation : mapping of str to str or float, optional
        The same for what was expected, as surveyed or typed in. A driver without one has no
        satisfaction: silence about expectations is not an expectation. Not needed for
        ``method="performance_only"``.
    scale : (float, float)
        Lowest and highest rating, of experience and expectation alike.
    mapping : ScoreMapping, optional
        How scores of the text stand for ratings; needed where there are any, never guessed.
    method : {"difference", "performance_only"}
        Satisfaction is experience - expectation; or experience alone, as SERVPERF has it.
    group : str, optional
        Column whose values are compared; rows without a value are left out.
    weights : str, optional
        Column of weights, 0 or more, e.g. customer value: not all customers are equal.
    cluster : str, optional
        Column of customers, whose rows are not independent.
    confidence : float, default=0.95
    min_n : int, default=10
        With fewer rows the means are given and the intervals are missing.

    Returns
    -------
    DataFrame, one row per group and driver
        ``group`` where asked for; ``driver``; ``experience, expectation`` (means over the rows that
        count) with ``_low`` and ``_high``; ``estimate, low, high`` (satisfaction); ``n`` (rows that
        count: with both; with experience where expectation is typed in or left out);
        ``n_experience, n_expectation`` (rows with each); ``n_clusters``; ``sd_experience``,
        ``sd_expectation``, ``correlation`` (of the rows that count, for `difference_reliability`);
        ``experience_at_top, expectation_at_top`` (shares at the highest rating: where these are
        large, a better experience could not be told); ``experience_from``, ``expectation_from``;
        ``interval``; ``reason`` (why something is missing).

    Raises
    ------
    SchemaError
        If columns are missing or hold other than numbers on the scale.
    AnalysisError
        If scores of the text need a mapping, weights are negative, or there is no driver.
    ConfigError
        If the scale, method or mapping is malformed.

    Notes
    -----
    S = X - E per row, averaged over rows that have both, so that estimate = experience -
    expectation. Student's t on the customers (linearised variance). Scores of the text are known
    only where a driver was mentioned: those who mention it are not all customers.

    References
    ----------
    The triangle law of the seven-step method (GCCRM); disconfirmation: Oliver (1980), Journal of
    Marketing Research 17, 460-469.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_wait": [5, 6, 4, 5], "r_wait_expected": [7, 7, 8, 6]})
    >>> gap = satisfaction_gap(ox, {"convenience": "r_wait"}, {"convenience": "r_wait_expected"},
    ...                        scale=(1, 10), min_n=2)
    >>> gap[["driver", "experience", "expectation", "estimate", "n"]].values.tolist()
    [['convenience', 5.0, 7.0, -2.0, 4]]
    """
    if method not in ("difference", "performance_only"):
        raise ConfigError(f"method {method!r}, expected difference or performance_only")
    if not experience:
        raise AnalysisError("no driver to compare: name a column or number of its experience")
    got = read_ratings(ox, experience, scale, mapping=mapping)
    wanted = {} if method == "performance_only" else dict(expectation or {})
    if strange := [name for name in wanted if name not in experience]:
        raise AnalysisError(f"expectation of {', '.join(strange)} has no experience beside it")
    expected = read_ratings(ox, wanted, scale, mapping=mapping)
    if cluster is not None and cluster not in ox.columns:
        raise SchemaError(f"no column {cluster!r} for cluster")
    names, cells = _code_groups(ox, group)
    clusters = code_clusters(ox, cluster, np.arange(len(ox)))
    rows = _Rows(read_weights(ox, weights), clusters, cells, len(names))
    how = _How(scale, confidence, min_n)
    parts = []
    for driver, x in got.items():
        e = expected.get(driver)
        if e is None and method == "difference":
            e = Rating(np.full(len(ox), np.nan), "not asked", False)
        part = _compare(x, e, rows, how)
        part.insert(0, "driver", driver)
        if group is not None:
            part.insert(0, "group", names)
        parts.append(part)
    result = pd.concat(parts, ignore_index=True)
    if group is not None:
        place = result.groupby("group", sort=False).ngroup()
        result = result.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
    result.attrs["note"] = GAP_NOTE if method == "difference" else "Experience alone (SERVPERF)."
    return result


def difference_reliability(
    reliabilities: tuple[float, float], sds: tuple[float, float], correlation: float
) -> float:
    """Give the reliability of the difference of two ratings.

    Parameters
    ----------
    reliabilities : (float, float)
        Of experience and of expectation, 0 to 1, e.g. Cronbach's alphas.
    sds : (float, float)
        Their standard deviations.
    correlation : float
        Of the two, -1 to 1.

    Returns
    -------
    float
        NaN where the difference does not vary. Can be below 0 where the inputs do not fit together.

    Notes
    -----
    (sx² rxx + se² ree - 2 r sx se) / (sx² + se² - 2 r sx se): ratings that go together leave a
    difference that is mostly error.

    References
    ----------
    Peter, Churchill and Brown (1993), Caution in the use of difference scores in consumer research,
    Journal of Consumer Research 19, 655-662 (from the literature, not re-read).

    Examples
    --------
    >>> round(difference_reliability((0.8, 0.8), (1, 1), 0.6), 2)
    0.5
    """
    (rx, re), (sx, se) = reliabilities, sds
    shared = 2 * correlation * sx * se
    variance = sx**2 + se**2 - shared
    return (sx**2 * rx + se**2 * re - shared) / variance if variance > 0 else float("nan")


def _code_groups(ox: pd.DataFrame, group: str | None) -> tuple[list[object], Ints]:
    """Number the groups in their order; -1 where there is none."""
    if group is None:
        return [None], np.zeros(len(ox), np.int64)
    if group not in ox.columns:
        raise SchemaError(f"no column {group!r} to group by")
    codes, names = pd.factorize(ox[group], sort=True)
    if not len(names):
        raise AnalysisError(f"{group!r} has no value in any row")
    return list(names), codes.astype(np.int64)


def _compare(x: Rating, e: Rating | None, rows: _Rows, how: _How) -> pd.DataFrame:
    """Compare one driver's experience with its expectation, per group."""
    has_x = _find_counted(x, rows)
    has_e = np.zeros_like(has_x) if e is None else _find_counted(e, rows)
    # Where nobody was asked what they expected, the experience is told all the same.
    asked = np.bincount(rows.cells[has_e], minlength=rows.n_cells) > 0
    both = has_x & (has_e | ~asked[rows.cells])
    values = {"experience": x.values, "estimate": x.values if e is None else x.values - e.values}
    if e is not None:
        values["expectation"] = e.values
    table = pd.DataFrame(index=range(rows.n_cells))
    for name in ("experience", "expectation", "estimate"):
        ends = ("low", "high") if name == "estimate" else (f"{name}_low", f"{name}_high")
        table[[name, *ends]] = np.nan
        if name in values:
            found = _average(values[name], both, rows)
            table[name] = found.mean
            is_told = (found.n >= how.min_n) & (found.variance > _NO_SPREAD)
            for end, limit in zip(ends, interval_of(found, confidence=how.confidence), strict=True):
                table[end] = np.where(is_told, limit, np.nan)
    table["n"], table["n_clusters"] = found.n, found.n_clusters
    for name, has in (("n_experience", has_x), ("n_expectation", has_e)):
        table[name] = np.bincount(rows.cells[has], minlength=rows.n_cells)
    for k in range(rows.n_cells):
        here = both & (rows.cells == k)
        table.loc[k, list(_SPREAD)] = _measure_spread(x, e, here, rows.weights, how.scale[1])
    table["experience_from"] = x.source
    table["expectation_from"] = "left out" if e is None else e.source
    table["interval"] = "t"
    is_typed = x.is_typed and (e is None or e.is_typed)
    reasons = [_explain(row, e, how.min_n, is_typed) for _, row in table.iterrows()]
    table["reason"] = pd.array(reasons, "string")
    return table


def _find_counted(rating: Rating, rows: _Rows) -> npt.NDArray[np.bool_]:
    """Find the rows with a rating, a weight and a group."""
    return np.asarray(~np.isnan(rating.values) & (rows.weights > 0) & (rows.cells >= 0))


def _average(values: Floats, among: npt.NDArray[np.bool_], rows: _Rows) -> CellMeans:
    """Average some rows per group."""
    kept = np.where(among, values, np.nan)
    return average_cells(
        kept, rows.weights, rows.clusters, rows.cells, n_cells=rows.n_cells, kind="mean"
    )


def _measure_spread(
    x: Rating, e: Rating | None, here: npt.NDArray[np.bool_], weights: Floats, top: float
) -> list[float]:
    """Give the values of `_SPREAD` over some rows."""
    e_values = np.full(int(here.sum()), np.nan) if e is None else e.values[here]
    w, x_values = weights[here], x.values[here]
    if not w.size:
        return [np.nan] * len(_SPREAD)
    sums = np.cov(np.vstack([x_values, e_values]), aweights=w, ddof=0)
    sd_x, sd_e = np.sqrt(np.maximum(np.diag(sums), 0))
    together = sums[0, 1] / (sd_x * sd_e) if sd_x * sd_e > 0 else np.nan
    tops = [
        np.nan if np.isnan(values).any() else float(np.average(values >= top, weights=w))
        for values in (x_values, e_values)
    ]
    return [float(sd_x), float(sd_e), float(together), *tops]


def _explain(row: pd.Series, e: Rating | None, min_n: int, is_typed: bool) -> str | None:
    """Say why the satisfaction or its interval is missing."""
    if row["n"] == 0:
        if e is not None and e.source == "not asked":
            return "expectation not known"
        return "no row has both" if e is not None else "no row has it"
    if is_typed:
        return "typed in: no interval"
    if row["n"] < min_n:
        return f"interval: {row['n']} rows, fewer than {min_n}"
    return "interval: no spread, or one customer" if np.isnan(row["low"]) else None
