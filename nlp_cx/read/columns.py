"""Which column is the text, and which are ids, speakers, turns and times: told by their names."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.errors import InputError
from nlp_cx.read.chats import FIRST_COLUMNS

_NUMBER = r"^\s*[-+]?[0-9][0-9.,]*\s*%?\s*$"
_KEY_TIERS = (
    ("id", "names"),
    ("interaction", "conversations"),
    ("interaction", "names"),
    ("turn", "names"),
    ("created_at", "names"),
)
_CHAT_COLUMNS = {
    "text": "text",
    "interaction": "interaction_id",
    "speaker": "speaker",
    "turn": "turn",
    "created_at": "created_at",
}


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Names of the columns that play a part; None where there is none.

    Parameters
    ----------
    text : str
        What is scored.
    id, interaction, speaker, turn, created_at : str or None
        As the columns of that name in `nlp_cx.schema.DOCUMENTS`.
    notes : tuple of str
        Sentences for the user: which column was taken for what.
    """

    text: str
    id: str | None = None
    interaction: str | None = None
    speaker: str | None = None
    turn: str | None = None
    created_at: str | None = None
    notes: tuple[str, ...] = ()


def find_columns(
    schema: pa.Schema,
    *,
    text: str | None = None,
    id: str | None = None,
    interaction: str | None = None,
    head: pa.RecordBatch | None = None,
    where: str = "",
) -> ColumnRoles:
    """Find the columns that play a part, by name.

    Parameters
    ----------
    schema : Schema
    text, id, interaction : str, optional
        Columns that the user named.
    head : RecordBatch, optional
        First rows of the table: a text column that holds numbers only is then noticed where all
        cells are strings, as in CSV.
    where : str, optional
        Name of the input, put in front of an error.

    Returns
    -------
    ColumnRoles
        The notes say what was taken.

    Raises
    ------
    InputError
        If a named column does not exist, none or several could be the text, or the text column
        holds no text.

    Notes
    -----
    Names are compared without case, spaces, underscores and hyphens, with those in
    ``resources/column_names.toml``. A title beside the text is not the text; a remark or
    description is taken only where there is no better name. A speaker counts only beside a
    conversation or a turn. Of several ids the first one in that file is taken.

    Examples
    --------
    >>> schema = pa.schema([("Review ID", pa.int64()), ("评论内容", pa.string())])
    >>> roles = find_columns(schema)
    >>> roles.text, roles.id
    ('评论内容', 'Review ID')
    >>> roles.notes
    ("The text is column '评论内容'.", "The id is column 'Review ID'.")
    >>> find_columns(schema, text="评论")
    Traceback (most recent call last):
    nlp_cx.errors.InputError: there is no column '评论'. Did you mean '评论内容'? Found: 'Review
    ID', '评论内容'.
    """
    given = {"text": text, "id": id, "interaction": interaction}
    try:
        return _find_roles(schema, {role: name for role, name in given.items() if name}, head)
    except InputError as e:
        if where:
            raise InputError(f"{where}: {e}") from e
        raise


def _find_roles(
    schema: pa.Schema, given: dict[str, str], head: pa.RecordBatch | None
) -> ColumnRoles:
    """Find the columns; errors do not name the input."""
    for role, name in given.items():
        _check_exists(schema, name)
        if role != "text" and name == given.get("text"):
            raise InputError(f"column {name!r} is named both as the text and as the {role}.")
    if tuple(schema.names[: len(FIRST_COLUMNS)]) == FIRST_COLUMNS:
        return _as_roles({**_CHAT_COLUMNS, **given}, [])
    notes: list[str] = []
    if "text" in given:
        text = given["text"]
        _check_text(schema, text, head)
    else:
        text = _find_text(schema, set(given.values()), head, notes)
    roles = _find_keys(schema, dict(given, text=text))
    notes += [
        f"The {role.replace('created_at', 'time')} is column {name!r}."
        for role, name in roles.items()
        if role not in given and role != "text"
    ]
    if "speaker" not in roles and _is_conversation(roles.get("interaction")):
        notes.append("No column tells who speaks; every row is taken for the customer's.")
    return _as_roles(roles, notes)


def _find_keys(schema: pa.Schema, given: dict[str, str]) -> dict[str, str]:
    """Add ids, times, turns and speakers to the roles that are given."""
    roles = dict(given)
    for role, tier in _KEY_TIERS:
        found = _first(schema, set(roles.values()), role, tier)
        if role not in roles and found:
            roles[role] = found
    is_turns = "turn" in roles
    is_talk = is_turns or "interaction" in given or _is_conversation(roles.get("interaction"))
    for tier, counts in (("names", is_talk), ("weak", is_turns)):
        found = _first(schema, set(roles.values()), "speaker", tier) if counts else None
        if "speaker" not in roles and found:
            roles["speaker"] = found
    return roles


def _is_conversation(name: str | None) -> bool:
    """Tell whether an interaction is a conversation by its name."""
    return name is not None and _fold(name) in _names("interaction", "conversations")


def _as_roles(names: dict[str, str], notes: list[str]) -> ColumnRoles:
    """Make the result of what was found."""
    return ColumnRoles(
        text=names["text"],
        id=names.get("id"),
        interaction=names.get("interaction"),
        speaker=names.get("speaker"),
        turn=names.get("turn"),
        created_at=names.get("created_at"),
        notes=tuple(notes),
    )


