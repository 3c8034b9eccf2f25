import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.groups import compare_groups
from nlp_cx.analyze.drivers.trend_tests import trend_tests
from nlp_cx.analyze.drivers.trends import trends
from nlp_cx.errors import ConfigError, SchemaError


def _ox(sizes, *, seed=0, slope=0.0, shock=0.0, start="2023-01-10"):
    """Months of these sizes; the share of price_negative is 0.2 + slope · month + shock · noise."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(len(sizes)), sizes)
    times = pd.date_range(start, periods=len(sizes), freq="MS") + pd.Timedelta(days=9)
    n = month.size
    wave = shock * rng.normal(size=len(sizes))
    negative = rng.random(n) < np.clip(0.2 + slope * month + wave[month], 0, 1)
    positive = rng.random(n) < 0.3
    score = np.where(
        negative | positive,
        np.clip(positive * 0.6 - negative * 0.6 + rng.normal(0, 0.2, n), -1, 1),
        np.nan,
    )
    return pd.DataFrame({
        "at": times[month], "x_n_texts": 1, "x_price_negative": negative * 1,
        "x_price_positive": positive * 1, "x_price_score": score,
        "r_stars": 3 + rng.normal(size=n) + 5 * slope * month,
    })  # fmt: skip


def _pick(found, measure):
    return found[found["measure"] == measure].set_index("period")


def _trends(ox, **options):
    return trends(ox, "at", **({"drivers": ["price"], "outcome": "r_stars"} | options))


def _tests(ox, **options):
    found = trend_tests(ox, "at", **({"drivers": ["price"], "outcome": "r_stars"} | options))
    return found if "group" in found else found.set_index("measure")


def test_levels_and_changes_are_those_of_a_comparison_of_two_groups():
    ox = _ox([300, 200])
    found = _trends(ox)
    assert found["measure"].unique().tolist() == ["outcome", "negative", "positive", "score"]
    ox["month"] = ox["at"].dt.month
    two = compare_groups(ox, "month", drivers=["price"], outcome="r_stars", base=2)
    for measure in ("outcome", "negative", "score"):
        a = _pick(found, measure)
        b = two[two["measure"] == measure].set_index("group")
        assert a["estimate"].tolist() == pytest.approx(b["estimate"].tolist())
        assert a["low"].tolist() == pytest.approx(b["low"].tolist())
        for name, other in (
            ("change", "difference"),
            ("change_low", "difference_low"),
            ("p_value", "p_value"),
        ):
            assert a[name].iloc[1] == pytest.approx(b[other].iloc[1])
    assert _pick(found, "negative")["reason"].tolist() == ["the first period", None]


def test_a_month_without_rows_is_a_gap_without_change():
    rows = _pick(_trends(_ox([100, 100, 0, 100])), "negative")
    assert rows.index.tolist() == ["2023-02", "2023-03", "2023-04", "2023-05"]
    assert rows["n"].tolist() == [100, 100, 0, 100]
    assert rows["estimate"].isna().tolist() == [False, False, True, False]
    assert rows["change"].isna().tolist() == [True, False, True, True]
    assert rows["reason"].tolist()[2:] == ["no rows", "nothing in 2023-04 to compare with"]
    assert rows["is_hidden"].tolist() == [False] * 4


def test_a_small_month_is_hidden_and_neither_it_nor_the_next_is_compared():
    rows = _pick(_trends(_ox([100, 12, 100])), "negative")
    assert rows["is_hidden"].tolist() == [False, True, False]
    assert rows[["estimate", "low", "n", "change"]].iloc[1].isna().all()
    assert rows["reason"].iloc[1] == "n below 30"
    assert np.isnan(rows["change"].iloc[2])


def test_with_groups_a_second_group_of_the_month_is_hidden():
    big, middle, small = _ox([200, 200]), _ox([90, 90], seed=1), _ox([60, 12], seed=2)
    ox = pd.concat([big.assign(store="a"), middle.assign(store="b"), small.assign(store="c")])
    found = _trends(ox, group="store")
    rows = found[found["measure"] == "negative"]
    assert rows["group"].tolist() == ["a", "a", "b", "b", "c", "c"]
    assert rows["is_hidden"].tolist() == [False, False, False, True, False, True]
    assert rows["reason"].tolist()[3::2] == ["hidden to protect a smaller group", "n below 30"]


def test_the_first_and_the_last_month_say_whether_they_are_whole():
    ox = _ox([100, 100, 100])
    assert _pick(_trends(ox), "negative")["is_partial"].tolist() == [True, False, True]


def test_midnight_is_that_of_the_named_zone():
    ox = _ox([100, 100])
    late = pd.to_datetime(["2023-01-31T17:00Z"] * 100 + ["2023-02-10T00:00Z"] * 100)
    ox["at"] = late
    assert _trends(ox)["period"].unique().tolist() == ["2023-01", "2023-02"]
    assert _trends(ox, time_zone="Asia/Shanghai")["period"].unique().tolist() == ["2023-02"]


def test_customers_of_both_months_make_the_change_better_known():
    rng = np.random.default_rng(0)
    ox = _ox([200, 200])
    taste = rng.normal(size=200)
    ox["r_stars"] = np.tile(taste, 2) + rng.normal(0, 0.3, 400) + np.repeat([0, 0.2], 200)
    ox["customer"] = np.tile(np.arange(200), 2)
    apart = _pick(_trends(ox), "outcome").iloc[1]
    paired = _pick(_trends(ox, cluster="customer"), "outcome").iloc[1]
    assert paired["change"] == pytest.approx(apart["change"])
    assert paired["change_high"] - paired["change_low"] < 0.5 * (
        apart["change_high"] - apart["change_low"]
    )
    from scipy.stats import ttest_rel

    test = ttest_rel(ox["r_stars"][200:].to_numpy(), ox["r_stars"][:200].to_numpy())
    width = test.confidence_interval(0.95).high - test.confidence_interval(0.95).low
    assert paired["change_high"] - paired["change_low"] == pytest.approx(width, rel=0.02)


def test_a_trend_is_found_and_measured():
    found = _tests(_ox([200] * 12, slope=0.02))
    row = found.loc["negative"]
    assert row["low"] < 0.02 < row["high"]
    assert row["p_adjusted"] < 0.001
    assert row["first_value"] == pytest.approx(0.2, abs=0.05)
    assert row["last_value"] == pytest.approx(0.42, abs=0.05)
    assert (row["first_period"], row["last_period"], row["n_periods"]) == ("2023-02", "2024-01", 12)
    assert found.loc["outcome", "estimate"] == pytest.approx(0.1, abs=0.02)
    assert found.loc["positive", "p_adjusted"] > 0.05


def test_the_slope_of_shares_is_that_of_a_regression_of_the_rows():
    """Equal months without scatter: the Cochran-Armitage line, here by statsmodels."""
    import statsmodels.api as sm

    ox = _ox([150] * 8, slope=0.02, seed=4)
    month = (ox["at"].dt.year - 2023) * 12 + ox["at"].dt.month
    fit = sm.OLS(ox["x_price_negative"], sm.add_constant(month)).fit(cov_type="HC0")
    row = _tests(ox).loc["negative"]
    assert row["estimate"] == pytest.approx(fit.params.iloc[1], abs=1e-6)
    if row["scatter"] <= 1:
        assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * fit.bse.iloc[1], rel=0.05)


def test_months_that_differ_beyond_sampling_make_a_trend_unsure():
    """Shocks of whole months: with 2,000 rows a month a test on rows would find 6 of 10 trends."""
    found = [_tests(_ox([2000] * 8, seed=seed, shock=0.03)).loc["negative"] for seed in range(60)]
    assert np.median([row["scatter"] for row in found]) > 3
    assert np.mean([row["p_value"] < 0.05 for row in found]) <= 0.13


def test_gaps_keep_their_place_and_three_months_are_no_trend():
    found = _tests(_ox([100, 100, 0, 12, 100, 100], slope=0.04))
    assert found.loc["negative", "n_periods"] == 4
    assert found.loc["negative", "n_gaps"] == 2
    assert found.loc["negative", "estimate"] == pytest.approx(0.04, abs=0.03)
    short = _tests(_ox([100, 100, 100])).loc["negative"]
    assert np.isnan([short["estimate"], short["p_value"], short["first_value"]]).all()
    assert short["reason"] == "3 periods with a value, expected at least 4"


def test_a_share_of_none_throughout_has_no_trend():
    ox = _ox([100] * 6).assign(x_price_negative=0)
    row = _tests(ox).loc["negative"]
    assert row["estimate"] == 0
    assert row["p_value"] == 1
    assert row["low"] < 0 < row["high"]


def test_trends_are_rarely_found_where_there_is_none():
    """120 stores of six months: 480 tests, and the share of months that change."""
    ox = pd.concat([_ox([60] * 6, seed=seed).assign(store=seed) for seed in range(120)])
    found = _tests(ox, group="store")
    assert 0.02 <= (found["p_value"] < 0.05).mean() <= 0.07
    assert (found["p_adjusted"] < 0.05).mean() <= 0.005
    shares = found[found["measure"] == "negative"]
    assert (shares["low"].le(0) & shares["high"].ge(0)).mean() >= 0.92
    changes = _trends(ox, group="store", min_n=15)
    assert 0.03 <= (changes["p_value"].dropna() < 0.05).mean() <= 0.065
    assert (changes["p_adjusted"].dropna() < 0.05).sum() <= 3


def test_the_order_of_rows_changes_nothing_and_what_is_left_out_is_counted():
    ox = _ox([100] * 4)
    ox.loc[3, "at"] = pd.NaT
    mixed = ox.sample(frac=1, random_state=0)
    before = mixed.copy()
    a, b = _trends(ox), _trends(mixed)
    pd.testing.assert_frame_equal(a, b)
    pd.testing.assert_frame_equal(mixed, before)
    pd.testing.assert_frame_equal(_tests(ox), _tests(mixed))
    assert a.attrs["left_out"] == {"no at": 1}


def test_wrong_options_are_refused():
    ox = _ox([100, 100])
    with pytest.raises(ConfigError, match="confidence is 95"):
        _trends(ox, confidence=95)
    with pytest.raises(ConfigError, match="every 'fortnight'"):
        _tests(ox, every="fortnight")
    with pytest.raises(SchemaError, match="expected timestamps"):
        trends(ox, "r_stars", drivers=["price"])


@pytest.mark.parametrize("function", [trends, trend_tests])
def test_periods_of_few_branches_are_shown_where_they_are_no_people(function):
    n = 240
    ox = pd.DataFrame({"at": pd.date_range("2024-01-01", periods=n, freq="12h"), "x_n_texts": 1})
    ox["branch"] = np.arange(n) % 3
    ox["x_price_negative"] = (np.arange(n) % 5 == 0).astype(int)
    ox["x_price_positive"], ox["x_price_score"] = 0, np.nan
    options = {"drivers": ["price"], "cluster": "branch", "min_n": 20}
    hidden = function(ox, "at", **options).iloc[0]
    shown = function(ox, "at", min_customers=0, **options).iloc[0]
    value = "estimate" if function is trends else "first_value"
    assert pd.isna(hidden[value])
    assert 0.1 < shown[value] < 0.3
