"""The seven-step method: which experience to put resources into."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]

STEPS = {
    "experience": "2a",
    "expectation": "2b",
    "satisfaction": "2c",
    "importance": "2d",
    "weighted_satisfaction": "3",
    "ideal": "4a",
    "ideal_gap": "4b",
}
"""Columns of the sheet and the steps of the method that they stand for."""

RULES = {
    "weighted_satisfaction": "step 3: the lowest importance times satisfaction first",
    "ideal_gap": "step 4b: the lowest experience minus ideal first",
}
"""The two rules by which drivers are ranked. They need not agree, so both are kept."""

_INPUTS = ("experience", "expectation", "importance", "ideal")
_OPTIONAL = ("importance_derived", "satisfaction", "satisfaction_low", "satisfaction_high")


class Step7(NamedTuple):
    """What the feedback of step 7 says.

    Attributes
    ----------
    table : DataFrame, one row per level
        ``level, result, gain`` (per unit of level since the row before), ``gain_to_first`` (as a
        multiple of the first), ``is_below_first``.
    never_below_first : bool or None
        No unit added less than the first one; None where a result is missing.
    """

    table: pd.DataFrame
    never_below_first: bool | None


def seven_steps(
    sheet: pd.DataFrame,
    *,
    importance_scale: tuple[float, float] | None = None,
    scale: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Work out steps 2 to 4: satisfaction, its weight, the gap to the ideal, two rankings.

    Parameters
    ----------
    sheet : DataFrame, one row per driver
        ``driver``; ``experience`` (2a), ``expectation`` (2b), ``importance`` (2d), ``ideal`` (4a):
        numbers, missing where nothing is known; a missing column is missing throughout. Also
        ``importance_derived`` (e.g. ``estimate`` of `relative_importance`), to stand beside the
        stated one; ``satisfaction`` with ``satisfaction_low, satisfaction_high`` where 2c comes
        from `satisfaction_gap`; ``assumed`` (which of a driver's numbers are assumptions, in
        words).
    importance_scale, scale : (float, float), optional
        Lowest and highest importance, and rating. With both, the range of ranks that a driver can
        have whatever the missing numbers are.

    Returns
    -------
    DataFrame, one row per driver, order of `sheet`
        ``driver``; ``experience, expectation, satisfaction, importance, importance_derived,
        weighted_satisfaction, weighted_derived, ideal, ideal_gap``; ``satisfaction_low,
        satisfaction_high``, ``weighted_low, weighted_high`` where the interval of the satisfaction
        is given (importance taken as known); ``rank_weighted_satisfaction, rank_weighted_derived,
        rank_ideal_gap`` (1 is first; among drivers with a number; ties share the better rank);
        ``rank_best, rank_worst`` (of step 3, whatever the missing numbers are); ``assumed``;
        ``reason`` (which numbers are missing).

    Raises
    ------
    SchemaError
        If ``driver`` is missing, a column holds other than numbers, or a column is unknown.
    AnalysisError
        If drivers are named twice, numbers lie beside their scale, or a satisfaction is given that
        is not experience minus expectation.

    Notes
    -----
    2c = 2a - 2b; 3 = 2c x 2d; 4b = 2a - 4a. What is not known stays missing: no number is filled
    in. The ideal is a decision of the company, never derived: the source sets it to the experience
    but for the driver that it wants to stand out in, where others read it as the expectation. A
    driver can lead by step 3 and not by step 4b; name the rule with every priority.

    References
    ----------
    客户体验管理 -- 方法与应用 (GCCRM), steps 2a to 4b.

    Examples
    --------
    >>> sheet = pd.DataFrame({
    ...     "driver": ["product", "convenience"], "experience": [6, 5], "expectation": [7, 7],
    ...     "importance": [None, 9], "ideal": [6, 10]})
    >>> steps = seven_steps(sheet)
    >>> steps[["driver", "satisfaction", "weighted_satisfaction", "ideal_gap"]].values.tolist()
    [['product', -1.0, nan, 0.0], ['convenience', -2.0, -18.0, -5.0]]
    """
    numbers = _read_sheet(sheet)
    _check_sheet(numbers, sheet["driver"], importance_scale, scale)
    result = pd.DataFrame({"driver": sheet["driver"].astype("string").to_numpy(object)})
    satisfaction = numbers["experience"] - numbers["expectation"]
    satisfaction = np.where(np.isnan(satisfaction), numbers["satisfaction"], satisfaction)
    weighted = satisfaction * numbers["importance"]
    derived = satisfaction * numbers["importance_derived"]
    gap = numbers["experience"] - numbers["ideal"]
    result["experience"], result["expectation"] = numbers["experience"], numbers["expectation"]
    result["satisfaction"] = satisfaction
    result["satisfaction_low"] = numbers["satisfaction_low"]
    result["satisfaction_high"] = numbers["satisfaction_high"]
    result["importance"] = numbers["importance"]
    result["importance_derived"] = numbers["importance_derived"]
    result["weighted_satisfaction"] = weighted
    result["weighted_low"] = numbers["satisfaction_low"] * numbers["importance"]
    result["weighted_high"] = numbers["satisfaction_high"] * numbers["importance"]
    result["weighted_derived"] = derived
    result["ideal"], result["ideal_gap"] = numbers["ideal"], gap
    for name, values in (
        ("rank_weighted_satisfaction", weighted),
        ("rank_weighted_derived", derived),
        ("rank_ideal_gap", gap),
    ):
        result[name] = pd.Series(values).rank(method="min").astype("Int32")
    low, high = _bound(satisfaction, numbers, importance_scale, scale)
    result["rank_best"], result["rank_worst"] = _rank_range(low, high)
    if "assumed" in sheet:
        result["assumed"] = sheet["assumed"].astype("string").to_numpy(object)
    result["reason"] = pd.array(_name_missing(numbers), "string")
    result.attrs["note"] = "Ranks by " + "; ranks by ".join(RULES.values()) + "."
    return result


