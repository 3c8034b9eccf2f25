"""Measure how fast the accurate model scores, beside BERT-base and the fast model.

    python scripts/benchmark_accurate.py --data FOLDER [--model accurate] [--floats FOLDER]

FOLDER holds data/ and labels/. Writes accurate_speed.json and .md into docs/benchmarks. About 25
minutes on two cores, most of it for BERT.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from benchmarks.bert import Bert, BertSize
from benchmarks.corpora import describe, read_reviews
from benchmarks.race import METHOD, Route, one_core, race, ratio
from benchmarks.report import OUTPUT, Cell, Goal, Section, Table, describe_setting, save_section
from benchmarks.startup import startup_table

import nlp_cx.classify.encoder as encoder_module
from nlp_cx.classify.store import find_model
from nlp_cx.corpus.examples import load_test_sets
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.pipeline import FeedbackPipeline, load

PIPELINE = "BERT-base, transformers pipeline"
INT8 = "BERT-base, int8 ONNX"
BUDGETS = (256, 512, 1_024, 2_048, 4_096, 8_192)
LANGUAGES = {"zh": "Chinese", "en": "English"}
F1 = "pair_macro_f1"


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds data/ and labels/")
    parser.add_argument("--model", default="accurate", help="shipped model or folder")
    parser.add_argument("--fast", default="fast", help="the model that it stands beside")
    parser.add_argument("--floats", help="folder of the same model in floats, for its gold dev F1")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="few texts, a tiny BERT: to try only")
    options = parser.parse_args(arguments)
    n_rounds, n_texts, part = (2, 120, 4) if options.quick else (options.rounds, 10_240, 64)
    size = BertSize(2, 64, 2) if options.quick else BertSize()
    ours, fast = load(options.model), load(options.fast)
    goals: list[Goal] = []
    tables: list[Table] = []
    sizes: dict[str, Cell] = {}
    for lang in LANGUAGES:
        texts = read_reviews(options.data, lang)[:n_texts]
        sizes[f"{lang} texts"] = describe(texts)
        bert = Bert(texts, lang, size)
        with one_core():
            chosen, int8 = bert.as_int8(texts[: n_texts // 40 + 8])
        routes = [
            our_route(ours),
            our_route(fast),
            Route(PIPELINE, bert.as_pipeline(), part=part),
            Route(INT8, int8, part=part // 4),
        ]
        seconds = race(routes, texts, n_rounds=n_rounds)
        tables.append(speed_table(lang, seconds, ours.model_id, chosen))
        goals += speed_goals(lang, seconds, ours.model_id)
        tables.append(budget_table(lang, ours, texts, n_rounds=n_rounds))
    start, _ = startup_table(options.model, is_quick=options.quick)
    tables.append(start)
    goals += start_goals(start) + size_goals(options.model, options.fast)
    if options.floats:
        table, goal = loss_table(options.data, ours, load(options.floats))
        tables.append(table)
        goals.append(goal)
    section = Section(
        "accurate_speed",
        "Speed of the accurate model",
        f"python scripts/benchmark_accurate.py --data FOLDER --model {options.model}"
        + (" --floats FOLDER" if options.floats else "")
        + (" --quick" if options.quick else ""),
        describe_setting(options.model, rounds=n_rounds, **libraries(), **sizes),
        goals,
        tables,
        (METHOD,),
    )
    save_section(section, options.output)


def our_route(pipeline: FeedbackPipeline) -> Route:
    """Score all outputs of an Arrow table."""
    return Route(
        pipeline.model_id,
        lambda table: pipeline.score(table, text="review"),
        lambda texts: pa.table({"review": pa.array(texts, pa.string())}),
    )


def speed_table(
    lang: str, seconds: Mapping[str, npt.NDArray[np.float64]], first: str, chosen: str
) -> Table:
    """Lay out the speeds."""
    rows: list[list[Cell]] = [
        [name, 1 / np.median(found), None if name == first else list(ratio(found, seconds[first]))]
        for name, found in seconds.items()
    ]
    return Table(
        f"{LANGUAGES[lang]} reviews",
        ("Route", "Texts/s", "First route is … × faster"),
        rows,
        ("", ",.1f", ".1f"),
        (
            "nlp_cx gives all outputs (sentiment, drivers, loyalty, mixed) of documents and "
            "clauses; BERT gives one of two labels. Weights of BERT are random, and its word "
            "pieces are learned from these reviews, which makes its inputs shorter.",
            f"{PIPELINE}: default settings (one text at a time, 32-bit floats), cut at 512 tokens.",
            f"{INT8}: sorted by length, dynamic quantisation by channel; of two graphs and three "
            f"batch sizes the fastest here: {chosen}.",
        ),
    )


def speed_goals(
    lang: str, seconds: Mapping[str, npt.NDArray[np.float64]], first: str
) -> list[Goal]:
    """Compare ratios with what was promised."""
    return [
        Goal(
            f"{first}, {LANGUAGES[lang]}: times faster than {name}",
            target,
            ratio(seconds[name], seconds[first])[0],
            format=".0f",
        )
        for name, target in ((PIPELINE, 40.0), (INT8, 8.0))
    ]


def budget_table(
    lang: str, pipeline: FeedbackPipeline, texts: Sequence[str], *, n_rounds: int
) -> Table:
    """Say what the number of tokens that are run together does to the speed."""

    def with_budget(budget: int) -> Route:
        route = our_route(pipeline)

        def run(table: object) -> object:
            usual = encoder_module.TOKEN_BUDGET
            encoder_module.TOKEN_BUDGET = budget
            try:
                return route.run(table)
            finally:
                encoder_module.TOKEN_BUDGET = usual

        return Route(f"{budget:,}", run, route.prepare, part=4)

    seconds = race([with_budget(n) for n in BUDGETS], texts, n_rounds=n_rounds)
    rows: list[list[Cell]] = [[name, 1 / np.median(found)] for name, found in seconds.items()]
    return Table(
        f"Tokens run together, {LANGUAGES[lang]} reviews",
        ("Tokens", "Texts/s"),
        rows,
        ("n", ",.1f"),
        (f"{encoder_module.TOKEN_BUDGET:,} is what is used.",),
    )


def start_goals(table: Table) -> list[Goal]:
    """Compare the start with what was promised."""
    wall = [row[1][0] for row in table.rows if isinstance(row[1], list)]
    return [
        Goal("load and first text, libraries imported, seconds", 1.0, sum(wall[2:]), False, ".2f")
    ]


def size_goals(model: str, fast: str) -> list[Goal]:
    """Compare sizes on disk with what was promised."""
    n_bytes = sum(
        path.stat().st_size for name in {model, fast} for path in find_model(name).iterdir()
    )
    return [Goal("accurate and fast on disk, MB", 25, n_bytes / 1e6, False, ".1f")]


def loss_table(
    root: str, integers: FeedbackPipeline, floats: FeedbackPipeline
) -> tuple[Table, Goal]:
    """Say what 8-bit integers cost on the gold dev split."""
    gold = load_test_sets(root, "dev")["gold"]
    rows: list[list[Cell]] = []
    values: list[float] = []
    for name, pipeline in (("8-bit integers", integers), ("floats", floats)):
        found: pd.DataFrame = evaluate(gold, pipeline.score_texts(gold["text"].tolist()))
        for _, row in found.iterrows():
            rows.append([name, row["lang"], row[F1], row["sentiment_macro_f1"]])
        values.append(float(found.loc[found["lang"] == "all", F1].item()))
    table = Table(
        "What 8-bit integers cost, gold dev split",
        ("Numbers", "Language", "pair macro-F1", "sentiment macro-F1"),
        rows,
        ("", "", ".4f", ".4f"),
    )
    lost = 100 * (values[1] - values[0])
    return table, Goal("8-bit integers lose, points of pair macro-F1", 0.3, lost, False, ".2f")


def libraries() -> dict[str, Cell]:
    """Give the versions that matter here beside the usual ones."""
    from importlib.metadata import version

    return {name: version(name) for name in ("onnxruntime", "torch", "transformers")}


if __name__ == "__main__":
    main()
