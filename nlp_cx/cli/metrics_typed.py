"""Metrics of numbers that were typed in."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nlp_cx.analyze.metrics import (
    compare_nps_counts,
    nps_from_counts,
    retention_clv,
    retention_rate,
    simple_clv,
)
from nlp_cx.cli.metrics_request import MetricsRequest
from nlp_cx.errors import ConfigError

TYPED = {
    "--nps-counts": "PROMOTERS/PASSIVES/DETRACTORS",
    "--nps-before": "PROMOTERS/PASSIVES/DETRACTORS",
    "--retention": "START/END/NEW",
    "--simple-clv": "ORDER_VALUE/ORDERS_PER_YEAR/YEARS",
    "--retention-clv": "MARGIN/RETENTION/DISCOUNT",
}
"""Options that take numbers, and which."""


def compute_typed(request: MetricsRequest) -> dict[str, pd.DataFrame]:
    """Compute the metrics of numbers that were typed in."""
    rows: list[pd.DataFrame] = []
    tables: dict[str, pd.DataFrame] = {}
    confidence = request.confidence
    given = {name: read_numbers(text, name) for name, text in request.typed.items()}
    for name, numbers in given.items():
        _check_count(name, numbers)
    if "--nps-counts" in given:
        counts = _read_counts(given["--nps-counts"], "--nps-counts")
        rows.append(nps_from_counts(*counts, confidence=confidence))
    if "--nps-before" in given:
        if "--nps-counts" not in given:
            raise ConfigError("--nps-before needs --nps-counts, the numbers of the later wave")
        before = _read_counts(given["--nps-before"], "--nps-before")
        compared = compare_nps_counts(before, counts, confidence=confidence)
        tables["typed_in_differences"] = compared
    if "--retention" in given:
        start, end, new = _read_counts(given["--retention"], "--retention")
        rows.append(
            retention_rate(
                start,
                end,
                new,
                formula=request.retention_formula,  # type: ignore[arg-type]
                confidence=confidence,
            )
        )
    if "--simple-clv" in given:
        rows.append(simple_clv(*given["--simple-clv"]))
    if "--retention-clv" in given:
        first_margin: Any = request.first_margin
        rows.append(retention_clv(*given["--retention-clv"], first_margin=first_margin))
    return {"typed_in": pd.concat(rows, ignore_index=True), **tables}


def read_numbers(text: str, option: str, *, sep: str = "/") -> list[float]:
    """Read numbers with a mark between them."""
    try:
        return [float(part.replace("_", "")) for part in text.split(sep)]
    except ValueError as e:
        raise ConfigError(f"{option} {text!r}, expected numbers with {sep!r} between them") from e


def _check_count(option: str, numbers: list[float]) -> None:
    """Refuse too few or too many numbers."""
    expected = TYPED[option].split("/")
    if len(numbers) != len(expected):
        raise ConfigError(
            f"{option}: {len(numbers)} numbers, expected {len(expected)}: {TYPED[option]}"
        )


def _read_counts(numbers: list[float], option: str) -> tuple[int, int, int]:
    """Read three whole numbers."""
    if any(number % 1 for number in numbers):
        raise ConfigError(f"{option} {numbers}, expected whole numbers")
    first, second, third = (int(number) for number in numbers)
    return first, second, third
