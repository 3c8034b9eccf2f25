"""Sentiment words of the public lexicons, cleaned, as one table."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from nlp_cx.corpus.layout import read_lines

Entries = Iterator[tuple[str, str]]


def lexicon_entries(root: str | Path, *, only_licensed: bool = False) -> pd.DataFrame:
    """Give the words of the public lexicons that are plainly positive or negative.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/lexicons``.
    only_licensed : bool, default=False
        Keep only lexicons whose stated licence permits commercial training.

    Returns
    -------
    DataFrame, one row per word and source
        ``word`` (NFKC, lower case), ``lang`` (zh or en), ``sentiment`` (positive or negative),
        ``source`` (``vader, bingliu, hownet_evaluation, hownet_emotion, ntusd, tsinghua, dutir``),
        ``license_stated`` (bool). A word that one source lists on both sides is left out of it.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    frames = []
    for source, lang, is_permitted, read in _SOURCES:
        frame = pd.DataFrame(read(Path(root) / "data" / "lexicons"), columns=["word", "sentiment"])
        frame["word"] = [_clean(word) for word in frame["word"]]
        frame = frame[frame["word"] != ""].drop_duplicates()
        frame = frame[~frame["word"].duplicated(keep=False)]
        frames.append(frame.assign(lang=lang, source=source, license_stated=is_permitted))
    entries = pd.concat(frames, ignore_index=True)
    if only_licensed:
        entries = entries[entries["license_stated"]].reset_index(drop=True)
    return entries[["word", "lang", "sentiment", "source", "license_stated"]]


def _clean(word: str) -> str:
    """Bring a word into one form; explanations in brackets and headings become empty."""
    word = unicodedata.normalize("NFKC", word).strip().strip("\ufeff").lower()
    return "" if re.search(r"[()|\t]|^[\W\d_]*$", word) else " ".join(word.split())


def _read_vader(folder: Path) -> Entries:
    """VADER: word, mean valence from -4 to 4; emoticons are left out."""
    for line in read_lines(folder / "vader_lexicon.txt"):
        word, mean, *_ = line.split("\t")
        if float(mean) != 0:
            yield word, "positive" if float(mean) > 0 else "negative"


def _read_pair(positive: str, negative: str) -> Callable[[Path], Entries]:
    """Two files of one word a line; a heading has a tab and a count, a comment a semicolon."""

    def read(folder: Path) -> Entries:
        for name, sentiment in ((positive, "positive"), (negative, "negative")):
            for line in read_lines(folder / name):
                if not line.startswith(";"):
                    yield line, sentiment

    return read


def _read_dutir(folder: Path) -> Entries:
    """DUTIR ontology: seventh column 1 is positive, 2 negative; a word may have several senses."""
    lines = read_lines(folder / "dutir_emotion_ontology.csv.gz")
    for row in csv.reader(lines, skipinitialspace=True):
        sentiment = {"1": "positive", "2": "negative"}.get(row[6].strip().removesuffix(".0"))
        if sentiment:
            yield row[0], sentiment


_SOURCES: tuple[tuple[str, str, bool, Callable[[Path], Entries]], ...] = (
    ("vader", "en", True, _read_vader),
    (
        "bingliu",
        "en",
        False,
        _read_pair("bingliu_positive-words.txt", "bingliu_negative-words.txt"),
    ),
    (
        "hownet_evaluation",
        "en",
        False,
        _read_pair("hownet_en_pos_evaluation.txt", "hownet_en_neg_evaluation.txt"),
    ),
    (
        "hownet_evaluation",
        "zh",
        False,
        _read_pair("hownet_zh_pos_evaluation.txt", "hownet_zh_neg_evaluation.txt"),
    ),
    (
        "hownet_emotion",
        "zh",
        False,
        _read_pair("hownet_zh_pos_emotion.txt", "hownet_zh_neg_emotion.txt"),
    ),
    ("ntusd", "zh", False, _read_pair("ntusd_pos_simplified.txt", "ntusd_neg_simplified.txt")),
    ("tsinghua", "zh", False, _read_pair("tsinghua_lijun_pos.txt", "tsinghua_lijun_neg.txt")),
    ("dutir", "zh", False, _read_dutir),
)


def lexicon_examples(
    root: str | Path, examples: pd.DataFrame, *, only_licensed: bool
) -> pd.DataFrame:
    """Give every word of the lexicons as a tiny text with a sentiment.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/``.
    examples : DataFrame
        Whose columns they get.
    only_licensed : bool

    Returns
    -------
    DataFrame, one row per word on which the lexicons agree
        ``weight`` 0.3 where two sources have it, else 0.15.
    """
    entries = lexicon_entries(root, only_licensed=only_licensed)
    by_word = entries.groupby("word", sort=True).agg(
        lang=("lang", "first"),
        sentiment=("sentiment", "first"),
        n_sides=("sentiment", "nunique"),
        n_sources=("source", "nunique"),
        license_stated=("license_stated", "all"),
    )
    words = by_word[by_word["n_sides"] == 1].reset_index(names="text")
    words["example_id"] = "lexicons/" + words["text"]
    words["source"] = "lexicons"
    words["weight"] = np.where(words["n_sources"] > 1, 0.3, 0.15)
    rows = words.reindex(columns=examples.columns)
    return rows.astype(object).where(rows.notna(), None).astype({"weight": float})
