import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.penalty_reward import penalty_reward
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

DRIVERS = ["product", "service", "price"]
TRUTH = {"product": (-0.5, 0.5), "service": (-1.0, 0.15), "price": (-0.1, 0.6)}
CLASSES = {"product": "performance", "service": "basic", "price": "excitement"}


def _ox(n=900, *, seed=0, size=1, truth=TRUTH):
    """Write an O+X table whose penalties and rewards are known, of customers with `size` rows."""
    rng = np.random.default_rng(seed)
    customer = np.repeat(np.arange(n // size), size)
    ox = pd.DataFrame({"x_n_texts": 1, "customer": customer})
    y = 3.8 + 0.5 * rng.normal(size=n // size)[customer] + 0.8 * rng.normal(size=n)
    for driver, p_negative, p_positive in zip(
        truth, [0.2, 0.12, 0.15], [0.5, 0.35, 0.3], strict=True
    ):
        negative, positive = rng.random(n) < p_negative, rng.random(n) < p_positive
        ox[f"x_{driver}_negative"], ox[f"x_{driver}_positive"] = negative * 1, positive * 1
        penalty, reward = truth[driver]
        y = y + penalty * negative * (1 + 0.5 * rng.normal(size=n)) + reward * positive
    return ox.assign(r_stars=y)


def _run(ox, **options):
    options = {"drivers": DRIVERS, "n_bootstrap": 200} | options
    return penalty_reward(ox, "r_stars", **options)


def _toy(times=40):
    """Four rows without, four with a negative, four with a positive mention, `times` over."""
    return pd.DataFrame(
        {
            "r_stars": [2.0, 2, 4, 4, 1, 1, 3, 3, 2.25, 2.25, 4.25, 4.25] * times,
            "x_n_texts": 1,
            "x_price_negative": ([0] * 4 + [1] * 4 + [0] * 4) * times,
            "x_price_positive": ([0] * 8 + [1] * 4) * times,
        }
    )


def test_the_toy_regression_is_recovered():
    row = _run(_toy(), drivers=["price"]).iloc[0]
    assert row[["penalty", "reward", "ia"]].tolist() == pytest.approx([-1, 0.25, -0.6])
    assert row["impact_range"] == pytest.approx(1.25)
    assert row[["n_negative", "n_positive", "n_neither", "n"]].tolist() == [160, 160, 160, 480]
    assert row["kano_class"] == "basic"


def test_one_slope_would_mislead_on_the_toy():
    toy = _toy()
    valence = toy["x_price_positive"] - toy["x_price_negative"]
    slope, intercept = np.polyfit(valence, toy["r_stars"], 1)
    assert (slope, intercept) == (pytest.approx(0.625), pytest.approx(2.75))


def test_coefficients_and_errors_are_those_of_statsmodels():
    import statsmodels.formula.api as smf

    ox = _ox(1500, size=3).assign(w=np.random.default_rng(1).random(1500) + 0.5)
    ox["store"] = np.random.default_rng(2).choice(["a", "b", "c"], 1500)
    ox["r_stars"] += ox["store"].map({"a": 0, "b": 0.5, "c": -0.5})
    found = _run(ox, controls=["store"], weights="w", cluster="customer", n_bootstrap=2000)
    terms = " + ".join(f"x_{d}_{pole}" for d in DRIVERS for pole in ("negative", "positive"))
    fit = smf.wls(f"r_stars ~ {terms} + C(store)", ox, weights=ox["w"]).fit(
        cov_type="cluster", cov_kwds={"groups": ox["customer"]}
    )
    for name, pole in (("penalty", "negative"), ("reward", "positive")):
        keys = [f"x_{d}_{pole}" for d in DRIVERS]
        assert found[name].to_numpy() == pytest.approx(fit.params[keys].to_numpy())
        width = (found[f"{name}_high"] - found[f"{name}_low"]).to_numpy()
        assert width == pytest.approx(2 * 1.96 * fit.bse[keys].to_numpy(), rel=0.08)


def test_odds_are_those_of_statsmodels():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    ox = _ox(1500)
    ox["r_stars"] = ox["r_stars"].round().clip(2, 5)
    found = _run(ox, model="odds")
    x = ox[[f"x_{d}_{pole}" for d in DRIVERS for pole in ("negative", "positive")]].astype(float)
    fit = OrderedModel(ox["r_stars"], x, distr="logit").fit(method="bfgs", disp=0, gtol=1e-7)
    expected = fit.params.to_numpy()[:6].reshape(3, 2)
    assert found[["penalty", "reward"]].to_numpy() == pytest.approx(expected, abs=1e-4)
    width = (found["penalty_high"] - found["penalty_low"]).to_numpy()
    assert width == pytest.approx(2 * 1.96 * fit.bse.to_numpy()[:6:2], rel=0.15)
    assert found.attrs["unit"] == "log odds of a higher r_stars"


def test_groups_and_periods_are_analyses_of_their_rows():
    ox = _ox(1200).assign(store=["b", "a", "a"] * 400)
    ox["at"] = pd.to_datetime(["2024-01-10", "2024-11-20"] * 600)
    found = _run(ox, group="store", period="at", every="quarter")
    assert found["group"].tolist() == ["a"] * 12 + ["b"] * 12
    assert (
        found["period"].tolist()
        == ["2024Q1"] * 3
        + ["2024Q2"] * 3
        + ["2024Q3"] * 3
        + ["2024Q4"] * 3
        + found["period"].tolist()[:12]
    )
    alone = _run(ox[(ox["store"] == "a") & (ox["at"] < "2024-06")])
    assert found.iloc[:3]["penalty"].to_numpy() == pytest.approx(alone["penalty"].to_numpy())
    empty = found[found["period"] == "2024Q2"]
    assert empty["reason"].eq("no rows").all()
    assert empty[["penalty", "reward", "ia", "kano_class"]].isna().all(axis=None)
    assert empty["n"].eq(0).all()


def test_a_window_pools_the_periods_before():
    ox = _ox(1200)
    ox["at"] = pd.to_datetime(["2024-01-10", "2024-02-20", "2024-03-03"] * 400)
    found = _run(ox, period="at", every="month", window=2)
    assert found["period"].unique().tolist() == ["2024-02", "2024-03"]
    two = _run(ox[ox["at"] < "2024-03"])
    assert found.iloc[:3]["reward"].to_numpy() == pytest.approx(two["reward"].to_numpy())
    with pytest.raises(AnalysisError, match="window 4, but there are 3 periods"):
        _run(ox, period="at", every="month", window=4)


def test_the_order_of_rows_changes_nothing():
    ox = _ox(600, size=3)
    mixed = ox.sample(frac=1, random_state=5)
    before = mixed.copy()
    a, b = _run(ox, cluster="customer"), _run(mixed, cluster="customer")
    pd.testing.assert_frame_equal(a, b)
    pd.testing.assert_frame_equal(mixed, before)


def test_a_copy_of_every_row_by_the_same_customer_tells_nothing_new():
    ox = _ox(600, size=1)
    twice = pd.concat([ox, ox])
    a, b = _run(ox, cluster="customer"), _run(twice, cluster="customer")
    for column in ("penalty", "penalty_low", "reward_high", "ia", "p_value"):
        assert a[column].to_numpy() == pytest.approx(b[column].to_numpy(), rel=0.02), column


def test_a_weight_of_2_is_the_row_twice():
    ox = _ox(400).assign(w=[1.0, 2.0] * 200)
    twice = ox.loc[ox.index.repeat(ox["w"].astype(int))]
    a, b = _run(ox, weights="w"), _run(twice, cluster="customer")
    for column in ("penalty", "penalty_low", "ia"):
        assert a[column].to_numpy() == pytest.approx(b[column].to_numpy(), rel=0.05), column


@pytest.mark.parametrize("model", ["linear", "odds"])
def test_an_outcome_turned_round_gives_the_same_classes(model):
    ox = _ox()
    ox["r_stars"] = ox["r_stars"].round()
    a = _run(ox, model=model)
    b = _run(ox.assign(r_stars=-ox["r_stars"]), model=model, higher_is_better=False)
    assert b["penalty"].to_numpy() == pytest.approx(-a["penalty"].to_numpy(), abs=1e-6)
    assert b["ia"].to_numpy() == pytest.approx(a["ia"].to_numpy(), abs=1e-6)
    assert b["kano_class"].tolist() == a["kano_class"].tolist()


def test_too_few_mentions_give_a_reason_and_no_number():
    ox = _ox(900)
    ox["x_price_positive"] = 0
    ox.loc[:28, "x_price_positive"] = 1
    row = _run(ox).set_index("driver").loc["price"]
    assert np.isnan(row[["reward", "reward_low", "ia", "impact_range"]].astype(float)).all()
    assert np.isfinite(row["penalty"])
    assert row["reason"] == "29 positive mentions, expected at least 30"
    assert row["kano_class"] is None


def test_many_mentions_of_few_customers_are_few():
    ox = _ox(900).assign(customer=np.arange(900))
    ox.loc[ox["x_price_negative"] == 1, "customer"] %= 9
    row = _run(ox, cluster="customer").set_index("driver").loc["price"]
    assert np.isnan(row["penalty"])
    assert row["reason"].startswith(
        "negative mentions by 9 values of customer, expected at least 10"
    )


def test_a_weight_that_outweighs_all_others_leaves_nothing_to_estimate():
    ox = _ox(900).assign(w=1.0)
    ox.loc[ox["x_price_negative"].idxmax(), "w"] = 1e6
    found = _run(ox, weights="w").set_index("driver")
    assert np.isnan(found.loc["price", "penalty"])
    assert found.loc["price", "reason"].startswith("weights so uneven")


def test_a_driver_that_every_row_mentions_rests_on_rows_with_both():
    ox = _ox(900)
    neither = (ox["x_product_negative"] == 0) & (ox["x_product_positive"] == 0)
    ox.loc[neither, "x_product_positive"] = 1
    row = _run(ox).set_index("driver").loc["product"]
    assert row["n_neither"] == 0
    assert row["remark"].startswith("hardly a row mentions it in neither way")
    assert row["penalty"] == pytest.approx(-0.5, abs=0.3)


def test_mentions_that_always_go_together_cannot_be_told_apart():
    ox = _ox(900)
    ox["x_price_negative"] = ox["x_service_negative"]
    found = _run(ox).set_index("driver")
    assert found["penalty"].isna().tolist() == [False, True, True]
    assert found["reward"].notna().all()
    assert found.loc["price", "reason"] == "cannot be told apart from service_negative in 900 rows"


def test_a_significant_wrong_sign_gives_no_asymmetry():
    found = _run(_ox(truth=TRUTH | {"price": (0.6, 0.6)})).set_index("driver")
    assert np.isnan(found.loc["price", "ia"])
    assert found.loc["price", "reason"] == (
        "negative mentions go with a higher outcome, against expectation: no asymmetry"
    )
    assert found.loc["price", "kano_class"] is None
    assert found.loc["service", "kano_class"] == "basic"


def test_a_wrong_sign_within_its_error_counts_as_0():
    ox = _ox(3000, truth=TRUTH | {"price": (0.02, 0.6)}, seed=1)
    row = _run(ox).set_index("driver").loc["price"]
    assert row["penalty"] > 0
    assert row["ia"] == 1
    assert row["kano_class"] == "excitement"
    assert row["remark"] == "penalty has the wrong sign, is not told from 0 and counts as 0"


def test_a_driver_that_goes_with_nothing_has_no_class():
    row = _run(_ox(truth=TRUTH | {"price": (0, 0)})).set_index("driver").loc["price"]
    assert row[["kano_class", "ia", "p_basic"]].isna().all()
    assert row["reason"] == "penalty and reward are not told from 0: no asymmetry"
    assert np.isfinite(row["penalty"])


def test_a_class_that_half_the_samples_deny_is_not_named():
    ox = _ox(truth=TRUTH | {"price": (-0.5, 0.33)})  # on the cut-off: ia -0.2
    row = _run(ox, n_bootstrap=500).set_index("driver").loc["price"]
    shares = row[["p_basic", "p_performance", "p_excitement"]].astype(float)
    assert shares.sum() == pytest.approx(1)
    assert shares.max() < 0.8
    assert row["kano_class"] is None
    assert row["reason"].startswith("class not settled: ")
    named = _run(ox, min_probability=0.0).set_index("driver").loc["price", "kano_class"]
    assert named in ("basic", "performance")


def test_a_group_without_variation_says_so():
    ox = _ox(900).assign(store=["a", "b", "b"] * 300)
    ox.loc[ox["store"] == "a", "r_stars"] = 5.0
    found = _run(ox, group="store")
    assert found.loc[found["group"] == "a", "reason"].eq("the outcome is 5 in all 300 rows").all()
    assert found.loc[found["group"] == "b", "penalty"].notna().all()


def test_rows_left_out_are_counted():
    ox = _ox(900).assign(store=["a", None, "b"] * 300)
    ox["at"] = pd.to_datetime(["2024-01-10", "2024-01-11", None] * 300)
    found = _run(ox, group="store", period="at")
    assert found.attrs["left_out"] == {"no store": 300, "no at": 300}
    assert "cause" in found.attrs["note"]
    with pytest.raises(AnalysisError, match="no row has store and at"):
        _run(ox[(ox["store"] != "a")], group="store", period="at")


def test_a_handful_of_mentions_does_not_stop_the_odds_of_others():
    ox = _ox(900)
    ox["r_stars"] = ox["r_stars"].round().clip(1, 5)
    ox["x_price_negative"] = 0
    ox.loc[ox["r_stars"].nsmallest(5).index, "x_price_negative"] = 1  # only ever with the lowest
    found = _run(ox, model="odds").set_index("driver")
    assert found.loc["price", "reason"].startswith("5 negative mentions")
    assert found.loc["service", "penalty"] == pytest.approx(-2, abs=0.8)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "probit"}, ConfigError, "model 'probit'"),
        ({"confidence": 95}, ConfigError, "confidence is 95"),
        ({"cutoffs": (0.5, 0.1)}, ConfigError, "cutoffs"),
        ({"n_bootstrap": -1}, ConfigError, "n_bootstrap is -1"),
        ({"drivers": []}, ConfigError, "at least one"),
        ({"drivers": ["price", "price"]}, ConfigError, "none twice"),
        ({"group": "shop"}, SchemaError, "no column 'shop'"),
        ({"drivers": ["taste"]}, SchemaError, "x_taste_negative"),
    ],
)
def test_wrong_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        _run(_ox(90), **options)


