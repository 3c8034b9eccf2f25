"""Labels by people of a random sample of texts, as the correction of shares needs them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nlp_cx.errors import SchemaError
from nlp_cx.read.table_file import read_arrow
from nlp_cx.study.spec import Gold

NOT_MENTIONED = "not_mentioned"


def read_gold(
    gold: Gold, documents: pd.DataFrame, drivers: Sequence[str], notes: list[str]
) -> pd.DataFrame:
    """Read labels and find their texts.

    Parameters
    ----------
    gold : Gold
    documents : DataFrame, one row per document
        ``doc_id``.
    drivers : sequence of str
    notes : list of str
        Gets what was left out.

    Returns
    -------
    DataFrame, one row per labelled text
        ``doc_id`` as in `documents`; drivers, missing where not mentioned; ``sentiment`` if given.

    Raises
    ------
    SchemaError
        If the column of ids, or all drivers, are missing, or no text has such an id.

    Notes
    -----
    A table of ``nlp-cx label import`` says *not_mentioned* and leaves empty what nobody answered:
    rows with an empty driver are left out then. Elsewhere empty means not mentioned. Of picked
    texts (``is_random``) the random ones count alone.
    """
    table, _ = read_arrow(gold.path)
    frame = table.to_pandas()
    labelled = [name for name in drivers if name in frame]
    if gold.id not in frame or not labelled:
        lacks = f"no column {gold.id!r}" if gold.id not in frame else "no column of a driver"
        raise SchemaError(
            f"{gold.path}: {lacks}; it has {', '.join(map(str, frame.columns))}. Expected ids of "
            f"texts and {', '.join(drivers)}."
        )
    frame = frame.rename(columns={gold.id: "doc_id"})
    if "is_random" in frame:
        is_random = frame["is_random"].astype("string").str.lower().isin(["true", "1"])
        if not is_random.all():
            notes.append(
                f"{(~is_random).sum():,} labelled texts were not picked at random and do not "
                "correct shares."
            )
        frame = frame[is_random]
    answers = frame[labelled].astype(object)
    is_said = answers.eq(NOT_MENTIONED)
    if is_said.any(axis=None):
        is_whole = answers.notna().all(axis=1)
        if not is_whole.all():
            notes.append(
                f"{(~is_whole).sum():,} labelled texts have no answer for some driver and do not "
                "correct shares."
            )
        frame = frame[is_whole].assign(**answers.mask(is_said, None)[is_whole])
    return _find_texts(frame, documents, gold, notes)


def _find_texts(
    frame: pd.DataFrame, documents: pd.DataFrame, gold: Gold, notes: list[str]
) -> pd.DataFrame:
    """Give labels the ids of their texts; with several inputs these begin with the input's name."""
    known = documents["doc_id"]
    if not pd.api.types.is_numeric_dtype(known):
        frame = frame.assign(doc_id=frame["doc_id"].astype("str"))
        if not frame["doc_id"].isin(known).any():
            bare = pd.Series(known.to_numpy(), index=known.astype(str).str.partition(":")[2])
            bare = bare[~bare.index.duplicated(keep=False)]
            frame = frame.assign(doc_id=frame["doc_id"].map(bare).fillna(frame["doc_id"]))
    is_known = frame["doc_id"].isin(known)
    if not is_known.any():
        raise SchemaError(
            f"{gold.path}: no text has an id of column {gold.id!r}, e.g. "
            f"{frame['doc_id'].iloc[0] if len(frame) else 'none'}. Texts have ids such as "
            f"{known.iloc[0]}."
        )
    if not is_known.all():
        notes.append(f"{(~is_known).sum():,} labelled texts are not among the texts of the study.")
    return frame[is_known].reset_index(drop=True)
