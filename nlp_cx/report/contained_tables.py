"""Every table that a report holds, each once: of its own, behind charts, of its quotes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlp_cx.report.file_words import FILE_WORDS
from nlp_cx.report.model import Chart, Column, Language, Quotes, Report, Section, Table


@dataclass(frozen=True, slots=True)
class ContainedTable:
    """A table and where it stands.

    Parameters
    ----------
    section : Section
    table : Table
    chart : Chart or None
        The picture of it, where there is one.
    name : str
        For a sheet or a file: unique among the tables of the report whatever the case, ASCII
        letters, digits, ``_ - .`` only, at most 31 of them.
    """

    section: Section
    table: Table
    chart: Chart | None
    name: str


def list_tables(report: Report) -> tuple[ContainedTable, ...]:
    """List the tables of a report in reading order.

    Parameters
    ----------
    report : Report

    Returns
    -------
    tuple of ContainedTable
        A table that is shown twice, once with its chart, is there once, with the chart.

    Examples
    --------
    >>> table = Table("volume", "Volume", (Column("n", "n", "count"),), ((3,),))
    >>> report = Report("r", "en", "", (Section("a", "A", (table, table)),))
    >>> [found.name for found in list_tables(report)]
    ['volume']
    """
    found: list[tuple[Section, Table, Chart | None]] = []
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Chart):
                table, chart = block.table, block
            elif isinstance(block, Table):
                table, chart = block, None
            elif isinstance(block, Quotes):
                table, chart = tabulate_quotes(block, report.language), None
            else:
                continue
            same = [i for i, (_, other, _) in enumerate(found) if other == table]
            if not same:
                found.append((section, table, chart))
            elif found[same[0]][2] is None and chart is not None:
                found[same[0]] = (found[same[0]][0], table, chart)
    names = name_apart([table.id for _, table, _ in found])
    return tuple(
        ContainedTable(section, table, chart, name)
        for (section, table, chart), name in zip(found, names, strict=True)
    )


def tabulate_quotes(quotes: Quotes, language: Language) -> Table:
    """Put quotes into the rows of a table.

    Parameters
    ----------
    quotes : Quotes
    language : {"en", "zh"}
        Of the labels.

    Returns
    -------
    Table
        ``rank, driver, polarity, clause, text, start, end``, ``segment`` where there is a group,
        and a column ``fact_<k>`` for every label among the facts.

    Examples
    --------
    >>> from nlp_cx.report.model import Quote
    >>> quote = Quote("味道好，服务差", 4, 7, "service", "negative", {"id": "7"})
    >>> table = tabulate_quotes(Quotes("q", "Quotes", (quote,), {}, {}), "en")
    >>> table.rows
    ((1, 'service', 'negative', '服务差', '味道好，服务差', 4, 7, '7'),)
    """
    words = FILE_WORDS[language]
    facts = list(dict.fromkeys(label for quote in quotes.items for label in quote.facts))
    has_segment = quotes.segment_label is not None
    columns = [
        Column("rank", words["rank"], "count"),
        Column("driver", words["driver"], "label"),
        Column("polarity", words["polarity"], "label"),
        Column("clause", words["clause"]),
        Column("text", words["text"]),
        Column("start", words["start"], "count"),
        Column("end", words["end"], "count"),
    ]
    if has_segment:
        columns.append(Column("segment", str(quotes.segment_label), "label"))
    columns += [Column(f"fact_{k}", label) for k, label in enumerate(facts)]
    rows = [
        (
            rank,
            quotes.drivers.get(quote.driver, quote.driver),
            quotes.polarities.get(quote.polarity, quote.polarity),
            quote.text[quote.start : quote.end],
            quote.text,
            quote.start,
            quote.end,
            *([quote.segment] if has_segment else []),
            *(quote.facts.get(label) for label in facts),
        )
        for rank, quote in enumerate(quotes.items, start=1)
    ]
    return Table(quotes.id, quotes.title, tuple(columns), tuple(rows), quotes.notes)


def name_apart(ids: Iterable[str], *, taken: Iterable[str] = (), longest: int = 31) -> list[str]:
    """Make names of sheets or files that are valid and differ even where case does not count.

    Parameters
    ----------
    ids : iterable of str
    taken : iterable of str
        Names that are in use.
    longest : int, default=31
        What Excel allows for a sheet.

    Returns
    -------
    list of str, as many as `ids`

    Examples
    --------
    >>> name_apart(["a/b", "A_b", "", "con"])
    ['a_b', 'A_b_2', 'table', 'con_']
    """
    used = {name.casefold() for name in (*taken, *_RESERVED)}
    names = []
    for id_ in ids:
        kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-.") else "_" for c in id_)
        stem = kept.strip("_.- ")[:longest] or "table"
        stem = f"{stem[: longest - 1]}_" if stem.casefold() in _RESERVED else stem
        name, k = stem, 2
        while name.casefold() in used:
            ending = f"_{k}"
            name, k = stem[: longest - len(ending)] + ending, k + 1
        used.add(name.casefold())
        names.append(name)
    return names


# Excel keeps "history" for itself, Windows the names of devices.
_RESERVED = frozenset(
    {"history", "con", "prn", "aux", "nul"}
    | {f"{device}{k}" for device in ("com", "lpt") for k in range(1, 10)}
)
