"""Tests of nlp_cx.report.workbook, read back with openpyxl."""

from __future__ import annotations

import datetime
import os
import re
import runpy
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from nlp_cx.errors import OutputError
from nlp_cx.report.contained_tables import list_tables, name_apart
from nlp_cx.report.model import Chart, Column, Report, Section, Table
from nlp_cx.report.visible_text import show_hidden
from nlp_cx.report.workbook import write_workbook
from nlp_cx.report.workbook_chart import read_chart

_MADE = runpy.run_path(str(Path(__file__).with_name("hostile_report.py")))
HOSTILE, make_report = (_MADE[name] for name in ("HOSTILE", "make_report"))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("workbook") / "report.xlsx"
    write_workbook(make_report(), path)
    return path


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


def one_table(*columns, rows=((1,),), title="T", chart=None):
    table = Table("t", title, columns, rows)
    block = table if chart is None else Chart(table, chart, "What is to be seen.")
    return Report("r", "en", "", (Section("s", "S", (block,)),))


def test_a_summary_stands_first_and_each_table_has_a_sheet(book):
    assert book.sheetnames == [
        "Summary", "volume", "driver_shares", "empty", "hostile__texts", "exemplars",
    ]  # fmt: skip


def test_no_cell_of_any_sheet_is_a_formula_or_an_outside_link(path, book):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    links = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert links
    assert all(link.target is None and link.location for link in links)
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if "external" in name.lower()]


def test_hostile_texts_are_read_back_as_the_texts_that_they_are(path):
    sheet = openpyxl.load_workbook(path)["hostile__texts"]
    for line, text in enumerate(HOSTILE, start=2):
        value = sheet.cell(line, 1).value
        shown = (value or "").replace("\u200b", "").rstrip(" ")
        assert shown == show_hidden(text).replace("\r", "\n").rstrip(" ")
        assert value is None or sheet.cell(line, 1).data_type == "s"


@pytest.mark.parametrize("text", ['=HYPERLINK("http://a","b")', "+1", "-1", "@x", "\t=1", "\r=1"])
def test_signs_of_formulas_stay_texts_wherever_they_stand(tmp_path, text):
    path = tmp_path / "a.xlsx"
    table = Table("t", text, (Column("a", text, help=text),), ((text,),), (text,))
    write_workbook(Report(text, "en", text, (Section("s", text, (table,), text),)), path)
    with zipfile.ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
    cells = [c for s in openpyxl.load_workbook(path) for row in s.iter_rows() for c in row]
    assert sum(c.value is not None and c.value.strip() == text.strip() for c in cells) >= 7
    assert {c.data_type for c in cells if c.value is not None} == {"s"}


def test_control_characters_are_shown_and_the_parts_are_whole_xml(path):
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                ElementTree.fromstring(parts.read(name))
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert "nul ␀ bell ␇ escape ␛[31m del ␡ nonchar ⟨U+FFFE⟩ surrogate ⟨U+D800⟩" in strings


def test_numbers_dates_and_truth_values_are_typed_with_the_format_of_their_kind(book):
    sheet = book["driver_shares"]
    row = [(cell.value, cell.number_format) for cell in sheet[2]]
    assert row == [
        ("service", "General"),
        ("negative", "General"),
        (0.2, "0.0%"),
        (-0.05, "+#,##0.00##;-#,##0.00##;0.00"),
        (61600, '"CNY "#,##0.00'),
        (3.14159, "#,##0.00##"),
        (datetime.datetime(2025, 3, 31, 10), "yyyy-mm-dd hh:mm:ss"),
    ]
    assert sheet["E3"].value is None
    assert sheet["G3"].value == datetime.datetime(2025, 3, 30)
    assert [sheet["G4"].value, sheet["G5"].value] == ["2025-W05", "1850-01-01"]
    volume = book["volume"]
    assert volume["A2"].value == datetime.datetime(2025, 1, 1)
    assert volume["A2"].number_format == "yyyy-mm"
    assert [cell.value for cell in volume["C"][1:4]] == [0.25, 0.5, None]
    assert volume["F2"].value is False


