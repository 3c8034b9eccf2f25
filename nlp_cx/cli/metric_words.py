"""Numbers of metrics in words, so that none can be taken for one of another unit."""

from __future__ import annotations

from typing import Any

import pandas as pd


def write_number(value: Any, unit: Any, *, signed: bool = False) -> str:
    """Write a number so that it cannot be taken for one of another unit.

    Parameters
    ----------
    value : float
        Missing ones are ``-``.
    unit : str
        As results have it: shares become per cent, points get a sign.
    signed : bool
        Of a difference: with a sign, shares in percentage points.

    Returns
    -------
    str

    Examples
    --------
    >>> write_number(0.417, "share of answers 4-5"), write_number(30, "points, -100 to 100")
    ('41.7 %', '+30.0')
    """
    if pd.isna(value):
        return "-"
    number, sign = float(value), "+" if signed else ""
    if str(unit).startswith(("share", "expected share")):
        return f"{100 * number:{sign}.1f}" + (" pp" if signed else " %")
    if str(unit).startswith("points"):
        return f"{number:{sign or '+'}.1f}"
    if abs(number) >= 1000:
        return f"{number:{sign},.0f}"
    return f"{number:{sign}.2f}"


def write_range(low: Any, high: Any, unit: Any, *, signed: bool = False) -> str:
    """Write an interval.

    Parameters
    ----------
    low, high, unit, signed
        As in `write_number`.

    Returns
    -------
    str
        Empty where a bound is missing.
    """
    if pd.isna(low) or pd.isna(high):
        return ""
    return f"{write_number(low, unit, signed=signed)} to {write_number(high, unit, signed=signed)}"


def write_p_value(value: Any) -> str:
    """Write a p-value.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    if pd.isna(value):
        return ""
    number = float(value)
    return "<0.001" if number < 0.001 else f"{number:.3f}"


def write_name(value: Any) -> str:
    """Write a group or period; a missing one in words.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return "(none)" if value is None or pd.isna(value) else str(value)
