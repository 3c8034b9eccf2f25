"""Tables of calibration: how far the probabilities can be taken at their word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.public import TARGETS
from benchmarks.report import Cell, Table
from nlp_cx.evaluate.predictor import Predictor
from nlp_cx.evaluate.reliability import calibration_error, reliability_table
from nlp_cx.schema import SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
Claim = tuple[str, npt.NDArray[np.float64], npt.NDArray[np.bool_]]
"""What was claimed, with which probability, and whether it was so."""


def calibration_tables(gold: pd.DataFrame, predicted: pd.DataFrame) -> list[Table]:
    """Give calibration errors and reliability on the gold test set, per language."""
    errors: list[list[Cell]] = []
    bins: list[list[Cell]] = []
    for lang in sorted(gold["lang"].unique(), reverse=True):
        chosen = (gold["lang"] == lang).to_numpy()
        for what, p, happened in _claims(gold[chosen], predicted[chosen]):
            errors.append(
                [lang, what, len(p), p.mean(), happened.mean(), calibration_error(p, happened)]
            )
            if what in ("sentiment (the likeliest)", "any driver"):
                bins += _reliability(lang, what, p, happened)
    return [
        Table(
            "Calibration on the gold test set",
            ("Language", "Claim", "n", "Mean probability", "Share true", "ECE"),
            errors,
            ("", "", ",", ".3f", ".3f", ".3f"),
            (
                "ECE: expected calibration error, 15 bins of equally many rows. The gold set holds "
                "more of the rare drivers than the world does.",
            ),
        ),
        Table(
            "Reliability on the gold test set",
            ("Language", "Claim", "n", "From", "To", "Mean probability", "Share true"),
            bins,
            ("", "", ",", ".3f", ".3f", ".3f", ".3f"),
        ),
    ]


def polarity_calibration_table(test: Mapping[str, pd.DataFrame], predict: Predictor) -> Table:
    """Give the calibration of positive against negative on sets that know only these two."""
    rows: list[list[Cell]] = []
    for name in TARGETS:
        frame = test.get(name)
        if frame is None or frame["sentiment"].nunique() != 2:
            continue
        found = predict(frame["text"].tolist())
        p = (found["p_positive"] / (found["p_positive"] + found["p_negative"])).to_numpy()
        known = ~np.isnan(p)
        is_positive = (frame["sentiment"] == "positive").to_numpy()
        error = calibration_error(p[known], is_positive[known])
        rows.append([name, int(known.sum()), p[known].mean(), is_positive[known].mean(), error])
    return Table(
        "Calibration of positive against negative on public sets",
        ("Set", "n", "Mean probability", "Share positive", "ECE"),
        rows,
        ("", ",", ".3f", ".3f", ".3f"),
        ("p_positive / (p_positive + p_negative); calibrated on the gold dev set, not on these.",),
    )


def _claims(gold: pd.DataFrame, predicted: pd.DataFrame) -> Iterator[Claim]:
    """Give every claim that the scored table makes with a probability."""
    p = predicted[[f"p_{name}" for name in SENTIMENTS]].to_numpy(np.float64)
    known = ~np.isnan(p[:, 0])
    truth = gold["sentiment"].replace("mixed", "neutral").to_numpy()[known]
    likeliest = p[known].argmax(axis=1)
    yield (
        "sentiment (the likeliest)",
        p[known].max(axis=1),
        np.array(SENTIMENTS, dtype=object)[likeliest] == truth,
    )
    for k, name in enumerate(SENTIMENTS):
        yield f"sentiment is {name}", p[known, k], truth == name
    mentions = [
        (
            predicted[f"p_{driver}"].to_numpy(np.float64)[known],
            (gold[driver] != "not_mentioned").to_numpy()[known],
        )
        for driver in DRIVERS
    ]
    yield (
        "any driver",
        np.concatenate([p for p, _ in mentions]),
        np.concatenate([happened for _, happened in mentions]),
    )
    for driver, (p_driver, happened) in zip(DRIVERS, mentions, strict=True):
        yield f"{driver} is mentioned", p_driver, happened


def _reliability(
    lang: str, what: str, p: npt.NDArray[np.float64], happened: npt.NDArray[np.bool_]
) -> list[list[Cell]]:
    """Give the bins of one claim."""
    table = reliability_table(p, happened, n_bins=10)
    return [[lang, what, *row] for row in table.itertuples(index=False)]
