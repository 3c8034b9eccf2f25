"""Impact asymmetry and its class as columns of a table of penalties and rewards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.drivers.impact_asymmetry import (
    ASYMMETRY_CLASSES,
    KANO_CLASSES,
    classify_asymmetry,
    classify_kano,
    impact_asymmetry,
)
from nlp_cx.analyze.resample import percentile_interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class RowWords:
    """Sentences on the rows of a table: why a value is missing, what to know of one that is there.

    Parameters
    ----------
    reasons : sequence of sequences of (str or None)
        The first ones, by row.
    """

    def __init__(self, reasons: Sequence[Sequence[str | None]]) -> None:
        self._reasons = [list(dict.fromkeys(why for why in row if why)) for row in reasons]
        self._remarks: list[list[str]] = [[] for _ in reasons]

    @property
    def reasons(self) -> pd.Series:
        """One text per row; None where nothing is missing."""
        return pd.Series(["; ".join(row) or None for row in self._reasons], dtype=object)

    @property
    def remarks(self) -> pd.Series:
        """One text per row; None where there is nothing to remark."""
        return pd.Series(["; ".join(row) or None for row in self._remarks], dtype=object)

    def add_reason(self, is_row: Flags, why: str) -> None:
        """Say of some rows why a value is missing."""
        for i in np.flatnonzero(is_row):
            self._reasons[i].append(why)

    def add_remark(self, is_row: Flags, what: str) -> None:
        """Say of some rows what to know of a value."""
        for i in np.flatnonzero(is_row):
            self._remarks[i].append(what)


def add_asymmetry(
    table: pd.DataFrame,
    words: RowWords,
    drawn: Floats,
    *,
    confidence: float,
    higher_is_better: bool,
) -> None:
    """Add the columns of range and asymmetry, or say why they are missing.

    Parameters
    ----------
    table : DataFrame
        With penalty and reward, their intervals and ``p_adjusted``. Gets ``impact_range``, ``ia``,
        ``ia_low``, ``ia_high``.
    words : RowWords
        Gets reasons and remarks.
    drawn : ndarray, shape (n_bootstrap, n_rows)
        Asymmetries of bootstrap samples.
    confidence : float
    higher_is_better : bool
    """
    is_known = table[["penalty", "reward"]].notna().all(axis=1).to_numpy(np.bool_, copy=True)
    told = (table["p_adjusted"] <= 1 - confidence).to_numpy(np.bool_)
    is_shown = is_known & told
    for name, mention, side in (("penalty", "negative", 1), ("reward", "positive", -1)):
        up = side if higher_is_better else -side
        value, low, high = (
            table[f"{name}{end}"].to_numpy(np.float64) * up for end in ("", "_low", "_high")
        )
        if up < 0:
            low, high = high, low
        # Without samples nobody knows whether a wrong sign is more than chance.
        against = (value > 0) & ((low > 0) | (len(drawn) == 0))
        word = "higher" if up > 0 else "lower"
        words.add_reason(
            against,
            f"{mention} mentions go with a {word} outcome, against expectation: no asymmetry",
        )
        words.add_remark(
            is_shown & (value > 0) & ~against,
            f"{name} has the wrong sign, is not told from 0 and counts as 0",
        )
        is_known &= ~against
    words.add_reason(is_known & ~told, "penalty and reward are not told from 0: no asymmetry")
    is_known &= told
    parts = impact_asymmetry(
        table["penalty"], table["reward"], higher_is_better=higher_is_better, wrong_sign="zero"
    )
    low, high = percentile_interval(drawn, confidence=confidence)
    for name, values in (
        ("impact_range", parts.impact_range),
        ("ia", parts.ia),
        ("ia_low", low),
        ("ia_high", high),
    ):
        table[name] = np.where(is_known, values, np.nan)


def add_classes(
    table: pd.DataFrame,
    words: RowWords,
    drawn: Floats,
    *,
    cutoffs: tuple[float, float],
    min_probability: float,
) -> None:
    """Add the columns of classes with the share of samples that agree, or say why none is named.

    Parameters
    ----------
    table : DataFrame
        With ``ia``. Gets ``kano_class``, ``p_basic``, ``p_performance``, ``p_excitement``,
        ``asymmetry_class``, ``p_asymmetry_class``.
    words : RowWords
        Gets reasons.
    drawn : ndarray, shape (n_bootstrap, n_rows)
        Asymmetries of bootstrap samples.
    cutoffs : tuple of two floats
    min_probability : float
    """
    ia = table["ia"].to_numpy(np.float64)
    is_known = ~np.isnan(ia)
    found = classify_kano(ia, cutoffs)
    in_class = classify_kano(drawn, cutoffs)
    if not len(drawn):
        words.add_reason(is_known, "no bootstrap samples: no class")
        is_known = np.zeros_like(is_known)
    n_drawn = max(len(drawn), 1)
    shares = np.stack(
        [(in_class == i).sum(axis=0) / n_drawn for i in range(len(KANO_CLASSES))], axis=1
    )
    for i, name in enumerate(KANO_CLASSES):
        table[f"p_{name}"] = np.where(is_known, shares[:, i], np.nan)
    agreed = np.where(is_known, shares[np.arange(ia.size), found], np.nan)
    for i in np.flatnonzero(is_known & (agreed < min_probability)).tolist():
        likely: list[int] = np.argsort(-shares[i], kind="stable")[:2].tolist()
        names = " or ".join(f"{KANO_CLASSES[j]} ({shares[i, j]:.2f})" for j in likely)
        words.add_reason(np.arange(ia.size) == i, f"class not settled: {names}")
    table["kano_class"] = _name(found, KANO_CLASSES, agreed >= min_probability)
    found = classify_asymmetry(ia, cutoffs)
    in_class = classify_asymmetry(drawn, cutoffs)
    agreed = np.where(is_known, (in_class == found).sum(axis=0) / n_drawn, np.nan)
    table["p_asymmetry_class"] = agreed
    table["asymmetry_class"] = _name(found, ASYMMETRY_CLASSES, agreed >= min_probability)


def _name(codes: npt.NDArray[np.int8], names: Sequence[str], is_shown: Flags) -> pd.Series:
    """Give classes by name, missing where they are not shown."""
    found = [names[code] if shown else None for code, shown in zip(codes, is_shown, strict=True)]
    return pd.Series(found, dtype=object)
