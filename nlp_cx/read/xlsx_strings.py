"""The strings of a workbook as they were typed: escapes such as ``_x000D_`` undone, once."""

from __future__ import annotations

import re
from typing import IO, Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

_ESCAPE = re.compile("_x(?!0000)([0-9A-Fa-f]{4})_")


def open_book(file: IO[bytes]) -> Any:
    """Open a workbook to read its values row by row.

    Parameters
    ----------
    file : binary file

    Returns
    -------
    openpyxl.Workbook
        Strings are as they stand in the file; `unescape` makes texts of them.

    Raises
    ------
    Exception
        Whatever openpyxl trips over in a damaged file.

    Notes
    -----
    openpyxl drops ``x005F_`` from shared strings, so that a typed ``_x000D_``, which Excel stores
    as ``_x005F_x000D_``, could not be told from a carriage return. Here they are left alone.
    """
    reader = _Reader(file, read_only=True, data_only=True)
    reader.read()
    return reader.wb


def unescape(text: str) -> str:
    r"""Undo the escapes of Office Open XML in one string.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ``_xHHHH_`` is the UTF-16 unit of that number. Half a surrogate pair becomes U+FFFD;
        ``_x0000_``, which no text holds, stays as it is.

    References
    ----------
    ISO/IEC 29500-1, 22.9.2.19 (ST_Xstring).

    Examples
    --------
    >>> unescape("good_x000D_\n_x005F_x000D_ is literal")
    'good\r\n_x000D_ is literal'
    """
    if "_x" not in text:
        return text
    read = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    if read.isascii():
        return read
    return read.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Reader(ExcelReader):
    """openpyxl's reader, with shared strings as they stand in the file."""

    def read_strings(self) -> None:
        """Read the table of shared strings."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        tag = f"{{{SHEET_MAIN_NS}}}si"
        with self.archive.open(part.PartName[1:]) as source:
            for _, node in iterparse(source):
                if node.tag == tag:
                    self.shared_strings.append(Text.from_tree(node).content)
                    node.clear()
