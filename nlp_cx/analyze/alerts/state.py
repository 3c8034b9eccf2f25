"""What alerts remember from run to run, so that nobody is told twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlp_cx.errors import InputError

FORMAT = 1


@dataclass(slots=True)
class SegmentState:
    """An aggregate rule's memory of one segment.

    Attributes
    ----------
    last_case : str
        End of the window that opened the last case, ``YYYY-MM-DD``.
    level : float or None
        Where the open alert closes; None when none is open.
    """

    last_case: str
    level: float | None


@dataclass(slots=True)
class AlertState:
    """Memory of all rules.

    Attributes
    ----------
    cases : dict of str to str
        Time of the record, by id of every record case.
    asked : dict of str to dict of str to str
        By rule and by customer: time of the record of the last case.
    segments : dict of str to dict of str to SegmentState
        By rule and by segment.
    judged_to : dict of str to str
        By aggregate rule: end of the last window that was judged, ``YYYY-MM-DD``.
    """

    cases: dict[str, str] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    segments: dict[str, dict[str, SegmentState]] = field(default_factory=dict)
    judged_to: dict[str, str] = field(default_factory=dict)


def dump_state(state: AlertState) -> str:
    """Write a state as JSON.

    Parameters
    ----------
    state : AlertState

    Returns
    -------
    str
        The same for the same state.
    """
    raw = {
        "format": FORMAT,
        "cases": state.cases,
        "asked": state.asked,
        "segments": {
            rule: {
                name: {"last_case": kept.last_case, "level": kept.level}
                for name, kept in found.items()
            }
            for rule, found in state.segments.items()
        },
        "judged_to": state.judged_to,
    }
    return json.dumps(raw, ensure_ascii=True, indent=1, sort_keys=True) + "\n"


def parse_state(text: str, *, where: str) -> AlertState:
    """Read a state.

    Parameters
    ----------
    text : str
        From `dump_state`.
    where : str
        The file, for messages.

    Returns
    -------
    AlertState

    Raises
    ------
    InputError
        If it is no state, or of a later format.

    Examples
    --------
    >>> parse_state(dump_state(AlertState(cases={"ab": "2024-05-01"})), where="").cases
    {'ab': '2024-05-01'}
    """
    advice = "Name the file that an earlier run wrote, or a new one."
    try:
        raw = json.loads(text)
    except ValueError as e:
        raise InputError(f"{where}: no state of alerts ({e}). {advice}") from e
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        found = raw.get("format") if isinstance(raw, dict) else type(raw).__name__
        raise InputError(f"{where}: format {found!r}, expected {FORMAT}. {advice}")
    try:
        return AlertState(
            _texts(raw["cases"]),
            {rule: _texts(found) for rule, found in raw["asked"].items()},
            {
                rule: {
                    name: SegmentState(
                        str(kept["last_case"]),
                        None if kept["level"] is None else float(kept["level"]),
                    )
                    for name, kept in found.items()
                }
                for rule, found in raw["segments"].items()
            },
            _texts(raw["judged_to"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise InputError(f"{where}: damaged state of alerts ({e!r}). {advice}") from e


def make_case_id(rule: str, what: Mapping[str, Any]) -> str:
    """Name a case so that the same case has the same name in every run.

    Parameters
    ----------
    rule : str
        Name of the rule.
    what : mapping of str to value
        The record's key; of a segment, its values and the end of the window.

    Returns
    -------
    str
        16 hexadecimal digits. A number is the same as a text or a float: 7, 7.0 and "7".

    Examples
    --------
    >>> make_case_id("churn", {"order": 7}) == make_case_id("churn", {"order": 7.0})
    True
    """
    plain = [rule, *([str(name), name_value(value)] for name, value in sorted(what.items()))]
    text = json.dumps(plain, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def name_value(value: Any) -> str:
    """Write a key's value the same way whatever type a file gave it.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _texts(raw: Any) -> dict[str, str]:
    """Check a dict of texts."""
    if not all(isinstance(value, str) for value in raw.values()):
        raise TypeError("expected texts")
    return dict(raw)
