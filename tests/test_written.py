import json
from collections import Counter
from pathlib import Path

import pytest

from nlp_cx.schema import LOYALTIES, POLARITIES
from nlp_cx.taxonomy import load_taxonomy

WRITTEN = Path(__file__).parents[1] / "data" / "written"
TSV_FILES = tuple(sorted(path.name for path in WRITTEN.glob("*.tsv")))
LANGUAGES = ("zh", "en")

SENTIMENT_CODES = set("pnmu")
DRIVER_LETTERS = "PSR$CB"
POLARITY_SIGNS = "+-0~"
LOYALTY_CODES = {"", "L+", "L-"}
EMOJI_JOINERS = "\u200d\ufe0f"

MIN_MENTIONS = 150
"""Mentions of every driver in each language."""
MIN_OF_EACH_SIGN = 60
"""Positive, and negative, mentions of every driver in each language."""


def read_rows(name: str) -> list[list[str]]:
    """Split a file into rows at line feeds and tabs only; skip when it is not there."""
    path = WRITTEN / name
    if not path.exists():
        pytest.skip(f"{name} is not there")
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return [line.split("\t") for line in text[:-1].split("\n")]


def normalized(text: str) -> str:
    """Keep letters, digits and ideographs in lower case; the text itself where there are none."""
    return "".join(c for c in text.lower() if c.isalnum()) or text.strip()


def read_json_lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (WRITTEN / name).read_text("utf-8").splitlines()]


def labelled_turns() -> list[dict]:
    turns = (turn for chat in read_json_lines("written_chats.jsonl") for turn in chat["turns"])
    return [turn for turn in turns if turn["speaker"] == "customer"]


@pytest.mark.parametrize("name", TSV_FILES)
def test_every_row_has_five_columns_and_a_clean_text(name):
    for row in read_rows(name):
        assert len(row) == 5, row
        text = row[4]
        assert text, row
        assert text == text.strip(), row
        assert all(c.isprintable() or c in EMOJI_JOINERS for c in text), row


@pytest.mark.parametrize("name", TSV_FILES)
def test_codes_are_those_of_the_guideline(name):
    for row_id, sentiment, drivers, loyalty, _ in read_rows(name):
        assert sentiment in SENTIMENT_CODES, row_id
        assert loyalty in LOYALTY_CODES, row_id
        codes = drivers.split(" ") if drivers else []
        for code in codes:
            assert len(code) == 2, (row_id, code)
            assert code[0] in DRIVER_LETTERS, (row_id, code)
            assert code[1] in POLARITY_SIGNS, (row_id, code)
        letters = [code[0] for code in codes]
        assert len(set(letters)) == len(letters), row_id


@pytest.mark.parametrize("name", TSV_FILES)
def test_polarity_of_a_single_driver_does_not_contradict_the_sentiment(name):
    for row_id, sentiment, drivers, _, _ in read_rows(name):
        signs = {code[1] for code in drivers.split()}
        if sentiment == "p":
            assert signs != {"-"}, row_id
        if sentiment == "n":
            assert signs != {"+"}, row_id


def test_ids_are_unique_over_all_files():
    ids = [row[0] for name in TSV_FILES if (WRITTEN / name).exists() for row in read_rows(name)]
    repeated = [row_id for row_id, n in Counter(ids).items() if n > 1]
    assert repeated == []


def test_no_text_occurs_twice_in_any_file():
    texts = [row[4] for name in TSV_FILES if (WRITTEN / name).exists() for row in read_rows(name)]
    texts += [item["text"] for item in read_json_lines("written_train.jsonl")]
    repeated = [text for text, n in Counter(map(normalized, texts)).items() if n > 1]
    assert repeated == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_driver_occurs_often_enough_with_either_sign(lang):
    rows = [row for name in TSV_FILES if f"_{lang}" in name for row in read_rows(name)]
    codes = Counter(code for row in rows for code in row[2].split())
    for letter in DRIVER_LETTERS:
        assert sum(codes[letter + sign] for sign in POLARITY_SIGNS) >= MIN_MENTIONS, letter
        assert codes[letter + "+"] >= MIN_OF_EACH_SIGN, letter
        assert codes[letter + "-"] >= MIN_OF_EACH_SIGN, letter


@pytest.mark.parametrize(
    "read", [lambda: read_json_lines("written_train.jsonl"), labelled_turns], ids=["train", "chats"]
)
def test_labels_of_the_json_files_are_those_of_the_tables(read):
    drivers = set(load_taxonomy().ids)
    for item in read():
        assert item["text"].strip()
        assert item["sentiment"] in POLARITIES, item["text"]
        assert set(item["drivers"]) <= drivers, item["text"]
        assert set(item["drivers"].values()) <= set(POLARITIES), item["text"]
        assert item["loyalty"] is None or item["loyalty"] in LOYALTIES, item["text"]
