"""What is said: opinion terms, emerging terms and the most telling clauses."""

from __future__ import annotations

import pandas as pd

from nlp_cx.analyze.periods import Every
from nlp_cx.study.analyses.analyst import GIVE_TEXTS, GIVE_TIME, NO_TEXTS, NO_TIME, Analyst
from nlp_cx.study.analyses.columns import find_outcome, has_time
from nlp_cx.study.joining import read_evidence

FEW_TEXTS = 1000
"""Below it a term takes two texts, not three."""


def add_evidence(analyst: Analyst, documents: pd.DataFrame | None, group: str | None) -> None:
    """Find opinion terms, emerging terms and the most telling clauses.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    group : str or None
        Column of groups of the documents.
    """
    from nlp_cx.analyze.exemplars import find_exemplars
    from nlp_cx.analyze.terms.emerging import emerging_terms
    from nlp_cx.analyze.terms.find_terms import find_terms

    study = analyst.plan.study
    evidence = read_evidence(analyst.plan, analyst.folder) if documents is not None else None
    there = (documents is not None, NO_TEXTS, GIVE_TEXTS)
    timed = (study.time and has_time(documents), NO_TIME, GIVE_TIME)
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
            every=_find_every(analyst),
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
            rating=find_outcome(analyst.plan, documents),
            n_each=study.evidence.per_cell,
            random_state=seed,
        ),
        needs=needs,
        asked="evidence",
    )


def _find_every(analyst: Analyst) -> Every:
    """Give the length of a period that the volume is counted by."""
    volume = analyst.tables.get("volume")
    found = None if volume is None else volume.attrs.get("every")
    return found or "month"
