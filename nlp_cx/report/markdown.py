"""A report as GitHub Markdown, in which texts of customers stay texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nlp_cx.report.cell_text import write_cell, write_interval
from nlp_cx.report.file_words import FILE_WORDS
from nlp_cx.report.model import (
    Block,
    Chart,
    Column,
    Findings,
    Missing,
    Paragraph,
    Quote,
    Quotes,
    Report,
    Table,
)
from nlp_cx.report.visible_text import show_hidden

_SIGNS: Final = re.compile(r"[\\`*_\[\]<>|~&#$^{}]")
# What makes a list, a rule or a heading of the line at whose beginning it stands.
_FIRST: Final = re.compile(r"[-+](?=\s|$)|-{2,}|=+$|\d{1,9}(?=[.)](?:\s|$))")
_LINK: Final = re.compile(r"@|(?<=[a-zA-Z]):(?=/)|www(?=\.)", re.IGNORECASE)
_NUMBERS: Final = ("count", "number", "share", "signed", "money")

# GitHub makes links of bare addresses after it has undone backslashes; a character of no width
# behind the sign that it looks for is what stops it.
_NO_WIDTH: Final = "\u200b"
_HAIR: Final = "\u200a"  # ** marks only where it stands beside white space, CJK included


def render_markdown(report: Report) -> str:
    """Write a report as Markdown, as GitHub reads it.

    Parameters
    ----------
    report : Report

    Returns
    -------
    str
        Ends with a line end. A heading for every section and block; charts as the sentence that
        says what is to be seen and their table; intervals in brackets behind their numbers; all
        quotes, the clause in bold.

    Notes
    -----
    All words of the report go through `escape_markdown`: none becomes an element of HTML, a link,
    an image, a heading, a list, code or a second cell. Addresses stay readable and are no links.

    Examples
    --------
    >>> from nlp_cx.report.model import Section
    >>> table = Table("volume", "Volume", (Column("n", "Texts", "count"),), ((1345,),))
    >>> report = Report("Shop", "en", "", (Section("a", "Overview", (table,)),))
    >>> print(render_markdown(report))
    # Shop
    <BLANKLINE>
    ## Overview
    <BLANKLINE>
    ### Volume
    <BLANKLINE>
    | Texts |
    | ---: |
    | 1,345 |
    <BLANKLINE>
    """
    blocks = [f"# {escape_markdown(report.title)}"]
    if report.subtitle:
        blocks.append(escape_markdown(report.subtitle))
    for section in report.sections:
        blocks.append(f"## {escape_markdown(section.title)}")
        if section.intro:
            blocks.append(escape_markdown(section.intro))
        for block in section.blocks:
            blocks += _write_block(block, report)
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape_markdown(text: str) -> str:
    """Make a text one that Markdown shows as it is, in one line.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        White space runs are one blank; signs that mean something stand behind a backslash; bare
        addresses and ``@`` names are broken by a character of no width.

    Examples
    --------
    >>> print(escape_markdown("# <b>很差</b> | [x](y)"))
    \\# \\<b\\>很差\\</b\\> \\| \\[x\\](y)
    """
    line = " ".join(show_hidden(text).split())
    line = _SIGNS.sub(lambda found: f"\\{found[0]}", line)
    if first := _FIRST.match(line):
        end = first.end()
        line = f"{line[:end]}\\{line[end:]}" if line[0].isdigit() else f"\\{line}"
    return _LINK.sub(lambda found: f"{found[0]}{_NO_WIDTH}", line)


def _write_block(block: Block, report: Report) -> Iterator[str]:
    """Write a block as paragraphs of Markdown."""
    words = FILE_WORDS[report.language]
    if isinstance(block, Paragraph):
        if block.title:
            yield f"### {escape_markdown(block.title)}"
        for part in re.split(r"\n\s*\n", block.text):
            yield escape_markdown(part)
    elif isinstance(block, Missing):
        told = [f"**{escape_markdown(block.title)}**", escape_markdown(block.reason)]
        if block.remedy:
            remedy = f"{words['remedy']}{words['separator']}{block.remedy}"
            told.append(escape_markdown(remedy))
        yield "> " + "\n>\n> ".join(part for part in told if part)
    elif isinstance(block, Findings):
        yield f"### {escape_markdown(block.title)}"
        yield "\n".join(_write_findings(block, report))
        yield _write_notes(block.notes)
    elif isinstance(block, Quotes):
        yield f"### {escape_markdown(block.title)}"
        yield from _write_quotes(block, words["no_rows"])
        yield _write_notes(block.notes)
    else:
        table = block.table if isinstance(block, Chart) else block
        yield f"### {escape_markdown(table.title)}"
        if isinstance(block, Chart):
            yield escape_markdown(block.summary)
        yield _write_table(table, report) if table.rows else words["no_rows"]
        yield _write_notes(table.notes)


def _write_findings(findings: Findings, report: Report) -> Iterator[str]:
    """Write findings as a numbered list, each with its numbers and where the evidence is."""
    words = FILE_WORDS[report.language]
    titles = _titles(report)
    for rank, item in enumerate(findings.items, start=1):
        told = []
        if item.estimate is not None:
            told.append(_with_interval((item.estimate, item.low, item.high), item, report))
        told.append(f"n = {write_cell(item.n, 'count')}")
        if item.target in titles:
            told.append(f"{words['evidence']}{words['separator']}{titles[item.target]}")
        yield f"{rank}. {escape_markdown(item.text)} ({escape_markdown('; '.join(told))})"


def _with_interval(
    numbers: tuple[float | None, float | None, float | None], like: object, report: Report
) -> str:
    """Write an estimate, and its interval where there is one."""
    kind = getattr(like, "kind", "number")
    how = {"currency": report.currency, "language": report.language}
    estimate = write_cell(numbers[0], kind, **how)  # type: ignore[arg-type]
    interval = write_interval(numbers[1], numbers[2], kind, **how)  # type: ignore[arg-type]
    return f"{estimate} {interval}".rstrip()


def _titles(report: Report) -> dict[str, str]:
    """Give the titles of what findings can point to."""
    titles = {}
    for section in report.sections:
        titles[section.id] = section.title
        for block in section.blocks:
            if isinstance(block, Chart):
                titles[block.table.id] = block.table.title
            elif isinstance(block, Table | Quotes | Findings):
                titles[block.id] = block.title
    return titles


def _write_table(table: Table, report: Report) -> str:
    """Write a table; ends of intervals stand behind their numbers."""
    places = {column.name: k for k, column in enumerate(table.columns)}
    ends = {
        end
        for column in table.columns
        if column.low in places and column.high in places
        for end in (column.low, column.high)
    }
    shown = [column for column in table.columns if column.name not in ends]
    lines = [
        _join(escape_markdown(column.label) for column in shown),
        _join("---:" if column.kind in _NUMBERS else "---" for column in shown),
    ]
    for row in table.rows:
        lines.append(_join(_write_value(row, column, places, report) for column in shown))
    return "\n".join(lines)


def _write_value(
    row: tuple[object, ...], column: Column, places: dict[str, int], report: Report
) -> str:
    """Write a cell, with its interval where the column has one."""
    value = row[places[column.name]]
    if column.low in places and column.high in places and value is not None:
        low, high = row[places[column.low]], row[places[column.high]]
        return escape_markdown(_with_interval((value, low, high), column, report))  # type: ignore[arg-type]
    return escape_markdown(
        write_cell(value, column.kind, currency=report.currency, language=report.language)  # type: ignore[arg-type]
    )


def _write_quotes(quotes: Quotes, nothing: str) -> Iterator[str]:
    """Write quotes under a heading for each driver and polarity, in their order."""
    if not quotes.items:
        yield nothing
    groups: dict[tuple[str, str], list[Quote]] = {}
    for quote in quotes.items:
        groups.setdefault((quote.driver, quote.polarity), []).append(quote)
    for (driver, polarity), items in groups.items():
        names = (quotes.drivers.get(driver, driver), quotes.polarities.get(polarity, polarity))
        yield f"#### {escape_markdown(' · '.join(names))}"
        yield "\n".join(_write_quote(quote, quotes.segment_label) for quote in items)


def _write_quote(quote: Quote, segment_label: str | None) -> str:
    """Write a quote as an item of a list, the clause in bold."""
    before, clause, after = (
        escape_markdown(part)
        for part in (
            quote.text[: quote.start],
            quote.text[quote.start : quote.end],
            quote.text[quote.end :],
        )
    )
    marked = f"{_HAIR}**{clause}**{_HAIR}" if clause else ""
    facts = [f"{label}: {value}" for label, value in quote.facts.items()]
    if segment_label is not None and quote.segment is not None and segment_label not in quote.facts:
        facts.insert(0, f"{segment_label}: {quote.segment}")
    told = escape_markdown("; ".join(facts))
    line = f"{before}{marked}{after}".strip(f" {_HAIR}")
    return f"- “{line}”" + (f" ({told})" if told else "")


def _write_notes(notes: tuple[str, ...]) -> str:
    """Write notes as a list."""
    return "\n".join(f"- {escape_markdown(note)}" for note in notes if note.strip())


def _join(cells: Iterator[str] | object) -> str:
    """Put cells into a line of a table."""
    return "| " + " | ".join(cells) + " |"  # type: ignore[arg-type]
