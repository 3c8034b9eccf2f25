"""Names of columns and fields that are personal information as a whole."""

from __future__ import annotations

from functools import cache

from nlp_cx.text.folding import fold_text
from nlp_cx.text.privacy import PII_KINDS
from nlp_cx.text.privacy_persons import read_words


def personal_kind(name: str) -> str | None:
    """Tell whether all cells of a column are personal information, by its name.

    Parameters
    ----------
    name : str
        Compared without case, width, spaces and marks; traditional writing counts too.

    Returns
    -------
    str or None
        Key of `PII_KINDS`.

    Examples
    --------
    >>> personal_kind("Customer_Name"), personal_kind("收貨地址"), personal_kind("shop")
    ('name', 'address', None)
    """
    return _kinds().get(_fold(name))


def may_hold_names(name: str) -> bool:
    """Tell whether a column is named so that it may hold names of persons, or of other things.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool

    Examples
    --------
    >>> may_hold_names("name"), may_hold_names("customer_name")
    (True, False)
    """
    return _fold(name) in read_words()["columns"]["may_hold_names"]


def _fold(name: str) -> str:
    """Give a name without case, width, traditional writing and marks."""
    return "".join(c for c in fold_text(name).casefold() if c.isalnum())


@cache
def _kinds() -> dict[str, str]:
    """Give the kind of every personal name."""
    words = read_words()["columns"]
    return {name: kind for kind in PII_KINDS for name in words.get(kind, ())}
