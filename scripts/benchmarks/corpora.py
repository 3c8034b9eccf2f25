"""Real texts for timing: every one distinct, in an order that a seed fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.corpus.layout import read_json_lines
from nlp_cx.errors import InputError

CORPORA = {
    "zh": (
        ("waimai10k_zh", "all.jsonl.gz"),
        ("chnsenticorp_htl_all_zh", "all.jsonl.gz"),
        ("online_shopping_10_cats_zh", "all.jsonl.gz"),
    ),
    "en": (
        ("amazon_polarity10k_en", "train.jsonl.gz"),
        ("amazon_polarity10k_en", "test.jsonl.gz"),
        ("womens_clothing_en", "first_10528.jsonl.gz"),
        ("zomato_hyderabad_en", "all.jsonl.gz"),
        ("tripadvisor_subratings_en", "sample_1000.jsonl.gz"),
    ),
}
"""Whole reviews: food delivery, hotels, goods in Chinese; goods, restaurants, hotels in English."""

_BREAK = re.compile("[。！？!?.，,；;\n]")


def read_reviews(root: str | Path, corpus: str) -> list[str]:
    """Read the distinct reviews of a corpus, shuffled.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/``.
    corpus : str
        A key of `CORPORA`.

    Returns
    -------
    list of str
        Stripped, not empty, no two equal.

    Raises
    ------
    InputError
        If no file of the corpus is there.
    """
    paths = [Path(root) / "data" / name / file for name, file in CORPORA[corpus]]
    texts = [
        (row.get("text") or "").strip()
        for path in paths
        if path.exists()
        for row in read_json_lines(path)
    ]
    distinct = sorted({text for text in texts if text})
    if not distinct:
        raise InputError(f"{root}: holds none of {', '.join(map(str, paths))}.")
    order = np.random.default_rng(0).permutation(len(distinct))
    return [distinct[i] for i in order]


def distinct_rows(
    reviews: Sequence[str], n_rows: int, *, chunk_rows: int = 100_000
) -> Iterator[pa.Array]:
    """Give as many distinct texts as wanted, made of real reviews.

    Parameters
    ----------
    reviews : sequence of str
        Distinct.
    n_rows : int
    chunk_rows : int
        Rows given at a time.

    Yields
    ------
    StringArray
        First the reviews themselves; then new ones, each the beginning of one real review, up to
        the punctuation mark nearest its middle, and the end of another one. Lengths, words and
        punctuation stay those of real reviews; the sense does not. A text that came up before is
        left out (told by 64-bit hashes), so that no two rows are equal.

    Raises
    ------
    InputError
        If the reviews are too few to make that many.
    """
    heads, tails = (pa.array(part, pa.string()) for part in zip(*map(_halve, reviews), strict=True))
    rng = np.random.default_rng(1)
    known = np.empty(0, np.uint64)
    parts: list[pa.Array] = [pa.array(reviews[:n_rows], pa.string())]
    n_ready = len(parts[0])
    known = _hashes(parts[0])
    n_given, n_stalled = 0, 0
    while True:
        ready = pa.concat_arrays(parts) if len(parts) > 1 else parts[0]
        while len(ready) >= chunk_rows or (len(ready) and n_ready == n_rows):
            yield ready[:chunk_rows]
            n_given += min(len(ready), chunk_rows)
            ready = ready[chunk_rows:]
        if n_given == n_rows:
            return
        first, second = rng.integers(len(reviews), size=(2, chunk_rows))
        made = pc.binary_join_element_wise(
            heads.take(pa.array(first)), tails.take(pa.array(second)), ""
        )
        hashes = _hashes(made)
        _, once = np.unique(hashes, return_index=True)
        is_new = np.zeros(len(made), bool)
        is_new[once] = True
        is_new &= ~np.isin(hashes, known)
        fresh = made.filter(pa.array(is_new))[: n_rows - n_ready]
        n_stalled = 0 if len(fresh) else n_stalled + 1
        if n_stalled == 3:
            raise InputError(
                f"{len(reviews)} reviews give no more than {n_ready} distinct rows, not {n_rows}."
            )
        known = np.concatenate([known, hashes[is_new]])
        n_ready += len(fresh)
        parts = [ready, fresh]


def describe(texts: Sequence[str] | pa.Array) -> str:
    """Describe texts by number, length and size."""
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    n_chars = pc.utf8_length(array).to_numpy()
    n_bytes = pc.binary_length(array).to_numpy().sum()
    return (
        f"{len(array):,} texts, median {np.median(n_chars):.0f} and mean {n_chars.mean():.0f} "
        f"characters, {n_bytes / 1e6:.1f} MB UTF-8"
    )


def _halve(text: str) -> tuple[str, str]:
    """Cut a text behind the mark nearest its middle, or in its middle."""
    ends = [end for found in _BREAK.finditer(text) if (end := found.end()) < len(text)]
    at = min(ends, key=lambda end: abs(end - len(text) / 2), default=len(text) // 2)
    return text[:at], text[at:]


def _hashes(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """Hash every text to 64 bits."""
    strings = texts.to_numpy(zero_copy_only=False)
    return np.asarray(pd.util.hash_array(strings, categorize=False))
