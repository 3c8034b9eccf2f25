"""What files probably hold, told from their names and columns, and said to the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from nlp_cx.errors import ConfigError, InputError
from nlp_cx.join.take import find_family
from nlp_cx.read.columns import ColumnRoles, find_columns, find_named
from nlp_cx.study.headers import Header, look_at

LOWER_IS_BETTER = (
    "churn", "return", "refund", "wait", "effort", "delay", "complain",
    "流失", "退货", "退貨", "退款", "等待", "费力", "費力", "投诉", "投訴",
)  # fmt: skip
"""Words in names of outcomes of which less is better."""

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

_MOST_GROUPS = 12
_MOST_ANSWERS = 11
"""Distinct values of a scale from 0 to 10; what has more is hardly an answer."""
_LANGUAGE_ROWS = 500


@dataclass(slots=True)
class Guesses:
    """A study made of guesses.

    Attributes
    ----------
    raw : dict
        As `nlp_cx.study.load.read_study` takes it.
    lines : list of str
        A sentence for every guess: what was taken for what, and how to change it.
    headers : dict of str to Header
    more_outcomes : list of str
        Columns of few distinct numbers, which could be outcomes too.
    """

    raw: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    headers: dict[str, Header] = field(default_factory=dict)
    more_outcomes: list[str] = field(default_factory=list)


def guess_study(
    paths: Sequence[str],
    *,
    outcome: str | None = None,
    group: str | None = None,
    text: str | None = None,
    time: str | None = None,
) -> Guesses:
    """Guess what files hold and how they go together.

    Parameters
    ----------
    paths : sequence of str
        Files, folders or patterns; each is one input.
    outcome, group, text, time : str, optional
        Columns that the user named.

    Returns
    -------
    Guesses

    Raises
    ------
    InputError
        If a file cannot be read, or several columns could be the text.
    ConfigError
        If a column that was named is in no file.
    """
    made = Guesses()
    inputs = []
    for path in paths:
        header = look_at(path)
        name = _choose_name(header.name, made.headers)
        made.headers[name] = header
    strong = [name for name, header in made.headers.items() if _holds_text(header, text)]
    for name, header in made.headers.items():
        is_text = name in strong or (not strong and _find_roles(header, text) is not None)
        inputs.append(
            _guess_text(name, header, made, text=text, time=time)
            if is_text
            else _guess_table(name, header, made)
        )
    # Texts stand before tables, which are joined to them.
    inputs.sort(key=lambda each: each["kind"] in ("ratings", "operations"))
    _guess_keys(inputs, made)
    if not _has_texts(inputs):
        made.lines.append(
            "no column is named like a text: the report tells where outcomes stand, and nothing of "
            "what customers say (name one with --text)"
        )
    language = _guess_language(inputs, made)
    # The report has a title of its own in each language, and names its files below.
    made.raw = {"title": "", "language": language, "inputs": inputs}
    _guess_outcomes(inputs, made, outcome)
    _guess_group(inputs, made, group)
    tables = [each for each in inputs if each["kind"] == "ratings" and each.get("time")]
    if tables and any(each.get("time") for each in inputs if each not in tables):
        made.raw["join"] = {"look_ahead": "drop"}
        made.lines.append(
            "ratings older than the text that should explain them are left out "
            '([join] look_ahead = "drop")'
        )
    return made


def _choose_name(name: str, taken: Iterable[str]) -> str:
    """Give a name that is not taken."""
    names = set(taken) | {"scored", "all"}
    if name not in names:
        return name
    return next(f"{name}_{i}" for i in range(2, len(names) + 3) if f"{name}_{i}" not in names)


def _is_scored(header: Header) -> bool:
    """Tell whether ``nlp-cx score`` has been here."""
    return set(header.columns) >= _SCORED


def _holds_text(header: Header, text: str | None) -> bool:
    """Tell whether a column is named like a text, not only like a remark."""
    if header.kind == "chats" or _is_scored(header):
        return True
    if text is not None and text in header.columns:
        return True
    return any(_is_words(header, name) for name in find_named(header.columns, "text"))


def _is_words(header: Header, column: str) -> bool:
    """Tell whether a column is text and not all numbers or times."""
    kind = header.head.schema.field(column).type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _find_roles(header: Header, text: str | None) -> ColumnRoles | None:
    """Find the roles; None where no column is named like a text."""
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


def _guess_text(
    name: str, header: Header, made: Guesses, *, text: str | None, time: str | None
) -> dict[str, Any]:
    """Guess the roles of an input with texts."""
    raw: dict[str, Any] = {"path": header.path, "name": name}
    if _is_scored(header):
        made.lines.append(f"{name}: texts that are scored already (kind)")
        raw["kind"] = "scored"
        named = find_named(header.columns, "text")
        roles = {"text": text or (named[0] if named else None)}
    else:
        found = _find_roles(header, text)
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


def _guess_table(name: str, header: Header, made: Guesses) -> dict[str, Any]:
    """Guess what a table without texts holds."""
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


def _guess_keys(inputs: list[dict[str, Any]], made: Guesses) -> None:
    """Guess by which columns tables are joined: the order or conversation, else the customer."""
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


_KEY_ROLES = (("interaction", "interaction_id"), ("customer", "customer_id"))


def _guess_outcomes(inputs: list[dict[str, Any]], made: Guesses, outcome: str | None) -> None:
    """Guess what is to be explained: the first rating, or what was named."""
    places = [(each, made.headers[each["name"]]) for each in inputs]
    if outcome is not None:
        bare = outcome[2:] if outcome.startswith(("r_", "o_")) else outcome
        if not any(name in header.columns for _, header in places for name in (outcome, bare)):
            known = sorted({c for _, header in places for c in header.columns})
            raise ConfigError(
                f"--outcome: there is no column {outcome!r}; found {', '.join(known)}"
            )
        found = [outcome]
    else:
        found = [
            column
            for tier in ("names", "weak")
            for each, header in places
            if each.get("on") or each["kind"] in ("reviews", "chats", "scored") or len(places) == 1
            for column in find_named(header.columns, "rating", tier)
            if header.is_number(column)
        ]
        # Without texts there is no analysis that a further outcome would make longer.
        found = list(dict.fromkeys(found))[: 1 if _has_texts(inputs) else _MOST_OUTCOMES]
    roles = {v for each in inputs for v in each.values() if isinstance(v, str)}
    made.more_outcomes = [
        column
        for each, header in places
        if each.get("on") or each["kind"] in ("reviews", "chats", "scored")
        for column in header.columns
        if column not in roles and column not in found and header.is_number(column)
        and 2 <= header.count_distinct(column) <= _MOST_ANSWERS
    ]  # fmt: skip
    made.raw["outcomes"] = [
        {"column": name, "higher_is_better": not is_lower_better(name)} for name in found
    ]
    for name in found:
        way = "less" if is_lower_better(name) else "more"
        made.lines.append(
            f"outcome: {name!r}, {way} is better (--outcome, [[outcomes]] higher_is_better)"
        )
    if not found:
        made.lines.append(
            "outcome: none found; the report has no importance of drivers (name one with --outcome)"
        )


_MOST_OUTCOMES = 3


def _has_texts(inputs: list[dict[str, Any]]) -> bool:
    """Tell whether any input holds texts."""
    return any(each["kind"] in ("reviews", "chats", "scored") for each in inputs)


def is_lower_better(column: str) -> bool:
    """Tell from a name whether less of an outcome is better.

    Examples
    --------
    >>> is_lower_better("o_churned_90d"), is_lower_better("stars")
    (True, False)
    """
    return any(word in column.lower() for word in LOWER_IS_BETTER)


def _guess_group(inputs: list[dict[str, Any]], made: Guesses, group: str | None) -> None:
    """Guess by which column customers are compared."""
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


def _guess_language(inputs: list[dict[str, Any]], made: Guesses) -> str:
    """Guess the language of the report: that of most of the texts that were looked at."""
    n_chinese = n_texts = 0
    for each in inputs:
        header = made.headers[each["name"]]
        column = each.get("text") or ("text" if "text" in header.columns else None)
        if column is None or each["kind"] in ("ratings", "operations"):
            continue
        texts = header.head.column(column).slice(0, _LANGUAGE_ROWS).to_pylist()
        found = [text for text in texts if isinstance(text, str) and text.strip()]
        n_texts += len(found)
        n_chinese += sum(any("\u4e00" <= c <= "\u9fff" for c in text) for text in found)
    if 2 * n_chinese <= n_texts:
        return "en"
    made.lines.append("language: zh, that of most texts (--language)")
    return "zh"
