"""The third stage: every analysis that the data allow; of the others, why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.analyze.clause_sample import hash_ids
from nlp_cx.analyze.outcome import OutcomeTables, analyze_outcome
from nlp_cx.analyze.periods import Every
from nlp_cx.errors import NlpCxError
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.report.material import Material, tell_lack
from nlp_cx.report.sections.outcomes import MOST_OUTCOMES
from nlp_cx.study.joining import (
    SUMMARY,
    read_conversations,
    read_documents,
    read_evidence,
    read_units,
)
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.spec import Analysis
from nlp_cx.study.table_units import read_table_units

OnTable = Callable[[str], None]
"""Gets the name of each table before it is made."""

CEILING = 0.5
"""Share of the highest value from which on an outcome has no room for praise."""

MOST_TRUTH_VALUES = 2
"""An outcome of two values is a yes or no, which has no ceiling."""

FEW_TEXTS = 1000
"""Below it a term takes two texts, not three."""

NO_TEXTS = "No input holds texts."
GIVE_TEXTS = 'Add an input with texts (kind = "reviews" or "chats").'
NO_OUTCOME = "No outcome was named, and no column is named like one."
NO_TIME = "No text has a time that can be read."
GIVE_TIME = "Name the column with the time of a text (time = … of the input)."
NO_GROUP = "No column of groups was named."
NOT_ASKED = "It was not asked for (analyses)."


@dataclass(slots=True)
class Analyst:
    """A material in the making.

    Parameters
    ----------
    plan : StudyPlan
    folder : Path
        The work folder.
    pipeline : FeedbackPipeline or None
        None where there are no texts.
    on_table : callable
    """

    plan: StudyPlan
    folder: Path
    pipeline: FeedbackPipeline | None
    on_table: OnTable
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    outcomes: dict[str, OutcomeTables] = field(default_factory=dict)
    missing: dict[str, tuple[str, str] | Mapping[str, Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def make(
        self,
        name: str,
        function: Callable[[], pd.DataFrame],
        *,
        needs: tuple[tuple[object, str, str], ...] = (),
        remedy: str = "",
        asked: Analysis | None = None,
    ) -> pd.DataFrame | None:
        """Make a table, or note why it cannot be made.

        Parameters
        ----------
        name : str
        function : callable
        needs : tuple of (condition, reason, remedy)
            The table is missing with the first reason whose condition does not hold.
        remedy : str
            What would help where the function itself finds that it cannot.
        asked : str, optional
            The analysis it belongs to.
        """
        if asked is not None and not self.plan.study.wants(asked):
            self.missing[name] = (NOT_ASKED, f'Add "{asked}" to analyses.')
            return None
        for holds, reason, way in needs:
            if not holds:
                self.missing[name] = (reason, way)
                return None
        self.on_table(name)
        try:
            made = function()
        except NlpCxError as e:
            self.missing[name] = (_sentence(str(e)), remedy)
            return None
        self.tables[name] = made
        return made


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
    _add_facts(analyst, documents, scored, group)
    _overview(analyst, documents, scored, group)
    _levels(analyst, units)
    _drivers(analyst, documents, group)
    _outcomes(analyst, units)
    _evidence(analyst, documents, group)
    _conversations(analyst, documents)
    _source_models(analyst, documents, units)
    _alerts(analyst, documents, units)
    _findings(analyst, documents)
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


def _add_facts(
    analyst: Analyst,
    documents: pd.DataFrame | None,
    scored: Mapping[str, Mapping[str, Any]],
    group: str | None,
) -> None:
    """Say what was read and how, for the report."""
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
        is_document = _is_customers(documents)
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


def _is_customers(documents: pd.DataFrame) -> pd.Series:
    """Tell which rows are documents of customers."""
    if "speaker" not in documents:
        return pd.Series(True, index=documents.index)
    return documents["speaker"].isna() | (documents["speaker"] == "customer")


def _has_time(documents: pd.DataFrame | None) -> bool:
    """Tell whether any document has a time."""
    return (
        documents is not None
        and "created_at" in documents
        and bool(documents["created_at"].notna().any())
    )


def _overview(
    analyst: Analyst,
    documents: pd.DataFrame | None,
    scored: Mapping[str, Mapping[str, Any]],
    group: str | None,
) -> None:
    """Say what was read: volume, mix, quality, coverage, and how good the model is."""
    from nlp_cx.analyze.overview.classifier_metrics import classifier_metrics
    from nlp_cx.analyze.overview.coverage import coverage
    from nlp_cx.analyze.overview.mix import mix
    from nlp_cx.analyze.overview.quality import quality
    from nlp_cx.analyze.overview.volume import volume

    plan = analyst.plan
    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    time = "created_at" if plan.study.time and _has_time(documents) else None
    outcome = _document_outcome(plan, documents)
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


def _levels(analyst: Analyst, units: pd.DataFrame | None) -> None:
    """Say where the outcomes stand, with texts or without."""
    from nlp_cx.analyze.overview.outcome_levels import outcome_levels

    plan = analyst.plan
    if units is None:
        return
    found = [name for name, _ in plan.outcomes() if name in units and _is_numbers(units[name])]
    group = plan.unit_column(plan.study.groups[0]) if plan.study.groups else None
    if group is not None and (group not in units or units[group].nunique() < 2):
        group = None
    if group is not None and analyst.facts["group"] is None:
        analyst.facts["group"] = plan.study.groups[0]
    customer = plan.unit_column(plan.study.customer or "customer_id")
    analyst.make(
        "outcome_levels",
        lambda: outcome_levels(
            units,
            found,
            by=group,
            cluster=customer if customer in units else None,
            min_cell=max(plan.study.privacy.minimum_cell, 1),
        ),
        needs=((found, NO_OUTCOME, "Name one (--outcome, [[outcomes]])."),),
        asked="overview",
    )
    if len(plan.tables) > len(plan.base_tables) and not plan.texts:
        rest = ", ".join(str(each.name) for each in plan.tables[1:])
        analyst.notes.append(
            f"There are no texts to join tables to: of the tables only {plan.tables[0].name} was "
            f"looked at, not {rest}. Join them before."
        )


def _drivers(analyst: Analyst, documents: pd.DataFrame | None, group: str | None) -> None:
    """Say how often each driver is mentioned, praised and criticised, where and since when."""
    from nlp_cx.analyze.overview.changes import changes
    from nlp_cx.analyze.overview.driver_shares import driver_shares

    study = analyst.plan.study
    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    gold = _read_gold(analyst, documents)
    drivers = analyst.pipeline.drivers if analyst.pipeline else None
    cluster = _cluster(documents)
    shares: dict[str, Any] = {
        "drivers": drivers,
        "cluster": cluster,
        "min_cell": study.privacy.minimum_cell,
        "time_zone": study.time_zone,
    }
    timed = (study.time and _has_time(documents), NO_TIME, GIVE_TIME)
    grouped = (group, NO_GROUP, "Name a column of the texts or tables (groups, --group).")
    two = (
        documents is None or group is None or documents[group].nunique() > 1,
        f"Column {group!r} has one value only.",
        "Name a column with two or more values (groups, --group).",
    )

    def frame() -> pd.DataFrame:
        return pd.DataFrame() if documents is None else documents

    analyst.make(
        "driver_shares",
        lambda: driver_shares(frame(), labelled=gold, **shares),
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
            outcome=_document_outcome(analyst.plan, documents),
            cluster=cluster,
        ),
        needs=(there, timed),
        remedy="Give texts of two whole periods (days, weeks or months) or more.",
        asked="changes",
    )


def _outcomes(analyst: Analyst, units: pd.DataFrame | None) -> None:
    """Say which drivers go with each outcome."""
    plan = analyst.plan
    study = plan.study
    name = "outcomes"
    if not study.wants("outcomes"):
        analyst.missing[name] = (NOT_ASKED, 'Add "outcomes" to analyses.')
        return
    if units is None or not plan.texts:
        analyst.missing[name] = analyst.missing["importance"] = (NO_TEXTS, GIVE_TEXTS)
        return
    outcomes = list(plan.outcomes())
    if not outcomes:
        names = [str(name) for name in units if str(name).startswith(("r_", "o_"))]
        joined = [name for name in names if _is_numbers(units[name])]
        roles = {c for each in plan.texts for c in (each.id, each.interaction, each.customer)}
        roles |= {"turn"}
        numbers = sorted(
            {c for h in plan.headers.values() for c in h.columns if h.is_number(c)} - roles
        )
        shown = ", ".join((joined or numbers)[:10])
        way = f"Name one (--outcome, [[outcomes]]): {shown}." if shown else (
            "Add a column of numbers to the texts, or a table of ratings: stars, nps, csat."
        )  # fmt: skip
        analyst.missing[name] = analyst.missing["importance"] = (NO_OUTCOME, way)
        return
    group = plan.unit_column(study.groups[0]) if study.groups else None
    if group is not None and (group not in units or units[group].nunique() < 2):
        group = None
    has_time = "x_last_at" in units and bool(units["x_last_at"].notna().any())
    customer = plan.unit_column(study.customer or "customer_id")
    controls = tuple(filter(None, (plan.unit_column(each) for each in study.controls)))
    weights = plan.unit_column(study.weights) if study.weights else _weights(units)
    for column, outcome in outcomes:
        try:
            analyst.outcomes[column] = analyze_outcome(
                sample_units(analyst, units, column, customer if customer in units else None),
                column,
                family=outcome.family,
                higher_is_better=outcome.higher_is_better,
                drivers=analyst.pipeline.drivers if analyst.pipeline else None,
                controls=controls,
                group=group,
                period="x_last_at" if study.time and has_time else None,
                time_zone=study.time_zone,
                weights=weights,
                cluster=customer if customer in units else None,
                n_bootstrap=study.n_bootstrap,
                random_state=study.random_state,
                on_table=partial(_say_table, analyst.on_table, column),
            )
        except NlpCxError as e:
            key = name if len(outcomes) == 1 else f"outcomes: {column}"
            analyst.missing[key] = (_sentence(f"{column}: {e}"), "Give more texts with a rating.")
    analyst.notes += _note_rest(list(analyst.outcomes))
    for column, found in analyst.outcomes.items():
        analyst.notes += [f"{column}, {note}" for note in found.notes]
        label = dict(outcomes)[column].label or dict(outcomes)[column].column
        analyst.notes += _note_ceiling(label, units[column])


def _note_rest(outcomes: list[str]) -> list[str]:
    """Say which outcomes the report does not explain."""
    if len(outcomes) <= MOST_OUTCOMES:
        return []
    rest = ", ".join(outcomes[MOST_OUTCOMES:])
    return [
        f"The report explains the first {MOST_OUTCOMES} outcomes. Of {rest} "
        "it tells where they stand; name them first in [[outcomes]] to see what goes with them."
    ]


def _note_ceiling(column: str, values: pd.Series) -> list[str]:
    """Say that an outcome has little room on one side, so that praise can hardly go with more."""
    known = values.dropna()
    if known.nunique() < MOST_TRUTH_VALUES + 1 or not _is_numbers(known):
        return []
    share = float((known == known.max()).mean())
    if share < CEILING:
        return []
    return [
        f"{share:.0%} of the values of {column} are the highest there is: above them praise has no "
        "room, so that a factor looks basic more easily than it is"
    ]


def sample_units(
    analyst: Analyst, units: pd.DataFrame, outcome: str, customer: str | None
) -> pd.DataFrame:
    """Give the units, or a random sample of those with a text and the outcome; say so.

    Parameters
    ----------
    analyst : Analyst
        Gets a note where a sample is drawn.
    units : DataFrame
    outcome : str
    customer : str or None
        Column whose values are drawn whole.

    Returns
    -------
    DataFrame
    """
    study = analyst.plan.study
    if outcome not in units or len(units) <= study.most_units:
        return units
    usable = units[units[outcome].notna() & (units["x_n_texts"] > 0)]
    if len(usable) <= study.most_units:
        return usable
    # Customers are drawn whole, and by their ids: the order of rows plays no part.
    key = customer or str(analyst.plan.grain[0])
    order = hash_ids(usable[key], study.random_state)
    last = np.partition(order, study.most_units - 1)[study.most_units - 1]
    sample = usable[order <= last]
    analyst.notes.append(
        f"{outcome} is explained with a random sample of {len(sample):,} of the {len(usable):,} "
        "units with a text and a value (most_units)."
    )
    sample.attrs = dict(units.attrs)
    return sample


def _say_table(on_table: OnTable, column: str, name: str) -> None:
    """Say which table of which outcome is made."""
    on_table(f"{column}: {name}")


def _evidence(analyst: Analyst, documents: pd.DataFrame | None, group: str | None) -> None:
    """Find opinion terms, emerging terms and the most telling clauses."""
    from nlp_cx.analyze.exemplars import find_exemplars
    from nlp_cx.analyze.terms.emerging import emerging_terms
    from nlp_cx.analyze.terms.find_terms import find_terms

    study = analyst.plan.study
    evidence = read_evidence(analyst.plan, analyst.folder) if documents is not None else None
    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    timed = (study.time and _has_time(documents), NO_TIME, GIVE_TIME)
    clauses = (
        evidence is not None and len(evidence),
        "No clause speaks of a driver.",
        "Give texts, or for scored texts the file of nlp-cx score --evidence.",
    )
    needs = (there, clauses)

    def texts() -> pd.DataFrame:
        return pd.DataFrame() if documents is None else documents

    def said() -> pd.DataFrame:
        return pd.DataFrame() if evidence is None else evidence

    seed = study.random_state
    if evidence is not None:
        analyst.facts["n_quotes"] = int(evidence["driver"].notna().sum())
    analyst.make(
        "terms",
        lambda: find_terms(
            said(),
            scored=texts(),
            top_n=study.evidence.terms,
            # Of few texts, two that say the same are worth a line.
            min_documents=2 if len(texts()) < FEW_TEXTS else 3,
            random_state=seed,
        ),
        needs=needs,
        asked="terms",
    )
    analyst.make(
        "emerging_terms",
        lambda: emerging_terms(
            said(),
            texts(),
            time="created_at",
            every=_every(analyst),
            time_zone=study.time_zone,
            random_state=seed,
        ),
        needs=(*needs, timed),
        remedy="Give texts of two periods or more.",
        asked="emerging",
    )
    analyst.make(
        "exemplars",
        lambda: find_exemplars(
            said(),
            texts(),
            segment=group,
            rating=_document_outcome(analyst.plan, documents),
            n_each=study.evidence.per_cell,
            random_state=seed,
        ),
        needs=needs,
        asked="evidence",
    )


def _conversations(analyst: Analyst, documents: pd.DataFrame | None) -> None:
    """Sum conversations up."""
    from nlp_cx.analyze.conversation_summary import conversation_arc, measure_conversations

    conversations = read_conversations(analyst.plan, analyst.folder) if analyst.plan.texts else None
    needs = (
        (
            conversations is not None,
            "No input holds conversations.",
            'Add chats (kind = "chats"): rows of turns with a speaker and a conversation.',
        ),
    )

    def turns() -> pd.DataFrame:
        if documents is None:
            return pd.DataFrame()
        names = [each.name for each in analyst.plan.texts if each.kind == "chats"]
        return documents[documents["input"].isin(names)]

    analyst.make(
        "conversation_measures",
        lambda: measure_conversations(pd.DataFrame() if conversations is None else conversations),
        needs=needs,
        asked="conversations",
    )
    analyst.make(
        "conversation_arc", lambda: conversation_arc(turns()), needs=needs, asked="conversations"
    )


def _source_models(
    analyst: Analyst, documents: pd.DataFrame | None, units: pd.DataFrame | None
) -> None:
    """Run the models of the sources, as far as the columns allow."""
    from nlp_cx.analyze.source_models.run import MODELS, run_source_models

    plan = analyst.plan
    if not plan.study.wants("source_models"):
        analyst.missing |= dict.fromkeys(MODELS, (NOT_ASKED, 'Add "source_models" to analyses.'))
        return
    if units is None:
        analyst.missing |= dict.fromkeys(MODELS, (NO_TEXTS, GIVE_TEXTS))
        return
    main = next((name for name, _ in plan.outcomes() if name in units), None)
    main = main if main in analyst.outcomes or not plan.texts else None
    texts = documents[_is_customers(documents)] if documents is not None else None
    customer = plan.unit_column(plan.study.customer or "customer_id")
    try:
        tables, missing = run_source_models(
            units,
            texts,
            outcome=main,
            inputs=plan.study.sources,
            evidence=read_evidence(plan, analyst.folder) if plan.texts else None,
            importance=analyst.outcomes[main].tables.get("importance")
            if main in analyst.outcomes
            else None,
            taxonomy=analyst.pipeline.taxonomy if analyst.pipeline else None,
            key=plan.grain[0] if plan.texts and len(plan.grain) == 1 else None,
            cluster=customer if customer in units else None,
            n_bootstrap=plan.study.n_bootstrap,
            random_state=plan.study.random_state,
            on_table=analyst.on_table,
        )
    except NlpCxError as e:
        analyst.missing |= dict.fromkeys(MODELS, (_sentence(str(e)), ""))
        return
    analyst.tables |= tables
    # As codes and columns: a report in another language says them in its own words.
    analyst.missing |= missing


def _alerts(analyst: Analyst, documents: pd.DataFrame | None, units: pd.DataFrame | None) -> None:
    """Open cases by the rules of a file."""
    path = analyst.plan.study.alerts
    if path is None:
        return
    from nlp_cx.analyze.alerts.find_alerts import find_alerts
    from nlp_cx.analyze.alerts.rules import AlertRules
    from nlp_cx.config import load_config

    def find() -> pd.DataFrame:
        rules = load_config(path, AlertRules)
        evidence = read_evidence(analyst.plan, analyst.folder)
        records = pd.DataFrame() if units is None else units
        found = find_alerts(records, rules, evidence=evidence, documents=documents)
        analyst.tables["alert_cases"] = pd.DataFrame(
            [
                {k: v for k, v in case.items() if not isinstance(v, list | dict)}
                for case in found.cases
            ]
        )
        return found.summary

    analyst.make("alerts", find, needs=((units is not None, NO_TEXTS, GIVE_TEXTS),), asked="alerts")


def _findings(analyst: Analyst, documents: pd.DataFrame | None) -> None:
    """Choose what matters now and what to do first."""
    from nlp_cx.analyze.findings.actions import rank_actions
    from nlp_cx.analyze.findings.choose import choose_findings

    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    main = next(iter(analyst.outcomes), None)
    tables = analyst.outcomes[main].tables if main is not None else {}
    known = analyst.facts["outcomes"].get(main, {})
    is_higher_better = bool(known.get("higher_is_better", True))
    reason = tell_lack(analyst.missing.get("outcomes", (NO_OUTCOME, "")))
    analyst.make(
        "actions",
        lambda: rank_actions(
            tables, analyst.tables["driver_shares"], higher_is_better=is_higher_better
        ),
        needs=(
            there,
            (main, *reason),
            ("driver_shares" in analyst.tables, "The shares of drivers are not known.", ""),
        ),
        asked="findings",
    )
    analyst.make(
        "findings",
        lambda: choose_findings(
            analyst.tables, outcome_tables=tables, higher_is_better=is_higher_better
        ),
        needs=(there,),
        asked="findings",
    )


def _every(analyst: Analyst) -> Every:
    """Give the length of a period that the volume is counted by."""
    volume = analyst.tables.get("volume")
    found = None if volume is None else volume.attrs.get("every")
    return found or "month"


def _document_outcome(plan: StudyPlan, documents: pd.DataFrame | None) -> str | None:
    """Give the main outcome's column of the documents, where they have it as numbers."""
    for outcome in plan.study.outcomes[:1]:
        bare = outcome.column[2:] if outcome.column.startswith(("r_", "o_")) else outcome.column
        for name in (outcome.column, bare):
            if documents is not None and name in documents and _is_numbers(documents[name]):
                return name
    return None


