"""Register loops give what numpy gives."""

import numpy as np
import pytest
from numba import njit

from nlp_cx.classify.vectors import LANES, add_product, sum_rows


@njit
def call_sum_rows(table, rows, n, total):
    sum_rows(table, rows, n, total)


@njit
def call_add_product(x, weights, out):
    add_product(x, weights, out)


@pytest.mark.parametrize("n_columns", [LANES, 3 * LANES, 4 * LANES, 9 * LANES])
@pytest.mark.parametrize("n", [0, 1, 2, 37])
def test_sum_rows_is_the_sum_of_the_named_rows(n, n_columns):
    rng = np.random.default_rng(n)
    table = rng.integers(-127, 128, (50, n_columns)).astype(np.int8)
    rows = rng.integers(0, 50, 40)
    total = np.full(n_columns, 9, np.int32)
    call_sum_rows(table, rows, n, total)
    assert total.tolist() == table[rows[:n]].sum(0).tolist()


@pytest.mark.parametrize("n_columns", [LANES, 4 * LANES, 5 * LANES])
@pytest.mark.parametrize("n", [4, 16, 64])
def test_add_product_adds_to_what_is_there(n, n_columns):
    rng = np.random.default_rng(n)
    x = rng.standard_normal(n).astype(np.float32)
    weights = rng.standard_normal((n, n_columns)).astype(np.float32)
    out = rng.standard_normal(n_columns).astype(np.float32)
    expected = out.astype(float) + x.astype(float) @ weights
    call_add_product(x, weights, out)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


def test_sums_of_a_full_range_do_not_overflow():
    table = np.full((1, LANES), -128, np.int8)
    total = np.zeros(LANES, np.int32)
    call_sum_rows(table, np.zeros(100_000, np.int64), 100_000, total)
    assert set(total.tolist()) == {-12_800_000}
