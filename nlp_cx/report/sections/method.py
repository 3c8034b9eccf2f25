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
    blocks += [Paragraph(words.say(key)) for key in words.keys("formula_")]
    blocks += [Paragraph(words.say(key)) for key in words.keys("caution_")]
    blocks += _notes(material, words)
    return Section("method", words.title("method"), tuple(blocks), words.say("intro_method"))


def _inputs(material: Material, words: Words) -> list[Block]:
    """List what was read."""
    inputs = [each for each in material.facts.get("inputs") or [] if isinstance(each, Mapping)]
    if not inputs:
        return []
    frame = pd.DataFrame(
        [
            {
                "path": str(each.get("path") or each.get("name") or ""),
                "role": each.get("role"),
                "n_rows": each.get("n_rows"),
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
    notes = [words.say("note_classifier")]
    return [
        *blocks,
        tabulate(frame.head(MOST_METRICS), fields, words, id="classifier", notes=notes),
    ]


def _notes(material: Material, words: Words) -> list[Block]:
    """Repeat what the analyses and the run noted."""
    notes = [words.reason(each) for each in material.facts.get("notes") or []]
    for outcome in list_outcomes(material, words):
        for note in material.outcomes[outcome.name].notes:
            name, _, why = note.partition(": ")
            table = words.table(name, outcome.word)
            notes.append(words.say("note_of_table", table=table, reason=words.reason(why or note)))
    return [Paragraph(words.say("noted", note=note)) for note in notes[:MOST_NOTES] if note]
