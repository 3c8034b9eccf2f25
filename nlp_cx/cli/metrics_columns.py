"""Columns and scales as they are named on the command line, coded as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from nlp_cx.analyze.metrics import (
    code_ces,
    code_churn,
    code_csat,
    code_mean,
    code_nps,
    code_referral,
    code_repurchase,
    code_text_loyalty,
    code_text_sentiment,
    code_top_minus_bottom,
)
from nlp_cx.analyze.metrics.statistic import Column, Source, Statistic
from nlp_cx.cli.metrics_request import MetricsRequest
from nlp_cx.errors import ConfigError, SchemaError

_FAMILIES: dict[str, Source] = {"x_": "text", "r_": "surveyed", "o_": "operational"}
"""Sources of the column families of an O+X table."""


def code_columns(table: pd.DataFrame, request: MetricsRequest) -> tuple[Statistic, ...]:
    """Code the columns that were named."""
    return (
        *_code_ratings(table, request),
        *_code_effort(table, request),
        *_code_behaviour(table, request),
        *(_code_text(table) if request.is_text else ()),
    )


def _code_ratings(table: pd.DataFrame, request: MetricsRequest) -> Iterator[Statistic]:
    """Code what customers were asked, but for effort."""
    if request.nps is not None:
        scale = None if request.nps_scale is None else _read_scale(request.nps_scale, "--nps-scale")
        yield from code_nps(table, request.nps, scale=scale)
    if not request.csat and request.top_minus_bottom is None:
        return
    if request.scale is None:
        raise ConfigError(
            "--csat and --top-minus-bottom need --scale LOW-HIGH, e.g. --scale 1-5: the answers "
            "that were given do not tell which could be"
        )
    scale = _read_scale(request.scale, "--scale")
    for column in request.csat:
        coded = code_csat(table, column, scale=scale, top_boxes=request.top_boxes)
        yield from _name_apart(coded, column) if len(request.csat) > 1 else coded
    if request.top_minus_bottom is not None:
        yield from code_top_minus_bottom(table, request.top_minus_bottom, scale=scale)


def _code_effort(table: pd.DataFrame, request: MetricsRequest) -> tuple[Statistic, ...]:
    """Code effort, where its scale and direction were said."""
    if request.ces is None:
        return ()
    if request.ces_direction is None or request.ces_scale is None:
        raise ConfigError(
            "--ces needs --ces-scale LOW-HIGH and --ces-direction effort_low_is_good (how much "
            "effort was it?) or ease_high_is_good (was it made easy?): the answers cannot tell"
        )
    direction: Any = request.ces_direction
    scale = _read_scale(request.ces_scale, "--ces-scale")
    return code_ces(table, request.ces, direction=direction, scale=scale)


def _code_behaviour(table: pd.DataFrame, request: MetricsRequest) -> Iterator[Statistic]:
    """Code what customers did, and any other number."""
    if request.churn is not None:
        yield from code_churn(table, read_column(table, request.churn))
    if request.orders is not None:
        yield from code_repurchase(table, request.orders)
    if request.recommended is not None:
        said = read_column(table, request.recommended)
        yield from code_referral(table, said, source="surveyed")
    if request.referred is not None:
        done = read_column(table, request.referred)
        yield from code_referral(table, done, source="operational")
    for column in request.means:
        source = _FAMILIES.get(column[:2], "operational")
        name = f"mean[{column}]"
        yield from code_mean(table, column, name=name, source=source, unit=f"mean of {column}")


def _code_text(table: pd.DataFrame) -> Iterator[Statistic]:
    """Code what was estimated from text."""
    if not {"x_loyalty", "x_sentiment"} & set(table.columns):
        raise SchemaError("--text: no column 'x_loyalty' or 'x_sentiment'; nlp-cx join makes them")
    if "x_loyalty" in table.columns:
        yield from code_text_loyalty(table)
    if "x_sentiment" in table.columns:
        yield from code_text_sentiment(table)


def _name_apart(statistics: Sequence[Statistic], column: str) -> tuple[Statistic, ...]:
    """Put the column into the names of metrics that are computed of several columns."""

    return tuple(replace(s, name=f"{s.name}[{column}]") for s in statistics)


def _read_scale(text: str, option: str) -> tuple[int, int]:
    """Read LOW-HIGH."""
    low, dash, high = text.partition("-")
    if not (dash and low.strip().isdigit() and high.strip().isdigit()):
        raise ConfigError(f"{option} {text!r}, expected LOW-HIGH, e.g. 1-5")
    return int(low), int(high)


def read_column(table: pd.DataFrame, text: str) -> str | Column:
    """Read COL or COL=VALUE; a column whose name holds = is found too."""
    if text in table.columns:
        return text
    for i, character in enumerate(text):
        if character == "=" and text[:i] in table.columns:
            return text[:i], text[i + 1 :]
    return text.partition("=")[0]
