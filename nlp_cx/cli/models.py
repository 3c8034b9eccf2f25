"""List the models that come with the package."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from nlp_cx.classify.store import read_spec, shipped_models
from nlp_cx.cli.console import clean, open_console

_LISTED = ("description", "languages", "data", "metrics", "licence")
"""Fields of ``model.json`` that people choose a model by, in the order they are shown."""


def run_models(*, as_json: bool) -> None:
    """List the shipped models on standard output.

    Parameters
    ----------
    as_json : bool
        A JSON list instead of text for people.

    Raises
    ------
    ModelError
        If a model folder is damaged.
    """
    models = [describe_model(name, folder) for name, folder in shipped_models().items()]
    if as_json:
        print(json.dumps(models, ensure_ascii=False, indent=2))
        return
    console = open_console(sys.stdout)
    if not models:
        console.print("No model is shipped with this version; give a folder with --model.")
    for model in models:
        for line in model_lines(model):
            console.print(line)


def describe_model(name: str, folder: Path) -> dict[str, Any]:
    """Say what there is to know about a model before loading it.

    Parameters
    ----------
    name : str
        To be given as ``--model``.
    folder : Path

    Returns
    -------
    dict
        ``name, version, n_bytes`` (of all files), ``folder``, and what ``model.json`` says under
        ``description, languages, data, metrics, licence``.

    Raises
    ------
    ModelError
        If ``model.json`` is missing or damaged.
    """
    spec = read_spec(folder)
    n_bytes = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    described = {"name": name, "version": spec["version"], "n_bytes": n_bytes}
    described["folder"] = str(folder)
    return described | {key: spec[key] for key in _LISTED if key in spec}


def model_lines(model: Mapping[str, Any]) -> Iterator[Text]:
    """Write a model for people.

    Parameters
    ----------
    model : mapping
        From `describe_model`.

    Yields
    ------
    rich.text.Text

    Examples
    --------
    >>> model = {"name": "fast", "version": "1", "n_bytes": 9_400_000, "folder": "models/fast",
    ...          "metrics": {"gold test": {"pair macro-F1": 0.7123}}}
    >>> for line in model_lines(model):
    ...     print(line)
    fast 1, 9.4 MB, models/fast
      metrics
        gold test: pair macro-F1 0.7123
    """
    size = f"{model['n_bytes'] / 1e6:.1f} MB"
    yield Text(clean(f"{model['name']} {model['version']}, {size}, {model['folder']}"), "bold")
    for key in _LISTED:
        value = model.get(key)
        if not value:
            continue
        if isinstance(value, Mapping | list) and not _is_flat(value):
            yield Text(f"  {key}", "cyan")
            items = value.items() if isinstance(value, Mapping) else ((None, v) for v in value)
            for name, item in items:
                before = "" if name is None else f"{name}: "
                yield Text(clean(f"    {before}{_inline(item)}"))
        else:
            yield Text(clean(f"  {key}: {_inline(value)}"))


def _is_flat(value: Mapping[str, Any] | list[Any]) -> bool:
    """Tell whether everything inside is one word or number."""
    inner = value.values() if isinstance(value, Mapping) else value
    return not any(isinstance(item, Mapping | list) for item in inner)


def _inline(value: Any) -> str:
    """Write a value in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_inline(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_inline, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
