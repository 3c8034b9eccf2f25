"""Facts: what was read and how, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.study.analyses.analyst import Analyst
from nlp_cx.study.analyses.columns import is_customers


def add_facts(
    analyst: Analyst,
    documents: pd.DataFrame | None,
    scored: Mapping[str, Mapping[str, Any]],
    group: str | None,
) -> None:
    """Say what was read and how, for the report.

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
    plan = analyst.plan
    study = plan.study
    facts = analyst.facts
    facts["title"] = study.title
    facts["currency"] = study.currency
    facts["inputs"] = [
        {
            "path": Path(each.path).name,
            "role": each.kind,
            "n_rows": scored.get(str(each.name), {}).get("n_rows"),
        }
        for each in study.inputs
    ]
    facts["outcomes"] = {
        name: {
            "label": outcome.label or outcome.column,
            "low": outcome.low,
            "high": outcome.high,
            "higher_is_better": outcome.higher_is_better,
        }
        for name, outcome in plan.outcomes()
    }
    facts["group"] = group
    if analyst.pipeline is not None:
        name, _, version = analyst.pipeline.model_id.rpartition("-")
        facts["model"] = {"name": name or version, "version": version}
        if study.taxonomy is not None or study.model not in ("fast", "accurate", "auto"):
            facts["drivers"] = _name_drivers(analyst)
    for found in scored.values():
        analyst.notes += [str(note) for note in found.get("notes", ())]
    if documents is not None:
        is_document = is_customers(documents)
        facts["n_documents"] = int(is_document.sum())
        facts["n_texts"] = int((is_document & documents["sentiment"].notna()).sum())
        if "interaction_id" in documents:
            facts["n_interactions"] = int(documents["interaction_id"].nunique())
        times = documents.loc[is_document, "created_at"] if "created_at" in documents else None
        if times is not None and times.notna().any():
            facts["first_time"], facts["last_time"] = times.min(), times.max()
        unreadable = sum(int(found.get("n_unreadable_times") or 0) for found in scored.values())
        if unreadable:
            analyst.notes.append(
                f"{unreadable:,} times of texts could not be read and are left out of all that "
                "is told over time. Write them as 2025-03-01 10:08."
            )
    facts["options"] = {
        "random_state": study.random_state,
        "n_bootstrap": study.n_bootstrap,
        "minimum_cell": study.privacy.minimum_cell,
        "mask_pii": study.privacy.mask_pii,
        "time_zone": study.time_zone,
    }


def _name_drivers(analyst: Analyst) -> dict[str, dict[str, str]]:
    """Give the words for the drivers of a model of another taxonomy."""
    from nlp_cx.taxonomy import load_taxonomy

    if analyst.pipeline is None:
        return {}
    path = analyst.plan.study.taxonomy
    taxonomy = load_taxonomy(path) if path is not None else analyst.pipeline.taxonomy
    return {label.id: {"en": label.en, "zh": label.zh} for label in taxonomy.labels}
