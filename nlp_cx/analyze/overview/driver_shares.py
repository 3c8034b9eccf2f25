"""How many texts mention, praise and criticise each driver: in all, by group, by period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.drivers.prevalence import Sampling
from nlp_cx.analyze.drivers.small_cells import Hidden, explain_hidden, hide_cells
from nlp_cx.analyze.overview.corrected_shares import NO_SAMPLE, correct_shares
from nlp_cx.analyze.overview.text_cells import TextCells, make_cells
from nlp_cx.analyze.overview.texts import MEASURES, read_texts, take_columns
from nlp_cx.analyze.overview.times import code_periods, read_times
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import SchemaError

_NUMBERS = ("share", "low", "high", "corrected", "corrected_low", "corrected_high")


def driver_shares(
    scored: pd.DataFrame | pa.Table,
    *,
    by: str | None = None,
    period: str | None = None,
    every: Every | None = None,
    time_zone: str | None = None,
    drivers: Sequence[str] | None = None,
    labelled: pd.DataFrame | None = None,
    sampling: Sampling = "random",
    key: str = "doc_id",
    cluster: str | None = None,
    min_cell: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Give the share of texts that mention, praise and criticise each driver.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per input row
        A scored table. Documents in which nothing was scored do not count.
    by : str, optional
        A column of groups; rows without a value are in none.
    period : str, optional
        A column of times, see `read_times`; with `by`, each group by period.
    every : {"day", "week", "month", "quarter", "year"}, optional
        `choose_every` when not given.
    time_zone : str, optional
    drivers : sequence of str, optional
        The six experience drivers, as far as they are there, when not given.
    labelled : DataFrame, optional
        True labels of a sample, see `prevalence`. `scored` then needs `key`.
    sampling : {"random", "selected"}
        How that sample was chosen, see `prevalence`.
    key : str, default="doc_id"
    cluster : str, optional
        Rows with the same value (a customer's) are one observation for intervals.
    min_cell : int, default=10
        Cells of fewer texts are hidden, with `cluster` also those of fewer than 10 customers.
    confidence : float

    Returns
    -------
    DataFrame, one row per group, period, driver and polarity
        ``group`` and ``period, period_start, is_partial`` where asked for; ``driver``;
        ``polarity``: mentioned, negative, neutral, positive, mixed; ``n`` of ``of`` texts;
        ``share``, ``low``, ``high``: of predicted labels (Wilson); ``corrected`` with ``_low`` and
        ``_high``: for what the classifier gets wrong, ``correction``: *powered* or *rogan-gladen*;
        ``n_labelled``; ``is_hidden``; ``reason``: why a number is missing.
        ``attrs``: ``every``, ``n_untimed``, ``n_unread``, ``n_no_group``.

    Raises
    ------
    SchemaError, ConfigError, AnalysisError
        If columns are missing, labels unknown, no time can be read, or as `prevalence`.

    Notes
    -----
    A mixed text counts as negative, as positive and as mixed, as in an O+X table: negative +
    positive - mixed + neutral = mentioned. The intervals of ``share`` hold the sampling error
    only, not the errors of the classifier.

    Groups of a period make up a whole that is known, so that a single hidden one could be found by
    subtraction: a second one is then hidden too, as in `compare_groups`.

    Examples
    --------
    >>> scored = pd.DataFrame({"sentiment": ["negative"] * 20, "price": ["negative", None] * 10})
    >>> shares = driver_shares(scored, drivers=["price"]).set_index("polarity")
    >>> shares.loc["negative", ["n", "of", "share", "reason"]].astype(str).tolist()
    ['10', '20', '0.5', 'no labelled sample']
    """
    normal_quantile(confidence)
    texts = read_texts(scored, drivers=drivers, cluster=cluster)
    if not texts.drivers:
        raise SchemaError(
            "the scored table has no column of a driver: score it again with --columns full"
        )
    frame = take_columns(scored, [name for name in (by, period) if name is not None])
    n_rows = texts.is_text.size
    attrs: dict[str, Any] = {"every": None, "n_untimed": 0, "n_unread": 0, "n_no_group": 0}
    groups: list[object] = [None]
    group = np.zeros(n_rows, np.int64)
    if by is not None:
        groups, group = code_groups(frame, by)
        attrs["n_no_group"] = int((texts.is_text & (group < 0)).sum())
    time, n_periods, labels = np.zeros(n_rows, np.int64), 1, None
    if period is not None:
        times = read_times(frame, period, time_zone=time_zone, is_row=texts.is_document)
        labels, attrs["every"] = code_periods(times, every)
        time, n_periods = labels.codes, len(labels.labels)
        attrs |= {"n_untimed": times.n_missing, "n_unread": times.n_unread}
    cell = np.where((group >= 0) & (time >= 0), group * n_periods + time, -1)
    n_cells = len(groups) * n_periods
    cells = make_cells(cell, texts.is_text, texts.clusters, n_cells)
    hidden = _hide(cells, n_periods, min_cell, adds_up=by is not None)
    why = explain_hidden(cells.n, hidden, min_cell, cluster)
    where = {"group": np.repeat(np.array([*groups, None], object)[:-1], n_periods)} if by else {}
    if labels is not None:
        each = np.tile(np.arange(n_periods), len(groups))
        where["period"] = np.array(labels.labels, object)[each]
        where["period_start"] = labels.starts.to_numpy()[each]
        where["is_partial"] = labels.is_partial[each]
    tables = []
    for driver in texts.drivers:
        for measure in MEASURES:
            names = {"cell": np.arange(n_cells), **where, "driver": driver, "polarity": measure}
            numbers = _count(cells, texts.says(driver, measure), confidence)
            tables.append(pd.DataFrame(names | numbers | {"is_hidden": hidden.any, "reason": why}))
    result = pd.concat(tables, ignore_index=True)
    more = pd.DataFrame(index=result.index)
    if labelled is None:
        more[["corrected", "corrected_low", "corrected_high"]] = np.nan
        more["correction"], more["n_labelled"], more["doubt"] = None, 0, NO_SAMPLE
    else:
        options = {"sampling": sampling, "key": key, "cluster": cluster, "confidence": confidence}
        more = correct_shares(
            scored, labelled, np.where(texts.is_text, cell, -1), result, options=options
        )
    result[more.columns] = more
    result = _finish(result)
    result.attrs.update(attrs)
    return result


