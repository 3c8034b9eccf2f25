"""What is said of each driver: how often, how, by whom and since when."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from nlp_cx.report.charts import Axis, draw_bars, draw_heat, draw_opposed, draw_small_series
from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Table
from nlp_cx.report.sections.blocks import (
    MOST_DRIVERS,
    POLES,
    explain_gaps,
    find,
    has_values,
    lack,
    latest,
    most_frequent,
    note_partial,
    picture,
    smallest_cell,
)
from nlp_cx.report.tabulate import Field, known, tabulate
from nlp_cx.report.words import Words

MOST_SMALL = 4
"""Groups whose heat map has room in half the width of a page."""

_ALL = ("negative", "neutral", "positive", "mixed")


def show_shares(material: Material, words: Words) -> list[Block]:
    """Show how often each driver is mentioned, and how.

    Parameters
    ----------
    material : Material
        ``driver_shares``.
    words : Words

    Returns
    -------
    list of Block
    """
    frame = find(material, "driver_shares")
    if frame is None:
        return [lack(material, words, "driver_shares")]
    return [*_mentioned(frame, words), *_polarity(frame, words), *_corrected(frame, words)]


def show_by_group(material: Material, words: Words) -> list[Block]:
    """Show criticism and praise of each driver by group.

    Parameters
    ----------
    material : Material
        ``driver_shares_by_group``.
    words : Words

    Returns
    -------
    list of Block
    """
    frame = find(material, "driver_shares_by_group")
    if frame is None or frame["group"].nunique() < 2:
        return [lack(material, words, "driver_shares_by_group")]
    group = str(material.facts.get("group") or words.label("group"))
    frame, rest = most_frequent(frame, "group", words, n="of")
    least = smallest_cell(material)
    # The analysis tells no number of what it hides.
    is_hidden = frame["of"].lt(least).fillna(True).astype(bool)
    if "is_hidden" in frame.columns:
        is_hidden |= frame["is_hidden"].eq(True)
    is_hidden |= frame["of"].isna()
    hidden = words.say("note_hidden_below", n=least) if is_hidden.any() else ""
    frame = frame[frame.groupby("group", observed=True)["of"].transform("max").notna()]
    if frame["group"].nunique() < 2:
        return [lack(material, words, "driver_shares_by_group")]
    is_hidden = is_hidden[frame.index]
    shares = ["share", "low", "high"]
    frame = frame.assign(**frame[shares].mask(is_hidden))
    names = {
        name: words.say(
            "group_with_n", group=words.group_value(group, str(name)), n=int(part["of"].max())
        )
        for name, part in frame.groupby("group", sort=False, observed=True)
    }
    frame = frame.assign(group=frame["group"].map(names))
    blocks: list[Block] = []
    for pole in POLES:
        rows = frame[frame["polarity"].astype(str) == pole]
        rows = rows[rows["driver"].isin(_most_mentioned(frame))]
        name = f"shares_by_group_{pole}"
        table = tabulate(
            explain_gaps(rows),
            [
                Field("driver", "label", "driver"), Field("group", "label"),
                Field("share", "share", ends="-"), Field("n", "count"), Field("of", "count"),
            ],
            words, id=name, title=words.title(name, group=words.dimension(group)),
            notes=[rest, hidden],
        )  # fmt: skip
        if not has_values(table, "share"):
            continue
        top = rows.iloc[rows["share"].astype(float).argmax()]
        axis = Axis("share", words.say(f"axis_share_{pole}"), "share")
        signs = (words.code("polarity", "negative"), words.code("polarity", "positive"))
        plain = next(key for key, value in names.items() if value == top["group"])
        summary = words.say(
            f"see_groups_{pole}", driver=words.mention(top["driver"]),
            group=words.group(group, str(plain)), share=float(top["share"]),
        )  # fmt: skip
        negative = pole == "negative"
        blocks.append(
            picture(
                table,
                lambda t, a=axis, s=signs, m=negative: draw_heat(  # type: ignore[misc]
                    "group", "driver", a, t, signs=s, is_bad=m
                ),
                summary,
                values=["share"],
                is_small=len(names) <= MOST_SMALL,
            )
        )
    return blocks or [lack(material, words, "driver_shares_by_group")]


def show_over_time(material: Material, words: Words) -> list[Block]:
    """Show criticism and praise of each driver by period, in small panels on one scale.

    Parameters
    ----------
    material : Material
        ``driver_shares_over_time``.
    words : Words

    Returns
    -------
    list of Block
    """
    frame = find(material, "driver_shares_over_time")
    if frame is None or frame["period"].nunique() < 2:
        return [lack(material, words, "driver_shares_over_time")]
    frame, rest = latest(frame, words)
    notes = [rest, note_partial(frame, words)]
    notes.append(words.say("note_hidden") if _any(frame, "is_hidden") else "")
    rows = frame[frame["polarity"].isin(POLES)]
    order = [
        d for d in _most_mentioned(frame) if rows.loc[rows["driver"] == d, "share"].notna().any()
    ]
    rows = rows[rows["driver"].isin(order)]
    places = {driver: place for place, driver in enumerate(order)}
    rows = rows.assign(_place=rows["driver"].map(places)).sort_values("_place", kind="stable")
    if known(rows, "share").empty:
        return [lack(material, words, "driver_shares_over_time")]
    table = tabulate(
        explain_gaps(rows),
        [
            Field("driver", "label", "driver"), Field("period", "label"),
            Field("polarity", "label", "polarity"), Field("share", "share", ends="-"),
            Field("n", "count"), Field("of", "count"), Field("reason", "text", "reason"),
        ],
        words, id="driver_shares_over_time", notes=notes,
    )  # fmt: skip
    axis = Axis(
        "share", words.say("axis_share_of_texts"), "share", (0, _axis_top(rows)),
        low="low", high="high",
    )  # fmt: skip
    return [
        picture(
            table,
            lambda t: draw_small_series("driver", "period", axis, t, series="polarity"),
            _see_over_time(rows, words),
            values=["share"],
        )
    ]


def _mentioned(frame: pd.DataFrame, words: Words) -> list[Block]:
    """Show how often each driver is mentioned."""
    rows = frame[frame["polarity"].astype(str) == "mentioned"]
    rows = rows.sort_values("share", ascending=False, kind="stable", na_position="last")
    shown = rows.head(MOST_DRIVERS)
    rest = len(rows) - len(shown)
    notes = [words.say("note_rest", n=rest, shown=len(shown))] if rest else []
    table = tabulate(
        explain_gaps(shown),
        [
            Field("driver", "label", "driver"), Field("n", "count"), Field("of", "count"),
            Field("share", "share", ends="-"), Field("reason", "text", "reason"),
        ],
        words, id="driver_mentions", notes=[*notes, words.say("note_mentions")],
    )  # fmt: skip
    if not has_values(table, "share"):
        return [table] if table.rows else []
    top = shown.iloc[0]
    summary = words.say(
        "see_mentions", driver=words.mention(top["driver"]), share=float(top["share"])
    )
    axis = Axis("share", words.say("axis_share_of_texts"), "share", low="low", high="high")
    return [
        picture(
            table, lambda t: draw_bars("driver", axis, t), summary, values=["share"], is_small=True
        )
    ]


def _polarity(frame: pd.DataFrame, words: Words) -> list[Block]:
    """Show criticism to the left and praise to the right."""
    signed = frame[frame["polarity"].isin(POLES)]
    is_corrected = "corrected" in frame.columns and bool(signed["corrected"].notna().all())
    stem = "corrected" if is_corrected else "share"
    wide = _widen(frame, stem).head(MOST_DRIVERS)
    note = words.say("note_corrected" if is_corrected else "note_not_corrected")
    table = tabulate(
        wide,
        [
            Field("driver", "label", "driver"),
            *(Field(pole, "share", ends=pole) for pole in _ALL),
            Field("of", "count"),
        ],
        words, id="driver_polarity", notes=[note, words.say("note_mixed")],
    )  # fmt: skip
    if not has_values(table, *POLES):
        return []
    top = max(_axis_top(signed, stem), 0.05)
    left = Axis(
        "negative", words.say("axis_share_of_texts"), "share", (-top, top),
        low="negative_low", high="negative_high",
    )  # fmt: skip
    right = Axis("positive", "", "share", low="positive_low", high="positive_high")
    names = (words.code("polarity", "negative"), words.code("polarity", "positive"))
    worst = wide.iloc[wide["negative"].astype(float).argmax()]
    best = wide.iloc[wide["positive"].astype(float).argmax()]
    summary = words.say(
        "see_polarity", worst=words.mention(worst["driver"]), negative=float(worst["negative"]),
        best=words.mention(best["driver"]), positive=float(best["positive"]),
    )  # fmt: skip
    return [
        picture(
            table,
            lambda t: draw_opposed("driver", left, right, t, names=names),
            summary,
            values=POLES,
            is_small=True,
        )
    ]


def _corrected(frame: pd.DataFrame, words: Words) -> list[Table]:
    """Show shares as predicted beside those corrected for the errors of the classifier."""
    if "corrected" not in frame.columns or frame["corrected"].isna().all():
        return []
    rows = frame[frame["polarity"].isin(["mentioned", *POLES])]
    fields = [
        Field("driver", "label", "driver"), Field("polarity", "label", "polarity"),
        Field("share", "share", ends="-"), Field("corrected", "share", ends="corrected"),
        Field("n", "count"), Field("of", "count"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    note = words.say("note_gold")
    return [
        tabulate(rows.head(4 * MOST_DRIVERS), fields, words, id="corrected_shares", notes=[note])
    ]


def _widen(frame: pd.DataFrame, stem: str) -> pd.DataFrame:
    """Give one row per driver with the share of every polarity and its interval."""
    rows = []
    for driver, part in frame.groupby("driver", sort=False, observed=True):
        row: dict[str, object] = {"driver": driver, "of": part["of"].max()}
        for each in part.itertuples(index=False):
            for end in ("", "_low", "_high"):
                name = end[1:] if end and stem == "share" else f"{stem}{end}"
                row[f"{each.polarity}{end}"] = getattr(each, name, None)
        rows.append(row)
    wide = pd.DataFrame(rows)
    for pole in POLES:
        for end in ("", "_low", "_high"):
            name = f"{pole}{end}"
            wide[name] = pd.to_numeric(wide[name]) if name in wide.columns else float("nan")
    return wide


def _see_over_time(rows: pd.DataFrame, words: Words) -> str:
    """Say of which driver the criticism changed most, first period to last."""
    negative = known(rows[rows["polarity"].astype(str) == "negative"], "share")
    ends = {
        driver: (part.iloc[0], part.iloc[-1])
        for driver, part in negative.groupby("driver", sort=False, observed=True)
        if len(part) > 1
    }
    if not ends:
        return words.say("see_over_time_little")
    driver = max(ends, key=lambda d: abs(float(ends[d][1]["share"]) - float(ends[d][0]["share"])))
    first, last = ends[driver]
    return words.say(
        "see_over_time", driver=words.mention(driver), first=str(first["period"]),
        last=str(last["period"]), before=float(first["share"]), now=float(last["share"]),
    )  # fmt: skip


def _most_mentioned(frame: pd.DataFrame) -> Sequence[str]:
    """List the drivers with most mentions, in the order of the table."""
    rows = frame[frame["polarity"].astype(str) == "mentioned"]
    rows = frame if rows.empty else rows
    counts = rows.groupby("driver", sort=False, observed=True)["n"].sum()
    kept = set(counts.sort_values(ascending=False, kind="stable").index[:MOST_DRIVERS])
    return [driver for driver in counts.index if driver in kept]


def _axis_top(frame: pd.DataFrame, stem: str = "share") -> float:
    """Give a round upper end for shares with their intervals: the next 5 % above, at most 1."""
    high = "high" if stem == "share" else f"{stem}_high"
    ends = pd.to_numeric(frame.get(high, frame[stem]), errors="coerce")
    top = max(float(ends.max()), float(pd.to_numeric(frame[stem]).max()))
    if math.isnan(top):
        return 1.0
    return min(1.0, (int(top * 20) + 1) / 20)


def _any(frame: pd.DataFrame, column: str) -> bool:
    """Tell whether a flag stands in any row."""
    return column in frame.columns and bool(frame[column].eq(True).any())
