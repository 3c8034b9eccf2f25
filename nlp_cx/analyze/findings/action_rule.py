"""The rule by which a driver is to be repaired, improved, protected or watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

CODES = ("repair_first", "improve", "protect", "watch", "unclear")
"""What to do, the most urgent first."""

REASONS = (
    "too_few_mentions",
    "importance_by_chance",
    "criticism_unclear",
    "praise_unclear",
    "unexpected_sign",
    "basic",
    "performance_factor",
    "excitement",
    "important",
    "minor",
    "below_others",
    "above_others",
    "often_criticised",
    "seldom_criticised",
    "criticism_counts",
    "praise_counts",
)
"""Why, as codes."""

_KANO = {"basic": "basic", "performance": "performance_factor", "excitement": "excitement"}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is settled of a driver; what is not known is False."""

    criticism_counts: bool
    praise_counts: bool
    is_unexpected: bool
    is_important: bool
    is_minor: bool
    is_weak: bool
    is_strong: bool
    is_often: bool
    is_seldom: bool


def decide_action(
    row: pd.Series, *, better: float, max_q: float, often: float
) -> tuple[str, list[str]]:
    """Choose what to do about a driver.

    Parameters
    ----------
    row : Series
        Importance, performance, Kano class, criticism, penalty and reward, as `rank_actions`
        gathers them; NaN where not known.
    better : {1.0, -1.0}
        -1 where a lower outcome is the better one.
    max_q, often : float
        As in `rank_actions`.

    Returns
    -------
    code : str
        One of `CODES`.
    reasons : list of str
        Of `REASONS`.
    """
    if np.isnan(float(row["share"])):
        return "unclear", ["too_few_mentions"]
    facts = _read(row, better, often)
    by_chance = not float(row["q_null"]) <= max_q
    if by_chance or not (facts.criticism_counts or facts.praise_counts):
        doubts = {
            "importance_by_chance": by_chance,
            "unexpected_sign": facts.is_unexpected,
            "criticism_unclear": not facts.criticism_counts,
            "praise_unclear": not facts.praise_counts,
        }
        return "unclear", [name for name, is_so in doubts.items() if is_so]
    kano = row["kano_class"]
    said = {
        _KANO.get(kano, ""): kano in _KANO,
        "important": facts.is_important,
        "minor": facts.is_minor,
        "below_others": facts.is_weak,
        "above_others": facts.is_strong,
        "often_criticised": facts.is_often,
        "seldom_criticised": facts.is_seldom,
        "criticism_counts": facts.criticism_counts,
        "praise_counts": facts.praise_counts,
    }
    reasons = [name for name, is_so in said.items() if is_so]
    # Clearly of little weight: nothing that comes first, however often it is criticised.
    if facts.criticism_counts and not facts.is_minor and (facts.is_often or facts.is_weak):
        return ("repair_first" if kano == "basic" else "improve"), reasons
    if not (facts.is_minor or facts.is_weak or facts.is_often):
        return "protect", reasons
    return "watch", reasons


def _read(row: pd.Series, better: float, often: float) -> _Facts:
    """Compare ends of intervals; a comparison with NaN is False."""

    def take(name: str) -> float:
        return float(row[name])

    # Where lower is better, a penalty is above 0: turned round, its ends change places.
    penalty = sorted(better * take(f"penalty_{end}") for end in ("low", "high"))
    reward = sorted(better * take(f"reward_{end}") for end in ("low", "high"))
    return _Facts(
        criticism_counts=penalty[1] < 0,
        praise_counts=reward[0] > 0,
        is_unexpected=penalty[0] > 0 or reward[1] < 0,
        is_important=take("share_low") > take("share_cut"),
        is_minor=take("share_high") < take("share_cut"),
        is_weak=take("performance_high") < take("performance_cut"),
        is_strong=take("performance_low") >= take("performance_cut"),
        is_often=take("share_negative_low") > often,
        is_seldom=take("share_negative_high") < often,
    )
