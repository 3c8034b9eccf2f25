"""Quadrants as columns of a table: derived, stated and asymmetric, with how sure they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.drivers.quadrants import (
    QUADRANTS,
    Crosshair,
    cut_axis,
    place,
    place_asymmetric,
)
from nlp_cx.analyze.drivers.summary import rank_players
from nlp_cx.errors import SchemaError

Floats = npt.NDArray[np.float64]

AXES = ("share", "performance", "stated")
"""What a cross-hair can cut."""


def add_quadrants(
    table: pd.DataFrame,
    shares: Floats,
    means: Floats,
    crosshair: Crosshair,
    middles: tuple[float, float],
) -> None:
    """Add the cross-hair, the quadrant and how sure it is.

    Parameters
    ----------
    table : DataFrame, one row per driver
        With ``share`` and ``performance``. Gets ``share_cut, performance_cut, quadrant,
        p_quadrant``.
    shares, means : ndarray, shape (n_bootstrap, n_drivers)
        Samples of both.
    crosshair : str or mapping
    middles : tuple of two floats
        Of the scales of both.
    """
    share, performance = (table[name].to_numpy(np.float64) for name in ("share", "performance"))
    is_there = np.isfinite(share) & np.isfinite(performance)

    def cut(values: Floats, axis: int) -> Floats:
        return cut_axis(np.where(is_there, values, np.nan), crosshair, AXES[axis], middles[axis])

    cuts = (cut(share, 0), cut(performance, 1))
    found = place(share, performance, cuts)
    table["share_cut"], table["performance_cut"] = cuts[0][0], cuts[1][0]
    table["quadrant"] = [QUADRANTS[i] if i >= 0 else None for i in found]
    if len(shares) and len(means):
        drawn = place(shares, means, (cut(shares, 0), cut(means, 1)))
        table["p_quadrant"] = np.where(found >= 0, (drawn == found).mean(axis=0), np.nan)


def add_stated(table: pd.DataFrame, told: Floats, crosshair: Crosshair, middle: float) -> None:
    """Add what customers state, with a quadrant of its own.

    Parameters
    ----------
    table : DataFrame, one row per driver
        With ``performance`` and ``performance_cut``. Gets ``stated, stated_rank, stated_cut,
        stated_quadrant``.
    told : ndarray, shape (n_drivers,)
        NaN where nothing was stated.
    crosshair : str or mapping
    middle : float
        Of the scale of what was stated.
    """
    performance = table["performance"].to_numpy(np.float64)
    cut = cut_axis(told, crosshair, "stated", middle)
    found = place(told, performance, (cut, table["performance_cut"].to_numpy(np.float64)[:1]))
    table["stated"] = told
    is_told = np.isfinite(told)
    table["stated_rank"] = np.nan
    if is_told.any():
        table.loc[is_told, "stated_rank"] = rank_players(told[None, is_told])[0]
        table["stated_cut"] = cut[0]
    table["stated_quadrant"] = [QUADRANTS[i] if i >= 0 else None for i in found]


def add_asymmetry(table: pd.DataFrame, asymmetry: pd.DataFrame) -> None:
    """Add impact asymmetry from the table of penalties and rewards, and the cell of its grid.

    Parameters
    ----------
    table : DataFrame, one row per driver (and group)
        With ``performance``, ``performance_cut`` and ``reason``. Gets ``ia, kano_class,
        asymmetric_quadrant``.
    asymmetry : DataFrame
        As `penalty_reward` gives it.

    Raises
    ------
    SchemaError
        If it lacks columns, or has several rows for a driver (and group).
    """
    keys = ["group", "driver"] if "group" in table.columns else ["driver"]
    lacking = [name for name in (*keys, "ia", "kano_class") if name not in asymmetry.columns]
    if lacking:
        raise SchemaError(f"asymmetry has no column {lacking}: give the table of penalty_reward")
    twice = asymmetry.duplicated(keys)
    if twice.any():
        raise SchemaError(
            f"asymmetry has {int(twice.sum()):,} rows too many for {', '.join(keys)}: "
            "choose one period, and group both tables alike"
        )
    found = table[keys].merge(asymmetry[[*keys, "ia", "kano_class"]], on=keys, how="left")
    table["ia"] = found["ia"].to_numpy()
    table["kano_class"] = found["kano_class"].to_numpy(object)
    missing = table["kano_class"].isna() & table["ia"].notna()
    words = [[] if pd.isna(why) else [why] for why in table["reason"]]
    table["reason"] = [
        "; ".join([*why, *["Kano class not settled: no asymmetric quadrant"] * is_missing]) or None
        for why, is_missing in zip(words, missing, strict=True)
    ]
    table["asymmetric_quadrant"] = place_asymmetric(
        table["kano_class"].tolist(),
        table["performance"].to_numpy(np.float64),
        table["performance_cut"].to_numpy(np.float64),
    )
