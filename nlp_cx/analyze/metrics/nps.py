"""Net Promoter Score: promoters minus detractors, of answers from 0 to 10."""

from __future__ import annotations

import warnings
from typing import Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.estimates import Options, estimate_metrics
from nlp_cx.analyze.metrics.statistic import POINTS, Statistic, check_scale, take_ratings
from nlp_cx.errors import AnalysisError, DataWarning

Floats = npt.NDArray[np.float64]


SCALES = {(0, 10): "nps", (1, 10): "nps_of_1_to_10"}
"""Scales that can be asked for, and what the metric is called then."""


_OFFER = (
    "An NPS needs answers from 0 to 10. For other scales take top box minus bottom box "
    "(code_top_minus_bottom, --top-minus-bottom), which must not be compared with an NPS."
)


def code_nps(
    table: pd.DataFrame, column: str, *, scale: tuple[int, int] | None = None
) -> tuple[Statistic, ...]:
    """Code answers to "how likely are you to recommend us", 0 to 10, for the NPS.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
        Whole numbers, missing where not answered.
    scale : (0, 10) or (1, 10), optional
        What the question offered. Give it where the answers alone look like another scale.
        Without it, answers of 7 and less only are refused, and answers without a 0 give a warning.
        Of (1, 10) the metric is called ``nps_of_1_to_10``: a 0 could not be answered, so it is no
        NPS that others can be compared with.

    Returns
    -------
    tuple of Statistic
        ``nps`` (points, -100 to 100); its parts ``nps_promoters`` (9, 10), ``nps_passives`` (7, 8),
        ``nps_detractors`` (0 to 6), shares.

    Raises
    ------
    AnalysisError
        If answers are not whole or are outside the scale, with their numbers; if they look like a
        scale of 1-5 or 1-7; if another scale is asked for.
    SchemaError
        If there is no such column of numbers.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_nps": [10, 9, 7, 0, None]})
    >>> [statistic.name for statistic in code_nps(ox, "r_nps")]
    ['nps', 'nps_promoters', 'nps_passives', 'nps_detractors']
    >>> code_nps(pd.DataFrame({"r_stars": [1, 5, 4]}), "r_stars")
    Traceback (most recent call last):
    ...
    nlp_cx.errors.AnalysisError: nps: the 3 answers in 'r_stars' go from 1 to 5, which looks like
    a scale of 1-5. An NPS needs answers from 0 to 10. ...
    """
    values = take_ratings(table, column, metric="nps")
    _check_answers(values, column, scale)
    name = SCALES[scale or (0, 10)]
    missing = np.isnan(values)
    coded = np.where(missing, np.nan, (values >= 9).astype(float) - (values <= 6))
    parts = {
        "promoters": ("9-10", values >= 9),
        "passives": ("7-8", (values > 6) & (values < 9)),
        "detractors": (f"{(scale or (0, 10))[0]}-6", values <= 6),
    }
    return (
        Statistic(name, "net", coded, POINTS, "surveyed", bounds=(-100, 100), factor=100),
        *(
            Statistic(
                f"{name}_{part}",
                "share",
                np.where(missing, np.nan, hits.astype(float)),
                f"share of answers {points}",
                "surveyed",
                bounds=(0, 1),
                is_part=True,
            )
            for part, (points, hits) in parts.items()
        ),
    )


def estimate_nps(
    table: pd.DataFrame,
    column: str,
    *,
    scale: tuple[int, int] | None = None,
    **options: Unpack[Options],
) -> pd.DataFrame:
    """Estimate the NPS and the shares of promoters, passives and detractors.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
    scale : (0, 10) or (1, 10), optional
        As in `code_nps`.
    **options
        As in `estimates.estimate_metrics`: group, period, weights, cluster, interval, ….

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`.

    Raises
    ------
    AnalysisError, SchemaError
        As `code_nps`.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_nps": [10] * 7 + [8] * 2 + [0]})
    >>> estimate_nps(ox, "r_nps")[["metric", "estimate", "low", "high"]].round(2).values.tolist()[0]
    ['nps', 60.0, 7.04, 85.27]
    """
    return estimate_metrics(table, code_nps(table, column, scale=scale), **options)


def _check_answers(values: Floats, column: str, scale: tuple[int, int] | None) -> None:
    """Refuse answers that are not from 0 to 10, or look like another scale."""
    if scale is not None and tuple(scale) not in SCALES:
        raise AnalysisError(f"nps: scale {scale[0]}-{scale[1]}. {_OFFER}")
    known = values[~np.isnan(values)]
    if not known.size:
        return
    parts = known[known != np.round(known)]
    if parts.size:
        raise AnalysisError(
            f"nps: {parts.size:,} of {known.size:,} answers in {column!r} are not whole numbers "
            f"(e.g. {parts[0]:g}). {_OFFER}"
        )
    check_scale(values, scale or (0, 10), metric="nps", column=column)
    lowest, highest = int(known.min()), int(known.max())
    if scale is None and highest <= 7:
        like = 5 if highest <= 5 else 7
        raise AnalysisError(
            f"nps: the {known.size:,} answers in {column!r} go from {lowest} to {highest}, which "
            f"looks like a scale of {min(lowest, 1)}-{like}. {_OFFER} If the question did offer 0 "
            f"to 10, say so: scale=(0, 10), --nps-scale 0-10."
        )
    if lowest > 0 and scale is None:
        warnings.warn(
            f"nps: none of the {known.size:,} answers in {column!r} is 0 (lowest {lowest}). If the "
            f"question offered 1 to 10, say so (scale=(1, 10), --nps-scale 1-10): it is no NPS to "
            f"compare with others.",
            DataWarning,
            stacklevel=3,
        )
