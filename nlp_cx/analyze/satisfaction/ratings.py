"""Experience and expectation as numbers on one rating scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

Floats = npt.NDArray[np.float64]
Scale = tuple[float, float]


class Rating(NamedTuple):
    """One driver's ratings.

    Attributes
    ----------
    values : ndarray, shape (n_rows,)
        On the scale; NaN where not known.
    source : str
        Where they come from, in words.
    is_typed : bool
        One number for all rows.
    """

    values: Floats
    source: str
    is_typed: bool


def check_scale(scale: Scale) -> None:
    """Refuse what is no scale.

    Parameters
    ----------
    scale : (float, float)
        Lowest and highest rating.

    Raises
    ------
    ConfigError
        If the first is not below the second.
    """
    if len(scale) != 2 or not scale[0] < scale[1]:
        raise ConfigError(f"scale {scale}: expected the lowest and the highest rating, as (1, 10)")


def read_ratings(
    ox: pd.DataFrame,
    ratings: Mapping[str, str | float],
    scale: Scale,
    *,
    mapping: ScoreMapping | None = None,
) -> dict[str, Rating]:
    """Read ratings of drivers from columns or typed-in numbers.

    Parameters
    ----------
    ox : DataFrame
    ratings : mapping of str to str or float
        Driver to column, or to one number for all rows. A column whose name begins with ``x_`` is
        a score of the text.
    scale : (float, float)
        Lowest and highest rating.
    mapping : ScoreMapping, optional
        How scores of the text stand for ratings. Needed where there are any.

    Returns
    -------
    dict of str to Rating
        In the order of `ratings`.

    Raises
    ------
    ConfigError
        If `scale` is no scale, or `mapping` ends beside it.
    SchemaError
        If columns are missing, hold no numbers or ratings beside the scale; the first such column
        is named, all missing ones are.
    AnalysisError
        If scores of the text need a mapping and there is none.
    """
    check_scale(scale)
    columns = [name for name in ratings.values() if isinstance(name, str)]
    if missing := [repr(name) for name in columns if name not in ox.columns]:
        raise SchemaError(
            f"no column {', '.join(missing)}; the table has {', '.join(map(str, ox.columns))}"
        )
    scores = [name for name in columns if name.startswith("x_")]
    if scores and mapping is None:
        raise AnalysisError(
            f"{', '.join(scores)}: scores of the text run from -1 to 1, ratings from {scale[0]:g} "
            f"to {scale[1]:g}. Say how one stands for the other: mapping=ScoreMapping.linear"
            f"({scale[0]:g}, {scale[1]:g}) on a straight line, or your own points."
        )
    if scores and mapping and (mapping.points[0][1], mapping.points[-1][1]) != tuple(scale):
        raise ConfigError(
            f"the mapping ends at {mapping.points[0][1]:g} and {mapping.points[-1][1]:g}, the "
            f"scale at {scale[0]:g} and {scale[1]:g}: both need the same ends"
        )
    return {driver: _read_one(ox, name, scale, mapping) for driver, name in ratings.items()}


def read_weights(ox: pd.DataFrame, weights: str | None) -> Floats:
    """Read weights of rows.

    Parameters
    ----------
    ox : DataFrame
    weights : str or None
        A column; None weighs all rows the same.

    Returns
    -------
    ndarray, shape (n_rows,)
        0 for a row without one, which does not count.

    Raises
    ------
    SchemaError
        If the column is missing or holds other than numbers.
    AnalysisError
        If a weight is negative.
    """
    if weights is None:
        return np.ones(len(ox))
    if weights not in ox.columns:
        raise SchemaError(f"no column {weights!r} for weights")
    values = as_numbers(ox, weights)
    if (values < 0).any():
        raise AnalysisError(
            f"weights {weights!r}: {int((values < 0).sum()):,} are negative, expected 0 or more"
        )
    return np.nan_to_num(values)


def _read_one(
    ox: pd.DataFrame, name: str | float, scale: Scale, mapping: ScoreMapping | None
) -> Rating:
    """Read the ratings of one driver."""
    if not isinstance(name, str):
        values = np.full(len(ox), float(name))
        _check_range(values, scale, f"the typed-in {name:g}")
        return Rating(values, "typed in", True)
    values = as_numbers(ox, name)
    if not name.startswith("x_") or mapping is None:
        _check_range(values, scale, f"column {name!r}")
        return Rating(values, "rating", False)
    _check_range(values, (-1.0, 1.0), f"column {name!r}")
    return Rating(mapping.apply(values), mapping.describe(), False)


def _check_range(values: Floats, scale: Scale, what: str) -> None:
    """Refuse values beside the scale."""
    beside = (values < scale[0]) | (values > scale[1])
    if beside.any():
        raise SchemaError(
            f"{what}: {int(beside.sum()):,} values such as {values[beside][0]:g} are not between "
            f"{scale[0]:g} and {scale[1]:g}. Experience and expectation need one scale."
        )
