"""Checkpoints: everything a training needs to go on as if it had never been cut off.

One safetensors file with the state as JSON in its header, so that arrays and state cannot be of two
moments; written beside and renamed. Nothing in it is ever run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import OutputError, TrainingError

FORMAT = 1
"""Version of the layout; a later one is refused."""

FILE = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was saved.

    Parameters
    ----------
    state : dict
        JSON: counters, states of generators, metrics so far.
    arrays : dict of str to ndarray
    """

    state: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]


def fingerprint(backend: str, settings: object, *frames: pd.DataFrame, random_state: int) -> str:
    """Name all that the result of a training depends on.

    Parameters
    ----------
    backend : str
    settings : dataclass
    *frames : DataFrame
        Examples and dev, every column of which counts.
    random_state : int

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    filled = asdict(settings) if is_dataclass(settings) and not isinstance(settings, type) else {}
    digest = hashlib.sha256()
    for frame in frames:
        columns = sorted(str(column) for column in frame.columns)
        digest.update(repr(columns).encode())
        for column in columns:
            values = frame[column]
            text = values.astype(object).where(values.notna(), None)
            digest.update(pd.util.hash_array(text.map(repr).to_numpy(object)).tobytes())
    given = {"backend": backend, "settings": filled, "random_state": random_state}
    digest.update(json.dumps(given, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


def save_checkpoint(
    folder: Path, key: str, state: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write a checkpoint in the place of the last one.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    key : str
        From `fingerprint`.
    state : mapping
        JSON; integers of any size.
    arrays : mapping of str to ndarray

    Raises
    ------
    OutputError
        If it cannot be written; the last one is then unchanged.
    """
    from safetensors.numpy import save

    header = {"format": str(FORMAT), "key": key, "state": json.dumps(dict(state))}
    data = save({name: np.ascontiguousarray(a) for name, a in arrays.items()}, metadata=header)
    target = folder / FILE
    beside = folder / f".{FILE}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as e:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise OutputError(
            f"{target}: the checkpoint cannot be written ({e.strerror}); "
            f"{len(data) / 1e6:,.0f} MB are needed. The last one is unchanged: make room and give "
            "the same command again."
        ) from e


def load_checkpoint(folder: Path, key: str) -> Checkpoint | None:
    """Read the checkpoint of a folder, where there is one.

    Parameters
    ----------
    folder : Path
    key : str
        From `fingerprint`: what this training depends on.

    Returns
    -------
    Checkpoint or None
        None where there is none.

    Raises
    ------
    TrainingError
        If it is damaged, of a later format, or of another training.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / FILE
    if not path.is_file():
        return None
    start_again = f"Delete {folder} to start again."
    try:
        with safe_open(path, framework="numpy") as file:
            header = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        state = json.loads(header.get("state", ""))
    except (SafetensorError, OSError, ValueError) as e:
        raise TrainingError(f"{path}: damaged ({e}). {start_again}") from e
    if header.get("format") != str(FORMAT):
        raise TrainingError(
            f"{path}: a checkpoint of format {header.get('format')}, but this version reads format "
            f"{FORMAT}. Update nlp_cx. {start_again}"
        )
    if header.get("key") != key:
        raise TrainingError(
            f"{path}: of a training with other data, settings or architecture (found "
            f"{header.get('key')}, expected {key}). Change nothing to go on with it. {start_again}"
        )
    return Checkpoint(state, arrays)


def drop_checkpoint(folder: Path) -> None:
    """Remove the checkpoint of a training that came to its end.

    Parameters
    ----------
    folder : Path
        Removed too, where nothing else is in it.
    """
    with suppress(OSError):
        (folder / FILE).unlink(missing_ok=True)
        folder.rmdir()
