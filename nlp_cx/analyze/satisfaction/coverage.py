"""How many records say anything of an expectation, and what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.analyze.satisfaction.cues import DIRECTIONS
from nlp_cx.analyze.satisfaction.expectations import DETERMINANTS, document_ids, is_customer
from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.taxonomy import load_taxonomy

SILENCE = "Silence is unknown: no expectation is inferred from a text that states none."


def expectation_coverage(
    expectations: pd.DataFrame,
    documents: pd.DataFrame,
    *,
    text: str = "text",
    group: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Give the share of texts that hold a sign of an expectation, by kind of sign.

    Parameters
    ----------
    expectations : DataFrame
        From `find_expectations` on `documents`.
    documents : DataFrame
        With `text`, and ``doc_id`` where the signs have one.
    text : str
    group : str, optional
        A column of `documents`; rows without a value are left out.
    confidence : float, default=0.95

    Returns
    -------
    DataFrame, one row per group and sign
        ``group`` where asked for; ``kind`` (any, direction, determinant), ``sign`` (``"any"``, one
        of `DIRECTIONS`, one of the six determinants), ``n_signs`` (texts with it), ``n`` (texts,
        that is not missing and not blank), ``estimate, low, high`` (share of the texts, Wilson),
        ``interval``, ``reason`` (why a share is missing). A text may count in several rows. A lower
        bound of what customers expected, since most of it is left unsaid or said in other words.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If ids of `documents` are not unique, or signs are of documents that are not there.

    Examples
    --------
    >>> from nlp_cx.analyze.satisfaction.expectations import find_expectations
    >>> reviews = pd.DataFrame({"text": ["没想到这么好吃", "味道不错", "服务一般", None]})
    >>> table = expectation_coverage(find_expectations(reviews), reviews)
    >>> print(table.loc[:1, ["sign", "n_signs", "n", "estimate"]].round(2).to_string(index=False))
      sign  n_signs  n  estimate
       any        1  3      0.33
    better        1  3      0.33
    """
    units = _count_units(expectations, documents, text)
    if group is not None:
        if group not in documents:
            raise SchemaError(f"no column {group!r} to group by")
        units["group"] = documents[group].to_numpy()
    cells = [(None, units)] if group is None else list(units.groupby("group", sort=True))
    rows = []
    for name, cell in cells:
        told = cell[cell["has_text"]]
        for kind, sign in _list_signs():
            rows.append((name, kind, sign, int((told[sign] > 0).sum()), len(told)))
    result = pd.DataFrame(rows, columns=["group", "kind", "sign", "n_signs", "n"])
    low, high = wilson_interval(result["n_signs"], result["n"], confidence)
    result["estimate"] = result["n_signs"] / result["n"].where(result["n"] > 0)
    result["low"], result["high"], result["interval"] = low, high, "Wilson"
    reasons = [None if n else "no document has text" for n in result["n"]]
    result["reason"] = pd.array(reasons, "string")
    result.attrs["note"] = SILENCE
    return result.drop(columns="group") if group is None else result


def count_expectations(
    expectations: pd.DataFrame,
    documents: pd.DataFrame,
    *,
    text: str = "text",
    by: str | None = None,
) -> pd.DataFrame:
    """Count the texts with each sign, as columns that can be joined to an O+X table.

    Parameters
    ----------
    expectations : DataFrame
        From `find_expectations` on `documents`.
    documents : DataFrame
        With `text`, and ``doc_id`` where the signs have one.
    text : str
    by : str, optional
        A column of `documents` to sum over, e.g. ``"interaction_id"``; rows without a value are
        left out. One row per document when not given.

    Returns
    -------
    DataFrame, one row per document or value of `by`, in order of first appearance
        The key; ``x_expectation_any``, ``x_expectation_<direction>``,
        ``x_expectation_<determinant>``: number of texts with such a sign. 0: there is text, and it
        says nothing of the kind. Missing: no text.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        As `expectation_coverage`.

    Examples
    --------
    >>> from nlp_cx.analyze.satisfaction.expectations import find_expectations
    >>> reviews = pd.DataFrame({"order": [7, 7, 8], "text": ["没想到这么好吃", "不错", None]})
    >>> counts = count_expectations(find_expectations(reviews), reviews, by="order")
    >>> counts[["order", "x_expectation_better", "x_expectation_worse"]].values.tolist()
    [[7, 1, 0], [8, <NA>, <NA>]]
    """
    units = _count_units(expectations, documents, text)
    signs = [sign for _, sign in _list_signs()]
    flags = (units[signs] > 0).astype("Int32").where(units["has_text"])
    flags.columns = [f"x_expectation_{sign}" for sign in signs]
    if by is None:
        flags.insert(0, "doc_id", units.index.to_numpy())
        return flags.reset_index(drop=True)
    if by not in documents:
        raise SchemaError(f"no column {by!r} to count by")
    flags.index = pd.Index(documents[by], name=by)
    flags = flags[flags.index.notna()]
    return flags.groupby(level=0, sort=False).sum(min_count=1).reset_index()


def _list_signs() -> Iterator[tuple[str, str]]:
    """List the kinds of signs and the signs, in the order of the tables."""
    yield "any", "any"
    yield from (("direction", direction) for direction in DIRECTIONS)
    yield from (("determinant", name) for name in load_taxonomy(DETERMINANTS).ids)


def _count_units(expectations: pd.DataFrame, documents: pd.DataFrame, text: str) -> pd.DataFrame:
    """Count the signs of every document, by its id, with whether it has text."""
    missing = [name for name in ("doc_id", "determinant", "direction") if name not in expectations]
    if missing or text not in documents:
        what = f"{', '.join(missing)} of the signs" if missing else repr(text)
        raise SchemaError(
            f"no column {what}: give the table of find_expectations and its documents"
        )
    ids = pd.Index(document_ids(documents))
    if not ids.is_unique:
        raise AnalysisError(f"{int(ids.duplicated().sum()):,} documents have an id of another one")
    strange = ~expectations["doc_id"].isin(ids)
    if strange.any():
        example = expectations["doc_id"][strange].iloc[0]
        raise AnalysisError(
            f"{int(strange.sum()):,} signs are of documents that are not in the table, "
            f"such as {example!r}: give the documents that were searched"
        )
    units = pd.DataFrame(0, index=ids, columns=[sign for _, sign in _list_signs()])
    units["any"] = expectations.groupby("doc_id").size().reindex(ids, fill_value=0)
    for column in ("direction", "determinant"):
        counts = pd.crosstab(expectations["doc_id"], expectations[column].astype("object"))
        units.update(counts)
    blank = documents[text].isna() | (documents[text].astype("string").str.strip() == "")
    units["has_text"] = ~blank.fillna(True).to_numpy(np.bool_) & is_customer(documents)
    return units
