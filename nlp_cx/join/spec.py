"""What a join is asked to do, as classes that a TOML file can fill."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Literal

from nlp_cx.config import config
from nlp_cx.errors import ConfigError

Cardinality = Literal["1:1", "m:1", "1:m", "m:n"]
"""Units to rows of the table: ``m:1`` means that several units share one row."""

Direction = Literal["forward", "backward", "nearest", "last_feedback"]
Period = Literal["day", "week", "month", "quarter", "year"]
LookAhead = Literal["refuse", "drop", "trim", "allow"]
Family = Literal["r", "o"]

HOWS = (
    "only", "mean", "sum", "min", "max", "first", "last", "count", "n_distinct", "any", "all",
)  # fmt: skip
"""How one value is made of several. ``only``: there must be one distinct value."""

_UNITS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(w|d|h|min|s)")


@config
class AsOf:
    """Match by time: the row that stands in a given order to the unit's feedback.

    Parameters
    ----------
    direction : str
        ``forward``: each unit takes the first row at or after its last document. ``backward``: the
        last row at or before its first document. ``nearest``: the row nearest to its last document,
        the earlier one where two are equally near. ``last_feedback``: each row goes to the last
        unit whose last document is at or before it, so that no row is used twice.
    window : str
        Largest distance, itself included, e.g. ``"30d"``, ``"12h"``, ``"90min"``.
    tolerance : str, default="0s"
        How far on the wrong side of the feedback a row still counts, itself included, for clocks
        that differ.
    """

    direction: Direction
    window: str
    tolerance: str = "0s"


@config
class TableSpec:
    """How one table of ratings or operations is joined.

    Parameters
    ----------
    on : tuple of str
        Pairs ``"left=right"``, or a name that both have. Left is a column of the grain, a column
        of the scored table, of a table joined before (with or without its prefix), or ``period``.
    family : {"r", "o"}, optional
        Prefix of the columns: ratings or operations. When not given, ``r`` where the table's name
        speaks of ratings.
    columns : dict of str to str, optional
        What is taken: name in the O+X table, and the column, with ``:sum`` (any of `HOWS`) behind
        it where several rows fall on one unit. All columns, as they are, when not given.
    cardinality : {"1:1", "m:1", "1:m", "m:n"}, optional
        Units to rows as it must be; found and reported when not given.
    time : str, optional
        Column with the time of a row.
    time_zone : str, optional
        Zone of times without an offset; that of the join when not given.
    asof : AsOf, optional
    is_outcome : bool, optional
        The rows are outcomes that the feedback should explain, so that they must not be older.
        When not given, true for ratings.
    look_ahead : {"refuse", "drop", "trim", "allow"}, default="refuse"
        What to do with outcomes older than the feedback: stop; leave the outcome out of its unit;
        leave the documents that are younger than it out of ``x_``; nothing.
    """

    on: tuple[str, ...] = ()
    family: Family | None = None
    columns: dict[str, str] | None = None
    cardinality: Cardinality | None = None
    time: str | None = None
    time_zone: str | None = None
    asof: AsOf | None = None
    is_outcome: bool | None = None
    look_ahead: LookAhead = "refuse"


@config
class LookupSpec:
    """Columns that documents lack and a table has, fetched before documents are summarised.

    Parameters
    ----------
    on : tuple of str
        Pairs ``"left=right"``; left is a column of the scored table.
    columns : tuple of str
        Columns of the table. A document has at most one row there.
    """

    on: tuple[str, ...]
    columns: tuple[str, ...]


@config
class WeightSpec:
    """A column of weights that lets those who gave text speak for those who did not.

    Parameters
    ----------
    kind : {"response", "poststratify"}
    by : tuple of str
        Columns of the O+X table: covariates of a logistic regression of having responded, or the
        cells of post-stratification.
    respondent : str, default="x_n_texts"
        A unit responded where this column is there; of the counts ``x_n_…``, greater than 0.
    margins : dict of str to dict of str to float, optional
        ``poststratify``: known shares or counts of the values of each column of `by`, e.g. from
        the whole customer base; weights are raked to them. All units of the O+X table are the
        population when not given.
    max_weight : float, default=5.0
        Weights above this multiple of their mean (after trimming) are trimmed to it, and counted.
    """

    kind: Literal["response", "poststratify"]
    by: tuple[str, ...]
    respondent: str = "x_n_texts"
    margins: dict[str, dict[str, float]] | None = None
    max_weight: float = 5.0


@config
class JoinSpec:
    """How scored documents, ratings and operations become one O+X table.

    Parameters
    ----------
    grain : tuple of str, default=("interaction_id",)
        Columns of the scored table, or of a lookup, that tell units apart.
    period : {"day", "week", "month", "quarter", "year"}, optional
        The grain has a period too: a column ``period`` with its first day (a Monday for weeks).
    time_zone : str, optional
        Zone of times without an offset, and in which days begin, e.g. ``"Asia/Shanghai"``. Needed
        with `period`.
    time : str, optional
        Column of the scored table with the time of a document; ``created_at`` where there is one.
    keep : str, default="scored"
        Which units are rows: ``"scored"`` (those with a document), the name of a table (its units,
        silent customers too), or ``"all"`` (both).
    carry : dict of str to str
        Columns of the scored table itself: name in the O+X table, and the column, e.g.
        ``{"r_stars": "stars"}`` or ``{"r_stars": "stars:mean"}``.
    lookups : dict of str to LookupSpec
        By table.
    tables : dict of str to TableSpec
        By table, in the order of joining.
    allow_many : bool, default=False
        Let a unit become several rows. ``w_fan_out`` then weighs them down to one.
    normalize_keys : bool, default=False
        Compare keys without spaces, case, width, leading zeros and ``.0``, and dates by the day.
    duplicates : {"keep", "drop", "refuse"}, default="keep"
        What to do with documents that stand in the scored table twice. They are always counted.
    roles : dict of str to str
        Role by column of the O+X table, see `nlp_cx.column_roles`.
    coverage : tuple of str
        Columns of the O+X table by which coverage is counted; those that speak of a channel or
        segment, and those with role ``group``, when empty.
    weights : WeightSpec, optional
    """

    grain: tuple[str, ...] = ("interaction_id",)
    period: Period | None = None
    time_zone: str | None = None
    time: str | None = None
    keep: str = "scored"
    carry: dict[str, str] = field(default_factory=dict)
    lookups: dict[str, LookupSpec] = field(default_factory=dict)
    tables: dict[str, TableSpec] = field(default_factory=dict)
    allow_many: bool = False
    normalize_keys: bool = False
    duplicates: Literal["keep", "drop", "refuse"] = "keep"
    roles: dict[str, str] = field(default_factory=dict)
    coverage: tuple[str, ...] = ()
    weights: WeightSpec | None = None


def parse_duration(text: str, where: str) -> float:
    """Read a length of time.

    Parameters
    ----------
    text : str
        Whole or decimal numbers with ``w``, ``d``, ``h``, ``min`` or ``s``.
    where : str
        Named in the message.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ConfigError
        If it is none. Months and years are none: they differ in length.

    Examples
    --------
    >>> parse_duration("30d", "window"), parse_duration("1h 30min", "window")
    (2592000.0, 5400.0)
    """
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ConfigError(f"{where}: {text!r} is no length of time. Write e.g. 30d, 12h or 90min.")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def split_pair(
    text: str, has_left: Callable[[str], bool], has_right: Callable[[str], bool]
) -> tuple[str, str] | None:
    """Read ``"left=right"``, or one name for both, also where names hold ``=``.

    Parameters
    ----------
    text : str
    has_left, has_right : callable
        Tell whether a column is there.

    Returns
    -------
    tuple of (str, str) or None
        None where no way of reading it gives two columns.

    Examples
    --------
    >>> split_pair("a=b=c", {"a=b"}.__contains__, {"c"}.__contains__)
    ('a=b', 'c')
    """
    cuts = [i for i, sign in enumerate(text) if sign == "="]
    readings = [(text, text), *((text[:i], text[i + 1 :]) for i in cuts)]
    return next(
        ((left, right) for left, right in readings if has_left(left) and has_right(right)), None
    )


def split_how(text: str, has_column: Callable[[str], bool]) -> tuple[str, str]:
    """Read ``"column"`` or ``"column:how"``.

    Parameters
    ----------
    text : str
    has_column : callable
        Tells whether a column is there.

    Returns
    -------
    column, how : str
        ``how`` is one of `HOWS`, ``"only"`` where none is named.

    Examples
    --------
    >>> split_how("amount:sum", {"amount"}.__contains__), split_how("a:b", {"a:b"}.__contains__)
    (('amount', 'sum'), ('a:b', 'only'))
    """
    column, _, how = text.rpartition(":")
    if not has_column(text) and how in HOWS:
        return column, how
    return text, "only"
