"""Labels of documents as columns of 0 and 1, alike for predicted and for true labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nlp_cx.errors import SchemaError
from nlp_cx.schema import POLARITIES
from nlp_cx.taxonomy import load_taxonomy

_SIGNS = ("negative", "neutral", "positive")


def label_indicators(
    labels: pd.DataFrame, *, drivers: Sequence[str] | None = None, is_scored: bool = True
) -> pd.DataFrame:
    """Turn sentiment and driver labels into indicator columns named as those of an O+X table.

    Parameters
    ----------
    labels : DataFrame, one row per document
        ``sentiment`` and one column per driver, as in a scored table or in a table of true
        labels: negative, neutral, positive or mixed; missing driver = not mentioned. A column
        that is not there is not labelled, and gives no indicators.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    is_scored : bool, default=True
        Where ``sentiment`` is missing nothing in the text could be scored, and all indicators are
        missing too. False for true labels, where it was just not labelled.

    Returns
    -------
    DataFrame of float64, same index
        ``x_sentiment_negative, x_sentiment_neutral, x_sentiment_positive``, and per driver d
        ``x_<d>_mentioned, x_<d>_negative, x_<d>_neutral, x_<d>_positive``: 0, 1 or NaN. A mixed
        driver is negative and positive; mixed sentiment is neutral, as a scored table knows three.

    Raises
    ------
    SchemaError
        If there is neither ``sentiment`` nor a driver, or a label is unknown; all at once.

    Examples
    --------
    >>> labels = pd.DataFrame({"sentiment": ["negative", "mixed"], "price": ["mixed", None]})
    >>> label_indicators(labels)[["x_sentiment_negative", "x_price_negative"]].to_dict("list")
    {'x_sentiment_negative': [1.0, 0.0], 'x_price_negative': [1.0, 0.0]}
    """
    names = tuple(load_taxonomy().ids if drivers is None else drivers)
    there = [name for name in ("sentiment", *names) if name in labels.columns]
    if not there:
        raise SchemaError(
            f"neither 'sentiment' nor a driver ({', '.join(names)}) among the columns "
            f"{', '.join(map(str, labels.columns))}"
        )
    _check_labels(labels, there)
    is_blank = np.zeros(len(labels), np.bool_)
    if "sentiment" in there:
        is_blank = labels["sentiment"].isna().to_numpy(np.bool_)
    columns: dict[str, pd.Series] = {}
    for name in there:
        values = labels[name].astype(object)
        if name == "sentiment":
            values = values.where(values != "mixed", "neutral")
        else:
            columns[f"x_{name}_mentioned"] = values.notna().astype(float)
        for sign in _SIGNS:
            is_sign = (values == sign) | ((values == "mixed") & (sign != "neutral"))
            columns[f"x_{name}_{sign}"] = is_sign.astype(float)
    indicators = pd.DataFrame(columns, index=labels.index)
    blanked = indicators.columns
    if not is_scored:
        blanked = blanked[blanked.str.startswith("x_sentiment_")]
    indicators.loc[is_blank, blanked] = np.nan
    return indicators


def _check_labels(labels: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise one error that names every unknown label."""
    faults = []
    for name in names:
        found = labels[name].dropna()
        unknown = found[~found.isin(POLARITIES)]
        if len(unknown):
            faults.append(
                f"{name!r} holds {unknown.iloc[0]!r:.40} ({len(unknown):,} rows are none of "
                f"{', '.join(POLARITIES)})"
            )
    if faults:
        raise SchemaError(
            "unknown labels: " + "; ".join(faults) + ". Leave a driver empty where it is not "
            "mentioned."
        )
