"""How often each driver and sentiment occurs, and how sure that is with an imperfect classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.indicators import label_indicators
from nlp_cx.analyze.drivers.labelled import (
    LabelledSample,
    get_column,
    match_labelled,
    take_unlabelled,
)
from nlp_cx.analyze.drivers.labelled_values import (
    Values,
    effective_hits,
    split_groups,
    take_population,
    take_values,
)
from nlp_cx.analyze.drivers.prediction_powered_means import estimate_mean, find_shortage
from nlp_cx.analyze.drivers.rogan_gladen import (
    find_uselessness,
    lang_reiczigel_interval,
    rogan_gladen,
)
from nlp_cx.analyze.drivers.sample_check import check_sample, find_suspicion
from nlp_cx.analyze.proportions import wilson_interval

Sampling = Literal["random", "selected"]

_ENDS = ("", "_low", "_high")
_NAMES = ("estimate", "low", "high")
_SHARES = ("naive", "labelled_only", "corrected", "powered", "sensitivity", "specificity")


def prevalence(
    scored: pd.DataFrame,
    labelled: pd.DataFrame | None = None,
    *,
    sampling: Sampling = "random",
    drivers: Sequence[str] | None = None,
    key: str = "doc_id",
    elsewhere: pd.DataFrame | None = None,
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    is_random: bool = False,
    min_labelled: int = 30,
    min_cases: int = 5,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share of documents with each sentiment, driver and polarity.

    Parameters
    ----------
    scored : DataFrame, one row per document
        Predicted labels: ``sentiment`` and driver columns. Rows without sentiment held nothing to
        score and are left out.
    labelled : DataFrame, optional, one row per labelled document
        `key`, and true labels under the same names (negative, neutral, positive, mixed; missing
        driver = not mentioned). A driver without a column is not labelled. Without this table
        there are naive shares only.
    sampling : {"random", "selected"}
        How the labelled documents were chosen. ``"random"``: at random from `scored` (from each
        group and stratum of it). ``"selected"``: otherwise, e.g. picked for rare labels or from
        elsewhere; then only ``corrected`` is given, on the assumption that errors are as frequent
        in these documents as in the labelled ones, whatever the shares are.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    key, elsewhere
        As in `match_labelled`: scored rows of labelled documents that are not in `scored`.
    group : str, optional
        One set of shares per value. Sensitivity and specificity are those of all labelled rows
        (assumed to be the same in every group); ``powered`` and ``labelled_only`` use the group's.
    weights, cluster, strata, is_random
        As in `prediction_powered_means`.
    min_labelled, min_cases : int
        ``corrected`` and ``powered`` need so many labelled rows, and so many of them truly so and
        truly not so.
    confidence : float, default=0.95

    Returns
    -------
    DataFrame, one row per label (and group)
        ``group`` where asked for; ``label`` (sentiment or a driver), ``polarity`` (mentioned,
        negative, neutral, positive); and, each with ``_low`` and ``_high``:

        - ``naive``: share of predicted labels (Wilson);
        - ``labelled_only``: share of true labels in the labelled rows (Wilson);
        - ``corrected``: Rogan-Gladen, or adjusted count (Lang-Reiczigel interval);
        - ``powered``: prediction-powered (Agresti-Min half rows, Student t);
        - ``sensitivity``, ``specificity`` (Wilson);

        ``n``, ``n_labelled``; ``reason`` (why ``corrected`` or ``powered`` is missing), ``flag``
        (an estimate outside 0 to 1: not clipped).

    Raises
    ------
    SchemaError
        If tables lack columns, or hold unknown labels.
    AnalysisError
        As `match_labelled` and `sampling_weights`.

    Notes
    -----
    Where the sample is random, take ``powered``: it assumes nothing of the errors. Naive intervals
    get shorter with every scored row and miss the truth the more surely.

    Examples
    --------
    >>> scored = pd.DataFrame({"doc_id": range(1000), "sentiment": "negative", "price": "negative"})
    >>> scored.loc[220:, "price"] = None
    >>> shares = prevalence(scored)
    >>> price = shares[(shares.label == "price") & (shares.polarity == "negative")].iloc[0]
    >>> float(price.naive), price.reason
    (0.22, 'no labelled table')
    """
    options = _Options(weights, cluster, strata, min_labelled, min_cases, confidence)
    extra = [name for name in (group, weights, cluster, strata) if name is not None]
    if labelled is None:
        sample, truth = take_unlabelled(_code(scored, drivers, extra)), []
    else:
        coded = label_indicators(labelled, drivers=drivers, is_scored=False)
        truth = list(coded.columns)
        sample = match_labelled(
            _code(scored, drivers, [key, *extra]),
            pd.concat([get_column(labelled, key), coded], axis=1),
            key=key,
            elsewhere=None if elsewhere is None else _code(elsewhere, drivers, [key]),
        )
    columns = [name for name in map(str, sample.table) if name not in (key, *extra)]
    compared = [name for name in columns if name in truth]
    rows = []
    for value, part in split_groups(sample, group):
        doubt = _NO_TABLE if labelled is None else None
        if sampling == "selected":
            doubt = "the labelled documents are not a random sample"
        elif part.labelled_rows.size and part.other_rows.size and not is_random:
            checked = check_sample(part, compared, weights=weights, strata=strata)
            doubt = find_suspicion(checked)
        for column in columns:
            label, polarity = column.removeprefix("x_").rsplit("_", 1)
            row: dict[str, Any] = {} if group is None else {"group": value}
            row |= {"label": label, "polarity": polarity}
            rows.append(row | _estimate(sample, part, column, options, doubt))
    result = pd.DataFrame(rows)
    result.attrs["note"] = NOTE
    result.attrs["n_unmatched"] = sample.n_unmatched
    return result


