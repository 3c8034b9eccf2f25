"""What a join did, in numbers: enough to defend every row of its result, and every row it lost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from nlp_cx.join.weight_summary import WeightSummary

N_SAMPLES = 5
"""Examples that are shown of each kind of row that is left over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSummary:
    """What was found in the scored table.

    Parameters
    ----------
    n_rows : int
    n_other_speakers : int
        Rows of agents, bots and others; they are no documents.
    n_documents : int
        Customers' documents, with or without text.
    n_without_key : int
        Documents among them whose unit is not known; they are in no row of the result.
    without_key : tuple of str
        Up to five of them, by ``doc_id``.
    n_texts : int
        Documents with a key in which something was scored.
    n_untimed : int
        Documents with a key and no time, where a time is named.
    n_late : int
        Documents with a key that are younger than the outcome and left out (``look_ahead = trim``).
    n_duplicates : int
        Rows beyond the first with the same ``doc_id`` and turn.
    duplicates : tuple of str
        Up to five of them.
    is_dropped : bool
        Duplicates were left out.
    n_units : int
        Distinct keys.
    order : str
        What tells the first document of a unit from the last; empty where nothing does.
    n_unordered : int
        Units with several texts whose order is not known: first and last are missing.
    not_carried : tuple of str
        The user's columns that are not in the result.
    """

    n_rows: int
    n_other_speakers: int
    n_documents: int
    n_without_key: int
    without_key: tuple[str, ...]
    n_texts: int
    n_untimed: int
    n_late: int
    n_duplicates: int
    duplicates: tuple[str, ...]
    is_dropped: bool
    n_units: int
    order: str
    n_unordered: int
    not_carried: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSummary:
    """Keys that match only when differences of writing are forgiven.

    Parameters
    ----------
    kind : str
        ``spaces``, ``width``, ``case``, ``zeros``, ``dates``, or ``several`` of them.
    n_keys : int
        Distinct keys that have no row as they are written, and one when this is forgiven.
    samples : tuple of (str, str)
        Up to five keys as they stand in the units and in the table.
    """

    kind: str
    n_keys: int
    samples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupSummary:
    """What was fetched for documents before they were summarised.

    Parameters
    ----------
    name : str
    on : tuple of str
    columns : tuple of str
    n_matched, n_unmatched : int
        Rows of the scored table.
    unmatched : tuple of str
        Up to five of those without a row there, by ``doc_id``.
    """

    name: str
    on: tuple[str, ...]
    columns: tuple[str, ...]
    n_matched: int
    n_unmatched: int
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSummary:
    """What was found in one table, and how it was matched.

    Parameters
    ----------
    name : str
    on : tuple of str
        ``left = right``, and how keys are compared where not as they are.
    match : str
        ``exact``, or the rule of the as-of match.
    n_rows : int
    n_without_key : int
    cardinality : str
        Units to rows, as found among what matches.
    asserted : str or None
        As the user named it.
    is_aggregated : bool
        Rows of one unit were made one.
    n_units, n_units_matched : int
    unmatched_units : tuple of str
        Up to five keys of units without a row.
    n_rows_matched : int
        Those that were dropped because they are too early among them.
    n_rows_dropped : int
    unmatched_rows : tuple of str
        Up to five keys of rows without a unit.
    n_duplicate_rows : int
        Rows beyond the first with the same key, matched or not.
    most_rows_per_unit, most_units_per_row : int
        Among what matches.
    drift : tuple of DriftSummary
        Empty where all units match, or nothing was found.
    n_early : int
        Outcomes older than the first document of their unit.
    n_partly_early : int
        Outcomes older than its last document, but not than its first.
    look_ahead : str
        What was done with them, or why they were not looked for; empty where rows are no outcomes.
    columns : tuple of (str, str)
        Name in the result and where it is from.
    not_taken : tuple of str
    notes : tuple of str
    """

    name: str
    on: tuple[str, ...]
    match: str
    n_rows: int
    n_without_key: int
    cardinality: str
    asserted: str | None
    is_aggregated: bool
    n_units: int
    n_units_matched: int
    unmatched_units: tuple[str, ...]
    n_rows_matched: int
    n_rows_dropped: int
    unmatched_rows: tuple[str, ...]
    n_duplicate_rows: int
    most_rows_per_unit: int
    most_units_per_row: int
    drift: tuple[DriftSummary, ...]
    n_early: int
    n_partly_early: int
    look_ahead: str
    columns: tuple[tuple[str, str], ...]
    not_taken: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def n_units_unmatched(self) -> int:
        """Units without a row."""
        return self.n_units - self.n_units_matched

    @property
    def n_rows_unmatched(self) -> int:
        """Rows without a unit, those without a key among them."""
        return self.n_rows - self.n_rows_matched


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """Who gave text, and who did not.

    Parameters
    ----------
    column, value : str
        A value of a column; ``(all)`` for all units, ``(missing)`` where there is none.
    n_units : int
    n_with_text : int
    share_with_text : float or None
        Of the units with this value, 0 to 1. None where there are no units.
    share_of_units, share_of_texts : float or None
        What part of all units, and of all units with text, has this value.
    is_of_documents : bool
        The column is one of the scored table, which says nothing of units without a document.
    """

    column: str
    value: str
    n_units: int
    n_with_text: int
    share_with_text: float | None
    share_of_units: float | None
    share_of_texts: float | None
    is_of_documents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinSummary:
    """What a join did.

    Parameters
    ----------
    grain : tuple of str
        One row of the result for each.
    period, time_zone : str or None
    keep : str
    n_rows : int
        Of the result.
    n_units : int
        The same, unless units were allowed to become several rows.
    n_silent : int
        Units without a document.
    n_documents : int
        Sum of ``x_n_documents`` over units: no document is counted twice.
    n_documents_left_out : int
        Documents with a key whose unit is no row (``keep`` names a table that lacks it).
    sorted_by : tuple of str
    scored : ScoredSummary
    lookups : tuple of LookupSummary
    tables : tuple of TableSummary
    coverage : tuple of CoverageRow
    weights : WeightSummary or None
    roles : dict of str to str
    notes : tuple of str
    """

    grain: tuple[str, ...]
    period: str | None
    time_zone: str | None
    keep: str
    n_rows: int
    n_units: int
    n_silent: int
    n_documents: int
    n_documents_left_out: int
    sorted_by: tuple[str, ...]
    scored: ScoredSummary
    lookups: tuple[LookupSummary, ...]
    tables: tuple[TableSummary, ...]
    coverage: tuple[CoverageRow, ...]
    weights: WeightSummary | None
    roles: dict[str, str]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give it as dicts and lists, for JSON."""
        return dataclasses.asdict(self)
