"""Opinion terms: what customers say of what, in their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from nlp_cx.analyze.clause_sample import ClauseSample, Ints, require_columns, sample_clauses
from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.analyze.terms.chinese import find_chinese_mentions
from nlp_cx.analyze.terms.clause_words import (
    LANGUAGES,
    ClauseWords,
    NounTest,
    code_languages,
    count_texts,
    cut_words,
)
from nlp_cx.analyze.terms.english import find_english_mentions
from nlp_cx.analyze.terms.mention import Mention
from nlp_cx.analyze.terms.select import select_pairs
from nlp_cx.analyze.terms.surface import Surfaces
from nlp_cx.analyze.terms.word_book import load_word_book
from nlp_cx.errors import ConfigError
from nlp_cx.schema import POLARITIES

COLUMNS = ("doc_id", "clause", "start", "lang", "driver", "driver_polarity", "p_driver")
"""What is read of the evidence."""


def find_terms(
    evidence: pd.DataFrame,
    *,
    scored: pd.DataFrame | None = None,
    top_n: int = 30,
    min_documents: int = 3,
    n_examples: int = 3,
    max_clauses: int = 60_000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Find aspects with the opinions on them, driver by driver.

    Parameters
    ----------
    evidence : DataFrame, one row per clause and driver
        ``schema.EVIDENCE``. Not changed; its order does not matter.
    scored : DataFrame, one row per document, optional
        ``doc_id`` and ``lang``: the texts that shares are of. In chats with ``speaker``, so that
        only customers' clauses count. Without it shares are of the documents that have a clause.
    top_n : int, default=30
        Pairs at most for each language, driver and polarity.
    min_documents : int, default=3
        Documents of the sample that a pair must stand in.
    n_examples : int, default=3
    max_clauses : int, default=60,000
        More clauses than this are sampled by document.
    confidence : float, default=0.95
    random_state : int, default=0
        Of the sample.

    Returns
    -------
    DataFrame, one row per pair, language, driver and polarity
        ``driver``; ``aspect`` (missing: not named, as in 太贵了); ``opinion`` (with its negation,
        without words of degree); ``polarity`` (of the clauses); ``lang`` (zh, en); ``n``
        (documents; an estimate where clauses were sampled, exact otherwise); ``n_sampled``
        (documents that were seen); ``share`` of the ``of`` texts of that language, ``share_low``,
        ``share_high``; ``log_odds`` (of the pair in this polarity against the others of the
        language) and its ``z``;
        ``examples`` (ids of documents) and ``example_clauses`` (what they say, in the same order).
        Most frequent first. ``attrs["sample"]``: ``n`` clauses read ``of`` all.

    Raises
    ------
    SchemaError
        If a table lacks a column.
    ConfigError
        If a number is below 1.

    Notes
    -----
    Words are cut by jieba's dictionary; an aspect and an opinion are paired by the order of words
    (`find_chinese_mentions`, `find_english_mentions`), not by nearness alone. Traditional and
    simplified writing, upper and lower case, singular and plural are one term, shown in the most
    frequent writing.

    Where a clause speaks of several drivers a pair goes to the one that its aspect mostly goes
    with. A pair is shown for a polarity only where it is more frequent than in the others: log-odds
    with an informative Dirichlet prior, z above 1, or at least 0 where four of five of its
    documents are of that polarity (among complaints nothing stands out as a complaint). Pairs with
    less than a quarter of their documents in a driver are not shown there, as these are mostly
    errors of the classifier.

    Only what is said in words of the lists and in an order that the rules know is found: counts are
    lower bounds. No synonyms are joined (贵, 价格高).

    References
    ----------
    Monroe, Colaresi and Quinn (2008), Fightin' words, Political Analysis 16, 372-403.

    Examples
    --------
    >>> clauses = ["服务员态度很差", "服務員態度差", "服务员的态度太差了", "房间很干净"]
    >>> evidence = pd.DataFrame({"doc_id": range(4), "clause": clauses, "start": 0,
    ...     "lang": ["zh-Hans", "zh-Hant", "zh-Hans", "zh-Hans"],
    ...     "driver": ["service"] * 3 + ["product"],
    ...     "driver_polarity": ["negative"] * 3 + ["positive"], "p_driver": 0.9})
    >>> terms = find_terms(evidence)
    >>> terms[["driver", "aspect", "opinion", "polarity", "n", "share"]].values.tolist()
    [['service', '服务员', '态度差', 'negative', 3, 0.75]]
    """
    require_columns(evidence, COLUMNS, "the evidence")
    for name, number in {
        "top_n": top_n, "min_documents": min_documents, "max_clauses": max_clauses,
    }.items():  # fmt: skip
        if number < 1:
            raise ConfigError(f"{name} is {number}, expected 1 or more")
    is_read, of = count_texts(evidence, scored)
    drivers = pd.Categorical(evidence["driver"])
    polarities = pd.Categorical(evidence["driver_polarity"], POLARITIES)
    language = code_languages(evidence["lang"])
    cell = (language * len(drivers.categories) + drivers.codes) * len(POLARITIES) + polarities.codes
    is_read &= (language >= 0) & (drivers.codes >= 0) & (polarities.codes >= 0)
    sample = sample_clauses(
        evidence,
        np.where(is_read, cell, -1),
        max_clauses=max_clauses,
        random_state=random_state,
    )
    rows = evidence.iloc[sample.rows]
    surfaces, mentions = _read_clauses(rows["clause"].tolist(), language[sample.rows])
    pairs = _tabulate(mentions, sample, rows, surfaces)
    pairs["language"] = language[sample.rows[pairs["row"].to_numpy()]]
    pairs["driver"] = drivers.codes[sample.rows[pairs["row"].to_numpy()]]
    pairs["polarity"] = polarities.codes[sample.rows[pairs["row"].to_numpy()]]
    pairs["weight"] = (sample.n_documents / np.maximum(sample.n_sampled_documents, 1))[
        sample.stratum[pairs["row"].to_numpy()]
    ]
    chosen = select_pairs(pairs, top_n=top_n, min_documents=min_documents)
    return _finish(
        chosen,
        rows,
        sample,
        surfaces,
        names=list(map(str, drivers.categories)),
        of=of,
        n_examples=n_examples,
        confidence=confidence,
    )


