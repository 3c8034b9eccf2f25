"""N-grams: which there are, which texts share them, and that their hashes never change."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.ngrams import (
    DIGIT,
    HAN,
    LATIN,
    SYMBOL,
    hash_clauses,
    scan_units,
    unit_classes,
)
from nlp_cx.text.normalize import normalize

NAMES = {HAN: "han", LATIN: "latin", DIGIT: "digit", SYMBOL: "symbol"}

alphabet = st.one_of(
    st.sampled_from("abnt '’`好吃差0123456789!?…。，👍🏽😡\U00020000\ufe0f\u200d\r\né"),
    st.characters(exclude_categories=["Cs"]),
)
clauses = st.text(alphabet, max_size=40)


def codes_of(text):
    return normalize(TextBatch.from_strings([text]).codes)


def hashes_of(text):
    codes = codes_of(text)
    bounds = np.array([0], np.int64), np.array([codes.size], np.int64)
    return hash_clauses(codes, *bounds, unit_classes())[0].tolist()


def units_of(text):
    """Give kind and letters of every unit, as spans of the normalised text."""
    codes = codes_of(text)
    units = np.empty(codes.size + 1, np.uint64)
    spans = np.empty((codes.size + 1, 3), np.int64)
    m = scan_units(codes, 0, codes.size, unit_classes(), units, spans)
    normal = "".join(map(chr, codes.tolist()))
    return [(NAMES[kind], normal[start:end]) for start, end, kind in spans[1:m].tolist()]


@given(clauses)
def test_hashes_are_those_of_a_plain_implementation(reference_hashes, text):
    normal = "".join(map(chr, codes_of(text).tolist()))
    assert hashes_of(text) == reference_hashes(normal)


def test_hashes_that_models_were_trained_on_never_change():
    text = "房间很干净，but the staff didn't care!! 5星 2024年 sooooo 好好好好 👍🏽"
    digest = hashlib.sha256(np.array(hashes_of(text), np.uint64).tobytes()).hexdigest()
    assert digest == "84f05500d16c48a93cbacf97ba6faede32a35055a3d5a70a0b301f409a906111"


@pytest.mark.parametrize(
    "texts",
    [
        ("don't like", "dont like", "do n't like", "don’t like", "DON'T LIKE", "ｄｏｎ＇ｔ like"),
        ("soo good", "sooo good", "soooooooo good"),
        ("好好", "好好好", "好好好好好好"),
        ("!!", "!!!!!!"),
        ("😡😡", "😡😡😡😡"),
        ("👍", "👍🏽", "👍🏿"),
        ("很貴", "很贵"),
        ("wi-fi", "wi fi", "wi/fi"),
        ("花了100块", "花了999块", "花了123块"),
        ("❤", "❤\ufe0f"),
        ("好，吃", "好吃", "好 吃", "好。吃"),
    ],
)
def test_spellings_of_the_same_share_all_hashes(texts):
    assert len({tuple(hashes_of(text)) for text in texts}) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("so good", "soo good"),
        ("好", "好好"),
        ("1 star", "5 star"),
        ("10 days", "30 days"),
        ("花了10块", "花了100块"),
        ("100 days", "1000 days"),
        ("!", "?"),
        ("very good", "very very good"),
        ("its", "it s"),
        ("不好", "好不"),
    ],
)
def test_texts_that_differ_differ_in_a_hash(texts):
    assert len({tuple(hashes_of(text)) for text in texts}) == len(texts)


def test_a_word_of_many_forms_shares_its_inside():
    shared = set(hashes_of("disappointing")) & set(hashes_of("disappointed"))
    assert len(shared) == 2  # the first 4 and the first 6 letters
    assert len(set(hashes_of("cleaned")) & set(hashes_of("uncleaned"))) == 2  # the last 3 and 5
    assert len(hashes_of("good")) == 2  # the word, and the word at the start


def test_units_of_a_mixed_clause():
    assert units_of("WiFi很慢, 3天12345次!! didn't 👍🏽") == [
        ("latin", "wifi"),
        ("han", "很"),
        ("han", "慢"),
        ("digit", "3"),
        ("han", "天"),
        ("digit", "12345"),
        ("han", "次"),
        ("symbol", "!"),
        ("symbol", "!"),
        ("latin", "didn't"),
        ("symbol", "👍"),
    ]


@given(clauses)
def test_spans_of_units_follow_each_other_inside_the_clause(text):
    codes = codes_of(f"前{text}后")
    units = np.empty(codes.size + 1, np.uint64)
    spans = np.empty((codes.size + 1, 3), np.int64)
    m = scan_units(codes, 1, codes.size - 1, unit_classes(), units, spans)
    bounds = spans[1:m, :2].ravel()
    assert (np.diff(bounds) >= 0).all()
    assert (spans[1:m, 0] < spans[1:m, 1]).all()
    assert m == 1 or (bounds[0] >= 1 and bounds[-1] <= codes.size - 1)


@given(st.lists(clauses, min_size=1, max_size=5))
def test_hashes_of_a_clause_do_not_depend_on_the_others(texts):
    batch = TextBatch.from_strings(texts)
    hashes, offsets = hash_clauses(
        normalize(batch.codes), batch.offsets[:-1], batch.offsets[1:], unit_classes()
    )
    parts = [hashes[a:b].tolist() for a, b in pairwise(offsets)]
    assert parts == [hashes_of(text) for text in texts]


def test_nothing_to_hash_in_marks_and_blanks():
    assert hashes_of("，。、 \r\n—「」“”\u200b") == []
    assert hashes_of("") == []


def test_a_long_word_and_a_long_run_do_not_overflow():
    assert len(hashes_of("ab" * 5_000)) == 6
    assert len(hashes_of("好" * 20_000)) == len(hashes_of("好好"))
    spaced = " ".join("好差" * 5_000)  # 1 to 4 units from each but the last, 3 from the boundary
    assert len(hashes_of(spaced)) == 4 * 10_000 - 6 + 3
