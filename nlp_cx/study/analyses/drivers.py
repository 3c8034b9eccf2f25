"""How often each driver is mentioned, praised and criticised, where and since when."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nlp_cx.errors import NlpCxError
from nlp_cx.study.analyses.analyst import (
    GIVE_TEXTS,
    GIVE_TIME,
    NO_GROUP,
    NO_TEXTS,
    NO_TIME,
    Analyst,
)
from nlp_cx.study.analyses.columns import find_cluster, find_outcome, has_time
from nlp_cx.study.gold import read_gold


def add_drivers(analyst: Analyst, documents: pd.DataFrame | None, group: str | None) -> None:
    """Say how often each driver is mentioned, praised and criticised, where and since when.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    group : str or None
        Column of groups of the documents.
    """
    from nlp_cx.analyze.overview.changes import changes
    from nlp_cx.analyze.overview.driver_shares import driver_shares

    study = analyst.plan.study
    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    gold = _read_gold(analyst, documents)
    drivers = analyst.pipeline.drivers if analyst.pipeline else None
    cluster = find_cluster(documents)
    shares: dict[str, Any] = {
        "drivers": drivers,
        "cluster": cluster,
        "min_cell": study.privacy.minimum_cell,
        "time_zone": study.time_zone,
    }
    timed = (study.time and has_time(documents), NO_TIME, GIVE_TIME)
    grouped = (group, NO_GROUP, "Name a column of the texts or tables (groups, --group).")
    two = (
        documents is None or group is None or documents[group].nunique() > 1,
        f"Column {group!r} has one value only.",
        "Name a column with two or more values (groups, --group).",
    )

    def frame() -> pd.DataFrame:
        return pd.DataFrame() if documents is None else documents

    def in_all() -> pd.DataFrame:
        if gold is not None:
            try:
                return driver_shares(frame(), labelled=gold, **shares)
            except NlpCxError as e:
                _note_uncorrected(analyst, e)
        return driver_shares(frame(), **shares)

    analyst.make(
        "driver_shares",
        in_all,
        needs=(there,),
        asked="drivers",
    )
    analyst.make(
        "driver_shares_by_group",
        lambda: driver_shares(frame(), by=group, **shares),
        needs=(there, grouped, two),
        asked="drivers",
    )
    analyst.make(
        "driver_shares_over_time",
        lambda: driver_shares(frame(), period="created_at", **shares),
        needs=(there, timed),
        asked="drivers",
    )
    analyst.make(
        "changes",
        lambda: changes(
            frame(),
            time="created_at",
            time_zone=study.time_zone,
            drivers=drivers,
            outcome=find_outcome(analyst.plan, documents),
            cluster=cluster,
        ),
        needs=(there, timed),
        remedy="Give texts of two whole periods (days, weeks or months) or more.",
        asked="changes",
    )


def _read_gold(analyst: Analyst, documents: pd.DataFrame | None) -> pd.DataFrame | None:
    """Read the labels of people; None where there are none, or none that can be used."""
    gold = analyst.plan.study.gold
    if gold is None or documents is None or analyst.pipeline is None:
        return None
    try:
        return read_gold(gold, documents, analyst.pipeline.drivers, analyst.notes)
    except NlpCxError as e:
        _note_uncorrected(analyst, e)
        return None


def _note_uncorrected(analyst: Analyst, error: NlpCxError) -> None:
    """Say why shares are not corrected."""
    analyst.notes.append(f"Labels by people do not correct the shares of drivers: {error}")
