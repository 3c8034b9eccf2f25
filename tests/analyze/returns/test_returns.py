import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nlp_cx.analyze.metrics.clv import retention_clv
from nlp_cx.analyze.returns.chain import fit_return_chain
from nlp_cx.analyze.returns.projection import QUANTITIES, Economics, lifetime_value, project_returns
from nlp_cx.errors import AnalysisError, SchemaError

DRIVERS = ["service", "price"]
FEWER = {"fewer": {"service_negative": -0.1}}
MONEY = Economics(discount=0.1, margin_share=0.5, customers=1000, cost=2000)


def _ox(n=600, seed=0):
    """Bad service takes 1.5 off satisfaction, which moves the odds of staying, which is worth 80."""
    rng = np.random.default_rng(seed)
    ox = pd.DataFrame({"x_n_texts": np.ones(n, int), "customer": np.arange(n)})
    bad = {}
    for driver, rate in zip(DRIVERS, (0.3, 0.2), strict=True):
        bad[driver] = rng.random(n) < rate
        ox[f"x_{driver}_negative"] = bad[driver].astype(int)
        ox[f"x_{driver}_positive"] = (~bad[driver] & (rng.random(n) < 0.4)).astype(int)
    ox["r_csat"] = 4 - 1.5 * bad["service"] - 0.5 * bad["price"] + rng.normal(size=n)
    ox["r_csat"] += 0.4 * ox["x_service_positive"]
    ox["o_retained"] = rng.random(n) < _logistic(ox["r_csat"] - 2)
    ox["o_revenue"] = 20 + 80 * ox["o_retained"] + rng.normal(0, 10, n)
    return ox


def _logistic(x):
    return 1 / (1 + np.exp(-x))


def _truth():
    """What the model of `_ox` gives for a tenth fewer negative mentions of service."""
    csat = _ox(400_000, seed=99)["r_csat"]
    change = float((_logistic(csat + 0.15 - 2) - _logistic(csat - 2)).mean())
    return {"satisfaction_change": 0.15, "retention_change": change, "revenue_change": 80 * change}


def _fit(ox, **options):
    options = {"drivers": DRIVERS, "n_bootstrap": 200} | options
    return fit_return_chain(ox, "r_csat", "o_retained", "o_revenue", **options)


def _project(ox, scenarios=FEWER, economics=None, **options):
    found = project_returns(_fit(ox, **options), scenarios, economics=economics)
    return found.set_index(["scenario", "quantity"])


def test_every_link_is_that_of_statsmodels():
    ox = _ox()
    rng = np.random.default_rng(1)
    ox["w"], ox["age"] = rng.uniform(0.5, 2, len(ox)), rng.normal(size=len(ox))
    links = _fit(ox, weights="w", controls=["age"], n_bootstrap=2000).links.set_index("feature")
    features = [f"x_{d}_{pole}" for d in DRIVERS for pole in ("negative", "positive")]
    x = sm.add_constant(ox[[*features, "age"]].astype(float))
    first = sm.WLS(ox["r_csat"], x, weights=ox["w"]).fit(cov_type="HC3")
    for feature in features:
        row = links.loc[feature.removeprefix("x_")]
        assert row["estimate"] == row["effect"] == pytest.approx(first.params[feature])
        half = 1.96 * first.bse[feature]
        assert row["high"] - row["estimate"] == pytest.approx(half, rel=0.12)
    x = sm.add_constant(ox[["r_csat", "age"]].astype(float))
    y = ox["o_retained"].astype(float)
    second = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=ox["w"]).fit()
    row = links.loc["r_csat"]
    assert row["estimate"] == pytest.approx(second.params["r_csat"], rel=1e-6)
    p = second.fittedvalues
    slope = np.average(p * (1 - p), weights=ox["w"]) * second.params["r_csat"]
    assert row["effect"] == pytest.approx(slope, rel=1e-6)
    x = sm.add_constant(pd.DataFrame({"stayed": y, "age": ox["age"]}))
    third = sm.WLS(ox["o_revenue"], x, weights=ox["w"]).fit()
    assert links.loc["o_retained", "estimate"] == pytest.approx(third.params["stayed"])


def test_the_average_marginal_effect_is_that_of_statsmodels():
    ox = _ox()
    logit = sm.Logit(ox["o_retained"].astype(float), sm.add_constant(ox["r_csat"])).fit(disp=0)
    effect = logit.get_margeff(at="overall")
    row = _fit(ox, n_bootstrap=2000).links.set_index("feature").loc["r_csat"]
    assert row["effect"] == pytest.approx(effect.margeff[0], rel=1e-6)


