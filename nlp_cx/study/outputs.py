"""Where a report is written, and whether that is possible: told before any work."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from nlp_cx.errors import InputError, OutputError
from nlp_cx.read.inputs import find_files
from nlp_cx.study.spec import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where a report is written.

    Parameters
    ----------
    html : str
    xlsx, markdown, parquet_folder : str, optional
    work : str, optional
        Folder of what stages leave; ``NAME.study`` beside the report when not given.
    """

    html: str
    xlsx: str | None = None
    markdown: str | None = None
    parquet_folder: str | None = None
    work: str | None = None

    @property
    def files(self) -> list[str]:
        """All files, without folders."""
        return [path for path in (self.html, self.xlsx, self.markdown) if path is not None]

    @property
    def work_folder(self) -> Path:
        """Where stages leave their results."""
        if self.work is not None:
            return Path(self.work)
        path = Path(self.html)
        return path.with_name(f"{path.stem}.study")


def check_outputs(study: Study, outputs: Outputs) -> None:
    """Raise if an output cannot be written, or would replace an input.

    Parameters
    ----------
    study : Study
    outputs : Outputs

    Raises
    ------
    OutputError, InputError
    """
    endings = {"html": (".html", ".htm"), "xlsx": (".xlsx",), "markdown": (".md", ".markdown")}
    for name, allowed in endings.items():
        path = getattr(outputs, name)
        if path is not None and not path.lower().endswith(allowed):
            raise OutputError(f"{path}: a report of this form ends in {allowed[0]}.")
    given = [file.path for each in study.inputs for file in find_files(each.path)]
    given += [path for path in (study.alerts, study.gold.path if study.gold else None) if path]
    for path in outputs.files:
        _check_file(path)
        if any(os.path.exists(path) and os.path.samefile(path, each) for each in given):
            raise InputError(
                f"{path}: would be replaced and is an input too. Give the output another name."
            )
    if len({os.path.realpath(path) for path in outputs.files}) < len(outputs.files):
        raise OutputError(f"{outputs.files[-1]}: two outputs have this name. Give each its own.")


def _check_file(path: str) -> None:
    """Raise if a file cannot be written."""
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise OutputError(f"{path}: the folder {folder} does not exist. Create it first.")
    if os.path.isdir(path):
        raise OutputError(f"{path}: is a folder. Give the name of a file in it.")
    probe = folder / f".nlp_cx-{secrets.token_hex(8)}.tmp"
    try:
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise OutputError(
            f"{path}: the folder {folder} cannot be written to ({e.strerror}). Choose another "
            "folder or change its permissions."
        ) from e
