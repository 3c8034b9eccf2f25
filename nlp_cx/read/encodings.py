"""Which encoding a text is written in, told from its bytes."""

from __future__ import annotations

import codecs
import re
from functools import cache
from importlib import resources
from typing import NamedTuple

from nlp_cx.errors import InputError

SAMPLE_BYTES = 1 << 18
"""Bytes that are looked at to find the encoding, from the first that is not ASCII on."""

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x841\x953", "gb18030"),
)
_ALIASES = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "ansi": "cp1252",
    "big5-hkscs": "big5",
    "big5hkscs": "big5",
    "cp950": "big5",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "ascii": "utf-8",
}
_GUESSES = ("gb18030", "big5", "utf-16-le", "utf-16-be")
_PUNCTUATION = "，。！？、：；“”‘’（）《》「」『』【】…—·～￥　％／"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_GUESSED = (
    "the encoding could not be told from the bytes and was taken for cp1252 (Western); give "
    "--encoding if characters look wrong"
)
_WESTERN = re.compile(
    rb"[\x80\x85\x91-\x97\x99\xa0\xa1\xa3\xa7\xa9\xab\xae\xb0-\xb4\xb7\xba-\xbf\xe0]"
    rb"|(?<=[A-Za-z'])[\xc0-\xfd\x8a\x8c\x8e\x9a\x9c\x9e\x9f]+"
    rb"|[\xc0-\xfd\x8a\x8c\x8e\x9a\x9c\x9e\x9f]+(?=[A-Za-z])"
)


class Encoding(NamedTuple):
    """What was found.

    Parameters
    ----------
    name : str
        ``utf-8``, ``gb18030``, ``big5``, ``utf-16-le`` ... as it is reported.
    n_bom : int
        Bytes of the byte order mark in front.
    note : str
        A sentence for the user where it is a guess, else empty.
    """

    name: str
    n_bom: int = 0
    note: str = ""


def detect_encoding(sample: bytes) -> Encoding:
    """Tell in which encoding a text was written.

    Parameters
    ----------
    sample : bytes
        Start of the file, or the part that starts at its first byte that is not ASCII. It may end
        within a character.

    Returns
    -------
    Encoding

    Raises
    ------
    InputError
        If the bytes are no text (many control bytes that are not UTF-16).

    Notes
    -----
    A byte order mark decides. Text with 1 % of NUL bytes and more is UTF-16 where that gives
    ASCII and frequent ideographs. Bytes of which the valid sequences outnumber the invalid ones by
    3 to 1 are UTF-8 (GBK and Big5 read as UTF-8 give about one valid sequence in five). Among
    GB18030, Big5 and UTF-16 the one wins whose characters are most often frequent ones: the right
    one has 60-90 % of them, a wrong one 0-15 %. Where none has 25 % (UTF-16 without control
    bytes: 50 %), it is cp1252 if its bytes are Western letters in words, quotes or signs; else
    UTF-8 with bad bytes where these are few, and cp1252 as the last resort.

    Examples
    --------
    >>> detect_encoding("评论,评分\\n房间很干净，前台态度差,3\\n".encode("gbk")).name
    'gb18030'
    >>> detect_encoding("評論,評分\\n房間很乾淨，前台態度差,3\\n".encode("big5")).name
    'big5'
    >>> detect_encoding("room,3\\n".encode("utf-16")).name
    'utf-16-le'
    """
    marked = marked_encoding(sample)
    if marked is not None:
        return marked
    if sample.count(0) * 100 >= len(sample):
        plain = {name: _plain_share(sample, name) for name in ("utf-16-le", "utf-16-be")}
        best = max(plain, key=lambda name: plain[name])
        if plain[best] >= 0.25:
            return Encoding(best)
    n_control = len(sample) - len(sample.translate(None, _CONTROL))
    is_binary = n_control > max(8, len(sample) / 20)
    n_valid, n_invalid = _count_utf8(sample)
    if not is_binary and (n_invalid == 0 or n_valid > 3 * n_invalid):
        return Encoding("utf-8")
    shares = {name: _frequent_share(sample, name) for name in _GUESSES}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= (0.5 if best.startswith("utf-16") and not is_binary else 0.25):
        return Encoding(best)
    if is_binary:
        raise InputError(
            f"{n_control:,} of the first {len(sample):,} bytes are control characters. Expected "
            "text; is it another kind of file under this name?"
        )
    is_few = n_valid >= n_invalid or n_invalid * 10 <= len(sample)
    if is_few and not _is_western(sample):
        return Encoding("utf-8")
    return Encoding("cp1252", note=_GUESSED)


