"""Train the models that ship with the package, from the datasets folder.

    python scripts/train_default_models.py --data ../shared -o models/default
        --teacher zh=accurate --teacher en=accurate --teacher en=FOLDER
    python scripts/train_default_models.py --data ../shared --model accurate --work work --teacher en=FOLDER

The second one takes hours of two cores for 16,000 steps, or minutes of a GPU (``--device cuda``);
``--steps`` makes it longer, and a finished run goes on from where it ended, with other teachers if
asked. ``--teacher`` names a better model for a language: for English one that ``nlp-cx train``
fine-tuned from a checkpoint, and the accurate model for `fast` and for its own successor.

Everything that is chosen (vocabulary, epochs, calibration, thresholds) is chosen on training and
dev splits; test splits are not read here. ``--only-licensed`` leaves out every source whose
licence is not stated or does not permit commercial use, for thresholds and calibration too.
``--work`` keeps what the teachers said, so that a run that was cut off goes on. ``--share 0.01``
trains on a part of every source, to try the whole way out; the card says so.
"""

from __future__ import annotations

import argparse
import logging
import platform
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.columns import scored_columns
from nlp_cx.classify.store import StoredModel, find_model, save_model
from nlp_cx.corpus.datasets import load_catalogue
from nlp_cx.corpus.examples import load_examples, load_test_sets, load_unlabelled
from nlp_cx.corpus.lexicons import lexicon_examples
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.evaluate.reliability import calibration_error, reliability_table
from nlp_cx.schema import SENTIMENTS
from nlp_cx.text.batch import TextBatch
from nlp_cx.train.card import write_card
from nlp_cx.train.encoder.fit import EncoderSettings
from nlp_cx.train.encoder.recipe import AccurateRecipe, train_accurate
from nlp_cx.train.recipe import FastRecipe, train_fast

logger = logging.getLogger("train_default_models")

VERSION = "2026.11"
WHAT = (
    "Sentiment, six experience drivers, loyalty and mixed feelings of customer feedback in Chinese "
    "and English, "
)
DESCRIPTIONS = {
    "fast": f"{WHAT}from hashed n-grams; made for speed on a plain CPU.",
    "accurate": f"{WHAT}from a small transformer trained from scratch; served in 8 bits by "
    "onnxruntime.",
}
LIMITS = (
    "Trained on public reviews, helpdesk turns and texts written for this project; shares of "
    "drivers in the training data are not shares in the world.",
    "Probabilities are calibrated on the gold dev set, which is enriched for rare drivers.",
    "The gold labels were made by machine annotators following data/GUIDELINES; people agree less.",
    "Relationship has few examples, English ones above all: read its evidence before you act on it.",
    "Irony without a mark, comparisons of several products and long stories are often misread.",
    "Several sources state no licence: a commercial user should retrain with --only-licensed.",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with data/ and labels/")
    parser.add_argument("-o", "--output", type=Path, default=Path("models/default"))
    parser.add_argument("--work", type=Path, help="folder for what can be taken up again")
    parser.add_argument("--only-licensed", action="store_true")
    parser.add_argument("--teachers", type=int, default=FastRecipe().n_teachers)
    parser.add_argument("--threads", type=int, default=1, help="of torch; 1 is reproducible")
    parser.add_argument("--model", choices=("fast", "accurate"), default="fast")
    parser.add_argument("--teacher", action="append", default=[], metavar="LANG=MODEL")
    parser.add_argument("--steps", type=int, default=EncoderSettings().n_steps)
    parser.add_argument("--decay", type=int, default=EncoderSettings().n_decay)
    parser.add_argument("--share", type=float, default=1.0, help="part of the texts, to try out")
    parser.add_argument("--device", default="cpu", help="of the accurate model's training")
    options = parser.parse_args(arguments)
    if not 0 < options.share <= 1:
        parser.error(f"--share {options.share:g}: expected above 0 up to 1.")
    if options.model == "accurate" and options.work is None:
        parser.error("--model accurate needs --work, a folder for its state.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    torch.set_num_threads(options.threads)
    start = time.perf_counter()
    examples = load_examples(options.data, only_licensed=options.only_licensed)
    words = lexicon_examples(options.data, examples, only_licensed=options.only_licensed)
    unlabelled = load_unlabelled(options.data)
    dev = load_test_sets(options.data, "dev")
    chooser = dev["gold"]
    if options.only_licensed:
        unlabelled = unlabelled[:0]
        chooser = chooser[chooser["license_stated"]].reset_index(drop=True)
    if options.share < 1:
        examples, unlabelled = (
            take_share(examples, options.share),
            take_share(unlabelled, options.share),
        )
        words = words.sample(frac=options.share, random_state=0).sort_index()
    logger.info("%d examples, %d words, %d unlabelled", len(examples), len(words), len(unlabelled))
    learned = pd.concat([examples, words], ignore_index=True)
    teachers = [
        (lang, find_model(name)) for lang, _, name in (t.partition("=") for t in options.teacher)
    ]
    fast = FastRecipe(n_teachers=options.teachers)
    if options.model == "fast":
        model = train_fast(
            learned,
            chooser,
            unlabelled=unlabelled,
            recipe=fast,
            work=options.work,
            teachers=teachers,
        )
    else:
        settings = EncoderSettings(n_steps=options.steps, n_decay=options.decay)
        model = train_accurate(
            learned,
            chooser,
            unlabelled=unlabelled,
            work=options.work,
            recipe=AccurateRecipe(settings=settings, teachers=fast),
            teachers=teachers,
            device=options.device,
        )
    seconds = time.perf_counter() - start
    spec = {
        **model.spec,
        "version": VERSION + ("-licensed" if options.only_licensed else ""),
        "name": options.model,
        "description": DESCRIPTIONS[options.model],
        "random_state": 0,
        "command": f"python scripts/{Path(__file__).name} --model {options.model}"
        + (" --only-licensed" if options.only_licensed else "")
        + "".join(f" --teacher {lang}={path.name}" for lang, path in teachers)
        + f" --teachers {options.teachers}"
        + (f" --share {options.share:g}" if options.share < 1 else ""),
        "libraries": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "torch", "jieba")},
        },
        "trained_seconds": round(seconds),
        "data": describe_data(examples, words, unlabelled),
        "metrics": measure(model, dev),
        "limits": [
            *(
                [f"Trained on {options.share:g} of the texts, to try it out: not for use."]
                if options.share < 1
                else []
            ),
            *LIMITS,
        ],
        "licence_note": "research use: several training sources state no licence"
        if not options.only_licensed
        else "every training source states a licence that permits commercial use; thresholds and "
        f"calibration are from the {len(chooser):,} gold dev texts of such sources",
    }
    if options.model == "accurate":
        spec["training"] = describe_training(model, options, seconds)
    spec.pop("weights")
    folder = save_model(
        options.output / spec["name"],
        spec,
        model.weights,
        card=write_card(spec),
        files=model.files,
    )
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {size / 1e6:.1f} MB after {seconds / 60:.1f} minutes", file=sys.stderr)


