"""Names that are not there, and those that might be meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST = 20


def list_names(known: Iterable[str], wanted: Iterable[str] = ()) -> str:
    """List the names that there are, those like the wanted ones first.

    Parameters
    ----------
    known : iterable of str
    wanted : iterable of str
        Names that are not there.

    Returns
    -------
    str
        At most 20 names, and how many there are beside.

    Examples
    --------
    >>> list_names(["amount", "order_no", "store"], ["oder_no"])
    "order_no (like 'oder_no'), amount, store"
    """
    names = list(known)
    close: dict[str, str] = {}
    for name in wanted:
        for found in difflib.get_close_matches(name, names, 2):
            close.setdefault(found, f"{found} (like {name!r})")
    listed = [*close.values(), *(name for name in names if name not in close)]
    more = f" and {len(listed) - _MOST:,} more" if len(listed) > _MOST else ""
    return ", ".join(listed[:_MOST]) + more if listed else "none"
