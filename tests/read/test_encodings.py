import gzip
import json
import os
import random
from pathlib import Path

import pytest

from nlp_cx.errors import InputError
from nlp_cx.read.encodings import detect_encoding, marked_encoding, named_encoding

HANS = "房间很干净，但是前台态度差，等了半个小时才办好入住。\n"
HANT = "房間很乾淨，但是櫃檯態度差，等了半個小時才辦好入住。\n"
EN = "The room was clean, but the staff didn’t care — a café at £5.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (HANS, "utf-8"),
        (HANS, "gb18030"),
        (HANS, "utf-16-le"),
        (HANS, "utf-16-be"),
        (HANT, "utf-8"),
        (HANT, "big5"),
        (HANT, "gb18030"),
        (EN, "utf-8"),
        (EN, "cp1252"),
        (EN, "utf-16-le"),
    ],
)
def test_encoding_is_told_from_the_bytes(text, encoding):
    assert detect_encoding(text.encode(encoding)).name == encoding


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_decides(encoding):
    assert marked_encoding(HANS.encode(encoding)) is not None


def test_sample_may_end_within_a_character():
    data = HANS.encode()
    assert {detect_encoding(data[:n]).name for n in range(30, len(data))} == {"utf-8"}


@pytest.mark.parametrize(
    "data",
    [
        "id,text\n1,很好\n".encode() + b"2,\xff\xfe bad\n",
        b"id,text\n1,good\n2,bad \xff\xfe byte\n3,fine\n",
        HANS.encode() * 5 + b"\xe5\xa5\n",
    ],
)
def test_few_invalid_bytes_do_not_make_another_encoding(data):
    assert detect_encoding(data).name == "utf-8"


def test_last_resort_is_said():
    found = detect_encoding("Привет, как дела? ".encode("cp1251") * 5)
    assert found.name == "cp1252"
    assert "could not be told" in found.note


def test_binary_data_is_refused():
    with pytest.raises(InputError, match="control characters"):
        detect_encoding(random.Random(0).randbytes(5_000))


def test_names_are_known_by_their_aliases():
    assert {named_encoding(n) for n in ("GBK", "gb2312", "cp936", "GB18030")} == {"gb18030"}
    assert {named_encoding(n) for n in ("Big5", "cp950", "big5-hkscs")} == {"big5"}


@pytest.mark.parametrize("name", ["klingon", "rot13", "hex", "unicode_escape", ""])
def test_unknown_names_are_refused(name):
    with pytest.raises(InputError, match="is not known"):
        named_encoding(name)


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "encodings"),
    [
        ("jd_goods_zh/all.jsonl.gz", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"]),
        ("openrice_senti_yue/test.jsonl.gz", ["utf-8", "big5", "utf-16-le"]),
        ("dimabsa2026_zho_restaurant/train.jsonl.gz", ["utf-8", "big5", "gb18030"]),
        ("zomato_hyderabad_en/all.jsonl.gz", ["utf-8", "utf-16-le"]),
    ],
)
def test_99_of_100_real_samples_are_told_right(folder, encodings):
    root = os.environ.get("NLP_CX_DATA")
    if not root:
        pytest.skip("NLP_CX_DATA is not set")
    with gzip.open(Path(root) / "data" / folder, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    for encoding in encodings:
        rng = random.Random(encoding)
        n_right = n = 0
        while n < 300:
            start = rng.randrange(len(texts) - 60)
            codec = "big5hkscs" if encoding == "big5" else encoding
            data = "\n".join(texts[start : start + 60]).encode(codec, "ignore")
            sample = data[: rng.randint(200, 400)]
            if sample.isascii() and 0 not in sample:
                continue
            n_right += detect_encoding(sample).name == encoding
            n += 1
        assert n_right >= 297, f"{encoding}: {n_right} of {n}"
