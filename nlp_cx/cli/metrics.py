"""Estimate the metrics of a table, or of typed-in numbers, and say what they do not mean."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pandas as pd

from nlp_cx.analyze.metrics import (
    calibrate_text,
    check_forecast,
    compare_lifetime_value,
    compare_metrics,
    estimate_lifetime_value,
    estimate_metrics,
    estimate_retention_curve,
)
from nlp_cx.cli.console import open_console, say
from nlp_cx.cli.metrics_columns import code_columns, read_column
from nlp_cx.cli.metrics_request import MetricsRequest
from nlp_cx.cli.metrics_shown import (
    show_calibration,
    show_curve,
    show_differences,
    show_holdout,
    show_metrics,
)
from nlp_cx.cli.metrics_typed import compute_typed, read_numbers
from nlp_cx.cli.role_columns import RoleColumns
from nlp_cx.cli.table_files import read_table, write_tables
from nlp_cx.errors import ConfigError, DataWarning

T = TypeVar("T")


def run_metrics(request: MetricsRequest) -> None:
    """Estimate what was asked for, print it, and write it where a folder was given.

    Parameters
    ----------
    request : MetricsRequest

    Raises
    ------
    ConfigError
        If options are missing or do not go together.
    NlpCxError
        As the functions of `nlp_cx.analyze.metrics`.
    """
    console = open_console(sys.stdout)
    tables: dict[str, pd.DataFrame] = {}
    if request.typed:
        typed = _note_warnings(lambda: compute_typed(request))
        tables |= typed
        show_metrics(console, typed["typed_in"], "Of typed-in numbers", request.confidence)
        if "typed_in_differences" in typed:
            show_differences(console, typed["typed_in_differences"], request.confidence)
    if request.table is not None:
        tables |= _run_table(request, console)
    elif not request.typed:
        raise ConfigError("nothing to compute: give a table and its columns, or numbers (--help)")
    if request.output is not None:
        for path in write_tables(request.output, tables):
            say(f"written {path}")


def _run_table(request: MetricsRequest, console: Any) -> dict[str, pd.DataFrame]:
    """Estimate the metrics of the table that was given."""
    notes: list[str] = []
    table = read_table(str(request.table), notes=notes)
    for note in notes:
        say(note, label="note: ")
    table = _parse_dates(table, request)
    request = _apply_roles(table, request)
    tables: dict[str, pd.DataFrame] = {}
    statistics = _note_warnings(lambda: code_columns(table, request))
    options: dict[str, Any] = {
        "weights": request.weights,
        "cluster": request.customer,
        "confidence": request.confidence,
        "interval": request.interval,
        "min_n": request.min_n,
        "random_state": request.random_state,
    }
    cells: dict[str, Any] = {
        "group": request.group,
        "period": request.period,
        "every": request.every,
        "time_zone": request.time_zone,
    }
    is_cut = request.group is not None or request.period is not None
    if statistics:
        whole = _note_warnings(lambda: estimate_metrics(table, statistics, **options))
        tables["metrics"] = whole
        show_metrics(console, whole, f"Of {len(table):,} rows", request.confidence)
        if is_cut:
            by_cell = estimate_metrics(table, statistics, **cells, **options)
            against: Any = request.against
            compared = compare_metrics(table, statistics, against=against, **cells, **options)
            tables |= {"metrics_by_cell": by_cell, "differences": compared}
            parts = [statistic.name for statistic in statistics if statistic.is_part]
            title = " and ".join(f"by {name}" for name in (request.group, request.period) if name)
            show_metrics(
                console, by_cell, title[0].upper() + title[1:], request.confidence, hide=parts
            )
            show_differences(console, compared, request.confidence)
    tables |= _calibrate(table, request, console)
    if request.tenure is not None:
        tables["retention_curve"] = _note_warnings(lambda: _estimate_curve(table, request))
        show_curve(console, tables["retention_curve"], request.confidence)
    if request.spend is not None:
        tables |= _forecast(table, request, console)
    if not tables:
        raise ConfigError("nothing to compute: name columns, e.g. --nps r_nps (--help)")
    return tables


def _calibrate(
    table: pd.DataFrame, request: MetricsRequest, console: Any
) -> dict[str, pd.DataFrame]:
    """Set what was estimated from text beside what was asked, where both are there."""
    surveyed = next(iter(request.csat), request.nps)
    if not request.is_text or surveyed is None or "x_sentiment" not in table.columns:
        return {}
    made = calibrate_text(
        table,
        "x_sentiment",
        surveyed,
        cluster=request.customer,
        confidence=request.confidence,
        min_n=request.min_n,
    )
    show_calibration(console, made, "x_sentiment", surveyed)
    return {"text_calibration": made}


def _estimate_curve(table: pd.DataFrame, request: MetricsRequest) -> pd.DataFrame:
    """Estimate the retention curve."""
    if request.churn is None or request.at is None:
        raise ConfigError("--tenure needs --churn COL and --at TIMES, e.g. --at 12,24")
    return estimate_retention_curve(
        table,
        str(request.tenure),
        read_column(table, request.churn),
        at=read_numbers(request.at, "--at", sep=","),
        group=request.group,
        confidence=request.confidence,
        min_n=request.min_n,
    )


def _forecast(
    table: pd.DataFrame, request: MetricsRequest, console: Any
) -> dict[str, pd.DataFrame]:
    """Forecast lifetime value of a table of orders, and check the forecast."""
    if request.date is None or request.customer is None or request.horizon is None:
        raise ConfigError(
            "--spend needs --customer COL, --date COL and --horizon WEEKS: what is forecast is the "
            "revenue of a customer in the weeks to come"
        )
    names = (request.customer, request.date, str(request.spend))
    tables = {
        "lifetime_value": _note_warnings(
            lambda: estimate_lifetime_value(
                table,
                *names,
                horizon=float(request.horizon or 0),
                discount=request.discount,
                group=request.group,
                time_zone=request.time_zone,
                confidence=request.confidence,
            )
        )
    }
    show_metrics(console, tables["lifetime_value"], "Lifetime value", request.confidence)
    if request.group is not None:
        compared = _note_warnings(
            lambda: compare_lifetime_value(
                table,
                *names,
                group=str(request.group),
                horizon=float(request.horizon or 0),
                discount=request.discount,
                time_zone=request.time_zone,
                confidence=request.confidence,
            )
        )
        tables["lifetime_value_differences"] = compared
        show_differences(console, compared, request.confidence)
    if request.holdout_from is None:
        say(
            "the forecast is unchecked; --holdout-from DATE fits up to a day and compares the time "
            "after it with what was bought",
            label="note: ",
        )
        return tables
    split = _read_date(request.holdout_from)
    tables["holdout_check"] = _note_warnings(
        lambda: check_forecast(
            table,
            names[0],
            names[1],
            value=names[2],
            split=split,
            time_zone=request.time_zone,
            confidence=request.confidence,
        )
    )
    show_holdout(console, tables["holdout_check"])
    return tables


def _apply_roles(table: pd.DataFrame, request: MetricsRequest) -> MetricsRequest:
    """Take weights and the customer from the roles of the table where not given."""
    columns = RoleColumns(table)
    filled = replace(
        request,
        weights=columns.take("weight", request.weights, option="weights"),
        customer=columns.take("customer", request.customer),
    )
    for note in columns.notes:
        say(note, label="note: ")
    return filled


def _parse_dates(table: pd.DataFrame, request: MetricsRequest) -> pd.DataFrame:
    """Read columns of dates that are written in the format that was given."""
    if request.date_format is None:
        return table
    table = table.copy(deep=False)
    for name in {request.period, request.date} - {None}:
        if name not in table.columns:
            continue
        try:
            table[name] = pd.to_datetime(table[name], format=request.date_format)
        except ValueError as e:
            raise ConfigError(
                f"--date-format {request.date_format!r}: column {name!r} is written otherwise "
                f"({str(e).splitlines()[0]})"
            ) from e
    return table


def _note_warnings(work: Callable[[], T]) -> T:
    """Do something and print its warnings about the data, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        result = work()
    for message in dict.fromkeys(str(w.message) for w in caught if w.category is DataWarning):
        say(message, label="warning: ", style="yellow")
    return result


def _read_date(text: str) -> pd.Timestamp:
    """Read a day."""
    try:
        return pd.Timestamp(text)
    except ValueError as e:
        raise ConfigError(f"--holdout-from {text!r}, expected a day such as 2024-06-30") from e