def test_intervals_cover_and_classes_are_recovered():
    """400 samples of 400 rows by 200 customers, as 400 groups of one table.

    One share of 400 has a standard error of 1.1 points. 2,000 samples, run once: penalties 94.4%
    and 95.0%, rewards 96.0% and 95.8%, asymmetries 96.0% and 94.9%.
    """
    n_runs, drivers = 400, ["service", "price"]
    ox = pd.concat([_ox(400, seed=seed, size=2).assign(run=seed) for seed in range(n_runs)])
    ox["customer"] += 1000 * ox["run"]
    ox["r_stars"] -= 0.5 * (ox["x_product_positive"] - ox["x_product_negative"])
    options = {"group": "run", "cluster": "customer", "n_bootstrap": 199, "min_mentions": 20}
    found = _run(ox, drivers=drivers, **options)
    shares = []
    for driver, rows in found.groupby("driver"):
        penalty, reward = TRUTH[driver]
        truth = {
            "penalty": penalty,
            "reward": reward,
            "ia": (reward + penalty) / (reward - penalty),
        }
        for name, value in truth.items():
            known = rows[rows[name].notna()]
            assert len(known) > 0.98 * n_runs
            shares.append((known[f"{name}_low"].le(value) & known[f"{name}_high"].ge(value)).mean())
            assert 0.92 <= shares[-1] <= 0.98, (driver, name, shares[-1])
            assert known[name].mean() == pytest.approx(value, abs=0.06)
    assert 0.93 <= np.mean(shares) <= 0.97
    named = found[found["kano_class"].notna()]
    is_right = named["kano_class"] == named["driver"].map(CLASSES)
    assert is_right.mean() > 0.99
    assert len(named) > 0.85 * 2 * n_runs