def test_the_header_stays_in_view_with_a_filter_and_notes_stand_below(book):
    sheet = book["volume"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F4")
    below = [cell.value for cell in sheet["A"][4:]]
    assert below == [
        None, "Texts by month", "The negative share doubled in February.",
        "The last month is not over.", "Back to the summary",
    ]  # fmt: skip
    assert sheet["C1"].comment.text == "Share of texts that are negative on balance."


def test_ends_of_intervals_that_are_called_alike_name_what_they_are_of(tmp_path):
    columns = (
        Column("a", "A", "share", low="a_low"),
        Column("a_low", "From", "share"),
        Column("b", "B", "share", low="b_low"),
        Column("b_low", "From", "share"),
    )
    write_workbook(one_table(*columns, rows=((0.2, 0.1, 0.4, 0.3),)), tmp_path / "a.xlsx")
    header = openpyxl.load_workbook(tmp_path / "a.xlsx")["t"][1]
    assert [cell.value for cell in header] == ["A", "From (A)", "B", "From (B)"]


def test_an_empty_table_says_that_it_has_no_rows(book):
    assert "No rows." in [cell.value for cell in book["empty"]["A"]]


def test_ideographs_are_given_twice_the_width_of_letters(tmp_path):
    for name, text in (("zh", "服" * 20), ("en", "s" * 20)):
        write_workbook(one_table(Column("a", "A"), rows=((text,),)), tmp_path / f"{name}.xlsx")
    width = {
        name: openpyxl.load_workbook(tmp_path / f"{name}.xlsx")["t"].column_dimensions["A"].width
        for name in ("zh", "en")
    }
    assert width["zh"] - width["en"] == pytest.approx(20, abs=0.1)


def test_the_summary_holds_findings_with_numbers_texts_and_what_is_not_shown(book):
    sheet = book["Summary"]
    rows = {cell.value: cell.row for cell in sheet["A"]}
    row = rows["Service is worse than a month ago."]
    assert [sheet.cell(row, k).value for k in (2, 3, 4, 5)] == [0.05, 0.02, 0.08, 1300]
    assert sheet.cell(row, 2).number_format == "0.0%"
    assert sheet.cell(row, 6).hyperlink.location == "'driver_shares'!A1"
    # A finding that points to a section leads to its first table.
    assert sheet.cell(rows["=cmd|x <b>bold</b>"], 6).hyperlink.location == "'volume'!A1"
    assert sheet.cell(rows["No evidence."], 6).value is None
    assert "Not shown: Cost — No column tells who complained. Give `complained`." in rows
    assert "Two lines.\nOf text." in rows


def test_quotes_have_a_sheet_with_clause_text_segment_and_facts(book):
    sheet = book["exemplars"]
    assert [cell.value for cell in sheet[1]] == [
        *("Rank", "Driver", "Polarity", "Clause", "Text", "Start", "End", "Region", "id", "date"),
    ]
    assert [cell.value for cell in sheet[2]] == [
        *(
            1,
            "service",
            "negative",
            "「服务员态度差」",
            "味道好，「服务员态度差」，<b>等了</b>很久",
        ),
        *(4, 12, "north", "=1", "2025-03-01"),
    ]


def test_a_chart_is_drawn_from_the_cells_of_its_sheet(path, book):
    assert len(book["volume"]._charts) == 1
    with zipfile.ZipFile(path) as parts:
        line = parts.read("xl/charts/chart1.xml").decode()
        bars = parts.read("xl/charts/chart2.xml").decode()
    assert "<c:f>volume!$C$2:$C$4</c:f>" in line
    assert "<c:v>0.25</c:v>" in line  # readers that do not calculate show the kept numbers
    assert "<c:errBars>" in line
    assert '<c:barDir val="bar"/><c:grouping val="clustered"/>' in bars
    assert "<c:f>(driver_shares!$C$2,driver_shares!$C$4)</c:f>" in bars


@pytest.mark.parametrize(
    "change",
    [
        {"transform": [{"filter": "datum.n > 1"}]},
        {"facet": {"field": "k"}},
        {"mark": "rect"},
        {"encoding": {"x": {"field": "k"}, "y": {"aggregate": "sum", "field": "n"}}},
        {"encoding": {"x": {"field": "k"}, "y": {"field": "gone"}}},
    ],
)
def test_a_chart_that_excel_would_draw_otherwise_is_not_drawn(change):
    spec = {"mark": "bar", "encoding": {"x": {"field": "k"}, "y": {"field": "n"}}}
    table = Table("t", "T", (Column("k", "K", "label"), Column("n", "N", "count")), (("a", 1),))
    assert read_chart(Chart(table, spec, "")) is not None
    assert read_chart(Chart(table, {**spec, **change}, "")) is None


def test_series_whose_categories_differ_are_not_drawn_over_each_other():
    columns = (Column("k", "K", "label"), Column("n", "N", "count"), Column("s", "S", "label"))
    spec = {"mark": "bar", "encoding": {"x": {"field": "k"}, "y": {"field": "n"},
                                        "color": {"field": "s"}}}  # fmt: skip
    same = (("a", 1, "u"), ("b", 2, "u"), ("a", 3, "v"), ("b", 4, "v"))
    drawn = read_chart(Chart(Table("t", "T", columns, same), spec, ""))
    assert drawn is not None
    assert drawn.series == (("u", (0, 1)), ("v", (2, 3)))
    assert drawn.stacked == "stacked"
    assert read_chart(Chart(Table("t", "T", columns, same[:3]), spec, "")) is None


def test_titles_of_charts_are_no_references(tmp_path):
    spec = {"mark": "bar", "encoding": {"x": {"field": "k"}, "y": {"field": "n"}}}
    columns = (Column("k", "=K!A1", "label"), Column("n", "=N!A1", "count"))
    report = one_table(*columns, rows=(("a", 1),), title="=T!A1", chart=spec)
    write_workbook(report, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        found = re.findall(r"<c:f>(.*?)</c:f>", parts.read("xl/charts/chart1.xml").decode())
    assert found == ["t!$A$2", "t!$B$2"]


def test_names_of_sheets_are_valid_and_differ():
    long = "a" * 40
    names = name_apart([long, long.upper(), "[x]:*?/\\y", "History", "''", "摘要", ""])
    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,31}", name) for name in names)
    assert "history" not in {name.lower() for name in names}


def test_a_table_named_as_the_summary_gets_another_name(tmp_path):
    report = replace(make_report(), sections=(
        Section("s", "S", (Table("Summary", "T", (Column("a", "A"),), (("x",),)),)),))  # fmt: skip
    write_workbook(report, tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["Summary", "Summary_2"]


def test_a_table_shown_with_and_without_its_chart_is_there_once():
    found = {each.table.id: each for each in list_tables(make_report())}
    assert len(found) == len(list_tables(make_report())) == 5
    assert found["volume"].chart is not None


def test_the_same_report_gives_the_same_bytes(path, tmp_path):
    time.sleep(2.1)  # times in zip files have steps of two seconds
    write_workbook(make_report(), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_a_text_that_no_cell_holds_is_cut_and_says_so(tmp_path):
    write_workbook(one_table(Column("a", "A"), rows=(("好" * 40_000,),)), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["t"]
    assert re.fullmatch(r"好+… \[\+23,637\]", sheet["A2"].value)
    assert any("are cut" in (cell.value or "") for cell in sheet["A"][2:])


def test_chinese_reports_have_chinese_words(tmp_path):
    write_workbook(make_report("zh"), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[0] == "摘要"
    assert book["exemplars"]["D1"].value == "分句"


def test_what_cannot_be_written_leaves_what_stood_there(tmp_path):
    with pytest.raises(OutputError, match=r"ends in \.xlsx"):
        write_workbook(make_report(), tmp_path / "a.csv")
    with pytest.raises(OutputError, match="does not exist"):
        write_workbook(make_report(), tmp_path / "none" / "a.xlsx")
    kept = tmp_path / "kept.xlsx"
    kept.write_bytes(b"before")
    rows = ((None,),) * 1_048_580
    with pytest.raises(OutputError, match="1,048,580 rows"):
        write_workbook(one_table(Column("a", "A"), rows=rows), kept)
    assert kept.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["kept.xlsx"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_a_full_disk_is_one_clear_error(tmp_path):
    import resource
    import signal

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
        with pytest.raises(OutputError, match="unchanged"):
            write_workbook(make_report(), tmp_path / "a.xlsx")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert os.listdir(tmp_path) == []
