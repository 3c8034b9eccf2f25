"""What-if and leave-theme-out: worked numbers, limits, missing values, coverage."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.leave_out import CAVEAT, leave_theme_out
from nlp_cx.analyze.drivers.penalty_reward import penalty_reward
from nlp_cx.analyze.drivers.what_if import TOGETHER, what_if
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

DRIVERS = ["service", "price"]


def make_ox(n=400, *, seed=0):
    rng = np.random.default_rng(seed)
    ox = pd.DataFrame({"x_n_texts": np.ones(n, int), "store": rng.choice(["a", "b"], n)})
    outcome = 7 + rng.normal(0, 1.5, n)
    for driver, strength in {"service": 2.0, "price": 0.7}.items():
        said = rng.random(n)
        ox[f"x_{driver}_negative"] = (said < 0.2) * 1
        ox[f"x_{driver}_neutral"] = (said > 0.95) * 1
        ox[f"x_{driver}_positive"] = ((said > 0.15) & (said < 0.4)) * 1
        outcome += strength * (0.3 * (said > 0.15) * (said < 0.4) - (said < 0.2))
    ox["r_nps"] = np.clip(np.round(outcome), 0, 10)
    return ox


def quick(ox, **options):
    return what_if(ox, "r_nps", **{"drivers": DRIVERS, "n_bootstrap": 50, **options})


def leave(ox, outcome="r_nps", **options):
    return leave_theme_out(ox, outcome, **{"drivers": DRIVERS, "n_bootstrap": 50, **options})


def test_leave_theme_out_gives_the_worked_numbers():
    # Ten scores, the theme on the fifth to eighth: NPS 20 of all, 83.33 without, -75 with.
    ox = pd.DataFrame({"r_nps": [10, 9, 9, 8, 7, 6, 3, 2, 10, 9], "x_n_texts": 1})
    ox["x_price_negative"] = [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    ox["x_price_neutral"] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    ox["x_price_positive"] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    row = leave(ox, drivers=["price"], statistic="nps").loc[0]
    assert row.outcome_all == pytest.approx(20)
    assert row.outcome_without == pytest.approx(83.33, abs=0.005)
    assert row.outcome_with == pytest.approx(-75)
    assert row.difference == pytest.approx(-63.33, abs=0.005)
    assert row.caveat == CAVEAT
    assert (row.n_with, row.n_without) == (4, 6)
    assert np.isnan(row.difference_low)
    assert row.reason == "10 independent units, fewer than 20: no interval"


def test_leave_theme_out_counts_what_it_is_asked_to():
    ox = make_ox()
    for pole, n in {
        "any": (ox.filter(regex="x_price_n|x_price_p").sum(axis=1) > 0).sum(),
        "negative": ox.x_price_negative.sum(),
        "positive": ox.x_price_positive.sum(),
    }.items():
        assert leave(ox, pole=pole).n_with[1] == n
    table = leave(ox.assign(w=2.0, r_nps=ox.r_nps), weights="w", pole="negative")
    is_in = ox.x_price_negative == 1
    assert table.difference[1] == pytest.approx(ox.r_nps.mean() - ox.r_nps[~is_in].mean())
    assert table.difference_low[1] < table.difference[1] < table.difference_high[1]


def test_a_theme_of_nobody_or_everybody_has_no_difference():
    ox = make_ox().assign(x_price_negative=0, x_service_negative=1)
    table = leave(ox, pole="negative").set_index("driver")
    assert table.difference.isna().all()
    assert table.reason["price"] == "no unit mentions it so"
    assert table.reason["service"] == "all units mention it so"
    assert np.isnan(table.outcome_without["service"])
    assert table.outcome_with["service"] == pytest.approx(ox.r_nps.mean())


def test_nps_refuses_other_scales():
    ox = make_ox()
    for outcome in (ox.r_nps / 2, ox.r_nps.clip(1, 5), ox.r_nps + 0.5):
        with pytest.raises(AnalysisError, match="not the scale of the Net Promoter Score"):
            leave(ox.assign(r_nps=outcome), statistic="nps")
    with pytest.raises(ConfigError, match="statistic 'median'"):
        leave(ox, statistic="median")


def test_what_if_is_the_penalty_times_the_change_with_the_same_interval():
    ox = make_ox()
    options = {"drivers": DRIVERS, "n_bootstrap": 200}
    table = what_if(ox, "r_nps", changes={"service_negative": -10, "price_positive": 5}, **options)
    contrasts = penalty_reward(ox, "r_nps", **options).set_index("driver")
    first, second, both = (row for _, row in table.iterrows())
    assert first.estimate == pytest.approx(-0.10 * contrasts.penalty["service"])
    assert first.low == pytest.approx(-0.10 * contrasts.penalty_high["service"])
    assert first.high == pytest.approx(-0.10 * contrasts.penalty_low["service"])
    assert second.estimate == pytest.approx(0.05 * contrasts.reward["price"])
    assert both.driver == TOGETHER
    assert both.estimate == pytest.approx(first.estimate + second.estimate)
    assert both.low < both.estimate < both.high
    assert first.outcome_now == pytest.approx(ox.r_nps.mean())
    assert first.share_now == pytest.approx(ox.x_service_negative.mean() * 100)
    assert table.attrs["note"] == NOTE


def test_leave_theme_out_stands_beside_with_its_caveat():
    ox = make_ox()
    table = quick(ox)
    assert table.pole.tolist() == ["negative", "positive"] * 2
    assert table.points.tolist() == [-1, 1] * 2
    beside = leave(ox, pole="negative")
    assert table.leave_out_difference[::2].tolist() == pytest.approx(beside.difference.tolist())
    assert (table.leave_out_caveat == CAVEAT).all()


def test_instead_of_a_complaint_praise_counts_both():
    ox = make_ox()
    contrasts = penalty_reward(ox, "r_nps", drivers=DRIVERS, n_bootstrap=20).set_index("driver")
    table = quick(ox, changes={"service_negative": -10}, instead="opposite")
    expected = 0.10 * (contrasts.reward["service"] - contrasts.penalty["service"])
    assert table.estimate[0] == pytest.approx(expected)


def test_no_share_goes_below_nothing():
    ox = make_ox()
    row = quick(ox, changes={"service_negative": -50}).loc[0]
    assert row.points == -50
    assert row.points_applied == pytest.approx(-100 * ox.x_service_negative.mean())
    assert row.remark.startswith("there is room for")
    assert row.estimate == pytest.approx(
        quick(ox, changes={"service_negative": -10}).estimate[0] * -row.points_applied / 10
    )


def test_few_mentions_have_no_estimate_but_the_reason():
    ox = make_ox()
    ox["x_price_negative"] = [1] * 8 + [0] * 392
    table = quick(ox, changes={"price_negative": -1, "service_negative": -1})
    assert table.estimate.isna().tolist() == [True, False, True]
    assert table.reason[0] == "8 negative mentions, expected at least 30"
    assert table.reason[2] == table.reason[0]
    assert table.low.isna()[0]


def test_nps_is_answered_in_points_of_nps():
    ox = make_ox()
    recoded = ox.assign(r_nps=100.0 * (ox.r_nps >= 9) - 100.0 * (ox.r_nps <= 6))
    columns = ["estimate", "low", "high", "outcome_now", "leave_out_difference"]
    first = quick(ox, statistic="nps")[columns]
    pd.testing.assert_frame_equal(first, quick(recoded)[columns])


def test_groups_that_cannot_be_analysed_say_so():
    ox = make_ox()
    ox.loc[:50, "store"] = "tiny"
    table = quick(ox, group="store", changes={"service_negative": -5})
    assert table.group.tolist() == ["a", "b", "tiny"]
    assert np.isnan(table.estimate[2])
    assert "51 of 51 rows" in table.reason[2]
    assert table.n.tolist()[:2] == [(ox.store == "a").sum(), (ox.store == "b").sum()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"changes": {"speed_negative": -1}}, r"changes of \['speed_negative'\]"),
        ({"changes": {}}, "changes of nothing"),
        ({"instead": "silence"}, "instead is 'silence'"),
        ({"confidence": 0}, "confidence is 0"),
        ({"n_bootstrap": -1}, "n_bootstrap is -1"),
    ],
)
def test_changes_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        quick(make_ox(), **options)


def test_neutral_mentions_are_needed_for_any_mention():
    with pytest.raises(SchemaError, match="x_price_neutral"):
        leave(make_ox().drop(columns="x_price_neutral"))
    with pytest.raises(ConfigError, match="pole 'both'"):
        leave(make_ox(), pole="both")


def test_order_of_rows_changes_nothing_and_the_table_stays_as_it_is():
    ox = make_ox()
    before = ox.copy()
    first = quick(ox)
    pd.testing.assert_frame_equal(quick(ox.sample(frac=1, random_state=1)), first)
    pd.testing.assert_frame_equal(ox, before)