@pytest.mark.data
def test_the_gold_labels_of_300_restaurant_reviews_give_the_known_asymmetries():
    """Numbers of reference section A3: any mention of 18 aspects, put together to four drivers."""
    root = os.environ.get("NLP_CX_DATA")
    if not root or not (Path(root) / "data/asap_sample_zh").is_dir():
        pytest.skip("set NLP_CX_DATA to the folder with data/asap_sample_zh")
    folder = Path(root) / "data"
    mapping = pd.read_csv(folder / "driver_mapping.csv").query("dataset == 'asap_sample_zh'")
    driver_of = dict(zip(mapping["aspect"], mapping["driver"], strict=True))
    names = ["product", "service", "price", "convenience"]
    rows = []
    for path in sorted((folder / "asap_sample_zh").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            review = json.loads(line)
            said = {(driver_of[a["category"]], a["polarity"]) for a in review["labels"]}
            row = {"r_stars": review["rating"], "x_n_texts": 1}
            for name in names:
                for pole in ("negative", "positive"):
                    row[f"x_{name}_{pole}"] = int((name, pole) in said)
            rows.append(row)
    found = penalty_reward(pd.DataFrame(rows), "r_stars", drivers=names).set_index("driver")
    assert found["n"].eq(300).all()
    assert found["penalty"].round(2).tolist() == [-0.40, -1.10, -0.23, 0.04]
    assert found["reward"].round(2).tolist() == [0.77, 0.13, 0.34, -0.09]
    assert found["ia"].round(2).tolist()[:3] == [0.32, -0.79, 0.19]
    assert np.isnan(found.loc["convenience", "ia"])
    # 300 reviews settle one class of the four.
    assert found["kano_class"].tolist() == [None, "basic", None, None]


def test_without_bootstrap_samples_the_estimates_stay_and_all_that_rests_on_them_goes():
    ox = _ox()
    full, bare = _run(ox), _run(ox, n_bootstrap=0)
    same = ["penalty", "reward", "p_value", "p_adjusted", "impact_range", "ia", "n"]
    pd.testing.assert_frame_equal(bare[same], full[same])
    gone = ["penalty_low", "reward_high", "ia_low", "p_basic", "kano_class", "asymmetry_class"]
    assert bare[[*gone, "p_asymmetry_class", "interval"]].isna().all(axis=None)
    assert (bare["reason"] == "no bootstrap samples: no class").all()
    with pytest.raises(ConfigError, match="n_bootstrap is -1, expected 0 or more"):
        _run(ox, n_bootstrap=-1)


def test_without_samples_a_wrong_sign_has_no_asymmetry():
    ox = _ox(truth={"product": (-0.5, 0.5), "service": (0.3, 0.8), "price": (-0.1, 0.6)})
    row = _run(ox, n_bootstrap=0).set_index("driver").loc["service"]
    assert row["penalty"] > 0
    assert np.isnan(row["ia"])
    assert row["reason"].startswith("negative mentions go with a higher outcome")
