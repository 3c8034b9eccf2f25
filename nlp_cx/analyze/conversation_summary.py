"""Conversations summed up: how they begin and end, what was resolved, how long customers wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.conversation_quantiles import estimate_quantile
from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.drivers.cell_means import average_cells, interval_of
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.schema import ESCALATIONS, conversations_schema

Floats = npt.NDArray[np.float64]
Kind = Literal["share", "mean", "median"]

BAD_END = -1 / 3
"""A last score below this is a bad end: the lower third of the scale. Short neutral words (好的,
已经私信) have scores a little below 0; of 1,200 helpdesk chats a limit of 0 took 77 % for bad ends
where 58 % of the last turns were labelled negative."""

QUANTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}


@dataclass(frozen=True, slots=True)
class _Measure:
    """One number per conversation, NaN where it is not known, and why that may be."""

    name: str
    kind: Kind
    values: Floats
    reason: str


def measure_conversations(
    conversations: pd.DataFrame | pa.Table,
    *,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Sum up a table of conversations.

    Parameters
    ----------
    conversations : DataFrame or pyarrow.Table, one row per conversation
        As ``nlp-cx score --conversations`` writes it.
    cluster : str, optional
        Conversations with the same value (a customer's) are one observation for intervals.
    confidence : float

    Returns
    -------
    DataFrame, one row per measure
        ``measure``; ``kind``: share, mean, or median for times, whose means a few forgotten
        conversations would make; ``estimate``, ``low``, ``high``: that share, mean or median;
        ``q25``, ``median``, ``q75`` with ``_low`` and ``_high``, of shares missing; ``n``
        conversations in which it is known, ``of`` all; ``reason``: what is so in the others, or
        why nothing is known. The measures:

        - *first_sentiment*, *last_sentiment*, *worst_sentiment* (sentiment_score of the customer's
          turn, -1 to 1), *sentiment_change* (last less first; 2 scored turns or more),
          *ended_negative* (share whose last score is below `BAD_END`);
        - *resolved*, *unresolved*, *resolution_not_said*: what customers said last of it; three
          shares that make up 1. Not said is not unresolved;
        - *asked_escalation*, and for a *asked_human*, *asked_manager*, *asked_authority* (the
          strongest counts); *said_thanks*;
        - *repeated* (share with a repeat), *repeats*, *customer_turns* (means): effort;
        - *first_wait_seconds* (to any answer), *first_agent_wait_seconds* (to a person),
          *mean_wait_seconds*, *max_wait_seconds*, *duration_seconds*; *answered*: share with a
          known first answer, where times are known.

    Raises
    ------
    SchemaError
        If it is no table of conversations.
    AnalysisError
        If it has no rows.

    Notes
    -----
    Shares: Wilson; means: Student's t; quantiles: Woodruff. Waits are known of the conversations
    that were answered, and of those only: a customer who is still waiting is not among them.

    Examples
    --------
    >>> from nlp_cx.schema import conversations_schema
    >>> table = pd.DataFrame({name: [None] * 4 for name in conversations_schema().names})
    >>> table["resolution"] = ["resolved", "unresolved", None, None]
    >>> table["said_resolved"] = [True, False, False, None]
    >>> found = measure_conversations(table).set_index("measure")
    >>> found.loc[["resolved", "resolution_not_said"], "estimate"].round(2).tolist()
    [0.33, 0.33]
    """
    normal_quantile(confidence)
    names = [name for name in conversations_schema().names if name not in _UNUSED]
    if isinstance(conversations, pa.Table):
        taken = [name for name in [*names, cluster] if name in conversations.column_names]
        conversations = conversations.select(taken).to_pandas()
    missing = [
        repr(name)
        for name in [*names, *([cluster] if cluster else [])]
        if name not in conversations.columns
    ]
    if missing:
        raise SchemaError(
            f"not a table of conversations: no column {', '.join(missing)}. Make it with nlp-cx "
            "score --conversations."
        )
    n_rows = len(conversations)
    if not n_rows:
        raise AnalysisError("the table of conversations has no rows")
    clusters = code_clusters(conversations, cluster, np.arange(n_rows, dtype=np.int64))
    rows = []
    for measure in _list_measures(conversations):
        known = ~np.isnan(measure.values)
        values, mine = measure.values[known], clusters[known]
        row: dict[str, Any] = {"measure": measure.name, "kind": measure.kind}
        row |= dict.fromkeys(_NUMBERS, np.nan)
        row |= {"n": values.size, "of": n_rows}
        row["reason"] = measure.reason if values.size < n_rows else None
        if values.size and measure.kind != "share":
            for name, q in QUANTILES.items():
                found = estimate_quantile(
                    values, q, None if cluster is None else mine, confidence=confidence
                )
                row |= dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
        if measure.kind == "median":
            row |= {"estimate": row["median"], "low": row["median_low"], "high": row["median_high"]}
        elif values.size:
            cells = average_cells(
                values, np.ones(values.size), mine, np.zeros(values.size, np.int64),
                n_cells=1, kind=measure.kind,
            )  # fmt: skip
            low, high = interval_of(cells, confidence=confidence)
            row |= {"estimate": float(cells.mean[0]), "low": float(low[0]), "high": float(high[0])}
        rows.append(row)
    result = pd.DataFrame(rows)
    result["reason"] = result["reason"].astype(object).where(result["reason"].notna(), None)
    return result


