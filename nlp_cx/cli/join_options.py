"""The options of ``nlp-cx join`` as a specification: what a TOML file says, and options on top."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_cx.config import parse_config
from nlp_cx.errors import ConfigError
from nlp_cx.join.spec import JoinSpec, split_pair
from nlp_cx.read.inputs import find_files

Columns = Mapping[str, Sequence[str]]
"""Columns by table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOptions:
    """The options of ``nlp-cx join`` that say what is joined and how, as its help explains them."""

    spec: str | None = None
    on: tuple[str, ...] = ()
    grain: str | None = None
    period: str | None = None
    time_zone: str | None = None
    time: tuple[str, ...] = ()
    keep: str | None = None
    carry: tuple[str, ...] = ()
    take: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()
    as_of: tuple[str, ...] = ()
    cardinality: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    look_ahead: tuple[str, ...] = ()
    duplicates: str | None = None
    role: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    weights: str | None = None
    allow_many: bool = False
    normalize_keys: bool = False


def name_tables(inputs: Sequence[str]) -> dict[str, str]:
    """Name the tables of ``--with``.

    Parameters
    ----------
    inputs : sequence of str
        ``FILE``, named by its name without endings, or ``NAME=FILE``.

    Returns
    -------
    dict of str to str
        Path by name.

    Raises
    ------
    ConfigError
        If two have one name.
    InputError
        If a file is not there.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "orders.2025.csv.gz"
    >>> _ = path.write_bytes(b"")
    >>> list(name_tables([str(path), f"lines={path}"]))
    ['orders', 'lines']
    """
    tables: dict[str, str] = {}
    for text in inputs:
        name, _, path = text.partition("=")
        if Path(text).exists() or not path:
            name, path = Path(text).name.split(".")[0], text
        find_files(path)
        if name in tables:
            raise ConfigError(
                f"--with: two tables are named {name!r}; name one of them (--with NAME={path})."
            )
        tables[name] = path
    return tables


def build_spec(options: JoinOptions, columns: Columns) -> JoinSpec:
    """Make a specification of options.

    Parameters
    ----------
    options : JoinOptions
    columns : mapping of str to sequence of str
        Columns of every table of ``--with``.

    Returns
    -------
    JoinSpec

    Raises
    ------
    ConfigError
        If the TOML file or an option cannot be read; all mistakes of the file at once.

    Examples
    --------
    >>> options = JoinOptions(on=("interaction_id=order_id", "customer_id"))
    >>> columns = {"orders": ["order_id", "customer_id"], "customers": ["customer_id"]}
    >>> {name: table.on for name, table in build_spec(options, columns).tables.items()}
    {'orders': ('interaction_id=order_id',), 'customers': ('customer_id',)}
    """
    raw = _read_file(options.spec)
    tables: dict[str, dict[str, Any]] = {
        name: dict(table) for name, table in raw.get("tables", {}).items()
    }
    for name in ("period", "time_zone", "keep", "duplicates"):
        if getattr(options, name) is not None:
            raw[name] = getattr(options, name)
    for name in ("allow_many", "normalize_keys"):
        if getattr(options, name):
            raw[name] = True
    if options.grain is not None:
        raw["grain"] = _split(options.grain)
    if options.coverage:
        raw["coverage"] = [name for text in options.coverage for name in _split(text)]
    raw["lookups"] = {**raw.get("lookups", {}), **_read_lookups(options.lookup, columns)}
    raw["carry"] = {**raw.get("carry", {}), **dict(_pair("--carry", t) for t in options.carry)}
    raw["roles"] = {**raw.get("roles", {}), **dict(_pair("--role", t) for t in options.role)}
    if options.weights is not None:
        kind, _, by = options.weights.partition(":")
        raw["weights"] = {**raw.get("weights", {}), "kind": kind, "by": _split(by)}
    _add_keys(tables, options, columns, raw["lookups"])
    _add_rules(tables, options, columns, raw)
    raw["tables"] = tables
    return parse_config(raw, JoinSpec, where=options.spec or "options")


