"""How far each data set means the same as the gold set, on the texts that both label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from nlp_cx.corpus.datasets import load_catalogue
from nlp_cx.corpus.gold import read_gold_split
from nlp_cx.corpus.layout import LABEL_COLUMNS
from nlp_cx.corpus.splits import add_labels, read_texts
from nlp_cx.taxonomy import load_taxonomy


def compare_with_gold(root: str | Path) -> pd.DataFrame:
    """Compare the training labels of every data set with the gold train split.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.

    Returns
    -------
    DataFrame, one row per data set and output, catalogue order
        ``source, output`` (sentiment, or a driver), ``n`` (texts of both that the data set says
        something about). For a driver: ``n_both`` (mentioned in both), ``n_extra`` (only in the
        data set), ``n_missed`` (only in gold). ``n_polar`` (texts with a polarity in both;
        positive and negative only for sentiment), ``agreement`` (share of these with the same
        one; missing where there are none).

    Notes
    -----
    Only texts count that stand in a train file as a whole (equal after normalisation); gold
    sentences that were cut from a longer review have no label there to compare with. The gold set
    is enriched for rare drivers, so missed mentions weigh more here than in the world.
    """
    gold = read_gold_split(root, "train")[["match", *LABEL_COLUMNS]]
    rows = []
    for dataset in load_catalogue().values():
        files = dataset.files.get("train", ()) if dataset.reader != "none" else ()
        texts = [read_texts(root, dataset, file, "train") for file in files]
        texts = [frame[frame["split"] == "train"] for frame in texts]
        if texts:
            labels = add_labels(root, pd.concat(texts, ignore_index=True), dataset)
            shared = gold.merge(
                labels.drop_duplicates("match"), on="match", suffixes=("", "_theirs")
            )
            rows += [_compare(dataset.name, output, shared) for output in LABEL_COLUMNS[:-1]]
    table = pd.DataFrame(rows)
    return table[table["n"] > 0].reset_index(drop=True)


def _compare(source: str, output: str, shared: pd.DataFrame) -> dict[str, object]:
    """Count how one output of one data set relates to gold."""
    shared = shared[shared[f"{output}_theirs"].notna()]
    ours, theirs = shared[output], shared[f"{output}_theirs"]
    row: dict[str, object] = {"source": source, "output": output, "n": len(shared)}
    if output in load_taxonomy().ids:
        in_gold, in_set = ours != "not_mentioned", theirs != "not_mentioned"
        row["n_both"] = int((in_gold & in_set).sum())
        row["n_extra"] = int((~in_gold & in_set).sum())
        row["n_missed"] = int((in_gold & ~in_set).sum())
        polar = in_gold & in_set & (theirs != "mentioned")
    else:
        polar = ours.isin(["positive", "negative"]) & theirs.isin(["positive", "negative"])
    row["n_polar"] = int(polar.sum())
    row["agreement"] = float((ours == theirs)[polar].mean()) if polar.any() else np.nan
    return row
