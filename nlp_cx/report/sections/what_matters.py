"""What matters now: few findings in plain sentences, what changed, what to do first and why."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeGuard

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Finding, Findings, Kind, Paragraph, Section
from nlp_cx.report.sections.alerts import show_alerts
from nlp_cx.report.sections.blocks import MOST_DRIVERS, find, lack
from nlp_cx.report.sections.outcomes import Outcome, list_outcomes
from nlp_cx.report.tabulate import Field, known, tabulate, to_points
from nlp_cx.report.words import Words

MOST_FINDINGS = 5
MOST_CHANGES = 60

_TARGETS = {
    "driver_shares": "driver_polarity",
    "driver_shares_by_group": "shares_by_group_negative",
    "driver_shares_over_time": "drivers",
    "groups": "group_differences",
    "coverage": "coverage",
    "quality": "quality",
    "importance": "importance",
    "trends": "drivers",
    "exemplars": "evidence",
    "terms": "terms",
    "emerging_terms": "emerging_terms",
    "negative_cost": "negative_cost",
    "conversation_measures": "conversation_measures",
    "changes": "changes",
    "actions": "actions",
}
"""Where the evidence of a table of the material stands in the report."""


_KINDS: dict[str, Kind] = {
    "share": "share",
    "score_change": "signed",
    "outcome": "signed",
    "outcome_change": "signed",
    "score": "signed",
}
"""How the numbers of a unit are written."""


def write_what_matters(material: Material, words: Words) -> Section:
    """Write the first section.

    Parameters
    ----------
    material : Material
        ``findings``, ``changes``, ``actions``, ``alerts``.
    words : Words

    Returns
    -------
    Section
    """
    blocks = [
        *_findings(material, words), *_changes(material, words), *_actions(material, words),
        *show_alerts(material, words),
    ]  # fmt: skip
    return Section(
        "what_matters", words.title("what_matters"), tuple(blocks), words.say("intro_what_matters")
    )


def _findings(material: Material, words: Words) -> list[Block]:
    """Put the findings into sentences."""
    frame = find(material, "findings")
    if frame is None:
        return [lack(material, words, "findings")]
    main = next(iter(list_outcomes(material, words)), None)
    group = str(material.facts.get("group") or "")
    rows = frame.sort_values("rank", kind="stable").head(MOST_FINDINGS)
    items = [_write_finding(row, words, main, group) for row in rows.to_dict("records")]
    note = words.say("note_findings")
    return [Findings("findings", words.title("findings"), tuple(items), (note,))]


def _write_finding(
    row: dict[Hashable, Any], words: Words, main: Outcome | None, dimension: str
) -> Finding:
    """Put one finding into a sentence."""
    unit = str(row.get("unit") or "")
    estimate, low, high = (_number(row.get(name)) for name in ("estimate", "low", "high"))
    # The ratio of a term that was not there before is not a number.
    direction = "new" if estimate is None else "up" if estimate > 0 else "down"
    n = round(_number(row.get("n")) or 0)
    is_yes_no = main is not None and main.kind == "share"
    is_points = unit == "share_change" or (is_yes_no and unit.startswith("outcome"))
    if is_points:
        estimate, low, high = (None if x is None else 100 * x for x in (estimate, low, high))
    kind: Kind = "points" if is_points else _KINDS.get(unit, "number")
    label = str(row.get("label") or "")
    group = str(row.get("group") or "")
    values = {
        "about": _name_measure(
            {**row, "measure": label or row.get("code")}, words, main, is_share=is_points
        ),
        "driver": words.mention(row.get("driver")),
        "group": words.group(dimension or words.label("group"), group),
        "period": str(row.get("period") or ""),
        "label": words.quote(label),
        "check": words.code("check", label),
        "table": words.code("table", label),
        "outcome": main.word if main else words.say("the_outcome"),
        "amount": _write_amount(estimate, kind, words),
        "n": n,
    }
    code = str(row["code"])
    keys = (f"finding_{code}_{direction}", f"finding_{code}")
    key = next((each for each in keys if words.has(each)), "finding_any")
    tone = str(row.get("tone") or "neutral")
    return Finding(
        words.say(key, **values), n, _target(row), estimate, low, high, kind,
        tone if tone in ("good", "bad") else "neutral",  # type: ignore[arg-type]
    )  # fmt: skip


def _write_amount(estimate: float | None, kind: Kind, words: Words) -> str:
    """Write how much, without a sign: the sentence says the direction."""
    if estimate is None:
        return ""
    size = abs(estimate)
    if kind == "points":
        return words.say("points_alone", value=f"{size:.1f}")
    return words.number("share" if kind == "share" else "number", size)


def _target(row: dict[Hashable, Any]) -> str:
    """Give the id of the block with the evidence."""
    name = str(row.get("target") or "what_matters")
    return _TARGETS.get(name, name)


def _changes(material: Material, words: Words) -> list[Block]:
    """Say what changed since the last whole period; all comparisons on demand."""
    frame = find(material, "changes")
    if frame is None:
        return [lack(material, words, "changes")]
    main = next(iter(list_outcomes(material, words)), None)
    tested = known(frame, "p_adjusted").sort_values("p_adjusted", kind="stable")
    told = tested[tested["p_adjusted"] < 0.05]
    now, before = (_period(frame, name) for name in ("period", "period_before"))
    span = words.say("changes_span", now=now, before=before) if now and before else ""
    if told.empty:
        text = words.say("changes_none" if len(tested) else "changes_untested", n=len(tested))
        sentences = [text]
    else:
        sentences = [_write_change(row, words, main) for row in told.head(5).to_dict("records")]
        if len(told) > len(sentences):
            sentences.append(words.say("changes_more", n=len(told) - len(sentences)))
    paragraph = Paragraph(words.sentences([span, *sentences]), words.title("changes"))
    shown = frame.sort_values("p_adjusted", kind="stable", na_position="last").head(MOST_CHANGES)
    rows = shown.to_dict("records")
    shown = shown.assign(about=[words.start(_name_measure(row, words, main)) for row in rows])
    is_share = shown["is_share"].eq(True) if "is_share" in shown else shown["change"].isna()
    tables: list[Block] = []
    parts: tuple[tuple[pd.DataFrame, Kind], ...] = (
        (to_points(shown[is_share], "change", "low", "high"), "share"),
        (shown[~is_share], "number"),
    )
    for part, kind in parts:
        if part.empty:
            continue
        fields = [
            Field("about", "label"), Field("before", kind), Field("now", kind),
            Field("change", "points" if kind == "share" else "signed", ends="-"),
            Field("p_adjusted"), Field("n_before", "count"), Field("n_now", "count"),
            Field("reason", "text", "reason"),
        ]  # fmt: skip
        name = "changes_levels" if tables else "changes"
        title = words.title(f"changes_{kind}", n=len(part))
        notes = [words.say("note_changes")]
        tables.append(
            tabulate(part, fields, words, id=name, title=title, notes=notes, is_folded=True)
        )
    return [paragraph, *tables]


def _write_change(row: dict[Hashable, Any], words: Words, main: Outcome | None) -> str:
    """Put one change into a sentence."""
    change = float(row["change"])
    direction = "up" if change > 0 else "down"
    is_share = bool(row.get("is_share"))
    kind: Kind = "share" if is_share else "number"
    if is_share:
        value = words.estimate("share", change, row.get("low"), row.get("high"), points=True)
    else:
        value = words.estimate("signed", change, row.get("low"), row.get("high"))
    return words.say(
        f"change_{direction}", value=value,
        about=_name_measure(row, words, main, is_share=is_share),
        before=words.number(kind, float(row["before"])), now=words.number(kind, float(row["now"])),
    )  # fmt: skip


def _name_measure(
    row: dict[Hashable, Any], words: Words, main: Outcome | None, *, is_share: bool = False
) -> str:
    """Name what changed: criticism of a driver, or a measure of the whole."""
    if _is_text(row.get("driver")):
        said = row.get("polarity")  # NaN where no finding has one
        polarity = said if _is_text(said) else "mentioned"
        return words.about(row["driver"], polarity, is_share=is_share)
    measure = str(row.get("measure"))
    if measure == "outcome" and main is not None:
        return main.word
    if _is_text(row.get("polarity")):
        return words.code("measure", f"{measure}_{row['polarity']}")
    return words.code("measure", measure)


def _actions(material: Material, words: Words) -> list[Block]:
    """Say what to do first and why, and list what else is told."""
    frame = find(material, "actions")
    if frame is None:
        return [lack(material, words, "actions")]
    # Drivers of which nothing can be said have no rank: they stay last, in their order.
    frame = frame.sort_values("rank", kind="stable", na_position="last").head(MOST_DRIVERS)
    outcome = next(iter(list_outcomes(material, words)), None)
    word = outcome.word if outcome else words.say("the_outcome")
    is_share = outcome is not None and outcome.kind == "share"
    first = frame.iloc[0]
    code = str(first["code"])
    lead = words.say(
        f"action_{code}" if words.has(f"action_{code}") else "action_any",
        driver=words.mention(first["driver"]),
    )
    why = [] if code == "unclear" else _say_why(first.to_dict(), words, word, is_share=is_share)
    paragraph = Paragraph(words.sentences([lead, *why]), words.title("actions"))
    is_clear = frame["code"].astype(str) != "unclear"
    notes = [*_say_unclear(frame[~is_clear], words), words.say("note_actions", outcome=word),
             words.say("association")]  # fmt: skip
    shown = frame[is_clear]
    if shown.empty:
        return [Paragraph(words.sentences([paragraph.text, *notes[:-2]]), paragraph.title)]
    gains = ("what_if_gain", "what_if_gain_low", "what_if_gain_high")
    shown = to_points(shown, *gains) if is_share else shown
    shown = shown.assign(
        why=[_list_reasons(row.get("reasons"), words) for row in shown.to_dict("records")]
    )
    fields = [
        Field("rank", "count"), Field("driver", "label", "driver"),
        Field("code", "label", "action"), Field("share_negative", "share", ends="share_negative"),
        Field("share", "share", ends="share"),
        Field("what_if_gain", "points" if is_share else "signed", ends="what_if_gain"),
        Field("why", "text"),
    ]  # fmt: skip
    title = words.title("actions_all", n=len(shown))
    return [paragraph, tabulate(shown, fields, words, id="actions", title=title, notes=notes)]


def _say_why(row: dict[Hashable, Any], words: Words, outcome: str, *, is_share: bool) -> list[str]:
    """Say why a driver comes first: criticism, importance, Kano class, what goes with it."""
    parts = []
    negative = _number(row.get("share_negative"))
    if negative is not None:
        ends = [_number(row.get(f"share_negative_{end}")) for end in ("low", "high")]
        parts.append(words.say("why_negative", value=words.estimate("share", negative, *ends)))
    share = _number(row.get("share"))
    if share is not None:
        low, high = _number(row.get("share_low")), _number(row.get("share_high"))
        value = words.estimate("share", share, low, high)
        parts.append(words.say("why_importance", value=value, outcome=outcome))
    if _is_text(row.get("kano_class")):
        parts.append(words.say("why_kano", kano=words.code("kano", row["kano_class"])))
    gain = _number(row.get("what_if_gain"))
    if gain is not None:
        ends = [_number(row.get(f"what_if_gain_{end}")) for end in ("low", "high")]
        kind: Kind = "share" if is_share else "signed"
        value = words.estimate(kind, gain, *ends, points=is_share)
        parts.append(words.say("why_gain", value=value, outcome=outcome))
    return parts


def _say_unclear(frame: pd.DataFrame, words: Words) -> list[str]:
    """Name the drivers of which nothing can be said, and why, in one line."""
    if frame.empty:
        return []
    names = words.join([words.mention(driver) for driver in frame["driver"]])
    codes = [_split(row.get("reasons")) for row in frame.to_dict("records")]
    shared = [code for code in codes[0] if all(code in other for other in codes)]
    reasons = words.list_short([words.code("why", code) for code in shared])
    return [
        words.say("note_unclear" if reasons else "note_unclear_alone", names=names, reasons=reasons)
    ]


def _list_reasons(reasons: Any, words: Words) -> str:
    """Put the codes of reasons into words."""
    return words.list_short([words.code("why", code) for code in _split(reasons)])


def _split(reasons: Any) -> list[str]:
    """Give the codes of reasons."""
    if reasons is None or isinstance(reasons, float):
        return []
    codes = reasons.split(";") if isinstance(reasons, str) else list(reasons)
    return [str(code).strip() for code in codes if str(code).strip()]


def _period(frame: pd.DataFrame, which: str) -> str:
    """Name one of the two periods that are compared."""
    if which in frame.columns and frame[which].notna().any():
        return str(frame[which].dropna().iloc[0])
    return ""


def _number(value: Any) -> float | None:
    """Give a number, None where it is missing."""
    return None if value is None or pd.isna(value) else float(value)


def _is_text(value: Any) -> TypeGuard[str]:
    """Tell a text from nothing."""
    return isinstance(value, str) and bool(value)
