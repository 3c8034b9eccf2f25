r"""Text of any encoding read as UTF-8, block by block.

Whatever a file is written in, the readers behind see UTF-8. A byte that its encoding does not
allow becomes a half surrogate, which no valid UTF-8 holds; so the row that holds it is found and
set aside by the same check that finds invalid bytes in a UTF-8 file.
"""

from __future__ import annotations

import codecs
import re
from typing import Protocol

from nlp_cx.read.encodings import Encoding

_MARK = 0xDC00
_BIG5_AS_WINDOWS = {"∼": "～", "•": "‧", "､": "﹑", "‾": "¯", "♁": "⊕", "☉": "⊙"}


class ByteSource(Protocol):
    """Gives bytes; none at the end."""

    def read(self, size: int, /) -> bytes:
        """Give at most `size` bytes."""


class Utf8Stream:
    r"""Read a stream of any encoding as UTF-8.

    Parameters
    ----------
    source : ByteSource
        At its first byte.
    encoding : Encoding
        As `detect_encoding` gives it.

    Notes
    -----
    UTF-8 passes as it is, but for the byte order mark. Memory is one block.

    Examples
    --------
    >>> import io
    >>> stream = Utf8Stream(io.BytesIO("好\n差".encode("gbk")), Encoding("gb18030"))
    >>> stream.read(1_000).decode()
    '好\n差'
    """

    def __init__(self, source: ByteSource, encoding: Encoding) -> None:
        self._source = source
        self._name = encoding.name
        self._n_bom = encoding.n_bom
        self._is_done = False
        self._decoder: codecs.IncrementalDecoder | None = None
        if encoding.name != "utf-8":
            codec = "big5hkscs" if encoding.name == "big5" else encoding.name
            self._decoder = codecs.getincrementaldecoder(codec)(_MARK_BYTES)

    def read(self, size: int) -> bytes:
        """Give about `size` bytes; none at the end only."""
        while True:
            block = self._source.read(size)
            n_bom = min(self._n_bom, len(block))
            block, self._n_bom = block[n_bom:], self._n_bom - n_bom
            if self._decoder is None or self._is_done:
                return block
            self._is_done = not block
            text = self._decoder.decode(block, final=self._is_done)
            if text or self._is_done:
                if self._name == "big5":
                    for hkscs, windows in _BIG5_AS_WINDOWS.items():
                        text = text.replace(hkscs, windows)
                return text.encode("utf-8", "surrogatepass")


def describe_bad_bytes(row: bytes, encoding: str) -> tuple[str, str]:
    r"""Say which bytes of a row are not in its encoding.

    Parameters
    ----------
    row : bytes
        As `Utf8Stream` gave it.
    encoding : str
        The name it was read under.

    Returns
    -------
    reason, raw : str
        The raw row shows such bytes as ``\xff``.

    Examples
    --------
    >>> describe_bad_bytes(b"good\xff,3", "utf-8")
    ('byte 0xff is not utf-8', 'good\\xff,3')
    """
    if encoding == "utf-8":
        try:
            text = row.decode("utf-8")
        except UnicodeDecodeError as e:
            text = row.decode("utf-8", "backslashreplace")
            return f"byte 0x{row[e.start]:02x} is not utf-8", text
        return "", text
    text = row.decode("utf-8", "surrogatepass")
    bad = re.search("[\udc00-\udcff]", text)
    shown = re.sub("[\udc00-\udcff]", lambda m: f"\\x{ord(m[0]) - _MARK:02x}", text)
    return f"byte 0x{ord(bad[0]) - _MARK:02x} is not {encoding}" if bad else "", shown


def _mark_bytes(e: UnicodeError) -> tuple[str, int]:
    """Turn bytes that cannot be decoded into half surrogates, one each."""
    if not isinstance(e, UnicodeDecodeError):
        raise e
    if e.encoding == "gb18030" and e.object[e.start] == 0x80:
        return "€", e.start + 1
    if e.encoding == "big5hkscs" and e.object[e.start : e.start + 2] == b"\xa3\xe1":
        return "€", e.start + 2
    bad = e.object[e.start : e.end]
    return "".join(chr(_MARK + byte) for byte in bad), e.end


_MARK_BYTES = "nlp_cx.mark_bytes"
codecs.register_error(_MARK_BYTES, _mark_bytes)