_UNUSED = ("interaction_id", "worst_turn", "sentiment_trend", "n_unknown_turns", *(
    conversations_schema().names[-6:]
))  # fmt: skip
_QUANTILE_COLUMNS = tuple(f"{name}{end}" for name in QUANTILES for end in ("", "_low", "_high"))
_NUMBERS = ("estimate", "low", "high", *_QUANTILE_COLUMNS)
_SILENT = "no customer turn has text"
_UNSCORED = "no customer turn was scored"


def _list_measures(table: pd.DataFrame) -> list[_Measure]:
    """Give the number of every conversation for every measure."""

    def take(name: str) -> Floats:
        column = table[name]
        if column.isna().all():
            return np.full(len(table), np.nan)
        if column.dtype == object:
            column = column.astype("boolean" if name.startswith(("asked_", "said_")) else "Float64")
        return as_numbers(pd.DataFrame({name: column}), name)

    first, last, worst = (take(f"{name}_sentiment_score") for name in ("first", "last", "worst"))
    has_text = ~np.isnan(take("said_resolved"))
    resolution = table["resolution"].astype(object)
    escalation = table["escalation_to"].astype(object)
    # The trend needs two scored turns too: it tells where first and last are not the same turn.
    has_two = table["sentiment_trend"].notna() if "sentiment_trend" in table else first != last
    change = np.where(np.asarray(has_two, np.bool_), last - first, np.nan)

    def flag(is_so: Any) -> Floats:
        return np.where(has_text, np.asarray(is_so, np.float64), np.nan)

    def is_bad(values: Floats) -> Floats:
        return np.where(np.isnan(values), np.nan, values < BAD_END)

    measures = [
        _Measure("first_sentiment", "mean", first, _UNSCORED),
        _Measure("last_sentiment", "mean", last, _UNSCORED),
        _Measure("worst_sentiment", "mean", worst, _UNSCORED),
        _Measure("sentiment_change", "mean", change, "fewer than 2 customer turns were scored"),
        _Measure("ended_negative", "share", is_bad(last), _UNSCORED),
        _Measure("resolved", "share", flag(resolution == "resolved"), _SILENT),
        _Measure("unresolved", "share", flag(resolution == "unresolved"), _SILENT),
        _Measure("resolution_not_said", "share", flag(resolution.isna()), _SILENT),
        _Measure("asked_escalation", "share", take("asked_escalation"), _SILENT),
        *(
            _Measure(f"asked_{whom}", "share", flag(escalation == whom), _SILENT)
            for whom in ESCALATIONS
        ),
        _Measure("said_thanks", "share", take("said_thanks"), _SILENT),
        _Measure("repeated", "share", flag(np.nan_to_num(take("n_repeats")) > 0), _SILENT),
        _Measure("repeats", "mean", take("n_repeats"), _SILENT),
        _Measure("customer_turns", "mean", take("n_customer_turns"), "not known"),
    ]
    unanswered = "not answered, or times not known"
    has_times = bool(table["duration_seconds"].notna().any())
    answered = np.full(len(table), np.nan)
    if has_times:
        is_timed = table["duration_seconds"].notna().to_numpy(np.bool_)
        answered = np.where(is_timed, table["first_wait_seconds"].notna(), np.nan)
    measures.append(_Measure("answered", "share", answered, "times not known"))
    for name in _WAITS:
        why = "times not known" if name == "duration_seconds" or not has_times else unanswered
        measures.append(_Measure(name, "median", take(name), why))
    return measures


