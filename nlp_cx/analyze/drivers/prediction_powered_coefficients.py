"""Regression coefficients of predicted columns, corrected by a labelled sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import code_controls
from nlp_cx.analyze.drivers.debias import Debiased, Rows, debias, interval, take_plain
from nlp_cx.analyze.drivers.fits import Fit, Model, fit_model
from nlp_cx.analyze.drivers.labelled import LabelledSample, match_labelled
from nlp_cx.analyze.drivers.labelled_values import (
    Values,
    split_groups,
    take_population,
    take_values,
)
from nlp_cx.analyze.drivers.sample_check import check_sample, find_suspicion
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]


def prediction_powered_coefficients(
    population: pd.DataFrame,
    labelled: pd.DataFrame,
    outcome: str,
    features: Sequence[str],
    *,
    model: Model = "ols",
    controls: Sequence[str] = (),
    key: str = "doc_id",
    elsewhere: pd.DataFrame | None = None,
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    is_random: bool = False,
    tuning: float | None = None,
    min_mentions: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the coefficients of true labels from many predicted and a few true ones.

    Parameters
    ----------
    population : DataFrame, one row per document or unit
        `outcome`, `features` and `controls`. Rows that miss one of them are left out.
    labelled : DataFrame, one row per labelled document or unit
        `key`, and the true values of the predicted columns among `outcome` and `features`, under
        the same names. What it does not have (a rating) is known without error. The rows must be
        a random sample of `population`, of each group and stratum of it.
    outcome : str
        A column of numbers; of a logit, 0 to 1.
    features : sequence of str
        Columns of numbers, e.g. ``x_price_negative``.
    model : {"ols", "logit"}
        With an intercept.
    controls : sequence of str
        Columns of numbers or categories that are known without error.
    key, elsewhere, group, weights, cluster, strata, is_random, tuning
        As in `prediction_powered_means`.
    min_mentions : int, default=10
        Every feature needs so many labelled rows that differ from its most frequent value, both
        in its true and in its predicted values; else the estimates are missing.
    confidence : float, default=0.95

    Returns
    -------
    DataFrame, one row per coefficient, ``(intercept)`` first
        ``group`` where asked for; ``term``; ``estimate, low, high`` (units of the outcome, or
        logits); ``naive, naive_low, naive_high`` (predicted values taken for true ones);
        ``labelled_only, labelled_only_low, labelled_only_high`` (labelled rows alone);
        ``tuning``; ``n, n_labelled``; ``interval``; ``reason`` (why the estimate is missing).
        Association, not effect of an intervention.

    Raises
    ------
    SchemaError
        If columns are missing or not of numbers, or no predicted column has true values.
    AnalysisError
        As `match_labelled` and `sampling_weights`; if the outcome of a logit is not 0 to 1.

    Notes
    -----
    `nlp_cx.analyze.drivers.debias.debias` with OLS or logit. Errors in the labels pull naive
    coefficients towards 0 and each other, however many rows there are; here they do not.

    References
    ----------
    As `debias`; MacKinnon and White (1985) for the covariance (HC2; over clusters where named).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> true = (rng.random(4000) < 0.3).astype(float)
    >>> predicted = np.where(rng.random(4000) < 0.2, 1 - true, true)
    >>> ox = pd.DataFrame({"doc_id": range(4000), "x_price_negative": predicted})
    >>> ox["r_stars"] = 4 - 2 * true + rng.normal(0, 1, 4000)
    >>> labelled = ox[["doc_id"]].assign(x_price_negative=true).head(400)
    >>> row = prediction_powered_coefficients(ox, labelled, "r_stars", ["x_price_negative"]).loc[1]
    >>> [round(float(row[name]), 1) for name in ("naive", "estimate", "low", "high")]
    [-1.0, -2.0, -2.2, -1.8]
    """
    names = [outcome, *features]
    if not any(name in labelled.columns for name in names):
        raise SchemaError(
            f"the labelled table has true values of none of {', '.join(names)}; it has "
            f"{', '.join(map(str, labelled.columns))}"
        )
    sample = match_labelled(population, labelled, key=key, elsewhere=elsewhere)
    frames = []
    for value, part in split_groups(sample, group):
        if part.labelled_rows.size == 0 or part.other_rows.size == 0:
            what = "labelled row" if part.labelled_rows.size == 0 else "row without true labels"
            rows = _missing(["(intercept)", *features], f"no {what}")
        else:
            values = take_values(
                part, names, needed=controls, weights=weights, cluster=cluster, strata=strata
            )
            if model == "logit" and not _is_within_one(values):
                raise AnalysisError(f"{outcome!r} is not within 0 to 1, as a logit needs")
            suspicion = None
            if not is_random:
                known = [n for n in (*names, *controls) if _is_number(part.table, n)]
                checked = check_sample(part, known, weights=weights, strata=strata)
                suspicion = find_suspicion(checked)
            reason = suspicion or _find_shortage(values, features, min_mentions)
            x = _Columns(part, values, features, controls)
            rows = _estimate(values, x, model, reason, tuning=tuning, confidence=confidence)
        if group is not None:
            rows.insert(0, "group", [value] * len(rows))
        frames.append(rows)
    result = pd.concat(frames, ignore_index=True)
    result.attrs["note"] = NOTE
    result.attrs["n_unmatched"] = sample.n_unmatched
    return result


