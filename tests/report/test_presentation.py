"""What a reader sees first, and that no code of an analysis is left without words."""

import ast
import inspect
import re
import runpy
from pathlib import Path

import pandas as pd
import pytest

import nlp_cx
from nlp_cx.analyze import conversation_summary
from nlp_cx.analyze.findings import action_rule, choose
from nlp_cx.analyze.outcome import OutcomeTables
from nlp_cx.analyze.overview.quality import CHECKS
from nlp_cx.analyze.overview.texts import MEASURES
from nlp_cx.report.build import build_report
from nlp_cx.report.material import Material
from nlp_cx.report.model import Chart, Findings, Missing, Paragraph, Table
from nlp_cx.report.page import render_page
from nlp_cx.report.sections.blocks import pair_small
from nlp_cx.report.words import Words, load_book

_MADE = runpy.run_path(str(Path(__file__).with_name("report_material.py")))
make_material = _MADE["make_material"]

LANGUAGES = ("en", "zh")


def find(report, kind=object):
    return [b for section in report.sections for b in section.blocks if isinstance(b, kind)]


def tables_of(report):
    return {t.id: t for b in find(report, (Chart, Table))
            for t in [b.table if isinstance(b, Chart) else b]}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_analyses_has_words(language):
    book = load_book(language)
    codes = book["codes"]
    assert set(CHECKS) <= set(codes["check"])
    assert set(action_rule.CODES) <= set(codes["action"])
    reasons = next(
        value for name, value in vars(action_rule).items()
        if isinstance(value, tuple) and "too_few_mentions" in value
    )  # fmt: skip
    assert set(reasons) <= set(codes["why"])
    for code in choose.CODES:
        assert any(key.startswith(f"finding_{code}") for key in book["sentences"]), code
    for measure in MEASURES:
        assert {f"about_{measure}", f"about_share_{measure}"} <= set(book["sentences"])
    assert {"outcome", "sentiment", "driver_share", *(f"sentiment_share_{p}" for p in (
        "negative", "neutral", "positive"))} <= set(codes["measure"])  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_of_conversations_has_words(language):
    names = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(conversation_summary)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    known = load_book(language)["codes"]["conversation"]
    measured = {name for name in names if re.fullmatch("[a-z]+_(?:sentiment|wait_seconds)", name)}
    assert measured
    assert measured <= set(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_missing_model_has_words(language):
    folder = Path(nlp_cx.__file__).parent / "analyze" / "source_models"
    said = {
        node.args[0].value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lack"
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert {"needs_columns", "cannot"} <= said
    assert said <= set(load_book(language)["codes"]["lack"])


def make_changes(p_values):
    rows = [
        {"measure": "driver_share", "driver": driver, "polarity": "negative", "now": 0.1,
         "before": 0.2, "change": -0.1, "low": -0.15, "high": -0.05, "p_adjusted": p,
         "n_now": 200, "n_before": 210, "is_share": True, "period": "2026-04",
         "period_before": "2026-03", "reason": None}
        for driver, p in zip(("product", "service", "price"), p_values, strict=True)
    ]  # fmt: skip
    level = {**rows[0], "measure": "sentiment", "driver": None, "polarity": None,
             "is_share": False, "now": 0.36, "before": 0.2, "change": 0.16, "low": 0.1,
             "high": 0.22, "p_adjusted": 0.5}  # fmt: skip
    return pd.DataFrame([*rows, level])


def test_changes_are_told_from_chance_or_one_sentence_and_all_are_folded():
    report = build_report(Material({"changes": make_changes([0.4, 0.6, 0.9])}), "en")
    (told,) = [b for b in find(report, Paragraph) if b.title.startswith("What changed")]
    assert (
        told.text == "2026-04 against 2026-03: none of 4 comparisons shows a change beyond chance."
    )
    tables = tables_of(report)
    assert tables["changes"].is_folded
    assert tables["changes_levels"].is_folded
    report = build_report(Material({"changes": make_changes([0.001, 0.6, 0.9])}), "en")
    (told,) = [b for b in find(report, Paragraph) if b.title.startswith("What changed")]
    assert told.text == (
        "2026-04 against 2026-03: The share of texts that criticise the product fell from 20% to "
        "10%: −10.0 percentage points (95% interval −15.0 to −5.0)."
    )


def test_changes_of_shares_are_percentages_and_points():
    table = tables_of(build_report(Material({"changes": make_changes([0.1, 0.2, 0.3])}), "en"))["changes"]  # fmt: skip
    kinds = {column.name: column.kind for column in table.columns}
    assert (kinds["before"], kinds["change"], kinds["low"]) == ("share", "points", "points")
    row = dict(zip(kinds, table.rows[0], strict=True))
    assert (row["about"], row["change"]) == ("Criticism of the product", -10.0)
    page = render_page([build_report(Material({"changes": make_changes([0.1, 0.2, 0.3])}), "zh")])
    assert "−10.0 个百分点" in page
    assert "−15.0 至 −5.0" in page


def test_a_finding_of_shares_is_told_in_points():
    row = {"rank": [1], "code": ["change"], "driver": ["price"], "polarity": ["negative"],
           "label": ["driver_share"], "period": ["2026-04"], "estimate": [-0.0939], "low": [-0.15],
           "high": [-0.03], "n": [99], "unit": ["share_change"], "target": ["changes"],
           "tone": ["good"]}  # fmt: skip
    for language, text in (("en", "−9.4 pts"), ("zh", "−9.4 个百分点")):
        page = render_page([build_report(Material({"findings": pd.DataFrame(row)}), language)])
        assert f'<p class="finding-figure">{text}</p>' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_notes_and_no_column(language):
    tables = tables_of(build_report(make_material(), language))
    assert not [t.id for t in tables.values() for c in t.columns if c.name in ("reason", "remark")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_says_what_is_to_be_seen(language):
    for chart in find(build_report(make_material(), language), Chart):
        assert len(chart.summary) > 8, chart.table.id


def test_drivers_over_time_are_one_chart_of_panels():
    charts = {c.table.id: c for c in find(build_report(make_material(), "en"), Chart)}
    spec = charts["driver_shares_over_time"].spec
    assert spec["facet"]["sort"] == ["Product", "Service", "Price"]
    assert not [name for name in charts if name.startswith("driver_over_time")]


def test_an_odd_small_chart_takes_the_whole_width():
    table = Table("a", "A", (), ())
    small = [Chart(table, {}, "x", is_small=True) for _ in range(3)]
    line = Paragraph("text")
    assert [getattr(b, "is_small", None) for b in pair_small([*small, line, *small[:2]])] == [
        True, True, False, None, True, True,
    ]  # fmt: skip


def test_small_groups_are_hidden_and_all_tell_their_texts():
    rows = [
        {
            "driver": "product",
            "polarity": p,
            "group": group,
            "n": 2,
            "of": of,
            "share": 2 / of,
            "low": 0.0,
            "high": 0.5,
        }
        for group, of in (("online", 286), ("store", 40), ("fair", 6))
        for p in ("mentioned", "negative")
    ]
    rows += [{**row, "group": "van", "n": None, "of": None, "share": None} for row in rows[:2]]
    frame = pd.DataFrame(rows).astype({"n": "Int64", "of": "Int64"})
    material = Material({"driver_shares_by_group": frame},
                        facts={"group": "channel", "options": {"minimum_cell": 10}})  # fmt: skip
    table = tables_of(build_report(material, "en"))["shares_by_group_negative"]
    shown = {row[1]: row[2] for row in table.rows}
    assert shown == {"online (286)": pytest.approx(2 / 286, rel=1e-4), "store (40)": 0.05,
                     "fair (6)": None}  # fmt: skip
    assert any("fewer than 10 texts are hidden" in note for note in table.notes)


def test_checks_that_found_nothing_take_one_line():
    frame = pd.DataFrame({"check": ["empty_texts", "no_time", "repeated_ids"], "n": [3, 0, 0],
                          "of": [90, 90, 90], "share": [1 / 30, 0.0, 0.0]})  # fmt: skip
    table = tables_of(build_report(Material({"quality": frame}), "en"))["quality"]
    assert len(table.rows) == 1
    assert "Nothing found: Texts without a time; Ids that occur more than once." in table.notes


def test_what_cannot_be_told_of_a_point_is_one_note():
    frame = pd.DataFrame(
        {"driver": ["price", "price", "service"], "pole": ["negative", "positive", "negative"],
         "share_now": [20.0, 2.0, 10.0], "points": [-1.0, 1.0, -1.0], "outcome_now": 4.0,
         "estimate": [0.02, None, 0.01], "low": [0.01, None, 0.0], "high": [0.03, None, 0.02],
         "n_mentions": [60, 3, 40], "n": 300, "reason": [None, "3 positive mentions, expected at least 30", None]}
    )  # fmt: skip
    outcome = OutcomeTables("r_stars", "linear", {"what_if": frame})
    table = tables_of(build_report(Material(outcomes={"r_stars": outcome}), "en"))["what_if"]
    assert len(table.rows) == 2
    assert table.notes[0] == "Not told, too few mentions: praise for the price."


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Customer experience report"), ("zh", "客户体验报告")]
)
def test_the_title_is_in_the_language_and_the_files_stand_below(language, title):
    facts = {"inputs": [{"path": "reviews.csv", "role": "reviews"}], "title": ""}
    report = build_report(Material(facts=facts), language)
    assert report.title == title
    assert "reviews.csv" in report.subtitle


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("r_nps", "willingness to recommend (NPS)", "推荐意愿（NPS）"),
        ("r_csat", "satisfaction (CSAT)", "满意度（CSAT）"),
        ("stars", "star rating", "星级"),
        ("o_churned", "churn", "流失率"),
    ],
)
def test_known_outcomes_have_names_even_where_the_label_is_their_column(name, en, zh):
    facts = {"outcomes": {name: {"label": name}}}
    assert (Words("en", facts).outcome(name), Words("zh", facts).outcome(name)) == (en, zh)


