"""Take answers in: check every one, join them to their tasks, lay them out for training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.label.keys import task_id
from nlp_cx.label.outputs import NOT_MENTIONED, label_outputs, read_answer
from nlp_cx.write.formula import find_formula_cells

Merge = Literal["none", "majority"]

CARRIED = ("lang", "group", "doc_id", "is_random", "strategy", "p_sampling", "n_copies")
"""Columns of the tasks that labelled texts keep."""

_SHOWN = 5


@dataclass
class Imported:
    """Labelled texts, and what was noticed on the way.

    Parameters
    ----------
    labelled : DataFrame
        See `join_answers`.
    n_unanswered : int
        Rows that came back without any answer, and were left out.
    n_open : int
        Tasks without any answer.
    n_repaired : int
        Texts that came back changed (by a spreadsheet), where the task's text was taken.
    n_empty : int
        Cells of drivers that were left empty in answered rows.
    n_overlap : int
        Texts with answers by several annotators.
    n_ties : int
        Questions in which no answer had the most votes: missing in the merged table.
    """

    labelled: pd.DataFrame
    n_unanswered: int = 0
    n_open: int = 0
    n_repaired: int = 0
    n_empty: int = 0
    n_overlap: int = 0
    n_ties: int = 0
    notes: list[str] = field(default_factory=list)


def join_answers(
    tables: Mapping[str, pd.DataFrame],
    tasks: pd.DataFrame,
    drivers: Sequence[str],
    *,
    empty: Literal["missing", "not_mentioned"] = "missing",
    merge: Merge = "none",
) -> Imported:
    """Join answers to their tasks.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By file: ``task_id`` (or ``text``), the questions, ``annotator`` where the file has several;
        otherwise the file's name is the annotator's.
    tasks : DataFrame
        As `nlp_cx.label.export.export_tasks` wrote them.
    drivers : sequence of str
        Ids of the taxonomy.
    empty : {"missing", "not_mentioned"}, default="missing"
        What an empty cell of a driver says in a row that has an answer to anything.
    merge : {"none", "majority"}, default="none"
        ``majority``: one row per text with the answer that has the most votes to each question;
        missing where two have equally many.

    Returns
    -------
    Imported
        ``labelled``: one row per text and annotator (or per text), by task: ``task_id, text``, the
        questions (missing where not answered), ``annotator`` (joined by ``|`` when merged),
        ``n_answers`` (when merged), and `CARRIED` columns that the tasks have. ``group`` is the
        task's, or else its id, so that answers to one text are never torn apart by a split.

    Raises
    ------
    InputError
        If an answer is no label of the taxonomy, a row has no task, an annotator answers one task
        twice with different answers, or nothing was answered: all faults of a kind at once.
    """
    outputs = label_outputs(drivers)
    known = _check_tasks(tasks)
    imported = Imported(pd.DataFrame())
    rows = []
    faults: list[str] = []
    for name, table in tables.items():
        rows += _read_rows(name, table, known, outputs, faults=faults, imported=imported)
    if faults:
        more = f" (and {len(faults) - _SHOWN:,} more)" if len(faults) > _SHOWN else ""
        raise InputError("; ".join(faults[:_SHOWN]) + more)
    if not rows:
        raise InputError(
            f"{', '.join(tables)}: no row has an answer ({imported.n_unanswered:,} rows). Fill in "
            f"the columns {', '.join(outputs)}."
        )
    answers = _drop_repeated(pd.DataFrame(rows), list(outputs))
    imported.n_empty = int(answers[list(drivers)].isna().sum().sum())
    if empty == "not_mentioned":
        answers[list(drivers)] = answers[list(drivers)].fillna(NOT_MENTIONED)
    imported.n_open = int((~known.index.isin(answers["task_id"])).sum())
    imported.n_overlap = int((answers.groupby("task_id").size() > 1).sum())
    if merge == "majority":
        answers, imported.n_ties = _merge(answers, outputs)
    carried = [name for name in CARRIED if name in known.columns]
    joined = answers.join(known[["text", *carried]], on="task_id")
    if "group" not in joined:
        joined["group"] = None
    joined["group"] = joined["group"].where(joined["group"].notna(), joined["task_id"]).astype(str)
    first = ["task_id", "text", *outputs, "annotator", "group"]
    rest = [name for name in joined.columns if name not in first]
    imported.labelled = joined[[*first, *rest]].sort_values(
        ["task_id", "annotator"], ignore_index=True
    )
    return imported


def _check_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """Index tasks by their id, their texts as they were before a spreadsheet."""
    missing = [name for name in ("task_id", "text") if name not in tasks.columns]
    if missing:
        raise InputError(
            f"the tasks have no column {missing[0]!r}: expected a file of nlp-cx label pick."
        )
    known = tasks.copy()
    known["task_id"] = known["task_id"].astype(str)
    known["text"] = [
        _unescape(str(text), id) for text, id in zip(known["text"], known["task_id"], strict=True)
    ]
    found = [task_id(text) for text in known["text"]]
    wrong = [a for a, b in zip(known["task_id"], found, strict=True) if a != b]
    if wrong:
        raise InputError(
            f"{len(wrong):,} texts of the tasks are not as they were handed out (first: task "
            f"{wrong[0]}). Give the file that nlp-cx label pick wrote, not one that was edited."
        )
    return type_tasks(known).drop_duplicates("task_id").set_index("task_id")


def type_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of tasks that say how they were picked their types back.

    Parameters
    ----------
    tasks : DataFrame
        Maybe of texts alone, as a sheet has them.

    Returns
    -------
    DataFrame
        ``is_random`` truth values, ``p_sampling`` and ``n_copies`` numbers; empty is missing.
    """
    typed = tasks.copy()
    if "is_random" in typed:
        words = typed["is_random"].astype(str).str.strip().str.lower()
        typed["is_random"] = words.map({"true": True, "1": True, "false": False, "0": False})
        typed["is_random"] = typed["is_random"].astype("boolean")
    if "p_sampling" in typed:
        typed["p_sampling"] = pd.to_numeric(typed["p_sampling"], errors="coerce").astype("Float64")
    if "n_copies" in typed:
        typed["n_copies"] = pd.to_numeric(typed["n_copies"], errors="coerce").astype("Int64")
    return typed


