"""Tests of nlp_cx.analyze.source_models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.cost.inputs import CostInputs
from nlp_cx.analyze.source_models import MODELS, ServqualInputs, SourceInputs, run_source_models
from nlp_cx.config import parse_config
from nlp_cx.errors import ConfigError

SEED_COST = CostInputs(
    revenue=50_000_000, negative_share=0.22, complaint_share=0.02,
    complaining_lost=0.28, complaining_at_risk=0.34, complaining_kept=0.38,
    silent_lost=0.45, silent_at_risk=0.55, silent_kept=0.0,
)  # fmt: skip
"""The worked example of GCCRM; its results stand in its text."""

DRIVERS = ("product", "service", "relationship", "price", "convenience", "brand")


def run(ox, scored=None, *, outcome=None, **given):
    options = {k: given.pop(k) for k in ("evidence", "derived", "most_texts", "key", "cluster")
               if k in given}  # fmt: skip
    importance = options.pop("derived", None)
    inputs = SourceInputs(**given)
    return run_source_models(
        ox, scored, outcome=outcome, inputs=inputs, importance=importance, n_bootstrap=50, **options
    )


@pytest.fixture(scope="module")
def reviews():
    """400 reviews: calls go with few stars, the rest with many."""
    n = 400
    calls = np.arange(n) % 4 == 0
    texts = np.where(calls, "打了三次客服電話都沒人接。比上次差多了", "味道不错，快递两天就到了")
    score = np.where(calls, -0.9, 0.8)
    label = np.where(calls, "negative", "positive")
    scored = pd.DataFrame({"doc_id": np.arange(n), "text": texts, "sentiment": label,
                           "sentiment_score": score})  # fmt: skip
    rng = np.random.default_rng(0)
    ox = pd.DataFrame({"doc_id": np.arange(n), "x_n_texts": 1, "x_sentiment": score})
    for driver in DRIVERS:
        ox[f"x_{driver}_negative"] = 0
        ox[f"x_{driver}_positive"] = 0
    ox["x_service_negative"] = calls.astype(int)
    ox["x_product_positive"] = (~calls & (rng.random(n) < 0.6)).astype(int)
    ox["r_stars"] = np.clip(np.round(4.2 - 2 * calls + rng.normal(0, 0.8, n)), 1, 5)
    ox["o_churned"] = (rng.random(n) < 1 / (1 + np.exp(ox["r_stars"] - 2))).astype(int)
    ox["o_complained"] = np.where(calls, rng.random(n) < 0.5, False)
    ox["o_revenue"] = 100.0
    ox["o_later_revenue"] = np.where(ox["o_churned"] == 1, 0.0, 120.0)
    return ox, scored


def test_every_model_is_made_or_says_which_column_would_make_it_possible():
    tables, missing = run(pd.DataFrame({"r_stars": [1.0, 5.0]}))
    assert tables == {}
    assert set(MODELS) <= set(missing)
    for name in MODELS:
        assert missing[name]["reason"]
        assert missing[name]["remedy"]
        assert missing[name]["columns"]
    assert missing["touchpoints"]["code"] == missing["return_chain"]["code"] == "needs_texts"
    assert missing["servqual"]["columns"] == ["servqual.perception", "servqual.expectation"]


def test_no_number_appears_that_nobody_gave():
    ox = pd.DataFrame({"o_revenue": [100.0] * 50, "o_churned": [0, 1] * 25})
    tables, missing = run(ox)
    assert "negative_cost" not in tables
    lacking = missing["negative_cost"]
    assert lacking["code"] == "needs_columns"
    assert lacking["columns"][:2] == ["negative", "complained"]
    assert "cost.complaint_share" in lacking["columns"]
    assert "cost.revenue" not in lacking["columns"]
    assert missing["cost_tornado"] == lacking


def test_the_typed_in_cost_is_that_of_the_source():
    tables, _ = run(pd.DataFrame({"a": [1]}), cost=SEED_COST)
    cost = tables["negative_cost"].set_index("quantity")["estimate"]
    assert cost["complaining_lost"] == pytest.approx(61_600)
    assert cost["silent_lost"] == pytest.approx(4_851_000)
    assert cost[["lost", "at_risk", "kept"]].tolist() == pytest.approx(
        [4_912_600, 6_003_800, 83_600]
    )
    tornado = tables["cost_tornado"]
    # Nobody said how many cases stand behind the shares: equal steps, of a percentage point.
    assert tornado.attrs["swing"] == "points"
    assert tornado["parameter"].iloc[0] == "negative_share"
    assert tornado["swing"].iloc[0] == pytest.approx(2 * 223_300)
    assert tables["negative_cost"].attrs["negative_from"] == "typed in"


def test_columns_tell_the_cost_and_a_churn_flag_is_the_opposite_of_staying(reviews):
    ox, _ = reviews
    tables, missing = run(ox)
    assert "negative_cost" not in missing
    parameters = tables["cost_parameters"].set_index("parameter")
    negative = ox["x_sentiment"] < 0
    silent = negative & ~ox["o_complained"].astype(bool)
    assert parameters.loc["negative_share", "estimate"] == pytest.approx(negative.mean())
    assert parameters.loc["revenue", "estimate"] == 40_000
    lost = ox.loc[silent, "o_churned"].mean()
    assert parameters.loc["silent_lost", "estimate"] == pytest.approx(lost)
    cost = tables["negative_cost"].set_index("quantity")
    both = ox.loc[negative, "o_churned"].sum() * 100
    assert cost.loc["lost", "estimate"] == pytest.approx(both)
    assert cost.loc["lost", "low"] < both < cost.loc["lost", "high"]
    # Nothing tells who is at risk, so nobody is said to be.
    assert np.isnan(cost.loc["at_risk", "estimate"])
    assert "no column tells who is at risk" in cost.loc["at_risk", "reason"]
    assert tables["cost_tornado"].attrs["swing"] == "interval"
    assert tables["negative_cost"].attrs["negative_from"] == "x_sentiment < 0"
    assert tables["negative_cost"].attrs["taken_by_name"] == {
        "complained": "o_complained", "churned": "o_churned", "revenue": "o_revenue",
    }  # fmt: skip


def test_typed_in_shares_stand_beside_estimated_ones(reviews):
    ox, _ = reviews
    rest = {name: getattr(SEED_COST, name) for name in (
        "complaint_share", "complaining_lost", "complaining_at_risk", "complaining_kept",
        "silent_lost", "silent_at_risk", "silent_kept")}  # fmt: skip
    tables, _ = run(ox.drop(columns=["o_complained"]), cost=CostInputs(**rest))
    sources = tables["cost_parameters"].set_index("parameter")["source"]
    assert sources["complaint_share"] == "typed in"
    assert sources["negative_share"].startswith("negative (x_sentiment < 0) in 400 rows")


def test_too_few_rows_give_no_share():
    ox = pd.DataFrame({"bad": [True, False] * 10, "complained": 0, "churned": 0, "revenue": 1.0})
    _, missing = run(ox, negative="bad")
    assert missing["negative_cost"]["code"] == "too_few"
    assert "fewer than 30" in missing["negative_cost"]["detail"]
    assert "cost.silent_lost" in missing["negative_cost"]["columns"]


def test_gap_and_seven_steps_are_those_of_the_source():
    # 美苏电器: product 6 of 7 expected, convenience 5 of 7, weight 9, ideal 10.
    given = {
        "experience": {"product": 6.0, "price": 7.0, "convenience": 5.0},
        "expectation": {"product": 7.0, "price": 7.0, "convenience": 7.0},
        "importance": {"convenience": 9.0},
        "ideal": {"product": 6.0, "price": 7.0, "convenience": 10.0},
        "scale": (1.0, 10.0),
    }
    tables, missing = run(pd.DataFrame({"a": [1, 2]}), **given)
    steps = tables["seven_steps"].set_index("driver")
    assert steps["satisfaction"].to_dict() == {"product": -1, "price": 0, "convenience": -2}
    assert steps.loc["convenience", "weighted_satisfaction"] == -18
    assert np.isnan(steps.loc["product", "weighted_satisfaction"])
    assert steps["ideal_gap"].to_dict() == {"product": 0, "price": 0, "convenience": -5}
    assert "seven_steps" not in missing


def test_columns_named_by_driver_are_compared_row_by_row():
    ox = pd.DataFrame({
        "r_service": [4, 5] * 10, "r_service_expected": [5, 5] * 10, "r_price": [3, 4] * 10,
    })  # fmt: skip
    importance = pd.DataFrame({"driver": ["service"], "share": [0.4]})
    tables, _ = run(ox, scale=(1.0, 5.0), derived=importance)
    gap = tables["gap"].set_index("driver")
    assert gap.loc["service", "estimate"] == -0.5
    assert np.isnan(gap.loc["price", "estimate"])
    assert gap.loc["price", "experience"] == 3.5
    steps = tables["seven_steps"].set_index("driver")
    assert steps.loc["service", "weighted_derived"] == pytest.approx(-0.2)
    assert steps.loc["service", "satisfaction_low"] == pytest.approx(gap.loc["service", "low"])
    assert tables["gap"].attrs["taken_by_name"] == {
        "experience.service": "r_service", "experience.price": "r_price",
        "expectation.service": "r_service_expected",
    }  # fmt: skip


def test_ratings_without_expectations_are_told_alone_and_make_no_gap():
    ox = pd.DataFrame({"r_service": [4, 5] * 10})
    tables, missing = run(ox, scale=(1.0, 5.0))
    assert tables["experience"].loc[0, "estimate"] == 4.5
    assert missing["gap"]["columns"] == ["expectation.service"]
    assert "seven_steps" in missing
    _, missing = run(ox.assign(r_service_expected=5))
    assert missing["gap"]["code"] == "needs_scale"


def test_touchpoints_without_evidence_count_texts_once(reviews):
    ox, scored = reviews
    tables, _ = run(ox, scored, outcome="r_stars")
    matrix = tables["touchpoints"].set_index(["touchpoint", "stage"])
    assert matrix.attrs["unit"] == "text"
    assert matrix.loc[("delivery", "during"), ["n", "estimate"]].tolist() == [300, 1.0]
    calls = matrix.loc["inbound_call"]
    assert calls["n"].sum() == 100
    moments = tables["moments_of_truth"]
    assert set(moments["touchpoint"]) == {"inbound_call", "delivery"}
    coverage = tables["expectation_coverage"].set_index("sign")
    assert coverage.loc["experience_here", "n_signs"] == 100
    assert "disconfirmation" not in tables


def test_evidence_gives_clauses_their_own_sentiment(reviews):
    ox, scored = reviews
    rows = [
        (i, k, clause, sentiment, score, driver, score)
        for i in scored["doc_id"]
        for k, (clause, sentiment, score, driver) in enumerate(
            [("打了三次客服電話都沒人接", "negative", -0.9, "service"), ("比上次差多了", "negative", -0.8, None)]
            if i % 4 == 0
            else [("味道不错", "positive", 0.8, "product"), ("快递两天就到了", "neutral", 0.0, None)]
        )
    ]  # fmt: skip
    names = ["doc_id", "clause_index", "clause", "sentiment", "sentiment_score", "driver"]
    evidence = pd.DataFrame(rows, columns=[*names, "driver_score"])
    tables, _ = run(ox, scored, outcome="r_stars", evidence=evidence)
    matrix = tables["touchpoints"].set_index(["touchpoint", "stage"])
    assert matrix.attrs["unit"] == "clause"
    assert matrix.loc[("delivery", "during"), ["n", "positive"]].tolist() == [300, 0.0]
    assert "disconfirmation" in tables


def test_many_texts_are_sampled_always_the_same_and_it_says_so(reviews):
    ox, scored = reviews
    first, _ = run(ox, scored, most_texts=50)
    again, _ = run(ox, scored, most_texts=50)
    pd.testing.assert_frame_equal(first["touchpoints"], again["touchpoints"])
    assert first["touchpoints"].attrs["n_texts"] == 400
    assert first["touchpoints"].attrs["n_sampled"] == 50
    assert first["touchpoints"]["n_documents"].sum() <= 2 * 50
    assert first["expectation_coverage"]["n"].iloc[0] == 50


def test_only_customers_are_read_and_turns_of_a_conversation_go_together():
    n = 40
    scored = pd.DataFrame({
        "doc_id": range(2 * n), "interaction_id": np.repeat(range(n // 2), 4),
        "speaker": ["customer", "agent"] * n, "text": ["快递很慢", "快递已发出"] * n,
        "sentiment": ["negative", None] * n, "sentiment_score": [-0.9, np.nan] * n,
    })  # fmt: skip
    ox = pd.DataFrame({"interaction_id": range(n // 2), "x_n_texts": 2,
                       "r_csat": [1, 2] * (n // 4)})  # fmt: skip
    tables, missing = run(ox, scored, outcome="r_csat")
    matrix = tables["touchpoints"].set_index(["touchpoint", "stage"])
    assert matrix.loc[("delivery", "during"), "n"] == n
    assert matrix.attrs["n_texts"] == n
    assert missing["moments_of_truth"]["remedy"]


def test_texts_that_name_no_touchpoint_are_no_empty_heat_map():
    scored = pd.DataFrame({"text": ["很好"] * 20, "sentiment": "positive", "sentiment_score": 0.9})
    tables, missing = run(pd.DataFrame({"a": [1]}), scored)
    assert "touchpoints" not in tables
    assert missing["touchpoints"]["code"] == "cannot"
    assert missing["touchpoints"]["columns"] == ["touchpoint", "channel", "stage"]


def test_metadata_of_the_journey_count_before_the_words():
    scored = pd.DataFrame({
        "text": ["很好"] * 20, "where": "reception", "sentiment": "positive",
        "sentiment_score": 0.9})  # fmt: skip
    tables, _ = run(pd.DataFrame({"a": [1]}), scored, touchpoint="where")
    assert tables["touchpoints"].set_index(["touchpoint", "stage"]).loc[
        ("reception", "during"), "n"] == 20  # fmt: skip


def test_servqual_is_found_by_the_names_of_its_items():
    rng = np.random.default_rng(0)
    ox = pd.DataFrame({f"r_p{k}": rng.integers(3, 7, 30) for k in range(1, 23)}
                      | {f"r_e{k}": 6 for k in range(1, 23)})  # fmt: skip
    _, missing = run(ox)
    assert missing["servqual"]["columns"] == ["servqual.scale"]
    tables, _ = run(ox, servqual=ServqualInputs(scale=(1.0, 7.0)))
    table = tables["servqual"]
    assert table.attrs["from"] == "survey"
    items = ox[[f"r_p{k}" for k in range(1, 5)]].mean(axis=1) - 6
    assert table.loc[0, "estimate"] == pytest.approx(items.mean())


def test_servqual_from_texts_needs_texts_scored_for_it(reviews):
    ox, _ = reviews
    parts = {}
    for name in ("tangibles", "reliability", "responsiveness", "assurance", "empathy"):
        parts |= {f"x_{name}_negative": [0, 1] * 200, f"x_{name}_neutral": 0,
                  f"x_{name}_positive": [1, 0] * 200, f"x_{name}_score": [0.9, -0.5] * 200}  # fmt: skip
    tables, _ = run(ox.assign(**parts))
    assert tables["servqual"].attrs["from"] == "texts"
    assert tables["servqual"]["estimate"].tolist() == pytest.approx([0.2] * 5)


def test_the_return_chain_needs_the_revenue_that_follows(reviews):
    ox, _ = reviews
    tables, _ = run(ox, outcome="r_stars")
    links = tables["return_chain"]
    assert links["link"].unique().tolist() == ["satisfaction", "retention", "revenue"]
    revenue = links[links["link"] == "revenue"]
    assert revenue["estimate"].item() == pytest.approx(120)
    assert links.set_index("feature").loc["r_stars", "estimate"] > 0
    assert links.attrs["taken_by_name"]["later_revenue"] == "o_later_revenue"
    # That of the rated order is no return on it.
    _, missing = run(ox.drop(columns="o_later_revenue"), outcome="r_stars")
    assert missing["return_chain"]["columns"] == ["later_revenue"]


def test_a_constant_outcome_is_a_reason_and_no_error(reviews):
    ox, scored = reviews
    tables, missing = run(ox.assign(r_stars=5.0), scored, outcome="r_stars")
    assert "touchpoints" in tables
    assert missing["moments_of_truth"]["code"] == "cannot"
    assert "does not vary" in missing["moments_of_truth"]["detail"]
    assert missing["return_chain"]["code"] == "cannot"


def test_conditions_compare_numbers_and_words():
    ox = pd.DataFrame({
        "stars": [1, 2, 5, 4] * 40, "status": ["left", "here"] * 80, "told us": ["Yes", "No"] * 80,
        "spent": 10.0})  # fmt: skip
    tables, _ = run(ox, negative="stars <= 2", complained="told us", churned="status = left",
                    revenue="spent")  # fmt: skip
    parameters = tables["cost_parameters"].set_index("parameter")["estimate"]
    assert parameters["negative_share"] == 0.5
    assert parameters["complaint_share"] == 0.5
    assert parameters["complaining_lost"] == 1.0


def test_columns_that_are_not_there_are_one_error_of_the_one_who_named_them():
    scored = pd.DataFrame({"text": ["好"]})
    with pytest.raises(ConfigError) as error:
        run(pd.DataFrame({"a": [1.0]}), scored, negative="gone <= 2", revenue="spent",
            experience={"price": "r_value", "brand": 7.0}, stage="where")  # fmt: skip
    for part in ("negative: 'gone <= 2'", "revenue: 'spent'", "experience.price: 'r_value'",
                 "stage: 'where'"):  # fmt: skip
        assert part in str(error.value)


def test_inputs_are_read_from_toml():
    raw = {"scale": [1, 10], "experience": {"price": "r_value", "brand": 7}, "churned": "o_left",
           "cost": {"revenue": 1e6}, "servqual": {"scale": [1, 7]}}  # fmt: skip
    inputs = parse_config(raw, SourceInputs)
    assert inputs.experience == {"price": "r_value", "brand": 7}
    assert inputs.cost.revenue == 1e6
    with pytest.raises(ConfigError, match="did you mean 'churned'"):
        parse_config({"churnd": "o_left"}, SourceInputs)


def test_the_tables_given_are_not_changed(reviews):
    ox, scored = reviews
    before = ox.copy(), scored.copy()
    run(ox, scored, outcome="r_stars")
    pd.testing.assert_frame_equal(ox, before[0])
    pd.testing.assert_frame_equal(scored, before[1])
