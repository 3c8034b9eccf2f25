"""A study file read and checked at the door: all mistakes at once, against the files' headers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlp_cx.config import parse_config
from nlp_cx.errors import ConfigError, InputError
from nlp_cx.join.names import list_names
from nlp_cx.join.spec import HOWS
from nlp_cx.study.headers import Header, look_at
from nlp_cx.study.spec import TEXT_KINDS, Study

_ROLES = ("text", "id", "interaction", "customer", "time", "speaker", "turn", "channel")
_TABLE_ONLY = ("columns", "cardinality", "asof", "look_ahead", "on")
_KEYS = ("interaction_id", "customer_id", "doc_id", "period")

Headers = dict[str, Header]
"""First looks by name of the input."""


def load_study(path: str | Path) -> tuple[Study, Headers]:
    """Read a study file.

    Parameters
    ----------
    path : str or Path
        TOML; the files in it are relative to its folder.

    Returns
    -------
    study : Study
        Its paths are relative to the working folder, or absolute.
    headers : dict of str to Header
        By name of the input.

    Raises
    ------
    ConfigError
        If the file cannot be read, or anything in it is wrong: unknown keys, values of another
        kind, files that are not there, roles that name no column. All of it in one message.
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}). Give a TOML file.") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8 ({e.reason} at byte {e.start}).") from e
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{path}: not valid TOML ({e}).") from e
    return read_study(raw, where=str(path), folder=path.parent)


def read_study(
    raw: Mapping[str, Any], *, where: str = "study", folder: Path | None = None
) -> tuple[Study, Headers]:
    """Check a study as TOML gives it.

    Parameters
    ----------
    raw : mapping
    where : str
        Named in the message.
    folder : Path, optional
        To which paths are relative; the working folder when not given.

    Returns
    -------
    study : Study
    headers : dict of str to Header

    Raises
    ------
    ConfigError
        As `load_study`.
    """
    raw = _place_paths(raw, folder or Path())
    faults: list[str] = []
    headers = _look_at_inputs(raw, faults)
    _find_faults(raw, headers, faults)
    try:
        study = parse_config(raw, Study, where=where)
    except ConfigError as e:
        faults = [*str(e).split("\n  ")[1:], *faults]
    if faults:
        noun = "mistake" if len(faults) == 1 else "mistakes"
        raise ConfigError(f"{where}: {len(faults)} {noun}.\n  " + "\n  ".join(faults))
    return study, headers


def name_input(raw: Mapping[str, Any]) -> str:
    """Give the name of an input: its own, or that of its file."""
    name = raw.get("name")
    return str(name) if name else Path(str(raw.get("path", ""))).name.split(".")[0] or "input"


