"""Text for terminals: hostile characters shown, never obeyed."""

from __future__ import annotations

import sys
import unicodedata
from typing import IO

from rich.console import Console
from rich.text import Text

_JOINERS = "\u200c\u200d"  # emoji and some scripts are built with them


def clean(text: str) -> str:
    r"""Show control and direction characters as escapes, so that a text cannot act on a terminal.

    Parameters
    ----------
    text : str
        Anything from a file: a review, a column name, a path.

    Returns
    -------
    str
        One line. Escape sequences, line ends, direction overrides, invisible format characters
        and half surrogate pairs are written as ``\x1b``, ``\n``, ``\u202e``; letters, emoji and
        spaces of all widths stay.

    Examples
    --------
    >>> print(clean("很好\x1b[2J\u202eexe"), clean("👩\u200d🍳 ok"))
    很好\x1b[2J\u202eexe 👩‍🍳 ok
    """
    if text.isprintable():
        return text
    return "".join(
        c if _is_harmless(c) else c.encode("unicode_escape").decode("ascii") for c in text
    )


def _is_harmless(character: str) -> bool:
    """Tell whether a terminal only draws it: printable, a joiner, or a space of any width."""
    return (
        character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs"
    )


def open_console(stream: IO[str] | None = None) -> Console:
    """Open a console that takes text literally.

    Parameters
    ----------
    stream : text file, optional
        Standard error when not given.

    Returns
    -------
    rich.console.Console
        Without markup, emoji codes and highlighting: ``[red]`` and ``:smile:`` in a review are
        text.
    """
    return Console(
        file=stream or sys.stderr, markup=False, emoji=False, highlight=False, soft_wrap=True
    )


def say(message: str, *, label: str = "", style: str = "") -> None:
    """Print one line on standard error.

    Parameters
    ----------
    message : str
        Cleaned before it is shown.
    label : str
        Word before it, e.g. ``"error: "``.
    style : str
        Colour of the label on a terminal.
    """
    open_console().print(Text.assemble((label, style), clean(message)))
