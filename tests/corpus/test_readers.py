import pytest

from nlp_cx.corpus.datasets import Dataset
from nlp_cx.corpus.gold import read_gold
from nlp_cx.corpus.readers import (
    Inventory,
    agree,
    combine,
    driver_of_term,
    read_aspects,
    read_polarity,
    read_stars,
    read_terms,
    read_themes,
)

INVENTORY = Inventory(
    {"food": "product", "staff": "service", "bill": "price", "place": ""},
    {"whole": ("use",), "unclear": ("wait",), "price": ("price", "价"), "service": ("staff",)},
)


def dataset(**changes):
    known = {"is_exhaustive": True, **changes}
    return Dataset("d", "en", "", "MIT", True, "", "aspects", {}, **known)


def row(*labels, text="t"):
    labels = [dict(zip(("category", "polarity", "term"), label, strict=False)) for label in labels]
    return {"text": text, "labels": labels}


def test_absent_driver_of_an_exhaustive_inventory_is_not_mentioned_and_others_are_unknown():
    labels = read_aspects(row(("food", "positive")), dataset(), INVENTORY)
    assert labels == {
        "product": "positive",
        "service": "not_mentioned",
        "price": "not_mentioned",
        "sentiment": "positive",
    }


def test_absence_says_nothing_where_the_set_is_not_exhaustive():
    labels = read_aspects(row(("food", "positive")), dataset(is_exhaustive=False), INVENTORY)
    assert labels == {"product": "positive", "sentiment": "positive"}


def test_partly_covered_driver_is_masked_when_absent():
    labels = read_aspects(row(("food", "positive")), dataset(partial=("price",)), INVENTORY)
    assert "price" not in labels


def test_label_without_a_driver_masks_the_absent_product_only():
    labels = read_aspects(row(("place", "positive")), dataset(), INVENTORY)
    assert labels == {
        "service": "not_mentioned",
        "price": "not_mentioned",
        "sentiment": "positive",
    }


def test_whole_that_is_not_named_has_no_driver():
    one = dataset(needs_term=("food",))
    assert "product" not in read_aspects(row(("food", "positive", None)), one, INVENTORY)
    named = read_aspects(row(("food", "positive", "soup")), one, INVENTORY)
    assert named["product"] == "positive"


def test_categories_of_one_driver_combine():
    labels = read_aspects(
        row(("food", "positive"), ("food", "negative"), ("staff", "conflict")), dataset(), INVENTORY
    )
    assert labels["product"] == "mixed"
    assert labels["service"] == "mixed"


def test_masked_neutral_leaves_driver_and_sentiment_unknown():
    labels = read_aspects(row(("food", "neutral")), dataset(neutral="mask"), INVENTORY)
    assert labels["product"] is None
    assert labels["sentiment"] is None


def test_text_without_labels_is_dropped_only_where_the_catalogue_says_so():
    assert read_aspects(row(), dataset(skip_unlabelled=True), INVENTORY) is None
    labels = read_aspects(row(), dataset(), INVENTORY)
    assert labels == {"service": "not_mentioned", "price": "not_mentioned", "sentiment": None}


def test_category_is_mapped_anew_where_the_catalogue_says_so():
    labels = read_aspects(row(("food", "positive")), dataset(remap={"food": ""}), INVENTORY)
    assert "product" not in labels


def test_outcome_categories_give_sentiment_and_loyalty():
    one = dataset(sentiment_category="overall", loyalty_category="again", intent_words="推荐")
    labelled = row(("overall", "neutral"), ("again", "positive"), ("food", "negative"))
    labels = read_aspects(labelled, one, INVENTORY)
    assert (labels["sentiment"], labels["loyalty"], labels["product"]) == (
        "neutral",
        "positive",
        "negative",
    )
    assert read_aspects(row(text="好吃"), one, INVENTORY)["loyalty"] == "none"
    assert "loyalty" not in read_aspects(row(text="推荐"), one, INVENTORY)
    assert read_aspects(row(("again", "neutral")), one, INVENTORY)["loyalty"] is None


