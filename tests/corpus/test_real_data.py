"""Properties of the real data sets; they need the folder named by NLP_CX_DATA."""

import html
import os
import unicodedata
from pathlib import Path

import pytest

from nlp_cx.corpus.datasets import licenses, load_catalogue, load_driver_mapping
from nlp_cx.corpus.examples import load_examples, load_test_sets, load_unlabelled
from nlp_cx.corpus.layout import read_json_lines
from nlp_cx.corpus.leakage import SHINGLE, normalize_all
from nlp_cx.corpus.lexicons import lexicon_entries
from nlp_cx.taxonomy import load_taxonomy

ROOT = os.environ.get("NLP_CX_DATA", "")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not ROOT, reason="NLP_CX_DATA does not name the datasets folder"),
]

DRIVERS = load_taxonomy().ids
VALUES = {"positive", "negative", "neutral", "mixed", "mentioned", "not_mentioned"}


@pytest.fixture(scope="module")
def examples():
    return load_examples(ROOT)


@pytest.fixture(scope="module")
def held_out():
    """Raw texts of every dev and test file, read without the code under test, and of gold."""
    texts = {}
    for dataset in load_catalogue().values():
        for split in ("dev", "test"):
            for file in dataset.files.get(split, ()) if dataset.reader != "none" else ():
                rows = read_json_lines(Path(ROOT) / "data" / dataset.name / file)
                texts[f"{dataset.name}/{file}"] = [row["text"] for row in rows if row["text"]]
    for split in ("dev", "test"):
        rows = read_json_lines(Path(ROOT) / "labels" / f"{split}.jsonl")
        texts[f"gold/{split}"] = [row["text"] for row in rows]
        for name, frame in load_test_sets(ROOT, split).items():
            texts[f"{name}, {split} as loaded"] = frame["text"].tolist()
    return texts


def plain_letters(text):
    text = unicodedata.normalize("NFKC", html.unescape(text)).lower()
    return "".join(c for c in text if c.isalpha())


@pytest.mark.parametrize("normalize", [normalize_all, lambda ts: [plain_letters(t) for t in ts]])
def test_no_training_text_is_a_dev_or_test_text(examples, held_out, normalize):
    train = set(normalize(examples["text"].tolist()))
    for where, texts in held_out.items():
        shared = train & set(normalize(texts)) - {""}
        assert not shared, (where, len(shared), sorted(shared)[:3])


def test_no_training_text_holds_a_gold_test_text_or_stands_in_one(examples, held_out):
    # Plain searches, of every tenth text: all of them take two minutes and found nothing either.
    gold = normalize_all(held_out["gold/dev"] + held_out["gold/test"])
    for lang, n_letters in (("zh", SHINGLE["zh"]), ("en", SHINGLE["en"])):
        train = normalize_all(examples.loc[examples["lang"] == lang, "text"].tolist())
        joined, tests = "\n".join(train), "\n".join(gold)
        same_lang = [g for g in gold if g.isascii() == (lang == "en") and len(g) >= n_letters]
        assert not [g for g in same_lang[::10] if g in joined][:3]
        assert not [t for t in train[::10] if len(t) >= n_letters and t in tests][:3]


def test_no_training_row_is_the_row_of_a_gold_dev_or_test_item(examples):
    taken = set()
    for split in ("dev", "test"):
        for row in read_json_lines(Path(ROOT) / "labels" / f"{split}.jsonl"):
            number = row["row"].split("#")[0].split(".")[0]
            taken.add(f"{row['dataset']}/{row['file']}/{number}")
    assert not taken & set(examples["example_id"])


def test_no_gold_training_text_shares_a_review_or_conversation_with_a_test_text(examples):
    ids = {
        lang: [r["id"] for r in read_json_lines(Path(ROOT) / f"data/{name}/train.jsonl.gz")]
        for lang, name in (("zh", "stc3_helpdesk_zh"), ("en", "stc3_helpdesk_en"))
    }

    def place(row):
        number = int(row["row"].split("#")[0].split(".")[0])
        if row["dataset"].startswith("stc3"):  # the English ones are translations
            return ids[row["dataset"][-2:]][number]
        return (row["dataset"], row["file"], number)

    splits = {
        split: {
            "gold/" + r["id"]: place(r)
            for r in read_json_lines(Path(ROOT) / f"labels/{split}.jsonl")
        }
        for split in ("train", "dev", "test")
    }
    kept = examples.loc[examples["source"] == "gold", "example_id"]
    train = {splits["train"][example_id] for example_id in kept}
    assert not train & {*splits["dev"].values(), *splits["test"].values()}


