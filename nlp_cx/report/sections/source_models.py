"""The models of the sources: gap, seven steps, cost, touchpoints, SERVQUAL, return chain."""

from __future__ import annotations

import pandas as pd

from nlp_cx.analyze.journey.journey_map import load_journey
from nlp_cx.report.charts import Axis, draw_bars, draw_heat, draw_tornado
from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Missing, Paragraph, Section
from nlp_cx.report.sections.blocks import find, lack, picture
from nlp_cx.report.tabulate import Field, known, tabulate
from nlp_cx.report.words import Words

MOST_TOUCHPOINTS = 15
MOST_LINKS = 40
FEW_CLAUSES = 30
"""With fewer, no touchpoint is called the lowest."""


def write_source_models(material: Material, words: Words) -> Section:
    """Write the section on the models of the sources.

    Parameters
    ----------
    material : Material
        ``gap``, ``seven_steps``, ``negative_cost``, ``cost_tornado``, ``touchpoints``,
        ``servqual``, ``return_chain``; what is not there is said to be missing, and what it takes.
    words : Words

    Returns
    -------
    Section
    """
    blocks = [
        *_gap(material, words),
        *_seven_steps(material, words),
        *_cost(material, words),
        *_tornado(material, words),
        *_touchpoints(material, words),
        *_servqual(material, words),
        *_return_chain(material, words),
    ]
    # What is there comes first.
    blocks.sort(key=lambda block: isinstance(block, Missing))
    return Section(
        "source_models",
        words.title("source_models"),
        tuple(blocks),
        words.say("intro_source_models"),
    )


