"""Write a results folder: complete or not at all, and the uses of test splits that it logs."""

from __future__ import annotations

import json
import logging
import math
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nlp_cx.errors import OutputError

logger = logging.getLogger(__name__)

RESULTS, PAGE, ERRORS = "results.json", "index.html", "errors.json"
USES = "test_split_uses.jsonl"
FILES = (RESULTS, PAGE, ERRORS, USES)


def check_results_folder(folder: str | Path) -> Path:
    """Raise if results could not be written, before any work is done.

    Parameters
    ----------
    folder : str or Path
        Not there yet, empty, or a folder of earlier results, which will be replaced.

    Returns
    -------
    Path
        The folder itself where `folder` is a link.

    Raises
    ------
    OutputError
        If it is a file, holds other things than results, or cannot be made.
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and not target.is_dir():
        raise OutputError(f"{folder}: is a file. Give the name of a folder.")
    if target.is_dir():
        strange = sorted({path.name for path in target.iterdir()} - set(FILES))
        if strange:
            raise OutputError(
                f"{folder}: holds other things than results ({', '.join(strange[:5])}"
                f"{' …' if len(strange) > 5 else ''}), which would be lost. Give another folder."
            )
    if not target.parent.is_dir():
        raise OutputError(f"{folder}: the folder {target.parent} does not exist. Create it first.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: the folder {target.parent} cannot be written to.")
    return target


def log_test_use(
    folder: str | Path, *, command: str, model: str, against: str | None, sets: Sequence[str]
) -> None:
    """Log that test splits are read, before they are: a run that fails later has read them too.

    Parameters
    ----------
    folder : str or Path
        As `check_results_folder` gave it; made where it is not there.
    command : str
        As it was typed.
    model, against : str
        Name and version.
    sets : sequence of str
        Names of the sets that are asked for.

    Raises
    ------
    OutputError
        If the line cannot be written.
    """
    use = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "model": model,
        "against": against,
        "split": "test",
        "sets": list(sets),
    }
    logger.info("reading test splits for %s: %s", model, ", ".join(sets))
    try:
        Path(folder).mkdir(exist_ok=True)
        with (Path(folder) / USES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(use, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        raise OutputError(f"{Path(folder) / USES}: cannot be written ({e.strerror}).") from e


def write_results(folder: Path, files: Mapping[str, str]) -> None:
    """Write a folder beside its place, then rename it there.

    Parameters
    ----------
    folder : Path
        As `check_results_folder` gave it. The log of test uses in it is kept.
    files : dict of str to str
        File name to text.

    Raises
    ------
    OutputError
        If anything cannot be written; what stood there before is unchanged.
    """
    beside = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}.tmp")
    former = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}.old")
    try:
        beside.mkdir()
        for name, text in files.items():
            (beside / name).write_text(text, encoding="utf-8")
        if (folder / USES).exists():
            shutil.copy2(folder / USES, beside / USES)
        if folder.exists():
            folder.rename(former)
        try:
            beside.rename(folder)
        except OSError:
            if former.exists():
                former.rename(folder)
            raise
    except OSError as e:
        raise OutputError(
            f"{folder}: cannot be written ({e.strerror or e}); results are as they were before."
        ) from e
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(former, ignore_errors=True)


def to_json(value: Any) -> str:
    """Write a value as JSON: numbers to six places, those that are not known as null."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Make a value fit for JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, str):
        # Half a surrogate pair, from broken JSON of others, cannot be written as UTF-8.
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value
