import numpy as np
import pytest

from nlp_cx.errors import InputError
from nlp_cx.evaluate.bootstrap import bootstrap_difference, bootstrap_interval
from nlp_cx.evaluate.metrics import macro_f1


def share(counts):
    return float(counts[0] / counts.sum())


def right_or_wrong(is_right):
    return np.column_stack([is_right, ~is_right]).astype(np.int64)


def test_interval_agrees_with_the_formula_for_paired_shares():
    # Standard error of a paired difference of shares (McNemar): sqrt(b + c - (b-c)^2/n) / n.
    n, b, c = 1000, 90, 60
    first, second = np.zeros(n, bool), np.zeros(n, bool)
    first[: 500 + b] = True
    second[:500] = True
    second[500 + b : 500 + b + c] = True
    found = bootstrap_difference(right_or_wrong(first), right_or_wrong(second), share)
    error = np.sqrt(b + c - (b - c) ** 2 / n) / n
    assert found.value == pytest.approx((b - c) / n)
    assert found.low == pytest.approx(found.value - 1.96 * error, abs=0.002)
    assert found.high == pytest.approx(found.value + 1.96 * error, abs=0.002)
    assert found.p_not_better == pytest.approx(0.007, abs=0.006)  # 1 - Phi(0.030 / 0.01221)


def test_model_does_not_differ_from_itself():
    counts = np.random.default_rng(0).integers(0, 2, (50, 6, 3))
    assert bootstrap_difference(counts, counts, macro_f1, n_samples=100) == (0, 0, 0, 1)


def test_same_seed_gives_the_same_interval_and_swapping_turns_the_sign():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 2, (2, 80, 3, 3))
    one = bootstrap_difference(first, second, macro_f1, n_samples=150)
    again = bootstrap_difference(first, second, macro_f1, n_samples=150)
    swapped = bootstrap_difference(second, first, macro_f1, n_samples=150)
    assert one == again
    assert (swapped.value, swapped.low, swapped.high) == pytest.approx(
        (-one.value, -one.high, -one.low)
    )


def test_tallies_of_unequal_shape_are_refused():
    with pytest.raises(InputError, match="expected one shape"):
        bootstrap_difference(np.ones((3, 2), int), np.ones((4, 2), int), share)


def test_interval_of_a_share_agrees_with_the_formula():
    n, p = 2000, 0.7
    found = bootstrap_interval(right_or_wrong(np.arange(n) < p * n), share)
    error = np.sqrt(p * (1 - p) / n)
    assert found.value == pytest.approx(p)
    assert found.low == pytest.approx(p - 1.96 * error, abs=0.002)
    assert found.high == pytest.approx(p + 1.96 * error, abs=0.002)


def test_interval_without_texts_is_refused():
    with pytest.raises(InputError, match="no texts"):
        bootstrap_interval(np.zeros((0, 2), int), share)


def test_resamples_in_which_a_metric_has_no_value_are_left_out():
    counts = np.zeros((3, 1, 3), np.int64)
    counts[0, 0, 0] = 1  # a resample without this row has no F1
    assert bootstrap_interval(counts, macro_f1, n_samples=50) == (1, 1, 1)
