"""Importance on 300 gold-labelled restaurant reviews; skipped without the data folder."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.from_correlations import importance_from_correlations
from nlp_cx.analyze.drivers.importance import relative_importance

DATA = os.environ.get("NLP_CX_DATA")
FOUR = ["product", "service", "price", "convenience"]
SIGN = {"positive": 1, "neutral": 0, "negative": -1}

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA, reason="NLP_CX_DATA is not set: no gold labels to read"),
]


@pytest.fixture(scope="module")
def reviews():
    """Stars, and of each driver the signs of its labels."""
    folder = Path(DATA) / "data"
    with (folder / "driver_mapping.csv").open(encoding="utf-8") as file:
        driver_of = {
            row["aspect"]: row["driver"]
            for row in csv.DictReader(file)
            if row["dataset"] == "asap_sample_zh"
        }
    rows = []
    for split in ("train", "dev", "test"):
        with (folder / "asap_sample_zh" / f"{split}.jsonl").open(encoding="utf-8") as file:
            for line in file:
                review = json.loads(line)
                signs = {driver: [] for driver in FOUR}
                for label in review["labels"]:
                    signs[driver_of[label["category"]]].append(SIGN[label["polarity"]])
                rows.append((review["rating"], signs))
    return rows


def test_mean_signs_give_the_known_weights(reviews):
    table = pd.DataFrame({d: [np.mean(signs[d] or [0]) for _, signs in reviews] for d in FOUR})
    table["stars"] = [stars for stars, _ in reviews]
    between = table.corr().to_numpy()
    found = importance_from_correlations(between[:4, :4], between[:4, 4], names=FOUR)
    assert found.fit[0] == pytest.approx(0.454, abs=5e-4)
    weights = (found.relative_weight / found.fit).round(3)
    assert weights.tolist() == [0.488, 0.379, 0.127, 0.007]


def test_two_mentions_explain_more_than_one_sign_and_put_service_first(reviews):
    ox = pd.DataFrame({"r_stars": [stars for stars, _ in reviews], "x_n_texts": 1})
    for driver in FOUR:
        for pole, sign in (("negative", -1), ("positive", 1)):
            ox[f"x_{driver}_{pole}"] = [int(sign in signs[driver]) for _, signs in reviews]
    table = relative_importance(ox, "r_stars", drivers=FOUR, n_bootstrap=300).set_index("driver")
    assert table.fit.iloc[0] == pytest.approx(0.494, abs=5e-4)
    assert table["rank"].tolist() == [2, 1, 3, 4]
    # Which of the first two is ahead is not known from 300 reviews; that the others follow is.
    assert table.p_first["service"] < 0.9
    assert table.rank_high["product"] == table.rank_high["service"] == 2
    assert table.lmg_low["convenience"] == 0
    assert table.p_null["convenience"] > 0.05
    # Penalties and rewards of the same reviews, known to two digits.
    assert table.coefficient_negative.round(2).tolist() == [-0.40, -1.10, -0.23, 0.04]
    assert table.coefficient_positive.round(2).tolist() == [0.77, 0.13, 0.34, -0.09]
