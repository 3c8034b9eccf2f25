"""Cells come back from csv and tsv files as they were."""

import csv
import datetime
import io

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.write.sink import open_sink

# A NUL byte ends the cell in some readers; what a reader does with it is the reader's test.
CELLS = st.text(
    alphabet=st.one_of(
        st.sampled_from('",\t\r\n\'"|;＝😀好\u2028\ufeff'),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=8,
)


def written(path, batch):
    """Write one batch and return the file's text without its mark."""
    with open_sink(path, batch.schema) as sink:
        sink.write(batch)
    return path.read_bytes().decode("utf-8-sig")


@pytest.mark.parametrize(("ending", "delimiter"), [(".csv", ","), (".tsv", "\t")])
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_any_text_comes_back(tmp_path_factory, rows, ending, delimiter):
    batch = pa.record_batch(
        {
            "a": pa.array([r[0] for r in rows], pa.string()),
            "b": pa.array([r[1] for r in rows], pa.string()),
        }
    )
    text = written(tmp_path_factory.mktemp("x") / f"out{ending}", batch)
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert found == [["a", "b"], *map(list, rows)]


def test_missing_and_empty_stay_different(tmp_path):
    batch = pa.record_batch({"text": ["", None, "x"], "n": [1, 2, 3]})
    assert written(tmp_path / "out.csv", batch) == '"text","n"\n"",1\n,2\n"x",3\n'
    back = pyarrow.csv.read_csv(
        tmp_path / "out.csv",
        convert_options=pyarrow.csv.ConvertOptions(
            strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    assert back["text"].to_pylist() == ["", None, "x"]


def test_a_missing_cell_in_the_only_column_is_still_a_row(tmp_path):
    assert written(tmp_path / "out.csv", pa.record_batch({"a": ["x", None]})) == '"a"\n"x"\n""\n'


def test_csv_has_the_mark_that_excel_needs_and_tsv_has_none(tmp_path):
    batch = pa.record_batch({"评论": ["好"]})
    written(tmp_path / "out.csv", batch)
    written(tmp_path / "out.tsv", batch)
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (tmp_path / "out.tsv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(tmp_path / "out.csv").columns.tolist() == ["评论"]
    assert pyarrow.csv.read_csv(tmp_path / "out.csv").column_names == ["评论"]


def test_every_type_has_a_text_form(tmp_path):
    moment = datetime.datetime(2024, 5, 1, 10, 0, 0, 500_000)
    batch = pa.record_batch(
        {
            "word": pa.array(["好"]).dictionary_encode(),
            "small": pa.array([0.1], pa.float32()),
            "whole": pa.array([2**63 - 1]),
            "flag": [True],
            "time": pa.array([moment]),
            "zoned": pa.array([moment], pa.timestamp("ms", "Asia/Shanghai")),
            "list": [[1, None]],
            "bytes": [b"\xff"],
            "view": pa.array(["a"], pa.string_view()),
            "span": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        }
    )
    line = written(tmp_path / "out.tsv", batch).splitlines()[1].split("\t")
    assert line[:9] == [
        '"好"',
        "0.1",
        "9223372036854775807",
        "true",
        '"2024-05-01 10:00:00.500000"',
        '"2024-05-01 18:00:00.500+08:00"',
        '"[1,null]"',
        '"/w=="',
        '"a"',
    ]
