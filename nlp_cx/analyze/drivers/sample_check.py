"""Does a labelled sample look like a random one?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.drivers.labelled import LabelledSample, get_column, sampling_weights
from nlp_cx.analyze.proportions import adjust_p_values, effective_n

Floats = npt.NDArray[np.float64]

SUSPICIOUS = 0.001
"""Below this adjusted p-value a labelled sample is not taken for a random one."""


def check_sample(
    sample: LabelledSample,
    columns: Sequence[str],
    *,
    weights: str | None = None,
    strata: str | None = None,
) -> pd.DataFrame:
    """Compare the labelled rows with the others on what is known of both.

    Parameters
    ----------
    sample : LabelledSample
    columns : sequence of str
        Columns of numbers of the table, e.g. predicted indicators, ratings, length of the text.
    weights, strata : str, optional
        As in `sampling_weights`.

    Returns
    -------
    DataFrame, one row per column
        ``column``; ``labelled``, ``others`` (means); ``z`` (difference in standard
        errors, spread of all values); ``p_value``, ``p_adjusted``
        (Benjamini-Hochberg); ``reason`` (why it is suspicious, or could not be compared; else
        missing). A random sample gives small p-values as rarely as chance does; a large p-value
        does not prove that the sample is random, and a small sample hides much.

    Examples
    --------
    >>> from nlp_cx.analyze.drivers.labelled import match_labelled
    >>> scored = pd.DataFrame({"doc_id": range(400), "x_price_negative": [0.0] * 300 + [1.0] * 100})
    >>> sample = match_labelled(scored, scored.tail(60))
    >>> check_sample(sample, ["x_price_negative"]).reason[0]
    'differs from the others: 1 against 0.118'
    """
    from scipy.special import ndtr

    ours, others = sampling_weights(sample, weights=weights, strata=strata)
    rows = []
    for name in columns:
        values = get_column(sample.table, name).to_numpy(np.float64, na_value=np.nan)
        mean1, variance1, n1 = _moments(values[sample.labelled_rows], ours)
        mean2, variance2, n2 = _moments(values[sample.other_rows], others)
        z = np.nan
        if min(n1, n2) > 1:
            # Of all values together: a random sample is expected to have the same spread.
            pooled = (n1 * variance1 + n2 * variance2) / (n1 + n2)
            pooled += n1 * n2 / (n1 + n2) ** 2 * (mean1 - mean2) ** 2
            if pooled > 0:
                z = (mean1 - mean2) / np.sqrt(pooled * (1 / n1 + 1 / n2))
        rows.append((name, mean1, mean2, z))
    result = pd.DataFrame(rows, columns=["column", "labelled", "others", "z"])
    result["p_value"] = 2 * ndtr(-result["z"].abs())
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    reasons = np.full(len(result), None, object)
    for i in range(len(result)):
        if np.isnan(result["z"].iloc[i]):
            reasons[i] = "cannot be compared: constant, or fewer than two values"
        elif result["p_adjusted"].iloc[i] < SUSPICIOUS:
            mean1, mean2 = result["labelled"].iloc[i], result["others"].iloc[i]
            reasons[i] = f"differs from the others: {mean1:.3g} against {mean2:.3g}"
    result["reason"] = reasons
    return result


def find_suspicion(checked: pd.DataFrame) -> str | None:
    """Say in one sentence why a labelled sample is not taken for a random one.

    Parameters
    ----------
    checked : DataFrame
        From `check_sample`.

    Returns
    -------
    str or None
        None where nothing is suspicious.
    """
    worst = checked[checked["p_adjusted"] < SUSPICIOUS].sort_values("p_adjusted", kind="stable")
    if worst.empty:
        return None
    name, reason = worst["column"].iloc[0], worst["reason"].iloc[0]
    return f"the labelled sample is not a random one of these rows: {name} {reason}"


def _moments(values: Floats, weights: Floats) -> tuple[float, float, float]:
    """Give weighted mean, weighted variance and effective number of the values that are there."""
    known = ~np.isnan(values) & (weights > 0)
    values, weights = values[known], weights[known]
    n = effective_n(weights)
    if n == 0:
        return np.nan, np.nan, 0.0
    mean = float(np.average(values, weights=weights))
    return mean, float(np.average((values - mean) ** 2, weights=weights)), n
