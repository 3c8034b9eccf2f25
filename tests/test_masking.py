"""Which columns are masked, which are only looked at."""

import pyarrow as pa

from nlp_cx.masking import describe_names, mask_table
from nlp_cx.read.columns import ColumnRoles


def test_all_columns_but_keys_and_text_are_masked():
    batch = pa.record_batch(
        {
            "text": ["电话 13800138000"],
            "user": ["13800138000"],
            "order": ["13900139000"],
            "title": ["13700137000"],
            "n": [13700137000],
        }
    )
    before = batch.to_pylist()
    masked = mask_table(batch, ColumnRoles("text", id="user", interaction="order"))
    assert masked.batch.to_pylist() == [{**before[0], "title": "***********"}]
    assert masked.n_masked == {"title": {"mobile": 1}}
    assert masked.n_left == {c: {"mobile": 1} for c in ("user", "order", "n")}
    assert batch.to_pylist() == before


def test_keys_are_looked_at_where_nothing_else_is_given_out():
    batch = pa.record_batch({"text": ["好"], "id": ["a@example.com"], "title": ["a@example.com"]})
    masked = mask_table(batch, ColumnRoles("text", id="id"), carries_columns=False)
    assert masked.batch.equals(batch)
    assert masked.n_left == {"id": {"email": 1}}


def test_order_numbers_are_what_keys_are():
    batch = pa.record_batch({"text": ["好"], "order": ["order no 20391847"]})
    assert mask_table(batch, ColumnRoles("text", interaction="order")).n_left == {}


def test_names_of_speakers_are_masked_and_roles_are_not():
    names = [
        "客户",
        "王小明",
        "客服003",
        "客服小李",
        None,
        "Agent 12",
        "user 13800138000",
        "王小明",
    ]
    shown = ["客户", "***", "客服003", "****", None, "Agent 12", "user ***********", "***"]
    roles = ColumnRoles("text", speaker="who")
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int16(), pa.string())):
        who = pa.array(names, pa.string()).cast(kind)
        batch = pa.record_batch({"text": ["好"] * len(names), "who": who})
        masked = mask_table(batch, roles)
        assert masked.batch.column("who").to_pylist() == shown
        assert masked.batch.schema == batch.schema
        assert masked.n_masked == {"who": {"name": 3, "mobile": 1}}


def test_columns_that_may_hold_names_are_said_once():
    schema = pa.schema(
        [
            ("text", pa.string()),
            ("name", pa.string()),
            ("user", pa.int64()),
            ("author", pa.string()),
        ]
    )
    (note,) = describe_names(schema, ColumnRoles("text", speaker="author"))
    assert note.startswith("Column 'name' may hold names of persons")
