import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.read.chats import flatten_conversations
from nlp_cx.read.role_names import recognize_name
from nlp_cx.read.roles import RoleBook, recognize_roles
from nlp_cx.schema import LABEL

DATA = os.environ.get("NLP_CX_DATA")


def roles(*args, **options):
    return recognize_roles(*args, **options).role.to_pylist()


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (
            "customer",
            "客户 顾客 买家 用户 消费者 会员 访客 旅客 乘客 患者 顧客 客戶 買家 用戶 消費者 會員 訪客 "
            "customer client user buyer guest visitor caller passenger shopper consumer USER Customer "
            "客户(张*) 用户12345 user_123 USER-9 張三(客戶) 张三（买家） 客户A 【客户】 访客#48",
        ),
        (
            "agent",
            "客服 坐席 商家 卖家 店家 小二 人工客服 专员 顾问 賣家 專員 顧問 客服003 客服小美 12号坐席 "
            "agent rep representative support helpdesk seller staff operator advisor CSR Agent#12 "
            "agent07 客户经理 客户服务 客戶經理 customer_service AcmeSupport 某某官方旗舰店",
        ),
        (
            "bot",
            "机器人 智能客服 自动回复 小蜜 機器人 自動回覆 智能客服小云 bot assistant chatbot virtual Bot-2",
        ),
        ("system", "系统 系統 系统消息 system SYSTEM"),
        ("unknown", "张三 小美 Lily A B 0 1 123 me 我 Abbott Robbie 王小二 tb12345"),
    ],
)
def test_names_tell_roles_in_both_languages(role, names):
    assert {name: recognize_name(name).role for name in names.split()} == dict.fromkeys(
        names.split(), role
    )


@pytest.mark.parametrize(
    ("name", "role", "confidence"),
    [
        ("Agent", "agent", 1.0),
        ("Agent 12", "agent", 0.98),
        ("Lily (Support)", "agent", 0.95),
        ("John from Support", "agent", 0.9),
        ("Customer Care - Amy", "agent", 0.9),
        ("老师", "agent", 0.8),
        ("", "unknown", 0.0),
    ],
)
def test_confidence_falls_with_what_must_be_seen_through(name, role, confidence):
    assert recognize_name(name)[:2] == (role, confidence)


def test_roles_come_as_labels_with_confidence():
    table = recognize_roles(["客户", "客服", None, " "])
    assert table.role.type == LABEL
    assert table.role.to_pylist() == ["customer", "agent", "unknown", "unknown"]
    assert table.confidence.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert table.notes == ("2 turns without a speaker: role unknown",)


def test_two_bare_names_are_told_by_what_they_write():
    table = recognize_roles(
        ["小美", "张三", "小美", "张三"],
        ["您好，很高兴为您服务", "我的快递怎么还没到", "请提供一下订单号", "你们太慢了"],
    )
    assert table.role.to_pylist() == ["agent", "customer"] * 2
    assert table.confidence.min() > 0.99
    assert table.notes[0].startswith('speaker "小美" in 2 turns: taken as agent (confidence 1.00')


def test_two_bare_names_in_english():
    speakers = ["Ben", "Lily", "Ben", "Lily"]
    texts = [
        "my order never arrived",
        "I'm sorry about that, how may I help you? Could you confirm your order number",
        "this is ridiculous, I want a refund",
        "We will refund you today. Is there anything else?",
    ]
    assert roles(speakers, texts) == ["customer", "agent"] * 2


def test_the_other_party_beside_an_agent_is_the_customer_with_a_note():
    table = recognize_roles(["客服", "Lily"], ["好的", "嗯"], ["c1", "c1"])
    assert table.role.to_pylist() == ["agent", "customer"]
    assert 0.9 <= table.confidence[1] < 0.999
    assert 'speaker "Lily" in 1 turn: taken as customer' in table.notes[0]


def test_company_counts_per_conversation():
    speakers = ["客服", "Lily", "Ben"]
    assert roles(speakers, None, ["c1", "c1", "c2"]) == ["agent", "customer", "unknown"]


def test_rows_without_a_conversation_keep_no_company_but_are_reported():
    table = recognize_roles(["客服", "Lily"], None, [None, None])
    assert table.role.to_pylist() == ["agent", "unknown"]
    assert table.notes[0].startswith('speaker "Lily" in 1 turn: role unknown')


def test_second_customer_in_a_chat_with_a_customer_stays_unknown():
    assert roles(["客户", "Lily"], ["在吗", "你们怎么还不发货，我要投诉，我的钱呢"]) == [
        "customer",
        "unknown",
    ]


def test_second_agent_beside_an_agent_is_no_customer():
    texts = ["您好，很高兴为您服务", "您好，我是主管，给您带来不便非常抱歉，请您提供订单号"]
    assert roles(["客服", "Lily"], texts) != ["agent", "customer"]


def test_bare_names_without_a_sign_stay_unknown_and_are_reported():
    table = recognize_roles(["Lily"] * 12 + ["Ben Oak"])
    assert set(table.role.to_pylist()) == {"unknown"}
    assert table.notes == (
        'speaker "Lily" in 12 turns: role unknown; say --customer Lily or --agent Lily',
        'speaker "Ben Oak" in 1 turn: role unknown; say --customer "Ben Oak" or --agent "Ben Oak"',
    )


def test_many_unknown_names_are_counted_not_listed():
    table = recognize_roles([f"n{n:02}x" for n in range(30)], None, list(range(30)))
    assert len(table.notes) == 11
    assert table.notes[-1] == "20 more speaker values, 20 turns: are unknown too"


