"""By which column customers are compared."""

from __future__ import annotations

from typing import Any

from nlp_cx.errors import ConfigError
from nlp_cx.read.columns import find_named
from nlp_cx.study.guesses.guessed import Guesses

_MOST_GROUPS = 12


def guess_group(inputs: list[dict[str, Any]], made: Guesses, group: str | None) -> None:
    """Guess by which column customers are compared.

    Parameters
    ----------
    inputs : list of dict
        One for each input, as they stand in a study file.
    made : Guesses
        Gets the sentences about what was guessed.
    group : str, optional
        Column that the user named.

    Raises
    ------
    ConfigError
        If the group that was named is in no file.
    """
    if group is not None:
        known = sorted({c for header in made.headers.values() for c in header.columns})
        if group not in known and group not in ("lang", "input", "channel"):
            raise ConfigError(f"--group: there is no column {group!r}; found {', '.join(known)}")
        made.raw["groups"] = [group]
        return
    for role in ("group", "channel"):
        places = {
            column: each["name"]
            for each in inputs
            if each.get("on") or each["kind"] in ("reviews", "chats", "scored") or len(inputs) == 1
            for column in made.headers[each["name"]].columns
            if 2 <= made.headers[each["name"]].count_distinct(column) <= _MOST_GROUPS
        }
        for column in find_named(places, role)[:1]:
            made.raw["groups"] = [column]
            made.lines.append(f"group: {column!r} of {places[column]} (--group, groups)")
            return
    if sum(each["kind"] in ("reviews", "scored") for each in inputs) > 1:
        made.raw["groups"] = ["input"]
        made.lines.append("group: 'input', the file that a text is from (--group, groups)")
