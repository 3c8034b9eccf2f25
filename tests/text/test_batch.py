"""TextBatch: code points and offsets, from strings and from every Arrow string type."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.text.batch import TextBatch, decode_codes

TEXTS = ["房间很干净", "", None, "ok 👍🏽\r\n", "ＡＢＣ", None, "\x00", "👨‍👩‍👧🇨🇳", "é"]

any_text = st.text(st.characters())
texts_lists = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), max_size=12)


def texts_of(batch: TextBatch) -> list[str | None]:
    return [None if batch.is_missing[i] else batch.text(i) for i in range(len(batch))]


def test_strings_come_back_unchanged():
    batch = TextBatch.from_strings(TEXTS)
    assert texts_of(batch) == TEXTS
    assert batch.codes.dtype == np.uint32
    assert batch.offsets.dtype == np.int64
    assert batch.offsets[-1] == batch.codes.size == sum(len(text or "") for text in TEXTS)


def test_a_missing_text_differs_from_an_empty_one():
    batch = TextBatch.from_strings(["", None])
    assert batch.is_missing.tolist() == [False, True]
    assert batch.offsets.tolist() == [0, 0, 0]


@pytest.mark.parametrize("text", ["\ud83d", "a\udc4d b", "\udfff\ud800"])
def test_lone_surrogates_stay_as_they_are(text):
    batch = TextBatch.from_strings(["前", text, "后"])
    assert batch.text(1) == text
    assert batch.codes[1 : 1 + len(text)].tolist() == [ord(character) for character in text]


def test_lone_surrogates_become_replacement_characters_in_arrow():
    assert TextBatch.from_strings(["a\ud83db"]).to_arrow().to_pylist() == ["a\ufffdb"]


@pytest.mark.parametrize("entry", [float("nan"), b"bytes", ["list"]])
def test_what_is_no_string_is_named_with_its_row(entry):
    with pytest.raises(InputError, match=r"text 1 is .*expected a string or None"):
        TextBatch.from_strings(["good", entry])


@pytest.mark.parametrize(
    "arrow_type",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
def test_every_arrow_string_type_gives_the_same_batch(arrow_type):
    expected = TextBatch.from_strings(TEXTS)
    array = pa.array(TEXTS, pa.string()).cast(arrow_type)
    batch = TextBatch.from_arrow(array)
    assert texts_of(batch) == TEXTS
    assert np.array_equal(batch.codes, expected.codes)
    assert np.array_equal(batch.offsets, expected.offsets)


@pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_a_sliced_array_is_read_from_its_offset(arrow_type):
    array = pa.array(TEXTS, arrow_type).slice(3, 4)
    assert texts_of(TextBatch.from_arrow(array)) == TEXTS[3:7]


def test_chunks_are_joined_and_empty_ones_do_no_harm():
    array = pa.array(TEXTS)
    chunks = [array.slice(0, 2), array.slice(2, 0), array.slice(2, 5), array.slice(7)]
    assert texts_of(TextBatch.from_arrow(pa.chunked_array(chunks))) == TEXTS


@pytest.mark.parametrize(
    "column",
    [
        pa.array([], pa.string()),
        pa.chunked_array([], pa.string()),
        pa.array([], pa.string_view()),
        pa.array(["x"]).slice(1),
    ],
)
def test_an_empty_column_is_an_empty_batch(column):
    batch = TextBatch.from_arrow(column)
    assert len(batch) == 0
    assert batch.codes.size == 0
    assert batch.offsets.tolist() == [0]


def test_a_column_of_nulls_is_all_missing():
    assert TextBatch.from_arrow(pa.nulls(3)).is_missing.all()


@pytest.mark.parametrize("array", [pa.array([1, 2]), pa.array([b"x"]), pa.array([["x"]])])
def test_a_column_of_another_type_is_refused_by_name(array):
    with pytest.raises(InputError, match=re.escape(f"has type {array.type}, expected string")):
        TextBatch.from_arrow(array)


def _array_of_bytes(*cells: bytes) -> pa.Array:
    """Make a string column of bytes that need not be UTF-8, as a careless reader may."""
    offsets = np.cumsum([0, *(len(cell) for cell in cells)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells))]
    return pa.Array.from_buffers(pa.string(), len(cells), buffers)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (b"a\xff\xfeb", "a\ufffd\ufffdb"),
        (b"\xe6\x88", "\ufffd"),  # cut inside 我
        (b"\xe6\x88\x91\x91!", "我\ufffd!"),  # one continuation byte too many
        (b"ok\x80", "ok\ufffd"),
        (b"\x80\x80", "\ufffd\ufffd"),
        (b"\xc0\xaf", "\ufffd\ufffd"),  # overlong slash
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),  # UTF-8 of a surrogate
        (b"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"),  # beyond U+10FFFF
    ],
)
def test_invalid_utf8_becomes_replacement_characters(cell, expected):
    batch = TextBatch.from_arrow(_array_of_bytes("前".encode(), cell, "后".encode()))
    assert texts_of(batch) == ["前", expected, "后"]


@given(st.lists(st.binary(max_size=12), max_size=6))
def test_any_bytes_decode_as_python_decodes_them(cells):
    batch = TextBatch.from_arrow(_array_of_bytes(*cells))
    assert texts_of(batch) == [cell.decode("utf-8", "replace") for cell in cells]


def test_bytes_under_a_null_are_not_read():
    offsets = pa.py_buffer(np.array([0, 2, 5, 6], np.int32))
    buffers = [pa.py_buffer(bytes([0b101])), offsets, pa.py_buffer(b"ab\xff\xff\xffc")]
    batch = TextBatch.from_arrow(pa.Array.from_buffers(pa.string(), 3, buffers))
    assert texts_of(batch) == ["ab", None, "c"]


@given(texts_lists)
def test_arrow_round_trip(texts):
    array = pa.array(texts, pa.string())
    batch = TextBatch.from_arrow(array)
    assert texts_of(batch) == texts
    written = batch.to_arrow()
    written.validate(full=True)
    assert written.equals(array)


@given(st.lists(st.none() | any_text, max_size=8))
def test_strings_round_trip(texts):
    assert texts_of(TextBatch.from_strings(texts)) == texts


@given(texts_lists, st.data())
def test_a_slice_holds_the_same_texts_and_no_copy(texts, data):
    batch = TextBatch.from_strings(texts)
    start = data.draw(st.integers(0, len(texts)))
    stop = data.draw(st.integers(start, len(texts)))
    part = batch.slice(start, stop)
    assert texts_of(part) == texts[start:stop]
    assert part.offsets[0] == 0
    assert part.codes.size == 0 or np.shares_memory(part.codes, batch.codes)


@given(texts_lists, st.data())
def test_spans_become_texts_of_their_own(texts, data):
    batch = TextBatch.from_strings(texts)
    places = st.integers(0, batch.codes.size)
    pairs = [sorted(pair) for pair in data.draw(st.lists(st.tuples(places, places), max_size=5))]
    spans = np.array(pairs, np.int64).reshape(-1, 2)
    part = batch.spans(spans[:, 0], spans[:, 1])
    assert texts_of(part) == [decode_codes(batch.codes[a:b]) for a, b in pairs]


def test_texts_outside_the_batch_are_refused():
    batch = TextBatch.from_strings(["a", "b"])
    for i in (-1, 2):
        with pytest.raises(IndexError, match="of a batch of 2 texts"):
            batch.text(i)
    for start, stop in ((-1, 1), (1, 0), (0, 3)):
        with pytest.raises(IndexError, match="of a batch of 2 texts"):
            batch.slice(start, stop)


def test_a_batch_cannot_be_written_to():
    batch = TextBatch.from_strings(["a"])
    with pytest.raises(ValueError, match="read-only"):
        batch.codes[0] = 1


def test_code_points_become_a_string():
    assert decode_codes(np.array([0x597D, 0x1F44D, 0xD800], np.uint32)) == "好👍\ud800"
