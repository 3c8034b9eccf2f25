"""How a cell of a table is written for a reader of one language."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlp_cx.report.model import Cell, Column, Kind, Language, Table
from nlp_cx.report.page.words import read_words
from nlp_cx.report.visible_text import show_hidden

UNKNOWN = "–"
_MINUS = "\u2212"
_NUMERIC = frozenset(("count", "number", "share", "signed", "points", "money"))
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?\S*)?")
_WEEK = re.compile(r"(\d{4})-?W(\d{2})")


@dataclass(frozen=True, slots=True)
class Written:
    """A cell as text.

    Parameters
    ----------
    text : str
        Not escaped.
    interval : str
        Its 95 % interval, or empty.
    is_unknown, is_number : bool
    """

    text: str
    interval: str = ""
    is_unknown: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes values of one report.

    Parameters
    ----------
    language : {"en", "zh"}
    currency : str
        Written before amounts.
    """

    language: Language
    currency: str = ""

    def write(self, value: Cell, kind: Kind, digits: int = 0) -> str:
        """Write a value.

        Parameters
        ----------
        value : str, int, float, bool or None
        kind : Kind
        digits : int, default=0
            Decimals, see `choose_digits`.

        Examples
        --------
        >>> Writer("zh").write(0.123, "share"), Writer("en").write(-0.5, "signed", 2)
        ('12%', '−0.50')
        """
        words = read_words(self.language)
        if value is None or is_unknown(value):
            return UNKNOWN
        if isinstance(value, str):
            text = show_hidden(value)
            return _write_time(text, words) if kind == "time" else text
        if isinstance(value, bool):
            return str(words["yes" if value else "no"])
        if kind in ("share", "points"):
            is_share = kind == "share"
            text = _write_number(
                float(value) * (100 if is_share else 1), digits, plus="" if is_share else "+"
            )
            return text + "%" if is_share else str(words["points"]).format(value=text)
        prefix = self.currency if kind == "money" else ""
        return _write_number(
            float(value), digits, plus="+" if kind == "signed" else "", prefix=prefix
        )

    def write_interval(self, low: Cell, high: Cell, kind: Kind, digits: int = 0) -> str:
        """Write both ends of an interval; empty if one is not known.

        Examples
        --------
        >>> Writer("en").write_interval(0.12, 0.18, "share")
        '12% to 18%'
        >>> Writer("zh").write_interval(0.12, 0.18, "share")
        '12%–18%'
        >>> Writer("en").write_interval(-15.0, -3.1, "points", 1)
        '−15.0 to −3.1'
        """
        if is_unknown(low) or is_unknown(high):
            return ""
        # The unit stands beside the estimate already.
        like: Kind = "signed" if kind == "points" else kind
        ends = [self.write(end, like, digits) for end in (low, high)]
        is_plain = all(end[:1].isdigit() for end in ends)
        pattern = read_words(self.language)["range" if is_plain else "range_signed"]
        return str(pattern).format(low=ends[0], high=ends[1])

    def write_table(self, table: Table) -> tuple[list[Column], list[list[Written]]]:
        """Write all cells.

        Returns
        -------
        list of Column, list of list of Written
            Columns without the ends of intervals, and the rows in these columns.
        """
        places = {column.name: place for place, column in enumerate(table.columns)}
        ends = {end for column in table.columns for end in (column.low, column.high) if end}
        shown = [column for column in table.columns if column.name not in ends]
        columns = []
        for column in shown:
            cells = [row[places[column.name]] for row in table.rows]
            is_chance = column.name.startswith(("p_", "q_")) and column.kind == "number"
            # Of a probability of chance the third decimal tells.
            digits = 3 if is_chance else choose_digits(cells, column.kind)
            lows, highs = (
                [row[places[end]] for row in table.rows] if end in places else [None] * len(cells)
                for end in (column.low, column.high)
            )
            columns.append(
                [
                    Written(
                        self.write(cell, column.kind, digits),
                        self.write_interval(low, high, column.kind, digits),
                        is_unknown(cell),
                        column.kind in _NUMERIC,
                    )
                    for cell, low, high in zip(cells, lows, highs, strict=True)
                ]
            )
        return shown, [list(row) for row in zip(*columns, strict=True)]


def is_unknown(value: Cell) -> bool:
    """Say whether nothing is known: None, or a NaN that should have been None."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_numeric(column: Column) -> bool:
    """Say whether a column is set in figures, to the right."""
    return column.kind in _NUMERIC


def choose_digits(values: Iterable[Cell], kind: Kind) -> int:
    """Choose the decimals of a column: enough for its size, the same in every row.

    Parameters
    ----------
    values : iterable of cells
        Estimates; texts and unknown ones do not count.
    kind : Kind

    Returns
    -------
    int
        0 to 3.

    Examples
    --------
    >>> choose_digits([0.31, 0.5], "share"), choose_digits([0.31, 0.04], "share")
    (0, 1)
    """
    sizes = [
        abs(float(value))
        for value in values
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(float(value))
    ]
    if not sizes or kind in ("count", "points"):
        return int(bool(sizes) and kind == "points")
    if kind == "share":
        return int(any(0 < size < 0.0995 for size in sizes))
    largest = max(sizes)
    if kind == "money":
        return 0 if largest >= 1000 or all(size == int(size) for size in sizes) else 2
    if kind == "number" and all(size == int(size) for size in sizes):
        return 0
    for limit, digits in ((100, 0), (10, 1), (0.05, 2)):
        if largest >= limit:
            return digits
    return 3


def _write_number(number: float, digits: int, *, plus: str = "", prefix: str = "") -> str:
    """Write a number with separators and a true minus; a tiny one as less than the last digit."""
    if not math.isfinite(number):
        return f"{_MINUS if number < 0 else plus}∞"
    text = f"{abs(number):,.{digits}f}"
    sign = _MINUS if number < 0 else plus
    if float(text.replace(",", "")) == 0:
        if number == 0:
            return prefix + text
        # A small share is not none.
        least = f"{10**-digits:.{digits}f}"
        return f"<{prefix}{least}" if number > 0 else f">{_MINUS}{prefix}{least}"
    return sign + prefix + text


def _write_time(text: str, words: Mapping[str, Any]) -> str:
    """Write an ISO 8601 date, month or week; anything else stays as it is."""
    if week := _WEEK.fullmatch(text):
        return str(words["week"]).format(year=week[1], week=int(week[2]))
    found = _DATE.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= 12:
        return text
    year, month, day, clock = found.groups()
    name = words["months"][int(month) - 1]
    if day is None:
        return str(words["date_month"]).format(year=year, month=name)
    date = str(words["date"]).format(year=year, month=name, day=int(day))
    return f"{date} {clock}" if clock and clock != "00:00" else date


def to_plain(value: Any) -> Cell:
    """Turn a cell into what JSON can hold: numbers of numpy too; not a number and infinity as None.

    Examples
    --------
    >>> to_plain(float("nan")) is None
    True
    """
    if isinstance(value, datetime.date):
        value = value.isoformat()
    elif hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    found: Cell = value
    return found
