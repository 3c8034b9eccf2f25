import json
import sys

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.read import blocks, jsonlines

GOOD = [
    {"id": "001", "text": "房间\n很干净", "rating": 5, "at": "2024-05-01", "tags": ["a"]},
    {"id": "002", "text": "", "rating": None, "at": None, "tags": []},
    {"id": "003", "text": None, "extra": {"x": 1.5, "y": [True]}},
]


def _lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _without_missing(rows):
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_values_keep_their_types(write, read):
    found = read(write("a.jsonl", _lines(GOOD)))
    assert _without_missing(found.rows) == _without_missing(GOOD)
    schema = found.source.schema
    assert schema.names == ["id", "text", "rating", "at", "tags", "extra"]
    assert schema.field("rating").type == pa.int64()
    assert schema.field("at").type == pa.string()
    assert found.source.n_rows_total == 3


@pytest.mark.parametrize("indent", [None, 2])
def test_array_gives_the_same_as_lines(write, read, indent):
    array = read(write("a.json", json.dumps(GOOD, ensure_ascii=False, indent=indent)))
    lines = read(write("b.json", _lines(GOOD)))
    assert array.rows == lines.rows
    assert array.source.schema == lines.source.schema


def test_columns_are_those_of_all_rows(write, read, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 50)
    rows = [{"text": "a", "n": 1}] * 20 + [{"text": "b", "n": 2.5, "late": "x"}]
    found = read(write("a.jsonl", _lines(rows)))
    assert found.source.schema.field("n").type == pa.float64()
    assert found.rows[-1] == {"text": "b", "n": 2.5, "late": "x"}


def test_broken_lines_cost_themselves_only(write, read):
    text = (
        '{"text": "a"}\n{"text": "b\n\n{"text": "c"} {"text": "d"}\n[1]\n{"text": "e", "text": "f"}\n'
        '{"text": "\\ud83d"}\n{"text": "\\ud83d\\ude00"}\n{"text": "g"'
    )
    found = read(write("a.jsonl", text))
    assert [row["text"] for row in found.rows] == ["a", "😀"]
    assert found.bad_lines == [2, 4, 5, 6, 7, 9]
    assert [r["raw"] for r in found.rejected][:2] == ['{"text": "b', '{"text": "c"} {"text": "d"}']
    assert "half a surrogate" in found.rejected[4]["reason"]


def test_invalid_utf8_costs_its_line_only(write, read):
    data = '{"text": "很好"}\n{"text": "'.encode() + b'\xff"}\n' + '{"text": "不错"}\n'.encode()
    found = read(write("a.jsonl", data))
    assert [row["text"] for row in found.rows] == ["很好", "不错"]
    assert found.rejected[0]["raw"] == '{"text": "\\xff"}'
    assert str(found.source.files[0]).endswith("utf-8 with 1 bad row")


def test_long_lines_cost_themselves_only(write, read, monkeypatch):
    text = _lines([{"text": "a"}, {"text": "b" * 3_000}, {"text": "c"}])
    for size in (100, 10_000):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
        found = read(write("a.jsonl", text), max_cell_bytes=1_000)
        assert [row["text"] for row in found.rows] == ["a", "c"]
        assert [(r["line"], r["reason"]) for r in found.rejected] == [
            (2, "longer than 1,000 bytes")
        ]


def test_values_of_different_kinds_are_carried_as_text_and_said(write, read):
    found = read(write("a.jsonl", _lines([{"text": "a", "id": 7}, {"text": "b", "id": "A7"}])))
    assert [row["id"] for row in found.rows] == ["7", "A7"]
    assert "'id' hold values of different kinds" in found.source.notes[0]


def test_long_whole_numbers_stay_exact(write, read):
    ids = [2**53 + 1, 2**62, 12345678901234567890]
    for n in (2, 3):
        found = read(write("a.jsonl", _lines([{"text": "a", "id": i} for i in ids[:n]])))
        assert [int(row["id"]) for row in found.rows] == ids[:n]
    found = read(write("a.jsonl", _lines([{"text": "a", "n": v} for v in (2**53 + 1, 0.5)])))
    assert [row["n"] for row in found.rows] == [str(2**53 + 1), "0.5"]


def test_what_comes_after_the_scanned_part_goes_to_other_fields(write, read, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 30)
    monkeypatch.setattr(jsonlines, "SCAN_BYTES", 60)
    rows = [{"text": "a", "n": 1}] * 5
    rows += [{"text": "b", "n": 2.5}, {"text": "c", "late": [1]}, {"text": 4, "n": 2**62}]
    found = read(write("a.jsonl", _lines(rows)))
    others = [row["other_fields"] for row in found.rows]
    assert others == [None] * 5 + ['{"n": 2.5}', '{"late": [1]}', None]
    assert found.rows[-1]["text"] == "4"
    assert found.rows[-1]["n"] == 2**62
    assert found.source.n_rows_total is None


def test_standard_input_is_read_once(read, monkeypatch):
    class Pipe:
        lines = iter(_lines(GOOD).encode().splitlines(keepends=True))

        def read(self, size):
            return next(self.lines, b"")

    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": Pipe()}))
    found = read("-")
    assert _without_missing(found.rows) == _without_missing(GOOD)
    assert found.source.fraction_read() is None
    assert found.source.name == "standard input"


def test_nested_chats_become_turns(write, read):
    chat = {
        "id": 7,
        "turns": [{"speaker": "客户", "text": "在吗"}, {"speaker": "客服", "text": "在"}],
    }
    found = read(write("a.jsonl", _lines([chat, chat]) + '{"id": 8}\n{"id": 9, "turns": 3\n'))
    assert found.source.kind == "chats"
    assert [(r["interaction_id"], r["speaker"], r["turn"], r["text"]) for r in found.rows] == [
        (7, "客户", 0, "在吗"),
        (7, "客服", 1, "在"),
    ] * 2
    assert sorted(found.bad_lines) == [3, 4]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{\n"text": "a"\n}\n', r"line 1: not valid JSON .*Expected one JSON object per"),
        ("a.json", '[{"text": "a"}, {"te', "cut off after 1 whole elements"),
        ("a.json", "[]", "no rows"),
        ("a.jsonl", "\n \n", "no rows"),
        ("a.jsonl", "text\ngood\n", "line 1: not valid JSON"),
    ],
)
def test_unusable_files_are_refused_with_one_message(write, read, name, text, message):
    with pytest.raises(InputError, match=message):
        read(write(name, text))


ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": st.text(st.sampled_from('a"\\好😀\n\t'), max_size=4)},
        optional={
            "n": st.integers(-9, 9) | st.floats(-9, 9),
            "s": st.none() | st.sampled_from(["2024-05-01", "00123", "x"]),
            "l": st.lists(st.integers(0, 9), max_size=2),
            "o": st.fixed_dictionaries({}, optional={"x": st.booleans(), "y": st.text(max_size=2)}),
        },
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(20, 200))
def test_rows_do_not_depend_on_the_path_or_on_blocks(write, read, monkeypatch, rows, size):
    path = write("a.jsonl", _lines(rows))
    with monkeypatch.context() as patch:
        whole = read(path)
        patch.setattr(blocks, "BLOCK_BYTES", size)
        assert read(path).rows == whole.rows
        patch.setattr(jsonlines.JsonReader, "_read_fast", lambda self, block, schema: None)
        slow = read(path)
    assert slow.rows == whole.rows
    assert slow.source.schema == whole.source.schema
    assert [row["text"] for row in whole.rows] == [row["text"] for row in rows]
