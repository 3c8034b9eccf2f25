"""Tokens: the longest entry at every place, inside its clause."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.errors import ModelError
from nlp_cx.text.tokens import SPECIAL, UNKNOWN, find_tokens, make_token_table

VOCABULARY = [
    *SPECIAL,
    *"很好不的",
    "很好",
    "▁good",
    "▁go",
    "s",
    "od",
    "▁s",
    "👍",
    "1",
    "!",
    "▁don't",
]


def cut(text: str, *spans: tuple[int, int]) -> list[list[str]]:
    codes = np.array([ord(c) for c in text], np.uint32)
    starts, ends = np.array(spans or [(0, len(text))], np.int64).T.copy()
    tokens = find_tokens(codes, starts, ends, make_token_table(VOCABULARY))
    pairs = zip(tokens.offsets, tokens.offsets[1:], strict=False)
    return [[VOCABULARY[i] for i in tokens.ids[a:b]] for a, b in pairs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("很好很", ["很好", "很"]),
        ("goods", ["▁good", "s"]),
        ("go s", ["▁go", "▁s"]),
        ("不good", ["不", "▁good"]),
        ("don't!", ["▁don't", "!"]),
        ("👍👍", ["👍", "👍"]),
        ("1s", ["1", "▁s"]),
        ("差good", ["[UNK]", "▁good"]),
        ("  ", []),
    ],
)
def test_the_longest_entry_wins(text, expected):
    assert cut(text) == [expected]


def test_a_token_stays_inside_its_clause():
    assert cut("很好good", (0, 1), (1, 4)) == [["很"], ["好", "▁go"]]


@given(st.lists(st.sampled_from([*"很好不的gods 👍1!差"]), max_size=30).map("".join))
def test_tokens_cover_everything_but_blanks(text):
    codes = np.array([ord(c) for c in text], np.uint32)
    spans = np.array([0]), np.array([len(text)])
    tokens = find_tokens(codes, *spans, make_token_table(VOCABULARY))
    covered = set()
    for i, start in zip(tokens.ids, tokens.starts, strict=True):
        entry = VOCABULARY[i].removeprefix("▁") if i != UNKNOWN else text[start]
        assert text[start : start + len(entry)] == entry
        covered |= set(range(start, start + len(entry)))
    assert covered == {i for i, c in enumerate(text) if c != " "}


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        (["a"], "begins with"),
        ([*SPECIAL, "好", "好"], "'好', is there twice"),
        ([*SPECIAL, ""], "has 0 characters"),
        ([*SPECIAL, "好" * 25], "has 25 characters"),
    ],
)
def test_a_vocabulary_that_cannot_be_used_is_refused(vocabulary, message):
    with pytest.raises(ModelError, match=message):
        make_token_table(vocabulary)
