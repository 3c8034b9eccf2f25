"""The table of training examples: every usable data set in the same columns, leaks dropped."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.train.datasets import (
    REPOSITORY,
    SPLITS,
    Dataset,
    load_catalogue,
    load_driver_mapping,
    load_terms,
    load_unlabelled_sources,
)
from nlp_cx.train.leakage import drop_leaked, normalize_all
from nlp_cx.train.readers import READERS, Inventory, Labels, read_gold

logger = logging.getLogger(__name__)

DRIVERS = load_taxonomy().ids
LABEL_COLUMNS = ("sentiment", *DRIVERS, "loyalty")
COLUMNS = (
    "example_id",
    "source",
    "lang",
    "license_stated",
    "text",
    *LABEL_COLUMNS,
    "is_soft",
    "weight",
    "rating",
)
_PLACE = ("dataset", "file", "row")

FILLERS = re.compile(
    "此用户(?:没有|未)(?:及时)?填写评价|系统默认好评|(?:您|用户)没有填写(?:评价)?内容"
)
"""Sentences that a shop puts where the customer wrote nothing."""


def load_examples(
    root: str | Path, *, split: str = "train", only_licensed: bool = False
) -> pd.DataFrame:
    """Give every usable training text with what its source says about it.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.
    split : {'train'}
        Dev and test texts come from `load_test_sets` only.
    only_licensed : bool, default=False
        Keep only sources whose stated licence permits commercial training, and the project's
        own texts.

    Returns
    -------
    DataFrame, one row per text
        ``example_id`` (data set/file/row), ``source`` (data set; ``gold``; ``written``), ``lang``
        (zh, en, yue), ``license_stated`` (bool), ``text``; ``sentiment`` (negative, neutral,
        positive, mixed; None: not labelled); per driver ``not_mentioned``, a polarity (positive,
        negative, neutral, mixed), ``mentioned`` (polarity not known) or None (the source says
        nothing about it); ``loyalty`` (positive, negative, none; None: not labelled); ``is_soft``
        (bool), ``weight`` (0-1), ``rating`` (stars 1-5, NaN where there are none).
        ``attrs["dropped"]``: dict of reason to dict of source to number of rows.

    Raises
    ------
    InputError
        If `split` is not ``train``, or a file is missing or malformed.
    """
    if split != "train":
        raise InputError(f"split {split!r}: load_examples gives train only; use load_test_sets.")
    frames = [_read_gold_split(root, "train"), _read_written(root)]
    for dataset in load_catalogue().values():
        if dataset.reader != "none" and dataset.files.get("train"):
            frames.append(_read_split(root, dataset, "train"))
    train = pd.concat(frames, ignore_index=True)
    n_read = train["source"].value_counts()
    train, counts = drop_leaked(train, _protected(root))
    train, n_copies = _drop_copies(train)
    if only_licensed:
        train = train[train["license_stated"]].reset_index(drop=True)
    train = train[list(COLUMNS)]
    train.attrs["dropped"] = {
        "read": n_read.to_dict(),
        **{reason: counts[reason].to_dict() for reason in counts.columns if reason != "kept"},
        "copy": n_copies,
    }
    return train


def load_test_sets(root: str | Path, split: str) -> dict[str, pd.DataFrame]:
    """Give the dev or test split of the gold set and of every data set that has one.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.
    split : {'dev', 'test'}

    Returns
    -------
    dict of str to DataFrame
        ``gold`` first, then data sets in catalogue order; columns as in `load_examples`. A text
        that occurs twice in a split is kept twice: published figures count it so.

    Raises
    ------
    InputError
        If `split` is neither dev nor test.
    """
    if split not in ("dev", "test"):
        raise InputError(f"split {split!r}: expected dev or test.")
    logger.info("reading the %s splits of all data sets", split)
    sets = {"gold": _read_gold_split(root, split)[list(COLUMNS)]}
    for dataset in load_catalogue().values():
        if dataset.reader == "none" or not (dataset.files.get(split) or dataset.carve.get(split)):
            continue
        sets[dataset.name] = _read_split(root, dataset, split)[list(COLUMNS)]
    return sets


def load_unlabelled(root: str | Path) -> pd.DataFrame:
    """Give the unlabelled review texts, for distillation.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.

    Returns
    -------
    DataFrame, one row per text
        ``text, lang, source`` (folder:part), ``license_stated``; texts of dev and test splits and
        passages of them are dropped.
    """
    frames = []
    for name, entry in load_unlabelled_sources().items():
        path = Path(root) / "data" / name / entry["file"]
        parts, texts = [], []
        for line in _lines(path):
            part, _, text = line.rstrip("\n").partition("\t")
            parts.append(part)
            texts.append(text)
        frame = pd.DataFrame(
            {"text": texts, "source": [f"{name}:{p}" for p in parts]}, dtype=object
        )
        frame["lang"] = entry["lang"]
        frame["license_stated"] = pd.Series(parts).isin(entry["permitted_sources"])
        frame["dataset"], frame["file"], frame["row"] = (
            frame["source"],
            entry["file"],
            range(len(frame)),
        )
        frames.append(frame)
    texts_all = pd.concat(frames, ignore_index=True)
    texts_all = texts_all[[len(m) > 0 for m in normalize_all(texts_all["text"].tolist())]]
    kept, _ = drop_leaked(texts_all.reset_index(drop=True), _protected(root))
    return kept[["text", "lang", "source", "license_stated"]]


def _protected(root: str | Path) -> pd.DataFrame:
    """Gather the texts (no labels) of every dev and test split."""
    frames = [_read_gold_split(root, "dev"), _read_gold_split(root, "test")]
    for dataset in load_catalogue().values():
        for split in ("dev", "test", "protect"):
            frames += [_read_texts(root, dataset, file) for file in dataset.files.get(split, ())]
        if dataset.carve:
            for file in dataset.files["train"]:
                frame = _read_texts(root, dataset, file)
                frames.append(frame[_carve(frame["match"].tolist(), dataset.carve) > 0])
    return pd.concat(frames, ignore_index=True)[["source", "lang", "text", "match", *_PLACE]]


def _read_texts(root: str | Path, dataset: Dataset, file: str) -> pd.DataFrame:
    """Read every text of a file, labels left out."""
    rows = _rows(Path(root) / "data" / dataset.name / file)
    texts = [row.get("text") or "" for row in rows]
    frame = _table(
        texts,
        [{}] * len(texts),
        [dataset.name] * len(texts),
        file,
        list(range(len(texts))),
        dataset.lang,
    )
    frame["source"] = dataset.name
    return frame


def _read_split(root: str | Path, dataset: Dataset, split: str) -> pd.DataFrame:
    """Read one split of one data set: its files, or what the hash carves from the train files."""
    frames = [_read_file(root, dataset, file) for file in dataset.files.get(split, ())]
    carved = dataset.carve.get(split, 0.0)
    if dataset.carve and (split == "train" or carved):
        if split != "train":
            frames += [_read_file(root, dataset, file) for file in dataset.files["train"]]
        frame = pd.concat(frames, ignore_index=True)
        frame = frame[_carve(frame["match"].tolist(), dataset.carve) == SPLITS.index(split)]
        return frame.reset_index(drop=True)
    return pd.concat(frames, ignore_index=True)


def _carve(match: list[str], shares: Any) -> np.ndarray:
    """Place each normalised text in a split by its hash; equal texts go together."""
    u = np.fromiter(
        (int.from_bytes(hashlib.blake2b(m.encode(), digest_size=6).digest()) for m in match),
        np.int64,
        len(match),
    ) / float(1 << 48)
    test, dev = shares.get("test", 0.0), shares.get("dev", 0.0)
    return np.where(u < test, 2, np.where(u < test + dev, 1, 0))


def _read_file(root: str | Path, dataset: Dataset, file: str) -> pd.DataFrame:
    """Read one file of one data set into the common columns, rows without use left out."""
    path = Path(root) / "data" / dataset.name / file
    rows = _rows(path)
    reader = READERS.get(dataset.reader)
    inventory = Inventory(load_driver_mapping(root).get(dataset.name, {}), load_terms(dataset.lang))
    unreadable = set(dataset.drop_rows.get(file, ()))
    labels: list[Labels] = []
    numbers: list[int] = []
    for number, row in enumerate(rows):
        if number in unreadable or not row.get("text"):
            continue
        found = reader(row, dataset, inventory) if reader else {}
        if found is not None:
            labels.append(found)
            numbers.append(number)
    texts = [rows[n]["text"] for n in numbers]
    frame = _table(texts, labels, [dataset.name] * len(texts), file, numbers, dataset.lang)
    frame["source"] = dataset.name
    frame["license_stated"] = dataset.is_permitted
    frame["is_soft"] = dataset.is_soft
    frame["weight"] = dataset.weight
    return _drop_unusable(frame, dataset)


def _drop_unusable(frame: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Drop texts without letters, fillers of the shop, untranslated rows."""
    keep = frame["match"].str.len() >= dataset.min_letters
    keep &= ~frame["text"].str.contains(FILLERS)
    if dataset.max_han_share < 1:
        han = frame["text"].str.count("[\u4e00-\u9fff]") / frame["text"].str.len()
        keep &= han <= dataset.max_han_share
    return frame[keep]


