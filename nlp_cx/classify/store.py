"""Keep models in folders: ``model.json``, weights as safetensors, a card. Loading runs no code."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_cx.errors import ModelError, OutputError

FORMAT = 1
"""Version of the folder layout; a later one is refused."""

SPEC_FILE = "model.json"
WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "README.md"

_NAMES = ("backend", "name", "version")
_FILE_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True)
class StoredModel:
    """What a model folder holds.

    Parameters
    ----------
    folder : Path
        Where it was read from.
    spec : dict
        ``model.json``.
    weights : dict of str to ndarray
        Arrays by name.
    files : dict of str to bytes
        Further files by name (a graph, a tokenizer), each checked against its sha256.
    """

    folder: Path
    spec: dict[str, Any]
    weights: dict[str, NDArray[Any]]
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Name and version, as written into the column ``model``."""
        return f"{self.spec['name']}-{self.spec['version']}"


def shipped_folder() -> Path:
    """Give the folder of the models that come with the package.

    Returns
    -------
    Path
        ``nlp_cx/models`` of an installation, ``models/default`` of a source checkout.
    """
    package = Path(__file__).resolve().parents[1]
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models" / "default"


def shipped_models() -> dict[str, Path]:
    """List the models that come with the package.

    Returns
    -------
    dict of str to Path
        Folder by name, sorted by name.
    """
    root = shipped_folder()
    if not root.is_dir():
        return {}
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{SPEC_FILE}"))}


def find_model(model: str | os.PathLike[str]) -> Path:
    """Find the folder of a model given by name or path.

    Parameters
    ----------
    model : str or path
        Name of a shipped model, or a folder that holds ``model.json``.

    Returns
    -------
    Path

    Raises
    ------
    ModelError
        If it is neither.
    """
    shipped = shipped_models()
    if isinstance(model, str) and model in shipped:
        return shipped[model]
    folder = Path(model)
    if os.path.isfile(folder / SPEC_FILE):
        return folder
    names = ", ".join(shipped) or "none"
    found = f"folder {folder} has no {SPEC_FILE}" if os.path.isdir(folder) else "no such folder"
    raise ModelError(
        f"model {str(model)!r}: {found}. Expected a shipped model ({names}) or a folder made by "
        "training."
    )


def read_spec(folder: Path) -> dict[str, Any]:
    """Read and check ``model.json``.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict

    Raises
    ------
    ModelError
        If it is missing, damaged, of a later format, or lacks a field.
    """
    path = folder / SPEC_FILE
    try:
        spec = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise ModelError(f"{path}: cannot be read ({e.strerror}).") from e
    except (ValueError, RecursionError) as e:
        raise ModelError(f"{path}: damaged, not valid JSON ({e}). Copy the model again.") from e
    if not isinstance(spec, dict) or "format" not in spec:
        raise ModelError(f"{path}: not a model of nlp_cx (no field 'format').")
    if spec["format"] != FORMAT:
        raise ModelError(
            f"{path}: format {spec['format']}, but this version reads format {FORMAT}. "
            "Update nlp_cx, or train the model again."
        )
    faults = [f"{name!r} is no string" for name in _NAMES if not isinstance(spec.get(name), str)]
    taxonomy, weights = spec.get("taxonomy"), spec.get("weights")
    if not isinstance(taxonomy, dict) or not isinstance(taxonomy.get("labels"), list):
        faults.append("'taxonomy' has no labels")
    if not isinstance(weights, dict) or not isinstance(weights.get("sha256"), str):
        faults.append("'weights' has no sha256")
    elif not _FILE_NAME.fullmatch(weights["file"] if isinstance(weights.get("file"), str) else ""):
        faults.append(f"'weights' names no file of the folder ({weights.get('file')!r})")
    files = spec.get("files", {})
    if not isinstance(files, dict) or not all(
        _FILE_NAME.fullmatch(name) and isinstance(digest, str) for name, digest in files.items()
    ):
        faults.append(f"'files' does not name files of the folder ({files!r:.80})")
    if faults:
        raise ModelError(f"{path}: {'; '.join(faults)}. Copy the model again.")
    return spec


def load_model(model: str | os.PathLike[str]) -> StoredModel:
    """Read a model folder and check that its weights are the ones it was saved with.

    Parameters
    ----------
    model : str or path
        Name or folder, see :func:`find_model`.

    Returns
    -------
    StoredModel

    Raises
    ------
    ModelError
        If anything is missing, damaged or foreign.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = find_model(model)
    spec = read_spec(folder)
    path = folder / spec["weights"]["file"]
    try:
        weights = load(_read_checked(path, spec["weights"]["sha256"]))
    except SafetensorError as e:
        raise ModelError(f"{path}: not a safetensors file ({e}).") from e
    files = {
        name: _read_checked(folder / name, digest) for name, digest in spec.get("files", {}).items()
    }
    return StoredModel(folder, spec, weights, files)


def _read_checked(path: Path, sha256: str) -> bytes:
    """Read a file of a model that has to be the one it was saved with."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise ModelError(f"{path}: cannot be read ({e.strerror}). Copy the model again.") from e
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelError(
            f"{path}: damaged or not this model's (sha256 {found[:12]}…, expected "
            f"{sha256[:12]}…). Copy the model again."
        )
    return data


def save_model(
    folder: str | os.PathLike[str],
    spec: Mapping[str, Any],
    weights: Mapping[str, NDArray[Any]],
    *,
    card: str,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a model folder beside its place, then rename it there.

    Parameters
    ----------
    folder : str or path
        Replaced as a whole if it exists and is a model.
    spec : mapping
        ``model.json`` without ``format`` and ``weights``, which are filled in.
    weights : mapping of str to ndarray
        C-contiguous arrays.
    card : str
        Text of the README.
    files : mapping of str to bytes, optional
        Further files by name; those that `load_model` gives again are checked by their sha256.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If the folder cannot be written, or exists and is not a model.
    """
    from safetensors.numpy import save

    target = Path(folder)
    if target.exists() and not (target / SPEC_FILE).is_file():
        raise OutputError(f"{target}: exists and is not a model folder. Choose another place.")
    data = save({name: np.ascontiguousarray(array) for name, array in sorted(weights.items())})
    further = dict(files or {})
    digests = {name: hashlib.sha256(file).hexdigest() for name, file in sorted(further.items())}
    filled = {
        "format": FORMAT,
        **{name: value for name, value in spec.items() if name not in ("format", "files")},
        **({"files": digests} if digests else {}),
        "weights": {
            "file": WEIGHTS_FILE,
            "sha256": hashlib.sha256(data).hexdigest(),
            "n_bytes": len(data),
        },
    }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as e:
        raise OutputError(f"{target.parent}: cannot be written ({e.strerror}).") from e
    try:
        beside.chmod(0o755)
        for name, file in {**further, WEIGHTS_FILE: data}.items():
            (beside / name).write_bytes(file)
        text = json.dumps(filled, ensure_ascii=False, indent=1)
        (beside / SPEC_FILE).write_text(text + "\n", encoding="utf-8")
        (beside / CARD_FILE).write_text(card, encoding="utf-8")
        _replace(target, beside)
    except OSError as e:
        raise OutputError(f"{target}: cannot be written ({e.strerror}).") from e
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def _replace(target: Path, beside: Path) -> None:
    """Move a folder to its place; what stood there goes only when the new one is there."""
    if not target.exists():
        beside.rename(target)
        return
    old = beside.with_name(f"{beside.name}.old")
    target.rename(old)
    try:
        beside.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
