"""Tests of nlp_cx.report.markdown, read back by a parser of Markdown."""

from __future__ import annotations

import re
import runpy
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

markdown_it = pytest.importorskip("markdown_it", reason="rich brings markdown-it-py")

from nlp_cx.report.markdown import escape_markdown, render_markdown  # noqa: E402
from nlp_cx.report.model import Column, Paragraph, Report, Section, Table  # noqa: E402
from nlp_cx.report.visible_text import show_hidden  # noqa: E402

_MADE = runpy.run_path(str(Path(__file__).with_name("hostile_report.py")))
HOSTILE, QUOTED, make_report = (_MADE[name] for name in ("HOSTILE", "QUOTED", "make_report"))

OURS = {
    *("h1", "h2", "h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li"),
    *("blockquote", "strong"),
}
INVISIBLE = "\u200b\u200a"


class Elements(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        self._open.remove(tag)

    def handle_data(self, data):
        for tag in set(self._open):
            self.texts[tag][-1] += data


def read(markdown: str) -> Elements:
    html = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(
        ["table", "strikethrough"]).render(markdown)  # fmt: skip
    page = Elements()
    page.feed(html)
    return page


def bare(text: str) -> str:
    """Give a text without white space and signs of no width."""
    return re.sub(rf"[\s{INVISIBLE}]", "", text)


def test_hostile_texts_make_no_element_but_those_of_the_report():
    page = read(render_markdown(make_report()))
    assert set(page.names) <= OURS
    assert "strong" in page.names


def test_headings_are_those_of_the_report_only():
    page = read(render_markdown(make_report()))
    assert page.texts["h1"] == ["Eavesworth <2025>"]
    assert page.texts["h2"] == ["What matters", "Overview", "Evidence", "Models"]
    assert page.names.count("h3") == 7
    assert "=Hostile | texts" in page.texts["h3"]


def test_a_table_has_a_cell_for_each_value_whatever_the_texts():
    page = read(render_markdown(make_report()))
    cells = [bare(cell) for cell in page.texts["td"]]
    for text in HOSTILE:
        assert bare(show_hidden(text) or "–") in cells
    # Two volumes with 4 columns shown, drivers with 7, the hostile ones with 2.
    assert len(cells) == 2 * 3 * 4 + 4 * 7 + len(HOSTILE) * 2


def test_nothing_is_left_that_github_makes_a_link_or_a_mention_of():
    markdown = render_markdown(make_report())
    assert not re.search(r"://|www\.|@\w", markdown)


def test_intervals_stand_behind_their_numbers_and_missing_ones_are_dashes():
    lines = render_markdown(make_report()).splitlines()
    assert "| 2025-01 | 1,200 | 25.0% \\[20.0%, 30.0%\\] | no |" in lines
    assert "| 2025-03 | 12 | – | yes |" in lines
    assert "| Month | Texts | Negative | Partial |" in lines


def test_the_clause_of_a_quote_is_bold_also_between_ideographs():
    page = read(render_markdown(make_report()))
    assert "「服务员态度差」" in page.texts["strong"]
    assert any(bare(QUOTED) in bare(item) for item in page.texts["li"])


def test_findings_name_their_numbers_and_their_evidence():
    page = read(render_markdown(make_report()))
    assert (
        "Service is worse than a month ago. (5.0% [2.0%, 8.0%]; n = 1,300; Evidence: Drivers)"
        in page.texts["li"]
    )


def test_words_of_the_format_are_in_the_language_of_the_report():
    markdown = render_markdown(make_report("zh"))
    assert "没有数据行。" in markdown
    assert "No rows" not in markdown


def test_rendering_twice_gives_the_same_text():
    assert render_markdown(make_report()) == render_markdown(make_report())


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("ab1 \n\t-+=#*_`~[](){}<>|\\!&;:/.@$^\"'好，「」"), max_size=40
    )
)
def test_any_text_is_shown_as_it_is_in_a_paragraph_and_in_a_cell(text):
    table = Table("t", "t", (Column("a", "A"), Column("b", "B")), ((text, "end"),))
    report = Report("r", "en", "", (Section("s", "s", (Paragraph(text), table)),))
    page = read(render_markdown(report))
    assert set(page.names) <= {"h1", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert [bare(cell) for cell in page.texts["td"]] == [
        bare(text) or ("–" if not text else ""),
        "end",
    ]
    paragraphs = "".join(page.texts.get("p", []))
    assert bare(paragraphs) == bare(text)


def test_an_escaped_text_reads_as_before_but_for_white_space_and_controls():
    for text in HOSTILE:
        html = markdown_it.MarkdownIt().renderInline(escape_markdown(text))
        assert bare(unescape(html)) == bare(show_hidden(text))
