"""Set parts apart for dev and test so that no text, near-copy or group stands on two sides."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.corpus.leakage import SHINGLE, find_copies
from nlp_cx.corpus.near_duplicates import find_near_duplicates, group_rows
from nlp_cx.errors import InputError
from nlp_cx.train.config import DataConfig

PARTS = ("train", "dev", "test")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Split:
    """The parts, and what was found when they were made.

    Parameters
    ----------
    train, dev, test : DataFrame
        Rows as `nlp_cx.train.data.read_part` gives them.
    leaks : list of dict
        ``part, reason, n_dropped, example``: training rows that were dropped because of a dev or
        test text, by reason (``same_text, near_text, passage``).
    n_clusters : int
        Groups of copies and near-copies that were kept together.
    """

    train: pd.DataFrame
    dev: pd.DataFrame
    test: pd.DataFrame
    leaks: list[dict[str, object]] = field(default_factory=list)
    n_clusters: int = 0


def split_rows(rows: pd.DataFrame, data: DataConfig, *, random_state: int) -> Split:
    """Set dev and test apart from one table.

    Parameters
    ----------
    rows : DataFrame
        As `nlp_cx.train.data.read_part` gives them.
    data : DataConfig
        ``split, dev_share, test_share, near``.
    random_state : int

    Returns
    -------
    Split

    Raises
    ------
    InputError
        If a part would be empty, or one group or cluster of copies is most of the rows.
    """
    shares = {"dev": data.dev_share, "test": data.test_share}
    if data.split == "time":
        order = np.asarray(rows["time"].rank(method="dense"), np.float64)
        part = _cut_by_time(order, shares)
        chosen = {name: rows[part == name].reset_index(drop=True) for name in PARTS}
        return drop_leaks(Split(**chosen), data)
    cluster = find_clusters(rows, data)
    part = _draw(cluster, shares, random_state)
    chosen = {name: rows[part == name].reset_index(drop=True) for name in PARTS}
    return Split(**chosen, n_clusters=len(rows) - len(np.unique(cluster)))


def find_clusters(rows: pd.DataFrame, data: DataConfig) -> npt.NDArray[np.int64]:
    """Number what has to stay on one side: copies, near-copies and, where asked for, groups.

    Parameters
    ----------
    rows : DataFrame
    data : DataConfig

    Returns
    -------
    ndarray of int64, shape (n_rows,)
    """
    pairs = find_near_duplicates(rows["match"].tolist(), threshold=data.near)
    links = [pairs]
    if data.group:
        codes, _ = pd.factorize(rows["group"])
        links.append(_chain(codes))
    return group_rows(len(rows), np.concatenate(links))


def draw_folds(
    cluster: npt.NDArray[np.int64], n_folds: int, *, random_state: int
) -> npt.NDArray[np.int64]:
    """Number the fold that holds each row out.

    Parameters
    ----------
    cluster : ndarray of int64, shape (n_rows,)
    n_folds : int
    random_state : int

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        0 to n_folds - 1, sizes as equal as clusters allow.

    Raises
    ------
    InputError
        If there are fewer clusters than folds.
    """
    names, counts = np.unique(cluster, return_counts=True)
    if len(names) < n_folds:
        raise InputError(
            f"{len(names):,} groups of rows that have to stay together, but {n_folds} folds. Ask "
            "for fewer folds."
        )
    rng = np.random.default_rng(random_state)
    order = rng.permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    sizes = np.zeros(n_folds, np.int64)
    fold_of = np.empty(len(names), np.int64)
    for i in order:  # the largest first, each to the smallest fold
        fold_of[i] = sizes.argmin()
        sizes[fold_of[i]] += counts[i]
    return fold_of[np.searchsorted(names, cluster)]


def drop_leaks(split: Split, data: DataConfig) -> Split:
    """Find what training rows share with dev and test, and drop it, or refuse to go on.

    Parameters
    ----------
    split : Split
        Of parts that were given, or cut by time.
    data : DataConfig
        ``group, on_leak, near``.

    Returns
    -------
    Split
        Without the leaks, which are listed.

    Raises
    ------
    InputError
        If parts share a group; or with ``on_leak = "fail"``, if they share texts.
    """
    if data.group and data.split == "group":
        _refuse_shared_groups(split, data.group)
    train, leaks = split.train, list(split.leaks)
    for name, kept_out in (("dev", split.dev), ("test", split.test)):
        if not len(kept_out) or not len(train):
            continue
        reason, partner = _find_leaks(train, kept_out, data.near)
        for why in ("same_text", "near_text", "passage"):
            rows = np.flatnonzero(reason == why)
            if len(rows):
                example = str(train["example_id"].iloc[rows[0]])
                other = "" if partner[rows[0]] < 0 else (
                    " and " + str(kept_out["example_id"].iloc[partner[rows[0]]]))  # fmt: skip
                leaks.append({"part": name, "reason": why, "n_dropped": len(rows),
                              "example": example + other})  # fmt: skip
        train = train[reason == ""].reset_index(drop=True)
    if leaks and data.on_leak == "fail":
        told = "; ".join(
            f"{leak['n_dropped']:,} rows share {_WORDS[str(leak['reason'])]} with {leak['part']} "
            f"(e.g. {leak['example']})"
            for leak in leaks
        )
        raise InputError(
            f"training data leaks into what it is measured on: {told}. Remove them, or set "
            'data.on_leak = "drop".'
        )
    return Split(train, split.dev, split.test, leaks, split.n_clusters)


_WORDS = {"same_text": "their text", "near_text": "nearly their text", "passage": "a long passage"}


def _find_leaks(
    train: pd.DataFrame, kept_out: pd.DataFrame, near: float
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Give the reason why each training row leaks, or the empty string, and what it is like."""
    n = len(train)
    mine, theirs = train["match"].tolist(), kept_out["match"].tolist()
    reason = np.full(n, "", object)
    partner = np.full(n, -1, np.int64)
    place = {text: i for i, text in reversed(list(enumerate(theirs)))}
    for lang in ("en", "other"):
        rows = np.flatnonzero((train["lang"] == "en").to_numpy() == (lang == "en"))
        others = np.flatnonzero((kept_out["lang"] == "en").to_numpy() == (lang == "en"))
        size = SHINGLE["en" if lang == "en" else "zh"]
        held = find_copies([mine[i] for i in rows], [theirs[i] for i in others], size)
        reason[rows[held]] = "passage"
    pairs = find_near_duplicates([*mine, *theirs], threshold=near)
    across = pairs[(pairs[:, 0] < n) & (pairs[:, 1] >= n)]
    reason[across[:, 0]] = "near_text"
    partner[across[:, 0]] = across[:, 1] - n
    for i, text in enumerate(mine):
        if text in place:
            reason[i], partner[i] = "same_text", place[text]
    return reason, partner


