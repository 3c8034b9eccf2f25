"""Are corrected shares and coefficients right on real reviews, where the truth is known?

    python scripts/study_label_noise.py --data FOLDER -o OUT

FOLDER holds data/ and labels/. Three tables go to OUT as csv:

- coverage: 3,900 restaurant reviews that people labelled (AI Challenger 2018). Again and again 300
  of them are taken as the labelled sample, the others as the population with predicted labels; how
  often do the intervals hold the share that all labels give?
- coefficients: the same for OLS of the overall experience on the negative mentions, 500 labelled.
- gold: the gold test split, which was picked for rare labels and hard wording, as the labelled
  sample of 19,000 e-commerce texts: what a sample that is not random can tell, and what not.

The shipped model saw 2,497 of the restaurant reviews in training. That makes its errors fewer than
on new texts; the check is of the intervals, which must hold whatever the errors are.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd

import nlp_cx
from nlp_cx.analyze.drivers.indicators import label_indicators
from nlp_cx.analyze.drivers.prediction_powered_coefficients import prediction_powered_coefficients
from nlp_cx.analyze.drivers.prevalence import prevalence
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = ("service", "price", "convenience")
METHODS = ("naive", "labelled_only", "corrected", "powered")
E_COMMERCE = (
    "online_shopping_10_cats_zh",
    "jd_goods_zh",
    "bdci2017_ecommerce_zh",
    "zhijiang2019_ecommerce_zh",
    "amazoncn_digital_stars_zh",
    "unlabelled_reviews_zh:eprstmt_unlabelled_jd",
    "unlabelled_reviews_zh:nlpcc14_test",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of data/ and labels/")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--samples", type=int, default=200, help="labelled samples to draw")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    pipeline = nlp_cx.load()
    truth, texts = read_restaurants(arguments.data)
    scored = pipeline.score(texts, text="text", id="doc_id")
    tables = {
        "coverage": study_shares(scored, truth, arguments.samples),
        "coefficients": study_coefficients(scored, truth, arguments.samples),
        "gold": study_gold(pipeline, arguments.data),
    }
    for name, table in tables.items():
        table.to_csv(arguments.output / f"{name}.csv", index=False)
        print(f"\n{name}\n{table.round(3).to_string(index=False)}")


def read_restaurants(root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read labels and texts, each text once."""
    with open(root / "data" / "driver_mapping.csv", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row and row[0] == "aichallenger2018_zh"]
    driver_of = {category: driver for _, category, driver, *_ in rows if driver}
    seen, labels, texts = set(), [], []
    for name in ("train_1k", "valid_1k", "valid_2k"):
        path = root / "data" / "aichallenger2018_zh" / f"{name}.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                text = "".join(row["text"].split())
                if text in seen or row["id"] in seen:
                    continue
                seen |= {text, row["id"]}
                labels.append({"doc_id": row["id"], **read_labels(row["labels"], driver_of)})
                texts.append({"doc_id": row["id"], "text": row["text"]})
    return pd.DataFrame(labels), pd.DataFrame(texts)


def read_labels(labels: list[dict[str, str]], driver_of: dict[str, str]) -> dict[str, str | None]:
    """Give one label per driver; praise and criticism together are mixed."""
    found: dict[str, set[str]] = {}
    for label in labels:
        driver = driver_of.get(label["category"])
        if driver is not None:
            found.setdefault(driver, set()).add(label["polarity"])
    result: dict[str, str | None] = dict.fromkeys(("product", *DRIVERS))
    for driver, polarities in found.items():
        signs = polarities - {"neutral"}
        result[driver] = "mixed" if len(signs) > 1 else next(iter(signs), "neutral")
    overall = [x["polarity"] for x in labels if x["category"] == "others_overall_experience"]
    result["sentiment"] = overall[0] if overall else None
    return result


