"""Language of documents and clauses."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.schema import LANGUAGES
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages


def languages_of(texts: list[str]) -> list[str]:
    batch = TextBatch.from_strings(texts)
    found = detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])
    assert found.dtype == np.int8
    return [LANGUAGES[i] for i in found]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "zh-Hans",
            [
                "房间很干净，前台态度差",
                "很好",  # common to both writings
                "一般般吧",
                "iPhone 15 Pro Max 拍照不错",
                "这个APP经常闪退，客服也不回",
                "酒店wifi很慢",
                "VIP会员买了没用",
                "乾隆年间的老店，名声显著",  # 乾 and 著 belong to simplified writing too
                "发邮件到 service@example.com 没人回",
                "官网 www.example.com/help 打不开",
                "房间nice",
                "唔，还可以，这家店不错",
            ],
        ),
        (
            "zh-Hant",
            [
                "房間很乾淨，前台態度差",
                "這間餐廳的服務真的不行",
                "呢間嘢好好食",
                "啲嘢食唔錯，但係等咗好耐",
                "佢哋態度好差",
                "个服务员好冇礼貌，啲嘢又唔好食，我哋唔会再嚟",  # Cantonese in simplified
            ],
        ),
        (
            "en",
            [
                "The room was clean",
                "OK",
                "GREAT VALUE",
                "Ｆｕｌｌ ｗｉｄｔｈ",
                "Le café était très bon",  # the honest limit: Latin script is en
                "The 小籠包 were the best we have had in a very long time",
            ],
        ),
        (
            "mixed",
            [
                "服务很nice，room也很clean，但price太贵",
                "The room is clean 但是早餐真的很差",
                "呢間餐廳嘅service真係好bad，waiter完全唔理人，food都好cold",
            ],
        ),
        (
            "und",
            ["", "   ", "12345", "!!!???", "👍👍🏽", "8/10", "とてもおいしかった", "Очень хорошо"],
        ),
    ],
)
def test_language_of_documents(language, texts):
    assert dict(zip(texts, languages_of(texts), strict=True)) == dict.fromkeys(texts, language)


def test_marks_of_chinese_are_no_chinese():
    assert languages_of(["。。。", "、", "，。……！", "Good。", "ok、 fine。｡"]) == [
        *("und", "und", "und", "en", "en"),
    ]


def test_spans_may_be_clauses_in_any_order():
    codes = TextBatch.from_strings(["房间很干净the room is clean很難吃"]).codes
    starts, ends = np.array([22, 5, 0, 3]), np.array([25, 22, 5, 3])
    found = [LANGUAGES[i] for i in detect_languages(codes, starts, ends)]
    assert found == ["zh-Hant", "en", "zh-Hans", "und"]


@given(st.lists(st.text(max_size=20), max_size=6))
def test_a_language_does_not_depend_on_the_batch(texts):
    assert languages_of(texts) == [languages_of([text])[0] for text in texts]


@pytest.mark.data
@pytest.mark.skipif("NLP_CX_DATA" not in os.environ, reason="NLP_CX_DATA names no data folder")
@pytest.mark.parametrize(
    ("path", "language", "share"),
    [
        ("openrice_senti_yue/test.jsonl.gz", "zh-Hant", 0.995),
        ("dimabsa2026_zho_laptop/train.jsonl.gz", "zh-Hant", 0.99),
        ("dimabsa2026_zho_restaurant/train.jsonl.gz", "zh-Hant", 0.95),  # 好吃 has no writing
        ("chnsenticorp_zh/test.jsonl.gz", "zh-Hans", 0.99),
        ("amazon_polarity10k_en/test.jsonl.gz", "en", 0.995),
    ],
)
def test_languages_of_real_sets(path, language, share):
    with gzip.open(Path(os.environ["NLP_CX_DATA"], "data", path), "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    found = languages_of(texts)
    assert found.count(language) >= share * len(texts)
