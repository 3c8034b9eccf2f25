"""Importance-performance analysis: quadrants, cross-hairs, stated importance, asymmetry."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.drivers.penalty_reward import penalty_reward
from nlp_cx.analyze.drivers.performance import importance_performance
from nlp_cx.analyze.drivers.quadrants import QUADRANTS, cut_axis, place
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

DRIVERS = ["service", "price", "product"]


def make_ox(n=400, *, seed=0):
    """Service matters and is bad, product matters and is good, price matters little."""
    rng = np.random.default_rng(seed)
    ox = pd.DataFrame({"x_n_texts": np.ones(n, int), "store": rng.choice(["a", "b"], n)})
    ox["customer"] = rng.integers(0, n // 2, n)
    outcome = 4 + rng.normal(0, 0.5, n)
    for driver, strength, p in (("service", 1, 0.3), ("price", 0.1, 0.4), ("product", 1, 0.8)):
        said, good = rng.random(n) < 0.6, rng.random(n) < p
        ox[f"x_{driver}_negative"] = (said & ~good) * 1
        ox[f"x_{driver}_positive"] = (said & good) * 1
        score = np.where(good, 0.8, -0.8) + rng.uniform(-0.1, 0.1, n)
        ox[f"x_{driver}_score"] = np.where(said, score, np.nan)
        outcome += strength * np.where(said, np.where(good, 0.5, -0.5), 0)
    ox["r_value"] = rng.integers(1, 6, n)
    return ox.assign(r_csat=outcome)


def quick(ox, **options):
    return importance_performance(
        ox, "r_csat", **{"drivers": DRIVERS, "n_bootstrap": 60, "n_null": 39, **options}
    ).set_index("driver")


def test_drivers_stand_where_they_were_put():
    ox = make_ox()
    table = quick(ox, crosshair="scale_mid")
    assert table.quadrant.tolist() == [
        "concentrate here", "low priority", "keep up the good work",
    ]  # fmt: skip
    assert (table.p_quadrant > 0.9).all()
    assert (table.crosshair == "scale_mid").all()
    assert table.share_cut.tolist() == pytest.approx([1 / 3] * 3)
    assert table.performance_cut.tolist() == [0] * 3
    expected = ox[[f"x_{driver}_score" for driver in DRIVERS]]
    assert table.performance.tolist() == pytest.approx(expected.mean().tolist())
    assert table.n_performance.tolist() == expected.notna().sum().tolist()
    importance = relative_importance(ox, "r_csat", drivers=DRIVERS, n_bootstrap=60, n_null=39)
    columns = ["share", "share_low", "share_high", "rank"]
    pd.testing.assert_frame_equal(table[columns], importance.set_index("driver")[columns])
    assert table.attrs["note"] == NOTE


def test_the_rule_of_the_cross_hair_is_named_and_obeyed():
    ox = make_ox()
    mean = quick(ox)
    assert (mean.crosshair == "mean").all()
    assert mean.performance_cut.iloc[0] == pytest.approx(mean.performance.mean())
    assert mean.share_cut.iloc[0] == pytest.approx(1 / 3)
    given = quick(ox, crosshair={"share": 0.9, "performance": -1})
    assert (given.crosshair == "given").all()
    assert given.quadrant.unique().tolist() == ["possible overkill"]
    assert (given.p_quadrant == 1).all()


def test_a_place_on_the_line_is_drawn_by_chance():
    ox = make_ox()
    at = float(ox.x_price_score.mean())
    table = quick(ox, crosshair={"share": 0.2, "performance": at}, n_bootstrap=200)
    assert 0.3 < table.p_quadrant["price"] < 0.7
    assert table.p_quadrant["product"] == 1


def test_stated_importance_stands_beside_and_missing_stays_missing():
    table = quick(make_ox(), stated={"service": 4, "price": 9}, crosshair="scale_mid")
    assert table.stated.tolist()[:2] == [4, 9]
    assert np.isnan(table.stated["product"])
    assert np.isnan(table.stated_rank["product"])
    assert table.stated_rank.tolist()[:2] == [2, 1]
    assert table.stated_quadrant["service"] == "low priority"
    assert table.stated_quadrant["price"] == "concentrate here"
    assert table.stated_quadrant["product"] is None
    assert table.stated_cut.iloc[0] == 5
    assert quick(make_ox()).stated.isna().all()
    assert quick(make_ox(), stated={"service": 4, "price": 9}).stated_cut.iloc[0] == 6.5


def test_performance_can_be_rated_by_customers():
    ox = make_ox()
    table = quick(
        ox, performance={"price": "r_value"}, performance_scale=(1, 5), crosshair="scale_mid"
    )
    assert table.performance["price"] == pytest.approx(ox.r_value.mean())
    assert table.performance_cut.iloc[0] == 3
    assert table.performance[["service", "product"]].isna().all()
    assert table.quadrant["service"] is None
    assert "0 values, fewer than 10: no performance" in table.reason["service"]
    assert np.isfinite(table.share["service"])


def test_asymmetry_comes_from_the_table_of_penalties_and_rewards():
    contrasts = pd.DataFrame(
        {
            "driver": ["product", "service", "price"],
            "ia": [0.5, -0.6, 0.1],
            "kano_class": ["excitement", "basic", None],
        }
    )
    table = quick(make_ox(), asymmetry=contrasts, crosshair="scale_mid")
    assert table.ia.tolist() == [-0.6, 0.1, 0.5]
    assert table.asymmetric_quadrant.tolist() == ["repair first", None, "strength to show"]
    assert table.reason["price"] == "Kano class not settled: no asymmetric quadrant"
    real = penalty_reward(make_ox(), "r_csat", drivers=DRIVERS, group="store", n_bootstrap=50)
    table = quick(make_ox(), asymmetry=real, group="store")
    assert table.ia.tolist() == pytest.approx(
        real.sort_values(["group"], kind="stable").ia.tolist(), nan_ok=True
    )
    with pytest.raises(SchemaError, match="rows too many"):
        quick(make_ox(), asymmetry=real)
    with pytest.raises(SchemaError, match="kano_class"):
        quick(make_ox(), asymmetry=contrasts.drop(columns="kano_class"))


def test_a_driver_hardly_mentioned_has_no_place():
    ox = make_ox()
    ox["x_price_negative"], ox["x_price_positive"] = 0, [1] * 4 + [0] * 396
    ox["x_price_score"] = np.where(ox.x_price_positive == 1, 0.5, np.nan)
    row = quick(ox).loc["price"]
    assert np.isnan(row.share)
    assert np.isnan(row.performance)
    assert row.quadrant is None
    assert "4 mentions with a sign, fewer than 10: no importance" in row.reason


def test_groups_stand_one_below_the_other():
    ox = make_ox()
    ox.loc[:40, "store"] = "tiny"
    table = quick(ox, group="store", cluster="customer", stated={"price": 3})
    assert table.group.unique().tolist() == ["a", "b", "tiny"]
    tiny = table[table.group == "tiny"]
    assert tiny.quadrant.isna().all()
    assert tiny.reason.str.contains("41 of 41 rows").all()
    assert tiny.stated["price"] == 3


def test_order_of_rows_changes_nothing():
    ox = make_ox(200)
    first = quick(ox, cluster="customer")
    other = quick(ox.sample(frac=1, random_state=2), cluster="customer")
    pd.testing.assert_frame_equal(other, first)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"crosshair": "median"}, ConfigError, "crosshair 'median'"),
        ({"crosshair": {"share": 0.2}}, ConfigError, "expected share and performance"),
        ({"stated": {"speed": 1}}, ConfigError, r"stated of \['speed'\]"),
        ({"performance": {"price": "r_speed"}}, SchemaError, "'r_speed'"),
        ({"min_mentions": 500}, AnalysisError, "no driver is mentioned often enough"),
        ({"min_n": 401}, AnalysisError, "400 of 400 rows"),
    ],
)
def test_what_makes_no_sense_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        quick(make_ox(), **options)


number = st.floats(-1, 1) | st.just(float("nan"))


@given(st.lists(st.tuples(number, number), min_size=1, max_size=6))
def test_a_driver_is_in_one_quadrant_or_in_none(pairs):
    importance, performance = np.array(pairs).T
    cuts = (
        cut_axis(importance, "mean", "share", 0.5),
        cut_axis(performance, "mean", "performance", 0.0),
    )
    for i, found in enumerate(place(importance, performance, cuts)):
        if np.isnan(importance[i]) or np.isnan(performance[i]):
            assert found == -1
        else:
            name = QUADRANTS[found]
            is_important = importance[i] >= cuts[0][0]
            is_strong = performance[i] >= cuts[1][0]
            assert is_important == (name in {"concentrate here", "keep up the good work"})
            assert is_strong == (name in {"possible overkill", "keep up the good work"})


def test_a_driver_that_hardly_anybody_mentions_has_a_remark():
    ox = make_ox(2000)
    rare = np.flatnonzero(ox["x_price_score"].notna())[30:]  # thirty of 2,000 rows are left
    for column in ("x_price_negative", "x_price_positive"):
        ox.loc[rare, column] = 0
    ox.loc[rare, "x_price_score"] = np.nan
    table = quick(ox)
    assert table.loc["price", "remark"] == (
        "30 of 2,000 rows mention it: of little weight because few speak of it"
    )
    assert table.loc["price", "quadrant"] is not None
    assert table.loc[["service", "product"], "remark"].isna().all()
