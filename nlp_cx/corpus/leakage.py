"""Keep the texts of dev and test splits out of training, whatever set a copy comes from."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.text.normalize import normalize

SHINGLE = {"zh": 12, "yue": 12, "en": 25}
"""Normalised letters that a text needs to count as a copy where it stands in another, per
language; a run that two texts share needs twice as many."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, as the modulus is a power of two
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
        same file), ``shared_passage`` (`find_copies` with `SHINGLE` letters), ``kept``. A row
        counts once, at the first reason.

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


def find_copies(
    texts: Sequence[str], others: Sequence[str], n_letters: int
) -> npt.NDArray[np.bool_]:
    """Tell which texts hold one of the others, stand in one of them, or share a long run with one.

    Parameters
    ----------
    texts, others : sequence of str
        Normalised texts.
    n_letters : int
        Least length of a text that stands in another; a shared run has twice as many letters.

    Returns
    -------
    ndarray of bool, shape (n_texts,)

    Notes
    -----
    Every window of n letters has a rolling hash (Karp and Rabin 1987, modulo 2**64). A text that
    stands in another begins with one of its windows, and is then compared letter by letter; a run
    is taken at its hash (the chance of one false hit among 20 million windows is below 1e-4).

    Examples
    --------
    >>> find_copies(["房间很干净推荐", "早餐", "干净的房间"], ["很干净"], 3).tolist()
    [True, False, False]
    """
    found = np.zeros(len(texts), bool)
    mine, theirs = _Windows(texts, n_letters), _Windows(others, n_letters)
    for i, j in _contained(mine, theirs):
        found[i] = found[i] or others[j] in texts[i]
    for j, i in _contained(theirs, mine):
        found[i] = found[i] or texts[i] in others[j]
    runs = _Windows(others, 2 * n_letters).hashes
    windows = _Windows(texts, 2 * n_letters)
    found[windows.owner[_is_among(windows.hashes, runs)]] = True
    return found


class _Windows:
    """Hashes of all windows of n letters: the text of each, and where a text begins."""

    def __init__(self, texts: Sequence[str], n_letters: int) -> None:
        """Hash the windows inside each text, none across two."""
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), "<u4").astype(np.uint64)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        owner = np.repeat(np.arange(len(texts)), lengths)
        n_windows = max(len(codes) - n_letters + 1, 0)
        inside = owner[:n_windows] == owner[len(owner) - n_windows :]
        self.hashes = _roll(codes, n_letters)[inside]
        self.owner = owner[:n_windows][inside]
        self.starts = np.flatnonzero(np.diff(self.owner, prepend=-1))


def _roll(codes: npt.NDArray[np.uint64], n_letters: int) -> npt.NDArray[np.uint64]:
    """Hash every run of n letters, from the hashes of runs half as long."""
    if n_letters == 1:
        return codes
    half = n_letters // 2
    if len(codes) < n_letters:
        return np.zeros(0, np.uint64)
    short = _roll(codes, half)
    hashes = short[: len(short) - half] * np.uint64(pow(int(_FACTOR), half, 1 << 64))
    hashes += short[half:]
    if n_letters % 2:
        hashes = hashes[:-1] * _FACTOR + codes[n_letters - 1 :]
    return hashes


def _contained(holders: _Windows, parts: _Windows) -> Iterator[tuple[int, int]]:
    """Give (holder, part) where a window of the holder has the hash that the part begins with."""
    begins = parts.hashes[parts.starts]
    texts: dict[int, list[int]] = {}
    for begin, part in zip(begins.tolist(), parts.owner[parts.starts].tolist(), strict=True):
        texts.setdefault(begin, []).append(part)
    hits = np.flatnonzero(_is_among(holders.hashes, begins))
    for holder, begin in zip(
        holders.owner[hits].tolist(), holders.hashes[hits].tolist(), strict=True
    ):
        for part in texts[begin]:
            yield holder, part


def _is_among(
    hashes: npt.NDArray[np.uint64], wanted: npt.NDArray[np.uint64]
) -> npt.NDArray[np.bool_]:
    """Tell which hashes are wanted ones; a table of their top bits rules most out at once."""
    seen = np.zeros(1 << 24, bool)
    seen[wanted >> np.uint64(40)] = True
    found = seen[hashes >> np.uint64(40)]
    found[found] = np.isin(hashes[found], wanted)
    return found


def _row_keys(frame: pd.DataFrame) -> Iterable[tuple[str, str, int]]:
    """Give where each text stands: data set, file, number of the review."""
    return zip(frame["dataset"], frame["file"], frame["row"], strict=True)


@cache
def _is_letter() -> npt.NDArray[np.bool_]:
    """Table over all code points: letters, ideographs, and the separator."""
    table = np.fromiter((chr(c).isalpha() for c in range(0x110000)), bool, 0x110000)
    table[ord(_SEPARATOR)] = True
    return table
