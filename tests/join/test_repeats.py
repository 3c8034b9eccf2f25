import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.join.repeats import WINDOW, find_repeats


def repeats(*turns):
    """Tell which turns of one conversation repeat an earlier one."""
    return find_repeats(pa.array(turns, pa.string()), np.array([0, len(turns)])).tolist()


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("我的快递三天了还没到", "我的快递三天了还没到！！"),
        ("我的快遞三天了還沒到", "我的快递三天了还没到"),
        ("我买的咖啡机漏水，放在厨房一晚上地上全是水", "咖啡机漏水，放厨房一晚上地上全是水"),
        ("您好，请问退款什么时候到账", "退款什么时候到账"),
        (
            "When will my refund for the blue kettle arrive?",
            "when will the refund for my blue kettle arrive",
        ),
        ("@某某客服 路由器一直闪红灯连不上网", "路由器一直闪红灯连不上网啊"),
        ("My internet has been down since Monday morning", "internet down since Monday morning!!"),
    ],
)
def test_near_duplicates_are_repeats(first, again):
    assert repeats(first, again) == [False, True]
    assert repeats(again, first)[1]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("好的谢谢你们", "好的谢谢你们"),
        ("在吗", "在吗"),
        ("yes please", "yes please"),
        ("ok thank you so much", "thank you so much"),
        ("我想查3月15日的账单明细", "我想查4月20日的账单明细"),
        ("Book 2 nights at the harbour hotel", "Book 3 nights at the harbour hotel"),
        ("我的快递三天了还没到", "退款什么时候到账呢"),
        ("没有", "没有"),
    ],
)
def test_stock_phrases_and_other_requests_are_no_repeats(first, other):
    assert repeats(first, other) == [False, False]


def test_short_quote_from_a_long_story_is_no_repeat():
    story = (
        "I bought the blue kettle in March and the lid broke twice, then the shop sent a new lid "
    )
    story += "which did not fit, and since then nobody answers my letters about the broken handle"
    assert repeats(story, "the shop sent a blue lid") == [False, False]


def test_repeats_count_within_a_conversation_only():
    texts = pa.array(["我的快递三天了还没到"] * 2)
    assert find_repeats(texts, np.array([0, 1, 2])).tolist() == [False, False]


def test_turn_is_compared_with_a_window_of_turns():
    filler = [
        f"第{chr(0x4E00 + 9 * k)}件事情{chr(0x5E00 + 7 * k)}要说明清楚" for k in range(WINDOW)
    ]
    request = "我的快递三天了还没到"
    assert repeats(request, *filler[:-1], request)[-1]
    assert not repeats(request, *filler, request)[-1]


def test_missing_and_empty_turns_repeat_nothing():
    assert repeats(None, "", None, "😀😀😀😀😀😀", "😀😀😀😀😀😀") == [False] * 5
    assert find_repeats(pa.array([], pa.string()), np.array([0])).tolist() == []


turn = st.text(st.sampled_from("退款到账快递没收 kettle refund broken 3 9 !，"), max_size=24)


@settings(deadline=None)
@given(st.lists(st.lists(turn, max_size=4), max_size=5))
def test_conversations_do_not_matter_to_each_other(conversations):
    flat = [text for turns in conversations for text in turns]
    starts = np.cumsum([0] + [len(turns) for turns in conversations])
    together = find_repeats(pa.array(flat, pa.string()), starts).tolist()
    assert together == [flag for turns in conversations for flag in repeats(*turns)]


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(max_size=10))
def test_a_turn_said_twice_is_a_repeat_or_too_short(text, other):
    first, _, again = repeats(text, other, text)
    assert not first
    if sum(0x4E00 <= ord(c) <= 0x9FFF for c in text) >= 12 and text.isalpha():
        assert again
