"""The common columns of training tables, and the lines they are filled from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.corpus.leakage import normalize_all
from nlp_cx.corpus.readers import Labels
from nlp_cx.errors import InputError
from nlp_cx.taxonomy import load_taxonomy

LABEL_COLUMNS = ("sentiment", *load_taxonomy().ids, "loyalty")
"""The outputs that an example may be labelled with."""

PLACE = ("dataset", "file", "row")
"""Columns that say where a text stands; ``row`` counts lines (reviews, conversations) from 0."""


def lay_out(
    texts: Sequence[str],
    dataset: str | Sequence[str],
    file: str | Sequence[str],
    rows: Sequence[int],
    lang: str | Sequence[str],
) -> pd.DataFrame:
    """Lay out texts with their places and normalised forms; strings stay plain objects."""
    index = pd.RangeIndex(len(texts))
    frame = pd.DataFrame(
        {
            "dataset": pd.Series(dataset, index, dtype=object),
            "file": pd.Series(file, index, dtype=object),
            "row": np.asarray(rows, np.int64),
            "lang": pd.Series(lang, index, dtype=object),
            "text": pd.Series(texts, index, dtype=object),
            "match": pd.Series(normalize_all(texts), index, dtype=object),
        }
    )
    frame["example_id"] = frame["dataset"] + "/" + frame["file"] + "/" + frame["row"].astype(str)
    return frame


def put_labels(frame: pd.DataFrame, labels: list[Labels]) -> pd.DataFrame:
    """Add one column per output; what a source does not label is None."""
    columns = {
        name: pd.Series([found.get(name) for found in labels], frame.index, dtype=object)
        for name in LABEL_COLUMNS
    }
    columns["rating"] = pd.Series(
        [found.get("rating", np.nan) for found in labels], frame.index, dtype=np.float64
    )
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Parse a plain or gzipped file of JSON lines.

    Raises
    ------
    InputError
        If the file cannot be read or a line is not JSON.
    """
    rows = []
    for number, line in enumerate(read_lines(path)):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as e:
            raise InputError(f"{path}, line {number + 1}: not JSON ({e}).") from e
    return rows


def read_lines(path: Path) -> Iterator[str]:
    """Give the lines of a plain or gzipped UTF-8 file.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    opener: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as file:
            yield from file
    except (OSError, EOFError, UnicodeDecodeError) as e:
        raise InputError(
            f"{path}: cannot be read ({e}). Expected a file of the data folder."
        ) from e
