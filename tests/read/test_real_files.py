"""Real dumps: what comes out is what an independent reader finds."""

import csv
import gzip
import io
import json
import os
from pathlib import Path

import pytest

from nlp_cx.read.columns import find_columns

pytestmark = pytest.mark.data


@pytest.fixture
def data():
    root = os.environ.get("NLP_CX_DATA")
    if not root:
        pytest.skip("NLP_CX_DATA is not set")
    return Path(root) / "data"


def _text(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


@pytest.mark.parametrize(
    "name",
    [
        "telco_churn_ibm/joined_7043.csv.gz",
        "airline_passenger_satisfaction/first_rows.csv.gz",
        "multidogo_en/fastfood_train.tsv.gz",
        "driver_mapping.csv",
    ],
)
def test_cells_are_those_of_the_csv_module(data, read, name):
    path = data / name
    mark = "\t" if ".tsv" in name else ","
    rows = list(csv.DictReader(io.StringIO(_text(path), newline=""), delimiter=mark))
    found = read(path)
    assert found.rows == rows
    assert found.rejected == []


@pytest.mark.parametrize(
    ("name", "text", "id_"),
    [
        ("womens_clothing_en/first_10528.jsonl.gz", "text", "id"),
        ("aichallenger2018_zh/valid_1k.jsonl.gz", "text", "id"),
        ("openrice_senti_yue/valid.jsonl.gz", "text", None),
        ("app_reviews_dabrowski_en/features.jsonl.gz", "text", "review_id"),
        ("support_tweets_topics_en/inbound_600.jsonl", "text", "id"),
        ("amazoncn_digital_stars_zh/mobile.jsonl.gz", "text", None),
    ],
)
def test_rows_are_those_of_the_json_module(data, read, name, text, id_):
    path = data / name
    rows = [json.loads(line) for line in _text(path).split("\n") if line]
    found = read(path)
    assert len(found.rows) == len(rows) == found.source.n_rows_total
    for ours, theirs in zip(found.rows, rows, strict=True):
        assert {name: ours[name] for name in theirs} == theirs
    roles = find_columns(found.source.schema, head=found.batches[0])
    assert (roles.text, roles.id) == (text, id_)


def test_helpdesk_dialogues_have_one_row_per_turn(data, read):
    path = data / "stc3_helpdesk_zh/train.jsonl.gz"
    dialogues = [json.loads(line) for line in _text(path).split("\n") if line]
    found = read(path)
    assert found.source.kind == "chats"
    assert [row["text"] for row in found.rows] == [
        "\n".join(turn["utterances"]) for d in dialogues for turn in d["turns"]
    ]


def test_transcoded_dump_gives_the_same_rows(data, read, write):
    path = data / "zhijiang2019_ecommerce_zh/train.jsonl.gz"
    text = _text(path)
    plain = read(path)
    for encoding in ("gb18030", "utf-16"):
        found = read(write("a.jsonl", text.encode(encoding)))
        assert found.rows == plain.rows
        assert found.source.files[0].encoding.startswith(encoding)
