"""Relative importance of any columns, such as the sub-ratings of a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nlp_cx.analyze.drivers.division import (
    Family,
    Measure,
    Method,
    check_counts,
    check_options,
    describe_coefficients,
    describe_players,
    fit_players,
)
from nlp_cx.analyze.drivers.importance_table import (
    ABOUT,
    COUNTS,
    ONE_SLOPE,
    PARTS,
    finish_importance,
)
from nlp_cx.analyze.drivers.players import column_players


def column_importance(
    frame: pd.DataFrame,
    outcome: str,
    *,
    columns: Mapping[str, Sequence[str]],
    controls: Sequence[str] = (),
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    family: Family = "linear",
    measure: Measure | None = None,
    method: Method = "lmg",
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    n_null: int = 200,
    min_n: int = 100,
    random_state: int = 0,
) -> pd.DataFrame:
    """Divide what any columns explain of an outcome, e.g. the sub-ratings of a survey.

    Parameters
    ----------
    frame : DataFrame, one row per unit
        Rows without a value in one of the columns are left out; no text is needed.
    outcome : str
    columns : mapping of str to sequence of str
        The columns of each player, which enter together, e.g. ``{"rooms": ["r_room", "r_sleep"]}``.
    controls, group, weights, cluster, family, measure, method, confidence, n_bootstrap, n_null
        As for `relative_importance`.
    min_n : int, default=100
    random_state : int, default=0

    Returns
    -------
    DataFrame, one row per player (and group)
        As `relative_importance`, with ``coefficient, coefficient_low, coefficient_high, sign``
        (missing for players of several columns) in the place of those of mentions.

    Raises
    ------
    SchemaError, AnalysisError
        As `relative_importance`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.integers(1, 6, (200, 2)), columns=["r_room", "r_value"])
    >>> frame["r_stars"] = frame.r_room + frame.r_value / 2
    >>> table = column_importance(
    ...     frame, "r_stars", columns={"room": ["r_room"], "value": ["r_value"]}, n_bootstrap=100)
    >>> table[["driver", "share", "coefficient", "sign"]].round(2)
      driver  share  coefficient    sign
    0   room   0.79          1.0  higher
    1  value   0.21          0.5  higher
    """
    kind = check_options(family, measure, method)
    check_counts(confidence=confidence, n_bootstrap=n_bootstrap, n_null=n_null)

    def analyse(part: pd.DataFrame) -> pd.DataFrame:
        players, left_out = column_players(
            part,
            outcome,
            columns=columns,
            controls=controls,
            weights=weights,
            cluster=cluster,
            min_rows=min_n,
        )
        model = fit_players(
            players,
            family=family,
            measure=kind,
            method=method,
            n_bootstrap=n_bootstrap,
            n_null=n_null,
            random_state=random_state,
        )
        table = describe_players(players, model, confidence=confidence, n_bootstrap=n_bootstrap)
        slopes = describe_coefficients(
            model,
            np.array([member.start for member in players.members]),
            confidence=confidence,
            is_known=np.array(players.sizes[1:]) == 1,
        )
        table[list(ONE_SLOPE)] = slopes.to_numpy(object)
        table["n_left_out"] = sum(left_out.values())
        return table

    wanted = (*PARTS, *ONE_SLOPE, *ABOUT, *COUNTS)
    return finish_importance(
        frame, group, analyse, names=list(columns), measure=kind, wanted=wanted
    )
