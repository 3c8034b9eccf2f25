import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nlp_cx.analyze.journey.moments_of_truth import moments_of_truth
from nlp_cx.analyze.journey.touchpoints import find_touchpoints
from nlp_cx.errors import AnalysisError, SchemaError

WORDS = {"delivery": "快递", "reception": "前台", "app": "小程序"}
EFFECTS = {"delivery": (-2.0, 1.0), "reception": (-0.5, 0.5), "app": (0.0, 0.0)}
RATES = {"delivery": 0.2, "reception": 0.3, "app": 0.6}


def _data(n=500, seed=0, per_customer=1):
    """Reviews in which the app is talked of most and delivery matters most."""
    rng = np.random.default_rng(seed)
    y = 3 + rng.normal(size=n)
    rows = []
    for name, word in WORDS.items():
        said = rng.random(n) < RATES[name]
        bad = rng.random(n) < 0.5
        y += said * np.where(bad, *EFFECTS[name])
        for i in np.flatnonzero(said):
            rows.append((i, word, "negative" if bad[i] else "positive", -0.8 if bad[i] else 0.8))
    clauses = pd.DataFrame(rows, columns=["doc_id", "clause", "sentiment", "sentiment_score"])
    ox = pd.DataFrame({"doc_id": range(n), "r_stars": y, "customer": np.arange(n) // per_customer})
    return find_touchpoints(clauses), ox


def test_the_cell_that_matters_comes_before_the_one_that_is_talked_of():
    found = moments_of_truth(*_data(), "r_stars", n_bootstrap=300).set_index("touchpoint")
    assert found["rank"].to_dict() == {"delivery": 1, "reception": 2, "app": 3}
    assert found["volume"].idxmax() == "app"
    assert found.loc["delivery", "p_first"] > 0.95
    assert found["p_first"].sum() == pytest.approx(1)


def test_the_score_is_volume_times_association_times_severity():
    located, ox = _data()
    found = moments_of_truth(located, ox, "r_stars", n_bootstrap=50)
    product = found["volume"] * found["association"].abs() * found["severity"]
    assert found["estimate"].to_numpy() == pytest.approx(product.to_numpy())
    row = found.set_index("touchpoint").loc["delivery"]
    inside = located["journey_touchpoint"] == "delivery"
    assert row["n"] == inside.sum()
    assert row["volume"] == pytest.approx(inside.sum() / len(ox))
    assert row["severity"] == pytest.approx(
        (located["sentiment"][inside] == "negative").mean() * 0.8
    )


def test_coefficients_are_those_of_statsmodels_and_intervals_near_its_robust_ones():
    located, ox = _data(n=1500, seed=3)
    rng = np.random.default_rng(1)
    ox["w"], ox["age"] = rng.uniform(0.5, 2, len(ox)), rng.normal(size=len(ox))
    found = moments_of_truth(
        located, ox, "r_stars", weights="w", controls=["age"], n_bootstrap=2000
    )
    x = {"age": ox["age"]}
    for name in WORDS:
        for sign in ("negative", "positive"):
            inside = (located["journey_touchpoint"] == name) & (located["sentiment"] == sign)
            x[f"{name}_{sign}"] = ox["doc_id"].isin(located.loc[inside, "doc_id"]).astype(float)
    fit = sm.WLS(ox["r_stars"], sm.add_constant(pd.DataFrame(x)), weights=ox["w"]).fit(
        cov_type="HC3"
    )
    for row in found.itertuples():
        assert row.penalty == pytest.approx(fit.params[f"{row.touchpoint}_negative"])
        assert row.reward == pytest.approx(fit.params[f"{row.touchpoint}_positive"])
        test = fit.t_test(f"{row.touchpoint}_positive - {row.touchpoint}_negative = 0")
        half = 1.96 * float(test.sd.item())
        assert row.association == pytest.approx(float(test.effect.item()))
        assert row.association_high - row.association == pytest.approx(half, rel=0.12)


def test_intervals_of_the_association_cover_the_truth():
    hits = []
    for seed in range(40):
        found = moments_of_truth(*_data(300, seed), "r_stars", n_bootstrap=200)
        for row in found.itertuples():
            truth = EFFECTS[row.touchpoint][1] - EFFECTS[row.touchpoint][0]
            hits.append(row.association_low <= truth <= row.association_high)
    assert 0.91 <= np.mean(hits) <= 0.99  # 120 intervals: two standard errors are 0.04


def test_rows_of_one_customer_are_drawn_together():
    located, ox = _data(600, per_customer=6)
    rng = np.random.default_rng(2)
    ox["r_stars"] += np.repeat(rng.normal(0, 2, 100), 6)
    alone = moments_of_truth(located, ox, "r_stars", n_bootstrap=200)
    together = moments_of_truth(located, ox, "r_stars", cluster="customer", n_bootstrap=200)
    pd.testing.assert_series_equal(
        alone.set_index("touchpoint")["association"].sort_index(),
        together.set_index("touchpoint")["association"].sort_index(),
    )
    assert not np.allclose(alone["association_low"], together["association_low"])


def test_a_cell_that_is_only_ever_negative_is_set_against_no_mention():
    located, ox = _data()
    located = located[
        (located["journey_touchpoint"] != "app") | (located["sentiment"] == "negative")
    ]
    row = (
        moments_of_truth(located, ox, "r_stars", n_bootstrap=50).set_index("touchpoint").loc["app"]
    )
    assert np.isnan(row["reward"])
    assert row["association"] == pytest.approx(-row["penalty"])


def test_small_cells_are_shown_without_a_score():
    located, ox = _data(n=200)
    found = moments_of_truth(located, ox, "r_stars", min_n=50, n_bootstrap=50).set_index(
        "touchpoint"
    )
    row = found.loc["delivery"]
    assert row["n"] < 50
    assert row["reason"] == "n is below 50"
    assert np.isnan(row["estimate"])
    assert pd.isna(row["rank"])


def test_reviews_without_a_touchpoint_are_the_base_and_those_without_text_are_not():
    located, ox = _data()
    ox["x_n_texts"] = 1
    empty = pd.DataFrame({"doc_id": range(1000, 1100), "r_stars": 5.0, "x_n_texts": 0})
    a = moments_of_truth(located, ox, "r_stars", n_bootstrap=20)
    b = moments_of_truth(located, pd.concat([ox, empty]), "r_stars", n_bootstrap=20)
    c = moments_of_truth(
        located, pd.concat([ox, empty.assign(x_n_texts=1)]), "r_stars", n_bootstrap=20
    )
    pd.testing.assert_frame_equal(a, b)
    assert (
        c.set_index("touchpoint").loc["app", "volume"]
        < a.set_index("touchpoint").loc["app", "volume"]
    )


def test_two_cells_that_are_always_said_together_cannot_be_told_apart():
    located, ox = _data()
    twin = located[located["journey_touchpoint"] == "delivery"].assign(journey_touchpoint="queue")
    found = moments_of_truth(pd.concat([located, twin]), ox, "r_stars", n_bootstrap=20)
    row = found.set_index("touchpoint").loc["queue"]
    assert np.isnan(row["estimate"])
    assert row["reason"].startswith("neither a negative nor a positive mention of its own")


def test_row_order_changes_no_number():
    located, ox = _data(n=300)
    a = moments_of_truth(located, ox, "r_stars", n_bootstrap=50)
    b = moments_of_truth(located.sample(frac=1, random_state=1), ox, "r_stars", n_bootstrap=50)
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"r_stars": 3.0}, AnalysisError, "'r_stars' does not vary in the 500 rows"),
        ({"doc_id": 1}, SchemaError, "'doc_id' occurs twice in 499 rows"),
        ({"w": -1.0}, AnalysisError, "weights 'w': 500 are negative"),
    ],
)
def test_what_cannot_be_answered_is_refused(change, error, message):
    located, ox = _data()
    with pytest.raises(error, match=message):
        moments_of_truth(located, ox.assign(**({"w": 1.0} | change)), "r_stars", weights="w")


def test_no_frequent_touchpoint_is_an_error_and_a_missing_column_too():
    located, ox = _data(n=100)
    with pytest.raises(AnalysisError, match="no touchpoint is spoken of in 90 rows"):
        moments_of_truth(located, ox, "r_stars", min_n=90)
    with pytest.raises(SchemaError, match="no column 'r_csat', 'store'"):
        moments_of_truth(located, ox, "r_csat", controls=["store"])