def feedback_step(levels: list[float], results: list[float]) -> Step7:
    """Check step 7: does each further unit bring as much as the first?

    Parameters
    ----------
    levels : list of float
        Rising, e.g. 1, 2, 3, 4 shops.
    results : list of float
        E.g. sales, as multiples of those of the first shop; NaN where not known. Where only a lower
        bound is known (more than 4 times), give the bound: the gain is then at least that.

    Returns
    -------
    Step7

    Raises
    ------
    AnalysisError
        If the two are not as long, or levels do not rise.

    Notes
    -----
    The gain of the first row is its result by its level. Sales that rise after shops were opened
    went with the shops; other things may have changed too.

    Examples
    --------
    >>> feedback_step([1, 2, 3, 4], [1, 2, 3, 4]).never_below_first
    True
    """
    x, y = np.array(levels, np.float64), np.array(results, np.float64)
    if x.size != y.size or not x.size or (np.diff(x, prepend=0) <= 0).any():
        raise AnalysisError(
            f"{x.size} levels {levels} and {y.size} results, expected as many of both, and levels "
            "that rise"
        )
    gain = np.diff(y, prepend=0) / np.diff(x, prepend=0)
    table = pd.DataFrame({"level": x, "result": y, "gain": gain, "gain_to_first": gain / gain[0]})
    below = pd.array(np.where(gain < gain[0] - 1e-9 * abs(gain[0]), True, False), "boolean")
    below[np.isnan(gain) | np.isnan(gain[0])] = pd.NA
    table["is_below_first"] = below
    known = not table["is_below_first"].isna().any()
    return Step7(table, not bool(below.any()) if known else None)


def _read_sheet(sheet: pd.DataFrame) -> dict[str, Floats]:
    """Read the numbers of the sheet; a column that is not there is missing throughout."""
    if "driver" not in sheet:
        raise SchemaError("no column 'driver'")
    known = ("driver", *_INPUTS, *_OPTIONAL, "assumed")
    if strange := [str(name) for name in sheet.columns if name not in known]:
        raise SchemaError(f"unknown column {', '.join(strange)}, expected {', '.join(known)}")
    numbers = {}
    for name in (*_INPUTS, *_OPTIONAL):
        column = sheet[name] if name in sheet else pd.Series(np.nan, index=sheet.index)
        try:
            numbers[name] = pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)
        except (ValueError, TypeError) as e:
            raise SchemaError(f"column {name!r} holds other than numbers ({e})") from e
    return numbers


