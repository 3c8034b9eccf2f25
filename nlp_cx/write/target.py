"""Where an output will stand: checked before any work, and prepared beside, to be renamed."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
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


def split_ending(path: Path) -> tuple[str, bool]:
    """Tell the format of a file from its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ending : str
        A key of `FORMATS`.
    is_gzipped : bool

    Raises
    ------
    OutputError
        If the ending names no format.

    Examples
    --------
    >>> split_ending(Path("out/Scored.CSV.gz"))
    ('.csv', True)
    """
    name = path.name.lower()
    stem = name.removesuffix(".gz")
    ending = Path(stem).suffix
    if ending in FORMATS and (stem == name or ending in GZIPPED):
        return ending, stem != name
    found = "".join(Path(name).suffixes[-2:]) if stem != name else ending
    raise OutputError(
        f"{path}: {f'the ending {found!r}' if found else 'a name without ending'} names no format. "
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
        target = resolve_target(path)
        split_ending(target)
        create_beside(target).unlink()


def resolve_target(path: str | Path) -> Path:
    """Return the file that will be replaced: the one behind a symbolic link, not the link."""
    return Path(os.path.realpath(path))


def create_beside(target: Path) -> Path:
    """Create an empty file with a temporary name in the target's folder.

    Parameters
    ----------
    target : Path
        Where the finished file will stand.

    Returns
    -------
    Path
        A hidden file in the same folder, so that renaming it is one step of the file system.

    Raises
    ------
    OutputError
        If the folder is missing or cannot be written to, or `target` is no ordinary file.
    """
    folder = target.parent
    if not os.path.isdir(folder):
        raise OutputError(f"{target}: the folder {folder} does not exist. Create it first.")
    if os.path.isdir(target):
        raise OutputError(f"{target}: is a folder. Give the name of a file in it.")
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        raise OutputError(f"{target}: is a device or pipe. Give a file, or - for standard output.")
    temporary = folder / f".nlp_cx-{secrets.token_hex(8)}.tmp"
    try:
        # Not mkstemp: its mode 0600 would end up on the finished file.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as e:
        raise OutputError(
            f"{target}: the folder {folder} cannot be written to ({e.strerror}). "
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


def put_in_place(temporary: Path, target: Path) -> None:
    """Rename a finished file over its target, whose permissions it takes on."""
    if target.exists():
        shutil.copymode(target, temporary)
    os.replace(temporary, target)
