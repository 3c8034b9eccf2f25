"""A report of a material: seven sections, whatever is there and whatever is missing."""

import re
import runpy
from pathlib import Path

import pandas as pd
import pytest

from nlp_cx.analyze.outcome import OutcomeTables
from nlp_cx.errors import ConfigError
from nlp_cx.report.build import build_report
from nlp_cx.report.material import Material, load_material, save_material
from nlp_cx.report.model import Chart, Findings, Missing, Paragraph, Quotes, Table
from nlp_cx.report.sections.evidence import MOST_QUOTES
from nlp_cx.report.words import load_book

_MADE = runpy.run_path(str(Path(__file__).with_name("report_material.py")))
HOSTILE, make_material, make_shares, make_tables = (
    _MADE[name] for name in ("HOSTILE", "make_material", "make_shares", "make_tables")
)


@pytest.fixture(scope="module")
def material():
    return make_material()


@pytest.fixture(scope="module", params=["en", "zh"])
def report(request, material):
    return build_report(material, request.param)


def blocks_of(report, kind=object):
    return [b for section in report.sections for b in section.blocks if isinstance(b, kind)]


def tables_of(report):
    return [b.table if isinstance(b, Chart) else b for b in blocks_of(report, (Chart, Table))]


def test_the_sections_stand_in_the_order_of_the_report(report):
    assert [section.id for section in report.sections] == [
        "what_matters", "overview", "drivers", "evidence", "conversations", "source_models",
        "method",
    ]  # fmt: skip


def test_ids_are_unique_and_findings_point_to_some(report):
    ids = [section.id for section in report.sections]
    ids += [table.id for table in tables_of(report)]
    ids += [b.id for b in blocks_of(report, (Findings, Quotes))]
    assert len(ids) == len(set(ids))
    assert all(name.isascii() for name in ids)
    (findings,) = blocks_of(report, Findings)
    assert findings.items[0].target == "driver_polarity"
    assert {item.target for item in findings.items[::2]} <= set(ids)


def test_every_row_is_as_long_as_its_columns_and_nothing_is_nan(report):
    for table in tables_of(report):
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.id
        ends = {e for c in table.columns for e in (c.low, c.high) if e}
        assert ends <= set(names), table.id
        for row in table.rows:
            assert len(row) == len(names), table.id
            assert all(cell == cell for cell in row), table.id


def test_every_column_has_a_name_in_the_language(report):
    known = load_book(report.language)
    labels = {*known["columns"].values()}
    labels |= {label for part in known["columns_of"].values() for label in part.values()}
    for table in tables_of(report):
        assert {column.label for column in table.columns} <= labels, table.id


def test_a_chinese_report_has_no_english_of_ours(material):
    report = build_report(material, "zh")
    said = [b.text for b in blocks_of(report, Paragraph)]
    said += [note for t in tables_of(report) for note in t.notes]
    said += [item.text for b in blocks_of(report, Findings) for item in b.items]
    said += [f"{b.title}{b.reason}{b.remedy}" for b in blocks_of(report, Missing)]
    said += [chart.summary for chart in blocks_of(report, Chart)]
    for text in said:
        bare = text.replace(HOSTILE, "").replace("created_at", "").replace("retained", "")
        assert not re.search(r"[a-z]{3,} [a-z]{2,}", bare), text


def test_criticism_of_service_is_found_to_go_with_stars(material):
    report = build_report(material, "en")
    table = next(t for t in tables_of(report) if t.id == "importance")
    assert table.title == "What goes with star rating"
    assert table.rows[0][0] == "Service"
    chart = next(b for b in blocks_of(report, Chart) if b.table.id == "rating_over_time")
    values = [layer["encoding"]["y"]["scale"]["domain"] for layer in chart.spec["layer"]]
    assert values == [[1, 5]] * len(values)


def test_findings_are_sentences_with_numbers_and_intervals(material):
    (findings,) = blocks_of(build_report(material, "en"), Findings)
    first, change, later = findings.items
    assert first.text == "The product is criticised most: in 15% of the texts."
    assert (first.estimate, first.low, first.high, first.kind) == (0.15, 0.1, 0.2, "share")
    assert change.text == (
        "In 2026-04, the share of texts that criticise the service fell by 5.0 percentage points "
        "against the period before."
    )
    # Points are not per cent: -5.0, never -5%.
    assert (round(change.estimate, 9), change.kind, change.tone) == (-5.0, "points", "good")
    assert later.low is None
    assert later.text.endswith("40%.")


