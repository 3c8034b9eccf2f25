"""A report as an Excel workbook: a summary, then one sheet of typed cells for every table."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from nlp_cx.errors import OutputError
from nlp_cx.report.contained_tables import ContainedTable, list_tables, name_apart
from nlp_cx.report.file_words import FILE_WORDS
from nlp_cx.report.model import Chart, Findings, Missing, Paragraph, Quotes, Report, Section, Table
from nlp_cx.report.workbook_cells import CellWriter, choose_width, measure_width
from nlp_cx.report.workbook_chart import add_chart, read_chart
from nlp_cx.write.target import create_beside, find_target, flush_to_disk, put_in_place

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
"""Limits of a sheet that Excel documents."""

_CREATED = datetime.datetime(1980, 1, 1)  # fixed: the same report gives the same bytes
_TEXT_WIDTH = 90


def write_workbook(report: Report, path: str | Path) -> None:
    """Write a report as an Excel workbook.

    Parameters
    ----------
    report : Report
    path : str or Path
        Ends in ``.xlsx``. It is replaced only when everything is written.

    Raises
    ------
    OutputError
        If the ending is another, the folder is missing or cannot be written to, the disk is full,
        or a table has more rows or columns than a sheet holds. What stood there is unchanged then.

    Notes
    -----
    First a sheet with findings, texts, what could not be shown and links; then a sheet for each
    table, named by its id: a header line that stays in view with a filter, numbers as numbers,
    times as times, what is not known as blank cells, notes below, plain charts beside. Every text
    is written as a text, so that none is run as a formula; characters that a workbook cannot hold
    are shown (``␀``). The same report gives the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> from nlp_cx.report.model import Column
    >>> table = Table("volume", "Volume", (Column("n", "Texts", "count"),), ((345,),))
    >>> report = Report("Shop", "en", "345 reviews", (Section("overview", "Overview", (table,)),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_workbook(report, Path(folder) / "report.xlsx")
    ...     [file.name for file in Path(folder).iterdir()]
    ['report.xlsx']
    """
    target = find_target(path)
    if target.ending != ".xlsx":
        raise OutputError(f"{path}: a workbook ends in .xlsx, found {target.ending!r}.")
    tables = list_tables(report)
    for found in tables:
        _check_size(found.table, str(path))
    temporary = create_beside(target)
    try:
        # Made in memory: a full disk in the middle would leave xlsxwriter's zip file half open.
        made = io.BytesIO()
        book = xlsxwriter.Workbook(made, {"in_memory": True, "use_zip64": True})
        _fill(book, report, tables)
        book.close()
        temporary.write_bytes(made.getbuffer())
        flush_to_disk(temporary)
        put_in_place(temporary, target.path)
    except (OSError, XlsxWriterException) as e:
        if isinstance(e, OutputError):
            raise
        raise OutputError(
            f"{path}: writing failed ({getattr(e, 'strerror', None) or e}). Free some space or "
            "choose another folder. What stood there before is unchanged."
        ) from e
    finally:
        temporary.unlink(missing_ok=True)


def _fill(book: xlsxwriter.Workbook, report: Report, tables: tuple[ContainedTable, ...]) -> None:
    """Write all sheets."""
    book.set_properties({"created": _CREATED, "title": report.title[:255]})
    cells = CellWriter(book, report.currency)
    words = FILE_WORDS[report.language]
    front = words["summary"]
    names = dict(
        zip(
            [id(found.table) for found in tables],
            name_apart([found.name for found in tables], taken=[front]),
            strict=True,
        )
    )
    sheet = book.add_worksheet(front)
    _Summary(sheet, cells, report, words).write(tables, names)
    for found in tables:
        _write_table(book, found, names[id(found.table)], (cells, words, front))


def _check_size(table: Table, path: str) -> None:
    """Refuse what a sheet does not hold, before anything is written."""
    if len(table.rows) + len(table.notes) + 5 > MOST_ROWS or len(table.columns) > MOST_COLUMNS:
        raise OutputError(
            f"{path}: table {table.id!r} has {len(table.rows):,} rows and {len(table.columns):,} "
            f"columns, a sheet holds {MOST_ROWS:,} and {MOST_COLUMNS:,}. Write parquet instead."
        )


def _write_table(
    book: Any, found: ContainedTable, name: str, how: tuple[CellWriter, Mapping[str, str], str]
) -> None:
    """Write a table, its notes and its chart to a sheet of its own."""
    cells, words, front = how
    table = found.table
    sheet = book.add_worksheet(name)
    n_cut = cells.n_cut
    headers = _head(table)
    for k, column in enumerate(table.columns):
        cells.write_text(
            sheet, (0, k), headers[k], bold=True, bottom=1, bg_color="#E8EEF4", wrap=True
        )
        if column.help:
            sheet.write_comment(0, k, cells.fit(column.help), {"visible": False})
        values = [row[k] for row in table.rows]
        sheet.set_column(k, k, choose_width(headers[k], values, column.kind))
    for line, row in enumerate(table.rows, start=1):
        for k, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            cells.write(sheet, (line, k), value, column.kind)
    sheet.freeze_panes(1, 0)
    if table.columns:
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    line = len(table.rows) + 2
    notes = [*table.notes, *([words["no_rows"]] if not table.rows else [])]
    if found.chart is not None:
        notes.insert(0, found.chart.summary)
    if cells.n_cut > n_cut:
        notes.append(words["cut"].format(n=32_767))
    cells.write_text(sheet, (line, 0), table.title, bold=True)
    for k, note in enumerate(notes, start=1):
        cells.write_text(sheet, (line + k, 0), note, italic=True)
    _link(sheet, (line + len(notes) + 1, 0), (front, words["back"]), cells)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if found.chart is not None and (native := read_chart(found.chart)) is not None:
        add_chart(book, sheet, found.chart, native, cells.number_format)


def _head(table: Table) -> list[str]:
    """Give the labels; where two are alike, the end of an interval names what it is of."""
    labels = [column.label for column in table.columns]
    parents = {
        end: column.label
        for column in table.columns
        for end in (column.low, column.high)
        if end is not None
    }
    return [
        f"{column.label} ({parents[column.name]})"
        if labels.count(column.label) > 1 and column.name in parents
        else column.label
        for column in table.columns
    ]


class _Summary:
    """The first sheet, written from top to bottom."""

    def __init__(
        self, sheet: Worksheet, cells: CellWriter, report: Report, words: Mapping[str, str]
    ) -> None:
        self._sheet, self._cells, self._report, self._words = sheet, cells, report, words
        self._line = 0

    def write(self, tables: tuple[ContainedTable, ...], names: Mapping[int, str]) -> None:
        """Write the summary with links to the sheets."""
        self._sheet.set_column(0, 0, _TEXT_WIDTH)
        self._sheet.set_column(1, 4, 14)
        self._put(self._report.title, bold=True, font_size=16)
        self._put(self._report.subtitle)
        named = {found.table.id: (names[id(found.table)], found.table.title) for found in tables}
        targets = dict(named)
        for section in self._report.sections:
            inside = [found for found in tables if found.section is section]
            if inside:
                targets.setdefault(section.id, named[inside[0].table.id])
        for section in self._report.sections:
            self._section(section, named, targets)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)

    def _section(
        self,
        section: Section,
        named: Mapping[str, tuple[str, str]],
        targets: Mapping[str, tuple[str, str]],
    ) -> None:
        """Write what a section says, and link to its tables."""
        self._line += 1
        self._put(section.title, bold=True, font_size=13, bottom=1)
        if section.intro:
            self._put(section.intro, italic=True)
        for block in section.blocks:
            if isinstance(block, Paragraph):
                self._put(block.text)
            elif isinstance(block, Missing):
                reasons = [block.reason, block.remedy]
                told = " ".join(text for text in reasons if text)
                title = f"{self._words['not_shown']}{self._words['separator']}{block.title}"
                self._put(f"{title} — {told}" if told else title)
            elif isinstance(block, Findings):
                self._findings(block, targets)
            else:
                table_id = block.table.id if isinstance(block, Chart) else block.id
                title = block.table.title if isinstance(block, Chart) else block.title
                _link(self._sheet, (self._line, 0), (named[table_id][0], title), self._cells)
                self._line += 1
                if isinstance(block, Chart):
                    self._put(block.summary, indent=1)
                if isinstance(block, Quotes) and not block.items:
                    self._put(self._words["no_rows"], indent=1)

    def _findings(self, block: Findings, targets: Mapping[str, tuple[str, str]]) -> None:
        """Write findings with their numbers as numbers."""
        heads = (block.title, *(self._words[key] for key in ("estimate", "low", "high", "n")))
        for k, head in enumerate((*heads, self._words["evidence"])):
            self._cells.write_text(
                self._sheet, (self._line, k), head, bold=True, bg_color="#E8EEF4"
            )
        self._line += 1
        for item in block.items:
            self._cells.write_text(self._sheet, (self._line, 0), item.text, wrap=True)
            for k, number in enumerate((item.estimate, item.low, item.high), start=1):
                self._cells.write(self._sheet, (self._line, k), number, item.kind)
            self._cells.write(self._sheet, (self._line, 4), item.n, "count")
            if item.target in targets:
                _link(self._sheet, (self._line, 5), targets[item.target], self._cells)
            self._line += 1
        for note in block.notes:
            self._put(note, italic=True)

    def _put(self, text: str, **properties: Any) -> None:
        """Write a line of text; a long one wraps, and its line is made as high as it needs."""
        if not text:
            return
        self._cells.write_text(self._sheet, (self._line, 0), text, wrap=True, **properties)
        n_lines = sum(-(-max(measure_width(part), 1) // _TEXT_WIDTH) for part in text.split("\n"))
        if n_lines > 1:
            self._sheet.set_row(self._line, min(15 * n_lines, 400))
        self._line += 1


def _link(sheet: Worksheet, place: tuple[int, int], to: tuple[str, str], cells: CellWriter) -> None:
    """Link to the first cell of a sheet."""
    name, title = to
    shown = cells.format_of(font_color="#0B57D0", underline=1, valign="top")
    quoted = name.replace("'", "''")
    text = cells.fit(" ".join(title.split()))[:250]
    sheet.write_url(*place, f"internal:'{quoted}'!A1", shown, text)
