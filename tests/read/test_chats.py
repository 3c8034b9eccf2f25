import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.read import chats
from nlp_cx.read.chats import flatten_conversations, is_nested_chat
from nlp_cx.read.turns import TurnCounter

DATA = os.environ.get("NLP_CX_DATA")
NAMES = ["interaction_id", "speaker", "turn", "created_at", "text"]


def flatten(rows, **options):
    """Flatten to a table; give the rejected rows too."""
    rejected = []
    batches = list(
        flatten_conversations(
            enumerate(rows, 1), quarantine=lambda *bad: rejected.append(bad), **options
        )
    )
    return pa.Table.from_batches(batches), rejected


def test_each_turn_becomes_a_row_with_the_fields_of_its_conversation():
    table, rejected = flatten(
        [
            {
                "id": "w1",
                "turns": [
                    {"speaker": "customer", "text": "灯一直闪红", "time": "2024-05-01T10:02"},
                    {"speaker": "agent", "text": "您好", "time": "2024-05-01T10:03"},
                ],
                "city": "杭州",
                "votes": [1, 2],
            }
        ]
    )
    assert rejected == []
    assert table.to_pylist() == [
        {
            "interaction_id": "w1",
            "speaker": "customer",
            "turn": 0,
            "created_at": "2024-05-01T10:02",
            "text": "灯一直闪红",
            "city": "杭州",
            "votes": "[1, 2]",
        },
        {
            "interaction_id": "w1",
            "speaker": "agent",
            "turn": 1,
            "created_at": "2024-05-01T10:03",
            "text": "您好",
            "city": "杭州",
            "votes": "[1, 2]",
        },
    ]


def test_utterances_are_joined_by_line_feeds_and_empty_turns_kept():
    turns = [
        {"speaker": "helpdesk", "utterances": ["", "小优来了"]},
        {"speaker": "customer", "utterances": [""]},
        {"speaker": "customer", "utterances": []},
        {"speaker": "customer", "text": None},
    ]
    table, _ = flatten([{"id": 1, "turns": turns}])
    assert table["text"].to_pylist() == ["\n小优来了", "", "", None]
    assert table["turn"].to_pylist() == [0, 1, 2, 3]


def test_field_called_like_a_column_gets_a_prefix():
    row = {
        "id": "a",
        "text": "whole conversation",
        "lang": "en",
        "turns": [{"speaker": "USER", "text": "hi", "lang": "und", "turn": 7}],
    }
    [got] = flatten([row])[0].to_pylist()
    assert got == {
        "interaction_id": "a",
        "speaker": "USER",
        "turn": 0,
        "created_at": None,
        "text": "hi",
        "conversation_text": "whole conversation",
        "lang": "en",
        "turn_lang": "und",
        "turn_turn": 7,
    }


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ({"role": "user", "content": "hi"}, ("user", "hi")),
        ({"role": "user", "content": [{"type": "text", "text": "hi"}]}, ("user", "hi")),
        ({"角色": "客户", "内容": "在吗"}, ("客户", "在吗")),
        ({"from": "Lily", "msg": 2290}, ("Lily", "2290")),
        ({"sender": {"role": "agent", "name": "Kim"}, "body": "hello"}, ("agent", "hello")),
        ({"Speaker": "USER", "Utterance": "hi"}, ("USER", "hi")),
        ({"role": "agent", "name": "Kim", "text": "hello"}, ("agent", "hello")),
    ],
)
def test_usual_names_of_speaker_and_text_are_found(turn, expected):
    rows = [{"session_id": 4, "messages": [turn]}]
    assert is_nested_chat(rows)
    [got] = flatten(rows)[0].to_pylist()
    assert (got["interaction_id"], got["speaker"], got["text"]) == (4, *expected)


def test_turns_are_found_under_any_name_by_their_shape():
    rows = [{"id": 1, "tags": ["x"], "protokoll": [{"speaker": "USER", "text": "hi"}]}]
    assert is_nested_chat(rows)
    assert flatten(rows)[0]["text"].to_pylist() == ["hi"]


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "speaker": "客户", "text": "在吗"},
        {"review": "good", "tags": ["a", "b"]},
        {"review": "good", "photos": [{"url": "x"}]},
        {"text": "good", "messages": 3},
        ["turns"],
    ],
)
def test_table_rows_are_not_nested_chats(row):
    assert not is_nested_chat([row] * 3)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": 1, "turns": []}, "empty list"),
        ({"id": 1, "turns": [{"speaker": "USER", "text": "a"}, 5]}, "turn 1 is of type int"),
        ({"id": 1, "text": "no turns"}, "no list of turns"),
        ([1, 2], "no list of turns"),
        ({"id": 1, "turns": [{"speaker": "USER", "text": "\ud83d"}]}, "turn 0 holds half"),
        ({"id": 1, "title": "\ud83d", "turns": [{"text": "a"}]}, "holds half a surrogate"),
    ],
)
def test_conversation_that_cannot_be_flattened_is_reported_whole(row, reason):
    good = {"id": 2, "turns": [{"speaker": "USER", "text": "hi"}]}
    table, [(line, why, raw)] = flatten([good, row, good])
    assert table.num_rows == 2
    assert (line, raw) == (2, row)
    assert reason in why


def test_conversation_without_an_id_is_named_by_source_and_line():
    rows = [{"turns": [{"text": "a"}]}, {"id": "x", "turns": [{"text": "b"}]}]
    table, _ = flatten(rows, source_name="log.jsonl")
    assert table["interaction_id"].to_pylist() == ["log.jsonl#1", "x"]


