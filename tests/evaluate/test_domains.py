import pandas as pd
import pytest

from nlp_cx.corpus.datasets import load_catalogue, load_unlabelled_sources
from nlp_cx.evaluate.domains import ALSO, DOMAINS, NEVER_HELD_OUT, gold_origins, hold_out

ORIGIN = {"gold/a": "memd_hotel_en", "gold/b": "fabsa_en", "gold/c": "memd_hotel_en"}


def make(*rows):
    return pd.DataFrame(rows, columns=["source", "example_id"])


@pytest.fixture
def held():
    examples = make(
        ("gold", "gold/a"),
        ("gold", "gold/b"),
        ("memd_hotel_en", "h"),
        ("chnsenticorp_zh", "mixed"),
        ("fabsa_en", "app"),
        ("written", "w"),
    )
    dev = {"memd_hotel_en": make(("memd_hotel_en", "d")), "fabsa_en": make(("fabsa_en", "e"))}
    test = {
        "gold": make(("gold", "gold/c"), ("gold", "gold/b")),
        "memd_hotel_en": make(("memd_hotel_en", "t")),
        "chnsenticorp_zh": make(("chnsenticorp_zh", "u")),
    }
    return hold_out("hotels and travel", examples, dev, test, origin=ORIGIN)


def test_training_holds_nothing_of_the_domain_not_even_in_mixed_sets(held):
    assert held.examples["example_id"].tolist() == ["gold/b", "app", "w"]
    assert list(held.dev) == ["fabsa_en"]


def test_tests_hold_the_domain_alone(held):
    found = {name: frame["example_id"].tolist() for name, frame in held.test.items()}
    assert found == {"gold": ["gold/c"], "memd_hotel_en": ["t"]}


def test_every_data_set_that_is_read_has_one_domain_or_none_on_purpose():
    placed = [name for sets in DOMAINS.values() for name in sets]
    assert len(placed) == len(set(placed))
    used = {name for name, dataset in load_catalogue().items() if dataset.reader != "none"}
    assert used <= {*placed, *NEVER_HELD_OUT}


def test_every_name_is_in_the_catalogue():
    known = {*load_catalogue(), "written"}
    named = {name for sets in (*DOMAINS.values(), *ALSO.values()) for name in sets}
    folders = {name.partition(":")[0] for name in {*named, *NEVER_HELD_OUT}}
    assert folders <= known | set(load_unlabelled_sources())
    assert set(ALSO) <= set(DOMAINS)


def test_origins_name_the_data_set_of_every_gold_text(root):
    origin = gold_origins(root)
    assert origin["gold/g0"] == "shop_zh"
    assert origin["gold/g2"] == "loose_zh:open"
    assert origin["gold/g8"] == "talk_zh"
