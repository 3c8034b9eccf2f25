"""What columns are for in an analysis: kept in a table's metadata, through parquet and pandas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from nlp_cx.errors import SchemaError

ROLES = ("outcome", "driver", "control", "group", "weight", "time", "customer")
"""What a column can be for. ``customer`` tells which rows belong to one person."""

_KEY = "nlp_cx_roles"


def set_roles(table: Any, roles: Mapping[str, str]) -> Any:
    """Give a table that knows what its columns are for.

    Parameters
    ----------
    table : DataFrame or pyarrow.Table
        Not changed.
    roles : mapping of str to str
        Role, one of `ROLES`, by column.

    Returns
    -------
    as `table`
        With `roles` instead of any it had: in the schema's metadata, or in ``attrs``, which pandas
        keeps in parquet.

    Raises
    ------
    SchemaError
        If a column is not in the table or a role is none of `ROLES`; all faults at once.

    Examples
    --------
    >>> frame = set_roles(pd.DataFrame({"r_stars": [5], "store": ["a"]}), {"r_stars": "outcome"})
    >>> read_roles(frame)
    {'r_stars': 'outcome'}
    >>> read_roles(pa.Table.from_pandas(frame))
    {'r_stars': 'outcome'}
    """
    names = list(table.columns) if isinstance(table, pd.DataFrame) else table.schema.names
    faults = [
        f"no column {name!r} for role {role!r}" for name, role in roles.items() if name not in names
    ]
    faults += [
        f"role {role!r} of column {name!r} is none of {', '.join(ROLES)}"
        for name, role in roles.items()
        if role not in ROLES
    ]
    if faults:
        raise SchemaError("; ".join(faults))
    if isinstance(table, pd.DataFrame):
        result = table.copy(deep=False)
        result.attrs = {**table.attrs, _KEY: dict(roles)}
        return result
    metadata = {**(table.schema.metadata or {}), _KEY.encode(): json.dumps(dict(roles)).encode()}
    return table.replace_schema_metadata(metadata)


def read_roles(table: Any) -> dict[str, str]:
    """Read what the columns of a table are for.

    Parameters
    ----------
    table : DataFrame, pyarrow.Table or pyarrow.Schema

    Returns
    -------
    dict of str to str
        Role by column, of the columns that are there; empty where none were set.
    """
    if isinstance(table, pd.DataFrame):
        found, names = table.attrs.get(_KEY, {}), list(table.columns)
    else:
        schema = table if isinstance(table, pa.Schema) else table.schema
        metadata, names = schema.metadata or {}, schema.names
        if _KEY.encode() in metadata:
            found = json.loads(metadata[_KEY.encode()])
        else:
            pandas = json.loads(metadata.get(b"pandas", b"{}"))
            found = pandas.get("attributes", {}).get(_KEY, {})
    return {name: role for name, role in found.items() if name in names}
