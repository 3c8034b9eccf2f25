"""A small model, n-gram hashes in plain Python, and a small data folder."""

import gzip
import json
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np
import pytest
from hypothesis import settings

from nlp_cx.classify.decode import identity_calibration, output_names
from nlp_cx.classify.store import save_model
from nlp_cx.corpus import datasets
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.taxonomy import load_taxonomy

settings.register_profile("compiled", deadline=None)  # the first call compiles
settings.load_profile("compiled")

# The hashing of nlp_cx.text.ngrams, written again from its documentation. Models are trained on
# these values: a change of any number here makes every shipped model useless.
MASK = 2**64 - 1
BOUNDARY = 0x9E3779B97F4A7C15
PRIME = 0x100000001B3
MIX = 0xD6E8FEB86659FD93
LATIN_SEED, DIGIT_SEED = 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63
PREFIX_SEED, SUFFIX_SEED = 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
APOSTROPHES = "'’＇`"
SYMBOLS = "!?:;()^_~*%&@#=<>|…！？～"
KINDS = {
    **dict.fromkeys(["Lo", "Lm", "Nl", "No"], "han"),
    **dict.fromkeys(["Ll", "Lu", "Lt", "Mn", "Mc"], "latin"),
    "Nd": "digit",
    **dict.fromkeys(["So", "Sm", "Sc", "Sk", "Co"], "symbol"),
}


def kind_of(character: str) -> str:
    code = ord(character)
    if code >= 0x10000:
        if 0x20000 <= code < 0x40000:
            return "han"
        return "skip" if 0x1F3FB <= code <= 0x1F3FF or code >= 0xE0000 else "symbol"
    if 0xFE00 <= code < 0xFE10 or 0x200B <= code < 0x2010:
        return "skip"
    if character in APOSTROPHES:
        return "apostrophe"
    return "symbol" if character in SYMBOLS else KINDS.get(unicodedata.category(character), "skip")


def read_word(text: str, i: int) -> tuple[list[list[str]], int]:
    """Give the letters of a word, in two runs where a blank stands before n't, and its end."""
    runs: list[list[str]] = [[]]
    while i < len(text):
        rest = text[i + 1 : i + 4]
        if kind_of(text[i]) == "latin":
            runs[-1].append(text[i])
        elif text[i] in APOSTROPHES and runs[-1][-1:] == ["n"] and rest[:1] == "t":
            pass
        elif text[i] == " " and rest in {f"n{mark}t" for mark in APOSTROPHES}:
            runs.append([])
        else:
            break
        i += 1
    return runs, i


def squeeze(letters: list[str]) -> list[str]:
    """Drop the third and further of a run of one letter."""
    return [c for i, c in enumerate(letters) if i < 2 or not letters[i - 2] == letters[i - 1] == c]


