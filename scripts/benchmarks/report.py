"""A section of the benchmark report: tables of figures, how they were made, as JSON and Markdown."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nlp_cx.classify.store import load_model

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUT = REPOSITORY / "docs" / "benchmarks"
LIBRARIES = (
    *("nlp_cx", "numpy", "numba", "pyarrow", "pandas", "scikit-learn"),
    *("jieba", "snownlp", "vaderSentiment"),
)

Cell = str | float | int | None | Sequence[float]
"""Text, a number, None where nothing was measured, or a number with its interval: three numbers."""


@dataclass(frozen=True)
class Goal:
    """A figure that was promised, and what came of it.

    Parameters
    ----------
    what : str
    target : float
    measured : float or None
        None where it was not measured.
    is_least : bool
        True: at least `target` is wanted; False: at most.
    format : str
        Of both numbers, as in ``format(value, spec)``.
    """

    what: str
    target: float
    measured: float | None
    is_least: bool = True
    format: str = ".3f"

    def verdict(self) -> str:
        """Say whether it was met, and by how much."""
        if self.measured is None or math.isnan(self.measured):
            return "not measured"
        gap = self.measured - self.target
        is_met = gap >= 0 if self.is_least else gap <= 0
        return f"{'met' if is_met else '**missed**'} by {format(abs(gap), self.format)}"


@dataclass(frozen=True)
class Table:
    """A table of figures.

    Parameters
    ----------
    title : str
    columns : tuple of str
        Headings.
    rows : list of list
        Cells.
    formats : tuple of str
        Format of the numbers of each column; text columns have "".
    notes : tuple of str
        What a reader must know to read it right.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    formats: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """Everything that one script measured in one run.

    Parameters
    ----------
    name : str
        Of the files.
    title : str
    command : str
        What makes these figures again.
    setting : dict
        Model, machine, library versions, sizes.
    goals : list of Goal
    tables : list of Table
    notes : tuple of str
    """

    name: str
    title: str
    command: str
    setting: dict[str, Any]
    goals: list[Goal] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def describe_setting(model: str | None, **sizes: Cell) -> dict[str, Any]:
    """Describe the model, if one was measured, the machine, the libraries, and what else is given."""
    return {
        **(_describe_model(model) if model else {}),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        **{name: found for name in LIBRARIES if (found := _version(name))},
        **sizes,
    }


def save_section(section: Section, folder: Path) -> None:
    """Write a section as ``<name>.json`` and ``<name>.md``, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps(_plain(asdict(section)), ensure_ascii=False, indent=1)
    (folder / f"{section.name}.json").write_text(data + "\n", encoding="utf-8")
    (folder / f"{section.name}.md").write_text(render_section(section), encoding="utf-8")
    print(f"wrote {folder / section.name}.json and .md")


def read_section(path: Path) -> Section:
    """Read a section back from its JSON."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["goals"] = [Goal(**goal) for goal in data["goals"]]
    data["tables"] = [Table(**table) for table in data["tables"]]
    return Section(**data)


def render_section(section: Section) -> str:
    """Write a section as Markdown."""
    setting = "; ".join(f"{name}: {_cell(value, '')}" for name, value in section.setting.items())
    parts = [f"## {section.title}", f"```\n{section.command}\n```", *section.notes]
    if section.goals:
        parts.append(render_goals(section.goals))
    for table in section.tables:
        parts.append(f"### {table.title}")
        parts.append(render_rows(table.columns, table.rows, table.formats))
        parts.append("\n".join(f"- {note}" for note in table.notes))
    parts.append(f"Made with {setting}.")
    return "\n\n".join(part for part in parts if part) + "\n"


def render_goals(goals: Sequence[Goal]) -> str:
    """Write goals as a Markdown table."""
    rows: list[list[Cell]] = [
        [
            goal.what,
            f"{'≥' if goal.is_least else '≤'} {format(goal.target, goal.format)}",
            _cell(goal.measured, goal.format),
            goal.verdict(),
        ]
        for goal in goals
    ]
    return render_rows(("Goal", "Target", "Measured", ""), rows, ("", "", "n", ""))


def render_rows(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], formats: Sequence[str]
) -> str:
    """Write rows as a Markdown table; columns with a format are set right."""
    lines = [
        "| " + " | ".join(columns) + " |",
        "|" + "|".join("---:" if spec else "---" for spec in formats) + "|",
    ]
    for row in rows:
        cells = (_cell(value, spec) for value, spec in zip(row, formats, strict=True))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: Cell, spec: str) -> str:
    """Write one cell; a number that does not exist is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, str):
        return value.replace("|", "\\|")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence):
        middle, low, high = (_cell(part, spec) for part in value)
        return f"{middle} ({low}–{high})"
    return format(value, spec or ",")


def _plain(value: Any) -> Any:
    """Make a value fit for JSON: numbers rounded, those that do not exist null."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value


def _describe_model(model: str) -> dict[str, Cell]:
    """Give name, hash and size of a model."""
    stored = load_model(model)
    return {
        "model": stored.id,
        "model sha256": stored.spec["weights"]["sha256"][:16],
        "model bytes": sum(path.stat().st_size for path in stored.folder.iterdir()),
    }


def _processor() -> str:
    """Name the processor, as the system does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(name: str) -> str | None:
    """Give the version of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
