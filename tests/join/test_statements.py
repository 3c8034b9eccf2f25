import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.join.statements import Statements, find_statements, load_cues


def say(text, *, opening=False):
    """Give the names of what a turn states."""
    found = find_statements(pa.array([text]), np.array([opening]))
    return {n for n in Statements._fields if getattr(found, n)[0] and n != "is_last_resolved"}


@pytest.mark.parametrize(
    "text",
    [
        "谢谢，已经解决了",
        "重启以后好了",
        "现在可以了",
        "嗯嗯好了",
        "退款到了",
        "699元到账了",
        "問題終於處理好了",
        "刚试了一下，没再出现了",
        "没想到这么快就解决了",
        "师傅来过，已经给接好了",
        "that worked, thanks",
        "It works now",
        "The problem has been fixed.",
        "you sorted it in three minutes",
        "it's in my account already",
        "Properly fixed this time",
    ],
)
def test_resolution_is_seen(text):
    assert "resolved" in say(text)


@pytest.mark.parametrize(
    "text",
    [
        "没解决",
        "什么时候能解决",
        "请尽快处理好",
        "怎么解决？",
        "解决了吗",
        "如果解决了我告诉你",
        "说是已经修好了，可是没有",
        "昨天好了今天又坏",
        "希望能解决",
        "解决不了",
        "解决完了给我发短信",
        "It hasn't been fixed",
        "is it fixed?",
        "please get it fixed",
        "it will be solved they said",
        "I hope it works",
        "it used to be okay",
        "I want a manager",
        "检疫证几天有效",
    ],
)
def test_wish_question_and_hearsay_are_no_resolution(text):
    assert "resolved" not in say(text)


@pytest.mark.parametrize(
    "text",
    [
        "还是不行",
        "依旧没有信号",
        "问题还没解决",
        "到现在都没人联系我",
        "試過了，沒用",
        "解决不了",
        "你帮不了",
        "still not working",
        "it didn't work",
        "it doesn't work",
        "nobody fixed it",
        "the same problem again",
        "no reply yet",
        "you can't help",
    ],
)
def test_missing_resolution_is_seen(text):
    assert "unresolved" in say(text)
    assert "resolved" not in say(text)


@pytest.mark.parametrize(
    "text",
    [
        "没问题",
        "没有了",
        "如果还是不行我再找你",
        "是不是还没解决？",
        "不用了",
        "no problem, thanks",
        "would it still not work if I restart?",
    ],
)
def test_harmless_negation_is_no_failure(text):
    assert "unresolved" not in say(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "好的，谢谢，我试试",
        "明白了多谢",
        "太感謝你了",
        "谢谢你帮我查",
        "搞定谢谢",
        "收到，你跟了三天，有心了",
        "Thanks!",
        "ok thank you so much",
        "I do appreciate you being straight with me",
        "no. thanks anyway Tom",
    ],
)
def test_thanks_are_seen(text):
    assert "thanks" in say(text)


@pytest.mark.parametrize(
    "text",
    [
        "请尽快处理，谢谢",
        "麻烦帮我查一下，谢谢！",
        "还要多久？谢谢",
        "谢谢你全家",
        "谢谢你们坑我",
        "短信写着感谢您使用我们的服务",
        "提前感谢",
        "不谢",
        "thanks for nothing",
        "Thanks a lot for ruining my day",
        "No thank you. Just cancel please.",
        "thanks in advance",
        "could you check it? thanks",
        "it would be appreciated",
    ],
)
def test_polite_declining_and_ironic_thanks_do_not_count(text):
    assert "thanks" not in say(text)


