"""SERVQUAL: perceived minus expected service on five dimensions, plain and weighted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.taxonomy import Taxonomy, load_taxonomy

Floats = npt.NDArray[np.float64]

UNWEIGHTED, WEIGHTED = "all, unweighted", "all, weighted"
"""The two rows below the dimensions."""

N_ITEMS = (4, 5, 4, 4, 5)
"""Items of each dimension in the instrument of 22, in the order of the taxonomy."""

SERVQUAL_NOTE = (
    "Perception minus expectation, a difference score; its items need not fall into five factors "
    "in other trades or countries."
)

_POINTS = 100.0


def servqual_gaps(dimensions: pd.DataFrame, *, taxonomy: Taxonomy | None = None) -> pd.DataFrame:
    """Work out SERVQUAL gaps from numbers per dimension.

    Parameters
    ----------
    dimensions : DataFrame, one row per dimension
        ``dimension`` (ids of `taxonomy`); ``perception``, ``expectation`` (means on one scale);
        ``weight`` (points that customers give each dimension, of 100 in all). Missing where not
        known; ``weight`` may be left out.
    taxonomy : Taxonomy, optional
        The packaged ``"servqual"`` when not given.

    Returns
    -------
    DataFrame, one row per dimension in taxonomy order, then `UNWEIGHTED` and `WEIGHTED`
        ``dimension``; ``perception, expectation``; ``gap`` (perception - expectation);
        ``weight`` (0 to 1); ``weighted_gap``; ``reason``. In the last two rows ``gap`` is the mean
        of the gaps and their weighted sum; missing where a dimension is.

    Raises
    ------
    SchemaError
        If a column is missing or holds other than numbers.
    AnalysisError
        If dimensions are unknown or named twice, or weights are negative or do not sum to 100.

    References
    ----------
    Parasuraman, Zeithaml and Berry (1988), SERVQUAL, Journal of Retailing 64, 12-40 (from the
    literature, not re-read).

    Examples
    --------
    >>> sheet = pd.DataFrame({
    ...     "dimension": ["tangibles", "reliability", "responsiveness", "assurance", "empathy"],
    ...     "perception": [5.1, 4.2, 4.8, 5.5, 5.0], "expectation": [5.0, 6.4, 6.0, 6.1, 5.4],
    ...     "weight": [11, 32, 22, 19, 16]})
    >>> servqual_gaps(sheet)["gap"].round(3).tolist()
    [0.1, -2.2, -1.2, -0.6, -0.4, -0.86, -1.135]
    """
    ids = (taxonomy or load_taxonomy("servqual")).ids
    sheet = _read_dimensions(dimensions, ids)
    gap = (sheet["perception"] - sheet["expectation"]).to_numpy(np.float64)
    weight = check_points(sheet["weight"].to_numpy(np.float64))
    reasons = [
        _name_missing(row, ("perception", "expectation", "weight")) for _, row in sheet.iterrows()
    ]
    table = sheet.assign(gap=gap, weight=weight, weighted_gap=weight * gap)
    whole = pd.DataFrame(
        {
            "dimension": [UNWEIGHTED, WEIGHTED],
            "gap": [gap.mean(), (weight * gap).sum()],
            "weighted_gap": [np.nan, (weight * gap).sum()],
        }
    )
    result = pd.concat([table, whole], ignore_index=True)
    lacks = "a dimension is not known"
    ends = [
        lacks if np.isnan(gap.mean()) else None,
        lacks if np.isnan(weight * gap).any() else None,
    ]
    result["reason"] = pd.array([*reasons, *ends], "string")
    order = ["dimension", "perception", "expectation", "gap", "weight", "weighted_gap", "reason"]
    result = result[order]
    result.attrs["note"] = SERVQUAL_NOTE
    return result


def check_points(points: Floats) -> Floats:
    """Turn 100 points, divided among dimensions, into weights.

    Parameters
    ----------
    points : ndarray, shape (..., n_dimensions)
        NaN where not given.

    Returns
    -------
    ndarray, the same shape
        Shares that sum to 1; NaN where a point of the same allocation is missing.

    Raises
    ------
    AnalysisError
        If points are negative or an allocation does not sum to 100.
    """
    sums = points.sum(axis=-1)
    wrong = np.abs(sums - _POINTS) > 0.5
    if (points < 0).any() or wrong.any():
        n = int(np.atleast_1d(wrong).sum())
        found = f"{np.atleast_1d(sums)[np.atleast_1d(wrong)][0]:g}" if n else "negative points"
        raise AnalysisError(
            f"weights: {n:,} allocations do not sum to 100, such as {found}. Customers divide 100 "
            "points among the dimensions, none negative."
        )
    return np.where(np.isnan(sums)[..., None], np.nan, points / sums[..., None])


def _read_dimensions(dimensions: pd.DataFrame, ids: tuple[str, ...]) -> pd.DataFrame:
    """Read the sheet, in taxonomy order."""
    if missing := [n for n in ("dimension", "perception", "expectation") if n not in dimensions]:
        raise SchemaError(f"no column {', '.join(missing)}")
    names = dimensions["dimension"].tolist()
    faults = [f"{name!r} is no dimension" for name in dict.fromkeys(names) if name not in ids]
    faults += [f"{name!r} occurs twice" for name in ids if names.count(name) > 1]
    if faults:
        raise AnalysisError(f"{'; '.join(faults)}; the dimensions are {', '.join(ids)}")
    sheet = dimensions.set_index("dimension").reindex(ids)
    columns = {}
    for name in ("perception", "expectation", "weight"):
        column = sheet[name] if name in sheet else pd.Series(np.nan, index=sheet.index)
        try:
            columns[name] = pd.to_numeric(column).astype(np.float64)
        except (ValueError, TypeError) as e:
            raise SchemaError(f"column {name!r} holds other than numbers ({e})") from e
    return pd.DataFrame(columns).reset_index(names="dimension")


def _name_missing(row: pd.Series, names: tuple[str, ...]) -> str | None:
    """Name what a row lacks."""
    lacks = [name for name in names if pd.isna(row[name])]
    return f"not known: {', '.join(lacks)}" if lacks else None
