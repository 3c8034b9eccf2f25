"""What can be averaged over the units of an O+X table: mentions, their scores, the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import POLES, Coding, as_numbers, code_clusters
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError
from nlp_cx.taxonomy import load_taxonomy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number per unit, to be averaged.

    Attributes
    ----------
    driver : str or None
        None for the outcome.
    name : str
        ``negative``, ``positive``: share of the texts (or units) that mention the driver so;
        ``score``: mean score of the mentions; ``outcome``.
    kind : {"share", "mean"}
        A share lies within 0 to 1.
    values : ndarray of float64, shape (n_rows,)
        NaN where the unit does not count: no text, no mention, no outcome.
    """

    driver: str | None
    name: str
    kind: Literal["share", "mean"]
    values: Floats


@dataclass(frozen=True, slots=True)
class Units:
    """Measures of the units of a table, with their weights and customers.

    Attributes
    ----------
    measures : tuple of Measure
        Outcome first where there is one, then by driver.
    weights : ndarray of float64, shape (n_rows,)
        0 for rows that are left out.
    clusters : ndarray of int64, shape (n_rows,)
    cluster : str or None
        Name of the column of customers; without, every row is one.
    left_out : dict of str to int
        Rows that were left out, by reason.
    """

    measures: tuple[Measure, ...]
    weights: Floats
    clusters: Ints
    cluster: str | None
    left_out: dict[str, int]


def read_units(
    ox: pd.DataFrame,
    *,
    outcome: str | None,
    drivers: Sequence[str] | None,
    weights: str | None,
    cluster: str | None,
    coding: Coding,
) -> Units:
    """Take from an O+X table what is averaged by group and by period.

    Parameters
    ----------
    ox : DataFrame, one row per unit
    outcome : str or None
        A column of numbers or booleans; of 0 and 1 alone it is a share.
    drivers : sequence of str or None
        The six experience drivers when None.
    weights, cluster : str or None
        Columns.
    coding : {"share", "any"}
        Of a unit's texts: the share that mentions the driver so, or 1 where any does.

    Returns
    -------
    Units
        Rows without text count for the outcome only.

    Raises
    ------
    SchemaError
        If columns are missing or of another kind.
    AnalysisError
        If a weight is negative, or no row has a weight.
    ConfigError
        If a driver is named twice, or there is nothing to average.
    """
    names = tuple(load_taxonomy().ids if drivers is None else drivers)
    if len(set(names)) < len(names) or not (names or outcome):
        raise ConfigError(f"drivers {list(names)}: expected none twice, and one or an outcome")
    columns = [f"x_{driver}_{end}" for driver in names for end in (*POLES, "score")]
    extra = [name for name in (outcome, weights, cluster) if name is not None]
    missing = [
        repr(name)
        for name in dict.fromkeys(["x_n_texts", *columns, *extra])
        if name not in ox.columns
    ]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}. Columns x_* are made by nlp-cx join; the table has "
            f"{', '.join(map(str, ox.columns))}."
        )
    left_out: dict[str, int] = {}
    weight = np.ones(len(ox)) if weights is None else as_numbers(ox, weights)
    if (weight < 0).any():
        raise AnalysisError(
            f"weights {weights!r}: {int((weight < 0).sum()):,} are negative, expected 0 or more"
        )
    for reason, is_out in ((f"no {weights}", np.isnan(weight)), (f"{weights} is 0", weight == 0)):
        if is_out.any():
            left_out[reason] = int(is_out.sum())
    weight = np.nan_to_num(weight)
    if not weight.any():
        raise AnalysisError(f"none of {len(ox):,} rows has a weight above 0")
    measures = []
    if outcome is not None:
        values = as_numbers(ox, outcome)
        known = values[~np.isnan(values)]
        is_share = known.size > 0 and bool(np.isin(known, (0.0, 1.0)).all())
        measures.append(Measure(None, "outcome", "share" if is_share else "mean", values))
    n_texts = as_numbers(ox, "x_n_texts")
    has_text = n_texts > 0
    if (~has_text).any():
        left_out["no text: counted for the outcome only"] = int((~has_text).sum())
    whole = np.where(has_text, n_texts, np.nan)
    for driver in names:
        for pole in POLES:
            counts = as_numbers(ox, f"x_{driver}_{pole}")
            said = (counts > 0).astype(np.float64) if coding == "any" else counts / whole
            measures.append(Measure(driver, pole, "share", np.where(has_text, said, np.nan)))
        score = as_numbers(ox, f"x_{driver}_score")
        measures.append(Measure(driver, "score", "mean", np.where(has_text, score, np.nan)))
    clusters = code_clusters(ox, cluster, np.arange(len(ox), dtype=np.int64))
    return Units(tuple(measures), weight, clusters, cluster, left_out)
