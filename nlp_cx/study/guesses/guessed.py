"""A study made of guesses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nlp_cx.study.headers import Header


@dataclass(slots=True)
class Guesses:
    """A study made of guesses.

    Attributes
    ----------
    raw : dict
        As `nlp_cx.study.load.read_study` takes it.
    lines : list of str
        A sentence for every guess: what was taken for what, and how to change it.
    headers : dict of str to Header
    more_outcomes : list of str
        Columns of few distinct numbers, which could be outcomes too.
    """

    raw: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    headers: dict[str, Header] = field(default_factory=dict)
    more_outcomes: list[str] = field(default_factory=list)


def has_texts(inputs: list[dict[str, Any]]) -> bool:
    """Tell whether any input holds texts.

    Parameters
    ----------
    inputs : list of dict
        One for each input, as they stand in a study file.

    Returns
    -------
    bool
    """
    return any(each["kind"] in ("reviews", "chats", "scored") for each in inputs)
