import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from nlp_cx.analyze.journey.peak_end import FEATURES, peak_end_association, summarize_peak_end
from nlp_cx.errors import AnalysisError, SchemaError


def _turns(**scores):
    rows = [(name, k, score) for name, values in scores.items() for k, score in enumerate(values)]
    frame = pd.DataFrame(rows, columns=["interaction_id", "turn", "sentiment_score"])
    return frame.assign(speaker="customer")


def _conversations(n=400, seed=0, **more):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"mean": rng.normal(size=n), "n_turns": 3})
    table["end"] = 0.6 * table["mean"] + 0.8 * rng.normal(size=n)
    table["r_sat"] = 0.5 * table["end"] + rng.normal(size=n)
    return table.assign(**more)


def test_a_conversation_is_summed_up_by_hand():
    found = summarize_peak_end(_turns(a=[-0.2, 0.7, None, -0.7, 0.1])).iloc[0]
    assert found["n_turns"] == 4
    assert found["mean"] == pytest.approx(-0.025)
    assert found[["first", "worst", "best", "peak", "end"]].tolist() == [-0.2, -0.7, 0.7, -0.7, 0.1]
    assert found["peak_end"] == pytest.approx(-0.3)


def test_only_the_turns_of_the_customer_count():
    turns = _turns(a=[0.1, 0.9, 0.3]).assign(speaker=["customer", "agent", "customer"])
    assert summarize_peak_end(turns).loc[0, ["n_turns", "best"]].tolist() == [2, 0.3]
    assert summarize_peak_end(turns, speaker=None).loc[0, ["n_turns", "best"]].tolist() == [3, 0.9]


def test_a_conversation_without_a_scored_turn_stays_and_has_no_numbers():
    turns = pd.concat([_turns(a=[None], b=[0.5]), pd.DataFrame({"interaction_id": [None]})])
    found = summarize_peak_end(turns)
    assert found["interaction_id"].tolist() == ["a", "b"]
    assert found["n_turns"].tolist() == [0, 1]
    assert found.loc[0, list(FEATURES)].isna().all()


def test_turn_numbers_count_before_the_order_of_rows():
    turns = _turns(a=[0.1, 0.2, 0.3], b=[-0.5, 0.5])
    shuffled = turns.sample(frac=1, random_state=1)
    a = summarize_peak_end(turns).set_index("interaction_id")
    b = summarize_peak_end(shuffled).set_index("interaction_id")
    pd.testing.assert_frame_equal(a, b.loc[a.index])
    assert a.loc["a", "end"] == 0.3


@pytest.mark.parametrize(("method", "reference"), [("pearson", pearsonr), ("spearman", spearmanr)])
def test_correlations_are_those_of_scipy(method, reference):
    table = _conversations()
    found = peak_end_association(table, "r_sat", features=["mean", "end"], method=method)
    for row in found.itertuples():
        assert row.estimate == pytest.approx(reference(table[row.feature], table["r_sat"])[0])


def test_intervals_agree_with_fisher_where_its_assumptions_hold():
    table = _conversations(n=2000)
    row = peak_end_association(table, "r_sat", features=["end"], n_bootstrap=2000).iloc[0]
    half = 1.96 / np.sqrt(2000 - 3)
    assert row["low"] == pytest.approx(np.tanh(np.arctanh(row["estimate"]) - half), abs=0.01)
    assert row["high"] == pytest.approx(np.tanh(np.arctanh(row["estimate"]) + half), abs=0.01)


def test_the_difference_to_the_mean_is_taken_on_the_same_draws():
    found = peak_end_association(_conversations(2000), "r_sat", features=["mean", "end"])
    end = found.iloc[1]
    assert end["difference"] == pytest.approx(end["estimate"] - found.loc[0, "estimate"])
    assert 0 < end["difference_low"] < end["difference"] < end["difference_high"]
    assert np.isnan(found.loc[0, "difference"])


def test_conversations_of_one_customer_make_the_interval_wider():
    table = pd.concat([_conversations(100)] * 6, ignore_index=True)
    table["customer"] = np.tile(np.arange(100), 6)
    alone = peak_end_association(table, "r_sat", features=["end"]).iloc[0]
    together = peak_end_association(table, "r_sat", features=["end"], cluster="customer").iloc[0]
    ratio = (together["high"] - together["low"]) / (alone["high"] - alone["low"])
    assert ratio == pytest.approx(np.sqrt(6), rel=0.2)


def test_short_conversations_are_left_out():
    table = _conversations(100, n_turns=[1] * 60 + [2] * 40)
    assert peak_end_association(table, "r_sat", features=["end"]).loc[0, "n"] == 40
    assert peak_end_association(table, "r_sat", features=["end"], min_turns=1).loc[0, "n"] == 100


def test_a_constant_feature_has_no_correlation_and_says_so():
    found = peak_end_association(_conversations(worst=-1.0), "r_sat", features=["worst", "end"])
    assert np.isnan(found.loc[0, ["estimate", "low", "high"]].astype(float)).all()
    assert found.loc[0, "reason"] == "worst is constant"


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(AnalysisError, match="0 of 400 conversations have 'r_sat' and at least 9"):
        peak_end_association(_conversations(), "r_sat", features=["end"], min_turns=9)
    with pytest.raises(AnalysisError, match="'r_sat' is 1 in all 400"):
        peak_end_association(_conversations(r_sat=1.0), "r_sat", features=["end"])
    with pytest.raises(SchemaError, match="no column 'peak'"):
        peak_end_association(_conversations(), "r_sat", features=["peak"])
    with pytest.raises(SchemaError, match="no column 'sentiment_score', 'speaker'"):
        summarize_peak_end(pd.DataFrame({"interaction_id": [1]}))
    with pytest.raises(AnalysisError, match="method 'kendall'"):
        peak_end_association(_conversations(), "r_sat", features=["end"], method="kendall")


@pytest.mark.data
@pytest.mark.skipif("NLP_CX_DATA" not in os.environ, reason="NLP_CX_DATA names no folder")
def test_the_end_of_helpdesk_conversations_goes_with_satisfaction_more_than_the_beginning():
    import nlp_cx

    path = Path(os.environ["NLP_CX_DATA"]) / "data/stc3_helpdesk_zh/train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        talks = [json.loads(line) for line in lines][:800]
    turns = pd.DataFrame(
        [
            (talk["id"], k, turn["speaker"], " ".join(turn["utterances"]))
            for talk in talks
            for k, turn in enumerate(talk["turns"])
        ],
        columns=["interaction_id", "turn", "speaker", "text"],
    ).query("speaker == 'customer'")
    turns["sentiment_score"] = nlp_cx.load().score(turns, text="text")["sentiment_score"].to_numpy()
    votes = pd.DataFrame(talks)[["id", "satisfaction_mean"]]
    table = summarize_peak_end(turns).merge(votes, left_on="interaction_id", right_on="id")
    found = peak_end_association(table, "satisfaction_mean").set_index("feature")
    assert found.loc["end", "low"] > found.loc["first", "high"]
    assert found.loc["mean", "estimate"] > 0.45