def marked_encoding(head: bytes) -> Encoding | None:
    r"""Give the encoding that a byte order mark names.

    Examples
    --------
    >>> marked_encoding(b"\xef\xbb\xbftext")
    Encoding(name='utf-8', n_bom=3, note='')
    """
    return next((Encoding(name, len(bom)) for bom, name in _BOMS if head.startswith(bom)), None)


def named_encoding(name: str) -> str:
    """Give the name under which an encoding is known here.

    Parameters
    ----------
    name : str
        As the user wrote it; GBK and GB2312 are read as GB18030, which holds them.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If there is no such text encoding.

    Examples
    --------
    >>> named_encoding("GBK"), named_encoding("UTF8"), named_encoding("latin-1")
    ('gb18030', 'utf-8', 'iso8859-1')
    """
    folded = name.strip().lower().replace("_", "-")
    if folded in _ALIASES:
        return _ALIASES[folded]
    try:
        known = codecs.lookup(folded).name
        is_text = "\n".encode(known) != b"" and "escape" not in known
    except (LookupError, UnicodeError, ValueError):
        is_text = False
    if not is_text:
        raise InputError(
            f"encoding {name!r} is not known. Expected e.g. utf-8, gb18030 (or gbk), big5, "
            "utf-16, cp1252; leave it out to have it found."
        )
    return _ALIASES.get(known, known)


def _plain_share(sample: bytes, name: str) -> float:
    """Give the share of characters that are ASCII text or frequent ones."""
    text = codecs.getincrementaldecoder(name)("replace").decode(sample)
    n_plain = len(re.findall(r"[\t\n\r -~]", text))
    return (n_plain + len(text) - len(text.translate(_frequent()))) / max(len(text), 1)


def _count_utf8(sample: bytes) -> tuple[int, int]:
    """Count valid and invalid sequences beyond ASCII; one that the end cuts is not counted."""
    text, _ = codecs.utf_8_decode(sample, "surrogateescape", False)
    n_wide = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
    n_invalid = sum(map(len, re.findall("[\udc80-\udcff]+", text)))
    return n_wide - n_invalid, n_invalid


def _is_western(sample: bytes) -> bool:
    """Tell whether the bytes beyond ASCII make sense as cp1252, at least 9 of 10."""
    n_wide = len(re.sub(rb"[\x00-\x7f]+", b"", sample))
    return sum(map(len, _WESTERN.findall(sample))) >= 0.9 * n_wide


def _frequent_share(sample: bytes, name: str) -> float:
    """Give the share of frequent characters among those that are not ASCII; bad bytes count off."""
    decoder = codecs.getincrementaldecoder("big5hkscs" if name == "big5" else name)("replace")
    wide = re.sub(r"[\x00-\x7f]+", "", decoder.decode(sample))
    if not wide:
        return 0.0
    n_frequent = len(wide) - len(wide.translate(_frequent()))
    return (n_frequent - 2 * wide.count("\ufffd")) / len(wide)


@cache
def _frequent() -> dict[int, None]:
    """Load the frequent characters as a table that deletes them."""
    resource = resources.files("nlp_cx") / "resources" / "frequent_characters.txt"
    lines = resource.read_text(encoding="utf-8").splitlines()
    characters = "".join(line for line in lines if not line.startswith("#"))
    return dict.fromkeys(map(ord, characters + _PUNCTUATION))
