import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.debias import Rows
from nlp_cx.analyze.drivers.labelled_values import Values
from nlp_cx.analyze.drivers.prediction_powered_coefficients import prediction_powered_coefficients
from nlp_cx.analyze.drivers.prediction_powered_means import (
    estimate_mean,
    prediction_powered_means,
)
from nlp_cx.errors import AnalysisError, SchemaError


def misread(true, rng, sensitivity=0.8, specificity=0.95):
    right = np.where(true > 0, sensitivity, specificity)
    return np.where(rng.random(true.shape) < right, true, 1 - true)


def run(truth, predicted, others, size=1):
    """Estimate a mean; every `size` rows that follow each other are a cluster."""
    n, n_others = truth.size, others.size
    values = Values(
        truth[:, None],
        predicted[:, None],
        others[:, None],
        Rows(np.ones(n), np.arange(n) // size),
        Rows(np.ones(n_others), np.arange(n, n + n_others) // size),
        np.ones(n, bool),
        np.arange(n),
        np.arange(n, n + n_others),
    )
    return estimate_mean(values, tuning=None, confidence=0.95)


def covers(results, truth, name):
    end = "" if name == "estimate" else f"{name}_"
    return np.mean([r[f"{end}low"] <= truth <= r[f"{end}high"] for r in results])


@pytest.mark.parametrize(("share", "n"), [(0.1, 300), (0.03, 300)])
def test_naive_shares_miss_the_truth_and_corrected_ones_cover_it(share, n):
    rng = np.random.default_rng(1)
    results = []
    for _ in range(600):
        true, other = ((rng.random(size) < share).astype(float) for size in (n, 2000))
        results.append(run(true, misread(true, rng), misread(other, rng)))
    assert covers(results, share, "naive") < 0.6
    assert 0.93 <= covers(results, share, "estimate") <= 0.97
    shorter = np.mean([r["high"] - r["low"] for r in results])
    assert shorter < np.mean([r["labelled_only_high"] - r["labelled_only_low"] for r in results])


def test_naive_means_miss_the_truth_and_corrected_ones_cover_it():
    rng = np.random.default_rng(2)
    results = []
    for _ in range(600):
        true, other = rng.gamma(2, 1, 150), rng.gamma(2, 1, 2000)
        results.append(
            run(
                true,
                0.8 * true + rng.normal(0.6, 0.5, 150),
                0.8 * other + rng.normal(0.6, 0.5, 2000),
            )
        )
    assert covers(results, 2, "naive") < 0.1
    assert 0.93 <= covers(results, 2, "estimate") <= 0.97


def test_intervals_cover_where_customers_write_several_times_if_they_are_named():
    rng = np.random.default_rng(6)

    def draw(n_customers):
        true = (rng.random((n_customers, 4)) < rng.beta(1, 3, (n_customers, 1))).astype(float)
        confused = rng.random((n_customers, 1)) < 0.25
        wrong = rng.random(true.shape) < np.where(confused, 0.35, 0.05)
        return true.ravel(), np.where(wrong, 1 - true, true).ravel()

    named, unnamed = [], []
    for _ in range(600):
        (true, predicted), (_, others) = draw(80), draw(400)
        named.append(run(true, predicted, others, size=4))
        unnamed.append(run(true, predicted, others))
    assert 0.93 <= covers(named, 0.25, "estimate") <= 0.97
    assert covers(unnamed, 0.25, "estimate") < 0.92


def population(n=3000, n_labelled=300, seed=0):
    """Make scored rows, and the true labels of the first ones."""
    rng = np.random.default_rng(seed)
    true = (rng.random((n, 2)) < [0.3, 0.2]).astype(float)
    names = ["x_price_negative", "x_service_negative"]
    frame = pd.DataFrame(misread(true, rng), columns=names)
    frame.insert(0, "doc_id", np.arange(n))
    frame["r_stars"] = 4 - true @ [1.0, 2.0] + rng.normal(0, 1, n)
    frame["o_churned"] = (rng.random(n) < 1 / (1 + np.exp(2 - true @ [0.5, 1.5]))).astype(float)
    frame["store"] = np.where(rng.random(n) < 0.5, "north", "south")
    frame["customer"] = np.arange(n) // 2
    labelled = pd.DataFrame(true, columns=names)[:n_labelled]
    labelled.insert(0, "doc_id", np.arange(n_labelled))
    return frame, labelled


def test_every_option_gives_an_estimate_and_changes_no_input():
    frame, labelled = population()
    frame["w"] = np.random.default_rng(1).uniform(0.5, 2, len(frame))
    before = frame.copy(), labelled.copy()
    result = prediction_powered_means(
        frame, labelled, ["x_price_negative"], group="store", weights="w", cluster="customer"
    )
    assert result.group.tolist() == ["north", "south"]
    assert result.reason.isna().all()
    assert result.low.lt(result.estimate).all()
    assert result.n.sum() == 3000
    assert result.attrs["note"]
    pd.testing.assert_frame_equal(frame, before[0])
    pd.testing.assert_frame_equal(labelled, before[1])


def test_results_are_the_same_for_any_row_order():
    frame, labelled = population()
    shuffled = frame.sample(frac=1, random_state=3), labelled.sample(frac=1, random_state=4)
    for estimate in (
        lambda f, t: prediction_powered_means(f, t, ["x_price_negative"]),
        lambda f, t: prediction_powered_coefficients(f, t, "r_stars", ["x_price_negative"]),
    ):
        pd.testing.assert_frame_equal(estimate(frame, labelled), estimate(*shuffled))


def test_a_sample_drawn_by_strata_is_weighed_back():
    frame, _ = population(20_000)
    true = frame.x_price_negative.to_numpy().copy()
    flip = np.random.default_rng(5).random(20_000) < 0.2
    true[flip] = 1 - true[flip]
    bad = np.flatnonzero(frame.x_price_negative == 1)[:300]
    good = np.flatnonzero(frame.x_price_negative == 0)[:300]
    rows = np.concatenate([bad, good])
    labelled = frame.loc[rows, ["doc_id"]].assign(x_price_negative=true[rows])
    plain = prediction_powered_means(frame, labelled, ["x_price_negative"])
    assert "not a random one" in plain.reason[0]
    assert np.isnan(plain.estimate[0])
    result = prediction_powered_means(
        frame, labelled, ["x_price_negative"], strata="x_price_negative"
    )
    assert result.low[0] <= true.mean() <= result.high[0]
    assert result.high[0] - result.low[0] < 0.1


def test_tiny_and_one_sided_samples_give_a_reason_not_a_number():
    frame, labelled = population()
    tiny = prediction_powered_means(frame, labelled.head(10), ["x_price_negative"])
    assert tiny.reason[0] == "10 labelled rows, expected at least 30"
    assert tiny[["estimate", "low", "high"]].isna().all(axis=None)
    assert tiny.naive.notna().all()
    none = prediction_powered_means(
        frame, labelled.assign(x_price_negative=0.0), ["x_price_negative"]
    )
    assert none.reason[0] == "0 of the 300 labelled rows are truly so, expected at least 5"
    everything = prediction_powered_means(frame.head(300), labelled, ["x_price_negative"])
    assert everything.reason[0] == "no row without true labels: take labelled_only"
    assert everything.labelled_only.notna().all()


def test_a_group_without_labelled_rows_has_its_reason():
    frame, labelled = population()
    frame.loc[frame.index >= 2900, "store"] = "west"
    for estimate in (
        prediction_powered_means(frame, labelled, ["x_price_negative"], group="store"),
        prediction_powered_coefficients(
            frame, labelled, "r_stars", ["x_price_negative"], group="store"
        ),
    ):
        west = estimate[estimate.group == "west"]
        assert (west.reason == "no labelled row").all()
        assert west.estimate.isna().all()


def test_a_share_outside_0_to_1_is_flagged_and_not_clipped():
    frame = pd.DataFrame({"doc_id": range(2000), "x": [1.0] * 20 + [0.0] * 1980})
    labelled = frame.iloc[:60].assign(x=[0.0] * 14 + [1.0] * 6 + [0.0] * 40)
    row = prediction_powered_means(frame, labelled, ["x"], is_random=True, tuning=1.0).iloc[0]
    assert row.estimate < 0
    assert row.flag.endswith("is outside 0 to 1")


def test_columns_must_be_in_both_tables():
    frame, labelled = population(100, 50)
    with pytest.raises(SchemaError, match="'x_brand' in the population"):
        prediction_powered_means(frame, labelled, ["x_brand"])
    with pytest.raises(SchemaError, match="none of r_stars, x_brand"):
        prediction_powered_coefficients(frame, labelled, "r_stars", ["x_brand"])
    with pytest.raises(SchemaError, match="no column 'x_brand'"):
        prediction_powered_coefficients(frame, labelled, "r_stars", ["x_price_negative", "x_brand"])


def test_coefficients_recover_the_truth_where_naive_ones_shrink():
    frame, labelled = population(20_000, 1000)
    features = ["x_price_negative", "x_service_negative"]
    result = prediction_powered_coefficients(
        frame, labelled, "r_stars", features, controls=["store"], cluster="customer"
    ).set_index("term")
    assert result.index.tolist()[:3] == ["(intercept)", *features]
    assert result.index[3] in ("store=north", "store=south")
    assert result.naive["x_service_negative"] > -1.6
    assert result.low["x_service_negative"] < -2 < result.high["x_service_negative"]
    assert result.low["x_price_negative"] < -1 < result.high["x_price_negative"]
    logit = prediction_powered_coefficients(
        frame, labelled, "o_churned", features, model="logit"
    ).set_index("term")
    assert logit.low["x_service_negative"] < 1.5 < logit.high["x_service_negative"]
    assert logit.naive_high["x_service_negative"] < 1.5


def test_perfect_predictions_give_the_fit_of_all_rows():
    frame, _ = population()
    labelled = frame.loc[:400, ["doc_id", "x_price_negative"]]
    row = prediction_powered_coefficients(frame, labelled, "r_stars", ["x_price_negative"]).iloc[1]
    assert row.estimate == pytest.approx(row.naive, abs=0.3 * (row.naive_high - row.naive_low))
    assert row.high - row.low < 0.5 * (row.labelled_only_high - row.labelled_only_low)


def test_a_rare_feature_is_named_instead_of_estimated():
    frame, labelled = population()
    labelled["x_price_negative"] = 0.0
    result = prediction_powered_coefficients(
        frame, labelled, "r_stars", ["x_price_negative", "x_service_negative"], is_random=True
    )
    assert "x_price_negative in 0 (true) and" in result.reason[0]
    assert result.estimate.isna().all()
    assert result.naive.notna().all()


def test_collinear_features_give_a_reason():
    frame, labelled = population()
    for table in (frame, labelled):
        table["copy"] = table["x_price_negative"]
    result = prediction_powered_coefficients(
        frame, labelled, "r_stars", ["x_price_negative", "copy"]
    )
    assert "collinear" in result.reason[0]
    assert result[["estimate", "naive"]].isna().all(axis=None)


def test_a_logit_needs_an_outcome_of_0_to_1():
    frame, labelled = population(200, 100)
    with pytest.raises(AnalysisError, match="'r_stars' is not within 0 to 1"):
        prediction_powered_coefficients(
            frame, labelled, "r_stars", ["x_price_negative"], model="logit"
        )
