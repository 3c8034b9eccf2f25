"""Cells of a workbook: typed, formatted by kind, and no text ever taken for anything but text."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nlp_cx.report.model import Cell, Kind
from nlp_cx.report.visible_text import show_hidden

MOST_CHARACTERS = 32_767
"""UTF-16 units that a cell holds."""

NUMBER_FORMATS: Final[dict[Kind, str]] = {
    "count": "#,##0",
    "number": "#,##0.00##",
    "share": "0.0%",
    "signed": "+#,##0.00##;-#,##0.00##;0.00",
    "points": "+0.0;-0.0;0.0",
    "money": "#,##0.00",
}

# xlsxwriter escapes what Excel would read as a letter, but not two that share an underscore.
_LOOKS_ESCAPED = re.compile("(_x[0-9A-Fa-f]{4}_)(?=x[0-9A-Fa-f]{4}_)")
_MONTH = re.compile(r"\d{4}-\d{2}\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\Z")
_FIRST_DATE = datetime.date(1900, 3, 1)  # Excel believes in 29 February 1900
_MOST_EXACT = 10**15  # Excel keeps 15 digits
_WIDEST, _NARROWEST = 60, 8
_ROWS_MEASURED = 500


class CellWriter:
    """Write values to the sheets of a workbook.

    Parameters
    ----------
    book : Workbook
    currency : str
        Written before amounts; empty where it is not known.

    Attributes
    ----------
    n_cut : int
        Texts so far that were longer than a cell holds.
    """

    def __init__(self, book: Workbook, currency: str) -> None:
        self.n_cut = 0
        self._book = book
        self._currency = show_hidden(currency).replace('"', "").replace("\\", "").strip()
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format_of(self, **properties: Any) -> Format:
        """Give the format with some properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(dict(properties))
        return self._formats[key]

    def write(self, sheet: Worksheet, place: tuple[int, int], value: Cell, kind: Kind) -> None:
        """Write a value by the kind of its column; what is not known leaves the cell blank."""
        if value is None:
            return
        line, column = place
        if isinstance(value, bool):
            sheet.write_boolean(line, column, value, self.format_of(valign="top"))
        elif isinstance(value, int | float):
            if not math.isfinite(value) or (isinstance(value, int) and abs(value) >= _MOST_EXACT):
                self.write_text(sheet, place, str(value))
                return
            sheet.write_number(line, column, value, self.format_of(
                num_format=self.number_format(kind), valign="top"))  # fmt: skip
        elif kind == "time" and (moment := read_time(value)) is not None:
            when, pattern = moment
            sheet.write_datetime(
                line, column, when, self.format_of(num_format=pattern, align="left", valign="top")
            )
        else:
            self.write_text(sheet, place, value, wrap=kind == "text")

    def write_text(
        self, sheet: Worksheet, place: tuple[int, int], text: str, **properties: Any
    ) -> None:
        """Write a text as a text; ``wrap`` and further properties of its format may be given."""
        if properties.pop("wrap", False):
            properties["text_wrap"] = True
        sheet.write_string(*place, self.fit(text), self.format_of(valign="top", **properties))

    def fit(self, text: str) -> str:
        """Make a text one that a cell shows as it is; what it cannot hold is cut, and counted."""
        # XML makes a line end of a carriage return anyway.
        text = show_hidden(text.replace("\r\n", "\n").replace("\r", "\n"))
        text = _LOOKS_ESCAPED.sub("\\1\u200b", text)
        if text.startswith("<r>"):
            text += " "  # xlsxwriter takes <r>...</r> for its own markup
        # Up to half the limit no counting is needed: a code point is one or two UTF-16 units.
        if len(text) <= MOST_CHARACTERS // 2:
            return text
        if len(text.encode("utf-16-le")) // 2 <= MOST_CHARACTERS:
            return text
        self.n_cut += 1
        kept = text[: MOST_CHARACTERS // 2 - 20]
        return f"{kept}… [+{len(text) - len(kept):,}]"

    def number_format(self, kind: Kind) -> str:
        """Give Excel's pattern for a kind of number."""
        pattern = NUMBER_FORMATS.get(kind, "General")
        return f'"{self._currency} "{pattern}' if kind == "money" and self._currency else pattern


def read_time(text: str) -> tuple[datetime.date, str] | None:
    """Read a month, day or moment without a zone.

    Parameters
    ----------
    text : str

    Returns
    -------
    (date or datetime, str) or None
        With the pattern that shows it; None for anything else and for what Excel's calendar does
        not reach: that stays a text.

    Examples
    --------
    >>> read_time("2024-05"), read_time("2024-W05")
    ((datetime.date(2024, 5, 1), 'yyyy-mm'), None)
    """
    try:
        if _MONTH.match(text):
            when, pattern = datetime.date.fromisoformat(f"{text}-01"), "yyyy-mm"
        elif _DAY.match(text):
            when, pattern = datetime.date.fromisoformat(text), "yyyy-mm-dd"
        elif _TIME.match(text):
            moment = datetime.datetime.fromisoformat(text)
            if moment.date() < _FIRST_DATE:
                return None
            return moment, "yyyy-mm-dd hh:mm:ss"
        else:
            return None
    except ValueError:
        return None
    return None if when < _FIRST_DATE else (when, pattern)


def measure_width(text: str) -> int:
    """Tell how many columns of a Latin letter a text takes up; ideographs take two.

    Parameters
    ----------
    text : str

    Returns
    -------
    int
        Of its longest line.

    Examples
    --------
    >>> measure_width("服务 service")
    12
    """
    return max(
        (
            sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
            for line in text.splitlines()
        ),
        default=0,
    )


def choose_width(header: str, values: list[Cell], kind: Kind) -> int:
    """Choose the width of a column by its header and its first values.

    Parameters
    ----------
    header : str
    values : list of Cell
    kind : Kind

    Returns
    -------
    int
        Between 8 and 60 letters, room for the filter's button included.
    """
    widest = measure_width(header) + 3
    for value in values[:_ROWS_MEASURED]:
        if isinstance(value, str):
            # A long text wraps; no need to measure all of it.
            widest = max(widest, measure_width(value[:_WIDEST]) + 2)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            extra = 8 if kind == "money" else 2
            widest = max(widest, len(f"{value:,.4g}") + extra, len(f"{value:,.0f}") + 3 + extra)
    return max(_NARROWEST, min(_WIDEST, widest))
