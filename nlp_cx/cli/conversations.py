"""The turns of a run, collected for the table of conversations."""

from __future__ import annotations

import pyarrow as pa

from nlp_cx.cli.jobs import Job
from nlp_cx.join.conversations import summarize_conversations
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.schema import conversations_schema
from nlp_cx.taxonomy import load_taxonomy

_SCORED = ("speaker", "turn", "sentiment_score", *load_taxonomy().ids)


class TurnCollector:
    """Collect what the table of conversations is made from.

    Parameters
    ----------
    roles : ColumnRoles
        With an interaction.

    Notes
    -----
    Holds texts, labels and times of all turns until the end, because turns of a conversation may
    stand anywhere: about 150 bytes and the text for each.
    """

    def __init__(self, roles: ColumnRoles) -> None:
        self._input = {"interaction_id": roles.interaction, "text": roles.text}
        if roles.created_at is not None:
            self._input["created_at"] = roles.created_at
        self._batches: list[pa.RecordBatch] = []

    def add(self, job: Job, scored: pa.RecordBatch) -> None:
        """Take in one scored batch.

        Parameters
        ----------
        job : Job
            What was scored.
        scored : RecordBatch
            Its scored table.
        """
        columns = {name: job.batch.column(source) for name, source in self._input.items()}
        columns |= {name: scored.column(name) for name in _SCORED if name in scored.schema.names}
        self._batches.append(pa.record_batch(columns))

    def summarize(self) -> pa.RecordBatch:
        """Give the table of conversations.

        Returns
        -------
        RecordBatch, one row per conversation
            ``schema.conversations_schema()``.
        """
        turns = pa.Table.from_batches(self._batches)
        # Ids stay whole numbers where some turns have none.
        frame = turns.to_pandas(integer_object_nulls=True)
        id_type = turns.schema.field("interaction_id").type
        schema = pa.schema([(c.name, c.type or id_type) for c in conversations_schema().columns])
        return pa.RecordBatch.from_pandas(
            summarize_conversations(frame), schema=schema, preserve_index=False
        )