_NO_TABLE = "no labelled table"


@dataclass(frozen=True, slots=True)
class _Options:
    """What is the same for every label."""

    weights: str | None
    cluster: str | None
    strata: str | None
    min_labelled: int
    min_cases: int
    confidence: float

    def take(self, sample: LabelledSample, column: str) -> Values:
        """Take a column; without labelled rows there are no strata to weigh by."""
        return take_values(
            sample,
            [column],
            weights=self.weights,
            cluster=self.cluster,
            strata=self.strata if sample.labelled_rows.size else None,
        )


def _code(labels: pd.DataFrame, drivers: Sequence[str] | None, more: Sequence[str]) -> pd.DataFrame:
    """Give indicators beside some columns."""
    columns = [get_column(labels, name) for name in dict.fromkeys(more)]
    return pd.concat([*columns, label_indicators(labels, drivers=drivers)], axis=1)


def _estimate(
    sample: LabelledSample,
    part: LabelledSample,
    column: str,
    options: _Options,
    doubt: str | None,
) -> dict[str, Any]:
    """Estimate one label in one group; error rates come from the whole sample."""
    values = options.take(part, column)
    estimates = estimate_mean(values, tuning=None, confidence=options.confidence)
    row: dict[str, Any] = {f"{name}{end}": np.nan for name in _SHARES for end in _ENDS}
    row |= {f"naive{end}": estimates[f"naive{end}"] for end in _ENDS}
    row |= {"n": estimates["n"], "n_labelled": 0, "reason": doubt, "flag": None}
    if column not in sample.truth.columns:
        return row if doubt == _NO_TABLE else row | {"reason": "not labelled"}
    row["n_labelled"] = estimates["n_labelled"]
    row |= {f"labelled_only{end}": estimates[f"labelled_only{end}"] for end in _ENDS}
    shortage = find_shortage(values, options.min_labelled, options.min_cases)
    reasons = {"powered": doubt or shortage}
    if reasons["powered"] is None:
        row |= {f"powered{end}": estimates[name] for end, name in zip(_ENDS, _NAMES, strict=True)}
    corrected, reasons["corrected"] = _correct(values, options.take(sample, column), options)
    row |= corrected
    row["reason"] = _join_reasons(reasons)
    row["flag"] = "; ".join(_flag(row, name) for name in _SHARES if _is_outside(row[name])) or None
    return row


def _correct(
    values: Values, everywhere: Values, options: _Options
) -> tuple[dict[str, Any], str | None]:
    """Correct the share of one group by the error rates of all labelled rows."""
    truth, rows = everywhere.truth[:, 0], everywhere.labelled_rows
    counts = {}
    for name, case in (("sensitivity", 1.0), ("specificity", 0.0)):
        is_case = truth == case
        hits = (everywhere.predicted[is_case, 0] == case).astype(float)
        counts[name] = effective_hits(hits, rows.weights[is_case], rows.clusters[is_case])
    result: dict[str, Any] = {}
    for name, (k, n) in counts.items():
        low, high = map(float, wilson_interval(k, n, options.confidence))
        share = min(k / n, 1.0) if n else np.nan
        result |= dict(zip(_columns(name), (share, low, high), strict=True))
    shortage = find_shortage(everywhere, options.min_labelled, options.min_cases, alone=True)
    if shortage is not None:
        return result, shortage
    doubt = find_uselessness(counts["sensitivity"], counts["specificity"])
    if doubt is not None:
        return result, doubt
    predicted, population = take_population(values)
    if not predicted.size:
        return result, "no scored row"
    hits = effective_hits(predicted[:, 0], population.weights, population.clusters)
    share = np.average(predicted[:, 0], weights=population.weights)
    corrected = rogan_gladen(share, result["sensitivity"], result["specificity"])
    limits = lang_reiczigel_interval(
        hits, counts["sensitivity"], counts["specificity"], confidence=options.confidence
    )
    return result | dict(zip(_columns("corrected"), (float(corrected), *limits), strict=True)), None


def _is_outside(share: float) -> bool:
    """Tell whether a share is none."""
    return not np.isnan(share) and not 0 <= share <= 1


def _flag(row: dict[str, Any], name: str) -> str:
    """Say what a share outside 0 to 1 means."""
    said = f"{name} {row[name]:.3g} is outside 0 to 1"
    if row[f"{name}_high"] < 0 or row[f"{name}_low"] > 1:
        return f"{said} with its whole interval: errors here are not those of the labelled rows"
    return said


def _join_reasons(reasons: dict[str, str | None]) -> str | None:
    """Give the reason that all have, or each with its name."""
    told = [f"{name}: {why}" for name, why in reasons.items() if why is not None]
    if len(told) == len(reasons) and len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(told) or None


def _columns(name: str) -> list[str]:
    """Name estimate and limits."""
    return [f"{name}{end}" for end in _ENDS]
