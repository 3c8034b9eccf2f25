"""Compare three designs of the fast model on dev splits: two linear ones and the shipped one.

    python scripts/compare_designs.py --data FOLDER --sample 0.05       # a trial of the trial
    python scripts/compare_designs.py --data FOLDER -o docs/TRIALS.md

FOLDER holds data/ and labels/. All designs read the same n-grams of the same labelled examples, know
the same source of each example, and get thresholds and calibration from the gold dev split in the
same way. Test splits are not read. With -o, the tables replace what stands between the two marks in
that file; without, they are printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import torch
from sklearn.linear_model import SGDClassifier

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.columns import scored_columns
from nlp_cx.classify.decode import N_SENTIMENTS, Decoded, decode, output_names
from nlp_cx.corpus.examples import load_examples, load_test_sets
from nlp_cx.evaluate.metrics import binary_accuracy, evaluate
from nlp_cx.schema import SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages
from nlp_cx.train.calibration import fit_calibration
from nlp_cx.train.hashed.features import Hashes, choose_vocabulary, find_features, hash_texts
from nlp_cx.train.hashed.fit import HashedSettings
from nlp_cx.train.recipe import FastRecipe, train_fast
from nlp_cx.train.targets import Targets, make_targets

Floats = npt.NDArray[np.float32]
Logits = Callable[[Sequence[str]], Floats]
"""Texts in, raw outputs (n, K) out, in the order of `output_names`; not a number where a text holds
no known n-gram."""

N_ROWS = 262_144
"""N-grams that a linear design knows: with 25 weights of 8 bits each, about the shipped size."""
RECIPE = FastRecipe(n_teachers=0, student=HashedSettings())
"""The shipped size, with the dropout and epochs that suit labels alone."""
ALPHA, N_EPOCHS = 1e-5, 8
POLARITY_SETS = (
    *("chnsenticorp_zh", "jd_shopping_kbert_split_zh", "waimai10k_zh", "book_review_zh"),
    *("sst2_en", "amazon_polarity10k_en"),
)
THREE_CLASS_SET = "openrice_senti_yue"
BEGIN, END = "<!-- compare_designs.py: begin -->", "<!-- compare_designs.py: end -->"
METRICS = {
    "pair_macro_f1": "pair macro-F1",
    "pair_micro_f1": "pair micro-F1",
    "mention_macro_f1": "mention macro-F1",
    "sentiment_macro_f1": "sentiment macro-F1",
    "sentiment_accuracy": "accuracy",
    "loyalty_macro_f1": "loyalty F1",
}


class Design(NamedTuple):
    """A trained design: what it computes, its size as served, and what it cost."""

    name: str
    logits: Logits
    n_bytes: int
    cpu_seconds: float


def main() -> None:
    """Train, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with data/ and labels/")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file with the two marks")
    parser.add_argument("--sample", type=float, default=1.0, help="part of the examples, 0 to 1")
    parser.add_argument("--only", nargs="*", choices=TRAINERS, help="designs to train")
    options = parser.parse_args()
    torch.set_num_threads(1)
    examples = load_examples(options.data)
    if options.sample < 1:
        examples = examples.sample(frac=options.sample, random_state=0).reset_index(drop=True)
    dev = load_test_sets(options.data, "dev")
    print(f"{len(examples):,} examples", file=sys.stderr)
    train_network(examples.head(256), dev["gold"])  # so that no design pays for compiling
    rows = []
    for name in options.only or TRAINERS:
        design = TRAINERS[name](examples, dev["gold"])
        rows.append(measure(design, dev))
        print(f"{name}: {design.cpu_seconds:.0f} s, {rows[-1]}", file=sys.stderr, flush=True)
    text = write_tables(rows, len(examples))
    if options.output is None:
        print(text)
        return
    page = options.output.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    options.output.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def train_linear(examples: pd.DataFrame, gold: pd.DataFrame) -> Design:
    """Train logistic regressions on TF-IDF of the n-grams of the whole text, one an output."""
    return _train_heads("linear heads", examples, is_bayes=False)


def train_nbsvm(examples: pd.DataFrame, gold: pd.DataFrame) -> Design:
    """Train the same on binary n-grams, each scaled by its naive Bayes log-count ratio."""
    return _train_heads("NB-SVM features", examples, is_bayes=True)


