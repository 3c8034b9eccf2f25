"""Characters that are not seen, or that turn text around, made visible."""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def show_hidden(text: str) -> str:
    """Replace characters that files cannot hold or readers cannot see by ones that show them.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Control characters as their pictures (``␀`` to ``␟``, ``␡``), others of the kind, lone
        surrogates and marks that turn the direction of writing as ``⟨U+202E⟩``. Tabs, line ends
        and the joiners of emoji stay.

    Notes
    -----
    XML cannot hold most control characters, and a mark that turns the writing around makes a text
    read as something else than it says.

    Examples
    --------
    >>> show_hidden("a" + chr(0) + "b" + chr(0x202E) + "c")
    'a␀b⟨U+202E⟩c'
    """
    return _TURNING.sub(_name, _HIDDEN.sub(_picture, text))


def _picture(found: re.Match[str]) -> str:
    """Give the picture of a control character, where there is one."""
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else _name(found)


def _name(found: re.Match[str]) -> str:
    """Give the number of a character."""
    return f"⟨U+{ord(found[0]):04X}⟩"
