import json

import pyarrow as pa
import pyarrow.json as pj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.read.jsontypes import JsonTypes, fit_row

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2)
    ),
    max_leaves=4,
)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), max_size=5)


def _schema(*rows):
    types = JsonTypes()
    types.see_rows(list(rows))
    return types.schema()


@settings(deadline=None)
@given(ROWS)
def test_every_row_fits_the_types_found_in_it(rows):
    schema = _schema(*rows)
    for row in rows:
        fitted, others = fit_row(row, schema)
        assert others == {}
        pa.RecordBatch.from_pylist([fitted], schema=schema).validate(full=True)


@settings(deadline=None)
@given(ROWS)
def test_values_come_back_as_they_were_or_as_json(rows):
    schema = _schema(*rows)
    for row in rows:
        fitted, _ = fit_row(row, schema)
        back = pa.RecordBatch.from_pylist(
            [fitted] if schema.names else [], schema=schema
        ).to_pylist()
        for name, value in row.items():
            kind = schema.field(name).type
            if kind == pa.string() and not isinstance(value, str) and value is not None:
                assert json.loads(back[0][name]) == value
            elif not pa.types.is_nested(kind):
                assert back[0][name] == value


@settings(deadline=None)
@given(ROWS, ROWS)
def test_types_do_not_depend_on_how_rows_are_grouped(one, other):
    apart, together = JsonTypes(), JsonTypes()
    apart.see_rows(one)
    apart.see_rows(other)
    together.see_rows(one + other)
    assert apart.schema().names == together.schema().names
    for row in one + other:
        assert fit_row(row, apart.schema())[1] == {}


def test_text_is_never_taken_for_a_time():
    table = pj.read_json(pa.BufferReader(b'{"a": "2024-05-01", "b": [{"c": "2024-05-01"}]}'))
    assert pa.types.is_timestamp(table.schema.field("a").type)
    types = JsonTypes()
    assert types.see_table(table)
    assert types.schema().field("a").type == pa.string()
    assert types.schema().field("b").type == pa.list_(pa.struct([("c", pa.string())]))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], pa.int64()),
        ([1, 2.5, None], pa.float64()),
        ([True, None], pa.bool_()),
        (["1", 2], pa.string()),
        ([None], pa.string()),
        ([2**63], pa.string()),
        ([2**53 + 1, 0.5], pa.string()),
        ([{}], pa.string()),
        ([{"x": 1}, {"y": "b"}], pa.struct([("x", pa.int64()), ("y", pa.string())])),
        ([[1], ["a"]], pa.string()),
    ],
)
def test_types_lose_nothing(values, kind):
    assert _schema(*({"v": value} for value in values)).field("v").type == kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (4.5, pa.int64()),
        (2**63, pa.int64()),
        (2**53 + 1, pa.float64()),
        (True, pa.int64()),
        ("4", pa.float64()),
        ({"z": 1}, pa.struct([("x", pa.int64())])),
        ([1.5], pa.list_(pa.int64())),
    ],
)
def test_values_that_a_column_would_change_do_not_fit(value, kind):
    assert fit_row({"v": value}, pa.schema([("v", kind)])) == ({}, {"v": value})
