"""What differs between the last whole period and the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.drivers.cell_differences import compare_with_cell
from nlp_cx.analyze.drivers.cell_means import interval_of
from nlp_cx.analyze.overview.text_cells import make_cells
from nlp_cx.analyze.overview.texts import Flags, ScoredTexts, read_texts, take_columns
from nlp_cx.analyze.overview.times import code_periods, read_times
from nlp_cx.analyze.periods import Every, Periods
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile
from nlp_cx.errors import AnalysisError, ConfigError
from nlp_cx.schema import SENTIMENTS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Measured = tuple[dict[str, Any], Floats, Flags, bool]

_POLARITIES = ("mentioned", "negative", "positive")
_NUMBERS = ("now", "now_low", "now_high", "before", "before_low", "before_high")
_DIFFERENCES = ("change", "low", "high", "p_value")


def changes(
    scored: pd.DataFrame | pa.Table,
    *,
    time: str,
    time_zone: str | None = None,
    every: Every | None = None,
    n_before: int = 1,
    drivers: Sequence[str] | None = None,
    outcome: str | None = None,
    cluster: str | None = None,
    min_n: int = 30,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare the last whole period with the one before.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per input row
        A scored table.
    time : str
        A column of times, see `read_times`.
    time_zone : str, optional
        Whose midnight counts.
    every : {"day", "week", "month", "quarter", "year"}, optional
        `choose_every` when not given.
    n_before : int, default=1
        Up to so many periods just before, pooled: their texts count alike.
    drivers : sequence of str, optional
        The six experience drivers, as far as they are there, when not given.
    outcome : str, optional
        A column of numbers; averaged over documents.
    cluster : str, optional
        Rows with the same value (a customer's) are one observation, also across periods.
    min_n : int, default=30
        Of texts, or of documents with the outcome, on each side; below it nothing is compared.
    confidence : float

    Returns
    -------
    DataFrame, one row per measure
        ``measure``: *driver_share* (of texts, ``driver`` and ``polarity``: mentioned, negative,
        positive), *sentiment_share* (``polarity``), *sentiment* (mean score) and *outcome*;
        ``period``, ``period_before`` (first to last of them); ``now``, ``before`` with ``_low`` and
        ``_high``; ``change`` (now less before), ``low``, ``high``: Newcombe for shares, Welch for
        means; ``p_value`` of none, ``p_adjusted`` over all rows (Benjamini-Hochberg); ``n_now``,
        ``n_before``; ``is_share``; ``reason``: why a number is missing.
        ``attrs``: ``every``, ``n_untimed``, ``n_unread``.

    Raises
    ------
    SchemaError, ConfigError
        If columns are missing or of another kind, or an option is out of range.
    AnalysisError
        If no time can be read, or there are no two whole periods next to each other with `min_n`
        texts: nothing to compare.

    Notes
    -----
    A period is whole when the data begin before its first day is over and reach its last day; only
    the first and the last can be partial. A change may be one of season, or of who wrote; with
    fewer than 5 expected mentions it is not tested.

    Examples
    --------
    >>> scored = pd.DataFrame({"at": ["2024-01-01"] * 1000 + ["2024-02-01"] * 999 + ["2024-02-29"],
    ...     "sentiment": "neutral", "sentiment_score": 0.0,
    ...     "price": ["negative"] * 60 + [None] * 940 + ["negative"] * 90 + [None] * 910})
    >>> table = changes(scored, time="at", every="month", drivers=["price"])
    >>> row = table[(table["driver"] == "price") & (table["polarity"] == "negative")].iloc[0]
    >>> float(row["change"].round(3)), float(row["p_value"].round(4)), row["period"]
    (0.03, 0.0109, '2024-02')
    """
    normal_quantile(confidence)
    if n_before < 1 or min_n < 2:
        raise ConfigError(
            f"n_before {n_before} and min_n {min_n}: expected 1 or more and 2 or more"
        )
    texts = read_texts(scored, drivers=drivers, cluster=cluster)
    extra = [time, *([outcome] if outcome else [])]
    frame = take_columns(scored, ["sentiment_score", *extra])
    times = read_times(frame, time, time_zone=time_zone, is_row=texts.is_document)
    periods, chosen = code_periods(times, every)
    last, earlier = _choose(periods, texts, chosen, n_before, min_n)
    side = np.full(texts.is_text.size, -1, np.int64)
    side[periods.codes == last] = 0
    side[np.isin(periods.codes, earlier)] = 1
    measures = _list_measures(texts, frame, outcome)
    rows = [
        _compare(one, side, texts.clusters, min_n=min_n, confidence=confidence) for one in measures
    ]
    result = pd.DataFrame(rows)
    labels = periods.labels
    named = labels[earlier[0]]
    if len(earlier) > 1:
        named = f"{named} to {labels[earlier[-1]]}"
    result.insert(3, "period", labels[last])
    result.insert(4, "period_before", named)
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    for name in ("driver", "polarity", "reason"):
        result[name] = result[name].astype(object).where(result[name].notna(), None)
    result.attrs = {
        "every": chosen,
        "n_untimed": times.n_missing,
        "n_unread": times.n_unread,
    }
    columns = [name for name in result if name not in ("is_share", "reason")]
    return result[[*columns, "is_share", "reason"]]