def test_thanks_in_the_opening_count_only_for_something_named():
    assert "thanks" not in say("宽带断了，怎么弄，谢谢", opening=True)
    assert "thanks" not in say("谢谢", opening=True)
    assert "thanks" in say("感谢客服小陈的耐心解答", opening=True)
    assert "thanks" in say("Thank you for the quick help yesterday", opening=True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("转人工", "human"),
        ("有没有真人", "human"),
        ("我要人工客服", "human"),
        ("Agent please.", "human"),
        ("get me a person", "human"),
        ("I want to speak to a real human", "human"),
        ("找你们经理", "manager"),
        ("請找你們主管", "manager"),
        ("我要投诉", "manager"),
        ("【投诉】包裹被拆过", "manager"),
        ("再不处理我就投诉到底", "manager"),
        ("I want a manager please", "manager"),
        ("let me talk to your supervisor", "manager"),
        ("I will file a complaint", "manager"),
        ("我要打12315", "authority"),
        ("投诉到消协", "authority"),
        ("银保监我也会去", "authority"),
        ("发到网上曝光你们", "authority"),
        ("@工信部 你们管不管", "authority"),
        ("my lawyer will call you", "authority"),
        ("see you in court, I'll sue you", "authority"),
    ],
)
def test_escalation_is_seen(text, kind):
    assert kind in say(text)


@pytest.mark.parametrize(
    "text",
    [
        "不投诉了",
        "那就不投诉了，谢谢",
        "我懒得投诉",
        "投诉后没有下文",
        "上次投诉过",
        "人工坐席一直忙",
        "客户经理说可以办",
        "林主管你这效率可以的",
        "双重曝光怎么拍",
        "I don't want to complain",
        "no need for a manager",
        "the manager was very kind",
        "where is the task manager",
        "a table for two people",
        "I follow you on social media",
    ],
)
def test_negation_and_stories_are_no_escalation(text):
    assert not say(text) & {"human", "manager", "authority"}


@pytest.mark.parametrize(
    "text",
    [
        "我再说一遍",
        "都问了三遍了",
        "这是我第四次来问了",
        "我都说过了啊",
        "as I said, the red light is on",
        "I already told you",
        "how many times do I have to explain",
        "please don't make me repeat myself",
        "explain this all over again",
    ],
)
def test_wording_of_repetition_is_seen(text):
    assert "repeat" in say(text)


@pytest.mark.parametrize(
    "text", ["重要的事情说三遍", "我重新启动了", "try it again", "thank you again", "以后再说"]
)
def test_other_repetition_is_not(text):
    assert "repeat" not in say(text)


def test_nothing_is_news_about_the_solution_in_the_opening():
    assert say("昨天修好了，今天还是不行", opening=True) == set()


def test_last_word_of_a_turn_counts():
    turns = pa.array(["还是不行\n重启了一下，好了", "好了，不过还是没信号", "你好"])
    found = find_statements(turns, np.zeros(3, bool))
    assert found.is_last_resolved.tolist() == [True, False, False]


def test_missing_and_blank_turns_state_nothing():
    found = find_statements(pa.array([None, "", " ", "😀", "谢谢"]), np.zeros(5, bool))
    assert found.thanks.tolist() == [False] * 4 + [True]


def test_no_turns_give_no_flags():
    found = find_statements(pa.array([], pa.string()), np.zeros(0, bool))
    assert all(flags.size == 0 for flags in found)


@pytest.mark.parametrize("section", ["resolved", "unresolved", "thanks", "human", "manager"])
def test_cues_are_valid_patterns(section):
    assert load_cues(section, "signs").startswith("((?:")


words = [
    "谢谢",
    "还是不行",
    "好了",
    "转人工",
    "我要投诉",
    "请",
    "thanks",
    "it works",
    "。",
    "\n",
    "?",
    " ",
]
texts = st.lists(st.sampled_from(words), max_size=6).map("".join)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(texts, st.booleans()), max_size=8))
def test_a_turn_states_the_same_in_any_company(turns):
    flags = np.array([opening for _, opening in turns], np.bool_)
    together = find_statements(pa.array([text for text, _ in turns], pa.string()), flags)
    for i, (text, opening) in list(enumerate(turns))[-2:]:
        alone = find_statements(pa.array([text]), np.array([opening]))
        assert [f[i] for f in together] == [f[0] for f in alone]