def test_unlabelled_texts_are_no_dev_or_test_texts(held_out):
    unlabelled = set(normalize_all(load_unlabelled(ROOT)["text"].tolist()))
    for where, texts in held_out.items():
        assert not (unlabelled & set(normalize_all(texts)) - {""}), where


def test_official_test_splits_are_whole():
    sets = load_test_sets(ROOT, "test")
    sizes = {name: len(frame) for name, frame in sets.items()}
    published = {
        "gold": 2585,
        "chnsenticorp_zh": 1200,
        "jd_shopping_kbert_split_zh": 10_000,
        "book_review_zh": 10_000,
        "openrice_senti_yue": 999,
        "eprstmt_zh": 610,
        "sst2_en": 1821,
        "amazon_polarity10k_en": 2000,
        "semeval2016_restaurants_en": 676,
        "mams_acsa_en": 400,
        "fabsa_en": 1871,
    }
    assert {name: sizes[name] for name in published} == published
    assert 1000 < sizes["waimai10k_zh"] < 1400


def test_labels_are_in_the_declared_sets(examples):
    for frame in (examples, *load_test_sets(ROOT, "dev").values()):
        assert set(frame["sentiment"].dropna()) <= {"positive", "negative", "neutral", "mixed"}
        assert set(frame["loyalty"].dropna()) <= {"positive", "negative", "none"}
        for driver in DRIVERS:
            assert set(frame[driver].dropna()) <= VALUES


def test_source_says_nothing_about_drivers_outside_its_inventory(examples):
    mapping = load_driver_mapping(ROOT)
    for dataset in load_catalogue().values():
        if dataset.reader == "aspects":
            outside = set(DRIVERS) - set(mapping[dataset.name].values())
            rows = examples[examples["source"] == dataset.name]
            assert rows[sorted(outside)].isna().all().all(), dataset.name
    polarity = examples["source"].isin(["chnsenticorp_zh", "sst2_en", "zomato_hyderabad_en"])
    assert examples.loc[polarity, list(DRIVERS)].isna().all().all()


def test_every_label_of_an_aspect_set_is_in_the_mapping():
    # A category that is missing from the mapping would silently count as one without a driver.
    mapping = load_driver_mapping(ROOT)
    for dataset in load_catalogue().values():
        if dataset.reader == "aspects":
            for file in dataset.files.get("train", ()):
                rows = read_json_lines(Path(ROOT) / "data" / dataset.name / file)
                found = {label["category"] for row in rows for label in row["labels"]}
                assert found <= set(mapping[dataset.name]), dataset.name


@pytest.mark.parametrize(
    ("lang", "good", "bad"),
    [("zh", "非常满意|很好吃|值得推荐", "太差了|太难吃|上当"), ("en", "excellent", "horrible")],
)
def test_polarity_points_the_right_way_in_every_source(examples, lang, good, bad):
    polar = examples[examples["sentiment"].isin(["positive", "negative"])]
    known = polar[polar["lang"] == lang]
    is_good, is_bad = known["text"].str.contains(good), known["text"].str.contains(bad)
    is_positive = known["sentiment"] == "positive"
    for source, rows in known.groupby("source"):
        praise = is_positive.loc[rows.index][is_good & ~is_bad]
        blame = is_positive.loc[rows.index][is_bad & ~is_good]
        if min(len(praise), len(blame)) >= 10:
            assert praise.mean() - blame.mean() > 0.3, (source, praise.mean(), blame.mean())


def test_licensed_examples_come_from_permitted_sets_only(examples):
    table = licenses(ROOT).set_index("dataset")
    permitted = examples[examples["license_stated"]]
    sources = set(permitted["source"]) - {"gold", "written"}
    assert table.loc[sorted(sources), "is_permitted"].all()
    assert len(permitted) > 50_000


def test_lexicons_agree_with_each_other_on_most_words():
    entries = lexicon_entries(ROOT)
    assert entries.groupby("lang").size().min() > 15_000
    for _, words in entries.groupby("lang"):
        signs = words.groupby("word")["sentiment"].nunique()
        assert (signs > 1).mean() < 0.05
