"""Choose how unsure `fast` must be for `accurate` to be asked, and show what each budget buys.

    python scripts/choose_cascade.py --data FOLDER [--cost 0.25]

Everything is measured on the gold dev split. The margin is written into model.json of `accurate`,
the curve into docs/benchmarks/cascade.{json,md}.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.report import OUTPUT, Goal, Section, Table, describe_setting, save_section

from nlp_cx.classify.cascade import FIRST, SECOND, Cascade, find_doubt
from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.columns import scored_columns
from nlp_cx.classify.store import SPEC_FILE, find_model, load_model
from nlp_cx.corpus.examples import load_test_sets
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.text.batch import TextBatch

FIGURES = ("pair_macro_f1", "pair_micro_f1", "sentiment_macro_f1", "sentiment_accuracy")
COSTS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def main() -> None:
    """Measure, choose, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cost", type=float, default=0.25, help="budget, as a part of accurate's")
    options = parser.parse_args()
    dev = load_test_sets(options.data, "dev")["gold"]
    batch = TextBatch.from_strings(dev["text"].tolist())
    first, second = Classifier(load_model(FIRST)), Classifier(load_model(SECOND))
    doubt = find_doubt(first, first.score(batch))
    # The cost of asking is about the length of what is asked.
    lengths = np.diff(batch.offsets)
    order = np.argsort(doubt, kind="stable")
    spent = np.cumsum(lengths[order]) / lengths.sum()

    def margin_of(cost: float) -> float:
        n = int(np.searchsorted(spent, cost, "right"))
        return 0.0 if n == 0 else float(np.nextafter(doubt[order[n - 1]], np.float32(np.inf)))

    def measure(cost: float) -> list[float]:
        cascade = Cascade(first, second, margin_of(cost))
        return measure_documents(cascade, batch, dev)

    ends = measure(0.0), measure(1.0)
    rows = []
    for cost in COSTS:
        figures = measure(cost)
        gained = (figures[0] - ends[0][0]) / (ends[1][0] - ends[0][0])
        rows.append([f"{cost:.0%}", margin_of(cost), *figures, gained])
    chosen = margin_of(options.cost)
    share = float(np.mean(doubt < chosen))
    gained = (measure(options.cost)[0] - ends[0][0]) / (ends[1][0] - ends[0][0])
    note = (
        f"Gold dev, {len(dev):,} texts. `auto` asks `accurate` about texts with a decision of "
        f"`fast` nearer than the margin, in log-odds; chosen for {options.cost:.0%} of the cost: "
        f"{chosen:.3f}, {share:.0%} of the texts. Cost is the share of characters asked about; "
        "*gained* is the part of the way from fast to accurate in pair macro-F1."
    )
    columns = ("cost", "margin", *(name.replace("_", " ") for name in FIGURES), "gained")
    section = Section(
        name="cascade",
        title="The cascade: accurate where fast is unsure",
        command="python scripts/choose_cascade.py --data FOLDER",
        setting=describe_setting(SECOND, first=first.id),
        goals=[Goal("auto: part of accurate's gain at 25 % of its cost (dev)", 0.95, gained)],
        tables=[Table("What each budget buys", columns, rows, ("", *[".3f"] * 5, ".2f"), (note,))],
    )
    save_section(section, OUTPUT)
    path = find_model(SECOND) / SPEC_FILE
    spec = json.loads(path.read_text(encoding="utf-8"))
    spec["cascade"] = {"first": first.id, "margin": chosen, "cost": options.cost, "asked": share}
    path.write_text(json.dumps(spec, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"margin {chosen:.3f}: {share:.1%} of the texts are asked again, {gained:.0%} gained")


def measure_documents(cascade: Cascade, batch: TextBatch, dev: pd.DataFrame) -> list[float]:
    """Measure a cascade on texts."""
    scores = cascade.score(batch)
    columns = scored_columns(scores.documents, scores.languages, cascade.drivers)
    labels = pd.DataFrame({name: column.to_pandas() for name, column in columns.items()})
    row = evaluate(dev, labels).iloc[0]
    return [float(row[name]) for name in FIGURES]


if __name__ == "__main__":
    main()