def _read_clauses(clauses: Sequence[str], language: Ints) -> tuple[Surfaces, list[list[Mention]]]:
    """Find the mentions of every clause; equal clauses are read once."""
    first: dict[tuple[str, int], int] = {}
    place = [
        first.setdefault((clause, k), len(first))
        for clause, k in zip(clauses, language.tolist(), strict=True)
    ]
    count = np.bincount(place, minlength=len(first)).tolist()
    cut: list[ClauseWords] = [cut_words(clause) for clause, _ in first]
    surfaces = Surfaces()
    for words, n in zip(cut, count, strict=True):
        surfaces.add(words, n)
    english = [
        (words.texts, n) for words, (_, k), n in zip(cut, first, count, strict=True) if k == 1
    ]
    is_noun = NounTest(english)
    found = [
        list(
            find_chinese_mentions(*words) if k == 0 else find_english_mentions(words.texts, is_noun)
        )
        for words, (_, k) in zip(cut, first, strict=True)
    ]
    return surfaces, [found[p] for p in place]


def _tabulate(
    mentions: list[list[Mention]], sample: ClauseSample, rows: pd.DataFrame, surfaces: Surfaces
) -> pd.DataFrame:
    """Make a row of every mention: where it stands, and the keys of its aspect and opinion."""
    compounds = _find_compounds(mentions)
    records = [
        (
            r,
            surfaces.key(
                f"{m.modifier} {m.aspect}" if (m.modifier, m.aspect) in compounds else m.aspect
            ),
            m.opinion,
        )
        for r, found in enumerate(mentions)
        for m in found
    ]
    row = np.array([record[0] for record in records], np.int64)
    table = pd.DataFrame(
        {
            "row": row,
            "aspect": [record[1] for record in records],
            "opinion": [record[2] for record in records],
            "document": sample.documents[row],
            "start": rows["start"].to_numpy()[row],
            "p_driver": rows["p_driver"].to_numpy(np.float64)[row],
        }
    )
    return table.astype({"aspect": object, "opinion": object})


def _find_compounds(mentions: list[list[Mention]]) -> set[tuple[str, str]]:
    """Find pairs of English nouns that mostly stand together: front desk."""
    found = [m for clause in mentions for m in clause if m.aspect]
    heads = Counter(m.aspect for m in found)
    pairs = Counter((m.modifier, m.aspect) for m in found if m.modifier)
    fixed = {tuple(pair.split("+")) for pair in load_word_book("en")["fixed"]}
    return {
        pair
        for pair, n in pairs.items()
        if pair in fixed or (n >= 3 and n >= 0.15 * heads[pair[1]])
    }


def _finish(
    chosen: pd.DataFrame,
    rows: pd.DataFrame,
    sample: ClauseSample,
    surfaces: Surfaces,
    *,
    names: list[str],
    of: Ints,
    n_examples: int,
    confidence: float,
) -> pd.DataFrame:
    """Give the chosen pairs their counts in all documents, their writing and their examples."""
    language, driver, polarity = (
        chosen[name].to_numpy(np.int64) for name in ("language", "driver", "polarity")
    )
    cell = (language * len(names) + driver) * len(POLARITIES) + polarity
    k = chosen["n"].to_numpy(np.int64)
    seen, there = sample.n_sampled_documents[cell], sample.n_documents[cell]
    # `of` comes from the texts; a document may also hold clauses of another language.
    texts = np.maximum(of[language], there) if len(chosen) else of[language]
    is_whole = seen == there
    low, high = wilson_interval(k, np.where(is_whole, texts, np.maximum(seen, 1)), confidence)
    scale = np.where(is_whole, 1.0, there / np.maximum(texts, 1))
    n = np.rint(k * there / np.maximum(seen, 1)).astype(np.int64)
    ids, clauses = rows["doc_id"].to_numpy(), rows["clause"].to_numpy()
    examples = [pick.tolist()[:n_examples] for pick in chosen["rows"]]
    table = pd.DataFrame(
        {
            "driver": pd.Categorical.from_codes(driver, pd.Index(names)),
            "aspect": pd.array([surfaces.write(a) or None for a in chosen["aspect"]], "string"),
            "opinion": pd.array([surfaces.join(o) for o in chosen["opinion"]], "string"),
            "polarity": pd.Categorical.from_codes(polarity, pd.Index(POLARITIES)),
            "lang": pd.Categorical.from_codes(language, pd.Index(LANGUAGES)),
            "n": n,
            "n_sampled": k,
            "of": texts,
            "share": k / np.maximum(seen, 1) * there / np.maximum(texts, 1),
            "share_low": low * scale,
            "share_high": high * scale,
            "log_odds": chosen["log_odds"].to_numpy(np.float64),
            "z": chosen["z"].to_numpy(np.float64),
            "examples": [ids[pick].tolist() for pick in examples],
            "example_clauses": [clauses[pick].tolist() for pick in examples],
        }
    )
    table.attrs["sample"] = sample.describe()
    return table
