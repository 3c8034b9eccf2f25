import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.read import transcripts
from nlp_cx.read.transcripts import SCHEMA, is_transcript, read_transcript


def read(text, **options):
    """Read a transcript; give its turns as short tuples and the reported lines."""
    reported = []
    batches = list(
        read_transcript(
            text.splitlines(keepends=True),
            quarantine=lambda *bad: reported.append(bad),
            source_name="f",
            **options,
        )
    )
    rows = pa.Table.from_batches(batches).to_pylist()
    keys = ("interaction_id", "turn", "speaker", "created_at", "text")
    return [tuple(row[key] for key in keys) for row in rows], reported


def turns(text):
    """Give (speaker, time, text) of each turn."""
    return [row[2:] for row in read(text)[0]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("客户: 你好", ("客户", None, "你好")),
        ("客服：您好：在的", ("客服", None, "您好：在的")),
        ("客服003：在", ("客服003", None, "在")),
        ("USER: hi there", ("USER", None, "hi there")),
        ("Agent 12: hi", ("Agent 12", None, "hi")),
        ("Agent 7: 11 pieces", ("Agent 7", None, "11 pieces")),
        ("客户(张*)：在吗", ("客户(张*)", None, "在吗")),
        ("[客服] 您好", ("客服", None, "您好")),
        ("Agent 10:02: hi", ("Agent", "10:02", "hi")),
        ("Agent (10:02): hi", ("Agent", "10:02", "hi")),
        ("Agent [10:02:33] hi", ("Agent", "10:02:33", "hi")),
        ("[2024-05-01 10:02:33] 张三(客户): 坏了", ("张三(客户)", "2024-05-01 10:02:33", "坏了")),
        ("2024-05-01 10:02 小美：亲", ("小美", "2024-05-01 10:02", "亲")),
        ("2024年5月1日 10时02分 客服：在", ("客服", "2024年5月1日 10时02分", "在")),
        ("2024-05-01T10:02:33Z Agent: hi", ("Agent", "2024-05-01T10:02:33Z", "hi")),
        ("01/05/2024, 10:02 - Lily: hi", ("Lily", "01/05/2024, 10:02", "hi")),
        ("[1/5/24, 9:02:33 PM] Lily B: hi", ("Lily B", "1/5/24, 9:02:33 PM", "hi")),
        ("10:02 <lily> hi", ("lily", "10:02", "hi")),
        ("10:02:33\t客服\t您好", ("客服", "10:02:33", "您好")),
        ("May 1, 2024 10:02 AM Lily: hi", ("Lily", "May 1, 2024 10:02 AM", "hi")),
        ("下午3:05 客户：在吗", ("客户", "下午3:05", "在吗")),
    ],
)
def test_line_forms_open_a_turn(line, expected):
    assert turns(line) == [expected]


@pytest.mark.parametrize(
    "header",
    [
        "小美 2024-05-01 10:02:33",
        "2024-05-01 10:02:33 小美",
        "小美 5月1日 下午3:05",
        "小美(2024-05-01 10:02:33):",
        "小美  10:02 AM",
        "小美：",
    ],
)
def test_header_line_takes_its_text_from_the_next_lines(header):
    [(speaker, _, text)] = turns(f"{header}\n亲，在的\n今天发货\n")
    assert (speaker, text) == ("小美", "亲，在的\n今天发货")


def test_lines_that_fit_nothing_continue_the_turn_above():
    text = (
        "客户: 我的快递\n还没到\n\n单号：SF123\nhttp://a.example/b\n客服：请提供：\n姓名：\n"
        "客户: 张三\n"
    )
    assert turns(text) == [
        ("客户", None, "我的快递\n还没到\n\n单号：SF123\nhttp://a.example/b"),
        ("客服", None, "请提供：\n姓名："),
        ("客户", None, "张三"),
    ]


def test_labels_inside_a_message_are_no_speakers():
    text = "王小明: 我要退货\n客服: 方案如下\n方案一: 退款\n套餐甲: 换货\n王小明: 比分 3:2\n"
    assert [speaker for speaker, _, _ in turns(text)] == ["王小明", "客服", "王小明"]


def test_time_inside_a_message_opens_no_turn():
    text = (
        "[2024-05-01 10:02:33] 张三(客户): 到哪了\n2024-05-01 12:00 【杭州市】已签收\n"
        "[2024-05-01 10:03:33] 客服: 您好\n"
    )
    assert turns(text)[0][2] == "到哪了\n2024-05-01 12:00 【杭州市】已签收"
    assert [s for s, _, _ in turns("客服: 行\n客户: 好\n明天10:30\n客服: 好\n")] == [
        "客服",
        "客户",
        "客服",
    ]


def test_conversations_are_parted_by_headers_and_drawn_lines():
    text = (
        "会话ID: A-1\n客户: a\n客服: b\n\n------\n会话ID: A-2\n客户: c\n客服: d\n\n======\n"
        "Conversation 5\nUSER: e\nAgent 10:02: f\n\n***\n\nUSER: g\nAgent: h\n"
    )
    rows, reported = read(text)
    assert reported == []
    assert [row[:2] + row[4:] for row in rows] == [
        ("A-1", 0, "a"),
        ("A-1", 1, "b"),
        ("A-2", 0, "c"),
        ("A-2", 1, "d"),
        ("5", 0, "e"),
        ("5", 1, "f"),
        ("f#1", 0, "g"),
        ("f#1", 1, "h"),
    ]


