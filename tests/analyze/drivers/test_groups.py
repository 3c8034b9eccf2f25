import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.groups import compare_groups
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError


def _ox(sizes, *, seed=0, shares=(0.2, 0.3), drivers=("price", "service")):
    """Groups of these sizes that say the same."""
    rng = np.random.default_rng(seed)
    n = sum(sizes.values())
    ox = pd.DataFrame({"store": np.repeat(list(sizes), list(sizes.values())), "x_n_texts": 1})
    for driver in drivers:
        negative, positive = rng.random(n) < shares[0], rng.random(n) < shares[1]
        ox[f"x_{driver}_negative"], ox[f"x_{driver}_positive"] = negative * 1, positive * 1
        score = (positive * 1.0 - negative) * 0.6 + rng.normal(0, 0.2, n)
        ox[f"x_{driver}_score"] = np.where(negative | positive, score.clip(-1, 1), np.nan)
    return ox.assign(r_stars=rng.integers(1, 6, n).astype(float))


def _run(ox, **options):
    return compare_groups(ox, "store", **({"drivers": ["price", "service"]} | options))


def _pick(found, measure, driver="price"):
    rows = found[
        (found["measure"] == measure) & (found["driver"].isna() | (found["driver"] == driver))
    ]
    return rows.set_index("group")


def test_worked_shares_against_a_base_and_the_rest():
    """Reference section A2: 60 of 1,000 and 90 of 1,000, z 2.5469, p 0.01087."""
    ox = _ox({"a": 1000, "b": 1000, "c": 1000}, drivers=["price"])
    ox["x_price_negative"] = [1] * 60 + [0] * 940 + [1] * 90 + [0] * 910 + [1] * 75 + [0] * 925
    base = _pick(_run(ox, drivers=["price"], base="a"), "negative")
    assert base.loc["b", "difference"] == pytest.approx(0.03)
    assert base.loc["b", "p_value"] == pytest.approx(0.01087, abs=5e-6)
    assert base.loc["a", "reason"] == "is the base: no difference"
    assert base["reference"].eq("a").all()
    rest = _pick(_run(ox, drivers=["price"]), "negative")
    assert rest.loc["b", "reference_estimate"] == pytest.approx(135 / 2000)
    assert rest.loc["b", "n_reference"] == 2000


def test_a_small_doubling_is_no_finding():
    ox = _ox({"a": 50, "b": 50}, drivers=["price"])
    ox["x_price_negative"] = [1] * 3 + [0] * 47 + [1] * 6 + [0] * 44
    row = _pick(_run(ox, drivers=["price"], base="a"), "negative").loc["b"]
    assert row["difference_low"] < 0 < row["difference_high"]
    assert np.isnan(row["p_value"])  # 4.5 expected
    assert row["reason"] == "not tested: fewer than 5 expected either way, or no spread"


def test_means_are_compared_as_by_welch():
    from scipy.stats import ttest_ind

    ox = _ox({"a": 300, "b": 80})
    found = _pick(_run(ox, outcome="r_stars", base="a"), "outcome")
    a, b = (ox.loc[ox["store"] == name, "r_stars"] for name in "ab")
    test = ttest_ind(b, a, equal_var=False)
    assert found.loc["b", "p_value"] == pytest.approx(test.pvalue, rel=1e-6)
    interval = test.confidence_interval(0.95)
    assert found.loc["b", "difference_low"] == pytest.approx(interval.low)
    assert found.loc["b", "difference_high"] == pytest.approx(interval.high)


def test_scores_count_mentions_only_and_outcomes_rows_without_text_too():
    ox = _ox({"a": 200, "b": 200})
    x_columns = [name for name in ox if name.startswith("x_") and name != "x_n_texts"]
    ox.loc[:49, "x_n_texts"] = 0
    ox.loc[:49, x_columns] = np.nan
    found = _run(ox, outcome="r_stars")
    assert _pick(found, "outcome").loc["a", "n"] == 200
    assert _pick(found, "negative").loc["a", "n"] == 150
    mentions = ox.loc[ox["store"] == "a", "x_price_score"]
    assert _pick(found, "score").loc["a", "n"] == mentions.notna().sum()
    assert _pick(found, "score").loc["a", "estimate"] == pytest.approx(mentions.mean())
    assert found.attrs["left_out"] == {"no text: counted for the outcome only": 50}
    assert "not shown to cause" in found.attrs["note"]


def test_an_outcome_of_0_and_1_is_a_share():
    ox = _ox({"a": 200, "b": 200}).assign(r_again=[True, False, False, False] * 100)
    row = _pick(_run(ox, outcome="r_again"), "outcome").loc["a"]
    assert row["estimate"] == 0.25
    assert row["interval"] == "Wilson, Newcombe"


def test_several_texts_of_a_unit_are_a_share_or_any():
    ox = _ox({"a": 100, "b": 100}).assign(x_n_texts=4)
    share = _pick(_run(ox), "negative")["estimate"]
    anything = _pick(_run(ox, coding="any"), "negative")["estimate"]
    assert anything.to_numpy() == pytest.approx(4 * share.to_numpy())


