"""Both languages say the same things, and neither says what was not shown."""

import re
import string

import pytest

from nlp_cx.report.words import Words, load_book

CAUSAL = {
    "en": r"because of|leads? to|due to|results? in\b|thanks to|caused by|\bdrives?\b|\bimpacts?\b"
    r"|\beffects?\b|influences?",
    "zh": "导致|造成|由于|因为|引起|使得|带来的?(?!惊喜)|影响|从而|因此|促使",
}


def flatten(book, prefix=""):
    for key, value in book.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def fields_of(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_placeholders():
    english, chinese = (dict(flatten(load_book(language))) for language in ("en", "zh"))
    # Names of outcomes are found by the same patterns.
    assert list(english) == list(chinese)
    assert {k: fields_of(v) for k, v in english.items() if not k.startswith("outcomes.")} == {
        k: fields_of(v) for k, v in chinese.items() if not k.startswith("outcomes.")
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_tells_a_cause(language):
    book = load_book(language)
    told = {
        key: text for key, text in flatten(book) if re.search(CAUSAL[language], text, re.IGNORECASE)
    }
    assert told == {}


def test_no_chinese_sentence_holds_english_punctuation_or_is_left_in_english():
    for key, text in flatten(load_book("zh")):
        if key.startswith(("sentences.", "remedies.", "titles.")):
            assert re.search("[\u4e00-\u9fff]", text) or "{" in text, key
            assert not re.search("[\u4e00-\u9fff][,;?!]", text), key


def test_one_text_is_singular():
    words = Words("en")
    assert words.say("read", n=1) == "1 text was read."
    assert words.say("read", n=2100) == "2,100 texts were read."
    assert words.say("emerging_some", n=1, of=9).startswith("1 of 9 terms is more frequent")


def test_what_users_wrote_is_never_read_as_a_template():
    words = Words("en", {"outcomes": {"r_x": {"label": "{n:count}{evil}"}}})
    assert words.say("see_rating", outcome=words.outcome("r_x"), low="1", high="2") == (
        "The mean of {n:count}{evil} lies between 1 and 2."
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "29% (95% interval 25% to 34%)"),
        ("zh", "29%（95% 置信区间 25% 至 34%）"),
    ],
)
def test_an_estimate_is_written_with_its_interval(language, expected):
    assert Words(language).estimate("share", 0.29, 0.25, 0.34) == expected


def test_an_estimate_without_interval_stands_alone():
    assert Words("en").estimate("share", 0.034, None, float("nan")) == "3.4%"


def test_reasons_are_translated_part_by_part_and_unknown_ones_stay():
    words = Words("zh")
    text = "1 negative mentions, expected at least 30; something new"
    assert words.reason(text) == "负面提及 1 条，至少需要 30 条；something new"
    assert Words("en").reason(text).startswith("1 negative mention, at least 30 needed")


def test_outcomes_are_named_by_the_user_by_what_they_are_known_for_or_by_their_column():
    words = Words("en", {"outcomes": {"r_mood": {"label": "mood of the day"}}})
    assert [words.outcome(name) for name in ("r_mood", "r_stars", "o_churned_90d", "r_y")] == [
        "mood of the day", "star rating", "churn", "“y”",
    ]  # fmt: skip


def test_drivers_of_another_taxonomy_keep_their_own_names():
    words = Words("zh", {"drivers": {"taste": {"zh": "口味", "en": "Taste"}}})
    assert [words.driver(name) for name in ("taste", "price", "smell")] == ["口味", "价格", "smell"]
