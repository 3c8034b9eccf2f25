"""Keys as SQL: exactly as they are, as text, and in a form that forgives how they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import WHOLE, Engine, literal
from nlp_cx.join.moments import Moment, is_date_type, read_moment, to_precision

Kind = Literal["native", "text", "normal", "day", "instant"]

_SPACES = (
    " \t\n\r\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_HALF = "".join(chr(ord(sign) - 0xFEE0) for sign in _WIDE)
_SPACE_CODES = "".join(rf"\x{{{ord(sign):04x}}}" for sign in _SPACES)
_ANY_SPACE = literal(f"[{_SPACE_CODES}]")
_ANY_OTHER = literal(f"[^{_SPACE_CODES}]")
_ANY_WIDE = r"'[\x{ff01}-\x{ff5e}]'"
_DATE_TEXT = r"'^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$'"

_SIGNED = WHOLE - {"UBIGINT", "UHUGEINT", "HUGEINT"}

FOLDS = ("spaces", "width", "case", "zeros")
"""Differences of writing that `normalize_key` takes out, in this order."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column that is compared with others.

    Parameters
    ----------
    table : str
        The user's name of the table, for messages.
    column : str
        The user's name of the column.
    view, sql : str
        Where it is in the SQL.
    type : str
        DuckDB type.
    time_zone : str or None
        Zone of times without an offset in this table.
    """

    table: str
    column: str
    view: str
    sql: str
    type: str
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """How all columns that hold one key are compared.

    Parameters
    ----------
    kind : {"native", "text", "normal", "day", "instant"}
        By type, by text, by normal form, or as dates by the day or the instant.
    moments : dict of (str, str) to Moment
        By table and column; for the last two.
    """

    kind: Kind
    moments: dict[tuple[str, str], Moment]

    @property
    def is_costly(self) -> bool:
        """Making the key takes longer than writing it down: it is made once."""
        return self.kind not in ("native", "text")

    def key(self, column: KeyColumn, sql: str | None = None) -> str:
        """Give a key in this form.

        Parameters
        ----------
        column : KeyColumn
        sql : str, optional
            Expression that holds values of the column; the column itself when not given.

        Returns
        -------
        str
            Expression; missing where the key is missing or nothing but spaces.
        """
        value = without_blank(sql or column.sql, column.type)
        if self.kind == "native":
            return value
        if self.kind in ("day", "instant"):
            moment = self.moments[column.table, column.column]
            tick = to_precision(moment, moment.read(value), by_day=self.kind == "day")
            return f"CAST({tick} AS VARCHAR)"
        text = key_text(value, column.type)
        return text if self.kind == "text" else normalize_key(text)


def choose_form(engine: Engine, columns: Sequence[KeyColumn], *, normal: bool) -> Form:
    """Choose how columns that hold one key are compared.

    Parameters
    ----------
    engine : Engine
    columns : sequence of KeyColumn
        All that are compared with each other.
    normal : bool
        Differences of writing are to be forgiven.

    Returns
    -------
    Form
        Whole numbers of any width, and columns of one type, are compared as they are; numbers
        with texts, and floats, as texts: 123 and 123.0 are ``123``.

    Raises
    ------
    JoinError
        If dates are to be forgiven and some have a time zone, others none, and none is named.
    """
    types = {column.type for column in columns}
    if types <= WHOLE:
        # No type holds all of BIGINT and UBIGINT.
        return Form("native" if len(types) == 1 or types <= _SIGNED else "text", {})
    if normal and all(holds_dates(engine, column) for column in columns):
        return _date_form(engine, columns)
    if normal:
        return Form("normal", {})
    is_exact = len(types) == 1 and not types & {"DOUBLE", "FLOAT"}
    return Form("native" if is_exact else "text", {})


def holds_dates(engine: Engine, column: KeyColumn) -> bool:
    """Tell whether every value of a column is a date or time, as a type or as ISO text."""
    if is_date_type(column.type):
        return True
    if column.type != "VARCHAR":
        return False
    value = without_blank(column.sql, column.type)
    sql = f"SELECT bool_and(regexp_matches({value}, {_DATE_TEXT})) FROM {column.view}"
    return bool(engine.row(sql)[0])


def key_text(sql: str, type_: str) -> str:
    """Write a key as text: 123 and 123.0 are ``123``.

    Parameters
    ----------
    sql : str
        Expression.
    type_ : str
        Its DuckDB type.

    Returns
    -------
    str
        Expression of type VARCHAR.
    """
    if type_ in ("DOUBLE", "FLOAT") or type_.startswith("DECIMAL"):
        # Whole numbers become floats where a data frame has missing ones beside them.
        whole = f"CAST(CAST({sql} AS HUGEINT) AS VARCHAR)"
        is_whole = f"abs({sql}) < 1e15 AND {sql} = trunc({sql})"
        return f"CASE WHEN {is_whole} THEN {whole} ELSE CAST({sql} AS VARCHAR) END"
    return sql if type_ == "VARCHAR" else f"CAST({sql} AS VARCHAR)"


def without_blank(sql: str, type_: str) -> str:
    """Make a key missing where it is nothing but spaces: blanks are not equal to each other."""
    if type_ in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN NOT isnan({sql}) THEN {sql} END"
    if type_ != "VARCHAR":
        return sql
    return f"CASE WHEN regexp_matches({sql}, {_ANY_OTHER}) THEN {sql} END"


def fold(kind: str, text: str) -> str:
    """Take one kind of difference out of a key.

    Parameters
    ----------
    kind : str
        One of `FOLDS`.
    text : str
        Expression of type VARCHAR.

    Returns
    -------
    str
        Expression of type VARCHAR.
    """
    # Signs are exchanged only where there are any: looking costs a tenth of exchanging.
    if kind == "spaces":
        # Invisible characters too: ids are copied out of web pages and chats.
        without = f"regexp_replace({text}, {_ANY_SPACE}, '', 'g')"
        return f"CASE WHEN regexp_matches({text}, {_ANY_SPACE}) THEN {without} ELSE {text} END"
    if kind == "width":
        exchanged = f"translate({text}, {literal(_WIDE)}, {literal(_HALF)})"
        return f"CASE WHEN regexp_matches({text}, {_ANY_WIDE}) THEN {exchanged} ELSE {text} END"
    if kind == "case":
        return f"lower({text})"
    return rf"regexp_replace(regexp_replace({text}, '^([0-9]+)\.0+$', '\1'), '^0+([0-9]+)$', '\1')"


def normalize_key(text: str) -> str:
    """Take all differences of writing out of a key.

    Parameters
    ----------
    text : str
        Expression of type VARCHAR.

    Returns
    -------
    str
        Expression of type VARCHAR: no spaces of any kind, lower case, half width; without leading
        zeros and ``.0`` where all else is digits.
    """
    for kind in FOLDS:
        text = fold(kind, text)
    return text


def _date_form(engine: Engine, columns: Sequence[KeyColumn]) -> Form:
    """Compare dates by the day if any column knows only days, else by the instant."""
    moments = {
        (column.table, column.column): read_moment(
            engine,
            column.view,
            column.sql,
            type_=column.type,
            time_zone=column.time_zone,
            where=f"{column.table}.{column.column}",
        )
        for column in columns
    }
    by_day = any(moment.is_day for moment in moments.values())
    unnamed = [m.where for m in moments.values() if m.is_zoned and m.time_zone is None]
    naive = [m.where for m in moments.values() if not m.is_zoned]
    if unnamed and (naive or (by_day and not all(m.is_day for m in moments.values()))):
        raise JoinError(
            f"the dates in {', '.join(unnamed)} have a time zone"
            + (f", those in {', '.join(naive)} have none" if naive else "")
            + ": on which day they fall is not known. Name the zone (--time-zone Asia/Shanghai, or "
            "time_zone in the specification)."
        )
    return Form("day" if by_day else "instant", moments)
