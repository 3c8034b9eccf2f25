"""How the outcomes of a study are named, written and scaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_cx.report.material import Material
from nlp_cx.report.model import Kind
from nlp_cx.report.words import Words

MOST_OUTCOMES = 3
"""Outcomes that are shown; the first is the main one."""

_SCALES = {"r_stars": (1.0, 5.0), "stars": (1.0, 5.0), "r_nps": (0.0, 10.0)}
"""Scales of columns with a name that says it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome as the report shows it.

    Parameters
    ----------
    name : str
        Its column.
    word : str
        What it is called.
    kind : {"share", "number"}
        A share where its values are 0 and 1.
    domain : (float, float) or None
        Its scale.
    place : int
        0 for the main one; part of the ids of its tables.
    """

    name: str
    word: str
    kind: Kind
    domain: tuple[float, float] | None
    place: int

    def id(self, table: str) -> str:
        """Give the id of a table of this outcome."""
        return table if self.place == 0 else f"{table}_{self.place + 1}"


def list_outcomes(material: Material, words: Words) -> list[Outcome]:
    """List the outcomes to show.

    Parameters
    ----------
    material : Material
    words : Words

    Returns
    -------
    list of Outcome
    """
    found = []
    own = material.facts.get("outcomes") or {}
    for place, (name, tables) in enumerate(list(material.outcomes.items())[:MOST_OUTCOMES]):
        is_share = tables.family == "logit"
        given = own.get(name) if isinstance(own, Mapping) else None
        domain = (0.0, 1.0) if is_share else _SCALES.get(name)
        if isinstance(given, Mapping) and given.get("low") is not None and not is_share:
            domain = (float(given["low"]), float(given["high"]))
        kind: Kind = "share" if is_share else "number"
        found.append(Outcome(name, words.outcome(name), kind, domain, place))
    return found
