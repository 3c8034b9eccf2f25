"""Words of sampled clauses, and the language that their document is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.clause_sample import Flags, require_columns
from nlp_cx.analyze.terms.word_book import Language, load_word_book
from nlp_cx.text.folding import fold_text
from nlp_cx.text.words import Word, load_segmenter

LANGUAGES: tuple[Language, ...] = ("zh", "en")
"""Languages that terms are found in: Chinese of either script, English."""

_GROUPS = {"zh-Hans": 0, "zh-Hant": 0, "mixed": 0, "en": 1}


class ClauseWords(NamedTuple):
    """The words of one clause.

    Attributes
    ----------
    words : list of Word
    texts : list of str
        The same folded and in lower case.
    """

    words: list[Word]
    texts: list[str]


def cut_words(clause: str) -> ClauseWords:
    """Cut a clause into words.

    Parameters
    ----------
    clause : str

    Returns
    -------
    ClauseWords

    Examples
    --------
    >>> cut_words("房間 isn't Clean").texts
    ['房间', "isn't", 'clean']
    """
    words = load_segmenter().words(clause)
    folded = fold_text(clause).lower().replace("’", "'")
    if len(folded) != len(clause):  # İ grows when its case is lowered
        folded = fold_text(clause)
    return ClauseWords(words, [folded[word.start : word.end] for word in words])


def code_languages(lang: pd.Series) -> npt.NDArray[np.int64]:
    """Tell which of `LANGUAGES` each row counts for.

    Parameters
    ----------
    lang : Series
        Values of ``schema.LANGUAGES``; ``mixed`` counts as Chinese.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Position in `LANGUAGES`; -1 for ``und`` and missing.
    """
    codes = lang.astype(object).map(_GROUPS).fillna(-1)
    return np.asarray(codes, np.int64)


def is_customers(table: pd.DataFrame) -> Flags:
    """Tell which rows a customer wrote: all that are not by another speaker.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    ndarray of bool, shape (n_rows,)
    """
    if "speaker" not in table:
        return np.ones(len(table), np.bool_)
    speaker = table["speaker"].astype(object)
    return (speaker.isna() | (speaker == "customer")).to_numpy(np.bool_)


def count_texts(
    evidence: pd.DataFrame, scored: pd.DataFrame | None
) -> tuple[Flags, npt.NDArray[np.int64]]:
    """Tell which clauses are customers', and how many texts there are in each language.

    Parameters
    ----------
    evidence : DataFrame
    scored : DataFrame, optional
        ``doc_id``, ``lang`` and, for chats, ``speaker``.

    Returns
    -------
    is_read : ndarray of bool, shape (n_clauses,)
    of : ndarray of int64, shape (n_languages,)
        Texts of each language: of `scored`, or without it documents with a clause.

    Raises
    ------
    SchemaError
        If `scored` lacks a column.
    """
    is_read = is_customers(evidence)
    if scored is None:
        language = code_languages(evidence["lang"])
        frame = pd.DataFrame({"doc": evidence["doc_id"].to_numpy(), "language": language})
        counts = frame[is_read].groupby("language")["doc"].nunique()
        return is_read, np.array([int(counts.get(k, 0)) for k in range(len(LANGUAGES))])
    require_columns(scored, ("doc_id", "lang"), "the scored table")
    is_text = is_customers(scored)
    if not is_text.all():
        is_read &= evidence["doc_id"].isin(scored["doc_id"][is_text]).to_numpy(np.bool_)
    language = code_languages(scored["lang"])[is_text]
    return is_read, np.bincount(language[language >= 0], minlength=len(LANGUAGES)).astype(np.int64)


class NounTest:
    """Tell which English words are used as nouns in some texts.

    Parameters
    ----------
    clauses : iterable of (list of str, int)
        Words of clauses, in lower case, and how often each clause is there.

    Notes
    -----
    A word is a noun when it stands after an article, a possessive or ``this`` at least three times
    and in 12 % of its places: ``the fit`` is, ``the runs`` hardly ever stands. No dictionary is
    asked, so names of new products are found too.

    Examples
    --------
    >>> is_noun = NounTest([(["the", "staff", "was", "rude"], 3)])
    >>> is_noun("staff"), is_noun("rude")
    (True, False)
    """

    def __init__(self, clauses: Iterable[tuple[list[str], int]]) -> None:
        determiners = load_word_book("en")["determiners"]
        opinions = load_word_book("en")["opinions"]
        self._all: Counter[str] = Counter()
        self._after: Counter[str] = Counter()
        for texts, n in clauses:
            for word in texts:
                self._all[word] += n
            for before, word in pairwise(texts):
                if before in determiners or before in opinions:
                    self._after[word] += n

    def __call__(self, word: str) -> bool:
        """Tell whether a word is used as a noun."""
        n = self._after[word]
        return n >= 3 and n >= 0.12 * self._all[word]
