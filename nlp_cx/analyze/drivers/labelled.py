"""The user's own labelled sample beside the predicted labels of the same documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelledSample:
    """Which rows have true labels, and which only predicted ones.

    Attributes
    ----------
    table : DataFrame
        Predicted values and everything else that is known of all rows.
    truth : DataFrame, one row per labelled row
        The labelled table, in the order of `labelled_rows`, its index 0, 1, ….
    labelled_rows : ndarray of int64, shape (n_labelled,)
        Positions in `table`.
    other_rows : ndarray of int64, shape (n_others,)
        Positions in `table` of the rows of the population without true labels.
    n_population : int
        Rows of `table` that are the population; those behind them lend their labels only.
    n_unmatched : int
        Labelled rows whose key is in no other table; left out.
    """

    table: pd.DataFrame
    truth: pd.DataFrame
    labelled_rows: Ints
    other_rows: Ints
    n_population: int
    n_unmatched: int


def match_labelled(
    population: pd.DataFrame,
    labelled: pd.DataFrame,
    *,
    key: str = "doc_id",
    elsewhere: pd.DataFrame | None = None,
) -> LabelledSample:
    """Find the predicted labels of the documents that have true ones.

    Parameters
    ----------
    population : DataFrame, one row per document or unit
        Predicted labels, ratings and operations of all that is asked about.
    labelled : DataFrame, one row per labelled document or unit
        `key`, and true labels under the names that the predicted ones have in `population`.
    key : str
        A column of both, unique in each.
    elsewhere : DataFrame, optional
        Predicted labels of labelled rows that are not in `population`, e.g. of last year's
        sample. They lend their true labels, and never count as population.

    Returns
    -------
    LabelledSample

    Raises
    ------
    SchemaError
        If `key` is missing in a table.
    AnalysisError
        If a key occurs twice, is missing, or no labelled row is found in the other tables.

    Examples
    --------
    >>> scored = pd.DataFrame({"doc_id": [7, 8, 9], "sentiment": ["negative"] * 3})
    >>> sample = match_labelled(scored, pd.DataFrame({"doc_id": [9], "sentiment": ["neutral"]}))
    >>> sample.labelled_rows.tolist(), sample.other_rows.tolist()
    ([2], [0, 1])
    """
    named = {"the population": population, "the labelled table": labelled}
    if elsewhere is not None:
        named["elsewhere"] = elsewhere
    for name, frame in named.items():
        _check_key(frame, key, name)
    table = population.reset_index(drop=True)
    if elsewhere is not None:
        both = np.flatnonzero(elsewhere[key].isin(population[key]))
        if both.size:
            raise AnalysisError(
                f"{both.size:,} rows of elsewhere are in the population too, e.g. {key} "
                f"{elsewhere[key].iloc[both[0]]!r:.40}. Leave them out of elsewhere."
            )
        table = pd.concat([table, elsewhere], ignore_index=True)
    position = pd.Index(table[key])
    rows = position.get_indexer(pd.Index(labelled[key])).astype(np.int64)
    found = rows >= 0
    if not found.any():
        raise AnalysisError(
            f"none of the {len(labelled):,} labelled rows is among the {len(table):,} predicted "
            f"ones: {key} {labelled[key].iloc[0]!r:.40} ({labelled[key].dtype}) against "
            f"{table[key].iloc[0]!r:.40} ({table[key].dtype}). Score the labelled texts too, "
            "with the same ids."
            if len(labelled) and len(table)
            else f"the labelled table has {len(labelled):,} rows and the other {len(table):,}"
        )
    is_labelled = np.zeros(len(table), np.bool_)
    is_labelled[rows[found]] = True
    return LabelledSample(
        table,
        labelled.loc[found].reset_index(drop=True),
        rows[found],
        np.flatnonzero(~is_labelled[: len(population)]).astype(np.int64),
        len(population),
        int((~found).sum()),
    )


def take_unlabelled(population: pd.DataFrame) -> LabelledSample:
    """Give a sample without labelled rows.

    Parameters
    ----------
    population : DataFrame

    Returns
    -------
    LabelledSample
    """
    n = len(population)
    nothing = np.empty(0, np.int64)
    table = population.reset_index(drop=True)
    return LabelledSample(table, pd.DataFrame(), nothing, np.arange(n, dtype=np.int64), n, 0)


def sampling_weights(
    sample: LabelledSample, *, weights: str | None = None, strata: str | None = None
) -> tuple[Floats, Floats]:
    """Give the weights with which labelled and other rows stand for the population.

    Parameters
    ----------
    sample : LabelledSample
    weights : str, optional
        Column of the table: numbers that are 0 or more.
    strata : str, optional
        Column of the table by which the labelled sample was drawn at different rates, e.g. more
        of the predicted negatives.

    Returns
    -------
    labelled, others : ndarray of float64, shapes (n_labelled,) and (n_others,)
        `weights` (or 1) times, by stratum, all rows over the labelled ones, and all rows over the
        others.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If a weight is missing or negative, or a stratum has no labelled row.

    References
    ----------
    Kluger, Lu, Zrnic, Wang and Bates (2025), Prediction-Powered Inference with Imputed Covariates
    and Nonuniform Sampling, arXiv:2501.18577; the weights of their package PTDBoot.
    """
    ours, others = np.ones(sample.labelled_rows.size), np.ones(sample.other_rows.size)
    if weights is not None:
        column = get_column(sample.table, weights)
        values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        bad = ~(values >= 0)
        if bad.any():
            raise AnalysisError(
                f"{int(bad.sum()):,} values of {weights!r} are negative or missing, expected 0 or "
                "more"
            )
        ours, others = values[sample.labelled_rows], values[sample.other_rows]
    if strata is None:
        return ours, others
    column = get_column(sample.table, strata)
    codes, levels = pd.factorize(column, use_na_sentinel=False)
    n_ours = np.bincount(codes[sample.labelled_rows], minlength=len(levels))
    n_others = np.bincount(codes[sample.other_rows], minlength=len(levels))
    empty = np.flatnonzero((n_ours == 0) & (n_others > 0))
    if empty.size:
        raise AnalysisError(
            f"no labelled row in {empty.size:,} of {len(levels):,} strata of {strata!r}, e.g. "
            f"{levels[empty[0]]!r:.40} with {n_others[empty[0]]:,} rows. Label some, or join "
            "strata."
        )
    n = n_ours + n_others
    with np.errstate(divide="ignore"):
        factor, rest = n / n_ours, n / n_others
    return (
        ours * factor[codes[sample.labelled_rows]],
        others * rest[codes[sample.other_rows]],
    )


def take_group(sample: LabelledSample, keep: npt.NDArray[np.bool_]) -> LabelledSample:
    """Take the part of a sample that lies in some rows of its table.

    Parameters
    ----------
    sample : LabelledSample
    keep : ndarray of bool, shape (n_rows,)
        Over the rows of the table.

    Returns
    -------
    LabelledSample
        With the same table.
    """
    ours = keep[sample.labelled_rows]
    return LabelledSample(
        sample.table,
        sample.truth.loc[ours].reset_index(drop=True),
        sample.labelled_rows[ours],
        sample.other_rows[keep[sample.other_rows]],
        sample.n_population,
        sample.n_unmatched,
    )


def get_column(table: pd.DataFrame, name: str) -> pd.Series:
    """Get a column, or raise a SchemaError that says which there are."""
    if name not in table.columns:
        raise SchemaError(f"no column {name!r} among {', '.join(map(str, table.columns))}")
    return table[name]


def _check_key(frame: pd.DataFrame, key: str, name: str) -> None:
    """Raise where a key is absent, missing or twice there."""
    if key not in frame.columns:
        raise SchemaError(
            f"no column {key!r} in {name}, which has {', '.join(map(str, frame.columns))}"
        )
    n_missing = int(frame[key].isna().sum())
    if n_missing:
        raise AnalysisError(f"{n_missing:,} of {len(frame):,} rows of {name} have no {key!r}")
    twice = frame[key].duplicated()
    if twice.any():
        raise AnalysisError(
            f"{int(twice.sum()):,} rows of {name} repeat a {key!r}, e.g. "
            f"{frame.loc[twice, key].iloc[0]!r:.40}: expected one row each"
        )
