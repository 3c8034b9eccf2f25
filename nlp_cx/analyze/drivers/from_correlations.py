"""Relative importance from typed-in correlations, where no rows are at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.collinearity import (
    condition_number,
    find_identified,
    inflate_variance,
)
from nlp_cx.analyze.drivers.relative_weights import relative_weights
from nlp_cx.analyze.drivers.shapley import shapley_r2
from nlp_cx.analyze.drivers.summary import rank_players
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-6


def importance_from_correlations(
    between: npt.ArrayLike | pd.DataFrame,
    with_outcome: npt.ArrayLike,
    *,
    names: Sequence[str] | None = None,
    players: Mapping[str, Sequence[str]] | None = None,
    controls: Sequence[str] = (),
) -> pd.DataFrame:
    """Divide R² among columns, or groups of columns, from their correlations.

    Parameters
    ----------
    between : array or DataFrame, shape (p, p)
        Correlations of the columns, -1 to 1, with ones on the diagonal. May be singular.
    with_outcome : array, shape (p,)
        Their correlations with the outcome.
    names : sequence of str, optional
        Of the columns; those of `between` or ``x1, x2, …`` when not given.
    players : mapping of str to sequence of str, optional
        Columns that enter together; each column a player when not given.
    controls : sequence of str
        Columns that are in every model.

    Returns
    -------
    DataFrame, one row per player
        ``driver``; ``lmg, relative_weight``: parts of R²; ``share`` (of the lmg, 0 to 1); ``rank``;
        ``coefficient``: standardized, of players of one column, missing where not determined;
        ``vif, condition_number``; ``fit, fit_controls``: R² of all columns and of the controls.
        No intervals: correlations do not tell how many rows they are of.

    Raises
    ------
    AnalysisError
        If these cannot be correlations: not symmetric, out of range, or contradicting each other
        (R² would be above 1); or if a name is unknown or used twice.

    Notes
    -----
    `lmg` is exact (see `shapley_r2`); with collinear columns the product of coefficient and
    correlation (Pratt) can be negative, which neither of the two here can.

    Examples
    --------
    >>> table = importance_from_correlations(
    ...     [[1, .99], [.99, 1]], [.6, .59], names=["service", "price"])
    >>> table[["driver", "lmg", "coefficient", "vif"]].round(4)
        driver     lmg  coefficient      vif
    0  service  0.1864        0.799  50.2513
    1    price  0.1745       -0.201  50.2513
    """
    if names is None and isinstance(between, pd.DataFrame):
        names = [str(name) for name in between.columns]
    table = _check_correlations(between, with_outcome)
    p = len(table) - 1
    names = list(names) if names is not None else [f"x{j + 1}" for j in range(p)]
    if len(names) != p or len(set(names)) != p:
        raise AnalysisError(f"{len(set(names))} distinct names for {p} columns: {names}")
    if players is None:
        players = {name: [name] for name in names if name not in controls}
    families = [list(controls), *map(list, players.values())]
    used = [name for family in families for name in family]
    wrong = [name for name in used if name not in names or used.count(name) > 1]
    if wrong or not players or not all(families[1:]):
        raise AnalysisError(
            f"columns {sorted(set(wrong))} are unknown or used twice, or a player has none; "
            f"the columns are {', '.join(names)}"
        )
    order = [names.index(name) for name in used]
    table = table[np.ix_([*order, p], [*order, p])]
    sizes = [len(family) for family in families]
    lmg, weights = shapley_r2(table, sizes), relative_weights(table, sizes)
    inside, outcome = table[:-1, :-1], table[:-1, -1]
    inverse = np.linalg.pinv(inside, rcond=1e-9, hermitian=True)
    slopes = np.where(find_identified(inside), inverse @ outcome, np.nan)
    first = np.cumsum(sizes)[:-1]
    fit = float(outcome @ inverse @ outcome)
    result = pd.DataFrame(
        {
            "driver": list(players),
            "lmg": lmg,
            "share": lmg / lmg.sum() if lmg.sum() > 0 else np.nan,
            "rank": rank_players(lmg[None])[0],
            "relative_weight": weights,
            "coefficient": np.where(np.array(sizes[1:]) == 1, slopes[first], np.nan),
            "vif": inflate_variance(inside, sizes),
            "condition_number": condition_number(inside),
            "fit": fit,
            "fit_controls": fit - float(lmg.sum()),
        }
    )
    result.attrs["note"] = NOTE
    return result


def _check_correlations(
    between: npt.ArrayLike | pd.DataFrame, with_outcome: npt.ArrayLike
) -> Floats:
    """Put both together, or say why they cannot be correlations."""
    inside = np.asarray(between, np.float64)
    outcome = np.asarray(with_outcome, np.float64)
    if inside.ndim != 2 or inside.shape != (outcome.size, outcome.size) or not outcome.size:
        raise AnalysisError(
            f"correlations of shape {inside.shape} between columns and {outcome.shape} with the "
            "outcome, expected (p, p) and (p,)"
        )
    table = np.block([[inside, outcome[:, None]], [outcome[None, :], np.ones((1, 1))]])
    if not np.isfinite(table).all() or np.abs(table).max() > 1 + _ROUNDING:
        raise AnalysisError("correlations are missing, or not between -1 and 1")
    if np.abs(np.diagonal(inside) - 1).max() > _ROUNDING:
        raise AnalysisError("the diagonal of the correlations is not 1: give no covariances")
    if np.abs(inside - inside.T).max() > _ROUNDING:
        row, column = np.unravel_index(np.abs(inside - inside.T).argmax(), inside.shape)
        raise AnalysisError(
            f"correlations are not symmetric: {inside[row, column]:g} in row {row + 1}, column "
            f"{column + 1}, but {inside[column, row]:g} the other way round"
        )
    smallest = float(np.linalg.eigvalsh(table)[0])
    if smallest < -_ROUNDING:
        raise AnalysisError(
            f"no data has these correlations: they contradict each other (smallest eigenvalue "
            f"{smallest:.3g}, expected 0 or more). Take them from the same rows, unrounded."
        )
    return table
