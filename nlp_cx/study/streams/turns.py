"""The turns of a run, collected for the table of conversations."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.errors import DataWarning
from nlp_cx.join.conversations import summarize_turns
from nlp_cx.join.times import DateOrder
from nlp_cx.join.turn_faults import TurnFaults
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.schema import conversations_schema
from nlp_cx.study.streams.jobs import Job
from nlp_cx.study.streams.parts import Parts
from nlp_cx.taxonomy import load_taxonomy

TURNS_AT_A_TIME = 100_000
"""Turns that are summarised at a time, about 160 MB; more where there are more than `_MOST_PARTS`
times as many, or a conversation is that long."""

_MOST_PARTS = 256
_SCORED = ("speaker", "turn", "sentiment_score", *load_taxonomy().ids)
_ROW = "row"


class TurnCollector:
    """Collect what the table of conversations is made from.

    Parameters
    ----------
    roles : ColumnRoles
        With an interaction.

    Notes
    -----
    Turns of a conversation may stand anywhere. So texts, labels and times of all turns are kept
    until the end, on the disk where they are many, parted by conversation: memory grows with the
    number of conversations only. The table does not depend on how they were parted.
    """

    def __init__(self, roles: ColumnRoles) -> None:
        self._input = {"interaction_id": roles.interaction, "text": roles.text}
        if roles.created_at is not None:
            self._input["created_at"] = roles.created_at
        self._id_type: pa.DataType = pa.null()
        self._parts: Parts | None = None
        self._order = DateOrder()

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
        self._id_type = columns["interaction_id"].type
        plain = {name: _decode(column) for name, column in columns.items()}
        plain[_ROW] = pa.array(np.arange(job.first_row, job.first_row + job.batch.num_rows))
        if "created_at" in plain:
            self._order = self._order.observe(plain["created_at"])
        if self._parts is None:
            n_parts = -(-(job.n_rows_all or 0) // TURNS_AT_A_TIME)
            self._parts = Parts(min(max(n_parts, 1), _MOST_PARTS))
        part = _choose_parts(plain["interaction_id"], self._parts.n_parts)
        self._parts.write(pa.record_batch(plain), part)

    def summarize(self) -> pa.RecordBatch:
        """Give the table of conversations.

        Returns
        -------
        RecordBatch, one row per conversation, in the order of their first turns
            ``schema.conversations_schema()``.

        Warns
        -----
        DataWarning
            As :func:`nlp_cx.join.conversations.summarize_conversations`.
        """
        schema = pa.schema(
            [(c.name, c.type or self._id_type) for c in conversations_schema().columns]
        )
        faults = TurnFaults(is_ambiguous=self._order.is_ambiguous)
        tables, first_rows = [schema.empty_table()], [np.empty(0, np.int64)]
        for turns in self._parts.tables() if self._parts else ():
            table, firsts, found = self._summarize_part(turns, schema)
            tables.append(table)
            first_rows.append(firsts)
            faults = faults.merge(found)
        if said := faults.describe():
            warnings.warn(said, DataWarning, stacklevel=2)
        order = np.argsort(np.concatenate(first_rows), kind="stable")
        whole = pa.concat_tables(tables).unify_dictionaries().take(pa.array(order))
        columns = [pa.concat_arrays(column.chunks) for column in whole.columns]
        if pa.types.is_dictionary(self._id_type):  # in an order that no part has chosen
            columns[0] = _decode(columns[0]).dictionary_encode().cast(self._id_type)
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _summarize_part(
        self, turns: pa.Table, schema: pa.Schema
    ) -> tuple[pa.Table, npt.NDArray[np.int64], TurnFaults]:
        """Summarise some conversations; give the row number of the first turn of each, too."""
        # Ids stay whole numbers where some turns have none.
        frame = turns.to_pandas(integer_object_nulls=True)
        result, faults = summarize_turns(frame, is_day_first=self._order.has_day_first)
        ids = frame["interaction_id"]
        is_first = ids.notna() & ~ids.duplicated()
        table = pa.Table.from_pandas(result, schema=schema, preserve_index=False)
        return table, frame.loc[is_first, _ROW].to_numpy(), faults


def _decode(column: pa.Array) -> pa.Array:
    """Give a column without a dictionary, which would differ from part to part."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _choose_parts(ids: pa.Array, n_parts: int) -> npt.NDArray[np.int64]:
    """Choose a part for every turn: the same for all of a conversation."""
    if n_parts == 1:
        return np.zeros(len(ids), np.int64)
    encoded = ids.dictionary_encode()
    part_of = np.array([hash(value) % n_parts for value in encoded.dictionary.to_pylist()], int)
    part = np.zeros(len(ids), np.int64)
    is_known = encoded.indices.is_valid().to_numpy(zero_copy_only=False)
    part[is_known] = part_of[encoded.indices.drop_null().to_numpy()]
    return part
