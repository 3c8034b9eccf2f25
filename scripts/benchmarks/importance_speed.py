"""Time relative importance with its bootstrap, beside pingouin and dominance-analysis."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.race import one_core
from benchmarks.report import Cell, Goal, Section, Table, describe_setting
from nlp_cx.analyze.drivers.column_importance import column_importance
from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.drivers.moments import MAX_CLUSTERS
from nlp_cx.taxonomy import load_taxonomy

SECONDS = 30.0
N_BOOTSTRAP = 1_000

NOTES = (
    "An invented table: six drivers mentioned by 5 to 45 % of the rows, stars of 1 to 5, rows of "
    "one customer in 2.5 on average. Processor seconds on one core, libraries on one thread; of "
    "several calls the median. pingouin and dominance-analysis have no bootstrap, no players of "
    "several columns and no clusters: their work on one sample is timed (the sample of customers "
    "drawn and its rows copied), and 1,000 times that is what 1,000 samples would take. Their "
    "columns, and those of the row to compare with them, are one sign (-1, 0, 1) a driver. nlp_cx "
    f"draws from at most {MAX_CLUSTERS:,} bundles of customers, put together at random.",
)


def measure(options: argparse.Namespace) -> Section:
    """Time every way, and see that all give the same parts."""
    n_rows, n_bootstrap = (2_000, 20) if options.quick else (100_000, N_BOOTSTRAP)
    n_calls = 1 if options.quick else 3
    ox = make_ox(n_rows)
    drivers = list(load_taxonomy().ids)
    signs = [f"sign_{driver}" for driver in drivers]
    peers = {
        "pingouin": lambda frame: run_pingouin(frame, signs),
        "dominance-analysis": lambda frame: run_dominance(frame, signs),
    }
    rows: list[list[Cell]] = []
    parts: dict[str, list[float]] = {}
    with one_core():
        own = {"cluster": "customer", "n_bootstrap": n_bootstrap}
        whole = _seconds(
            lambda: relative_importance(ox, "r_stars", drivers=drivers, **own), n_calls
        )
        rows.append(
            [
                "nlp_cx, two mentions a driver, chance and intervals",
                n_rows,
                n_bootstrap,
                whole,
                None,
            ]
        )
        columns = {driver: [sign] for driver, sign in zip(drivers, signs, strict=True)}
        alike = {"columns": columns, "n_null": 0, **own}
        single = _seconds(lambda: column_importance(ox, "r_stars", **alike), n_calls)
        rows.append(["nlp_cx, one sign a driver, intervals", n_rows, n_bootstrap, single, 1.0])
        parts["nlp_cx"] = column_importance(ox, "r_stars", **alike).lmg.tolist()
        for name, run in peers.items():
            one = _seconds(lambda run=run: run(_draw(ox)), n_calls) * n_bootstrap
            parts[name] = run(ox)
            label = f"{name}, one sign a driver, 1 sample × {n_bootstrap:,}"
            rows.append([label, n_rows, n_bootstrap, one, one / single])
        small = ox.head(max(500, n_rows // 10))
        for family in ("ordinal", "logit"):
            outcome = "r_stars" if family == "ordinal" else "r_again"
            taken = _seconds(
                lambda family=family, outcome=outcome: relative_importance(
                    small, outcome, drivers=drivers, family=family, **own
                ),
                1,
            )
            label = f"nlp_cx, two mentions a driver, {family}"
            rows.append([label, len(small), n_bootstrap, taken, None])
    speed = Table(
        "Six drivers, exact Shapley values",
        ("What", "Rows", "Samples", "Seconds", "Times as long"),
        rows,
        ("", ",", ",", ",.1f", ",.0f"),
        ("Compared are the ways that do the same: one sign a driver.",),
    )
    same = Table(
        "The same parts of R²",
        ("What", *drivers),
        [[name, *values] for name, values in parts.items()],
        ("", *[".6f"] * len(drivers)),
    )
    gap = max(
        abs(a - b)
        for values in parts.values()
        for a, b in zip(values, parts["nlp_cx"], strict=True)
    )
    return Section(
        "importance",
        "Relative importance",
        "python scripts/benchmark_analysis.py --part importance",
        describe_setting(
            None,
            **{name: version(name) for name in peers},
            rows=n_rows,
            customers=int(ox["customer"].nunique()),
        ),
        [
            Goal(
                "importance of six drivers, 100,000 rows, 1,000 clustered samples: seconds",
                SECONDS,
                None if options.quick else whole,
                False,
                ".1f",
            ),
            Goal("importance: greatest difference to both peers", 1e-9, gap, False, ".1e"),
        ],
        [speed, same],
        NOTES,
    )


def make_ox(n: int, *, seed: int = 0) -> pd.DataFrame:
    """Invent an O+X table of customers who come back."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, max(1, n * 2 // 5), n)
    mood = rng.normal(size=customer.max() + 1)[customer]
    ox = pd.DataFrame({"customer": customer, "x_n_texts": 1})
    outcome = 4 + 0.5 * mood + rng.normal(0, 0.8, n)
    rates = (0.45, 0.30, 0.06, 0.20, 0.12, 0.05)
    strengths = ((-1.0, 0.7), (-1.5, 0.2), (-0.8, 0.5), (-0.5, 0.4), (-0.4, 0.0), (0.0, 0.0))
    for driver, rate, (penalty, reward) in zip(load_taxonomy().ids, rates, strengths, strict=True):
        is_said = rng.random(n) < rate
        is_bad = is_said & (rng.random(n) < 1 / (1 + np.exp(0.5 + 0.8 * mood)))
        is_good = is_said & ~is_bad
        ox[f"x_{driver}_negative"], ox[f"x_{driver}_positive"] = is_bad * 1, is_good * 1
        ox[f"sign_{driver}"] = is_good * 1.0 - is_bad * 1.0
        outcome += penalty * is_bad + reward * is_good
    ox["r_stars"] = np.clip(np.round(outcome), 1, 5)
    ox["r_again"] = outcome > 3.5
    return ox


