"""What customers say of their expectations, on texts written for these tests."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze.satisfaction.cues import DIRECTIONS, load_cue_book
from nlp_cx.analyze.satisfaction.expectations import find_expectations
from nlp_cx.errors import SchemaError
from nlp_cx.taxonomy import load_taxonomy

# Text, span, determinant, direction, what is compared with.
SAID = [
    ("完全超出预期", "完全超出预期", None, "better", None),
    ("比想象中好多了", "比想象中", None, "better", "想象中"),
    ("比想象中差", "比想象中", None, "worse", "想象中"),
    ("比想像中小一圈", "比想像中", None, None, "想像中"),
    ("没有想象的好", "没有想象的好", None, "worse", None),
    ("没有想象中那么辣", "没有想象中那么辣", None, "better", None),
    ("没达到预期", "没达到预期", None, "worse", None),
    ("跟想象中一样", "跟想象中一样", None, "as_expected", None),
    ("符合预期", "符合预期", None, "as_expected", None),
    ("没想到这么难吃", "没想到", None, "worse", None),
    ("没想到这么便宜", "没想到", None, "better", None),
    ("没想到，真的很好吃", "没想到", None, "better", None),
    ("没想到老板是我同学", "没想到", None, None, None),
    ("居然还要收费", "居然", None, "worse", None),
    ("太失望了", "失望", None, "worse", None),
    ("从来没让我失望", "从来没让我失望", None, "as_expected", None),
    ("有点小惊喜", "惊喜", None, "better", None),
    ("没什么惊喜", "没什么惊喜", None, "as_expected", None),
    ("果然好吃", "果然", None, "as_expected", None),
    ("本来以为会很好", "本来以为", None, "worse", None),
    ("简直名不副实", "名不副实", None, "worse", None),
    ("名不虚传", "名不虚传", "word_of_mouth", "as_expected", None),
    ("这就是货不对板", "货不对板", "promotion", "worse", None),
    ("和图片完全不符", "和图片完全不符", "promotion", "worse", "图片"),
    ("跟描述的一样", "跟描述的一样", "promotion", "as_expected", "描述"),
    ("比图片好看", "比图片", "promotion", "better", "图片"),
    ("虚假宣传", "虚假宣传", "promotion", "worse", None),
    ("直播间说是纯棉的", "直播间说是", "promotion", None, "直播间"),
    ("朋友推荐来的", "朋友推荐", "word_of_mouth", None, "朋友"),
    ("看了网上的好评才来", "看了网上的好评", "word_of_mouth", None, "网上的好评"),
    ("慕名而来", "慕名", "word_of_mouth", None, None),
    ("我比较挑剔", "我比较挑剔", "values_background", None, None),
    ("作为一个四川人", "作为一个四川人", "values_background", None, None),
    ("买来送人的", "买来送人", "context_life_stage", None, "人"),
    ("给孩子买的", "给孩子买", "context_life_stage", None, "孩子"),
    ("请客户吃饭", "请客户吃", "context_life_stage", None, "客户"),
    ("比上次差多了", "比上次", "experience_here", "worse", "上次"),
    ("味道一如既往", "一如既往", "experience_here", "as_expected", None),
    ("第三次买了", "第三次买", "experience_here", None, None),
    ("老客户了", "老客户了", "experience_here", None, None),
    ("比别家便宜", "比别家", "experience_elsewhere", "better", "别家"),
    ("还不如别家", "还不如别家", "experience_elsewhere", "worse", "别家"),
    ("不比大酒店差", "不比大酒店", "experience_elsewhere", "as_expected", "大酒店"),
    ("吃过的最难吃的面", "吃过的最", "experience_elsewhere", "worse", None),
    ("it exceeded my expectations", "exceeded my expectations", None, "better", None),
    ("not what i expected", "not what i expected", None, "worse", "i expected"),
    ("better than we expected", "better than we expected", None, "better", "we expected"),
    ("smaller than i expected", "smaller than i expected", None, None, "i expected"),
    ("it didn't meet my expectations", "n't meet my expectations", None, "worse", None),
    ("exactly what we expected", "exactly what we expected", None, "as_expected", None),
    ("very disappointed", "disappointed", None, "worse", None),
    ("you won't be disappointed", "won't be disappointed", None, "as_expected", None),
    ("it never disappoints", "never disappoints", None, "as_expected", None),
    ("i was pleasantly surprised", "pleasantly surprised", None, "better", None),
    ("not as advertised", "not as advertised", "promotion", "worse", "advertised"),
    ("just as described", "just as described", "promotion", "as_expected", "described"),
    ("a friend recommended it", "a friend recommended", "word_of_mouth", None, "a friend"),
    ("we came for our anniversary", "for our anniversary", "context_life_stage", None, "anniversary"),
    ("as a vegetarian i loved it", "as a vegetarian", "values_background", None, None),
    ("it has gone downhill", "gone downhill", "experience_here", "worse", None),
    ("best burger i've ever had", "best burger i've ever had", "experience_elsewhere", "better", "i've ever had"),
    ("better than other hotels", "better than other hotels", "experience_elsewhere", "better", "other hotels"),
]  # fmt: skip

BEHIND_OTHER_WORDS = [
    ("价格比想象中贵", "比想象中", "worse"),
    ("性能比上次好", "比上次", "better"),
    ("颜色比图片好看", "比图片", "better"),
]

UNSAID = [
    *("性价比很高", "比较好吃", "味道不错", "推荐给朋友了", "值得推荐", "期待下次", "希望不要让我失望"),
    *("如果让我失望就退货", "是不是比想象中好？", "别抱太高期望", "下次还会再来", "期待您的再次光临"),
    *("适合朋友聚餐", "毕竟是周末", "苹果真好吃", "谁买谁知道", "不以为然", "不客气", "收货之前没开封"),
    *("i highly recommend it", "don't expect much", "i hope we won't be disappointed", "what to expect"),
    *("more than happy", "the best", "will come again", "great for a birthday party", "other than that"),
    *("was it as advertised?", "happy birthday", "first time here", "", "   ", "👍", "12345"),
]  # fmt: skip


def _find(*texts):
    return find_expectations(pd.DataFrame({"text": list(texts)}))


def _plain(value):
    return None if pd.isna(value) else value


@pytest.mark.parametrize(("text", "span", "determinant", "direction", "compared"), SAID)
def test_a_sign_is_found_with_what_it_says(text, span, determinant, direction, compared):
    found = _find(text)
    first = found.iloc[0]
    assert (first["span"], _plain(first["determinant"]), _plain(first["direction"])) == (
        span, determinant, direction)  # fmt: skip
    if compared is not None:
        assert first["compared"] == compared
        assert text[first["compared_start"] : first["compared_end"]] == compared


@pytest.mark.parametrize(("text", "span", "direction"), BEHIND_OTHER_WORDS)
def test_a_noun_before_the_sign_does_not_hide_it(text, span, direction):
    found = _find(text)
    assert found[["span", "direction"]].astype(object).values.tolist() == [[span, direction]]


@pytest.mark.parametrize("text", UNSAID)
def test_a_text_without_a_statement_has_no_row(text):
    found = _find(text)
    assert found.empty, found[["span", "cue"]].to_dict("records")


TRADITIONAL = [
    ("沒想到這麼難吃", "没想到这么难吃"),
    ("與圖片不符", "与图片不符"),
    ("比上次還要貴", "比上次还要贵"),
    ("朋友極力推薦", "朋友极力推荐"),
    ("名不副實", "名不副实"),
    ("給媽媽買的", "给妈妈买的"),
]


@pytest.mark.parametrize(("traditional", "simplified"), TRADITIONAL)
def test_traditional_writing_says_the_same(traditional, simplified):
    columns = ["start", "end", "cue", "determinant", "direction"]
    a, b = _find(traditional), _find(simplified)
    assert len(a) >= 1
    pd.testing.assert_frame_equal(a[columns], b[columns])
    assert a["span"][0] == traditional[a["start"][0] : a["end"][0]]


def test_case_and_width_do_not_matter():
    found = _find("ＮＯＴ　ＡＳ　ＡＤＶＥＲＴＩＳＥＤ", "Not As Described!!!")
    assert found["direction"].tolist() == ["worse", "worse"]


def test_both_languages_of_one_text_are_read():
    found = _find("没想到这么难吃, very disappointed")
    assert found["language"].tolist() == ["zh", "en"]


_PARTS = st.sampled_from(
    [text for text, *_ in SAID] + ["👩‍🍳", "\r\n", "，", "。", " ", "ﬁ", "🇨🇳", "\u200b", "味道", "ok ", "!", "𠮷"]
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(_PARTS, max_size=6).map("".join), min_size=1, max_size=4))
def test_spans_are_code_points_of_the_original_text(texts):
    found = _find(*texts)
    for row in found.itertuples():
        text = texts[row.doc_id]
        assert text[row.start : row.end] == row.span
        assert row.end > row.start
        if not pd.isna(row.compared):
            assert text[row.compared_start : row.compared_end] == row.compared
            assert row.start <= row.compared_start < row.compared_end <= row.end
    for _, rows in found.groupby("doc_id"):
        assert (rows["start"].to_numpy()[1:] >= rows["end"].to_numpy()[:-1]).all()


def test_a_text_says_the_same_whatever_stands_beside_it():
    texts = [text for text, *_ in SAID]
    together = _find(*texts)
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = _find(*[texts[i] for i in order])
    shuffled["doc_id"] = order[shuffled["doc_id"]]
    shuffled = shuffled.sort_values(["doc_id", "start"], ignore_index=True)
    pd.testing.assert_frame_equal(together, shuffled, check_dtype=False)


def test_ids_are_those_of_the_documents_and_missing_texts_have_no_row():
    documents = pd.DataFrame({"doc_id": ["a", "b"], "review": [None, "太失望了"]})
    before = documents.copy()
    assert find_expectations(documents, text="review")["doc_id"].tolist() == ["b"]
    pd.testing.assert_frame_equal(documents, before)


def test_agents_do_not_count():
    chat = pd.DataFrame(
        {"speaker": ["agent", "customer", None], "text": ["让您失望了", "太失望了", "太失望了"]}
    )
    assert find_expectations(chat)["doc_id"].tolist() == [1, 2]


def test_the_table_has_its_types_without_rows_too():
    empty, full = _find(), _find("比上次差")
    assert empty.dtypes.drop("doc_id").to_dict() == full.dtypes.drop("doc_id").to_dict()
    assert list(full["determinant"].cat.categories) == list(
        load_taxonomy("expectation_determinants").ids
    )
    assert list(full["direction"].cat.categories) == list(DIRECTIONS)


def test_a_missing_column_is_named():
    with pytest.raises(SchemaError, match="no column 'review'"):
        find_expectations(pd.DataFrame({"text": ["x"]}), text="review")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cue_books_hold_what_they_should(language):
    book = load_cue_book(language)
    determinants = {*load_taxonomy("expectation_determinants").ids, None}
    ids = [cue.id for cue in book.cues]
    assert len(ids) == len(set(ids))
    for cue in book.cues:
        assert cue.determinant in determinants
        assert cue.direction in {*DIRECTIONS, "words", "against_words", None}
        assert cue.otherwise in {*DIRECTIONS, None}
        assert cue.is_ignored == (cue.loose == "")
        assert not cue.pattern.match(""), f"{cue.id} matches nothing at all"
    covered = {cue.determinant for cue in book.cues}
    assert determinants <= covered


def test_the_first_stage_finds_all_that_the_second_would():
    """Signs that begin or end a clause are looked for in whole texts first."""
    found = _find("很好，送朋友的", "on time. Expected it to be worse")
    assert "送朋友" in found["span"].tolist()
