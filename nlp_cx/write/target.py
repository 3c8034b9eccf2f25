"""Where an output will stand: checked before any work, and prepared beside, to be renamed."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from nlp_cx.errors import OutputError

FORMATS = {
    ".csv": "nlp_cx.write.delimited:CsvWriter",
    ".tsv": "nlp_cx.write.delimited:TsvWriter",
    ".jsonl": "nlp_cx.write.jsonlines:JsonLinesWriter",
    ".parquet": "nlp_cx.write.parquet:ParquetWriter",
    ".xlsx": "nlp_cx.write.xlsx:XlsxWriter",
}
"""Ending -> writer class, imported at first use. A further format is one file and one line here."""

GZIPPED = (".csv", ".tsv", ".jsonl")
"""Endings that may be followed by ``.gz``; the other two are compressed inside."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place for an output.

    Parameters
    ----------
    name : str
        As the user gave it, for messages.
    path : Path
        The file that will be replaced: the one behind a symbolic link, not the link.
    ending : str
        A key of `FORMATS`.
    is_gzipped : bool
    """

    name: str
    path: Path
    ending: str
    is_gzipped: bool


def find_target(path: str | Path) -> Target:
    """Tell from its name where and in which format an output will stand.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Target

    Raises
    ------
    OutputError
        If the ending names no format.

    Examples
    --------
    >>> target = find_target("out/Scored.CSV.gz")
    >>> target.ending, target.is_gzipped
    ('.csv', True)
    """
    real = Path(os.path.realpath(path))
    name = real.name.lower()
    stem = name.removesuffix(".gz")
    is_gzipped = stem != name
    ending = Path(stem).suffix
    if ending in FORMATS and (ending in GZIPPED or not is_gzipped):
        return Target(str(path), real, ending, is_gzipped)
    found = f"the ending {ending + '.gz' * is_gzipped!r}" if ending else "a name without ending"
    raise OutputError(
        f"{path}: {found} names no format. "
        f"Use {', '.join(FORMATS)} ({', '.join(GZIPPED)} also with .gz)."
    )


def check_target(path: str | Path) -> None:
    """Raise if a table could not be written to `path`, before any work is done.

    Parameters
    ----------
    path : str or Path
        ``"-"`` is standard output and passes.

    Raises
    ------
    OutputError
        If the ending names no format, the folder is missing or cannot be written to, or `path`
        is a folder, a device or a pipe.
    """
    if str(path) != "-":
        create_beside(find_target(path)).unlink()


def create_beside(target: Target) -> Path:
    """Create an empty file with a temporary name in the target's folder.

    Parameters
    ----------
    target : Target

    Returns
    -------
    Path
        A hidden file in the same folder, so that renaming it is one step of the file system.

    Raises
    ------
    OutputError
        If the folder is missing or cannot be written to, or the target is no ordinary file.
    """
    folder = target.path.parent
    if not os.path.isdir(folder):
        raise OutputError(f"{target.name}: the folder {folder} does not exist. Create it first.")
    if os.path.isdir(target.path):
        raise OutputError(f"{target.name}: is a folder. Give the name of a file in it.")
    if target.path.exists() and not stat.S_ISREG(target.path.stat().st_mode):
        raise OutputError(
            f"{target.name}: is a device or pipe. Give a file, or - for standard output."
        )
    temporary = folder / f".nlp_cx-{secrets.token_hex(8)}.tmp"
    try:
        # Not mkstemp: its mode 0600 would end up on the finished file.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as e:
        raise OutputError(
            f"{target.name}: the folder {folder} cannot be written to ({e.strerror}). "
            "Choose another folder or change its permissions."
        ) from e
    return temporary


def flush_to_disk(path: Path) -> None:
    """Wait until a file's bytes are on the disk, so that the rename cannot overtake them."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(temporary: Path, path: Path) -> None:
    """Rename a finished file over another, whose permissions it takes on."""
    if path.exists():
        shutil.copymode(path, temporary)
    os.replace(temporary, path)
