import pyarrow as pa
import pytest

from nlp_cx.errors import InputError
from nlp_cx.read.union import align_batch, unite_schemas


def _unite(*kinds, **options):
    schemas = [(f"{i}.x", pa.schema([("v", kind)])) for i, kind in enumerate(kinds)]
    return unite_schemas(schemas, **options)[0].field("v").type


@pytest.mark.parametrize(
    ("kinds", "united"),
    [
        ((pa.int32(), pa.int64()), pa.int64()),
        ((pa.uint8(), pa.int8()), pa.int64()),
        ((pa.int64(), pa.float32()), pa.float64()),
        ((pa.string(), pa.dictionary(pa.int8(), pa.string())), pa.string()),
        ((pa.large_string(), pa.large_string()), pa.large_string()),
        ((pa.null(), pa.bool_()), pa.bool_()),
        ((pa.string(), pa.null(), pa.large_string()), pa.string()),
    ],
)
def test_types_that_go_together(kinds, united):
    assert _unite(*kinds) == united
    assert _unite(*reversed(kinds)) == united


@pytest.mark.parametrize(
    "kinds",
    [
        (pa.string(), pa.int64()),
        (pa.int64(), pa.bool_()),
        (pa.uint64(), pa.int64()),
        (pa.timestamp("s"), pa.string()),
        (pa.list_(pa.string()), pa.string()),
    ],
)
def test_types_that_do_not_go_together_are_refused_with_file_and_column(kinds):
    with pytest.raises(InputError, match=r"column 'v' holds .* in 0\.x but .* in 1\.x"):
        _unite(*kinds)


def test_keys_made_from_chats_become_text():
    schemas = [
        (n, pa.schema([("interaction_id", k)])) for n, k in (("a", pa.int64()), ("b", pa.string()))
    ]
    assert unite_schemas(schemas, is_chat=True)[0].types == [pa.string()]
    with pytest.raises(InputError):
        unite_schemas(schemas)


def test_columns_keep_the_order_in_which_they_appear():
    schemas = [
        ("1", pa.schema([("b", pa.string()), ("a", pa.string())])),
        ("2", pa.schema([("c", pa.string()), ("a", pa.string())])),
    ]
    united, notes = unite_schemas(schemas)
    assert united.names == ["b", "a", "c"]
    assert notes == [
        "1 has no column 'c'; it is left empty there.",
        "2 has no column 'b'; it is left empty there.",
    ]


def test_number_that_the_common_type_would_change_is_refused():
    batch = pa.record_batch({"n": pa.array([2**60 + 1])})
    with pytest.raises(InputError, match=r"a\.jsonl: column 'n' cannot be held as double"):
        align_batch(batch, pa.schema([("n", pa.float64())]), "a.jsonl")


def test_batch_that_fits_is_not_touched():
    batch = pa.record_batch({"n": [1]})
    assert align_batch(batch, batch.schema, "a") is batch
