import numpy as np
import pandas as pd
import pytest

from nlp_cx.errors import InputError
from nlp_cx.label.agreement import (
    cohen_kappa,
    coincidences,
    krippendorff_alpha,
    measure_alpha,
    measure_kappa,
)

LABELS = {"sentiment": ("negative", "neutral", "positive")}


def _answers(**columns):
    """Answers of annotators to texts 0, 1, …; None is no answer."""
    rows = [
        {"task_id": f"t{i}", "annotator": who, "sentiment": answer}
        for who, answers in columns.items()
        for i, answer in enumerate(answers)
    ]
    return pd.DataFrame(rows)


def _alpha(*annotators):
    """Alpha of rows of codes, -1 missing."""
    codes = np.array(annotators)
    labels = sorted(set(codes.ravel()) - {-1})
    tallies = np.stack([(codes == label).sum(axis=0) for label in labels], axis=1)
    return float(krippendorff_alpha(coincidences(tallies[tallies.sum(axis=1) >= 2]).sum(axis=0)))


def test_kappa_is_that_of_cohen_1960():
    # Cohen (1960), table 1: proportions of 200 subjects, kappa .492 in the paper.
    confusion = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    assert float(cohen_kappa(confusion)) == pytest.approx(0.492, abs=5e-4)


@pytest.mark.parametrize(
    ("annotators", "published"),
    [
        # Krippendorff (2011), Computing Krippendorff's alpha-reliability: sections A, B and C.
        (([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]), 0.095),
        (
            (
                [0, 0, 1, 1, 3, 2, 2, 2, 4, 3, 3, 0],
                [1, 0, 1, 1, 1, 2, 2, 2, 4, 3, 3, 3],
            ),
            0.692,
        ),
        (
            (
                [1, 2, 3, 3, 2, 1, 4, 1, 2, -1, -1, -1],
                [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, -1, 3],
                [-1, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, -1],
                [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, -1],
            ),
            0.743,
        ),
    ],
)
def test_alpha_is_that_of_krippendorff_2011(annotators, published):
    assert _alpha(*annotators) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_krippendorff_package(seed):
    krippendorff = pytest.importorskip("krippendorff", reason="outside reference")
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 60)
    codes = np.where(rng.random((4, 60)) < 0.7, truth, rng.integers(0, 4, (4, 60)))
    codes[rng.random(codes.shape) < 0.3] = -1
    reference = krippendorff.alpha(
        np.where(codes < 0, np.nan, codes), level_of_measurement="nominal"
    )
    assert _alpha(*codes) == pytest.approx(reference, abs=1e-12)


def test_kappa_is_that_of_scikit_learn_for_every_label():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    names = np.array(LABELS["sentiment"])
    truth = rng.integers(0, 3, 80)
    first = names[truth]
    second = names[np.where(rng.random(80) < 0.7, truth, rng.integers(0, 3, 80))]
    found = measure_kappa(_answers(a=first, b=second), LABELS).set_index("label")
    assert found.at["all", "kappa"] == pytest.approx(cohen_kappa_score(first, second))
    for name in names:
        reference = cohen_kappa_score(first == name, second == name)
        assert found.at[name, "kappa"] == pytest.approx(reference)
    assert (found["kappa_low"] < found["kappa"]).all()
    assert (found["kappa"] < found["kappa_high"]).all()


def test_kappa_interval_covers_like_the_large_sample_error():
    # Fleiss, Cohen, Everitt (1969): standard error of kappa, here for p_o = .8, p_e = .5, n = 400.
    first = ["positive"] * 200 + ["negative"] * 200
    second = ["positive"] * 160 + ["negative"] * 40 + ["negative"] * 160 + ["positive"] * 40
    row = measure_kappa(_answers(a=first, b=second), LABELS).iloc[0]
    error = np.sqrt(0.8 * 0.2 / (400 * 0.5**2))  # exact for equal margins of one half
    assert row["kappa"] == pytest.approx(0.6)
    assert row["kappa_high"] - row["kappa_low"] == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_one_answer_only_gives_no_number_but_a_reason():
    answers = _answers(a=["positive"] * 5, b=["positive"] * 5)
    for table, name in (
        (measure_kappa(answers, LABELS), "kappa"),
        (measure_alpha(answers, LABELS), "alpha"),
    ):
        assert table[name].isna().all()
        assert table["note"].str.contains("not defined").all()
        assert table["agreement"].tolist()[0] == 1.0


def test_a_single_odd_answer_gives_no_interval_that_pretends_to_be_sure():
    answers = _answers(a=["positive"] * 9 + ["negative"], b=["positive"] * 9 + ["negative"])
    row = measure_kappa(answers, LABELS).iloc[0]
    assert row["kappa"] == 1.0
    assert np.isnan(row["kappa_low"])
    assert "one answer only" in row["note"]


def test_unanswered_texts_do_not_count():
    answers = _answers(a=["positive", "negative", None], b=["positive", "negative", "positive"])
    assert measure_kappa(answers, LABELS)["n"].iloc[0] == 2
    assert measure_alpha(answers, LABELS)["n_texts"].iloc[0] == 2


def test_order_of_rows_and_of_annotators_changes_nothing():
    rng = np.random.default_rng(1)
    names = np.array(LABELS["sentiment"])
    answers = _answers(**{who: names[rng.integers(0, 3, 30)] for who in "abc"})
    shuffled = answers.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(measure_alpha(answers, LABELS), measure_alpha(shuffled, LABELS))


def test_texts_with_one_annotator_are_refused():
    with pytest.raises(InputError, match="none of 2 texts has answers by two annotators"):
        measure_kappa(_answers(a=["positive", "negative"]), LABELS)


def test_a_repeated_answer_is_refused():
    answers = _answers(a=["positive"], b=["positive"])
    with pytest.raises(InputError, match="answers task_id 't0' twice"):
        measure_alpha(pd.concat([answers, answers[:1]]), LABELS)
