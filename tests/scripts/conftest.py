"""A folder of invented data that has the shape of the real one."""

import gzip
import json
import sys
from itertools import product
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

ZH_THINGS = ("面条", "房间", "耳机", "雨伞", "台灯", "书架", "茶杯", "毛毯")
ZH_WHEN = ("上周", "昨天", "今年", "头一次", "第二回", "出差时", "下班后", "搬家前")
EN_THINGS = ("room", "soup", "lamp", "desk", "phone", "coat", "novel", "app")
EN_WHEN = ("last week", "in May", "again", "at night", "for work", "twice", "at home", "at noon")
ZH = {"positive": "觉得干净，而且好吃", "negative": "觉得态度差，还贵", "neutral": "看了看"}
EN = {"positive": "was clean and fine", "negative": "was rude and expensive", "neutral": "is there"}


def texts(lang, part):
    """Give texts and sentiments; every part (0 to 7) has things of its own."""
    if lang == "zh":
        for (when, (sentiment, words)), end in product(
            product(ZH_WHEN, ZH.items()), ("。", "，朋友也这么说", "！真的")
        ):
            yield f"{when}的{ZH_THINGS[part]}，{words}{end}", sentiment
    else:
        for (when, (sentiment, words)), end in product(
            product(EN_WHEN, EN.items()), (".", ", my friend said", " !")
        ):
            yield f"The {EN_THINGS[part]} we had {when} {words}{end}", sentiment


def put_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False))
            file.write("\n")


@pytest.fixture(scope="session")
def write_lines():
    """Give the function that writes a file of lines."""
    return put_lines


def put_polarity(folder, lang, files, classes=("positive", "negative")):
    for file, part in files.items():
        rows = [{"text": t, "label": s} for t, s in texts(lang, part) if s in classes]
        put_lines(folder / file, rows)


DRIVERS_OF = {
    "positive": {"product": "positive"},
    "negative": {"service": "negative", "price": "negative"},
    "neutral": {},
}


def gold_rows(split, part):
    for lang, dataset in (("zh", "waimai10k_zh"), ("en", "amazon_polarity10k_en")):
        for number, (text, sentiment) in enumerate(texts(lang, part)):
            yield {
                "id": f"{split}-{lang}{number}",
                "lang": lang,
                "dataset": dataset,
                "file": f"{split}.jsonl",
                "row": str(number),
                "text": f"{text} {split}",
                "sentiment": sentiment,
                "drivers": DRIVERS_OF[sentiment],
                "loyalty": "positive" if "，朋友" in text or "friend" in text else None,
            }


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Write the folder."""
    root = tmp_path_factory.mktemp("shared")
    folder = root / "data"
    for name in ("chnsenticorp_zh", "jd_shopping_kbert_split_zh"):
        shift = 0 if name == "chnsenticorp_zh" else 3
        parts = {"train.jsonl.gz": shift, "dev.jsonl.gz": 1 + shift, "test.jsonl.gz": 2 + shift}
        put_polarity(folder / name, "zh", parts)
    put_polarity(folder / "waimai10k_zh", "zh", {"all.jsonl.gz": 6})
    three = ("positive", "negative", "neutral")
    put_polarity(folder / "openrice_senti_yue", "zh", {"valid.jsonl.gz": 7}, three)
    rows = [{"text": f"{t}哦", "label": s} for t, s in texts("zh", 0)]
    put_lines(folder / "openrice_senti_yue" / "test.jsonl.gz", rows)
    put_polarity(folder / "amazon_polarity10k_en", "en", {"train.jsonl.gz": 0, "test.jsonl.gz": 1})
    for file, part in (("train.jsonl.gz", 2), ("dev.jsonl", 3), ("test.jsonl", 4)):
        rows = [
            {
                "text": text,
                "labels": [{"category": "ROOM#QUALITY", "term": "room", "polarity": sentiment}],
            }
            for text, sentiment in texts("en", part)
        ]
        put_lines(folder / "memd_hotel_en" / file, rows)
    put_lines(
        folder / "driver_mapping.csv",
        ["dataset,aspect,driver,note", "memd_hotel_en,ROOM#QUALITY,product,"],
    )
    for split, part in (("train", 5), ("dev", 6), ("test", 7)):
        put_lines(root / "labels" / f"{split}.jsonl", gold_rows(split, part))
    put_lines(root / "labels" / "written_train.jsonl", [])
    return root


@pytest.fixture
def script(monkeypatch):
    """Import a script, as ``python scripts/<name>.py`` would."""
    monkeypatch.syspath_prepend(str(SCRIPTS))

    def load(name):
        return __import__(name)

    yield load
    for name in [n for n in sys.modules if n.startswith("benchmark")]:
        del sys.modules[name]
