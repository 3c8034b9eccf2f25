"""What customers say of their expectations: what formed them, and how the experience compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.analyze.satisfaction.cues import (
    DIRECTIONS,
    Cue,
    CueBook,
    CueLanguage,
    load_cue_book,
)
from nlp_cx.errors import SchemaError
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.normalize import normalize

Flags = npt.NDArray[np.bool_]

DETERMINANTS = "expectation_determinants"
"""Name of the packaged taxonomy of what forms an expectation."""

_SCRIPTS: dict[CueLanguage, str] = {"zh": r"[\x{3400}-\x{9fff}]", "en": r"[a-z]{2}"}
"""A text without these has no cue of the language."""
_REACH: dict[CueLanguage, int] = {"zh": 24, "en": 60}
"""Characters after a sign that are read for its direction."""
_TEXTS_AT_ONCE = 50_000
_LETTER = re.compile(r"[^\W_]")


class _Hit(NamedTuple):
    """One row of the result, but for the document's id."""

    document: int
    clause_index: int
    start: int
    end: int
    span: str
    cue: str
    determinant: str | None
    direction: str | None
    compared: str | None
    compared_start: int | None
    compared_end: int | None
    language: str


def find_expectations(documents: pd.DataFrame, *, text: str = "text") -> pd.DataFrame:
    """Find what customers say of their expectations, by words and rules.

    Parameters
    ----------
    documents : DataFrame, one row per document
        `text`; ``doc_id`` where there is one (the row number from 0 otherwise); where there is a
        ``speaker``, only rows of customers and rows without one are read.
    text : str

    Returns
    -------
    DataFrame, one row per sign, in text order
        ``doc_id``; ``clause_index`` (as in the evidence table); ``start, end`` (code points of the
        original text) and ``span`` (``text[start:end]``); ``cue`` (id of the rule);
        ``determinant`` (of `DETERMINANTS`; missing: the words do not say what formed the
        expectation); ``direction`` (better, as_expected, worse; missing: the words do not say);
        ``compared``, ``compared_start``, ``compared_end`` (what it is compared with, in the
        customer's words; missing: not said); ``language`` of the rule (zh, en).

        A text without a row says nothing of an expectation. It does not say that there was none,
        or that it was met.

    Raises
    ------
    SchemaError
        If `text` is not a column of `documents`.

    Notes
    -----
    No model: signs of ``resources/expectation_cues_zh.toml`` and ``_en.toml``, searched clause by
    clause in folded text (traditional Chinese too; Cantonese as far as its words are those of
    written Chinese). Questions and conditions state nothing. Where a sign only says *other than
    expected* (没想到, surprised), the good or bad words after it decide, and no word, or words that
    disagree, leave ``direction`` missing; `disconfirmation_by_driver` takes the model's sentiment
    of the clause there. A determinant says what the customer brought along (a recommendation, a
    guest, an earlier visit), not that an expectation was put into words.

    Precision, read by eye on reviews of goods, restaurants, hotels and apps that were not used to
    mend the cues, 16 signs per group at random: 237 of 256 Chinese signs are right (0.93), and 127
    of 134 of their directions; 222 of 240 English ones (0.93), and 91 of 93. Right of 16, zh and
    en: words of expectation 16, 16; disappointment 16, 16; surprise (没想到) 15, 16; 竟然 and 居然
    16; 惊喜 16; 果然, 不过如此 and fame 14; belief (以为, thought it would) 14, 12; against the
    picture or description 15, 16; promises 13, 14; recommendation and reviews 15, 15 (other
    reviewers cited 16); compared with earlier here 15, 15; been here before 13, 13; compared with
    others 16, 15; best or worst ever 15, 16; own values 12, 14; occasion, gift, child 16, 13. Most
    errors found were mended afterwards, so these are low rather than high.

    Recall is low: in 150 Chinese and 150 English reviews read in full, 25 of 61 and 24 of about 54
    signs were found (0.41, 0.44); signs were added after that, which was not measured again. So a
    share of reviews with a sign is a lower bound.

    On 1,000 hotel reviews (tripadvisor_subratings_en), whose stars played no part, the mean is 4.14
    stars, 4.57 where better than expected is said, 4.40 as expected, 3.34 worse. One process on a
    busy machine read 6,400 Chinese texts (64 characters on average) or 7,700 English ones (231) a
    second.

    Examples
    --------
    >>> reviews = pd.DataFrame({"text": [
    ...     "朋友推薦來的，沒想到這麼難吃", "比上次好吃多了", "Not as pictured, disappointed."]})
    >>> found = find_expectations(reviews)
    >>> for row in found.astype({"determinant": object, "direction": object}).itertuples():
    ...     print(row.doc_id, row.span, row.determinant, row.direction)
    0 朋友推薦 word_of_mouth nan
    0 沒想到 nan worse
    1 比上次 experience_here better
    2 Not as pictured promotion worse
    2 disappointed nan worse
    """
    if text not in documents:
        raise SchemaError(
            f"no column {text!r} with texts; the table has {', '.join(map(str, documents.columns))}"
        )
    column = pa.array(documents[text], pa.large_string(), from_pandas=True)
    column = pc.if_else(pa.array(is_customer(documents)), column, None)
    hits = [
        hit._replace(document=hit.document + first)
        for first in range(0, len(column), _TEXTS_AT_ONCE)
        for hit in _find_in_batch(TextBatch.from_arrow(column.slice(first, _TEXTS_AT_ONCE)))
    ]
    return _tabulate(hits, document_ids(documents))


