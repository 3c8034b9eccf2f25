"""Moments of truth: the cells of the journey that go with the outcome most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.journey.cell_model import (
    MIN_POLE,
    Counts,
    count_cells,
    draw_shares,
    fit_cells,
    take_rows,
)
from nlp_cx.analyze.journey.cells import Cells, sort_into_cells
from nlp_cx.analyze.journey.journey_map import JourneyMap, load_journey
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_INTERVAL = "cluster bootstrap of model, volume and severity together, percentile"


def moments_of_truth(
    located: pd.DataFrame,
    ox: pd.DataFrame,
    outcome: str,
    *,
    key: str = "doc_id",
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    min_n: int = 30,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int = 0,
    journey: JourneyMap | None = None,
) -> pd.DataFrame:
    """Rank touchpoints and stages by volume x association with the outcome x severity.

    Parameters
    ----------
    located : DataFrame, one row per clause, or per clause and driver
        As for `matrix.touchpoint_matrix`, with the column `key`.
    ox : DataFrame, one row per value of `key`
        With `outcome`. Rows that speak of no touchpoint are the base, so give all that have text;
        rows with ``x_n_texts`` of 0 are left out.
    outcome : str
        Column of numbers, such as stars.
    key : str
        Column of both tables.
    controls : sequence of str
        Columns of `ox` held equal.
    weights, cluster : str, optional
        Columns of `ox`; every row a cluster when not given.
    min_n : int, default=30
        A cell of fewer rows gets no score.
    confidence : float
    n_bootstrap : int
    random_state : int
    journey : JourneyMap, optional
        The one that the clauses were located with.

    Returns
    -------
    DataFrame, one row per touchpoint and stage that occurs, the highest score first
        ``touchpoint``, ``channel``, ``stage``, ``activity``; ``n``, rows that speak of it;
        ``estimate, low, high``: the score, volume x |association| x severity, in units of
        `outcome` and no meaning beyond its rank; ``rank``; ``p_first``, the share of the bootstrap
        samples in which it comes first; ``volume``, share of rows that speak of it;
        ``association``, outcome with a positive less outcome with a negative mention, others equal
        (where one of the two is too rare: against no mention); ``severity``, mean of the negative
        part of the sentiment score of its clauses, 0 to 1; the last three with ``_low``, ``_high``;
        ``penalty``, ``reward``, the coefficients of negative and positive mention; ``interval``;
        ``reason``.

    Raises
    ------
    SchemaError
        If columns are missing, or `key` is not unique in `ox`.
    AnalysisError
        If the outcome is constant, or no cell has `min_n` rows.

    Notes
    -----
    One least-squares model with two dummies per cell, so that cells share no credit for what is
    said together. One cluster bootstrap draws model, volume and severity together; coefficients are
    widened to the jackknife where clusters are few. |association| is above 0 by chance alone: look
    at ``association_low`` and ``association_high`` before believing a score. A rank by volume only
    would put first what is talked of most, whether or not it matters.

    Cells are the touchpoints named in the text; clauses that do not say where are in no cell.

    Examples
    --------
    >>> from nlp_cx.analyze.journey.touchpoints import find_touchpoints
    >>> n = 200
    >>> clauses = pd.DataFrame({
    ...     "doc_id": range(n),
    ...     "clause": ["快递很慢", "快递很快", "前台热情", "前台冷漠"] * (n // 4),
    ...     "sentiment": ["negative", "positive", "positive", "negative"] * (n // 4),
    ...     "sentiment_score": [-0.9, 0.9, 0.8, -0.8] * (n // 4)})
    >>> ox = pd.DataFrame({"doc_id": range(n), "r_stars": [1, 5, 4, 3] * (n // 4)})
    >>> ox.loc[::7, "r_stars"] += 1
    >>> found = moments_of_truth(find_touchpoints(clauses), ox, "r_stars", n_bootstrap=200)
    >>> found[["touchpoint", "rank", "association"]].round(1).to_numpy().tolist()
    [['delivery', 1, 4.0], ['reception', 2, 1.0]]
    """
    journey = journey or load_journey()
    frame = take_rows(ox, outcome, key, controls=controls, weights=weights, cluster=cluster)
    cells = sort_into_cells(located, journey, document=key, cluster=None)
    counts = count_cells(cells, frame.row_of(located[key].iloc[cells.first_row]), frame.n)
    if not (counts.n >= min_n).any():
        raise AnalysisError(
            f"no touchpoint is spoken of in {min_n:,} rows with {outcome!r}; the most frequent in "
            f"{int(counts.n.max(initial=0)):,}"
        )
    used = np.flatnonzero(counts.n >= min_n)
    model = fit_cells(frame, counts, used, n_bootstrap, random_state)
    volume, severity = draw_shares(frame, counts, used, n_bootstrap, random_state)
    score = volume * np.abs(model.association) * severity
    point, draws = score[0], score[1:]
    values = {"estimate": score, "volume": volume, "severity": severity}
    values["association"] = model.association
    columns: dict[str, Floats] = {}
    for name, drawn in values.items():
        low, high = percentile_interval(drawn[1:], confidence=confidence)
        prefix = "" if name == "estimate" else f"{name}_"
        columns |= {name: drawn[0], f"{prefix}low": low, f"{prefix}high": high}
    columns |= {"penalty": model.penalty, "reward": model.reward}
    told = np.flatnonzero(~np.isnan(point))
    columns["rank"] = np.full(used.size, np.nan)
    columns["rank"][told[np.argsort(-point[told], kind="stable")]] = np.arange(1, told.size + 1)
    columns["p_first"] = np.full(used.size, np.nan)
    if told.size:
        first = np.argmax(np.nan_to_num(draws[:, told], nan=-1.0), axis=1)
        columns["p_first"][told] = np.bincount(first, minlength=told.size) / len(draws)
    return _tabulate(journey, cells, counts, (used, columns), min_n)


def _tabulate(
    journey: JourneyMap,
    cells: Cells,
    counts: Counts,
    found: tuple[Ints, dict[str, Floats]],
    min_n: int,
) -> pd.DataFrame:
    """Put every cell that occurs into a row, the highest score first."""
    used, columns = found
    points = {t.id: t for t in journey.touchpoints}
    n_stages = len(cells.stages)
    rows = []
    for k, cell in enumerate(counts.cell):
        touchpoint, stage = cells.touchpoints[cell // n_stages], cells.stages[cell % n_stages]
        point = points.get(touchpoint)
        row: dict[str, object] = {
            "touchpoint": touchpoint,
            "channel": (point.channel or None) if point else None,
            "stage": stage,
            "activity": point.activities.get(stage) if point else None,
            "n": int(counts.n[k]),
        }
        at = np.flatnonzero(used == k)
        row |= {name: values[at[0]] if at.size else np.nan for name, values in columns.items()}
        reason = None
        if not at.size:
            reason = f"n is below {min_n:,}"
        elif np.isnan(row["association"]):  # type: ignore[call-overload]
            reason = f"neither a negative nor a positive mention of its own in {MIN_POLE} rows"
        rows.append(row | {"interval": None if reason else _INTERVAL, "reason": reason})
    table = pd.DataFrame(rows)
    order = ["touchpoint", "channel", "stage", "activity", "n", "estimate", "low", "high"]
    order += ["rank", "p_first"]
    order += [name for name in map(str, table.columns) if name not in order]
    table = table[order].sort_values(["rank", "n"], ascending=[True, False], kind="stable")
    table["rank"] = table["rank"].astype("Int64")
    table = table.reset_index(drop=True)
    table.attrs["note"] = NOTE
    return table
