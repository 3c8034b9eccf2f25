"""Compute the cost of negative experience from typed-in numbers, a file of them, or a table."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.analyze.cost.amounts import negative_cost
from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
from nlp_cx.analyze.cost.levers import cost_levers, cost_scenarios
from nlp_cx.analyze.cost.parameters import Counts, estimate_parameters
from nlp_cx.analyze.cost.tornado import cost_tornado
from nlp_cx.cli.console import open_console, say
from nlp_cx.cli.cost_shown import show_cost, show_levers, show_scenarios, show_tornado
from nlp_cx.cli.role_columns import RoleColumns
from nlp_cx.cli.table_files import read_table, write_tables
from nlp_cx.config import load_config, parse_config
from nlp_cx.errors import ConfigError, SchemaError

_CONDITION = re.compile(r"(?P<column>.+?)\s*(?P<sign><=|>=|==|!=|<|>|=)\s*(?P<value>[^<>=!]*)")
_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "==": np.equal,
    "!=": np.not_equal,
}


@dataclass(frozen=True, slots=True)
class CostRequest:
    """What the command was asked for.

    Attributes
    ----------
    typed : dict of str to float
        Parameters given as options.
    n : tuple of str
        ``NAME=CASES``.
    scenarios : tuple of str
        ``NAME: PARAMETER=SHARE, …``.
    parameters : str or None
        A TOML file of `CostInputs`.
    ox : str or None
        A table to estimate from, with the conditions and columns below.
    negative, complained, retained, at_risk : str or None
        ``COL`` or ``COL<=NUMBER``.
    revenue_column, weights, customer : str or None
    sensitivity, specificity : str or None
        ``160/200`` or ``0.8``.
    output : str or None
        Folder.
    swing : {"interval", "points", "limits"}
    confidence : float
    min_n, random_state : int
    """

    typed: Mapping[str, float] = field(default_factory=dict)
    n: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    parameters: str | None = None
    ox: str | None = None
    negative: str | None = None
    complained: str | None = None
    retained: str | None = None
    at_risk: str | None = None
    revenue_column: str | None = None
    weights: str | None = None
    customer: str | None = None
    sensitivity: str | None = None
    specificity: str | None = None
    output: str | None = None
    swing: Any = "points"
    confidence: float = 0.95
    min_n: int = 30
    random_state: int = 0


def run_cost(request: CostRequest) -> None:
    """Compute, print, and write where a folder was given.

    Parameters
    ----------
    request : CostRequest

    Raises
    ------
    ConfigError
        If options cannot be read or do not go together.
    AnalysisError
        If a parameter is missing or cannot be; all are named.
    """
    if not 0 < request.confidence < 1:
        raise ConfigError(f"--confidence {request.confidence:g}, expected between 0 and 1: 0.95")
    inputs = _read_inputs(request)
    base = None if request.ox is None else _estimate(request)
    parameters = tabulate_parameters(inputs, base=base)
    options: dict[str, Any] = {
        "confidence": request.confidence,
        "random_state": request.random_state,
    }
    tables = {
        "cost_parameters": parameters,
        "cost": negative_cost(parameters, **options),
        "cost_levers": cost_levers(parameters, **options),
        "cost_tornado": cost_tornado(parameters, swing=request.swing),
    }
    console = open_console(sys.stdout)
    show_cost(console, tables["cost"], parameters, request.confidence)
    show_levers(console, tables["cost_levers"], request.confidence)
    show_tornado(console, tables["cost_tornado"], request.swing)
    if inputs.scenarios:
        tables["cost_scenarios"] = cost_scenarios(parameters, inputs.scenarios, **options)
        show_scenarios(console, tables["cost_scenarios"], request.confidence)
    if request.output is not None:
        for path in write_tables(request.output, tables):
            say(f"written {path}")


def read_condition(table: pd.DataFrame, text: str) -> pd.Series:
    """Read a truth column, or compare a column with a number.

    Parameters
    ----------
    table : DataFrame
    text : str
        ``COL``, or ``COL<=2`` with one of ``< <= > >= = == !=``.

    Returns
    -------
    Series of boolean
        Missing where the column is.

    Raises
    ------
    ConfigError
        If there is no such column, or what it is compared with is no number.
    SchemaError
        If the column holds neither truth values nor numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"r_stars": [1, 5, None]})
    >>> read_condition(table, "r_stars <= 2").tolist()
    [True, False, <NA>]
    """
    name, compare, number = text.strip(), None, 0.0
    if name not in table.columns:
        match = _CONDITION.fullmatch(name)
        name = match["column"].strip() if match else name
        if name not in table.columns:
            columns = ", ".join(map(str, table.columns))
            raise ConfigError(f"{text!r}: no column {name!r}; the table has {columns}")
        if match:
            compare = _COMPARE[match["sign"]]
            number = _read_number(match["value"], text)
    column = table[name]
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        raise SchemaError(
            f"{text!r}: column {name!r} holds {column.dtype}, expected true and false, or numbers"
        )
    values = column.astype("Float64")
    flags = values > 0 if compare is None else compare(values, number)
    return pd.Series(flags, index=table.index, name=text).astype("boolean")


def _read_inputs(request: CostRequest) -> CostInputs:
    """Read the file, and let options replace what it says."""
    raw: dict[str, Any] = {}
    if request.parameters is not None:
        given = load_config(request.parameters, CostInputs)
        raw = {name: getattr(given, name) for name in CostInputs.__dataclass_fields__}
        raw = {name: value for name, value in raw.items() if value is not None}
        raw["n"] = {k: v for k, v in vars(given.n).items() if v is not None}
        raw["scenarios"] = {name: dict(changes) for name, changes in given.scenarios.items()}
    raw |= request.typed
    cases = raw.setdefault("n", {})
    for item in request.n:
        name, value = _split_pair(item, "--n")
        cases[name] = value
    if request.ox is None:
        for name in ("sensitivity", "specificity"):
            rate = getattr(request, name)
            if rate is not None:
                hits, n = _read_rate(rate, f"--{name}")
                raw[name] = hits
                if n is not None:
                    cases[name] = n
    scenarios = raw.setdefault("scenarios", {})
    for item in request.scenarios:
        title, colon, changes = item.partition(":")
        if not colon or not title.strip():
            raise ConfigError(f"--scenario {item!r}, expected NAME: complaint_share=0.2, …")
        pairs = (_split_pair(part, "--scenario") for part in changes.split(",") if part.strip())
        scenarios[title.strip()] = dict(pairs)
    return parse_config(raw, CostInputs, where="options")


def _estimate(request: CostRequest) -> pd.DataFrame:
    """Estimate the parameters from the table."""
    needed = ("negative", "complained", "retained")
    missing = [f"--{name}" for name in needed if getattr(request, name) is None]
    if missing:
        raise ConfigError(f"estimating from a table needs {', '.join(missing)}")
    notes: list[str] = []
    table = read_table(str(request.ox), notes=notes)
    for note in notes:
        say(note, label="note: ")
    columns = RoleColumns(table)
    weights = columns.take("weight", request.weights, option="weights")
    customer = columns.take("customer", request.customer)
    for note in columns.notes:
        say(note, label="note: ")
    frame = table.copy(deep=False)
    names: dict[str, str | None] = {}
    for name in (*needed, "at_risk"):
        text = getattr(request, name)
        names[name] = text
        if text is not None:
            frame[text] = read_condition(table, text)
    counts = {}
    for name in ("sensitivity", "specificity"):
        text = getattr(request, name)
        counts[name] = None if text is None else _read_counts(text, f"--{name}")
    return estimate_parameters(
        frame,
        str(names["negative"]),
        str(names["complained"]),
        str(names["retained"]),
        at_risk=names["at_risk"],
        revenue=request.revenue_column,
        weights=weights,
        cluster=customer,
        confidence=request.confidence,
        min_n=request.min_n,
        **counts,
    )


def _split_pair(text: str, option: str) -> tuple[str, float]:
    """Read ``NAME=NUMBER``."""
    name, equal, value = text.partition("=")
    if not equal or not name.strip():
        raise ConfigError(f"{option} {text!r}, expected NAME=NUMBER")
    return name.strip(), _read_number(value, f"{option} {text}")


def _read_number(text: str, where: str) -> float:
    """Read a number."""
    try:
        return float(text.replace("_", "").strip())
    except ValueError as e:
        raise ConfigError(f"{where!r}: {text.strip()!r} is no number") from e


def _read_rate(text: str, option: str) -> tuple[float, float | None]:
    """Read ``160/200`` as a share and its cases, ``0.8`` as a share."""
    hits, slash, cases = text.partition("/")
    if not slash:
        return _read_number(text, option), None
    n = _read_number(cases, option)
    if n <= 0:
        raise ConfigError(f"{option} {text!r}: {n:g} cases, expected more than 0")
    return _read_number(hits, option) / n, n


def _read_counts(text: str, option: str) -> Counts:
    """Read ``160/200`` as hits and cases."""
    rate, n = _read_rate(text, option)
    if n is None:
        raise ConfigError(f"{option} {text!r}: of how many labelled texts? Give e.g. 160/200")
    return rate * n, n