_NUMBERS = (
    *("estimate", "low", "high"),
    *("naive", "naive_low", "naive_high"),
    *("labelled_only", "labelled_only_low", "labelled_only_high"),
)


class _Columns:
    """The columns of the model for labelled, other and all rows; the outcome is left out."""

    def __init__(
        self,
        sample: LabelledSample,
        values: Values,
        features: Sequence[str],
        controls: Sequence[str],
    ) -> None:
        rows = np.concatenate([values.labelled_at, values.others_at])
        coded, names = code_controls(sample.table, controls, rows)
        n = values.labelled_at.size
        self.terms = ["(intercept)", *features, *names]
        self.truth = _join(values.truth, coded[:n])
        self.predicted = _join(values.predicted, coded[:n])
        self.others = _join(values.others, coded[n:])
        inside = np.concatenate([values.in_population, np.ones(rows.size - n, np.bool_)])
        self.population = _join(take_population(values)[0], coded[inside])


def _join(values: Floats, controls: Floats) -> Floats:
    """Put an intercept before features and controls; the outcome is left out."""
    return np.column_stack([np.ones(values.shape[0]), values[:, 1:], controls])


def _estimate(
    values: Values,
    x: _Columns,
    model: Model,
    reason: str | None,
    *,
    tuning: float | None,
    confidence: float,
) -> pd.DataFrame:
    """Fit all rows of one group."""
    result = _missing(x.terms, reason)
    ours, rest = values.labelled_rows, values.other_rows
    predicted, everybody = take_population(values)
    result["n"], result["n_labelled"] = predicted.shape[0], values.truth.shape[0]
    naive = _try_fit(x.population, predicted[:, 0], everybody, model)
    _put(result, "naive", naive, everybody, confidence)
    if reason is not None:
        return result
    truth = _try_fit(x.truth, values.truth[:, 0], ours, model)
    _put(result, "labelled_only", truth, ours, confidence)
    fits = {
        "true labels of the labelled rows": truth,
        "predicted labels of the labelled rows": _try_fit(
            x.predicted, values.predicted[:, 0], ours, model
        ),
        "predicted labels of the other rows": _try_fit(x.others, values.others[:, 0], rest, model),
    }
    failed = [f"{what}: {fit}" for what, fit in fits.items() if isinstance(fit, str)]
    good = [fit for fit in fits.values() if isinstance(fit, Fit)]
    if failed:
        result["reason"] = "; ".join(failed)
        return result
    powered = debias(*good, labelled_rows=ours, other_rows=rest, tuning=tuning)
    result["tuning"] = powered.tuning
    _put_interval(result, "estimate", powered, confidence)
    return result


def _put(result: pd.DataFrame, name: str, fit: Fit | str, rows: Rows, confidence: float) -> None:
    """Write a fit of one table into the result, where it has one."""
    if isinstance(fit, Fit):
        _put_interval(result, name, take_plain(fit, rows), confidence)


def _put_interval(result: pd.DataFrame, name: str, debiased: Debiased, confidence: float) -> None:
    """Write estimate and interval into the result."""
    low, high = interval(debiased, confidence)
    end = "" if name == "estimate" else f"{name}_"
    result[name], result[f"{end}low"], result[f"{end}high"] = debiased.estimate, low, high


def _try_fit(x: Floats, y: Floats, rows: Rows, model: Model) -> Fit | str:
    """Fit, or say why not."""
    try:
        return fit_model(x, y, rows.weights, model)
    except AnalysisError as e:
        return str(e)


def _missing(terms: Sequence[str], reason: str | None) -> pd.DataFrame:
    """Make a result without estimates."""
    numbers = dict.fromkeys(_NUMBERS, np.nan)
    rest = {"tuning": np.nan, "n": 0, "n_labelled": 0, "interval": "HC2, Student t"}
    result = pd.DataFrame({"term": list(terms), **numbers, **rest})
    result["reason"] = np.full(len(result), reason, object)
    return result


def _find_shortage(values: Values, features: Sequence[str], min_mentions: int) -> str | None:
    """Name the features with too few labelled rows that differ from the rest."""
    faults = []
    for i, name in enumerate(features, start=1):
        counts = [
            int((part[:, i] != _most_frequent(part[:, i])).sum())
            for part in (values.truth, values.predicted)
        ]
        if min(counts) < min_mentions:
            faults.append(f"{name} in {counts[0]:,} (true) and {counts[1]:,} (predicted)")
    if not faults:
        return None
    return (
        f"expected {min_mentions:,} labelled rows with a feature, found {'; '.join(faults)}: leave "
        "it out or label more"
    )


def _most_frequent(column: Floats) -> float:
    """Give the most frequent value, the smallest of equally frequent ones."""
    levels, n = np.unique(column, return_counts=True)
    return float(levels[n.argmax()]) if levels.size else np.nan


def _is_within_one(values: Values) -> bool:
    """Tell whether all outcomes are 0 to 1."""
    parts = (values.truth[:, 0], values.predicted[:, 0], values.others[:, 0])
    return all(bool(((part >= 0) & (part <= 1)).all()) for part in parts)


def _is_number(table: pd.DataFrame, name: str) -> bool:
    """Tell whether a column can be compared by its mean."""
    column = table[name]
    return bool(
        pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
    )
