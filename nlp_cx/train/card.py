"""The README of a model folder, written from what is known of the model."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def write_card(spec: Mapping[str, Any]) -> str:
    """Write the card of a model.

    Parameters
    ----------
    spec : mapping
        ``model.json`` with ``description``, ``data`` (rows ``source, n_texts, license, url``),
        ``metrics`` (tables by title, each a list of rows), ``limits`` (sentences), and, where it
        has that, ``training`` (what was trained, on what and for how long, by heading).

    Returns
    -------
    str
        Markdown.
    """
    parts = [
        f"# {spec['name']} {spec['version']}",
        "",
        str(spec["description"]),
        "",
        f"- backend `{spec['backend']}`, "
        + ", ".join(f"{key} {value}" for key, value in spec["architecture"].items()),
        f"- taxonomy {spec['taxonomy']['name']} {spec['taxonomy']['version']}: "
        + ", ".join(spec["taxonomy"]["labels"]),
        f"- trained with {', '.join(f'{k} {v}' for k, v in spec['libraries'].items())}; "
        f"random_state {_random_state(spec)}",
        f"- made by `{spec['command']}`",
        *(f"- {key}: {_cell(value)}" for key, value in spec.get("training", {}).items()),
        "",
        "## Metrics",
        "",
    ]
    for title, rows in spec["metrics"].items():
        parts += [f"### {title}", "", *_table(rows), ""]
    parts += ["## Limits", "", *(f"- {limit}" for limit in spec["limits"]), ""]
    parts += ["## Data", "", *_table(spec["data"]), ""]
    return "\n".join(parts)


def _random_state(spec: Mapping[str, Any]) -> int:
    """Find the seed: of the run, or of the student in the recipe of the shipped model."""
    if "random_state" in spec:
        return int(spec["random_state"])
    return int(spec["recipe"]["student"]["random_state"])


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give rows as a Markdown table."""
    frame = pd.DataFrame(list(rows))
    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * len(frame.columns)]
    for row in frame.itertuples(index=False):
        lines.append("| " + " | ".join(_cell(value) for value in row) + " |")
    return lines


def _cell(value: Any) -> str:
    """Give a value as a table cell."""
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.3f}"
    # Names of labels and sources come from files: a card must not be another page.
    return html.escape(str(value), quote=False).replace("|", "\\|").replace("\n", " ")
