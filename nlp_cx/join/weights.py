"""Weights that let those who gave feedback speak for those who did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import JoinError
from nlp_cx.join.patterns import POSTSTRATIFY, RESPONDED, RESPONSE, N, is_count, weigh_patterns
from nlp_cx.join.weight_summary import WeightSummary

Floats = npt.NDArray[np.float64]


def weigh_responses(
    ox: pd.DataFrame,
    by: Sequence[str],
    *,
    respondent: str = "x_n_texts",
    max_weight: float = 5.0,
) -> tuple[pd.DataFrame, WeightSummary]:
    """Weigh units that responded by the inverse of their probability to respond.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        With units that did not respond among them.
    by : sequence of str
        Covariates: numbers as they are, all else as categories. Known for every unit, responding
        or not; a missing category is a category of its own.
    respondent : str, default="x_n_texts"
        A unit responded where this column is there; of the counts ``x_n_…``, greater than 0.
    max_weight : float, default=5.0
        Weights above this multiple of their mean (after trimming) are trimmed to it.

    Returns
    -------
    ox : DataFrame
        With a column ``w_response``: mean 1 over respondents; missing for units that did not
        respond, and where a number of `by` is missing.
    summary : WeightSummary
        With the coefficients of the regression, and the balance before and after.

    Raises
    ------
    JoinError
        If columns are missing, all or no units responded, or a covariate tells respondents from
        the others without error.

    Notes
    -----
    w = 1 / p, p from a logistic regression of responding on `by`. Units that respond are taken to
    stand for those with the same covariates that do not: what is not in `by` stays a bias.

    References
    ----------
    Little, R. J. A. (1986). Survey nonresponse adjustments for estimates of means. International
    Statistical Review 54(2), 139-157. Kish, L. (1965). Survey Sampling: the effective sample size.

    Examples
    --------
    >>> ox = pd.DataFrame({"o_segment": ["new"] * 8 + ["key"] * 4,
    ...                    "x_n_texts": [1, 1] + [0] * 6 + [1, 1, 0, 0]})
    >>> weighted, summary = weigh_responses(ox, ["o_segment"])
    >>> weighted["w_response"].round(4).tolist()[:2], weighted["w_response"].round(4).tolist()[8:10]
    ([1.3333, 1.3333], [0.6667, 0.6667])
    >>> round(summary.effective_n, 2)
    3.6
    """
    patterns, rows, responded = _list_patterns(ox, by, respondent)
    weights, summary = weigh_patterns(patterns, "response", by, None, max_weight=max_weight)
    return _put_back(ox, RESPONSE, weights, rows, responded), summary


def poststratify(
    ox: pd.DataFrame,
    by: Sequence[str],
    *,
    margins: Mapping[str, Mapping[str, float]] | None = None,
    respondent: str = "x_n_texts",
    max_weight: float = 5.0,
) -> tuple[pd.DataFrame, WeightSummary]:
    """Weigh units that responded so that their composition is that of the population.

    Parameters
    ----------
    ox : DataFrame, one row per unit
    by : sequence of str
        Columns of categories; a missing one is a category of its own.
    margins : mapping of str to mapping of str to float, optional
        Known shares or counts of the values of each column of `by`; weights are raked to them.
        When not given, the units of `ox`, responding or not, are the population, and weights are
        made for the cells of all of `by` together.
    respondent : str, default="x_n_texts"
        A unit responded where this column is there; of the counts ``x_n_…``, greater than 0.
    max_weight : float, default=5.0
        Weights above this multiple of their mean (after trimming) are trimmed to it.

    Returns
    -------
    ox : DataFrame
        With a column ``w_poststratify``: mean 1 over respondents, missing for other units.
    summary : WeightSummary
        With the balance before and after.

    Raises
    ------
    JoinError
        If columns are missing, nobody responded, margins do not name the values there are, or
        cells of the population have no respondent.

    References
    ----------
    Holt, D. and Smith, T. M. F. (1979). Post stratification. JRSS A 142(1), 33-46. Deming, W. E.
    and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known. Annals of Mathematical Statistics 11(4), 427-444.

    Examples
    --------
    >>> ox = pd.DataFrame({"o_segment": ["new", "new", "new", "key"], "x_n_texts": [1, 1, 1, 1]})
    >>> known = {"o_segment": {"new": 0.5, "key": 0.5}}
    >>> weighted, summary = poststratify(ox, ["o_segment"], margins=known)
    >>> weighted["w_poststratify"].round(4).tolist()
    [0.6667, 0.6667, 0.6667, 2.0]
    """
    patterns, rows, responded = _list_patterns(ox, by, respondent)
    weights, summary = weigh_patterns(patterns, "poststratify", by, margins, max_weight=max_weight)
    return _put_back(ox, POSTSTRATIFY, weights, rows, responded), summary


def _list_patterns(
    ox: pd.DataFrame, by: Sequence[str], respondent: str
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Count units and respondents of every combination, and tell which row has which."""
    missing = [repr(name) for name in (*by, respondent) if name not in ox.columns]
    if missing or not by:
        raise JoinError(
            f"no column {', '.join(missing)} to weigh by; the table has "
            f"{', '.join(map(str, ox.columns))}"
            if missing
            else "no column is named to weigh by"
        )
    responded = ox[respondent].notna().to_numpy()
    if is_count(respondent):
        responded = responded & (ox[respondent].fillna(0).to_numpy(np.float64) > 0)
    groups = ox.groupby(list(by), dropna=False, sort=True, observed=True)
    rows: npt.NDArray[np.int64] = groups.ngroup().to_numpy().astype(np.int64)
    firsts = np.unique(rows, return_index=True)[1]
    patterns = ox[list(by)].iloc[firsts].reset_index(drop=True)
    patterns[N] = np.bincount(rows)
    patterns[RESPONDED] = np.bincount(rows, weights=responded)
    return patterns, rows, responded


def _put_back(
    ox: pd.DataFrame,
    name: str,
    weights: Floats,
    rows: npt.NDArray[np.int64],
    responded: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Give each respondent the weight of its pattern."""
    result = ox.copy(deep=False)
    result[name] = np.where(responded, weights[rows], np.nan)
    return result