def test_themes_without_a_theme_mask_every_absent_driver():
    one = dataset(unmapped_masks=("product", "service", "price"))
    known = {"text": "t", "labels": [{"term": "staff", "polarity": "negative"}]}
    assert read_themes(known, one, INVENTORY)["price"] == "not_mentioned"
    implicit = {"text": "t", "labels": [*known["labels"], {"term": None, "polarity": "negative"}]}
    assert read_themes(implicit, one, INVENTORY) == {
        "service": "negative",
        "sentiment": "negative",
    }
    assert read_themes({"text": "t", "labels": []}, one, INVENTORY) is None


def test_open_terms_show_drivers_and_rule_none_out():
    labelled = {
        "labels": [
            {"term": "Prices", "polarity": "negative"},
            {"term": "price tag", "polarity": "negative"},
            {"term": "wait", "polarity": "negative"},
        ]
    }
    assert read_terms(labelled, dataset(), INVENTORY) == {
        "product": "negative",  # "Prices" is not among the words
        "price": "negative",
        "sentiment": "negative",
    }


@pytest.mark.parametrize(
    ("term", "driver"),
    [
        ("价格", "price"),
        ("staff", "service"),
        ("flagstaff", "product"),
        ("use", ""),
        ("user interface", "product"),
        ("long wait", ""),
        (None, ""),
        ("NULL", ""),
        (" ", ""),
    ],
)
def test_driver_of_a_term(term, driver):
    assert driver_of_term(term, INVENTORY.terms) == driver


@pytest.mark.parametrize(
    ("polarities", "known", "expected"),
    [
        (["positive", "neutral"], {}, "positive"),
        (["negative", "neutral"], {"neutral": "mask"}, "negative"),
        (["neutral"], {}, "neutral"),
        (["neutral"], {"neutral": "mention"}, "mentioned"),
        (["neutral"], {"neutral": "mask"}, None),
        (["positive", "negative", None], {}, "mixed"),
        (["conflict"], {}, "mixed"),
        (["positive", "negative"], {"mixed": "mention"}, "mentioned"),
        ([None], {}, "mentioned"),
        ([None, "neutral"], {"neutral": "mask"}, "mentioned"),
        ([None, "positive"], {}, "positive"),
    ],
)
def test_polarities_of_a_driver_combine(polarities, known, expected):
    assert combine(polarities, dataset(**known)) == expected


@pytest.mark.parametrize(
    ("polarities", "known", "expected"),
    [
        (["negative", "negative"], {}, "negative"),
        (["neutral", "neutral"], {}, "neutral"),
        (["neutral", "neutral"], {"neutral": "mention"}, None),
        (["positive", "negative"], {}, None),
        (["positive", "neutral"], {"neutral": "mask"}, None),
        (["conflict"], {}, None),
        ([None, None], {}, None),
        ([], {}, None),
    ],
)
def test_sentiment_follows_where_aspects_agree(polarities, known, expected):
    assert agree(polarities, dataset(**known)) == expected


@pytest.mark.parametrize(
    ("stars", "sentiment"),
    [(1, "negative"), (2, "negative"), (2.25, None), (3, None), (3.75, None), (4, "positive")],
)
def test_stars_are_polar_at_both_ends_only(stars, sentiment):
    labels = read_stars({"rating": stars}, dataset(), INVENTORY)
    assert labels == {"sentiment": sentiment, "rating": float(stars)}


@pytest.mark.parametrize("stars", [None, 0, 6])
def test_row_without_a_valid_star_is_dropped(stars):
    assert read_stars({"rating": stars}, dataset(), INVENTORY) is None


def test_polarity_words_of_the_source_are_translated():
    five = dataset(polarity={"0": "negative", "4": "positive"})
    assert read_polarity({"label": "4"}, five, INVENTORY) == {"sentiment": "positive"}
    assert read_polarity({"label": "7"}, five, INVENTORY) is None


def test_gold_row_labels_every_output():
    labels = read_gold(
        {"sentiment": "mixed", "drivers": {"price": "negative", "brand": "mixed"}, "loyalty": None}
    )
    assert labels == {
        "product": "not_mentioned",
        "service": "not_mentioned",
        "relationship": "not_mentioned",
        "price": "negative",
        "convenience": "not_mentioned",
        "brand": "mixed",
        "sentiment": "mixed",
        "loyalty": "none",
    }
