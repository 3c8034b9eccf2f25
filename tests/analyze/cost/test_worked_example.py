"""The worked example of the source: revenue 50 million, 22 % negative, 2 % of them complain."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.cost.amounts import negative_cost
from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
from nlp_cx.analyze.cost.levers import cost_levers, cost_scenarios
from nlp_cx.analyze.cost.tornado import cost_tornado

EXAMPLE = {
    "revenue": 50_000_000, "negative_share": 0.22, "complaint_share": 0.02,
    "complaining_lost": 0.28, "complaining_at_risk": 0.34, "complaining_kept": 0.38,
    "silent_lost": 0.45, "silent_at_risk": 0.55, "silent_kept": 0.0,
}  # fmt: skip
PARAMETERS = tabulate_parameters(CostInputs(**EXAMPLE))
BETTER = {"complaining_kept": 0.58, "complaining_at_risk": 0.24, "complaining_lost": 0.18}
PERFECT = {"complaining_kept": 1.0, "complaining_at_risk": 0.0, "complaining_lost": 0.0}


@pytest.mark.parametrize(
    ("quantity", "amount", "percent"),
    [
        ("negative", 11_000_000, 22),
        ("complaining", 220_000, 0.44),
        ("silent", 10_780_000, 21.56),
        ("complaining_lost", 61_600, 0.1232),
        ("complaining_at_risk", 74_800, 0.1496),
        ("complaining_kept", 83_600, 0.1672),
        ("silent_lost", 4_851_000, 9.702),  # the source: nearly five million, equal to 10 %
        ("silent_at_risk", 5_929_000, 11.858),
        ("silent_kept", 0, 0),
        ("lost", 4_912_600, 9.8252),  # the other figure that "10 %" may mean
        ("at_risk", 6_003_800, 12.0076),
        ("kept", 83_600, 0.1672),
    ],
)
def test_every_amount_of_the_example(quantity, amount, percent):
    row = negative_cost(PARAMETERS).set_index("quantity").loc[quantity]
    assert row["estimate"] == pytest.approx(amount, abs=1e-6)
    assert 100 * row["share"] == pytest.approx(percent, abs=1e-12)


def test_typed_in_numbers_without_cases_have_no_interval():
    cost = negative_cost(PARAMETERS)
    assert cost[["low", "high", "share_low", "share_high"]].isna().all(axis=None)
    assert set(cost["interval"]) == {"none: no number of cases behind any parameter"}


@pytest.mark.parametrize(
    ("changes", "lost", "at_risk", "kept"),
    [
        ({"complaint_share": 0.10}, 4_763_000, 5_819_000, 418_000),
        ({"complaint_share": 0.20}, 4_576_000, 5_588_000, 836_000),
        ({"complaint_share": 1.00}, 3_080_000, 3_740_000, 4_180_000),
        (BETTER, 4_890_600, 5_981_800, 127_600),
        (PERFECT, 4_851_000, 5_929_000, 220_000),
        ({"complaint_share": 0.20, **BETTER}, 4_356_000, 5_368_000, 1_276_000),
        ({"negative_share": 0.21}, 4_689_300, 5_730_900, 79_800),
        ({"negative_share": 0.11}, 2_456_300, 3_001_900, 41_800),
    ],
)
def test_every_scenario_of_the_example(changes, lost, at_risk, kept):
    table = cost_scenarios(PARAMETERS, {"s": changes}).set_index("quantity")
    assert table["estimate"].to_numpy() == pytest.approx([lost, at_risk, kept], abs=1e-5)
    base = negative_cost(PARAMETERS).set_index("quantity")["estimate"]
    assert table.loc["lost", "change"] == pytest.approx(lost - base["lost"], abs=1e-5)


@pytest.mark.parametrize(
    ("lever", "changes"),
    [
        ("negative_share", [-223_300, -272_900, -3_800]),
        ("complaint_share", [-18_700, -23_100, 41_800]),
    ],
)
def test_one_percentage_point_of_a_lever(lever, changes):
    table = cost_levers(PARAMETERS).query("lever == @lever")
    assert table["quantity"].tolist() == ["lost", "at_risk", "kept"]
    assert table["estimate"].to_numpy() == pytest.approx(changes, abs=1e-6)


def test_perfect_recovery_saves_little_where_two_percent_complain():
    lost = cost_levers(PARAMETERS).query("quantity == 'lost'").set_index("lever")["whole_way"]
    assert lost["complaining_kept"] == pytest.approx(-61_600)
    assert lost["complaint_share"] == pytest.approx(3_080_000 - 4_912_600)
    assert lost["negative_share"] == pytest.approx(-4_912_600)


def test_the_tornado_puts_recovery_last_though_the_source_names_it_first():
    tornado = cost_tornado(PARAMETERS, swing="points").set_index("parameter")
    levers = ["negative_share", "silent_lost", "complaint_share", "complaining_kept"]
    assert [name for name in tornado.index if name in levers] == levers
    # 61,600 are lost for 62 points that the other two shares have: 1 point moves 61,600 / 62
    assert tornado.loc["complaining_kept", "swing"] == pytest.approx(2 * 61_600 / 62)
    assert tornado.loc["negative_share", "swing"] == pytest.approx(2 * 223_300)


def test_more_complaints_cost_more_where_complainers_are_lost_more_often():
    worse = EXAMPLE | {"complaining_lost": 0.5, "complaining_at_risk": 0.12}
    levers = cost_levers(tabulate_parameters(CostInputs(**worse)))
    row = levers.query("lever == 'complaint_share' and quantity == 'lost'").iloc[0]
    assert row["estimate"] == pytest.approx(11_000_000 * 0.01 * (0.5 - 0.45))
    assert "newly brought to complain" in row["assumption"]


def test_the_share_is_corrected_for_the_classifier():
    inputs = EXAMPLE | {"negative_share": None, "observed_negative_share": 0.22}
    inputs |= {"sensitivity": 0.80, "specificity": 0.95}
    cost = negative_cost(tabulate_parameters(CostInputs(**inputs))).set_index("quantity")
    assert cost.loc["negative", "share"] == pytest.approx(0.17 / 0.75)
    assert round(cost.loc["negative", "share"], 5) == 0.22667


def test_no_currency_and_no_scale_is_assumed():
    small = negative_cost(tabulate_parameters(CostInputs(**(EXAMPLE | {"revenue": 0.5}))))
    big = negative_cost(PARAMETERS)
    np.testing.assert_allclose(small["estimate"] * 1e8, big["estimate"], atol=1e-6)
    pd.testing.assert_series_equal(small["share"], big["share"])
