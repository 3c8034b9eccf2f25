"""The drivers: what is said of them, and what goes with the outcomes."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nlp_cx.report.charts import Axis, Quadrants, draw_bars, draw_opposed, draw_quadrants
from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Kind, Paragraph, Section, Table
from nlp_cx.report.sections.blocks import (
    MOST_DRIVERS,
    find_of_outcome,
    lack,
    picture,
)
from nlp_cx.report.sections.mentions import show_by_group, show_over_time, show_shares
from nlp_cx.report.sections.outcomes import Outcome, list_outcomes
from nlp_cx.report.tabulate import Field, known, tabulate, to_points
from nlp_cx.report.words import Words

MOST_ROWS = 60
"""Rows of a list of differences or tests that are shown."""

_QUADRANTS = ("concentrate here", "keep up the good work", "low priority", "possible overkill")


def write_drivers(material: Material, words: Words) -> Section:
    """Write the section on drivers.

    Parameters
    ----------
    material : Material
        ``driver_shares`` and those by group and over time; the tables of the outcomes.
    words : Words

    Returns
    -------
    Section
    """
    blocks: list[Block] = show_shares(material, words)
    outcomes = list_outcomes(material, words)
    if not outcomes:
        blocks.append(lack(material, words, "importance"))
    for outcome in outcomes:
        blocks += [
            *_importance(material, words, outcome),
            *_penalty_reward(material, words, outcome),
            *_performance(material, words, outcome),
            *_what_if(material, words, outcome),
        ]
    blocks += show_by_group(material, words)
    for outcome in outcomes:
        blocks += _differences(material, words, outcome)
    blocks += show_over_time(material, words)
    for outcome in outcomes:
        blocks += _lines(material, words, outcome)
    return Section("drivers", words.title("drivers"), tuple(blocks), words.say("intro_drivers"))


def _importance(material: Material, words: Words, outcome: Outcome) -> list[Block]:
    """Show how what the drivers explain divides among them."""
    title = words.title("importance", outcome=outcome.word)
    frame = find_of_outcome(material, outcome.name, "importance")
    if frame is None or known(frame, "share").empty:
        return [_lack(material, words, outcome, "importance", title)]
    frame = frame.sort_values("share", ascending=False, kind="stable", na_position="last")
    frame = frame.head(MOST_DRIVERS)
    top = frame.iloc[0]
    table = tabulate(
        frame,
        [
            Field("driver", "label", "driver"), Field("share", "share", ends="share"),
            Field("rank", "count", ends="rank"), Field("p_first", "share"),
            Field("sign_negative", "label", "sign"), Field("sign_positive", "label", "sign"),
            Field("n_negative", "count"), Field("n_positive", "count"), Field("n", "count"),
            Field("reason", "text", "reason"),
        ],
        words, id=outcome.id("importance"), title=title,
        notes=[_say_fit(frame, words, outcome), words.say("note_importance"),
               words.say("association"),
               words.say("note_outcome", outcome=outcome.word, column=outcome.name)],
    )  # fmt: skip
    axis = Axis("share", words.say("axis_importance"), "share", low="share_low", high="share_high")
    summary = words.say(
        "see_importance", driver=words.mention(top["driver"]), outcome=outcome.word,
        value=_estimate(words, "share", top, "share"), n=int(top["n"]),
    )  # fmt: skip
    return [
        picture(
            table, lambda t: draw_bars("driver", axis, t), summary, values=["share"], is_small=True
        )
    ]


def _penalty_reward(material: Material, words: Words, outcome: Outcome) -> list[Block]:
    """Show what goes with criticism and with praise, and the Kano classes."""
    title = words.title("penalty_reward", outcome=outcome.word)
    frame = find_of_outcome(material, outcome.name, "penalty_reward")
    if frame is None or (known(frame, "penalty").empty and known(frame, "reward").empty):
        return [_lack(material, words, outcome, "penalty_reward", title)]
    shown = frame.head(MOST_DRIVERS)
    kind, shown = _as_difference(shown, outcome, "penalty", "reward")
    table = tabulate(
        shown.assign(kano_class=shown["kano_class"].astype(object).where(
            shown["kano_class"].notna(), "unknown")),
        [
            Field("driver", "label", "driver"),
            Field("penalty", kind, ends="penalty"), Field("reward", kind, ends="reward"),
            Field("kano_class", "label", "kano"), Field("p_basic", "share"),
            Field("p_performance", "share"), Field("p_excitement", "share"),
            Field("n_negative", "count"), Field("n_positive", "count"),
            Field("remark", "text", "reason"), Field("reason", "text", "reason"),
        ],
        words, id=outcome.id("penalty_reward"), title=title,
        notes=[
            words.say("note_penalty", outcome=outcome.word),
            words.say("note_kano"), words.say("association"),
        ],
    )  # fmt: skip
    left = Axis(
        "penalty", _axis_title(words, outcome), kind, low="penalty_low", high="penalty_high"
    )
    right = Axis("reward", "", kind, low="reward_low", high="reward_high")
    # What is not known takes no room: the notes say why.
    places = [[c.name for c in table.columns].index(name) for name in ("penalty", "reward")]
    rows = tuple(row for row in table.rows if any(row[i] is not None for i in places))
    drawn = Table(table.id, table.title, table.columns, rows, table.notes)
    names = (words.say("legend_criticism"), words.say("legend_praise"))
    counts = frame["kano_class"].dropna().astype(str).value_counts()
    told = [
        words.say("kano_count", kano=words.code("kano", name), n=int(counts[name]))
        for name in ("basic", "performance", "excitement")
        if name in counts
    ]
    summary = words.say(
        "see_penalty" if told else "see_penalty_none", outcome=outcome.word, told=words.join(told)
    )
    return [
        picture(
            drawn,
            lambda t: draw_opposed(
                "driver", left, right, t, names=names, mirror=False, suffix="kano_class"
            ),
            summary,
            values=["penalty", "reward"],
            is_small=True,
        )
    ]


def _performance(material: Material, words: Words, outcome: Outcome) -> list[Block]:
    """Show importance beside performance."""
    title = words.title("performance", outcome=outcome.word)
    frame = find_of_outcome(material, outcome.name, "performance")
    if frame is None or known(known(frame, "share"), "performance").empty:
        return [_lack(material, words, outcome, "performance", title)]
    frame = frame.head(MOST_DRIVERS)
    cuts = known(known(frame, "share_cut"), "performance_cut")
    # Better than a mean below 0 is not good: the usual names would praise it.
    is_below = not cuts.empty and float(cuts["performance_cut"].iloc[0]) < 0
    names_of = "quadrant_relative" if is_below else "quadrant"
    told = words.say("note_quadrant_below") if is_below else ""
    table = tabulate(
        frame,
        [
            Field("driver", "label", "driver"), Field("share", "share", ends="share"),
            Field("performance", "signed", ends="performance"),
            Field("quadrant", "label", names_of), Field("p_quadrant", "share"),
            Field("asymmetric_quadrant", "label", "asymmetric"),
            Field("n_performance", "count"), Field("n", "count"),
            Field("reason", "text", "reason"),
        ],
        words, id=outcome.id("performance"), title=title,
        notes=[words.say("note_performance"), words.say("note_quadrant"), told,
               words.say("association")],
    )  # fmt: skip
    first = frame[frame["quadrant"].astype(str) == "concentrate here"]
    names = [words.mention(each) for each in first["driver"]]
    summary = (
        words.say("see_quadrants", drivers=words.join(names))
        if names
        else words.say("see_quadrants_none")
    )
    x = Axis(
        "performance", words.label("performance"), "signed", zero=False,
        low="performance_low", high="performance_high",
    )  # fmt: skip
    y = Axis("share", words.say("axis_importance"), "share", low="share_low", high="share_high")
    if cuts.empty:
        return [table]
    quadrants = Quadrants(
        float(cuts["performance_cut"].iloc[0]),
        float(cuts["share_cut"].iloc[0]),
        tuple(words.code(names_of, each) for each in _QUADRANTS),  # type: ignore[arg-type]
    )
    return [
        picture(
            table,
            lambda t: draw_quadrants("driver", x, y, t, quadrants),
            summary,
            values=["performance"],
        )
    ]


def _what_if(material: Material, words: Words, outcome: Outcome) -> list[Block]:
    """Show the outcome that goes with a point less criticism or more praise."""
    title = words.title("what_if", outcome=outcome.word)
    frame = find_of_outcome(material, outcome.name, "what_if")
    if frame is None or known(frame, "estimate").empty:
        return [_lack(material, words, outcome, "what_if", title)]
    frame = frame.head(2 * MOST_DRIVERS)
    frame = frame.assign(share_now=pd.to_numeric(frame["share_now"]) / 100)
    kind, frame = _as_difference(frame, outcome, "estimate", ends="-")
    is_known = frame["estimate"].notna()
    unknown = [
        words.about(row["driver"], str(row["pole"])) for row in frame[~is_known].to_dict("records")
    ]
    fields = [
        Field("driver", "label", "driver"), Field("pole", "label", "polarity"),
        Field("share_now", "share"), Field("points", "points"),
        Field("outcome_now", outcome.kind), Field("estimate", kind, ends="-"),
        Field("n_mentions", "count"), Field("n", "count"), Field("remark", "text", "reason"),
    ]  # fmt: skip
    notes = [
        words.say("note_not_told", told=words.list_short(unknown)) if unknown else "",
        words.say("note_what_if", outcome=outcome.word), words.say("association"),
    ]  # fmt: skip
    shown = frame[is_known]
    return [tabulate(shown, fields, words, id=outcome.id("what_if"), title=title, notes=notes)]


def _differences(material: Material, words: Words, outcome: Outcome) -> list[Block]:
    """List what tells groups apart beyond chance."""
    frame = find_of_outcome(material, outcome.name, "groups")
    if frame is None:
        return []
    dimension = str(material.facts.get("group") or words.label("group"))
    title = words.title("group_differences", group=words.dimension(dimension))
    told = known(frame, "p_adjusted")
    told = told[told["p_adjusted"] < 0.05]
    if outcome.place:
        # What is said of drivers does not depend on the outcome: shown once.
        told = told[told["measure"].astype(str) == "outcome"]
    if told.empty:
        tested = len(known(frame, "p_adjusted"))
        text = words.say("differences_none", n=tested, group=words.dimension(dimension))
        return [Paragraph(text, title)] if tested and not outcome.place else []
    n_told = len(told)
    told = told.sort_values("p_adjusted", kind="stable").head(MOST_ROWS)
    notes = [words.say("note_differences", n=n_told, shown=len(told)), words.say("association")]
    return _by_kind(
        told, words, outcome, name="group_differences", title=title,
        list_fields=lambda kind, difference: [
            Field("group", "label"), Field("about", "label"),
            Field("difference", difference, ends="difference"), Field("estimate", kind),
            Field("reference_estimate", kind), Field("p_adjusted"),
            Field("n", "count"), Field("n_reference", "count"),
        ],
        differences=("difference", "difference_low", "difference_high"), notes=notes,
    )  # fmt: skip


def _lines(material: Material, words: Words, outcome: Outcome) -> list[Block]:
    """List what rises or falls over all periods beyond chance."""
    frame = find_of_outcome(material, outcome.name, "trend_tests")
    if frame is None or outcome.place:
        return []
    told = known(frame, "p_adjusted")
    told = told[told["p_adjusted"] < 0.05].head(MOST_ROWS)
    if told.empty:
        return []
    notes = [words.say("note_lines"), words.say("association")]
    return _by_kind(
        told, words, outcome, name="trend_tests", title=words.title("trend_tests"),
        list_fields=lambda kind, difference: [
            Field("about", "label"), Field("estimate", difference, ends="-"),
            Field("first_period", "label"), Field("first_value", kind),
            Field("last_period", "label"), Field("last_value", kind),
            Field("n_periods", "count"), Field("p_adjusted"),
        ],
        differences=("estimate", "low", "high"), notes=notes,
    )  # fmt: skip


def _by_kind(
    frame: pd.DataFrame,
    words: Words,
    outcome: Outcome,
    *,
    name: str,
    title: str,
    list_fields: Callable[[Kind, Kind], list[Field]],
    differences: tuple[str, ...],
    notes: list[str],
) -> list[Block]:
    """Show shares in one table, in percentage points, and means in another."""
    measures = frame["measure"].astype(str)
    is_share = measures.ne("score") & (measures.ne("outcome") | (outcome.kind == "share"))
    frame = frame.assign(about=_about(frame, words, outcome))
    blocks: list[Block] = []
    for part, kind in ((to_points(frame[is_share], *differences), "share"), (frame[~is_share], "")):
        if part.empty:
            continue
        fields = list_fields("share", "points") if kind else list_fields("number", "signed")
        table_id = outcome.id(f"{name}_means" if blocks else name)
        shown = words.title("means_of", title=title) if blocks else title
        blocks.append(tabulate(part, fields, words, id=table_id, title=shown, notes=notes))
    return blocks


def _as_difference(
    frame: pd.DataFrame, outcome: Outcome, *names: str, ends: str = ""
) -> tuple[Kind, pd.DataFrame]:
    """Give differences of an outcome of yes or no in percentage points."""
    if outcome.kind != "share":
        return "signed", frame
    columns = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    return "points", to_points(frame, *columns, *(("low", "high") if ends == "-" else ()))


def _axis_title(words: Words, outcome: Outcome) -> str:
    """Name the axis of differences in an outcome."""
    key = "axis_points" if outcome.kind == "share" else "axis_difference"
    return words.say(key, outcome=outcome.word)


def _about(frame: pd.DataFrame, words: Words, outcome: Outcome) -> list[str]:
    """Name what each row is of: what is said of a driver, its sentiment, or the outcome."""
    named = []
    for driver, measure in zip(frame["driver"], frame["measure"].astype(str), strict=True):
        if not isinstance(driver, str):
            text = outcome.word
        elif measure == "score":
            text = words.say("about_score", driver=words.mention(driver))
        else:
            text = words.about(driver, measure)
        named.append(words.start(text))
    return named


def _lack(material: Material, words: Words, outcome: Outcome, name: str, title: str) -> Block:
    """Say why a table of an outcome is not there: by a note of the analysis, or by its rows."""
    found = material.outcomes[outcome.name]
    missing = lack(material, words, name, title=title)
    note = next((n.split(": ", 1)[1] for n in found.notes if n.startswith(f"{name}: ")), "")
    frame = found.tables.get(name)
    if not note and frame is not None and "reason" in frame.columns:
        reasons = list(dict.fromkeys(frame["reason"].dropna().astype(str)))[:3]
        note = "; ".join(reasons)
    if not note:
        return missing
    return type(missing)(title, words.reason(note), missing.remedy)


def _say_fit(frame: pd.DataFrame, words: Words, outcome: Outcome) -> str:
    """Say how much of the outcome the drivers explain together."""
    fits = known(frame, "fit")
    if fits.empty:
        return ""
    row = fits.iloc[0]
    return words.say("note_fit", fit=float(row["fit"]), outcome=outcome.word, n=int(row["n"]))


def _estimate(words: Words, kind: str, row: pd.Series, stem: str) -> str:
    """Write an estimate of a row with its interval."""
    ends = [row.get(f"{stem}_{end}") for end in ("low", "high")]
    return words.estimate(kind, float(row[stem]), *ends)  # type: ignore[arg-type]
