"""The third stage: every analysis that the data allow; of the others, why not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.report.material import Material
from nlp_cx.study.analyses.alerts import add_alerts
from nlp_cx.study.analyses.analyst import Analyst, OnTable
from nlp_cx.study.analyses.conversations import add_conversations
from nlp_cx.study.analyses.drivers import add_drivers
from nlp_cx.study.analyses.evidence import add_evidence
from nlp_cx.study.analyses.facts import add_facts
from nlp_cx.study.analyses.findings import add_findings
from nlp_cx.study.analyses.levels import add_levels
from nlp_cx.study.analyses.outcomes import add_outcomes
from nlp_cx.study.analyses.overview import add_overview
from nlp_cx.study.analyses.source_models import add_source_models
from nlp_cx.study.joining import read_documents, read_units
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.table_units import read_table_units


def analyze_study(
    plan: StudyPlan,
    folder: Path,
    pipeline: FeedbackPipeline | None,
    *,
    scored: Mapping[str, Mapping[str, Any]],
    on_table: OnTable,
) -> Material:
    """Run the analyses of a study.

    Parameters
    ----------
    plan : StudyPlan
    folder : Path
        With scored tables and, where there are texts, the O+X table.
    pipeline : FeedbackPipeline or None
    scored : mapping of str to mapping
        What scoring found out, by name of the input.
    on_table : callable

    Returns
    -------
    Material
        Without any clock time: the same files give the same material.
    """
    analyst = Analyst(plan, folder, pipeline, on_table)
    documents = read_documents(plan, folder) if plan.texts else None
    units = read_units(folder) if plan.texts else read_table_units(plan)
    group = _add_group(plan, documents, units)
    add_facts(analyst, documents, scored, group)
    add_overview(analyst, documents, scored, group)
    add_levels(analyst, units)
    add_drivers(analyst, documents, group)
    add_outcomes(analyst, units)
    add_evidence(analyst, documents, group)
    add_conversations(analyst, documents)
    add_source_models(analyst, documents, units)
    add_alerts(analyst, documents, units)
    add_findings(analyst, documents)
    analyst.facts["notes"] = analyst.notes
    return Material(analyst.tables, analyst.outcomes, analyst.facts, analyst.missing)


def _add_group(
    plan: StudyPlan, documents: pd.DataFrame | None, units: pd.DataFrame | None
) -> str | None:
    """Give the column of groups of the documents; it is fetched from the units where needed."""
    if not plan.study.groups or documents is None:
        return None
    name = plan.study.groups[0]
    bare = name[2:] if name.startswith(("r_", "o_")) else name
    for each in (name, bare):
        if each in documents:
            return each
    column = plan.unit_column(name)
    if units is None or column not in units or len(plan.grain) != 1:
        return None
    key = plan.grain[0]
    values = units.drop_duplicates(key).set_index(key)[column]
    documents[bare] = documents[key].map(values)
    return bare
