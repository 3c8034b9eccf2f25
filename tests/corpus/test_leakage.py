import html
import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlp_cx.corpus.leakage import drop_leaked, find_copies, normalize_all, normalize_for_match


def table(*rows):
    frame = pd.DataFrame(rows, columns=["source", "lang", "text", "dataset", "file", "row"])
    frame["match"] = normalize_all(frame["text"].tolist())
    return frame


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great FOOD, 5 stars!!", "greatfoodstars"),
        ("味道不错&hellip;&nbsp;推荐", "味道不错推荐"),
        ("ＡＢＣ１２３", "abc"),
        ("服務態度很好", "服务态度很好"),
        ("caf\u00e9 cafe\u0301", "café" * 2),
        ("\U0001f600 \n\t5.0 ★★★", ""),
        ("", ""),
        ("a\x1eb", "ab"),
        ("&#30;x&#10;y", "xy"),
        ("ﬁne", "fine"),
    ],
)
def test_normalized_text_keeps_letters_and_ideographs_only(text, expected):
    assert normalize_for_match(text) == expected


@given(st.lists(st.text(), max_size=20))
def test_many_texts_normalize_as_each_does_alone(texts):
    assert normalize_all(texts) == [normalize_for_match(text) for text in texts]


# ŉ is left out: NFKC makes its apostrophe a letter, and folding makes that a mark again.
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_characters="ŉ")))
def test_latin_texts_agree_with_the_definition_spelled_out(text):
    plain = unicodedata.normalize("NFKC", html.unescape(text)).lower()
    assert normalize_for_match(text) == "".join(c for c in plain if c.isalpha())


@given(st.text())
def test_normalized_text_holds_letters_only_and_stays_so(text):
    once = normalize_for_match(text)
    assert all(c.isalpha() for c in once)
    assert normalize_for_match(once) == once


def test_no_text_gives_no_result():
    assert normalize_all([]) == []


def test_same_text_is_dropped_whatever_its_punctuation_and_length():
    train = table(
        ("a", "zh", "不错！！", "a", "f", 0),
        ("a", "zh", "很不错", "a", "f", 1),
        ("a", "en", "Very  GOOD.", "a", "f", 2),
    )
    protected = table(("b", "zh", "不錯", "b", "f", 9), ("b", "en", "very good", "b", "f", 8))
    kept, counts = drop_leaked(train, protected)
    assert kept["text"].tolist() == ["很不错"]
    assert counts.loc["a"].to_dict() == {
        "same_text": 2,
        "same_row": 0,
        "shared_passage": 0,
        "kept": 1,
    }


def test_sentences_of_one_review_go_together():
    train = table(
        ("gold", "zh", "房间干净", "hotels", "all", 7),
        ("hotels", "zh", "房间干净。早餐一般。", "hotels", "all", 7),
        ("hotels", "zh", "位置好找。", "hotels", "all", 8),
        ("hotels", "zh", "位置好找。", "hotels", "more", 7),
    )
    kept, counts = drop_leaked(train, table(("gold", "zh", "早餐一般", "hotels", "all", 7)))
    assert kept[["file", "row"]].values.tolist() == [["all", 8], ["more", 7]]
    assert counts["same_row"].to_dict() == {"gold": 1, "hotels": 1}


def test_review_that_holds_a_test_sentence_is_dropped_and_so_is_a_sentence_of_a_test_review():
    sentence = "前台小姐姐帮我们免费升级了房型"
    train = table(
        ("a", "zh", f"上周入住，{sentence}，下次还来。", "a", "f", 0),
        ("b", "zh", "隔壁装修从早上七点吵到晚上十点", "b", "f", 0),
        ("b", "zh", "前台小姐姐帮我们", "b", "f", 1),
    )
    protected = table(
        ("c", "zh", sentence, "c", "f", 0),
        ("c", "zh", "一言难尽：隔壁装修从早上七点吵到晚上十点，没法睡。", "c", "f", 1),
    )
    kept, counts = drop_leaked(train, protected)
    assert kept["text"].tolist() == ["前台小姐姐帮我们"]
    assert counts["shared_passage"].to_dict() == {"a": 1, "b": 1}


def test_short_english_phrase_inside_a_review_is_no_copy():
    train = table(("a", "en", "The soup was very good and the bread warm.", "a", "f", 0))
    kept, _ = drop_leaked(train, table(("b", "en", "The soup was very good", "b", "f", 0)))
    assert len(kept) == 1


def test_drop_leaked_leaves_its_arguments_alone():
    train = table(("a", "zh", "不错", "a", "f", 0))
    before = train.copy()
    drop_leaked(train, table(("b", "zh", "不错", "b", "f", 0)))
    pd.testing.assert_frame_equal(train, before)


def run(text, other, n_letters):
    windows = {text[k : k + n_letters] for k in range(len(text) - n_letters + 1)}
    return any(window in other for window in windows)


@example(["ababaa"], ["abbaaa"], 3)  # letters in another order are another run
@given(
    st.lists(st.text("ab", max_size=16), max_size=8),
    st.lists(st.text("ab", max_size=16), max_size=8),
    st.integers(1, 5),
)
def test_copies_are_found_as_by_comparing_everything(texts, others, n_letters):
    expected = [
        any(
            (len(other) >= n_letters and other in text)
            or (len(text) >= n_letters and text in other)
            or run(text, other, 2 * n_letters)
            for other in others
        )
        for text in texts
    ]
    assert find_copies(texts, others, n_letters).tolist() == expected


def test_text_that_differs_from_a_test_text_by_its_tokens_only_is_dropped():
    review = "The brother and sister team who opened this bakery last spring know {} about bread."
    train = table(("a", "en", review.format("a lot -lrb- really -rrb-"), "a", "f", 0))
    kept, _ = drop_leaked(train, table(("b", "en", review.format("a lot (really)"), "b", "f", 0)))
    assert kept.empty
