"""Measure saved models beside each other on the same dev and test texts.

    python scripts/compare_models.py --data FOLDER --model shipped=fast \\
        --model licensed=models/licensed/fast

FOLDER holds data/ and labels/. The first model is what the others are compared with. Writes
models.json and models.md into docs/benchmarks; scripts/write_benchmarks.py puts all sections
together. A minute or two.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.gold import differences_table, drivers_table, metrics_table
from benchmarks.public import TARGETS, is_right
from benchmarks.report import OUTPUT, Cell, Section, Table, describe_setting, save_section

from nlp_cx.classify.store import load_model
from nlp_cx.corpus.examples import load_test_sets
from nlp_cx.evaluate.predictor import Predictor, load_predictor

N_SAMPLES = 2000


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds data/ and labels/")
    parser.add_argument(
        "--model",
        action="append",
        required=True,
        metavar="NAME=MODEL",
        help="shipped model or folder; given twice or more",
    )
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    folders = dict(entry.split("=", 1) for entry in options.model if "=" in entry)
    if len(folders) < max(2, len(options.model)):
        parser.error("give --model NAME=MODEL at least twice, each name once.")
    systems = {name: load_predictor(folder) for name, folder in folders.items()}
    splits = {split: load_test_sets(options.data, split) for split in ("dev", "test")}
    tables = [describe_models(folders)]
    for split, sets in splits.items():
        gold = sets["gold"]
        predictions = {name: predict(gold["text"].tolist()) for name, predict in systems.items()}
        metrics, _ = metrics_table(gold, predictions, n_samples=N_SAMPLES)
        found = [metrics]
        if split == "test":
            found += [
                drivers_table(gold, predictions),
                differences_table(gold, predictions, n_samples=N_SAMPLES),
            ]
        tables += [replace(t, title=t.title.replace("test set", f"{split} split")) for t in found]
    tables.append(sentiments_table(splits["test"], systems))
    first, *others = folders
    save_section(
        Section(
            "models",
            f"{first.capitalize()} beside {', '.join(others)}",
            "python scripts/compare_models.py --data FOLDER "
            + " ".join(f"--model {name}={_shown(folder)}" for name, folder in folders.items()),
            describe_setting(None),
            tables=tables,
            notes=(
                "Licensed: trained by `scripts/train_default_models.py --only-licensed`, on the "
                "sources whose stated licence permits commercial use; thresholds and calibration "
                "too are chosen on those gold dev texts alone."
                if "licensed" in folders
                else "The same dev and test texts for all.",
            ),
        ),
        options.output,
    )


def describe_models(folders: Mapping[str, str]) -> Table:
    """Say what each model was trained on."""
    rows: list[list[Cell]] = []
    for name, folder in folders.items():
        spec = load_model(folder).spec
        data = spec.get("data", [])
        by_source = {row["source"]: int(row["n_texts"]) for row in data}
        rows.append(
            [
                name,
                f"{spec['name']}-{spec['version']}",
                sum(n > 0 for n in by_source.values()),
                sum(by_source.values()),
                by_source.get("gold"),
                by_source.get("unlabelled reviews"),
            ]
        )
    columns = ("Name", "Model", "Sources", "Texts", "of them gold", "unlabelled")
    return Table("Models", columns, rows, ("", "", ",", ",", ",", ","))


def sentiments_table(test: Mapping[str, pd.DataFrame], systems: Mapping[str, Predictor]) -> Table:
    """Give the accuracy of every model on the public sets of whole texts."""
    rows: list[list[Cell]] = []
    for name in TARGETS:
        if name in test:
            frame = test[name]
            truth = frame["sentiment"].reset_index(drop=True)
            right = [
                float(np.mean(is_right(truth, predict(frame["text"].tolist()))))
                for predict in systems.values()
            ]
            rows.append([name, truth.nunique(), len(frame), *right])
    return Table(
        "Sentiment of whole texts, test splits",
        ("Set", "Classes", "Texts", *systems),
        rows,
        ("", ",", ",", *[".3f"] * len(systems)),
    )


def _shown(folder: str) -> str:
    """Show a name or relative path as it is, another path without the folders of this machine."""
    path = Path(folder)
    return f"FOLDER2/{path.name}" if path.is_absolute() else folder


if __name__ == "__main__":
    main()
