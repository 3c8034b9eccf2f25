"""Columns of documents and units that analyses look for, and what they hold."""

from __future__ import annotations

import pandas as pd

from nlp_cx.study.plan import StudyPlan


def is_customers(documents: pd.DataFrame) -> pd.Series:
    """Tell which rows are documents of customers.

    Parameters
    ----------
    documents : DataFrame, one row per document

    Returns
    -------
    Series of bool
        True for texts without a speaker.
    """
    if "speaker" not in documents:
        return pd.Series(True, index=documents.index)
    return documents["speaker"].isna() | (documents["speaker"] == "customer")


def has_time(documents: pd.DataFrame | None) -> bool:
    """Tell whether any document has a time.

    Parameters
    ----------
    documents : DataFrame or None, one row per document

    Returns
    -------
    bool
    """
    return (
        documents is not None
        and "created_at" in documents
        and bool(documents["created_at"].notna().any())
    )


def find_outcome(plan: StudyPlan, documents: pd.DataFrame | None) -> str | None:
    """Give the main outcome's column of the documents, where they have it as numbers.

    Parameters
    ----------
    plan : StudyPlan
    documents : DataFrame or None, one row per document

    Returns
    -------
    str or None
    """
    for outcome in plan.study.outcomes[:1]:
        bare = outcome.column[2:] if outcome.column.startswith(("r_", "o_")) else outcome.column
        for name in (outcome.column, bare):
            if documents is not None and name in documents and is_numbers(documents[name]):
                return name
    return None


def is_numbers(values: pd.Series) -> bool:
    """Tell whether a column holds numbers or truth values.

    Parameters
    ----------
    values : Series

    Returns
    -------
    bool
    """
    return bool(pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values))


def find_cluster(documents: pd.DataFrame | None) -> str | None:
    """Give the column of customers, where all documents have one.

    Parameters
    ----------
    documents : DataFrame or None, one row per document

    Returns
    -------
    str or None
    """
    if documents is None or "customer_id" not in documents:
        return None
    return "customer_id" if bool(documents["customer_id"].notna().all()) else None


def find_weights(units: pd.DataFrame) -> str | None:
    """Give the column of weights that the join made.

    Parameters
    ----------
    units : DataFrame, one row per unit

    Returns
    -------
    str or None
    """
    return next((str(name) for name in units if str(name).startswith("w_")), None)
