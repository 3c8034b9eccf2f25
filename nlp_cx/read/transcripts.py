"""Plain transcripts ('客户: ..', 'Agent 10:02') read as one row per turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from nlp_cx.read.role_names import recognize_name
from nlp_cx.read.transcript_lines import (
    Opening,
    conversation_id,
    is_notice,
    is_role,
    is_rule,
    parse_opening,
)

SCHEMA = pa.schema(
    [
        ("interaction_id", pa.string()),
        ("speaker", pa.string()),
        ("turn", pa.int32()),
        ("created_at", pa.string()),
        ("text", pa.string()),
    ]
)
"""Columns of every transcript; ``created_at`` is the time as it stands in the file."""

NOTICE_SPEAKER = "system"
"""Speaker given to lines that the chat program wrote."""

_Line = tuple[int, str, Opening | None]
"""Number, text, and the opening that the text may be."""
_Turn = tuple[str, str | None, str]
_MAX_BLOCK = 20_000


def is_transcript(head: str) -> bool:
    r"""Tell whether a text looks like a transcript rather than like a list of texts.

    Parameters
    ----------
    head : str
        The first lines of a file; the last one may be cut.

    Returns
    -------
    bool
        True where at least two turns open, they are a tenth of the lines or more, and one of them
        has a time or a word for a role.

    Examples
    --------
    >>> is_transcript("客户: 还没收到\n客服: 您好，我查一下\n")
    True
    >>> is_transcript("优点：便宜\n缺点：太慢\n")
    False
    """
    lines = [(0, line, parse_opening(line)) for line in head.splitlines() if line.strip()]
    openings = [o for o in _open_turns(lines, set()) if o is not None]
    if len(openings) < 2 or 10 * len(openings) < len(lines):
        return False
    return any(o.time or is_role(o.label) for o in openings)


def read_transcript(
    lines: Iterable[str],
    *,
    quarantine: Callable[[int, str, str], None],
    chunk_rows: int = 16_384,
    source_name: str = "transcript",
) -> Iterator[pa.RecordBatch]:
    r"""Give one row per turn of the conversations in a transcript, in order.

    Parameters
    ----------
    lines : iterable of str
        Lines of the file, with or without their ends.
    quarantine : callable
        Gets ``(line number from 1, reason, line)`` for each line that stands before the first
        speaker of a conversation; it may raise.
    chunk_rows : int, default=16384
        Most rows of a batch.
    source_name : str, default="transcript"
        Conversations without an id in the file are called ``<source_name>#1, #2, ..``.

    Yields
    ------
    RecordBatch
        `SCHEMA`; at least one batch, of no rows when there is nothing.

    Notes
    -----
    A turn opens with a speaker and a colon, a speaker and a time, or a time and a speaker, in
    either order and with or without brackets; the text follows on the line or in the next ones.
    A label counts as a speaker when it is a word for a role, comes at least twice, opens the
    conversation, or has a time where the other turns have one; names of fields (订单号, note) never
    do. Every other line continues the turn above it. Conversations are parted by a drawn line after
    an empty one, or by a line such as ``会话ID: 123`` or ``Conversation 5``. Lines that a chat
    program writes (somebody joined, the chat was closed) become turns of ``system``.

    Examples
    --------
    >>> text = "会话ID: 8\n10:02 小美：您好\n请问有什么可以帮您\n10:03 李四：没收到货\n"
    >>> [batch] = read_transcript(text.splitlines(), quarantine=print)
    >>> batch.select(["interaction_id", "speaker", "turn", "created_at", "text"]).to_pylist()
    [{'interaction_id': '8', 'speaker': '小美', 'turn': 0, 'created_at': '10:02',
      'text': '您好\n请问有什么可以帮您'},
     {'interaction_id': '8', 'speaker': '李四', 'turn': 1, 'created_at': '10:03',
      'text': '没收到货'}]
    """
    n_turns: Counter[str] = Counter()
    rows: list[tuple[str, str, int, str | None, str]] = []
    n_batches = 0
    for interaction_id, turns in _conversations(lines, quarantine, source_name):
        for speaker, time, text in turns:
            rows.append((interaction_id, speaker, n_turns[interaction_id], time, text))
            n_turns[interaction_id] += 1
            if len(rows) == chunk_rows:
                yield _batch(rows)
                n_batches += 1
                rows = []
    if rows or not n_batches:
        yield _batch(rows)


def _batch(rows: list[tuple[str, str, int, str | None, str]]) -> pa.RecordBatch:
    """Make a batch of finished rows."""
    columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)]
    return pa.record_batch(arrays, schema=SCHEMA)


def _conversations(
    lines: Iterable[str], quarantine: Callable[[int, str, str], None], source_name: str
) -> Iterator[tuple[str, list[_Turn]]]:
    """Part the lines into conversations and give the turns of each, long ones in pieces."""
    known: set[str] = set()
    block: list[_Line] = []
    limit = _MAX_BLOCK
    n_unnamed, name = 1, ""
    for number, is_break, line, opening in _mark_breaks(lines):
        if not is_break:
            block.append((number, line, opening))
            if len(block) >= limit:
                start = _last_opening(block, known)
                yield (
                    name or f"{source_name}#{n_unnamed}",
                    _read_block(block[:start], known, quarantine),
                )
                block = block[start:]
                limit = max(_MAX_BLOCK, 2 * len(block))
            continue
        turns = _read_block(block, known, quarantine)
        yield name or f"{source_name}#{n_unnamed}", turns
        block = []
        named = conversation_id(line)
        if turns and not name:
            n_unnamed += 1
        if named:
            name, behind = named
            if behind:
                quarantine(number, "stands behind the id of a conversation", line)
        elif turns:
            name = ""
    yield name or f"{source_name}#{n_unnamed}", _read_block(block, known, quarantine)


def _mark_breaks(lines: Iterable[str]) -> Iterator[tuple[int, bool, str, Opening | None]]:
    """Number the lines and mark those that part conversations.

    A drawn line right below text parts only where a conversation begins after it and more than
    one turn stands above it: some programs draw a line between any two messages.
    """
    pending: list[tuple[int, str]] = []
    was_blank, n_openings = True, 0
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        if number == 1:
            line = line.removeprefix("\ufeff")
        is_drawn = is_rule(line)
        if pending and (is_drawn or not line.strip()):
            pending.append((number, line))
            continue
        named = conversation_id(line) is not None
        opening = None if is_drawn or named else parse_opening(line)
        if pending:
            begins = named or (opening is not None and n_openings > 1)
            yield from ((n, begins and is_rule(held), held, None) for n, held in pending)
            pending, n_openings = [], 0
        if is_drawn and not was_blank:
            pending.append((number, line))
            continue
        n_openings = 0 if is_drawn or named else n_openings + (opening is not None)
        was_blank = is_drawn or named or not line.strip()
        yield number, is_drawn or named, line, opening
    yield from ((n, n_openings > 1 and is_rule(held), held, None) for n, held in pending)


def _read_block(
    block: list[_Line], known: set[str], quarantine: Callable[[int, str, str], None]
) -> list[_Turn]:
    """Give the turns of a block of lines."""
    found: list[tuple[str, str | None, list[str]]] = []
    speaker = None
    for (number, line, _), opening in zip(block, _open_turns(block, known), strict=True):
        if opening is not None:
            speaker = opening.label
            found.append((speaker, opening.time, [] if opening.text is None else [opening.text]))
        elif not line.strip():
            if found:
                found[-1][2].append(line)
        elif is_notice(line):
            found.append((NOTICE_SPEAKER, None, [line.strip()]))
        elif speaker is None:
            quarantine(number, "stands before the first speaker of a conversation", line)
        elif found[-1][0] == NOTICE_SPEAKER != speaker:
            found.append((speaker, None, [line]))
        else:
            found[-1][2].append(line)
    return [(label, time, "\n".join(text).rstrip()) for label, time, text in found]


def _last_opening(block: list[_Line], known: set[str]) -> int:
    """Give the index of the line that opens the last turn; 0 where none does."""
    openings = _open_turns(block, known)
    return max((i for i, opening in enumerate(openings) if opening), default=0)


def _open_turns(block: list[_Line], known: set[str]) -> list[Opening | None]:
    """Give the opening of a turn for each line that is one; add its speakers to `known`."""
    found = [opening for _, _, opening in block]
    openings = [o for o in found if o]
    if not openings:
        return found
    counts = Counter(o.label for o in openings)
    sure = {label for label, n in counts.items() if n > 1 or label in known or is_role(label)}
    times = Counter(o.form for o in openings if o.time)
    top = next(opening for _, line, opening in block if line.strip())
    if times and openings[0].time and openings[0].form == max(times, key=times.__getitem__):
        sure.add(openings[0].label)
    elif top and not times:
        sure.add(top.label)
    forms = {o.form for o in openings if o.label in sure and o.time}
    timed = {o.label for o in openings if o.form in forms}
    if forms:
        # Among turns with times, a label without one is mostly part of a text.
        sure = timed | {label for label in sure if is_role(label)}
    known |= sure
    roles = {recognize_name(label).role for label in sure}
    if not forms and (len(sure) == 1 or (len(roles) == 1 and "unknown" not in roles)):
        # One side is missing: the first other label is likely to be it.
        sure |= {next((o.label for o in openings if o.label not in sure), "")}
    return [o if o and o.label in sure else None for o in found]
