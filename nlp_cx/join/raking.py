"""Raking: weights that meet several known margins at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import JoinError

Floats = npt.NDArray[np.float64]

_MOST_ROUNDS = 1_000
_TOLERANCE = 1e-10


def rake(
    counts: Floats,
    labels: Mapping[str, npt.NDArray[np.object_]],
    margins: Mapping[str, Mapping[str, float]],
) -> Floats:
    """Adjust weights to one margin after the other until all hold.

    Parameters
    ----------
    counts : ndarray, shape (n_cells,)
        Respondents of each cell, more than 0.
    labels : mapping of str to ndarray of str, shape (n_cells,)
        Value of each variable.
    margins : mapping of str to mapping of str to float
        Shares, or counts, of the values of the same variables.

    Returns
    -------
    ndarray, shape (n_cells,)

    Raises
    ------
    JoinError
        If margins and cells do not have the same values, or the margins cannot be met together.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). Annals of Mathematical Statistics 11(4), 427-444.

    Examples
    --------
    >>> cells = {"sex": np.array(["f", "f", "m", "m"], object),
    ...          "age": np.array(["old", "young", "old", "young"], object)}
    >>> known = {"sex": {"f": 0.5, "m": 0.5}, "age": {"old": 0.3, "young": 0.7}}
    >>> weights = rake(np.array([10.0, 20, 30, 40]), cells, known)
    >>> (weights * [10, 20, 30, 40]).round(4).tolist()
    [12.8821, 37.1179, 17.1179, 32.8821]
    """
    shares = {name: _check_margin(name, labels[name], known) for name, known in margins.items()}
    weights = np.ones(len(counts))
    for _ in range(_MOST_ROUNDS):
        largest = 0.0
        for name, known in shares.items():
            total = float(np.dot(counts, weights))
            for value, share in known.items():
                here = labels[name] == value
                now = float(np.dot(counts[here], weights[here])) / total
                weights[here] *= share / now if now > 0 else 1.0
                largest = max(largest, abs(now - share))
        if largest < _TOLERANCE:
            return weights * counts.sum() / float(np.dot(counts, weights))
    raise JoinError(
        f"margins of {', '.join(margins)} cannot be met together ({_MOST_ROUNDS:,} rounds): some "
        "combination has no respondent. Merge values, or weigh by fewer columns."
    )


def _check_margin(
    name: str, labels: npt.NDArray[np.object_], known: Mapping[str, float]
) -> dict[str, float]:
    """Check that a margin names the values that there are, and give it as shares."""
    found, total = set(labels.tolist()), sum(known.values())
    if not total > 0 or min(known.values()) < 0:
        raise JoinError(f"margins of {name!r}: expected shares or counts of 0 or more, not all 0")
    wrong = [
        f"{value!r} has a share and no respondent"
        for value in sorted(set(known) - found)
        if known[value] > 0
    ]
    wrong += [f"{value!r} has respondents and no share" for value in sorted(found - set(known))]
    if wrong:
        raise JoinError(
            f"margins of {name!r}: {'; '.join(wrong[:5])}. Merge values, or name them as the table "
            "does."
        )
    return {value: share / total for value, share in known.items() if share > 0 or value in found}
