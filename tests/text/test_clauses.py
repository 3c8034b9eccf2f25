"""Clauses: where texts are cut, what a clause holds, and what never breaks."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clause_rules import (
    BLANK,
    COMMA,
    DASH,
    DOT,
    ELLIPSIS,
    FIRST_CLAUSE_ROW,
    KIND_MASK,
    LIST,
    NEWLINE,
    SEPARATOR,
    STOP,
    load_rules,
)
from nlp_cx.text.clauses import find_clauses

# Kinds of characters that may stand between clauses.
BETWEEN = [BLANK, NEWLINE, STOP, COMMA, LIST, DOT, ELLIPSIS, DASH, SEPARATOR]


def clauses_of(text: str) -> list[str]:
    batch = TextBatch.from_strings([text])
    _, start, end = find_clauses(batch.codes, batch.offsets)
    return [text[s:e] for s, e in zip(start, end, strict=True)]


def check(cases: list[str]) -> None:
    """Each case has ‖ at every place where it is expected to be cut, and nowhere else."""
    for case in cases:
        parts = [part.strip(" ,.，。｡．、；;…—\n\r\u3000") for part in case.split("‖")]
        assert clauses_of(case.replace("‖", "")) == [part for part in parts if part]


def test_sentence_marks_of_both_scripts_end_clauses():
    check(
        [
            "房间很干净。‖前台态度差！‖下次不来了？‖再说吧；‖算了",
            "The room was clean. ‖The staff was rude! ‖Why? ‖Never again; ‖goodbye",
            "房间很干净｡‖前台态度差．‖不推荐",
            "第一行很好\n‖第二行不好\r\n‖\r\n第三行一般",
        ]
    )


def test_marks_of_feeling_stay_and_separators_go():
    assert clauses_of("  ，太差了！！！？！，，  ") == ["太差了！！！？！"]
    assert clauses_of("... nice place ...") == ["nice place"]
    assert clauses_of("好吃~~~ 下次再来。。。") == ["好吃~~~", "下次再来"]
    assert clauses_of("???") == ["???"]


def test_nothing_to_say_has_no_clause():
    for text in ["", "   \u3000\n", "。。。", ", . ; …", "\ufeff\u200b"]:
        assert clauses_of(text) == []


def test_a_chinese_comma_cuts_where_both_sides_say_something():
    check(
        [
            "房间很大，‖床也很舒服，‖就是有点吵",
            "物流给力，‖包装精美，‖做工精细",
            "服务态度，很差",  # a topic and its comment
            "现在，我要求退货",
            "味道，服务，环境都不错",
            "好，快，准",
        ]
    )


def test_an_enumeration_is_one_clause_unless_its_parts_judge():
    check(
        [
            "环境、服务、味道都好",
            "环境好、‖服务差",
            "洗发水、护发素、沐浴露都买了",
            "外观漂亮、‖做工精细、‖价格便宜",
        ]
    )


def test_an_english_comma_cuts_only_between_predicates():
    check(
        [
            "Clean, quiet, comfortable",
            "The room was clean, quiet, and comfortable",
            "The beds are soft, ‖the pool was closed all week",
            "I love the view, ‖they never answer the phone",
            "Overpriced, noisy, dirty, ‖we will never come back here",
            "On Monday, June 3, we left",
        ]
    )


def test_blanks_between_ideographs_are_marks():
    check(
        [
            "房间很干净 ‖下次还来 ‖推荐给大家",
            "真心不怎么样  ‖太油了　‖不好用",
            "用 iPhone 拍的照片 ‖很清楚",
            "服务 很 好",
        ]
    )


def test_contrast_words_begin_a_clause():
    check(
        [
            "服务员态度很好‖但是上菜太慢了",
            "房间很干净‖不过隔音有点差",
            "味道不错‖就是有点贵",
            "东西还可以‖可是快递太慢了",
            "质量挺好‖只是颜色跟图片不一样",
            "房間很乾淨‖不過隔音有點差",
            "環境很舒服‖雖然有點遠",
            "都挺满意的‖除了隔音有点差",
            "包装不错‖可惜里面坏了一个",
            "屏幕很清楚‖美中不足电池不耐用",
            "The room was nice ‖but the wifi was slow",
            "We liked the food ‖although it was cold",
            "Everything worked fine ‖except the shower was broken",
            "I had to wait ‖even though I booked early",
            "The app is great ‖however it crashes every day",
            "The pool was lovely ‖yet it closed at six",
            "Battery is good ‖whereas the screen is awful",
        ]
    )


def test_words_that_only_look_like_contrast_do_not_cut():
    check(
        [
            "房间不但大而且干净",
            "但愿下次能好一点",
            "这个价格再好不过了",
            "这么要求真的不过分吧",
            "我觉得也就是说他们没有货了",
            "他们家的招牌菜就是红烧肉",
            "手机可不是我最喜欢的",
            "这可是我最喜欢的一家店",
            "我当然而且必须投诉你们",
            "Not only clean but also cheap",
            "There was nothing but noise all night",
            "I have not been there yet",
            "We waited for a while in the lobby",
            "The rest was fine though",
        ]
    )


def test_a_bare_contrast_word_keeps_its_comma():
    check(
        [
            "东西不错，‖但是，服务太差",
            "I like it, ‖but, to be fair, ‖it is not cheap",
            "The bed was soft. ‖However, it was too small",
        ]
    )


def test_and_cuts_only_before_another_subject_with_its_verb():
    check(
        [
            "We loved the room and the view of the sea",
            "The pool and the gym and the bar",
            "The room was clean ‖and the staff was friendly",
            "It broke after a week ‖and they refused a refund",
            "I called three times ‖because they lost my parcel",
        ]
    )


def test_numbers_names_and_addresses_are_not_cut():
    check(
        [
            "花了3.5元，‖等了1,200秒，‖评分4.9",
            "升级到iOS 17.2之后很卡",
            "10:30送到的，‖比预计的8:00晚很多",
            "Version 2.0.1 costs $1,299.00 at 10:30 a.m. on Monday",
            "Ask Mr. Smith, Dr. Wu or J. Doe about No. 5",
            "Made in the U.S. by hand vs. elsewhere, e.g. here",
            "详见www.example.com/a.html或者https://example.org/x?y=1&z=2.5",
            "Mail first.last@example.com please. ‖Thanks",
            "Open setup.exe or node.js and wait",
        ]
    )


def test_a_full_stop_needs_no_blank():
    check(
        [
            "Great value.‖Will buy again.‖Thanks",
            "It changed my life.‖I love it",
            "So do I. ‖They do not",
            "Take plan B. ‖They called",
            "Fries, coffee etc. ‖The bill was high",
            "东西不错.‖服务也好",
            "发错了.‖1号也错了",
        ]
    )


def test_list_numbers_open_a_clause_and_stay_in_it():
    check(
        [
            "1、环境好‖2、服务差‖3、价格贵",
            "1.房间干净 ‖2.早餐丰富",
            "优点：1.便宜‖2.好用 ‖缺点：1.慢",
            "①屏幕大‖②电池小",
            "第1、2排的座位很好",
        ]
    )


def test_ellipses_cut_between_statements_only():
    check(
        [
            "味道……不错",
            "房间很小……‖服务也很差",
            "It was... good",
            "The food was cold... ‖we had to wait an hour",
            "It broke after a day.. ‖This is the last time",
        ]
    )


def test_emoji_and_emoticons_belong_to_the_clause_before_them():
    assert clauses_of("很好吃👍🏽👍 服务差😡") == ["很好吃👍🏽👍", "服务差😡"]
    assert clauses_of("很好吃。👍 下次来") == ["很好吃。👍", "下次来"]
    assert clauses_of("❤️很好吃") == ["❤️很好吃"]
    assert clauses_of("不错^_^ 就是贵了点T_T 物流慢(´･ω･`) 客服好:)") == [
        "不错^_^",
        "就是贵了点T_T",
        "物流慢(´･ω･`)",
        "客服好:)",
    ]
    assert clauses_of("I ❤️ this place") == ["I ❤️ this place"]
    assert clauses_of("Great ;) really") == ["Great ;) really"]


@pytest.mark.parametrize(
    "emoji", ["👨‍👩‍👧‍👦", "🇨🇳", "👍🏿", "🏴\U000e0067\U000e0062\U000e007f", "2️⃣", "☺️"]
)
def test_composed_emoji_are_never_split(emoji):
    for text in (emoji * 300, f"很好{emoji}服务差{emoji}{emoji}再也不来", "啊" * 39 + emoji * 3):
        for clause in clauses_of(text):
            assert clause.count(emoji) * len(emoji) == sum(c in emoji for c in clause)


def test_quotes_and_brackets_stay_with_their_clause():
    assert clauses_of("他说“不好，不要。”然后走了。") == ["他说“不好，不要。”然后走了"]
    assert clauses_of("房间很大（有阳台，有浴缸），价格也便宜") == [
        "房间很大（有阳台，有浴缸）",
        "价格也便宜",
    ]
    assert clauses_of('She said "never." We left (at last).') == [
        'She said "never."',
        "We left (at last)",
    ]
    assert clauses_of("《我，机器人》这本书很好看") == ["《我，机器人》这本书很好看"]


def test_a_wrapped_english_line_goes_on():
    line = "The manager promised to call us back on the very same\nday. Nothing happened."
    assert clauses_of(line) == [line[:57], "Nothing happened"]
    assert clauses_of("good food\nbad service") == ["good food", "bad service"]


def test_long_runs_are_cut_at_good_places():
    text = (
        "这个手机买回来三天就坏了打客服电话一直没人接后来终于接了"
        "又说要寄回去检测来回折腾了半个月还是没有修好我真的很生气你们必须给我退款不然我就去投诉"
    )
    parts = clauses_of(text)
    assert "".join(parts) == text
    assert parts[1].startswith("又说要寄回去")
    assert parts[-1] == "你们必须给我退款不然我就去投诉"
    assert all(8 <= len(part) <= 40 for part in parts)


def test_long_english_runs_are_cut_between_words():
    text = (
        "i ordered this phone last week and it came broken i called support they said wait two weeks "
        "i am so angry and the money is not back yet because they lost my return package and nobody "
        "answers my emails or calls anymore please help me"
    )
    parts = clauses_of(text)
    assert " ".join(parts) == text
    assert "because they lost my return package" in parts
    assert all(len(part.split()) <= 40 for part in parts)


@pytest.mark.parametrize(
    "unit", ["啊", "a", "1", "👍", "!", "(", "的 ", "word ", "1.", "很好，", "\u0301b"]
)
def test_clauses_of_an_endless_run_are_bounded(unit):
    text = unit * (20_000 // len(unit))
    parts = clauses_of(text)
    assert max(map(len, parts)) <= 1_300
    assert "".join(parts).count(unit.strip(" ，")[0]) == text.count(unit.strip(" ，")[0])


def test_code_mixed_text():
    check(
        [
            "服务很nice，‖room也很clean，‖但price太贵",
            "The room is clean ‖但是早餐真的很差",
            "飲品唔得，‖個cake好dry，‖唔會再嚟",
        ]
    )


PIECES = [
    *"环境好差很的了但不过就是可虽然除了还有而且因为，。！？、；：…~—（）“”【】",
    *" \n\r\t\u3000,.!?;:'\"()-_/@#&*+=<>^|·",
    *"aIz09①₂Ａé\u0301\u200d\ufe0f\u200b\ufeff👍🏽🇨👨👩❤☺한あя𠮷\U000e0067",
    *[
        "但是",
        "不过",
        "but ",
        "and the ",
        "even though ",
        "U.S. ",
        "3.5",
        "...",
        "……",
        "T_T",
        ":-)",
    ],
    *[
        "http://a.cn/b?c=1,2 ",
        "a.b@c.com",
        "1、",
        "2.",
        "\r\n",
        "👨‍👩‍👧",
        "🇨🇳",
        "👍🏽",
        " - ",
        "--",
    ],
]
mixed_text = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@given(st.one_of(mixed_text, st.text(max_size=60)))
@example("《誤打")
@example("我覺得正！( 唯一缺點係貴")
@example("食物ok\r\n飲品ng")
@example("x" * 900 + "\u0301")
def test_every_character_that_says_something_is_in_exactly_one_clause(text):
    batch = TextBatch.from_strings([text])
    _, start, end = find_clauses(batch.codes, batch.offsets)
    assert (start < end).all()
    assert (start[1:] >= end[:-1]).all()
    assert start.size == 0 or (start[0] >= 0 and end[-1] <= len(text))
    is_inside = np.zeros(len(text), bool)
    for first, last in zip(start, end, strict=True):
        is_inside[first:last] = True
    signs = load_rules().signs
    for i, character in enumerate(text):
        code = ord(character)
        if code >= signs.size or (signs[code] & KIND_MASK) not in BETWEEN:
            assert is_inside[i], (text, i)


@given(st.one_of(mixed_text, st.text(max_size=40)))
def test_a_clause_neither_begins_nor_ends_with_white_space_or_a_separator(text):
    for clause in clauses_of(text):
        assert clause[0] not in " \n\r\t\u3000，、。" or len(clause) > 1
        assert not clause[0].isspace()
        assert not clause[-1].isspace()
        assert clause[-1] not in "，、；…" or clause[-1] == "；"


@given(st.lists(st.one_of(mixed_text, st.text(max_size=30)), max_size=8))
def test_clauses_do_not_depend_on_the_batch(texts):
    batch = TextBatch.from_strings(texts)
    document, start, end = find_clauses(batch.codes, batch.offsets)
    assert document.dtype == np.int32
    assert (np.diff(document) >= 0).all()
    for i, text in enumerate(texts):
        mine = document == i
        spans = zip(start[mine] - batch.offsets[i], end[mine] - batch.offsets[i], strict=True)
        assert [text[s:e] for s, e in spans] == clauses_of(text)


def test_a_slice_of_a_batch_has_the_same_clauses():
    batch = TextBatch.from_strings(["房间很好，服务很差", "Nice. Clean.", "味道不错就是有点贵"])
    _, start, end = find_clauses(batch.codes, batch.offsets)
    part = batch.slice(1, 3)
    _, part_start, part_end = find_clauses(part.codes, part.offsets)
    assert (part_start + 9).tolist() == start[2:].tolist()
    assert (part_end + 9).tolist() == end[2:].tolist()


def test_an_empty_batch_has_no_clauses():
    document, start, end = find_clauses(np.empty(0, np.uint32), np.zeros(1, np.int64))
    assert document.size == start.size == end.size == 0


def test_the_word_tables_hold_what_the_loops_rely_on():
    rules = load_rules()
    n_rows = int(rules.chinese[1])
    assert FIRST_CLAUSE_ROW < n_rows <= 127
    assert rules.chinese[0] == 0
    assert rules.chinese[-1] == 0
    assert np.count_nonzero(rules.english) < rules.english.size // 4
    assert not rules.signs.flags.writeable


@pytest.mark.data
@pytest.mark.skipif("NLP_CX_DATA" not in os.environ, reason="NLP_CX_DATA names no data folder")
@pytest.mark.parametrize(
    ("path", "shortest", "longest"),
    [
        ("chnsenticorp_zh/test.jsonl.gz", 6, 14),
        ("openrice_senti_yue/test.jsonl.gz", 6, 14),
        ("aichallenger2018_zh/train_1k.jsonl.gz", 6, 14),
        ("amazon_polarity10k_en/test.jsonl.gz", 35, 60),
        ("tripadvisor_subratings_en/sample_1000.jsonl.gz", 35, 60),
    ],
)
def test_clauses_of_real_texts_have_the_length_of_a_statement(path, shortest, longest):
    with gzip.open(Path(os.environ["NLP_CX_DATA"], "data", path), "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    batch = TextBatch.from_strings(texts)
    document, start, end = find_clauses(batch.codes, batch.offsets)
    assert shortest <= np.mean(end - start) <= longest
    assert np.unique(document).size == len(texts)
