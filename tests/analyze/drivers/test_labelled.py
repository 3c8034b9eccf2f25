import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.indicators import label_indicators
from nlp_cx.analyze.drivers.labelled import match_labelled, sampling_weights, take_unlabelled
from nlp_cx.analyze.drivers.labelled_values import effective_hits, split_groups, take_values
from nlp_cx.analyze.drivers.sample_check import check_sample, find_suspicion
from nlp_cx.errors import AnalysisError, SchemaError


def scored(n=10, **columns):
    return pd.DataFrame({"doc_id": [f"d{i}" for i in range(n)], "x": np.arange(n) % 2.0} | columns)


def test_labelled_rows_are_found_by_key_in_any_order():
    sample = match_labelled(scored(), scored().iloc[[7, 2]])
    assert sample.labelled_rows.tolist() == [7, 2]
    assert sample.truth.doc_id.tolist() == ["d7", "d2"]
    assert sample.other_rows.tolist() == [0, 1, 3, 4, 5, 6, 8, 9]


def test_rows_from_elsewhere_lend_labels_and_are_no_population():
    elsewhere = pd.DataFrame({"doc_id": ["old"], "x": [1.0]})
    labelled = pd.DataFrame({"doc_id": ["old", "d0", "lost"], "x": [0.0, 1.0, 1.0]})
    sample = match_labelled(scored(3), labelled, elsewhere=elsewhere)
    assert sample.labelled_rows.tolist() == [3, 0]
    assert sample.other_rows.tolist() == [1, 2]
    assert sample.n_unmatched == 1
    assert take_values(sample, ["x"]).in_population.tolist() == [False, True]


def test_two_labels_of_one_document_are_refused():
    labelled = pd.DataFrame({"doc_id": ["d1", "d1"], "x": [0, 1]})
    with pytest.raises(AnalysisError, match=r"repeat a 'doc_id', e.g. 'd1'"):
        match_labelled(scored(), labelled)


def test_keys_that_never_meet_are_shown_with_their_types():
    with pytest.raises(AnalysisError, match=r"none of the 1 labelled rows.*int64"):
        match_labelled(scored(), pd.DataFrame({"doc_id": [1], "x": [1]}))
    with pytest.raises(SchemaError, match="no column 'doc_id' in the labelled table"):
        match_labelled(scored(), pd.DataFrame({"id": [1]}))
    with pytest.raises(AnalysisError, match="0 rows"):
        match_labelled(scored(), scored(0))


def test_strata_weights_make_the_labelled_rows_look_like_all_rows():
    frame = scored(100, stratum=["a"] * 80 + ["b"] * 20)
    sample = match_labelled(frame, frame.iloc[70:90])  # 10 of 80 and 10 of 20
    ours, others = sampling_weights(sample, strata="stratum")
    assert ours.tolist() == [8.0] * 10 + [2.0] * 10
    assert others == pytest.approx(np.repeat([80 / 70, 2.0], [70, 10]))
    assert ours[:10].sum() == pytest.approx(80)
    assert others[:70].sum() == pytest.approx(80)


def test_a_stratum_without_labelled_rows_is_refused():
    frame = scored(10, stratum=["a"] * 8 + ["b"] * 2)
    with pytest.raises(AnalysisError, match=r"no labelled row in 1 of 2 strata of 'stratum'.*'b'"):
        sampling_weights(match_labelled(frame, frame.head(3)), strata="stratum")


def test_weights_that_are_negative_or_missing_are_refused():
    frame = scored(4, w=[1, np.nan, -1, 2])
    with pytest.raises(AnalysisError, match="2 values of 'w'"):
        sampling_weights(match_labelled(frame, frame.head(1)), weights="w")


def test_rows_that_miss_a_value_are_left_out_of_that_column():
    frame = scored(6)
    frame.loc[[0, 5], "x"] = np.nan
    labelled = scored(6).head(3)
    labelled.loc[1, "x"] = np.nan
    values = take_values(match_labelled(frame, labelled), ["x"])
    assert values.labelled_at.tolist() == [2]
    assert values.others_at.tolist() == [3, 4]


def test_groups_come_in_order_and_rows_without_one_in_none():
    frame = scored(6, store=["b", "a", None, "b", "a", "b"])
    parts = dict(split_groups(match_labelled(frame, frame.head(2)), "store"))
    assert list(parts) == ["a", "b"]
    assert parts["a"].labelled_rows.tolist() == [1]
    assert parts["b"].other_rows.tolist() == [3, 5]


def test_a_random_sample_is_rarely_suspicious_and_a_picked_one_is():
    rng = np.random.default_rng(0)
    flags = 0
    for _ in range(50):
        marks = dict(zip("abc", rng.random((3, 400)) < 0.1, strict=True))
        frame = pd.DataFrame({"doc_id": range(400), **marks})
        sample = match_labelled(frame, frame.sample(60, random_state=rng.integers(2**31)))
        flags += find_suspicion(check_sample(sample, list("abc"))) is not None
    assert flags <= 1  # expected 0.05 of 50 at p < .001
    picked = match_labelled(frame, pd.concat([frame[frame.a], frame[~frame.a].head(30)]))
    assert "a differs from the others" in find_suspicion(check_sample(picked, list("abc")))


def test_the_check_looks_through_strata():
    frame = pd.DataFrame({"doc_id": range(400), "x": [1.0, 0, 0, 0] * 100})
    picked = pd.concat([frame[frame.x == 1].head(60), frame[frame.x == 0].head(60)])
    sample = match_labelled(frame, picked)
    assert find_suspicion(check_sample(sample, ["x"])) is not None
    assert find_suspicion(check_sample(sample, ["x"], strata="x")) is None


def test_effective_hits_shrink_with_clusters_and_weights():
    hits = np.tile([1.0, 0, 0, 0], 25)
    assert effective_hits(hits, np.ones(100), np.arange(100)) == pytest.approx((25, 100))
    sizes = np.repeat(np.arange(50), 2)
    k, n = effective_hits(np.repeat(hits[:50], 2), np.ones(100), sizes)
    assert k / n == pytest.approx(0.26)
    assert n == pytest.approx(50, rel=0.03)
    assert effective_hits(np.zeros(100), np.ones(100), sizes) == pytest.approx((0, 50))
    assert effective_hits(np.empty(0), np.empty(0), np.empty(0, int)) == (0, 0)


def test_not_mentioned_neutral_and_no_text_stay_apart():
    labels = pd.DataFrame(
        {"sentiment": ["neutral", "positive", None], "price": ["neutral", None, None]}
    )
    found = label_indicators(labels)
    assert found.x_price_mentioned.tolist()[:2] == [1, 0]
    assert found.x_price_neutral.tolist()[:2] == [1, 0]
    assert found.loc[2].isna().all()
    true = label_indicators(labels, is_scored=False)
    assert np.isnan(true.x_sentiment_positive[2])
    assert true.x_price_mentioned[2] == 0


def test_unknown_labels_are_all_named():
    labels = pd.DataFrame({"sentiment": ["good"], "price": ["none"], "service": ["positive"]})
    with pytest.raises(SchemaError, match=r"'sentiment' holds 'good'.*'price' holds 'none'"):
        label_indicators(labels)
    with pytest.raises(SchemaError, match="neither 'sentiment' nor a driver"):
        label_indicators(pd.DataFrame({"doc_id": [1]}))


def test_a_sample_without_labels_has_only_others():
    sample = take_unlabelled(scored(3))
    assert (sample.labelled_rows.size, sample.other_rows.size) == (0, 3)
