"""A report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import groupby
from typing import Any

from nlp_cx.errors import MissingDependencyError, SchemaError
from nlp_cx.report.model import Block, Chart, Findings, Missing, Paragraph, Quotes, Report, Table
from nlp_cx.report.page.cells import Writer, choose_digits, is_numeric
from nlp_cx.report.page.embed import write_json
from nlp_cx.report.page.palette import write_properties
from nlp_cx.report.page.scripts import bundle_vega, read_locale
from nlp_cx.report.page.specs import has_data, prepare_spec
from nlp_cx.report.page.words import read_words
from nlp_cx.report.visible_text import show_hidden

logger = logging.getLogger(__name__)

FOLDED_FROM = 3
"""So many things that are missing, one after the other, stand in one list."""


def render_page(reports: Sequence[Report]) -> str:
    """Write reports as one page.

    Parameters
    ----------
    reports : sequence of Report
        One, or the same report in both languages: the page opens with the first and has a button
        for the other.

    Returns
    -------
    str
        HTML with its styles and scripts in it; nothing is loaded from anywhere, and a policy in
        the page forbids it. The same reports give the same text. Write it as UTF-8.

    Raises
    ------
    SchemaError
        If there is no report, a language is there twice, an id is there twice, a row is not as
        long as its columns, or a quote's clause lies outside its text.
    MissingDependencyError
        If Jinja2 or vl-convert-python is not there.

    Notes
    -----
    Every text is escaped by the template engine. In charts, texts are JSON in which ``<`` is
    written as ``\\u003c``; expressions of charts run in Vega's interpreter, so that the policy
    allows no ``eval``. Styles and scripts are allowed by their SHA-256.

    A reader without JavaScript sees everything but the charts, whose tables say the same.

    Examples
    --------
    >>> from nlp_cx.report.model import Paragraph, Report, Section
    >>> section = Section("now", "Now", (Paragraph("<script>alert(1)</script>"),))
    >>> page = render_page([Report("Shop", "en", "3 reviews", (section,))])
    >>> "&lt;script&gt;alert(1)" in page, "<script>alert(1)" in page
    (True, False)
    """
    if problems := list(_check(reports)):
        raise SchemaError("; ".join(problems))
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as e:
        raise MissingDependencyError("the page needs Jinja2: pip install jinja2") from e
    environment = Environment(
        loader=PackageLoader("nlp_cx.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": show_hidden, "numeric": is_numeric}
    has_charts = any(isinstance(block, Chart) for report in reports for block in _blocks(report))
    folder = resources.files("nlp_cx.report.page")
    style = write_properties() + (folder / "page.css").read_text(encoding="utf-8")
    scripts = [(folder / "page.js").read_text(encoding="utf-8")]
    if has_charts:
        scripts.insert(0, bundle_vega())
    early = "document.documentElement.classList.add('js');"
    return environment.get_template("page.html.j2").render(
        policy=_write_policy(style, [early, *scripts]),
        # These three are our own files, never a customer's words.
        style=Markup(style),
        early=Markup(early),
        scripts=[Markup(script) for script in scripts],
        views=[_View(report, reports) for report in reports],
    )


class _View:
    """A report as its template reads it."""

    def __init__(self, report: Report, reports: Sequence[Report]) -> None:
        self.report = report
        self.words = read_words(report.language)
        self.others = [
            (other.language, read_words(other.language))
            for other in reports
            if other.language != report.language
        ]
        self._prefix = f"{report.language}-" if len(reports) > 1 else ""
        self._writer = Writer(report.language, report.currency)
        self._ids = set(_ids(report))

    def anchor(self, name: str) -> str:
        """Give the id of an element; ids of two languages must not meet."""
        return self._prefix + name

    def target(self, name: str) -> str | None:
        """Give the anchor a finding points to; None if it is not in the report."""
        if name in self._ids:
            return self.anchor(name)
        logger.warning("a finding points to %r, which is not in the report", name)
        return None

    def kind(self, block: Block | tuple[Missing, ...]) -> str:
        """Name the template of a block, or of several that are missing together."""
        return "lacks" if isinstance(block, tuple) else _KINDS[type(block)]

    def fold(self, blocks: Sequence[Block]) -> Iterator[Block | tuple[Missing, ...]]:
        """Put a row of what is missing into one: each box for itself would fill the page."""
        for is_missing, group in groupby(blocks, key=lambda block: isinstance(block, Missing)):
            row = tuple(group)
            if is_missing and len(row) >= FOLDED_FROM:
                yield tuple(each for each in row if isinstance(each, Missing))
            else:
                yield from row

    def lacks(self, blocks: Sequence[Missing]) -> str:
        """Say how many things are missing."""
        # One box may tell the same reason of two.
        n = sum(block.title.count(self.words["semicolon"]) + 1 for block in blocks)
        return str(self.words["missing_all"]).format(n=self.count(n))

    def table(self, table: Table) -> dict[str, Any]:
        """Write a table's cells."""
        columns, rows = self._writer.write_table(table)
        return {"columns": columns, "rows": rows}

    def figures(self, finding: Any) -> tuple[str, str]:
        """Write a finding's estimate and interval; empty where there is none."""
        if finding.estimate is None:
            return "", ""
        digits = choose_digits([finding.estimate], finding.kind)
        return (
            self._writer.write(finding.estimate, finding.kind, digits),
            self._writer.write_interval(finding.low, finding.high, finding.kind, digits),
        )

    def count(self, n: int) -> str:
        """Write a whole number."""
        return self._writer.write(n, "count")

    def is_drawn(self, chart: Chart) -> bool:
        """Say whether a chart has anything to show."""
        return has_data(chart)

    def spec(self, chart: Chart) -> Any:
        """Write a chart's specification for a script element."""
        from markupsafe import Markup

        spec = prepare_spec(chart)
        spec["config"]["locale"] = read_locale(self.report.language)
        return Markup(write_json(spec))

    def page_words(self) -> Any:
        """Write the words that the page's script needs."""
        from markupsafe import Markup

        keys = ("shown", "shown_matching", "more", "rows_all", "rows_fewer", "theme_dark")
        words = {key: self.words[key] for key in (*keys, "theme_light", "not_drawn")}
        return Markup(write_json(words))

    def choices(self, quotes: Quotes) -> dict[str, list[tuple[str, str, int]]]:
        """List what quotes can be filtered by: value, word, number of quotes."""
        drivers = Counter(quote.driver for quote in quotes.items)
        polarities = Counter(quote.polarity for quote in quotes.items)
        segments = Counter(quote.segment for quote in quotes.items if quote.segment is not None)
        return {
            "driver": _order(drivers, quotes.drivers),
            "polarity": _order(polarities, quotes.polarities),
            "segment": [(value, value, n) for value, n in sorted(segments.items())],
        }