def train_network(examples: pd.DataFrame, gold: pd.DataFrame) -> Design:
    """Train the shipped design: vectors of n-grams, a network a clause, pooling; no teachers."""
    start = time.process_time()
    model = train_fast(examples, gold, recipe=RECIPE)
    seconds = time.process_time() - start
    classifier = Classifier(model)

    def logits(texts: Sequence[str]) -> Floats:
        return classifier.logits(TextBatch.from_strings(list(texts)))[0]

    n_bytes = sum(array.nbytes for array in model.weights.values())
    return Design("vectors + network", logits, n_bytes, seconds)


TRAINERS = {"linear": train_linear, "nbsvm": train_nbsvm, "network": train_network}


def _train_heads(name: str, examples: pd.DataFrame, *, is_bayes: bool) -> Design:
    """Train one linear head an output (Wang and Manning 2012 for the Bayes features).

    A column per source stands beside the n-grams, as the network has a bias per source: sources
    disagree about what is a mention. It is left out when serving, which is serving as gold.
    """
    start = time.process_time()
    targets = make_targets(examples, load_taxonomy().ids, gold_weight=RECIPE.gold_weight)
    hashes = hash_texts(examples["text"].tolist())
    fingerprints = choose_vocabulary(hashes.values, N_ROWS)
    counts = _count_ngrams(hashes, fingerprints)
    n_texts = np.bincount(counts.indices, minlength=N_ROWS)
    idf = np.log((1 + counts.shape[0]) / (1 + n_texts)).astype(np.float32) + 1
    scale = None if is_bayes else idf
    features = sp.hstack([_weigh(counts, scale), _source_columns(targets)], format="csr")
    weights, biases = zip(
        *(
            _fit_head(features, label, weight, is_bayes=is_bayes)
            for label, weight in _head_labels(targets)
        ),
        strict=True,
    )
    coefficients = np.column_stack(weights)[:N_ROWS]
    seconds = time.process_time() - start

    def logits(texts: Sequence[str]) -> Floats:
        counts = _count_ngrams(hash_texts(texts), fingerprints)
        z = np.asarray(_weigh(counts, scale) @ coefficients + np.array(biases))
        polarity, neutral = z[:, 0], z[:, 1]
        # The softmax of (-polarity / 2, x, polarity / 2) has log-odds of neutral `neutral`:
        x = neutral + np.logaddexp(polarity / 2, -polarity / 2)
        out = np.column_stack([-polarity / 2, x, polarity / 2, z[:, 2:]]).astype(np.float32)
        out[np.diff(counts.indptr) == 0] = np.nan
        return out

    return Design(name, logits, N_ROWS * (2 + len(biases)), seconds)


def _head_labels(targets: Targets) -> list[tuple[Floats, Floats]]:
    """List labels (0, 1, not a number where nothing is said) and weights: polarity, neutral, presences."""
    sentiment, weight = targets.sentiment.numpy(), targets.weight.numpy()
    negative, neutral, positive = range(N_SENTIMENTS)
    polarity = np.where(sentiment == positive, 1, np.where(sentiment == negative, 0, np.nan))
    has_neutral = (sentiment >= 0) & ~targets.is_binary.numpy()
    is_neutral = np.where(has_neutral, sentiment == neutral, np.nan)
    labels = [polarity, is_neutral, *targets.presence.numpy().T]
    return [(label.astype(np.float32), weight) for label in labels]


def _fit_head(
    features: sp.csr_matrix, label: Floats, weight: Floats, *, is_bayes: bool
) -> tuple[Floats, float]:
    """Fit one logistic regression on the texts that have a label; give weights and bias."""
    known = ~np.isnan(label)
    x, y, w = features[known], label[known] > 0, weight[known]
    ratio = np.ones(x.shape[1], np.float32)
    if is_bayes:
        present = sp.csr_matrix((np.ones_like(x.data), x.indices, x.indptr), x.shape)
        p, q = 1 + present.T @ (w * y), 1 + present.T @ (w * ~y)
        ratio[:N_ROWS] = np.log((p / p.sum()) / (q / q.sum()))[:N_ROWS]
        x.data *= ratio[x.indices]
    head = SGDClassifier(
        loss="log_loss", alpha=ALPHA, max_iter=N_EPOCHS, tol=None, average=True, random_state=0
    )
    head.fit(x, y, sample_weight=w)
    return head.coef_[0].astype(np.float32) * ratio, float(head.intercept_[0])


