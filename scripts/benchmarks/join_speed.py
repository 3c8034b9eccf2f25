"""Join millions of scored rows with millions of orders: time, memory, the same bytes."""

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
import pyarrow.parquet as pq

from benchmarks.report import Cell, Goal, Section, Table, describe_setting
from nlp_cx.schema import LABEL, LOYALTIES, POLARITIES
from nlp_cx.taxonomy import load_taxonomy

MEMORY_MB = 2_000.0
N_ROWS = 5_000_000
WORKERS = 2
COMMAND = [sys.executable, "-c", "from nlp_cx.cli.app import main; main()"]
DRIVERS = load_taxonomy().ids
PANDAS = Path(__file__).with_name("join_with_pandas.py")
_BATCH = 500_000

NOTES = (
    "Invented tables. Scored rows name a random order each, so that 63 % of the orders have one or "
    "more; every driver is mentioned in a third of the rows. Orders have six columns. Wall and "
    "processor seconds of the whole process, start of Python included, two threads; peak memory is "
    "the greatest resident memory. Default --memory-limit (1200MB), which DuckDB keeps to by "
    "spilling. Other programs ran on the machine: compare processor seconds. pandas does the same "
    "as the first row (without any of its checks): group the scored rows, merge, sort, write.",
)


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def measure(options: argparse.Namespace) -> Section:
    """Build the tables, join them in several ways, and lay out what it took."""
    n_rows = 20_000 if options.quick else N_ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_tables(folder, n_rows)
        ways = {
            "one row per order": join_command(folder),
            "… orders written as ' o000000001 ', --normalize-keys": join_command(
                folder, "--normalize-keys", orders="spelled"
            ),
            "one row per customer, sum of amounts": join_command(
                folder,
                "--lookup=orders:interaction_id=order_no:customer_id",
                "--grain=customer_id",
                "--keep=orders",
                "--take=orders:o_amount=amount:sum",
                key="orders:customer_id",
            ),
            "pandas, one row per order": [sys.executable, str(PANDAS), str(folder)],
        }
        rows: list[list[Cell]] = []
        runs: dict[str, Run] = {}
        for what, command in ways.items():
            runs[what] = run(command)
            n_out = pq.ParquetFile(folder / "ox.parquet").metadata.num_rows
            rows.append([what, n_rows, n_rows, n_out, *runs[what]])
            print(f"{what}: {runs[what].seconds:.1f} s, {runs[what].peak_mb:,.0f} MB", flush=True)
        is_same = same_bytes(folder, n_rows // 10)
    own = max(found.peak_mb for what, found in runs.items() if not what.startswith("pandas"))
    return Section(
        "join",
        "Join",
        "python scripts/benchmark_analysis.py --part join",
        describe_setting(None, duckdb=_version("duckdb"), rows=n_rows),
        [
            Goal(
                "nlp-cx join, 5,000,000 scored rows with 5,000,000 orders: peak memory, MB",
                MEMORY_MB,
                None if options.quick else own,
                False,
                ",.0f",
            ),
            Goal("nlp-cx join: same bytes for 1 to 4 threads and any order of rows", 1, is_same),
        ],
        [
            Table(
                "nlp-cx join, parquet to parquet",
                ("What", "Scored", "Orders", "Rows out", "Seconds", "Processor seconds",
                 "Peak memory, MB"),
                rows,
                ("", ",", ",", ",", ",.1f", ",.1f", ",.0f"),
            )
        ],
        NOTES,
    )  # fmt: skip


def join_command(
    folder: Path,
    *more: str,
    orders: str = "orders",
    key: str = "interaction_id=order_no",
    scored: str = "scored",
    workers: int = WORKERS,
) -> list[str]:
    """Give the command that joins the tables of a folder."""
    return [
        *COMMAND, "join", str(folder / f"{scored}.parquet"), f"--with=orders={folder / orders}.parquet",
        f"--on={key}", f"--workers={workers}", "-o", str(folder / "ox.parquet"), *more,
    ]  # fmt: skip


def run(command: Sequence[str]) -> Run:
    """Run a command to its end, and ask the system what it took."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    # Linux gives kibibytes, macOS bytes.
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(time.perf_counter() - start, used.ru_utime + used.ru_stime, peak / 1e6)


def build_tables(folder: Path, n_rows: int) -> None:
    """Write scored rows, orders, and orders whose keys are written differently."""
    rng = np.random.default_rng(0)
    write(folder / "scored.parquet", (make_scored(rng, i, n_rows) for i in _starts(n_rows)))
    order = rng.permutation(n_rows)
    for name, form in (("orders", "O{:09d}"), ("spelled", " o{:09d} ")):
        batches = (make_orders(rng, order[i : i + _BATCH], n_rows, form) for i in _starts(n_rows))
        write(folder / f"{name}.parquet", batches)


def write(path: Path, tables: object) -> None:
    """Write tables of one schema as one file."""
    writer = None
    for table in tables:  # type: ignore[attr-defined]
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


def make_scored(rng: np.random.Generator, first: int, n_rows: int) -> pa.Table:
    """Invent scored rows."""
    n = min(_BATCH, n_rows - first)
    ids = np.char.mod("O%09d", rng.integers(0, n_rows, n))
    is_scored = rng.random(n) < 0.95
    score = rng.uniform(-1, 1, n).astype(np.float32)
    columns: dict[str, object] = {
        "doc_id": np.arange(first, first + n),
        "interaction_id": ids,
        "sentiment_score": pa.array(score, mask=~is_scored),
    }
    for driver in DRIVERS:
        words = rng.choice(len(POLARITIES) + 1, n, p=[0.1, 0.1, 0.1, 0.03, 0.67])
        said = is_scored & (words < len(POLARITIES))
        columns[driver] = _labels(words, POLARITIES, said)
        columns[f"{driver}_score"] = pa.array(rng.uniform(-1, 1, n).astype(np.float32), mask=~said)
    columns["loyalty"] = _labels(rng.integers(0, 2, n), LOYALTIES, rng.random(n) < 0.1)
    columns["mixed"] = pa.array(rng.random(n) < 0.1, mask=~is_scored)
    seconds = rng.integers(1_700_000_000, 1_730_000_000, n) * 1_000_000
    columns["created_at"] = pa.array(seconds).cast(pa.timestamp("us"))
    return pa.table(columns)


def make_orders(rng: np.random.Generator, ids: np.ndarray, n_rows: int, form: str) -> pa.Table:
    """Invent orders."""
    n = len(ids)
    seconds = rng.integers(1_690_000_000, 1_700_000_000, n) * 1_000_000
    return pa.table(
        {
            "order_no": [form.format(i) for i in ids.tolist()],
            "customer_id": rng.integers(0, max(1, n_rows // 3), n),
            "store": np.char.mod("S%03d", rng.integers(0, 300, n)),
            "amount": rng.lognormal(4, 1, n).round(2),
            "wait_minutes": rng.integers(0, 60, n),
            "ordered_at": pa.array(seconds).cast(pa.timestamp("us")),
        }
    )


def same_bytes(folder: Path, n_rows: int) -> float:
    """Join a part of the rows in several orders, on several threads; 1.0 where no byte differs."""
    rng = np.random.default_rng(1)
    scored = pq.read_table(folder / "scored.parquet").slice(0, n_rows)
    orders = pq.read_table(folder / "orders.parquet")
    found = set()
    for workers in (1, 2, 4):
        for name, table in (("a", scored), ("b", orders)):
            order = rng.permutation(table.num_rows)
            pq.write_table(table.take(order), folder / f"{name}.parquet", row_group_size=50_000)
        run(join_command(folder, orders="b", scored="a", workers=workers))
        found.add(hashlib.sha256((folder / "ox.parquet").read_bytes()).hexdigest())
    return 1.0 if len(found) == 1 else 0.0


def _labels(codes: np.ndarray, words: Sequence[str], said: np.ndarray) -> pa.Array:
    """Give labels, missing where nothing was said."""
    indices = pa.array(np.where(said, codes, 0).astype(np.int8), mask=~said)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words)).cast(LABEL)


def _starts(n_rows: int) -> range:
    """Give the first rows of the batches."""
    return range(0, n_rows, _BATCH)


def _version(name: str) -> str:
    """Give the version of a library."""
    from importlib.metadata import version

    return version(name)
