"""What every section needs: a table or why there is none, a chart or a table where one is silly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Chart, Missing, Table
from nlp_cx.report.tabulate import known
from nlp_cx.report.words import Words

MOST_GROUPS = 12
"""Values of a dimension that are shown, the most frequent ones."""

MOST_PERIODS = 60
"""The latest ones are shown."""

MOST_DRIVERS = 12
"""Drivers that get a chart of their own; taxonomies may have a hundred labels."""

POLES = ("negative", "positive")


def find(material: Material, name: str) -> pd.DataFrame | None:
    """Give a table of the material; None where it is not there or holds no row.

    Parameters
    ----------
    material : Material
    name : str

    Returns
    -------
    DataFrame or None
    """
    frame = material.tables.get(name)
    return None if frame is None or frame.empty else frame.reset_index(drop=True)


def find_of_outcome(material: Material, outcome: str, name: str) -> pd.DataFrame | None:
    """Give a table of an outcome; None where it is not there or holds no row.

    Parameters
    ----------
    material : Material
    outcome, name : str

    Returns
    -------
    DataFrame or None
    """
    frame = material.outcomes[outcome].tables.get(name)
    return None if frame is None or frame.empty else frame.reset_index(drop=True)


def lack(material: Material, words: Words, name: str, *, title: str = "") -> Missing:
    """Say why a table is not there, and what would make it possible.

    Parameters
    ----------
    material : Material
        Its ``missing`` holds codes or sentences.
    words : Words
    name : str
        Of the table.
    title : str
        That of the table when empty.

    Returns
    -------
    Missing
    """
    given = material.missing.get(name)
    usual = words.remedy(name)
    shown = title or words.table(name, words.say("the_outcome"))
    if given is None and words.has(f"lack_{name}") and name in material.tables:
        return Missing(shown, words.say(f"lack_{name}"), usual)
    if given is None:
        is_made = name in material.tables
        return Missing(shown, words.say("lack_empty" if is_made else "lack_not_made"), usual)
    if isinstance(given, Mapping):
        code, reason, remedy = (str(given.get(k) or "") for k in ("code", "reason", "remedy"))
        columns = [str(each) for each in given.get("columns") or []]
        reason = words.lack(code, reason, columns, str(given.get("detail") or ""))
        reason = reason or words.say("lack_not_made")
        # Sentences of the analyses are English; a Chinese report has its own.
        return Missing(shown, reason, (words.language == "en" and remedy) or usual)
    reason, remedy = given
    told = words.lack(reason, reason, [], "") or words.say("lack_not_made")
    known_remedy = remedy if words.language == "en" else words.reason_or(remedy, usual)
    return Missing(shown, told, known_remedy or usual)


def picture(
    table: Table,
    draw: Callable[[Table], dict[str, object]],
    summary: str,
    *,
    values: Sequence[str],
    is_small: bool = False,
) -> Chart | Table:
    """Draw a table, where at least two of its rows have something to draw.

    Parameters
    ----------
    table : Table
    draw : callable
        Gives the specification.
    summary : str
    values : sequence of str
        The columns that are drawn: a row counts with a value in any.
    is_small : bool
        Whether half the width of a page is enough.

    Returns
    -------
    Chart or Table
        A single point is no picture: the table alone.
    """
    places = [i for i, column in enumerate(table.columns) if column.name in values]
    n = sum(any(row[i] is not None for i in places) for row in table.rows)
    return Chart(table, draw(table), summary, is_small) if n > 1 else table


def pair_small(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Give the last of an odd number of small charts the whole width: none stands beside a hole.

    Parameters
    ----------
    blocks : sequence of Block

    Returns
    -------
    tuple of Block
    """
    paired = list(blocks)
    n = 0
    for place, block in enumerate([*paired, None]):
        if isinstance(block, Chart) and block.is_small:
            n += 1
            continue
        if n % 2 and isinstance(last := paired[place - 1], Chart):
            paired[place - 1] = replace(last, is_small=False)
        n = 0
    return tuple(paired)


def smallest_cell(material: Material) -> int:
    """Give how many texts or units a group has to have to be shown.

    Parameters
    ----------
    material : Material

    Returns
    -------
    int
        The study's minimum cell size; 1 where it has none.
    """
    options = material.facts.get("options")
    given = options.get("minimum_cell") if isinstance(options, Mapping) else None
    return int(given) if given else 1


def has_values(table: Table, *names: str) -> bool:
    """Tell whether any row has a value in one of the columns."""
    places = [i for i, column in enumerate(table.columns) if column.name in names]
    return any(row[i] is not None for row in table.rows for i in places)


def most_frequent(
    frame: pd.DataFrame, column: str, words: Words, *, n: str = "n"
) -> tuple[pd.DataFrame, str]:
    """Keep the rows of the most frequent values, and say how many are left out.

    Parameters
    ----------
    frame : DataFrame
    column : str
    words : Words
    n : str
        Column of counts; their largest ranks a value.

    Returns
    -------
    DataFrame, str
        The note is empty where nothing is left out.
    """
    counts = frame.groupby(column, sort=True, observed=True)[n].max()
    ranked = counts.sort_values(ascending=False, kind="stable").index.tolist()
    if len(ranked) <= MOST_GROUPS:
        return frame, ""
    kept = frame[frame[column].isin(ranked[:MOST_GROUPS])]
    return kept, words.say("note_rest", n=len(ranked) - MOST_GROUPS, shown=MOST_GROUPS)


def latest(frame: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    """Keep the latest periods, and say how many are left out.

    Parameters
    ----------
    frame : DataFrame
        With ``period``, and ``period_start`` where known.
    words : Words

    Returns
    -------
    DataFrame, str
    """
    by = "period_start" if "period_start" in frame.columns else "period"
    frame = frame.sort_values(by, kind="stable")
    periods = list(dict.fromkeys(known(frame, "period")["period"]))
    if len(periods) <= MOST_PERIODS:
        return frame, ""
    kept = frame[frame["period"].isin(periods[-MOST_PERIODS:])]
    return kept, words.say("note_periods", n=len(periods) - MOST_PERIODS, shown=MOST_PERIODS)


def explain_gaps(frame: pd.DataFrame, column: str = "share") -> pd.DataFrame:
    """Keep reasons where a number is missing, not those why it is not corrected.

    Parameters
    ----------
    frame : DataFrame
    column : str

    Returns
    -------
    DataFrame
    """
    if "reason" not in frame.columns:
        return frame
    return frame.assign(reason=frame["reason"].astype(object).where(frame[column].isna(), None))


def note_partial(frame: pd.DataFrame, words: Words) -> str:
    """Say which periods are not whole."""
    if "is_partial" not in frame.columns:
        return ""
    partial = dict.fromkeys(frame.loc[frame["is_partial"].eq(True), "period"].astype(str))
    return words.say("note_partial", periods=words.join(list(partial))) if partial else ""
