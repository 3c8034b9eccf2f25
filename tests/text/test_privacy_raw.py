"""Rows that no reader could parse, with personal data in every disguise that files have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.text.privacy_raw import mask_fields, mask_raw, mask_words


@pytest.mark.parametrize(
    ("raw", "masked", "kind"),
    [
        (r'{"text": "\u738b\u5148\u751f', r'{"text": "******\u5148\u751f', "name"),
        (r"\u002013800138000", r"\u0020***********", "mobile"),
        (r"\x8013800138000", r"\x80***********", "mobile"),
        (r"a\n13800138000\n", r"a\n***********\n", "mobile"),
        (r"folder\u13800138000", r"folder\u***********", "mobile"),
        (r'{"mail":"a.b\u0040example.com"', r'{"mail":"********************"', "email"),
        ('{"buyer_name": "王小明", ', '{"buyer_name": "***", ', "name"),
        (r'{"\u59d3\u540d": "\u738b"', r'{"\u59d3\u540d": "******"', "name"),
        ('7,"13800138000,', '7,"***********,', "mobile"),
    ],
)
def test_what_a_row_hides_is_masked_in_place(raw, masked, kind):
    found, counts = mask_raw(raw)
    assert found == masked
    assert counts == {kind: 1}


def test_a_broken_escape_is_text():
    assert mask_raw(r"\u12 \x \q 好")[0] == r"\u12 \x \q 好"


def test_fields_keep_what_is_no_person():
    assert mask_fields('{"phone": "", "name": "Kim"}') == ('{"phone": "", "name": "Kim"}', {})


def test_of_a_whole_row_marks_are_left():
    assert mask_words("7,王小明,\t'x_1'") == "*,***,\t'***'"


@pytest.mark.parametrize("raw", ["\\" * 4_000, '"' * 4_000, '"a":' * 1_000, "\\u0" * 1_000])
def test_hostile_rows_take_no_time(raw):
    assert mask_raw(raw) == (raw, {})


@given(st.text(st.sampled_from(list('\\ux01389{}":,王先生a@.com')), max_size=60))
def test_lengths_stay_and_twice_is_once(raw):
    masked, _ = mask_raw(raw)
    assert len(masked) == len(raw)
    assert mask_raw(masked)[0] == masked