def test_missing_tables_say_why_and_what_it_takes(material):
    found = {b.title: b for b in blocks_of(build_report(material, "en"), Missing)}
    assert found["Satisfaction gap"].reason == "no column of expectations"
    assert found["Satisfaction gap"].remedy == "add one"
    assert found["What changed since the last period"].reason == "fewer than 30: hidden"
    assert found["Service quality (SERVQUAL)"].reason == "It is not part of this analysis."
    assert all(each.remedy for each in found.values())
    chinese = {b.title: b for b in blocks_of(build_report(material, "zh"), Missing)}
    assert chinese["满意度差距"].reason == "缺少所需的列（期望评分（服务））。"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_material_explains_every_absence(language):
    report = build_report(Material(), language)
    assert [s.id for s in report.sections if not s.blocks] == []
    assert "conversations" not in [section.id for section in report.sections]
    assert blocks_of(report, (Chart, Findings, Quotes)) == []
    assert all(b.reason and b.remedy for b in blocks_of(report, Missing))


@pytest.mark.parametrize("name", sorted(make_tables()))
def test_any_single_table_is_enough_and_may_be_empty(name):
    table = make_tables()[name]
    build_report(Material({name: table}), "en")
    build_report(Material({name: table.iloc[:1]}), "zh")
    report = build_report(Material({name: table.iloc[:0]}), "en")
    assert blocks_of(report, Chart) == []


def test_a_single_point_is_a_table_and_no_picture():
    one = make_tables()["volume"].iloc[:1]
    report = build_report(Material({"volume": one}), "en")
    assert blocks_of(report, Chart) == []
    assert "volume" in [table.id for table in tables_of(report)]


def test_a_driver_without_a_class_says_why():
    frame = pd.DataFrame(
        {"driver": ["price", "service"], "penalty": [None, -1.0], "penalty_low": [None, -1.5],
         "penalty_high": [None, -0.5], "reward": [None, 0.2], "reward_low": [None, -0.1],
         "reward_high": [None, 0.5], "kano_class": [None, "basic"],
         "reason": ["3 negative mentions, expected at least 30", None]}
    )  # fmt: skip
    outcome = OutcomeTables("r_stars", "linear", {"penalty_reward": frame})
    report = build_report(Material(outcomes={"r_stars": outcome}), "zh")
    table = next(t for t in tables_of(report) if t.id == "penalty_reward")
    kinds = [row[[c.name for c in table.columns].index("kano_class")] for row in table.rows]
    # A driver without numbers takes no row of the picture; the notes say why.
    assert kinds == ["基本型"]
    assert "价格：负面提及 3 条，至少需要 30 条。" in table.notes


def test_quotes_keep_what_customers_wrote_and_where(report):
    (quotes,) = blocks_of(report, Quotes)
    for quote in quotes.items:
        assert quote.text[quote.start : quote.end] == HOSTILE
    assert list(quotes.drivers) == ["product", "service", "price"]
    assert quotes.segment_label == {"en": "Region", "zh": "地区"}[report.language]
    # The segment is told once: it stands beside the facts.
    assert all(quote.segment not in quote.facts.values() for quote in quotes.items)


def test_the_size_does_not_grow_with_the_input():
    tables = make_tables()
    few = tables["exemplars"]
    many = pd.concat([few.assign(rank=few["rank"] + 3 * i) for i in range(200)], ignore_index=True)
    groups = pd.concat(
        [make_shares(group=f"g{i:03}") for i in range(300)],
        ignore_index=True,
    )
    terms = pd.concat([tables["terms"]] * 500, ignore_index=True)
    mix = pd.concat(
        [tables["mix"].iloc[:1].assign(value=f"v{i:03}") for i in range(300)], ignore_index=True
    )
    large = {"exemplars": many, "driver_shares_by_group": groups, "terms": terms, "mix": mix}
    report = build_report(Material({**tables, **large}), "en")
    (quotes,) = blocks_of(report, Quotes)
    assert len(quotes.items) == MOST_QUOTES
    sizes = {table.id: len(table.rows) for table in tables_of(report)}
    assert sizes["terms"] == 15
    assert sizes["shares_by_group_negative"] == 12 * 3
    assert sizes["mix_1"] == 12
    notes = next(t.notes for t in tables_of(report) if t.id == "mix_1")
    assert notes == ("The 12 most frequent are shown; 288 more are left out.",)


def test_a_saved_material_gives_the_same_report(material, tmp_path):
    save_material(material, tmp_path / "m")
    assert build_report(load_material(tmp_path / "m"), "zh") == build_report(material, "zh")


def test_another_language_is_refused():
    with pytest.raises(ConfigError, match="'fr'"):
        build_report(Material(), "fr")


def test_a_term_without_former_texts_is_new_and_has_no_ratio():
    frame = pd.DataFrame(
        {"rank": [1], "code": ["emerging_term"], "label": ["盲盒"], "estimate": [None],
         "low": [4.0], "high": [None], "n": [7], "unit": ["ratio"], "target": ["emerging_terms"]}
    )  # fmt: skip
    for language, text in (
        ("en", "“盲盒” is new: 7 texts hold it, none before."),
        ("zh", "“盲盒”是新出现的说法：现有 7 条文本提到，以前没有。"),
    ):
        (found,) = blocks_of(build_report(Material({"findings": frame}), language), Findings)
        assert found.items[0].text == text
