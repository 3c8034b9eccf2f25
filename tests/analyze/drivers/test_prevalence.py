import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.prevalence import prevalence
from nlp_cx.errors import AnalysisError

SIGNS = np.array(["negative", "positive", None], object)


def tables(n=4000, n_labelled=400, seed=0):
    """Make true labels, the same as they are read, and the labelled sample."""
    rng = np.random.default_rng(seed)
    true = pd.DataFrame(
        {
            "doc_id": [f"d{i}" for i in range(n)],
            "sentiment": rng.choice(["negative", "neutral", "positive"], n, p=[0.2, 0.2, 0.6]),
            "price": rng.choice(SIGNS, n, p=[0.15, 0.1, 0.75]),
        }
    )
    scored = true.copy()
    scored["sentiment"] = np.where(rng.random(n) < 0.15, "positive", true.sentiment)
    scored["price"] = np.where(rng.random(n) < 0.2, rng.choice(SIGNS, n), true.price)
    return true, scored, true.sample(n_labelled, random_state=seed)


def pick(result, label, polarity):
    return result[(result.label == label) & (result.polarity == polarity)].iloc[0]


def test_corrected_shares_find_the_truth_that_naive_ones_miss():
    true, scored, labelled = tables()
    result = prevalence(scored, labelled, drivers=["price"])
    truth = (true.price == "negative").mean()
    row = pick(result, "price", "negative")
    assert row.naive_low > truth
    assert row.corrected_low < truth < row.corrected_high
    assert row.powered_low < truth < row.powered_high
    assert row.powered_high - row.powered_low < row.labelled_only_high - row.labelled_only_low
    assert row.n == 4000
    assert row.n_labelled == 400
    assert pd.isna(row.reason)
    assert result.polarity.tolist() == [
        *("negative", "neutral", "positive"),
        *("mentioned", "negative", "neutral", "positive"),
    ]


def test_error_rates_are_those_of_the_labelled_rows():
    _, scored, labelled = tables()
    row = pick(prevalence(scored, labelled), "sentiment", "negative")
    seen = scored.set_index("doc_id").sentiment[labelled.doc_id].to_numpy()
    is_so = (labelled.sentiment == "negative").to_numpy()
    assert row.sensitivity == pytest.approx((seen[is_so] == "negative").mean())
    assert row.specificity == pytest.approx((seen[~is_so] != "negative").mean())


def test_without_labels_there_are_naive_shares_only():
    _, scored, _ = tables()
    result = prevalence(scored)
    assert (result.reason == "no labelled table").all()
    assert result.naive.notna().all()
    assert result[["corrected", "powered", "labelled_only"]].isna().all(axis=None)


def test_a_driver_that_nobody_labelled_says_so():
    _, scored, labelled = tables()
    result = prevalence(scored, labelled.drop(columns="price"))
    assert pick(result, "price", "negative").reason == "not labelled"


def test_a_selected_sample_gives_the_adjusted_count_only():
    true, scored, _ = tables(8000)
    picked = pd.concat(
        [true[true.price == "negative"].head(200), true[true.price.isna()].head(200)]
    )
    row = pick(prevalence(scored, picked, sampling="selected"), "price", "negative")
    assert row.reason == "powered: the labelled documents are not a random sample"
    truth = (true.price == "negative").mean()
    assert row.corrected_low < truth < row.corrected_high
    undeclared = pick(prevalence(scored, picked), "price", "negative")
    assert "powered: the labelled sample is not a random one" in undeclared.reason


def test_labelled_documents_from_elsewhere_are_not_counted():
    true, scored, _ = tables()
    old_true, old_scored, _ = tables(500, seed=9)
    for frame in (old_true, old_scored):
        frame["doc_id"] = "old-" + frame["doc_id"]
    result = prevalence(scored, old_true, elsewhere=old_scored)
    row = pick(result, "price", "negative")
    assert row.n == 4000
    assert row.naive == pytest.approx((scored.price == "negative").mean())
    assert row.powered_low < (true.price == "negative").mean() < row.powered_high


def test_groups_share_error_rates_and_have_their_own_labels():
    _, scored, labelled = tables()
    scored["store"] = np.where(np.arange(len(scored)) % 10 < 9, "big", "small")
    result = prevalence(scored, labelled, group="store", drivers=["price"])
    big, small = (pick(result[result.group == g], "price", "negative") for g in ("big", "small"))
    assert big.sensitivity == small.sensitivity
    assert big.n_labelled + small.n_labelled == 400
    assert small.powered_high - small.powered_low > big.powered_high - big.powered_low


def test_no_true_case_in_the_sample_gives_a_reason():
    _, scored, labelled = tables()
    labelled = labelled.assign(price=None)
    row = pick(prevalence(scored, labelled, is_random=True), "price", "negative")
    assert row.reason == "0 of the 400 labelled rows are truly so, expected at least 5"
    assert np.isnan([row.corrected, row.powered]).all()
    assert row.labelled_only == 0


def test_predictions_that_tell_nothing_are_not_corrected_with():
    true, scored, labelled = tables()
    scored["price"] = np.random.default_rng(3).permutation(true.price)
    row = pick(prevalence(scored, labelled), "price", "negative")
    assert row.reason.startswith("corrected: sensitivity + specificity")
    assert np.isnan(row.corrected)
    assert row.powered_low < (true.price == "negative").mean() < row.powered_high


def test_rows_with_nothing_to_score_are_no_part_of_the_shares():
    _, scored, labelled = tables()
    scored.loc[:999, ["sentiment", "price"]] = None
    assert pick(prevalence(scored, labelled), "sentiment", "negative").n == 3000


def test_weights_and_clusters_widen_the_intervals():
    _, scored, labelled = tables()
    plain = pick(prevalence(scored, labelled), "price", "negative")
    scored["w"] = np.random.default_rng(0).choice([1.0, 10.0], len(scored))
    scored["customer"] = np.arange(len(scored)) // 4
    for options in ({"weights": "w"}, {"cluster": "customer"}):
        row = pick(prevalence(scored, labelled, **options), "price", "negative")
        assert pd.isna(row.reason)
        if "weights" in options:
            assert row.powered_high - row.powered_low > plain.powered_high - plain.powered_low


def test_inputs_stay_as_they_are():
    _, scored, labelled = tables(500, 100)
    before = scored.copy(), labelled.copy()
    prevalence(scored, labelled)
    pd.testing.assert_frame_equal(scored, before[0])
    pd.testing.assert_frame_equal(labelled, before[1])


def test_labels_of_other_documents_are_refused():
    _, scored, labelled = tables(100, 20)
    with pytest.raises(AnalysisError, match="none of the 20 labelled rows"):
        prevalence(scored, labelled.assign(doc_id=range(20)))


def test_shares_that_cannot_be_are_flagged_and_not_clipped():
    # Labelled rows that are harder than the rest: 10 % false alarms there, none here.
    _, scored, _ = tables()
    scored["price"] = np.where(np.arange(4000) < 20, "negative", None)
    hard = pd.DataFrame({"doc_id": [f"h{i}" for i in range(400)], "sentiment": "neutral"})
    seen = hard.assign(price=np.where(np.arange(400) < 130, "negative", None))
    true = hard.assign(price=np.where(np.arange(400) < 100, "negative", None))
    row = pick(prevalence(scored, true, elsewhere=seen, sampling="selected"), "price", "negative")
    assert row.corrected_high < 0
    assert row.flag.endswith("errors here are not those of the labelled rows")
