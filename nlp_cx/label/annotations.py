"""Read the exports of Label Studio: full JSON and JSON-MIN."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nlp_cx.errors import InputError


def read_label_studio(path: str | Path, *, is_tasks: bool = False) -> list[dict[str, Any]]:
    """Read one export.

    Parameters
    ----------
    path : str or Path
        A JSON list of tasks with ``data`` and ``annotations`` (export *JSON*), or of flat objects
        (export *JSON-MIN*).
    is_tasks : bool, default=False
        Give the data of every task, whether or not it is annotated.

    Returns
    -------
    list of dict
        One per annotation: the task's data, the answers by question (a string), ``annotator``.
        Skipped (cancelled) annotations are left out; a task without annotations gives nothing.

    Raises
    ------
    InputError
        If the file is no export of Label Studio, or an answer is no single choice.
    """
    try:
        tasks = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror}).") from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"{path}: not valid JSON ({e}). Export the project again.") from e
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InputError(
            f"{path}: expected a list of tasks, as Label Studio exports it (JSON or JSON-MIN)."
        )
    rows: list[dict[str, Any]] = []
    for number, task in enumerate(tasks, start=1):
        where = f"{path}, task {number}"
        if is_tasks:
            rows.append(dict(task.get("data", task)))
        elif "data" in task:
            rows += _annotations(task, where)
        else:
            rows.append(_flat(task, where))
    return rows


def _annotations(task: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """Give the annotations of a task of the full export."""
    data, annotations = task["data"], task.get("annotations", [])
    if not isinstance(data, dict) or not isinstance(annotations, list):
        raise InputError(f"{where}: 'data' or 'annotations' is not as Label Studio exports it.")
    rows = []
    for annotation in annotations:
        if not isinstance(annotation, dict):
            raise InputError(f"{where}: an annotation is no object.")
        if annotation.get("was_cancelled"):
            continue
        row = dict(data)
        row["annotator"] = _annotator(annotation.get("completed_by"))
        for result in annotation.get("result", ()):
            if isinstance(result, dict) and result.get("type") == "choices":
                name = str(result.get("from_name"))
                row[name] = _single(result.get("value", {}).get("choices", []), name, where)
        rows.append(row)
    return rows


def _flat(task: dict[str, Any], where: str) -> dict[str, Any]:
    """Give the annotation of a row of JSON-MIN."""
    row = dict(task)
    for name, value in task.items():
        if isinstance(value, dict) and "choices" in value:
            row[name] = _single(value["choices"], name, where)
        elif isinstance(value, list):
            row[name] = _single(value, name, where)
    row["annotator"] = _annotator(task.get("annotator"))
    return row


def _single(choices: list[Any], name: str, where: str) -> str | None:
    """Give the only choice."""
    if len(choices) > 1:
        raise InputError(
            f"{where}: {name} has {len(choices)} choices ({', '.join(map(str, choices))}), "
            "expected one. Use the labelling configuration that was written with the tasks."
        )
    return str(choices[0]) if choices else None


def _annotator(who: Any) -> str | None:
    """Give the number of a user, not the address or name: these need not be kept."""
    if isinstance(who, dict):
        who = who.get("id", who.get("email"))
    return None if who is None else str(who)