def test_a_small_group_and_the_next_one_are_hidden():
    found = _run(_ox({"a": 500, "b": 300, "c": 60, "d": 12}), outcome="r_stars")
    rows = _pick(found, "negative")
    assert rows["is_hidden"].tolist() == [False, False, True, True]
    assert rows["reason"].tolist() == [
        None, None, "hidden to protect a smaller group", "n below 30",
    ]  # fmt: skip
    secret = rows.loc[
        ["c", "d"],
        [
            "estimate",
            "low",
            "reference_estimate",
            "difference",
            "p_value",
            "p_adjusted",
            "n",
            "n_reference",
        ],
    ]
    assert secret.isna().all(axis=None)
    # Everything that is shown tells the sum of both, which is large enough, and no more.
    shown = rows.loc[["a", "b"]]
    assert (shown["n"] + shown["n_reference"]).tolist() == [872, 872]
    assert 872 - shown["n"].sum() == 72


def test_with_two_groups_a_small_one_hides_both():
    rows = _pick(_run(_ox({"a": 500, "b": 12})), "negative")
    assert rows["is_hidden"].all()


def test_a_hidden_base_compares_with_nobody():
    rows = _pick(_run(_ox({"a": 12, "b": 300, "c": 300, "d": 25}), base="a"), "negative")
    assert rows["is_hidden"].tolist() == [True, False, False, True]
    assert (
        rows.loc["b", ["difference", "p_value", "reference_estimate", "n_reference"]].isna().all()
    )
    assert rows.loc["b", "reason"] == "reference hidden"
    assert np.isfinite(rows.loc["b", "estimate"])


def test_rows_of_the_same_customer_are_one_observation():
    ox = _ox({"a": 300, "b": 300}).assign(customer=np.arange(600))
    many = pd.concat([ox] * 4)
    a = _run(ox, outcome="r_stars")
    b = _run(many, outcome="r_stars", cluster="customer")
    for name in ("estimate", "difference", "difference_low", "difference_high", "p_value"):
        assert b[name].to_numpy() == pytest.approx(a[name].to_numpy(), rel=0.05, abs=2e-3), name


def test_a_weight_of_2_is_the_row_twice():
    ox = _ox({"a": 200, "b": 200}).assign(w=[1.0, 2.0] * 200)
    twice = ox.loc[ox.index.repeat(ox["w"].astype(int))]
    a, b = _run(ox, weights="w"), _run(twice)
    for name in ("estimate", "reference_estimate", "difference"):
        assert a[name].to_numpy() == pytest.approx(b[name].to_numpy()), name
    ox.loc[0, "w"] = np.nan
    ox.loc[1, "w"] = 0
    assert _run(ox, weights="w").attrs["left_out"] == {"no w": 1, "w is 0": 1}


def test_the_order_of_rows_changes_nothing_and_the_table_stays():
    ox = _ox({"b": 200, "a": 200})
    mixed = ox.sample(frac=1, random_state=0)
    before = mixed.copy()
    pd.testing.assert_frame_equal(_run(ox), _run(mixed))
    pd.testing.assert_frame_equal(mixed, before)


def test_findings_without_a_difference_are_rare():
    """150 tables of five groups that say the same: 35 tests each, all of no difference."""
    sizes = dict(zip("abcde", [400, 250, 150, 100, 60], strict=True))
    any_found, p_values = 0, []
    for seed in range(150):
        found = _run(_ox(sizes, seed=seed), outcome="r_stars", base="a" if seed % 2 else None)
        any_found += (found["p_adjusted"] < 0.05).any()
        p_values.append(found["p_value"].dropna().to_numpy())
    share = (np.concatenate(p_values) < 0.05).mean()
    assert 0.035 <= share <= 0.065
    assert any_found / 150 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 150)


def test_a_difference_is_found_and_kept_after_adjustment():
    ox = _ox({"a": 600, "b": 600, "c": 600})
    ox.loc[ox["store"] == "b", "x_price_negative"] = (np.arange(600) % 5 < 2) * 1
    found = _run(ox)
    kept = found[found["p_adjusted"] < 0.05]
    assert {("b", "price", "negative")} <= set(
        zip(kept["group"], kept["driver"], kept["measure"], strict=True)
    )
    assert (found["p_adjusted"].dropna() >= found["p_value"].dropna()).all()


def test_what_cannot_be_compared_is_refused():
    ox = _ox({"a": 100, "b": 100})
    with pytest.raises(AnalysisError, match="has 1 distinct values"):
        _run(ox[ox["store"] == "a"])
    with pytest.raises(AnalysisError, match="base 'x' is no value of 'store': 'a', 'b'"):
        _run(ox, base="x")
    with pytest.raises(AnalysisError, match="2 are negative"):
        _run(ox.assign(w=[-1.0, -1.0] + [1.0] * 198), weights="w")
    with pytest.raises(ConfigError, match="none twice"):
        _run(ox, drivers=["price", "price"])
    with pytest.raises(ConfigError, match="one or an outcome"):
        _run(ox, drivers=[])
    with pytest.raises(SchemaError, match="'x_taste_negative'"):
        _run(ox, drivers=["taste"])
    with pytest.raises(SchemaError, match="no column 'shop'"):
        compare_groups(ox, "shop")


def test_branches_need_no_protection_and_people_do():
    ox = _ox({"north": 200, "south": 300})
    ox["branch"] = ox.groupby("store").cumcount() % 4  # four branches in each region
    found = _run(ox, cluster="branch")
    assert found["is_hidden"].all()
    assert (found["reason"] == "values of branch below 10").all()
    shown = _run(ox, cluster="branch", min_customers=0)
    assert not shown["is_hidden"].any()
    assert shown["estimate"].notna().all()
    assert _run(ox, min_n=301, min_customers=0)["is_hidden"].all()  # few rows stay hidden
    with pytest.raises(ConfigError, match="min_customers -1, expected 0 or more"):
        _run(ox, cluster="branch", min_customers=-1)
