"""Conversations, summed up."""

from __future__ import annotations

import pandas as pd

from nlp_cx.study.analyses.analyst import Analyst
from nlp_cx.study.joining import read_conversations


def add_conversations(analyst: Analyst, documents: pd.DataFrame | None) -> None:
    """Sum conversations up.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    documents : DataFrame or None, one row per document
        None where there are no texts.
    """
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
