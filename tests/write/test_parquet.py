"""Parquet files keep types and do not show how the rows were cut."""

import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.write import parquet
from nlp_cx.write.sink import open_sink

LABEL = pa.dictionary(pa.int8(), pa.string())


def write(path, batches):
    """Write batches one by one."""
    with open_sink(path, batches[0].schema) as sink:
        for batch in batches:
            sink.write(batch)
    return pq.ParquetFile(path)


def test_values_and_types_come_back(tmp_path):
    batch = pa.record_batch(
        {
            "text": ["好", None, ""],
            "label": pa.array(["a", None, "b"]).dictionary_encode().cast(LABEL),
            "score": pa.array([0.1, None, float("inf")], pa.float32()),
            "turns": [[{"text": "x"}], None, []],
        }
    )
    file = write(tmp_path / "out.parquet", [batch])
    assert file.schema_arrow.equals(batch.schema)
    assert file.read().to_pylist() == batch.to_pylist()


def test_row_groups_fill_up_across_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 10)
    batches = [pa.record_batch({"n": list(range(7))})] * 4
    file = write(tmp_path / "out.parquet", batches)
    groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert groups == [10, 10, 8]
    assert file.read()["n"].to_pylist() == list(range(7)) * 4


def test_long_texts_make_smaller_row_groups_wherever_batches_end(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BYTES_PER_GROUP", 100)
    batch = pa.record_batch({"text": ["x" * (i * 13 % 70) for i in range(40)]})
    groups = set()
    for size in (1, 3, 40):
        pieces = [batch.slice(i, size) for i in range(0, 40, size)]
        file = write(tmp_path / f"{size}.parquet", pieces)
        groups.add(tuple(file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)))
        assert file.read().to_pylist() == batch.to_pylist()
    assert len(groups) == 1
    assert max(groups.pop()) < 10


def test_a_text_above_the_limit_has_its_own_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BYTES_PER_GROUP", 100)
    file = write(tmp_path / "out.parquet", [pa.record_batch({"text": ["y" * 500, "z" * 500, "a"]})])
    assert file.num_row_groups == 3


def test_unequal_dictionaries_become_one(tmp_path):
    batches = [
        pa.record_batch({"label": pa.array(words).dictionary_encode().cast(LABEL)})
        for words in (["b", None], ["a", "b"], ["c", "a"])
    ]
    file = write(tmp_path / "out.parquet", batches)
    assert file.schema_arrow.field("label").type == LABEL
    assert file.read()["label"].to_pylist() == ["b", None, "a", "b", "c", "a"]


def test_metadata_of_the_input_is_not_claimed_for_the_output(tmp_path):
    batch = pa.record_batch({"n": [1]}).replace_schema_metadata({"pandas": "{}"})
    file = write(tmp_path / "out.parquet", [batch])
    assert b"pandas" not in (file.schema_arrow.metadata or {})
