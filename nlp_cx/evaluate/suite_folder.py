"""A suite of the user's own: a folder of labelled texts, checked line by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.config import config, load_config
from nlp_cx.corpus.layout import LABEL_COLUMNS
from nlp_cx.errors import ConfigError, InputError
from nlp_cx.evaluate.suite import (
    CalibrationPlan,
    ChallengePlan,
    Published,
    SetPlan,
    Suite,
    SuitePlan,
    TestSet,
    load_challenge,
    make_set,
)
from nlp_cx.schema import POLARITIES
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages

ENDINGS = (".jsonl", ".csv", ".parquet")
DRIVERS = load_taxonomy().ids
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("negative", "neutral", "positive", "mixed"),
    "loyalty": ("negative", "positive", "none"),
    **dict.fromkeys(DRIVERS, (*POLARITIES, "mentioned", "not_mentioned")),
}
"""Values of every label column; an empty cell is a text that was not labelled."""

_ABSENT = {"loyalty": "none", **dict.fromkeys(DRIVERS, "not_mentioned")}
_MOST_FAULTS = 20


@config
class FileDescription:
    """One file of a folder, as ``[sets.NAME]`` of ``suite.toml`` describes it.

    Parameters
    ----------
    file : str
        Name of the file; ``NAME.jsonl``, ``.csv`` or ``.parquet`` when not given.
    columns : dict of str to str
        ``text``, an output, ``id``, ``lang`` or ``group`` to the column of the file, where names
        differ.
    values : dict of str to dict
        Output to (value of the file to one of ours), where values differ.
    empty : str
        What an empty cell of a driver or of loyalty says: ``not_mentioned`` or ``not_labelled``.
    lang : str
        ``zh`` or ``en`` of all texts; told text by text when not given.
    domain, metric, goal, published, note
        As in ``data/suite.toml``.
    """

    file: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    empty: str = ""
    lang: str = ""
    domain: str = ""
    metric: str = ""
    goal: float | None = None
    published: tuple[Published, ...] = ()
    note: str = ""


@config
class FolderDescription:
    """A ``suite.toml``."""

    sets: dict[str, FileDescription] = field(default_factory=dict)
    challenge: ChallengePlan = ChallengePlan()
    calibration: CalibrationPlan = CalibrationPlan()


def load_folder_suite(folder: str | Path) -> Suite:
    """Load the labelled texts of a folder.

    Parameters
    ----------
    folder : str or Path
        Holds files ``.jsonl``, ``.csv`` (UTF-8) or ``.parquet`` with a column ``text`` and at
        least one of ``sentiment``, the six drivers and ``loyalty``; optionally ``id``, ``lang``
        and ``group`` (texts of one customer or conversation: drawn together by the bootstrap),
        ``suite.toml`` (see `FileDescription`), and ``challenge/*.jsonl``.

    Returns
    -------
    Suite
        One set per file.

    Raises
    ------
    InputError
        If the folder holds no such file, or a file holds faults: each with file and line.
    ConfigError
        If ``suite.toml`` is malformed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"suite {str(folder)!r}: no such folder. Give 'default' or a folder.")
    described = folder / "suite.toml"
    plan = load_config(described, FolderDescription) if described.exists() else FolderDescription()
    sets: dict[str, TestSet] = {}
    notes = []
    for name, (path, entry) in _find_files(folder, plan).items():
        made = make_set(
            name,
            read_labelled(path, entry),
            SetPlan(
                metric=entry.metric, goal=entry.goal, published=entry.published, note=entry.note
            ),
        )
        if made is None:
            notes.append(f"{path.name}: too few labels to measure anything, left out")
        else:
            sets[name] = made
    challenge = load_challenge(folder / "challenge")
    if not sets and not challenge:
        raise InputError(
            f"{folder}: nothing to measure on. Expected files {', '.join(ENDINGS)} with a column "
            f"text and one or more of {', '.join(LABEL_COLUMNS)}. {' '.join(notes)}".rstrip()
        )
    whole = SuitePlan(
        sets={name: made.plan for name, made in sets.items()},
        challenge=plan.challenge,
        calibration=plan.calibration,
    )
    return Suite(folder.resolve().name, "", sets, whole, challenge, tuple(notes))


def read_labelled(path: Path, entry: FileDescription) -> pd.DataFrame:
    """Read and check one file.

    Parameters
    ----------
    path : Path
    entry : FileDescription

    Returns
    -------
    DataFrame, one row per text
        As `nlp_cx.evaluate.suite.TestSet` holds it.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a cell has a value that is not allowed.
    """
    names = {name: entry.columns.get(name, name) for name in ("text", *LABEL_COLUMNS)}
    more = {name: entry.columns.get(name, name) for name in ("id", "lang", "group")}
    lines = list(_read_rows(path))
    if not lines:
        raise InputError(f"{path}: holds no rows. Expected labelled texts.")
    present = {column for _, row in lines for column in row}
    _check_columns(path, entry, names | more, present)
    outputs = [name for name in LABEL_COLUMNS if names[name] in present]
    faults: list[str] = []
    columns: dict[str, list[Any]] = {name: [] for name in ("text", *outputs)}
    for line, row in lines:
        text = row.get(names["text"])
        if not isinstance(text, str):
            faults.append(f"{path}, line {line}: text is {text!r}, expected a text")
        columns["text"].append(text)
        for name in outputs:
            value, fault = _read_label(name, row.get(names[name]), entry)
            columns[name].append(value)
            if fault:
                faults.append(f"{path}, line {line}: {names[name]} is {fault}")
    if faults:
        rest = f" … and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise InputError(f"{len(faults)} faults: {'; '.join(faults[:_MOST_FAULTS])}{rest}.")
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    for name in LABEL_COLUMNS:
        frame[name] = _fill(path, name, frame[name], entry) if name in frame else None
    ids = [row.get(more["id"]) for _, row in lines]
    frame["example_id"] = [
        f"{path.stem}/{line}" if found is None else str(found)
        for (line, _), found in zip(lines, ids, strict=True)
    ]
    frame["lang"] = _languages(
        frame["text"].tolist(), entry, [r.get(more["lang"]) for _, r in lines]
    )
    frame["is_chat"] = False
    if more["group"] in present:
        # A text without a group stands for itself.
        frame["group"] = [
            f"line {line}" if row.get(more["group"]) in (None, "") else str(row[more["group"]])
            for line, row in lines
        ]
    return frame


def _find_files(folder: Path, plan: FolderDescription) -> dict[str, tuple[Path, FileDescription]]:
    """List the files to read, by the name of their set."""
    found = sorted(p for p in folder.iterdir() if p.suffix in ENDINGS and p.name[0] not in "._")
    by_name = {path.name: path for path in found}
    files: dict[str, tuple[Path, FileDescription]] = {}
    for name, entry in plan.sets.items():
        tried = [entry.file] if entry.file else [name + ending for ending in ENDINGS]
        here = [by_name.pop(t) for t in tried if t in by_name]
        if len(here) != 1:
            raise ConfigError(
                f"{folder / 'suite.toml'}: [sets.{name}] means {' or '.join(tried)}, of which "
                f"{len(here)} are there. The folder holds: {', '.join(p.name for p in found)}."
            )
        files[name] = (here[0], entry)
    for path in by_name.values():
        if path.stem in files:
            raise ConfigError(f"{path}: a set {path.stem!r} is there already. Rename the file.")
        files[path.stem] = (path, FileDescription())
    return files


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the rows of a file with the line that each begins in (row number of a parquet file)."""
    try:
        if path.suffix == ".parquet":
            yield from enumerate(pq.read_table(path).to_pylist(), start=1)
        elif path.suffix == ".jsonl":
            # split, not splitlines: a text may hold other line separators, such as U+2028.
            for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
                if line.strip():
                    yield number, _parse_json(path, number, line)
        else:
            yield from _read_csv(path)
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror or e}).") from e
    except UnicodeDecodeError as e:
        raise InputError(
            f"{path}: not UTF-8 ({e.reason} at byte {e.start}). Save it as such."
        ) from e
    except pa.ArrowException as e:
        raise InputError(f"{path}: damaged, cut off, or no parquet file ({e}).") from e


def _parse_json(path: Path, number: int, line: str) -> dict[str, Any]:
    """Parse one line of JSON."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise InputError(f"{path}, line {number}: not JSON ({e}).") from e
    if not isinstance(row, dict):
        raise InputError(f"{path}, line {number}: {line[:40]!r}, expected an object.")
    return row


def _read_csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a csv file; a row of another length than the heading is a fault."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        begin = 1
        try:
            heading = next(reader, [])
            doubled = {name for name in heading if heading.count(name) > 1}
            if doubled:
                raise InputError(f"{path}: columns stand twice: {', '.join(sorted(doubled))}.")
            begin = reader.line_num + 1
            for cells in reader:
                if cells and len(cells) != len(heading):
                    raise InputError(
                        f"{path}, line {begin}: {len(cells)} cells, expected {len(heading)} as in "
                        "the heading. Is a text with commas not quoted?"
                    )
                if cells:
                    yield begin, dict(zip(heading, cells, strict=True))
                begin = reader.line_num + 1
        except csv.Error as e:
            raise InputError(f"{path}, line {begin}: not csv ({e}).") from e


def _check_columns(
    path: Path, entry: FileDescription, names: Mapping[str, str], present: set[str]
) -> None:
    """Raise where a needed or described column is not there, or a description means nothing."""
    unknown = [name for name in entry.columns if name not in names]
    unknown += [name for name in entry.values if name not in LABEL_COLUMNS]
    if unknown:
        raise ConfigError(
            f"suite.toml, {path.name}: {', '.join(unknown)} is none of {', '.join(names)}."
        )
    if entry.empty not in ("", "not_mentioned", "not_labelled"):
        raise ConfigError(
            f"suite.toml, {path.name}: empty is {entry.empty!r}, expected not_mentioned or "
            "not_labelled."
        )
    wanted = {"text": names["text"], **entry.columns}
    missing = [column for column in wanted.values() if column not in present]
    labels = [names[name] for name in LABEL_COLUMNS if names[name] in present]
    if missing or not labels:
        lacking = missing or [f"any of {', '.join(names[name] for name in LABEL_COLUMNS)}"]
        raise InputError(
            f"{path}: no column {', '.join(lacking)}; found {', '.join(sorted(present))}. Rename "
            'columns, or name them in suite.toml: [sets.NAME] columns = { text = "review" }.'
        )


def _read_label(name: str, value: Any, entry: FileDescription) -> tuple[str | None, str]:
    """Give a label, None where the cell is empty, and what is wrong with it."""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None, ""
    renamed = entry.values.get(name, {}).get(str(value), value)
    if isinstance(renamed, str) and renamed in ALLOWED[name]:
        return renamed, ""
    return None, f"{value!r}, expected {', '.join(ALLOWED[name])} or nothing"


def _fill(path: Path, name: str, labels: pd.Series[Any], entry: FileDescription) -> pd.Series[Any]:
    """Say what empty cells of a driver or of loyalty mean; refuse to guess."""
    absent = _ABSENT.get(name)
    n_empty = int(labels.isna().sum())
    if absent is None or n_empty == 0 or entry.empty == "not_labelled":
        return labels
    if entry.empty == "not_mentioned":
        return labels.where(labels.notna(), absent)
    if (labels == absent).any():
        return labels  # absence has a word of its own here
    raise InputError(
        f"{path}: {n_empty} of {len(labels)} cells of {name} are empty, and none says {absent!r}: "
        "not mentioned, or not labelled? Say in suite.toml: "
        f'[sets.{path.stem}] empty = "not_mentioned" (or "not_labelled").'
    )


def _languages(texts: list[str], entry: FileDescription, given: list[Any]) -> list[str]:
    """Give zh or en of each text: as the file says, or as the text looks."""
    if entry.lang:
        return [entry.lang] * len(texts)
    batch = TextBatch.from_strings(texts)
    codes = detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])
    told = ("zh", "zh", "en", "zh", "und")  # mixed: Chinese with English words, nearly always
    return [
        told[code] if found in (None, "") else str(found)
        for code, found in zip(codes, given, strict=True)
    ]
