"""The conversations: how customers feel along them, how they end, what they cost the customer."""

from __future__ import annotations

import pandas as pd

from nlp_cx.report.charts import Axis, draw_arc
from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Kind, Missing, Section
from nlp_cx.report.sections.blocks import explain_gaps, find, lack, picture
from nlp_cx.report.tabulate import Field, known, tabulate
from nlp_cx.report.words import Words

_MAIN = (
    "resolved", "unresolved", "ended_negative", "asked_escalation", "repeated", "said_thanks",
)  # fmt: skip
"""Measures that everybody looks for; the others are shown on demand."""

_KINDS: tuple[tuple[str, str, Kind], ...] = (
    ("conversation_measures", "share", "share"),
    ("conversation_levels", "mean", "number"),
    ("conversation_waits", "median", "number"),
)
"""Ids of the tables, the kinds of measures they hold, and how these are written."""


def write_conversations(material: Material, words: Words) -> Section | None:
    """Write the section on conversations.

    Parameters
    ----------
    material : Material
        ``conversation_measures``, ``conversation_arc``.
    words : Words

    Returns
    -------
    Section or None
        None where there are no chats.
    """
    names = ("conversation_arc", "conversation_measures")
    if all(find(material, name) is None for name in names) and not material.facts.get(
        "n_conversations"
    ):
        return None
    blocks = [*_arc(material, words), *_measures(material, words)]
    return Section(
        "conversations",
        words.title("conversations"),
        tuple(blocks),
        words.say("intro_conversations"),
    )


def _arc(material: Material, words: Words) -> list[Block]:
    """Show the customers' sentiment from the first turn to the last."""
    frame = find(material, "conversation_arc")
    if frame is None:
        return [lack(material, words, "conversation_arc")]
    fields = [
        Field("position", "share"), Field("sentiment", "signed", ends="-"), Field("n", "count"),
        Field("reason", "text", "reason"),
    ]  # fmt: skip
    told = known(frame, "sentiment")
    notes = [words.say("note_arc")]
    table = tabulate(frame, fields, words, id="conversation_arc", notes=notes)
    if len(told) < 2:
        return [table]
    first, last = told.iloc[0], told.iloc[-1]
    summary = words.say("see_arc", first=float(first["sentiment"]), last=float(last["sentiment"]))
    x = Axis("position", words.label("position"), "share", (0, 1))
    y = Axis("sentiment", words.label("sentiment", "conversation_arc"), "signed", (-1, 1),
             low="low", high="high")  # fmt: skip
    return [picture(table, lambda t: draw_arc(x, y, t), summary, values=["sentiment"])]


def _measures(material: Material, words: Words) -> list[Block]:
    """List worst and last turn, resolution, effort and waiting; each kind of number by itself."""
    frame = find(material, "conversation_measures")
    if frame is None:
        return [lack(material, words, "conversation_measures")]
    kinds = frame["kind"].astype(str)
    tables: list[Block] = []
    for name, which, kind in _KINDS:
        rows = explain_gaps(frame[kinds == which], "estimate")
        if rows.empty:
            continue
        if rows["estimate"].isna().all():
            # Dashes in every row are no table.
            tables.append(_say_unknown(rows, words, name))
            continue
        fields = [
            Field("measure", "label", "conversation"),
            Field("estimate", kind, ends="-"),
            Field("n", "count"), Field("of", "count"), Field("reason", "text", "reason"),
        ]  # fmt: skip
        table_id = name
        is_main = rows["measure"].isin(_MAIN)
        if which == "share" and is_main.any():
            notes = [words.say("note_measures")]
            tables.append(tabulate(rows[is_main], fields, words, id=name, notes=notes))
            rows, table_id = rows[~is_main], "conversation_more"
        if len(rows):
            notes = [words.say("note_waits")] if which == "median" else []
            tables.append(
                tabulate(rows, fields, words, id=table_id, notes=notes, is_folded=which != "median")
            )
    return tables


def _say_unknown(rows: pd.DataFrame, words: Words, name: str) -> Missing:
    """Say why none of the measures of a kind is known."""
    given = rows["reason"].dropna() if "reason" in rows.columns else pd.Series(dtype=object)
    reasons = list(dict.fromkeys(words.reason(each) for each in given))
    why = words.start(words.list_all(reasons)) if reasons else words.say("lack_empty")
    why = why if why.endswith((".", "。")) else words.say("sentence", text=why)
    return Missing(words.title(name), why, words.remedy(name))
