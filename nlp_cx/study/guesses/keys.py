"""By which columns tables are joined: the order or conversation, else the customer."""

from __future__ import annotations

from typing import Any

from nlp_cx.read.columns import find_named
from nlp_cx.study.guesses.guessed import Guesses

_KEY_ROLES = (("interaction", "interaction_id"), ("customer", "customer_id"))


def guess_keys(inputs: list[dict[str, Any]], made: Guesses) -> None:
    """Guess by which columns tables are joined: the order or conversation, else the customer.

    Parameters
    ----------
    inputs : list of dict
        One for each input, as they stand in a study file.
    made : Guesses
        Gets the sentences about what was guessed.
    """
    texts = [each for each in inputs if each["kind"] in ("reviews", "chats", "scored")]
    first = next((each for each in texts if each["kind"] != "chats"), texts[0] if texts else None)
    known: dict[str, str] = {}  # column of a table joined before -> its name
    if first is not None:
        columns = made.headers[first["name"]].columns
        for role, key in (("interaction", "interaction_id"), ("customer", "customer_id")):
            if role in first:
                known[first[role]] = key
            elif key in columns:
                known[key] = key
    for each in inputs:
        if each["kind"] not in ("ratings", "operations"):
            continue
        columns = made.headers[each["name"]].columns
        shared = [column for column in known if column in columns]
        if not shared:
            folded = {key: find_named(columns, role) for role, key in _KEY_ROLES}
            pairs = [f"{key}={folded[key][0]}" for key in known.values() if folded.get(key)]
        else:
            left, right = known[shared[0]], shared[0]
            pairs = [left if left == right else f"{left}={right}"]
        if pairs:
            each["on"] = pairs[:1]
            made.lines.append(f"{each['name']}: joined on {pairs[0]} (on)")
            for role, key in _KEY_ROLES:
                for column in find_named(columns, role)[:1]:
                    known.setdefault(column, key)
        elif first is not None:
            made.lines.append(
                f"{each['name']}: no column is named as a key of the texts; it is not joined "
                "(name the key with on)"
            )
