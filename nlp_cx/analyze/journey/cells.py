"""Clauses sorted into the cells of touchpoint and stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.journey.journey_map import JourneyMap
from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.schema import SENTIMENTS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NOT_SAID = "not said"
"""Label of the row and the column for what a clause does not tell."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Clauses, each counted once, in their cells.

    Attributes
    ----------
    touchpoints, stages : tuple of str
        Of the map, then others that metadata named, then `NOT_SAID`.
    touchpoint, stage : ndarray of int64, shape (n_clauses,)
        Positions in them.
    sign : ndarray of float64, shape (n_clauses,)
        -1 negative, 0 neutral, 1 positive.
    depth : ndarray of float64, shape (n_clauses,)
        How negative, 0 to 1: 0 for a sentiment score above 0.
    document : ndarray of int64, shape (n_clauses,)
        From 0 in order of first appearance.
    cluster : ndarray of int64, shape (n_clauses,)
    first_row : ndarray of int64, shape (n_clauses,)
        Position of the clause in the table.
    clause_of_row : ndarray of int64, shape (n_rows,)
        The other way round; -1 for rows that were left out.
    n_left_out : int
        Clauses without a sentiment.
    """

    touchpoints: tuple[str, ...]
    stages: tuple[str, ...]
    touchpoint: Ints
    stage: Ints
    sign: Floats
    depth: Floats
    document: Ints
    cluster: Ints
    first_row: Ints
    clause_of_row: Ints
    n_left_out: int

    @property
    def cell(self) -> Ints:
        """Number of the cell of each clause, touchpoints first."""
        return self.touchpoint * len(self.stages) + self.stage

    @property
    def n_cells(self) -> int:
        """Cells, with and without clauses."""
        return len(self.touchpoints) * len(self.stages)


def sort_into_cells(
    located: pd.DataFrame, journey: JourneyMap, *, document: str, cluster: str | None
) -> Cells:
    """Sort clauses into cells.

    Parameters
    ----------
    located : DataFrame
        From `touchpoints.find_touchpoints`, with ``sentiment``, ``sentiment_score`` and, where a
        clause has a row for each driver, ``clause_index``.
    journey : JourneyMap
        The one that they were found with.
    document : str
        Column of the document.
    cluster : str or None
        Column of what is not independent; the document when not given.

    Returns
    -------
    Cells

    Raises
    ------
    SchemaError
        If a column is missing, or a sentiment or stage is unknown.
    AnalysisError
        If no clause has a sentiment.
    """
    needed = ["journey_touchpoint", "journey_stage", "sentiment", "sentiment_score", document]
    missing = [repr(c) for c in (*needed, cluster) if c is not None and c not in located]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}: give clauses that find_touchpoints has located, with "
            "their sentiment"
        )
    sentiment = pd.Index(SENTIMENTS).get_indexer(pd.Index(located["sentiment"].astype("object")))
    strange = located["sentiment"].notna().to_numpy() & (sentiment < 0)
    if strange.any():
        value = located["sentiment"].iloc[int(np.flatnonzero(strange)[0])]
        raise SchemaError(f"sentiment holds {value!r}, expected {', '.join(SENTIMENTS)}")
    score = as_numbers(located, "sentiment_score")
    keys = [document, *(["clause_index"] if "clause_index" in located else [])]
    unit: Ints = np.arange(len(located), dtype=np.int64)
    if len(keys) > 1:
        unit = (
            located.groupby(keys, sort=False, dropna=False)
            .ngroup()
            .to_numpy(np.int64)
            .astype(np.int64)
        )
    first = np.unique(unit, return_index=True)[1].astype(np.int64)
    known = (sentiment[first] >= 0) & ~np.isnan(score[first])
    kept = first[known]
    if kept.size == 0:
        raise AnalysisError(f"none of {first.size:,} clauses has a sentiment")
    number = np.full(first.size, -1, np.int64)
    number[known] = np.arange(kept.size)
    touchpoints, at = _code(
        located["journey_touchpoint"].iloc[kept], [t.id for t in journey.touchpoints]
    )
    stages, stage = _code(located["journey_stage"].iloc[kept], list(journey.preset.ids))
    extra = [repr(s) for s in stages[:-1] if s not in journey.preset.ids]
    if extra:
        raise SchemaError(
            f"journey_stage holds {', '.join(extra)}, which is no stage of preset "
            f"{journey.preset.id!r}: give the journey that the clauses were located with"
        )
    documents = pd.factorize(located[document].iloc[kept])[0].astype(np.int64)
    return Cells(
        touchpoints,
        stages,
        at,
        stage,
        (sentiment[kept].astype(np.int64) - 1).astype(np.float64),
        np.maximum(-score[kept], 0.0),
        documents,
        documents if cluster is None else code_clusters(located, cluster, kept),
        kept,
        number[unit],
        int(first.size - kept.size),
    )


def _code(labels: pd.Series, known: list[str]) -> tuple[tuple[str, ...], Ints]:
    """Number labels: those of the map, then others by name, then what is not said."""
    words = labels.astype("object")
    others = sorted({str(word) for word in words.dropna().unique()} - set(known))
    names = (*known, *others, NOT_SAID)
    codes = pd.Index(names).get_indexer(pd.Index(words)).astype(np.int64)
    return names, np.where(codes < 0, len(names) - 1, codes)
