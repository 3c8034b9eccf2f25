"""Where the outcomes stand, over all and by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block
from nlp_cx.report.sections.blocks import find
from nlp_cx.report.sections.outcomes import MOST_OUTCOMES
from nlp_cx.report.tabulate import Field, tabulate
from nlp_cx.report.words import Words

MOST_GROUPS = 12


def show_levels(material: Material, words: Words) -> list[Block]:
    """Show means and shares of the outcomes, and of the first one's groups.

    Parameters
    ----------
    material : Material
        ``outcome_levels``.
    words : Words

    Returns
    -------
    list of Block
        Empty where there is no outcome.
    """
    frame = find(material, "outcome_levels")
    if frame is None:
        return []
    blocks: list[Block] = []
    for is_share, rows in frame.groupby("is_share", sort=True):
        whole = rows[rows["group"].isna()]
        id_of = "outcome_levels_shares" if is_share else "outcome_levels"
        blocks.append(_tabulate(whole, words, bool(is_share), id_of))
    group = material.facts.get("group")
    for place, name in enumerate(list(dict.fromkeys(frame["outcome"]))[:MOST_OUTCOMES]):
        rows = frame[(frame["outcome"] == name) & frame["group"].notna()].head(MOST_GROUPS)
        if group and len(rows) > 1:
            title = words.title(
                "outcome_levels_by_group",
                outcome=words.outcome(str(name)),
                group=words.dimension(str(group)),
            )
            is_share = bool(rows["is_share"].iloc[0])
            shares = "shares_" if is_share else ""
            id_of = f"outcome_levels_by_group_{shares}{place + 1}"
            named = [words.start(words.group_value(str(group), str(g))) for g in rows["group"]]
            rows = rows.assign(group=named)
            blocks.append(_tabulate(rows, words, is_share, id_of, title=title))
    return blocks


def _tabulate(
    rows: pd.DataFrame, words: Words, is_share: bool, id_of: str, *, title: str = ""
) -> Block:
    """Make one table, of shares or of means."""
    kind = "share" if is_share else "number"
    shown = rows.assign(
        outcome=[words.start(words.outcome(str(name))) for name in rows["outcome"]],
        level=rows["estimate"],
        missing=rows["of"] - rows["n"],
        # Rows there are, with text or without: what is missing is their value.
        reason=rows["reason"].replace("no rows", "no value") if "reason" in rows else None,
    )
    is_parted = bool(rows["group"].notna().any())
    first = Field("group" if is_parted else "outcome", "label")
    fields = [first, Field("level", kind, ends="-")]  # type: ignore[arg-type]
    if not is_share:
        fields += [Field("median")]
    fields += [
        Field("n", "count"), Field("missing", "count"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    more: Mapping[str, Any] = {"title": title} if title else {
        "title": words.title("outcome_shares" if is_share else "outcome_means")
    }  # fmt: skip
    return tabulate(
        shown, fields, words, id=id_of,
        notes=[] if is_parted else [words.say("note_outcome_levels")], **more,
    )  # fmt: skip
