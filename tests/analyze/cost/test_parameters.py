import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.cost.amounts import negative_cost
from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
from nlp_cx.analyze.cost.levers import cost_levers
from nlp_cx.analyze.cost.parameters import estimate_parameters
from nlp_cx.errors import AnalysisError, SchemaError

TRUTH = {
    "revenue": 1e6, "negative_share": 0.25, "complaint_share": 0.2,
    "complaining_lost": 0.3, "complaining_at_risk": 0.3, "complaining_kept": 0.4,
    "silent_lost": 0.5, "silent_at_risk": 0.3, "silent_kept": 0.2,
}  # fmt: skip
TRUE_LOST = (
    negative_cost(tabulate_parameters(CostInputs(**TRUTH)))
    .set_index("quantity")
    .loc["lost", "estimate"]
)


def _customers(rng, n, *, sensitivity=1.0, specificity=1.0, per_customer=1):
    """Customers whose fates are known; those without a negative experience are lost at 5 %."""
    size = n // per_customer
    negative = rng.random(size) < 0.25
    complained = np.where(negative, rng.random(size) < 0.2, rng.random(size) < 0.02)
    lost_rate = np.where(negative, np.where(complained, 0.3, 0.5), 0.05)
    risk_rate = np.where(negative, np.where(complained, 0.3 / 0.7, 0.3 / 0.5), 0.1)
    frame = pd.DataFrame(
        {
            "customer": np.arange(size),
            "o_tickets": complained.astype(int),
            "o_retained": rng.random(size) >= lost_rate,
            "at_risk": rng.random(size) < risk_rate,
            "negative": np.where(
                negative, rng.random(size) < sensitivity, rng.random(size) >= specificity
            ),
        }
    )
    return frame.loc[np.repeat(np.arange(size), per_customer)].reset_index(drop=True)


def _estimate(ox, **options):
    return estimate_parameters(
        ox, "negative", "o_tickets", "o_retained", at_risk="at_risk", **options
    )


def test_shares_are_those_counted_by_hand():
    ox = pd.DataFrame(
        {
            "negative": [1] * 8 + [0] * 4 + [None],
            "tickets": [2, 1, 0, 0, 0, 0, 0, None, 5, 0, 0, 0, 1],
            "retained": [True, False, True, True, False, False, None, True] + [True] * 5,
            "risky": [True, True, False, True, None, True, True, True] + [False] * 5,
        }
    ).convert_dtypes()
    table = estimate_parameters(ox, "negative", "tickets", "retained", at_risk="risky", min_n=1)
    share = table.set_index("parameter")["estimate"]
    assert share["negative_share"] == pytest.approx(8 / 12)
    assert share["complaint_share"] == pytest.approx(2 / 7)
    assert share[["complaining_lost", "complaining_at_risk", "complaining_kept"]].tolist() == [
        0.5,
        0.5,
        0,
    ]
    # silent with a known fate: kept, at risk, lost, lost; lost is lost, whatever the other column says
    assert share[["silent_lost", "silent_at_risk", "silent_kept"]].tolist() == [0.5, 0.25, 0.25]
    n = table.set_index("parameter")["n"]
    assert n[["negative_share", "complaint_share", "silent_lost"]].tolist() == [12, 7, 4]


def test_without_a_column_on_risk_only_the_loss_is_known():
    ox = _customers(np.random.default_rng(0), 4000)
    table = estimate_parameters(ox, "negative", "o_tickets", "o_retained")
    table = tabulate_parameters(CostInputs(revenue=1e6), base=table)
    cost = negative_cost(table).set_index("quantity")
    assert cost.loc["lost", "low"] < TRUE_LOST < cost.loc["lost", "high"]
    assert np.isnan(cost.loc["at_risk", "estimate"])
    assert "silent_at_risk: no column tells who is at risk" in cost.loc["at_risk", "reason"]
    levers = cost_levers(table).set_index(["lever", "quantity"])
    assert not np.isnan(levers.loc[("negative_share", "lost"), "estimate"])
    assert np.isnan(levers.loc[("complaining_kept", "lost"), "estimate"])


def test_too_few_rows_give_a_missing_share_with_its_reason():
    ox = _customers(np.random.default_rng(0), 300)
    row = _estimate(ox, min_n=30).set_index("parameter").loc["complaining_lost"]
    assert np.isnan(row["estimate"])
    assert row["reason"].endswith("rows, fewer than 30")


def test_revenue_turns_shares_of_rows_into_shares_of_revenue():
    ox = pd.DataFrame(
        {
            "negative": [1, 0],
            "o_tickets": [0, 0],
            "o_retained": [0, 1],
            "at_risk": [0, 0],
            "spend": [30, 70],
        }
    )
    ox = pd.concat([ox] * 40, ignore_index=True)
    share = _estimate(ox, revenue="spend").set_index("parameter")["estimate"]
    assert share["revenue"] == 4000
    assert share["negative_share"] == pytest.approx(0.3)
    assert _estimate(ox).set_index("parameter")["estimate"]["negative_share"] == pytest.approx(0.5)


