"""A model small enough to be known by heart, and n-gram hashes in plain Python."""

import shutil
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np
import pytest
from hypothesis import settings

from nlp_cx.classify.decode import identity_calibration, output_names
from nlp_cx.classify.store import save_model
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
