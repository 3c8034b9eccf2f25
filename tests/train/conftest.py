"""Small labelled files and configurations to train from."""

import json

import pytest

ZH = ["房间{}", "酒店的房间真是{}", "住了两晚，房间{}", "说到房间，{}", "房间{}，别的没看"]
EN = ["the room was {}", "our room, well, {}", "two nights and the room stayed {}", "{} room"]
STAFF_ZH = ["前台{}", "服务员{}极了", "客服说话{}", "店员今天{}", "他们的员工{}"]
STAFF_EN = ["the staff were {}", "reception seemed {}", "a {} waiter", "people there are {}"]
GOOD, BAD = (
    {"zh": ["干净", "舒服", "整洁"], "en": ["clean", "lovely"]},
    {
        "zh": ["很脏", "太吵", "发霉"],
        "en": ["dirty", "awful"],
    },
)
KIND, RUDE = (
    {"zh": ["热情", "耐心", "客气"], "en": ["friendly", "helpful"]},
    {
        "zh": ["冷漠", "不耐烦", "凶"],
        "en": ["rude", "cold"],
    },
)
IDLE = [
    "昨天去的",
    "在地铁站旁边",
    "问一下几点关门",
    "I went there on Monday",
    "it is near the park",
]

TAXONOMY = """
name = "two"
version = "1"
[[labels]]
id = "room"
zh = "房间"
en = "Room"
[[labels]]
id = "staff"
zh = "员工"
en = "Staff"
"""


def _make_rows():
    """Make texts of two labels with a polarity each."""
    rows = []
    for label, patterns, good, bad in (
        ("room", {"zh": ZH, "en": EN}, GOOD, BAD),
        ("staff", {"zh": STAFF_ZH, "en": STAFF_EN}, KIND, RUDE),
    ):
        for lang, forms in patterns.items():
            for polarity, words in (("positive", good), ("negative", bad)):
                rows += [
                    {"text": form.format(word), "labels": {label: polarity}, "sentiment": polarity}
                    for form in forms
                    for word in words[lang]
                ]
    rows += [{"text": text, "labels": {}, "sentiment": "neutral"} for text in IDLE * 3]
    for i, row in enumerate(rows):
        row["order_no"] = f"A{i // 3}"
        row["day"] = f"2025-{1 + i // 20:02d}-{1 + i % 20:02d}"
    return rows


@pytest.fixture
def make_rows():
    """Give the function that makes the texts."""
    return _make_rows


@pytest.fixture
def project(tmp_path):
    """Give a function that writes a project and returns the path of its configuration."""

    def write(settings="", data="", top="", rows=None, taxonomy=TAXONOMY, backend="linear"):
        lines = [json.dumps(row, ensure_ascii=False) for row in (rows or _make_rows())]
        (tmp_path / "texts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "taxonomy.toml").write_text(taxonomy, encoding="utf-8")
        text = (
            f'name = "tiny"\ntaxonomy = "taxonomy.toml"\nbackend = "{backend}"\n{top}\n'
            f'[data]\ntrain = ["texts.jsonl"]\nnear = 1.0\n{data}\n[settings]\n{settings}\n'
        )
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
