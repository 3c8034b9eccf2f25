"""Net Promoter Score: promoters minus detractors, of answers from 0 to 10."""

from __future__ import annotations

import warnings
from typing import Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.estimates import Options, estimate_metrics, tabulate
from nlp_cx.analyze.metrics.intervals import adjust_net, net_interval, share_interval
from nlp_cx.analyze.metrics.statistic import Statistic, check_scale, take_ratings
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning

Floats = npt.NDArray[np.float64]

UNIT = "points, -100 to 100"
SCALES = {(0, 10): "nps", (1, 10): "nps_of_1_to_10"}
"""Scales that can be asked for, and what the metric is called then."""

_OFFER = (
    "An NPS needs answers from 0 to 10. For other scales take code_top_minus_bottom, which is "
    "named so and must not be compared with an NPS."
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
        Statistic(name, "net", coded, UNIT, "surveyed", bounds=(-100, 100), factor=100),
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


def nps_from_counts(
    promoters: int,
    passives: int,
    detractors: int,
    *,
    interval: str = "adjusted_wald",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compute the NPS from numbers of answers.

    Parameters
    ----------
    promoters, passives, detractors : int
        Answers of 9-10, 7-8 and 0-6.
    interval : {"adjusted_wald", "wald", "t"}
    confidence : float

    Returns
    -------
    DataFrame
        As `estimate_nps`. No number of answers is too small: the interval tells.

    Raises
    ------
    AnalysisError
        If a number is negative, or all are 0.

    Examples
    --------
    >>> result = nps_from_counts(50, 30, 20)
    >>> result[["metric", "estimate", "low", "high"]].round(2).values.tolist()[0]
    ['nps', 30.0, 14.05, 44.2]
    """
    counts = {"promoters": promoters, "passives": passives, "detractors": detractors}
    _check_counts(counts)
    n = sum(counts.values())
    shares = {part: count / n for part, count in counts.items()}
    hit, miss = shares["promoters"], shares["detractors"]
    base = {"n": n, "n_effective": n, "source": "surveyed"}
    row: dict[str, object] = {"metric": "nps", "estimate": 100 * (hit - miss), "unit": UNIT, **base}
    if interval != "adjusted_wald" and n in counts.values():
        row["reason"] = f"no interval: all {n:,} answers are equal"
    else:
        low, high = net_interval(hit, miss, n, method=interval, confidence=confidence)
        row |= {"low": max(100 * low, -100.0), "high": min(100 * high, 100.0)}
        row["interval"] = interval.replace("_", " ").replace("wald", "Wald")
    rows = [row]
    for part, share in shares.items():
        low, high = share_interval(share, n, confidence=confidence)
        points = {"promoters": "9-10", "passives": "7-8", "detractors": "0-6"}[part]
        rows.append(
            {
                "metric": f"nps_{part}",
                "estimate": share,
                "low": low,
                "high": high,
                "interval": "Wilson",
                "unit": f"share of answers {points}",
                **base,
            }
        )
    return tabulate(rows)


def compare_nps_counts(
    before: tuple[int, int, int], after: tuple[int, int, int], *, confidence: float = 0.95
) -> pd.DataFrame:
    """Test whether the NPS of two waves of different customers differs.

    Parameters
    ----------
    before, after : tuple of int
        Promoters, passives, detractors.
    confidence : float

    Returns
    -------
    DataFrame, one row
        ``metric, estimate`` (after minus before, points), ``adjusted`` (of the adjusted estimates,
        which the interval is centred on), ``low, high, n, from_n, statistic, p_value, interval``.

    Raises
    ------
    AnalysisError
        If a number is negative, or all of a wave are 0.

    Examples
    --------
    >>> row = compare_nps_counts((50, 30, 20), (60, 25, 15)).iloc[0]
    >>> [round(float(row[name]), 3) for name in ("estimate", "adjusted", "statistic", "p_value")]
    [15.0, 14.563, 1.372, 0.17]
    """
    from scipy.special import ndtr

    nets, parts = [], []
    for wave in (before, after):
        _check_counts(dict(zip(("promoters", "passives", "detractors"), wave, strict=True)))
        n = sum(wave)
        nets.append((wave[0] - wave[2]) / n)
        parts.append(adjust_net(wave[0] / n, wave[2] / n, n))
    adjusted = 100 * (parts[1].centre - parts[0].centre)
    se = 100 * float(np.hypot(parts[0].se, parts[1].se))
    half = normal_quantile(confidence) * se
    return pd.DataFrame(
        {
            "metric": ["nps"],
            "estimate": 100 * (nets[1] - nets[0]),
            "adjusted": adjusted,
            "low": max(adjusted - half, -200.0),
            "high": min(adjusted + half, 200.0),
            "n": sum(after),
            "from_n": sum(before),
            "statistic": adjusted / se,
            "p_value": float(2 * ndtr(-abs(adjusted / se))),
            "interval": "adjusted Wald",
        }
    )


def code_top_minus_bottom(
    table: pd.DataFrame, column: str, *, scale: tuple[int, int], boxes: tuple[int, int] = (1, 1)
) -> tuple[Statistic, ...]:
    """Code answers of any scale as top boxes minus bottom boxes, which is no NPS.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
    scale : tuple of int
        Lowest and highest answer, e.g. ``(1, 5)``; the highest is best.
    boxes : tuple of int
        How many of the highest points count as top, and of the lowest as bottom.

    Returns
    -------
    tuple of one Statistic
        ``top_minus_bottom``, points, -100 to 100.

    Raises
    ------
    AnalysisError
        If answers are outside the scale, or the boxes overlap.

    Examples
    --------
    >>> stars = pd.DataFrame({"stars": [5, 5, 3, 1]})
    >>> (statistic,) = code_top_minus_bottom(stars, "stars", scale=(1, 5))
    >>> statistic.values.tolist(), statistic.unit
    ([1.0, 1.0, 0.0, -1.0], 'points, -100 to 100: share 5 minus share 1')
    """
    values = take_ratings(table, column, metric="top_minus_bottom")
    check_scale(values, scale, metric="top_minus_bottom", column=column)
    (low, high), (top, bottom) = scale, boxes
    if min(boxes) < 1 or top + bottom > high - low + 1:
        raise ConfigError(f"boxes {boxes} of a scale of {low}-{high}: expected 1 or more, apart")
    first, last = high - top + 1, low + bottom - 1
    coded = np.where(np.isnan(values), np.nan, (values >= first).astype(float) - (values <= last))
    named = (
        f"{first}-{high}" if top > 1 else f"{high}",
        f"{low}-{last}" if bottom > 1 else f"{low}",
    )
    unit = f"{UNIT}: share {named[0]} minus share {named[1]}"
    return (
        Statistic(
            "top_minus_bottom", "net", coded, unit, "surveyed", bounds=(-100, 100), factor=100
        ),
    )


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
            f"to 10, say so: scale=(0, 10)."
        )
    if lowest > 0 and scale is None:
        warnings.warn(
            f"nps: none of the {known.size:,} answers in {column!r} is 0 (lowest {lowest}). If the "
            f"question offered 1 to 10, say scale=(1, 10): it is no NPS to compare with others.",
            DataWarning,
            stacklevel=3,
        )


def _check_counts(counts: dict[str, int]) -> None:
    """Refuse numbers of answers that cannot be."""
    bad = [f"{part} {count}" for part, count in counts.items() if not count >= 0 or count % 1]
    if bad or not sum(counts.values()):
        raise AnalysisError(
            f"nps: {', '.join(bad) or 'no answers'}; expected whole numbers, 0 or more, not all 0"
        )
