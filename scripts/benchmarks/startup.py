"""How long it takes until the first text is scored, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.report import Cell, Goal, Table
from nlp_cx.classify.store import find_model

_STEPS = """
import json, sys, time
clocks = lambda: (time.perf_counter(), time.process_time())
marks = [clocks()]
import nlp_cx
marks.append(clocks())
import numba, pandas, pyarrow
marks.append(clocks())
pipeline = nlp_cx.load(sys.argv[1])
marks.append(clocks())
pipeline.score_texts(["房间很干净，但是前台态度差", "The room was clean."])
marks.append(clocks())
print(json.dumps(marks))
"""
STEPS = (
    *("import nlp_cx", "import numba, pandas, pyarrow (load does it otherwise)"),
    *("nlp_cx.load", "first score_texts"),
)


def startup_table(model: str, *, is_quick: bool) -> tuple[Table, list[Goal]]:
    """Time import, load and first score; unless in a hurry, also with nothing compiled yet."""
    n_runs = 1 if is_quick else 9
    if not is_quick:
        _run(model, None)  # compiles, if nobody did
    warm = np.array([_run(model, None) for _ in range(n_runs)])
    wall, processor = np.median(warm, axis=0).T
    low, high = warm[:, :, 0].min(axis=0), warm[:, :, 0].max(axis=0)
    first = None
    if not is_quick:
        with tempfile.TemporaryDirectory() as folder:
            first = _run(model, folder)[:, 0]
    rows: list[list[Cell]] = [
        [
            step,
            [wall[k], low[k], high[k]],
            processor[k],
            None if first is None else first[k],
        ]
        for k, step in enumerate(STEPS)
    ]
    n_bytes = sum(path.stat().st_size for path in find_model(model).iterdir())
    table = Table(
        "Start",
        ("Step", "Seconds, median (range)", "Processor seconds", "Seconds, nothing compiled yet"),
        rows,
        ("", ".2f", ".2f", ".1f"),
        (
            f"{n_runs} fresh processes. Compiled code is kept on disk: the last column is paid once.",
        ),
    )
    goals = [
        Goal("import nlp_cx, seconds", 0.3, float(wall[0]), is_least=False, format=".2f"),
        Goal("nlp_cx.load, libraries imported, seconds", 0.3, float(wall[2]), False, ".2f"),
        Goal("model on disk, MB", 12, n_bytes / 1e6, is_least=False, format=".1f"),
    ]
    return table, goals


def _run(model: str, cache: str | None) -> np.ndarray:
    """Run the steps in a fresh process; give (wall, processor) seconds of each."""
    environment = {**os.environ, **({"NUMBA_CACHE_DIR": cache} if cache else {})}
    place = model if not Path(model).is_dir() else str(Path(model).resolve())
    found = subprocess.run(
        [sys.executable, "-c", _STEPS, place],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise SystemExit(f"a process that loads {model} ended with:\n{found.stderr}")
    return np.diff(np.array(json.loads(found.stdout)), axis=0)
