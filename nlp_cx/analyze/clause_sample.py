"""A sample of clauses that depends on documents alone: not on row order, not on workers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import SchemaError

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


class ClauseSample(NamedTuple):
    """Rows of the evidence that are read.

    Attributes
    ----------
    rows : ndarray of int64, shape (n_sampled,)
        Positions in the table, ordered by document, place in the text and driver.
    stratum : ndarray of int64, shape (n_sampled,)
        Stratum of each row, from 0.
    documents : ndarray of uint64, shape (n_sampled,)
        A hash in place of the document's id.
    n_documents, n_sampled_documents : ndarray of int64, shape (n_strata,)
        Documents of each stratum, in all and in the sample.
    n_rows : int
        Rows that could have been drawn.
    """

    rows: Ints
    stratum: Ints
    documents: Hashes
    n_documents: Ints
    n_sampled_documents: Ints
    n_rows: int

    def describe(self) -> dict[str, int]:
        """Give how many clauses were read of how many, for ``attrs["sample"]``."""
        return {"n": int(self.rows.size), "of": self.n_rows}


def hash_ids(ids: pd.Series, random_state: int = 0) -> Hashes:
    """Hash ids of documents.

    Parameters
    ----------
    ids : Series
        Numbers or strings.
    random_state : int
        Another number gives another order.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)

    Examples
    --------
    >>> a, b = hash_ids(pd.Series(["r1", "r2"]))
    >>> hash_ids(pd.Series(["r2", "r1"])).tolist() == [b, a]
    True
    """
    if isinstance(ids.dtype, pd.CategoricalDtype):
        ids = ids.astype(ids.cat.categories.dtype)
    is_number = pd.api.types.is_numeric_dtype(ids.dtype)
    values = np.asarray(ids) if is_number else np.asarray(ids.astype(str), dtype=object)
    hashes = pd.util.hash_array(values, categorize=False)
    with np.errstate(over="ignore"):
        mixed = (hashes + np.uint64(random_state % 2**63) * _GOLDEN) * _MIX
        mixed ^= mixed >> np.uint64(31)
        return np.asarray(mixed * _GOLDEN, np.uint64)


def sample_clauses(
    evidence: pd.DataFrame,
    strata: Ints,
    *,
    max_clauses: int,
    max_per_stratum: int | None = None,
    random_state: int = 0,
) -> ClauseSample:
    """Draw clauses, all of a document's within a stratum or none.

    Parameters
    ----------
    evidence : DataFrame, one row per clause and driver
        ``doc_id``, ``clause_index`` or ``start``.
    strata : ndarray of int64, shape (n_rows,)
        Stratum of each row, from 0; -1 is never drawn.
    max_clauses : int
        Rows that are drawn, nearly: small strata whole, large ones to equal parts.
    max_per_stratum : int, optional
        No stratum gives more than this, nearly.
    random_state : int

    Returns
    -------
    ClauseSample

    Notes
    -----
    A document is in the sample of a stratum when the hash of its id is below a bound, so that the
    sample is the same whatever the order of the rows, and a document's clauses stay together.

    Examples
    --------
    >>> evidence = pd.DataFrame({"doc_id": [3, 3, 1, 2], "start": [5, 0, 0, 0]})
    >>> sample = sample_clauses(evidence, np.array([0, 0, 1, -1]), max_clauses=10)
    >>> sample.rows.tolist(), sample.n_documents.tolist(), sample.describe()
    ([2, 1, 0], [1, 1], {'n': 3, 'of': 3})
    """
    hashes = hash_ids(evidence["doc_id"], random_state)
    n_strata = int(strata.max(initial=-1)) + 1
    n_rows = np.bincount(strata[strata >= 0], minlength=n_strata)
    most = n_rows.max(initial=0) if max_per_stratum is None else max_per_stratum
    most = min(int(most), _fair_share(n_rows, max_clauses))
    bound = np.full(n_strata, np.iinfo(np.uint64).max, np.uint64)
    large = n_rows > most
    bound[large] = (most / n_rows[large] * 2.0**64).astype(np.uint64)
    is_drawn = np.zeros(len(strata), np.bool_)
    known = np.flatnonzero(strata >= 0)
    is_drawn[known] = hashes[known] <= bound[strata[known]]
    rows = np.flatnonzero(is_drawn)
    place = "start" if "start" in evidence else "clause_index"
    order = [evidence[place].to_numpy()[rows], hashes[rows]]
    if "driver" in evidence:
        order.insert(0, evidence["driver"].iloc[rows].astype(str).to_numpy(dtype=str))
    rows = rows[np.lexsort(order)]
    return ClauseSample(
        rows,
        strata[rows],
        hashes[rows],
        count_documents(hashes[known], strata[known], n_strata),
        count_documents(hashes[rows], strata[rows], n_strata),
        int(known.size),
    )


def count_documents(documents: Hashes, groups: Ints, n_groups: int) -> Ints:
    """Count the distinct documents of each group.

    Parameters
    ----------
    documents : ndarray of uint64, shape (n_rows,)
    groups : ndarray of int64, shape (n_rows,)
    n_groups : int

    Returns
    -------
    ndarray of int64, shape (n_groups,)
    """
    if not documents.size:
        return np.zeros(n_groups, np.int64)
    order = np.lexsort((documents, groups))
    documents, groups = documents[order], groups[order]
    is_new = np.ones(documents.size, np.bool_)
    is_new[1:] = (documents[1:] != documents[:-1]) | (groups[1:] != groups[:-1])
    return np.bincount(groups[is_new], minlength=n_groups)


def look_up(ids: pd.Series, known: pd.Series) -> Ints:
    """Find documents by their id.

    Parameters
    ----------
    ids : Series, shape (n_rows,)
    known : Series, shape (n_documents,)
        Ids, each there once.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Position in `known`; -1 where it is not there.

    Raises
    ------
    SchemaError
        If an id of `known` is there twice.

    Examples
    --------
    >>> look_up(pd.Series(["b", "b", "x"]), pd.Series(["a", "b"])).tolist()
    [1, 1, -1]
    """
    hashes = hash_ids(known)
    order = np.argsort(hashes)
    hashes = hashes[order]
    is_again = hashes[1:] == hashes[:-1]
    if is_again.any():
        example = known.iloc[int(order[int(np.flatnonzero(is_again)[0])])]
        raise SchemaError(
            f"doc_id is not unique: {int(is_again.sum()):,} of {known.size:,} rows repeat one, "
            f"e.g. {example!r}. Give each document an id of its own."
        )
    if not known.size:
        return np.full(ids.size, -1, np.int64)
    wanted = hash_ids(ids)
    place = np.minimum(np.searchsorted(hashes, wanted), hashes.size - 1)
    return np.where(hashes[place] == wanted, order[place], -1)


def require_columns(table: pd.DataFrame, names: tuple[str, ...], what: str) -> None:
    """Raise SchemaError unless a table has columns, all that are missing named at once."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise SchemaError(
            f"{what} has no {', '.join(missing)}; it has {', '.join(map(str, table.columns))}. "
            "Give the table as scoring makes it."
        )


def _fair_share(n_rows: Ints, most: int) -> int:
    """Give the number at which strata are cut off, so that together they have `most` rows."""
    left, n_left = most, len(n_rows)
    for size in np.sort(n_rows).tolist():
        if size * n_left > left:
            return max(1, left // n_left)
        left -= size
        n_left -= 1
    return int(n_rows.max(initial=1))
