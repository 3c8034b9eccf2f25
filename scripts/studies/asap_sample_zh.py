"""Do predicted labels rank the drivers of stars as people's labels do? A small sample.

python scripts/studies/asap_sample_zh.py --data FOLDER -o OUT
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from gold_aspects import as_scored, compare_labels, label_drivers, read_mapping, show_compared
from study import (
    FAULTS,
    N_BOOTSTRAP,
    Tables,
    count_faults,
    count_training_texts,
    read_set,
    run_study,
    score_once,
    to_markdown,
)

import nlp_cx
from nlp_cx.join.spec import JoinSpec, TableSpec

NAME = "asap_sample_zh"


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, score, join twice, compare."""
    reviews = read_set(data, NAME, "train.jsonl", "dev.jsonl", "test.jsonl", n_rows=n_rows)
    scored = score_once(reviews, output)
    gold = label_drivers(reviews, read_mapping(data, NAME))
    drivers = [name for name in gold.columns if name != "doc_id"]
    # Joined twice, so that what is compared differs in nothing but who gave the labels.
    ox = {"model": join(scored, reviews), "people": join(as_scored(gold, scored), reviews)}
    is_unseen = ox["model"]["o_file"] != "train"
    model = {"drivers": drivers, "n_bootstrap": n_bootstrap}
    unseen = {who: table[is_unseen.to_numpy()] for who, table in ox.items()}
    return {
        "faults": count_faults(
            reviews,
            of_the_file_the_model_has_learned_from=reviews["file"] == "train",
            four_or_five_stars=reviews["rating"] >= 4,
        ),
        "importance": pd.concat(
            [
                compare_labels(ox, "r_stars", **model).assign(rows="all"),
                compare_labels(unseen, "r_stars", **model).assign(rows="unseen"),
            ],
            ignore_index=True,
        ),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def join(scored: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Join labels with the stars."""
    key, one = ("interaction_id=doc_id",), "1:1"
    spec = JoinSpec(
        tables={
            "ratings": TableSpec(on=key, cardinality=one, columns={"r_stars": "rating"}),
            "files": TableSpec(on=key, cardinality=one, columns={"o_file": "file"}),
        },
        roles={"r_stars": "outcome"},
    )
    ox, _ = nlp_cx.join_ox(scored, {"ratings": reviews, "files": reviews}, spec)
    return ox


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    importance = tables["importance"]
    return {
        "faults": to_markdown(tables["faults"], FAULTS),
        "importance": show_compared(importance[importance["rows"] == "all"]),
        "unseen": show_compared(importance[importance["rows"] == "unseen"]),
    }


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
