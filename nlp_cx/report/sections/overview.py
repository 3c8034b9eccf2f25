"""How much was said, when, by whom and with what sentiment; how good the data are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from nlp_cx.report.charts import Axis, draw_bars, draw_columns, draw_series
from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Paragraph, Section
from nlp_cx.report.sections.blocks import (
    find,
    find_of_outcome,
    lack,
    latest,
    most_frequent,
    note_partial,
    picture,
)
from nlp_cx.report.sections.levels import show_levels
from nlp_cx.report.sections.outcomes import list_outcomes
from nlp_cx.report.tabulate import Field, known, tabulate
from nlp_cx.report.words import Words


def write_overview(material: Material, words: Words) -> Section:
    """Write the overview.

    Parameters
    ----------
    material : Material
        ``volume``, ``mix``, ``coverage``, ``quality``; of the outcomes ``trends``.
    words : Words

    Returns
    -------
    Section
    """
    blocks: list[Block] = _over_time(material, words)
    blocks += [*show_levels(material, words), *_ratings(material, words), *_mix(material, words)]
    blocks += [*_coverage(material, words), *_quality(material, words)]
    return Section("overview", words.title("overview"), tuple(blocks), words.say("intro_overview"))


def say_what_was_read(material: Material, words: Words) -> str:
    """Say how many texts were read, and from when to when.

    Parameters
    ----------
    material : Material
    words : Words

    Returns
    -------
    str
        Empty where nothing is known.
    """
    facts = material.facts
    n_texts, n_documents = facts.get("n_texts"), facts.get("n_documents")
    parts = []
    if n_texts is not None and n_documents is not None:
        parts.append(words.say("read_of", n=n_texts, of=n_documents))
    elif n_texts is not None or n_documents is not None:
        parts.append(words.say("read", n=n_texts if n_texts is not None else n_documents))
    first, last = facts.get("first_time"), facts.get("last_time")
    if first and last:
        one_day = str(first)[:10] == str(last)[:10]
        parts.append(words.say("written_on" if one_day else "written", first=first, last=last))
    return words.sentences(parts)


def _over_time(material: Material, words: Words) -> list[Block]:
    """Show volume and sentiment by period."""
    frame = find(material, "volume")
    if frame is None:
        return [lack(material, words, "volume")]
    frame, rest = latest(frame, words)
    notes = [rest, note_partial(frame, words)]
    table = tabulate(
        frame,
        [Field("period", "label"), Field("n_documents", "count"), Field("n_texts", "count")],
        words, id="volume", notes=notes,
    )  # fmt: skip
    summary = words.say("see_volume", n=len(frame), most=str(_at_most(frame, "n_texts", "period")))
    axis = Axis("n_texts", words.label("n_texts"), "count")
    blocks: list[Block] = [
        picture(
            table, lambda t: draw_columns("period", axis, t), summary, values=["n_texts"],
            is_small=True,
        )
    ]  # fmt: skip
    return [*blocks, *_sentiment(frame, words, notes)]


def _sentiment(frame: pd.DataFrame, words: Words, notes: list[str]) -> list[Block]:
    """Show the shares of negative and positive texts by period."""
    parts = []
    for pole in ("positive", "negative"):
        names = {f"share_{pole}{end}": f"share{end}" for end in ("", "_low", "_high")}
        kept = [name for name in names if name in frame.columns]
        also = [name for name in ("period", "n_texts", "reason") if name in frame.columns]
        parts.append(frame[[*also, *kept]].rename(columns=names).assign(sentiment=pole))
    long = pd.concat(parts, ignore_index=True)
    if known(long, "share").empty:
        return []
    long = long[long["sentiment"].isin(known(long, "share")["sentiment"])]
    table = tabulate(
        long,
        [
            Field("period", "label"), Field("sentiment", "label", "polarity"),
            Field("share", "share", ends="share"), Field("n_texts", "count"),
            Field("reason", "text", "reason"),
        ],
        words, id="sentiment_over_time", notes=notes,
    )  # fmt: skip
    axis = Axis(
        "share",
        words.say("axis_share_of_texts"),
        "share",
        low="share_low",
        high="share_high",
    )
    order = [words.code("polarity", pole) for pole in ("positive", "negative")]
    if known(long, "share")["period"].nunique() < 2:
        return [table]
    return [
        picture(
            table,
            lambda t: draw_series("period", axis, t, series="sentiment", series_order=order),
            _see_sentiment(long, words),
            values=["share"],
            is_small=True,
        )
    ]


def _ratings(material: Material, words: Words) -> list[Block]:
    """Show the outcomes by period."""
    blocks: list[Block] = []
    for outcome in list_outcomes(material, words):
        frame = find_of_outcome(material, outcome.name, "trends")
        if frame is None:
            continue
        frame = frame[frame["measure"].astype(str) == "outcome"]
        if known(frame, "estimate").empty:
            continue
        frame, rest = latest(frame, words)
        table = tabulate(
            frame,
            [
                Field("period", "label"), Field("estimate", outcome.kind, ends="-"),
                Field("n", "count"),
            ],
            words, id=outcome.id("rating_over_time"),
            title=words.title("rating_over_time", outcome=outcome.word),
            notes=[rest, note_partial(frame, words), words.say("note_small_periods")],
        )  # fmt: skip
        low, high = _span(known(frame, "estimate"), "estimate")
        axis = Axis(
            "estimate",
            words.label("estimate", "rating_over_time"),
            outcome.kind,
            outcome.domain,
            zero=False,
            low="low",
            high="high",
        )
        summary = words.say(
            "see_rating", outcome=outcome.word,
            low=words.number(outcome.kind, low), high=words.number(outcome.kind, high),
        )  # fmt: skip
        blocks.append(
            picture(
                table,
                lambda t, a=axis: draw_series("period", a, t),  # type: ignore[misc]
                summary,
                values=["estimate"],
                is_small=True,
            )
        )
    return blocks


def _mix(material: Material, words: Words) -> list[Block]:
    """Show the mix of languages, channels and groups."""
    frame = find(material, "mix")
    if frame is None:
        return [lack(material, words, "mix")]
    blocks: list[Block] = []
    for place, (dimension, rows) in enumerate(
        frame.groupby("dimension", sort=False, observed=True)
    ):
        shown, rest = most_frequent(_name_the_rest(rows, words), "value", words)
        shown = shown.sort_values("n", ascending=False, kind="stable")
        name = words.dimension(str(dimension))
        code = str(dimension) if str(dimension) in ("lang", "channel", "sentiment") else ""
        table = tabulate(
            shown,
            [
                Field("value", "label", code and ("polarity" if code == "sentiment" else code)),
                Field("n", "count"), Field("share", "share", ends="-"),
            ],
            words, id=f"mix_{place + 1}",
            title=words.title("mix_of", dimension=name), notes=[rest],
        )  # fmt: skip
        if len(table.rows) == 1:
            # A bar of all texts is no picture.
            value = str(table.rows[0][0])
            blocks.append(Paragraph(words.start(words.say("mix_one", dimension=name, value=value))))
            continue
        axis = Axis("share", words.say("axis_share"), "share", low="low", high="high")
        summary = words.say(
            "see_mix", value=str(table.rows[0][0]), share=float(shown["share"].iloc[0])
        )
        blocks.append(
            picture(
                table,
                lambda t, a=axis: draw_bars("value", a, t),  # type: ignore[misc]
                summary,
                values=["share"],
                is_small=True,
            )
        )
    return blocks


def _name_the_rest(rows: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Name rows of no value: other values together, and documents without one."""
    if "reason" not in rows.columns:
        return rows
    named = [
        value if isinstance(value, str) else words.reason(why)
        for value, why in zip(rows["value"], rows["reason"], strict=True)
    ]
    return rows.assign(value=named)


