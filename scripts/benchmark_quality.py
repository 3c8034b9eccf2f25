"""Measure how good a model is, beside baselines, on test splits that nothing was trained on.

    python scripts/benchmark_quality.py --data FOLDER [--model fast]
    python scripts/benchmark_quality.py --data FOLDER --leave-one-domain-out \\
        --trainer fast-untaught=nlp_cx.train.recipe:train_without_teachers

FOLDER holds data/ and labels/. Writes quality.json and quality.md (domains.json and .md) into
docs/benchmarks; scripts/write_benchmarks.py puts all sections together. About 20 minutes on two
cores; leaving domains out takes ten trainings of everything, per trainer.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd
from benchmarks.gold import differences_table, drivers_table, metrics_table, slices_table
from benchmarks.held_out import Splits, held_out_tables, load_trainers, remember
from benchmarks.peers import snownlp_sentiments, vader_sentiments
from benchmarks.public import aspects_table, polarity_table
from benchmarks.report import OUTPUT, Section, describe_setting, save_section
from benchmarks.trust import calibration_tables, polarity_calibration_table

from nlp_cx.corpus.examples import load_examples, load_test_sets
from nlp_cx.evaluate.baselines import load_word_cutter, train_gold, train_majority, train_words
from nlp_cx.evaluate.domains import DOMAINS, gold_origins
from nlp_cx.evaluate.predictor import Predictor, load_predictor

QUICK_ROWS = 300


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds data/ and labels/")
    parser.add_argument("--model", default="fast", help="shipped model or folder")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_ROWS} texts a set: to try, not to quote"
    )
    parser.add_argument("--leave-one-domain-out", action="store_true")
    parser.add_argument(
        "--trainer",
        action="append",
        default=[],
        metavar="NAME=MODULE:FUNCTION",
        help="called with training examples and dev splits, gives a predictor; may be repeated",
    )
    parser.add_argument("--domain", action="append", choices=DOMAINS, help="only these domains")
    options = parser.parse_args(arguments)
    examples = load_examples(options.data)
    dev, test = (load_test_sets(options.data, split) for split in ("dev", "test"))
    if options.quick:
        parts = [_sample(part) for _, part in examples.groupby("source", sort=False)]
        examples = pd.concat(parts, ignore_index=True)
        test = {name: _sample(frame) for name, frame in test.items()}
    if options.leave_one_domain_out:
        measure_domains(options, Splits(examples, dev, test, gold_origins(options.data)))
    else:
        measure_quality(options, examples, test)


def _sample(frame: pd.DataFrame) -> pd.DataFrame:
    """Draw few rows, always the same."""
    return frame.sample(min(QUICK_ROWS, len(frame)), random_state=0).reset_index(drop=True)


def measure_quality(
    options: argparse.Namespace, examples: pd.DataFrame, test: Mapping[str, pd.DataFrame]
) -> None:
    """Measure the model and its baselines on gold and public test sets."""
    n_samples, n_peer = (100, 40) if options.quick else (2000, 2000)
    cut = remember(load_word_cutter())
    ours = load_predictor(options.model)
    majority = train_majority(examples, {})
    floor = _timed("TF-IDF gold", partial(train_gold, examples, {}, cut=cut))
    words = _timed("TF-IDF words", partial(train_words, examples, {}, cut=cut))
    gold = test["gold"]
    texts = gold["text"].tolist()
    learned = {"shipped": ours, "TF-IDF gold": floor, "TF-IDF words": words, "majority": majority}
    predictions = {name: predict(texts) for name, predict in learned.items()}
    judged = pd.Series(vader_sentiments(texts))
    is_chinese = (gold["lang"] == "zh").to_numpy()
    judged[is_chinese] = snownlp_sentiments(gold["text"][is_chinese].tolist()).to_numpy()
    everybody = {**predictions, "SnowNLP / VADER": pd.DataFrame({"sentiment": judged})}
    metrics, goals = metrics_table(gold, everybody, n_samples=n_samples)
    trained = {name: predictions[name] for name in ("shipped", "TF-IDF gold", "TF-IDF words")}
    systems: dict[str, Predictor] = {"shipped": ours, "TF-IDF words": words}
    polarity, more_goals = polarity_table(test, systems, n_peer=n_peer, n_samples=n_samples)
    section = Section(
        "quality",
        "Quality on test splits",
        _command(options),
        describe_setting(
            options.model,
            **{
                "training texts": len(examples),
                "gold training texts": int((examples["source"] == "gold").sum()),
                "gold test texts": len(gold),
            },
        ),
        [*goals, *more_goals],
        [
            metrics,
            drivers_table(gold, trained),
            differences_table(gold, trained, n_samples=n_samples),
            slices_table(gold, trained),
            polarity,
            aspects_table(test, systems),
            *calibration_tables(gold, predictions["shipped"]),
            polarity_calibration_table(test, ours),
        ],
        (
            "All texts come from test splits, and every test and dev text was dropped from all "
            "training sets by normalised text.",
            "**shipped**: the model, as `nlp_cx.load` gives it. **TF-IDF gold**: characters 1-4 "
            "and jieba words 1-2, balanced logistic regression (C = 10), on the gold training "
            "texts: the baseline of the gold set's README, which got pair macro-F1 0.606 and sentiment "
            "macro-F1 0.668 with dev, and texts that share a passage with test, in training. "
            "**TF-IDF words**: jieba words 1-2, logistic regression (C = 10), on all training texts "
            "that the model had as well. "
            "**majority**: the commonest label. **SnowNLP / VADER**: as they come, on Chinese and "
            "English.",
        ),
    )
    save_section(section, options.output)


def measure_domains(options: argparse.Namespace, splits: Splits) -> None:
    """Train without each domain and test on it; what is there is saved after each."""
    trainers = load_trainers(options.trainer)
    setting = describe_setting(None, **{"training texts": len(splits.examples)})
    for tables in held_out_tables(splits, trainers, options.domain or list(DOMAINS)):
        section = Section(
            "domains",
            "Domains that were never seen",
            _command(options),
            setting,
            tables=tables,
            notes=(
                f"Systems: {', '.join(trainers)}. **TF-IDF words** is the baseline of the section "
                "on quality, trained on all texts; each other one is a training recipe, run anew "
                "without the domain.",
            ),
        )
        save_section(section, options.output)


def _timed(name: str, train: partial[Predictor]) -> Predictor:
    """Train a baseline and say how long it took."""
    start = time.perf_counter()
    predict = train()
    print(f"{name}: trained in {time.perf_counter() - start:.0f} s", flush=True)
    return predict


def _command(options: argparse.Namespace) -> str:
    """Give the command that makes this section again."""
    parts = ["python scripts/benchmark_quality.py --data FOLDER"]
    if not options.leave_one_domain_out:
        parts.append(f"--model {options.model}")
    else:
        parts.append("--leave-one-domain-out")
        parts += [f"--trainer {trainer}" for trainer in options.trainer]
        parts += [f"--domain '{domain}'" for domain in options.domain or ()]
    return " ".join([*parts, *(["--quick"] if options.quick else [])])


if __name__ == "__main__":
    main()
