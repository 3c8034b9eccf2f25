"""The sample files keep their promises: keys match, ranges hold, the tables can be made again."""

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data" / "samples"
FACTS = ROOT / "data" / "written" / "sample_facts.csv"
SCRIPT = ROOT / "scripts" / "make_sample_tables.py"
FILES = ("reviews.csv", "ratings.csv", "orders.csv", "customers.csv", "chats.jsonl", "README.md")
GENERATED = ("ratings.csv", "orders.csv", "customers.csv")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, str]]]:
    names = ("reviews", "ratings", "orders", "customers")
    return {name: read_csv(SAMPLES / f"{name}.csv") for name in names}


@pytest.fixture(scope="module")
def chats() -> list[dict]:
    lines = (SAMPLES / "chats.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def numbers(rows: list[dict[str, str]], column: str) -> list[float]:
    return [float(row[column]) for row in rows if row[column]]


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.parametrize("name", FILES)
def test_files_are_utf8_without_a_mark_or_nul(name):
    raw = (SAMPLES / name).read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\x00" not in raw
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


def test_there_are_enough_rows_in_both_languages(tables, chats):
    chinese = sum(is_chinese(row["review"]) for row in tables["reviews"])
    assert len(tables["reviews"]) >= 320
    assert chinese >= 190
    assert len(tables["reviews"]) - chinese >= 130
    assert len(tables["orders"]) >= 600
    in_chinese = sum(any(is_chinese(turn["text"]) for turn in chat["turns"]) for chat in chats)
    assert len(chats) >= 22
    assert 10 <= in_chinese <= len(chats) - 8


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("reviews", "review_id"),
        ("ratings", "order_id"),
        ("orders", "order_id"),
        ("customers", "customer_id"),
    ],
)
def test_keys_are_unique_and_given(tables, table, key):
    counts = Counter(row[key] for row in tables[table])
    assert "" not in counts
    assert [value for value, n in counts.items() if n > 1] == []


def test_every_text_has_its_order_and_customer(tables, chats):
    customer_of = {row["order_id"]: row["customer_id"] for row in tables["orders"]}
    for row in [*tables["reviews"], *chats]:
        assert customer_of[row["order_id"]] == row["customer_id"], row
    known = {row["customer_id"] for row in tables["customers"]}
    assert set(customer_of.values()) == known
    assert {row["order_id"] for row in tables["ratings"]} <= customer_of.keys()


def test_joins_have_something_to_lose_and_to_multiply(tables, chats):
    reviewed = Counter(row["order_id"] for row in tables["reviews"])
    assert len(tables["orders"]) - len(reviewed) > 200
    assert sum(n > 1 for n in reviewed.values()) >= 4
    assert any(chat["order_id"] in reviewed for chat in chats)
    rated = {row["order_id"] for row in tables["ratings"]}
    assert reviewed.keys() - rated
    assert rated - reviewed.keys()


@pytest.mark.parametrize(
    ("table", "column", "low", "high", "whole"),
    [
        ("reviews", "stars", 1, 5, True),
        ("ratings", "nps", 0, 10, True),
        ("ratings", "csat", 1, 5, True),
        ("ratings", "ces", 1, 7, True),
        ("orders", "amount", 1, 20_000, False),
        ("orders", "delivery_days", 1, 90, True),
        ("orders", "wait_minutes", 0, 120, True),
        ("orders", "returned", 0, 1, True),
        ("customers", "is_member", 0, 1, True),
        ("customers", "points", 0, 10_000, True),
        ("customers", "clv_12m", 0, 100_000, False),
        ("customers", "churned_90d", 0, 1, True),
    ],
)
def test_numbers_are_in_range(tables, table, column, low, high, whole):
    values = numbers(tables[table], column)
    assert low <= min(values) < max(values) <= high
    assert not whole or all(value == int(value) for value in values)


