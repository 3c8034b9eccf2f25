import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.read.blocks import TextBlocks
from nlp_cx.read.jsonrows import find_elements, parse_row, split_array, split_lines

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a"\\[]{},:\n好')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def _blocks(text, size):
    blocks = TextBlocks(io.BytesIO(text.encode()), size)
    blocks.fill()
    return blocks


@settings(deadline=None)
@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1]), st.integers(1, 30))
def test_elements_of_an_array_are_found_wherever_blocks_are_cut(values, indent, size):
    text = json.dumps(values, ensure_ascii=False, indent=indent) + "\n"
    rows = [r for b in split_array(_blocks(text, size), 10_000, "a.json") for r in b.rows()]
    assert [json.loads(raw) for _, raw in rows] == values


def test_rows_of_an_array_have_the_line_they_start_on():
    text = '[\n{"a": 1,\n"b": 2},\n\n 5,{"c":\n 3}\n]'
    for size in range(1, 40):
        rows = [r for b in split_array(_blocks(text, size), 10_000, "a.json") for r in b.rows()]
        assert [line for line, _ in rows] == [2, 5, 5]


def test_array_of_objects_with_brackets_in_strings():
    bounds, _, is_closed = find_elements(b'"]\\"[", {"a": "}"} ]')
    assert (bounds.tolist(), is_closed) == ([[0, 6], [8, 18]], True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1}, {"a"', r"a\.json, line 1: the JSON array is cut off after 1 whole elements"),
        ('[\n{"a": 1}\n', "line 2: the JSON array is cut off"),
        ('[{"a": 1}]\n{"a": 2}', "something follows the end"),
        ('[{"a": "' + "x" * 200, "line 1: .* over 100 bytes"),
    ],
)
def test_broken_arrays_are_refused_with_their_line(text, message):
    with pytest.raises(InputError, match=message):
        list(split_array(_blocks(text, 50), 100, "a.json"))


@given(st.lists(st.text(st.sampled_from("ab \r"), max_size=5), max_size=6), st.integers(1, 9))
def test_lines_keep_their_numbers_wherever_blocks_are_cut(lines, size):
    text = "\n".join(lines)
    rows = [r for b in split_lines(_blocks(text, size), 100) for r in b.rows()]
    expected = [(n, s.strip().encode()) for n, s in enumerate(lines, 1) if s.strip()]
    assert rows == expected


def test_line_that_is_too_long_is_not_held():
    items = list(split_lines(_blocks("a\n" + "b" * 500 + "\nc\n", 10), 50))
    assert items[1][0] == 2
    assert items[-1].line == 3


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a": 1', "not valid JSON"),
        (b'{"a": 1} {"a": 2}', "not valid JSON .Extra data"),
        (b"[1]", "a list, expected an object"),
        (b"3", "a number, expected an object"),
        (b"true", "true or false"),
        (b"null", "null, expected"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands there twice"),
        (b"[" * 100_000, "nested too deeply|not valid JSON"),
    ],
)
def test_what_is_no_object_is_refused_with_the_reason(raw, reason):
    with pytest.raises(InputError, match=reason):
        parse_row(raw)