def test_drawn_lines_between_any_two_messages_part_nothing():
    rows, _ = read("客户: a\n-----\n客服: b\n-----\n客户: c\n-----\n客服: d\n")
    assert [row[:2] for row in rows] == [("f#1", 0), ("f#1", 1), ("f#1", 2), ("f#1", 3)]


def test_id_that_comes_again_goes_on_with_its_turn_numbers():
    rows, _ = read("Ticket #7\nUSER: a\nTicket #8\nUSER: b\nTicket #7\nUSER: c\n")
    assert [row[:2] for row in rows] == [("7", 0), ("8", 0), ("7", 1)]


def test_lines_of_the_chat_program_are_no_words_of_the_customer():
    text = (
        "USER: hello?\n*** Agent Kim joined the chat ***\nare you there\nAgent: yes\n会话已结束\n"
    )
    assert turns(text) == [
        ("USER", None, "hello?"),
        ("system", None, "*** Agent Kim joined the chat ***"),
        ("USER", None, "are you there"),
        ("Agent", None, "yes"),
        ("system", None, "会话已结束"),
    ]


def test_lines_before_the_first_speaker_are_reported():
    rows, reported = read("聊天记录导出\n渠道：微信\n\n10:02 小美：您好\n10:03 李四：没收到\n")
    assert [row[2] for row in rows] == ["小美", "李四"]
    assert [(number, line) for number, _, line in reported] == [
        (1, "聊天记录导出"),
        (2, "渠道：微信"),
    ]
    assert "before the first speaker" in reported[0][1]


def test_text_behind_an_id_is_reported():
    _, reported = read("会话ID: 9 坐席组：华东\n客户: a\n")
    assert [number for number, _, _ in reported] == [1]


def test_line_ends_and_byte_order_mark_do_not_matter():
    text = "客户: a\nb\n客服: c\n"
    assert turns("\ufeff" + text.replace("\n", "\r\n")) == turns(text)


def test_long_conversation_is_read_in_pieces_with_one_numbering(monkeypatch):
    monkeypatch.setattr(transcripts, "_MAX_BLOCK", 7)
    text = "会话ID: 1\n" + "".join(f"客户: q{n}\nmore\n客服: a{n}\n" for n in range(20))
    rows, reported = read(text)
    assert reported == []
    assert [row[1] for row in rows] == list(range(40))
    assert [row[4] for row in rows[:4]] == ["q0\nmore", "a0", "q1\nmore", "a1"]


def test_single_long_turn_is_kept_whole(monkeypatch):
    monkeypatch.setattr(transcripts, "_MAX_BLOCK", 4)
    lines = [f"line {n}" for n in range(50)]
    assert turns("USER: start\n" + "\n".join(lines)) == [
        ("USER", None, "\n".join(["start", *lines]))
    ]


def test_empty_file_gives_an_empty_batch():
    [batch] = read_transcript([], quarantine=print)
    assert batch.schema == SCHEMA
    assert batch.num_rows == 0


@pytest.mark.parametrize(
    "head",
    [
        "客户: 在吗\n客服: 您好\n",
        "Agent 10:02\nHello\nCustomer 10:03\nhi\n",
        "小美 2024-05-01 10:02:33\n亲\n\ntb_3344 2024-05-01 10:03:01\n发货\n",
        "Exported\n\n[10:02] Lily: hi\n[10:03] Ben: hello\n",
    ],
)
def test_transcripts_are_told_from_other_texts(head):
    assert is_transcript(head)


@pytest.mark.parametrize(
    "head",
    [
        "",
        "房间很干净，前台态度差\n再也不来了\n",
        "优点：便宜\n缺点：慢\n总结：一般\n",
        "Pros: cheap\nCons: slow\nPros: small\nCons: weak\n",
        "id,text\n1,客户: 在吗\n",
        "Great phone: love it\nNo problems: five stars\n",
        "The agent said: no refund.\nI was told to wait until 10:30\n",
    ],
)
def test_reviews_are_no_transcripts(head):
    assert not is_transcript(head)


label = st.sampled_from(["客户", "客服", "USER", "Agent 7"])
body = (
    st.text(st.sampled_from("a1好。，！😀 "), min_size=1, max_size=12).map(str.strip).filter(bool)
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(label, body, st.lists(body, max_size=2)), min_size=1, max_size=8))
def test_every_line_lands_in_a_turn_or_a_report(messages):
    text = "".join(f"{who}: {a}\n" + "".join(f"{b}\n" for b in more) for who, a, more in messages)
    rows, reported = read(text)
    assert reported == []
    assert [(row[2], row[4]) for row in rows] == [
        (who, "\n".join([a, *more])) for who, a, more in messages
    ]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_line_of_any_text_is_lost(text):
    rows, reported = read(text)
    kept = "\n".join([row[4] for row in rows] + [line for _, _, line in reported])
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 1 and words[0].isalpha():
            assert words[0] in kept