def test_weights_count_rows_and_cost_precision():
    ox = pd.DataFrame(
        {
            "negative": [1, 0, 0, 1] * 25,
            "o_tickets": 0,
            "o_retained": 1,
            "at_risk": 0,
            "w": [3.0, 3, 1, 1] * 25,
        }
    )
    row = _estimate(ox, weights="w").set_index("parameter").loc["negative_share"]
    assert row["estimate"] == pytest.approx(0.5)
    assert row["n"] == 100
    assert row["n_effective"] == pytest.approx(80 * 99 / 100)  # Kish: 200**2 / 500


def test_rows_of_one_customer_are_not_taken_as_independent():
    ox = _customers(np.random.default_rng(3), 4000, per_customer=4)
    loose = _estimate(ox).set_index("parameter").loc["negative_share"]
    tight = _estimate(ox, cluster="customer").set_index("parameter").loc["negative_share"]
    assert tight["estimate"] == loose["estimate"]
    assert tight["n_effective"] == pytest.approx(1000, rel=0.01)
    assert loose["n_effective"] == pytest.approx(4000, rel=0.01)


def test_row_order_changes_nothing_and_the_table_is_left_alone():
    ox = _customers(np.random.default_rng(1), 2000)
    before = ox.copy()
    a = _estimate(ox, sensitivity=(80, 100), specificity=(95, 100))
    b = _estimate(ox.sample(frac=1, random_state=2), sensitivity=(80, 100), specificity=(95, 100))
    pd.testing.assert_frame_equal(a, b)
    pd.testing.assert_frame_equal(ox, before)


def test_errors_of_the_classifier_are_taken_out_of_every_share():
    ox = _customers(np.random.default_rng(2), 200_000, sensitivity=0.8, specificity=0.95)
    naive = _estimate(ox).set_index("parameter")["estimate"]
    table = _estimate(ox, sensitivity=(8e5, 1e6), specificity=(95e4, 1e6)).set_index("parameter")
    for name, truth in TRUTH.items():
        if name != "revenue":
            assert table.loc[name, "estimate"] == pytest.approx(truth, abs=0.012), name
    assert naive["silent_lost"] < 0.45  # false alarms are rarely lost
    assert table.loc["observed_negative_share", "estimate"] == pytest.approx(0.2375, abs=0.004)


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "lowest", "highest"),
    [(1.0, 1.0, 0.90, 0.985), (0.8, 0.95, 0.94, 1.0)],  # the second: too wide, as documented
)
def test_intervals_cover_the_true_loss(sensitivity, specificity, lowest, highest):
    rng = np.random.default_rng(11)
    hits, runs = 0, 100
    for _ in range(runs):
        ox = _customers(rng, 1500, sensitivity=sensitivity, specificity=specificity)
        gold = {
            "sensitivity": (rng.binomial(150, sensitivity), 150),
            "specificity": (rng.binomial(450, specificity), 450),
        }
        options = gold if sensitivity < 1 else {}
        table = tabulate_parameters(
            CostInputs(revenue=1e6), base=_estimate(ox, min_n=10, **options)
        )
        lost = negative_cost(table, n_draws=1000).set_index("quantity").loc["lost"]
        hits += lost["low"] <= TRUE_LOST <= lost["high"]
    assert lowest <= hits / runs <= highest


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sensitivity": (8, 10)}, AnalysisError, "give both or none"),
        ({"sensitivity": (5, 10), "specificity": (5, 10)}, AnalysisError, "no better than chance"),
        (
            {"sensitivity": (11, 10), "specificity": (5, 10)},
            AnalysisError,
            "sensitivity is 11 of 10",
        ),
        ({"revenue": "spend"}, AnalysisError, "'spend': 1 values are below 0"),
        ({"weights": "w", "cluster": "c"}, SchemaError, "no column 'w', 'c'"),
        ({"revenue": "name"}, SchemaError, "expected numbers"),
    ],
)
def test_what_cannot_be_estimated_is_refused(options, error, message):
    ox = pd.DataFrame(
        {
            "negative": [True, False],
            "o_tickets": 0,
            "o_retained": 1,
            "at_risk": 0,
            "spend": [-1, 2],
            "name": "a",
        }
    )
    with pytest.raises(error, match=message):
        _estimate(ox, **options)


def test_a_table_that_never_says_who_was_unhappy_is_refused():
    ox = pd.DataFrame(
        {
            "negative": pd.array([pd.NA, pd.NA], "boolean"),
            "o_tickets": 0,
            "o_retained": 1,
            "at_risk": 0,
        }
    )
    with pytest.raises(AnalysisError, match="'negative' is missing in all 2 rows"):
        _estimate(ox)


def test_too_few_rows_stay_missing_after_the_correction_too():
    ox = _customers(np.random.default_rng(0), 20)
    table = _estimate(ox, sensitivity=(80, 100), specificity=(95, 100)).set_index("parameter")
    assert table.loc["negative_share", "reason"] == "20 rows, fewer than 30"
    assert table.loc[["negative_share", "silent_lost"], "estimate"].isna().all()