def test_given_roles_win_over_everything():
    texts = ["您好，很高兴为您服务", "我要投诉"]
    table = recognize_roles(["Lily", "客服"], texts, customer=["lily"], agent=["客服"])
    assert table.role.to_pylist() == ["customer", "agent"]
    assert table.confidence.tolist() == [1.0, 1.0]
    assert table.notes == ()
    assert roles(["SYSTEM", "用户"], agent=["用户"]) == ["system", "agent"]


def test_name_given_twice_is_refused():
    with pytest.raises(InputError, match="'lily' is given as customer and as agent"):
        recognize_roles(["Lily"], customer=["Lily"], agent=["lily "])


def test_system_that_answers_users_is_the_bot():
    table = recognize_roles(["USER", "SYSTEM", "USER", "SYSTEM"], None, [1, 1, 2, 2])
    assert table.role.to_pylist() == ["customer", "bot"] * 2
    assert table.confidence[1] == np.float32(0.9)
    assert "taken as bot" in table.notes[0]


def test_system_beside_agents_stays_system():
    speakers = ["客户", "客服", "系统"] * 5
    assert roles(speakers, None, np.repeat(range(5), 3).tolist())[:3] == [
        "customer",
        "agent",
        "system",
    ]
    assert roles(["user", "assistant", "system"], None, [1, 1, 1])[2] == "system"


def test_rare_system_lines_are_no_bot():
    assert roles(["客户"] * 9 + ["系统"])[-1] == "system"


def test_decisions_list_every_speaker_value():
    decisions = recognize_roles(["客服", "Lily", "客服"], ["好", "嗯", "好"]).decisions
    assert decisions["speaker"].tolist() == ["客服", "Lily"]
    assert decisions["n_turns"].tolist() == [2, 1]
    assert list(decisions) == ["speaker", "role", "confidence", "reason", "n_turns"]


def test_columns_of_any_kind_give_the_same():
    speakers = ["客户", "客服", None]
    expected = roles(speakers)
    arrow = pa.array(speakers)
    assert roles(arrow) == roles(arrow.dictionary_encode()) == expected
    assert roles(pa.chunked_array([arrow[:1], arrow[1:]])) == roles(pd.Series(speakers)) == expected
    assert roles([0, 1], customer=["0"], agent=["1"]) == ["customer", "agent"]


def test_empty_log_has_no_roles():
    table = recognize_roles([], [], [])
    assert len(table.role) == 0
    assert table.notes == ()
    assert len(table.decisions) == 0


def test_speaker_that_was_not_observed_is_told_by_name_only():
    book = RoleBook()
    assert book.resolve(["客服", "Lily"], [1, 1]).role.to_pylist() == ["agent", "unknown"]


row = st.tuples(
    st.sampled_from(["客服", "客户", "Lily", "小美", "SYSTEM", None]),
    st.sampled_from(["您好，很高兴为您服务", "我要退款", "好的", None]),
    st.sampled_from([1, 2, 3, None]),
)


@settings(deadline=None)
@given(st.lists(row, max_size=25), st.integers(1, 9))
def test_roles_do_not_depend_on_the_batches(rows, n):
    speakers, texts, ids = (list(c) for c in zip(*rows, strict=True)) if rows else ([], [], [])
    whole = recognize_roles(speakers, texts, ids)
    book = RoleBook()
    parts = [slice(i, i + n) for i in range(0, len(rows), n)]
    for part in parts:
        book.observe(speakers[part], texts[part], ids[part])
    resolved = [book.resolve(speakers[part], ids[part]) for part in parts]
    assert [r for p in resolved for r in p.role.to_pylist()] == whole.role.to_pylist()
    assert [c for p in resolved for c in p.confidence.tolist()] == whole.confidence.tolist()
    assert book.notes() == whole.notes


@settings(deadline=None)
@given(st.lists(row, max_size=25))
def test_role_is_unknown_exactly_where_confidence_is_zero(rows):
    speakers, texts, ids = (list(c) for c in zip(*rows, strict=True)) if rows else ([], [], [])
    table = recognize_roles(speakers, texts, ids)
    told = [role != "unknown" for role in table.role.to_pylist()]
    assert told == (table.confidence > 0).tolist()
    assert table.confidence.max(initial=0) <= 1


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="NLP_CX_DATA is not set")
@pytest.mark.parametrize(
    ("name", "least_told"),
    [("data/stc3_helpdesk_zh/train.jsonl.gz", 0.93), ("labels/written_chats.jsonl", 0.93)],
)
def test_real_chats_with_bare_names_are_told_right_or_not_at_all(name, least_told):
    raw = (Path(DATA or "") / name).read_bytes()
    lines = (gzip.decompress(raw) if name.endswith("gz") else raw).splitlines()
    rows = [json.loads(line) for line in lines]
    table = pa.Table.from_batches(flatten_conversations(enumerate(rows), quarantine=print))
    ids = table["interaction_id"].to_pylist()
    gold = ["customer" if s == "customer" else "agent" for s in table["speaker"].to_pylist()]
    names = [f"{'Kim' if g == 'agent' else 'Pat'} {i}" for g, i in zip(gold, ids, strict=True)]
    got = recognize_roles(names, table["text"], ids).role.to_pylist()
    told = [(g, r) for g, r in zip(gold, got, strict=True) if r != "unknown"]
    assert len(told) / len(got) > least_told
    assert sum(g == r for g, r in told) / len(told) > 0.995