def test_whole_number_ids_stay_numbers_and_long_ones_exact():
    rows = [{"id": 3718912216646049123, "turns": [{"text": "a"}]}]
    table, _ = flatten(rows)
    assert table.schema.field("interaction_id").type == pa.int64()
    assert table["interaction_id"].to_pylist() == [3718912216646049123]


def test_field_types_are_those_of_all_first_conversations():
    turns = [{"text": "a"}]
    rows = [
        {"id": 1, "turns": turns, "n": 1, "x": 1, "ok": True, "mix": 1},
        {"id": 2, "turns": turns, "n": 2, "x": 0.5, "ok": None, "mix": "one"},
    ]
    table, _ = flatten(rows)
    types = {name: str(table.schema.field(name).type) for name in ("n", "x", "ok")}
    assert types == {"n": "int64", "x": "double", "ok": "bool"}
    assert table["mix"].to_pylist() == ["1", "one"]


def test_what_comes_late_goes_to_other_fields_and_is_not_lost(monkeypatch):
    monkeypatch.setattr(chats, "PEEK_TURNS", 2)
    turns = [{"text": "a"}]
    rows = [{"id": n, "turns": turns, "stars": n} for n in range(3)]
    rows.append({"id": 3, "turns": [{"text": "b", "mood": "bad"}], "stars": "five", "vip": True})
    table, rejected = flatten(rows)
    assert rejected == []
    assert table["stars"].to_pylist() == [0, 1, 2, None]
    assert table["other_fields"].to_pylist()[:3] == [None] * 3
    late = json.loads(table["other_fields"].to_pylist()[3])
    assert late == {"stars": "five", "vip": True, "mood": "bad"}


def test_id_of_another_type_than_before_is_reported(monkeypatch):
    monkeypatch.setattr(chats, "PEEK_TURNS", 1)
    rows = [{"id": 1, "turns": [{"text": "a"}]}, {"id": "x", "turns": [{"text": "b"}]}]
    table, [(line, reason, _)] = flatten(rows)
    assert table["interaction_id"].to_pylist() == [1]
    assert line == 2
    assert "'x'" in reason
    assert "int64" in reason


def test_input_of_nothing_gives_one_empty_batch():
    [batch] = flatten_conversations([], quarantine=print)
    assert batch.schema.names == NAMES
    assert batch.num_rows == 0


turn_texts = st.lists(st.text(max_size=8), min_size=1, max_size=7)


@settings(deadline=None)
@given(st.lists(turn_texts, max_size=8), st.integers(1, 9))
def test_batches_hold_every_turn_in_order_within_the_limit(conversations, chunk_rows):
    rows = [
        {"id": n, "kind": f"k{n % 2}", "turns": [{"speaker": "u", "text": t} for t in texts]}
        for n, texts in enumerate(conversations)
    ]
    batches = list(flatten_conversations(enumerate(rows), quarantine=print, chunk_rows=chunk_rows))
    assert all(batch.num_rows <= chunk_rows for batch in batches)
    got = [row for batch in batches for row in batch.to_pylist()]
    assert [(r["interaction_id"], r["turn"], r["text"]) for r in got] == [
        (n, i, text) for n, texts in enumerate(conversations) for i, text in enumerate(texts)
    ]
    assert all(r["kind"] == f"k{r['interaction_id'] % 2}" for r in got)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30), st.integers(1, 10))
def test_turn_numbers_do_not_depend_on_the_batches(ids, n):
    counter = TurnCounter()
    whole = TurnCounter().number(pa.array(ids, pa.string())).to_pylist()
    parts = [counter.number(pa.array(ids[i : i + n], pa.string())) for i in range(0, len(ids), n)]
    assert [turn for part in parts for turn in part.to_pylist()] == whole
    for name in "abc":
        turns = [t for t, id_ in zip(whole, ids, strict=True) if id_ == name]
        assert turns == list(range(len(turns)))


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="NLP_CX_DATA is not set")
@pytest.mark.parametrize(
    ("name", "n_conversations", "n_turns", "n_customer"),
    [
        ("stc3_helpdesk_zh/train", 3700, 15400, 8500),
        ("stc3_helpdesk_zh/test_unlabelled", 390, 1755, 975),
        ("stc3_helpdesk_en/train", 1672, 6917, 3824),
        ("stc3_helpdesk_en/test_unlabelled", 390, 1755, 975),
        ("uss_satisfaction_en/ccpe", 500, 11936, 6360),
        ("uss_satisfaction_en/mwoz", 1000, 22108, 11553),
        ("uss_satisfaction_en/redial", 1000, 21458, 10806),
        ("uss_satisfaction_en/sgd", 1000, 25666, 12833),
    ],
)
def test_real_chats_are_flattened_turn_by_turn(name, n_conversations, n_turns, n_customer):
    """The counts were taken by counting the speaker keys in the raw files."""
    path = Path(DATA or "") / "data" / f"{name}.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert is_nested_chat(rows[:20])
    table, rejected = flatten(rows)
    assert rejected == []
    assert len(set(table["interaction_id"].to_pylist())) == len(rows) == n_conversations
    assert table.num_rows == n_turns
    assert sum(s in ("customer", "USER") for s in table["speaker"].to_pylist()) == n_customer
    raw = [
        "\n".join(turn["utterances"]) if "utterances" in turn else turn["text"]
        for row in rows
        for turn in row["turns"]
    ]
    assert table["text"].to_pylist() == raw
