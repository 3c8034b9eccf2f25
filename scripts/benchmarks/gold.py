"""Tables of the gold test set: metrics with intervals, drivers, differences, hard wordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.report import Cell, Goal, Table
from nlp_cx.evaluate.bootstrap import (
    Interval,
    Metric,
    bootstrap_difference,
    bootstrap_interval,
)
from nlp_cx.evaluate.metrics import (
    accuracy,
    count_loyalty,
    count_mentions,
    count_pairs,
    count_sentiment,
    evaluate,
    macro_f1,
    micro_f1,
)
from nlp_cx.evaluate.slices import SLICES, find_slices
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
GOALS = (
    ("gold test: pair macro-F1", "all", "pair macro-F1", 0.66),
    ("gold test, English: pair macro-F1", "en", "pair macro-F1", 0.60),
    ("gold test: sentiment macro-F1", "all", "sentiment macro-F1", 0.74),
)


class Tally(NamedTuple):
    """What one metric is made of: tallies per text, and how a sum of them becomes the figure."""

    counts: npt.NDArray[np.int64]
    metric: Metric


def tally(gold: pd.DataFrame, predicted: pd.DataFrame) -> dict[str, Tally]:
    """Count every metric of the gold set, text by text; only outputs that are predicted."""
    sentiment = count_sentiment(gold, predicted)
    is_clear = gold["sentiment"].isin(["positive", "negative"]).to_numpy()
    tallies = {
        "sentiment macro-F1": Tally(sentiment, macro_f1),
        "accuracy": Tally(sentiment, accuracy),
        "clear accuracy": Tally(sentiment * is_clear[:, None, None], accuracy),
    }
    if "loyalty" in predicted:
        pairs = count_pairs(gold, predicted, DRIVERS)
        mentions = count_mentions(gold, predicted, DRIVERS)
        tallies = {
            "pair macro-F1": Tally(pairs, macro_f1),
            "pair micro-F1": Tally(pairs, micro_f1),
            "mention macro-F1": Tally(mentions, macro_f1),
            **tallies,
            "loyalty macro-F1": Tally(count_loyalty(gold, predicted), macro_f1),
        }
    return tallies


SLICE_METRICS = ("pair micro-F1", "sentiment macro-F1")
METRICS = (
    *("pair macro-F1", "pair micro-F1", "mention macro-F1"),
    *("sentiment macro-F1", "accuracy", "clear accuracy", "loyalty macro-F1"),
)


def metrics_table(
    gold: pd.DataFrame, predictions: Mapping[str, pd.DataFrame], *, n_samples: int
) -> tuple[Table, list[Goal]]:
    """Give every metric with its 95 % interval, and the goals of the first system."""
    rows: list[list[Cell]] = []
    first = next(iter(predictions))
    found: dict[tuple[str, str, str], Interval] = {}
    for lang, chosen in _languages(gold):
        for system, predicted in predictions.items():
            tallies = tally(gold[chosen], predicted[chosen])
            for name, (counts, metric) in tallies.items():
                found[system, lang, name] = bootstrap_interval(counts, metric, n_samples=n_samples)
            cells: list[Cell] = [found.get((system, lang, name)) for name in METRICS]
            rows.append([lang, int(chosen.sum()), system, *cells])
    table = Table(
        "Gold test set",
        ("Language", "Texts", "System", *METRICS),
        rows,
        ("", ",", "", *[".3f"] * len(METRICS)),
        (
            "Metrics as in the README of the gold set; in brackets 95 % intervals, "
            f"{n_samples:,} bootstrap resamples of the texts.",
        ),
    )
    goals = [
        Goal(what, target, interval.value if (interval := found.get((first, lang, name))) else None)
        for what, lang, name, target in GOALS
    ]
    return table, goals


def drivers_table(gold: pd.DataFrame, predictions: Mapping[str, pd.DataFrame]) -> Table:
    """Give pair F1 and mention F1 of every driver."""
    rows: list[list[Cell]] = []
    scores = {
        system: evaluate(gold, predicted).set_index("lang")
        for system, predicted in predictions.items()
        if "loyalty" in predicted
    }
    for lang, chosen in _languages(gold):
        for driver in DRIVERS:
            mentions = int((gold.loc[chosen, driver] != "not_mentioned").sum())
            row: list[Cell] = [lang, driver, mentions]
            for name in ("pair", "mention"):
                row += [scores[system].loc[lang, f"{name}_f1_{driver}"] for system in scores]
            rows.append(row)
    heads = [f"{name} F1, {system}" for name in ("pair", "mention") for system in scores]
    return Table(
        "Gold test set by driver",
        ("Language", "Driver", "Mentions", *heads),
        rows,
        ("", "", ",", *[".3f"] * len(heads)),
    )


def differences_table(
    gold: pd.DataFrame, predictions: Mapping[str, pd.DataFrame], *, n_samples: int
) -> Table:
    """Compare the first system with each other one on the same texts."""
    (first, ours), *others = predictions.items()
    rows: list[list[Cell]] = []
    for lang, chosen in _languages(gold):
        mine = tally(gold[chosen], ours[chosen])
        for system, predicted in others:
            theirs = tally(gold[chosen], predicted[chosen])
            for name in ("pair macro-F1", "sentiment macro-F1"):
                if name in theirs:
                    found = bootstrap_difference(
                        mine[name].counts, theirs[name].counts, macro_f1, n_samples=n_samples
                    )
                    rows.append([lang, name, system, list(found[:3]), found.p_not_better])
    return Table(
        f"Gold test set: {first} minus each baseline",
        ("Language", "Metric", "Baseline", "Difference (95 %)", "Share of resamples not better"),
        rows,
        ("", "", "", "+.3f", ".4f"),
        ("Paired bootstrap over the texts.",),
    )


def slices_table(gold: pd.DataFrame, predictions: Mapping[str, pd.DataFrame]) -> Table:
    """Give metrics on texts with hard wording."""
    slices = find_slices(gold["text"].tolist())
    rows: list[list[Cell]] = []
    for name, meaning in SLICES.items():
        chosen = slices[name].to_numpy()
        row: list[Cell] = [f"{name}: {meaning}", int(chosen.sum())]
        for predicted in predictions.values():
            tallies = tally(gold[chosen], predicted[chosen])
            row += [
                metric(counts.sum(axis=0)) if len(counts) else None
                for counts, metric in (tallies[of] for of in SLICE_METRICS)
            ]
        rows.append(row)
    heads = [f"{of}, {system}" for system in predictions for of in SLICE_METRICS]
    return Table(
        "Gold test set by wording",
        ("Texts that …", "n", *heads),
        rows,
        ("", ",", *[".3f"] * len(heads)),
        ("Found by patterns (nlp_cx.evaluate.slices). Under about 50 texts a figure says little.",),
    )


def _languages(gold: pd.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Give all texts, then each language."""
    yield "all", np.ones(len(gold), bool)
    for lang in sorted(gold["lang"].unique(), reverse=True):
        yield lang, (gold["lang"] == lang).to_numpy()
