"""Counts of Kano categories: which one leads, how surely, and better and worse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.proportions import normal_quantile, wilson_interval
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CATEGORIES = ("attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable")
"""A, O, M, I, R, Q."""

LETTERS = "AOMIRQ"
"""Short names of `CATEGORIES`."""

_RULE = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse")
_FONG_Z = 1.65


def summarize_kano(
    counts: pd.DataFrame,
    *,
    min_n: int = 20,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Summarize typed-in counts of Kano categories.

    Parameters
    ----------
    counts : DataFrame, one row per feature, index kept
        Columns ``A, O, M, I, R, Q``: answers by category. No ``R`` or ``Q`` is not none: write 0.
    min_n : int, default=20
        With fewer answers nothing but counts is given.
    n_bootstrap : int
    confidence : float
    random_state : int

    Returns
    -------
    DataFrame, one row per feature
        ``category``: the most frequent one, missing where Fong's test does not tell it from the
        second, ``runner_up``; ``category_by_rule``: of the two that are not told apart the one
        that weighs more by M > O > A > I; ``p_category``: share of bootstrap samples with the
        same most frequent category;
        ``category_strength``: its lead, share of answers; ``total_strength``: share of A, O and M;
        ``fong_difference``, ``fong_threshold``: answers; settled where the first is larger;
        ``better``, ``worse`` with ``_low`` and ``_high``: shares of A, O, M, I, 0 to 1 and -1
        to 0; ``share_reverse``, ``share_questionable``: of all answers;
        ``n_attractive`` … ``n_questionable``: answers (weighted); ``n``; ``interval``; ``reason``.

    Raises
    ------
    SchemaError
        If a column is missing or not of numbers.
    AnalysisError
        If a count is negative or missing.

    Notes
    -----
    better = (A + O) / (A + O + M + I), worse = -(O + M) / (A + O + M + I), with Wilson intervals.
    Reverse and questionable answers are in neither, but are counted: much R says that some
    customers want the opposite, much Q that the question was not understood.

    Fong's test: a and b, the two largest counts without Q, differ where
    |a - b| > 1.65 √((a + b) (2n - a - b) / (2n)). It takes a and b for independent, which shares
    of one sample are not: of two equally frequent categories with 70% of the answers together it
    calls one settled in 18% of samples, not 10%. Hence ``p_category``.

    References
    ----------
    Berger et al. (1993), Kano's methods for understanding customer-defined quality, Center for
    Quality of Management Journal 2(4), and Lee and Newcomb (1997) and Fong (1996), by way of the
    worked table of the R package stp25kano (its README), whose numbers this reproduces.

    Examples
    --------
    >>> counts = pd.DataFrame({"A": [20, 60], "O": [30, 25], "M": [40, 5], "I": [10, 10],
    ...     "R": 0, "Q": 0}, index=["lock", "lamp"])
    >>> found = summarize_kano(counts)
    >>> found[["better", "worse", "category"]].to_dict("index")
    {'lock': {'better': 0.5, 'worse': -0.7, 'category': None},
     'lamp': {'better': 0.85, 'worse': -0.3, 'category': 'attractive'}}
    >>> found.loc["lock", "reason"]
    'must_be (40) is not told from one_dimensional (30)'
    """
    missing = [letter for letter in LETTERS if letter not in counts.columns]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}: expected {', '.join(LETTERS)}, with 0 where nobody "
            "answered so"
        )
    table = np.column_stack([as_numbers(counts, letter) for letter in LETTERS])
    if not (table >= 0).all():
        raise AnalysisError(f"{int((~(table >= 0)).sum()):,} counts are negative or missing")
    n = table.sum(axis=1)
    result = summarize_answers(
        table,
        np.round(n).astype(np.int64),
        n,
        min_n=min_n,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=random_state,
    )
    result.index = counts.index
    return result


