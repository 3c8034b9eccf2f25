"""Tables come back as they were written, and csv cells get a type only where nothing is lost."""

import gzip

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nlp_cx.cli.table_files import read_table, write_table, write_tables
from nlp_cx.column_roles import read_roles, set_roles
from nlp_cx.errors import DataWarning, InputError, OutputError


def test_roles_and_attrs_come_back_from_parquet(tmp_path):
    frame = set_roles(pd.DataFrame({"r_stars": [5, 1], "store": ["a", None]}), {"store": "group"})
    frame.attrs["n_left_out"] = np.int64(3)
    write_table(frame, tmp_path / "ox.parquet")
    for back in (read_table(tmp_path / "ox.parquet"), pd.read_parquet(tmp_path / "ox.parquet")):
        assert read_roles(back) == {"store": "group"}
        assert back.attrs["n_left_out"] == 3
    assert read_roles(pq.read_schema(tmp_path / "ox.parquet")) == {"store": "group"}


def test_whole_numbers_and_truth_values_stay_so_beside_missing_ones(tmp_path):
    frame = pd.DataFrame(
        {
            "id": pd.array([2**53 + 1, None], "Int64"),
            "is_member": pd.array([True, None], "boolean"),
            "label": pd.Categorical(["negative", None]),
            "share": [0.5, np.nan],
        }
    )
    write_table(frame, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet"), frame)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-20", "0"], [1, -20, 0]),
        (["00123", "124"], ["00123", "124"]),
        (["12E5", "13"], ["12E5", "13"]),
        (["+8613900000000"], ["+8613900000000"]),
        (["1234567890123456789"], ["1234567890123456789"]),
        (["1.5", "NA", "-.25", "1e-05"], [1.5, None, -0.25, 1e-05]),
        (["-", "."], ["-", "."]),
        (["TRUE", "false", ""], [True, False, None]),
        (["NA", "EU", ""], ["NA", "EU", None]),
        (["NA", "NA"], ["NA", "NA"]),
        (["2025-02-30"], ["2025-02-30"]),
        (["2025-02-03", "2025-02-03T10:00:00Z"], ["2025-02-03", "2025-02-03T10:00:00Z"]),
    ],
)
def test_a_csv_column_gets_a_type_only_where_nothing_is_lost(tmp_path, cells, values):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{cell},x\n" for cell in cells), encoding="utf-8")
    found = [None if pd.isna(value) else value for value in read_table(path)["a"]]
    assert found == values


def test_times_with_and_without_an_offset_are_times(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "local,zoned\n2025-02-08 04:51:39,2025-02-08T04:51:39+08:00\n2025-02-09,2025-02-09T00:00Z\n"
    )
    frame = read_table(path)
    assert frame["local"].tolist() == [
        pd.Timestamp("2025-02-08 04:51:39"),
        pd.Timestamp("2025-02-09"),
    ]
    assert frame["zoned"].iloc[0] == pd.Timestamp("2025-02-07T20:51:39Z")


def test_encodings_gzip_and_bad_rows_are_handled_by_the_reader(tmp_path):
    path = tmp_path / "t.csv.gz"
    text = "门店,星级\n徐汇,5\n杭州\n天府,4\n"
    path.write_bytes(gzip.compress(text.encode("gb18030")))
    with pytest.warns(DataWarning, match="1 bad rows are left out"):
        frame = read_table(path, encoding="gb18030")
    assert frame.to_dict("list") == {"门店": ["徐汇", "天府"], "星级": [5, 4]}
    notes = []
    read_table(path, encoding="gb18030", notes=notes)
    assert "bad rows" in notes[-1]


def test_chats_that_share_a_value_come_as_a_frame_of_turns(tmp_path):
    chat = '{"id": "%s", "store": "Xuhui", "turns": [{"speaker": "customer", "text": "%s"}]}\n'
    (tmp_path / "chats.jsonl").write_text("".join(chat % row for row in (("a", "1"), ("b", "2"))))
    turns = read_table(tmp_path / "chats.jsonl")
    assert turns["store"].astype(str).tolist() == ["Xuhui", "Xuhui"]
    assert turns["interaction_id"].tolist() == ["a", "b"]


def test_a_folder_of_several_files_is_no_table(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="2 files, expected one table"):
        read_table(tmp_path)


def test_tables_are_written_as_parquet_and_csv_or_not_at_all(tmp_path):
    good = pd.DataFrame({"driver": ["price"], "reason": [None]})
    paths = write_tables(tmp_path / "out", {"a": good, "b": good.iloc[:0]})
    assert [path.rsplit("/", 1)[-1] for path in paths] == [
        "a.parquet", "a.csv", "b.parquet", "b.csv",
    ]  # fmt: skip
    assert pq.read_table(tmp_path / "out" / "b.parquet").num_rows == 0
    bad = pd.DataFrame({"mixed": [1, "one"]})
    with pytest.raises(OutputError, match="mixes types"):
        write_tables(tmp_path / "other", {"a": good, "b": bad})
    assert not (tmp_path / "other").exists()


def test_a_named_index_and_strange_attrs_are_refused(tmp_path):
    frame = pd.DataFrame({"n": [1]}, index=pd.Index(["a"], name="driver"))
    with pytest.raises(OutputError, match="reset_index"):
        write_table(frame, tmp_path / "t.parquet")
    frame = pd.DataFrame({"n": [1]})
    frame.attrs["model"] = object()
    with pytest.raises(OutputError, match="no JSON value"):
        write_table(frame, tmp_path / "t.parquet")