_WAITS = (
    *("first_wait_seconds", "first_agent_wait_seconds", "mean_wait_seconds"),
    *("max_wait_seconds", "duration_seconds"),
)


def conversation_arc(
    scored: pd.DataFrame | pa.Table,
    *,
    n_positions: int = 5,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Give the customers' sentiment along a conversation, from first turn to last.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per turn
        A scored table of chats: ``interaction_id``, ``turn``, ``speaker``, ``sentiment_score``.
    n_positions : int, default=5
        Points from the first scored turn (0) to the last (1), evenly spaced.
    cluster : str, optional
        Conversations with the same value (a customer's) are one observation for intervals.
    confidence : float

    Returns
    -------
    DataFrame, one row per position
        ``position``: share of the customer's turns passed, 0 to 1; ``sentiment``: mean of the
        conversations, -1 to 1; ``low``, ``high``: Student's t over conversations; ``n``
        conversations, the same at all positions.
        ``attrs``: ``n_left_out``: conversations with fewer than 2 scored customer turns.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If no conversation has 2 scored customer turns.

    Notes
    -----
    Between two turns the score is interpolated, so that every conversation counts at every
    position and the line is none of who talks longer.

    Examples
    --------
    >>> scored = pd.DataFrame({"interaction_id": ["a"] * 3 + ["b"] * 2, "turn": [0, 1, 2, 0, 1],
    ...     "speaker": ["customer", "agent", "customer", "customer", "customer"],
    ...     "sentiment_score": [-1, None, 0, -0.5, 0.5]})
    >>> conversation_arc(scored, n_positions=3)["sentiment"].tolist()
    [-0.75, -0.25, 0.25]
    """
    from nlp_cx.analyze.overview.texts import take_columns

    normal_quantile(confidence)
    if n_positions < 2:
        raise AnalysisError(f"n_positions is {n_positions}, expected 2 or more")
    names = ["interaction_id", "turn", "speaker", "sentiment_score"]
    frame = take_columns(scored, [*names, *([cluster] if cluster else [])])
    score = as_numbers(frame, "sentiment_score")
    is_mine = (frame["speaker"] == "customer").to_numpy(np.bool_) & ~np.isnan(score)
    code, _ = pd.factorize(frame["interaction_id"])
    is_mine &= code >= 0
    rows = np.flatnonzero(is_mine)
    rows = rows[np.lexsort((frame["turn"].to_numpy()[rows], code[rows]))]
    _, start, n_turns = np.unique(code[rows], return_index=True, return_counts=True)
    enough = n_turns >= 2
    if not enough.any():
        raise AnalysisError(
            f"none of {n_turns.size:,} conversations has 2 scored customer turns: no arc to show"
        )
    start, last = start[enough], n_turns[enough] - 1
    first_rows = frame.iloc[rows[start]]
    clusters = code_clusters(first_rows, cluster, np.arange(start.size, dtype=np.int64))
    positions = np.linspace(0, 1, n_positions)
    ordered = score[rows]
    found = []
    for position in positions:
        place = position * last
        before = np.minimum(place.astype(np.int64), last - 1)
        step = place - before
        values = ordered[start + before] * (1 - step) + ordered[start + before + 1] * step
        cells = average_cells(
            values, np.ones(values.size), clusters, np.zeros(values.size, np.int64),
            n_cells=1, kind="mean",
        )  # fmt: skip
        low, high = interval_of(cells, confidence=confidence)
        found.append((position, cells.mean[0], low[0], high[0], values.size))
    result = pd.DataFrame(found, columns=["position", "sentiment", "low", "high", "n"])
    for name in ("low", "high"):
        result[name] = result[name].clip(-1, 1)
    result.attrs["n_left_out"] = int((~enough).sum())
    return result
