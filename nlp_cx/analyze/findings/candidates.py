"""What could be a finding: statements that the tables support, each with its weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

Tables = Mapping[str, pd.DataFrame]
Tone = Literal["good", "bad", "neutral"]

MAX_P = 0.05
"""Largest adjusted p-value of a difference that is told."""

MEDIUM_H, MEDIUM_D, MEDIUM_R = 0.5, 0.5, 0.3
"""Medium effects of Cohen (1988): difference of shares on the arc-sine scale, of means in standard
deviations, correlation. Effects are measured in them, so that they can be put in one order."""

MIN_EFFECT, MAX_EFFECT = 0.2, 2.0
"""In medium effects. Among a million texts the smallest difference is significant, and still not
worth a sentence; and beyond a very large effect, reach decides."""

DOMINANT, EVERYWHERE = 0.9, 0.95
"""A driver that holds this share of the importance and is judged in this share of the units is what
nearly every text is about: that it matters most goes without saying."""

PRAISE = 0.5
"""What is praised weighs half as much as what is criticised: nothing has to be done."""

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement that could be among the findings.

    Attributes
    ----------
    kind : str
        state, action, news, group, conversation or caveat: of each the heaviest comes first.
    code, target : str
    estimate, low, high : float
    n : int
    unit : {"share", "share_change", "score", "score_change", "outcome", "outcome_change", "ratio"}
    tone : {"good", "bad", "neutral"}
    weight : float
        Effect (in medium effects) times reach (share of the texts or units it is about).
    driver, polarity, group, period, label : str or None
        `label`: a term, a table, a measure or an action, by code.
    """

    kind: str
    code: str
    target: str
    estimate: float
    low: float
    high: float
    n: int
    unit: str
    tone: Tone
    weight: float
    driver: str | None = None
    polarity: str | None = None
    group: str | None = None
    period: str | None = None
    label: str | None = None


def find_states(tables: Tables, outcome: Tables) -> Iterator[Candidate]:
    """Give what is so: the driver that matters most, those criticised and praised most."""
    importance = outcome.get("importance")
    if importance is not None and importance["share"].notna().any():
        row = importance.iloc[int(np.nanargmax(importance["share"].to_numpy(np.float64)))]
        if row["q_null"] <= MAX_P and row["p_first"] >= 0.8:
            fit = float(row["fit"]) - float(np.nan_to_num(row["fit_controls"]))
            reach = min(1.0, (row["n_negative"] + row["n_positive"]) / max(int(row["n"]), 1))
            effect = float(np.sqrt(max(float(row["share"]) * fit, 0.0))) / MEDIUM_R
            is_trivial = float(row["share"]) >= DOMINANT and reach >= EVERYWHERE
            yield Candidate(
                "state", "top_driver", "importance", row["share"], row["share_low"],
                row["share_high"], int(row["n"]), "share", "neutral",
                0.0 if is_trivial else _weigh(effect, reach), driver=row["driver"],
            )  # fmt: skip
    shares = tables.get("driver_shares")
    if shares is None:
        return
    tones: dict[str, Tone] = {"negative": "bad", "positive": "good"}
    for polarity, tone in tones.items():
        part = shares[(shares["polarity"] == polarity) & shares["share"].notna()]
        part = part.sort_values("share", ascending=False, kind="stable")
        # A first place that the interval of the second one reaches is none.
        if part.empty or (len(part) > 1 and part["low"].iloc[0] <= part["high"].iloc[1]):
            continue
        row = part.iloc[0]
        is_corrected = pd.notna(row.get("corrected"))
        names = ("corrected", "corrected_low", "corrected_high") if is_corrected else (
            "share", "low", "high")  # fmt: skip
        estimate, low, high = (float(row[name]) for name in names)
        yield Candidate(
            "state", "most_criticised" if polarity == "negative" else "most_praised",
            "driver_shares", estimate, low, high, int(row["of"]), "share", tone,
            _weigh(_arc(estimate) / MEDIUM_H, estimate) * (PRAISE if tone == "good" else 1.0),
            driver=row["driver"], polarity=polarity,
        )  # fmt: skip


def find_action(tables: Tables) -> Iterator[Candidate]:
    """Give what to repair or improve first, and what next."""
    actions = tables.get("actions")
    if actions is None:
        return
    for place, row in enumerate(actions.head(2).to_dict("records")):
        ends = (row["what_if_gain_low"], row["what_if_gain_high"])
        if row["code"] not in ("repair_first", "improve") or not ends[0] * ends[1] > 0:
            return
        effect = abs(float(row["what_if_gain"])) / _deviation(row)
        yield Candidate(
            "action", "repair_next" if place else row["code"], "actions", row["what_if_gain"],
            *ends, int(row["n"]), "outcome", "bad",
            min(effect / MEDIUM_D, MAX_EFFECT) + float(row["share_negative"]),
            driver=row["driver"], polarity="negative",
        )  # fmt: skip