def run_pingouin(frame: pd.DataFrame, columns: list[str]) -> list[float]:
    """Divide R² with pingouin."""
    import pingouin

    found = pingouin.linear_regression(frame[columns], frame["r_stars"], relimp=True)
    return [float(value) for value in found["relimp"].iloc[1:]]


def run_dominance(frame: pd.DataFrame, columns: list[str]) -> list[float]:
    """Divide R² with dominance-analysis, silently."""
    module = _import_dominance()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        data = frame[[*columns, "r_stars"]].copy()
        model = module.Dominance(data=data, target="r_stars", objective=1, top_k=len(columns))
        found = model.incremental_rsquare()
    return [float(found[column]) for column in columns]


def _import_dominance() -> Any:
    """Import dominance-analysis, whose plots want older numpy and a notebook."""
    if not hasattr(np, "bool8"):
        np.bool8 = np.bool_  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(io.StringIO()):
        notebook = importlib.import_module("bokeh.io")
        notebook.output_notebook = lambda *_, **__: None
        return importlib.import_module("dominance_analysis")


def _draw(ox: pd.DataFrame) -> pd.DataFrame:
    """Draw one sample of customers, with all their rows."""
    rng = np.random.default_rng(0)
    codes = ox["customer"].to_numpy()
    counts = np.bincount(
        rng.integers(0, codes.max() + 1, codes.max() + 1), minlength=codes.max() + 1
    )
    return ox.iloc[np.repeat(np.arange(len(ox)), counts[codes])]


def _seconds(run: Callable[[], object], n_calls: int) -> float:
    """Give the median processor time of calls, after one that does not count."""
    run()
    taken = []
    for _ in range(n_calls):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)
