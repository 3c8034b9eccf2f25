"""Metrics of tables that customers and companies made; needs the folder named by NLP_CX_DATA."""

import os
from pathlib import Path

import pandas as pd
import pytest

from nlp_cx.analyze.metrics import (
    code_csat,
    code_referral,
    compare_metrics,
    estimate_churn,
    estimate_csat,
    estimate_metrics,
    estimate_nps,
)
from nlp_cx.errors import AnalysisError, DataWarning

pytestmark = pytest.mark.data


@pytest.fixture
def read():
    """Read a file of the data folder."""
    folder = os.environ.get("NLP_CX_DATA")
    if folder is None:
        pytest.skip("set NLP_CX_DATA to the folder that holds data/")

    def read_file(name):
        path = Path(folder) / "data" / name
        if not path.exists():
            pytest.skip(f"{path} is not there")
        return pd.read_json(path, lines=True) if ".jsonl" in path.name else pd.read_csv(path)

    return read_file


def test_telco(read):
    customers = read("telco_churn_ibm/joined_7043.csv.gz")
    churn = estimate_churn(customers, ("Churn Label", "Yes")).set_index("metric")
    assert churn.loc["churn_rate", "estimate"] == pytest.approx(1869 / 7043)
    with pytest.raises(AnalysisError, match="looks like a scale of 1-5"):
        estimate_nps(customers, "Satisfaction Score")
    by_contract = estimate_csat(customers, "Satisfaction Score", scale=(1, 5), group="Contract")
    assert by_contract["n"].sum() == 2 * 7043
    statistics = code_csat(customers, "Satisfaction Score", scale=(1, 5))
    pairs = compare_metrics(customers, statistics, group="Contract")
    assert (pairs["p_adjusted"] >= pairs["p_value"]).all()


def test_clothing(read):
    reviews = read("womens_clothing_en/first_10528.jsonl.gz")
    said = code_referral(reviews, "recommended", source="surveyed")
    result = estimate_metrics(reviews, said, group="department", min_n=30)
    hidden = result[result["estimate"].isna()]
    assert hidden["group"].isna().tolist() == [True]  # one review names no department
    assert hidden["reason"].tolist() == ["1 answer, fewer than min_n 30"]


def test_restaurants_with_half_stars_and_times(read):
    reviews = read("zomato_hyderabad_en/all.jsonl.gz")
    reviews["time"] = pd.to_datetime(reviews["time"], format="%m/%d/%Y %H:%M")
    with pytest.warns(DataWarning, match="144 of 9,954 answers in 'rating' lie between the points"):
        result = estimate_csat(
            reviews, "rating", scale=(1, 5), period="time", every="quarter", cluster="restaurant"
        )
    last = result.iloc[-1]
    assert (last["period"], last["caveat"]) == ("2019Q2", "data end on 2019-05-25")
    # 2,470 answers about 99 restaurants tell no more than a few hundred would
    assert last["n_effective"] < 0.2 * last["n"]
