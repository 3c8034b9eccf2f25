"""Mistakes of a specification that can be seen without looking at columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nlp_cx.join.duck import Relation
from nlp_cx.join.names import list_names
from nlp_cx.join.plan import ALL, PERIOD, SCORED
from nlp_cx.join.spec import JoinSpec


def find_faults(
    spec: JoinSpec, relations: Mapping[str, Relation], joined: Iterable[str]
) -> list[str]:
    """List the mistakes of a specification.

    Parameters
    ----------
    spec : JoinSpec
    relations : mapping of str to Relation
        The tables that are given.
    joined : iterable of str
        Names of those that are joined.

    Returns
    -------
    list of str
        A sentence for each.
    """
    faults: list[str] = []
    lists = {"grain": spec.grain, "coverage": spec.coverage}
    lists |= {f"tables.{name}.on": table.on for name, table in spec.tables.items()}
    lists |= {f"lookups.{name}.on": lookup.on for name, lookup in spec.lookups.items()}
    faults += [
        f"{where} is {names!r}, expected a tuple of names: ({names!r},)"
        for where, names in lists.items()
        if isinstance(names, str)
    ]
    faults += [
        f"there is no table {name!r}; given: {list_names(relations, [name])}"
        for name in (*spec.tables, *spec.lookups)
        if name not in relations
    ]
    faults += [
        f"a table cannot be named {name!r}, which is a word of keep"
        for name in (SCORED, ALL)
        if name in relations
    ]
    if spec.keep not in (SCORED, ALL, *joined):
        faults.append(f"keep is {spec.keep!r}, expected 'scored', 'all' or a table that is joined")
    if not spec.grain or len(set(spec.grain)) < len(spec.grain):
        faults.append("the grain names no column, or one twice")
    if spec.period is not None and spec.time_zone is None:
        faults.append(
            f"a grain by {spec.period} needs the zone in which days begin (--time-zone, time_zone)"
        )
    if spec.period is not None and PERIOD in spec.grain:
        faults.append(f"a column {PERIOD!r} and a grain by {spec.period} exclude each other")
    return faults
