"""The page as text: its numbers, its escaping, its policy and its colours."""

import base64
import hashlib
import json
import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.errors import SchemaError
from nlp_cx.report.model import (
    Chart,
    Column,
    Finding,
    Findings,
    Paragraph,
    Quote,
    Quotes,
    Report,
    Section,
    Table,
)
from nlp_cx.report.page import render_page
from nlp_cx.report.page.cells import Writer, choose_digits
from nlp_cx.report.page.embed import write_json
from nlp_cx.report.page.palette import read_palette
from nlp_cx.report.page.specs import prepare_spec
from nlp_cx.report.page.words import read_words

_MADE = runpy.run_path(str(Path(__file__).with_name("page_report.py")))
HOSTILE, make_report = (_MADE[name] for name in ("HOSTILE", "make_report"))

OWN_ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "script",
    "body",
    "div",
    "a",
    "header",
    "button",
    "h1",
    "p",
    "noscript",
    "nav",
    "details",
    "summary",
    "ol",
    "li",
    "main",
    "section",
    "h2",
    "h3",
    "span",
    "ul",
    "aside",
    "figure",
    "figcaption",
    "table",
    "thead",
    "tr",
    "th",
    "tbody",
    "td",
    "small",
    "bdi",
    "dl",
    "dt",
    "dd",
    "form",
    "label",
    "select",
    "option",
    "input",
    "blockquote",
    "mark",
    "strong",
}
OWN_ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "data-language",
    "data-title",
    "type",
    "href",
    "id",
    "data-label",
    "aria-label",
    "open",
    "tabindex",
    "aria-labelledby",
    "role",
    "scope",
    "aria-hidden",
    "title",
    "data-n",
    "for",
    "value",
    "placeholder",
    "autocomplete",
    "data-driver",
    "data-polarity",
    "data-segment",
    "dir",
    "hidden",
}


