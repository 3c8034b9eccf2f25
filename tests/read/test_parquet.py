import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nlp_cx.errors import InputError

TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int32()),
        "text": pa.array(["好", None, ""], pa.large_string()),
        "label": pa.array(["a", None, "a"]).dictionary_encode(),
        "at": pa.array([datetime.datetime(2024, 5, 1)] * 3, pa.timestamp("us", "UTC")),
        "tags": pa.array([["x"], [], None], pa.list_(pa.string())),
    }
)


@pytest.fixture
def write_parquet(tmp_path):
    def write(name, table, **options):
        pq.write_table(table, tmp_path / name, **options)
        return tmp_path / name

    return write


def test_types_and_order_are_kept(write_parquet, read):
    found = read(write_parquet("a.parquet", TABLE, row_group_size=2), chunk_rows=2)
    assert found.source.schema == TABLE.schema
    assert pa.Table.from_batches(found.batches) == TABLE
    assert found.source.n_rows_total == 3
    assert found.source.fraction_read() == 1


def test_text_that_is_too_long_or_no_utf8_costs_its_row(write_parquet, read):
    ends = np.array([0, 2, 4, 54, 55], np.int32)
    data = b"ok\xff\xfe" + b"x" * 50 + b"z"
    text = pa.Array.from_buffers(pa.string(), 4, [None, pa.py_buffer(ends), pa.py_buffer(data)])
    label = pa.array(["a", "b", "c", "d" * 30]).dictionary_encode()
    path = write_parquet("a.parquet", pa.table({"text": text, "label": label}))
    found = read(path, max_cell_bytes=20)
    assert [row["text"] for row in found.rows] == ["ok"]
    assert [(r["line"], r["reason"]) for r in found.rejected] == [
        (2, "column 'text' holds text that is no text: byte 0xff is not utf-8"),
        (3, "column 'text' is longer than 20 bytes"),
        (4, "column 'label' is longer than 20 bytes"),
    ]


def test_damaged_files_are_refused(write_parquet, write, read):
    whole = write_parquet("a.parquet", pa.table({"text": [f"x{i * i}" for i in range(9_000)]}))
    data = whole.read_bytes()
    for name, content in (
        ("cut.parquet", data[:-50]),
        ("foreign.parquet", b"id,text\n1,a\n"),
        ("holes.parquet", data[:2_000] + bytes(2_000) + data[4_000:]),
    ):
        with pytest.raises(InputError, match=rf"{name}: damaged, cut off, or no parquet"):
            read(write(name, content))
    with pytest.raises(InputError, match="is empty"):
        read(write("empty.parquet", b""))


def test_file_without_rows_is_refused(write_parquet, read):
    with pytest.raises(InputError, match="no rows"):
        read(write_parquet("a.parquet", TABLE.slice(0, 0)))


def test_column_name_twice_is_refused(write_parquet, read):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["text", "text"])
    with pytest.raises(InputError, match="'text' more than once"):
        read(write_parquet("a.parquet", table))
