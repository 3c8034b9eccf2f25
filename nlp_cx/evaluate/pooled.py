"""Figures over slices, and over the texts of all sets together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.evaluate.claims import calibrate
from nlp_cx.evaluate.figures import tally
from nlp_cx.evaluate.judged import Judged, tally_set
from nlp_cx.evaluate.measure import Resampling, Row, Sample, Tallied
from nlp_cx.evaluate.metrics import count_pairs
from nlp_cx.taxonomy import load_taxonomy

_DRIVERS = load_taxonomy().ids

POOL = "all sets"
"""Name of the row that takes all sets together, text by text."""


def measure_slices(judged: Sequence[Judged], resampling: Resampling) -> Iterator[Row]:
    """Measure slices per language: of gold (or every own set), and of all sets together.

    Parameters
    ----------
    judged : sequence of Judged
        All sets of a suite.
    resampling : Resampling

    Yields
    ------
    dict
        ``set, slice, lang, figure, n`` and the figure with its interval.
    """
    own = [one for one in judged if one.test.name == "gold"] or list(judged)
    for one in own:
        yield from _slice_rows(
            one.test.name,
            tally_set(one),
            one.test.frame["lang"],
            one.slices,
            figures=("pair_micro_f1", "sentiment_macro_f1", "accuracy"),
            resampling=resampling,
        )
    if len(judged) > 1:
        tallied = _pool(judged)
        langs = pd.concat([one.test.frame["lang"] for one in judged], ignore_index=True)
        slices = pd.concat([one.slices for one in judged], ignore_index=True)
        figures = ("pair_micro_f1", "accuracy")
        yield from _slice_rows(POOL, tallied, langs, slices, figures=figures, resampling=resampling)


def _slice_rows(
    scope: str,
    tallied: Tallied,
    langs: pd.Series[str],
    slices: pd.DataFrame,
    *,
    figures: Sequence[str],
    resampling: Resampling,
) -> Iterator[Row]:
    """Give the rows of one scope."""
    names = sorted(set(langs))
    for name in slices.columns:
        for lang in ("all", *(names if len(names) > 1 else ())):
            chosen = slices[name].to_numpy(bool)
            if lang != "all":
                chosen = chosen & (langs == lang).to_numpy()
            if not chosen.any():
                continue
            sample = Sample(tallied.take(chosen), resampling)
            for figure in figures:
                row = sample.figure(figure)
                if row is not None:
                    head = {"set": scope, "slice": name, "lang": lang, "figure": figure}
                    yield head | {"n": int(chosen.sum())} | row


def _pool(judged: Sequence[Judged]) -> Tallied:
    """Put the texts of all sets together; pairs over all drivers, as far as they are labelled."""

    def gather(which: Callable[[Judged], pd.DataFrame]) -> dict[str, npt.NDArray[np.int64]]:
        pairs, right = [], []
        for one in judged:
            frame, found = one.test.frame, which(one)
            n = len(frame)
            named = tally(frame, found, ())
            right.append(named.get("right", np.zeros((n, 2), np.int64)))
            labelled = one.test.drivers if all(d in found for d in one.test.drivers) else ()
            counts = np.zeros((n, len(_DRIVERS), 3), np.int64)
            places = [_DRIVERS.index(driver) for driver in labelled]
            if places:
                counts[:, places] = count_pairs(frame, found, labelled)
            pairs.append(counts)
        return {"pairs": np.concatenate(pairs), "right": np.concatenate(right)}

    theirs = None
    if judged[0].theirs is not None:
        theirs = gather(lambda one: one.theirs if one.theirs is not None else one.ours)
    return Tallied(gather(lambda one: one.ours), theirs)


def calibrate_together(judged: Sequence[Judged]) -> tuple[list[Row], list[Row]]:
    """Measure the calibration of positive against negative over all sets that know only these.

    Parameters
    ----------
    judged : sequence of Judged
        All sets of a suite.

    Returns
    -------
    calibration, reliability : list of dict
        As `nlp_cx.evaluate.claims.calibrate` gives them; empty where fewer than two sets do.
    """
    parts = [one for one in judged if one.test.metric == "accuracy" and one.test.name != "gold"]
    if len(parts) < 2:
        return [], []
    columns = ["sentiment", "lang"]
    frame = pd.concat([one.test.frame[columns] for one in parts], ignore_index=True)
    ours = pd.concat([one.ours for one in parts], ignore_index=True)
    polar = frame["sentiment"].isin(["positive", "negative"]).to_numpy()
    return calibrate(POOL, frame[polar].reset_index(drop=True), ours[polar].reset_index(drop=True))
