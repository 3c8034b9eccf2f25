import numpy as np
import pandas as pd
import pytest

from nlp_cx.errors import InputError
from nlp_cx.label.errors import confident_errors, find_label_errors
from nlp_cx.label.outputs import label_outputs


def _noisy(seed, n=400, k=4):
    """Labels with noise, and probabilities that know better most of the time."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(k, n, p=[0.6, 0.25, 0.1, 0.05])
    p = rng.dirichlet(np.ones(k), n) + 1.5 * np.eye(k)[truth] * rng.random((n, 1))
    p /= p.sum(axis=1, keepdims=True)
    given = np.where(rng.random(n) < 0.12, rng.integers(0, k, n), truth)
    return given, p


@pytest.mark.parametrize("seed", range(6))
def test_candidates_are_those_of_cleanlab(seed):
    cleanlab = pytest.importorskip("cleanlab.filter", reason="outside reference")
    given, p = _noisy(seed)
    reference = cleanlab.find_label_issues(given, p, filter_by="confident_learning", n_jobs=1)
    found = np.zeros(len(given), bool)
    found[confident_errors(given, p)[0]] = True
    # cleanlab takes the most probable label of all where several reach their threshold, the
    # definition the most probable of these; where they differ the given label is one of them.
    assert (found != reference).sum() <= 1
    assert found.sum() > 10


def test_a_label_that_nobody_gave_is_never_suggested():
    given = np.array([0, 0, 1, 1])
    p = np.array([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    _, labels = confident_errors(given, p)
    assert 2 not in labels


def test_what_is_found_are_the_swapped_labels():
    rng = np.random.default_rng(0)
    good, bad = ["好吃", "满意", "喜欢", "推荐", "干净"], ["难吃", "失望", "讨厌", "后悔", "很脏"]
    fill = list("今天和朋友一起去了那家店环境一般位置偏")
    rows = []
    for i in range(200):
        words = good if i % 2 else bad
        text = "".join([*rng.choice(fill, 4), *rng.choice(words, 3), *rng.choice(fill, 4)])
        rows.append({"text": f"{text}", "sentiment": "positive" if i % 2 else "negative"})
    labelled = pd.DataFrame(rows)
    wrong = [4, 17, 60, 121, 170]
    flip = {"positive": "negative", "negative": "positive"}
    labelled.loc[wrong, "sentiment"] = labelled.loc[wrong, "sentiment"].map(flip)
    found = find_label_errors(labelled, label_outputs(()))
    assert set(found["row"]) <= set(wrong)
    assert len(found) >= 3
    assert (found["margin"].diff().dropna() <= 0).all()


def test_missing_labels_are_no_candidates():
    labelled = pd.DataFrame(
        {"text": [f"text {i}" for i in range(12)], "sentiment": ["positive", "negative", None] * 4}
    )
    found = find_label_errors(labelled, label_outputs(()), n_folds=2)
    assert not set(found["row"]) & set(range(2, 12, 3))


def test_copies_stand_in_one_fold_and_too_few_are_refused():
    labelled = pd.DataFrame({"text": ["好吃", "好吃！", "好 吃"], "sentiment": ["positive"] * 3})
    with pytest.raises(InputError, match="3 texts in 1 groups cannot be put into 5 folds"):
        find_label_errors(labelled, label_outputs(()))