def is_chat_table(schema: pa.Schema) -> bool:
    """Tell whether a table has one row per turn: a speaker beside a conversation or a turn.

    Examples
    --------
    >>> is_chat_table(pa.schema([("会话ID", pa.string()), ("角色", pa.string())]))
    True
    >>> is_chat_table(pa.schema([("role", pa.string()), ("comment", pa.string())]))
    False
    """
    return "speaker" in _find_keys(schema, {})


def find_named(columns: Iterable[str], role: str, tier: str = "names") -> list[str]:
    """List the columns that are named like a role, the best name first.

    Parameters
    ----------
    columns : iterable of str
    role : str
        A section of ``resources/column_names.toml``.
    tier : str, default="names"
        A list of names in it.

    Returns
    -------
    list of str

    Examples
    --------
    >>> find_named(["Amount", "Overall", "stars"], "rating")
    ['stars', 'Overall']
    """
    folded = {_fold(name): name for name in reversed(list(columns))}
    return [folded[name] for name in _names(role, tier) if name in folded]


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds text.

    Examples
    --------
    >>> is_text(pa.large_string()), is_text(pa.dictionary(pa.int32(), pa.string()))
    (True, True)
    >>> is_text(pa.binary())
    False
    """
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(inner)
        or pa.types.is_large_string(inner)
        or pa.types.is_string_view(inner)
    )


def _find_text(
    schema: pa.Schema, taken: set[str], head: pa.RecordBatch | None, notes: list[str]
) -> str:
    """Find the text column, or raise and list what could be meant."""
    names = [name for name in schema.names if name not in taken]
    for tier in ("names", "weak"):
        faults = {n: _fault(schema, n, head) for n in names if _fold(n) in _names("text", tier)}
        empty = [name for name in faults if pa.types.is_null(schema.field(name).type)]
        fitting = [name for name, fault in faults.items() if not fault] or empty
        if len(fitting) > 1:
            raise InputError(
                f"{_listed(fitting)} could each be the text. Name the one you mean with --text."
            )
        if fitting:
            notes.append(f"The text is column {fitting[0]!r}.")
            notes += [
                f"Column {n!r} {fault} and is not scored."
                for n, fault in faults.items()
                if fault and n != fitting[0]
            ]
            beside = [name for name in names if _fold(name) in _names("text", "beside")]
            if beside:
                notes.append(f"{_listed(beside)} may hold text too and is not scored.")
            return fitting[0]
        if faults:
            name, fault = next(iter(faults.items()))
            raise InputError(
                f"column {name!r} {fault}; expected text. Name the text column with --text. "
                f"Found: {_listed(names)}."
            )
    hint = "Name it with --text."
    if any(len(name) > 60 for name in names):
        hint = "Is the first line a header? If not, write one above it."
    raise InputError(f"no column is named like a text. {hint} Found: {_listed(names)}.")


def _check_exists(schema: pa.Schema, name: str) -> None:
    """Raise where there is no such column."""
    if name in schema.names:
        return
    folded = {_fold(other): other for other in schema.names}
    close = get_close_matches(_fold(name), folded, n=3, cutoff=0.5)
    hint = f" Did you mean {_listed([folded[c] for c in close], ' or ')}?" if close else ""
    raise InputError(f"there is no column {name!r}.{hint} Found: {_listed(schema.names)}.")


def _check_text(schema: pa.Schema, name: str, head: pa.RecordBatch | None) -> None:
    """Raise where the named column holds no text."""
    fault = _fault(schema, name, head)
    if fault and not pa.types.is_null(schema.field(name).type):
        raise InputError(f"column {name!r} {fault}; expected text. Name another with --text.")


def _fault(schema: pa.Schema, name: str, head: pa.RecordBatch | None) -> str:
    """Say why a column is no text; empty where it may be."""
    kind = schema.field(name).type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return f"holds numbers ({kind})"
    if not is_text(kind):
        return "is empty" if pa.types.is_null(kind) else f"holds {kind}"
    if head is None or name not in head.schema.names:
        return ""
    cells = head.column(name).cast(pa.string()).drop_null()
    cells = cells.filter(pc.not_equal(cells, ""))
    if len(cells) > 1 and pc.all(pc.match_substring_regex(cells, _NUMBER)).as_py():
        return f"holds numbers ({', '.join(cells[:3].to_pylist())} ...)"
    return ""


def _first(schema: pa.Schema, taken: set[str], role: str, tier: str = "names") -> str | None:
    """Give the column that stands first among the names of a role."""
    folded = {_fold(name): name for name in reversed(schema.names) if name not in taken}
    return next((folded[name] for name in _names(role, tier) if name in folded), None)


def _listed(names: list[str], joint: str = ", ") -> str:
    """List column names for a message."""
    shown = joint.join(f"{name[:40] + '...' if len(name) > 40 else name!r}" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _fold(name: str) -> str:
    """Give a name without case, width, spaces and marks."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


@cache
def _names(role: str, tier: str = "names") -> dict[str, None]:
    """Load the folded names of a role, in order."""
    resource = resources.files("nlp_cx") / "resources" / "column_names.toml"
    known = tomllib.loads(resource.read_text(encoding="utf-8"))
    return dict.fromkeys(map(_fold, known[role][tier]))
