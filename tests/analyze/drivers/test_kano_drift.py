import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.kano_drift import kano_drift
from nlp_cx.analyze.drivers.penalty_reward import penalty_reward

QUARTERS = pd.to_datetime(["2023-02-01", "2023-05-01", "2023-08-01", "2023-11-01", "2024-02-01"])


def _ox(n=2000, *, seed=0, penalty=(0, 0), reward=(0, 0)):
    """Two drivers over five quarters; those of price are start + slope · quarter."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 5, n)
    ox = pd.DataFrame({"x_n_texts": 1, "at": QUARTERS[age]})
    for driver in ("price", "service"):
        ox[f"x_{driver}_negative"] = (rng.random(n) < 0.25).astype(int)
        ox[f"x_{driver}_positive"] = (rng.random(n) < 0.35).astype(int)
    ox["r_stars"] = (
        4 + rng.normal(0, 0.7, n) - 0.6 * ox["x_service_negative"] + 0.6 * ox["x_service_positive"]
        + (penalty[0] + penalty[1] * age) * ox["x_price_negative"]
        + (reward[0] + reward[1] * age) * ox["x_price_positive"]
    )  # fmt: skip
    return ox


def _drift(ox, **options):
    options = {"drivers": ["price", "service"], "period": "at", "n_bootstrap": 200} | options
    return kano_drift(ox, "r_stars", **options)


def test_an_exciting_driver_becomes_a_basic_one():
    ox = _ox(4000, penalty=(-0.2, -0.15), reward=(0.8, -0.15))
    found = _drift(ox).set_index(["driver", "measure"])
    price = found.loc["price"]
    assert price["direction"].tolist() == ["stronger", "weaker", "towards basic"]
    assert price["estimate"].tolist()[:2] == pytest.approx([-0.15, -0.15], abs=0.05)
    assert price.loc["ia", "first_value"] == pytest.approx(0.6, abs=0.15)
    assert price.loc["ia", "last_value"] == pytest.approx(-0.6, abs=0.15)
    assert price["n_periods"].eq(5).all()
    assert found.loc["service", "direction"].isna().all()
    assert found.loc["service", "reason"].eq("the change is not told from 0: no direction").all()


def test_a_driver_that_fades_moves_towards_no_class():
    ox = _ox(4000, penalty=(-0.8, 0.2), reward=(0.8, -0.2))
    found = _drift(ox).set_index(["driver", "measure"]).loc["price"]
    assert found["direction"].tolist() == ["weaker", "weaker", None]


def test_an_outcome_turned_round_drifts_the_same_way():
    ox = _ox(penalty=(-0.2, -0.15), reward=(0.8, -0.15))
    a = _drift(ox)
    b = _drift(ox.assign(r_stars=-ox["r_stars"]), higher_is_better=False)
    assert a["direction"].tolist()[:3] == b["direction"].tolist()[:3]
    is_ia = a["measure"] == "ia"  # the draws differ, and with them the weights of the periods
    found, turned = a.loc[is_ia, "estimate"].to_numpy(), b.loc[is_ia, "estimate"].to_numpy()
    assert found == pytest.approx(turned, abs=0.02)


def test_a_quarter_without_mentions_is_a_gap_and_four_are_needed():
    ox = _ox(penalty=(-0.6, 0), reward=(0.6, 0))
    ox.loc[ox["at"] == QUARTERS[2], ["x_price_negative", "x_price_positive"]] = 0
    found = _drift(ox).set_index(["driver", "measure"]).loc["price"]
    assert found["n_gaps"].eq(1).all()
    assert found["n_periods"].eq(4).all()
    short = _drift(ox[ox["at"] > QUARTERS[0]]).set_index(["driver", "measure"]).loc["price"]
    assert short[["estimate", "p_value", "direction"]].isna().all(axis=None)
    assert short["reason"].eq("3 periods with a value, expected at least 4").all()


def test_values_are_those_of_the_quarters():
    ox = _ox(penalty=(-0.6, 0), reward=(0.6, 0))
    quarters = penalty_reward(
        ox, "r_stars", drivers=["price", "service"], period="at", n_bootstrap=200
    )
    reward = quarters.loc[quarters["driver"] == "price", "reward"].to_numpy()
    line = _drift(ox).set_index(["driver", "measure"]).loc[("price", "reward")]
    assert line["estimate"] == pytest.approx(np.polyfit(range(5), reward, 1)[0], abs=0.02)
    assert line["first_period"] == "2023Q1"
    assert line["last_period"] == "2024Q1"


def test_no_drift_is_rarely_found_where_there_is_none():
    runs = [_ox(1200, seed=i, penalty=(-0.6, 0), reward=(0.6, 0)).assign(run=i) for i in range(60)]
    found = _drift(pd.concat(runs), group="run", n_bootstrap=150)
    assert len(found) == 60 * 6
    # 360 tests, half of them of one cause with the other half: the share has an error of 1.5 points
    assert 0.01 <= (found["p_value"] < 0.05).mean() <= 0.08
    assert found["direction"].notna().mean() < 0.02