def summarize_answers(
    counts: Floats,
    n: Ints,
    sizes: Floats,
    *,
    min_n: int,
    n_bootstrap: int,
    confidence: float,
    random_state: int,
) -> pd.DataFrame:
    """Summarize counts that may be weighted.

    Parameters
    ----------
    counts : ndarray, shape (n_features, 6)
        In the order of `CATEGORIES`.
    n : ndarray of int64, shape (n_features,)
        Answers.
    sizes : ndarray, shape (n_features,)
        Equally weighted answers that tell as much.
    min_n, n_bootstrap, confidence, random_state
        As in `summarize_kano`.

    Returns
    -------
    DataFrame, one row per feature
        As of `summarize_kano`.
    """
    normal_quantile(confidence)
    total = counts.sum(axis=1)
    enough = n >= min_n
    share = np.where(total[:, None] > 0, counts / np.maximum(total, 1e-300)[:, None], np.nan)
    answers = share * sizes[:, None]  # effective answers: what intervals and tests rest on
    a, o, m, i = answers[:, :4].T
    four = a + o + m + i
    # Ties go by the rule, so that the first of equals is the one that weighs more.
    order = np.array([CATEGORIES.index(name) for name in _RULE])
    ranked = order[np.argsort(-answers[:, order], axis=1, kind="stable")]
    at = np.arange(len(counts))
    first, second = ranked[:, 0], ranked[:, 1]
    top, next_ = answers[at, first], answers[at, second]
    with np.errstate(invalid="ignore", divide="ignore"):
        both = top + next_
        threshold = _FONG_Z * np.sqrt(both * (2 * sizes - both) / (2 * sizes))
        better, worse = (a + o) / four, (o + m) / four
    settled = (top - next_ > threshold) & (answers[:, 5] < top)
    by_rule = np.array([min(pair, key=order.tolist().index) for pair in ranked[:, :2].tolist()])
    by_rule = np.where(settled, first, by_rule)
    columns: dict[str, object] = {
        "category": _name(first, settled & enough),
        "runner_up": _name(second, enough & (next_ > 0)),
        "category_by_rule": _name(by_rule, enough & (answers[:, 5] < top)),
        "p_category": _bootstrap_mode(share, sizes, first, (n_bootstrap, random_state)),
        "category_strength": share[at, first] - share[at, second],
        "total_strength": share[:, :3].sum(axis=1),
        "fong_difference": top - next_,
        "fong_threshold": threshold,
    }
    for name, value, sign in (("better", better, 1), ("worse", worse, -1)):
        low, high = wilson_interval(np.where(four > 0, value * four, np.nan), four, confidence)
        columns[name] = sign * value + 0.0
        columns[f"{name}_low"] = np.minimum(sign * low, sign * high) + 0.0
        columns[f"{name}_high"] = np.maximum(sign * low, sign * high) + 0.0
    columns["share_reverse"], columns["share_questionable"] = share[:, 4], share[:, 5]
    hidden = [k for k in columns if k not in ("category", "runner_up", "category_by_rule")]
    for name in hidden:
        columns[name] = np.where(enough, columns[name], np.nan)  # type: ignore[call-overload]
    for k, name in enumerate(CATEGORIES):
        columns[f"n_{name}"] = counts[:, k]
    columns["n"] = n
    columns["interval"] = "Wilson"
    columns["reason"] = pd.Series(
        [
            _explain(answers[k], (int(first[k]), int(second[k])), bool(settled[k]))
            if enough[k]
            else f"{n[k]:,} answers, expected at least {min_n:,}"
            for k in at
        ],
        dtype=object,
    )
    result = pd.DataFrame(columns)
    result.attrs = {"note": NOTE}
    return result


def _explain(answers: Floats, top: tuple[int, int], settled: bool) -> str | None:
    """Say why no category is named."""
    if settled:
        return None
    first, second = top
    if answers[5] >= answers[first]:
        return f"most answers contradict themselves ({answers[5]:.0f}): ask otherwise"
    return (
        f"{CATEGORIES[first]} ({answers[first]:.0f}) is not told from "
        f"{CATEGORIES[second]} ({answers[second]:.0f})"
    )


def _bootstrap_mode(share: Floats, sizes: Floats, first: Ints, draws: tuple[int, int]) -> Floats:
    """Give the share of samples in which the most frequent category is the same."""
    n_bootstrap, random_state = draws
    found = np.full(len(share), np.nan)
    for k in range(len(share)):
        n = round(float(sizes[k]))
        if n > 0:
            rng = np.random.default_rng(random_state)
            drawn = rng.multinomial(n, share[k] / share[k].sum(), size=n_bootstrap)[:, :5]
            top = drawn.max(axis=1)
            is_top = drawn == top[:, None]
            found[k] = (is_top[:, first[k]] / is_top.sum(axis=1)).mean()
    return found


def _name(codes: Ints, is_shown: npt.NDArray[np.bool_]) -> pd.Series:
    """Give categories by name, missing where they are not shown."""
    found = [
        CATEGORIES[code] if shown else None for code, shown in zip(codes, is_shown, strict=True)
    ]
    return pd.Series(found, dtype=object)
