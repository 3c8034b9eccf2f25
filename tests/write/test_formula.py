"""Cells that a spreadsheet would run."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.write.formula import escape_formula_cells, find_formula_cells
from nlp_cx.write.sink import open_sink

SIGNS = "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "=cmd|'/c calc'!A1",
        "+1-2",
        "-好评",
        "- 太贵了",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "－",
        "+86 138 0000 0000",
        "-5元",
        "-1,20",
        "-1e",
        "+-5",
        "-",
    ],
)
def test_a_formula_is_found(cell):
    assert find_formula_cells(pa.array([cell])).tolist() == [0]


@pytest.mark.parametrize(
    "cell",
    [
        "-5",
        "+3",
        "-0.5",
        "-.5",
        "-5.",
        "+1e9",
        "-1,200",
        "-1,234,567.8",
        "-5%",
        "好评",
        "'=1",
        "5",
        "ー",
        "#REF!",
        "",
        None,
        " =1",
    ],
)
def test_plain_numbers_and_plain_texts_are_not(cell):
    assert find_formula_cells(pa.array([cell], pa.string())).tolist() == []


@given(
    st.lists(st.none() | st.text(alphabet=SIGNS + "1a好,\n", max_size=3), max_size=30),
    st.integers(0, 5),
    st.sampled_from([pa.string(), pa.large_string()]),
)
def test_slices_nulls_and_empty_cells_keep_their_places(cells, start, kind):
    array = pa.array(cells, kind).slice(min(start, len(cells)))
    rest = cells[start:]
    found = find_formula_cells(array).tolist()
    numbers = {"-1", "+1", "-11", "+11"}
    assert found == [i for i, c in enumerate(rest) if c and c[0] in SIGNS and c not in numbers]
    escaped = escape_formula_cells(array, find_formula_cells(array))
    assert escaped.type == kind
    assert escaped.to_pylist() == [f"'{c}" if i in found else c for i, c in enumerate(rest)]


def read(path, delimiter=","):
    """Read a delimited file with Python's own reader."""
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize(("ending", "delimiter"), [(".csv", ","), (".tsv", "\t")])
def test_formulas_are_counted_and_left_alone_by_default(tmp_path, ending, delimiter):
    batch = pa.record_batch(
        {
            "text": ["=1+1", "-5", "好"],
            "label": pa.array(["@a", "b", "@a"]).dictionary_encode(),
            "n": [-1, -2, -3],
        }
    )
    path = tmp_path / f"out{ending}"
    with open_sink(path, batch.schema) as sink:
        sink.write(batch)
    assert sink.n_formula_cells == 3
    assert read(path, delimiter)[1:] == [
        ["=1+1", "@a", "-1"],
        ["-5", "b", "-2"],
        ["好", "@a", "-3"],
    ]


def test_excel_safe_puts_an_apostrophe_before_formulas_only(tmp_path):
    batch = pa.record_batch({"=name": ["=1+1", "-5", None], "n": [-1, -2, -3]})
    with open_sink(tmp_path / "out.csv", batch.schema, excel_safe=True) as sink:
        sink.write(batch)
    assert sink.n_formula_cells == 2
    assert read(tmp_path / "out.csv") == [
        ["'=name", "n"],
        ["'=1+1", "-1"],
        ["-5", "-2"],
        ["", "-3"],
    ]


@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".xlsx"])
def test_typed_formats_have_no_formula_cells(tmp_path, ending):
    batch = pa.record_batch({"text": ["=1+1"]})
    with open_sink(tmp_path / f"out{ending}", batch.schema, excel_safe=True) as sink:
        sink.write(batch)
    assert sink.n_formula_cells == 0
