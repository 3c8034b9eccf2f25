"""Label sets: which drivers exist, in which order, with names in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from nlp_cx.errors import TaxonomyError

MOST_LABELS = 100
"""Labels are numbered in one byte, and a person cannot keep more apart."""

EXAMPLE_POLARITIES = ("positive", "negative", "neutral", "mixed", "mentioned")
"""Values of the polarity of an example; ``mentioned``: not known."""

_TAKEN = frozenset(
    (
        "doc_id", "interaction_id", "channel", "speaker", "turn", "created_at",
        "text", "lang", "sentiment", "sentiment_score", "negative", "neutral",
        "positive", "p_negative", "p_neutral", "p_positive", "loyalty", "mixed",
        "model", "source", "weight", "group", "time", "labels",
        "example_id", "is_full",
    )
)  # fmt: skip
"""Names of other columns of the tables that a label would stand in."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text that shows what a label means.

    Parameters
    ----------
    text : str
    lang : str
        ``zh`` or ``en``.
    polarity : str
        One of `EXAMPLE_POLARITIES`.
    """

    text: str
    lang: str
    polarity: str = "mentioned"


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a taxonomy.

    Parameters
    ----------
    id : str
        Name used in columns, e.g. ``"price"``.
    zh, en : str
        Display names.
    definition : str
        What belongs here, in one sentence.
    definition_zh : str
        The same in Chinese; may be empty.
    examples : tuple of Example
        What somebody who labels, and training, may learn from.
    """

    id: str
    zh: str
    en: str
    definition: str
    definition_zh: str = ""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A versioned, ordered set of labels; every table keeps this order.

    Parameters
    ----------
    name, version : str
        Written into models and outputs.
    labels : tuple of Label
        Unique ids.
    """

    name: str
    version: str
    labels: tuple[Label, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Label ids in taxonomy order."""
        return tuple(label.id for label in self.labels)


PACKAGED = ("drivers", "servqual", "six_pillars", "five_es", "expectation_determinants")
"""Names of the taxonomies that travel with the package; the first one is the default."""


def load_taxonomy(path: str | Path | None = None) -> Taxonomy:
    """Read a taxonomy from a TOML file; the six experience drivers when no path is given.

    Parameters
    ----------
    path : str or Path, optional
        File with ``name``, ``version`` and ``[[labels]]`` (``id, zh, en, definition``, and where
        you have them ``definition_zh`` and ``examples = { zh = […], en = […] }``, each a text or
        ``{ text = "…", polarity = "negative" }``), or one of `PACKAGED`.

    Returns
    -------
    Taxonomy

    Raises
    ------
    TaxonomyError
        If the file cannot be read, a field is missing, or an id occurs twice or is no name of a
        column.

    Examples
    --------
    >>> load_taxonomy().ids
    ('product', 'service', 'relationship', 'price', 'convenience', 'brand')
    >>> load_taxonomy("servqual").ids
    ('tangibles', 'reliability', 'responsiveness', 'assurance', 'empathy')
    """
    if path is None or path in PACKAGED:
        return _packaged_taxonomy(str(path or PACKAGED[0]))
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as e:
        raise TaxonomyError(f"{path}: cannot be read ({e.strerror}). Give a TOML file.") from e
    return _parse(text, str(path))


def load_crosswalk(name: str) -> dict[str, tuple[str, ...]]:
    """Give the experience drivers that the labels of a packaged taxonomy overlap with.

    Parameters
    ----------
    name : str
        One of `PACKAGED`.

    Returns
    -------
    dict of str to tuple of str
        Ids of drivers by label id, the nearest first; empty where the file has no crosswalk. For
        reading two tables side by side; scores of one are not scores of the other.

    Raises
    ------
    TaxonomyError
        If `name` is not packaged.

    Examples
    --------
    >>> load_crosswalk("servqual")["responsiveness"]
    ('service', 'convenience')
    """
    if name not in PACKAGED:
        raise TaxonomyError(f"no packaged taxonomy {name!r}, expected one of {', '.join(PACKAGED)}")
    rows = tomllib.loads(_read_packaged(name))["labels"]
    return {row["id"]: tuple(row["drivers"]) for row in rows if "drivers" in row}


@cache
def _packaged_taxonomy(name: str) -> Taxonomy:
    """Parse a packaged file once."""
    return _parse(_read_packaged(name), f"{name}.toml")


def _read_packaged(name: str) -> str:
    """Read a packaged file."""
    return (resources.files("nlp_cx") / "resources" / f"{name}.toml").read_text(encoding="utf-8")


def make_taxonomy(raw: Mapping[str, Any], where: str) -> Taxonomy:
    """Build a taxonomy from what a TOML file holds.

    Parameters
    ----------
    raw : mapping
        ``name, version, labels``.
    where : str
        Named in messages, e.g. the file.

    Returns
    -------
    Taxonomy

    Raises
    ------
    TaxonomyError
        As `load_taxonomy`.
    """
    try:
        labels = tuple(
            Label(
                id=row["id"],
                zh=row["zh"],
                en=row["en"],
                definition=row.get("definition", ""),
                definition_zh=row.get("definition_zh", ""),
                examples=_read_examples(row.get("examples", {}), f"{where}, {row['id']}"),
            )
            for row in raw["labels"]
        )
        taxonomy = Taxonomy(name=raw["name"], version=str(raw["version"]), labels=labels)
    except (KeyError, TypeError, AttributeError) as e:
        raise TaxonomyError(
            f"{where}: {e} is missing. A taxonomy has name, version and [[labels]] with id, zh, en."
        ) from e
    ids = taxonomy.ids
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise TaxonomyError(f"{where}: label id {twice[0]!r} occurs twice. Ids must be unique.")
    if not 0 < len(ids) <= MOST_LABELS:
        raise TaxonomyError(f"{where}: {len(ids)} labels, expected 1 to {MOST_LABELS}.")
    clash = _find_clash(ids)
    if clash:
        raise TaxonomyError(
            f"{where}: label id {clash!r} cannot name a column of its own. Expected a word of "
            "letters, digits and _ that no other column has, alone, with p_ or with _score."
        )
    return taxonomy


def _find_clash(ids: tuple[str, ...]) -> str:
    """Give the first id that is no word, or whose columns are those of others."""
    for name in ids:
        if not name.isidentifier() or name in _TAKEN:
            return name
        for made in (f"p_{name}", f"{name}_score"):
            if made in _TAKEN or made in ids:
                return name
    return ""


def _read_examples(raw: Mapping[str, Any], where: str) -> tuple[Example, ...]:
    """Read the examples of a label."""
    examples = []
    for lang, entries in raw.items():
        if lang not in ("zh", "en"):
            raise TaxonomyError(f"{where}: examples of {lang!r}, expected zh or en.")
        for entry in entries:
            given = {"text": entry} if isinstance(entry, str) else dict(entry)
            polarity = given.get("polarity", "mentioned")
            if not str(given.get("text", "")).strip() or polarity not in EXAMPLE_POLARITIES:
                raise TaxonomyError(
                    f"{where}: example {given!r:.80}; expected a text, and a polarity of "
                    f"{', '.join(EXAMPLE_POLARITIES)}."
                )
            examples.append(Example(given["text"], lang, polarity))
    return tuple(examples)


def _parse(text: str, where: str) -> Taxonomy:
    """Build a taxonomy from TOML text, naming the first fault."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise TaxonomyError(f"{where}: not valid TOML ({e}).") from e
    return make_taxonomy(raw, where)
