"""Importance-performance analysis: what matters, how it is done, and how sure the quadrant is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import build_design
from nlp_cx.analyze.drivers.axes import derive_importance, measure_performance, read_scores
from nlp_cx.analyze.drivers.division import PERCENTILE, check_counts
from nlp_cx.analyze.drivers.per_group import analyse_groups
from nlp_cx.analyze.drivers.players import count_mentions, sort_design
from nlp_cx.analyze.drivers.quadrant_columns import (
    AXES,
    add_asymmetry,
    add_quadrants,
    add_stated,
)
from nlp_cx.analyze.drivers.quadrants import Crosshair, name_rule
from nlp_cx.analyze.drivers.summary import MIN_CLUSTERS
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import ConfigError, SchemaError
from nlp_cx.taxonomy import load_taxonomy

_COLUMNS = (
    *("share", "share_low", "share_high", "rank"),
    *("performance", "performance_low", "performance_high", "n_performance"),
    *("crosshair", "share_cut", "performance_cut", "quadrant", "p_quadrant"),
    *("stated", "stated_rank", "stated_cut", "stated_quadrant"),
    *("ia", "kano_class", "asymmetric_quadrant"),
    *("n", "n_clusters", "n_left_out", "interval", "remark", "reason"),
)

RARE = 0.02
"""Part of the rows below which a driver is hardly mentioned, and its quadrant gets a remark."""


def importance_performance(
    ox: pd.DataFrame,
    outcome: str,
    *,
    drivers: Sequence[str] | None = None,
    performance: Mapping[str, str] | None = None,
    performance_scale: tuple[float, float] = (-1.0, 1.0),
    stated: Mapping[str, float] | None = None,
    stated_scale: tuple[float, float] = (0.0, 10.0),
    asymmetry: pd.DataFrame | None = None,
    crosshair: Crosshair = "mean",
    controls: Sequence[str] = (),
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    n_null: int = 200,
    min_n: int = 100,
    min_mentions: int = 10,
    random_state: int = 0,
) -> pd.DataFrame:
    """Place every driver by its importance for the outcome and by how well it is done.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        An O+X table. Units without text or without the outcome are left out.
    outcome : str
        A column of numbers.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    performance : mapping of str to str, optional
        The column that tells how well each driver is done, e.g. ``{"price": "r_value"}``; when not
        given, the score of the texts that mention it, ``x_<driver>_score`` (-1 to 1).
    performance_scale : tuple of two floats, default=(-1, 1)
        Of these columns; its middle is that of ``crosshair="scale_mid"``.
    stated : mapping of str to float, optional
        How important customers say each driver is. Drivers that are not in it stay missing.
    stated_scale : tuple of two floats, default=(0, 10)
    asymmetry : DataFrame, optional
        The table of `penalty_reward` on the same rows: ``driver, ia, kano_class`` (and
        ``group``), for the asymmetric version.
    crosshair : {"mean", "scale_mid"} or mapping, default="mean"
        The means of the drivers; or the middle of the scales, for importance the part that each
        would have if all were equal; or values: ``{"share": .2, "performance": 0, "stated": 5}``.
    controls, group, weights, cluster
        As for `relative_importance`.
    confidence : float, default=0.95
    n_bootstrap : int, default=1000
    n_null : int, default=200
    min_n : int, default=100
    min_mentions : int, default=10
        Drivers with fewer rows that mention them with a sign have no importance, drivers with fewer
        values no performance.
    random_state : int, default=0

    Returns
    -------
    DataFrame, one row per driver (and group)
        ``driver``; derived importance: ``share, share_low, share_high`` of the R² that all drivers
        explain (`relative_importance`), ``rank``; ``performance, performance_low,
        performance_high, n_performance`` (units); ``crosshair`` (mean, scale_mid, given),
        ``share_cut, performance_cut``; ``quadrant``: concentrate here, keep up the good work, low
        priority, possible overkill; ``p_quadrant``: share of the bootstrap samples, with a
        cross-hair of their own where it is a mean, in the same quadrant; ``stated, stated_rank,
        stated_cut, stated_quadrant``: the same with what customers say; ``ia, kano_class``: of
        `asymmetry`; ``asymmetric_quadrant``: weak and strong performance of a basic driver (repair
        first, protect), of a performance driver (improve, keep) and of an excitement driver (chance
        to delight, strength to show); ``n, n_clusters, n_left_out``;
        ``interval``; ``remark``: that less than 2 % of the rows mention the driver, whose
        importance is then small however much it counts for those who do; ``reason``: why something
        is missing.

    Raises
    ------
    SchemaError, ConfigError, AnalysisError
        As `relative_importance`; if a mapping names an unknown driver.

    Notes
    -----
    A mean as cross-hair always finds drivers on both sides of it, however well all are done; look
    at the scale. (The mean of shares is the equal part, so that both rules cut importance alike.)
    A quadrant with a low `p_quadrant` is drawn by chance. Derived importance needs differences
    between units: what all criticise alike has none, whatever customers state. Both stand side by
    side and are never mixed. Performance is of those who mention the driver, or rated it; of the
    others nothing is known.

    Quadrants bear the usual names of Martilla and James (1977).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> service, price = rng.choice([-1, 0, 1], (2, 400), p=[.5, .3, .2])
    >>> ox = pd.DataFrame({"r_stars": 3 + service + .2 * price, "x_n_texts": 1})
    >>> for name, value in {"service": service, "price": -price}.items():
    ...     ox[f"x_{name}_negative"], ox[f"x_{name}_positive"] = value < 0, value > 0
    ...     ox[f"x_{name}_score"] = np.where(value == 0, np.nan, value)
    >>> table = importance_performance(ox, "r_stars", drivers=["service", "price"])
    >>> table[["driver", "share", "performance", "quadrant", "p_quadrant"]].round(2)
        driver  share  performance           quadrant  p_quadrant
    0  service   0.97        -0.30   concentrate here         1.0
    1    price   0.03         0.46  possible overkill         1.0
    """
    check_counts(confidence=confidence, n_bootstrap=n_bootstrap)
    rule = name_rule(crosshair, AXES)
    names = list(load_taxonomy().ids if drivers is None else drivers)
    scores = {name: f"x_{name}_score" for name in names} if performance is None else performance
    for what, given in (("performance", scores), ("stated", stated or {})):
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise ConfigError(f"{what} of {unknown}: the drivers are {', '.join(names)}")
    lacking = [column for column in scores.values() if column not in ox.columns]
    if lacking:
        raise SchemaError(f"no column {', '.join(map(repr, lacking))}, which tells performance")
    told = np.array([(stated or {}).get(name, np.nan) for name in names], np.float64)

    def analyse(part: pd.DataFrame) -> pd.DataFrame:
        design = build_design(
            part,
            outcome,
            drivers=names,
            controls=controls,
            weights=weights,
            cluster=cluster,
            min_rows=min_n,
        )
        design = sort_design(design, read_scores(part, design, scores))
        counts = {"n_bootstrap": n_bootstrap, "random_state": random_state}
        n_mentions = count_mentions(design).sum(axis=1)
        derived, shares = derive_importance(
            design, n_mentions >= min_mentions, confidence, n_null, **counts
        )
        done, means = measure_performance(design, read_scores(part, design, scores), **counts)
        done.loc[done["n_performance"] < min_mentions, "performance"] = np.nan
        means = np.where(np.isnan(done["performance"]), np.nan, means)
        table = pd.concat([derived, done], axis=1)
        if len(means):
            low, high = percentile_interval(means, confidence=confidence)
            table["performance_low"], table["performance_high"] = low, high
        middles = (1 / max(1, int(table["share"].notna().sum())), sum(performance_scale) / 2)
        add_quadrants(table, shares, means, crosshair, middles)
        add_stated(table, told, crosshair, sum(stated_scale) / 2)
        table["n"], table["n_clusters"] = design.y.size, design.n_clusters
        table["n_left_out"] = sum(design.left_out.values())
        has_samples = n_bootstrap > 0 and design.n_clusters >= MIN_CLUSTERS
        table["interval"] = PERCENTILE if has_samples else None
        n_rows = (design.mentions > 0).reshape(design.y.size, -1, 2).any(axis=2).sum(axis=0)
        is_rare = n_rows < RARE * design.y.size
        table["remark"] = [
            f"{n:,} of {design.y.size:,} rows mention it: of little weight because few speak of it"
            if rare and quadrant is not None
            else None
            for n, rare, quadrant in zip(n_rows, is_rare, table["quadrant"], strict=True)
        ]
        table["reason"] = [
            _say_missing(n_signed, n_scores, min_mentions)
            for n_signed, n_scores in zip(n_mentions, done["n_performance"], strict=True)
        ]
        return table.assign(driver=names)

    def refuse(reason: str) -> pd.DataFrame:
        return pd.DataFrame({"driver": names, "reason": reason, "stated": told})

    table = analyse_groups(
        ox,
        group,
        lambda part: analyse(part).reindex(columns=["driver", *_COLUMNS]),
        lambda reason: refuse(reason).reindex(columns=["driver", *_COLUMNS]),
    )
    table["crosshair"] = rule
    if asymmetry is not None:
        add_asymmetry(table, asymmetry)
    return _set_types(table)


def _set_types(table: pd.DataFrame) -> pd.DataFrame:
    """Give every column its type, and the table its note."""
    words = {"crosshair", "quadrant", "stated_quadrant", "kano_class", "asymmetric_quadrant"}
    for column in _COLUMNS:
        if column in words | {"interval", "remark", "reason"}:
            table[column] = table[column].astype(object).where(table[column].notna(), None)
        elif column == "n" or column.startswith("n_"):
            table[column] = table[column].astype("Int64")
        else:
            table[column] = table[column].astype(np.float64)
    table.attrs["note"] = NOTE
    return table


def _say_missing(n_signed: int, n_scores: int, min_mentions: int) -> str | None:
    """Say why a driver has no importance or no performance."""
    words = []
    if n_signed < min_mentions:
        words.append(
            f"{n_signed:,} mentions with a sign, fewer than {min_mentions:,}: no importance"
        )
    if n_scores < min_mentions:
        words.append(f"{n_scores:,} values, fewer than {min_mentions:,}: no performance")
    return "; ".join(words) or None
