"""Columns that a command takes by their role in the table, and says so."""

from __future__ import annotations

import pandas as pd

from nlp_cx.column_roles import read_roles
from nlp_cx.errors import ConfigError


class RoleColumns:
    """Find the column for an option that was not given, by the roles that the join wrote.

    Parameters
    ----------
    table : DataFrame
        With the roles of `nlp_cx.column_roles`, or without any.

    Attributes
    ----------
    notes : list of str
        A sentence for every column that was taken, for the user.

    Examples
    --------
    >>> from nlp_cx.column_roles import set_roles
    >>> table = set_roles(pd.DataFrame({"who": [1], "w": [2.0]}), {"who": "customer"})
    >>> columns = RoleColumns(table)
    >>> columns.take("customer", None), columns.take("weight", "w"), columns.take("group", None)
    ('who', 'w', None)
    >>> columns.notes
    ["customer: column 'who', by its role in the table"]
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._names: dict[str, list[str]] = {}
        for name, role in read_roles(table).items():
            self._names.setdefault(role, []).append(name)
        self.notes: list[str] = []

    def take(self, role: str, given: str | None, *, option: str | None = None) -> str | None:
        """Give the column that was named, or else the one with the role.

        Parameters
        ----------
        role : str
            One of `nlp_cx.column_roles.ROLES`.
        given : str or None
            What the user named.
        option : str, optional
            Without dashes, where it is not called as the role.

        Returns
        -------
        str or None
            None where none was named and none has the role.

        Raises
        ------
        ConfigError
            If several have it and none was named.
        """
        names = self._names.get(role, [])
        if given is not None or not names:
            return given
        if len(names) > 1:
            raise ConfigError(
                f"columns {', '.join(map(repr, names))} have the role {role}: name one with "
                f"--{option or role}"
            )
        self.notes.append(f"{role}: column {names[0]!r}, by its role in the table")
        return names[0]

    def take_all(self, role: str, given: tuple[str, ...]) -> tuple[str, ...]:
        """Give the columns that were named, or else all with the role.

        Parameters
        ----------
        role : str
        given : tuple of str

        Returns
        -------
        tuple of str
        """
        names = self._names.get(role, [])
        if given or not names:
            return given
        self.notes.append(f"{role}: {', '.join(map(repr, names))}, by their role in the table")
        return tuple(names)
