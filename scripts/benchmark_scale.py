"""Score a million rows and more with the command line: rows per second, memory, same bytes.

    python scripts/benchmark_scale.py --data FOLDER [--model fast] [--rows 1000000 5000000]

FOLDER holds data/. Builds files of distinct rows of real reviews in a temporary folder (about 3 GB
for the default sizes), runs ``nlp-cx score`` on them in processes of its own, and writes
scale.json and scale.md into docs/benchmarks. About 8 minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from benchmarks.corpora import describe, distinct_rows, read_reviews
from benchmarks.report import (
    OUTPUT,
    Cell,
    Goal,
    Section,
    Table,
    describe_setting,
    save_section,
)

COMMAND = "from nlp_cx.cli.app import main; main()"
SCHEMA = pa.schema([("review_id", pa.int64()), ("rating", pa.int8()), ("review", pa.string())])
TARGETS = {("parquet", "parquet"): 150_000, ("csv", "parquet"): 100_000}
MEMORY_MB = 700
SETTINGS = ((2, 16_384), (1, 5_000), (2, 40_000), (1, 16_384), (2, 777))
"""--workers and --chunk-rows that must give the same bytes."""


class Run(NamedTuple):
    """What one run of the command took.

    Parameters
    ----------
    seconds : float
        Wall time, start of Python included.
    processor_seconds : float
    peak_mb : float
        Greatest resident memory, in 10^6 bytes.
    """

    seconds: float
    processor_seconds: float
    peak_mb: float


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds data/")
    parser.add_argument("--model", default="fast", help="shipped model or folder")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--rows", type=int, nargs="+", help="default: 1000000 5000000")
    parser.add_argument("--runs", type=int, default=3, help="runs of the smallest size")
    parser.add_argument("--temporary", type=Path, help="where to build the files")
    parser.add_argument("--quick", action="store_true", help="few rows: to try, not to quote")
    options = parser.parse_args(arguments)
    options.rows = options.rows or ([2_000] if options.quick else [1_000_000, 5_000_000])
    options.runs = 1 if options.quick else options.runs
    with tempfile.TemporaryDirectory(dir=options.temporary) as folder:
        section = measure(options, Path(folder))
    save_section(section, options.output)


def measure(options: argparse.Namespace, folder: Path) -> Section:
    """Build the files, run the command on them, and lay out what it took."""
    rows: list[list[Cell]] = []
    reviews = {lang: read_reviews(options.data, lang) for lang in ("zh", "en")}
    sizes: dict[str, Cell] = {}
    runs: dict[tuple[str, str, int], list[Run]] = {}
    for n_rows in sorted(options.rows):
        inputs = build_files(reviews["zh"], n_rows, folder)
        sizes[f"{n_rows:,} rows"] = describe(first_texts(inputs["parquet"]))
        n_runs = options.runs if n_rows == min(options.rows) else 1
        for source, target in TARGETS if options.quick else (*TARGETS, ("csv", "csv")):
            found = [
                run_score(inputs[source], folder / f"scored.{target}", options.model)
                for _ in range(n_runs)
            ]
            runs[source, target, n_rows] = found
            rows.append(_row(f"{source} → {target}, Chinese", n_rows, found))
            print(f"{source} → {target}, {n_rows:,} rows: {found[0].seconds:.1f} s", flush=True)
        for path in inputs.values():
            if n_rows != min(options.rows):
                path.unlink()
    n_rows = min(options.rows)
    english = build_files(reviews["en"], n_rows, folder, name="english", kinds=("parquet",))
    sizes[f"{n_rows:,} English rows"] = describe(first_texts(english["parquet"]))
    found = [run_score(english["parquet"], folder / "scored.parquet", options.model)]
    rows.append(_row("parquet → parquet, English", n_rows, found))
    speed = Table(
        "nlp-cx score, end to end",
        ("Files", "Rows", "Runs", "Seconds", "Rows/s", "Processor seconds", "Peak memory, MB"),
        rows,
        ("", ",", ",", ".2f", ",.0f", ".2f", ",.0f"),
        (
            "Wall time of the whole process, start of Python and loading included; of several runs "
            "the median, and in brackets the range. `--columns lean`, default workers and chunks. "
            "Peak memory: VmHWM of the process, the greatest of the runs.",
            "Input: review_id, rating, review. The rows are the distinct real reviews first, then "
            "the beginning of one real review with the end of another, cut at the punctuation "
            "nearest the middle; texts that came up before are left out, so that all are distinct.",
        ),
    )
    same, is_same = same_bytes(options, folder, reviews["zh"])
    return Section(
        "scale",
        "Scale",
        _command(options),
        describe_setting(options.model, **sizes),
        scale_goals(runs, min(options.rows), max(options.rows), is_same=is_same),
        [speed, same],
    )


def build_files(
    reviews: Sequence[str],
    n_rows: int,
    folder: Path,
    *,
    name: str = "reviews",
    kinds: Sequence[str] = ("parquet", "csv"),
) -> dict[str, Path]:
    """Write the same distinct rows as parquet (zstd) and csv."""
    paths = {kind: folder / f"{name}_{n_rows}.{kind}" for kind in kinds}
    writers = []
    if "parquet" in paths:
        writers.append(pyarrow.parquet.ParquetWriter(paths["parquet"], SCHEMA, compression="zstd"))
    if "csv" in paths:
        writers.append(pyarrow.csv.CSVWriter(paths["csv"], SCHEMA))
    rng = np.random.default_rng(2)
    n = 0
    for texts in distinct_rows(reviews, n_rows):
        ids = np.arange(n, n + len(texts))
        ratings = rng.integers(1, 6, len(texts)).astype(np.int8)
        batch = pa.record_batch([pa.array(ids), pa.array(ratings), texts], schema=SCHEMA)
        for writer in writers:
            writer.write_batch(batch)
        n += len(texts)
    for writer in writers:
        writer.close()
    return paths


def first_texts(path: Path) -> pa.Array:
    """Read the texts of the first 200,000 rows, to describe them."""
    file = pyarrow.parquet.ParquetFile(path)
    batches = file.iter_batches(200_000, columns=["review"])
    return next(batches).column("review")


def run_score(source: Path, target: Path, model: str, *arguments: str) -> Run:
    """Run ``nlp-cx score`` in a process of its own and watch it."""
    command = [sys.executable, "-c", COMMAND, "score", str(source), "-o", str(target)]
    command += ["--text", "review", "--columns", "lean", "--model", model, "--quiet", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    peak_kb, ticks = 0, (0, 0)
    while process.poll() is None:
        peak_kb = _high_water_kb(process.pid) or peak_kb
        ticks = _processor_ticks(process.pid) or ticks
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(
            f"{' '.join(command)}: ended with {process.returncode}:\n{process.stderr.read()}"
        )
    return Run(seconds, sum(ticks) / os.sysconf("SC_CLK_TCK"), peak_kb * 1024 / 1e6)


def same_bytes(
    options: argparse.Namespace, folder: Path, reviews: Sequence[str]
) -> tuple[Table, bool]:
    """Hash the outputs for several numbers of workers and chunk sizes."""
    n_rows = min(200_000, *options.rows)
    inputs = build_files(reviews, n_rows, folder, name="same")
    rows: list[list[Cell]] = []
    settings_tried = SETTINGS[-2:] if options.quick else SETTINGS
    is_same = True
    for source, target in (("parquet", "parquet"), ("csv", "csv")):
        first = ""
        for workers, chunk_rows in settings_tried:
            output = folder / f"same.{target}"
            settings = ("--workers", str(workers), "--chunk-rows", str(chunk_rows))
            run_score(inputs[source], output, options.model, *settings)
            digest = hashlib.sha256(output.read_bytes()).hexdigest()
            first = first or digest
            is_same &= digest == first
            rows.append([f"{source} → {target}", workers, chunk_rows, digest[:16]])
    table = Table(
        "Same bytes out",
        ("Files", "--workers", "--chunk-rows", "sha256 of the output (first 16)"),
        rows,
        ("", ",", ",", ""),
        (f"{n_rows:,} rows.",),
    )
    return table, is_same


def scale_goals(
    runs: dict[tuple[str, str, int], list[Run]], least: int, most: int, *, is_same: bool
) -> list[Goal]:
    """Compare what was measured with what was promised."""
    goals = [
        Goal(
            f"nlp-cx score {source} → {target}, {least:,} rows: rows/s",
            rate,
            least / float(np.median([run.seconds for run in runs[source, target, least]])),
            format=",.0f",
        )
        for (source, target), rate in TARGETS.items()
    ]
    for n_rows in sorted({least, most}):
        peak = max(run.peak_mb for key, found in runs.items() if key[2] == n_rows for run in found)
        goals.append(Goal(f"peak memory, {n_rows:,} rows, MB", MEMORY_MB, peak, False, ",.0f"))
    goals.append(
        Goal("same bytes for all workers and chunk sizes (1: yes)", 1, float(is_same), format=".0f")
    )
    return goals


def _row(files: str, n_rows: int, runs: Sequence[Run]) -> list[Cell]:
    """Lay out the runs of one kind."""
    seconds = np.array([run.seconds for run in runs])
    middle = float(np.median(seconds))
    shown: Cell = [middle, seconds.min(), seconds.max()] if len(runs) > 1 else middle
    processor = float(np.median([run.processor_seconds for run in runs]))
    peak = max(run.peak_mb for run in runs)
    return [files, n_rows, len(runs), shown, n_rows / middle, processor, peak]


def _high_water_kb(pid: int) -> int | None:
    """Read the greatest resident memory of a process so far; None when it has gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) if found else None


def _processor_ticks(pid: int) -> tuple[int, int] | None:
    """Read the user and system clock ticks of a process so far; None when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[11]), int(fields[12])


def _command(options: argparse.Namespace) -> str:
    """Give the command that makes this section again."""
    rows = " ".join(map(str, options.rows))
    return (
        "python scripts/benchmark_scale.py --data FOLDER "
        f"--model {options.model} --rows {rows} --runs {options.runs}"
        f"{' --quick' if options.quick else ''}"
    )


if __name__ == "__main__":
    main()
