"""The sentence that a clause stands in, no longer than fits on a page."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_END = re.compile(r"[。！？!?…\r\n]+|\.+(?=\s|$)")
_BREAK = re.compile(r"[\s，,、；;：:]")
_SEARCHED = 30
"""Characters in which a better place to cut is looked for."""


class Window(NamedTuple):
    """A stretch of a text around a clause.

    Attributes
    ----------
    text : str
        The stretch, as it was written.
    start, end : int
        The clause within it.
    offset : int
        Where it begins in the whole text.
    """

    text: str
    start: int
    end: int
    offset: int


def cut_window(text: str, start: int, end: int, *, max_chars: int = 240) -> Window:
    r"""Cut the sentence around a clause out of a text.

    Parameters
    ----------
    text : str
    start, end : int
        The clause, half-open code points of `text`.
    max_chars : int, default=240
        A longer sentence is cut on both sides of the clause, at a blank or mark where there is one
        near; the clause is never cut.

    Returns
    -------
    Window
        ``window.text[window.start:window.end] == text[start:end]``.

    Examples
    --------
    >>> window = cut_window("第一次来。\r\n房间很干净，但是前台态度差。不会再来", 13, 20)
    >>> window.text, window.text[window.start:window.end]
    ('房间很干净，但是前台态度差。', '但是前台态度差')
    """
    first = max((m.end() for m in _END.finditer(text, 0, start)), default=0)
    match = None if _END.fullmatch(text[end - 1 : end]) else _END.search(text, end)
    last = end if _END.fullmatch(text[end - 1 : end]) else match.end() if match else len(text)
    if last - first > max_chars:
        side = max(0, max_chars - (end - start)) // 2
        left, right = start - first, last - end
        before = min(left, max(side, 2 * side - right))
        after = min(right, max(side, 2 * side - left))
        first = _cut_left(text, start - before, start, first)
        last = _cut_right(text, end + after, end, last)
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return Window(text[first:last], start - first, end - first, first)


def _cut_left(text: str, place: int, start: int, first: int) -> int:
    """Move a cut to the right, behind a blank or mark, or out of a composed character."""
    if place <= first:
        return first
    match = _BREAK.search(text, place, min(place + _SEARCHED, start))
    if match:
        return match.end()
    while place < start and _continues(text, place):
        place += 1
    return place


def _cut_right(text: str, place: int, end: int, last: int) -> int:
    """Move a cut to the left, before a blank or mark, or out of a composed character."""
    if place >= last:
        return last
    breaks = [m.start() for m in _BREAK.finditer(text, max(end, place - _SEARCHED), place)]
    if breaks:
        return breaks[-1]
    while place > end and _continues(text, place):
        place -= 1
    return place


def _continues(text: str, place: int) -> bool:
    """Tell whether the code point at `place` belongs to the one before it: marks, joined emoji."""
    code = text[place]
    return (
        unicodedata.category(code) in {"Mn", "Me", "Mc", "Cf"}
        or 0x1F3FB <= ord(code) <= 0x1F3FF
        or text[place - 1] == "\u200d"
        or (text[place - 1] == "\r" and code == "\n")
    )
