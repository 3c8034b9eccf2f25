"""Bad rows set aside in a file of their own, so that the good ones can be scored."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import IO, Literal

from nlp_cx.errors import InputError, OutputError

MAX_RAW = 1_000
"""Characters of a bad row that are kept."""

_MAX_SEEN = 4 * MAX_RAW
"""Characters that are looked at: what is cut at `MAX_RAW` must be recognised before it is cut."""


class Quarantine:
    r"""Take bad rows in and write them as JSON lines: file, line, reason, raw.

    Parameters
    ----------
    path : str or Path or None
        Where the bad rows go. They are written beside under another name and renamed by `close`.
        None: rows are counted only.
    on_bad_row : {"quarantine", "fail"}, default="quarantine"
        ``"fail"`` raises at the first bad row.
    masks : bool, default=False
        Mask personal information in rows and reasons, in messages too.

    Raises
    ------
    InputError
        If `on_bad_row` is another word.

    Attributes
    ----------
    counts : Counter
        Rejected rows by file.
    first : str
        File, line and reason of the first one; empty where there is none.
    masks : bool
    n_masked : Counter
        Pieces of personal information masked, by kind.
    n_withheld : int
        Rows of which every letter and digit was masked.

    Notes
    -----
    Cells of a bad row cannot be told apart. So where a file has columns that are personal as a
    whole, such as 姓名, or speakers, and rows are masked, nothing but the marks of its bad rows is
    kept (`withhold`).

    Leaving a ``with`` block keeps the file, leaving it by an exception removes it. Nothing is
    left where nothing was rejected, a file of an earlier run included.

    Examples
    --------
    >>> with Quarantine(None) as quarantine:
    ...     quarantine.add("shop.csv", 7, "2 cells, expected 3", b"17,\xff")
    >>> quarantine.count, quarantine.counts["shop.csv"]
    (1, 1)
    >>> Quarantine(None, "fail").add("shop.csv", 7, "2 cells, expected 3", "17,good")
    Traceback (most recent call last):
    nlp_cx.errors.InputError: shop.csv, line 7: 2 cells, expected 3. Found: '17,good'. Mend
    the row, or let bad rows be set aside (--on-bad-row quarantine).
    """

    def __init__(
        self,
        path: str | Path | None,
        on_bad_row: Literal["quarantine", "fail"] = "quarantine",
        *,
        masks: bool = False,
    ) -> None:
        if on_bad_row not in ("quarantine", "fail"):
            raise InputError(f"on_bad_row is {on_bad_row!r}, expected 'quarantine' or 'fail'.")
        self.path = None if path is None else Path(path)
        self.counts: Counter[str] = Counter()
        self.first = ""
        self.n_masked: Counter[str] = Counter()
        self.n_withheld = 0
        self.masks = masks
        self._withheld: set[str] = set()
        self._fails = on_bad_row == "fail"
        self._file: IO[str] | None = None

    @property
    def count(self) -> int:
        """Rows rejected so far."""
        return self.counts.total()

    def withhold(self, file: str) -> None:
        """Mask the bad rows of a file altogether, where rows are masked.

        Parameters
        ----------
        file : str
            As in `add`.
        """
        if self.masks:
            self._withheld.add(file)

    def add(
        self, file: str, line: int, reason: str, raw: str | bytes, *, unit: str = "line"
    ) -> None:
        """Set one bad row aside.

        Parameters
        ----------
        file : str
            Name of the input as the user gave it.
        line : int
            Line of a text file from 1, header counted; row number where `unit` says so.
        reason : str
            What was found and what was expected, without a full stop.
        raw : str or bytes
            The row as it stands in the file. Bytes that are not UTF-8 are shown as ``\\xff``;
            the first 1,000 characters are kept.
        unit : str, default="line"
            What `line` counts, for the message: ``"line"`` or ``"row"``.

        Raises
        ------
        InputError
            If bad rows are to fail.
        OutputError
            If the row cannot be written.
        """
        text, is_cut = _read(raw)
        if self.masks:
            reason, text = self._mask(file, reason, text)
        text = text[:MAX_RAW].encode("utf-8", "backslashreplace").decode("utf-8")
        if self._fails:
            raise InputError(
                f"{file}, {unit} {line}: {reason}. Found: {text[:80]!r}. Mend the row, or let bad "
                "rows be set aside (--on-bad-row quarantine)."
            )
        self.first = self.first or f"{file}, {unit} {line}: {reason}"
        self.counts[file] += 1
        if self.path is None:
            return
        row: dict[str, str | int] = {"file": file, "line": line, "reason": reason, "raw": text}
        if is_cut:
            row["note"] = f"raw holds the first {MAX_RAW:,} characters only"
        try:
            if self._file is None:
                self._file = open(self._beside, "w", encoding="utf-8", newline="\n")  # noqa: SIM115
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        except OSError as e:
            raise OutputError(f"{self.path}: bad rows cannot be written ({e.strerror}).") from e

    def close(self) -> None:
        """Put the file in its place; take away one of an earlier run where nothing was rejected."""
        if self.path is None:
            return
        try:
            if self._file is not None:
                self._file.close()
                self._file = None
                self._beside.replace(self.path)
            elif not self.count:
                self.path.unlink(missing_ok=True)
        except OSError as e:
            raise OutputError(f"{self.path}: bad rows cannot be written ({e.strerror}).") from e

    def discard(self) -> None:
        """Remove what was written; what stood at `path` before stays."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._beside.unlink(missing_ok=True)
            self._file = None

    def __enter__(self) -> Quarantine:
        """Give itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close, or discard after an exception."""
        if kind is None:
            self.close()
        else:
            self.discard()

    def _mask(self, file: str, reason: str, text: str) -> tuple[str, str]:
        """Mask a reason and a row, and count what was masked in the row."""
        from nlp_cx.text.privacy_raw import mask_raw, mask_words

        text, n_masked = mask_raw(text)
        self.n_masked.update(n_masked)
        if file in self._withheld:
            self.n_withheld += 1
            text = mask_words(text)
        return mask_raw(reason)[0], text

    @property
    def _beside(self) -> Path:
        """Name of the file while it grows."""
        path = self.path or Path()
        return path.with_name(f".{path.name}.part")


def _read(raw: str | bytes) -> tuple[str, bool]:
    """Give the beginning of a row as text, and whether more than `MAX_RAW` characters are there."""
    if isinstance(raw, bytes):
        text = raw[: 4 * _MAX_SEEN].decode("utf-8", "backslashreplace")
        return text[:_MAX_SEEN], len(text) > MAX_RAW
    return raw[:_MAX_SEEN], len(raw) > MAX_RAW