def _count_ngrams(hashes: Hashes, fingerprints: npt.NDArray[np.uint16]) -> sp.csr_matrix:
    """Count the known n-grams of every text."""
    rows, clause_offsets, first_clause = find_features(hashes, fingerprints)
    bounds = clause_offsets[first_clause]
    shape = (len(bounds) - 1, len(fingerprints))
    counts = sp.csr_matrix((np.ones(len(rows), np.float32), rows, bounds), shape)
    counts.sum_duplicates()
    return counts


def _weigh(counts: sp.csr_matrix, idf: Floats | None) -> sp.csr_matrix:
    """Weigh counts by TF-IDF, or make them binary; rows have length one."""
    x = counts.copy()
    x.data = np.ones_like(x.data) if idf is None else (1 + np.log(x.data)) * idf[x.indices]
    length = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    x.data /= np.repeat(np.maximum(length, 1e-12), np.diff(x.indptr)).astype(np.float32)
    return x


def _source_columns(targets: Targets) -> sp.csr_matrix:
    """Give one column per source; the gold set, source 0, has none."""
    source = targets.source.numpy()
    rows = np.flatnonzero(source > 0)
    shape = (len(source), int(source.max(initial=0)))
    return sp.csr_matrix((np.ones(len(rows), np.float32), (rows, source[rows] - 1)), shape)


def measure(design: Design, dev: dict[str, pd.DataFrame]) -> dict[str, object]:
    """Calibrate a design on gold dev and measure it on gold dev and the polarity dev splits."""
    drivers = load_taxonomy().ids
    gold = dev["gold"]
    logits, languages = _outputs(design, gold)
    if logits.shape[1] != len(output_names(drivers)):
        raise ValueError(f"{design.name}: {logits.shape[1]} outputs")
    known = ~np.isnan(logits[:, 0])
    calibration = fit_calibration(
        logits[known], gold[known].reset_index(drop=True), languages[known], drivers
    )
    columns = scored_columns(Decoded(*decode(logits, languages, calibration)), languages, drivers)
    predicted = pd.DataFrame({name: column.to_pandas() for name, column in columns.items()})
    row: dict[str, object] = {"design": design.name}
    for metrics in evaluate(gold, predicted).to_dict("records"):
        row |= {f"{metrics['lang']}:{name}": metrics[name] for name in METRICS}
    for name in (*POLARITY_SETS, THREE_CLASS_SET):
        frame = dev[name]
        logits, languages = _outputs(design, frame)
        decoded = Decoded(*decode(logits, languages, calibration))
        p = np.nan_to_num(decoded.probability, nan=1 / N_SENTIMENTS)
        if name == THREE_CLASS_SET:
            label = frame["sentiment"].map({s: k for k, s in enumerate(SENTIMENTS)})
            row[name] = float((decoded.sentiment == label).mean())
        else:
            row[name] = binary_accuracy(frame["sentiment"], p[2], p[0])
    return row | {"seconds": design.cpu_seconds, "n_bytes": design.n_bytes}


def _outputs(design: Design, frame: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Give raw outputs and languages of texts."""
    batch = TextBatch.from_strings(frame["text"].tolist())
    languages = detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])
    return design.logits(frame["text"].tolist()), languages


def write_tables(rows: list[dict[str, object]], n_examples: int) -> str:
    """Write what was measured as Markdown."""
    gold = [
        [row["design"], lang, *(_number(row[f"{lang}:{name}"]) for name in METRICS)]
        for row in rows
        for lang in ("all", "zh", "en")
    ]
    sets = (*POLARITY_SETS, THREE_CLASS_SET)
    polarity = [[row["design"], *(_number(row[name]) for name in sets)] for row in rows]
    cost = [[row["design"], f"{row['seconds']:.0f}", f"{row['n_bytes'] / 1e6:.1f}"] for row in rows]
    return "\n".join(
        [
            f"{n_examples:,} labelled examples each.",
            "",
            "Six-driver gold set, dev split:",
            "",
            *_table(["design", "lang", *METRICS.values()], gold),
            "",
            f"Accuracy on other dev splits (positive against negative; {THREE_CLASS_SET}: three "
            "classes):",
            "",
            *_table(["design", *sets], polarity),
            "",
            "Cost:",
            "",
            *_table(["design", "CPU seconds to train", "MB as served"], cost),
        ]
    )


def _table(header: list[str], rows: list[list[object]]) -> list[str]:
    """Write a Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def _number(value: object) -> str:
    """Write a metric with three digits."""
    return f"{value:.3f}"


if __name__ == "__main__":
    main()
