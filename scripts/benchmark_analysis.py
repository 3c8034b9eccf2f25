"""Time the analyses, and write their sections of the benchmark report.

    python scripts/benchmark_analysis.py [--part importance join]

Every part writes NAME.json and NAME.md into docs/benchmarks. The peers are not installed with
nlp_cx: pip install pingouin dominance-analysis.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from benchmarks.report import OUTPUT, save_section

PARTS = {"importance": "benchmarks.importance_speed", "join": "benchmarks.join_speed"}
"""Modules with a function ``measure(options) -> Section``, by name of the part."""


def main(arguments: list[str] | None = None) -> None:
    """Measure the parts that are asked for, and write their sections."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=sorted(PARTS), nargs="+", help="default: all")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--quick", action="store_true", help="few rows: to try, not to quote")
    options = parser.parse_args(arguments)
    for part in options.part or PARTS:
        save_section(importlib.import_module(PARTS[part]).measure(options), options.output)


if __name__ == "__main__":
    main()