def _is_numbers(values: pd.Series) -> bool:
    """Tell whether a column holds numbers or truth values."""
    return bool(pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values))


def _cluster(documents: pd.DataFrame | None) -> str | None:
    """Give the column of customers, where all documents have one."""
    if documents is None or "customer_id" not in documents:
        return None
    return "customer_id" if bool(documents["customer_id"].notna().all()) else None


def _weights(units: pd.DataFrame) -> str | None:
    """Give the column of weights that the join made."""
    return next((str(name) for name in units if str(name).startswith("w_")), None)


def _read_summary(folder: Path) -> dict[str, Any] | None:
    """Read what the join found."""
    path = folder / SUMMARY
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _read_gold(analyst: Analyst, documents: pd.DataFrame | None) -> pd.DataFrame | None:
    """Read the labels of people; those that cannot be used are a note."""
    gold = analyst.plan.study.gold
    if gold is None or documents is None:
        return None
    from nlp_cx.read.table_file import read_arrow

    table, _ = read_arrow(gold.path)
    frame = table.rename_columns(
        ["doc_id" if name == gold.id else name for name in table.column_names]
    ).to_pandas()
    if not pd.api.types.is_numeric_dtype(documents["doc_id"]):
        frame["doc_id"] = frame["doc_id"].astype("str")
    return frame


def _sentence(text: str) -> str:
    """Give a message as a sentence on one line."""
    line = " ".join(text.split())
    if "_" not in line.partition(" ")[0]:  # names of columns stay as they are
        line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "?", "!", "。")) else f"{line}."
