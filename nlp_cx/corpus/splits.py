"""Read the splits of a data set: its texts, and what its labels say in our terms."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.corpus.datasets import Dataset, load_driver_mapping, load_terms
from nlp_cx.corpus.gold import gold_rows
from nlp_cx.corpus.layout import lay_out, put_labels, read_json_lines
from nlp_cx.corpus.readers import READERS, Inventory

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
        given, or for a train file that is carved the one its text hashes to, save that rows which
        gold training texts were cut from do not go to dev); ``raw`` (the parsed line).
    """
    rows = read_json_lines(Path(root) / "data" / dataset.name / file)
    texts = [row.get("text") or "" for row in rows]
    frame = lay_out(texts, dataset.name, file, range(len(rows)), dataset.lang)
    frame["source"] = dataset.name
    frame["split"] = split
    if split == "train" and dataset.carve:
        frame["split"] = carve(frame["match"].tolist(), dataset.carve)
        # A review that gold training sentences were cut from is worth more there than in a dev
        # split; test splits follow the hash alone.
        in_gold = frame["row"].isin(gold_rows(root, dataset.name, file))
        frame.loc[in_gold & (frame["split"] == "dev"), "split"] = "train"
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
    is_labelled = np.array([found is not None for found in labels], bool)
    frame = texts.drop(columns=["raw", "split"])[is_labelled]
    frame = put_labels(frame, [found for found in labels if found is not None])
    frame["license_stated"] = dataset.is_permitted
    frame["is_soft"], frame["weight"] = dataset.is_soft, dataset.weight
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
