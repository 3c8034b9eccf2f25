"""Cells of csv files that went through scoring as texts: numbers, where nothing is lost."""

from __future__ import annotations

import dataclasses

from nlp_cx.join.duck import Engine, Relation
from nlp_cx.join.take import Take

_MISSING = "('', 'NA', 'N/A', 'NaN', 'nan', 'NULL', 'null', 'None')"
_WHOLE = r"'^-?(0|[1-9][0-9]{0,17})$'"
# As in the files that nlp-cx reads: 00123, +86, 12E5 and very long numbers are names.
_NUMBER = r"'^-?(0|[1-9][0-9]{0,14})?(\.[0-9]*([eE][+-]?[0-9]+)?|[eE]-[0-9]+)?$'"


def type_takes(engine: Engine, relation: Relation, takes: list[Take]) -> list[Take]:
    """Give columns of texts the type that all their cells have.

    Parameters
    ----------
    engine : Engine
    relation : Relation
        The scored table.
    takes : list of Take

    Returns
    -------
    list of Take
        Of type BIGINT or DOUBLE where every cell is such a number or missing.
    """
    texts = [take for take in takes if take.type == "VARCHAR"]
    if not texts:
        return takes
    checks = []
    for take in texts:
        cell = f"CASE WHEN {take.sql} NOT IN {_MISSING} THEN {take.sql} END"
        has_digit = f"regexp_matches({take.sql}, '[0-9]')"
        checks += [
            f"bool_and(regexp_matches({cell}, {_WHOLE}))",
            f"bool_and(regexp_matches({cell}, {_NUMBER}) AND {has_digit})",
        ]
    found = engine.row(f"SELECT {', '.join(checks)} FROM {relation.view}")
    types = {
        take.name: "BIGINT" if found[2 * i] else "DOUBLE" if found[2 * i + 1] else "VARCHAR"
        for i, take in enumerate(texts)
    }
    return [
        dataclasses.replace(take, type=types.get(take.name, take.type), is_text=take in texts)
        for take in takes
    ]


def read_cell(take: Take, sql: str) -> str:
    """Give an expression of a column of texts in the type that was found.

    Parameters
    ----------
    take : Take
    sql : str

    Returns
    -------
    str
        Missing where the cell is empty.
    """
    if not take.is_text:
        return sql
    if take.type == "VARCHAR":
        return f"nullif({sql}, '')"
    return f"TRY_CAST({sql} AS {take.type})"