def _read_rows(
    name: str,
    table: pd.DataFrame,
    known: pd.DataFrame,
    outputs: Mapping[str, Sequence[str]],
    *,
    faults: list[str],
    imported: Imported,
) -> list[dict[str, object]]:
    """Read the answers of one file."""
    there = [output for output in outputs if output in table.columns]
    if not there or not {"task_id", "text"} & set(table.columns):
        raise InputError(
            f"{name}: has the columns {', '.join(map(str, table.columns[:12]))}; expected task_id "
            f"(or text) and one of {', '.join(outputs)}."
        )
    rows = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        where = f"{name}, row {number}"
        answers: dict[str, object] = {}
        for output in there:
            written = row[output]
            if written is None or pd.isna(written) or not str(written).strip():
                continue
            cell = _cell(written)
            answers[output] = read_answer(output, cell)
            if answers[output] is None:
                faults.append(
                    f"{where}: {output} is {cell[:40]!r}, expected one of "
                    f"{', '.join(outputs[output])}"
                )
        id = _find_task(row, known)
        if id is None:
            faults.append(
                f"{where}: belongs to no task (task_id {str(row.get('task_id'))[:40]!r}); import "
                "it with the tasks it came from"
            )
        elif not answers:
            imported.n_unanswered += 1
        else:
            text = row.get("text")
            imported.n_repaired += text is not None and str(text) != known.at[id, "text"]
            who = row.get("annotator")
            annotator = _stem(name) if who is None or pd.isna(who) else str(who).strip()
            full = {output: answers.get(output) for output in outputs}
            rows.append({"task_id": id, **full, "annotator": annotator or _stem(name)})
    return rows


def _find_task(row: Mapping[Any, Any], known: pd.DataFrame) -> str | None:
    """Find the task of a row by its id, or else by its text."""
    id = row.get("task_id")
    if id is not None and not pd.isna(id):
        return str(id) if str(id) in known.index else None
    found = task_id(str(row.get("text")))
    return found if found in known.index else None


def _drop_repeated(answers: pd.DataFrame, outputs: list[str]) -> pd.DataFrame:
    """Keep one of equal answers; refuse different ones by the same annotator to one task."""
    answers = answers.astype(object).drop_duplicates(["task_id", "annotator", *outputs])
    twice = answers[answers.duplicated(["task_id", "annotator"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            f"{len(twice):,} tasks are answered twice by one annotator with different answers "
            f"(first: task {first['task_id']}, annotator {first['annotator']!r}). Keep one answer "
            "each, or fill in the column annotator."
        )
    return answers.reset_index(drop=True)


def _merge(answers: pd.DataFrame, outputs: Mapping[str, Sequence[str]]) -> tuple[pd.DataFrame, int]:
    """Give one row per task by majority, and the number of ties."""
    n_ties = 0
    rows = []
    for id, group in answers.groupby("task_id", sort=True):
        row: dict[str, object] = {"task_id": id}
        for output in outputs:
            votes = group[output].dropna().value_counts()
            is_tie = len(votes) > 1 and votes.iloc[0] == votes.iloc[1]
            n_ties += bool(is_tie)
            row[output] = None if is_tie or votes.empty else votes.index[0]
        row["annotator"] = "|".join(sorted(set(group["annotator"])))
        row["n_answers"] = len(group)
        rows.append(row)
    return pd.DataFrame(rows), n_ties


def _cell(written: object) -> str:
    """Give a cell as it was typed: whole numbers without a point, no escape of a formula."""
    if isinstance(written, float) and written.is_integer():
        return str(int(written))
    text = str(written)
    return text[1:] if text[:1] == "'" else text


def _unescape(text: str, id: str) -> str:
    """Take the mark off that kept a spreadsheet from running a text, where its id tells so."""
    import pyarrow as pa

    if (
        text.startswith("'")
        and task_id(text) != id
        and len(find_formula_cells(pa.array([text[1:]])))
    ):
        return text[1:]
    return text


def _stem(name: str) -> str:
    """Give a file's name without folder and ending."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0] or name
