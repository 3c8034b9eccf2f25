"""JSON lines that any JSON reader takes, with the values that were given."""

import gzip
import json
import math

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlp_cx.write import jsonlines
from nlp_cx.write.sink import open_sink

TEXTS = st.none() | st.text(
    alphabet=st.one_of(
        st.sampled_from('"\\\0\x01\x1f\x7f\n\r\t\b\f/\u2028\ufeff😀'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=8,
)


def rows_of(path):
    """Parse every line, refusing what is not JSON (NaN, say)."""

    def refuse(word):
        raise AssertionError(word)

    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return [json.loads(line, parse_constant=refuse) for line in text.split("\n")[:-1]]


def write(path, batch):
    """Write one batch."""
    with open_sink(path, batch.schema) as sink:
        sink.write(batch)
    return path


@given(st.lists(TEXTS, min_size=1, max_size=8), st.booleans(), st.integers(0, 2))
def test_any_text_comes_back(tmp_path_factory, texts, as_dictionary, start):
    array = pa.array(texts, pa.string())
    if as_dictionary:
        array = array.dictionary_encode()
    batch = pa.record_batch({'a "key"\n': array, "n": list(range(len(texts)))}).slice(
        min(start, len(texts) - 1)
    )
    rows = rows_of(write(tmp_path_factory.mktemp("x") / "out.jsonl", batch))
    assert rows == [{'a "key"\n': t, "n": i} for i, t in enumerate(texts)][-batch.num_rows :]


@given(st.lists(st.none() | st.floats(width=32), min_size=1))
@example([16_777_218.0])  # written without a fraction, so that JSON readers make it an integer
def test_floats_come_back_and_what_json_lacks_is_null(tmp_path_factory, values):
    batch = pa.record_batch({"x": pa.array(values, pa.float32())})
    rows = rows_of(write(tmp_path_factory.mktemp("x") / "out.jsonl", batch))
    expected = [v if v is not None and math.isfinite(v) else None for v in values]
    found = [
        None if r["x"] is None else pa.scalar(float(r["x"]), pa.float32()).as_py() for r in rows
    ]
    assert found == expected


def test_types_stay_types(tmp_path):
    batch = pa.record_batch(
        {
            "n": [2**62],
            "flag": [True],
            "turns": [[{"speaker": "客户", "text": 'say "hi"'}]],
            "none": pa.nulls(1),
            "words": pa.array([["a"]], pa.list_(pa.string())),
            "amount": pa.array(["1.50"]).cast(pa.decimal128(10, 2)),
        }
    )
    assert rows_of(write(tmp_path / "out.jsonl", batch)) == [
        {
            "n": 2**62,
            "flag": True,
            "turns": [{"speaker": "客户", "text": 'say "hi"'}],
            "none": None,
            "words": ["a"],
            "amount": 1.5,
        }
    ]


def test_a_batch_too_large_for_one_text_array_is_halved(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonlines, "_MOST_BYTES", 100)
    batch = pa.record_batch({"text": [f"第{i}条" * 5 for i in range(101)]})
    rows = rows_of(write(tmp_path / "out.jsonl", batch))
    assert [r["text"] for r in rows] == batch["text"].to_pylist()


def test_gzip_holds_the_same_lines(tmp_path):
    batch = pa.record_batch({"text": ["好", "坏"]})
    plain = write(tmp_path / "out.jsonl", batch).read_bytes()
    assert gzip.decompress(write(tmp_path / "out.jsonl.gz", batch).read_bytes()) == plain


@pytest.mark.parametrize("n_rows", [0, 1])
def test_an_empty_batch_adds_nothing(tmp_path, n_rows):
    batch = pa.record_batch({"a": pa.array([1] * n_rows, pa.int64())})
    assert write(tmp_path / "out.jsonl", batch).read_text() == '{"a":1}\n' * n_rows