def test_single_steps_stand_for_refits():
    ox = _ox()
    row = _fit(ox, n_bootstrap=2000).links.set_index("feature").loc["r_csat"]
    x, y = sm.add_constant(ox["r_csat"].to_numpy()), ox["o_retained"].to_numpy(float)
    rng = np.random.default_rng(0)
    effects = []
    for _ in range(300):
        drawn = rng.integers(0, len(y), len(y))
        fit = sm.Logit(y[drawn], x[drawn]).fit(disp=0)
        p = fit.predict()
        effects.append(fit.params[1] * (p * (1 - p)).mean())
    low, high = np.quantile(effects, [0.025, 0.975])
    assert row["effect_high"] - row["effect_low"] == pytest.approx(high - low, rel=0.12)
    assert (row["effect_high"] + row["effect_low"]) / 2 == pytest.approx((low + high) / 2, rel=0.03)


def test_a_change_goes_down_the_chain_link_by_link():
    ox = _ox()
    chain = _fit(ox)
    found = project_returns(chain, FEWER, economics=MONEY).set_index("quantity")["estimate"]
    coefficient = chain.links.set_index("feature")["estimate"]
    assert found["satisfaction_change"] == pytest.approx(-0.1 * coefficient["service_negative"])
    logit = sm.Logit(ox["o_retained"].astype(float), sm.add_constant(ox["r_csat"])).fit(disp=0)
    index = logit.fittedvalues
    moved = _logistic(index + logit.params["r_csat"] * found["satisfaction_change"])
    change = (moved - _logistic(index)).mean()
    assert found["retention_change"] == pytest.approx(change, rel=1e-6)
    assert found["revenue_change"] == pytest.approx(change * coefficient["o_retained"], rel=1e-6)
    rate = ox["o_retained"].mean()
    margin = 0.5 * ox.loc[ox["o_retained"], "o_revenue"].mean()
    value = margin * ((rate + change) / (1.1 - rate - change) - rate / (1.1 - rate))
    assert found["clv_change"] == pytest.approx(value, rel=1e-6)
    assert found["total_value"] == pytest.approx(1000 * value, rel=1e-6)
    assert found["roi"] == pytest.approx((1000 * value - 2000) / 2000, rel=1e-6)


@pytest.mark.parametrize("first", ["at_first_renewal", "now"])
def test_the_lifetime_value_is_that_of_the_metrics(first):
    for margin, rate, discount in ((100, 0.8, 0.1), (7, 0.3, 0.02)):
        mine = lifetime_value(np.array([margin]), np.array([rate]), discount, first)[0]
        reference = retention_clv(margin, rate, discount, first_margin=first)
        assert mine == pytest.approx(reference["estimate"].iloc[0])


def test_intervals_of_the_whole_chain_cover_the_truth():
    truth = _truth()
    hits = dict.fromkeys((*truth, "retention_change_direct"), 0)
    runs = 40
    for seed in range(runs):
        found = _project(_ox(500, seed)).loc["fewer"]
        for name in hits:
            value = truth[name.removesuffix("_direct")]
            hits[name] += found.loc[name, "low"] <= value <= found.loc[name, "high"]
    assert all(0.84 <= n / runs <= 1.0 for n in hits.values()), hits
    assert 0.9 <= sum(hits.values()) / (runs * len(hits)) <= 0.99, hits


def test_a_chain_that_leaves_something_out_shows_it():
    ox = _ox(3000)
    rng = np.random.default_rng(5)
    gone = (ox["x_service_negative"] == 1) & (rng.random(len(ox)) < 0.6)
    ox["o_retained"] = ox["o_retained"] & ~gone  # bad service drives away whatever the rating
    found = _project(ox).loc["fewer"]
    assert found.loc["retention_change_direct", "low"] > found.loc["retention_change", "high"]


def test_each_link_uses_the_rows_that_have_what_it_needs():
    ox = _ox()
    ox.loc[:99, "r_csat"] = np.nan
    ox.loc[50:149, "x_n_texts"] = 0
    ox["o_revenue"] = ox["o_revenue"].where(ox.index % 2 == 0)
    n = _fit(ox).links.groupby("link")["n"].first()
    assert n.to_dict() == {"satisfaction": 450, "retention": 500, "revenue": 300}


def test_customers_are_drawn_whole_and_the_same_in_every_link():
    ox = _ox(150)
    ox = pd.concat([ox] * 4, ignore_index=True)
    alone = _project(ox).loc[("fewer", "revenue_change")]
    whole = _project(ox, cluster="customer").loc[("fewer", "revenue_change")]
    ratio = (whole["high"] - whole["low"]) / (alone["high"] - alone["low"])
    assert ratio == pytest.approx(2, rel=0.3)
    assert whole["estimate"] == pytest.approx(alone["estimate"])


def test_row_order_changes_no_number_and_the_table_is_left_alone():
    ox = _ox()
    ox["customer"] //= 2
    before = ox.copy()
    a = _project(ox, economics=MONEY)
    pd.testing.assert_frame_equal(ox, before)
    b = _project(ox.sample(frac=1, random_state=1), economics=MONEY)
    pd.testing.assert_series_equal(a["estimate"], b["estimate"])


