import json
from pathlib import Path

import pandas as pd
import pytest

from nlp_cx.errors import InputError
from nlp_cx.evaluate.challenge import (
    PHENOMENA,
    Item,
    read_challenge,
    score_challenge,
    summarize_challenge,
)

DATA = Path(__file__).resolve().parents[2] / "data" / "challenge"
GOOD = {
    "id": "en-negation-001a",
    "pair": "en-negation-001",
    "lang": "en",
    "phenomenon": "negation",
    "text": "The staff was not friendly.",
    "expect": {"sentiment": "negative", "drivers": {"service": "negative"}},
}


def write(tmp_path, *rows):
    path = tmp_path / "en.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def says(**columns):
    """Predict the same of every text."""
    return lambda texts: pd.DataFrame([columns] * len(texts))


def item(expect, **changes):
    row = {**GOOD, "expect": expect, **changes}
    return Item(**row)


def test_good_line_becomes_an_item(tmp_path):
    (found,) = read_challenge([write(tmp_path, GOOD, "")])
    assert found == Item(**GOOD)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"phenomenon": "irony"}, "phenomenon is 'irony'"),
        ({"lang": "de"}, "lang is 'de'"),
        ({"text": " "}, "text is ' '"),
        ({"extra": 1}, "unknown field 'extra'"),
        ({"expect": {}}, "one assertion or more"),
        ({"expect": {"sentiment": "mixed"}}, "expect.sentiment is 'mixed'"),
        ({"expect": {"sentiment": []}}, "expect.sentiment is []"),
        ({"expect": {"drivers": {"food": "positive"}}}, "expected drivers (product"),
        ({"expect": {"drivers": {"service": "good"}}}, "with negative, neutral, positive, mixed"),
        ({"expect": {"not_mentioned": "price"}}, "expected a list of"),
        ({"expect": {"loyalty": None}}, "expect.loyalty is None"),
        ({"expect": {"mixed": "yes"}}, "expected true or false"),
        ({"expect": {"tone": "rude"}}, "expect.tone is 'rude': unknown"),
        (
            {"expect": {"drivers": {"price": "negative"}, "not_mentioned": ["price"]}},
            "'price' is both asserted and not mentioned",
        ),
    ],
)
def test_fault_of_an_item_names_file_line_and_value(tmp_path, change, said):
    path = write(tmp_path, GOOD, {**GOOD, "id": "b", "text": "Other.", **change})
    with pytest.raises(InputError) as caught:
        read_challenge([path])
    assert f"{path}, line 2: " in str(caught.value)
    assert said in str(caught.value)


def test_all_faults_are_named_at_once(tmp_path):
    path = write(tmp_path, "{", "[1]", {**GOOD, "lang": "xx"})
    with pytest.raises(InputError, match=r"3 faults: .*line 1: not JSON.*line 2: a list.*line 3"):
        read_challenge([path])


def test_same_id_twice_and_a_pair_of_one_text_are_faults(tmp_path):
    path = write(tmp_path, GOOD, GOOD, {**GOOD, "id": "c"})
    with pytest.raises(InputError) as caught:
        read_challenge([path])
    assert "line 2: id 'en-negation-001a' stands in" in str(caught.value)
    assert "holds a text twice" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe{"])
def test_files_without_items_are_refused(tmp_path, content):
    path = tmp_path / "zh.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"no challenge items|not UTF-8"):
        read_challenge([path])


@pytest.mark.parametrize(
    ("expect", "found", "passes"),
    [
        ({"sentiment": "negative"}, {"sentiment": "negative"}, True),
        ({"sentiment": ["neutral", "negative"]}, {"sentiment": "negative"}, True),
        ({"sentiment": ["neutral", "positive"]}, {"sentiment": "negative"}, False),
        ({"sentiment": "neutral"}, {"sentiment": None}, False),
        ({"drivers": {"price": "mentioned"}}, {"price": "neutral"}, True),
        ({"drivers": {"price": "mentioned"}}, {"price": None}, False),
        ({"drivers": {"price": "positive"}}, {"price": "mixed"}, False),
        ({"not_mentioned": ["price"]}, {"price": None}, True),
        ({"not_mentioned": ["price"]}, {"price": float("nan")}, True),
        ({"not_mentioned": ["price"]}, {"price": "neutral"}, False),
        ({"loyalty": "none"}, {"loyalty": None}, True),
        ({"loyalty": "none"}, {"loyalty": "positive"}, False),
        ({"mixed": True}, {"mixed": True}, True),
        ({"mixed": False}, {"mixed": True}, False),
        ({"mixed": False}, {"mixed": None}, False),
        ({"mixed": False}, {"sentiment": "negative"}, False),
        ({"not_mentioned": ["price"]}, {"sentiment": "negative"}, False),
        (
            {"sentiment": "negative", "drivers": {"price": "negative"}},
            {"sentiment": "negative", "price": "positive"},
            False,
        ),
    ],
)
def test_item_passes_when_all_its_assertions_hold(expect, found, passes):
    row = score_challenge([item(expect)], says(**found)).iloc[0]
    assert bool(row["passed"]) is passes
    assert (row["failed"] == "") is passes
    assert row["n_asserted"] == sum(len(v) if k == "drivers" else 1 for k, v in expect.items())


def test_failure_says_what_was_expected_and_found():
    expect = {"sentiment": ["neutral", "positive"], "drivers": {"price": "mentioned"}}
    row = score_challenge([item(expect)], says(sentiment="negative", price=None)).iloc[0]
    assert row["failed"] == (
        "sentiment: expected neutral or positive, found negative; "
        "price: expected mentioned, found not_mentioned"
    )


def test_rates_count_items_and_pairs_of_which_all_pass():
    items = [
        item({"sentiment": "negative"}, id="1", pair="p", text="a"),
        item({"sentiment": "positive"}, id="2", pair="p", text="b"),
        item({"sentiment": "negative"}, id="3", pair="q", text="c"),
        item({"sentiment": "negative"}, id="4", pair="q", text="d"),
        item({"sentiment": "negative"}, id="5", pair="", text="e", phenomenon="typos", lang="zh"),
    ]
    table = summarize_challenge(score_challenge(items, says(sentiment="negative")))
    rows = {(r["lang"], r["phenomenon"]): r for r in table.to_dict("records")}
    assert list(rows)[:3] == [("all", "all"), ("all", "negation"), ("all", "typos")]
    whole = rows["all", "all"]
    assert (whole["n"], whole["n_passed"], whole["rate"]) == (5, 4, 0.8)
    assert (whole["n_pairs"], whole["pair_rate"]) == (2, 0.5)
    # Wilson interval of 4 of 5: 0.376 to 0.964 (R, binom::binom.confint(4, 5, methods="wilson")).
    assert (whole["low"], whole["high"]) == pytest.approx((0.3755, 0.9638), abs=1e-4)
    assert rows["zh", "typos"]["n_pairs"] == 0
    assert pd.isna(rows["zh", "typos"]["pair_rate"])
    assert ("en", "typos") not in rows


def test_predictor_that_loses_rows_is_refused():
    with pytest.raises(InputError, match="0 predictions for 1"):
        score_challenge([item({"mixed": True})], lambda texts: pd.DataFrame())


@pytest.mark.skipif(not list(DATA.glob("*.jsonl")), reason="data/challenge is not there")
def test_shipped_challenge_covers_what_the_suite_promises():
    items = read_challenge(sorted(DATA.glob("*.jsonl")))
    for lang in ("zh", "en"):
        own = [i for i in items if i.lang == lang]
        assert len(own) >= 400
        assert {i.phenomenon for i in own} == set(PHENOMENA)
