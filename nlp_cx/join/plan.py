"""What a specification means for the tables at hand: every name settled, before any SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nlp_cx.join.duck import Relation
from nlp_cx.join.keys import Form, KeyColumn
from nlp_cx.join.moments import Moment
from nlp_cx.join.spec import Family, JoinSpec, TableSpec
from nlp_cx.join.take import Take

PERIOD = "period"
SCORED = "scored"
ALL = "all"


@dataclass(slots=True, eq=False)
class Key:
    """Something that tells units, or the rows of tables, apart.

    Parameters
    ----------
    name : str
        In the O+X table.
    is_grain : bool
    document : KeyColumn or None
        Where documents have it.
    tables : list of (str, KeyColumn)
        Tables that have a column of this name and are joined before it is needed.
    form : Form
        How all its columns are compared.
    """

    name: str
    is_grain: bool
    document: KeyColumn | None = None
    tables: list[tuple[str, KeyColumn]] = field(default_factory=list)
    form: Form = field(default_factory=lambda: Form("native", {}))

    @property
    def is_period(self) -> bool:
        """It is the period of the grain, and made of a time."""
        return self.is_grain and self.name == PERIOD

    @property
    def columns(self) -> list[KeyColumn]:
        """Every place that knows it: documents first, then tables in the order of joining."""
        first = [] if self.document is None else [self.document]
        return first + [column for _, column in self.tables]


@dataclass(frozen=True, slots=True)
class LookupPlan:
    """One lookup.

    Parameters
    ----------
    relation : Relation
    on : list of (KeyColumn, KeyColumn, Form)
        Column of the scored table, column of the lookup, how they are compared.
    columns : tuple of str
        What documents take.
    """

    relation: Relation
    on: list[tuple[KeyColumn, KeyColumn, Form]]
    columns: tuple[str, ...]


@dataclass(slots=True)
class TablePlan:
    """One table.

    Parameters
    ----------
    relation : Relation
    spec : TableSpec
    on : list of (Key, KeyColumn)
    family : {"r", "o"}
    takes : list of Take
    moment : Moment or None
        Of the column ``spec.time``.
    has_period : bool
        The time of a row tells its period.
    window, tolerance : float
        Seconds, of an as-of match.
    """

    relation: Relation
    spec: TableSpec
    on: list[tuple[Key, KeyColumn]]
    family: Family
    takes: list[Take]
    moment: Moment | None
    has_period: bool
    window: float = 0.0
    tolerance: float = 0.0

    @property
    def name(self) -> str:
        """The user's name."""
        return self.relation.name

    @property
    def tick(self) -> str:
        """Expression of the time of a row."""
        if self.moment is None or self.spec.time is None:
            return "CAST(NULL AS TIMESTAMP)"
        return self.moment.read(self.relation.columns[self.spec.time])

    @property
    def is_aggregated(self) -> bool:
        """Several rows of a unit become one."""
        return any(take.how != "only" for take in self.takes)

    @property
    def is_outcome(self) -> bool:
        """Rows must not be older than the feedback."""
        return self.family == "r" if self.spec.is_outcome is None else self.spec.is_outcome

    @property
    def is_of_period(self) -> bool:
        """Rows are matched by the period of the grain."""
        return self.has_period or any(key.is_period for key, _ in self.on)


@dataclass(slots=True)
class Plan:
    """All that is needed to write the SQL.

    Parameters
    ----------
    spec : JoinSpec
    scored : Relation
    lookups : list of LookupPlan
    grain : list of Key
    keys : list of Key
        The grain first, then what other tables need.
    time : str or None
        Column of the time of a document.
    moment : Moment or None
    carry : list of Take
    tables : list of TablePlan
        In the order of joining.
    covered : list of str
        Columns of the scored table by which coverage is counted.
    """

    spec: JoinSpec
    scored: Relation
    lookups: list[LookupPlan]
    grain: list[Key]
    keys: list[Key]
    time: str | None
    moment: Moment | None
    carry: list[Take]
    tables: list[TablePlan]
    covered: list[str]

    @property
    def grain_names(self) -> tuple[str, ...]:
        """Columns that tell units apart."""
        return tuple(key.name for key in self.grain)

    @property
    def orders_by_turn(self) -> bool:
        """The turn alone orders the documents of a unit."""
        return "turn" in self.scored.columns and "interaction_id" in self.grain_names

    def relations(self) -> Iterator[Relation]:
        """Give all tables."""
        yield self.scored
        yield from (lookup.relation for lookup in self.lookups)
        yield from (table.relation for table in self.tables)

    def by_day(self, table: TablePlan) -> bool:
        """Tell whether times of documents and of a table can be compared by the day only."""
        return any(m is not None and m.is_day for m in (self.moment, table.moment))