def study_shares(scored: pd.DataFrame, truth: pd.DataFrame, n_samples: int) -> pd.DataFrame:
    """Draw samples of 300 and count how often the intervals hold the truth."""
    known = label_indicators(truth, drivers=DRIVERS, is_scored=False).mean()
    drawn = []
    for i in range(n_samples):
        result = prevalence(scored, truth.sample(300, random_state=i), drivers=DRIVERS)
        share = ("x_" + result["label"] + "_" + result["polarity"]).map(known)
        for method in METHODS:
            low, high = result[f"{method}_low"], result[f"{method}_high"]
            part = result[["label", "polarity"]].assign(method=method, truth=share)
            part["error"] = result[method] - share
            part["covers"] = ((low <= share) & (share <= high)).where(low.notna())
            part["width"] = high - low
            drawn.append(part)
    groups = pd.concat(drawn).groupby(["label", "polarity", "method"], sort=False)
    return groups.agg(
        truth=("truth", "first"),
        bias=("error", "mean"),
        covers=("covers", "mean"),
        width=("width", "mean"),
        n_given=("width", "count"),
    ).reset_index()


def study_coefficients(scored: pd.DataFrame, truth: pd.DataFrame, n_samples: int) -> pd.DataFrame:
    """Draw samples of 500 and count how often the intervals hold the fit to all true labels."""
    features = [f"x_{driver}_negative" for driver in ("product", *DRIVERS)]
    order = truth["sentiment"].map({"negative": -1.0, "neutral": 0.0, "positive": 1.0})
    true = label_indicators(truth, is_scored=False)[features].assign(
        doc_id=truth["doc_id"], r_overall=order
    )
    true = true[true["r_overall"].notna()].reset_index(drop=True)
    population = label_indicators(scored)[features].assign(doc_id=scored["doc_id"])
    population = true[["doc_id", "r_overall"]].merge(population, on="doc_id")
    x = np.column_stack([np.ones(len(true)), true[features]])
    exact = np.linalg.lstsq(x, true["r_overall"], rcond=None)[0]
    drawn = []
    for i in range(n_samples):
        labelled = true[["doc_id", *features]].sample(500, random_state=i)
        result = prediction_powered_coefficients(population, labelled, "r_overall", features)
        for method, end in (
            ("naive", "naive_"),
            ("labelled_only", "labelled_only_"),
            ("estimate", ""),
        ):
            low, high = result[f"{end}low"], result[f"{end}high"]
            part = result[["term"]].assign(method=method, truth=exact)
            part["bias"] = result[method] - exact
            part["covers"] = ((low <= exact) & (exact <= high)).where(low.notna())
            part["width"] = high - low
            drawn.append(part)
    return pd.concat(drawn).groupby(["term", "method"], sort=False).mean().reset_index()


def study_gold(pipeline: nlp_cx.FeedbackPipeline, root: Path) -> pd.DataFrame:
    """Take the gold test split for a labelled sample of other texts."""
    lines = (root / "labels" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["dataset"] in E_COMMERCE]
    gold = pd.DataFrame(
        [
            {
                "doc_id": row["id"],
                "sentiment": row["sentiment"],
                **{driver: row["drivers"].get(driver) for driver in load_taxonomy().ids},
            }
            for row in rows
        ]
    )
    texts = pd.DataFrame({"doc_id": gold["doc_id"], "text": [row["text"] for row in rows]})
    path = root / "data" / "unlabelled_reviews_zh" / "reviews.tsv.gz"
    reviews = pd.read_csv(path, sep="\t", names=["source", "text"], quoting=csv.QUOTE_NONE)
    reviews = reviews[reviews["source"] == "eprstmt_unlabelled_jd"].reset_index(drop=True)
    reviews.insert(0, "doc_id", "u" + reviews.index.astype(str))
    result = prevalence(
        pipeline.score(reviews, text="text", id="doc_id"),
        gold,
        sampling="selected",
        elsewhere=pipeline.score(texts, text="text", id="doc_id"),
    )
    columns = ["label", "polarity", "naive", "corrected", "corrected_low", "corrected_high"]
    return result[[*columns, "sensitivity", "specificity", "n", "n_labelled", "reason", "flag"]]


if __name__ == "__main__":
    main()
