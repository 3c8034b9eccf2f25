"""Guesses about one input: texts or a table, and the roles of its columns."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.join.take import find_family
from nlp_cx.read.columns import ColumnRoles, find_columns, find_named
from nlp_cx.study.guesses.guessed import Guesses
from nlp_cx.study.headers import Header

_SCORED = frozenset({"doc_id", "lang", "sentiment", "sentiment_score", "model"})
_ROLES = {
    "text": "text",
    "id": "id",
    "interaction": "interaction",
    "speaker": "speaker",
    "turn": "turn",
    "created_at": "time",
}

_READ_SO = frozenset({"interaction_id", "speaker", "turn", "created_at", "text"})
"""Columns that reading chats of nested turns makes; they need no role."""


def holds_text(header: Header, text: str | None) -> bool:
    """Tell whether a column is named like a text, not only like a remark.

    Parameters
    ----------
    header : Header
    text : str, optional
        Column that the user named.

    Returns
    -------
    bool
    """
    if header.kind == "chats" or _is_scored(header):
        return True
    if text is not None and text in header.columns:
        return True
    return any(_is_words(header, name) for name in find_named(header.columns, "text"))


def find_roles(header: Header, text: str | None) -> ColumnRoles | None:
    """Find the roles; None where no column is named like a text.

    Parameters
    ----------
    header : Header
    text : str, optional
        Column that the user named.

    Returns
    -------
    ColumnRoles or None
    """
    named = text if text in header.columns else None
    candidates = [
        name
        for tier in ("names", "weak")
        for name in find_named(header.columns, "text", tier)
        if _is_words(header, name)
    ]
    if not candidates and named is None and header.kind != "chats":
        return None
    head = header.head.combine_chunks().to_batches()
    return find_columns(
        header.schema, text=named, head=head[0] if head else None, where=header.path
    )


def guess_text(
    name: str, header: Header, made: Guesses, *, text: str | None, time: str | None
) -> dict[str, Any]:
    """Guess the roles of an input with texts.

    Parameters
    ----------
    name : str
        Of the input.
    header : Header
    made : Guesses
        Gets the sentences about what was guessed.
    text : str, optional
        Column that the user named.
    time : str, optional
        Column that the user named.

    Returns
    -------
    dict
        The input as it stands in a study file.

    Raises
    ------
    InputError
        If no column is named like a text, or several are.
    """
    raw: dict[str, Any] = {"path": header.path, "name": name}
    if _is_scored(header):
        made.lines.append(f"{name}: texts that are scored already (kind)")
        raw["kind"] = "scored"
        named = find_named(header.columns, "text")
        roles = {"text": text or (named[0] if named else None)}
    else:
        found = find_roles(header, text)
        if found is None:
            raise InputError(f"{header.path}: no column is named like a text. Name it with --text.")
        raw["kind"] = "chats" if header.kind == "chats" else "reviews"
        roles = {role: getattr(found, own) for own, role in _ROLES.items()}
        is_nested = roles["text"] == "text" and header.columns[:1] == ["interaction_id"]
        if header.kind == "chats" and is_nested and "speaker" in header.columns:
            roles = {role: c for role, c in roles.items() if c not in _READ_SO}
    for role in ("customer", "channel"):
        named = find_named(header.columns, role)
        roles[role] = named[0] if named else None
    if time is not None and time in header.columns:
        roles["time"] = time
    raw |= {role: column for role, column in roles.items() if column is not None}
    said = ", ".join(
        f"{column!r} is the {role}" for role, column in roles.items() if column is not None
    )
    what = {"chats": "conversations", "reviews": "texts"}.get(raw["kind"], "scored texts")
    made.lines.append(f"{name}: {what}" + (f"; {said}" if said else ""))
    return raw


def guess_table(name: str, header: Header, made: Guesses) -> dict[str, Any]:
    """Guess what a table without texts holds.

    Parameters
    ----------
    name : str
        Of the input.
    header : Header
    made : Guesses
        Gets the sentences about what was guessed.

    Returns
    -------
    dict
        The input as it stands in a study file.
    """
    answers = [c for c in find_named(header.columns, "rating", "names") if header.is_number(c)]
    happened = find_named(header.columns, "rating", "weak")
    is_rating = find_family(name) == "r" or (bool(answers) and not happened)
    kind = "ratings" if is_rating else "operations"
    raw: dict[str, Any] = {"path": header.path, "name": name, "kind": kind}
    times = [c for c in find_named(header.columns, "created_at") if c in header.columns]
    times += [
        column
        for column in header.columns
        if pa.types.is_timestamp(header.head.schema.field(column).type)
    ]
    if kind == "ratings" and times:
        raw["time"] = times[0]
    said = f"; {times[0]!r} is the time" if "time" in raw else ""
    made.lines.append(f"{name}: a table of {kind}{said} (kind)")
    return raw


def _is_scored(header: Header) -> bool:
    """Tell whether ``nlp-cx score`` has been here."""
    return set(header.columns) >= _SCORED


def _is_words(header: Header, column: str) -> bool:
    """Tell whether a column is text and not all numbers or times."""
    kind = header.head.schema.field(column).type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