def test_revenue_that_stops_with_the_customer_has_no_interval_of_its_own_and_harms_none():
    ox = _ox()
    ox["o_revenue"] = 100.0 * ox["o_retained"]
    chain = _fit(ox)
    last = chain.links.iloc[-1]
    assert last[["low", "estimate", "high"]].astype(float).tolist() == pytest.approx([100] * 3)
    found = project_returns(chain, FEWER).set_index("quantity")
    assert found.loc["revenue_change", "low"] == pytest.approx(
        100 * found.loc["retention_change", "low"]
    )


def test_without_typed_in_economics_money_is_missing_and_says_what_it_needs():
    found = _project(_ox(), economics=Economics(discount=0.1)).loc["fewer"]
    assert found.loc["clv_change", "reason"] == "not given: margin_share"
    assert found.loc["roi", "reason"] == "not given: margin_share, customers, cost"
    assert found.loc[["clv_change", "total_value", "roi"], "estimate"].isna().all()
    assert not np.isnan(found.loc["revenue_change", "estimate"])


def test_several_scenarios_stand_side_by_side_and_no_change_changes_nothing():
    scenarios = FEWER | {
        "nothing": {"price_negative": 0.0},
        "both": {"service_negative": -0.1, "price_negative": -0.05},
    }
    found = _project(_ox(), scenarios, MONEY)
    assert found.loc["nothing", "estimate"].drop("roi").abs().max() == pytest.approx(0, abs=1e-9)
    assert found.loc[("nothing", "roi"), "estimate"] == -1
    assert found.loc[("both", "roi"), "estimate"] > found.loc[("fewer", "roi"), "estimate"]
    assert found.index.get_level_values("quantity").tolist() == list(QUANTITIES) * 3


def test_the_words_are_those_of_association():
    ox = _ox()
    assert "not shown to cause" in _fit(ox).links.attrs["note"]
    assert "not shown to cause" in project_returns(_fit(ox), FEWER).attrs["note"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda ox: {"o_retained": (ox["r_csat"] > 3.5)}, AnalysisError, "link retention .*separates"),
        (lambda ox: {"o_retained": True}, AnalysisError, "'o_retained' is 1 in all 600 rows"),
        (lambda ox: {"o_retained": 0.5}, SchemaError, "'o_retained' holds 0.5 in 600 rows"),
        (lambda ox: {"r_csat": np.nan}, AnalysisError, "0 of 600 rows can be analysed"),
        (lambda ox: {"o_revenue": np.nan}, AnalysisError, "o_revenue ~ o_retained: 0 of 600 rows have both"),
        (lambda ox: {"x_price_negative": ox["x_service_negative"]}, AnalysisError, "link satisfaction .*collinear"),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be_fitted_is_named(change, error, message):
    ox = _ox()
    with pytest.raises(error, match=message):
        _fit(ox.assign(**change(ox)))


def test_missing_columns_are_named_at_once():
    with pytest.raises(SchemaError, match="no column 'o_revenue', 'store', 'w'"):
        _fit(_ox().drop(columns="o_revenue"), controls=["store"], weights="w")


@pytest.mark.parametrize(
    ("scenario", "economics", "message"),
    [
        ({"a": {"service": -0.1}}, None, "scenario 'a': 'service' is no feature, expected service_neg"),
        ({"a": {"service_negative": -0.5}}, None, r"would make it -0\.\d+, expected 0 to 1"),
        ({"a": {}}, None, "no change is given"),
        (FEWER, Economics(discount=-1, cost=0), "discount is -1.*; cost is 0, expected more than 0"),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_is_refused(scenario, economics, message):
    with pytest.raises(AnalysisError, match=message):
        project_returns(_fit(_ox()), scenario, economics=economics)


def test_a_driver_nobody_speaks_of_leaves_its_scenario_missing():
    ox = _ox()
    ox["x_price_negative"] = 0
    found = _project(ox, {"a": {"price_negative": 0.1}}).loc["a"]
    assert found["estimate"].isna().all()
    assert "does not vary" in found.loc["satisfaction_change", "reason"]


@pytest.mark.data
@pytest.mark.skipif("NLP_CX_DATA" not in os.environ, reason="NLP_CX_DATA names no folder")
def test_a_score_that_gives_churn_away_is_no_link():
    """In this made-up sample all with scores 1-2 left and none with 4-5."""
    path = Path(os.environ["NLP_CX_DATA"]) / "data/telco_churn_ibm/joined_7043.csv.gz"
    telco = pd.read_csv(path)
    ox = pd.DataFrame(
        {
            "x_n_texts": 1,
            "x_price_negative": (telco["Monthly Charge"] > 80).astype(int),
            "x_price_positive": (telco["Monthly Charge"] < 30).astype(int),
            "r_csat": telco["Satisfaction Score"],
            "o_retained": 1 - telco["Churn Value"],
            "o_revenue": telco["Total Revenue"],
        }
    )
    with pytest.raises(AnalysisError, match=r"link retention .*a column separates the outcomes"):
        fit_return_chain(ox, "r_csat", "o_retained", "o_revenue", drivers=["price"])