def read_units(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Give hash, kind and letters of every unit of a clause."""
    i, before = 0, [0, 0]
    while i < len(text):
        kind, letters = kind_of(text[i]), []
        if kind in ("skip", "apostrophe"):
            i += 1
            continue
        if kind == "latin":
            runs, i = read_word(text, i)
            unit, letters = LATIN_SEED, squeeze([*chain(*runs)])[:24]
            for letter in chain(*map(squeeze, runs)):
                unit = (unit ^ ord(letter)) * PRIME & MASK
        elif kind == "digit":
            first = i
            while i < len(text) and kind_of(text[i]) == "digit":
                i += 1
            digits = text[first:i]
            value = ord(digits[0]) if len(digits) == 1 else ord(digits[0]) * 31 + ord(digits[1])
            unit = (DIGIT_SEED ^ (value if len(digits) <= 2 else len(digits))) * PRIME & MASK
        else:
            unit = ord(text[i]) * PRIME & MASK
            i += 1
        if kind == "latin" or before != [unit, unit]:
            yield unit, kind, letters
            before = [before[1], unit]


def mix(h: int, unit: int) -> int:
    h = (h ^ unit) * MIX & MASK
    return h ^ (h >> 32)


def hash_inside(letters: list[str]) -> Iterator[int]:
    """Give the hashes of the first 4 and 6 and of the last 3 and 5 letters."""
    if len(letters) < 5:
        return
    sizes = (4, 6) if len(letters) > 6 else (4,)
    for seed, ends, row in (
        (PREFIX_SEED, sizes, letters),
        (SUFFIX_SEED, [size - 1 for size in sizes], letters[::-1]),
    ):
        for size in ends:
            h = seed
            for letter in row[:size]:
                h = (h ^ ord(letter)) * PRIME & MASK
            yield (h ^ (h >> 32)) * MIX & MASK


def hash_by_hand(text: str) -> list[int]:
    """Give the hashes of a clause of normalised text."""
    units = [(BOUNDARY, "", []), *read_units(text)]
    hashes = []
    for i, (unit, kind, letters) in enumerate(units):
        h = mix(unit, PRIME)
        grams = [h]
        for other, _, _ in units[i + 1 : i + (3 if kind == "latin" else 4)]:
            h = mix(h, other)
            grams.append(h)
        hashes += grams if i else grams[1:]
        hashes += hash_inside(letters)
    return hashes


def hash_ngram(text: str) -> int:
    """Give the one hash of all units of a text together."""
    h = PRIME
    for i, (unit, _, _) in enumerate(read_units(text)):
        h = mix(h, unit) if i else mix(unit, PRIME)
    return h


@pytest.fixture(scope="session")
def spark():
    """Start Spark on two threads of this machine, or skip."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "Asia/Shanghai")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def reference_hashes() -> Callable[[str], list[int]]:
    return hash_by_hand


GOOD, BAD = ("positive", "praise"), ("negative", "criticism")
VOCABULARY = {
    "好吃": ("product:positive", *GOOD),
    "干净": ("product:positive", *GOOD),
    "态度差": ("service:negative", *BAD),
    "前台": ("service:neutral",),
    "贵": ("price:negative", *BAD),
    "便宜": ("price:positive", *GOOD),
    "慢": ("convenience:negative", *BAD),
    "clean": ("product:positive", *GOOD),
    "rude": ("service:negative", *BAD),
    "expensive": ("price:negative", *BAD),
    "wait": ("convenience:neutral",),
    "again": ("loyalty:positive", *GOOD),
    "never": ("loyalty:negative", *BAD),
    "👍": GOOD,
    "😡": BAD,
}
N_BUCKETS = 64


def put_ngram(fingerprints: np.ndarray, h: int) -> int:
    """Give an n-gram a free row of its bucket."""
    bucket = (h >> 32) * (len(fingerprints) // 4) >> 32
    row = next(row for row in range(4 * bucket, 4 * bucket + 4) if not fingerprints[row])
    fingerprints[row] = h & 0xFFFF
    return row


def make_weights(n_hidden: int = 2) -> dict[str, np.ndarray]:
    """Make a model in which a known word moves the outputs of its labels by 25 times the norm."""
    names = output_names(load_taxonomy().ids)
    d = k = len(names)
    fingerprints = np.zeros(4 * N_BUCKETS, np.uint16)
    table = np.zeros((4 * N_BUCKETS, d), np.int8)
    for word, labels in VOCABULARY.items():
        row = put_ngram(fingerprints, hash_ngram(word))
        for label in labels:
            table[row, names.index(label)] = 100
    bias = np.full(k + 1, -4, np.float32)
    bias[:3], bias[k] = (0, 1, 0), 0
    weights = {
        "fingerprints": fingerprints,
        "table": table,
        "scale": np.full(d, 0.25, np.float32),
        "clause_in": np.zeros((d, n_hidden), np.float32),
        "document_in": np.zeros((d, n_hidden), np.float32),
        "position_in": np.zeros((3, n_hidden), np.float32),
        "hidden_bias": np.zeros(n_hidden, np.float32),
        "clause_out": np.zeros((n_hidden, k + 1), np.float32),
        "clause_out_bias": bias,
        "clause_skip": np.eye(d, k + 1, dtype=np.float32),
    }
    calibration = identity_calibration(len(load_taxonomy().ids))
    return weights | {f"calibration.{n}": a for n, a in calibration._asdict().items()}


TINY_SPEC = {
    "backend": "hashed",
    "name": "tiny",
    "version": "1",
    "taxonomy": {"name": "drivers", "version": "1.2", "labels": list(load_taxonomy().ids)},
}


@pytest.fixture(scope="session")
def tiny_spec() -> dict[str, object]:
    return TINY_SPEC


@pytest.fixture(scope="session")
def tiny_weights() -> dict[str, np.ndarray]:
    return make_weights()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """Save the tiny model."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return save_model(folder, TINY_SPEC, make_weights(), card="# tiny\n")


@pytest.fixture(scope="session")
def tiny_pipeline(tiny_folder) -> FeedbackPipeline:
    return FeedbackPipeline(tiny_folder)


ENCODER_TOKENS = {
    "positive": ("好吃", "干净", "▁clean", "👍"),
    "negative": ("态度差", "贵", "▁rude", "▁expensive", "😡"),
    "": (*"但是的房间，很手机服务员啊", "▁but", "▁never", "▁the", "▁room", "▁was", "▁a", "a", "s"),
}
"""The words that a tiny encoder knows, by what they say."""


@pytest.fixture(scope="session")
def tiny_encoder():
    """Give an encoder of noise to which some words are positive or negative, and its vocabulary."""
    import torch

    from nlp_cx.text.tokens import SPECIAL
    from nlp_cx.train.encoder.fit import EncoderModel
    from nlp_cx.train.encoder.network import ClauseHead, Encoder, EncoderShape

    vocabulary = [*SPECIAL, *(word for words in ENCODER_TOKENS.values() for word in words)]
    generator = torch.Generator().manual_seed(0)
    shape = EncoderShape(
        n_tokens=len(vocabulary), n_layers=2, width=32, n_heads=2, n_positions=16, n_hidden=20
    )
    n_outputs = len(output_names(load_taxonomy().ids))
    encoder = Encoder(shape).eval()
    head = ClauseHead(shape.width, shape.n_hidden, n_outputs, 2).eval()
    with torch.no_grad():
        for name, weight in [*encoder.named_parameters(), *head.named_parameters()]:
            offset = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            weight.copy_(offset + 0.15 * torch.randn(weight.shape, generator=generator))
        for k, label in enumerate(("negative", "positive")):
            for word in ENCODER_TOKENS[label]:
                encoder.tokens.weight[vocabulary.index(word), k] = 3
            head.hidden.weight[k] = 0
            head.hidden.weight[k, shape.width + k] = 1
            head.out.weight[2 * k, k] = 3
    return EncoderModel(encoder, head), vocabulary


CHECKPOINT_CHARACTERS = "这里房间床前台服务员态度价格很真太实在干净好棒脏差糟吃贵便宜但是的，。！"
CHECKPOINT_WORDS = """the a and but it is was very so too room bed staff waiter price clean great nice
kind fair bad awful dirty rude high ##ly ##s !"""


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """Make a BERT of two layers, with a tokenizer that asks for truncation at six tokens."""
    torch = pytest.importorskip("torch", reason="training needs the extra nlp_cx[train]")
    transformers = pytest.importorskip("transformers", reason="needs the extra nlp_cx[train]")
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    entries = [*dict.fromkeys([*special, *CHECKPOINT_WORDS.split(), *CHECKPOINT_CHARACTERS])]
    tokenizer = Tokenizer(WordPiece({e: i for i, e in enumerate(entries)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(6)
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(entries), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=48,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=48,
    ).save_pretrained(folder)  # fmt: skip
    return folder


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
