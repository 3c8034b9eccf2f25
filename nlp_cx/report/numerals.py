"""How numbers are written inside sentences, in the language of the report."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from nlp_cx.report.model import Language

MINUS = "\N{MINUS SIGN}"

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def write_share(value: float, *, decimals: int | None = None) -> str:
    """Write a number from 0 to 1 as a percentage.

    Parameters
    ----------
    value : float
    decimals : int, optional
        One below 10 %, none above, when not given.

    Returns
    -------
    str

    Examples
    --------
    >>> write_share(0.293), write_share(0.0312), write_share(0.0004), write_share(-0.25)
    ('29%', '3.1%', '<0.1%', '−25%')
    """
    if decimals is None:
        decimals = decimals_of_share([value])
    least = 10.0 ** -(decimals + 2)
    if 0 < value < least / 2:
        return f"<{least:.{decimals}%}"
    return _sign(f"{value:.{decimals}%}")


def decimals_of_share(values: Sequence[float]) -> int:
    """Give how many decimals percentages need that stand beside each other.

    Parameters
    ----------
    values : sequence of float
        The first one decides.

    Returns
    -------
    int
        1 below 10 %, else 0.
    """
    return 1 if 0 < abs(values[0]) < 0.0995 else 0


def write_number(value: float) -> str:
    """Write a number with about three digits.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> write_number(4.236), write_number(23.44), write_number(12345.6), write_number(-0.004)
    ('4.24', '23.4', '12,346', '−0.004')
    """
    size = abs(value)
    if size >= 100 or (size >= 10 and value == round(value)):
        return _sign(f"{value:,.0f}")
    if size >= 10:
        return _sign(f"{value:,.1f}")
    if size == 0 or size >= 0.05:
        return _sign(f"{value:.2f}")
    return _sign(f"{value:.{min(4, 1 - math.floor(math.log10(size)) - 1)}f}")


def write_signed(value: float) -> str:
    """Write a difference with its sign.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> write_signed(0.5), write_signed(-1.25), write_signed(0.0)
    ('+0.50', '−1.25', '0.00')
    """
    return ("+" if value > 0 else "") + write_number(value)


def write_points(value: float) -> str:
    """Write a difference of two shares in percentage points, without the unit.

    Parameters
    ----------
    value : float
        From -1 to 1.

    Returns
    -------
    str

    Examples
    --------
    >>> write_points(0.0312), write_points(-0.1)
    ('+3.1', '−10.0')
    """
    return ("+" if value > 0 else "") + _sign(f"{value * 100:.1f}")


def write_date(value: str | date, language: Language) -> str:
    """Write a day.

    Parameters
    ----------
    value : str or date
        ISO 8601; the time of day is left out.
    language : {"en", "zh"}

    Returns
    -------
    str

    Examples
    --------
    >>> write_date("2026-03-05T08:00:00", "en"), write_date("2026-03-05", "zh")
    ('5 March 2026', '2026年3月5日')
    """
    day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


class Template(string.Formatter):
    """Fill sentences: ``{n:count}``, ``{p:share}``, ``{n:plural|text|texts}``, ``{name}``.

    Parameters
    ----------
    language : {"en", "zh"}
    currency : str
        Written before amounts.

    Examples
    --------
    >>> Template("en").format("{n:count} {n:plural|text|texts} ({p:share})", n=1, p=0.5)
    '1 text (50%)'
    """

    def __init__(self, language: Language, currency: str = "") -> None:
        self.language = language
        self.currency = currency

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write a value as its specification asks; texts as they are, never read as templates."""
        name, _, rest = format_spec.partition("|")
        if name == "plural":
            one, many = rest.split("|")
            return one if value == 1 else many
        if name == "hidden":
            # A sentence that takes the same values as another and does not say one of them.
            return ""
        if name == "date":
            return write_date(value, self.language)
        if name == "count":
            return f"{round(value):,}"
        if name == "money":
            return self.currency + f"{value:,.0f}"
        writers = {
            "share": write_share,
            "number": write_number,
            "signed": write_signed,
            "points": write_points,
        }
        return writers[name](value) if name else str(value)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Take values by name only."""
        return kwargs[str(key)]


def _sign(text: str) -> str:
    """Use the typographic minus, and none before nothing."""
    if text.startswith("-"):
        return MINUS + text[1:] if any(c in "123456789" for c in text) else text[1:]
    return text
