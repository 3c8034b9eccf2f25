"""What the documents are made of: languages, channels, sentiment, groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.overview.text_cells import make_cells
from nlp_cx.analyze.overview.texts import read_texts, take_columns
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import ConfigError

COLUMNS = ("dimension", "value", "n", "of", "share", "low", "high", "n_values", "reason")


def mix(
    scored: pd.DataFrame | pa.Table,
    *,
    dimensions: Sequence[str],
    cluster: str | None = None,
    max_values: int = 20,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Give the share of the documents with each value of some columns.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per input row
        A scored table; of chats the customers' rows count.
    dimensions : sequence of str
        Columns, e.g. ``lang``, ``channel``, ``sentiment``, ``store``.
    cluster : str, optional
        Rows with the same value (a customer's) are one observation for intervals.
    max_values : int, default=20
        Of the most frequent values; the others are pooled.
    confidence : float

    Returns
    -------
    DataFrame, one row per dimension and value, the most frequent first
        ``dimension``; ``value`` (as text); ``n``; ``of``: documents with a value; ``share``,
        ``low``, ``high`` (Wilson); ``n_values``: 1, or how many values are pooled in a row whose
        ``value`` is missing; ``reason``: *other values*, or *no value* of the row of documents
        without one, which has no share. What was not scored has no language.

    Raises
    ------
    SchemaError
        If a column is missing.
    ConfigError
        If no dimension is given.

    Examples
    --------
    >>> table = mix(pd.DataFrame({"sentiment": ["negative"] * 4, "lang": ["en", "en", "zh-Hans",
    ...     None]}), dimensions=["lang"])
    >>> table[["value", "n", "share", "reason"]].values.tolist()[1:]
    [['zh-Hans', 1, 0.3333333333333333, None], [None, 1, nan, 'no value']]
    """
    normal_quantile(confidence)
    names = list(dict.fromkeys(dimensions))
    if not names or max_values < 1:
        raise ConfigError(
            f"dimensions {names} and max_values {max_values}: expected one or more of each"
        )
    texts = read_texts(scored, drivers=[], cluster=cluster)
    frame = take_columns(scored, names)
    tables = []
    for name in names:
        values, codes = code_groups(frame, name)
        codes = np.where(texts.is_document, codes, -1)
        if name == "lang":  # no text has no language; that is not one that is unknown
            codes = np.where(texts.is_text, codes, -1)
        n = np.bincount(codes[codes >= 0], minlength=len(values))
        order = [int(i) for i in np.argsort(-n, kind="stable") if n[i] > 0]
        shown = order[:max_values] if len(order) > max_values else order
        is_rest = len(order) > len(shown)
        rank = np.full(len(values) + 1, len(shown), np.int64)
        rank[shown] = np.arange(len(shown))
        rank[-1] = -1
        n_cells = len(shown) + is_rest
        cells = make_cells(rank[codes], texts.is_document, texts.clusters, n_cells + 1)
        # One more cell than needed keeps an empty dimension from having none.
        whole = make_cells(
            np.zeros(len(frame), np.int64), codes >= 0, texts.clusters, 1
        )  # fmt: skip
        of = int(whole.n[0])
        rows = []
        for i in range(n_cells):
            share, low, high = whole.share(rank[codes] == i, confidence)
            rows.append(
                {
                    "value": None if i == len(shown) else str(values[shown[i]]),
                    "n": int(cells.n[i]),
                    "of": of,
                    "share": float(share[0]),
                    "low": float(low[0]),
                    "high": float(high[0]),
                    "n_values": len(order) - len(shown) if i == len(shown) else 1,
                    "reason": "other values" if i == len(shown) else None,
                }
            )
        n_none = int((texts.is_document & (codes < 0)).sum())
        if n_none:
            rows.append({"value": None, "n": n_none, "of": of, "n_values": 0, "reason": "no value"})
        table = pd.DataFrame(rows, columns=list(COLUMNS[1:]))
        table.insert(0, "dimension", name)
        tables.append(table)
    result = pd.concat(tables, ignore_index=True)
    for column in ("value", "reason"):
        result[column] = result[column].astype(object).where(result[column].notna(), None)
    for column in ("share", "low", "high"):
        result[column] = result[column].astype(np.float64)
    for column in ("n", "of", "n_values"):
        result[column] = result[column].astype(np.int64)
    return result