def take_share(frame: pd.DataFrame, share: float) -> pd.DataFrame:
    """Draw a part of the texts of every source, one at least."""
    drawn = frame.sample(frac=1, random_state=0)
    by_source = drawn.groupby("source")["source"]
    kept = drawn[by_source.cumcount() < np.ceil(share * by_source.transform("size"))]
    return kept.sort_index().reset_index(drop=True)


def describe_training(
    model: StoredModel, options: argparse.Namespace, seconds: float
) -> dict[str, str]:
    """Say what was trained, on what, and for how long, for the card."""
    settings = EncoderSettings()
    tokens = options.steps * settings.n_rows * settings.length
    return {
        "parameters": f"{model.spec['architecture']['n_parameters']:,}",
        "tokens read": f"up to {tokens:,} in {options.steps:,} steps, of these {options.decay:,} "
        "with a falling rate",
        "hardware": f"{options.device}, {options.threads} threads of torch, bfloat16 products",
        "hours": f"{seconds / 3600:.1f}, data and teachers included",
    }


def describe_data(
    examples: pd.DataFrame, words: pd.DataFrame, unlabelled: pd.DataFrame
) -> list[dict[str, object]]:
    """List the sources with their sizes and licences."""
    licences = {name: dataset.licence for name, dataset in load_catalogue().items()}
    rows = [
        {
            "source": source,
            "n_texts": int(n),
            "licence": licences.get(source, "see data/datasets.toml"),
        }
        for source, n in examples["source"].value_counts(sort=False).sort_index().items()
    ]
    rows.append({"source": "lexicons", "n_texts": len(words), "licence": "see models/README.md"})
    rows.append(
        {
            "source": "unlabelled reviews",
            "n_texts": len(unlabelled),
            "licence": "mixed, see sources",
        }
    )
    return rows


def measure(model: StoredModel, dev: dict[str, pd.DataFrame]) -> dict[str, list[dict[str, object]]]:
    """Measure the model on dev splits: the gold metrics, polarity sets, and calibration."""
    classifier = Classifier(model)
    tables: dict[str, list[dict[str, object]]] = {}
    gold = dev["gold"]
    predicted, probability = predict(classifier, gold)
    metrics = evaluate(gold, predicted)
    tables["Six-driver gold set, dev split"] = metrics.round(4).to_dict("records")
    rows = []
    for name, frame in dev.items():
        if name == "gold" or not frame["sentiment"].notna().any():
            continue
        _, p = predict(classifier, frame)
        polar = frame["sentiment"].isin(["negative", "positive"]).to_numpy()
        if set(frame["sentiment"].dropna()) <= {"negative", "positive"} and polar.sum() >= 100:
            right = (p[polar, 2] > p[polar, 0]) == (frame["sentiment"][polar] == "positive")
            rows.append({"dev split": name, "n": int(polar.sum()), "accuracy": float(right.mean())})
    tables["Polarity sets, dev splits (positive against negative)"] = rows
    rows = []
    for lang in ("zh", "en"):
        chosen = (gold["lang"] == lang).to_numpy()
        for k, name in enumerate(SENTIMENTS):
            label = gold["sentiment"].replace({"mixed": "neutral"}) == name
            rows.append(
                {
                    "lang": lang,
                    "class": name,
                    "ece": float(calibration_error(probability[chosen, k], label[chosen])),
                }
            )
    tables["Calibration error (ECE, 15 equal-mass bins; fitted on this split)"] = rows
    label = gold["sentiment"].replace({"mixed": "neutral"}) == "positive"
    table = reliability_table(probability[:, 2], label, n_bins=10)
    tables["Reliability of p_positive, dev split"] = table.round(4).to_dict("records")
    return tables


def predict(classifier: Classifier, frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Score texts; give labels, and P(negative), P(neutral), P(positive)."""
    scores = classifier.score(TextBatch.from_strings(frame["text"].tolist()))
    columns = scored_columns(scores.documents, scores.languages, classifier.drivers)
    labels = pd.DataFrame({name: column.to_pandas() for name, column in columns.items()})
    return labels, np.nan_to_num(scores.documents.probability.T, nan=1 / 3)


if __name__ == "__main__":
    main()
