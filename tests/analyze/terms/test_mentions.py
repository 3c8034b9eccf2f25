import pytest

from nlp_cx.analyze.terms.chinese import find_chinese_mentions
from nlp_cx.analyze.terms.clause_words import cut_words
from nlp_cx.analyze.terms.english import find_english_mentions

NOUNS = {"staff", "desk", "front", "room", "towels", "color", "dress", "service", "water", "sack"}


def _chinese(clause):
    return [(m.aspect, "".join(m.opinion)) for m in find_chinese_mentions(*cut_words(clause))]


def _english(clause):
    mentions = find_english_mentions(cut_words(clause).texts, NOUNS.__contains__)
    return [(m.aspect, " ".join(m.opinion)) for m in mentions]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("服务员态度很差", [("服务员", "态度差")]),
        ("服務員的態度太差了", [("服务员", "态度差")]),
        ("房间不干净", [("房间", "不干净")]),
        ("房间一点都不是很干净", [("房间", "不干净")]),
        ("位置不好", [("位置", "不好")]),
        ("位置不是很好", [("位置", "不好")]),
        ("送得太慢了", [("送", "慢")]),
        ("太慢了", [("", "慢")]),
        ("好吃的菜", [("菜", "好吃")]),
        ("没有筷子", [("筷子", "没有")]),
        ("价格比实体店便宜", [("价格", "便宜")]),
        ("环境、服务都很好", [("服务", "好"), ("环境", "好")]),
        ("服务人员态度好", [("服务人员", "态度好")]),
    ],
)
def test_a_chinese_clause_gives_its_aspects_and_opinions(clause, expected):
    assert _chinese(clause) == expected


@pytest.mark.parametrize(
    "clause",
    ["希望服务好一点", "如果房间干净就好了", "房间干净吗？", "不错", "不是一般的慢", "多放点辣椒"],
)
def test_wishes_questions_and_vague_words_give_no_chinese_term(clause):
    assert _chinese(clause) in ([], [("", "慢")])


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("the staff was really rude", [("staff", "rude")]),
        ("rude staff", [("staff", "rude")]),
        ("the room wasn't clean", [("room", "not clean")]),
        ("the room was not very clean", [("room", "not clean")]),
        ("loved the color", [("color", "love")]),
        ("i don't like the color", [("color", "not like")]),
        ("no towels", [("towels", "no")]),
        ("it ran small", [("", "runs small")]),
        ("it was so expensive", [("", "expensive")]),
        ("no hot water", [("water", "no")]),
    ],
)
def test_an_english_clause_gives_its_aspects_and_opinions(clause, expected):
    assert _english(clause) == expected


@pytest.mark.parametrize(
    "clause",
    [
        "the room would be nice",
        "if the staff was rude",
        "was the staff rude?",
        "it was like a sack",
    ],
)
def test_wishes_questions_and_comparisons_give_no_english_term(clause):
    assert _english(clause) == []