class Reader(HTMLParser):
    """Notes elements, attributes, ids and the texts of elements."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.ids, self.links = set(), set(), [], []
        self.texts, self.scripts, self.styles, self.policy = [], [], [], ""
        self._in = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        found = dict(attrs)
        self.attributes |= set(found)
        if "id" in found:
            self.ids.append(found["id"])
        if "href" in found:
            self.links.append(found["href"])
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]
        self._in.append((tag, found))

    def handle_endtag(self, tag):
        while self._in and self._in.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, found = self._in[-1] if self._in else ("", {})
        if tag == "script":
            self.scripts.append((found.get("type"), data))
        elif tag == "style":
            self.styles.append(data)
        else:
            self.texts.append(data)


@pytest.fixture(scope="module")
def page():
    return render_page([make_report("en"), make_report("zh")])


@pytest.fixture(scope="module")
def read(page):
    return Reader(page)


def show(*blocks, language="en", currency=""):
    return render_page([Report("T", language, "", (Section("s", "S", blocks),), currency)])


def test_texts_of_customers_make_no_element_and_no_attribute(read):
    assert read.elements <= OWN_ELEMENTS
    assert read.attributes <= OWN_ATTRIBUTES


def test_every_hostile_text_can_be_read(read):
    texts = "".join(read.texts)
    for text in HOSTILE[:9]:
        assert texts.count(text) >= 4
    assert "\x00" not in texts
    assert "\u202e" not in texts


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_text_keeps_the_page_whole(one, two, three):
    quotes = Quotes("q", two, (Quote(one, 0, len(one), two, three, {two: three}, one),), {}, {})
    table = Table("t", one, (Column("a", two, "text"),), ((three,),), (one,))
    page = show(quotes, table, Paragraph(three), Findings("f", one, (Finding(two, 1, three),)))
    read = Reader(page)
    assert read.elements <= OWN_ELEMENTS
    assert read.attributes <= OWN_ATTRIBUTES
    page.encode("utf-8")


def test_ids_are_unique_and_links_lead_to_them(read):
    assert len(set(read.ids)) == len(read.ids)
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)


def test_a_finding_without_evidence_has_no_link(read):
    assert not [link for link in read.links if "not-there" in link]


def test_the_policy_allows_these_scripts_and_styles_alone(read):
    assert read.policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in read.policy
    code = [text for kind, text in read.scripts if kind is None]
    assert len(code) == 3
    for text in [*code, *read.styles]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in read.policy
    assert read.policy.count("sha256-") == 4


def test_nothing_names_an_address_to_load(page):
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "src=" not in outside.replace(" src=x ", " ")
    assert "url(" not in outside
    assert "@import" not in outside


def test_the_page_is_small_and_always_the_same(page):
    assert len(page.encode()) < 1_500_000
    assert page == render_page([make_report("en"), make_report("zh")])


def test_a_page_without_charts_has_no_vega():
    assert len(show(Paragraph("x"))) < 60_000


def test_one_report_has_plain_ids_and_no_button_for_a_language():
    page = render_page([make_report("zh")])
    assert '<html lang="zh-Hans">' in page
    assert 'id="driver_shares"' in page
    assert 'class="to-language"' not in page


def test_charts_say_what_is_seen_and_have_their_numbers(page):
    assert page.count('<div class="picture" role="img" aria-label="') == 12
    assert page.count('<details class="numbers">') == 14  # of the empty ones, too
    assert "Sentiment falls from spring to summer." in page


def test_a_chart_without_rows_is_no_empty_picture(read):
    assert "There is nothing to show here." in "".join(read.texts)


@pytest.mark.parametrize("value", [None, float("nan")])
@pytest.mark.parametrize(("language", "word"), [("en", "unknown"), ("zh", "未知")])
def test_what_is_not_known_is_a_dash_that_says_so(value, language, word):
    table = Table("t", "T", (Column("a", "A", "share"),), ((0.5,), (value,)))
    page = show(table, language=language)
    assert f'<span class="unknown" title="{word}"><span aria-hidden="true">–</span>' in page
    assert "nan" not in page.split("<body>")[1].split("<script>")[0].lower()


@pytest.mark.parametrize(
    ("value", "kind", "digits", "en", "zh"),
    [
        (0.1234, "share", 0, "12%", "12%"),
        (0.0004, "share", 1, "<0.1%", "<0.1%"),
        (0.0, "share", 1, "0.0%", "0.0%"),
        (1234567, "count", 0, "1,234,567", "1,234,567"),
        (0.5, "signed", 2, "+0.50", "+0.50"),
        (-0.5, "signed", 2, "−0.50", "−0.50"),
        (-0.0001, "signed", 2, ">−0.01", ">−0.01"),
        (-1280.0, "money", 0, "−¥1,280", "−¥1,280"),
        (float("inf"), "number", 2, "∞", "∞"),
        ("2026-01-05", "time", 0, "5 Jan 2026", "2026年1月5日"),
        ("2026-01-05T00:00:00", "time", 0, "5 Jan 2026", "2026年1月5日"),
        ("2026-01-05T14:05:09+08:00", "time", 0, "5 Jan 2026 14:05", "2026年1月5日 14:05"),
        ("2026-12", "time", 0, "Dec 2026", "2026年12月"),
        ("2026-W03", "time", 0, "week 3, 2026", "2026年第3周"),
        ("soon", "time", 0, "soon", "soon"),
        (True, "label", 0, "yes", "是"),
    ],
)
def test_values_are_written_by_kind_and_language(value, kind, digits, en, zh):
    assert Writer("en", "¥").write(value, kind, digits) == en
    assert Writer("zh", "¥").write(value, kind, digits) == zh


def test_an_interval_with_a_sign_is_not_written_with_a_dash():
    assert Writer("zh").write_interval(-0.2, 0.1, "signed", 1) == "−0.2 至 +0.1"
    assert Writer("en").write_interval(None, 0.1, "share") == ""


def test_a_column_has_one_number_of_decimals():
    assert choose_digits([0.5, 0.31], "share") == 0
    assert choose_digits([0.5, 0.04, None], "share") == 1
    assert choose_digits([3.0, 4.0], "number") == 0
    assert choose_digits([3.25, 4.0], "number") == 2
    # Beside a difference with two decimals a mean has two as well.
    assert choose_digits([0.0001, 0.21], "number") == choose_digits([0.21], "signed") == 2
    assert choose_digits([-9.386], "points") == 1
    assert choose_digits([None, "x", True], "number") == 0


def test_the_clause_is_marked_by_code_points():
    text = "😀👨‍👩‍👧 great, but the 📦 was <late> 😡!"
    start = text.index("but")
    quote = Quote(text, start, text.index(" 😡"), "service", "negative")
    page = show(Quotes("q", "Q", (quote,), {"service": "S"}, {"negative": "N"}))
    assert "😀👨‍👩‍👧 great, <mark>but the 📦 was &lt;late&gt;</mark> 😡!</blockquote>" in page


def test_all_quotes_are_in_the_file_without_javascript(read):
    assert "".join(read.texts).count("the box was whole.") == 60  # 30 in each language


def test_negative_has_its_colour_in_both_languages():
    for language, words in (
        ("en", ["Negative", "Neutral", "Positive"]),
        ("zh", ["负面", "中性", "正面"]),
    ):
        chart = next(
            block
            for block in make_report(language).sections[1].blocks
            if isinstance(block, Chart) and block.table.id == "mix"
        )
        scale = prepare_spec(chart)["encoding"]["color"]["scale"]
        assert scale["domain"] == words
        assert scale["range"] == ["var(--negative)", "var(--neutral)", "var(--positive)"]


def test_a_specification_is_not_changed_and_a_day_stays_a_day():
    chart = make_report("en").sections[1].blocks[0]
    before = json.dumps(chart.spec, sort_keys=True)
    spec = prepare_spec(chart)
    assert json.dumps(chart.spec, sort_keys=True) == before
    # A bare date would be midnight in Greenwich, the day before in New York.
    assert spec["data"]["values"][0]["period_start"] == "2026-01-01T00:00:00"
    assert spec["data"]["values"][5]["sentiment"] is None


def test_a_specification_that_loads_is_refused():
    chart = make_report("en").sections[1].blocks[0]
    spec = {"layer": [{"data": {"url": "http://example.com/x.csv"}, "mark": "bar"}]}
    with pytest.raises(SchemaError, match=r"volume.*example\.com"):
        show(replace(chart, spec=spec))


@given(st.text())
def test_json_in_a_script_cannot_end_it(text):
    found = write_json({"a": text})
    assert not set("<>&\u2028\u2029") & set(found)
    assert json.loads(found) == {"a": text}


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([], "found no report"),
        ([make_report("en"), make_report("en")], "2 reports in language 'en'"),
        (
            [Report("T", "en", "", (Section("a", "", ()), Section("a", "", ())))],
            "id 'a' is there 2 times",
        ),
        (
            [Report("T", "en", "", (Section("a", "", (Table("t", "", (Column("x", "X"),), (("1", "2"),)),)),))],
            "row 0 has 2 cells, expected 1",
        ),
        (
            [Report("T", "en", "", (Section("a", "", (Quotes("q", "", (Quote("abc", 1, 9, "d", "p"),), {}, {}),)),))],
            "from 1 to 9 in a text of 3",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_one_clear_error(reports, message):
    with pytest.raises(SchemaError, match=message):
        render_page(reports)


def test_both_languages_have_the_same_words():
    assert set(read_words("en")) == set(read_words("zh"))


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_can_be_read(mode):
    colours = read_palette()[mode]
    grounds = ("paper", "card", "sunken")
    texts = [(ink, ground) for ink in ("ink", "ink-soft", "accent") for ground in grounds]
    texts += [(ink, "card") for ink in ("negative", "positive")]  # the figures of findings
    texts += [("ink", name) for name in colours if name.endswith("-tint")]
    texts += [("card", "accent")]  # the skip link
    graphics = [
        (name, ground)
        for name in colours
        if name.startswith("series-") or name in ("negative", "neutral", "positive", "mixed", "mentioned", "edge")
        for ground in ("paper", "card")
    ]  # fmt: skip
    low = {pair: c for pair in texts if (c := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    low |= {pair: c for pair in graphics if (c := contrast(colours[pair[0]], colours[pair[1]])) < 3}
    assert low == {}


def test_both_modes_have_the_same_colours():
    assert set(read_palette()["light"]) == set(read_palette()["dark"])
