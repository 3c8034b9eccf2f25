"""Write the keys of a study file into docs/REPORT.md, from the classes that read it.

    python scripts/write_report_doc.py

Run it after every change of nlp_cx/study/spec.py; tests/test_report_doc.py fails until then.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from nlp_cx.analyze.source_models.inputs import ServqualInputs, SourceInputs
from nlp_cx.join.spec import AsOf, WeightSpec
from nlp_cx.study.spec import (
    EvidenceSpec,
    Gold,
    InputSpec,
    JoinRules,
    OutcomeSpec,
    Privacy,
    Study,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "REPORT.md"
BEGIN, END = "<!-- keys: written by scripts/write_report_doc.py -->\n", "<!-- end of keys -->"

ROOMS: tuple[tuple[str, str, type], ...] = (
    ("At the top of the file", "", Study),
    ("`[[inputs]]`", "One for each file.", InputSpec),
    ("`[inputs.asof]`", "A table that is matched by time.", AsOf),
    ("`[join]`", "How texts and tables become one table of units.", JoinRules),
    ("`[join.weights]`", "Weights that let those who wrote speak for all.", WeightSpec),
    ("`[[outcomes]]`", "One for each; the first three are explained.", OutcomeSpec),
    ("`[gold]`", "Labels by people, by which shares are corrected.", Gold),
    ("`[privacy]`", "", Privacy),
    ("`[evidence]`", "", EvidenceSpec),
    ("`[sources]`", "For the models of customer experience; all optional.", SourceInputs),
    ("`[sources.servqual]`", "", ServqualInputs),
)

MEANINGS: dict[str, dict[str, str]] = {
    "Study": {
        "title": "Of the report.",
        "random_state": "Of bootstraps and samples; the same gives the same numbers.",
        "inputs": "The files, see `[[inputs]]`.",
        "join": "See `[join]`.",
        "weights": "Column of sampling weights.",
        "customer": "Column of customers: rows of one are one observation for intervals.",
        "analyses": "Which to make, see above; all that the data allow when empty.",
        "gold": "See `[gold]`.",
        "privacy": "See `[privacy]`.",
        "evidence": "See `[evidence]`.",
        "n_bootstrap": "Resamples behind intervals of importance and what-if.",
    },
    "InputSpec": {
        "kind": "`reviews`, `chats`: texts; `scored`: texts with the columns of `nlp-cx score`; "
        "`ratings`: answers in numbers; `operations`: what happened.",
        "text": "Column of the texts.",
        "id": "Column with the id of a text; row numbers when there is none.",
        "interaction": "Column of the order, stay or conversation that a text is about.",
        "customer": "Column of who wrote it.",
        "time": "Column of times; of a table the time of a row.",
        "speaker": "Chats: column of who speaks.",
        "turn": "Chats: column with the position of a turn.",
        "channel": "Column of the channel.",
        "customers": "Chats: speakers who are customers.",
        "agents": "Chats: speakers who are agents.",
        "cardinality": "Tables: units to rows as it must be; found and reported when not given.",
        "asof": "Tables: match by time, see `[inputs.asof]`.",
    },
    "JoinRules": {
        "period": "The grain has a period too.",
        "look_ahead": "Ratings older than the text that should explain them.",
        "normalize_keys": "Compare keys without spaces, case, width, leading zeros and `.0`.",
        "allow_many": "Let a unit become several rows; weights bring them down to one.",
        "duplicates": "What becomes of texts that stand there twice. They are always counted.",
        "weights": "See `[join.weights]`.",
    },
    "WeightSpec": {
        "kind": "`response`: 1 / the modelled chance of having responded; `poststratify`: to known "
        "shares of cells.",
    },
    "OutcomeSpec": {"low": "Lowest value of its scale.", "high": "Highest value of its scale."},
    "SourceInputs": {
        "experience": "Driver to a column of ratings, or to one number: what customers got.",
        "expectation": "The same: what they expected.",
        "importance": "Driver to its stated weight.",
        "ideal": "Driver to the experience that the company aims at; never derived.",
        "scale": "Lowest and highest rating.",
        "importance_scale": "Lowest and highest weight.",
        "negative": 'The experience was negative: a column, or `"r_csat <= 2"`.',
        "complained": "The same: the customer complained.",
        "at_risk": "The same: the customer is still there and may leave.",
        "retained": "The same: the customer stayed.",
        "churned": "The same: the customer left. One of these two is enough.",
        "servqual": "See `[sources.servqual]`.",
        "channel": "Column of the texts with the channel.",
        "touchpoint": "Column of the texts with the touchpoint.",
        "stage": "Column of the texts with the stage of the journey.",
    },
    "ServqualInputs": {
        "perception": "Dimension to the columns of its items: what customers got.",
        "expectation": "The same: what they expected. Without them the result is SERVPERF.",
    },
}
"""Where a docstring says it of several parameters at once, or leaves it to the reader of the code."""

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def write_page(page: str) -> str:
    """Give the page with its keys written anew."""
    head, rest = page.split(BEGIN)
    tail = rest.split(END, 1)[1]
    return head + BEGIN + "\n" + "\n".join(map(_write_room, ROOMS)) + "\n" + END + tail


def _write_room(room: tuple[str, str, type]) -> str:
    """Give the keys of one class as a table."""
    title, sentence, cls = room
    meanings = _read_meanings(cls) | MEANINGS.get(cls.__name__, {})
    hints = get_type_hints(cls)
    lines = [f"### {title}", "", *([sentence, ""] if sentence else [])]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for field in dataclasses.fields(cls):
        cells = (f"`{field.name}`", _name_type(hints[field.name]), _name_default(field),
                 meanings[field.name])  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _name_type(hint: Any) -> str:
    """Name a type as a writer of TOML knows it."""
    if hint in _WORDS:
        return _WORDS[hint]
    arguments = [each for each in get_args(hint) if each is not types.NoneType]
    if get_origin(hint) is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if get_origin(hint) is tuple:
        if arguments[-1] is Ellipsis:
            return "tables" if dataclasses.is_dataclass(arguments[0]) else "list"
        return f"list of {len(arguments)}"
    if get_origin(hint) is dict:
        return f"table of {_name_type(arguments[1])}"
    if dataclasses.is_dataclass(hint):
        return "table"
    return " or ".join(_name_type(each) for each in arguments)


def _name_default(field: dataclasses.Field[Any]) -> str:
    """Name what holds where nothing is said."""
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        return "needed"
    value = field.default
    if value is dataclasses.MISSING or value in (None, (), "") or dataclasses.is_dataclass(value):
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value)
    return f"{value:,}" if isinstance(value, int | float) else f"`{value}`"


def _read_meanings(cls: type) -> dict[str, str]:
    """Read what each parameter means from the docstring of its class."""
    text = inspect.cleandoc(cls.__doc__ or "").split("Parameters\n----------\n", 1)[1]
    text = re.split(r"\n\w+\n-{3,}\n", text, maxsplit=1)[0]
    entries = re.findall(r"^(\S[^\n:]*?)(?: : [^\n]*)?\n((?:    [^\n]*\n?|\n(?=    ))*)", text + "\n", re.MULTILINE)  # fmt: skip
    found = {}
    for names, said in entries:
        meaning = re.sub(r"\s+", " ", said).strip().replace("``", "`")
        meaning = re.sub(r"`nlp_cx\.[\w.]+?\.?(\w+)`", r"`\1`", meaning)
        for name in names.split(", "):
            found[name] = meaning
    return found


if __name__ == "__main__":
    PAGE.write_text(write_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
