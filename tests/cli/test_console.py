"""Texts cannot act on a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nlp_cx.cli.console import clean, open_console


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b[1;1Hfake", r"\x1b[2J\x1b[1;1Hfake"),
        (
            "\x1b]8;;http://example.org\x07link\x1b]8;;\x07",
            r"\x1b]8;;http://example.org\x07link\x1b]8;;\x07",
        ),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb\nc\td\x08", r"a\rb\nc\td\x08"),
        ("\u202egnp.exe\u202c", r"\u202egnp.exe\u202c"),
        ("\u2066x\u2069\u200f\u061c", r"\u2066x\u2069\u200f\u061c"),
        ("line\u2028end\u2029", r"line\u2028end\u2029"),
        ("\ufeffbom\u00adsoft\u200bzero", r"\ufeffbom\xadsoft\u200bzero"),
        ("\U000e0041tag", r"\U000e0041tag"),
        ("\ud800", r"\ud800"),
        ("\x00", r"\x00"),
    ],
)
def test_control_characters_are_shown_not_sent(hostile, shown):
    assert clean(hostile) == shown


@pytest.mark.parametrize(
    "text", ["房间很干净　好", "naïve café", "👩‍🍳👍🏽❤️", "a\u00a0b", "[red]x[/red] :smile:"]
)
def test_letters_emoji_and_spaces_stay(text):
    assert clean(text) == text


@given(st.text(alphabet=st.characters()))
def test_what_is_shown_is_one_line_that_every_encoder_takes(text):
    shown = clean(text)
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)


def test_markup_and_emoji_codes_in_a_text_are_text():
    stream = io.StringIO()
    console: Console = open_console(stream)
    console.print("[red]好[/red] :smile: [link=http://example.org]x[/link]")
    assert stream.getvalue() == "[red]好[/red] :smile: [link=http://example.org]x[/link]\n"


def test_long_lines_are_not_broken():
    stream = io.StringIO()
    open_console(stream).print("x" * 500)
    assert stream.getvalue() == "x" * 500 + "\n"
