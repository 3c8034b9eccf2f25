"""What a report is made of, before anybody decides how it looks.

A report is in one language. Its words are final, its numbers are numbers: how a number is written
is the business of the format (page, workbook, Markdown), by the kind of its column. Texts of
customers are plain, unescaped strings here; every format escapes them for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]

Kind: TypeAlias = Literal[
    "text", "label", "count", "number", "share", "signed", "points", "money", "time"
]
"""How a column is written: words of a customer, a word of a fixed list, a whole number, a number, a
number from 0 to 1 as a percentage, a number with its sign, a difference of shares in percentage
points (-9.4, not -0.094), an amount in the currency, a date."""

Cell: TypeAlias = str | int | float | bool | None
"""None where nothing is known; never NaN. Times are ISO 8601 texts."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        The field of a chart and the key in saved tables, e.g. ``share``.
    label : str
        In the language of the report.
    kind : {"text", "label", "count", "number", "share", "signed", "points", "money", "time"}
    low, high : str, optional
        Names of the columns with the ends of its interval: they are shown beside it, not by
        themselves.
    help : str, optional
        A sentence on what it means.
    """

    name: str
    label: str
    kind: Kind = "text"
    low: str | None = None
    high: str | None = None
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers as rows.

    Parameters
    ----------
    id : str
        Unique in the report, ASCII: anchor, sheet name, file name.
    title : str
    columns : tuple of Column
    rows : tuple of tuple of Cell
        As long as `columns`, ends of intervals included.
    notes : tuple of str
        What to know: units, who was left out, that association is not cause.
    is_folded : bool
        Whether a reader asks for it: a page shows its title, and the rest behind a toggle.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a table.

    Parameters
    ----------
    table : Table
        Its data, shown behind a toggle. Fields of the specification are names of its columns.
    spec : mapping
        Vega-Lite 5 or 6 without ``data``, ``width`` and colours of its own.
    summary : str
        What is to be seen, in a sentence, for those who do not see it.
    is_small : bool
        Whether half the width of a page is enough for it.
    """

    table: Table
    spec: Mapping[str, Any]
    summary: str
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences.

    Parameters
    ----------
    text : str
    title : str
        None when empty.
    """

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """What cannot be shown.

    Parameters
    ----------
    title : str
    reason : str
        What was found.
    remedy : str
        What would make it possible, e.g. which column.
    """

    title: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A plain sentence that matters, with how sure it is.

    Parameters
    ----------
    text : str
    n : int
        Units or texts it rests on.
    estimate, low, high : float or None
    kind : Kind
        How the three are written.
    target : str
        Id of the table, section or block with the evidence.
    tone : {"good", "bad", "neutral"}
    """

    text: str
    n: int
    target: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    kind: Kind = "number"
    tone: Literal["good", "bad", "neutral"] = "neutral"


@dataclass(frozen=True, slots=True)
class Findings:
    """A list of findings, the weightiest first."""

    id: str
    title: str
    items: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of a customer's text in its surroundings.

    Parameters
    ----------
    text : str
        The sentence or text shown.
    start, end : int
        The clause, in code points of `text`.
    driver, polarity : str
        Ids, e.g. service, negative.
    facts : mapping of str to str
        Label to value, e.g. date, segment, rating, id.
    segment : str or None
        Value of the group column.
    """

    text: str
    start: int
    end: int
    driver: str
    polarity: str
    facts: Mapping[str, str] = field(default_factory=dict)
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Quotes:
    """Evidence that can be filtered: quotes in order of typicality.

    Parameters
    ----------
    id, title : str
    items : tuple of Quote
    drivers, polarities : mapping of str to str
        Id to word.
    segment_label : str or None
        Name of the group column.
    notes : tuple of str
        How many there are in all, how these were chosen.
    """

    id: str
    title: str
    items: tuple[Quote, ...]
    drivers: Mapping[str, str]
    polarities: Mapping[str, str]
    segment_label: str | None = None
    notes: tuple[str, ...] = ()


Block: TypeAlias = Paragraph | Missing | Findings | Chart | Table | Quotes


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter.

    Parameters
    ----------
    id : str
        Unique in the report, ASCII.
    title : str
    blocks : tuple of Block
    intro : str
        A sentence on how to read it.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    intro: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All that is shown, in one language.

    Parameters
    ----------
    title : str
    language : {"en", "zh"}
    subtitle : str
        What was read and when it was written, e.g. "345 reviews, 1 January to 31 March 2026".
    sections : tuple of Section
    currency : str
        Written before amounts; empty where it is not known.
    """

    title: str
    language: Language
    subtitle: str
    sections: tuple[Section, ...]
    currency: str = ""
