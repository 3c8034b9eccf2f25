"""Columns that are taken into the O+X table, and how one value is made of several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nlp_cx.join.duck import WHOLE, Relation
from nlp_cx.join.names import list_names
from nlp_cx.join.spec import Family, split_how

_RATING_WORDS = frozenset(
    {"rating", "survey", "score", "star", "nps", "csat", "ces", "feedback", "satisfaction"}
)
_RATING_SIGNS = ("评分", "评价", "打分", "问卷", "调查", "满意度", "星级")
_SUMS = ("mean", "sum")
_TIMED = ("first", "last")
_TRUTHS = ("any", "all")


@dataclass(frozen=True, slots=True)
class Take:
    """One column of the O+X table.

    Parameters
    ----------
    name : str
        In the O+X table.
    column : str
        The user's name in its table.
    sql : str
        Its name in the SQL.
    type : str
        DuckDB type of the column.
    how : str
        One of `spec.HOWS`.
    is_text : bool, default=False
        The cells are texts, whatever `type` they are read as.
    """

    name: str
    column: str
    sql: str
    type: str
    how: str = "only"
    is_text: bool = False

    @property
    def source(self) -> str:
        """The column, and what was done to it."""
        return self.column if self.how == "only" else f"{self.how} of {self.column}"


def find_family(name: str) -> Family:
    """Tell from a table's name whether it holds ratings or operations.

    Examples
    --------
    >>> [find_family(name) for name in ("NPS_2025", "shop-ratings", "订单评分", "services")]
    ['r', 'r', 'r', 'o']
    """
    words = {word.removesuffix("s") for word in re.split("[^a-z]+", name.lower())}
    words |= set(re.split("[^a-z]+", name.lower()))
    is_rating = bool(words & _RATING_WORDS) or any(sign in name for sign in _RATING_SIGNS)
    return "r" if is_rating else "o"


def list_takes(
    relation: Relation, columns: Mapping[str, str], faults: list[str], *, has_time: bool
) -> list[Take]:
    """Read what the user wants to take from a table.

    Parameters
    ----------
    relation : Relation
    columns : mapping of str to str
        ``"column"`` or ``"column:how"`` by the name in the O+X table.
    faults : list of str
        Gets a sentence for each mistake.
    has_time : bool
        Rows have a time, so that there is a first and a last.

    Returns
    -------
    list of Take
    """
    takes = []
    for name, text in columns.items():
        column, how = split_how(text, relation.columns.__contains__)
        if column not in relation.columns:
            known = list_names(relation.columns, [column])
            faults.append(f"{relation.name} has no column {column!r} (for {name}); it has {known}")
            continue
        if not name.startswith(("r_", "o_")) or len(name) < 3:
            faults.append(f"{name!r}: columns are named r_… (ratings) or o_… (operations)")
        if how in _TIMED and not has_time:
            faults.append(
                f"{name}: {how} of {relation.name}.{column} needs the time of the rows; name its "
                "column (time)"
            )
        takes.append(Take(name, column, relation.columns[column], relation.types[column], how))
    return takes


def check_numbers(relation: Relation, takes: list[Take], faults: list[str]) -> None:
    """Note sums and means of what are no numbers.

    Parameters
    ----------
    relation : Relation
    takes : list of Take
    faults : list of str
        Gets a sentence for each.
    """
    for take in takes:
        is_number = take.type in WHOLE or take.type in ("FLOAT", "DOUBLE", "BOOLEAN")
        is_number = is_number or take.type.startswith("DECIMAL")
        if take.how in (*_SUMS, *_TRUTHS) and not is_number:
            faults.append(
                f"{take.name}: {take.how} of {relation.name}.{take.column}, which holds "
                f"{take.type}, not numbers"
            )


def name_takes(
    relation: Relation, family: Family, left_out: set[str], taken: set[str]
) -> list[Take]:
    """Take all columns of a table as they are.

    Parameters
    ----------
    relation : Relation
    family : {"r", "o"}
        Prefix; a column that begins with ``r_`` or ``o_`` keeps its name.
    left_out : set of str
        Columns that are keys.
    taken : set of str
        Names there are; a name that is taken gets the table's name in it.

    Returns
    -------
    list of Take
    """
    takes = []
    for column in relation.columns:
        if column in left_out:
            continue
        name = column if column.startswith(("r_", "o_")) else f"{family}_{column}"
        if name in taken:
            name = f"{family}_{relation.name}_{column}"
        while name in taken:
            name += "_"
        taken.add(name)
        takes.append(Take(name, column, relation.columns[column], relation.types[column]))
    return takes


def aggregate(take: Take, sql: str, at: str | None) -> str:
    """Make one value of several.

    Parameters
    ----------
    take : Take
    sql : str
        Expression of the values.
    at : str or None
        Expression of their times.

    Returns
    -------
    str
        An aggregate that gives the same for any order of the rows and any number of threads:
        floats are summed in order of size. Missing values play no part; of nothing the mean, the
        sum and the rest are missing, counts are 0.
    """
    if take.type in WHOLE or take.type == "BOOLEAN":
        total = f"CAST(sum(CAST({sql} AS BIGINT)) AS BIGINT)"
    elif take.type.startswith("DECIMAL"):
        total = f"sum({sql})"
    else:
        total = f"sum(CAST({sql} AS DOUBLE) ORDER BY CAST({sql} AS DOUBLE))"
    # Of several at one moment the smallest, so that the order of rows plays no part.
    is_there = f"FILTER ({sql} IS NOT NULL AND {at} IS NOT NULL)"
    return {
        "only": f"min({sql})",
        "min": f"min({sql})",
        "max": f"max({sql})",
        "sum": total,
        "mean": f"CAST({total} AS DOUBLE) / nullif(count({sql}), 0)",
        "first": f"first({sql} ORDER BY {at} ASC, {sql}) {is_there}",
        "last": f"first({sql} ORDER BY {at} DESC, {sql}) {is_there}",
        "count": f"CAST(count({sql}) AS INTEGER)",
        "n_distinct": f"CAST(count(DISTINCT {sql}) AS INTEGER)",
        "any": f"bool_or(CAST({sql} AS BOOLEAN))",
        "all": f"bool_and(CAST({sql} AS BOOLEAN))",
    }[take.how]
