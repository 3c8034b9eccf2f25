"""Stages whose results are kept: one is run again only if something it rests on has changed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_cx import __version__
from nlp_cx.errors import OutputError
from nlp_cx.report.material import plain

RECORD = "stages.json"
FORMAT = 1
"""Of what stages leave; another one makes all of them run again."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that has been run, now or earlier.

    Attributes
    ----------
    name : str
    key : str
        sha256 of everything it rests on.
    facts : dict
        What it found out, e.g. counts and notes.
    seconds : float
        That it took when it was run.
    is_fresh : bool
        It was run now.
    """

    name: str
    key: str
    facts: dict[str, Any]
    seconds: float
    is_fresh: bool


class StageBook:
    """The work folder of a study and what stands in it.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    is_forced : bool, default=False
        Run every stage.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to, or holds something else.

    Notes
    -----
    A stage is struck from the record before it begins and entered when it has ended. So what a
    killed run leaves is never taken for a result.
    """

    def __init__(self, folder: Path, *, is_forced: bool = False) -> None:
        self.folder = folder
        self._is_forced = is_forced
        try:
            if folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD).is_file():
                raise OutputError(
                    f"{folder}: a folder with other content stands there. Choose another with "
                    "--work, or empty it."
                )
            folder.mkdir(parents=True, exist_ok=True)
            self._record: dict[str, Any] = self._load()
            self._save()
        except OSError as e:
            if isinstance(e, OutputError):
                raise
            raise OutputError(
                f"{folder}: the work folder cannot be written ({e.strerror}). Choose another with "
                "--work."
            ) from e

    def run(
        self,
        name: str,
        rests_on: Mapping[str, Any],
        outputs: Sequence[str],
        make: Callable[[], Mapping[str, Any]],
    ) -> Stage:
        """Run a stage, or give what it left.

        Parameters
        ----------
        name : str
        rests_on : mapping
            What JSON can hold: configuration, hashes of inputs, keys of earlier stages.
        outputs : sequence of str
            Names in the folder that must be there for the stage to count as run.
        make : callable
            Writes the outputs, each whole or not at all; gives facts for the record.

        Returns
        -------
        Stage
        """
        key = make_key({"format": FORMAT, "version": __version__, **rests_on})
        found = self._record.get(name)
        is_whole = all((self.folder / output).exists() for output in outputs)
        if not self._is_forced and found is not None and found["key"] == key and is_whole:
            return Stage(name, key, found["facts"], found["seconds"], is_fresh=False)
        self._record.pop(name, None)
        self._save()
        started = time.perf_counter()
        facts = plain(dict(make()))
        seconds = round(time.perf_counter() - started, 3)
        self._record[name] = {"key": key, "seconds": seconds, "facts": facts}
        self._save()
        return Stage(name, key, facts, seconds, is_fresh=True)

    def path(self, output: str) -> Path:
        """Give the path of an output."""
        return self.folder / output

    def _load(self) -> dict[str, Any]:
        """Read the record; a damaged one counts for nothing."""
        try:
            raw = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        is_known = isinstance(raw, dict) and raw.get("format") == FORMAT
        return dict(raw["stages"]) if is_known and isinstance(raw.get("stages"), dict) else {}

    def _save(self) -> None:
        """Write the record beside its place, then rename it."""
        write_json(self.folder / RECORD, {"format": FORMAT, "stages": self._record})


def make_key(rests_on: Mapping[str, Any]) -> str:
    """Make a key of what a stage rests on.

    Examples
    --------
    >>> make_key({"a": 1, "b": 2}) == make_key({"b": 2, "a": 1})
    True
    """
    text = json.dumps(plain(rests_on), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def hash_file(path: str | Path) -> str:
    """Give the sha256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file beside its place, then rename it.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_text(path, json.dumps(plain(value), ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file beside its place, then rename it.

    Raises
    ------
    OutputError
        If it cannot be written; what stood there before is unchanged.
    """
    beside = path.with_name(f".{path.name}.tmp")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    except OSError as e:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({e.strerror}).") from e
