import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.findings.actions import rank_actions
from nlp_cx.errors import SchemaError

DRIVERS = ["product", "service", "price"]


def _tables(**rows):
    """A row per driver; what is not given is that of a supported, middling driver."""
    base = {
        **{"share": 0.33, "share_low": 0.2, "share_high": 0.45, "p_null": 0.005, "q_null": 0.01},
        **{"penalty": -1.0, "penalty_low": -1.2, "penalty_high": -0.8},
        **{"reward": 0.5, "reward_low": 0.3, "reward_high": 0.7, "kano_class": None},
        **{"p_basic": 0.5, "p_performance": 0.5, "p_excitement": 0.0, "n": 500},
        **{"performance": 0.5, "performance_low": 0.45, "performance_high": 0.55},
        **{"performance_cut": 0.5, "share_cut": 0.33, "quadrant": None, "p_quadrant": 0.5},
        **{"negative": 0.2, "gain": 0.2},
    }
    found = pd.DataFrame([{"driver": d, **base, **rows.get(d, {})} for d in DRIVERS])
    what_if = pd.DataFrame(
        {"driver": DRIVERS, "pole": "negative", "share_now": found["negative"] * 100}
    )
    what_if["points_applied"] = -1.0
    what_if["estimate"] = found["gain"] / what_if["share_now"]
    what_if["low"], what_if["high"] = what_if["estimate"] * 0.8, what_if["estimate"] * 1.2
    tables = {
        "importance": found[
            ["driver", "share", "share_low", "share_high", "p_null", "q_null", "n"]
        ],
        "penalty_reward": found.filter(regex="driver|penalty|reward|kano|p_[bpe][a-z]+$"),
        "performance": found.filter(regex="driver|^performance|cut|quadrant"),
        "what_if": what_if,
    }
    shares = pd.DataFrame({"driver": DRIVERS, "polarity": "negative", "share": found["negative"]})
    shares["low"], shares["high"] = shares["share"] * 0.9, shares["share"] * 1.1
    return tables, shares


def _rank(**rows):
    return rank_actions(*_tables(**rows)).set_index("driver")


def test_basic_factors_that_are_criticised_come_first():
    found = _rank(service={"kano_class": "basic", "p_basic": 0.9, "gain": 0.1})
    assert found.index.tolist()[0] == "service"
    assert found.loc["service", ["code", "rank", "p_kano"]].tolist() == ["repair_first", 1, 0.9]
    assert "basic" in found.loc["service", "reasons"].split(";")


def test_a_basic_factor_that_hardly_anybody_criticises_is_not_repaired_first():
    """As price of the clothing reviews: 3 % of the texts, 3 % of the importance, 0.01 stars."""
    small = {"share": 0.03, "share_low": 0.02, "share_high": 0.05, "negative": 0.03}
    low = {"performance_low": 0.0, "performance_high": 0.2}
    found = _rank(price={**small, **low, "kano_class": "basic", "gain": 0.01})
    assert found.loc["price", "code"] == "watch"


def test_a_basic_factor_of_little_weight_is_watched_however_often_it_is_criticised():
    """As price of the hotel reviews: 13 % of the texts, 6 % of the importance, 0.03 stars."""
    small = {"share": 0.06, "share_low": 0.03, "share_high": 0.1, "negative": 0.13, "gain": 0.03}
    found = _rank(price={**small, "kano_class": "basic", "p_basic": 0.98})
    assert found.loc["price", "code"] == "watch"


def test_noise_is_unclear_and_has_no_rank():
    noise = {"share": 0.9, "share_low": 0.7, "share_high": 0.95, "q_null": 0.3}
    found = _rank(price=noise)
    assert found.loc["price", "code"] == "unclear"
    assert pd.isna(found.loc["price", "rank"])
    assert found.index.tolist()[-1] == "price"
    unclear = {"penalty_low": -0.5, "penalty_high": 0.2, "reward_low": -0.1}
    assert _rank(price=unclear).loc["price", "reasons"] == "criticism_unclear;praise_unclear"
    assert _rank(price={"share": np.nan}).loc["price", "reasons"] == "too_few_mentions"


def test_what_is_done_well_is_protected():
    well = {"negative": 0.01, "performance_low": 0.6, "performance_high": 0.7}
    assert _rank(service=well).loc["service", "code"] == "protect"


def test_the_surer_gain_comes_first():
    found = _rank(product={"gain": 0.1}, service={"gain": 0.4}, price={"gain": 0.2})
    assert found.index.tolist() == ["service", "price", "product"]
    assert found.loc["service", "what_if_gain"] == pytest.approx(0.4)
    assert found["rank"].tolist() == [1, 2, 3]


def test_lower_is_better_turns_the_signs():
    rows = {"penalty": 0.2, "penalty_low": 0.1, "penalty_high": 0.3, "gain": -0.1}
    rows |= {"reward": -0.2, "reward_low": -0.3, "reward_high": -0.1}
    given = _tables(product=rows, service=rows, price=rows)
    assert set(rank_actions(*given, higher_is_better=False)["code"]) == {"improve"}
    assert rank_actions(*given)["reasons"].str.contains("unexpected_sign").all()


def test_importance_alone_is_enough_for_no_order():
    tables, shares = _tables()
    found = rank_actions({"importance": tables["importance"]}, shares)
    assert set(found["code"]) == {"unclear"}
    assert found["driver"].tolist() == DRIVERS


def test_parted_shares_are_refused():
    tables, shares = _tables()
    with pytest.raises(SchemaError, match="not by group"):
        rank_actions(tables, shares.assign(group="a"))
    with pytest.raises(SchemaError, match="no table 'importance'"):
        rank_actions({}, shares)
