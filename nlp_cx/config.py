"""Configuration at the doors: TOML into frozen dataclasses, every mistake named at once."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from pathlib import Path
from typing import (
    Any,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from nlp_cx.errors import ConfigError

T = TypeVar("T")

_STRICT = {"extra": "forbid", "strict": True, "arbitrary_types_allowed": True}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def config(cls: type[T]) -> type[T]:
    """Make a class a frozen, keyword-only dataclass that `parse_config` can fill.

    Parameters
    ----------
    cls : type
        Annotated fields with defaults; fields may be config classes, tuples and dicts of them.

    Returns
    -------
    type
    """
    made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
    made.__pydantic_config__ = _STRICT  # type: ignore[attr-defined]
    return made


def load_config(path: str | Path, cls: type[T]) -> T:
    """Read a TOML file into a config class.

    Parameters
    ----------
    path : str or Path
    cls : type
        Made with `config`.

    Returns
    -------
    object of type `cls`

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or any field is unknown, missing or of another
        type: all of them in one message.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}). Give a TOML file.") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8 ({e.reason} at byte {e.start}).") from e
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{path}: not valid TOML ({e}).") from e
    return parse_config(raw, cls, where=str(path))


def parse_config(raw: dict[str, Any], cls: type[T], *, where: str = "configuration") -> T:
    """Check a nested dict and make a config class of it.

    Parameters
    ----------
    raw : dict
        As TOML gives it: lists stand for tuples.
    cls : type
        Made with `config`.
    where : str
        Named in the message, e.g. the file.

    Returns
    -------
    object of type `cls`

    Raises
    ------
    ConfigError
        With a line for every mistake.

    Examples
    --------
    >>> @config
    ... class Window:
    ...     days: int
    ...     unit: str = "day"
    >>> parse_config({"days": 7}, Window)
    Window(days=7, unit='day')
    >>> parse_config({"dayz": 7}, Window)
    Traceback (most recent call last):
    ...
    nlp_cx.errors.ConfigError: configuration: 2 mistakes.
      days: missing
      dayz: unknown; did you mean 'days'?
    """
    # Late, so that a program that reads no configuration does not load it.
    from pydantic import TypeAdapter, ValidationError

    adapter: TypeAdapter[T] = TypeAdapter(cls)
    try:
        return adapter.validate_python(raw, strict=False)
    except ValidationError as e:
        lines = sorted(_describe(error, cls) for error in e.errors(include_url=False))
        noun = "mistake" if len(lines) == 1 else "mistakes"
        raise ConfigError(f"{where}: {len(lines)} {noun}.\n  " + "\n  ".join(lines)) from e


def _describe(error: Any, cls: type) -> str:
    """Put one mistake into words."""
    path = [str(part) for part in error["loc"]]
    name = ".".join(path) or "(top)"
    if error["type"] == "missing":
        return f"{name}: missing"
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        known = _known_fields(cls, path[:-1])
        close = difflib.get_close_matches(path[-1], known, 1)
        return f"{name}: unknown" + (f"; did you mean {close[0]!r}?" if close else "")
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message[0].lower()}{message[1:]} (found {error['input']!r})"


def _known_fields(cls: Any, path: list[str]) -> list[str]:
    """List the fields of the config class at a place; none where there is no class."""
    if not path:
        return [field.name for field in dataclasses.fields(cls)] if _is_config(cls) else []
    kind = get_type_hints(cls).get(path[0]) if _is_config(cls) else cls
    inner = path[1:] if _is_config(cls) else path
    if _is_config(kind):
        return _known_fields(kind, inner)
    # Of tuple[X, ...], dict[str, X] and X | None the class in it; the index or key is skipped.
    origin = get_origin(kind)
    found = next((arg for arg in get_args(kind) if arg is not ... and _holds_config(arg)), None)
    if found is None:
        return []
    return _known_fields(found, inner[1:] if origin in (tuple, list, dict) else inner)


def _holds_config(kind: Any) -> bool:
    """Tell whether a type is a config class or is made of one."""
    return _is_config(kind) or any(_holds_config(arg) for arg in get_args(kind))


def _is_config(kind: Any) -> bool:
    """Tell whether a type was made with `config`."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)
