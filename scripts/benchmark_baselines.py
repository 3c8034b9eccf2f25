"""Measure the three own baselines of the aspect sets that have a goal relative to them.

    python scripts/benchmark_baselines.py --data FOLDER [--all-texts]

FOLDER holds data/ and labels/. Writes data/baselines.json, which `nlp-cx evaluate` puts beside the
model: the commonest label and TF-IDF with logistic regression, both learned from the set's own
train split (texts of all dev and test splits dropped), and TF-IDF learned from all training texts.
The last takes a quarter of an hour: without --all-texts its test figures are taken from
docs/benchmarks/quality.json, where scripts/benchmark_quality.py measured the same baseline. Reading
the test splits is logged in docs/benchmarks/test_split_uses.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from benchmarks.held_out import remember
from benchmarks.report import OUTPUT, REPOSITORY, read_section

from nlp_cx.corpus.examples import load_examples, load_test_sets
from nlp_cx.evaluate.baselines import load_word_cutter, repeat_majority, train_words
from nlp_cx.evaluate.figures import FIGURES, tally
from nlp_cx.evaluate.predictor import Predictor
from nlp_cx.evaluate.results_folder import log_test_use
from nlp_cx.evaluate.suite import SetPlan, TestSet, load_plan, make_set

DATA = REPOSITORY / "data"
NAMES = ("majority, own texts", "TF-IDF, own texts", "TF-IDF, all texts")


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds data/ and labels/")
    parser.add_argument("--all-texts", action="store_true", help="train on all texts anew")
    parser.add_argument("--output", type=Path, default=DATA / "baselines.json")
    parser.add_argument("--log", type=Path, default=OUTPUT, help="folder of the log of test uses")
    options = parser.parse_args(arguments)
    plans = {
        name: plan
        for name, plan in load_plan(DATA / "suite.toml").sets.items()
        if plan.baseline is not None
    }
    command = shlex.join(["python", "scripts/benchmark_baselines.py", "--data", "FOLDER"])
    log_test_use(
        options.log,
        command=command + " --all-texts" * options.all_texts,
        model=", ".join(NAMES),
        against=None,
        sets=list(plans),
    )
    examples = load_examples(options.data)
    cut = remember(load_word_cutter())
    systems = {name: _train_own(examples, name, plan, cut) for name, plan in plans.items()}
    if options.all_texts:
        of_all = train_words(examples, {}, cut=cut)
        for own in systems.values():
            own[NAMES[2]] = of_all
    splits = {}
    for split in ("dev", "test"):
        frames = load_test_sets(options.data, split)
        made = {name: make_set(name, frames[name], plans[name]) for name in plans if name in frames}
        splits[split] = {
            name: {"metric": test.metric, "values": _measure(test, systems[name])}
            for name, test in made.items()
            if test is not None
        }
    if not options.all_texts:
        for name, value in _read_all_texts(OUTPUT / "quality.json").items():
            if name in splits["test"]:
                splits["test"][name]["values"][NAMES[2]] = value
    beside = options.output.with_suffix(".tmp")
    beside.write_text(json.dumps({"command": command, "splits": splits}, indent=1) + "\n", "utf-8")
    os.replace(beside, options.output)
    print(f"wrote {options.output}", file=sys.stderr)


def _train_own(
    examples: pd.DataFrame, name: str, plan: SetPlan, cut: object
) -> dict[str, Predictor]:
    """Learn from the set's own training texts."""
    own = examples[examples["source"].isin(plan.train_on or (name,))]
    print(f"{name}: {len(own):,} own training texts", file=sys.stderr, flush=True)
    if own.empty:
        return {}
    return {NAMES[0]: repeat_majority(own), NAMES[1]: train_words(own, {}, cut=cut)}


def _measure(test: TestSet, systems: Mapping[str, Predictor]) -> dict[str, float]:
    """Give the figure of each baseline on a set."""
    figure = FIGURES[test.metric]
    values = {}
    for name, predict in systems.items():
        counts = tally(test.frame, predict(test.frame["text"].tolist()), test.drivers)
        values[name] = round(float(figure.of_many(counts[figure.counted].sum(axis=0))), 6)
    return values


def _read_all_texts(path: Path) -> dict[str, float]:
    """Read what TF-IDF of all training texts got on the test splits of the aspect sets."""
    if not path.exists():
        return {}
    tables = [t for t in read_section(path).tables if "TF-IDF words" in t.columns]
    return {
        str(row[0]): float(row[table.columns.index("TF-IDF words")])
        for table in tables
        if table.title.startswith("Aspects")
        for row in table.rows
    }


if __name__ == "__main__":
    main()
