"""Leave a theme out: the outcome without the units that mention it, as vendors' tools show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import POLES, Design, as_numbers, build_design
from nlp_cx.analyze.drivers.division import PERCENTILE, check_counts
from nlp_cx.analyze.drivers.moments import bundle_clusters, resample_sums
from nlp_cx.analyze.drivers.per_group import analyse_groups
from nlp_cx.analyze.drivers.players import sort_design
from nlp_cx.analyze.drivers.statistic import Statistic, recode_outcome
from nlp_cx.analyze.drivers.summary import MIN_CLUSTERS
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import ConfigError, SchemaError
from nlp_cx.taxonomy import load_taxonomy

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Pole = Literal["any", "negative", "positive"]

CAVEAT = (
    "Compares different units: differences do not add up over themes, and what else these units "
    "mention is ignored."
)
"""What every row says of itself."""

_COLUMNS = (
    *("pole", "outcome_all", "outcome_with", "outcome_without"),
    *("difference", "difference_low", "difference_high"),
    *("n_with", "n_without", "n", "n_clusters", "n_left_out", "interval", "caveat", "reason"),
)


def leave_theme_out(
    ox: pd.DataFrame,
    outcome: str,
    *,
    drivers: Sequence[str] | None = None,
    pole: Pole = "any",
    statistic: Statistic = "mean",
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    min_n: int = 10,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compare the outcome of all units with that of the units that do not mention a driver.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        An O+X table. Units without text or without the outcome are left out.
    outcome : str
        A column of numbers; of whole numbers from 0 to 10 for ``statistic="nps"``.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    pole : {"any", "negative", "positive"}
        Which mentions make a unit one of the theme; "any" counts neutral ones too.
    statistic : {"mean", "nps"}
    group, weights, cluster : str, optional
        As for `relative_importance`.
    confidence : float, default=0.95
    n_bootstrap : int, default=1000
    min_n : int, default=10
    random_state : int, default=0

    Returns
    -------
    DataFrame, one row per driver (and group)
        ``driver, pole``; ``outcome_all, outcome_with, outcome_without``: the statistic of all
        units, of those that mention the driver so, and of the others; ``difference``: all less
        without, what tools of vendors call the impact of a theme; ``difference_low,
        difference_high``; ``n_with, n_without, n, n_clusters, n_left_out``; ``interval``;
        ``caveat``; ``reason``: why something is missing.

    Raises
    ------
    SchemaError, ConfigError, AnalysisError
        As `relative_importance`; if `outcome` is not of the scale of the statistic.

    Notes
    -----
    Every unit counts for each driver it mentions: drivers that are criticised together all get the
    same difference. `what_if` takes the others into account.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_nps": [10, 9, 9, 8, 7, 6, 3, 2, 10, 9], "x_n_texts": 1})
    >>> ox["x_price_negative"] = [0, 0, 0, 0, 1, 1, 1, 1, 0, 0]
    >>> ox["x_price_neutral"] = ox["x_price_positive"] = 0
    >>> table = leave_theme_out(ox, "r_nps", drivers=["price"], statistic="nps")
    >>> table.loc[0, ["outcome_all", "outcome_with", "outcome_without", "difference"]].tolist()
    [20.0, -75.0, 83.33..., -63.33...]
    """
    check_counts(confidence=confidence, n_bootstrap=n_bootstrap)
    if pole not in ("any", *POLES):
        raise ConfigError(f"pole {pole!r}: expected any, negative or positive")
    names = list(load_taxonomy().ids if drivers is None else drivers)

    def analyse(part: pd.DataFrame) -> pd.DataFrame:
        design = build_design(
            part, outcome, drivers=names, weights=weights, cluster=cluster, min_rows=min_n
        )
        design = sort_design(design, find_theme(part, design, pole).astype(np.float64))
        is_in = find_theme(part, design, pole)
        table = compare_without(
            recode_outcome(design.y, statistic),
            is_in,
            design,
            confidence=confidence,
            n_bootstrap=n_bootstrap,
            random_state=random_state,
        )
        table.insert(0, "driver", names)
        return table.assign(pole=pole, caveat=CAVEAT).reindex(columns=["driver", *_COLUMNS])

    def refuse(reason: str) -> pd.DataFrame:
        table = pd.DataFrame({"driver": names, "pole": pole, "reason": reason, "caveat": CAVEAT})
        return table.reindex(columns=["driver", *_COLUMNS])

    table = analyse_groups(ox, group, analyse, refuse)
    counts = [name for name in _COLUMNS if name == "n" or name.startswith("n_")]
    table[counts] = table[counts].astype("Int64")
    for name in ("interval", "reason"):
        table[name] = table[name].astype(object).where(table[name].notna(), None)
    table.attrs["note"] = NOTE
    return table


