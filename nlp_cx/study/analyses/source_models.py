"""The models of the sources, as far as the columns allow."""

from __future__ import annotations

import pandas as pd

from nlp_cx.errors import NlpCxError
from nlp_cx.study.analyses.analyst import (
    GIVE_TEXTS,
    NO_TEXTS,
    NOT_ASKED,
    Analyst,
    write_sentence,
)
from nlp_cx.study.analyses.columns import is_customers
from nlp_cx.study.joining import read_evidence


def add_source_models(
    analyst: Analyst, documents: pd.DataFrame | None, units: pd.DataFrame | None
) -> None:
    """Run the models of the sources, as far as the columns allow.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    units : DataFrame or None, one row per unit
        None where there is nothing that could be explained.
    """
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
    texts = documents[is_customers(documents)] if documents is not None else None
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
        analyst.missing |= dict.fromkeys(MODELS, (write_sentence(str(e)), ""))
        return
    analyst.tables |= tables
    # As codes and columns: a report in another language says them in its own words.
    analyst.missing |= missing
