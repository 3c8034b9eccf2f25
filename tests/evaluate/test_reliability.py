import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.evaluate.reliability import calibration_error, reliability_table


def test_reliability_of_a_worked_example():
    # Two bins of three: means 0.2 and 0.8, shares 1/3 and 1; gaps 2/15 and 1/5.
    p, happened = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 1, 0, 1, 1, 1]
    table = reliability_table(p, happened, n_bins=2)
    assert table["n"].tolist() == [3, 3]
    assert table["p_low"].tolist() == [0.1, 0.7]
    assert table["p_high"].tolist() == [0.3, 0.9]
    assert table["share"].tolist() == pytest.approx([1 / 3, 1])
    assert calibration_error(p, happened, n_bins=2) == pytest.approx((2 / 15 + 1 / 5) / 2)


def test_perfectly_calibrated_draws_have_a_small_error_and_shifted_ones_the_shift():
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 0.8, 50_000)
    assert calibration_error(p, rng.uniform(size=50_000) < p) < 0.01
    assert calibration_error(p, rng.uniform(size=50_000) < p + 0.2) == pytest.approx(0.2, abs=0.01)


def test_distinct_probabilities_fill_bins_equally():
    table = reliability_table(np.linspace(0, 1, 150), np.ones(150, bool))
    assert table["n"].tolist() == [10] * 15


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 1.0]), st.booleans()), min_size=1),
    st.randoms(use_true_random=False),
)
def test_order_of_rows_does_not_matter_and_no_row_is_lost(rows, random):
    shuffled = random.sample(rows, len(rows))
    table = reliability_table(*zip(*rows, strict=True), n_bins=3)
    again = reliability_table(*zip(*shuffled, strict=True), n_bins=3)
    assert table["n"].sum() == len(rows)
    assert table[["n", "p_low", "share"]].equals(again[["n", "p_low", "share"]])


@pytest.mark.parametrize(
    ("p", "happened"), [([], []), ([0.5], [1, 0]), ([1.2], [1]), ([float("nan")], [1])]
)
def test_impossible_input_is_refused(p, happened):
    with pytest.raises(InputError, match="expected"):
        reliability_table(p, happened)
