"""List the models that come with the package."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from nlp_cx.classify.store import CARD_FILE, read_spec, shipped_models
from nlp_cx.cli.console import clean, open_console

_TOLD = ("description", "backend", "data", "metrics", "limits", "licence_note", "cascade")
"""Fields of ``model.json`` that help to choose a model."""

_MOST_ROWS = 6
_MOST_NUMBERS = 8
"""Of a table of metrics; the card has the rest."""


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
        console.print("No model comes with this version; give a folder with --model.")
    for model in models:
        for line in model_lines(model):
            console.print(line)
        if cascade := model.get("cascade"):
            console.print(
                f"auto: {cascade['first']} for all, {model['name']} for what it is unsure of "
                f"({cascade['asked']:.0%} of the gold dev texts)",
                markup=False,
            )


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
        ``description, backend, data, metrics, limits, licence_note, cascade``.

    Raises
    ------
    ModelError
        If ``model.json`` is missing or damaged.
    """
    spec = read_spec(folder)
    n_bytes = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    told = {key: spec[key] for key in _TOLD if key in spec}
    return {
        "name": name,
        "version": spec["version"],
        "n_bytes": n_bytes,
        "folder": str(folder),
        **told,
    }


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
    >>> model = {
    ...     "name": "fast", "version": "1", "n_bytes": 9_400_000, "folder": "models/fast",
    ...     "metrics": {"gold, dev": [{"lang": "zh", "n": 691, "pair_macro_f1": 0.66}]},
    ...     "data": [{"source": "written", "n_texts": 4_873, "licence": "Apache-2.0"}],
    ... }
    >>> for line in model_lines(model):
    ...     print(line)
    fast 1: 9.4 MB
      gold, dev
        zh: n 691, pair_macro_f1 0.660
      trained on 4,873 texts from 1 source; licences: Apache-2.0 (1)
      all metrics, data and limits: models/fast/README.md
    """
    size = f"{model['n_bytes'] / 1e6:.1f} MB"
    yield Text(clean(f"{model['name']} {model['version']}: {size}"), "bold")
    if "description" in model:
        yield Text(clean(f"  {model['description']}"))
    for title, rows in model.get("metrics", {}).items():
        if any("f1" in key or "accuracy" in key for row in rows for key in row):
            yield from _metric_lines(title, rows)
    if "data" in model:
        yield _data_line(model["data"])
    if "licence_note" in model:
        yield Text(clean(f"  {model['licence_note']}"), "yellow")
    for limit in model.get("limits", ()):
        yield Text(clean(f"  - {limit}"))
    yield Text(clean(f"  all metrics, data and limits: {model['folder']}/{CARD_FILE}"))


def _metric_lines(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    """Write the start of a table of metrics; its first column names the rows."""
    yield Text(clean(f"  {title}"), "cyan")
    for row in rows[:_MOST_ROWS]:
        (_, name), *numbers = row.items()
        shown = ", ".join(f"{key} {_number(value)}" for key, value in numbers[:_MOST_NUMBERS])
        yield Text(clean(f"    {name}: {shown}"))
    if len(rows) > _MOST_ROWS:
        yield Text(f"    and {len(rows) - _MOST_ROWS} more")


def _data_line(data: Sequence[Mapping[str, Any]]) -> Text:
    """Sum up what a model was trained on, and under which licences."""
    n_texts = sum(source["n_texts"] for source in data)
    licences = Counter(source["licence"] for source in data)
    listed = ", ".join(f"{name} ({n})" for name, n in licences.most_common())
    sources = "1 source" if len(data) == 1 else f"{len(data)} sources"
    return Text(clean(f"  trained on {n_texts:,} texts from {sources}; licences: {listed}"))


def _number(value: Any) -> str:
    """Write a metric with three digits, and a count with its thousands."""
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"
