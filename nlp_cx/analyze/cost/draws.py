"""Draws of all parameters of the cost, as uncertain as the cases behind them leave them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.cost.inputs import check_parameters
from nlp_cx.analyze.cost.shares import BRANCHES, CORRECTION, FATES, correct_share, draw_share

Floats = npt.NDArray[np.float64]


def draw_parameters(
    parameters: pd.DataFrame, n_draws: int, *, random_state: int = 0
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Draw parameters as uncertain as the cases behind them leave them.

    Parameters
    ----------
    parameters : DataFrame
        `COLUMNS`.
    n_draws : int
    random_state : int

    Returns
    -------
    draws : dict of str to ndarray of float64, shape (n_draws,)
        All of `PARAMETERS`.
    exact : tuple of str
        Those that do not vary, since no number of cases is given; ``revenue`` is not among them.

    Notes
    -----
    Beta and, for the three fates of a branch, Dirichlet with 1/2 added to every count (Jeffreys).
    Parameters are drawn independently, each from a generator of its own, so that one that is
    replaced changes no draw of another. A branch of which only the lost share is known is drawn as
    lost against the rest.
    """
    values = check_parameters(parameters)
    sizes = dict(zip(parameters["parameter"], parameters["n_effective"].astype(float), strict=True))
    draws: dict[str, Floats] = {}
    exact: list[str] = []
    order = ("negative_share", "complaint_share", *BRANCHES, *CORRECTION)
    rngs = dict(zip(order, np.random.default_rng(random_state).spawn(len(order)), strict=True))

    def beta(name: str, value: float) -> Floats:
        n = sizes.get(name, np.nan)
        if np.isnan(n):
            exact.append(name)
        return draw_share(rngs[name], value, n, n_draws)

    draws["revenue"] = np.full(n_draws, values["revenue"])
    given = dict(zip(parameters["parameter"], parameters["estimate"].astype(float), strict=True))
    if set(CORRECTION) <= set(given):
        observed, sensitivity, specificity = (beta(name, given[name]) for name in CORRECTION)
        draws["negative_share"] = correct_share(observed, sensitivity, specificity)
    else:
        draws["negative_share"] = beta("negative_share", values["negative_share"])
    draws["complaint_share"] = beta("complaint_share", values["complaint_share"])
    for branch in BRANCHES:
        names = [f"{branch}_{fate}" for fate in FATES]
        shares = np.array([values[name] for name in names])
        n = sizes.get(names[0], np.nan)
        if np.isnan(n):
            exact.append(branch)
            drawn = np.tile(shares, (n_draws, 1))
        elif np.isnan(shares).any():
            drawn = np.full((n_draws, len(FATES)), np.nan)
            drawn[:, 0] = draw_share(rngs[branch], float(shares[0]), n, n_draws)
        else:
            drawn = rngs[branch].dirichlet(shares * n + 0.5, n_draws)
        draws |= {name: drawn[:, k] for k, name in enumerate(names)}
    return draws, tuple(exact)