def document_ids(documents: pd.DataFrame) -> npt.NDArray[np.generic]:
    """Give the ids of documents: ``doc_id``, or the row number from 0.

    Parameters
    ----------
    documents : DataFrame

    Returns
    -------
    ndarray, shape (n_documents,)
    """
    ids = documents["doc_id"] if "doc_id" in documents else pd.RangeIndex(len(documents))
    return np.asarray(ids)


def is_customer(documents: pd.DataFrame) -> Flags:
    """Tell which documents a customer wrote: all that are not by another speaker.

    Parameters
    ----------
    documents : DataFrame

    Returns
    -------
    ndarray of bool, shape (n_documents,)
    """
    if "speaker" not in documents:
        return np.ones(len(documents), np.bool_)
    speaker = documents["speaker"]
    return (speaker.isna() | (speaker.astype("object") == "customer")).to_numpy(np.bool_)


def _tabulate(hits: list[_Hit], ids: npt.NDArray[np.generic]) -> pd.DataFrame:
    """Make the table of all hits."""
    cells = dict(zip(_Hit._fields, zip(*hits, strict=True), strict=True)) if hits else {}
    columns = {name: list(cells.get(name, ())) for name in _Hit._fields}
    determinants = load_taxonomy(DETERMINANTS).ids
    return pd.DataFrame(
        {
            "doc_id": ids[np.array(columns["document"], np.int64)],
            **{
                name: np.array(columns[name], np.int32) for name in ("clause_index", "start", "end")
            },
            "span": pd.array(columns["span"], "string"),
            "cue": pd.array(columns["cue"], "string"),
            "determinant": pd.Categorical(columns["determinant"], determinants),
            "direction": pd.Categorical(columns["direction"], DIRECTIONS),
            "compared": pd.array(columns["compared"], "string"),
            "compared_start": pd.array(columns["compared_start"], "Int32"),
            "compared_end": pd.array(columns["compared_end"], "Int32"),
            "language": pd.Categorical(columns["language"], tuple(_SCRIPTS)),
        }
    )


def _find_in_batch(batch: TextBatch) -> list[_Hit]:
    """Find the signs of both languages in some texts, in text order."""
    folded = TextBatch(normalize(batch.codes), batch.offsets, batch.is_missing)
    column = folded.to_arrow().fill_null("")
    hits: list[_Hit] = []
    for language, script in _SCRIPTS.items():
        book = load_cue_book(language)
        rows = np.flatnonzero(_match(column, script))
        if not rows.size:
            continue
        texts = column.take(pa.array(rows))
        by_cue = {k: _match(texts, cue.loose) for k, cue in enumerate(book.cues) if cue.loose}
        said = np.logical_or.reduce(list(by_cue.values()))
        if said.any():
            texts_said = _Texts(batch, rows[said])
            hits += _find_in_texts(texts_said, {k: f[said] for k, f in by_cue.items()}, language)
    return sorted(hits, key=lambda hit: (hit.document, hit.start))


