"""Values of cells as people read them, for formats that hold text only."""

from __future__ import annotations

import math

from nlp_cx.report.file_words import FILE_WORDS
from nlp_cx.report.model import Cell, Kind, Language
from nlp_cx.report.numerals import write_number, write_points, write_share, write_signed

DASH = "–"
"""What stands where nothing is known."""

_LEAST = 0.0001  # what is smaller is not written as 0


def write_cell(value: Cell, kind: Kind, *, currency: str = "", language: Language = "en") -> str:
    """Write a value by the kind of its column.

    Parameters
    ----------
    value : str, int, float, bool or None
    kind : Kind
    currency : str
    language : {"en", "zh"}

    Returns
    -------
    str
        Not escaped. A share as a percentage with one decimal, a number with about three digits;
        none is written as 0 that is not.

    Examples
    --------
    >>> [write_cell(0.1234, kind) for kind in ("share", "number", "signed")]
    ['12.3%', '0.12', '+0.12']
    >>> write_cell(None, "number"), write_cell(61600.0, "money", currency="CNY")
    ('–', 'CNY 61,600')
    >>> write_cell(-9.386, "points")
    '−9.4 pts'
    """
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return FILE_WORDS[language]["yes" if value else "no"]
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return str(value)
    if kind == "points":
        return FILE_WORDS[language]["points"].format(value=write_points(value / 100))
    return _write_number(value, kind, currency)


def write_interval(
    low: Cell, high: Cell, kind: Kind, *, currency: str = "", language: Language = "en"
) -> str:
    """Write both ends of an interval; nothing where either is not known.

    Examples
    --------
    >>> write_interval(0.1, 0.2, "share"), write_interval(None, 0.2, "share")
    ('[10.0%, 20.0%]', '')
    """
    if low is None or high is None:
        return ""
    ends = [write_cell(end, kind, currency=currency, language=language) for end in (low, high)]
    return f"[{ends[0]}, {ends[1]}]"


def _write_number(value: float, kind: Kind, currency: str) -> str:
    """Write a number by its kind."""
    is_whole = float(value).is_integer()
    if kind == "share":
        return write_share(value, decimals=1)
    if kind == "money":
        amount = f"{value:,.{0 if abs(value) >= 1000 or is_whole else 2}f}"
        return f"{currency} {amount}" if currency else amount
    if is_whole and (kind == "count" or isinstance(value, int)):
        return f"{value:,.0f}"
    if 0 < abs(value) < _LEAST:
        return f"<{_LEAST}" if value > 0 else f">-{_LEAST}"
    return write_signed(value) if kind == "signed" else write_number(value)