def _gap(material: Material, words: Words) -> list[Block]:
    """Show experience less expectation."""
    frame = find(material, "gap")
    if frame is None:
        return [lack(material, words, "gap")]
    fields = [
        Field("group", "label"), Field("driver", "label", "driver"),
        Field("experience", "number", ends="experience"),
        Field("expectation", "number", ends="expectation"), Field("estimate", "signed", ends="-"),
        Field("n", "count"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    table = tabulate(frame, fields, words, id="gap", notes=[words.say("note_gap")])
    told = known(frame, "estimate")
    if told.empty or ("group" in frame.columns and frame["group"].nunique() > 1):
        return [table]
    worst = told.iloc[told["estimate"].astype(float).argmin()]
    summary = words.say(
        "see_gap", driver=words.mention(worst["driver"]), gap=float(worst["estimate"])
    )
    axis = Axis("estimate", words.label("estimate", "gap"), "signed", low="low", high="high")
    return [picture(table, lambda t: draw_bars("driver", axis, t), summary, values=["estimate"])]


def _seven_steps(material: Material, words: Words) -> list[Block]:
    """Show steps 2 to 4 as a table."""
    frame = find(material, "seven_steps")
    if frame is None:
        return [lack(material, words, "seven_steps")]
    fields = [
        Field("driver", "label", "driver"), Field("experience"), Field("expectation"),
        Field("satisfaction", "signed", ends="satisfaction"), Field("importance"),
        Field("importance_derived", "share"),
        Field("weighted_satisfaction", "signed", ends="weighted"),
        Field("ideal"), Field("ideal_gap", "signed"),
        Field("rank_weighted_satisfaction", "count"), Field("rank_weighted_derived", "count"),
        Field("rank_ideal_gap", "count"), Field("assumed", "text"),
        Field("reason", "text", "reason"),
    ]  # fmt: skip
    return [tabulate(frame, fields, words, id="seven_steps", notes=[words.say("note_seven_steps")])]


def _cost(material: Material, words: Words) -> list[Block]:
    """Show the revenue that goes with negative experience."""
    frame = find(material, "negative_cost")
    if frame is None:
        return [lack(material, words, "negative_cost")]
    fields = [
        Field("quantity", "label", "quantity"), Field("estimate", "money", ends="-"),
        Field("share", "share", ends="share"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    return [tabulate(frame, fields, words, id="negative_cost", notes=[words.say("note_cost")])]


def _tornado(material: Material, words: Words) -> list[Block]:
    """Show how far the cost moves with each parameter."""
    frame = find(material, "cost_tornado")
    if frame is None or known(frame, "swing").empty:
        cost = material.missing.get("negative_cost")
        is_same = cost is not None and cost == material.missing.get("cost_tornado")
        name = "negative_cost" if is_same else "cost_tornado"
        return [lack(material, words, name, title=words.title("cost_tornado"))]
    quantity = str(frame.attrs.get("quantity") or "lost")
    fields = [
        Field("parameter", "label", "parameter"), Field("value", "share"),
        Field("from_value", "share"), Field("to_value", "share"), Field("at_from", "money"),
        Field("at_to", "money"), Field("swing", "money"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    word = words.code("quantity", quantity)
    notes = [words.say("note_tornado", quantity=word)]
    drawn = known(frame, "swing")
    table = tabulate(frame, fields, words, id="cost_tornado", notes=notes)
    top = drawn.iloc[0]
    summary = words.say(
        "see_tornado",
        parameter=words.code("parameter", top["parameter"]),
        swing=float(top["swing"]),
    )
    base = _amount_now(material, quantity, drawn)
    start = Axis("at_from", word, "money", zero=False)
    return [
        picture(
            table,
            lambda t: draw_tornado("parameter", start, "at_to", t, base=base),
            summary,
            values=["swing"],
        )
    ]


def _amount_now(material: Material, quantity: str, drawn: pd.DataFrame) -> float:
    """Give the amount that the parameters are moved around."""
    cost = find(material, "negative_cost")
    if cost is not None:
        row = known(cost[cost["quantity"].astype(str) == quantity], "estimate")
        if len(row):
            return float(row["estimate"].iloc[0])
    ends = drawn[["at_from", "at_to"]].astype(float).iloc[-1]
    return float(ends.mean())


def _touchpoints(material: Material, words: Words) -> list[Block]:
    """Show net sentiment by touchpoint and stage."""
    frame = find(material, "touchpoints")
    if frame is None:
        return [lack(material, words, "touchpoints")]
    said = frame[frame["touchpoint"].astype(str) != "not said"]
    said = said[(said["n"] > 0) & (said["stage"].astype(str) != "not said")]
    if said.empty:
        return [lack(material, words, "touchpoints")]
    counts = said.groupby("touchpoint", sort=False, observed=True)["n"].sum()
    kept = list(counts.sort_values(ascending=False, kind="stable").index[:MOST_TOUCHPOINTS])
    said = said[said["touchpoint"].isin(kept)]
    places, stages = _name_places(words)
    order = {name: i for i, name in enumerate(stages)}
    said = said.assign(_place=said["touchpoint"].map(kept.index), _stage=said["stage"].map(order))
    said = said.sort_values(["_place", "_stage"], kind="stable")
    said = said.assign(
        touchpoint=[places.get(str(each), str(each)) for each in said["touchpoint"]],
        stage=[stages.get(str(each), str(each)) for each in said["stage"]],
    )
    fields = [
        Field("touchpoint", "label"), Field("stage", "label"),
        Field("estimate", "signed", ends="-"), Field("n", "count"),
        Field("n_documents", "count"), Field("share", "share"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    unsaid = frame.attrs.get("not_said")
    notes = [words.say("note_touchpoints")]
    if unsaid is not None:
        notes.append(words.say("note_not_said", share=float(unsaid)))
    told = known(said, "estimate")
    few = said[said["estimate"].isna()]
    if len(few):
        # Cells with few clauses say nothing of sentiment: their counts take one line.
        named = [
            words.say(
                "touchpoint_with_n", touchpoint=row["touchpoint"], stage=row["stage"], n=row["n"]
            )
            for row in few.to_dict("records")
        ]
        notes.insert(0, words.say("note_few_clauses", told=words.list_short(named)))
    if told.empty:
        return [Paragraph(words.sentences(notes), words.title("touchpoints"))]
    totals = told.groupby("touchpoint", sort=False)["n"].transform("sum")
    named = [
        words.say("group_with_n", group=place, n=int(n))
        for place, n in zip(told["touchpoint"], totals, strict=True)
    ]
    table = tabulate(told.assign(touchpoint=named), fields, words, id="touchpoints", notes=notes)
    summary = _see_touchpoints(told, words)
    signs = (words.code("polarity", "negative"), words.code("polarity", "positive"))
    axis = Axis("estimate", words.label("estimate", "touchpoints"), "signed", (-1, 1))
    return [
        picture(
            table,
            lambda t: draw_heat(
                "stage", "touchpoint", axis, t, signs=signs, x_order=list(stages.values())
            ),
            summary,
            values=["estimate"],
        )
    ]


def _see_touchpoints(told: pd.DataFrame, words: Words) -> str:
    """Name the lowest cell of those with enough clauses to be called so."""
    told = told[told["n"] >= FEW_CLAUSES]
    if len(told) < 2:
        return words.say("see_touchpoints_few", n=FEW_CLAUSES)
    worst = told.iloc[told["estimate"].astype(float).argmin()]
    return words.say(
        "see_touchpoints", touchpoint=str(worst["touchpoint"]), stage=str(worst["stage"]),
        net=float(worst["estimate"]), n=int(worst["n"]),
    )  # fmt: skip


def _servqual(material: Material, words: Words) -> list[Block]:
    """Show the gaps of the five dimensions of service quality."""
    frame = find(material, "servqual")
    if frame is None:
        return [lack(material, words, "servqual")]
    frame = frame.assign(dimension=[_name_dimension(d, words) for d in frame["dimension"]])
    fields = [
        Field("dimension", "label"), Field("n_negative", "count"), Field("n_positive", "count"),
        Field("perception", "number", ends="perception"),
        Field("expectation", "number", ends="expectation"), Field("gap", "signed", ends="gap"),
        Field("weight", "share"), Field("weighted_gap", "signed"), Field("n", "count"),
        Field("reason", "text", "reason"),
    ]  # fmt: skip
    return [tabulate(frame, fields, words, id="servqual", notes=[words.say("note_servqual")])]


def _return_chain(material: Material, words: Words) -> list[Block]:
    """Show how satisfaction goes with retention, and retention with revenue."""
    frame = find(material, "return_chain")
    if frame is None:
        return [lack(material, words, "return_chain")]
    frame = frame.assign(
        feature=[_name_feature(each, words) for each in frame["feature"].astype(str)],
        outcome=[words.outcome(each) for each in frame["outcome"].astype(str)]
        if "outcome" in frame.columns
        else None,
    )
    fields = [
        Field("link", "label", "link"), Field("outcome", "label"), Field("feature", "label"),
        Field("effect", "signed", ends="effect"), Field("n", "count"),
        Field("reason", "text", "reason"),
    ]  # fmt: skip
    notes = [words.say("note_return_chain"), words.say("association")]
    return [tabulate(frame.head(MOST_LINKS), fields, words, id="return_chain", notes=notes)]


def _name_places(words: Words) -> tuple[dict[str, str], dict[str, str]]:
    """Give the names of touchpoints and stages."""
    journey = load_journey()
    is_chinese = words.language == "zh"
    touchpoints = {each.id: each.zh if is_chinese else each.en for each in journey.touchpoints}
    stages = {each.id: each.zh if is_chinese else each.en for each in journey.preset.labels}
    return touchpoints, stages


def _name_dimension(name: object, words: Words) -> str:
    """Name a dimension of service quality, or the mean of them."""
    found = words.code("servqual", name)
    return words.driver(name) if found == name else found


def _name_feature(name: str, words: Words) -> str:
    """Name a term of the chain: criticism or praise of a driver, or a column."""
    for pole in ("negative", "positive"):
        if name.endswith(f"_{pole}"):
            return words.start(words.about(name.removesuffix(f"_{pole}"), pole))
    return words.outcome(name)
