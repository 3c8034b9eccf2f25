"""Typical sentences: for each driver and polarity the clauses that tell most."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.clause_sample import look_up, require_columns, sample_clauses
from nlp_cx.analyze.exemplar_choice import choose_clauses, sum_languages
from nlp_cx.analyze.sentence_window import Window, cut_window
from nlp_cx.analyze.terms.clause_words import LANGUAGES, code_languages, is_customers
from nlp_cx.errors import ConfigError, SchemaError
from nlp_cx.schema import POLARITIES

Ints = npt.NDArray[np.int64]
_COLUMNS = (
    *("doc_id", "clause", "start", "end", "lang"),
    *("driver", "driver_polarity", "driver_score", "p_driver"),
)
_LONGEST = 200


def find_exemplars(
    evidence: pd.DataFrame,
    scored: pd.DataFrame,
    *,
    text: str = "text",
    time: str = "created_at",
    segment: str | None = None,
    rating: str | None = None,
    n_each: int = 10,
    max_chars: int = 240,
    max_clauses: int = 60_000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Choose typical clauses of every driver and polarity, in their sentence.

    Parameters
    ----------
    evidence : DataFrame, one row per clause and driver
        ``schema.EVIDENCE``. Not changed; its order does not matter.
    scored : DataFrame, one row per document
        ``doc_id`` and `text`: the texts that were scored, masked if they were masked. In chats with
        ``speaker``: only customers' clauses are shown.
    text : str
    time : str
        Column of times, shown where it is there.
    segment, rating : str, optional
        Columns that are shown; segments also take turns.
    n_each : int, default=10
        Clauses at most for each driver and polarity.
    max_chars : int, default=240
        Code points of the sentence that is shown.
    max_clauses : int, default=60,000
        More clauses than this are sampled by document.
    random_state : int, default=0
        Of the sample.

    Returns
    -------
    DataFrame, one row per clause, most typical first within driver and polarity
        ``driver, polarity``; ``rank`` from 1; ``typicality`` (0 to 1, of the most typical clause of
        that driver, polarity and language); ``doc_id``; ``text`` (the sentence, at most `max_chars`
        long unless the clause is), ``start, end`` (the clause within it: ``text[start:end] ==
        clause``), ``text_start`` (where it begins in the document), ``clause``; ``lang``;
        ``created_at, segment, rating`` (missing: no such column, or no value); ``of`` (documents
        with such a clause). ``attrs["sample"]``: ``n`` clauses read ``of`` all.

    Raises
    ------
    SchemaError
        If a table lacks a column, ids repeat, or a clause does not stand in the text where the
        evidence says.
    ConfigError
        If an option is below its least value.

    Notes
    -----
    Clauses are vectors of hashed n-grams (`vectorize_clauses`). Typicality is the cosine with the
    centre of the clauses of the same driver, polarity and language, less the centre of all clauses
    of that language, so that what is common everywhere counts little; times the certainty of the
    model (p_driver, times abs(driver_score) for praise and criticism); times a bell of the
    logarithm of length (letters and digits) around 14 in Chinese, 60 in English. Addresses
    (@somebody, links), #tags# and [signs] count for nothing. From the 80 most typical
    clauses of different documents those are taken one by one that are typical and unlike the ones
    before (maximal marginal relevance, 0.6), other segments first; never one that shares most of
    its n-grams with one before (cosine 0.55), nor one less than a tenth as typical as the first.
    Languages share the places by their documents. Clauses longer than 200 code points are not
    shown.

    Typical is not average, and not proof: the number of clauses says how many think so.

    References
    ----------
    Carbonell and Goldstein (1998), The use of MMR, diversity-based reranking, SIGIR.

    Examples
    --------
    >>> texts = ["东西不错。但是客服态度很差！😡", "客服态度差，再也不来", "客服态度好"]
    >>> evidence = pd.DataFrame({"doc_id": [0, 1, 2], "start": [5, 0, 0], "end": [14, 5, 5],
    ...     "clause": ["但是客服态度很差！😡"[:9], "客服态度差", "客服态度好"], "lang": "zh-Hans",
    ...     "driver": "service", "driver_polarity": ["negative", "negative", "positive"],
    ...     "driver_score": [-0.9, -0.9, 0.9], "p_driver": 0.9})
    >>> shown = find_exemplars(evidence, pd.DataFrame({"doc_id": [0, 1, 2], "text": texts}))
    >>> for row in shown.itertuples():
    ...     print(row.polarity, row.rank, row.text[:row.start] + "[" + row.clause + "]")
    negative 1 [但是客服态度很差！]
    negative 2 [客服态度差]
    positive 1 [客服态度好]
    """
    for name, number in {
        "n_each": n_each,
        "max_chars": max_chars,
        "max_clauses": max_clauses,
    }.items():
        if number < 1:
            raise ConfigError(f"{name} is {number}, expected 1 or more")
    require_columns(evidence, _COLUMNS, "the evidence")
    named = tuple(name for name in (segment, rating) if name is not None)
    require_columns(scored, ("doc_id", text, *named), "the scored table")
    drivers = pd.Categorical(evidence["driver"])
    polarities = pd.Categorical(evidence["driver_polarity"], POLARITIES)
    language = code_languages(evidence["lang"])
    language = np.where(language < 0, len(LANGUAGES), language)
    place = look_up(evidence["doc_id"], scored["doc_id"])
    if (place < 0).any():
        i = int(np.flatnonzero(place < 0)[0])
        raise SchemaError(
            f"{int((place < 0).sum()):,} of {len(place):,} clauses are of documents that the "
            f"scored table does not hold, e.g. {evidence['doc_id'].iloc[i]!r}. Give both tables of "
            "one run."
        )
    length = evidence["end"].to_numpy(np.int64) - evidence["start"].to_numpy(np.int64)
    is_read = is_customers(evidence) & is_customers(scored)[place] & (length <= _LONGEST)
    is_read &= (drivers.codes >= 0) & (polarities.codes >= 0)
    n_languages = len(LANGUAGES) + 1
    cell = np.asarray(drivers.codes, np.int64) * len(POLARITIES) + polarities.codes
    cell = np.where(is_read, cell * n_languages + language, -1)
    sample = sample_clauses(evidence, cell, max_clauses=max_clauses, random_state=random_state)
    rows = evidence.iloc[sample.rows]
    segments = None
    if segment is not None:
        segments = pd.factorize(scored[segment], sort=False)[0][place[sample.rows]]
    picks = choose_clauses(rows, sample, n_each, n_languages, segments)
    table = _lay_out(rows, scored, place[sample.rows], picks, text=text, max_chars=max_chars)
    where = place[sample.rows[picks["row"].to_numpy(np.int64)]]
    for name, column in (("created_at", time), ("segment", segment), ("rating", rating)):
        known = column is not None and column in scored
        table[name] = scored[column].iloc[where].array if known else pd.array([None] * len(table))
    group, n = picks["group"].to_numpy(np.int64), len(POLARITIES)
    labels = {"driver": pd.Index(drivers.categories), "polarity": pd.Index(POLARITIES)}
    codes = {"driver": group // n, "polarity": group % n}
    cells = {name: pd.Categorical.from_codes(codes[name], labels[name]) for name in labels}
    table = pd.concat([pd.DataFrame(cells), table], axis=1)
    table["of"] = sum_languages(sample.n_documents, n_languages)[group]
    table.attrs["sample"] = sample.describe()
    return table


def _lay_out(
    rows: pd.DataFrame,
    scored: pd.DataFrame,
    place: Ints,
    picks: pd.DataFrame,
    *,
    text: str,
    max_chars: int,
) -> pd.DataFrame:
    """Give the chosen clauses their sentences."""
    chosen = rows.iloc[picks["row"].to_numpy(np.int64)]
    texts = scored[text].iloc[place[picks["row"].to_numpy(np.int64)]].tolist()
    starts, ends = chosen["start"].tolist(), chosen["end"].tolist()
    clauses = chosen["clause"].tolist()
    wrong = [
        i
        for i, (t, s, e, c) in enumerate(zip(texts, starts, ends, clauses, strict=True))
        if not isinstance(t, str) or t[s:e] != c
    ]
    if wrong:
        raise SchemaError(
            f"{len(wrong):,} of {len(texts):,} clauses do not stand in {text!r} where the evidence "
            f"says, e.g. those of document {chosen['doc_id'].iloc[wrong[0]]!r}. Give the texts "
            "that were scored, masked if they were masked."
        )
    windows: list[Window] = [
        cut_window(t, s, e, max_chars=max_chars)
        for t, s, e in zip(texts, starts, ends, strict=True)
    ]
    return pd.DataFrame(
        {
            "rank": picks["rank"].to_numpy(np.int32),
            "typicality": picks["typicality"].to_numpy(np.float64),
            "doc_id": chosen["doc_id"].array,
            "text": pd.array([window.text for window in windows], "string"),
            "start": np.array([window.start for window in windows], np.int32),
            "end": np.array([window.end for window in windows], np.int32),
            "text_start": np.array([window.offset for window in windows], np.int32),
            "clause": pd.array(clauses, "string"),
            "lang": chosen["lang"].array,
        }
    )