def _count(
    cells: TextCells, hits: npt.NDArray[np.bool_], confidence: float
) -> dict[str, npt.NDArray[Any]]:
    """Count one measure by cell."""
    share, low, high = cells.share(hits, confidence)
    n = np.bincount(cells.cell, hits[cells.rows], cells.n_cells).astype(np.int64)
    return {"n": n, "of": cells.n, "share": share, "low": low, "high": high}


def _finish(result: pd.DataFrame) -> pd.DataFrame:
    """Take out what is hidden, and put rows and columns in order."""
    result["reason"] = result["reason"].where(result["reason"].notna(), result.pop("doubt"))
    result["reason"] = result["reason"].astype(object).where(result["reason"].notna(), None)
    is_hidden = result["is_hidden"].to_numpy(np.bool_)
    for name in ("n", "of"):
        result[name] = result[name].astype("Int64").mask(is_hidden)
    for name in _NUMBERS:
        result[name] = result[name].astype(np.float64).mask(is_hidden)
    result = result.sort_values("cell", kind="stable", ignore_index=True).drop(columns="cell")
    return result[[*(n for n in result if n not in ("is_hidden", "reason")), "is_hidden", "reason"]]


def _hide(cells: TextCells, n_periods: int, min_cell: int, *, adds_up: bool) -> Hidden:
    """Choose the hidden cells: the groups of a period make up a whole."""
    n, n_customers = cells.n.reshape(-1, n_periods), cells.n_customers.reshape(-1, n_periods)
    parts: list[npt.NDArray[np.bool_]] = [np.zeros(n.shape, np.bool_) for _ in range(2)]
    for t in range(n_periods):
        found = hide_cells(n[:, t], n_customers[:, t], min_cell, adds_up=adds_up)
        parts[0][:, t], parts[1][:, t] = found
    return Hidden(parts[0].ravel(), parts[1].ravel())
