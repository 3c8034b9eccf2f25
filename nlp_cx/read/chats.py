"""Nested chats flattened to one row per turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.conversation import Conversation, Row, find_turns, read_conversation
from nlp_cx.read.fields import FieldTypes, as_json

Reject = Callable[[int, str, Row], None]
"""Called with line number, reason and the conversation as it was read."""

FIRST_COLUMNS = ("interaction_id", "speaker", "turn", "created_at", "text")
"""Columns of every flattened chat, before the fields of conversation and turn."""

OTHER_FIELDS = "other_fields"
"""Column for what the first `PEEK_TURNS` turns did not show; only in longer inputs."""

PEEK_TURNS = 50_000


def is_nested_chat(first_rows: list[Row]) -> bool:
    """Tell whether JSON rows are conversations that hold a list of turns.

    Parameters
    ----------
    first_rows : list of dict
        The first rows of the input, as parsed.

    Returns
    -------
    bool
        True where more than half of the rows have a list of objects with a text
        (and a speaker, unless the list has a usual name such as ``turns`` or ``messages``).

    Examples
    --------
    >>> is_nested_chat([{"id": 1, "turns": [{"speaker": "客户", "text": "在吗"}]}])
    True
    >>> is_nested_chat([{"id": 1, "speaker": "客户", "text": "在吗"}])
    False
    """
    n_nested = sum(isinstance(row, dict) and find_turns(row) is not None for row in first_rows)
    return 2 * n_nested > len(first_rows)


def flatten_conversations(
    rows: Iterable[tuple[int, Row]],
    *,
    quarantine: Reject,
    chunk_rows: int = 16_384,
    source_name: str = "chat",
) -> Iterator[pa.RecordBatch]:
    r"""Give one row per turn of nested conversations, in order, as batches of one schema.

    Parameters
    ----------
    rows : iterable of (int, dict)
        Line number and parsed conversation, e.g. ``{"id": .., "turns": [..], ..}``.
    quarantine : callable
        Gets ``(line, reason, row)`` for each conversation that cannot be flattened; it may raise.
    chunk_rows : int, default=16384
        Most rows of a batch. A batch ends with a conversation unless one is longer than this.
    source_name : str, default="chat"
        A conversation without an id is called ``<source_name>#<line>``.

    Yields
    ------
    RecordBatch
        ``interaction_id`` (int64 where every id is a whole number, else string), ``speaker``,
        ``turn`` (from 0), ``created_at`` (null without times), ``text`` (several utterances of a
        turn joined by a line feed; null where the turn has none), then the other fields of the
        conversation (text as dictionary, nested values as JSON text), then those of the turn.
        At least one batch, of no rows when there is nothing.

    Notes
    -----
    A field of the conversation that is called like one of the first five columns is carried as
    ``conversation_<name>``, such a field of a turn (or one that the conversation has too) as
    ``turn_<name>``. Types are those of the first 50,000 turns. A longer input has one more
    column, ``other_fields``: what came later under a new name or of another type, as JSON text.

    Examples
    --------
    >>> rows = [{"id": 7, "turns": [{"speaker": "USER", "utterances": ["hi", "anyone?"]}]}]
    >>> [batch] = flatten_conversations(enumerate(rows), quarantine=print)
    >>> batch.select(["interaction_id", "speaker", "turn", "text"]).to_pylist()
    [{'interaction_id': 7, 'speaker': 'USER', 'turn': 0, 'text': 'hi\nanyone?'}]
    """
    found = _read_all(rows, quarantine, source_name)
    head, n_turns = [], 0
    for conversation in found:
        head.append(conversation)
        n_turns += len(conversation.turns)
        if n_turns >= PEEK_TURNS:
            break
    following = next(found, None)
    plan = _Plan.of(head, is_open=following is not None)
    rest = chain(head, () if following is None else (following,), found)
    chunk = _Chunk(plan)
    n_batches = 0
    for conversation in rest:
        if chunk.n_rows and chunk.n_rows + len(conversation.turns) > chunk_rows:
            yield from chunk.batches(chunk_rows)
            n_batches += 1
            chunk = _Chunk(plan)
        reason = chunk.add(conversation)
        if reason:
            quarantine(conversation.line, reason, conversation.row)
    if chunk.n_rows or not n_batches:
        yield from chunk.batches(chunk_rows)


def _read_all(
    rows: Iterable[tuple[int, Row]], quarantine: Reject, source_name: str
) -> Iterator[Conversation]:
    """Take conversations apart; hand the ones that are none to `quarantine`."""
    for line, row in rows:
        try:
            yield read_conversation(line, row, source_name)
        except InputError as e:
            quarantine(line, str(e), row)


class _Plan:
    """The columns of a flattened input, settled by its first conversations."""

    def __init__(self, conversations: FieldTypes, turns: FieldTypes, is_open: bool) -> None:
        self.conversations = conversations
        self.turns = turns
        self.is_open = is_open
        taken = {*FIRST_COLUMNS, OTHER_FIELDS}
        self.names_c = _unique_names(conversations, "conversation_", taken)
        self.names_t = _unique_names(turns, "turn_", taken)

    @classmethod
    def of(cls, head: list[Conversation], *, is_open: bool) -> _Plan:
        """Settle names and types; ``interaction_id`` and ``created_at`` count as fields."""
        conversations, turns = FieldTypes(), FieldTypes()
        for conversation in head:
            conversations.see({**conversation.fields, _ID: conversation.id})
            for _, time, _, extra in conversation.turns:
                turns.see({**extra, _TIME: time})
        return cls(conversations, turns, is_open)


_ID = "\0id"
_TIME = "\0time"


def _unique_names(types: FieldTypes, prefix: str, taken: set[str]) -> dict[str, str]:
    """Give each field a column name that nothing before it has."""
    names = {}
    for key in types.names:
        name = key
        while name in taken and key not in (_ID, _TIME):
            name = prefix + name
        names[key] = name
        taken.add(name)
    return names


class _Chunk:
    """Rows on their way to one batch."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._conversations: list[Row] = []
        self._turns: list[Row] = []
        self._others: list[str | None] = []
        self._rows: list[tuple[int, str | None, int, str | None]] = []

    @property
    def n_rows(self) -> int:
        """Turns held."""
        return len(self._rows)

    def add(self, conversation: Conversation) -> str:
        """Take a conversation in; give the reason where that cannot be done."""
        plan = self._plan
        fitted, other_c = plan.conversations.fit({**conversation.fields, _ID: conversation.id})
        if _ID in other_c:
            kind = plan.conversations.arrow_type(_ID)
            return f"the id is {conversation.id!r}, expected {kind} as in the first conversations"
        self._conversations.append(fitted)
        for turn, (speaker, time, text, extra) in enumerate(conversation.turns):
            values, other_t = plan.turns.fit({**extra, _TIME: time})
            if _TIME in other_t:
                other_t["created_at"] = other_t.pop(_TIME)
            self._turns.append(values)
            other = {**other_c, **other_t}
            self._others.append(as_json(other) if other else None)
            self._rows.append((len(self._conversations) - 1, speaker, turn, text))
        return ""

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        """Give the rows as batches of at most `chunk_rows`."""
        plan = self._plan
        of_row = pa.array([row[0] for row in self._rows], pa.int32())

        def of_conversation(key: str) -> pa.Array:
            kind = plan.conversations.arrow_type(key)
            values = pa.array([c.get(key) for c in self._conversations], kind)
            if key == _ID or kind != pa.string():
                return values.take(of_row)
            named = values.dictionary_encode()  # every value once: pandas takes nothing else
            return pa.DictionaryArray.from_arrays(named.indices.take(of_row), named.dictionary)

        def of_turn(key: str) -> pa.Array:
            return pa.array([t.get(key) for t in self._turns], plan.turns.arrow_type(key))

        columns = {
            "interaction_id": of_conversation(_ID),
            "speaker": pa.array([row[1] for row in self._rows], pa.string()),
            "turn": pa.array([row[2] for row in self._rows], pa.int32()),
            "created_at": of_turn(_TIME),
            "text": pa.array([row[3] for row in self._rows], pa.string()),
        }
        columns |= {n: of_conversation(k) for k, n in plan.names_c.items() if k != _ID}
        columns |= {n: of_turn(k) for k, n in plan.names_t.items() if k != _TIME}
        if plan.is_open:
            columns[OTHER_FIELDS] = pa.array(self._others, pa.string())
        batch = pa.record_batch(columns)
        for start in range(0, max(batch.num_rows, 1), chunk_rows):
            yield batch.slice(start, chunk_rows)