def _choose(
    periods: Periods, texts: ScoredTexts, every: Every, n_before: int, min_n: int
) -> tuple[int, list[int]]:
    """Choose the last whole period and those just before it."""
    is_in = texts.is_text & (periods.codes >= 0)
    n = np.bincount(periods.codes[is_in], minlength=len(periods.labels))
    whole = [i for i in range(n.size) if not periods.is_partial[i]]
    found = f"{len(periods.labels):,} periods of a {every}, {len(whole):,} of them whole"
    if len(whole) < 2:
        raise AnalysisError(
            f"nothing to compare: {found}, expected 2 or more. Choose shorter periods, or bring "
            "more of the past."
        )
    last = whole[-1]
    earlier = [i for i in whole[:-1] if i >= last - n_before]
    for at in ([last], earlier):
        if n[at].sum() < min_n:
            raise AnalysisError(
                f"nothing to compare: {found}, and {n[at].sum():,} texts in "
                f"{periods.labels[at[0]]}, expected at least {min_n:,}. Choose longer periods."
            )
    return last, earlier


def _list_measures(texts: ScoredTexts, frame: pd.DataFrame, outcome: str | None) -> list[Measured]:
    """Give each measure's names, values, the rows that count, and whether it is a share."""
    names: dict[str, Any]
    none: dict[str, Any] = {"driver": None, "polarity": None}
    found: list[Measured] = []
    for name, column, is_row in (
        ("outcome", outcome, texts.is_document),
        ("sentiment", "sentiment_score", texts.is_text),
    ):
        if column is not None:
            values = as_numbers(frame, column)
            known = is_row & ~np.isnan(values)
            is_share = name == "outcome" and bool(np.isin(values[known], (0.0, 1.0)).all())
            found.append(({"measure": name, **none}, values, known, is_share))
    for i, sentiment in enumerate(SENTIMENTS):
        names = {"measure": "sentiment_share", "driver": None, "polarity": sentiment}
        found.append((names, (texts.sentiment == i).astype(np.float64), texts.is_text, True))
    for driver in texts.drivers:
        for polarity in _POLARITIES:
            names = {"measure": "driver_share", "driver": driver, "polarity": polarity}
            found.append(
                (names, texts.says(driver, polarity).astype(np.float64), texts.is_text, True)
            )
    return found


def _compare(
    measure: Measured,
    side: Ints,
    clusters: Ints | None,
    *,
    min_n: int,
    confidence: float,
) -> dict[str, Any]:
    """Compare one measure: a row of the result."""
    names, values, is_known, is_share = measure
    cells = make_cells(side, is_known, clusters, 2)
    found = cells.average(values, is_share=is_share)
    low, high = interval_of(found, confidence=confidence)
    against = compare_with_cell(found, np.array([1, -1]), confidence=confidence)
    numbers = (found.mean[0], low[0], high[0], found.mean[1], low[1], high[1])
    differences = (against.difference[0], against.low[0], against.high[0], against.p_value[0])
    row: dict[str, Any] = dict(names)
    row |= dict(zip(_NUMBERS, map(float, numbers), strict=True))
    row |= dict(zip(_DIFFERENCES, map(float, differences), strict=True))
    row |= {"n_now": int(cells.n[0]), "n_before": int(cells.n[1]), "is_share": is_share}
    row["reason"] = None
    if cells.n.min() < min_n:
        row |= dict.fromkeys((*_NUMBERS, *_DIFFERENCES), np.nan)
        row["reason"] = f"n below {min_n}"
    elif np.isnan(row["p_value"]):
        row["reason"] = "not tested: fewer than 5 expected either way, or no spread"
    return row
