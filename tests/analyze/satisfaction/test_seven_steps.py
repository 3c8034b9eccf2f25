"""The seven-step method: every number of its worked example, and nothing the source lacks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze.satisfaction.seven_steps import RULES, STEPS, feedback_step, seven_steps
from nlp_cx.errors import AnalysisError, SchemaError

NA = np.nan

# The retailer of GCCRM's article: what the text of the source gives. Its figure 8 is lost, so the
# weights but that of convenience, and the expectation of service and relationship, are not known.
EXAMPLE = pd.DataFrame(
    {
        "driver": ["product", "service", "relationship", "price", "convenience", "brand"],
        "experience": [6, 6, 4, 7, 5, 7],
        "expectation": [7, NA, NA, 7, 7, 7],
        "importance": [NA, NA, NA, NA, 9, NA],
        "ideal": [6, 6, 4, 7, 10, 7],
    }
)


@pytest.fixture(scope="module")
def steps():
    return seven_steps(EXAMPLE).set_index("driver")


@pytest.mark.parametrize(
    ("column", "known"),
    [
        ("experience", [6, 6, 4, 7, 5, 7]),
        ("expectation", [7, NA, NA, 7, 7, 7]),
        ("satisfaction", [-1, NA, NA, 0, -2, 0]),
        ("importance", [NA, NA, NA, NA, 9, NA]),
        ("weighted_satisfaction", [NA, NA, NA, NA, -18, NA]),
        ("ideal", [6, 6, 4, 7, 10, 7]),
        ("ideal_gap", [0, 0, 0, 0, -5, 0]),
    ],
)
def test_the_worked_example_is_exact_and_what_is_unknown_stays_so(steps, column, known):
    np.testing.assert_array_equal(steps[column].to_numpy(float), known)


def test_every_column_of_the_method_is_there(steps):
    assert set(STEPS) <= set(steps.columns)
    assert list(STEPS.values()) == ["2a", "2b", "2c", "2d", "3", "4a", "4b"]


def test_the_reason_names_what_is_not_known(steps):
    assert steps.loc["product", "reason"] == "not known: importance"
    assert steps.loc["service", "reason"] == "not known: expectation, importance"
    assert pd.isna(steps.loc["convenience", "reason"])


_WEIGHT = st.floats(0, 10)


@settings(max_examples=80, deadline=None)
@given(_WEIGHT, _WEIGHT, _WEIGHT)
def test_convenience_leads_step_3_whatever_the_weights_of_the_others(product, price, brand):
    """The lowest that product can reach is -10, above -18."""
    filled = EXAMPLE.assign(importance=[product, NA, NA, price, 9, brand])
    steps = seven_steps(filled).set_index("driver")
    assert steps["rank_weighted_satisfaction"].idxmin() == "convenience"
    assert steps.loc["convenience", "rank_weighted_satisfaction"] == 1


def test_step_4b_puts_convenience_first(steps):
    assert steps["ideal_gap"].idxmin() == "convenience"
    assert steps.loc["convenience", "rank_ideal_gap"] == 1


@pytest.mark.parametrize("weight", [0.1, 5, 10])
def test_the_second_best_is_product_by_step_3_and_not_by_step_4b(weight):
    filled = EXAMPLE.assign(importance=[weight, NA, NA, 5, 9, 5])
    steps = seven_steps(filled).set_index("driver")
    assert steps.loc["product", "rank_weighted_satisfaction"] == 2
    # By step 4b product has no gap, like all the others but convenience.
    assert steps.loc["product", "rank_ideal_gap"] == steps.loc["brand", "rank_ideal_gap"] == 2
    assert set(RULES) == {"weighted_satisfaction", "ideal_gap"}


def test_the_ideal_is_an_input_and_the_other_reading_differs():
    """Read as expectation ("the others merely satisfy"), product has a gap of -1, not 0."""
    ideal = EXAMPLE["expectation"].where(EXAMPLE["driver"] != "convenience", 10)
    assert seven_steps(EXAMPLE.assign(ideal=ideal)).set_index("driver").loc["product", "ideal_gap"] == -1  # fmt: skip
    without = seven_steps(EXAMPLE.drop(columns="ideal"))
    assert without["ideal"].isna().all()
    assert without["ideal_gap"].isna().all()


def test_what_is_assumed_is_labelled():
    filled = EXAMPLE.assign(
        expectation=[7, 6, 4, 7, 7, 7], assumed=[None, "expectation", "expectation", None, None, None]
    )  # fmt: skip
    steps = seven_steps(filled).set_index("driver")
    assert steps.loc["service", "satisfaction"] == 0
    assert steps.loc["service", "assumed"] == "expectation"
    assert pd.isna(steps.loc["product", "assumed"])


def test_ranks_say_how_far_the_unknown_could_move_them():
    steps = seven_steps(EXAMPLE, importance_scale=(0, 10), scale=(1, 10)).set_index("driver")
    # Service could expect 10 and weigh 10: 10 x (6 - 10) = -40, and relationship -60.
    assert steps.loc["convenience", ["rank_best", "rank_worst"]].tolist() == [1, 3]
    assert steps.loc["product", "rank_best"] == 1 + 1
    known = EXAMPLE.assign(expectation=[7, 6, 4, 7, 7, 7])
    sure = seven_steps(known, importance_scale=(0, 10), scale=(1, 10)).set_index("driver")
    assert sure.loc["convenience", ["rank_best", "rank_worst"]].tolist() == [1, 1]


_CELL = st.one_of(st.none(), st.integers(1, 10))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_CELL, _CELL, _CELL, _CELL), min_size=1, max_size=5), st.randoms())
def test_possible_ranks_hold_every_completion(cells, random):
    sheet = pd.DataFrame(cells, columns=["experience", "expectation", "importance", "ideal"])
    sheet.insert(0, "driver", [f"d{k}" for k in range(len(sheet))])
    options = {"importance_scale": (1, 10), "scale": (1, 10)}
    bounds = seven_steps(sheet.astype({"experience": float, "expectation": float, "importance": float, "ideal": float}), **options)  # fmt: skip
    filled = sheet.map(lambda value: random.randint(1, 10) if pd.isna(value) else value)
    ranks = seven_steps(filled, **options)["rank_weighted_satisfaction"]
    assert (bounds["rank_best"] <= ranks).all()
    assert (ranks <= bounds["rank_worst"]).all()


def test_stated_and_derived_importance_stand_side_by_side():
    sheet = EXAMPLE.assign(
        importance=[8, 5, 2, 6, 9, 4], importance_derived=[0.3, 0.1, 0.05, 0.1, 0.05, 0.02]
    )
    steps = seven_steps(sheet).set_index("driver")
    assert steps.loc["product", "weighted_derived"] == pytest.approx(-0.3)
    assert steps.loc["product", "rank_weighted_derived"] == 1
    assert steps.loc["convenience", "rank_weighted_satisfaction"] == 1


def test_intervals_of_satisfaction_carry_over():
    sheet = pd.DataFrame({
        "driver": ["price"], "experience": [5.0], "expectation": [7.0], "satisfaction": [-2.0],
        "satisfaction_low": [-2.5], "satisfaction_high": [-1.5], "importance": [4]})  # fmt: skip
    row = seven_steps(sheet).iloc[0]
    assert (row["weighted_low"], row["weighted_high"]) == (-10, -6)


def test_mistakes_are_named_all_at_once():
    sheet = pd.DataFrame({"driver": ["a", "a"], "experience": [5, 12], "importance": [-1, 2]})
    with pytest.raises(AnalysisError) as caught:
        seven_steps(sheet, scale=(1, 10))
    for text in ("'a' occurs twice", "is 12, expected 1 to 10", "importance is negative"):
        assert text in str(caught.value)
    with pytest.raises(SchemaError, match="unknown column experince"):
        seven_steps(pd.DataFrame({"driver": ["a"], "experince": [5]}))
    with pytest.raises(SchemaError, match="other than numbers"):
        seven_steps(pd.DataFrame({"driver": ["a"], "experience": ["good"]}))
    with pytest.raises(AnalysisError, match="given as 3, experience minus expectation is -2"):
        seven_steps(pd.DataFrame({"driver": ["a"], "experience": [5], "expectation": [7], "satisfaction": [3]}))  # fmt: skip


def test_shops_added_on_the_street_never_brought_less_than_the_first():
    """Step 7: sales of 1, 2, 3 shops are 1, 2, 3 times, of 4 shops more than 4 times: at least 4."""
    step = feedback_step([1, 2, 3, 4], [1, 2, 3, 4])
    assert step.never_below_first is True
    assert (step.table["gain_to_first"] >= 1).all()
    assert feedback_step([1, 2, 3], [1, 1.8, 3]).never_below_first is False
    unknown = feedback_step([1, 2, 3], [1, NA, 3])
    assert unknown.never_below_first is None
    assert unknown.table["is_below_first"].isna().sum() == 2
    with pytest.raises(AnalysisError, match="expected as many of both"):
        feedback_step([2, 1], [1, 2])
