"""The alerts: which rules of the study were judged, and which cases they opened."""

from __future__ import annotations

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block
from nlp_cx.report.sections.blocks import find
from nlp_cx.report.tabulate import Field, tabulate
from nlp_cx.report.words import Words

MOST_CASES = 30
"""The latest ones are shown."""


def show_alerts(material: Material, words: Words) -> list[Block]:
    """Show the rules with the number of cases that each opened, and the cases on demand.

    Parameters
    ----------
    material : Material
        ``alerts``, ``alert_cases``.
    words : Words

    Returns
    -------
    list of Block
        Empty where the study has no rules.
    """
    rules = find(material, "alerts")
    if rules is None:
        return []
    n_cases = int(pd.to_numeric(rules["n_cases"]).sum())
    told = words.say("alerts_told", n=n_cases, rules=len(rules))
    fields = [
        Field("rule", "label"), Field("kind", "label", "alert_kind"),
        Field("severity", "label", "severity"), Field("n_cases", "count"),
        Field("reason", "text", "reason"),
    ]  # fmt: skip
    notes = [told, words.say("note_alerts")]
    blocks: list[Block] = [tabulate(rules, fields, words, id="alerts", notes=notes)]
    cases = find(material, "alert_cases")
    if cases is None:
        return blocks
    latest = cases.sort_values("at", ascending=False, kind="stable").head(MOST_CASES)
    latest = latest.assign(
        at=_to_minutes(latest["at"]),
        due_at=_to_minutes(latest["due_at"]) if "due_at" in latest else None,
    )
    fields = [
        Field("case_id", "label"), Field("rule", "text"), Field("severity", "label", "severity"),
        Field("at", "text"), Field("due_at", "text"), Field("owner", "text"),
    ]  # fmt: skip
    more = [words.say("note_cases", shown=len(latest), of=len(cases))]
    title = words.title("alert_cases", n=len(cases))
    blocks.append(
        tabulate(latest, fields, words, id="alert_cases", title=title, notes=more, is_folded=True)
    )
    return blocks


def _to_minutes(times: pd.Series) -> pd.Series:
    """Write ISO 8601 times to the minute; missing stays missing."""
    texts = times.astype(object).where(times.notna(), None)
    return texts.map(lambda each: None if each is None else str(each)[:16].replace("T", " "))
