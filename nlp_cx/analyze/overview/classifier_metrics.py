"""The metrics of a classifier on held-out texts, from its model card to one long table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.errors import SchemaError

COLUMNS = ("data", "task", "lang", "part", "driver", "metric", "value", "low", "high", "n")

_TASKS = (
    (r"pair_(?:f1_(?P<driver>\w+)|(?P<metric>\w+))", "driver_polarity"),
    (r"mention_(?:f1_(?P<driver>\w+)|(?P<metric>\w+))", "driver_mention"),
    (r"(?:sentiment_(?P<metric>\w+)|(?P<driver>(?!)))", "sentiment"),
    (r"(?P<metric>clear_accuracy)(?P<driver>(?!))?", "sentiment"),
    (r"loyalty_(?P<metric>\w+)(?P<driver>(?!))?", "loyalty"),
    (r"(?P<metric>accuracy)(?P<driver>(?!))?", "polarity"),
    (r"(?P<metric>ece)(?P<driver>(?!))?", "calibration"),
)
_PARTS = ("dev split", "test split", "source", "domain", "class")


def classifier_metrics(spec: Mapping[str, Any], *, confidence: float = 0.95) -> pd.DataFrame:
    """Lay out the metrics of a model card.

    Parameters
    ----------
    spec : mapping
        ``model.json`` of a model folder; its ``metrics`` are lists of figures by name of the
        texts they were measured on.
    confidence : float

    Returns
    -------
    DataFrame, one row per figure
        ``data``: the texts, in the card's words; ``task``: driver_polarity, driver_mention,
        sentiment, loyalty, polarity (positive against negative), calibration, other; ``lang``
        (*all* where not parted); ``part``: data set or class; ``driver``; ``metric``: f1,
        micro_f1, macro_f1, accuracy, clear_accuracy, ece, …; ``value``, 0 to 1; ``low``, ``high``:
        Wilson's interval of accuracies, not known of other metrics; ``n`` texts, missing where
        the card does not say. Bins of reliability tables are not figures and are left out.

    Raises
    ------
    SchemaError
        If `spec` has no such metrics.

    Notes
    -----
    The card says which texts these are. Those of a dev split also chose thresholds and
    calibration, and are a little better than those of unseen texts.

    Examples
    --------
    >>> spec = {"metrics": {"dev": [{"lang": "zh", "n": 100, "pair_f1_price": 0.78,
    ...     "sentiment_accuracy": 0.8}]}}
    >>> table = classifier_metrics(spec)
    >>> table[["task", "driver", "metric", "value", "n"]].values.tolist()
    [['driver_polarity', 'price', 'f1', 0.78, 100], ['sentiment', None, 'accuracy', 0.8, 100]]
    """
    metrics = spec.get("metrics") if isinstance(spec, Mapping) else None
    if not isinstance(metrics, Mapping):
        raise SchemaError("the model has no 'metrics' in its card, expected those of model.json")
    rows: list[dict[str, Any]] = []
    for data, figures in metrics.items():
        for figure in figures if isinstance(figures, list) else [figures]:
            if isinstance(figure, Mapping) and "p_low" not in figure:
                rows += _read(str(data), figure)
    result = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("part", "driver"):
        result[name] = result[name].astype(object).where(result[name].notna(), None)
    result["n"] = result["n"].astype("Int64")
    is_share = result["metric"].str.endswith("accuracy") & result["n"].notna()
    n = result["n"].to_numpy(np.float64, na_value=np.nan)
    value = result["value"].to_numpy(np.float64)
    n = np.where(is_share, n, 0.0)
    result["low"], result["high"] = wilson_interval(np.where(is_share, value, 0) * n, n, confidence)
    return result


def _read(data: str, figure: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the figures of one entry."""
    part = next((str(figure[name]) for name in _PARTS if name in figure), None)
    lang = str(figure.get("lang", "all"))
    if part is not None and "lang" not in figure and re.search(r"_(en|zh|yue)$|_(eng|zho)_", part):
        lang = "en" if re.search(r"_en$|_eng_", part) else "zh"
    n = figure.get("n")
    rows = []
    for name, value in figure.items():
        if name == "n" or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        row: dict[str, Any] = {"data": data, "lang": lang, "part": part, "value": float(value)}
        row |= {"n": n if isinstance(n, int) else None, "task": "other", "metric": name}
        for pattern, task in _TASKS:
            match = re.fullmatch(pattern, name)
            if match:
                driver = match["driver"]
                row |= {"task": task, "driver": driver, "metric": match["metric"] or "f1"}
                break
        rows.append(row)
    return rows
