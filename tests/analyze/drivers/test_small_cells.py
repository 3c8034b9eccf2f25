import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.analyze.drivers.small_cells import explain_hidden, hide_cells


@given(st.lists(st.integers(0, 120), min_size=1, max_size=12), st.integers(2, 50))
def test_what_is_hidden_cannot_be_found_by_subtraction(sizes, min_n):
    n = np.array(sizes)
    hidden = hide_cells(n, n, min_n)
    is_hidden = hidden.any
    assert (is_hidden >= ((n > 0) & (n < min_n))).all()
    assert not is_hidden[n == 0].any()
    assert not (hidden.is_small & hidden.is_extra).any()
    if is_hidden.any() and (n[~is_hidden] > 0).any():
        # the whole less what is shown is at least two cells, and large enough to be shown
        assert is_hidden.sum() >= 2
        assert n[is_hidden].sum() >= min_n
    if (n[n > 0] >= max(min_n, 10)).all():
        assert not is_hidden.any()


@given(st.lists(st.integers(0, 120), min_size=1, max_size=12))
def test_parts_of_no_known_whole_protect_nobody(sizes):
    n = np.array(sizes)
    assert not hide_cells(n, n, 30, adds_up=False).is_extra.any()


def test_many_rows_of_few_customers_are_hidden():
    n = np.array([500, 400, 40])
    hidden = hide_cells(n, np.array([300, 9, 40]), 30)
    assert hidden.is_small.tolist() == [False, True, False]
    assert hidden.is_extra.tolist() == [False, False, True]
    words = explain_hidden(n, hidden, 30, "customer")
    assert words.tolist() == [
        None,
        "values of customer below 10",
        "hidden to protect a smaller group",
    ]