def _place_paths(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Make paths relative to the working folder, and give every input its name."""
    placed = dict(raw)

    def place(value: Any) -> Any:
        return str(folder / value) if isinstance(value, str) and value else value

    if isinstance(raw.get("inputs"), list):
        placed["inputs"] = [
            each
            if not isinstance(each, Mapping)
            else {
                **each,
                "name": name_input(each),
                **{key: place(each[key]) for key in ("path", "evidence") if key in each},
            }
            for each in raw["inputs"]
        ]
    for key in ("alerts", "taxonomy"):
        if key in raw and not (key == "taxonomy" and not str(raw[key]).endswith(".toml")):
            placed[key] = place(raw[key])
    model = raw.get("model")
    if isinstance(model, str) and (folder / model).is_dir():
        placed["model"] = str(folder / model)
    if isinstance(raw.get("gold"), Mapping):
        placed["gold"] = {**raw["gold"], "path": place(raw["gold"].get("path"))}
    return placed


def _look_at_inputs(raw: Mapping[str, Any], faults: list[str]) -> Headers:
    """Look at every input that is there; note the others."""
    headers: Headers = {}
    inputs = raw.get("inputs")
    if isinstance(inputs, list) and not inputs:
        faults.append("inputs: none; name at least one file in [[inputs]]")
    for i, each in enumerate(inputs if isinstance(inputs, list) else ()):
        if not isinstance(each, Mapping) or not isinstance(each.get("path"), str):
            continue
        name = each["name"]
        if name in headers:
            faults.append(f"inputs.{i}.name: two inputs are named {name!r}; name one of them")
            continue
        if name in ("scored", "all"):
            faults.append(f"inputs.{i}.name: {name!r} is a word of [join] keep; name it otherwise")
        try:
            encoding = each.get("encoding")
            headers[name] = look_at(
                each["path"], encoding=encoding if isinstance(encoding, str) else None
            )
        except InputError as e:
            faults.append(f"inputs.{i}.path: {e}")
    return headers


def _find_faults(raw: Mapping[str, Any], headers: Headers, faults: list[str]) -> None:
    """Note roles and columns that name nothing, and files that are not there."""
    inputs = raw.get("inputs")
    known: dict[str, list[str]] = {}
    for i, each in enumerate(inputs if isinstance(inputs, list) else ()):
        if isinstance(each, Mapping) and each.get("name") in headers:
            header = headers[each["name"]]
            faults += _find_input_faults(f"inputs.{i}", each, header)
            known[each["name"]] = _list_names(each, header)
    if headers and len(headers) == len(inputs or ()):
        faults += _find_column_faults(raw, known)
    for key in ("alerts", "taxonomy"):
        value = raw.get(key)
        is_path = isinstance(value, str) and (key == "alerts" or value.endswith(".toml"))
        if is_path and not Path(str(value)).is_file():
            faults.append(f"{key}: {value}: no such file. Check the path")
    gold = raw.get("gold")
    if isinstance(gold, Mapping) and isinstance(gold.get("path"), str):
        try:
            column, header = gold.get("id", "doc_id"), look_at(gold["path"])
            if column not in header.columns:
                faults.append(_no_column("gold.id", column, header.columns))
        except InputError as e:
            faults.append(f"gold.path: {e}")


def _find_input_faults(where: str, raw: Mapping[str, Any], header: Header) -> list[str]:
    """List what is wrong with one input."""
    faults, columns = [], header.columns
    is_text = raw.get("kind") in TEXT_KINDS
    for role in _ROLES:
        column = raw.get(role)
        if not isinstance(column, str):
            continue
        if column not in columns:
            faults.append(_no_column(f"{where}.{role}", column, columns))
        elif not is_text and role != "time":
            faults.append(
                f"{where}.{role}: a table of {raw.get('kind')} has no such role; its keys are "
                'named in on = ["interaction_id=…"]'
            )
    carry = raw.get("carry")
    for column in carry if isinstance(carry, list) else ():
        if column not in columns:
            faults.append(_no_column(f"{where}.carry", column, columns))
    if is_text:
        faults += [
            f"{where}.{key}: only tables of ratings and operations have it"
            for key in _TABLE_ONLY
            if raw.get(key)
        ]
        if raw.get("kind") == "chats" and header.kind != "chats" and not raw.get("speaker"):
            faults.append(
                f"{where}.kind: chats, but no column tells who speaks. Name it (speaker = …), or "
                "call it reviews"
            )
    else:
        faults += _find_key_faults(where, raw, columns)
    return faults


def _find_key_faults(where: str, raw: Mapping[str, Any], columns: list[str]) -> list[str]:
    """List what is wrong with the keys and columns of a table."""
    faults = []
    on = raw.get("on")
    for pair in on if isinstance(on, list) else ():
        right = str(pair).partition("=")[2] or str(pair)
        if right not in columns and str(pair) not in columns:
            faults.append(_no_column(f"{where}.on", right, columns))
    taken = raw.get("columns")
    for name, text in taken.items() if isinstance(taken, Mapping) else ():
        column, _, how = str(text).rpartition(":")
        column = column if how in HOWS and str(text) not in columns else str(text)
        if column not in columns:
            faults.append(_no_column(f"{where}.columns.{name}", column, columns))
    return faults


def _list_names(raw: Mapping[str, Any], header: Header) -> list[str]:
    """List the names by which columns of an input can be called in the study."""
    taken = raw.get("columns")
    columns = list(header.columns)
    if isinstance(taken, Mapping):
        return [*taken, *columns]
    prefixed = [f"{family}_{name}" for name in columns for family in "ro"]
    roles = [role for role in ("channel", "customer", "interaction") if raw.get(role)]
    return [*columns, *prefixed, *roles]


def _find_column_faults(raw: Mapping[str, Any], known: Mapping[str, list[str]]) -> list[str]:
    """List outcomes, groups and controls that are in no input."""
    names = {name for each in known.values() for name in each} | {*_KEYS, "input", "lang"}
    shown = sorted(
        {name for each in known.values() for name in each if name[:2] not in ("r_", "o_")}
    )
    outcomes = raw.get("outcomes")
    wanted = [
        (f"outcomes.{i}.column", each.get("column"))
        for i, each in enumerate(outcomes if isinstance(outcomes, list) else ())
        if isinstance(each, Mapping)
    ]
    for key in ("groups", "controls"):
        values = raw.get(key)
        wanted += [(key, value) for value in (values if isinstance(values, list) else ())]
    wanted += [(key, raw.get(key)) for key in ("weights", "customer")]
    faults = [
        _no_column(where, column, shown)
        for where, column in wanted
        if isinstance(column, str) and column not in names and not column.startswith(("x_", "w_"))
    ]
    join = raw.get("join")
    if isinstance(join, Mapping):
        texts = join.get("texts")
        faults += [
            f"join.texts: no input is named {name!r}; there are {list_names(known)}"
            for name in (texts if isinstance(texts, list) else ())
            if name not in known
        ]
    return faults


def _no_column(where: str, column: object, columns: list[str]) -> str:
    """Say that there is no such column, and which ones there are."""
    return f"{where}: there is no column {column!r}; found {list_names(columns, [str(column)])}"
