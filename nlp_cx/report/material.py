"""What an analysis hands to the report: its result tables, facts about the run, what is missing."""

from __future__ import annotations

import json
import math
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.analyze.outcome import OutcomeTables
from nlp_cx.errors import InputError, OutputError

MANIFEST = "material.json"
"""File that lists the tables; a folder without it is no material."""

FORMAT = 1
"""Of the folder; a reader refuses later ones."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
"""Table names become file names: nothing else may stand in them."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report is made of, in no language.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Result tables by name.
    outcomes : mapping of str to OutcomeTables
        What goes with each outcome; the first is the main one.
    facts : mapping of str to object
        What JSON can hold. Known: ``title``; ``n_documents``, ``n_texts``, ``n_interactions``;
        ``first_time``, ``last_time``; ``inputs`` (mappings with ``path``, ``role``, ``n_rows``);
        ``outcomes`` (outcome to ``label``, ``low``, ``high``, ``higher_is_better``); ``group`` and
        ``period`` (column names); ``drivers`` (id to ``en``, ``zh``, where the taxonomy is not the
        default one); ``currency``; ``model`` (``name``, ``version``); ``seconds``; ``notes``;
        ``options``; ``n_quotes`` (evidence in all). Any may be missing.
    missing : mapping of str to (reason, remedy), or to a mapping
        By table name: why a table could not be made, and what would make it possible, as English
        sentences or codes; or ``code, columns, reason, remedy, detail`` as
        `nlp_cx.analyze.source_models` gives them.

    Examples
    --------
    >>> Material(facts={"title": "Reviews"}).facts["title"]
    'Reviews'
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    outcomes: Mapping[str, OutcomeTables] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, str] | Mapping[str, Any]] = field(default_factory=dict)


def tell_lack(given: tuple[str, str] | list[str] | Mapping[str, Any]) -> tuple[str, str]:
    """Give why a table is missing and what would make it possible, as English sentences.

    Parameters
    ----------
    given : (str, str) or mapping
        A value of `Material.missing`.

    Returns
    -------
    str, str

    Examples
    --------
    >>> tell_lack({"code": "needs_texts", "reason": "No texts.", "remedy": "Add some."})
    ('No texts.', 'Add some.')
    """
    if isinstance(given, Mapping):
        return str(given.get("reason") or given.get("code") or ""), str(given.get("remedy") or "")
    reason, remedy = given
    return reason, remedy


def save_material(material: Material, folder: str | Path) -> None:
    """Write a material as a folder of parquet files and one JSON file, whole or not at all.

    Parameters
    ----------
    material : Material
    folder : str or Path
        Is made. An earlier material there is replaced; any other folder with content is refused.

    Raises
    ------
    OutputError
        If a table or fact cannot be written; what stood there before is unchanged.

    Notes
    -----
    The index of a table is not kept, its ``attrs`` are. The same material gives the same bytes.
    """
    folder = Path(folder)
    _check_place(folder)
    beside = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}.tmp")
    try:
        beside.mkdir(parents=True)
        manifest = {
            "format": FORMAT,
            "facts": plain(material.facts),
            "missing": plain(material.missing),
            "tables": _write_tables(material.tables, beside / "tables"),
            "outcomes": [
                {
                    "name": name,
                    "outcome": found.outcome,
                    "family": found.family,
                    "notes": list(found.notes),
                    "tables": _write_tables(found.tables, beside / f"outcome_{i}"),
                }
                for i, (name, found) in enumerate(material.outcomes.items())
            ],
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
        (beside / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _put_in_place(beside, folder)
    except OSError as e:
        raise OutputError(
            f"{folder}: cannot be written ({e.strerror or e}). Choose a folder that can."
        ) from e
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def load_material(folder: str | Path) -> Material:
    """Read what `save_material` wrote.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Material

    Raises
    ------
    InputError
        If the folder is no material, is damaged, or was written by a later version.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] > FORMAT:
            raise InputError(
                f"{folder}: format {manifest['format']}, known is {FORMAT}. Update nlp_cx."
            )
        outcomes = {
            each["name"]: OutcomeTables(
                each["outcome"],
                each["family"],
                _read_tables(each["tables"], folder / f"outcome_{i}"),
                tuple(each["notes"]),
            )
            for i, each in enumerate(manifest["outcomes"])
        }
        missing = {
            name: words if isinstance(words, dict) else (words[0], words[1])
            for name, words in manifest["missing"].items()
        }
        tables = _read_tables(manifest["tables"], folder / "tables")
        return Material(tables, outcomes, manifest["facts"], missing)
    except FileNotFoundError as e:
        raise InputError(f"{folder}: no {Path(e.filename).name}. Give a saved material.") from e
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as e:
        if isinstance(e, InputError):
            raise
        raise InputError(
            f"{folder}: not a whole material ({type(e).__name__}: {e}). Run the analysis again."
        ) from e


def plain(value: Any) -> Any:
    """Turn a fact into what JSON can hold.

    Parameters
    ----------
    value : object
        Mappings, sequences, numpy scalars, times, paths; nested as deep as needed.

    Returns
    -------
    object
        Missing and infinite numbers become None, times ISO 8601.

    Raises
    ------
    OutputError
        If a value is of another kind.

    Examples
    --------
    >>> plain({"n": np.int64(3), "share": float("nan"), "at": pd.Timestamp("2024-05-01")})
    {'n': 3, 'share': None, 'at': '2024-05-01T00:00:00'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    """Turn a value that is no float into a text or leave it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (str, int)):
        return value
    raise OutputError(f"a fact is a {type(value).__name__}: expected text, numbers, times, lists.")


def _write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, Any]:
    """Write tables into a new folder; give the attrs of each by name."""
    folder.mkdir()
    attrs = {}
    for name, frame in tables.items():
        if not _NAME.fullmatch(name):
            raise OutputError(f"{name!r} cannot be the name of a table. Use a-z, 0-9 and _.")
        attrs[name] = plain(frame.attrs)
        # attrs are in the manifest: pandas cannot write those with numpy numbers.
        bare = frame.copy(deep=False)
        bare.attrs = {}
        try:
            table = pa.Table.from_pandas(bare, preserve_index=False)
        except (pa.ArrowException, TypeError) as e:
            raise OutputError(f"table {name!r} cannot be written as parquet ({e}).") from e
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    return attrs


def _read_tables(attrs: Mapping[str, Any], folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables that the manifest names."""
    tables = {}
    for name, each in attrs.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a table")
        # Opened by Python: arrow's error does not hold the name of a file that is not there.
        with (folder / f"{name}.parquet").open("rb") as stream:
            frame = pq.read_table(stream).to_pandas()
        frame.attrs = dict(each)
        tables[name] = frame
    return tables


def _check_place(folder: Path) -> None:
    """Refuse to replace what is no material."""
    if folder.is_file():
        raise OutputError(f"{folder}: a file stands there. Choose another folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise OutputError(
            f"{folder}: a folder with other content stands there, and would be replaced. "
            "Choose another, or empty it."
        )


def _put_in_place(beside: Path, folder: Path) -> None:
    """Rename a finished folder to its place; what stood there goes after that."""
    former = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}.old")
    if folder.exists():
        folder.rename(former)
    try:
        beside.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)
