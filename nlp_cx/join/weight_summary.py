"""What is known of a column of weights: how far they reach, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """How far weights bring respondents to the population.

    Parameters
    ----------
    column, value : str
        ``(mean)`` for numbers.
    population, respondents, weighted : float
        Shares, or means of numbers.
    """

    column: str
    value: str
    population: float
    respondents: float
    weighted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """What is known of a column of weights.

    Parameters
    ----------
    name : str
        Of the column.
    kind : str
        ``response``: inverse of the probability to respond; ``poststratify``.
    by : tuple of str
    n_units, n_respondents : int
    n_without_weight : int
        Respondents of whom a number of `by` is missing.
    lowest, highest : float
        After trimming; the mean is 1.
    n_trimmed : int
    max_weight : float
        In multiples of the mean.
    effective_n : float
        Kish: (sum of weights)² / sum of squared weights.
    design_effect : float
        Respondents with a weight / effective_n.
    coefficients : tuple of (str, float, float)
        ``response``: term, log odds, standard error.
    balance : tuple of BalanceRow
    """

    name: str
    kind: str
    by: tuple[str, ...]
    n_units: int
    n_respondents: int
    n_without_weight: int
    lowest: float
    highest: float
    n_trimmed: int
    max_weight: float
    effective_n: float
    design_effect: float
    coefficients: tuple[tuple[str, float, float], ...]
    balance: tuple[BalanceRow, ...]
