"""The Kano questionnaire: categories from pairs of answers, their strength, better and worse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.kano_summary import CATEGORIES, LETTERS, summarize_answers
from nlp_cx.analyze.proportions import effective_n
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

ANSWERS = ("like", "must-be", "neutral", "live-with", "dislike")
"""The five answers, in the order of rows and columns of the table."""

EVALUATION_TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
"""Category by answer to the functional question (row) and to the dysfunctional one (column)."""


def classify_answers(
    functional: pd.Series,
    dysfunctional: pd.Series,
    *,
    scale: Sequence[object] = (1, 2, 3, 4, 5),
    table: Sequence[str] = EVALUATION_TABLE,
) -> pd.Series:
    """Tell the Kano category of every pair of answers.

    Parameters
    ----------
    functional : Series, shape (n_rows,)
        Answers to "how do you feel if it is there?".
    dysfunctional : Series, shape (n_rows,)
        Answers to "how do you feel if it is not there?".
    scale : sequence of five values
        How the answers are written, from like to dislike, e.g. ``("喜欢", "理所当然", "无所谓",
        "勉强接受", "不喜欢")``.
    table : sequence of five strings of A, O, M, I, R, Q
        Rows by the functional answer; `EVALUATION_TABLE` when not given.

    Returns
    -------
    Series of str, shape (n_rows,)
        One of `CATEGORIES`; missing where an answer is missing.

    Raises
    ------
    AnalysisError
        If an answer is not on the scale; all such values are named.
    ConfigError
        If `scale` has not five distinct values, or `table` is no five by five of the letters.

    Examples
    --------
    >>> pairs = pd.DataFrame({"with": [1, 1, 3, 5, 3], "without": [5, 3, 5, 1, None]})
    >>> classify_answers(pairs["with"], pairs["without"]).tolist()
    ['one_dimensional', 'attractive', 'must_be', 'reverse', None]
    """
    if len(scale) != len(ANSWERS) or len(set(scale)) != len(ANSWERS):
        raise ConfigError(f"scale {tuple(scale)!r}, expected five values from like to dislike")
    if len(table) != 5 or any(len(row) != 5 or set(row) - set(LETTERS) for row in table):
        raise ConfigError(f"table {tuple(table)!r}, expected five strings of five of {LETTERS}")
    place = {value: i for i, value in enumerate(scale)}
    codes = []
    for answers in (functional, dysfunctional):
        code = answers.map(place, na_action="ignore")
        unknown = answers[code.isna() & answers.notna()]
        if len(unknown):
            found = ", ".join(map(repr, unknown.drop_duplicates().tolist()[:5]))
            raise AnalysisError(
                f"{len(unknown):,} answers in {answers.name!r} are not on the scale "
                f"{', '.join(map(repr, scale))}: {found}"
            )
        codes.append(code.astype("Float64").to_numpy(np.float64, na_value=np.nan))
    names = [[CATEGORIES[LETTERS.index(letter)] for letter in row] for row in table]
    categories = [
        None if np.isnan(row) or np.isnan(column) else names[int(row)][int(column)]
        for row, column in zip(*codes, strict=True)
    ]
    return pd.Series(categories, index=functional.index, dtype=object)


def kano_survey(
    answers: pd.DataFrame,
    *,
    feature: str = "feature",
    functional: str = "functional",
    dysfunctional: str = "dysfunctional",
    scale: Sequence[object] = (1, 2, 3, 4, 5),
    table: Sequence[str] = EVALUATION_TABLE,
    group: str | None = None,
    weights: str | None = None,
    respondent: str | None = None,
    min_n: int = 20,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Analyze a Kano questionnaire.

    Parameters
    ----------
    answers : DataFrame, one row per respondent and feature
    feature, functional, dysfunctional : str
        Columns: what was asked about, and the two answers.
    scale, table : sequences
        As in `classify_answers`.
    group : str, optional
        A column; features are analyzed within each of its values.
    weights : str, optional
        A column of numbers, 0 or more.
    respondent : str, optional
        A column; nobody may answer on the same feature twice.
    min_n, n_bootstrap, confidence, random_state : optional
        As in `summarize_kano`.

    Returns
    -------
    DataFrame, one row per group and feature, in order of appearance
        ``group`` where asked for, ``feature``, then the columns of `summarize_kano`;
        ``n_missing``: pairs of which an answer is missing.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If an answer is not on the scale, a weight is negative, or somebody answered twice.
    ConfigError
        As `classify_answers` and `summarize_kano`.

    Examples
    --------
    >>> answers = pd.DataFrame({"feature": ["lock"] * 40 + ["lamp"] * 40,
    ...     "functional": [3] * 30 + [1] * 10 + [1] * 40, "dysfunctional": [5] * 40 + [3] * 40})
    >>> kano_survey(answers)[["feature", "category", "better", "worse"]].to_dict("records")
    [{'feature': 'lock', 'category': 'must_be', 'better': 0.25, 'worse': -1.0},
     {'feature': 'lamp', 'category': 'attractive', 'better': 1.0, 'worse': 0.0}]
    """
    keys = [*([group] if group else []), feature]
    needed = [*keys, functional, dysfunctional, *(c for c in (weights, respondent) if c)]
    missing = [repr(name) for name in needed if name not in answers.columns]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}. The table has {', '.join(map(str, answers.columns))}."
        )
    if respondent is not None:
        twice = answers.duplicated([*keys, respondent]) & answers[respondent].notna()
        if twice.any():
            raise AnalysisError(
                f"{int(twice.sum()):,} rows are second answers of a {respondent} on the same "
                f"feature, e.g. {answers.loc[twice, respondent].iloc[0]!r} on "
                f"{answers.loc[twice, feature].iloc[0]!r}. Keep one."
            )
    weight = np.ones(len(answers)) if weights is None else as_numbers(answers, weights)
    if (weight < 0).any():
        raise AnalysisError(f"{int((weight < 0).sum()):,} weights in {weights!r} are negative")
    category = classify_answers(
        answers[functional], answers[dysfunctional], scale=scale, table=table
    ).to_numpy()
    rows: list[dict[str, object]] = []
    sizes: list[float] = []
    number = answers.groupby(keys, sort=False).ngroup().to_numpy(np.int64)  # -1: a key is missing
    for k in range(number.max(initial=-1) + 1):
        at = np.flatnonzero(number == k)
        known = at[pd.notna(category[at]) & (weight[at] > 0)]
        row: dict[str, object] = {name: answers[name].iloc[at[0]] for name in keys}
        for name in CATEGORIES:
            row[name] = weight[known][category[known] == name].sum()
        row["n"], row["n_missing"] = known.size, int(pd.isna(category[at]).sum())
        rows.append(row)
        sizes.append(effective_n(weight[known]))
    counts = pd.DataFrame(rows, columns=[*keys, *CATEGORIES, "n", "n_missing"])
    result = summarize_answers(
        counts[list(CATEGORIES)].to_numpy(np.float64),
        counts["n"].to_numpy(np.int64),
        np.array(sizes),
        min_n=min_n,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=random_state,
    )
    result.insert(len(result.columns) - 1, "n_missing", counts["n_missing"])
    for name, column in (("feature", feature), ("group", group)):
        if column is not None:
            result.insert(0, name, counts[column])
    return result
