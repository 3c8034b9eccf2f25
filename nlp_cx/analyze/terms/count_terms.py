"""Counts of terms now and before, one text for each person and template."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.clause_sample import ClauseSample
from nlp_cx.analyze.terms.clause_words import LANGUAGES, cut_words
from nlp_cx.analyze.terms.content_words import find_content_terms
from nlp_cx.analyze.terms.surface import Surfaces

Ints = npt.NDArray[np.int64]

_LONG = {"zh": 7, "en": 25}
"""Code points from which on two people hardly write the same clause: 外观漂亮有质感很大气."""


def count_terms(rows: pd.DataFrame, sample: ClauseSample, min_documents: int) -> pd.DataFrame:
    """Count the documents of every term, now and before; rare terms are left out.

    Parameters
    ----------
    rows : DataFrame, one row per clause of the sample
        ``clause, driver``.
    sample : ClauseSample
        Its strata are twice the language, plus 1 in the period that is looked at.
    min_documents : int
        Documents, now and before together, from which on a term is kept.

    Returns
    -------
    DataFrame, one row per term
        ``term``, ``words`` (tuple), ``language`` (code), ``driver``, ``n_now``, ``n_before``
        (documents), ``n_clauses`` (different ones, now).
    """
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
