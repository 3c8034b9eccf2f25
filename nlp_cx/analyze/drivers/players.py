"""The columns of a model in the order that dividing its fit needs: controls, players, outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import Design, build_design
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Players:
    """What a model of an outcome is made of; the columns of one player enter together.

    Attributes
    ----------
    names : tuple of str
        Of the players.
    table : ndarray of float64, shape (n, q)
        Controls, the columns of each player, the outcome.
    sizes : tuple of int
        Numbers of columns: of the controls first, then of each player.
    weights : ndarray of float64, shape (n,)
        With mean 1.
    clusters : ndarray of int64, shape (n,)
        From 0.
    """

    names: tuple[str, ...]
    table: Floats
    sizes: tuple[int, ...]
    weights: Floats
    clusters: Ints

    @property
    def outcome(self) -> Floats:
        """The outcome, shape (n,)."""
        return self.table[:, -1]

    @property
    def columns(self) -> Floats:
        """The columns of the players, shape (n, p)."""
        return self.table[:, self.sizes[0] : -1]

    @property
    def controls(self) -> Floats:
        """The controls, shape (n, n_controls)."""
        return self.table[:, : self.sizes[0]]

    @property
    def members(self) -> tuple[slice, ...]:
        """Where the columns of each player are in `columns`."""
        stops = np.cumsum(self.sizes[1:])
        return tuple(
            slice(int(stop) - size, int(stop))
            for stop, size in zip(stops, self.sizes[1:], strict=True)
        )


def order_rows(table: Floats, clusters: Ints, also: Floats | None = None) -> tuple[Ints, Ints]:
    """Order rows and clusters by what they hold: samples must not depend on the order of a file.

    Parameters
    ----------
    table : ndarray, shape (n, m)
    clusters : ndarray of int64, shape (n,)
    also : ndarray, shape (n, k), optional
        Tells rows and clusters apart that are alike in `table`, and changes nothing else.

    Returns
    -------
    order : ndarray of int64, shape (n,)
        Rows of a cluster are next to each other.
    clusters : ndarray of int64, shape (n,)
        Of the rows in this order, from 0.
    """
    tables = [table] if also is None else [also, table]
    order = np.lexsort(np.column_stack(tables).T)
    keys = [np.bincount(clusters[order], _number_rows(part)[order]) for part in tables]
    number = np.empty(keys[0].size, np.int64)
    number[np.lexsort(keys)] = np.arange(keys[0].size)
    together = np.argsort(number[clusters[order]], kind="stable")
    order = order[together]
    return order.astype(np.int64), number[clusters[order]]


def _number_rows(table: Floats) -> Floats:
    """Make every row one number, column by column so that it is the same wherever the row stands.

    Clusters of the same rows in the same order then have the same sum, to the last bit.
    """
    key = np.zeros(len(table))
    for j in range(table.shape[1]):
        key += np.nan_to_num(table[:, j], nan=np.e) * np.sin(1.0 + j)
    return np.sin(1e3 * key)


def sort_design(design: Design, also: Floats | None = None) -> Design:
    """Put the rows of a design into an order that does not depend on that of the table.

    Parameters
    ----------
    design : Design
    also : ndarray, shape (n_rows, m), optional
        What else tells rows apart.

    Returns
    -------
    Design
        Sorted by cluster.
    """
    table = np.column_stack([design.weights, design.controls, design.mentions, design.y])
    order, clusters = order_rows(table, design.clusters, also)
    return replace(
        design,
        y=design.y[order],
        mentions=design.mentions[order],
        controls=design.controls[order],
        weights=design.weights[order],
        clusters=clusters,
        rows=design.rows[order],
    )


def mention_players(design: Design, *, is_in: Sequence[bool] | None = None) -> Players:
    """Make each driver a player of two columns: its negative and its positive mention.

    Parameters
    ----------
    design : Design
    is_in : sequence of bool, optional
        Which drivers to take; all when not given.

    Returns
    -------
    Players
    """
    keep = np.ones(len(design.drivers), np.bool_) if is_in is None else np.asarray(is_in)
    table = np.column_stack([design.controls, design.mentions[:, np.repeat(keep, 2)], design.y])
    names = tuple(driver for driver, is_kept in zip(design.drivers, keep, strict=True) if is_kept)
    sizes = (design.controls.shape[1], *[2] * len(names))
    return Players(names, table, sizes, design.weights, design.clusters)


def column_players(
    frame: pd.DataFrame,
    outcome: str,
    *,
    columns: Mapping[str, Sequence[str]],
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    min_rows: int = 10,
) -> tuple[Players, dict[str, int]]:
    """Make players of any columns, e.g. of the sub-ratings of a survey.

    Parameters
    ----------
    frame : DataFrame
        Rows with a missing value in any of the columns are left out.
    outcome : str
    columns : mapping of str to sequence of str
        The columns of each player; numbers, or categories (coded as dummies).
    controls, weights, cluster, min_rows
        As for `design.build_design`.

    Returns
    -------
    players : Players
    left_out : dict of str to int
        Rows that were left out, by reason.

    Raises
    ------
    AnalysisError
        If a column is named twice, or as `build_design` does.
    """
    used = [*controls, *(name for names in columns.values() for name in names)]
    twice = sorted({name for name in used if used.count(name) > 1})
    if twice:
        raise AnalysisError(f"columns {', '.join(map(repr, twice))}: named twice; name each once")
    design = build_design(
        frame.assign(x_n_texts=1),
        outcome,
        drivers=(),
        controls=used,
        weights=weights,
        cluster=cluster,
        min_rows=min_rows,
    )
    families = [controls, *columns.values()]
    places = [
        [i for i, name in enumerate(design.control_names) if _source(name, used) in family]
        for family in families
    ]
    used_places = [i for place in places for i in place]
    table = np.column_stack([design.controls[:, used_places], design.y])
    sizes = tuple(len(place) for place in places)
    order, clusters = order_rows(np.column_stack([design.weights, table]), design.clusters)
    players = Players(tuple(columns), table[order], sizes, design.weights[order], clusters)
    return players, design.left_out


def count_mentions(design: Design) -> Ints:
    """Count the units that mention each driver negatively and positively.

    Parameters
    ----------
    design : Design

    Returns
    -------
    ndarray of int64, shape (n_drivers, 2)
    """
    return (design.mentions > 0).sum(axis=0).reshape(-1, 2).astype(np.int64)


def _source(name: str, used: Sequence[str]) -> str:
    """Give the column that a coded column was made of."""
    return name if name in used else max((u for u in used if name.startswith(f"{u}=")), key=len)
