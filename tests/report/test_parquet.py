"""Tests of nlp_cx.report.parquet."""

from __future__ import annotations

import datetime
import json
import os
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nlp_cx.errors import OutputError
from nlp_cx.report.parquet import write_report_tables

_MADE = runpy.run_path(str(Path(__file__).with_name("hostile_report.py")))
HOSTILE, make_report = (_MADE[name] for name in ("HOSTILE", "make_report"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_report_tables(make_report(), tmp_path_factory.mktemp("parquet") / "t").parent


def read_index(folder):
    return json.loads((folder / "index.json").read_text("utf-8"))


def test_each_table_is_a_file_that_the_index_describes(folder):
    index = read_index(folder)
    files = {table["file"] for table in index["tables"]}
    assert {file.name for file in folder.iterdir()} == files | {"index.json"}
    assert [table["id"] for table in index["tables"]] == [
        "volume", "driver_shares", "empty", "hostile/[texts]:*?'", "exemplars",
    ]  # fmt: skip
    for table in index["tables"]:
        read = pq.read_table(folder / table["file"])
        assert read.num_rows == table["n_rows"]
        assert [(f.name, str(f.type)) for f in read.schema] == [
            (column["name"], column["type"]) for column in table["columns"]
        ]
    assert index["tables"][0]["columns"][2] == {
        "name": "share", "label": "Negative", "kind": "share", "type": "double",
        "low": "share_low", "high": "share_high",
        "help": "Share of texts that are negative on balance.",
    }  # fmt: skip


def test_columns_are_typed_by_their_kind(folder):
    volume = pq.read_table(folder / "volume.parquet")
    assert volume.schema.types == [
        pa.string(), pa.int64(), pa.float64(), pa.float64(), pa.float64(), pa.bool_(),
    ]  # fmt: skip
    assert volume["share"].to_pylist() == [0.25, 0.5, None]
    assert pq.read_table(folder / "empty.parquet").schema.types == [pa.int64()]
    drivers = pq.read_table(folder / "driver_shares.parquet")
    assert drivers["cost"].to_pylist() == [61600.0, None, 12.5, 1.0]
    # Days, moments and weeks in one column stay as they were written.
    assert drivers.schema.field("seen_at").type == pa.string()


def test_texts_stay_as_they_are_but_for_lone_surrogates(folder):
    found = pq.read_table(folder / "hostile__texts.parquet")["text"].to_pylist()
    assert found == [text.replace("\ud800", "?") for text in HOSTILE]


def test_findings_and_what_is_not_shown_stand_in_the_index(folder):
    index = read_index(folder)
    assert index["findings"][0] == {
        "text": "Service is worse than a month ago.", "estimate": 0.05, "low": 0.02, "high": 0.08,
        "kind": "share", "n": 1300, "tone": "bad", "target": "driver_shares",
    }  # fmt: skip
    assert index["missing"][0]["title"] == "Cost"
    assert (index["language"], index["title"]) == ("en", "Eavesworth <2025>")


def test_times_of_one_sort_become_times(tmp_path):
    from nlp_cx.report.model import Column, Report, Section, Table

    columns = (Column("day", "Day", "time"), Column("at", "At", "time"), Column("z", "Z", "time"))
    rows = (("2025-03-01", "2025-03-01T10:00:00", "2025-03-01T10:00:00+08:00"), (None,) * 3)
    report = Report("r", "en", "", (Section("s", "S", (Table("t", "T", columns, rows),)),))
    index = write_report_tables(report, tmp_path / "out")
    read = pq.read_table(index.parent / "t.parquet")
    assert read.schema.types == [pa.date32(), pa.timestamp("us"), pa.timestamp("us", tz="UTC")]
    assert read["day"].to_pylist() == [datetime.date(2025, 3, 1), None]
    assert read["z"].to_pylist()[0].hour == 2


def test_data_frames_are_written_with_their_attrs(tmp_path):
    frame = pd.DataFrame(
        {"driver": pd.Categorical(["price"]), "estimate": [np.nan], "n": pd.array([3], "Int32")},
        index=[7],
    )
    frame.attrs = {"note": "Associated.", "share": np.float64(0.5)}
    index = write_report_tables({"gap": frame, "GAP": frame}, tmp_path / "out")
    described = read_index(index.parent)["tables"]
    assert [table["file"] for table in described] == ["gap.parquet", "GAP_2.parquet"]
    assert described[0]["attrs"] == {"note": "Associated.", "share": 0.5}
    back = pq.read_table(index.parent / "gap.parquet")
    assert back.column_names == ["driver", "estimate", "n"]
    assert back["n"].to_pylist() == [3]


def test_the_same_tables_give_the_same_bytes(folder, tmp_path):
    again = write_report_tables(make_report(), tmp_path / "again").parent
    for file in folder.iterdir():
        assert (again / file.name).read_bytes() == file.read_bytes()


def test_an_earlier_folder_is_replaced_as_a_whole(tmp_path):
    frame = pd.DataFrame({"n": [1]})
    write_report_tables({"a": frame, "b": frame}, tmp_path / "out")
    write_report_tables({"c": frame}, tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["c.parquet", "index.json"]
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    frame = pd.DataFrame({"n": [1]})
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"notes\.txt"):
        write_report_tables({"a": frame}, tmp_path)
    out = tmp_path / "out"
    write_report_tables({"a": frame}, out)
    (out / "mine.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"mine\.csv"):
        write_report_tables({"a": frame}, out)
    with pytest.raises(OutputError, match="is a file"):
        write_report_tables({"a": frame}, tmp_path / "notes.txt")


def test_mixed_values_are_one_clear_error_and_nothing_is_written(tmp_path):
    good, bad = pd.DataFrame({"n": [1]}), pd.DataFrame({"n": [1, "x", b"y"]}, dtype=object)
    with pytest.raises(OutputError, match="table 'bad'"):
        write_report_tables({"good": good, "bad": bad}, tmp_path / "out")
    assert os.listdir(tmp_path) == []
