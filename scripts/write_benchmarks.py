"""Put all sections of docs/benchmarks together as docs/BENCHMARKS.md.

    python scripts/write_benchmarks.py [--results FOLDER]

FOLDER was written by `nlp-cx evaluate --split test -o FOLDER`; the section on the bench is made of it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.bench import read_results
from benchmarks.report import (
    OUTPUT,
    Section,
    read_section,
    render_goals,
    render_section,
    save_section,
)

ORDER = (
    "bench",
    "quality",
    "domains",
    "models",
    "speed",
    "accurate_speed",
    "cascade",
    "scale",
    "join",
    "importance",
)
HEADING = """# Benchmarks

How good and how fast the shipped model is. Nothing here is typed by hand: every section is written
by a script, whose command stands at its head, into docs/benchmarks (JSON and Markdown), and
`python scripts/write_benchmarks.py` puts them together. FOLDER is the folder that holds data/ and
labels/; see data/datasets.toml for what is in it. Brackets hold 95 % intervals or ranges, as said
at each table. Speeds are of the machine named at the end of each section: ratios travel, absolute
numbers do not.
"""


def main(arguments: list[str] | None = None) -> None:
    """Read the sections and write the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", type=Path, default=OUTPUT)
    parser.add_argument("--output", type=Path, default=OUTPUT.parent / "BENCHMARKS.md")
    parser.add_argument("--results", type=Path, help="what nlp-cx evaluate wrote")
    options = parser.parse_args(arguments)
    if options.results is not None:
        save_section(read_results(options.results), options.input)
    paths = [options.input / f"{name}.json" for name in ORDER]
    sections = [read_section(path) for path in paths if path.exists()]
    if not sections:
        raise SystemExit(
            f"{options.input}: holds none of {', '.join(path.name for path in paths)}. "
            "Run nlp-cx evaluate, or scripts/benchmark_quality.py, benchmark_speed.py and benchmark_scale.py first."
        )
    options.output.write_text(assemble(sections), encoding="utf-8")
    print(f"wrote {options.output} from {', '.join(section.name for section in sections)}")


def assemble(sections: list[Section]) -> str:
    """Write the heading, all goals, and the sections."""
    goals = [goal for section in sections for goal in section.goals]
    parts = [HEADING, "## Goals\n\n" + render_goals(goals) + "\n"] if goals else [HEADING]
    return "\n".join([*parts, *map(render_section, sections)])


if __name__ == "__main__":
    main()
