"""The catalogue of data sets: files per split, reader, licence, and what each may teach."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.taxonomy import load_taxonomy

REPOSITORY = Path(__file__).resolve().parents[2]
"""Root of the source checkout; training runs from a checkout, never from an installed wheel."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set as ``data/datasets.toml`` describes it.

    Parameters
    ----------
    name : str
        Folder below ``<root>/data``.
    lang : str
        ``zh``, ``en`` or ``yue`` (Cantonese).
    domain, licence, source, note : str
        For people; `licence` as the source states it, ``not stated`` where it says nothing.
    is_permitted : bool
        True when a licence is stated and allows commercial training.
    reader : str
        Name of a reader of ``nlp_cx.corpus.readers``; ``none`` is catalogued but not read.
    files : dict of split to tuple of str
        Under ``train, dev, test``, and ``protect``: files whose texts are kept out of training
        without being a test.
    family : str
        Sets of one family hold copies of the same texts; of two copies in training, the one of
        the set that stands first in the catalogue stays. Empty: copies are left alone.
    carve : dict of split to float
        Share of the train files that is set apart by the hash of the normalised text.
    drop_rows : dict of file to tuple of int
        Rows (from 0) that cannot be read.
    is_soft : bool
        The labels come from stars, from machines or from single words.
    weight : float
        Suggested weight of an example, 0 to 1.
    min_letters : int
        Shorter texts (in normalised letters) are dropped.
    is_exhaustive : bool
        Every covered aspect was labelled in every text, so that absence is *not mentioned*.
    partial : tuple of str
        Drivers that the inventory covers in part only: their absence says nothing.
    unmapped_masks : tuple of str
        Drivers whose absence says nothing once a label without a driver is there.
    neutral : str
        What a neutral label of an aspect counts as: ``keep`` (neutral), ``mention`` (the polarity
        is not known: often faint praise or blame), ``mask`` (nothing: often the aspect is only
        named).
    mixed : str
        What praise and blame of one driver count as: ``keep`` (mixed) or ``mention``.
    remap : dict of str to str
        Categories whose driver differs from the driver mapping.
    needs_term : tuple of str
        Categories of the thing as a whole: no driver unless the text names it.
    sentiment_category, loyalty_category : str
        Categories that hold the sentiment of the text and the intent to return.
    intent_words : str
        Pattern of wordings that our guideline counts as loyalty and the source may not: where it
        matches and the source has no label, loyalty is not known.
    skip_unlabelled : bool
        A text without labels may hold opinions all the same, and is dropped.
    max_han_share : float
        Texts with a larger share of ideographs are dropped (untranslated).
    translation_of : str
        A set whose rows of the same ``id`` these are translations of: they count as one row.
    polarity : dict of str to str
        The source's labels in our words, where they differ.
    """

    name: str
    lang: str
    domain: str
    licence: str
    is_permitted: bool
    source: str
    reader: str
    files: Mapping[str, tuple[str, ...]]
    family: str = ""
    carve: Mapping[str, float] = field(default_factory=dict)
    drop_rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    is_soft: bool = False
    weight: float = 1.0
    min_letters: int = 1
    max_han_share: float = 1.0
    polarity: Mapping[str, str] = field(default_factory=dict)
    is_exhaustive: bool = False
    partial: tuple[str, ...] = ()
    unmapped_masks: tuple[str, ...] = ("product",)
    neutral: str = "keep"
    mixed: str = "keep"
    remap: Mapping[str, str] = field(default_factory=dict)
    needs_term: tuple[str, ...] = ()
    sentiment_category: str = ""
    loyalty_category: str = ""
    intent_words: str = ""
    skip_unlabelled: bool = False
    translation_of: str = ""
    note: str = ""


def load_catalogue(path: str | Path | None = None) -> dict[str, Dataset]:
    """Read the catalogue of data sets.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file; ``data/datasets.toml`` of the checkout when not given.

    Returns
    -------
    dict of str to Dataset
        In catalogue order.

    Raises
    ------
    InputError
        If the file is not there, or an entry has an unknown or missing key.
    """
    sets = {}
    for name, entry in _read_catalogue(path)["sets"].items():
        row: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
        for key in ("files", "drop_rows"):
            row[key] = {k: tuple(v) for k, v in entry.get(key, {}).items()}
        try:
            sets[name] = Dataset(name=name, **row)
        except TypeError as e:
            raise InputError(f"catalogue, [sets.{name}]: {e}. See Dataset for the keys.") from e
    return sets


def load_unlabelled_sources(path: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """Read the catalogue entries of the two files of unlabelled text, by folder name."""
    return dict(_read_catalogue(path)["unlabelled"])


def load_terms(lang: str) -> dict[str, tuple[str, ...]]:
    """Read the words that show a driver inside an open aspect term of a language."""
    terms = _read_catalogue(None)["terms"].get("en" if lang == "en" else "zh", {})
    return {driver: tuple(words) for driver, words in terms.items()}


@cache
def load_driver_mapping(root: str | Path) -> dict[str, dict[str, str]]:
    """Read which aspect category of which data set is which driver.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/driver_mapping.csv``.

    Returns
    -------
    dict of data set to dict of category to driver
        ``""`` where no driver fits.

    Raises
    ------
    InputError
        If a driver is not in the taxonomy.
    """
    path = Path(root) / "data" / "driver_mapping.csv"
    drivers = {"", *load_taxonomy().ids}
    mapping: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["driver"] not in drivers:
                raise InputError(f"{path}: unknown driver {row['driver']!r} of {row['dataset']}.")
            mapping.setdefault(row["dataset"], {})[row["aspect"]] = row["driver"]
    return mapping


def licenses(root: str | Path, *, path: str | Path | None = None) -> pd.DataFrame:
    """List every data set with its licence and whether ``only_licensed`` keeps it.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.
    path : str or Path, optional
        Another catalogue.

    Returns
    -------
    DataFrame, one row per data set
        ``dataset, lang, domain, licence, is_permitted, source, note``, and ``is_present`` (its
        folder is below `root`).
    """
    rows = [
        {
            "dataset": s.name,
            "lang": s.lang,
            "domain": s.domain,
            "licence": s.licence,
            "is_permitted": s.is_permitted,
            "source": s.source,
            "note": s.note,
        }
        for s in load_catalogue(path).values()
    ]
    for name, entry in load_unlabelled_sources(path).items():
        permitted = ", ".join(entry["permitted_sources"])
        rows.append(
            {
                "dataset": name,
                "lang": entry["lang"],
                "domain": "unlabelled text",
                "licence": entry["licence"],
                "is_permitted": False,
                "source": entry["source"],
                "note": f"only these parts are permitted: {permitted}",
            }
        )
    frame = pd.DataFrame(rows)
    frame["is_present"] = [(Path(root) / "data" / name).is_dir() for name in frame["dataset"]]
    return frame


def _read_catalogue(path: str | Path | None) -> dict[str, Any]:
    """Read the given catalogue, or the one of the checkout."""
    return _read_toml(Path(path) if path is not None else REPOSITORY / "data" / "datasets.toml")


@cache
def _read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file once."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise InputError(
            f"{path}: cannot be read ({e.strerror}). Training needs a checkout of the repository, "
            "or the path of a catalogue."
        ) from e
    except tomllib.TOMLDecodeError as e:
        raise InputError(f"{path}: not valid TOML ({e}).") from e
