"""Words, and pairs of neighbouring words, that can be a topic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from nlp_cx.analyze.terms.clause_words import ClauseWords
from nlp_cx.analyze.terms.word_book import Language, load_word_book, load_word_tags


def find_content_terms(clause: ClauseWords, language: Language) -> Iterator[tuple[str, ...]]:
    """Give the content words of a clause, and the pairs of them that stand side by side.

    Parameters
    ----------
    clause : ClauseWords
    language : {"zh", "en"}

    Yields
    ------
    tuple of str
        One or two folded words. Two neighbouring single characters are a pair too, since a word
        that no dictionary knows is cut into them.

    Examples
    --------
    >>> from nlp_cx.analyze.terms.clause_words import cut_words
    >>> list(find_content_terms(cut_words("the new app crashes"), "en"))
    [('new',), ('app',), ('new', 'app'), ('crashes',), ('app', 'crashes')]
    """
    before, was_single = "", False
    for word, text in zip(clause.words, clause.texts, strict=True):
        if word.kind not in ("zh", "en") or text in _load_stop_words(language):
            before, was_single = "", False
            continue
        is_single = word.kind == "zh" and len(text) == 1
        is_content = len(text) > 1 if word.kind == "en" else _is_content(text)
        if is_content:
            yield (text,)
        if before and (is_content or is_single) and (not was_single or is_single or is_content):
            yield before, text
        before = text if is_content or is_single else ""
        was_single = is_single


def _is_content(text: str) -> bool:
    """Tell whether a Chinese word names or judges something."""
    book = load_word_book("zh")
    if text in book["aspects"] or text in book["opinions"]:
        return True
    return len(text) > 1 and text in load_word_tags()


@cache
def _load_stop_words(language: Language) -> frozenset[str]:
    """Read the words that are no topic."""
    book = load_word_book(language)
    if language == "en":
        return book["function_words"] | book["determiners"] | book["pronouns"] | book["negations"]
    lists = ("stop_words", "degrees", "negations", "between", "coordinators", "particles")
    return frozenset().union(*(book[name] for name in lists))
