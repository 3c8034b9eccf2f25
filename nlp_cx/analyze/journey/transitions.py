"""From one stage to a later one: does a bad beginning go with a bad end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.journey.cells import sort_into_cells
from nlp_cx.analyze.journey.journey_map import JourneyMap, load_journey
from nlp_cx.analyze.proportions import newcombe_interval


def stage_transitions(
    located: pd.DataFrame,
    *,
    document: str = "doc_id",
    min_n: int = 10,
    confidence: float = 0.95,
    journey: JourneyMap | None = None,
) -> pd.DataFrame:
    """Compare a later stage where an earlier one was negative with where it was not.

    Parameters
    ----------
    located : DataFrame, one row per clause, or per clause and driver
        As for `matrix.touchpoint_matrix`.
    document : str
        Column of what goes through the stages: a document, an interaction, a customer. Its values
        are taken as independent.
    min_n : int, default=10
        Documents that are needed on both sides.
    confidence : float
    journey : JourneyMap, optional
        The one that the clauses were located with.

    Returns
    -------
    DataFrame, one row per pair of an earlier and a later stage
        ``stage``, ``next_stage``; ``n``, documents that speak of both; ``n_negative``, of these
        those with a negative clause in the first; ``after_negative``, ``after_other``: share with a
        negative clause in the second, for both sides; ``estimate, low, high``: the first less the
        second share; ``interval``; ``reason``.

    Raises
    ------
    SchemaError
        If columns are missing.
    AnalysisError
        If no clause has a sentiment.

    Notes
    -----
    Newcombe's interval. Only documents that name both stages count, and they are few and not like
    the others; a customer's general mood lies behind both.

    Examples
    --------
    >>> from nlp_cx.analyze.journey.touchpoints import find_touchpoints
    >>> clauses = pd.DataFrame({
    ...     "doc_id": np.repeat(range(40), 2), "clause": ["排队很久", "服务员很好"] * 40,
    ...     "sentiment": ["negative", "negative", "positive", "positive"] * 20,
    ...     "sentiment_score": [-0.9, -0.5, 0.8, 0.9] * 20})
    >>> found = stage_transitions(find_touchpoints(clauses))
    >>> found[["stage", "next_stage", "n", "after_negative", "after_other"]].to_numpy()[0].tolist()
    ['pre', 'during', 40, 1.0, 0.0]
    """
    journey = journey or load_journey()
    cells = sort_into_cells(located, journey, document=document, cluster=None)
    n_documents = int(cells.document.max()) + 1
    stages = journey.preset.ids
    spoken = np.zeros((n_documents, len(stages) + 1), np.bool_)
    negative = np.zeros_like(spoken)
    spoken[cells.document, cells.stage] = True
    is_bad = cells.sign < 0
    negative[cells.document[is_bad], cells.stage[is_bad]] = True
    rows = []
    for i, stage in enumerate(stages):
        for j in range(i + 1, len(stages)):
            both = spoken[:, i] & spoken[:, j]
            bad, other = both & negative[:, i], both & ~negative[:, i]
            n_bad, n_other = int(bad.sum()), int(other.sum())
            row: dict[str, object] = {
                "stage": stage,
                "next_stage": stages[j],
                "n": int(both.sum()),
                "n_negative": n_bad,
            }
            few = min(n_bad, n_other) < max(min_n, 1)
            numbers = [np.nan] * 5
            if not few:
                k_bad, k_other = int(negative[bad, j].sum()), int(negative[other, j].sum())
                low, high = newcombe_interval(k_other, n_other, k_bad, n_bad, confidence)
                shares = [k_bad / n_bad, k_other / n_other]
                numbers = [*shares, shares[0] - shares[1], float(low), float(high)]
            names = ("after_negative", "after_other", "estimate", "low", "high")
            row |= dict(zip(names, numbers, strict=True))
            row["interval"] = None if few else "Newcombe"
            row["reason"] = (
                f"{n_bad:,} documents with a negative and {n_other:,} with another {stage}, fewer "
                f"than {min_n:,}"
                if few
                else None
            )
            rows.append(row)
    result = pd.DataFrame(rows)
    result.attrs["note"] = NOTE
    return result
