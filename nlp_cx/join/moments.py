"""Times as SQL that can be compared: one zone, and no more precision than there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine, literal

_OFFSET = r"'\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$'"
_EXPECTED = "texts such as 2025-02-08, 2025-02-08 04:51:39 or 2025-02-08T04:51:39+08:00"


@dataclass(frozen=True, slots=True)
class Moment:
    """A column of times.

    Parameters
    ----------
    where : str
        Table and column, for messages.
    read : callable
        Turns an expression that holds values of the column into one of type TIMESTAMP: UTC where
        `is_zoned`, else as it is written.
    is_zoned : bool
        The zone is known, from the values or because it was named.
    is_day : bool
        Only the day is known: dates, or midnight in every row.
    time_zone : str or None
        Where days begin; UTC where it is not named but the values have offsets.
    """

    where: str
    read: Callable[[str], str]
    is_zoned: bool
    is_day: bool
    time_zone: str | None

    def local(self, tick: str) -> str:
        """Give the time on the clock of the zone, of an expression that `read` gave."""
        if not self.is_zoned or self.time_zone is None:
            return tick
        return f"timezone({literal(self.time_zone)}, timezone('UTC', {tick}))"


def is_date_type(type_: str) -> bool:
    """Tell whether a DuckDB type holds dates or times."""
    return type_.startswith(("DATE", "TIMESTAMP"))


def check_time_zone(name: str | None) -> None:
    """Raise if a name is that of no time zone.

    Raises
    ------
    JoinError
    """
    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        raise JoinError(
            f"there is no time zone {name!r}. Write e.g. Asia/Shanghai, Europe/London or UTC."
        ) from e


def read_moment(
    engine: Engine, view: str, column: str, *, type_: str, time_zone: str | None, where: str
) -> Moment:
    """Learn how the times of a column are written.

    Parameters
    ----------
    engine : Engine
    view, column : str
        In the SQL.
    type_ : str
        DuckDB type of the column.
    time_zone : str or None
        Zone of times without an offset.
    where : str
        Table and column, for messages.

    Returns
    -------
    Moment

    Raises
    ------
    JoinError
        If values are no times, or some name an offset and others do not and no zone is named.
    """
    if is_date_type(type_):
        has_zone = "TIME ZONE" in type_ or type_.startswith("TIMESTAMPTZ")
        read = _read_zoned if has_zone else _local_reader(time_zone)
        is_zoned = has_zone or time_zone is not None
    elif type_ == "VARCHAR":
        read, is_zoned = _learn_texts(engine, view, column, time_zone, where)
    else:
        raise JoinError(f"{where} holds {type_}, expected dates or times, or {_EXPECTED}.")
    found = Moment(where, read, is_zoned, False, time_zone)
    clock = found.local(read(column))
    n, n_timed = engine.row(
        f"SELECT count({column}), count(*) FILTER ({clock} <> date_trunc('day', {clock})) "
        f"FROM {view}"
    )
    return Moment(where, read, is_zoned, n > 0 and n_timed == 0, time_zone)


def check_comparable(one: Moment, other: Moment) -> None:
    """Raise if one column of times has a zone and the other has none.

    Parameters
    ----------
    one, other : Moment

    Raises
    ------
    JoinError
    """
    if one.is_zoned != other.is_zoned:
        zoned, naive = (one, other) if one.is_zoned else (other, one)
        raise JoinError(
            f"{zoned.where} has a time zone and {naive.where} has none: they cannot be compared. "
            "Name the zone of the latter (--time-zone Asia/Shanghai, or time_zone in the "
            "specification)."
        )


def to_precision(moment: Moment, tick: str, *, by_day: bool) -> str:
    """Give a time, or the midnight before it.

    Parameters
    ----------
    moment : Moment
    tick : str
        Expression that ``moment.read`` gave.
    by_day : bool
        True where one of the columns that are compared knows only days: within a day nothing is
        then earlier or later.

    Returns
    -------
    str
        Expression of type TIMESTAMP.
    """
    return f"date_trunc('day', {moment.local(tick)})" if by_day else tick


def _learn_texts(
    engine: Engine, view: str, column: str, time_zone: str | None, where: str
) -> tuple[Callable[[str], str], bool]:
    """Learn whether times that are texts name their offsets."""
    text = _trimmed(column)
    has_offset = f"regexp_matches({text}, {_OFFSET})"
    is_bad = f"{text} IS NOT NULL AND {_as_zoned(text)} IS NULL"
    n_bad, example, n_offset, n_local = engine.row(
        f"SELECT count(*) FILTER ({is_bad}), min({text}) FILTER ({is_bad}), "
        f"count(*) FILTER ({has_offset}), count(*) FILTER (NOT {has_offset}) FROM {view}"
    )
    if n_bad:
        raise JoinError(
            f"{where}: {n_bad:,} values are no times, e.g. {example!r:.60}. Expected {_EXPECTED}; "
            "mend them or leave them empty."
        )
    if n_offset and n_local and time_zone is None:
        raise JoinError(
            f"{where}: {n_offset:,} times name an offset and {n_local:,} do not. Name the zone of "
            "the latter (--time-zone Asia/Shanghai, or time_zone in the specification)."
        )
    read_local = _local_reader(time_zone)

    def read(sql: str) -> str:
        trimmed = _trimmed(sql)
        local = read_local(f"TRY_CAST({trimmed} AS TIMESTAMP)")
        if not n_offset:
            return local
        zoned = _read_zoned(_as_zoned(trimmed))
        return f"CASE WHEN regexp_matches({trimmed}, {_OFFSET}) THEN {zoned} ELSE {local} END"

    return read, bool(n_offset) or time_zone is not None


def _trimmed(sql: str) -> str:
    """Take spaces off; nothing but spaces is missing."""
    return f"nullif(trim({sql}), '')"


def _as_zoned(sql: str) -> str:
    """Read a text with or without an offset as a moment; missing where it is none."""
    return f"TRY_CAST({sql} AS TIMESTAMPTZ)"


def _read_zoned(sql: str) -> str:
    """Bring a moment to UTC."""
    return f"timezone('UTC', CAST({sql} AS TIMESTAMPTZ))"


def _local_reader(time_zone: str | None) -> Callable[[str], str]:
    """Bring times on a clock to UTC where its zone is named."""
    if time_zone is None:
        return lambda sql: f"CAST({sql} AS TIMESTAMP)"
    return lambda sql: f"timezone('UTC', timezone({literal(time_zone)}, CAST({sql} AS TIMESTAMP)))"