def _check_sheet(
    numbers: dict[str, Floats],
    drivers: pd.Series,
    importance_scale: tuple[float, float] | None,
    scale: tuple[float, float] | None,
) -> None:
    """Refuse what cannot be, all faults at once."""
    faults = [f"driver {name!r} occurs twice" for name in drivers[drivers.duplicated()].unique()]
    on_scale = dict.fromkeys(("experience", "expectation", "ideal"), scale)
    for name, ends in [*on_scale.items(), ("importance", importance_scale)]:
        if ends is not None:
            values = numbers[name]
            beside = (values < ends[0]) | (values > ends[1])
            faults += [
                f"{name} of {driver} is {value:g}, expected {ends[0]:g} to {ends[1]:g}"
                for driver, value in zip(drivers[beside], values[beside], strict=True)
            ]
    worked_out = numbers["experience"] - numbers["expectation"]
    off = np.abs(numbers["satisfaction"] - worked_out) > 1e-6
    faults += [
        f"satisfaction of {driver} is given as {given:g}, experience minus expectation is {own:g}"
        for driver, given, own in zip(
            drivers[off], numbers["satisfaction"][off], worked_out[off], strict=True
        )
    ]
    if (numbers["importance_derived"] < 0).any() or (numbers["importance"] < 0).any():
        faults.append("an importance is negative, expected 0 or more")
    if faults:
        raise AnalysisError("; ".join(faults))


def _bound(
    satisfaction: Floats,
    numbers: dict[str, Floats],
    importance_scale: tuple[float, float] | None,
    scale: tuple[float, float] | None,
) -> tuple[Floats, Floats]:
    """Give the lowest and highest that step 3 can be, whatever the missing numbers are."""
    ends = scale or (-np.inf, np.inf)
    weights = importance_scale or (0.0, np.inf)
    x, e, w = (numbers[name] for name in ("experience", "expectation", "importance"))
    known = ~np.isnan(satisfaction)
    x_low, x_high = (np.where(np.isnan(x), end, x) for end in ends)
    e_low, e_high = (np.where(np.isnan(e), end, e) for end in ends)
    s_low = np.where(known, satisfaction, x_low - e_high)
    s_high = np.where(known, satisfaction, x_high - e_low)
    w_low, w_high = (np.where(np.isnan(w), end, w) for end in weights)
    with np.errstate(invalid="ignore"):
        corners = np.array([s * v for s in (s_low, s_high) for v in (w_low, w_high)])
    # 0 times infinity: a satisfaction of 0 weighs nothing whatever its importance.
    corners = np.nan_to_num(corners, nan=0.0, posinf=np.inf, neginf=-np.inf)
    low, high = corners.min(axis=0), corners.max(axis=0)
    return low, high


def _rank_range(low: Floats, high: Floats) -> tuple[pd.Series, pd.Series]:
    """Give the best and worst rank of every driver, 1 for the lowest."""
    best = 1 + (high[None, :] < low[:, None]).sum(axis=1)
    others = low[None, :] < high[:, None]
    np.fill_diagonal(others, False)
    return pd.Series(best).astype("Int32"), pd.Series(1 + others.sum(axis=1)).astype("Int32")


def _name_missing(numbers: dict[str, Floats]) -> list[str | None]:
    """Name the inputs that each driver lacks."""
    lacks = []
    for k in range(numbers["experience"].size):
        names = [name for name in _INPUTS if np.isnan(numbers[name][k])]
        if "expectation" in names and not np.isnan(numbers["satisfaction"][k]):
            names.remove("expectation")
        lacks.append(f"not known: {', '.join(names)}" if names else None)
    return lacks
