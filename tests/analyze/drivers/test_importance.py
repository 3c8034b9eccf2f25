"""Relative importance against refits by statsmodels, published figures, and simulated truth."""

from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.column_importance import column_importance
from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.drivers.penalty_reward import penalty_reward
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

DRIVERS = ["service", "price", "brand"]
POLES = ["negative", "positive"]


def make_ox(n=300, *, seed=0, drivers=DRIVERS, n_customers=None):
    """Make an O+X table: the first driver matters most, the last not at all."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    customer = np.arange(n)
    if n_customers:
        customer = rng.integers(0, n_customers, n)
        mood = rng.normal(size=n_customers)[customer]
    ox = pd.DataFrame({"customer": customer, "x_n_texts": 1, "age": rng.normal(40, 10, n)})
    ox["store"] = rng.choice(["a", "b", "c"], n)
    outcome = 4 + 0.02 * ox.age + 0.4 * mood + rng.normal(0, 0.7, n)
    for i, driver in enumerate(drivers):
        said = rng.random(n)
        negative = said < 0.25 / (1 + np.exp(mood * (i < 2)))
        positive = (said > 0.8) | (rng.random(n) < 0.02)
        ox[f"x_{driver}_negative"], ox[f"x_{driver}_positive"] = negative * 1, positive * 1
        strength = [1.2, 0.6, 0.0][min(i, 2)]
        outcome += strength * (0.5 * positive - 1.0 * negative)
    ox["r_csat"] = outcome
    ox["r_stars"] = np.clip(np.round(outcome), 1, 5)
    ox["r_again"] = outcome > outcome.median()
    return ox


def features(ox, drivers):
    return ox[[f"x_{driver}_{pole}" for driver in drivers for pole in POLES]].to_numpy(float)


def shapley(value, players):
    """Average what each player adds over all sets of others, as the definition says."""
    k = len(players)
    result = {}
    for player in players:
        others = [other for other in players if other != player]
        result[player] = sum(
            factorial(size) * factorial(k - size - 1) / factorial(k)
            * (value({*chosen, player}) - value(set(chosen)))
            for size in range(k)
            for chosen in combinations(others, size)
        )  # fmt: skip
    return result


def point(ox, outcome, **options):
    return relative_importance(
        ox, outcome, **{"drivers": DRIVERS, "n_bootstrap": 0, "n_null": 0, **options}
    )


def test_parts_are_those_of_refitted_least_squares_with_controls_and_weights():
    ox = make_ox(200)
    ox["w"] = np.random.default_rng(1).uniform(0.2, 3, len(ox))
    table = point(ox, "r_csat", controls=["age", "store"], weights="w", method="both")
    dummies = pd.get_dummies(ox.store).drop(columns=ox.store.mode()[0]).to_numpy(float)

    def r2(chosen):
        x = np.column_stack([ox.age, dummies, features(ox, [d for d in DRIVERS if d in chosen])])
        return sm.WLS(ox.r_csat, sm.add_constant(x), weights=ox.w).fit().rsquared

    expected = shapley(r2, DRIVERS)
    assert dict(zip(table.driver, table.lmg, strict=True)) == pytest.approx(expected)
    assert table.fit[0] == pytest.approx(r2(set(DRIVERS)))
    assert table.fit_controls[0] == pytest.approx(r2(set()))
    assert table.relative_weight.sum() == pytest.approx(table.lmg.sum())
    x = sm.add_constant(np.column_stack([features(ox, DRIVERS), ox.age, dummies]))
    slopes = sm.WLS(ox.r_csat, x, weights=ox.w).fit().params.to_numpy()[1:7].reshape(3, 2)
    found = table[["coefficient_negative", "coefficient_positive"]].to_numpy()
    assert found == pytest.approx(slopes)


def test_weights_count_as_in_relaimpo():
    # relaimpo 2.2-7 in R 4.4: calc.relimp(lm(Fertility ~ ., swiss, weights = 1 + 1:47 %% 3)).
    swiss = pd.read_csv(Path(__file__).parent / "r_tables" / "swiss.csv")
    swiss["w"] = 1 + np.arange(1, 48) % 3
    names = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
    table = column_importance(
        swiss, "Fertility", columns={name: [name] for name in names}, weights="w", min_n=40,
        n_bootstrap=0, n_null=0,
    )  # fmt: skip
    assert table.fit[0] == pytest.approx(0.694332891423, abs=1e-11)
    expected = [0.0518208063017, 0.1549452302086, 0.2559770835712, 0.1019573530969, 0.1296324182449]
    assert table.lmg.to_numpy() == pytest.approx(expected, abs=1e-12)


def test_logit_parts_are_those_of_refitted_models():
    ox = make_ox(500, seed=2)
    y = ox.r_again.to_numpy(float)

    def fit(chosen):
        x = np.column_stack([ox.age, features(ox, [d for d in DRIVERS if d in chosen])])
        return sm.Logit(y, sm.add_constant(x)).fit(disp=0, method="newton", tol=1e-12)

    def tjur(chosen):
        p = fit(chosen).predict()
        return p[y == 1].mean() - p[y == 0].mean()

    options = {"family": "logit", "controls": ["age"]}
    table = point(ox, "r_again", **options)
    expected = shapley(lambda chosen: fit(chosen).prsquared, DRIVERS)
    assert dict(zip(table.driver, table.lmg, strict=True)) == pytest.approx(expected, abs=1e-8)
    assert table.fit_controls[0] == pytest.approx(fit(set()).prsquared)
    slopes = fit(set(DRIVERS)).params[2:].reshape(3, 2)
    found = table[["coefficient_negative", "coefficient_positive"]].to_numpy()
    assert found == pytest.approx(slopes, abs=1e-5)
    table = point(ox, "r_again", measure="tjur", **options)
    expected = shapley(tjur, DRIVERS)
    assert dict(zip(table.driver, table.lmg, strict=True)) == pytest.approx(expected, abs=1e-7)
    assert table.measure.unique().tolist() == ["tjur"]


def test_chance_of_tjur_is_told_by_the_likelihood():
    ox = make_ox(400)
    options = {"drivers": DRIVERS, "family": "logit", "n_bootstrap": 40, "n_null": 99}
    tjur = relative_importance(ox, "r_again", measure="tjur", **options)
    likely = relative_importance(ox, "r_again", **options)
    assert tjur.p_null.tolist() == likely.p_null.tolist()
    assert tjur.null_high.isna().all()
    assert likely.null_high.notna().all()


def test_log_odds_without_end_are_missing_with_the_reason():
    ox = make_ox(300)
    ox["x_brand_positive"] = (ox.r_csat > ox.r_csat.quantile(0.9)) * 1
    row = point(ox, "r_again", family="logit").set_index("driver").loc["brand"]
    assert np.isnan(row.coefficient_positive)
    assert (
        row.reason == "positive mentions go with one end of the outcome only: log odds without end"
    )
    assert row.lmg > 0


def test_ordinal_parts_are_those_of_refitted_models():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    drivers = DRIVERS[:2]
    ox = make_ox(250, seed=3)
    levels = pd.Series(pd.Categorical(ox.r_stars, ordered=True))
    alone = ox.r_stars.value_counts()
    base = (alone * np.log(alone / len(ox))).sum()

    def mcfadden(chosen):
        if not chosen:
            return 0.0
        x = pd.DataFrame(features(ox, [d for d in drivers if d in chosen]))
        return 1 - OrderedModel(levels, x, distr="logit").fit(method="bfgs", disp=0).llf / base

    table = point(ox, "r_stars", family="ordinal", drivers=drivers)
    expected = shapley(mcfadden, drivers)
    assert dict(zip(table.driver, table.lmg, strict=True)) == pytest.approx(expected, abs=1e-5)


def test_coefficients_are_penalty_and_reward():
    ox = make_ox(400)
    table = relative_importance(ox, "r_csat", drivers=DRIVERS, n_bootstrap=50, n_null=20)
    contrasts = penalty_reward(ox, "r_csat", drivers=DRIVERS, n_bootstrap=20)
    assert table.coefficient_negative.to_numpy() == pytest.approx(contrasts.penalty.to_numpy())
    assert table.coefficient_positive.to_numpy() == pytest.approx(contrasts.reward.to_numpy())
    assert table.sign_negative.tolist()[:2] == ["lower", "lower"]
    assert table.sign_positive.tolist()[0] == "higher"


@settings(max_examples=15)
@given(st.sampled_from([1e-8, 1e-3, 1e6]), st.sampled_from([0.0, -1e4, 1e7]))
def test_units_change_nothing(scale, shift):
    ox = make_ox(150)
    columns = ["lmg", "relative_weight", "vif", "condition_number", "fit", "fit_controls"]
    options = {"controls": ["age"], "method": "both"}
    first = point(ox, "r_csat", **options)[columns]
    ox["r_csat"] = ox.r_csat * scale + shift * scale
    ox["age"] = ox.age / scale
    pd.testing.assert_frame_equal(point(ox, "r_csat", **options)[columns], first, rtol=1e-5)


@pytest.mark.parametrize("family", ["linear", "ordinal"])
def test_order_of_rows_changes_nothing_at_all(family):
    ox = make_ox(240, n_customers=60)
    options = {"drivers": DRIVERS, "cluster": "customer", "n_bootstrap": 40, "n_null": 20}
    first = relative_importance(ox, "r_stars", family=family, **options)
    before = ox.copy()
    other = ox.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(
        relative_importance(other, "r_stars", family=family, **options), first
    )
    pd.testing.assert_frame_equal(ox, before)


def test_order_of_drivers_changes_only_the_order_of_rows():
    ox = make_ox(200)
    first = point(ox, "r_csat").set_index("driver")
    other = point(ox, "r_csat", drivers=DRIVERS[::-1]).set_index("driver")
    pd.testing.assert_frame_equal(other.loc[DRIVERS], first)


def test_a_driver_that_says_the_same_as_another_shares_with_it():
    ox = make_ox(200, drivers=["service", "price"])
    for pole in POLES:
        ox[f"x_brand_{pole}"] = ox[f"x_service_{pole}"]
    table = relative_importance(ox, "r_csat", drivers=DRIVERS, n_bootstrap=50, method="both")
    table = table.set_index("driver")
    for column in ("lmg", "relative_weight", "lmg_low", "lmg_high"):
        assert table[column]["service"] == pytest.approx(table[column]["brand"])
    assert np.isinf(table.vif["service"])
    assert np.isinf(table.condition_number["price"])
    assert np.isnan(table.coefficient_negative["service"])
    assert "depend on other columns" in table.reason["brand"]
    assert table.reason["price"] is None
    assert np.isfinite(table.coefficient_negative["price"])


def test_a_driver_hardly_mentioned_is_missing_with_the_reason_and_changes_nothing():
    ox = make_ox(200)
    first = point(ox, "r_csat", drivers=["service", "price"]).set_index("driver")
    ox["x_relationship_negative"] = 0
    ox["x_relationship_positive"] = [1] * 3 + [0] * 197
    table = point(ox, "r_csat", drivers=["service", "relationship", "price"]).set_index("driver")
    assert "mentioned with a sign in 3 rows, fewer than 10" in table.reason["relationship"]
    assert np.isnan(table.lmg["relationship"])
    assert table.n_positive["relationship"] == 3
    assert table.lmg[["service", "price"]].tolist() == pytest.approx(first.lmg.tolist())


def test_a_sign_hardly_mentioned_has_no_coefficient_but_is_in_the_model():
    ox = make_ox(200)
    ox["x_brand_negative"] = [1] * 4 + [0] * 196
    row = point(ox, "r_csat").set_index("driver").loc["brand"]
    assert row.reason == "4 negative mentions, fewer than 10: no coefficient"
    assert np.isnan(row.coefficient_negative)
    assert np.isfinite(row.lmg)


def test_groups_are_analysed_on_their_own_and_small_ones_say_so():
    ox = make_ox(400)
    ox.loc[:30, "store"] = "tiny"
    ox.loc[31:33, "store"] = None
    table = relative_importance(
        ox, "r_csat", drivers=DRIVERS, group="store", n_bootstrap=20, n_null=19
    )
    assert table.columns[0] == "group"
    assert table.group.unique().tolist() == ["a", "b", "c", "tiny"]
    tiny = table[table.group == "tiny"]
    assert tiny.lmg.isna().all()
    assert tiny.reason.str.contains("31 of 31 rows can be analysed").all()
    alone = point(ox[ox.store == "b"], "r_csat")
    assert table[table.group == "b"].lmg.tolist() == pytest.approx(alone.lmg.tolist())
    assert (table.q_null.dropna() >= table.p_null.dropna()).all()
    assert table.attrs["note"] == NOTE


def test_few_customers_give_parts_without_intervals():
    ox = make_ox(200, n_customers=12)
    table = relative_importance(ox, "r_csat", drivers=DRIVERS, cluster="customer", n_bootstrap=50)
    assert table.lmg.notna().all()
    assert table[["lmg_low", "lmg_high", "p_first", "p_null", "rank_low"]].isna().all(axis=None)
    assert table.interval.isna().all()
    assert table.reason.str.contains("12 independent units, fewer than 20").all()
    assert table.n_clusters.tolist() == [12] * 3


def test_rows_left_out_are_counted():
    ox = make_ox(200)
    ox.loc[:9, "r_csat"] = np.nan
    ox.loc[10:14, "x_n_texts"] = 0
    table = point(ox, "r_csat")
    assert table.n.tolist() == [185] * 3
    assert table.n_left_out.tolist() == [15] * 3


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"r_csat": 3.0}, {}, "is 3 in all 200 rows"),
        ({"r_csat": np.nan}, {}, "0 of 200 rows can be analysed"),
        ({"x_n_texts": 0}, {}, "0 of 200 rows can be analysed"),
        ({}, {"min_n": 201}, "200 of 200 rows can be analysed"),
        ({}, {"min_mentions": 199}, "no driver is mentioned with a sign in 199 of 200 rows"),
        ({}, {"family": "logit"}, "needs 2"),
        ({}, {"family": "ordinal"}, "200 levels"),
    ],
)
def test_data_that_cannot_answer_is_refused(change, options, message):
    with pytest.raises(AnalysisError, match=message):
        point(make_ox(200).assign(**change), "r_csat", **options)


def test_as_many_columns_as_rows_are_refused():
    with pytest.raises(AnalysisError, match="12 rows for 12 columns"):
        point(
            make_ox(12, drivers=list("abcdef")), "r_csat", drivers=list("abcdef"), min_n=10,
            min_mentions=0,
        )  # fmt: skip


def test_an_empty_table_is_refused():
    with pytest.raises(AnalysisError, match="0 of 0 rows"):
        point(make_ox(20).head(0), "r_csat")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "poisson"}, "family 'poisson'"),
        ({"measure": "tjur"}, "measure 'tjur'"),
        ({"family": "logit", "method": "both"}, "linear model only"),
        ({"method": "pratt"}, "method 'pratt'"),
        ({"confidence": 95}, "confidence is 95"),
        ({"n_bootstrap": -1}, "n_bootstrap is -1"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        point(make_ox(200), "r_csat", **options)


def test_missing_columns_are_all_named():
    with pytest.raises(SchemaError, match="'r_nps', 'x_speed_negative'"):
        point(make_ox(200), "r_nps", drivers=["speed"])
    with pytest.raises(SchemaError, match="no column 'city'"):
        point(make_ox(200), "r_csat", group="city")


def test_a_constant_control_and_a_never_positive_driver_do_no_harm():
    ox = make_ox(200).assign(country="one", x_price_positive=0)
    table = relative_importance(
        ox, "r_csat", drivers=DRIVERS, controls=["country"], method="both", n_bootstrap=30
    )
    assert table[["lmg", "lmg_low", "relative_weight", "vif"]].notna().all(axis=None)
    assert table.fit_controls[0] == pytest.approx(0)


def test_players_of_several_columns_enter_together():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(120, 3)), columns=["a", "b=1", "c"])
    frame["kind"] = rng.choice(["x", "y", "z"], 120)
    frame["y"] = frame.a + frame["b=1"] + (frame.kind == "x") + rng.normal(size=120)
    table = column_importance(
        frame, "y", columns={"ab": ["a", "b=1"], "kind": ["kind"]}, controls=["c"], n_bootstrap=50
    )
    assert table.driver.tolist() == ["ab", "kind"]
    assert table.coefficient.isna().all()  # both have two columns
    full = sm.OLS(
        frame.y,
        sm.add_constant(
            np.column_stack(
                [frame[["a", "b=1", "c"]], pd.get_dummies(frame.kind).iloc[:, 1:]]
            ).astype(float)
        ),
    ).fit()
    assert table.fit[0] == pytest.approx(full.rsquared)
    with pytest.raises(AnalysisError, match="'a': named twice"):
        column_importance(frame, "y", columns={"a": ["a"]}, controls=["a"])
