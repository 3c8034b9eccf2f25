"""How well label errors are found: corrupt some gold train labels on purpose, look who is found.

Reads the gold train split alone. ``--real`` lists the candidates of the labels as they are instead,
for a person to read; texts go to the screen and are not to be kept.

    NLP_CX_DATA=folder python scripts/study_label_errors.py --texts 2000 --seeds 3
"""

from __future__ import annotations

import argparse
import os

import numpy as np
import pandas as pd

from nlp_cx.cli.console import clean
from nlp_cx.corpus.gold import read_gold_split
from nlp_cx.label.errors import find_label_errors
from nlp_cx.label.outputs import label_outputs
from nlp_cx.taxonomy import load_taxonomy

OUTPUTS = label_outputs(load_taxonomy().ids)


def main() -> None:
    """Measure, or list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("NLP_CX_DATA"))
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=0.05, help="Share of labels made wrong.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--real", type=int, metavar="N", help="List the first N candidates.")
    options = parser.parse_args()
    gold = read_gold_split(options.data, "train")
    gold["group"] = gold["dataset"] + "/" + gold["file"] + "/" + gold["row"].astype(str)
    gold = gold[["example_id", "text", "group", *OUTPUTS]]
    if options.real:
        found = find_label_errors(gold.sample(options.texts, random_state=0), OUTPUTS)
        for row in found.head(options.real).to_dict("records"):
            print(
                f"{row['output']}: {row['given']} -> {row['suggested']} "
                f"({row['p_suggested']:.2f})\t{clean(row['text'])}"
            )
        return
    rows = [measure(gold, seed, options) for seed in range(options.seeds)]
    print(pd.DataFrame(rows).to_string(index=False))


def measure(gold: pd.DataFrame, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Corrupt labels, find candidates, count how many of the first are corrupted ones."""
    rng = np.random.default_rng(seed)
    labelled = gold.sample(options.texts, random_state=seed).reset_index(drop=True)
    wrong = set()
    for name, answers in OUTPUTS.items():
        for i in np.flatnonzero(rng.random(len(labelled)) < options.rate):
            others = [a for a in answers if a != labelled.at[i, name]]
            labelled.at[i, name] = rng.choice(others)
            wrong.add((int(i), name))
    found = find_label_errors(labelled, OUTPUTS, random_state=seed)
    hit = np.array([(r, o) in wrong for r, o in zip(found["row"], found["output"], strict=True)])
    return {
        "seed": seed,
        "corrupted": len(wrong),
        "share": len(wrong) / (len(OUTPUTS) * len(labelled)),
        "candidates": len(found),
        "precision@50": hit[:50].mean(),
        "precision@200": hit[:200].mean(),
        "recall": hit.sum() / len(wrong),
    }


if __name__ == "__main__":
    main()
