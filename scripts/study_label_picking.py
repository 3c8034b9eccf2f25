"""Simulate labelling: start with some gold labels, add more by each strategy, measure on dev.

Reads the gold train pool and the gold dev split, never a test split. The student is the quick
linear classifier of `nlp_cx.label.student`; picks are made by `nlp_cx.label.select.Picker`, as
``nlp-cx label pick`` makes them, from the student's probabilities on the rest of the pool.

    NLP_CX_DATA=folder python scripts/study_label_picking.py --seeds 5 -o picking.csv
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.corpus.examples import load_test_sets
from nlp_cx.corpus.gold import read_gold_split
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.label.outputs import label_outputs
from nlp_cx.label.select import Picker, PickOptions
from nlp_cx.label.student import QuickStudent, make_features
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
OUTPUTS = label_outputs(DRIVERS)
METRICS = ["pair_macro_f1", "pair_micro_f1", "mention_macro_f1", "sentiment_macro_f1"]
PLANS = {
    "random": ("random", 0.0),
    "uncertainty": ("uncertainty", 0.0),
    "disagreement": ("disagreement", 0.0),
    "diversity": ("diversity", 0.0),
    "rare": ("rare", 0.0),
    "mixed, no random part": ("mixed", 0.0),
    "mixed (default)": ("mixed", 0.2),
}


def main() -> None:
    """Run all seeds and strategies and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("NLP_CX_DATA"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=500)
    parser.add_argument("--step", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--natural", action="store_true", help="Thin the rare drivers out first.")
    parser.add_argument("--plans", nargs="*", default=list(PLANS))
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    pool = read_gold_split(options.data, "train")
    dev = load_test_sets(options.data, "dev")["gold"]
    if options.natural:
        pool = thin_out(pool)
    both = [*pool["text"], *dev["text"]]
    letters, words = make_features(both), make_features(both, words=True)
    study = Study(pool, dev, letters, words)
    rows = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        began = time.perf_counter()
        for row in study.run(seed, options):
            rows.append(row)
            if options.output:  # what is there is kept when the run is stopped
                pd.DataFrame(rows).to_csv(options.output, index=False)
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    print(summarize(pd.DataFrame(rows)).to_string())


class Study:
    """The pool, dev, and their features."""

    def __init__(self, pool: pd.DataFrame, dev: pd.DataFrame, letters, words) -> None:
        self.pool, self.dev = pool.reset_index(drop=True), dev
        n = len(pool)
        self.letters, self.words = letters[:n], words[:n]
        self.dev_letters = letters[n:]

    def run(self, seed: int, options: argparse.Namespace):
        """Label the same first texts, then go on with each strategy; give a row per state."""
        rng = np.random.default_rng(seed)
        first = rng.choice(len(self.pool), options.start, replace=False)
        yield self.measure(first) | {"strategy": "start", "seed": seed, "round": 0}
        for name in options.plans:
            labelled = first
            for step in range(1, options.rounds + 1):
                labelled = np.append(labelled, self.pick(labelled, name, options.step, seed + step))
                yield self.measure(labelled) | {"strategy": name, "seed": seed, "round": step}

    def pick(self, labelled, name: str, n: int, random_state: int):
        """Pick from the rest of the pool, as the command does."""
        strategy, share = PLANS[name]
        rest = np.setdiff1d(np.arange(len(self.pool)), labelled)
        scored = self.score(self.letters, labelled, rest)
        second = self.score(self.words, labelled, rest)
        options = PickOptions(n=n, strategy=strategy, random_share=share, random_state=random_state)
        picker = Picker(DRIVERS, options, has_second=True)
        picker.add(scored, text="text", second=second)
        return picker.finish()["doc_id"].astype(int).to_numpy()

    def score(self, features, labelled, rest) -> pa.Table:
        """Give the scored table of the rest of the pool by a student of the labelled texts."""
        student = QuickStudent(OUTPUTS).fit(features[labelled], self.pool.iloc[labelled])
        frame = student.predict(features[rest])
        frame["doc_id"] = rest
        frame["text"], frame["lang"] = (self.pool[c].to_numpy()[rest] for c in ("text", "lang"))
        return pa.Table.from_pandas(frame, preserve_index=False)

    def measure(self, labelled) -> dict[str, object]:
        """Train on the labelled texts, evaluate on dev."""
        labels = self.pool.iloc[labelled]
        student = QuickStudent(OUTPUTS, balanced=True).fit(self.letters[labelled], labels)
        found = evaluate(self.dev, student.predict(self.dev_letters)).iloc[0]
        rare = labels[["relationship", "brand"]].ne("not_mentioned").sum().to_dict()
        return {
            "n": len(labelled),
            **found[METRICS].to_dict(),
            **{f"f1_{d}": found[f"pair_f1_{d}"] for d in DRIVERS},
            **{f"n_{d}": count for d, count in rare.items()},
        }


def thin_out(pool: pd.DataFrame) -> pd.DataFrame:
    """Drop most texts with the rare drivers, which the gold set was enriched for."""
    rng = np.random.default_rng(0)
    chance = np.ones(len(pool))
    for driver, keep in (("relationship", 0.2), ("brand", 0.35), ("convenience", 0.6)):
        chance[(pool[driver] != "not_mentioned").to_numpy()] *= keep
    return pool[rng.random(len(pool)) < chance].reset_index(drop=True)


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """Give mean and standard error of the paired difference to random, in points."""
    rows = {}
    random = table[table["strategy"] == "random"].set_index(["seed", "round"])
    for (name, step), group in table.groupby(["strategy", "round"], sort=False):
        row = {"n": group["n"].mean(), "relationship": group["n_relationship"].mean()}
        for metric in METRICS:
            values = group.set_index(["seed", "round"])[metric]
            row[metric] = f"{values.mean():.3f}"
            if step and name != "random":
                gap = 100 * (values - random[metric].reindex(values.index))
                error = gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else np.nan
                row[metric] += f" ({gap.mean():+.1f} ± {error:.1f})"
        rows[f"{name}, round {step}"] = row
    return pd.DataFrame(rows).T


if __name__ == "__main__":
    main()