def _coverage(material: Material, words: Words) -> list[Block]:
    """Show how much of the tables was joined; what is whole takes one line."""
    frame = find(material, "coverage")
    if frame is None:
        return [lack(material, words, "coverage")]
    fields = [
        Field("table", "label", "table"), Field("n_units", "count"), Field("n_matched", "count"),
        Field("share", "share", ends="-"),
    ]  # fmt: skip
    is_whole = frame["n_matched"].ge(frame["n_units"]) if "n_matched" in frame else frame.index < 0
    whole = [words.code("table", name) for name in frame.loc[is_whole, "table"]]
    told = words.say("coverage_whole", tables=words.join(whole)) if whole else ""
    if len(whole) == len(frame):
        return [Paragraph(told, words.title("coverage"))]
    notes = [told, words.say("note_coverage")]
    return [tabulate(frame[~is_whole], fields, words, id="coverage", notes=notes)]


def _quality(material: Material, words: Words) -> list[Block]:
    """Show what is wrong with the data; checks that found nothing take one line."""
    frame = find(material, "quality")
    if frame is None:
        return [lack(material, words, "quality")]
    names = [
        _name_check(row, words)
        for row in frame[["check", *_there(frame, "table")]].to_dict("records")
    ]
    frame = frame.assign(check=names)
    is_clean = frame["n"].eq(0)
    clean = list(dict.fromkeys(frame.loc[is_clean, "check"]))
    told = words.say("quality_clean", checks=words.list_all(clean)) if clean else ""
    if is_clean.all():
        return [Paragraph(told, words.title("quality"))]
    fields = [
        Field("check", "label"), Field("n", "count"), Field("of", "count"),
        Field("share", "share"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    return [tabulate(frame[~is_clean], fields, words, id="quality", notes=[told])]


def _name_check(row: dict[Hashable, Any], words: Words) -> str:
    """Name a check, and the table that it is of."""
    name = words.code("check", row["check"])
    table = row.get("table")
    if not isinstance(table, str):
        return name
    return words.say("check_of_table", check=name, table=words.code("table", table))


def _there(frame: pd.DataFrame, *names: str) -> list[str]:
    """Give those of the columns that are there."""
    return [name for name in names if name in frame.columns]


def _see_sentiment(long: pd.DataFrame, words: Words) -> str:
    """Say where the share of negative texts began and where it is."""
    rows = known(long, "share")
    negative = rows[rows["sentiment"] == "negative"]
    rows = negative if len(negative) > 1 else rows
    first, last = rows.iloc[0], rows.iloc[-1]
    pole = words.code("said_texts", str(last["sentiment"]))
    return words.say(
        "see_sentiment", pole=pole, first=str(first["period"]), last=str(last["period"]),
        before=float(first["share"]), now=float(last["share"]),
    )  # fmt: skip


def _at_most(frame: pd.DataFrame, column: str, name: str) -> object:
    """Give the name of the row with the largest value."""
    return frame[name].iloc[frame[column].astype(float).argmax()]


def _span(frame: pd.DataFrame, column: str) -> tuple[float, float]:
    """Give the smallest and the largest value."""
    return float(frame[column].min()), float(frame[column].max())