def _read_gold_split(root: str | Path, split: str) -> pd.DataFrame:
    """Read one split of the gold set."""
    rows = _rows(Path(root) / "labels" / f"{split}.jsonl")
    frame = _table(
        [r["text"] for r in rows],
        [read_gold(r) for r in rows],
        [r["dataset"] for r in rows],
        [r["file"] for r in rows],
        [int(re.split("[#.]", r["row"])[0]) for r in rows],
        [r["lang"] for r in rows],
    )
    frame["example_id"] = ["gold/" + r["id"] for r in rows]
    frame["source"] = "gold"
    frame["is_soft"], frame["weight"] = False, 1.0
    permitted = {s.name for s in load_catalogue().values() if s.is_permitted}
    for name, entry in load_unlabelled_sources().items():
        permitted.update(f"{name}:{part}" for part in entry["permitted_sources"])
    frame["license_stated"] = frame["dataset"].isin(permitted)
    return frame


def _read_written(root: str | Path) -> pd.DataFrame:
    """Read the texts written for this project: those beside the gold set and the checkout's own."""
    rows = _rows(Path(root) / "labels" / "written_train.jsonl")
    files = ["written_train.jsonl"] * len(rows)
    for path in sorted((REPOSITORY / "data" / "written").glob("*_*.tsv")):
        own = [_parse_codes(line, path) for line in _lines(path) if line.strip() and line[0] != "#"]
        rows += own
        files += [path.name] * len(own)
    frame = _table(
        [r["text"] for r in rows],
        [read_gold(r) for r in rows],
        ["written"] * len(rows),
        files,
        list(range(len(rows))),
        [r["lang"] for r in rows],
    )
    frame["example_id"] = [f"written/{f}/{r['id']}" for f, r in zip(files, rows, strict=True)]
    frame["source"] = "written"
    frame["license_stated"], frame["is_soft"], frame["weight"] = True, False, 1.0
    return frame


