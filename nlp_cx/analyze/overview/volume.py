"""How many texts there are in every period, and how they sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.drivers.cell_means import interval_of
from nlp_cx.analyze.overview.text_cells import make_cells
from nlp_cx.analyze.overview.texts import read_texts, take_columns
from nlp_cx.analyze.overview.times import code_periods, read_times
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.schema import SENTIMENTS


def volume(
    scored: pd.DataFrame | pa.Table,
    *,
    time: str | None = None,
    time_zone: str | None = None,
    every: Every | None = None,
    outcome: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Count documents and texts by period, with sentiment and an outcome.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per input row
        A scored table.
    time : str, optional
        A column of times, see `read_times`. Without it there is one row, of everything.
    time_zone : str, optional
        Whose midnight counts.
    every : {"day", "week", "month", "quarter", "year"}, optional
        `choose_every` when not given.
    outcome : str, optional
        A column of numbers, e.g. stars; averaged over documents, with or without text.
    cluster : str, optional
        Rows with the same value (a customer's) are one observation for intervals.
    confidence : float

    Returns
    -------
    DataFrame, one row per period from the first to the last, empty ones too
        ``period`` (*all* without `time`), ``period_start``, ``is_partial`` (the data begin or end
        within it); ``n_documents``: customers' documents; ``n_texts``: those in which something was
        scored; ``share_negative``, ``share_neutral``, ``share_positive`` of the texts,
        ``sentiment``: mean sentiment_score (-1 to 1), and with `outcome` ``outcome`` and
        ``n_outcome``; of shares and means ``_low`` and ``_high``; NaN where there is no text.
        ``attrs``: ``every`` (None without `time`), ``n_untimed`` and ``n_unread`` (documents
        without a time, and with one that cannot be read; in no row), ``unread``: examples.

    Raises
    ------
    SchemaError, ConfigError
        If columns are missing or of another kind, or an option is unknown.
    AnalysisError
        If no document has a time that can be read.

    Notes
    -----
    Shares have Wilson's interval, means Student's t. The count of a partial period is no fall.

    Examples
    --------
    >>> scored = pd.DataFrame({"sentiment": ["negative", "positive", None],
    ...     "sentiment_score": [-0.8, 0.9, None], "at": ["2024-05-01", "2024-05-02", "2024-05-03"]})
    >>> table = volume(scored, time="at", every="month")
    >>> table[["period", "n_documents", "n_texts", "share_negative"]].values.tolist()
    [['2024-05', 3, 2, 0.5]]
    """
    normal_quantile(confidence)
    texts = read_texts(scored, drivers=[], cluster=cluster)
    extra = [name for name in (time, outcome) if name is not None]
    frame = take_columns(scored, ["sentiment_score", *extra])
    codes = np.zeros(len(frame), np.int64)
    labels: tuple[str, ...] = ("all",)
    starts = pd.DatetimeIndex([pd.NaT])
    is_partial = np.zeros(1, np.bool_)
    attrs: dict[str, Any] = {"every": None, "n_untimed": 0, "n_unread": 0, "unread": []}
    if time is not None:
        times = read_times(frame, time, time_zone=time_zone, is_row=texts.is_document)
        periods, chosen = code_periods(times, every)
        codes, labels = periods.codes, periods.labels
        starts, is_partial = periods.starts, periods.is_partial
        attrs = {
            "every": chosen,
            "n_untimed": times.n_missing,
            "n_unread": times.n_unread,
            "unread": list(times.unread),
        }
    n_cells = len(labels)
    documents = make_cells(codes, texts.is_document, texts.clusters, n_cells)
    cells = make_cells(codes, texts.is_text, texts.clusters, n_cells)
    table: dict[str, Any] = {
        "period": pd.Series(labels, dtype=object),
        "period_start": starts,
        "is_partial": is_partial,
        "n_documents": documents.n,
        "n_texts": cells.n,
    }
    for i, sentiment in enumerate(SENTIMENTS):
        found = cells.share(texts.sentiment == i, confidence)
        for end, values in zip(("", "_low", "_high"), found, strict=True):
            table[f"share_{sentiment}{end}"] = values
    numbers = {"sentiment": (as_numbers(frame, "sentiment_score"), texts.is_text)}
    if outcome is not None:
        numbers["outcome"] = (as_numbers(frame, outcome), texts.is_document)
    for name, (values, is_row) in numbers.items():
        is_known = is_row & ~np.isnan(values)
        known = make_cells(codes, is_known, texts.clusters, n_cells)
        is_share = name == "outcome" and bool(np.isin(values[is_known], (0.0, 1.0)).all())
        means = known.average(values, is_share=is_share)
        low, high = interval_of(means, confidence=confidence)
        table |= {name: means.mean, f"{name}_low": low, f"{name}_high": high}
        if name == "outcome":
            table["n_outcome"] = known.n
    result = pd.DataFrame(table)
    result.attrs.update(attrs)
    return result
