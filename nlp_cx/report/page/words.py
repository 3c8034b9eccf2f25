"""The words of the page itself, in the language of a report."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from nlp_cx.report.model import Language


def read_words(language: Language) -> Mapping[str, Any]:
    """Read buttons, labels and messages.

    Parameters
    ----------
    language : {"en", "zh"}

    Returns
    -------
    mapping
        Key to words; a list for ``months``.

    Examples
    --------
    >>> read_words("zh")["unknown"], read_words("en")["unknown"]
    ('未知', 'unknown')
    """
    return _read()[language]


def read_meanings() -> Mapping[str, str]:
    """Read which words of a chart's legend have a colour of their own.

    Returns
    -------
    mapping
        Word in lower case to the name of its colour in palette.toml.
    """
    found = _read()["meanings"]
    return {word: meaning for meaning, words in found.items() for word in words}


@cache
def _read() -> dict[str, Any]:
    """Read the file once."""
    path = resources.files("nlp_cx.report.page") / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
