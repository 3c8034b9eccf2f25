r"""Mask personal information in rows and cells that are code: escapes, JSON, rows of a file."""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate

from nlp_cx.text.privacy import MASK, PII_KINDS, mask_text
from nlp_cx.text.privacy_names import personal_kind

_ESCAPE = re.compile(
    r"""\\(?:u(?P<code>[0-9a-fA-F]{4})|x(?P<byte>[0-9a-fA-F]{2})|(?P<plain>["\\/bfnrt]))""",
    re.ASCII,
)
_FIELD = re.compile(r"""(?P<name>"(?:[^"\\]|\\.){1,60}+")\s*:\s*"(?P<value>(?:[^"\\]|\\.)*+)\"""")
_PLAIN = {"b": " ", "f": " ", "n": "\n", "r": "\r", "t": "\t"}
_WORD = re.compile(r"\w")


def mask_raw(raw: str) -> tuple[str, dict[str, int]]:
    r"""Mask the personal information in a row of a file that could not be parsed.

    Parameters
    ----------
    raw : str
        A row of CSV, a line of JSON or a line of a transcript; it may hold JSON escapes, and bytes
        that are not in the encoding as ``\xff``.

    Returns
    -------
    masked : str
        As long as `raw`; of an escape that stands for a masked character nothing is left.
    n_masked : dict of str to int
        Pieces by kind, in the order of `PII_KINDS`; only kinds that occur.

    Notes
    -----
    The rules of `mask_text` see the row twice: with its escapes read, so that they can recognise
    what JSON hides, and as it stands, for files in which a backslash is just one.

    Examples
    --------
    >>> mask_raw(r'{"text": "\u738b\u5148\u751f\u002013800138000')
    ('{"text": "******\\u5148\\u751f\\u0020***********', {'mobile': 1, 'name': 1})
    """
    masked, n_fields = mask_fields(raw)
    n_masked = Counter(n_fields)
    if "\\" in masked:
        pieces = _split_escapes(masked)
        _, spans = mask_text("".join(character for character, _ in pieces))
        n_masked.update(span.kind for span in spans)
        if spans:
            starts = list(accumulate((len(piece) for _, piece in pieces), initial=0))
            shown = list(masked)
            for start, end, _ in spans:
                first, last = starts[start], starts[end]
                shown[first:last] = MASK * (last - first)
            masked = "".join(shown)
    masked, spans = mask_text(masked)
    n_masked.update(span.kind for span in spans)
    return masked, {kind: n_masked[kind] for kind in PII_KINDS if n_masked[kind]}


def mask_fields(text: str) -> tuple[str, dict[str, int]]:
    """Mask the values of personal fields in JSON text, whole or broken.

    Parameters
    ----------
    text : str

    Returns
    -------
    masked : str
        As long as `text`; still JSON where `text` was.
    n_masked : dict of str to int
        Fields by kind.

    Examples
    --------
    >>> mask_fields('{"customer_name": "Kim", "shop": "Kim"}')
    ('{"customer_name": "***", "shop": "Kim"}', {'name': 1})
    """
    n_masked: Counter[str] = Counter()

    def mask(field: re.Match[str]) -> str:
        name, value = field["name"], field["value"]
        kind = personal_kind(_ESCAPE.sub(lambda e: chr(int(e["code"] or "20", 16)), name))
        if kind is None or not _WORD.search(value):
            return field[0]
        n_masked[kind] += 1
        first = field.start("value") - field.start()
        return field[0][:first] + MASK * len(value) + field[0][first + len(value) :]

    masked = _FIELD.sub(mask, text)
    return masked, dict(n_masked)


def mask_words(raw: str) -> str:
    """Mask every letter and digit; marks and blanks show what the row was made of.

    Parameters
    ----------
    raw : str

    Returns
    -------
    str
        As long as `raw`.

    Examples
    --------
    >>> mask_words('7,王小明,"很好')
    '*,***,"**'
    """
    return _WORD.sub(MASK, raw)


def _split_escapes(raw: str) -> list[tuple[str, str]]:
    """Split a row into characters, each with the piece of the row that stands for it."""
    pieces: list[tuple[str, str]] = []
    position = 0
    for escape in _ESCAPE.finditer(raw):
        pieces += [(c, c) for c in raw[position : escape.start()]]
        if code := escape["code"] or escape["byte"]:
            # A byte that is not in the encoding is no character: it parts what stands beside it.
            character = chr(int(code, 16)) if escape["code"] else "\ufffd"
        else:
            character = _PLAIN.get(escape["plain"], escape["plain"])
        pieces.append((character, escape[0]))
        position = escape.end()
    return pieces + [(c, c) for c in raw[position:]]
