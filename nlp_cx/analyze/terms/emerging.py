"""Emerging terms: words that the last period holds more often than the earlier ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.clause_sample import (
    ClauseSample,
    look_up,
    require_columns,
    sample_clauses,
)
from nlp_cx.analyze.periods import Every, read_periods
from nlp_cx.analyze.proportions import adjust_p_values
from nlp_cx.analyze.terms.clause_words import LANGUAGES, code_languages, cut_words, is_customers
from nlp_cx.analyze.terms.content_words import find_content_terms
from nlp_cx.analyze.terms.surface import Surfaces
from nlp_cx.errors import AnalysisError, ConfigError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_LEAST_CLAUSES = 3
"""Different clauses that must hold an emerging term: one text sent many times is no trend."""
_LONG = {"zh": 7, "en": 25}
"""Code points from which on two people hardly write the same clause: 外观漂亮有质感很大气."""


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
    counted = _count_terms(evidence.iloc[sample.rows], sample, min_documents)
    table = _test(counted, of, confidence)
    table["is_emerging"] = (
        (table["q_value"] <= max_q)
        & ~(table["ratio"] < min_ratio)
        & (counted["n_clauses"].to_numpy() >= _LEAST_CLAUSES)
    )
    table = table.sort_values(
        ["is_emerging", "p_value", "n_now", "term"], ascending=[False, True, False, True]
    )
    n_tested = len(table)
    table = _drop_parts(table.head(4 * top_n)).head(top_n).reset_index(drop=True)
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


def _count_terms(rows: pd.DataFrame, sample: ClauseSample, min_documents: int) -> pd.DataFrame:
    """Count the documents of every term, now and before; rare terms are left out."""
    surfaces = Surfaces()
    language = sample.stratum // 2
    terms: dict[tuple[int, tuple[str, ...]], int] = {}
    found_in: dict[str, list[int]] = {}
    clause_of, term_of, text_of = [], [], []
    texts: dict[str, int] = {}
    for r, (clause, k) in enumerate(zip(rows["clause"].tolist(), language.tolist(), strict=True)):
        text = texts.setdefault(clause, len(texts))
        codes = found_in.get(clause)
        if codes is None:
            words = cut_words(clause)
            surfaces.add(words, 1)
            found = sorted(set(find_content_terms(words, LANGUAGES[k])))
            codes = [terms.setdefault((k, term), len(terms)) for term in found]
            found_in[clause] = codes
        clause_of += [r] * len(codes)
        text_of += [text] * len(codes)
        term_of += codes
    table = pd.DataFrame({"row": clause_of, "term": term_of, "text": text_of}, dtype=np.int64)
    table["document"] = sample.documents[table["row"]]
    table["is_now"] = sample.stratum[table["row"]] % 2 == 1
    one = _drop_repeats(table, list(texts), language).drop_duplicates(["term", "document"])
    n = np.bincount(one["term"], minlength=len(terms))
    n_now = np.bincount(one["term"][one["is_now"]], minlength=len(terms))
    different = table[table["is_now"]].drop_duplicates(["term", "text"])["term"]
    n_clauses = np.bincount(different, minlength=len(terms))
    kept = np.flatnonzero(n >= min_documents)
    names = list(terms)
    return pd.DataFrame(
        {
            "term": pd.array([surfaces.join(names[t][1]) for t in kept], "string"),
            "words": [names[t][1] for t in kept],
            "language": np.array([names[t][0] for t in kept], np.int64),
            "driver": _main_drivers(table, rows, kept),
            "n_now": n_now[kept],
            "n_before": (n - n_now)[kept],
            "n_clauses": n_clauses[kept],
        }
    )


def _drop_repeats(table: pd.DataFrame, texts: list[str], language: Ints) -> pd.DataFrame:
    """Leave one text of those that say the same long clause, now and before each for itself."""
    least = np.array([_LONG[name] for name in LANGUAGES])[language[table["row"]]]
    length = np.array([len(text) for text in texts], np.int64)[table["text"]]
    is_long = length >= least
    first = ~table.duplicated(["term", "text", "is_now"])
    return table[~is_long | first]


def _main_drivers(table: pd.DataFrame, rows: pd.DataFrame, kept: Ints) -> pd.Categorical:
    """Give the driver that most documents with each term speak of; the first of equal ones."""
    drivers = pd.Categorical(rows["driver"])
    n = max(len(drivers.categories), 1)
    code = np.asarray(drivers.codes, np.int64)[table["row"]]
    spoken = table.assign(driver=code)[code >= 0].drop_duplicates(["term", "document", "driver"])
    n_terms = int(table["term"].max()) + 1 if len(table) else 0
    counts = np.bincount(spoken["term"] * n + spoken["driver"], minlength=n_terms * n)
    counts = counts.reshape(n_terms, n)[kept]
    first = np.where(counts.max(axis=1, initial=0) > 0, counts.argmax(axis=1), -1)
    return pd.Categorical.from_codes(first, drivers.categories)


def _test(counted: pd.DataFrame, of: Ints, confidence: float) -> pd.DataFrame:
    """Compare the shares of every term."""
    from scipy.stats import beta, hypergeom

    language = counted["language"].to_numpy(np.int64)
    k1, k0 = counted["n_now"].to_numpy(np.int64), counted["n_before"].to_numpy(np.int64)
    # Texts of a language hold at least as many documents as have clauses in it.
    of_now, of_before = np.maximum(of[2 * language + 1], k1), np.maximum(of[2 * language], k0)
    p = np.minimum(hypergeom.sf(k1 - 1, of_now + of_before, k1 + k0, of_now), 1.0)
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(k1 > 0, beta.ppf(tail, k1, k0 + 1), 0.0)
        high = np.where(k0 > 0, beta.ppf(1 - tail, k1 + 1, k0), np.nan)
        share_now, share_before = k1 / of_now, k0 / of_before
        scale = of_before / of_now
        ratio = np.where(k0 > 0, share_now / share_before, np.nan)
        ratio_low, ratio_high = low / (1 - low) * scale, high / (1 - high) * scale
    return pd.DataFrame(
        {
            "term": counted["term"],
            "lang": pd.Categorical.from_codes(language, pd.Index(LANGUAGES)),
            "driver": counted["driver"],
            "n_now": k1,
            "of_now": of_now,
            "n_before": k0,
            "of_before": of_before,
            "share_now": share_now,
            "share_before": share_before,
            "ratio": ratio,
            "ratio_low": ratio_low,
            "ratio_high": ratio_high,
            "p_value": p,
            "q_value": adjust_p_values(p),
            "words": counted["words"],
        }
    )


def _drop_parts(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out words whose texts are nearly those of a pair with them that emerges too."""
    is_pair = table["is_emerging"] & (table["words"].map(len) > 1)
    most: Counter[tuple[str, str]] = Counter()
    for lang, words, n in zip(
        table["lang"][is_pair], table["words"][is_pair], table["n_now"][is_pair], strict=True
    ):
        for word in words:
            most[lang, word] = max(most[lang, word], n)
    is_part = [
        len(words) == 1 and most[lang, words[0]] >= 0.8 * n
        for lang, words, n in zip(table["lang"], table["words"], table["n_now"], strict=True)
    ]
    return table[~np.array(is_part, np.bool_)].drop(columns="words")