class _Texts:
    """Some texts of a batch, original and folded, cut into clauses."""

    def __init__(self, batch: TextBatch, rows: npt.NDArray[np.int64]) -> None:
        self.rows = rows
        self.batch = batch.spans(batch.offsets[rows], batch.offsets[rows + 1])
        clauses = find_clauses(self.batch.codes, self.batch.offsets)
        self.of_clause = clauses.document
        self.start = clauses.start - self.batch.offsets[clauses.document]
        self.first_clause = np.searchsorted(clauses.document, np.arange(rows.size + 1))
        folded = TextBatch(normalize(self.batch.codes), self.batch.offsets, self.batch.is_missing)
        self.clauses = folded.spans(clauses.start, clauses.end).to_arrow()

    def clause(self, c: int) -> str:
        """Give a folded clause."""
        return str(self.clauses[c].as_py())

    def following(self, c: int) -> str:
        """Give the folded clause after one in the same text; the empty string after the last."""
        is_last = c + 1 >= self.first_clause[self.of_clause[c] + 1]
        return "" if is_last else self.clause(c + 1)


def _find_in_texts(
    texts: _Texts, by_cue: dict[int, Flags], language: CueLanguage
) -> Iterator[_Hit]:
    """Find the signs of one language in texts, of which each cue may be in some."""
    book = load_cue_book(language)
    cues_of: dict[int, list[int]] = {}
    for k, flags in by_cue.items():
        among = np.flatnonzero(flags[texts.of_clause])
        clauses = texts.clauses.take(pa.array(among))
        for c in among[_match(clauses, book.cues[k].scan)].tolist():
            cues_of.setdefault(c, []).append(k)
    for c in sorted(cues_of):
        clause = texts.clause(c)
        for cue, match in _read_clause(book, cues_of[c], clause):
            after = clause[match.end() :][: _REACH[language]]
            if cue.otherwise is None and not _LETTER.search(after):
                after = texts.following(c)[: _REACH[language]]
            direction = book.tell_direction(cue, after)
            yield _make_hit(texts, c, match, cue, (direction, language))


def _make_hit(
    texts: _Texts, c: int, match: re.Match[str], cue: Cue, told: tuple[str | None, CueLanguage]
) -> _Hit:
    """Put a sign of a clause into the code points of its original text."""
    d, offset = int(texts.of_clause[c]), int(texts.start[c])
    text = texts.batch.text(d)
    start, end = match.start() + offset, match.end() + offset
    compared = compared_start = compared_end = None
    for name, words in match.groupdict().items():
        if words and words.strip() and name.startswith("entity"):
            compared_start = match.start(name) + offset + len(words) - len(words.lstrip())
            compared_end = compared_start + len(words.strip())
            compared = text[compared_start:compared_end]
    return _Hit(
        int(texts.rows[d]),
        c - int(texts.first_clause[d]),
        start,
        end,
        text[start:end],
        cue.id,
        cue.determinant,
        told[0],
        compared,
        compared_start,
        compared_end,
        told[1],
    )


def _read_clause(
    book: CueBook, told: list[int], clause: str
) -> Iterator[tuple[Cue, re.Match[str]]]:
    """Give the signs of a clause from left to right; where two begin, the first of the book."""
    if book.ends.search(clause):
        return
    cues = [book.cues[k] for k in sorted({*told, *book.ignored})]
    position = 0
    while True:
        found = [(cue, match) for cue in cues if (match := cue.pattern.search(clause, position))]
        if not found:
            return
        cue, match = min(found, key=lambda item: item[1].start())
        if not cue.is_ignored and not book.before.search(clause, 0, match.start()):
            yield cue, match
        position = max(match.end(), match.start() + 1)


def _match(column: pa.Array, pattern: str) -> Flags:
    """Tell which strings hold an RE2 pattern."""
    flags = pc.match_substring_regex(column, pattern).to_numpy(zero_copy_only=False)
    return np.asarray(flags, np.bool_)
