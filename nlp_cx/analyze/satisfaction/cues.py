"""The cue books: signs of an expectation in each language, as compiled patterns."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

CueLanguage = Literal["zh", "en"]

DIRECTIONS = ("better", "as_expected", "worse")
"""How what was met compares with what was expected."""

_BY_WORDS, _AGAINST_WORDS = "words", "against_words"
_OPPOSITE = {"better": "worse", "worse": "better"}
_PART = re.compile(r"%(\w+)%")
_NAMED_GROUP = re.compile(r"\(\?P<\w+>")
_ENTITY = re.compile(r"\(\?P<entity>")
_ANCHOR = re.compile(r"(?<!\[)\^|\$")


class Cue(NamedTuple):
    """Signs that say the same.

    Attributes
    ----------
    id : str
    determinant : str or None
        None where the words do not say what formed the expectation.
    direction : str or None
        Of `DIRECTIONS`, or ``"words"`` or ``"against_words"``; None where the words do not say.
    otherwise : str or None
        Direction where the words beside the sign say nothing.
    is_ignored : bool
        A false friend: takes its words, says nothing.
    pattern : re.Pattern
        What is compared with, if anything, is in a group whose name begins with ``entity``.
    scan : str
        The same as one RE2 pattern.
    loose : str
        The same for a whole text, where the ends of its clauses do not count; empty for a false
        friend, which nobody looks for.
    """

    id: str
    determinant: str | None
    direction: str | None
    otherwise: str | None
    is_ignored: bool
    pattern: re.Pattern[str]
    scan: str
    loose: str


class CueBook(NamedTuple):
    """The cues of one language, in the order in which they win.

    Attributes
    ----------
    cues : tuple of Cue
    words : re.Pattern
        Good words in groups whose names begin with ``good``, bad ones with ``bad``.
    before, ends : re.Pattern
        Words before a sign, and ends of its clause, with which nothing is stated.
    ignored : tuple of int
        Positions of the false friends in `cues`.
    """

    cues: tuple[Cue, ...]
    words: re.Pattern[str]
    before: re.Pattern[str]
    ends: re.Pattern[str]
    ignored: tuple[int, ...]

    def tell_direction(self, cue: Cue, after: str) -> str | None:
        """Tell the direction of a cue, from the words that follow where these decide.

        Parameters
        ----------
        cue : Cue
        after : str
            Folded text after the sign.

        Returns
        -------
        str or None
            One of `DIRECTIONS`; None where the words say nothing or disagree.
        """
        if cue.direction not in (_BY_WORDS, _AGAINST_WORDS):
            return cue.direction
        found = {str(match.lastgroup)[:-1] for match in self.words.finditer(after)} - {"neither"}
        if len(found) != 1:
            return None if found else cue.otherwise
        said = "better" if found == {"good"} else "worse"
        return said if cue.direction == _BY_WORDS else _OPPOSITE[said]


@cache
def load_cue_book(language: CueLanguage) -> CueBook:
    """Read ``resources/expectation_cues_<language>.toml``.

    Parameters
    ----------
    language : {"zh", "en"}

    Returns
    -------
    CueBook
    """
    file = resources.files("nlp_cx") / "resources" / f"expectation_cues_{language}.toml"
    raw = tomllib.loads(file.read_text("utf-8"))
    words = raw["words"]
    kinds = {
        "neither0": words["neither"],
        "bad1": words["not_good"],
        "good1": words["not_bad"],
        "bad2": words["bad"],
        "good2": words["good"],
    }
    cues = tuple(_make_cue(row, raw["parts"]) for row in raw["cues"])
    return CueBook(
        cues,
        _compile("|".join(f"(?P<{name}>{'|'.join(signs)})" for name, signs in kinds.items())),
        _compile("|".join(raw["not"]["before"])),
        _compile(f"(?:{'|'.join(raw['not']['ends'])})$"),
        tuple(k for k, cue in enumerate(cues) if cue.is_ignored),
    )


def _make_cue(row: Mapping[str, Any], parts: Mapping[str, str]) -> Cue:
    """Compile one entry of a cue book."""
    signs = [_fill(sign, parts) for sign in row["signs"]]
    numbered = [_ENTITY.sub(f"(?P<entity{i}>", sign) for i, sign in enumerate(signs)]
    scan = _any_of([_NAMED_GROUP.sub("(?:", sign) for sign in signs])
    return Cue(
        row["id"],
        row.get("determinant"),
        row.get("direction"),
        row.get("otherwise"),
        row.get("ignore", False),
        _compile(_any_of(numbered)),
        scan,
        "" if row.get("ignore") else _ANCHOR.sub("", scan),
    )


def _fill(sign: str, parts: Mapping[str, str]) -> str:
    """Put the named parts in the place of their names."""
    while _PART.search(sign):
        sign = _PART.sub(lambda match: parts[match[1]], sign)
    return sign


def _any_of(signs: Sequence[str]) -> str:
    """Join signs so that the first that fits wins."""
    return "|".join(f"(?:{sign})" for sign in signs)


def _compile(pattern: str) -> re.Pattern[str]:
    r"""Compile as RE2 reads it: \w, \d and \b of ASCII only."""
    return re.compile(pattern, re.ASCII)
