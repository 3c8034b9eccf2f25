"""Folding: one code point onto one, and folding twice is folding once."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.text.batch import TextBatch, decode_codes
from nlp_cx.text.normalize import load_variants, normalize


def fold(text: str) -> str:
    return decode_codes(normalize(TextBatch.from_strings([text]).codes))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３，！？：；（）～", "abc123,!?:;()~"),
        ("Straße ÉTÉ", "straße été"),
        ("這間酒店環境乾淨，服務員態度親切", "这间酒店环境干净,服务员态度亲切"),
        ("妳覺得裡面怎麼樣？牠很可愛", "你觉得里面怎么样?它很可爱"),
        ("呢間餐廳嘅嘢好好食，我哋鍾意", "呢间餐厅嘅嘢好好食,我哋钟意"),
        ("看著 看着 著名", "看着 看着 着名"),
        ("don’t “quote” – — …", 'don\'t "quote" - - …'),
        ("a\u3000b\u00a0c\td\r\ne\u2028f\u200bg\ufeffh\x00i", "a b c d  e f g h i"),
        ("①②Ⅳ㈠²ⅷ", "12ⅳ㈠2ⅷ"),
        ("𝐆𝐨𝐨𝐝 𝟙", "good 1"),
        ("ｶﾞ｡", "カ゛。"),
        ("👍🏽👨‍👩‍👧🇨🇳☺️", "👍🏽👨‍👩‍👧🇨🇳☺️"),
        ("ﬁ ™ ㎡", "ﬁ ™ ㎡"),
        ("𠮷野家", "𠮷野家"),
        ("\ud83d", "\ud83d"),
    ],
)
def test_known_foldings(text, folded):
    if text == "ｶﾞ｡":  # NFKC of the half-width mark alone is the combining one
        folded = "カ\u3099。"
    assert fold(text) == folded


@given(st.text())
def test_folding_keeps_the_length_and_is_idempotent(text):
    codes = TextBatch.from_strings([text]).codes
    folded = normalize(codes)
    assert folded.size == codes.size
    assert folded.dtype == np.uint32
    assert np.array_equal(normalize(folded), folded)


def test_every_entry_of_the_table_folds_onto_a_fixed_point():
    table = load_variants()
    assert np.array_equal(table[table], table)


def test_everything_that_python_calls_white_space_becomes_a_blank():
    spaces = [chr(code) for code in range(0x20000) if chr(code).isspace()]
    assert set(fold("".join(spaces))) == {" "}


def test_single_character_lower_case_agrees_with_python():
    table = load_variants()
    for code in range(0x250):
        lower = chr(code).lower()
        if chr(code).isalpha() and unicodedata.normalize("NFKC", chr(code)) == chr(code):
            assert len(lower) > 1 or table[code] == ord(lower)


def test_the_argument_is_not_changed_and_the_result_can_be_written():
    codes = np.array([65, 0x3000], np.uint32)
    folded = normalize(codes)
    folded[0] = 0
    assert codes.tolist() == [65, 0x3000]


def test_nothing_folds_to_nothing():
    assert normalize(np.empty(0, np.uint32)).size == 0
