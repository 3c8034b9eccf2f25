"""What was wrong with the turns of conversations, counted."""

from __future__ import annotations

from typing import NamedTuple


class TurnFaults(NamedTuple):
    """Counts over all turns that were summarised.

    Parameters
    ----------
    n_without_id : int
        Rows left out since they name no conversation.
    n_same_number : int
        Turns that have the number of the turn before them.
    n_unreadable : int
        Times that could not be read.
    is_ambiguous : bool
        Dates were read as month/day, and nothing tells whether that is right.
    n_backward : int
        Answers dated before the turn they answer.
    """

    n_without_id: int = 0
    n_same_number: int = 0
    n_unreadable: int = 0
    is_ambiguous: bool = False
    n_backward: int = 0

    def merge(self, other: TurnFaults) -> TurnFaults:
        """Give the counts of both.

        Parameters
        ----------
        other : TurnFaults

        Returns
        -------
        TurnFaults

        Examples
        --------
        >>> TurnFaults(n_backward=2).merge(TurnFaults(1, is_ambiguous=True)).describe()
        'conversations: 1 rows without interaction_id left out; dates such as ...'
        """
        return TurnFaults(
            self.n_without_id + other.n_without_id,
            self.n_same_number + other.n_same_number,
            self.n_unreadable + other.n_unreadable,
            self.is_ambiguous or other.is_ambiguous,
            self.n_backward + other.n_backward,
        )

    def describe(self) -> str:
        """Say in one sentence what was found; empty where all was well.

        Returns
        -------
        str
        """
        notes = {
            f"{self.n_without_id:,} rows without interaction_id left out": self.n_without_id,
            f"{self.n_same_number:,} turn numbers occur twice in a conversation": (
                self.n_same_number
            ),
            f"{self.n_unreadable:,} values of created_at cannot be read as a time": (
                self.n_unreadable
            ),
            "dates such as 03/04/2024 read as month/day; nothing in the column tells": (
                self.is_ambiguous
            ),
            f"{self.n_backward:,} answers are dated before the turn they answer": self.n_backward,
        }
        found = [note for note, n in notes.items() if n]
        return "conversations: " + "; ".join(found) if found else ""
