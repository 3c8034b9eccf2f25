"""What matters now: few findings in plain sentences, what changed, what to do first and why."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Finding, Findings, Kind, Paragraph, Section
from nlp_cx.report.sections.blocks import MOST_DRIVERS, find, lack
from nlp_cx.report.sections.outcomes import Outcome, list_outcomes
from nlp_cx.report.tabulate import Field, known, tabulate
from nlp_cx.report.words import Words

MOST_FINDINGS = 5
MOST_CHANGES = 20

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
        ``findings``, ``changes``, ``actions``.
    words : Words

    Returns
    -------
    Section
    """
    blocks = [*_findings(material, words), *_changes(material, words), *_actions(material, words)]
    return Section(
        "what_matters", words.title("what_matters"), tuple(blocks), words.say("intro_what_matters")
    )


def _findings(material: Material, words: Words) -> list[Block]:
    """Put the findings into sentences."""
    frame = find(material, "findings")
    if frame is None:
        return [lack(material, words, "findings")]
    main = next(iter(list_outcomes(material, words)), None)
    rows = frame.sort_values("rank", kind="stable").head(MOST_FINDINGS)
    items = [_write_finding(row, words, main) for row in rows.to_dict("records")]
    note = words.say("note_findings")
    return [Findings("findings", words.title("findings"), tuple(items), (note,))]


