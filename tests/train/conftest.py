import gzip
import json

import pytest

from nlp_cx.train import datasets

CATALOGUE = """
[sets.shop_zh]
lang = "zh"
domain = "goods"
licence = "MIT"
is_permitted = true
source = "nowhere"
reader = "polarity"
files = { train = ["train.jsonl.gz"], test = ["test.jsonl"], protect = ["extra.jsonl"] }
family = "shops"
drop_rows = { "train.jsonl.gz" = [1] }

[sets.copies_zh]
lang = "zh"
domain = "goods"
licence = "not stated"
is_permitted = false
source = "nowhere"
reader = "polarity"
files = { train = ["all.jsonl"] }
family = "shops"
min_letters = 2
is_soft = true
weight = 0.5

[sets.aspects_en]
lang = "en"
domain = "inns"
licence = "not stated"
is_permitted = false
source = "nowhere"
reader = "aspects"
files = { train = ["train.jsonl"] }
carve = { dev = 0.5 }
is_exhaustive = true

[sets.unused_zh]
lang = "zh"
domain = "goods"
licence = "not stated"
is_permitted = false
source = "nowhere"
reader = "none"
files = { train = ["none.jsonl"] }

[sets.talk_zh]
lang = "zh"
domain = "chats"
licence = "not stated"
is_permitted = false
source = "nowhere"
reader = "none"
files = { train = ["talk.jsonl"] }

[sets.talk_en]
lang = "en"
domain = "chats"
licence = "not stated"
is_permitted = false
source = "nowhere"
reader = "none"
files = { train = ["talk.jsonl"] }
translation_of = "talk_zh"

[unlabelled.loose_zh]
lang = "zh"
file = "reviews.tsv.gz"
licence = "mixed"
source = "nowhere"
permitted_sources = ["open"]

[terms.zh]
price = ["价"]

[terms.en]
price = ["price"]
"""

SHOP_TRAIN = [
    ("杯子很漂亮", "positive"),
    ("��杯子", "positive"),
    ("盖子漏水", "negative"),
    ("发货太慢，等了两个星期", "negative"),
    ("此用户未填写评价内容", "positive"),
    ("12345", "negative"),
    ("一般", "positive"),
    ("一般。", "negative"),
    ("颜色喜欢", "positive"),
    ("刚拿到手就发现壶嘴磕掉了一块漆，找客服没人理", "negative"),
]
SHOP_TEST = [("盖子漏水！", "negative"), ("888", "positive"), ("此用户未填写评价内容", "positive")]
COPIES = [
    ("杯子很漂亮～", "positive"),
    ("颜色喜歡", "positive"),
    ("好", "positive"),
    ("袋子破", "negative"),
]


def gold(name, text, dataset, file, row, drivers=(), sentiment="positive"):
    return {
        "id": name,
        "lang": "zh",
        "dataset": dataset,
        "file": file,
        "row": row,
        "text": text,
        "sentiment": sentiment,
        "drivers": dict(drivers),
        "loyalty": None,
    }


def put_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False))
            file.write("\n")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A small data folder with its own catalogue, gold set and written texts."""
    data, labels, checkout = tmp_path / "data", tmp_path / "labels", tmp_path / "checkout"
    for name, rows in (("train.jsonl.gz", SHOP_TRAIN), ("test.jsonl", SHOP_TEST)):
        put_lines(data / "shop_zh" / name, [{"text": t, "label": p} for t, p in rows])
    put_lines(data / "shop_zh" / "extra.jsonl", [{"text": "颜色喜欢！"}])
    put_lines(data / "copies_zh" / "all.jsonl", [{"text": t, "label": p} for t, p in COPIES])
    inns = [f"The {word} was fine." for word in ("bed", "soup", "view", "bar", "pool", "desk")]
    label = {"category": "ROOM", "polarity": "positive"}
    put_lines(data / "aspects_en" / "train.jsonl", [{"text": t, "labels": [label]} for t in inns])
    put_lines(
        data / "driver_mapping.csv",
        ["dataset,aspect,driver,note", "aspects_en,ROOM,product,", "aspects_en,COST,price,"],
    )
    for lang, ids in (("zh", "abc"), ("en", "bc")):
        put_lines(data / f"talk_{lang}" / "talk.jsonl", [{"id": i} for i in ids])
    loose = ["open\t雨伞很轻", "closed\t盖子漏水", "closed\t...", "closed\t伞骨断了"]
    put_lines(data / "loose_zh" / "reviews.tsv.gz", loose)
    place = ("shop_zh", "train.jsonl.gz")
    put_lines(
        labels / "train.jsonl",
        [
            gold("g0", "杯子漂亮", *place, "0#0", {"product": "positive"}),
            gold("g1", "找客服没人理", *place, "9#1", {"service": "negative"}, "negative"),
            gold("g2", "雨伞好看", "loose_zh:open", "reviews.tsv.gz", "0"),
            {**gold("g6", "My parcel is lost", "talk_en", "talk.jsonl", "0.2"), "lang": "en"},
            {**gold("g7", "Thanks, it came", "talk_en", "talk.jsonl", "1.0"), "lang": "en"},
        ],
    )
    put_lines(labels / "dev.jsonl", [gold("g3", "等了两个星期", *place, "3#1")])
    put_lines(
        labels / "test.jsonl",
        [
            gold("g4", "壶嘴磕掉了", *place, "9#0", {"product": "negative"}, "negative"),
            gold("g5", "伞骨断了", "loose_zh:closed", "reviews.tsv.gz", "3"),
            gold("g8", "还是没收到", "talk_zh", "talk.jsonl", "1.4"),
        ],
    )
    put_lines(labels / "written_train.jsonl", [gold("w0", "会员日没有优惠", "written", "", "0")])
    put_lines(checkout / "data" / "datasets.toml", [CATALOGUE])
    put_lines(
        checkout / "data" / "written" / "train_en.tsv",
        ["# id, sentiment, drivers, loyalty, text", "x1\tm\tP+ $~\tL-\tGood tea, odd price. Bye."],
    )
    monkeypatch.setattr(datasets, "REPOSITORY", checkout)
    return tmp_path


@pytest.fixture
def put_gold(root):
    """Write another gold train split: one (text, row of aspects_en, drivers) per text."""

    def put(*items):
        place = ("aspects_en", "train.jsonl")
        rows = [gold(f"p{i}", t, *place, str(n), d) for i, (t, n, d) in enumerate(items)]
        put_lines(root / "labels" / "train.jsonl", [{**row, "lang": "en"} for row in rows])

    return put
