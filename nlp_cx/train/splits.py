"""Read one file of a data set, or of the gold set, into the common columns of training."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.train import datasets
from nlp_cx.train.datasets import (
    Dataset,
    load_catalogue,
    load_driver_mapping,
    load_terms,
    load_unlabelled_sources,
)
from nlp_cx.train.leakage import normalize_all
from nlp_cx.train.readers import READERS, Inventory, Labels, read_gold

LABEL_COLUMNS = ("sentiment", *load_taxonomy().ids, "loyalty")
"""The outputs that an example may be labelled with."""

PLACE = ("dataset", "file", "row")
"""Columns that say where a text stands; ``row`` counts lines (reviews, conversations) from 0."""

FILLERS = re.compile(
    "此用户(?:没有|未)(?:及时)?填写评价|系统默认好评|(?:您|用户)没有填写(?:评价)?内容"
)
"""Sentences that a shop puts where the customer wrote nothing."""


def read_texts(root: str | Path, dataset: Dataset, file: str, split: str) -> pd.DataFrame:
    """Read every row of a file without looking at its labels.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/``.
    dataset : Dataset
    file : str
        A file of the data set.
    split : str
        The split that the catalogue puts the file into.

    Returns
    -------
    DataFrame, one row per line
        ``dataset, file, row, source, lang, text``; ``match`` (normalised text); ``split`` (the one
        given, or for a train file that is carved the one its text hashes to); ``raw`` (the parsed
        line).
    """
    rows = read_json_lines(Path(root) / "data" / dataset.name / file)
    texts = [row.get("text") or "" for row in rows]
    frame = lay_out(texts, dataset.name, file, range(len(rows)), dataset.lang)
    frame["source"] = dataset.name
    frame["split"] = split
    if split == "train" and dataset.carve:
        frame["split"] = carve(frame["match"].tolist(), dataset.carve)
    frame["raw"] = pd.Series(rows, dtype=object, index=frame.index)
    return frame


def add_labels(root: str | Path, texts: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Label the texts of one data set and leave out what cannot be used.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/driver_mapping.csv``.
    texts : DataFrame
        As `read_texts` gives it.
    dataset : Dataset
        Its reader must not be ``none``.

    Returns
    -------
    DataFrame
        With `LABEL_COLUMNS`, ``rating, license_stated, is_soft, weight``; without the rows that
        are unreadable or were not labelled, and in training without those that hold too few
        letters, are a filler of the shop or were not translated.
    """
    usable = texts["match"].str.len() >= dataset.min_letters
    usable &= ~texts["text"].str.contains(FILLERS)
    if dataset.max_han_share < 1:
        n_han = texts["text"].str.count("[\u4e00-\u9fff]")
        usable &= n_han <= dataset.max_han_share * texts["text"].str.len()
    usable |= texts["split"] != "train"
    for file, rows in dataset.drop_rows.items():
        usable &= ~((texts["file"] == file) & texts["row"].isin(rows))
    texts = texts[usable]
    inventory = Inventory(load_driver_mapping(root).get(dataset.name, {}), load_terms(dataset.lang))
    reader = READERS[dataset.reader]
    labels = [reader(row, dataset, inventory) for row in texts["raw"]]
    frame = texts.drop(columns=["raw", "split"])[[found is not None for found in labels]]
    frame = put_labels(frame, [found for found in labels if found is not None])
    frame["license_stated"] = dataset.is_permitted
    frame["is_soft"], frame["weight"] = dataset.is_soft, dataset.weight
    return frame


def read_gold_split(root: str | Path, split: str) -> pd.DataFrame:
    """Read one split of the gold set; a text has the licence of the data set it was cut from."""
    rows = read_json_lines(Path(root) / "labels" / f"{split}.jsonl")
    frame = lay_out(
        [r["text"] for r in rows],
        [r["dataset"] for r in rows],
        [r["file"] for r in rows],
        [int(re.split("[#.]", r["row"])[0]) for r in rows],
        [r["lang"] for r in rows],
    )
    frame = put_labels(frame, [read_gold(r) for r in rows])
    frame["example_id"] = ["gold/" + r["id"] for r in rows]
    frame["source"], frame["is_soft"], frame["weight"] = "gold", False, 1.0
    permitted = {s.name for s in load_catalogue().values() if s.is_permitted}
    for name, entry in load_unlabelled_sources().items():
        permitted.update(f"{name}:{part}" for part in entry["permitted_sources"])
    frame["license_stated"] = frame["dataset"].isin(permitted)
    return frame


