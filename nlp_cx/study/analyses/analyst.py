"""The analyst: makes tables one by one, and notes why others cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.analyze.outcome import OutcomeTables
from nlp_cx.errors import NlpCxError
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.spec import Analysis

OnTable = Callable[[str], None]
"""Gets the name of each table before it is made."""

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
            self.missing[name] = (write_sentence(str(e)), remedy)
            return None
        self.tables[name] = made
        return made


def write_sentence(text: str) -> str:
    """Give a message as a sentence on one line.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    line = " ".join(text.split())
    if "_" not in line.partition(" ")[0]:  # names of columns stay as they are
        line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "?", "!", "。")) else f"{line}."