def find_theme(ox: pd.DataFrame, design: Design, pole: Pole) -> Flags:
    """Tell which of the rows of a design mention each driver.

    Parameters
    ----------
    ox : DataFrame
        The table of the design.
    design : Design
    pole : {"any", "negative", "positive"}

    Returns
    -------
    ndarray of bool, shape (n_rows, n_drivers)

    Raises
    ------
    SchemaError
        If the columns of neutral mentions are missing, for "any".
    """
    mentions = design.mentions.reshape(len(design.y), -1, 2) > 0
    if pole != "any":
        return np.asarray(mentions[:, :, POLES.index(pole)])
    is_in = np.asarray(mentions.any(axis=2))
    for j, driver in enumerate(design.drivers):
        name = f"x_{driver}_neutral"
        if name not in ox.columns:
            raise SchemaError(f"no column {name!r}: needed for pole='any'")
        is_in[:, j] |= as_numbers(ox, name)[design.rows] > 0
    return is_in


def compare_without(
    outcome: Floats,
    is_in: Flags,
    design: Design,
    *,
    confidence: float,
    n_bootstrap: int,
    random_state: int,
) -> pd.DataFrame:
    """Compare the mean of all rows with that of the rows outside each theme.

    Parameters
    ----------
    outcome : ndarray, shape (n_rows,)
    is_in : ndarray of bool, shape (n_rows, n_themes)
    design : Design
        Has weights and clusters.
    confidence, n_bootstrap, random_state
        Of the cluster bootstrap.

    Returns
    -------
    DataFrame, one row per theme
        The columns of `leave_theme_out` with numbers, and ``reason``.
    """
    clusters = bundle_clusters(design.clusters, random_state=random_state)
    n_clusters, n_themes = int(clusters.max()) + 1, is_in.shape[1]
    weights = design.weights
    parts = [weights, weights * outcome]
    parts += [weights * is_in[:, j] for j in range(n_themes)]
    parts += [weights * outcome * is_in[:, j] for j in range(n_themes)]
    sums = np.column_stack([np.bincount(clusters, part, n_clusters) for part in parts]).astype(
        np.float64
    )
    everyone, within, without = _means(sums.sum(axis=0), n_themes)
    has_samples = n_bootstrap > 0 and design.n_clusters >= MIN_CLUSTERS
    low = high = np.full(n_themes, np.nan)
    if has_samples:
        drawn = resample_sums(sums, n_bootstrap, random_state=random_state)
        all_drawn, _, without_drawn = _means(drawn, n_themes)
        low, high = percentile_interval(all_drawn - without_drawn, confidence=confidence)
    n_with = is_in.sum(axis=0)
    n = len(outcome)
    why = np.select(
        [n_with == 0, n_with == n], ["no unit mentions it so", "all units mention it so"], ""
    )
    few = (
        f"{design.n_clusters:,} independent units, fewer than {MIN_CLUSTERS}: no interval"
        if n_bootstrap > 0 and not has_samples
        else ""
    )
    return pd.DataFrame(
        {
            "outcome_all": float(everyone[0]),
            "outcome_with": within,
            "outcome_without": without,
            "difference": np.where(n_with > 0, everyone - without, np.nan),
            "difference_low": np.where(n_with > 0, low, np.nan),
            "difference_high": np.where(n_with > 0, high, np.nan),
            "n_with": n_with,
            "n_without": n - n_with,
            "n": n,
            "n_clusters": design.n_clusters,
            "n_left_out": sum(design.left_out.values()),
            "interval": PERCENTILE if has_samples else None,
            "reason": [word or few or None for word in why.tolist()],
        }
    )


def _means(sums: Floats, n_themes: int) -> tuple[Floats, Floats, Floats]:
    """Give the means of all, within and without each theme; missing where there is nobody."""
    total, products = sums[..., :1], sums[..., 1:2]
    inside, inside_products = sums[..., 2 : 2 + n_themes], sums[..., 2 + n_themes :]
    outside = total - inside
    with np.errstate(invalid="ignore", divide="ignore"):
        within = np.where(inside > 0, inside_products / inside, np.nan)
        is_there = outside > 1e-9 * total
        without = np.where(is_there, (products - inside_products) / outside, np.nan)
    return products / total, within, without