def find_changes(tables: Tables, *, higher_is_better: bool) -> Iterator[Candidate]:
    """Give what differs since the last period."""
    changes = tables.get("changes")
    if changes is None:
        return
    for row in changes[changes["p_adjusted"] <= MAX_P].to_dict("records"):
        ends, n = (row["change"], row["low"], row["high"]), (row["n_now"], row["n_before"])
        if row["polarity"] in ("mentioned", "neutral"):
            continue  # its parts say more
        measure = row["measure"]
        is_good = row["change"] > 0
        if row["polarity"] == "negative" or (measure == "outcome" and not higher_is_better):
            is_good = not is_good
        reach = max(row["now"], row["before"]) if row["is_share"] else 1.0
        unit = "share_change" if row["is_share"] else (
            "score_change" if measure == "sentiment" else "outcome_change")  # fmt: skip
        yield Candidate(
            "news", "change", "changes", row["change"], row["low"], row["high"],
            int(row["n_now"]), unit, "good" if is_good else "bad",
            _weigh(_standardised(*ends, *n), reach), driver=row["driver"],
            polarity=row["polarity"], period=row["period"], label=measure,
        )  # fmt: skip


def find_terms(tables: Tables) -> Iterator[Candidate]:
    """Give terms that are new or more frequent than before."""
    terms = tables.get("emerging_terms")
    if terms is None or "is_emerging" not in terms:
        return
    for row in terms[terms["is_emerging"].fillna(False).astype(bool)].to_dict("records"):
        effect = (_arc(row["share_now"]) - _arc(row["share_before"])) / MEDIUM_H
        driver = row.get("driver")
        yield Candidate(
            "news", "emerging_term", "emerging_terms", row["ratio"], row["ratio_low"],
            row["ratio_high"], int(row["n_now"]), "ratio", "neutral",
            min(effect, MAX_EFFECT) * row["share_now"],
            driver=driver if isinstance(driver, str) else None, label=row["term"],
        )  # fmt: skip


def find_opinions(tables: Tables) -> Iterator[Candidate]:
    """Give the opinion term that is written most often of what is criticised."""
    terms = tables.get("terms")
    if terms is None or terms.empty or not {"aspect", "opinion", "n", "of"} <= set(terms):
        return
    is_often = (terms["n"] >= MIN_TERM) & (terms["share"] >= MIN_TERM_SHARE)
    rows = terms[(terms["polarity"].astype(str) == "negative") & is_often]
    for row in rows.sort_values("n", ascending=False, kind="stable").head(1).to_dict("records"):
        share = float(row["share"])
        aspect, opinion = row["aspect"], str(row["opinion"])
        label = opinion
        if isinstance(aspect, str) and aspect:
            label = f"{opinion} {aspect}" if opinion in ("no", "not") else f"{aspect}–{opinion}"
        yield Candidate(
            "state", "criticised_term", "terms", share, row["share_low"], row["share_high"],
            int(row["of"]), "share", "bad", _weigh(_arc(share) / MEDIUM_H, share),
            driver=str(row["driver"]), polarity="negative", label=label,
        )  # fmt: skip


MIN_TERM = 10
"""Texts that a term needs to be told; with fewer it is an anecdote."""

MIN_TERM_SHARE = 0.01
"""And their share of the texts: of 5,000 phone reviews 24 say 内存小, and as many 声音小."""


def find_groups(outcome: Tables, *, higher_is_better: bool) -> Iterator[Candidate]:
    """Give groups that differ from the others, after adjusting for the number of comparisons."""
    groups = outcome.get("groups")
    if groups is None:
        return
    known = groups[(groups["p_adjusted"] <= MAX_P) & ~groups["is_hidden"]]
    for row in known[known["measure"] != "score"].to_dict("records"):
        measure = row["measure"]
        is_good = row["difference"] > 0
        if measure == "negative" or (measure == "outcome" and not higher_is_better):
            is_good = not is_good
        n, rest = int(row["n"]), int(row["n_reference"])
        ends = (row["difference"], row["difference_low"], row["difference_high"])
        is_outcome = measure == "outcome"
        # The larger side of two groups says the same of the smaller one: told of the worse one.
        weight = _weigh(_standardised(*ends, n, rest), n / (n + rest)) * (PRAISE if is_good else 1)
        yield Candidate(
            "group", "group_differs", "groups", *ends, n,
            "outcome_change" if is_outcome else "share_change", "good" if is_good else "bad",
            weight, driver=row["driver"], polarity=None if is_outcome else measure,
            group=str(row["group"]), label=measure,
        )  # fmt: skip


