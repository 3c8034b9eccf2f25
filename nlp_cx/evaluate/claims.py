"""What a model claims with a probability, and how often it was so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.evaluate.figures import is_binary, merged
from nlp_cx.evaluate.reliability import calibration_error, reliability_table
from nlp_cx.schema import SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

LEAST_CLAIMS = 100
"""Of fewer claims no calibration error is given: bins of a handful differ by chance alone."""

N_BINS = 15
N_SHOWN = 10
Claim = tuple[str, npt.NDArray[np.float64], npt.NDArray[np.bool_]]
SENTIMENT_CLAIM = "sentiment, the likeliest"
POLARITY_CLAIM = "positive rather than negative"


def calibrate(
    name: str, frame: pd.DataFrame, predicted: pd.DataFrame
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Measure the calibration of every claim on a set, per language.

    Parameters
    ----------
    name : str
        Of the set.
    frame : DataFrame, one row per text
    predicted : DataFrame, one row per text in the order of `frame`

    Returns
    -------
    calibration : list of dict
        ``set, lang, claim, n, mean_p, share, ece``; languages ``all`` first where there are
        several. ``ece`` is NaN for fewer than 100 claims.
    reliability : list of dict
        ``set, lang, claim, n, p_low, p_high, p_mean, share`` of ten bins that hold equally many
        claims; only where ``ece`` is known.
    """
    calibration: list[dict[str, Any]] = []
    reliability: list[dict[str, Any]] = []
    langs = sorted(set(frame["lang"]))
    for lang in ("all", *langs) if len(langs) > 1 else langs:
        chosen = np.ones(len(frame), bool) if lang == "all" else (frame["lang"] == lang).to_numpy()
        for claim, p, happened in find_claims(frame[chosen], predicted[chosen]):
            head = {"set": name, "lang": lang, "claim": claim}
            is_enough = len(p) >= LEAST_CLAIMS
            ece = calibration_error(p, happened, n_bins=N_BINS) if is_enough else np.nan
            calibration.append(
                head
                | {
                    "n": len(p),
                    "mean_p": float(p.mean()),
                    "share": float(happened.mean()),
                    "ece": ece,
                }
            )
            if is_enough:
                table = reliability_table(p, happened, n_bins=N_SHOWN)
                reliability += [
                    head | {str(name): value for name, value in row.items()}
                    for row in table.to_dict("records")
                ]
    return calibration, reliability


def find_claims(frame: pd.DataFrame, predicted: pd.DataFrame) -> Iterator[Claim]:
    """Give every claim: what, with which probability, and whether it was so.

    Parameters
    ----------
    frame : DataFrame, one row per text
        Labels; a text without one is no claim.
    predicted : DataFrame, one row per text in the order of `frame`
        A claim whose probabilities are not given is left out.

    Yields
    ------
    tuple
        Sentiment: the likeliest class; or, where only positive and negative are labelled, the
        likelier of the two and how likely it is among them. Drivers: that one is mentioned.
    """
    columns = [f"p_{name}" for name in SENTIMENTS]
    truth = merged(frame["sentiment"])
    if set(columns) <= set(predicted) and (truth != "").any():
        p = predicted[columns].to_numpy(np.float64, na_value=np.nan)
        names = np.array(SENTIMENTS, dtype=object)
        claim = SENTIMENT_CLAIM
        if is_binary(frame["sentiment"]):
            claim, names, p = POLARITY_CLAIM, names[[0, 2]], p[:, [0, 2]]
            p = p / p.sum(axis=1, keepdims=True)
        known = (truth != "") & ~np.isnan(p).any(axis=1)
        if known.any():
            p, truth = np.clip(p[known], 0, 1), truth[known]
            yield claim, p.max(axis=1), names[p.argmax(axis=1)] == truth
    mentions: list[Claim] = []
    for driver in load_taxonomy().ids:
        if f"p_{driver}" not in predicted or driver not in frame:
            continue
        if (frame[driver] == "not_mentioned").any():
            p_driver = predicted[f"p_{driver}"].to_numpy(np.float64, na_value=np.nan)
            known = frame[driver].notna().to_numpy() & ~np.isnan(p_driver)
            happened = (frame[driver] != "not_mentioned").to_numpy()
            if known.any():
                p_known = np.clip(p_driver[known], 0, 1)
                mentions.append((f"{driver} is mentioned", p_known, happened[known]))
    if mentions:
        together = (np.concatenate([claim[i] for claim in mentions]) for i in (1, 2))
        p_all, happened_all = together
        yield "any driver is mentioned", p_all, happened_all.astype(bool)
    yield from mentions
