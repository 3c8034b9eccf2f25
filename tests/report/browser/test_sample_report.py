"""The report of the samples, made by its command, in Chromium: what a reader of it does, and paper."""

import re
import unicodedata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app

STUDY = Path(__file__).parents[3] / "data" / "samples" / "study.toml"
LANGUAGES = ("zh", "en")
CURRENT = ".report.is-current "
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
A4 = {"viewport": {"width": 688, "height": 1000}}  # 210 mm less two margins of 14 mm, at 96 a inch


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """Run ``nlp-cx report`` on the samples once."""
    path = tmp_path_factory.mktemp("sample") / "report.html"
    result = CliRunner().invoke(app, ["report", str(STUDY), "-o", str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def open_report(open_page, report):
    """Open the report in a language; `open_page` fails on any word of the console."""

    def open_it(language, **looks):
        page = open_page(report, **looks)
        if page.get_attribute(f"{CURRENT}", "data-language") != language:
            page.click(f"{CURRENT}button[data-language={language}]")
        page.wait_for_selector(f'.is-current[data-language={language}][data-state="drawn"]')
        return page

    return open_it


def open_details(page):
    page.evaluate(
        "document.querySelectorAll('.is-current details').forEach((each) => { each.open = true; })"
    )


def test_it_is_one_file_of_less_than_five_megabytes_that_asks_for_nothing(browser, report):
    assert report.stat().st_size < 5_000_000
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report.as_uri())
    for language in LANGUAGES:
        page.evaluate(f"document.querySelector('button[data-language={language}]').click()")
        page.wait_for_selector(f'.report[data-language={language}][data-state="drawn"]')
    page.close()
    assert asked == [report.as_uri()]
    assert said == []


def test_both_languages_hold_the_same(open_report):
    page = open_report("zh")
    zh, en = page.evaluate("""() => ["zh", "en"].map((language) => {
        const view = document.querySelector(`.report[data-language=${language}]`);
        const ids = Array.from(view.querySelectorAll("[id]:not(svg *)"), (each) => each.id);
        const n = (selector) => view.querySelectorAll(selector).length;
        return [ids.map((id) => id.slice(language.length)), n("tr"), n(".picture"), n(".finding"),
                n(".missing")];
    })""")
    assert zh == en
    assert len(set(zh[0])) == len(zh[0])
    assert zh[2] >= 15
    assert 1 <= zh[3] <= 5
    headings = page.locator(f"{CURRENT}:is(h2, h3)").all_text_contents()
    assert [each for each in headings if not re.search("[\u4e00-\u9fff]", each)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_drawn_with_marks_and_its_numbers_open(open_report, language):
    page = open_report(language)
    charts = page.evaluate("""() => Array.from(document.querySelectorAll(".is-current .chart"), (chart) => {
        const box = chart.getBoundingClientRect();
        const marks = Array.from(chart.querySelectorAll(
            "svg .role-mark :is(path, text, line), svg .role-mark path"))
            .filter((mark) => mark.getBoundingClientRect().width > 0 ||
                              mark.getBoundingClientRect().height > 0);
        const out = Array.from(chart.querySelectorAll("svg text"))
            .map((text) => text.getBoundingClientRect())
            .filter((text) => text.width && (text.left < box.left - 1 || text.right > box.right + 1));
        return [chart.closest(".block").id, chart.querySelectorAll("svg").length, marks.length,
                chart.querySelectorAll("svg .role-axis-label text").length, out.length];
    })""")
    assert len(charts) == page.locator(f"{CURRENT}.picture").count() >= 15
    assert [name for name, svgs, *_ in charts if svgs != 1] == []
    assert [name for name, _, marks, *_ in charts if marks == 0] == []
    assert [name for name, _, _, labels, _ in charts if labels < 2] == []
    assert [name for name, *_, cut in charts if cut] == []  # no word leaves its chart
    closed = page.locator(f"{CURRENT}.numbers:not([open])")
    assert closed.count() == len(charts)
    assert page.locator(f"{CURRENT}.numbers table:visible").count() == 0
    page.locator(f"{CURRENT}.numbers > summary").evaluate_all(
        "(all) => all.map((one) => one.click())"
    )
    assert page.locator(f"{CURRENT}.numbers table:visible").count() == len(charts)


def test_chinese_is_drawn_and_not_as_boxes(open_report):
    page = open_report("zh")
    labels = " ".join(page.locator(f"{CURRENT}.picture svg text").all_text_contents())
    assert {"产品", "服务", "价格", "负面"} <= set(labels.split())
    body = page.inner_text(f"{CURRENT}main")
    characters = sorted({c for c in labels + body if unicodedata.category(c) in ("Lo", "Po", "So")})
    assert len(characters) > 400
    boxes = page.evaluate(
        """(characters) => {
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 40;
            const pen = canvas.getContext("2d", { willReadFrequently: true });
            const fonts = [".picture svg text", "blockquote"].map((place) =>
                getComputedStyle(document.querySelector(`.is-current ${place}`)).fontFamily);
            const draw = (text, font) => {
                pen.clearRect(0, 0, 40, 40);
                pen.font = `28px ${font}`;
                pen.fillText(text, 2, 32);
                return pen.getImageData(0, 0, 40, 40).data.join();
            };
            return fonts.flatMap((font) => {
                const blank = draw(" ", font);
                const box = draw("\\u{10fffd}", font);  // no font draws a character for private use
                return characters.filter((each) => [blank, box].includes(draw(each, font)));
            });
        }""",
        characters,
    )
    assert boxes == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotes_are_narrowed_to_what_is_asked_and_given_back(open_report, language):
    page = open_report(language)
    block = page.locator(f"{CURRENT}.quotes")

    def read():
        return block.evaluate("""(block) => {
            const more = block.querySelector(".more");
            while (!more.hidden) more.click();
            return Array.from(block.querySelectorAll(".quote"), (quote) => [
                quote.dataset.driver, quote.dataset.polarity, quote.dataset.segment ?? null,
                quote.querySelector("blockquote").textContent,
                quote.querySelector("mark").textContent,
            ]);
        }""")

    def status():
        return [int(n) for n in re.findall(r"\d+", block.locator(".shown").inner_text())]

    everything = read()
    assert len(everything) > 100
    assert status() == [len(everything)] * 2
    assert all(clause.strip() and clause in text for *_, text, clause in everything)
    names = ("driver", "polarity", "segment")
    for i, name in enumerate(names):
        select = block.locator(f"select[name={name}]")
        values = select.locator("option").evaluate_all("(all) => all.map((each) => each.value)")
        assert {value[1:] for value in values if value} == {quote[i] for quote in everything}
        for value in filter(None, values):
            select.select_option(value=value)
            wanted = [quote for quote in everything if quote[i] == value[1:]]
            assert read() == wanted
            label = select.locator("option:checked").inner_text()
            assert label.endswith(f"({len(wanted)})")
        select.select_option(value="")
    # All at once, as of a quote that is there.
    driver, polarity, segment, text, _ = everything[0]
    word = text[:4]
    for name, value in zip(names, (driver, polarity, segment), strict=True):
        block.locator(f"select[name={name}]").select_option(value=f"={value}")
    block.locator("input").fill(word)
    both = [q for q in everything if q[:3] == [driver, polarity, segment]]
    wanted = [q for q in both if word.lower() in q[3].lower()]
    assert read() == wanted
    assert status() == [len(wanted), len(wanted), len(everything)]
    block.locator("input").fill("no review holds these words")
    assert block.locator(".quote").count() == 0
    assert block.locator(".none-matching").is_visible()
    block.locator("button[type=reset]").click()
    page.wait_for_selector(".is-current .quote")
    assert read() == everything


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_and_contents_lead_to_what_they_name(open_report, language):
    page = open_report(language, reduced_motion="reduce")  # nothing is scrolled slowly
    dead = page.evaluate("""() => Array.from(document.querySelectorAll('a[href^="#"]'))
        .filter((link) => !document.getElementById(decodeURIComponent(link.hash.slice(1))))
        .map((link) => link.hash)""")
    assert dead == []
    assert page.locator('a:not([href^="#"])').count() == 0
    findings = page.locator(f"{CURRENT}.finding")
    links = page.locator(f"{CURRENT}.finding a")
    assert links.count() == findings.count() > 0
    for link in links.all():
        name = link.get_attribute("href")[1:]
        link.click()
        target = page.locator(f"[id='{name}']")
        assert page.evaluate("document.activeElement.id") == name
        assert target.locator("table").first.is_visible()  # its numbers are open
        box = target.bounding_box()
        assert box["y"] < 900
        assert box["y"] + box["height"] > 0
    assert page.get_attribute(f"{CURRENT}", "data-language") == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_scrolls_no_page_sideways(open_report, language):
    page = open_report(language, **PHONE)
    open_details(page)
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    wide = page.locator(f"{CURRENT}.picture svg").evaluate_all(
        "(all) => all.filter((svg) => svg.getBoundingClientRect().right > 391).length"
    )
    assert wide == 0


LOW_CONTRAST = """() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const read = (colour) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        return Array.from(pen.getImageData(0, 0, 1, 1).data);
    };
    const luminance = (colour) => colour.slice(0, 3).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = read(getComputedStyle(each).backgroundColor);
            if (colour[3] === 255) return colour;
            if (colour[3] > 0) throw new Error("half a colour behind " + each.className);
        }
        throw new Error("nothing behind");
    };
    const low = {};
    let n = 0;
    const walker = document.createTreeWalker(document.querySelector(".is-current"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility() || element.closest("script")) continue;
        const style = getComputedStyle(element);
        const is_drawn = element.closest("svg") !== null;
        const ink = read(is_drawn ? style.fill : style.color);
        const [light, dark] = [ink, behind(element)].map(luminance).sort((a, b) => b - a);
        const size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        // Words on a bar are judged with the bar by the test of the palette.
        const on_bar = is_drawn && element.closest(".role-mark");
        n += 1;
        if (!on_bar && (light + 0.05) / (dark + 0.05) < least)
            low[node.data.trim().slice(0, 20) + " " + element.className] =
                [ink.join(), behind(element).join()];
    }
    return [n, low];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_what_is_behind_them(open_report, scheme):
    page = open_report("en", color_scheme=scheme)
    open_details(page)
    n, low = page.evaluate(LOW_CONTRAST)
    assert n > 1000
    assert low == {}


def test_the_button_turns_the_page_dark_and_light_in_both_languages(open_report):
    page = open_report("zh", color_scheme="light")

    def read():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = read()
    page.click(f"{CURRENT}.to-theme")
    dark = read()
    page.click(f"{CURRENT}button[data-language=en]")
    assert read() == dark != light
    page.click(f"{CURRENT}.to-theme")
    assert read() == light


def count_pages(pdf):
    """Give on how many pages each row, picture and quote of a tagged PDF stands.

    Heads of tables are left out: a long table has its head on every page.
    """
    objects = {
        int(found[1]): found[2]
        for found in re.finditer(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)
    }

    def list_kids(element):
        kids = re.search(rb"/K (\[.*?\]|\d+ 0 R)\n?(?:/|>>|$)", element, re.DOTALL)
        plain = re.sub(rb"/\w+ \d+ 0 R", b"", kids[1]) if kids else b""
        return [objects[int(kid)] for kid in re.findall(rb"(\d+) 0 R", plain)]

    def find_pages(element):
        pages = set(re.findall(rb"/Pg (\d+) 0 R", element))
        return pages.union(*map(find_pages, list_kids(element)))

    counts = {"TR": [], "Figure": [], "BlockQuote": []}
    for element in objects.values():
        kind = re.search(rb"/Type /StructElem\n/S /(TR|Figure|BlockQuote)\n", element)
        if kind and (kind[1] != b"TR" or any(b"/S /TD\n" in kid for kid in list_kids(element))):
            counts[kind[1].decode()].append(len(find_pages(element)))
    return counts


def test_paper_cuts_no_row_no_chart_and_no_quote(open_report):
    page = open_report("en", color_scheme="dark", **A4)
    open_details(page)
    page.evaluate("""() => {
        const more = document.querySelector(".is-current .more");
        while (!more.hidden) more.click();
    }""")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    wide = page.evaluate("""() => Array.from(document.querySelectorAll(".is-current :is(table, svg)"))
        .filter((element) => element.checkVisibility())
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.closest("[id]").id)""")
    assert wide == []
    whole = count_pages(page.pdf(prefer_css_page_size=True, tagged=True))
    n_rows = page.locator(f"{CURRENT}tbody tr:visible:has(td)").count()
    assert n_rows >= len(whole["TR"]) > 0.95 * n_rows > 100  # a table of one row may have no tags
    assert len(whole["Figure"]) >= page.locator(f"{CURRENT}.picture").count()
    assert len(whole["BlockQuote"]) == page.locator(f"{CURRENT}.quote").count()
    assert {name: set(counts) for name, counts in whole.items()} == {name: {1} for name in whole}
    # The same measure sees what is cut where the rules of the page are gone and rows are high.
    page.evaluate("""() => {
        const sheet = document.styleSheets[0];
        for (const rule of ["* { break-inside: auto !important; }", "td { line-height: 8 !important; }"])
            sheet.insertRule(`@media print { .is-current ${rule} }`, sheet.cssRules.length);
    }""")
    cut = count_pages(page.pdf(prefer_css_page_size=True, tagged=True))
    assert cut["TR"].count(2) >= 5
