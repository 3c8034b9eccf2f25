"""Measure a report of many reviews: seconds, memory and the size of the page, step by step.

Reviews are made of the sentences of data/samples, one to four of one language, with stars, a region
and a time; so anybody can run this. Scoring is measured too, and left out of the sum.

    python scripts/benchmark_report.py --rows 1000000
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SAMPLES = Path(__file__).parents[1] / "data" / "samples" / "reviews.csv"
REGIONS = ("north", "east", "south", "west")
MONTHS = 24


def make_reviews(path: Path, n: int, random_state: int = 0) -> None:
    """Write a parquet file of `n` reviews."""
    rng = np.random.default_rng(random_state)
    given = pd.read_csv(SAMPLES).dropna(subset=["review", "stars"])
    parts = []
    for text, stars in zip(given["review"], given["stars"], strict=True):
        is_chinese = re.search("[\u4e00-\u9fff]", text) is not None
        for sentence in re.split(r"(?<=[.!?。！？；;])\s*", text):
            if len(sentence) > 3:
                parts.append((sentence, stars, is_chinese))
    sentences = pd.DataFrame(parts, columns=["text", "stars", "is_chinese"])
    sides = [sentences[sentences["is_chinese"] == side].reset_index(drop=True) for side in (0, 1)]
    texts, stars = np.empty(n, dtype=object), np.zeros(n)
    is_chinese = rng.random(n) < 0.5
    count = rng.integers(1, 5, n)
    for side, pool in enumerate(sides):
        rows = np.flatnonzero(is_chinese == side)
        chosen = rng.integers(0, len(pool), (len(rows), 4))
        words, marks = pool["text"].to_numpy(object), pool["stars"].to_numpy(float)
        between = "" if side else " "
        texts[rows] = [
            between.join(words[i] for i in line[:k])
            for line, k in zip(chosen, count[rows], strict=True)
        ]
        shown = np.arange(4) < count[rows][:, None]
        stars[rows] = (marks[chosen] * shown).sum(axis=1) / count[rows]
    seconds = rng.integers(0, MONTHS * 30 * 86_400, n)
    table = pa.table(
        {
            "id": pa.array(np.arange(n)),
            "review": pa.array(texts, pa.string()),
            "stars": pa.array(np.clip(np.rint(stars + rng.normal(0, 0.7, n)), 1, 5).astype(int)),
            "region": pa.array(np.array(REGIONS)[rng.integers(0, len(REGIONS), n)]),
            "created_at": pa.array(np.datetime64("2023-01-01T00:00:00") + seconds),
        }
    )
    pq.write_table(table, path)


def run_once(path: Path, folder: Path, n_bootstrap: int) -> dict[str, object]:
    """Make the report, and note time and memory whenever another step begins."""
    from nlp_cx.study.load import read_study
    from nlp_cx.study.run import Outputs, run_study

    marks: list[tuple[str, float, float, int]] = []

    def mark(doing: str, fraction: float | None = None, n: int = 0) -> None:
        if not marks or marks[-1][0] != doing:
            marks.append((doing, time.perf_counter(), time.process_time(), _peak()))

    study, headers = read_study(
        {
            "title": "benchmark",
            "inputs": [
                {"path": str(path), "name": "reviews", "kind": "reviews", "text": "review",
                 "id": "id", "time": "created_at"}
            ],
            "outcomes": [{"column": "stars"}],
            "groups": ["region"],
            "n_bootstrap": n_bootstrap,
        }
    )  # fmt: skip
    mark("loading")
    page = folder / "report.html"
    run_study(study, headers, Outputs(html=str(page)), on_progress=mark)
    mark("end")
    steps = [
        {"step": name, "seconds": later[1] - at, "cpu": later[2] - cpu, "peak_mb": later[3]}
        for (name, at, cpu, _), later in itertools.pairwise(marks)
    ]
    return {"steps": steps, "page_bytes": page.stat().st_size}


def _peak() -> int:
    """Give the most memory that the process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Make the reviews, run the report in a process of its own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="Keeps what is made; else a temporary folder.")
    parser.add_argument("--n-bootstrap", type=int, default=1000)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run is not None:
        print(json.dumps(run_once(given.run, given.run.parent, given.n_bootstrap)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"reviews_{given.rows}.parquet"
        if not path.is_file():
            make_reviews(path, given.rows)
        command = [sys.executable, __file__, "--run", str(path)]
        command += ["--n-bootstrap", str(given.n_bootstrap)]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(result.stdout.splitlines()[-1])
    print(f"{'step':44}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}")
    total = np.zeros(2)
    for step in found["steps"]:
        is_scoring = step["step"] in ("loading", "reading", "scoring")
        total += 0 if is_scoring else np.array([step["seconds"], step["cpu"]])
        print(f"{step['step']:44}{step['seconds']:9.1f}{step['cpu']:9.1f}{step['peak_mb']:9,}")
    print(f"{'after scoring':44}{total[0]:9.1f}{total[1]:9.1f}{found['steps'][-1]['peak_mb']:9,}")
    print(f"{given.rows:,} reviews; the page has {found['page_bytes']:,} bytes")


if __name__ == "__main__":
    main()
