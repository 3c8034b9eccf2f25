"""From a specification to a plan; all that is wrong with it is said at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlp_cx.errors import JoinError, SchemaError
from nlp_cx.join.cells import type_takes
from nlp_cx.join.coverage import speaks_of_groups
from nlp_cx.join.duck import Engine, Relation
from nlp_cx.join.keys import KeyColumn, choose_form
from nlp_cx.join.moments import Moment, check_time_zone, read_moment
from nlp_cx.join.names import list_names
from nlp_cx.join.pairs import Names, key_column, list_keys, order_tables, read_pairs
from nlp_cx.join.plan import PERIOD, Key, LookupPlan, Plan, TablePlan
from nlp_cx.join.spec import JoinSpec, TableSpec, parse_duration, split_pair
from nlp_cx.join.spec_faults import find_faults
from nlp_cx.join.take import check_numbers, find_family, list_takes, name_takes


def make_plan(
    engine: Engine,
    spec: JoinSpec,
    scored: Relation,
    relations: Mapping[str, Relation],
    required: Sequence[str],
) -> Plan:
    """Settle what each name in a specification stands for.

    Parameters
    ----------
    engine : Engine
    spec : JoinSpec
    scored : Relation
    relations : mapping of str to Relation
        By the names in the specification.
    required : sequence of str
        Columns that every scored table has.

    Returns
    -------
    Plan

    Raises
    ------
    SchemaError
        If `scored` is no scored table.
    JoinError
        If tables, columns, zones or rules do not go together.
    ConfigError
        If a length of time is none.
    """
    missing = [name for name in required if name not in scored.columns]
    if missing:
        raise SchemaError(
            f"{scored.name} is no scored table: no column {', '.join(map(repr, missing))}. "
            f"Score the texts first (nlp-cx score); found {list_names(scored.columns)}."
        )
    for zone in (spec.time_zone, *(table.time_zone for table in spec.tables.values())):
        check_time_zone(zone)
    return _Planner(engine, spec, scored, relations).make()


class _Planner:
    """A plan in the making, and the mistakes found so far."""

    def __init__(
        self,
        engine: Engine,
        spec: JoinSpec,
        scored: Relation,
        relations: Mapping[str, Relation],
    ) -> None:
        self._engine = engine
        self._spec = spec
        self._scored = scored
        self._relations = relations
        self._faults: list[str] = []

    def make(self) -> Plan:
        """Make the plan; mistakes of one kind are collected before the next are looked for."""
        spec = self._spec
        self._faults += find_faults(spec, self._relations, self._list_specs())
        time = self._find_time()
        self._stop()
        documents = self._list_document_columns()
        grain = self._list_grain(documents)
        self._stop()
        names = Names(spec, self._list_specs(), self._relations, documents)
        pairs = read_pairs(names, self._faults)
        self._stop()
        order = order_tables(names, pairs, self._faults)
        self._stop()
        keys = list_keys(names, grain, order, pairs)
        moment = self._read_time(self._scored, time, spec.time_zone)
        carry = list_takes(self._scored, spec.carry, self._faults, has_time=time is not None)
        carry = type_takes(self._engine, self._scored, carry)
        check_numbers(self._scored, carry, self._faults)
        tables = [self._plan_table(names.specs[name], name, pairs[name], keys) for name in order]
        lookups = [self._plan_lookup(name) for name in spec.lookups]
        self._stop()
        for key in keys.values():
            rights = [column for table in tables for k, column in table.on if k is key]
            if not key.is_period:
                key.form = choose_form(
                    self._engine, [*key.columns, *rights], normal=spec.normalize_keys
                )
        plan = Plan(
            spec,
            self._scored,
            lookups,
            grain,
            list(keys.values()),
            time,
            moment,
            carry,
            tables,
            self._list_covered(keys),
        )
        self._name_columns(plan)
        self._stop()
        return plan

    def _stop(self) -> None:
        """Raise one error that lists all mistakes."""
        if self._faults:
            noun = "mistake" if len(self._faults) == 1 else "mistakes"
            found = "\n  ".join(self._faults)
            raise JoinError(f"{len(self._faults)} {noun} in the join.\n  {found}")

    def _list_specs(self) -> dict[str, TableSpec]:
        """List the tables that are joined: those named for it, and those named for nothing."""
        named = dict(self._spec.tables)
        rest = [n for n in self._relations if n not in named and n not in self._spec.lookups]
        return named | {name: TableSpec() for name in rest}

    def _list_document_columns(self) -> dict[str, KeyColumn]:
        """List what is known of a document: its own columns and those that are looked up."""
        zone = self._spec.time_zone
        found = {name: key_column(self._scored, name, zone) for name in self._scored.columns}
        for name, lookup in self._spec.lookups.items():
            relation = self._relations[name]
            for column in lookup.columns:
                if column not in relation.columns:
                    self._faults.append(
                        f"lookup {name}: it has no column {column!r}; it has "
                        + list_names(relation.columns, [column])
                    )
                elif column in found:
                    self._faults.append(
                        f"lookup {name}: {found[column].table} has a column {column!r} already"
                    )
                else:
                    found[column] = key_column(relation, column, zone)
        return found

    def _list_grain(self, documents: Mapping[str, KeyColumn]) -> list[Key]:
        """Find the columns of the grain."""
        for name in self._spec.grain:
            if name in documents:
                continue
            others = [n for n, relation in self._relations.items() if name in relation.columns]
            hint = (
                f"Let it be looked up in {others[0]} (--lookup {others[0]}:KEY:{name}, lookups)"
                if others
                else "Name another (--grain, grain), e.g. doc_id for a unit of each document"
            )
            self._faults.append(
                f"{self._scored.name} has no column {name!r} of the grain. {hint}. It has "
                + list_names(self._scored.columns, [name])
            )
        keys = [Key(name, True, documents.get(name)) for name in self._spec.grain]
        return [*keys, Key(PERIOD, True)] if self._spec.period is not None else keys

    def _find_time(self) -> str | None:
        """Find the column of the time of a document."""
        columns = self._scored.columns
        time = self._spec.time or ("created_at" if "created_at" in columns else None)
        if time is None and self._spec.period is not None:
            self._faults.append(
                f"a grain by {self._spec.period} needs the time of a document (--time, time)"
            )
        return time

    def _read_time(
        self, relation: Relation, time: str | None, time_zone: str | None
    ) -> Moment | None:
        """Learn how times are written, and note what is wrong with them."""
        if time is None:
            return None
        if time not in relation.columns:
            self._faults.append(
                f"{relation.name} has no column {time!r} (time); it has "
                + list_names(relation.columns, [time])
            )
            return None
        try:
            return read_moment(
                self._engine,
                relation.view,
                relation.columns[time],
                type_=relation.types[time],
                time_zone=time_zone,
                where=f"{relation.name}.{time}",
            )
        except JoinError as e:
            self._faults.append(str(e))
            return None

    def _plan_table(
        self, table: TableSpec, name: str, pairs: list[tuple[str, str]], keys: Mapping[str, Key]
    ) -> TablePlan:
        """Settle one table; columns of which all are taken are named when all keys are known."""
        relation, zone = self._relations[name], table.time_zone or self._spec.time_zone
        takes = list_takes(
            relation, table.columns or {}, self._faults, has_time=table.time is not None
        )
        check_numbers(relation, takes, self._faults)
        on = [(keys[left], key_column(relation, right, zone)) for left, right in pairs]
        is_named = any(key.is_period for key, _ in on)
        has_time = table.time is not None and table.asof is None
        plan = TablePlan(
            relation,
            table,
            on,
            table.family or find_family(name),
            takes,
            self._read_time(relation, table.time, zone),
            has_period=self._spec.period is not None and has_time and not is_named,
        )
        if table.asof is not None:
            plan.window = parse_duration(table.asof.window, f"{name}: window")
            plan.tolerance = parse_duration(table.asof.tolerance, f"{name}: tolerance")
            if plan.is_outcome and table.asof.direction in ("backward", "nearest"):
                self._faults.append(
                    f"{name}: direction {table.asof.direction!r} takes rows older than the "
                    "feedback, which are no outcomes of it. Use forward or last_feedback, or say "
                    "is_outcome = false"
                )
        return plan

    def _plan_lookup(self, name: str) -> LookupPlan:
        """Settle one lookup."""
        lookup, relation, zone = (
            self._spec.lookups[name],
            self._relations[name],
            self._spec.time_zone,
        )
        on = []
        for text in lookup.on:
            pair = split_pair(
                text, self._scored.columns.__contains__, relation.columns.__contains__
            )
            if pair is None:
                self._faults.append(
                    f"lookup {name}: on {text!r} names no column of {self._scored.name} and one of "
                    f"{name}; {name} has {list_names(relation.columns)}"
                )
                continue
            left = key_column(self._scored, pair[0], zone)
            right = key_column(relation, pair[1], zone)
            form = choose_form(self._engine, [left, right], normal=self._spec.normalize_keys)
            on.append((left, right, form))
        if not lookup.on:
            self._faults.append(f"lookup {name}: no key is named (on)")
        return LookupPlan(relation, on, lookup.columns)

    def _list_covered(self, keys: Mapping[str, Key]) -> list[str]:
        """List the columns of the scored table by which coverage may be counted."""
        wanted = self._spec.coverage
        return [
            name
            for name in self._scored.columns
            if name not in keys and (name in wanted if wanted else speaks_of_groups(name))
        ]

    def _name_columns(self, plan: Plan) -> None:
        """Name the columns of tables of which all are taken, and refuse names given twice."""
        taken = {*(key.name for key in plan.keys), *(take.name for take in plan.carry)}
        for table in plan.tables:
            for take in table.takes:
                if take.name in taken:
                    self._faults.append(f"{table.name}: {take.name!r} is named twice")
                taken.add(take.name)
        for table in plan.tables:
            if table.spec.columns is not None:
                continue
            used = {column.column for _, column in table.on}
            for key in plan.keys:
                used |= {
                    column.column
                    for name, column in key.tables
                    if name == table.name and column.column == key.name
                }
            table.takes = name_takes(table.relation, table.family, used, taken)
