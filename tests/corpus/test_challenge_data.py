"""The challenge items themselves, data/challenge/zh.jsonl and en.jsonl."""

import csv
import json
import re
import unicodedata
import warnings
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import pytest

from nlp_cx.corpus.leakage import normalize_all
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

DATA = Path(__file__).parents[2] / "data"
DRIVERS = load_taxonomy().ids
PHENOMENA = (
    *("negation", "double_negation", "contrast", "comparison", "conditional", "question"),
    *("sarcasm", "intensity", "emoji", "code_mix", "script", "entity_swap", "typos"),
    *(*DRIVERS, "not_mentioned"),
)
MIN_ITEMS, MIN_PER_PHENOMENON = 400, 15
MIN_LIKENESS = 0.4
"""Share of its characters that a text should have in common, in order, with another member of its
pair (Ratcliff and Obershelp); less is worth a look."""


def read_items(lang):
    path = DATA / "challenge" / f"{lang}.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} is not written yet")
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(params=["zh", "en"])
def items(request):
    return read_items(request.param)


@pytest.fixture
def pairs(items):
    members = {}
    for item in items:
        if item.get("pair"):
            members.setdefault(item["pair"], []).append(item)
    return members


def list_faults(item):
    """Say what is wrong with one item."""
    faults = []
    if set(item) - {"pair"} != {"id", "lang", "phenomenon", "text", "expect"}:
        return [f"fields {sorted(item)}"]
    expect = item["expect"]
    sentiment = expect.get("sentiment", [])
    values = sentiment if isinstance(sentiment, list) else [sentiment]
    drivers, absent = expect.get("drivers", {}), expect.get("not_mentioned", [])
    checks = {
        "an expectation": bool(expect),
        "no unknown expectation": set(expect)
        <= {"sentiment", "drivers", "not_mentioned", "loyalty", "mixed"},
        "sentiments": set(values) <= set(SENTIMENTS) and len(set(values)) == len(values) < 3,
        "drivers": set(drivers) <= set(DRIVERS),
        "polarities": set(drivers.values()) <= {*POLARITIES, "mentioned"},
        "absent drivers": set(absent) <= set(DRIVERS) - set(drivers),
        "loyalty": expect.get("loyalty", "none") in ("negative", "positive", "none"),
        "mixed": isinstance(expect.get("mixed", False), bool),
        "phenomenon": item["phenomenon"] in PHENOMENA,
        "text": item["text"] == item["text"].strip() != "" and "\n" not in item["text"],
    }
    faults += [name for name, good in checks.items() if not good]
    return faults


def test_every_item_has_the_declared_fields_and_values(items):
    assert {item["id"]: faults for item in items if (faults := list_faults(item))} == {}


def test_ids_are_unique_and_name_language_phenomenon_and_pair(items):
    ids = [item["id"] for item in items]
    assert len(set(ids)) == len(ids)
    for item in items:
        prefix = f"{item['lang']}-{item['phenomenon']}"
        assert re.fullmatch(rf"{re.escape(prefix)}-\d{{3}}[a-z]?", item["id"]), item["id"]
        assert item.get("pair", "") in ("", item["id"].rstrip("abcdefghij")), item["id"]


def test_language_is_that_of_the_file_and_its_letters():
    for lang in ("zh", "en"):
        path = DATA / "challenge" / f"{lang}.jsonl"
        if not path.exists():
            continue
        for item in read_items(lang):
            assert item["lang"] == lang, item["id"]
            if lang == "zh":
                assert re.search(r"[\u4e00-\u9fff]", item["text"]), item["id"]


def test_there_are_enough_items_of_every_phenomenon(items):
    assert len(items) >= MIN_ITEMS
    counts = dict.fromkeys(PHENOMENA, 0)
    for item in items:
        counts[item["phenomenon"]] += 1
    assert {name: n for name, n in counts.items() if n < MIN_PER_PHENOMENON} == {}


def test_each_driver_has_items_of_both_polarities_and_items_without_it(items):
    for driver in DRIVERS:
        own = [
            i["expect"].get("drivers", {}).get(driver) for i in items if i["phenomenon"] == driver
        ]
        assert own.count("positive") >= 5, driver
        assert own.count("negative") >= 5, driver
        absent = [item for item in items if driver in item["expect"].get("not_mentioned", [])]
        assert absent, driver


def test_members_of_a_pair_are_two_or_more_and_differ_in_text_and_expectation(pairs):
    for name, members in pairs.items():
        assert len(members) >= 2, name
        assert len({item["text"] for item in members}) == len(members), name
        assert len({json.dumps(item["expect"], sort_keys=True) for item in members}) >= 2, name


def test_members_of_a_pair_are_alike(pairs):
    unlike = []
    for name, members in pairs.items():
        texts = [item["text"] for item in members]
        for text in texts:
            others = [other for other in texts if other != text]
            nearest = max(measure_likeness(text, other) for other in others)
            if nearest < MIN_LIKENESS:
                unlike.append(name)
                break
    if unlike:
        warnings.warn(f"pairs that share little: {', '.join(unlike)}", stacklevel=1)
    assert len(unlike) <= 0.2 * len(pairs)


def measure_likeness(one, other):
    return SequenceMatcher(None, *sorted((one, other)), autojunk=False).ratio()


def test_no_item_repeats_another_outside_its_pair(items):
    # Inside a pair a difference of emoji or punctuation is the point of it.
    raw = [unicodedata.normalize("NFC", item["text"]) for item in items]
    assert len(set(raw)) == len(raw)
    owner = {}
    for item, text in zip(items, normalize_all(raw), strict=True):
        assert owner.setdefault(text, item["id"][:-1]) == item["id"][:-1], item["id"]


@cache
def repository_texts():
    """Every text of data/written and data/samples, whatever its file format, normalised."""
    texts = []
    for path in sorted([*(DATA / "written").iterdir(), *(DATA / "samples").iterdir()]):
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            texts += [s for line in content.splitlines() for s in strings_in(json.loads(line))]
        elif path.suffix in (".csv", ".tsv"):
            delimiter = "," if path.suffix == ".csv" else "\t"
            rows = csv.reader(content.splitlines(), delimiter=delimiter)
            texts += [cell for row in rows for cell in row]
    return frozenset(normalize_all(texts))


def strings_in(value):
    """Give all strings of a JSON value."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings_in(part)]


def test_no_item_stands_in_the_written_texts_or_the_samples(items):
    known = repository_texts()
    assert len(known) > 5000  # the files were read
    texts = normalize_all([item["text"] for item in items])
    assert [i["id"] for i, text in zip(items, texts, strict=True) if text and text in known] == []


def test_a_wrong_item_is_found():
    good = {
        "id": "zh-price-001a",
        "pair": "zh-price-001",
        "lang": "zh",
        "phenomenon": "price",
        "text": "便宜",
        "expect": {"sentiment": "positive", "drivers": {"price": "positive"}},
    }
    assert list_faults(good) == []
    assert list_faults(good | {"expect": {}}) == ["an expectation"]
    assert list_faults(good | {"expect": {"sentiment": "mixed"}}) == ["sentiments"]
    assert list_faults(good | {"expect": {"drivers": {"price": "good"}}}) == ["polarities"]
    both = {"drivers": {"price": "positive"}, "not_mentioned": ["price"]}
    assert list_faults(good | {"expect": both}) == ["absent drivers"]
