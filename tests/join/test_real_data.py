"""Joins of real tables; they need the folder named by NLP_CX_DATA."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import JoinSpec, TableSpec
from nlp_cx.pipeline import load

ROOT = os.environ.get("NLP_CX_DATA", "")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not ROOT, reason="NLP_CX_DATA does not name the datasets folder"),
]
FOLDER = Path(ROOT) / "data"


def test_seven_tables_of_a_telephone_company_come_to_its_customers():
    folder = FOLDER / "telco_churn_ibm"
    names = ("demographics", "location", "services", "status", "population")
    frames = {
        name: pd.read_csv(folder / f"Telco_customer_churn_{name}.csv.gz", keep_default_na=False)
        for name in names
    }
    reasons = frames["status"][["Customer ID", "Churn Reason"]]
    scored = load("fast").score(reasons, text="Churn Reason", interaction="Customer ID")
    on = ("interaction_id=Customer ID",)
    tables = {name: TableSpec(on=on, cardinality="1:1") for name in names[:-1]}
    tables["population"] = TableSpec(on=("Zip Code",), cardinality="m:1")
    ox, summary = join_ox(scored, frames, JoinSpec(keep="status", tables=tables))
    assert len(ox) == ox["interaction_id"].nunique() == summary.n_documents == 7_043
    assert all(table.n_units_matched == 7_043 for table in summary.tables)
    assert ox["x_n_texts"].gt(0).sum() == frames["status"]["Churn Reason"].ne("").sum()
    joined = pd.read_csv(folder / "joined_7043.csv.gz", keep_default_na=False)
    joined = joined.sort_values("Customer ID").reset_index(drop=True)
    compared = [name for name in joined if f"o_{name}" in ox]
    assert len(compared) > 45
    for name in compared:
        assert ox[f"o_{name}"].tolist() == joined[name].tolist(), name
    assert ox["Zip Code"].tolist() == joined["Zip Code"].tolist()


def test_stars_recommendation_and_age_are_carried_beside_the_text():
    frame = pd.read_json(FOLDER / "womens_clothing_en" / "first_10528.jsonl.gz", lines=True)
    scored = load("fast").score(frame, text="text", id="id")
    carry = {"r_stars": "rating", "r_recommended": "recommended", "o_age": "age"}
    ox, summary = join_ox(scored, {}, JoinSpec(grain=("doc_id",), carry=carry))
    assert len(ox) == summary.scored.n_documents == 10_528
    assert summary.scored.n_texts == ox["x_n_texts"].sum()
    assert 10_528 - summary.scored.n_texts >= 370  # reviews without text
    ordered = frame.sort_values("id")
    assert ox["r_stars"].tolist() == ordered["rating"].tolist()
    assert ox["o_age"].tolist() == ordered["age"].tolist()
    there = ox["x_sentiment"].notna()
    assert np.corrcoef(ox.loc[there, "x_sentiment"], ox.loc[there, "r_stars"])[0, 1] > 0.5

    by_class = JoinSpec(
        grain=("clothing_id",), carry={"r_stars": "rating:mean", "o_age": "age:mean"}
    )
    items, _ = join_ox(scored, {}, by_class)
    means = frame.groupby("clothing_id")[["rating", "age"]].mean()
    assert items["clothing_id"].tolist() == means.index.tolist()
    np.testing.assert_allclose(items[["r_stars", "o_age"]], means, rtol=1e-12)
    assert items["x_n_documents"].sum() == 10_528
