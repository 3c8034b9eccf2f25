"""The touchpoint x stage matrix: how much is said in each cell, and how it is meant."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.journey.cells import NOT_SAID, Cells, sort_into_cells
from nlp_cx.analyze.journey.journey_map import JourneyMap, load_journey
from nlp_cx.analyze.metrics.intervals import net_interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NO_DATA = "no data"
"""Why a cell without clauses has no numbers: silence is not a neutral word."""


def touchpoint_matrix(
    located: pd.DataFrame,
    *,
    document: str = "doc_id",
    cluster: str | None = None,
    min_n: int = 10,
    confidence: float = 0.95,
    journey: JourneyMap | None = None,
) -> pd.DataFrame:
    """Tell for each touchpoint and stage how much is said there and with what sentiment.

    Parameters
    ----------
    located : DataFrame, one row per clause, or per clause and driver
        From `touchpoints.find_touchpoints`, with ``sentiment``, ``sentiment_score``, `document`,
        and ``clause_index`` and ``driver`` where known: the evidence table has all of them.
    document : str
        Column of the document.
    cluster : str, optional
        Whose clauses are not independent, e.g. the customer; the document when not given.
    min_n : int, default=10
        A cell with fewer clauses shows its number only.
    confidence : float
    journey : JourneyMap, optional
        The one that the clauses were located with.

    Returns
    -------
    DataFrame, one row per touchpoint and stage, all of the map, then ``"not said"``
        ``touchpoint``; ``channel``, of the map; ``stage``; ``activity``, what goes on there in the
        words of the sources; ``n``, clauses; ``n_documents``; ``share`` of all clauses;
        ``estimate, low, high``: net sentiment, share positive less share negative, -1 to 1;
        ``negative``, ``positive`` (shares); one ``<driver>_share`` for each driver that occurs, the
        share of the cell's clauses that speak of it; ``interval``; ``reason``: "no data" where
        there are no clauses, or that there are too few.
        ``attrs["not_said"]``: the share of all clauses without a touchpoint.

    Raises
    ------
    SchemaError
        If columns are missing.
    AnalysisError
        If no clause has a sentiment.

    Notes
    -----
    Adjusted Wald interval on n divided by the design effect of clusters. The evidence table lists
    clauses that carry a label, so neutral ones without a driver are not among the n.

    Examples
    --------
    >>> from nlp_cx.analyze.journey.touchpoints import find_touchpoints
    >>> clauses = pd.DataFrame({
    ...     "doc_id": range(30), "clause": ["快递很慢", "前台热情", "很好吃"] * 10,
    ...     "sentiment": ["negative", "positive", "positive"] * 10,
    ...     "sentiment_score": [-0.9, 0.8, 0.9] * 10})
    >>> matrix = touchpoint_matrix(find_touchpoints(clauses))
    >>> matrix.loc[matrix["n"] > 0, ["touchpoint", "stage", "n", "estimate"]].to_numpy().tolist()
    [['delivery', 'during', 10, -1.0], ['reception', 'during', 10, 1.0],
     ['not said', 'not said', 10, 1.0]]
    >>> round(matrix.attrs["not_said"], 3)
    0.333
    """
    journey = journey or load_journey()
    cells = sort_into_cells(located, journey, document=document, cluster=cluster)
    drivers = _driver_flags(located, cells)
    channels = {t.id: t.channel or None for t in journey.touchpoints}
    activities = {t.id: t.activities for t in journey.touchpoints}
    rows = []
    for t, touchpoint in enumerate(cells.touchpoints):
        for s, stage in enumerate(cells.stages):
            inside = (cells.touchpoint == t) & (cells.stage == s)
            rows.append(
                {
                    "touchpoint": touchpoint,
                    "channel": channels.get(touchpoint),
                    "stage": stage,
                    "activity": activities.get(touchpoint, {}).get(stage),
                    **_describe(cells, inside, drivers, min_n, confidence),
                }
            )
    matrix = pd.DataFrame(rows)
    matrix.attrs["not_said"] = float((cells.touchpoint == len(cells.touchpoints) - 1).mean())
    matrix.attrs["stage_not_said"] = float((cells.stage == len(cells.stages) - 1).mean())
    matrix.attrs["n_left_out"] = cells.n_left_out
    return matrix


def effective_clauses(values: Floats, clusters: npt.NDArray[np.int64]) -> float:
    """Give how many independent clauses tell as much as clustered ones.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
    clusters : ndarray of int64, shape (n,)

    Returns
    -------
    float
        n over the design effect of the mean of `values`, which is at least 1; where all values are
        equal, n² / Σ (clauses of a cluster)².
    """
    n = values.size
    codes = np.unique(clusters, return_inverse=True)[1]
    sizes = np.bincount(codes)
    residual = values - values.mean()
    alone = float((residual**2).sum())
    if alone == 0 or sizes.size < 2:
        return float(n**2 / (sizes**2).sum())
    together = float((np.bincount(codes, residual) ** 2).sum()) * sizes.size / (sizes.size - 1)
    return n / max(together / alone * (n - 1) / n, 1.0)


def _describe(
    cells: Cells, inside: Flags, drivers: dict[str, Flags], min_n: int, confidence: float
) -> dict[str, object]:
    """Give the numbers of one cell."""
    n = int(inside.sum())
    result: dict[str, object] = {
        "n": n,
        "n_documents": int(np.unique(cells.document[inside]).size),
        "share": n / inside.size,
    }
    shown = n >= max(min_n, 1)
    sign = cells.sign[inside]
    positive = float((sign > 0).mean()) if shown else np.nan
    negative = float((sign < 0).mean()) if shown else np.nan
    low = high = np.nan
    if shown:
        n_effective = effective_clauses(sign, cells.cluster[inside])
        low, high = net_interval(positive, negative, n_effective, confidence=confidence)
    result |= {"estimate": positive - negative, "low": low, "high": high}
    result |= {"negative": negative, "positive": positive}
    for driver, speaks in drivers.items():
        result[f"{driver}_share"] = float(speaks[inside].mean()) if shown else np.nan
    result["interval"] = "adjusted Wald, effective n" if shown else None
    few = NO_DATA if n == 0 else f"n is below {min_n:,}"
    result["reason"] = None if shown else few
    return result


def _driver_flags(located: pd.DataFrame, cells: Cells) -> dict[str, Flags]:
    """Tell which clauses speak of which driver."""
    if "driver" not in located:
        return {}
    clause = cells.clause_of_row
    names = located["driver"].astype("object").to_numpy()
    flags = {}
    for name in pd.unique(pd.Series(names).dropna()):
        speaks = np.zeros(cells.sign.size, np.bool_)
        speaks[clause[(clause >= 0) & (names == name)]] = True
        flags[str(name)] = speaks
    return dict(sorted(flags.items()))


__all__ = ["NOT_SAID", "NO_DATA", "effective_clauses", "touchpoint_matrix"]
