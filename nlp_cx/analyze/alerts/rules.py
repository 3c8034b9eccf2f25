"""What to watch and whom to tell, as classes that a TOML file can fill."""

from __future__ import annotations

from typing import Literal

from nlp_cx.analyze.alerts.conditions import Condition
from nlp_cx.config import config

Severity = Literal["low", "medium", "high", "critical"]
Metric = Literal["share", "mean", "nps", "count"]


@config
class RecordRule:
    """A case for every record that meets the conditions.

    Parameters
    ----------
    name : str
        Part of every case id: a rule with another name opens its cases anew.
    severity : {"low", "medium", "high", "critical"}
    owner : str
        Who has to act.
    due_hours : float
        From the record's time.
    all : tuple of Condition
        On the O+X table; every one of them must be met.
    any : tuple of Condition
        At least one of them must be met, where there are any.
    evidence : tuple of Condition
        On the table of evidence: the record has a clause that meets all of them. Such clauses are
        the reasons of the case; without this, those with negative sentiment or polarity.
    per : str, optional
        Column of whoever is to be asked once, e.g. the customer.
    cool_down_days : float, default=0
        No second case for the same `per` within this time.
    within_days : float, optional
        Only records as young as this; all up to now when not given.
    show : tuple of str
        Columns to copy into the case.
    outcome : Condition, optional
        What the case fears, known later, e.g. ``o_churned == true``. For the backtest.
    """

    name: str
    severity: Severity
    owner: str
    due_hours: float
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    evidence: tuple[Condition, ...] = ()
    per: str | None = None
    cool_down_days: float = 0.0
    within_days: float | None = None
    show: tuple[str, ...] = ()
    outcome: Condition | None = None


@config
class AggregateRule:
    """A case for every segment whose metric is worse than it should be, beyond chance.

    Parameters
    ----------
    name, severity, owner
        As in `RecordRule`.
    due_hours : float
        From the end of the window.
    metric : {"share", "mean", "nps", "count"}
        Share of the rows that meet `of`; mean of `column`; promoters minus detractors of `column`
        (0 to 10); number of rows that meet `of`.
    of : tuple of Condition
        What is counted.
    among : tuple of Condition
        Only rows that meet all of these are looked at, e.g. those with text.
    column : str, optional
        A column of numbers. Rows without a value are left out.
    segment : tuple of str
        One watch per combination of values of these columns; one for all rows when empty.
    window_days : int
        The window ends with the step, which is not in it.
    step_days : int, default=1
        How often to look. Steps are counted from Monday, 1970-01-05, so that every run looks at
        the same windows, and windows of 7 days are weeks.
    baseline_days : int, optional
        Compare with so many days before the window.
    threshold : float, optional
        Compare with this level (of a count: rows per window).
    direction : {"up", "down"}, default="up"
        Which way is bad.
    min_n : int, default=30
        Rows in the window, and in the baseline; with fewer there is no verdict. Of a count, in
        both together.
    alpha : float, default=0.05
        Two-sided significance against each of `threshold` and `baseline_days` that is given,
        after Benjamini-Hochberg over the segments of a step.
    min_change : float, default=0.0
        Smallest difference from the baseline that matters, in units of the metric.
    clear : float, optional
        An open alert closes when the metric is back at this level: hysteresis. `threshold`, or
        half way between the level and the baseline that opened it, when not given.
    cool_down_days : float, default=0
        No second case for the same segment within this time after one.
    forget_days : float, default=90
        An alert that stays open so long is closed: the new level is the usual one by then.
    """

    name: str
    severity: Severity
    owner: str
    due_hours: float
    metric: Metric
    window_days: int
    of: tuple[Condition, ...] = ()
    among: tuple[Condition, ...] = ()
    column: str | None = None
    segment: tuple[str, ...] = ()
    step_days: int = 1
    baseline_days: int | None = None
    threshold: float | None = None
    direction: Literal["up", "down"] = "up"
    min_n: int = 30
    alpha: float = 0.05
    min_change: float = 0.0
    clear: float | None = None
    cool_down_days: float = 0.0
    forget_days: float = 90.0


@config
class AlertRules:
    """A file of rules.

    Parameters
    ----------
    key : str
        Column that names a record, unique in the table.
    time : str, optional
        Column of the record's time, e.g. ``x_last_at``.
    time_zone : str, optional
        Whose midnight counts, e.g. ``"Asia/Shanghai"``; the times' own when not given.
    record : tuple of RecordRule
    aggregate : tuple of AggregateRule
    """

    key: str
    time: str | None = None
    time_zone: str | None = None
    record: tuple[RecordRule, ...] = ()
    aggregate: tuple[AggregateRule, ...] = ()