def _refuse_shared_groups(split: Split, column: str) -> None:
    """Raise where a group stands in two parts."""
    parts = {"train": split.train, "dev": split.dev, "test": split.test}
    names = list(parts)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            shared = sorted(set(parts[a]["group"]) & set(parts[b]["group"]))
            if shared:
                n = int(parts[a]["group"].isin(shared).sum())
                shown = ", ".join(repr(g)[:40] for g in shared[:_SHOWN])
                raise InputError(
                    f"{a} and {b} share {len(shared):,} groups of column {column!r} ({shown}"
                    f"{', …' if len(shared) > _SHOWN else ''}; {n:,} rows of {a}). What was said "
                    "of one order or by one customer must be on one side: give one file as "
                    'data.train and let data.split = "group" set the parts apart.'
                )


def _cut_by_time(
    order: npt.NDArray[np.float64], shares: dict[str, float]
) -> npt.NDArray[np.object_]:
    """Give the part of every row: the latest are the test, those before them dev."""
    part = np.full(len(order), "train", object)
    test_from = np.quantile(order, 1 - shares["test"], method="lower") if shares["test"] else np.inf
    dev_from = np.quantile(order, 1 - shares["test"] - shares["dev"], method="lower")
    part[order > dev_from] = "dev"
    part[order > test_from] = "test"
    wanted = [name for name in PARTS if name == "train" or shares[name]]
    for name in wanted:
        if not (part == name).any():
            raise InputError(
                f"split by time: {name} would be empty; too many rows have the same time. Choose "
                "another share, or another split."
            )
    return part


def _draw(
    cluster: npt.NDArray[np.int64], shares: dict[str, float], random_state: int
) -> npt.NDArray[np.object_]:
    """Draw clusters into parts until each has its share."""
    n = len(cluster)
    names, counts = np.unique(cluster, return_counts=True)
    rng = np.random.default_rng(random_state)
    order = rng.permutation(len(names))
    part_of = np.full(len(names), "train", object)
    for name in ("dev", "test"):
        room = round(shares[name] * n)
        for i in order:
            if room <= 0:
                break
            if part_of[i] == "train" and counts[i] <= max(room, 1):
                part_of[i] = name
                room -= counts[i]
    part = part_of[np.searchsorted(names, cluster)]
    for name in ("train", *(p for p in shares if shares[p])):
        size = int((part == name).sum())
        least = 1 if name == "train" else max(1, round(0.5 * shares[name] * n))
        if size < least:
            raise InputError(
                f"{name} would have {size:,} of {n:,} rows: the largest group of rows that has to "
                f"stay together has {counts.max():,}. Choose another group, share or split."
            )
    return part


def _chain(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Link every row with the row before it of the same group."""
    order = np.argsort(codes, kind="stable")
    same = codes[order][1:] == codes[order][:-1]
    return np.stack([order[:-1][same], order[1:][same]], axis=1).astype(np.int64)
