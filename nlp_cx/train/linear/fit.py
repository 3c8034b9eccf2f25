"""Fit the linear heads: multiple-instance learning in rounds, since labels are of documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.train.linear.features import Bags

Floats = npt.NDArray[np.float64]

NEVER = -15.0
"""Bias of what no example shows: it is practically never said."""


@dataclass(slots=True)
class Head:
    """A linear function of features.

    Parameters
    ----------
    weights : float64 (R,)
    bias : float
    """

    weights: Floats
    bias: float

    def of(self, features: Any) -> Floats:
        """Apply it: shape (n,)."""
        return np.asarray(features @ self.weights + self.bias, np.float64)


def fit_binary(
    x: Any,
    y: npt.NDArray[np.bool_],
    weight: Floats,
    *,
    strength: float,
    random_state: int,
) -> Head:
    """Fit a logistic regression of yes and no.

    Parameters
    ----------
    x : csr_matrix (n, R)
    y : bool (n,)
    weight : float64 (n,)
    strength : float
        Inverse of the penalty: scikit-learn's C.
    random_state : int

    Returns
    -------
    Head
        Constant where all are the same.
    """
    from sklearn.linear_model import LogisticRegression

    if y.all() or not y.any():
        return Head(np.zeros(x.shape[1]), NEVER if not y.any() else -NEVER)
    model = LogisticRegression(
        C=strength, solver="liblinear", tol=1e-3, intercept_scaling=10, random_state=random_state
    )
    model.fit(x, y, sample_weight=weight)
    return Head(np.asarray(model.coef_[0], np.float64), float(model.intercept_[0]))


def fit_classes(
    x: Any,
    y: npt.NDArray[np.int64],
    weight: Floats,
    *,
    strength: float,
    random_state: int,
) -> list[Head]:
    """Fit a logistic regression of three classes.

    Parameters
    ----------
    x : csr_matrix (n, R)
    y : int64 (n,)
        0 to 2.
    weight : float64 (n,)
    strength : float
    random_state : int

    Returns
    -------
    list of Head
        Three; a class without examples is `NEVER` there.
    """
    from sklearn.linear_model import LogisticRegression

    n_features = x.shape[1]
    heads = [Head(np.zeros(n_features), NEVER) for _ in range(3)]
    found = np.unique(y)
    if len(found) == 1:
        heads[int(found[0])] = Head(np.zeros(n_features), 0.0)
        return heads
    if len(found) == 2:
        low, high = (int(k) for k in found)
        head = fit_binary(x, y == high, weight, strength=strength, random_state=random_state)
        heads[high] = Head(head.weights / 2, head.bias / 2)
        heads[low] = Head(-head.weights / 2, -head.bias / 2)
        return heads
    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3, random_state=random_state)
    model.fit(x, y, sample_weight=weight)
    return [
        Head(np.asarray(model.coef_[k], np.float64), float(model.intercept_[k])) for k in range(3)
    ]


def strongest_clauses(scores: Floats, first_clause: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Find the clause with the highest score of each document.

    Parameters
    ----------
    scores : float64 (m,)
    first_clause : int64 (n + 1,)

    Returns
    -------
    ndarray of int64, shape (n,)
        -1 for a document without clauses.

    Examples
    --------
    >>> strongest_clauses(np.array([0.1, 0.9, 0.3]), np.array([0, 2, 2, 3])).tolist()
    [1, -1, 2]
    """
    n = len(first_clause) - 1
    best = np.full(n, -1)
    owner = np.repeat(np.arange(n), np.diff(first_clause))
    order = np.lexsort((-np.arange(len(scores)), scores, owner))
    last = np.append(owner[order][1:] != owner[order][:-1], [True] * bool(len(order)))
    best[owner[order][last]] = order[last]
    return best


def fit_presence(
    bags: Bags,
    y: Floats,
    weight: Floats,
    *,
    before: Head | None,
    strength: float,
    random_state: int,
) -> Head:
    """Fit what is present in a document because one of its clauses says so; one round.

    Parameters
    ----------
    bags : Bags
        Of n documents.
    y : float64 (n,)
        1, 0; not a number where it is not known.
    weight : float64 (n,)
    before : Head or None
        Of the round before; None in the first, which takes documents as a whole.
    strength : float
    random_state : int

    Returns
    -------
    Head

    Notes
    -----
    In a document that has it, the clause that says so most clearly (by the round before) is an
    example and the others are none, for nobody knows what they say; in a document that has it not,
    every clause is a counter-example, and they share the weight of the document by the root of
    their number (mi-SVM of Andrews, Tsochantaridis and Hofmann 2002, with one witness).
    """
    known = ~np.isnan(y)
    if before is None:
        rows = np.flatnonzero(known)
        return fit_binary(
            bags.documents[rows], y[rows] > 0, weight[rows],
            strength=strength, random_state=random_state,
        )  # fmt: skip
    best = strongest_clauses(before.of(bags.clauses), bags.first_clause)
    witnesses = best[known & (np.nan_to_num(y) > 0)]
    witnesses = witnesses[witnesses >= 0]
    others = np.flatnonzero((known & (np.nan_to_num(y) == 0))[bags.owner])
    rows = np.concatenate([witnesses, others])
    n_clauses = np.diff(bags.first_clause)[bags.owner[others]]
    shared = weight[bags.owner[others]] / np.sqrt(n_clauses)
    return fit_binary(
        bags.clauses[rows],
        np.arange(len(rows)) < len(witnesses),
        np.concatenate([weight[bags.owner[witnesses]], shared]),
        strength=strength,
        random_state=random_state,
    )
