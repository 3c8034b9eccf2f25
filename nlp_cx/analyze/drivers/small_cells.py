"""Small cells hidden so that they cannot be found by subtraction either."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import ConfigError

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MIN_CUSTOMERS = 10
"""A mean of fewer customers says too much of each of them, however often they wrote."""


PROTECTS = "hidden to protect a smaller group"
"""Reason of a cell that is large enough."""


def check_limits(min_n: int, min_customers: int) -> None:
    """Refuse limits that are none.

    Parameters
    ----------
    min_n, min_customers : int

    Raises
    ------
    ConfigError
        If one is negative.
    """
    if min(min_n, min_customers) < 0:
        raise ConfigError(f"min_n is {min_n} and min_customers {min_customers}, expected 0 or more")


class Hidden(NamedTuple):
    """Which cells are not shown; arrays of shape (n_cells,).

    Attributes
    ----------
    is_small : ndarray of bool
        Too few rows or customers.
    is_extra : ndarray of bool
        Large enough, and hidden to protect a small one.
    """

    is_small: Flags
    is_extra: Flags

    @property
    def any(self) -> Flags:
        """Cells that are not shown."""
        return self.is_small | self.is_extra


def hide_cells(
    n: Ints,
    n_customers: Ints,
    min_n: int,
    *,
    adds_up: bool = True,
    min_customers: int = MIN_CUSTOMERS,
) -> Hidden:
    """Choose the cells that are not shown.

    Parameters
    ----------
    n, n_customers : ndarray of int64, shape (n_cells,)
        Rows and customers. Empty cells have nothing to hide.
    min_n : int
        Fewest rows that are shown.
    adds_up : bool, default=True
        The cells are parts of a whole that is known, or that the table tells ("the rest"). Then one
        hidden cell is the whole less the others: the smallest other cells are hidden too, until at
        least two are hidden that have together `min_n` rows and `min_customers` customers.
    min_customers : int
        Fewest customers that are shown, or `min_n` if that is less; 0 where what is counted are no
        people (products, branches), who need no protection.

    Returns
    -------
    Hidden

    Notes
    -----
    Primary and complementary suppression of statistical disclosure control, for one table. Two
    tables with groups that differ by a few rows can still be subtracted from each other.

    Examples
    --------
    >>> n = np.array([500, 40, 7, 0])
    >>> hidden = hide_cells(n, n, 30)
    >>> hidden.is_small.tolist(), hidden.is_extra.tolist()
    ([False, False, True, False], [False, True, False, False])
    """
    is_small = (n > 0) & ((n < min_n) | (n_customers < min(min_customers, min_n)))
    is_extra = np.zeros_like(is_small)
    if not adds_up or not is_small.any():
        return Hidden(is_small, is_extra)
    for i in np.argsort(n, kind="stable"):
        is_hidden = is_small | is_extra
        is_safe = (
            is_hidden.sum() >= 2
            and n[is_hidden].sum() >= min_n
            and n_customers[is_hidden].sum() >= min(min_customers, min_n)
        )
        if is_safe:
            break
        if n[i] > 0 and not is_hidden[i]:
            is_extra[i] = True
    return Hidden(is_small, is_extra)


def explain_hidden(
    n: Ints,
    hidden: Hidden,
    min_n: int,
    cluster: str | None,
    *,
    min_customers: int = MIN_CUSTOMERS,
) -> npt.NDArray[np.object_]:
    """Say why cells are not shown.

    Parameters
    ----------
    n : ndarray of int64, shape (n_cells,)
    hidden : Hidden
    min_n : int
    cluster : str or None
        Name of the column of customers.
    min_customers : int
        As for `hide_cells`.

    Returns
    -------
    ndarray of str or None, shape (n_cells,)
        Of an empty cell that too.
    """
    words = np.full(n.size, None, object)
    words[n == 0] = "no rows"
    words[hidden.is_small] = f"values of {cluster} below {min(min_customers, min_n)}"
    words[hidden.is_small & (n < min_n)] = f"n below {min_n}"
    words[hidden.is_extra] = PROTECTS
    return words
