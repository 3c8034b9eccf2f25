"""Every chart of a report is drawn: marks, intervals, Chinese words, no data or colours inside."""

import json
import re
import runpy
from pathlib import Path

import pytest

from nlp_cx.report.build import build_report
from nlp_cx.report.charts import (
    Axis,
    Quadrants,
    draw_heat,
    draw_opposed,
    draw_quadrants,
    draw_tornado,
)
from nlp_cx.report.model import Chart, Column, Table

_MADE = runpy.run_path(str(Path(__file__).with_name("report_material.py")))
make_material = _MADE["make_material"]

vl_convert = pytest.importorskip("vl_convert")


def draw(table, spec):
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    return vl_convert.vegalite_to_svg(json.dumps({**spec, "data": {"values": rows}, "width": 600}))


@pytest.fixture(scope="module")
def charts():
    report = build_report(make_material(), "zh")
    return [b for section in report.sections for b in section.blocks if isinstance(b, Chart)]


def test_all_kinds_of_charts_are_in_the_report(charts):
    ids = {chart.table.id for chart in charts}
    assert {"volume", "sentiment_over_time", "rating_over_time", "mix_1", "driver_mentions",
            "driver_polarity", "importance", "penalty_reward", "performance",
            "shares_by_group_negative", "driver_shares_over_time", "conversation_arc"} <= ids  # fmt: skip


def test_every_chart_draws_its_marks_and_its_words(charts):
    for chart in charts:
        svg = draw(chart.table, chart.spec)
        marks = re.findall(
            r'aria-roledescription="[^"]*mark[^"]*"|class="mark-(?:rect|symbol|line|area|rule)[^"]*"',
            svg,
        )
        assert marks, chart.table.id
        assert "NaN" not in svg, chart.table.id
        assert re.search("[\u4e00-\u9fff]", svg), chart.table.id


def test_specifications_leave_data_width_and_colours_to_the_format(charts):
    for chart in charts:
        text = json.dumps(chart.spec)
        assert not re.search(r'"(data|datasets|width|config|range|scheme)": [\[{\d]', text.replace(
            '"range": [0.06, 0.62]', "")), chart.table.id  # fmt: skip
        assert not re.search(r"#[0-9a-fA-F]{6}|https?://(?!vega)", text), chart.table.id


def test_fields_are_columns_or_worked_out_inside(charts):
    for chart in charts:
        names = {column.name for column in chart.table.columns}
        text = json.dumps(chart.spec)
        names |= set(re.findall(r'"as": "(\w+)"', text))
        assert set(re.findall(r'"field": "(\w+)"', text)) <= names, chart.table.id


def test_shares_begin_at_zero_and_intervals_are_drawn(charts):
    for chart in charts:
        text = json.dumps(chart.spec)
        if chart.table.id in ("driver_mentions", "importance"):
            assert '"zero": true' in text
        if chart.table.id not in ("volume",) and not chart.table.id.startswith("shares_by"):
            assert re.search(r'"[xy]2": {"field": "\w*high"}', text), chart.table.id


def two_rows(*columns):
    made = tuple(Column(name, name, kind) for name, kind, _ in columns)
    return Table("t", "t", made, tuple(zip(*(values for _, _, values in columns), strict=True)))


def test_negative_numbers_of_a_heat_map_have_another_hue():
    table = two_rows(("a", "label", ("x", "y")), ("b", "label", ("p", "p")),
                     ("v", "signed", (-0.5, 0.5)))  # fmt: skip
    svg = draw(table, draw_heat("a", "b", Axis("v", "净情感", "signed"), table, signs=("坏", "好")))
    fills = set(re.findall(r'aria-roledescription="rect mark"[^>]*fill="([^"]+)"', svg))
    assert len(fills) == 2


def test_a_name_with_quotes_cannot_leave_its_expression():
    table = two_rows(("d", "label", ("it's", 'a"b\\')), ("l", "share", (0.1, 0.2)),
                     ("h", "share", (0.2, 0.3)), ("v", "share", (0.15, 0.25)))  # fmt: skip
    axis = Axis("v", "t", "share", low="l", high="h")
    svg = draw(table, draw_opposed("d", axis, axis, table, names=("it's \\", "good")))
    assert "it's" in svg.replace("&#39;", "'")


def test_labels_of_near_points_take_different_places():
    names = tuple(f"驱动因素{i}" for i in range(4))
    table = two_rows(("d", "label", names), ("x", "signed", (0.1, 0.101, 0.1, 0.9)),
                     ("y", "share", (0.2, 0.2, 0.201, 0.8)))  # fmt: skip
    spec = draw_quadrants("d", Axis("x", "x", "signed", zero=False), Axis("y", "y", "share"), table,
                          Quadrants(0.3, 0.4, ("甲", "乙", "丙", "丁")))  # fmt: skip
    places = [layer["transform"][0]["filter"]["oneOf"] for layer in spec["layer"]
              if "transform" in layer]  # fmt: skip
    assert sorted(name for group in places for name in group) == sorted(names)
    assert len(places) >= 3
    svg = draw(table, spec)
    assert all(word in svg for word in ("甲", "乙", "丙", "丁", *names))


def test_a_tornado_is_drawn_around_the_amount_now():
    table = two_rows(("p", "label", ("a", "b")), ("f", "money", (90.0, 99.0)),
                     ("t", "money", (110.0, 101.0)))  # fmt: skip
    spec = draw_tornado("p", Axis("f", "流失", "money", zero=False), "t", table, base=100.0)
    assert spec["layer"][1]["encoding"]["x"]["datum"] == 100.0
    assert draw(table, spec).count('aria-roledescription="bar"') == 2


def test_penalty_and_reward_on_one_side_of_zero_do_not_cover_each_other():
    table = two_rows(("d", "label", ("a", "b")), ("p", "signed", (-0.1, -0.2)),
                     ("p_low", "signed", (-0.3, -0.4)), ("p_high", "signed", (0.1, 0.0)),
                     ("r", "signed", (-0.3, 0.4)), ("r_low", "signed", (-0.5, 0.2)),
                     ("r_high", "signed", (-0.1, 0.6)), ("k", "label", ("基本型", "未知")))  # fmt: skip
    sides = (Axis(each, "差", "signed", low=f"{each}_low", high=f"{each}_high") for each in "pr")
    spec = draw_opposed("d", *sides, table, names=("坏", "好"), mirror=False, suffix="k")
    svg = draw(table, spec)
    assert "a · 基本型" in svg
    tops = re.findall(r'aria-roledescription="bar"[^>]*d="M[-\d.]+,([-\d.]+)', svg)
    assert len(tops) == len(set(tops)) == 4
