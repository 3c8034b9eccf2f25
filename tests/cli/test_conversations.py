"""The table of conversations does not depend on how many turns were held at a time."""

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nlp_cx.join.times import DateOrder, read_times
from nlp_cx.study.streams import turns as conversations

SAID = [
    "太慢了，还没到",
    "怎么还没到",
    "价格太贵",
    "好的，谢谢",
    "转人工",
    "已经解决了",
    "",
    "我要投诉",
]


def make_log(path, ids, times):
    """Write 300 turns of interleaved conversations."""
    rng = random.Random(3)
    turns = [0] * len(ids)
    rows = []
    for i in range(300):
        k = rng.randrange(len(ids))
        rows.append(
            {
                "session": ids[k],
                "speaker": ["customer", "agent", "somebody"][min(rng.randrange(5), 2)],
                "turn": turns[k] if rng.random() < 0.95 else 0,
                "created_at": rng.choice(times).format(i // 60, i % 60),
                "text": rng.choice(SAID),
            }
        )
        turns[k] += 1
    table = pa.Table.from_pylist(rows)
    if isinstance(ids[0], str):
        index = table.schema.get_field_index("session")
        table = table.set_column(index, "session", table["session"].dictionary_encode())
    pq.write_table(table, path)


IDS = {
    "texts": [f"c{i}" for i in range(40)],
    "numbers and none": [2**60 + i for i in range(40)] + [None],
    "one": ["c1"],
}
TIMES = {
    "iso": ["2024-05-01 1{}:{:02d}"],
    "told by one date": ["03/04/2024 1{}:{:02d}"] * 40 + ["13/04/2024 1{}:{:02d}"],
    "not told": ["03/04/2024 1{}:{:02d}"],
    "clocks and others": ["1{}:{:02d}", "soon", "昨天 1{}:{:02d}"],
}


@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("times", TIMES)
def test_parted_turns_give_the_same_table_and_notes(nlp_cx, tmp_path, monkeypatch, ids, times):
    make_log(tmp_path / "log.parquet", IDS[ids], TIMES[times])
    found = []
    for n_turns in (10**6, 20, 1):
        monkeypatch.setattr(conversations, "TURNS_AT_A_TIME", n_turns)
        result = nlp_cx(
            *("score", "log.parquet", "-o", "out.csv", "--conversations", "conv.parquet"),
            *("--chunk-rows", "37"),
        )
        assert result.exit_code == 0, result.output
        notes = [line for line in result.stdout.splitlines() if "conversations: " in line]
        found.append(((tmp_path / "conv.parquet").read_bytes(), notes))
    assert found[0] == found[1] == found[2]
    assert (times == "not told") == ("read as month/day" in str(found[0][1]))
    table = pq.read_table(tmp_path / "conv.parquet")
    assert len(table) == len(IDS[ids]) - (None in IDS[ids])
    first = list(dict.fromkeys(pq.read_table(tmp_path / "log.parquet")["session"].to_pylist()))
    assert table["interaction_id"].to_pylist() == [i for i in first if i is not None]


def test_a_log_in_which_no_turn_names_its_conversation_gives_no_rows(nlp_cx, tmp_path):
    rows = [{"session": None, "speaker": "customer", "text": "好"}, {"session": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "log.parquet")
    result = nlp_cx("score", "log.parquet", "-o", "out.csv", "--conversations", "conv.jsonl")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "conv.jsonl").read_text() == ""


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_the_order_of_dates_is_told_in_parts_as_in_one(kind):
    parts = [["1:02", "soon"], ["03/04/24 10:02", None], ["3.13.2024 10:02"], ["  13-4-24 10:02"]]
    order = DateOrder()
    seen = []
    for part in parts:
        order = order.observe(pa.array(part, pa.string()).cast(kind))
        whole = [cell for cells in parts[: len(seen) + 1] for cell in cells]
        ambiguous = read_times(pa.array(whole).to_pandas()).is_ambiguous
        assert order.is_ambiguous == ambiguous
        seen.append(order)
    assert [tuple(o) for o in seen] == [
        (False, False, False),
        (True, False, False),
        (True, False, True),
        (True, True, True),
    ]
    assert DateOrder().observe(pa.array([1, 2])) == DateOrder()
    garbage = pa.array(["13/04/2024 or so", "2024-13-01 10:02", json.dumps({"a": "13/04/24"})])
    assert DateOrder().observe(garbage) == DateOrder()