_SENTIMENT_CODES = {"p": "positive", "n": "negative", "m": "mixed", "u": "neutral"}
_DRIVER_CODES = {
    "P": "product",
    "S": "service",
    "R": "relationship",
    "$": "price",
    "C": "convenience",
    "B": "brand",
}
_POLARITY_CODES = {"+": "positive", "-": "negative", "0": "neutral", "~": "mixed"}


def _parse_codes(line: str, path: Path) -> dict[str, Any]:
    """Read a line ``id, sentiment, drivers, loyalty, text`` in the codes of the guideline."""
    cells = line.rstrip("\n").split("\t")
    try:
        name, sentiment, drivers, loyalty, text = cells
        return {
            "id": name,
            "lang": path.stem.rpartition("_")[2],
            "text": text,
            "sentiment": _SENTIMENT_CODES[sentiment],
            "drivers": {_DRIVER_CODES[c[0]]: _POLARITY_CODES[c[1:]] for c in drivers.split()},
            "loyalty": _POLARITY_CODES[loyalty[1:]] if loyalty else None,
        }
    except (ValueError, KeyError) as e:
        raise InputError(
            f"{path}: {line.rstrip()!r} is not id, sentiment, drivers, loyalty, text ({e!r})."
        ) from e


def _table(
    texts: list[str],
    labels: list[Labels],
    datasets: list[str],
    file: str | list[str],
    numbers: list[int],
    lang: str | list[str],
) -> pd.DataFrame:
    """Lay out texts, labels and places in the common columns; labels that are missing are None."""
    index = range(len(texts))
    columns: dict[str, Any] = {
        "text": pd.Series(texts, dtype=object, index=index),
        "dataset": pd.Series(datasets, dtype=object, index=index),
        "file": pd.Series(file, dtype=object, index=index),
        "row": np.asarray(numbers, np.int64),
        "lang": pd.Series(lang, dtype=object, index=index),
    }
    for name in LABEL_COLUMNS:
        columns[name] = pd.Series([x.get(name) for x in labels], dtype=object, index=index)
    columns["rating"] = np.array([x.get("rating", np.nan) for x in labels], np.float64)
    frame = pd.DataFrame(columns)
    frame["match"] = normalize_all(texts)
    frame["example_id"] = frame["dataset"] + "/" + frame["file"] + "/" + frame["row"].astype(str)
    return frame


def _drop_copies(train: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Drop texts with both labels inside a set, then copies inside a set or family."""
    families = {s.name: s.family or s.name for s in load_catalogue().values()}
    match = train["match"]
    polar = train["sentiment"].where(train["sentiment"].isin(["positive", "negative"]))
    both = polar.groupby([train["source"], match]).transform("nunique") > 1
    keep = ~(both & ~train["source"].isin(["gold", "written"]))
    family = train["source"].map(families).fillna(train["source"])
    copies = pd.DataFrame({"family": family, "match": match})[keep].duplicated()
    keep &= ~copies.reindex(train.index, fill_value=False)
    return train[keep].reset_index(drop=True), train.loc[~keep, "source"].value_counts().to_dict()


def _rows(path: Path) -> list[dict[str, Any]]:
    """Parse a file of JSON lines."""
    return [json.loads(line) for line in _lines(path)]


def _lines(path: Path) -> Iterator[str]:
    """Give the lines of a plain or gzipped text file."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as file:
            yield from file
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror or e}).") from e


def label_counts(examples: pd.DataFrame) -> pd.DataFrame:
    """Count the labels of every output, per source.

    Parameters
    ----------
    examples : DataFrame
        As `load_examples` gives it.

    Returns
    -------
    DataFrame, one row per source
        ``n`` and one column ``<output>:<label>`` per output and label.
    """
    parts: list[Iterable[Any]] = [examples.groupby("source", sort=False).size().rename("n")]
    for name in LABEL_COLUMNS:
        table = pd.crosstab(examples["source"], examples[name])
        table.columns = [f"{name}:{label}" for label in table.columns]
        parts.append(table)
    return pd.concat(parts, axis=1).fillna(0).astype(int)
