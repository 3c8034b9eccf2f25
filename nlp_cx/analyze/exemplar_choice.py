"""The choice of typical clauses: typical of their cell, certain, and unlike each other."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.clause_sample import ClauseSample
from nlp_cx.analyze.clause_vectors import vectorize_clauses

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_TARGET = np.array([14.0, 60.0, 40.0])
"""Code points of a clause of moderate length, Chinese, English, other."""

_SPREAD = 0.7

_POOL = 80
"""Most typical clauses among which different ones are chosen."""

_NEAR = 0.55
"""Cosine from which on two clauses say the same in the same words."""

_LAMBDA = 0.6

_LEAST = 0.1
"""Typicality below which nothing is shown: places may stay empty."""

_SAME_SEGMENT = 0.05

_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|[@＠][\u200b-\u200d\s]?[\w-]+|#[^#\s]{1,40}#?|\[\w{1,8}\]"
)
"""Whom a text is sent to, what it is filed under, and signs: no part of what it says."""


def choose_clauses(
    rows: pd.DataFrame,
    sample: ClauseSample,
    n_each: int,
    n_languages: int,
    segments: Ints | None,
) -> pd.DataFrame:
    """Choose clauses of every group: their rows, ranks and typicality.

    Parameters
    ----------
    rows : DataFrame, one row per clause of the sample
    sample : ClauseSample
        Its strata are group times `n_languages` plus language.
    n_each : int
        Clauses at most for each group, over all languages.
    n_languages : int
    segments : array of int, shape (n_clauses,), optional
        Codes of the segments, which take turns.

    Returns
    -------
    DataFrame, one row per chosen clause
        ``row`` (position in `rows`), ``group``, ``rank`` from 1, ``typicality`` from 0 to 1.
    """
    language = sample.stratum % n_languages
    said = [_ADDRESS.sub(" ", clause) for clause in rows["clause"].tolist()]
    vectors = vectorize_clauses(said)
    centres = [
        vectors[language == k].mean(axis=0) if (language == k).any() else None
        for k in range(n_languages)
    ]
    weight = _weigh(rows, language, said)
    picks: list[tuple[int, int, int, float]] = []
    n_groups = sum_languages(sample.n_documents, n_languages).size
    for group in range(n_groups):
        found: list[tuple[float, int]] = []
        counts = np.pad(sample.n_documents, (0, n_languages))[group * n_languages :][:n_languages]
        for k, quota in enumerate(_share_places(counts, n_each)):
            inside = np.flatnonzero(sample.stratum == group * n_languages + k)
            if quota and inside.size:
                found += _choose_in_cell(
                    inside, vectors, centres[k], weight, quota,
                    documents=sample.documents, segments=segments,
                )  # fmt: skip
        found.sort(key=lambda item: -item[0])
        picks += [(row, group, rank, value) for rank, (value, row) in enumerate(found, 1)]
    return pd.DataFrame(picks, columns=["row", "group", "rank", "typicality"])


def sum_languages(counts: Ints, n_languages: int) -> Ints:
    """Add the documents of a group over its languages.

    Parameters
    ----------
    counts : array of int, shape (n_groups * n_languages,)
        Strata at the end that are 0 may be left out.
    n_languages : int

    Returns
    -------
    array of int, shape (n_groups,)
    """
    return np.pad(counts, (0, -counts.size % n_languages)).reshape(-1, n_languages).sum(axis=1)


def _weigh(rows: pd.DataFrame, language: Ints, said: list[str]) -> Floats:
    """Weigh clauses by the model's certainty and by their length; who says nothing weighs 0."""
    certainty = rows["p_driver"].fillna(0).to_numpy(np.float64)
    is_signed = rows["driver_polarity"].isin(["negative", "positive"]).to_numpy(np.bool_)
    score = rows["driver_score"].fillna(0).abs().to_numpy(np.float64)
    length = np.array([sum(map(str.isalnum, text)) for text in said], np.float64)
    target = _TARGET[language]
    bell = np.exp(-0.5 * (np.log(np.maximum(length, 1) / target) / _SPREAD) ** 2)
    return certainty * np.where(is_signed, score, 1.0) * bell * (length > 1)


def _share_places(counts: Ints, n: int) -> list[int]:
    """Share n places among languages by their documents: largest remainders."""
    total = int(counts.sum())
    if total == 0:
        return [0] * counts.size
    exact = counts * n / total
    places = np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(counts.size), places - exact))
    places[order[: n - int(places.sum())]] += 1
    return [int(p) for p in places]


def _choose_in_cell(
    inside: Ints,
    vectors: Any,
    centre: Any,
    weight: Floats,
    quota: int,
    *,
    documents: npt.NDArray[np.uint64],
    segments: Ints | None,
) -> list[tuple[float, int]]:
    """Choose clauses of one driver, polarity and language: typicality and row."""
    own = vectors[inside]
    contrast = np.maximum(np.asarray(own.mean(axis=0)) - np.asarray(centre), 0)
    if not contrast.any():  # the only cell of its language
        contrast = np.asarray(own.mean(axis=0))
    size = float(np.linalg.norm(contrast))
    cosine = (own @ (contrast / size)) if size else np.ones(inside.size)
    typical = np.asarray(cosine, np.float64) * weight[inside]
    order = np.lexsort((documents[inside], -typical))
    pool: list[int] = []
    seen: set[int] = set()
    for i in order.tolist():
        document = int(documents[inside[i]])
        if document not in seen:
            seen.add(document)
            pool.append(i)
        if len(pool) == _POOL:
            break
    top = typical[pool[0]] or 1.0
    value = typical[pool] / top
    like = (own[pool] @ own[pool].T).toarray()
    return [
        (float(value[i]), int(inside[pool[i]]))
        for i in _diversify(
            value, like, quota, None if segments is None else segments[inside[pool]]
        )
    ]


def _diversify(value: Floats, like: Floats, quota: int, segments: Ints | None) -> list[int]:
    """Take clauses one by one that are typical and unlike those before."""
    chosen: list[int] = []
    nearest = np.zeros(value.size)
    used = np.zeros(value.size)
    is_left = value >= _LEAST
    while is_left.any() and len(chosen) < quota:
        merit = _LAMBDA * value - (1 - _LAMBDA) * nearest - _SAME_SEGMENT * used
        i = int(np.argmax(np.where(is_left, merit, -np.inf)))
        chosen.append(i)
        nearest = np.maximum(nearest, like[i])
        is_left &= like[i] < _NEAR
        is_left[i] = False
        if segments is not None:
            used += segments == segments[i]
    return chosen