def test_missing_means_what_the_readme_says(tables):
    cancelled = {row["order_id"] for row in read_csv(FACTS) if not row["delivery_days"]}
    for row in tables["orders"]:
        is_open = row["store"] != "online" or row["order_id"] in cancelled
        assert (row["delivery_days"] == "") == is_open, row
    for row in tables["customers"]:
        assert (row["points"] == "") == (row["is_member"] == "0"), row
    for column in ("nps", "csat", "ces"):
        assert any(row[column] == "" for row in tables["ratings"])


def test_times_are_in_order(tables, chats):
    orders = {row["order_id"]: row for row in tables["orders"]}
    for row in [*tables["reviews"], *tables["ratings"]]:
        order = orders[row["order_id"]]
        done = datetime.fromisoformat(order["ordered_at"])
        if "answered_at" in row:
            done += timedelta(days=int(order["delivery_days"] or 0))
        assert datetime.fromisoformat(row.get("created_at") or row["answered_at"]) > done, row
    joined = {row["customer_id"]: row["joined_at"] for row in tables["customers"]}
    for row in tables["orders"]:
        assert joined[row["customer_id"]] <= row["ordered_at"][:10], row
    for chat in chats:
        times = [turn["time"] for turn in chat["turns"]]
        assert times == sorted(times), chat["conversation_id"]


def test_chats_have_turns_roles_and_outcomes(chats):
    assert {chat["outcome"] for chat in chats} == {"solved", "unsolved", "escalated", "abandoned"}
    assert len({chat["conversation_id"] for chat in chats}) == len(chats)
    for chat in chats:
        assert 6 <= len(chat["turns"]) <= 14, chat["conversation_id"]
        speakers = {turn["speaker"] for turn in chat["turns"]}
        assert "customer" in speakers
        assert speakers <= {"customer", "agent", "bot"}
        assert all(turn["text"].strip() for turn in chat["turns"])


def test_reviews_hold_the_awkward_cells(tables):
    texts = [row["review"] for row in tables["reviews"]]
    assert any("\r\n" in text for text in texts)
    assert any(text.startswith("=") for text in texts)
    assert any("😍" in text for text in texts)
    assert any("ＯＫ" in text for text in texts)
    assert any("13800138000" in text for text in texts)
    assert sum(text == "" for text in texts) >= 2
    assert any(row["stars"] == "" for row in tables["reviews"])


def test_numbers_follow_the_texts(tables):
    stars = {row["order_id"]: int(row["stars"]) for row in tables["reviews"] if row["stars"]}
    for column in ("nps", "csat", "ces"):
        answers = {row["order_id"]: row[column] for row in tables["ratings"] if row[column]}
        good = [float(a) for order, a in answers.items() if stars.get(order, 3) >= 4]
        bad = [float(a) for order, a in answers.items() if stars.get(order, 3) <= 2]
        assert mean(good) > mean(bad) + 0.5, column
    days = {row["order_id"]: row["delivery_days"] for row in tables["orders"]}
    waits = {row["order_id"]: row["wait_minutes"] for row in tables["orders"]}
    told = {"等了十九天": 19, "Seventeen days": 17, "等了十八天": 18}
    for words, expected in told.items():
        (order_id,) = {row["order_id"] for row in tables["reviews"] if words in row["review"]}
        assert int(days[order_id]) == expected
    (order_id,) = {row["order_id"] for row in tables["reviews"] if "排了55分钟" in row["review"]}
    assert int(waits[order_id]) == 55


def test_tables_can_be_made_again(tmp_path):
    command = [sys.executable, str(SCRIPT), "--output", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    for name in GENERATED:
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), name


def test_every_text_has_its_facts(tables, chats):
    facts = {row["doc_id"]: row for row in read_csv(FACTS)}
    written = {row["review_id"]: row for row in tables["reviews"]}
    written |= {chat["conversation_id"]: chat for chat in chats}
    assert facts.keys() == written.keys()
    for doc_id, fact in facts.items():
        assert fact["order_id"] == written[doc_id]["order_id"]