def find_conversations(tables: Tables) -> Iterator[Candidate]:
    """Give how conversations end."""
    table = tables.get("conversation_measures")
    if table is None:
        return
    rows = table.set_index("measure").to_dict("index")
    part = _part_in_chats(tables, rows)
    tones: dict[str, Tone] = {"unresolved": "bad", "asked_escalation": "bad", "repeated": "bad"}
    for name, tone in tones.items():
        row = rows.get(name)
        if row is not None and row["low"] > 0.02:
            weight = _weigh(_arc(row["estimate"]) / MEDIUM_H, row["estimate"] * part)
            yield Candidate(
                "conversation", name, "conversation_measures", row["estimate"], row["low"],
                row["high"], int(row["n"]), "share", tone, weight, label=name,
            )  # fmt: skip
    ended, row = rows.get("ended_negative"), rows.get("sentiment_change")
    is_bad_end = ended is not None and ended["low"] > 0.5
    if ended is not None and is_bad_end:
        yield Candidate(
            "conversation", "ended_negative", "conversation_measures", ended["estimate"],
            ended["low"], ended["high"], int(ended["n"]), "share", "bad",
            _weigh(_arc(ended["estimate"]) / MEDIUM_H, ended["estimate"] * part),
            label="ended_negative",
        )  # fmt: skip
    if row is not None and row["n"] > 1 and row["low"] * row["high"] > 0:
        is_good = row["estimate"] > 0
        if is_good and is_bad_end:
            return  # a complaint cools down in any case: no good news while most end badly
        spread = (row["high"] - row["low"]) / 2 / _Z * np.sqrt(row["n"])
        effect = abs(row["estimate"]) / max(spread, 1e-9) / MEDIUM_D
        weight = _weigh(effect, row["n"] / row["of"] * part) * (PRAISE if is_good else 1.0)
        yield Candidate(
            "conversation", "mood_changes", "conversation_measures", row["estimate"],
            row["low"], row["high"], int(row["n"]), "score_change",
            "good" if is_good else "bad", weight, label="sentiment_change",
        )  # fmt: skip


def _part_in_chats(tables: Tables, measures: Mapping[Any, Any]) -> float:
    """Give the part of all texts that are turns of conversations: beside many reviews a few
    conversations reach few customers."""
    shares, turns = tables.get("driver_shares"), measures.get("customer_turns")
    if shares is None or turns is None or "of" not in shares or shares["of"].isna().all():
        return 1.0
    return float(min(1.0, turns["estimate"] * turns["n"] / max(int(shares["of"].max()), 1)))


def find_caveats(tables: Tables) -> Iterator[Candidate]:
    """Give what weakens all other findings."""
    found = tables.get("coverage")
    if found is not None:
        for row in found[found["high"] < 0.5].to_dict("records"):
            yield Candidate(
                "caveat", "low_coverage", "coverage", row["share"], row["low"], row["high"],
                int(row["n_units"]), "share", "neutral", 1 - row["share"], label=row["table"],
            )  # fmt: skip
    checks = tables.get("quality")
    if checks is not None:
        for check, limit in _TOLERATED.items():
            for row in checks[checks["check"] == check].to_dict("records"):
                if pd.notna(row["share"]) and row["share"] > limit:
                    yield Candidate(
                        "caveat", "data_quality", "quality", row["share"], np.nan, np.nan,
                        int(row["of"]), "share", "neutral", row["share"], label=check,
                    )  # fmt: skip


_TOLERATED = {
    "rejected_rows": 0.05,
    "empty_texts": 0.5,
    "nothing_scored": 0.2,
    "repeated_texts": 0.2,
    "unsure_labels": 0.4,
    "unknown_speakers": 0.2,
    "other_languages": 0.2,
    "unreadable_times": 0.05,
    "no_key": 0.2,
}
"""Shares up to which a check is no finding; the table of quality shows them all."""


def _weigh(effect: float, reach: float) -> float:
    """Multiply effect and reach; an effect that is too small for a sentence weighs nothing."""
    return 0.0 if effect < MIN_EFFECT else float(min(effect, MAX_EFFECT) * reach)


def _arc(share: float) -> float:
    """Give a share on Cohen's arc-sine scale."""
    return float(2 * np.arcsin(np.sqrt(min(max(share, 0.0), 1.0))))


def _standardised(difference: float, low: float, high: float, n1: float, n2: float) -> float:
    """Give a difference in (medium) standard deviations, which its interval tells."""
    error = (high - low) / 2 / _Z
    if not error > 0 or not n1 > 0 or not n2 > 0:
        return 0.0
    return float(abs(difference) / (error / np.sqrt(1 / n1 + 1 / n2)) / MEDIUM_D)


def _deviation(row: Any) -> float:
    """Give a yardstick of the outcome: what stands between criticism and praise of the driver."""
    spread = abs(float(row["penalty"])) + abs(float(np.nan_to_num(row["reward"])))
    return spread if spread > 0 else 1.0
