"""Tables of domains that a model never saw: train without each, test on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module

import numpy as np
import pandas as pd

from benchmarks.public import pair_macro_f1, sentiment_accuracy
from benchmarks.report import Cell, Table
from nlp_cx.evaluate.baselines import Cut, load_word_cutter, train_words
from nlp_cx.evaluate.domains import ALSO, DOMAINS, HeldOut, hold_out
from nlp_cx.evaluate.figures import labelled_drivers
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.evaluate.predictor import Predictor, Trainer
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
BASELINE = "TF-IDF words"
GOLD_METRICS = ("pair_macro_f1", "pair_micro_f1", "sentiment_macro_f1", "sentiment_accuracy")


class Splits:
    """All training, dev and test texts, and where the gold ones came from."""

    def __init__(
        self,
        examples: pd.DataFrame,
        dev: Mapping[str, pd.DataFrame],
        test: Mapping[str, pd.DataFrame],
        origin: Mapping[str, str],
    ) -> None:
        self.examples, self.dev, self.test, self.origin = examples, dev, test, origin

    def without(self, domain: str) -> HeldOut:
        """Take everything of a domain out."""
        return hold_out(domain, self.examples, self.dev, self.test, origin=self.origin)


def load_trainers(given: Sequence[str]) -> dict[str, Trainer]:
    """Give the baseline and the trainers named ``NAME=module:function``."""
    trainers: dict[str, Trainer] = {
        BASELINE: partial(train_words, cut=remember(load_word_cutter()))
    }
    for entry in given:
        name, _, place = entry.partition("=")
        module, _, function = place.partition(":")
        if not function:
            raise SystemExit(f"--trainer {entry!r}: expected NAME=module:function.")
        trainers[name] = getattr(import_module(module), function)
    return trainers


def remember(cut: Cut) -> Cut:
    """Cut every text only once: a baseline that is trained ten times would cut it ten times."""
    known: dict[str, list[str]] = {}

    def cut_once(text: str) -> list[str]:
        words = known.get(text)
        if words is None:
            words = known[text] = [sys.intern(word) for word in cut(text)]
        return words

    return cut_once


def held_out_tables(
    splits: Splits, trainers: Mapping[str, Trainer], domains: Sequence[str]
) -> Iterator[list[Table]]:
    """Train with everything, then without each domain; give all tables anew after each domain."""
    systems = dict(trainers)
    whole = {name: train(splits.examples, splits.dev) for name, train in systems.items()}
    gold_rows: list[list[Cell]] = []
    set_rows: list[list[Cell]] = []
    for domain in domains:
        held = splits.without(domain)
        n_left = len(held.examples)
        print(f"{domain}: trained on {n_left:,} of {len(splits.examples):,} texts", flush=True)
        blind = {name: train(held.examples, held.dev) for name, train in systems.items()}
        for name, frame in held.test.items():
            if name == "gold":
                gold_rows += _gold_rows(domain, n_left, frame, whole, blind)
            else:
                set_rows += _set_rows(domain, name, frame, whole, blind)
        yield [_gold_table(gold_rows), _sets_table(set_rows, list(systems)), _domains_table()]


def _gold_rows(
    domain: str,
    n_left: int,
    frame: pd.DataFrame,
    whole: Mapping[str, Predictor],
    blind: Mapping[str, Predictor],
) -> list[list[Cell]]:
    """Measure every system on the gold test texts of a domain, having seen it and not."""
    rows: list[list[Cell]] = []
    texts = frame["text"].tolist()
    for system in whole:
        seen, unseen = (
            evaluate(frame, predict(texts)).iloc[0] for predict in (whole[system], blind[system])
        )
        row: list[Cell] = [domain, len(frame), n_left, system]
        for metric in GOLD_METRICS:
            row += [seen[metric], unseen[metric]]
        rows.append(row)
    return rows


def _set_rows(
    domain: str,
    name: str,
    frame: pd.DataFrame,
    whole: Mapping[str, Predictor],
    blind: Mapping[str, Predictor],
) -> list[list[Cell]]:
    """Measure every system on a public test set: its drivers, or its sentiment."""
    texts = frame["text"].tolist()
    drivers = labelled_drivers(frame)
    measure: Callable[[pd.DataFrame], float]
    if drivers:
        metric = f"pair macro-F1 ({', '.join(drivers)})"
        measure = partial(pair_macro_f1, frame, drivers=drivers)
    elif frame["sentiment"].notna().any():
        metric = "accuracy of sentiment"
        measure = partial(sentiment_accuracy, frame["sentiment"].reset_index(drop=True))
    else:
        return []
    row: list[Cell] = [domain, name, len(frame), metric]
    for system in whole:
        row += [measure(whole[system](texts)), measure(blind[system](texts))]
    return [row]


def _gold_table(rows: list[list[Cell]]) -> Table:
    """Lay out the gold figures, with their mean over domains."""
    systems = dict.fromkeys(row[3] for row in rows)
    parts = {system: [row[4:] for row in rows if row[3] == system] for system in systems}
    means: list[list[Cell]] = [
        ["mean of domains", None, None, system, *np.nanmean(np.array(part, float), axis=0)]
        for system, part in parts.items()
    ]
    heads = [
        f"{metric.replace('_', ' ')}{seen}"
        for metric in GOLD_METRICS
        for seen in ("", ", held out")
    ]
    return Table(
        "Domains held out: gold test texts",
        ("Domain", "Test texts", "Training texts left", "System", *heads),
        rows + means,
        ("", ",", ",", "", *[".3f"] * len(heads)),
        (
            "Held out: trained without every data set that speaks of the domain, gold and public, "
            "dev included; the column before it: trained on everything. The domain of a text is "
            "that of its data set. A driver that a domain hardly mentions makes its macro-F1 jumpy.",
        ),
    )


def _sets_table(rows: list[list[Cell]], systems: Sequence[str]) -> Table:
    """Lay out the figures of public sets."""
    heads = [f"{system}{seen}" for system in systems for seen in ("", ", held out")]
    return Table(
        "Domains held out: public test sets",
        ("Domain", "Set", "Texts", "Metric", *heads),
        rows,
        ("", "", ",", "", *[".3f"] * len(heads)),
    )


def _domains_table() -> Table:
    """List what is in each domain."""
    rows: list[list[Cell]] = [
        [domain, ", ".join(sets), ", ".join(ALSO.get(domain, ()))]
        for domain, sets in DOMAINS.items()
    ]
    return Table(
        "What is in each domain",
        ("Domain", "Data sets", "Left out of training too, since they hold it among others"),
        rows,
        ("", "", ""),
    )
