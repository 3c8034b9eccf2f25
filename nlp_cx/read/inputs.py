"""The files that a user means: paths, folders, patterns and standard input, in a fixed order."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from nlp_cx.errors import InputError

STDIN = "-"

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".txt": "transcript",
    ".log": "transcript",
    ".md": "transcript",
}
"""Format by file ending."""

_PACKED_ANYWAY = frozenset({"parquet", "xlsx"})
_ENDINGS = ", ".join(FORMATS)
_HINTS = {
    ".xls": "Save it as .xlsx in Excel.",
    ".ods": "Save it as .xlsx.",
    ".zip": "Unpack it first.",
    ".bz2": "Unpack it first, or pack it with gzip.",
    ".xz": "Unpack it first, or pack it with gzip.",
    ".zst": "Unpack it first, or pack it with gzip.",
    ".7z": "Unpack it first.",
    ".rar": "Unpack it first.",
}


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read.

    Parameters
    ----------
    path : str
        ``-`` is standard input.
    format : str
        A value of `FORMATS`.
    is_listed : bool
        False where it was found in a folder.
    """

    path: str
    format: str
    is_listed: bool = True


def find_files(inputs: str | Path | Iterable[str | Path]) -> list[InputFile]:
    """Give the files behind paths, folders, patterns and ``-``.

    Parameters
    ----------
    inputs : str, Path or several
        A file, a folder (all its files by name; not its sub-folders), a pattern such as
        ``"2026-*/*.csv"``, or ``"-"`` for JSON lines on standard input.

    Returns
    -------
    list of InputFile
        In the order given; those of a folder or pattern sorted by name. Hidden files and files of
        rejected rows (``*.rejected.jsonl``) are left out of folders and patterns.

    Raises
    ------
    InputError
        If there is no such file, an ending is not known, a folder holds nothing to read or
        something that cannot be read, or a file is named twice.

    Examples
    --------
    >>> find_files("-")
    [InputFile(path='-', format='jsonl', is_listed=True)]
    >>> find_files("reviews.xls.zip")
    Traceback (most recent call last):
    nlp_cx.errors.InputError: reviews.xls.zip: no such file or folder. Check the path.
    """
    given = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    if not given:
        raise InputError("no input was given, expected at least one file, folder or '-'.")
    files: list[InputFile] = []
    for item in given:
        files += _expand(str(item))
    _refuse_twice(files)
    return files


def _expand(item: str) -> list[InputFile]:
    """Give the files behind one input."""
    if item == STDIN:
        return [InputFile(STDIN, "jsonl")]
    path = Path(item)
    try:
        is_there, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as e:
        raise InputError(f"{item!r:.200} is not a usable path ({e}).") from e
    if is_folder:
        return _files_of_folder(path)
    if is_there:
        return [InputFile(item, _format_of(path))]
    if glob.has_magic(item):
        found = sorted(name for name in glob.glob(item, recursive=True) if os.path.isfile(name))
        found = [name for name in found if _is_input(Path(name))]
        if not found:
            raise InputError(f"{item}: no file fits this pattern. Check the path.")
        return [InputFile(name, _format_of(Path(name))) for name in found]
    raise InputError(f"{item}: no such file or folder. {_similar_names(path)}")


def _files_of_folder(folder: Path) -> list[InputFile]:
    """Give the files of a folder by name; all that is wrong with it goes into one error."""
    files, foreign = [], []
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not _is_input(path):
            continue
        try:
            files.append(InputFile(str(path), _format_of(path), is_listed=False))
        except InputError:
            foreign.append(path.name)
    if files and not foreign:
        return files
    names = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
    if not files:
        raise InputError(
            f"{folder}: the folder holds no file that can be read"
            + (f" (found {names})" if foreign else "")
            + f". Expected files that end in {_ENDINGS}, or with .gz behind."
        )
    raise InputError(
        f"{folder}: {names} cannot be read. Expected files that end in {_ENDINGS}, or with .gz "
        f"behind. Move the others away, or name the files: {folder}/*{Path(files[0].path).suffix}"
    )


def _is_input(path: Path) -> bool:
    """Tell whether a file found by looking around is meant."""
    return not path.name.startswith((".", "~$")) and not path.name.endswith(".rejected.jsonl")


def _format_of(path: Path) -> str:
    """Give the format by the ending, `.gz` taken off."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    is_gzip = bool(suffixes) and suffixes[-1] == ".gz"
    ending = (suffixes[0] if len(suffixes) == 2 else "") if is_gzip else "".join(suffixes[-1:])
    format_ = FORMATS.get(ending)
    if format_ is None:
        hint = _HINTS.get(ending, f"Expected one of {_ENDINGS}, or one of them with .gz behind.")
        found = f"files that end in {ending}" if ending else "a file without an ending"
        raise InputError(f"{path}: cannot read {found}. {hint}")
    if is_gzip and format_ in _PACKED_ANYWAY:
        raise InputError(f"{path}: {ending} files are packed by themselves. Unpack the .gz first.")
    return format_


def _similar_names(path: Path) -> str:
    """Give a sentence with names in the same folder that look alike."""
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder} either. Check the path."
    close = get_close_matches(path.name, [p.name for p in folder.iterdir()], n=3)
    return f"Did you mean {' or '.join(close)}?" if close else "Check the path."


def _refuse_twice(files: list[InputFile]) -> None:
    """Raise where two inputs are the same file."""
    seen: dict[object, str] = {}
    for file in files:
        if file.path == STDIN:
            key: object = STDIN
        else:
            status = os.stat(file.path)
            key = (status.st_dev, status.st_ino)
        if key in seen:
            also = f" (also as {seen[key]})" if seen[key] != file.path else ""
            raise InputError(f"{file.path} is named twice{also}. Its rows would count double.")
        seen[key] = file.path