def _read_file(path: str | None) -> dict[str, Any]:
    """Read a TOML file as it is; its fields are checked together with the options."""
    if path is None:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}). Give a TOML file.") from e
    except ValueError as e:
        raise ConfigError(f"{path}: not valid TOML ({e}).") from e


def _add_keys(
    tables: dict[str, dict[str, Any]],
    options: JoinOptions,
    columns: Columns,
    lookups: Mapping[str, Any],
) -> None:
    """Give every table its key: the one that names it, else the first that it has."""
    general, special = [], {}
    for text in options.on:
        name, rest = _of_table(text, columns)
        if name is None:
            general.append(_split(rest))
        else:
            special[name] = _split(rest)
    for name, there in columns.items():
        if name in special:
            tables.setdefault(name, {})["on"] = special[name]
            continue
        fits = [
            on
            for on in general
            if all(split_pair(pair, lambda _: True, there.__contains__) for pair in on)
        ]
        # A table that is looked up is joined too only where it is named for it.
        if fits and name not in lookups and not tables.get(name, {}).get("on"):
            tables.setdefault(name, {})["on"] = fits[0]


def _add_rules(
    tables: dict[str, dict[str, Any]],
    options: JoinOptions,
    columns: Columns,
    raw: dict[str, Any],
) -> None:
    """Add what options say of single tables."""
    for text in options.time:
        name, rest = _of_table(text, columns)
        if name is None:
            raw["time"] = rest
        else:
            tables.setdefault(name, {})["time"] = rest
    for text in options.take:
        name, rest = _need_table("--take", text, columns)
        to, source = _pair("--take", rest)
        tables.setdefault(name, {}).setdefault("columns", {})[to] = source
    for text in options.as_of:
        name, rest = _need_table("--as-of", text, columns)
        parts = rest.split(":")
        if len(parts) not in (2, 3):
            raise ConfigError(
                f"--as-of {text!r}: expected TABLE:DIRECTION:WINDOW[:TOLERANCE], e.g. "
                "survey:forward:30d"
            )
        names = ("direction", "window", "tolerance")
        tables.setdefault(name, {})["asof"] = dict(zip(names, parts, strict=False))
    for option, field in (("--cardinality", "cardinality"), ("--family", "family")):
        for text in getattr(options, field):
            name, value = _pair(option, text)
            if name not in columns:
                raise ConfigError(f"{option} {text!r}: no table {name!r}; given: {_list(columns)}")
            tables.setdefault(name, {})[field] = value
    for text in options.look_ahead:
        name, _, policy = text.rpartition("=")
        if name and name not in columns:
            raise ConfigError(f"--look-ahead {text!r}: no table {name!r}; given: {_list(columns)}")
        for table in [name] if name else [n for n in columns if n in tables]:
            tables.setdefault(table, {})["look_ahead"] = policy


def _read_lookups(texts: Sequence[str], columns: Columns) -> dict[str, Any]:
    """Read ``TABLE:LEFT=RIGHT:COL,COL``."""
    found = {}
    for text in texts:
        name, rest = _need_table("--lookup", text, columns)
        on, _, taken = rest.partition(":")
        if not taken:
            raise ConfigError(
                f"--lookup {text!r}: expected TABLE:KEY[=COL]:COL[,COL], e.g. "
                "orders:interaction_id=order_id:store"
            )
        found[name] = {"on": _split(on), "columns": _split(taken)}
    return found


def _of_table(text: str, columns: Columns) -> tuple[str | None, str]:
    """Read ``TABLE:…``; None where no table is named."""
    name, colon, rest = text.partition(":")
    return (name, rest) if colon and name in columns else (None, text)


def _need_table(option: str, text: str, columns: Columns) -> tuple[str, str]:
    """Read ``TABLE:…``."""
    name, rest = _of_table(text, columns)
    if name is None:
        raise ConfigError(f"{option} {text!r}: begins with no table; given: {_list(columns)}")
    return name, rest


def _pair(option: str, text: str) -> tuple[str, str]:
    """Read ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise ConfigError(f"{option} {text!r}: expected NAME=VALUE")
    return name, value


def _split(text: str) -> list[str]:
    """Read a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _list(columns: Columns) -> str:
    """List the names of tables."""
    return ", ".join(columns) or "none"
