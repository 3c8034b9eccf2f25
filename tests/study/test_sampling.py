"""Large tables are explained with a random sample of units, and the report says so."""

from pathlib import Path

import numpy as np
import pandas as pd

from nlp_cx.study.analyses.analyst import Analyst
from nlp_cx.study.analyses.outcomes import sample_units
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.spec import InputSpec, Study


def make_analyst(most_units):
    study = Study(
        inputs=(InputSpec(path="x.csv", kind="reviews", name="x"),), most_units=most_units
    )
    return Analyst(StudyPlan(study, {}), Path(), None, lambda name: None)


def make_units(n):
    return pd.DataFrame({"doc_id": np.arange(n), "r_stars": np.arange(n) % 5 + 1.0, "x_n_texts": 1})


def test_few_units_are_all_taken():
    units = make_units(100)
    analyst = make_analyst(100)
    assert sample_units(analyst, units, "r_stars", None) is units
    assert analyst.notes == []


def test_many_units_are_sampled_whatever_their_order_and_it_is_said():
    units = make_units(5000)
    units.loc[:999, "r_stars"] = np.nan
    units.attrs["nlp_cx_roles"] = {"r_stars": "outcome"}
    analyst = make_analyst(500)
    sample = sample_units(analyst, units, "r_stars", None)
    shuffled = sample_units(analyst, units.sample(frac=1, random_state=1), "r_stars", None)
    assert len(sample) == 500
    assert sample["r_stars"].notna().all()
    assert set(sample["doc_id"]) == set(shuffled["doc_id"])
    assert sample.attrs == units.attrs
    assert analyst.notes[0] == (
        "r_stars is explained with a random sample of 500 of the 4,000 units with a text and a "
        "value (most_units)."
    )
    # Of 4,000 distinct positions the mean of 500 lies within 4 standard errors of the middle.
    assert abs(sample["doc_id"].mean() - 2999.5) < 4 * 4000 / np.sqrt(12 * 500)


def test_customers_are_drawn_whole():
    units = make_units(3000).assign(customer_id=np.arange(3000) // 3)
    sample = sample_units(make_analyst(600), units, "r_stars", "customer_id")
    assert (sample.groupby("customer_id").size() == 3).all()
