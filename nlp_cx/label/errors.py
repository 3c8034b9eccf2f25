"""Find labels that are probably wrong: confident learning on cross-validated probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.corpus.near_duplicates import group_rows
from nlp_cx.label.keys import text_keys
from nlp_cx.label.student import Numbers, cross_validated_probabilities


def find_label_errors(
    labelled: pd.DataFrame,
    outputs: Mapping[str, Sequence[str]],
    *,
    probabilities: Mapping[str, Numbers] | None = None,
    n_folds: int = 5,
    random_state: int = 0,
) -> pd.DataFrame:
    """List the labels that a classifier which has not seen them is confident are others.

    Parameters
    ----------
    labelled : DataFrame, shape (n_texts, …)
        ``text``, a column per question (missing: not labelled) and, where there is one, ``group``.
    outputs : mapping of str to sequence of str
        Questions and their answers; those without a column are left out.
    probabilities : mapping of str to float64 (n_texts, n_answers), optional
        Of a model that has not learned from these labels; by cross-validation when not given.
    n_folds, random_state : int
        Of the cross-validation; texts of one group, and copies of a text, are in one fold.

    Returns
    -------
    DataFrame, one row per doubtful label, the most doubtful first
        ``row`` (position in `labelled`), ``output``, ``given`` (its label), ``suggested``,
        ``p_given``, ``p_suggested`` (0 to 1), ``margin`` (p_suggested - p_given), ``text``.

    Raises
    ------
    InputError
        If there are too few texts for the folds.

    Notes
    -----
    A label i is a candidate where another label j has a probability of at least its threshold, the
    mean probability of j over the texts that are labelled j, and is the most probable of all such.
    A threshold of its own for every label keeps rare labels from drowning. Order: margin.

    Candidates are to be read by a person. A hard text and a wrong label look the same to a
    classifier.

    References
    ----------
    Northcutt, Jiang, Chuang (2021), Confident learning: estimating uncertainty in dataset labels,
    JAIR 70 (the counts of its confident joint; same candidates as ``cleanlab.filter``'s
    ``confident_learning``).
    """
    there = {name: tuple(answers) for name, answers in outputs.items() if name in labelled}
    labelled = labelled.reset_index(drop=True)
    if probabilities is None:
        probabilities = cross_validated_probabilities(
            labelled["text"].tolist(),
            labelled,
            there,
            groups=join_groups(labelled).tolist(),
            n_folds=n_folds,
            random_state=random_state,
        )
    tables = []
    for name, answers in there.items():
        codes = labelled[name].map({a: k for k, a in enumerate(answers)})
        known = np.flatnonzero(codes.notna().to_numpy())
        given = codes.to_numpy(float)[known].astype(np.int64)
        p = probabilities[name][known]
        at, guess = confident_errors(given, p)
        tables.append(
            pd.DataFrame(
                {
                    "row": known[at],
                    "output": name,
                    "given": np.array(answers, object)[given[at]],
                    "suggested": np.array(answers, object)[guess],
                    "p_given": p[at, given[at]],
                    "p_suggested": p[at, guess],
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    table["margin"] = table["p_suggested"] - table["p_given"]
    table["text"] = labelled["text"].to_numpy()[table["row"]]
    order = ["margin", "row", "output"]
    return table.sort_values(order, ascending=[False, True, True], ignore_index=True)


def confident_errors(
    given: npt.NDArray[np.int64], p: Numbers
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find the rows outside the diagonal of the confident joint.

    Parameters
    ----------
    given : ndarray of int64, shape (n,)
        Label of every row.
    p : ndarray of float64, shape (n, k)
        Probabilities by a model that has not seen the row.

    Returns
    -------
    rows : ndarray of int64
        Positions of the candidates.
    labels : ndarray of int64
        The label that each of them probably has.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
    >>> rows, labels = confident_errors(np.array([0, 0, 1, 1, 1]), p)
    >>> rows.tolist(), labels.tolist()
    ([4], [0])
    """
    n, k = p.shape
    counts = np.bincount(given, minlength=k)
    own = np.bincount(given, p[np.arange(n), given], minlength=k)
    # A label that nobody gave has no threshold: nothing is known of how sure "sure" is.
    threshold = np.divide(own, counts, out=np.full(k, np.inf), where=counts > 0)
    reached = p >= threshold - 1e-6
    guess = np.where(reached, p, -1).argmax(axis=1)
    is_error = reached.any(axis=1) & (guess != given) & (p.argmax(axis=1) != given)
    rows = np.flatnonzero(is_error)
    return rows, guess[rows]


def join_groups(labelled: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Number the sets of rows that must stay together: one group, or copies of one text.

    Parameters
    ----------
    labelled : DataFrame
        ``text`` and, where there is one, ``group``.

    Returns
    -------
    ndarray of int64, shape (n_rows,)

    Examples
    --------
    >>> rows = pd.DataFrame({"text": ["好", "好!", "坏", "贵"], "group": ["a", "b", "b", None]})
    >>> join_groups(rows).tolist()
    [0, 0, 0, 1]
    """
    n = len(labelled)
    texts = pd.factorize(text_keys(labelled["text"].tolist()))[0]
    n_texts = int(texts.max()) + 1 if n else 0
    edges = [(texts, np.arange(n) + n_texts)]
    size = n_texts + n
    if "group" in labelled:
        groups = pd.factorize(labelled["group"])[0]
        has = np.flatnonzero(groups >= 0)
        edges.append((groups[has] + size, has + n_texts))
        size += int(groups.max()) + 1 if len(has) else 0
    pairs = np.concatenate([np.column_stack(pair) for pair in edges])
    return np.asarray(pd.factorize(group_rows(size, pairs)[n_texts : n_texts + n])[0], np.int64)
