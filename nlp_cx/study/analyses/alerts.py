"""Cases that the rules of a file open."""

from __future__ import annotations

import pandas as pd

from nlp_cx.study.analyses.analyst import GIVE_TEXTS, NO_TEXTS, Analyst
from nlp_cx.study.joining import read_evidence


def add_alerts(
    analyst: Analyst, documents: pd.DataFrame | None, units: pd.DataFrame | None
) -> None:
    """Open cases by the rules of a file.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    units : DataFrame or None, one row per unit
        None where there is nothing that could be explained.
    """
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