def read_written(root: str | Path, *, own: str | Path | None = None) -> pd.DataFrame:
    """Read the texts written for this project.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``labels/written_train.jsonl``.
    own : str or Path, optional
        Folder of ``*_zh.tsv`` and ``*_en.tsv`` files in the codes of the guideline (id,
        sentiment, drivers, loyalty, text); ``data/written`` of the checkout when not given.

    Returns
    -------
    DataFrame
        As `add_labels` gives it; ``source`` is ``written``.

    Raises
    ------
    InputError
        If a line does not follow the codes.
    """
    rows = read_json_lines(Path(root) / "labels" / "written_train.jsonl")
    files = ["written_train.jsonl"] * len(rows)
    for path in sorted(Path(own or datasets.REPOSITORY / "data" / "written").glob("*_*.tsv")):
        lines = [line for line in read_lines(path) if line.strip() and not line.startswith("#")]
        rows += [_parse_codes(line, path) for line in lines]
        files += [path.name] * len(lines)
    frame = lay_out(
        [r["text"] for r in rows], "written", files, range(len(rows)), [r["lang"] for r in rows]
    )
    frame = put_labels(frame, [read_gold(r) for r in rows])
    frame["example_id"] = [f"written/{f}/{r['id']}" for f, r in zip(files, rows, strict=True)]
    frame["source"], frame["license_stated"] = "written", True
    frame["is_soft"], frame["weight"] = False, 1.0
    return frame


def carve(match: Sequence[str], shares: Mapping[str, float]) -> npt.NDArray[np.object_]:
    """Place normalised texts in splits by their hash, so that equal texts go together.

    Parameters
    ----------
    match : sequence of str
        Normalised texts.
    shares : dict of split to float
        Shares of ``test`` and ``dev``; the rest is ``train``.

    Returns
    -------
    ndarray of str, shape (n_texts,)

    Examples
    --------
    >>> list(carve(["好吃", "贵", "好吃"], {"dev": 0.3, "test": 0.3}))
    ['test', 'dev', 'test']
    """
    hashes = (int.from_bytes(hashlib.blake2b(m.encode(), digest_size=6).digest()) for m in match)
    u = np.fromiter(hashes, np.int64, len(match)) / float(1 << 48)
    test, dev = shares.get("test", 0.0), shares.get("dev", 0.0)
    splits = np.array(["test", "dev", "train"], dtype=object)
    return splits[(u >= test).astype(int) + (u >= test + dev)]


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


_SENTIMENTS = {"p": "positive", "n": "negative", "m": "mixed", "u": "neutral"}
_DRIVERS = dict(zip("PSR$CB", load_taxonomy().ids, strict=True))
_POLARITIES = {"+": "positive", "-": "negative", "0": "neutral", "~": "mixed"}


def _parse_codes(line: str, path: Path) -> dict[str, Any]:
    """Read a line ``id, sentiment, drivers, loyalty, text`` in the codes of the guideline."""
    try:
        name, sentiment, drivers, loyalty, text = line.rstrip("\r\n").split("\t")
        return {
            "id": name,
            "lang": path.stem.rpartition("_")[2],
            "text": text,
            "sentiment": _SENTIMENTS[sentiment],
            "drivers": {_DRIVERS[code[0]]: _POLARITIES[code[1:]] for code in drivers.split()},
            "loyalty": {"": None, "L+": "positive", "L-": "negative"}[loyalty],
        }
    except (ValueError, KeyError) as e:
        raise InputError(
            f"{path}: {line.rstrip()!r} is not five cells id, sentiment (p n m u), drivers "
            f"(like 'P+ $-'), loyalty (L+ L- or empty), text ({e!r})."
        ) from e
