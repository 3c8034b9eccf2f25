"""Emerging terms: words that the last period holds more often than the earlier ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.clause_sample import look_up, require_columns, sample_clauses
from nlp_cx.analyze.periods import Every, read_periods
from nlp_cx.analyze.terms.clause_words import LANGUAGES, code_languages, is_customers
from nlp_cx.analyze.terms.compare_shares import compare_shares, drop_parts
from nlp_cx.analyze.terms.count_terms import count_terms
from nlp_cx.errors import AnalysisError, ConfigError

Ints = npt.NDArray[np.int64]

_LEAST_CLAUSES = 3
"""Different clauses that must hold an emerging term: one text sent many times is no trend."""


def emerging_terms(
    evidence: pd.DataFrame,
    scored: pd.DataFrame,
    *,
    time: str = "created_at",
    every: Every = "month",
    time_zone: str | None = None,
    period: str | None = None,
    top_n: int = 50,
    min_documents: int = 5,
    min_ratio: float = 1.5,
    max_q: float = 0.05,
    max_clauses: int = 60_000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Find terms that a period holds in a greater share of its texts than the periods before.

    Parameters
    ----------
    evidence : DataFrame, one row per clause and driver
        ``schema.EVIDENCE``. Not changed; its order does not matter.
    scored : DataFrame, one row per document
        ``doc_id``, ``lang``, `time` and, for chats, ``speaker``: only customers' texts count.
        Texts without a time or a language are left out.
    time : str
        Column of times.
    every : {"day", "week", "month", "quarter", "year"}
    time_zone : str, optional
        As in `read_periods`.
    period : str, optional
        The period that is looked at, e.g. ``"2024-05"``; the last with a text when not given, whole
        or not. Later periods are left out.
    top_n : int, default=50
        Rows at most, over both languages.
    min_documents : int, default=5
        Documents, now and before together, from which on a term is tested.
    min_ratio : float, default=1.5
        A smaller growth is not called emerging, however sure.
    max_q : float, default=0.05
        False discovery rate.
    max_clauses : int, default=60,000
        More clauses than this are sampled by document.
    confidence : float, default=0.95
        Of the interval of one ratio.
    random_state : int, default=0
        Of the sample.

    Returns
    -------
    DataFrame, one row per term: those that emerge first, then by p-value
        ``term`` (a word, or two neighbouring ones), ``lang`` (zh, en), ``driver`` (the one that its
        clauses mostly speak of; missing: none); ``n_now`` of ``of_now`` texts in the period hold
        it, ``n_before`` of ``of_before`` earlier ones (texts of the sample where there is one);
        ``share_now``, ``share_before``; ``ratio`` of the shares with ``ratio_low``, ``ratio_high``
        (``ratio`` and ``ratio_high`` missing: not there before); ``p_value``, ``q_value``;
        ``is_emerging``. ``attrs``: ``period``, ``is_partial``, ``n_tested``, and ``sample`` (``n``
        clauses read ``of`` all).

    Raises
    ------
    SchemaError
        If a table lacks a column.
    AnalysisError
        If no text has a time, there is no earlier period, or `period` has no text.
    ConfigError
        If an option is out of range.

    Notes
    -----
    Fisher's exact test, one-sided, of the share of texts; so more texts alone make nothing emerge.
    Benjamini-Hochberg over all tested terms of both languages, shown or not. The interval is the
    exact one of Clopper and Pearson for the part of a term's documents that lie in the period.
    A long clause (7 characters of Chinese, 25 of English) that many texts of the period, or of
    those before, repeat word for word counts as one text: it is a template, or one person. A term
    that stands in fewer than three different clauses is not called emerging. Of a word and a pair
    with it that stand in nearly the same texts only the pair is called emerging. The test takes
    texts as independent: seasons, campaigns and a changed mix of sources emerge too, and are for
    the reader to tell apart.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> clauses = ["包装破了"] * 40 + ["味道不错"] * 200
    >>> clauses = [f"{clause}{i % 9}" for i, clause in enumerate(clauses)]
    >>> days = ["2024-05-03"] * 40 + ["2024-05-04"] * 60 + ["2024-04-04"] * 140
    >>> scored = pd.DataFrame({"doc_id": range(240), "lang": "zh-Hans", "created_at": days})
    >>> evidence = pd.DataFrame({"doc_id": range(240), "clause": clauses, "start": 0,
    ...     "lang": "zh-Hans", "driver": ["convenience"] * 40 + ["product"] * 200})
    >>> terms = emerging_terms(evidence, scored)
    >>> terms.loc[terms["is_emerging"], ["term", "driver", "n_now", "of_now", "n_before"]].values
    array([['包装破', 'convenience', 40, 100, 0]], dtype=object)
    """
    for name, number, least in (
        ("top_n", top_n, 1), ("min_documents", min_documents, 1), ("min_ratio", min_ratio, 1),
        ("max_clauses", max_clauses, 1),
    ):  # fmt: skip
        if number < least:
            raise ConfigError(f"{name} is {number}, expected {least} or more")
    if not 0 < max_q < 1:
        raise ConfigError(f"max_q is {max_q}, expected a number between 0 and 1")
    require_columns(evidence, ("doc_id", "clause", "start", "lang", "driver"), "the evidence")
    require_columns(scored, ("doc_id", "lang", time), "the scored table")
    scored = scored[is_customers(scored)]
    periods = read_periods(scored, time, every=every, time_zone=time_zone)
    now = _find_period(periods.codes, periods.labels, period)
    language = code_languages(scored["lang"])
    stratum = np.where(periods.codes == now, 1, 0) + 2 * language
    stratum[(language < 0) | (periods.codes < 0) | (periods.codes > now)] = -1
    n_texts = np.bincount(stratum[stratum >= 0], minlength=2 * len(LANGUAGES))
    if n_texts[::2].sum() == 0:
        raise AnalysisError(
            f"no text is earlier than {periods.labels[now]}, so that nothing can be told to emerge."
            " Give a longer history, or shorter periods."
        )
    place = look_up(evidence["doc_id"], scored["doc_id"])
    of_clause = np.where(place >= 0, stratum[place], -1)
    is_same = code_languages(evidence["lang"]) == of_clause // 2
    sample = sample_clauses(
        evidence,
        np.where(is_same, of_clause, -1),
        max_clauses=max_clauses,
        random_state=random_state,
    )
    n_read, n_there = (
        np.pad(counts, (0, n_texts.size - counts.size))
        for counts in (sample.n_sampled_documents, sample.n_documents)
    )
    of = np.rint(n_texts * np.where(n_there > 0, n_read / np.maximum(n_there, 1), 1)).astype(
        np.int64
    )
    counted = count_terms(evidence.iloc[sample.rows], sample, min_documents)
    table = compare_shares(counted, of, confidence)
    table["is_emerging"] = (
        (table["q_value"] <= max_q)
        & ~(table["ratio"] < min_ratio)
        & (counted["n_clauses"].to_numpy() >= _LEAST_CLAUSES)
    )
    table = table.sort_values(
        ["is_emerging", "p_value", "n_now", "term"], ascending=[False, True, False, True]
    )
    n_tested = len(table)
    table = drop_parts(table.head(4 * top_n)).head(top_n).reset_index(drop=True)
    table.attrs = {
        "period": periods.labels[now],
        "is_partial": bool(periods.is_partial[now]),
        "n_tested": n_tested,
        "sample": sample.describe(),
    }
    return table


def _find_period(codes: Ints, labels: tuple[str, ...], period: str | None) -> int:
    """Give the position of the period that is looked at."""
    if period is None:
        return int(codes.max())
    if period not in labels or not (codes == labels.index(period)).any():
        raise AnalysisError(
            f"no text is of period {period!r}, expected one from {labels[0]} to {labels[-1]}"
        )
    return labels.index(period)
