"""Weights let respondents speak for the silent, within what is known of both."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nlp_cx.errors import JoinError
from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import JoinSpec, TableSpec, WeightSpec
from nlp_cx.join.weights import poststratify, weigh_responses


@pytest.fixture(scope="module")
def population():
    """People of whom the dissatisfied and the young respond more often."""
    rng = np.random.default_rng(5)
    n = 4_000
    segment = rng.choice(["new", "regular", "key"], n, p=[0.2, 0.7, 0.1])
    spend = rng.gamma(2, 50, n).round(2)
    csat = np.clip(np.round(3.6 - 0.9 * (segment == "new") + rng.normal(0, 1, n)), 1, 5)
    logit = -1.6 + 1.5 * (segment == "new") - 0.7 * (segment == "key") + 0.004 * spend
    responded = rng.random(n) < 1 / (1 + np.exp(-logit))
    return pd.DataFrame(
        {"o_segment": segment, "o_spend": spend, "r_csat": csat, "x_n_texts": responded.astype(int)}
    )


def test_the_regression_is_that_of_statsmodels(population):
    _, summary = weigh_responses(population, ["o_segment", "o_spend"])
    x = sm.add_constant(
        pd.DataFrame(
            {
                "key": (population["o_segment"] == "key").astype(float),
                "new": (population["o_segment"] == "new").astype(float),
                "spend": population["o_spend"],
            }
        )
    )
    fit = sm.Logit(population["x_n_texts"], x).fit(disp=0)
    names = [name for name, _, _ in summary.coefficients]
    assert names == ["(intercept)", "o_segment=key", "o_segment=new", "o_spend"]
    np.testing.assert_allclose([b for _, b, _ in summary.coefficients], fit.params, rtol=1e-7)
    np.testing.assert_allclose([e for _, _, e in summary.coefficients], fit.bse, rtol=1e-6)


def test_weights_are_inverse_probabilities_with_mean_one(population):
    ox, summary = weigh_responses(population, ["o_segment"])
    responded = ox["x_n_texts"] > 0
    assert ox.loc[~responded, "w_response"].isna().all()
    assert ox.loc[responded, "w_response"].mean() == pytest.approx(1)
    rates = population.groupby("o_segment")["x_n_texts"].mean()
    by_segment = ox[responded].groupby("o_segment")["w_response"].first()
    ratio = by_segment * rates
    np.testing.assert_allclose(ratio, ratio.iloc[0])
    w = ox.loc[responded, "w_response"]
    assert summary.effective_n == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert summary.design_effect == pytest.approx(len(w) / summary.effective_n)


def test_weighing_takes_most_of_the_bias_out(population):
    truth = population["r_csat"].mean()
    ox, summary = weigh_responses(population, ["o_segment", "o_spend"])
    there = ox[ox["w_response"].notna()]
    naive = there["r_csat"].mean()
    weighted = np.average(there["r_csat"], weights=there["w_response"])
    assert abs(weighted - truth) < 0.05 < abs(naive - truth)
    new = next(row for row in summary.balance if row.value == "new")
    assert new.respondents > 1.5 * new.population
    assert new.weighted == pytest.approx(new.population, abs=0.02)


def test_post_stratification_meets_the_cells_exactly(population):
    ox, summary = poststratify(population, ["o_segment"])
    there = ox[ox["w_poststratify"].notna()]
    shares = there.groupby("o_segment")["w_poststratify"].sum() / there["w_poststratify"].sum()
    expected = population["o_segment"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(shares, expected)
    assert all(row.weighted == pytest.approx(row.population) for row in summary.balance)


def test_margins_are_met_by_raking(population):
    known = {
        "o_segment": {"new": 300, "regular": 600, "key": 100},
        "o_young": {"True": 0.25, "False": 0.75},
    }
    frame = population.assign(o_young=population["o_spend"] > 100)
    ox, _ = poststratify(frame, ["o_segment", "o_young"], margins=known)
    there = ox[ox["w_poststratify"].notna()]
    for name, margin in known.items():
        total = sum(margin.values())
        shares = there.groupby(there[name].astype(str))["w_poststratify"].sum() / len(there)
        for value, share in margin.items():
            assert shares[value] == pytest.approx(share / total, abs=1e-8)


def test_trimmed_weights_are_counted_and_cost_balance():
    ox = pd.DataFrame(
        {"o_g": ["a"] * 102 + ["b"] * 900, "x_n_texts": [1] * 100 + [0] * 2 + [1] + [0] * 899}
    )
    free, loose = poststratify(ox, ["o_g"], max_weight=1000)
    trimmed, summary = poststratify(ox, ["o_g"], max_weight=5)
    assert (loose.n_trimmed, summary.n_trimmed) == (0, 1)
    assert loose.highest > 50
    assert summary.highest == pytest.approx(5)
    assert summary.effective_n > 50 > 2 > loose.effective_n
    b = next(row for row in summary.balance if row.value == "b")
    assert b.weighted < b.population
    for weighted in (free, trimmed):
        assert weighted["w_poststratify"].mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("texts", "group", "message"),
    [
        ([1, 1, 1, 1], list("aabb"), r"all 4 units responded.*\(--keep TABLE\)"),
        ([0, 0, 0, 0], list("aabb"), "none of 4 units responded"),
        ([1, 1, 0, 0], list("aabb"), "without error in some group"),
        ([1, 0, 1, 0], list("aaaa"), None),
        ([1, 0, 1, 0], [1.0, 1.0, 1.0, 1.0], "o_g has one value only"),
    ],
)
def test_what_cannot_be_estimated_is_refused(texts, group, message):
    ox = pd.DataFrame({"o_g": group, "x_n_texts": texts})
    if message is None:
        assert weigh_responses(ox, ["o_g"])[0]["w_response"].dropna().tolist() == [1.0, 1.0]
        return
    with pytest.raises(JoinError, match=message):
        weigh_responses(ox, ["o_g"])


def test_collinear_covariates_are_refused(population):
    with pytest.raises(JoinError, match="follows from the others"):
        weigh_responses(
            population.assign(o_double=population["o_spend"] * 2), ["o_spend", "o_double"]
        )


def test_cells_without_a_respondent_are_refused_with_the_numbers():
    ox = pd.DataFrame({"o_g": list("aab"), "x_n_texts": [1, 0, 0]})
    with pytest.raises(JoinError, match=r"1 of 2 cells of o_g have units \(1 of 3\) .* e\.g\. b"):
        poststratify(ox, ["o_g"])


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({"o_g": {"a": 1.0}}, "'b' has respondents and no share"),
        ({"o_g": {"a": 0.5, "b": 0.3, "c": 0.2}}, "'c' has a share and no respondent"),
        ({"o_x": {"a": 1.0}}, "margins: none for 'o_g'; given for o_x"),
        ({"o_g": {"a": -1.0, "b": 2.0}}, "0 or more"),
    ],
)
def test_margins_that_do_not_fit_are_refused(margins, message):
    ox = pd.DataFrame({"o_g": list("ab"), "x_n_texts": [1, 1]})
    with pytest.raises(JoinError, match=message):
        poststratify(ox, ["o_g"], margins=margins)


def test_a_missing_category_is_a_category_and_a_missing_number_has_no_weight():
    ox = pd.DataFrame(
        {
            "o_g": ["a", None, "a", None, "a", None, "a", None],
            "o_x": [1.0, 2.0, None, 4.0, 2.0, 1.0, 3.0, 2.0],
            "x_n_texts": [1, 1, 1, 0, 0, 0, 0, 1],
        }
    )
    weighted, summary = weigh_responses(ox, ["o_g", "o_x"])
    assert weighted["w_response"].isna().tolist() == [
        False,
        False,
        True,
        True,
        True,
        True,
        True,
        False,
    ]
    assert summary.n_without_weight == 1
    assert {row.value for row in summary.balance} == {"a", "(missing)", "(mean)"}


def test_weights_of_a_join_are_those_of_its_table(make_scored, population):
    orders = population.rename(columns={"o_segment": "segment", "o_spend": "spend"}).iloc[:400]
    orders = orders.assign(order_no=[f"u{i:03d}" for i in range(400)])
    wrote = orders.loc[orders["x_n_texts"] > 0, "order_no"]
    scored = make_scored(*({"interaction_id": key} for key in wrote))
    table = TableSpec(
        on=("interaction_id=order_no",), columns={"o_segment": "segment", "o_spend": "spend"}
    )
    for kind, weigh in (("response", weigh_responses), ("poststratify", poststratify)):
        by = ("o_segment", "o_spend") if kind == "response" else ("o_segment",)
        spec = JoinSpec(
            keep="orders", tables={"orders": table}, weights=WeightSpec(kind=kind, by=by)
        )
        ox, summary = join_ox(scored, {"orders": orders}, spec)
        name = f"w_{kind}"
        expected, known = weigh(ox.drop(columns=name), by)
        np.testing.assert_allclose(ox[name], expected[name], rtol=1e-9)
        assert summary.weights.effective_n == pytest.approx(known.effective_n)
        assert summary.roles[name] == "weight"


def test_a_rating_of_nought_is_an_answer():
    ox = pd.DataFrame({"o_g": list("aabb"), "r_nps": [0, None, 7, None]})
    weighted, summary = weigh_responses(ox, ["o_g"], respondent="r_nps")
    assert weighted["w_response"].isna().tolist() == [False, True, False, True]
    assert summary.n_respondents == 2


def test_a_population_of_writers_only_is_said_to_be_one(make_scored):
    rows = [{"interaction_id": key, "g": "a", "score": 0.1 if key < "C" else None} for key in "ABC"]
    spec = JoinSpec(carry={"o_g": "g"}, weights=WeightSpec(kind="poststratify", by=("o_g",)))
    _, summary = join_ox(make_scored(*rows), {}, spec)
    assert "those who wrote nothing at all are not in it" in summary.notes[0]


def test_weights_by_what_is_not_there_are_refused(make_scored):
    spec = JoinSpec(weights=WeightSpec(kind="response", by=("o_segment",)))
    with pytest.raises(JoinError, match="weights: no column 'o_segment'; the table has"):
        join_ox(make_scored({}), {}, spec)
