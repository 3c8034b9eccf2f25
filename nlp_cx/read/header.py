"""Column names from a header line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nlp_cx.errors import InputError


def name_columns(
    cells: Sequence[str], where: str, *, places: Sequence[int] | None = None
) -> tuple[list[str], list[str]]:
    """Give one name per column, as they stand; a column without a name is called by its place.

    Parameters
    ----------
    cells : sequence of str
        The header line.
    where : str
        Name of the file, for messages.
    places : sequence of int, optional
        Place of each cell in its row, from 1, where cells were left out.

    Returns
    -------
    names, notes : list of str
        Notes are sentences for the user on columns that had no name.

    Raises
    ------
    InputError
        If a name stands there twice.

    Examples
    --------
    >>> name_columns(["", "评论"], "shop.csv")
    (['column_1', '评论'], ["shop.csv: column 1 has no name and is called 'column_1'."])
    """
    names, notes = [], []
    for place, cell in zip(places or range(1, len(cells) + 1), cells, strict=True):
        name = cell if cell.strip() else f"column_{place}"
        if not cell.strip():
            notes.append(f"{where}: column {place} has no name and is called {name!r}.")
        names.append(name)
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        listed = ", ".join(f"{name!r:.60}" for name in twice[:5])
        raise InputError(
            f"{where}: the header has {listed} more than once. Give each column a name of its own."
        )
    return names, notes
