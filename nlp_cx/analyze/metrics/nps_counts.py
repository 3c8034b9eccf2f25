"""The NPS of typed-in numbers of answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze.metrics.estimates import tabulate
from nlp_cx.analyze.metrics.intervals import adjust_net, net_interval, share_interval
from nlp_cx.analyze.metrics.statistic import POINTS
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import AnalysisError


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
    row: dict[str, object] = {
        "metric": "nps",
        "estimate": 100 * (hit - miss),
        "unit": POINTS,
        **base,
    }
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


def _check_counts(counts: dict[str, int]) -> None:
    """Refuse numbers of answers that cannot be."""
    bad = [f"{part} {count}" for part, count in counts.items() if not count >= 0 or count % 1]
    if bad or not sum(counts.values()):
        raise AnalysisError(
            f"nps: {', '.join(bad) or 'no answers'}; expected whole numbers, 0 or more, not all 0"
        )
