"""The triangle law and the seven steps, from surveyed or typed-in ratings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nlp_cx.analyze.satisfaction.gap import satisfaction_gap
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.analyze.satisfaction.seven_steps import seven_steps
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.analyze.source_models.lacks import LackError, lack, needs_columns


def make_gap(
    ox: pd.DataFrame,
    inputs: SourceInputs,
    *,
    is_gap: bool = True,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare experience with expectation; or tell the experience alone.

    Parameters
    ----------
    ox : DataFrame
    inputs : SourceInputs
    is_gap : bool, default=True
        False for the experience alone.
    weights, cluster : str, optional
    confidence : float

    Returns
    -------
    DataFrame
        As `satisfaction_gap`.

    Raises
    ------
    LackError
        If columns or the scale are not given.
    """
    if not inputs.experience:
        raise needs_columns(
            ["experience", "expectation"],
            "No column holds a rating of a driver.",
            "Ask customers to rate each driver, and what they expected of it; name the columns as "
            "experience and expectation, or r_<driver> and r_<driver>_expected.",
        )
    if is_gap and not set(inputs.expectation) & set(inputs.experience):
        raise needs_columns(
            [f"expectation.{driver}" for driver in inputs.experience],
            "Drivers are rated, but what was expected of them was not asked: silence about an "
            "expectation is not an expectation.",
            "Ask what customers expected, and name the columns as expectation, or "
            "r_<driver>_expected.",
        )
    if inputs.scale is None:
        raise LackError(
            lack(
                "needs_scale",
                "The lowest and the highest rating of a driver are not given.",
                "Give scale, e.g. [1, 10].",
                columns=["scale"],
            )
        )
    return satisfaction_gap(
        ox,
        inputs.experience,
        inputs.expectation if is_gap else None,
        scale=inputs.scale,
        mapping=ScoreMapping(inputs.mapping) if inputs.mapping else None,
        method="difference" if is_gap else "performance_only",
        weights=weights,
        cluster=cluster,
        confidence=confidence,
    )


def make_seven_steps(
    inputs: SourceInputs,
    drivers: Sequence[str],
    gap: pd.DataFrame | None,
    importance: pd.DataFrame | None,
) -> pd.DataFrame:
    """Work out steps 2 to 4 of the seven.

    Parameters
    ----------
    inputs : SourceInputs
    drivers : sequence of str
        In the order of the sheet; drivers that are only in `inputs` follow.
    gap : DataFrame or None
        From `make_gap`, of whichever kind.
    importance : DataFrame or None
        ``driver`` and ``share``, e.g. of `relative_importance`: stands beside the stated one.

    Returns
    -------
    DataFrame
        As `seven_steps`; drivers of which nothing is known but a derived importance are left out.

    Raises
    ------
    LackError
        If no driver has both experience and either expectation or ideal.
    """
    named = (inputs.experience, inputs.expectation, inputs.importance, inputs.ideal)
    rows = [d for d in dict.fromkeys([*drivers, *(d for side in named for d in side)])
            if any(d in side for side in named)]  # fmt: skip
    sheet = pd.DataFrame({"driver": pd.Series(rows, dtype="object")})
    found = pd.DataFrame() if gap is None else gap.set_index("driver").reindex(rows)
    for side in ("experience", "expectation"):
        typed = [value if isinstance(value := getattr(inputs, side).get(d), float | int) else np.nan
                 for d in rows]  # fmt: skip
        told = found[side].to_numpy(float) if side in found else np.full(len(rows), np.nan)
        sheet[side] = np.where(np.isnan(typed), told, typed)
    for side in ("importance", "ideal"):
        sheet[side] = [getattr(inputs, side).get(d, np.nan) for d in rows]
    is_known = ~np.isnan(sheet["experience"]) & (
        ~np.isnan(sheet["expectation"]) | ~np.isnan(sheet["ideal"])
    )
    if not is_known.any():
        names = ["experience"] if not inputs.experience else []
        names += ["expectation", "importance", "ideal"]
        raise needs_columns(
            names,
            "For no driver are both its experience and what was expected, or the ideal, known.",
            "Name columns or numbers of experience and expectation, give the stated importance of "
            "each driver, and the ideal that the company aims at: it is never derived.",
        )
    if importance is not None and {"driver", "share"} <= set(importance.columns):
        shares = importance.set_index("driver")["share"]
        sheet["importance_derived"] = shares.reindex(rows).to_numpy(float)
    if {"low", "high"} <= set(found.columns) and "expectation" in found:
        both = ~np.isnan(sheet["expectation"])
        sheet["satisfaction_low"] = found["low"].where(both.to_numpy()).to_numpy(float)
        sheet["satisfaction_high"] = found["high"].where(both.to_numpy()).to_numpy(float)
    if inputs.assumed:
        sheet["assumed"] = [inputs.assumed.get(d) for d in rows]
    return seven_steps(sheet, importance_scale=inputs.importance_scale, scale=inputs.scale)