def test_groups_are_named_without_quotes_where_the_column_is_a_word():
    assert [Words("zh").dimension(x) for x in ("segment", "store_kind")] == ["客群", "“store_kind”"]
    assert Words("en").group("segment", "new") == "segment “new”"
    row = {"rank": [1], "code": ["group_differs"], "driver": ["product"], "polarity": ["negative"],
           "group": ["online"], "label": ["negative"], "estimate": [0.1], "low": [0.05],
           "high": [0.15], "n": [99], "unit": ["share_change"], "target": ["groups"]}  # fmt: skip
    found = [
        find(build_report(Material({"findings": pd.DataFrame(row)}, facts={"group": "channel"}), x),
             Findings)[0].items[0].text
        for x in LANGUAGES
    ]  # fmt: skip
    assert found == [
        "In channel “online”, the share of texts that criticise the product is 10.0 percentage "
        "points higher than elsewhere.",
        "渠道“online”中，批评产品的文本占比比其他文本高 10.0 个百分点。",
    ]


def test_one_reason_of_two_models_is_told_once_in_the_language():
    given = {"code": "needs_columns", "columns": ["cost.complaint_share"], "detail": "",
             "reason": "The cost needs numbers.", "remedy": "Type them in."}  # fmt: skip
    missing = {"negative_cost": given, "cost_tornado": given}
    report = build_report(Material(missing=missing), "zh")
    (block,) = [b for b in find(report, Missing) if "代价" in b.title]
    assert block.reason == "缺少所需的列（投诉占比 complaint_share）。"


def test_drivers_that_are_not_clear_take_one_line_below_the_actions():
    frame = pd.DataFrame(
        {"driver": ["service", "price", "brand"], "rank": [1, None, None],
         "code": ["improve", "unclear", "unclear"],
         "reasons": ["often_criticised;criticism_counts", "criticism_unclear", "criticism_unclear"],
         "share": [0.3, 0.1, 0.1], "share_negative": [0.2, 0.1, 0.1], "what_if_gain": [0.2, None, None]}
    )  # fmt: skip
    table = tables_of(build_report(Material({"actions": frame}), "en"))["actions"]
    assert [row[1] for row in table.rows] == ["Service"]
    assert table.notes[0] == "Not clear yet: the price and the brand (what goes with criticism is not clear)."  # fmt: skip
    assert table.rows[0][-1] == "often criticised, criticism goes with worse"