_KINDS: dict[type, str] = {
    Paragraph: "paragraph",
    Missing: "missing",
    Findings: "findings",
    Chart: "chart",
    Table: "table",
    Quotes: "quotes",
}


def _order(counts: Counter[str], names: Any) -> list[tuple[str, str, int]]:
    """List values in the order of their names; those without a name last, as they are."""
    known = [value for value in names if value in counts]
    rest = sorted(set(counts) - set(known))
    return [(value, names.get(value, value), counts[value]) for value in [*known, *rest]]


def _blocks(report: Report) -> Iterator[Block]:
    """Visit all blocks."""
    for section in report.sections:
        yield from section.blocks


def _ids(report: Report) -> Iterator[str]:
    """Visit all ids."""
    for section in report.sections:
        yield section.id
    for block in _blocks(report):
        if isinstance(block, Chart):
            yield block.table.id
        elif isinstance(block, Table | Findings | Quotes):
            yield block.id


def _check(reports: Sequence[Report]) -> Iterator[str]:
    """Say what cannot be shown."""
    if not reports:
        yield "found no report, expected one or one per language"
    for language, n in Counter(report.language for report in reports).items():
        if n > 1:
            yield f"found {n} reports in language {language!r}, expected one per language"
    for report in reports:
        for name, n in Counter(_ids(report)).items():
            if n > 1:
                yield f"id {name!r} is there {n} times, expected once in a report"
        for block in _blocks(report):
            if isinstance(block, Chart | Table):
                yield from _check_table(block.table if isinstance(block, Chart) else block)
            elif isinstance(block, Quotes):
                yield from _check_quotes(block)


def _check_table(table: Table) -> Iterator[str]:
    """Say which rows are not as long as the columns."""
    expected = len(table.columns)
    for i, row in enumerate(table.rows):
        if len(row) != expected:
            yield f"table {table.id!r}: row {i} has {len(row)} cells, expected {expected}"


def _check_quotes(quotes: Quotes) -> Iterator[str]:
    """Say which clauses are not in their text."""
    for quote in quotes.items:
        if not 0 <= quote.start <= quote.end <= len(quote.text):
            yield (
                f"quotes {quotes.id!r}: a clause from {quote.start} to {quote.end} "
                f"in a text of {len(quote.text)} code points"
            )


def _write_policy(style: str, scripts: Sequence[str]) -> str:
    """Write what the page may do: run these scripts and styles, show pictures it holds, no more."""
    allowed = " ".join(map(_hash, scripts))
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    """Give the SHA-256 of a script as a policy names it."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