def _write_finding(row: dict[str, Any], words: Words, main: Outcome | None) -> Finding:
    """Put one finding into a sentence."""
    unit = str(row.get("unit") or "")
    estimate, low, high = (_number(row.get(name)) for name in ("estimate", "low", "high"))
    # The ratio of a term that was not there before is not a number.
    direction = "new" if estimate is None else "up" if estimate > 0 else "down"
    n = round(_number(row.get("n")) or 0)
    is_yes_no = main is not None and main.kind == "share"
    if unit == "share_change" or (is_yes_no and unit.startswith("outcome")):
        # A difference of shares is told in percentage points.
        estimate, low, high = (None if x is None else 100 * x for x in (estimate, low, high))
        kind: Kind = "signed"
        unit = "points"
    else:
        kind = _KINDS.get(unit, "number")
    label = str(row.get("label") or "")
    values = {
        "about": _name_subject(row, words, main),
        "driver": words.driver(row.get("driver")),
        "group": words.quote(str(row.get("group") or "")),
        "period": str(row.get("period") or ""),
        "label": words.quote(label),
        "check": words.code("check", label),
        "table": words.code("table", label),
        "outcome": main.word if main else words.say("the_outcome"),
        "amount": _write_amount(estimate, unit, words),
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


def _write_amount(estimate: float | None, unit: str, words: Words) -> str:
    """Write how much, without a sign: the sentence says the direction."""
    if estimate is None:
        return ""
    size = abs(estimate)
    if unit == "points":
        return words.say("points_alone", value=f"{size:.1f}")
    return words.number("share" if unit == "share" else "number", size)


def _name_subject(row: dict[str, Any], words: Words, main: Outcome | None) -> str:
    """Name what a finding is about: criticism of a driver, or a measure."""
    return _name_measure({**row, "measure": row.get("label") or row.get("code")}, words, main)


def _target(row: dict[str, Any]) -> str:
    """Give the id of the block with the evidence."""
    name = str(row.get("target") or "what_matters")
    return _TARGETS.get(name, name)


def _changes(material: Material, words: Words) -> list[Block]:
    """Say what changed since the last whole period."""
    frame = find(material, "changes")
    if frame is None:
        return [lack(material, words, "changes")]
    told = known(frame, "p_adjusted")
    told = told[told["p_adjusted"] < 0.05]
    now, before = (_period(frame, name) for name in ("period", "period_before"))
    span = words.say("changes_span", now=now, before=before) if now and before else ""
    if told.empty:
        tested = len(known(frame, "p_adjusted"))
        text = words.say("changes_none", n=tested) if tested else words.say("changes_untested")
        blocks: list[Block] = [Paragraph(words.sentences([words.say("changes_lead"), span, text]))]
    else:
        told = told.reindex(told["p_adjusted"].sort_values(kind="stable").index)
        main = next(iter(list_outcomes(material, words)), None)
        sentences = [_write_change(row, words, main) for row in told.head(3).to_dict("records")]
        blocks = [Paragraph(words.sentences([words.say("changes_lead"), span, *sentences]))]
    shown = frame.sort_values("p_adjusted", kind="stable", na_position="last").head(MOST_CHANGES)
    main = next(iter(list_outcomes(material, words)), None)
    shown = shown.assign(about=[_name_measure(r, words, main) for r in shown.to_dict("records")])
    fields = [
        Field("about", "label"), Field("before"), Field("now"),
        Field("change", "signed", ends="-"), Field("p_adjusted"), Field("n_before", "count"),
        Field("n_now", "count"), Field("reason", "text", "reason"),
    ]  # fmt: skip
    return [
        *blocks,
        tabulate(shown, fields, words, id="changes", notes=[words.say("note_changes")]),
    ]


def _write_change(row: dict[str, Any], words: Words, main: Outcome | None) -> str:
    """Put one change into a sentence."""
    change = float(row["change"])
    direction = "up" if change > 0 else "down"
    is_share = bool(row.get("is_share"))
    kind: Kind = "share" if is_share else "number"
    if is_share:
        value = words.estimate("share", change, row.get("low"), row.get("high"), points=True)
    else:
        value = words.estimate("signed", change, row.get("low"), row.get("high"))
    about = _name_measure(row, words, main)
    return words.say(
        f"change_{direction}", about=about, value=value,
        before=words.number(kind, float(row["before"])), now=words.number(kind, float(row["now"])),
    )  # fmt: skip


def _name_measure(row: dict[str, Any], words: Words, main: Outcome | None) -> str:
    """Name what changed: criticism of a driver, or a measure of the whole."""
    if _is_text(row.get("driver")):
        polarity = str(row.get("polarity") or "mentioned")
        return words.say("about_driver", said=words.code("said", polarity),
                         driver=words.driver(row["driver"]))  # fmt: skip
    measure = str(row.get("measure"))
    if measure == "outcome" and main is not None:
        return main.word
    if _is_text(row.get("polarity")):
        return words.code("measure", f"{measure}_{row['polarity']}")
    return words.code("measure", measure)


def _actions(material: Material, words: Words) -> list[Block]:
    """Say what to do first and why, and list the rest."""
    frame = find(material, "actions")
    if frame is None:
        return [lack(material, words, "actions")]
    # Drivers of which nothing can be said have no rank: they stay last, in their order.
    frame = frame.sort_values("rank", kind="stable", na_position="last").head(MOST_DRIVERS)
    outcome = next(iter(list_outcomes(material, words)), None)
    word = outcome.word if outcome else words.say("the_outcome")
    first = frame.iloc[0]
    code = str(first["code"])
    lead = words.say(
        f"action_{code}" if words.has(f"action_{code}") else "action_any",
        driver=words.driver(first["driver"]),
    )
    why = [] if code == "unclear" else _say_why(first.to_dict(), words, word)
    sentences = [words.say("actions_lead"), lead, *why]
    frame = frame.assign(
        kano_class=frame["kano_class"].astype(object).where(frame["kano_class"].notna(), "unknown")
        if "kano_class" in frame
        else "unknown",
        why=[_list_reasons(row.get("reasons"), words) for row in frame.to_dict("records")],
    )
    fields = [
        Field("rank", "count"), Field("driver", "label", "driver"),
        Field("code", "label", "action"),
        Field("share", "share", ends="share"), Field("performance", "signed", ends="performance"),
        Field("quadrant", "label", "quadrant"), Field("kano_class", "label", "kano"),
        Field("p_kano", "share"), Field("share_negative", "share", ends="share_negative"),
        Field("what_if_gain", "signed", ends="what_if_gain"), Field("why", "text"),
        Field("n", "count"),
    ]  # fmt: skip
    notes = [words.say("note_actions", outcome=word), words.say("association")]
    return [
        Paragraph(words.sentences(sentences)),
        tabulate(frame, fields, words, id="actions", notes=notes),
    ]


def _say_why(row: dict[str, Any], words: Words, outcome: str) -> list[str]:
    """Say why a driver comes first: importance, performance, Kano class, what goes with it."""
    parts = []
    share = _number(row.get("share"))
    if share is not None:
        low, high = _number(row.get("share_low")), _number(row.get("share_high"))
        value = words.estimate("share", share, low, high)
        parts.append(words.say("why_importance", value=value, outcome=outcome))
    negative = _number(row.get("share_negative"))
    if negative is not None:
        ends = [_number(row.get(f"share_negative_{end}")) for end in ("low", "high")]
        parts.append(words.say("why_negative", value=words.estimate("share", negative, *ends)))
    if _is_text(row.get("quadrant")):
        parts.append(words.say("why_quadrant", quadrant=words.code("quadrant", row["quadrant"])))
    if _is_text(row.get("kano_class")):
        parts.append(words.say("why_kano", kano=words.code("kano", row["kano_class"])))
    else:
        parts.append(words.say("why_kano_unknown"))
    gain = _number(row.get("what_if_gain"))
    if gain is not None:
        ends = [_number(row.get(f"what_if_gain_{end}")) for end in ("low", "high")]
        value = words.estimate("signed", gain, *ends)
        parts.append(words.say("why_gain", value=value, outcome=outcome))
    return parts


def _list_reasons(reasons: Any, words: Words) -> str:
    """Put the codes of reasons into words."""
    if reasons is None or isinstance(reasons, float):
        return ""
    codes = [c.strip() for c in reasons.split(";")] if isinstance(reasons, str) else list(reasons)
    return words.list_all([words.code("why", code) for code in codes if str(code)])


def _period(frame: pd.DataFrame, which: str) -> str:
    """Name one of the two periods that are compared."""
    if which in frame.columns and frame[which].notna().any():
        return str(frame[which].dropna().iloc[0])
    return ""


def _number(value: Any) -> float | None:
    """Give a number, None where it is missing."""
    return None if value is None or pd.isna(value) else float(value)


def _is_text(value: Any) -> bool:
    """Tell a text from nothing."""
    return isinstance(value, str) and bool(value)
