"""How it was made, how often the classifier is wrong, and what must not be concluded."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Paragraph, Section
from nlp_cx.report.sections.blocks import find, lack
from nlp_cx.report.sections.outcomes import list_outcomes
from nlp_cx.report.tabulate import Field, tabulate
from nlp_cx.report.words import Words

MOST_METRICS = 80
MOST_NOTES = 20
LEAST_SHARE = 0.01
"""Of the texts in a language, from which on its figures are shown."""


def write_method(material: Material, words: Words) -> Section:
    """Write the section on method.

    Parameters
    ----------
    material : Material
        ``classifier``; facts.
    words : Words

    Returns
    -------
    Section
    """
    blocks: list[Block] = [*_inputs(material, words), *_models(material, words)]
    cautions = [words.say(key) for key in words.keys("caution_")]
    blocks.append(Paragraph("\n".join(f"• {each}" for each in cautions), words.title("cautions")))
    blocks += [*_formulas(words), *_notes(material, words)]
    return Section("method", words.title("method"), tuple(blocks), words.say("intro_method"))


def _inputs(material: Material, words: Words) -> list[Block]:
    """List what was read."""
    inputs = [each for each in material.facts.get("inputs") or [] if isinstance(each, Mapping)]
    if not inputs:
        return []
    coverage = find(material, "coverage")
    n_rows = (
        {}
        if coverage is None or "n_rows" not in coverage.columns
        else dict(zip(coverage["table"].astype(str), coverage["n_rows"], strict=True))
    )
    frame = pd.DataFrame(
        [
            {
                "path": str(each.get("path") or each.get("name") or ""),
                "role": each.get("role"),
                # A table that is joined is counted by the join.
                "n_rows": each.get("n_rows") or n_rows.get(_stem(each)),
                "n_rejected": each.get("n_rejected"),
            }
            for each in inputs
        ]
    ).dropna(axis=1, how="all")
    fields = [
        Field("path", "text"), Field("role", "label", "role"), Field("n_rows", "count"),
        Field("n_rejected", "count"),
    ]  # fmt: skip
    return [tabulate(frame, fields, words, id="inputs")]


def _stem(given: Mapping[str, object]) -> str:
    """Give the name of a file without its ending."""
    return str(given.get("path") or given.get("name") or "").rpartition("/")[2].split(".")[0]


def _models(material: Material, words: Words) -> list[Block]:
    """Say which model read the texts, and how well it does on texts it has not seen."""
    blocks: list[Block] = []
    model = material.facts.get("model")
    name = model.get("name") if isinstance(model, Mapping) else model
    version = str(model.get("version") or "") if isinstance(model, Mapping) else ""
    if name:
        full = str(name) if version in str(name) else f"{name} {version}"
        blocks.append(Paragraph(words.say("model_used", model=words.quote(full))))
    frame = find(material, "classifier")
    if frame is None:
        return [*blocks, lack(material, words, "classifier")]
    fields = [
        Field("data", "text"), Field("task", "label", "task"), Field("driver", "label", "driver"),
        Field("lang", "label", "lang"), Field("part", "text"), Field("metric", "label", "metric"),
        Field("value", "number", ends="-"), Field("n", "count"),
    ]  # fmt: skip
    if "part" in frame.columns and frame["part"].isna().any():
        # Figures of single data sets and classes are in the model's card.
        frame = frame[frame["part"].isna()]
    frame = _of_languages_read(frame, material)
    if "data" in frame.columns:
        frame = frame.assign(data=[words.reason(each) for each in frame["data"]])
    notes = [words.say("note_classifier")]
    if "data" in frame.columns and frame["data"].nunique(dropna=False) == 1:
        notes.insert(0, words.say("note_measured_on", data=str(frame["data"].iloc[0])))
        frame = frame.drop(columns="data")
    is_overall = frame["lang"].astype(str).isin(["all", "None", "nan"])
    if "driver" in frame.columns:
        is_overall &= frame["driver"].isna()
    overall, rest = frame[is_overall].drop(columns="lang"), frame[~is_overall]
    parts = [(overall, "classifier", False), (rest.head(MOST_METRICS), "classifier_details", True)]
    if overall.empty:
        parts = [(frame.head(MOST_METRICS), "classifier", False)]
    return [
        *blocks,
        *(
            tabulate(
                part.dropna(axis=1, how="all"), fields, words, id=name, notes=notes,
                is_folded=is_folded,
            )
            for part, name, is_folded in parts
            if len(part)
        ),
    ]  # fmt: skip


def _of_languages_read(frame: pd.DataFrame, material: Material) -> pd.DataFrame:
    """Leave out figures of languages that hardly a text is in.

    Where all texts are in one language, its figures stand for the whole.
    """
    mix = find(material, "mix")
    if mix is None or "lang" not in frame.columns:
        return frame
    rows = mix[(mix["dimension"] == "lang") & mix["share"].ge(LEAST_SHARE)]
    values = {str(each).split("-")[0] for each in rows["value"].dropna()}
    told = {each for each in frame["lang"].dropna().astype(str) if each != "all"}
    read = told if "mixed" in values else values & told
    if not read or read == told:
        return frame
    kept = frame[frame["lang"].astype(str).isin(read)]
    return kept.assign(lang="all") if len(read) == 1 else kept


def _formulas(words: Words) -> list[Block]:
    """Say how each number is made, on demand."""
    rows = [words.split_name(words.say(key)) for key in words.keys("formula_")]
    frame = pd.DataFrame([{"what": what, "how": words.start(how)} for what, how in rows])
    fields = [Field("what", "label"), Field("how", "text")]
    return [tabulate(frame, fields, words, id="formulas", is_folded=True)]


def _notes(material: Material, words: Words) -> list[Block]:
    """Repeat what the analyses and the run noted."""
    # What is noted of a table of an outcome is told below, with the table's title.
    known_already = {
        f"{name}, {note}" for name, found in material.outcomes.items() for note in found.notes
    }
    given = [str(each) for each in material.facts.get("notes") or []]
    notes = [words.reason(each) for each in given if each not in known_already]
    for outcome in list_outcomes(material, words):
        for note in material.outcomes[outcome.name].notes:
            name, _, why = note.partition(": ")
            table = words.table(name, outcome.word)
            notes.append(words.say("note_of_table", table=table, reason=words.reason(why or note)))
    shown = [note for note in dict.fromkeys(notes) if note][:MOST_NOTES]
    text = "\n".join(f"• {note}" for note in shown)
    return [Paragraph(text, words.title("noted"))] if shown else []
