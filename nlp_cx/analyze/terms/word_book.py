"""The word book: which words judge, which name an aspect, which stand between them."""

from __future__ import annotations

import tomllib
import warnings
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["zh", "en"]

_TAGS = {"a": "adjective", "z": "adjective", "n": "noun", "vn": "noun", "nz": "noun", "v": "verb"}


@cache
def load_word_book(language: Language) -> dict[str, frozenset[str]]:
    """Read the word lists of one language from ``resources/opinion_words.toml``.

    Parameters
    ----------
    language : {"zh", "en"}

    Returns
    -------
    dict of str to frozenset of str
        By the name of the list; the head of the file says what each is for.

    Examples
    --------
    >>> "好吃" in load_word_book("zh")["opinions"], "rude" in load_word_book("en")["opinions"]
    (True, True)
    """
    file = resources.files("nlp_cx") / "resources" / "opinion_words.toml"
    raw = tomllib.loads(file.read_text("utf-8"))
    return {name: frozenset(words.split()) for name, words in raw[language].items()}


@cache
def load_word_tags() -> dict[str, str]:
    """Read which words jieba's dictionary calls nouns, verbs or adjectives.

    Returns
    -------
    dict of str to {"noun", "verb", "adjective"}
        Simplified Chinese words of two characters or more, and one-character verbs; others are
        left out. About 180,000, read in half a second, once a process.

    Notes
    -----
    One tag a word, the most frequent one: 包装 is called a verb, 热情 a noun. The word book comes
    first for that reason.

    Examples
    --------
    >>> tags = load_word_tags()
    >>> tags["房间"], tags["干净"], "因为" in tags
    ('noun', 'adjective', False)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # finding the folder imports jieba, whose source warns
        source = resources.files("jieba") / "dict.txt"
    tags: dict[str, str] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        word, _, tag = line.split(" ")
        kind = _TAGS.get(tag)
        if kind and (len(word) > 1 or kind == "verb"):
            tags[word] = kind
    return tags
