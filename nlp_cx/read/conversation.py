"""One nested conversation taken apart: its id, its other fields and its turns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nlp_cx.errors import InputError
from nlp_cx.read.fields import as_json, storable

Row = dict[str, Any]

_JOINTS = re.compile(r"[_\-. ]")

_ID_KEYS = (
    *("interactionid", "conversationid", "sessionid", "dialogueid", "dialogid", "chatid", "id"),
    *("ticketid", "threadid", "会话id", "對話id", "对话id", "會話id", "会话编号", "对话编号"),
    *("session", "conversation", "会话", "工单号", "编号"),
)
_LIST_KEYS = (
    *("turns", "messages", "utterances", "dialogue", "dialog", "conversation", "chat", "history"),
    *("log", "transcript", "对话", "對話", "消息", "訊息", "聊天记录", "聊天紀錄", "轮次", "会话"),
)
_SPEAKER_KEYS = (
    *("role", "speaker", "sender", "speakerrole", "sendertype", "usertype", "角色", "身份"),
    *("发言人", "说话人", "发送者", "发送人", "發言人", "發送者", "from", "author", "who", "name"),
)
_TEXT_KEYS = (
    *("text", "utterances", "utterance", "content", "message", "msg", "body", "sentence"),
    *("内容", "內容", "文本", "消息", "消息内容", "訊息", "话术", "发言", "正文"),
)
_TIME_KEYS = (
    *("createdat", "time", "timestamp", "datetime", "date", "sentat", "sendtime", "ts"),
    *("时间", "時間", "发送时间", "發送時間", "消息时间", "日期"),
)


@dataclass(slots=True)
class Conversation:
    """One conversation as read.

    Parameters
    ----------
    line : int
        Where it stood in the input.
    row : dict
        As it was read.
    id : int or str
        Made of source name and line where the conversation has none.
    fields : dict
        Its fields but the id and the list of turns.
    turns : list of (speaker, time, text, other fields)
        In order; speaker and text are None where the turn has none.
    """

    line: int
    row: Row
    id: Any
    fields: Row
    turns: list[tuple[str | None, Any, str | None, Row]] = field(default_factory=list)


def read_conversation(line: int, row: Row, source_name: str) -> Conversation:
    """Take one conversation apart.

    Parameters
    ----------
    line : int
        Where it stands in the input.
    row : dict
        As parsed from JSON.
    source_name : str
        A conversation without an id is called ``<source_name>#<line>``.

    Returns
    -------
    Conversation

    Raises
    ------
    InputError
        If there is no list of turns, a turn is no object, or a text cannot be stored as UTF-8.

    Examples
    --------
    >>> found = read_conversation(3, {"turns": [{"from": "Lily", "msg": "hi", "ts": 12}]}, "a")
    >>> found.id, found.turns
    ('a#3', [('Lily', 12, 'hi', {})])
    """
    list_key = find_turns(row) if isinstance(row, dict) else None
    if list_key is None:
        raise InputError(
            'no list of turns found, expected e.g. "turns": [{"speaker": .., "text": ..}]'
        )
    fields = {key: value for key, value in row.items() if key != list_key}
    id_key = _first_key(row, _ID_KEYS, but=list_key)
    value = fields.pop(id_key) if id_key else None
    if isinstance(value, dict | list | bool | float):
        value = as_json(value)
    conversation = Conversation(line, row, value, fields)
    if value is None or value == "":
        conversation.id = f"{source_name}#{line}"
    for number, turn in enumerate(row[list_key]):
        if not isinstance(turn, dict):
            kind = type(turn).__name__
            raise InputError(f"turn {number} is of type {kind}, expected an object with a text")
        conversation.turns.append(_read_turn(turn, number))
    if not conversation.turns:
        raise InputError(f"{list_key!r} is an empty list, expected at least one turn")
    kept = [(id_key or "", value), *fields.items()]
    bad = next((name for name, part in kept if not storable(part)), None)
    if bad is not None:
        raise InputError(f"{bad!r:.60} holds half a surrogate pair, which is no character")
    return conversation


def _read_turn(turn: Row, number: int) -> tuple[str | None, Any, str | None, Row]:
    """Give speaker, time, text and the other fields of one turn."""
    extra = dict(turn)
    speaker = time = text = None
    if key := _first_key(turn, _SPEAKER_KEYS):
        speaker = turn[key]
        if isinstance(speaker, dict):
            inner = _first_key(speaker, (*_SPEAKER_KEYS, "type", "id"))
            speaker = speaker[inner] if inner else as_json(speaker)
        else:
            del extra[key]
    if key := _first_key(turn, _TIME_KEYS):
        time = extra.pop(key)
    if key := _first_key(turn, _TEXT_KEYS):
        text = _join_text(extra.pop(key))
    if not all(map(storable, (speaker, time, text, *extra.values()))):
        raise InputError(f"turn {number} holds half a surrogate pair, which is no character")
    return None if speaker is None else as_json(speaker), time, text, extra


def _join_text(value: Any) -> str | None:
    """Give the text of a turn: a string, or several utterances joined by a line feed."""
    if isinstance(value, list):
        return "\n".join(_join_text(part) or "" for part in value)
    if isinstance(value, dict):
        key = _first_key(value, _TEXT_KEYS)
        return _join_text(value[key]) if key else as_json(value)
    return None if value is None else as_json(value)


def find_turns(row: Row) -> str | None:
    """Give the key of the list of turns, or None.

    Parameters
    ----------
    row : dict
        One parsed JSON row.

    Returns
    -------
    str or None
        A key with a usual name, else the first that holds objects with a speaker and a text.

    Examples
    --------
    >>> find_turns({"id": 3, "messages": [{"role": "user", "content": "在吗"}]})
    'messages'
    """
    named = [key for key in _matching(tuple(row), _LIST_KEYS) if isinstance(row[key], list)]
    for key in named:
        if all(isinstance(t, dict) and _first_key(t, _TEXT_KEYS) for t in row[key][:3]):
            return key
    for key, value in row.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            turn = value[0]
            if _first_key(turn, _TEXT_KEYS) and _first_key(turn, _SPEAKER_KEYS):
                return key
    return next((key for key in named if any(isinstance(t, dict) for t in row[key])), None)


def _first_key(row: Row, wanted: tuple[str, ...], *, but: str | None = None) -> str | None:
    """Give the key of `row` that comes first in `wanted`, whatever its case and joints."""
    return next((key for key in _matching(tuple(row), wanted) if key != but), None)


@lru_cache(maxsize=4096)
def _matching(keys: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Give the keys that are in `wanted`, in its order; the same few shapes come again."""
    named = {_JOINTS.sub("", key.casefold()): key for key in reversed(keys)}
    return tuple(named[name] for name in wanted if name in named)
