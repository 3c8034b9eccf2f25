"""Label sets: which drivers exist, in which order, with names in both languages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from nlp_cx.errors import TaxonomyError


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
    """

    id: str
    zh: str
    en: str
    definition: str


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
        File with ``name``, ``version`` and ``[[labels]]`` (``id, zh, en, definition``), or one of
        `PACKAGED`.

    Returns
    -------
    Taxonomy

    Raises
    ------
    TaxonomyError
        If the file cannot be read, a field is missing or an id occurs twice.

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


def _parse(text: str, where: str) -> Taxonomy:
    """Build a taxonomy from TOML text, naming the first fault."""
    try:
        raw = tomllib.loads(text)
        labels = tuple(
            Label(id=row["id"], zh=row["zh"], en=row["en"], definition=row.get("definition", ""))
            for row in raw["labels"]
        )
        taxonomy = Taxonomy(name=raw["name"], version=str(raw["version"]), labels=labels)
    except tomllib.TOMLDecodeError as e:
        raise TaxonomyError(f"{where}: not valid TOML ({e}).") from e
    except (KeyError, TypeError) as e:
        raise TaxonomyError(
            f"{where}: {e} is missing. A taxonomy has name, version and [[labels]] with id, zh, en."
        ) from e
    ids = taxonomy.ids
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise TaxonomyError(f"{where}: label id {twice[0]!r} occurs twice. Ids must be unique.")
    return taxonomy
