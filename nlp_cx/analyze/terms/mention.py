"""One thing that a clause says of an aspect."""

from __future__ import annotations

from typing import NamedTuple


class Mention(NamedTuple):
    """An aspect and an opinion of one clause.

    Attributes
    ----------
    aspect : str
        Folded; empty where the clause does not name it (太贵了).
    opinion : tuple of str
        Its words, folded: the negation kept, words of degree left out.
    modifier : str
        The word before an English aspect, with which it may be a compound (front desk).
    """

    aspect: str
    opinion: tuple[str, ...]
    modifier: str = ""
