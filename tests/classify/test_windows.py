"""Windows hold every token once, whole clauses where they fit, and groups one length each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.classify.windows import find_windows, group_windows

documents = st.lists(st.lists(st.integers(0, 25), max_size=6), max_size=6)


def cut(lengths, n_most):
    """Give offsets of clauses, first clauses of documents, and the windows."""
    offsets = np.concatenate([[0], np.cumsum([n for document in lengths for n in document])])
    first = np.concatenate([[0], np.cumsum([len(document) for document in lengths])])
    offsets, first = offsets.astype(np.int64), first.astype(np.int64)
    return offsets, first, find_windows(offsets, first, n_most)


@given(documents, st.integers(1, 12))
def test_every_token_stands_in_one_window(lengths, n_most):
    offsets, _, windows = cut(lengths, n_most)
    inside = [np.arange(a, b) for a, b in zip(windows.first, windows.last, strict=True)]
    assert np.array_equal(np.concatenate([[], *inside]), np.arange(offsets[-1]))
    assert (windows.last - windows.first <= n_most).all()
    assert (windows.last > windows.first).all()


@given(documents, st.integers(1, 12))
def test_a_window_is_of_one_document_and_breaks_no_clause_that_fits(lengths, n_most):
    offsets, first, windows = cut(lengths, n_most)
    document_of = np.repeat(np.arange(len(first) - 1), np.diff(offsets[first]))
    for a, b, clause in zip(*windows[:3], strict=True):
        assert document_of[a] == document_of[b - 1]
        assert offsets[clause] <= a < offsets[-1]
        for border in (a, b):
            if border not in offsets:
                own = np.searchsorted(offsets, border) - 1
                assert offsets[own + 1] - offsets[own] > n_most
                assert offsets[own] <= a < b <= offsets[own + 1]


@given(documents, st.integers(1, 12))
def test_windows_are_as_few_as_whole_clauses_in_order_allow(lengths, n_most):
    _, _, windows = cut(lengths, n_most)
    expected = 0
    for document in lengths:
        room = 0
        for n in document:
            if n > n_most:
                expected += -(-n // n_most)
                room = 0
            elif n > room:
                expected += 1
                room = n_most - n
            else:
                room -= n
    assert len(windows.first) <= expected + sum(0 in document for document in lengths)
    assert len(windows.first) >= expected - sum(0 in document for document in lengths)


def test_the_pieces_of_a_long_clause_are_of_about_one_length():
    _, _, windows = cut([[2, 30, 3]], 12)
    assert (windows.last - windows.first).tolist() == [2, 10, 10, 10, 3]
    assert windows.clause.tolist() == [0, 1, 1, 1, 2]


@given(documents, st.integers(1, 40))
def test_groups_hold_every_window_once_and_one_length_each(lengths, n_tokens):
    _, _, windows = cut(lengths, 12)
    groups = group_windows(windows, n_tokens)
    assert sorted(w for group in groups for w in group) == list(range(len(windows.first)))
    for group in groups:
        sizes = set((windows.last - windows.first)[group].tolist())
        assert len(sizes) == 1
        assert len(group) == 1 or len(group) * (sizes.pop() + 1) <= n_tokens
