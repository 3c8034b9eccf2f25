"""The keys named by ``on``: which columns they stand for, and in what order tables can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_cx.join.duck import Relation
from nlp_cx.join.keys import KeyColumn
from nlp_cx.join.names import list_names
from nlp_cx.join.plan import PERIOD, Key
from nlp_cx.join.spec import JoinSpec, TableSpec, split_pair
from nlp_cx.join.take import find_family

Pairs = dict[str, list[tuple[str, str]]]
"""Left and right name of each key, by table."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that are known before tables are joined.

    Parameters
    ----------
    spec : JoinSpec
    specs : mapping of str to TableSpec
        Of the tables that are joined.
    relations : mapping of str to Relation
    documents : mapping of str to KeyColumn
        Columns of the scored table and of lookups.
    """

    spec: JoinSpec
    specs: Mapping[str, TableSpec]
    relations: Mapping[str, Relation]
    documents: Mapping[str, KeyColumn]

    @property
    def grain(self) -> set[str]:
        """Names that tell units apart."""
        return {*self.spec.grain, *([PERIOD] if self.spec.period is not None else [])}

    def of_table(self, name: str) -> set[str]:
        """Give the names by which the columns of a table can be called."""
        columns = self.relations[name].columns
        prefix = self.specs[name].family or find_family(name)
        named = {*(self.specs[name].columns or {})}
        return {*columns, *(f"{prefix}_{column}" for column in columns), *named}


def read_pairs(names: Names, faults: list[str]) -> Pairs:
    """Read ``on`` of every table.

    Parameters
    ----------
    names : Names
    faults : list of str
        Gets a sentence for each mistake.

    Returns
    -------
    dict of str to list of (str, str)
    """
    pairs: Pairs = {}
    for name, table in names.specs.items():
        columns = names.relations[name].columns
        known = {*names.grain, *names.documents}
        known = known.union(*(names.of_table(other) for other in names.specs if other != name))
        texts = table.on or tuple(key for key in names.spec.grain if key in columns)
        if not texts or (not table.on and len(texts) < len(names.spec.grain)):
            faults.append(
                f"{name}: no key is named (--on {names.spec.grain[0]}=COLUMN, on); it has "
                + list_names(columns, names.spec.grain)
            )
        pairs[name] = []
        for text in texts:
            pair = split_pair(text, known.__contains__, columns.__contains__)
            if pair is not None:
                pairs[name].append(pair)
                continue
            left, _, right = text.partition("=")
            right = right or left
            what = (
                f"{left!r} is no column of the scored table, of the grain, or of another table"
                if right in columns
                else f"it has no column {right!r}; it has {list_names(columns, [right])}"
            )
            faults.append(f"{name}: on {text!r}: {what}")
    return pairs


def order_tables(names: Names, pairs: Pairs, faults: list[str]) -> list[str]:
    """Put tables that need only the grain first, and those that need others behind these.

    Parameters
    ----------
    names : Names
    pairs : dict of str to list of (str, str)
    faults : list of str

    Returns
    -------
    list of str
    """
    lefts = {name: {left for left, _ in table} for name, table in pairs.items()}
    order = [name for name in pairs if lefts[name] <= names.grain]
    rest = [name for name in pairs if name not in order]
    while rest:
        known = names.grain.union(names.documents, *(names.of_table(name) for name in order))
        ready = [name for name in rest if lefts[name] <= known]
        if not ready:
            faults.append(f"{', '.join(rest)}: their keys wait for each other (on)")
            break
        order.append(ready[0])
        rest.remove(ready[0])
    return order


def list_keys(names: Names, grain: list[Key], order: list[str], pairs: Pairs) -> dict[str, Key]:
    """List the grain and all other keys, with every place that knows them.

    Parameters
    ----------
    names : Names
    grain : list of Key
    order : list of str
        Tables in the order of joining.
    pairs : dict of str to list of (str, str)

    Returns
    -------
    dict of str to Key
        By name, the grain first.
    """
    keys = {key.name: key for key in grain}
    for i, name in enumerate(order):
        for left, _ in pairs[name]:
            key = keys.setdefault(left, Key(left, False, names.documents.get(left)))
            if key.is_grain:
                continue
            for before in order[:i]:
                column = _find_source(names, before, key)
                if column is not None and all(before != other for other, _ in key.tables):
                    zone = names.specs[before].time_zone or names.spec.time_zone
                    key.tables.append((before, key_column(names.relations[before], column, zone)))
    return keys


def key_column(relation: Relation, column: str, time_zone: str | None) -> KeyColumn:
    """Describe a column of a table as a key."""
    sql, type_ = relation.columns[column], relation.types[column]
    return KeyColumn(relation.name, column, relation.view, sql, type_, time_zone)


def _find_source(names: Names, name: str, key: Key) -> str | None:
    """Find the column of a table that a name on the left of a pair stands for."""
    columns, table = names.relations[name].columns, names.specs[name]
    named = table.columns or {}
    if any(text not in columns for text in named.values()):
        return None  # rows are summarised: of several rows there may be several values
    if key.name in columns:
        return key.name
    if key.document is not None:
        return None
    prefix = f"{table.family or find_family(name)}_"
    stripped = named.get(key.name) or key.name.removeprefix(prefix)
    return stripped if stripped != key.name and stripped in columns else None
