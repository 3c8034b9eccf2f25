"""What matters now and what to do first."""

from __future__ import annotations

import pandas as pd

from nlp_cx.report.material import tell_lack
from nlp_cx.study.analyses.analyst import GIVE_TEXTS, NO_OUTCOME, NO_TEXTS, Analyst


def add_findings(analyst: Analyst, documents: pd.DataFrame | None) -> None:
    """Choose what matters now and what to do first.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    """
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
