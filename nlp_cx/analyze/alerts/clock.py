"""Whose clock alerts go by: the times of records, and what counts as now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.analyze.periods import read_local_times
from nlp_cx.errors import AnalysisError, ConfigError

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Clock:
    """Times of the rows of a table on one clock.

    Attributes
    ----------
    times : Series of datetime64, index 0, 1, …
        Without zone; NaT where a row has none, or the rules name no time.
    now : Timestamp
        Without zone. Later rows are left alone.
    zone : str or None
        What the times are local to, where that is known.
    since : Timestamp or None
        Without zone. Earlier rows are left alone.
    """

    times: pd.Series
    now: pd.Timestamp
    zone: str | None
    since: pd.Timestamp | None = None

    @property
    def is_known(self) -> Bools:
        """Rows that have a time."""
        return self.times.notna().to_numpy(np.bool_)

    @property
    def is_later(self) -> Bools:
        """Rows that lie in the future."""
        return (self.times > self.now).to_numpy(np.bool_)

    @property
    def is_earlier(self) -> Bools:
        """Rows that lie before what is looked at."""
        if self.since is None:
            return np.zeros(len(self.times), np.bool_)
        return (self.times < self.since).to_numpy(np.bool_)

    def write(self, moment: pd.Timestamp) -> str:
        """Write a time as ISO 8601, with its offset where the zone is known.

        Parameters
        ----------
        moment : Timestamp
            Without zone.

        Returns
        -------
        str
        """
        if self.zone is not None:
            # An hour that occurs twice is taken as the first, one that is left out as the next.
            moment = moment.tz_localize(self.zone, ambiguous=True, nonexistent="shift_forward")
        return moment.isoformat(timespec="seconds")


def read_clock(
    ox: pd.DataFrame,
    rules: AlertRules,
    now: str | datetime | None = None,
    since: str | datetime | None = None,
) -> Clock:
    """Read the times of a table.

    Parameters
    ----------
    ox : DataFrame
    rules : AlertRules
        Names the column of times and the zone.
    now : str or datetime, optional
        The latest time in the table when not given; never the machine's clock.
    since : str or datetime, optional

    Returns
    -------
    Clock

    Raises
    ------
    SchemaError
        If the column does not hold times.
    ConfigError
        If `now` or `since` is not a time, or has a zone where the table's times have none; if
        there is `since`, and the rules name no column of times.
    AnalysisError
        If there is no time at all, and `now` is not given.

    Examples
    --------
    >>> ox = pd.DataFrame({"order": [1], "at": ["2024-05-31T17:00Z"]})
    >>> clock = read_clock(ox, AlertRules(key="order", time="at", time_zone="Asia/Shanghai"))
    >>> clock.now, clock.write(clock.now)
    (Timestamp('2024-06-01 01:00:00'), '2024-06-01T01:00:00+08:00')
    """
    zone = rules.time_zone
    if rules.time is None:
        times = pd.Series(pd.NaT, index=range(len(ox)), dtype="datetime64[us]")
    else:
        times = read_local_times(ox, rules.time, zone)
        column_zone = getattr(ox[rules.time].dtype, "tz", None)
        if zone is None and column_zone is not None:
            zone = str(column_zone)
    start = None if since is None else _read_moment(since, zone, "since")
    if start is not None and rules.time is None:
        raise ConfigError("since needs a column of times: name one in the rules (time = ...)")
    if now is not None:
        return Clock(times, _read_moment(now, zone, "now"), zone, start)
    if times.isna().all():
        raise AnalysisError(
            "there is no time from which cases could be due: name a column of times in the rules "
            "(time = ...), or say what is now"
        )
    return Clock(times, times.max(), zone, start)


def _read_moment(given: str | datetime, zone: str | None, name: str) -> pd.Timestamp:
    """Read a time that was given, on the clock of the zone."""
    moment = pd.to_datetime(given, errors="coerce")
    if pd.isna(moment):
        raise ConfigError(f"{name} {given!r} is not a time, e.g. 2024-06-30 or 2024-06-30T18:00")
    if moment.tzinfo is None:
        return moment
    if zone is None:
        raise ConfigError(
            f"{name} {given!r} has a zone, and the times of the table have none. Give it without "
            "a zone, or time_zone in the rules."
        )
    return moment.tz_convert(zone).tz_localize(None)
