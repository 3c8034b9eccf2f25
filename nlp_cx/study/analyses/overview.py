"""What was read: volume, mix, quality, coverage, and how good the model is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.study.analyses.analyst import GIVE_TEXTS, GIVE_TIME, NO_TEXTS, NO_TIME, Analyst
from nlp_cx.study.analyses.columns import find_outcome, has_time
from nlp_cx.study.joining import SUMMARY


def add_overview(
    analyst: Analyst,
    documents: pd.DataFrame | None,
    scored: Mapping[str, Mapping[str, Any]],
    group: str | None,
) -> None:
    """Say what was read: volume, mix, quality, coverage, and how good the model is.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    scored : mapping of str to mapping
        What scoring found out, by name of the input.
    group : str or None
        Column of groups of the documents.
    """
    from nlp_cx.analyze.overview.classifier_metrics import classifier_metrics
    from nlp_cx.analyze.overview.coverage import coverage
    from nlp_cx.analyze.overview.mix import mix
    from nlp_cx.analyze.overview.quality import quality
    from nlp_cx.analyze.overview.volume import volume

    plan = analyst.plan
    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    time = "created_at" if plan.study.time and has_time(documents) else None
    outcome = find_outcome(plan, documents)
    summary = _read_summary(analyst.folder)
    if documents is not None:
        n_rejected = sum(int(found.get("n_rejected") or 0) for found in scored.values())
        wanted = [name for name in ("lang", "channel", "sentiment", group) if name is not None]
        dimensions = [name for name in wanted if name in documents]
        if not any(each.channel for each in plan.texts) and documents["channel"].nunique() < 2:
            dimensions.remove("channel")  # nobody named it, and it tells nothing
        n_unreadable = sum(int(found.get("n_unreadable_times") or 0) for found in scored.values())
        analyst.make(
            "volume",
            lambda: volume(documents, time=time, time_zone=plan.study.time_zone, outcome=outcome),
            needs=((time, NO_TIME, GIVE_TIME),),
            asked="overview",
        )
        analyst.make("mix", lambda: mix(documents, dimensions=dimensions), asked="overview")
        analyst.make(
            "quality",
            lambda: quality(
                documents,
                text="text",
                time="created_at" if "created_at" in documents else None,
                n_rejected=n_rejected,
                n_unreadable_times=n_unreadable,
                join_summary=summary,
                drivers=analyst.pipeline.drivers if analyst.pipeline else None,
            ),
            asked="overview",
        )
    else:
        for name in ("volume", "mix", "quality"):
            analyst.make(name, pd.DataFrame, needs=(there,), asked="overview")
    analyst.make(
        "coverage",
        lambda: coverage(summary or {}),
        needs=(
            there,
            (plan.joined_tables, "No table is joined to the texts.", "Add ratings or operations."),
            (summary, "Texts and tables were not joined.", ""),
        ),
        asked="overview",
    )
    analyst.make(
        "classifier",
        lambda: classifier_metrics(analyst.pipeline.card if analyst.pipeline else {}),
        needs=(there,),
    )


def _read_summary(folder: Path) -> dict[str, Any] | None:
    """Read what the join found."""
    path = folder / SUMMARY
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
