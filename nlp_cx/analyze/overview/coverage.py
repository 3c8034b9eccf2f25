"""How much of what was joined found its partner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.errors import SchemaError

TEXTS = "texts"
"""The row of the units that have a text."""


def coverage(join_summary: Mapping[str, Any], *, confidence: float = 0.95) -> pd.DataFrame:
    """Tell for how many units texts, ratings and operations were found.

    Parameters
    ----------
    join_summary : mapping
        What a join did: ``JoinSummary.to_dict()``, as ``nlp-cx join`` writes it.
    confidence : float

    Returns
    -------
    DataFrame, one row for the texts and one per joined table
        ``table`` (*texts*, then names); ``n_units``; ``n_matched`` of them; ``share``, ``low``,
        ``high`` (Wilson: units like these; of the units at hand the share is exact);
        ``n_rows``, ``n_rows_matched``: of the table, of texts the documents.

    Raises
    ------
    SchemaError
        If it is not the summary of a join.

    Examples
    --------
    >>> summary = {"n_units": 200, "n_silent": 50, "n_documents": 160, "scored":
    ...     {"n_documents": 170}, "tables": [{"name": "ratings", "n_units": 200,
    ...     "n_units_matched": 120, "n_rows": 130, "n_rows_matched": 120}]}
    >>> coverage(summary)[["table", "n_units", "n_matched", "share"]].values.tolist()
    [['texts', 200, 150, 0.75], ['ratings', 200, 120, 0.6]]
    """
    try:
        silent, scored = int(join_summary["n_silent"]), join_summary["scored"]
        rows = [
            {
                "table": TEXTS,
                "n_units": int(join_summary["n_units"]),
                "n_matched": int(join_summary["n_units"]) - silent,
                "n_rows": int(scored["n_documents"]),
                "n_rows_matched": int(join_summary["n_documents"]),
            }
        ]
        rows += [
            {
                "table": str(table["name"]),
                "n_units": int(table["n_units"]),
                "n_matched": int(table["n_units_matched"]),
                "n_rows": int(table["n_rows"]),
                "n_rows_matched": int(table["n_rows_matched"]),
            }
            for table in join_summary["tables"]
        ]
    except (KeyError, TypeError) as e:
        raise SchemaError(
            f"not the summary of a join (no {e}): expected JoinSummary.to_dict()"
        ) from e
    result = pd.DataFrame(rows)
    n, of = result["n_matched"].to_numpy(np.float64), result["n_units"].to_numpy(np.float64)
    low, high = wilson_interval(n, of, confidence)
    with np.errstate(invalid="ignore"):
        result.insert(3, "share", n / of)
    result.insert(4, "low", low)
    result.insert(5, "high", high)
    return result
