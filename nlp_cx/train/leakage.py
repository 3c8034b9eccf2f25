"""Keep the texts of dev and test splits out of training, whatever set a copy comes from."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pandas as pd

from nlp_cx.text.normalize import normalize

SHINGLE = {"zh": 12, "yue": 12, "en": 25}
"""Normalised letters that a shared passage needs before it counts as a copy, per language."""

_SEPARATOR = "\x1e"  # cannot come out of html.unescape, unlike a line end


def normalize_for_match(text: str) -> str:
    """Reduce a text to its letters and ideographs, so that copies of it become equal.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        HTML decoded, NFKC, lower case, traditional folded to simplified; everything but letters
        and ideographs is gone. Empty where there is none.

    Examples
    --------
    >>> normalize_for_match("Great&nbsp;<b>Food</b>!")
    'greatbfoodb'
    >>> normalize_for_match("房間很乾淨，５星！")
    '房间很干净星'
    """
    return normalize_all([text])[0]


def normalize_all(texts: Sequence[str]) -> list[str]:
    """Apply `normalize_for_match` to many texts at once.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    list of str
        In the order of `texts`.
    """
    if len(texts) == 0:
        return []
    joined = _SEPARATOR.join(t.replace(_SEPARATOR, " ") for t in texts)
    joined = unicodedata.normalize("NFKC", html.unescape(joined)).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    folded = np.where(codes == ord(_SEPARATOR), codes, normalize(codes)).astype("<u4")
    return folded[_is_letter()[folded]].tobytes().decode("utf-32-le").split(_SEPARATOR)


def drop_leaked(train: pd.DataFrame, protected: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drop every training text that is, holds or comes from a protected text.

    Parameters
    ----------
    train : DataFrame
        Columns ``source, lang, match`` (the text as `normalize_all` gives it) and ``dataset, file,
        row`` (where the text stands; ``row`` is the number of the review or conversation).
    protected : DataFrame
        Texts of dev and test splits, with the same columns.

    Returns
    -------
    train : DataFrame
        The rows that stay, in their order.
    counts : DataFrame, one row per source
        ``same_text`` (equal after `normalize_for_match`), ``same_row`` (the same review of the
        same file), ``shared_passage`` (a protected text of at least `SHINGLE` letters stands in
        it, or it stands in a protected text), ``kept``. A row counts once, at the first reason.

    Notes
    -----
    Short texts get no exception: "不错" is dropped from training when it is a test text. Only the
    passage rule needs a minimal length, since "very good" inside a review is not a copy.
    """
    train_match, protected_match = train["match"].tolist(), protected["match"].tolist()
    same_text = np.asarray(train["match"].isin(set(protected_match)))
    protected_rows = set(_row_keys(protected))
    same_row = np.fromiter((key in protected_rows for key in _row_keys(train)), bool, len(train))
    undecided = ~(same_text | same_row)
    passage = np.zeros(len(train), bool)
    for lang, n_letters in (("zh", SHINGLE["zh"]), ("en", SHINGLE["en"])):
        mine = np.flatnonzero(undecided & np.asarray((train["lang"] == "en") == (lang == "en")))
        theirs = np.flatnonzero(np.asarray((protected["lang"] == "en") == (lang == "en")))
        held = find_copies(
            [train_match[i] for i in mine], [protected_match[i] for i in theirs], n_letters
        )
        passage[mine] = held
    reason = np.select(
        [same_text, same_row, passage], ["same_text", "same_row", "shared_passage"], "kept"
    )
    counts = pd.crosstab(train["source"], reason)
    columns = ["same_text", "same_row", "shared_passage", "kept"]
    counts = counts.reindex(columns=columns, fill_value=0)
    return train[reason == "kept"].reset_index(drop=True), counts


def find_copies(texts: Sequence[str], others: Sequence[str], n_letters: int) -> np.ndarray:
    """Tell which texts hold one of the others, or stand in one of them.

    Parameters
    ----------
    texts, others : sequence of str
        Normalised texts.
    n_letters : int
        The held text has at least this many characters.

    Returns
    -------
    ndarray of bool, shape (n_texts,)
    """
    held = np.zeros(len(texts), bool)
    for i, _ in _contained(texts, others, n_letters):
        held[i] = True
    for _, j in _contained(others, texts, n_letters):
        held[j] = True
    return held


def _contained(
    holders: Sequence[str], parts: Sequence[str], n_letters: int
) -> Iterable[tuple[int, int]]:
    """Give (holder, part) where the part stands in the holder, by the hash of its first letters."""
    anchors: dict[int, list[int]] = {}
    long = [j for j, part in enumerate(parts) if len(part) >= n_letters]
    if not long or not holders:
        return
    starts, _ = _window_hashes([parts[j][:n_letters] for j in long], n_letters)
    for j, anchor in zip(long, starts.tolist(), strict=True):
        anchors.setdefault(anchor, []).append(j)
    hashes, owner = _window_hashes(holders, n_letters)
    wanted = np.fromiter(anchors, np.uint64, len(anchors))
    seen = np.zeros(1 << 20, bool)
    seen[wanted >> np.uint64(44)] = True
    hit = np.flatnonzero(seen[hashes >> np.uint64(44)])
    hit = hit[np.isin(hashes[hit], wanted)]
    for i, anchor in zip(owner[hit].tolist(), hashes[hit].tolist(), strict=True):
        for j in anchors[anchor]:
            if parts[j] in holders[i]:
                yield i, j


def _window_hashes(texts: Sequence[str], n_letters: int) -> tuple[np.ndarray, np.ndarray]:
    """Hash every window of n letters; give the hashes and the text each one stands in."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.uint64)
    n_windows = len(codes) - n_letters + 1
    if n_windows <= 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    hashes = np.zeros(n_windows, np.uint64)
    for k in range(n_letters):
        hashes *= np.uint64(0x9E3779B97F4A7C15)
        hashes += codes[k : k + n_windows]
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    owner = np.repeat(np.arange(len(texts)), lengths)
    inside = owner[:n_windows] == owner[n_letters - 1 :]
    return hashes[inside], owner[:n_windows][inside]


def _row_keys(frame: pd.DataFrame) -> Iterable[tuple[str, str, int]]:
    """Give where each text stands: data set, file, number of the review."""
    return zip(frame["dataset"], frame["file"], frame["row"], strict=True)


@cache
def _is_letter() -> np.ndarray:
    """Table over all code points: letters, ideographs, and the separator."""
    table = np.fromiter((chr(c).isalpha() for c in range(0x110000)), bool, 0x110000)
    table[ord(_SEPARATOR)] = True
    return table
