"""What a number estimated from text goes with, where the same customers were asked too."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.metrics.inference import Inference, estimate_sample
from nlp_cx.analyze.metrics.rows import take_clusters
from nlp_cx.analyze.metrics.samples import take_sample
from nlp_cx.analyze.metrics.statistic import Statistic, take_ratings
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import SchemaError


def calibrate_text(
    ox: pd.DataFrame,
    column: str,
    surveyed: str,
    *,
    n_bins: int = 5,
    cluster: str | None = None,
    confidence: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Show what customers answered, by what a model made of their texts.

    Parameters
    ----------
    ox : DataFrame, one row per unit
    column : str
        Estimated from text, e.g. ``"x_sentiment"``.
    surveyed : str
        Answers, e.g. ``"r_csat"``; the highest is best.
    n_bins : int, default=5
        Parts of equally many rows that `column` is cut into; fewer where many rows are equal.
    cluster : str, optional
        Column of the customer.
    confidence : float
    min_n : int
        Parts with fewer answers are not estimated.

    Returns
    -------
    DataFrame, one row per part, then ``all`` and ``no text``
        ``part`` (``"1"`` is the most negative), ``text_from, text_to``; ``n`` rows with both;
        ``text_estimated``: mean of `column`; ``surveyed``: mean answer, with ``low, high,
        interval``; ``rank_correlation`` (Spearman) with ``rank_low, rank_high``, in the row ``all``
        only; ``reason``. ``no text``: those who answered and wrote nothing, or nothing that could
        be scored.

    Raises
    ------
    SchemaError
        If a column is missing or does not hold numbers.

    Notes
    -----
    Fisher's interval of the rank correlation, with standard error 1.06 / √(n - 3) (Fieller,
    Hartley and Pearson 1957), n the customers where they are named.

    Examples
    --------
    >>> ox = pd.DataFrame({"x_sentiment": [-1.0] * 20 + [1.0] * 20 + [None] * 10,
    ...     "r_csat": [1, 2] * 10 + [4, 5] * 10 + [3] * 10})
    >>> table = calibrate_text(ox, "x_sentiment", "r_csat", n_bins=2)
    >>> table[["part", "n", "text_estimated", "surveyed"]].values.tolist()
    [['1', 20, -1.0, 1.5], ['2', 20, 1.0, 4.5], ['all', 40, 0.0, 3.0], ['no text', 10, nan, 3.0]]
    """
    if column not in ox.columns:
        raise SchemaError(f"calibration: no column {column!r}; nlp-cx join makes columns x_*")
    text = as_numbers(ox, column)
    answers = take_ratings(ox, surveyed, metric="calibration")
    clusters = take_clusters(ox, cluster)
    both = ~np.isnan(text) & ~np.isnan(answers)
    edges = (
        np.unique(np.quantile(text[both], np.linspace(0, 1, n_bins + 1))[1:-1])
        if both.any()
        else np.empty(0)
    )
    part = np.searchsorted(edges, text, side="left")
    parts = {
        str(i + 1): both & (part == i) for i in range(len(edges) + 1) if (both & (part == i)).any()
    }
    parts |= {"all": both, "no text": np.isnan(text) & ~np.isnan(answers)}
    statistic = Statistic(surveyed, "mean", answers, "", "surveyed")
    inference = Inference(confidence, min_n=min_n)
    rows = []
    for name, is_in in parts.items():
        sample = take_sample(
            statistic,
            np.flatnonzero(is_in),
            np.ones(len(ox)),
            clusters,
            is_clustered=cluster is not None,
        )
        found = estimate_sample(statistic, sample, inference)
        row: dict[str, object] = {"part": name, "n": sample.n}
        if is_in.any() and name != "no text":
            row |= {"text_from": text[is_in].min(), "text_to": text[is_in].max()}
            row["text_estimated"] = text[is_in].mean()
        row |= {key: found.get(key) for key in ("low", "high", "interval", "reason")}
        row["surveyed"] = found.get("estimate")
        if name == "all" and found.get("estimate") is not None:
            row |= _correlate_ranks(text[both], answers[both], sample.n_clusters, confidence)
        rows.append(row)
    floats = ["text_from", "text_to", "text_estimated", "surveyed", "low", "high"]
    floats += ["rank_correlation", "rank_low", "rank_high"]
    frame = pd.DataFrame(rows, columns=["part", "n", *floats, "interval", "reason"])
    return frame.astype(dict.fromkeys(floats, "float64"))


def _correlate_ranks(
    text: np.ndarray, answers: np.ndarray, n: int, confidence: float
) -> dict[str, object]:
    """Give Spearman's correlation and its interval; nothing where one does not vary."""
    from scipy.stats import rankdata

    if n < 4 or np.ptp(text) == 0 or np.ptp(answers) == 0:
        return {}
    r = float(np.corrcoef(rankdata(text), rankdata(answers))[0, 1])
    half = normal_quantile(confidence) * 1.06 / np.sqrt(n - 3)
    centre = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return {
        "rank_correlation": r,
        "rank_low": float(np.tanh(centre - half)),
        "rank_high": float(np.tanh(centre + half)),
    }
