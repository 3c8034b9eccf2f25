"""What an analyst should know of the data before believing a number made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.analyze.overview.repeated_texts import find_repeats
from nlp_cx.analyze.overview.texts import ScoredTexts, read_texts, take_columns
from nlp_cx.analyze.overview.times import read_times
from nlp_cx.errors import AnalysisError
from nlp_cx.schema import SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

UNSURE_SENTIMENT = 0.6
"""Texts whose most probable sentiment is less probable than this are unsure."""

UNSURE_DRIVER = (0.4, 0.6)
"""A driver whose calibrated probability of a mention lies between is nearly a coin toss."""

CHECKS = (
    "rejected_rows",
    "empty_texts",
    "nothing_scored",
    "repeated_texts",
    "unsure_labels",
    "unsure_drivers",
    "unknown_speakers",
    "other_languages",
    "no_time",
    "unreadable_times",
    "no_key",
    "unmatched_keys",
    "repeated_ids",
)
"""The checks of `quality`, in their order."""

Found = tuple[int | None, int | None, str | None]


def quality(
    scored: pd.DataFrame | pa.Table,
    *,
    text: str | None = None,
    time: str | None = None,
    n_rejected: int | None = None,
    n_unreadable_times: int = 0,
    join_summary: Mapping[str, Any] | None = None,
    drivers: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Count what is wrong with the data, or could be.

    Parameters
    ----------
    scored : DataFrame or pyarrow.Table, one row per input row
        A scored table.
    text : str, optional
        The column of the texts.
    time : str, optional
        The column of times.
    n_rejected : int, optional
        Rows that could not be read, from the summary of scoring.
    n_unreadable_times : int, default=0
        Times that reading could not read and made missing: they count as unreadable here.
    join_summary : mapping, optional
        ``JoinSummary.to_dict()``.
    drivers : sequence of str, optional
        The six experience drivers, as far as they are there, when not given.

    Returns
    -------
    DataFrame, one row per check, see `CHECKS`
        ``check``; ``table``: for *unmatched_keys* which one, one row each; ``n`` of ``of``,
        ``share``; ``reason``: why a check could not be made. The checks:

        - *rejected_rows* of all rows that were read;
        - *empty_texts* of the documents: missing or blank;
        - *nothing_scored* of the documents with text: nothing that the model knows;
        - *repeated_texts* of the documents with text: those that an earlier one says too, with
          folded width, case and blanks. Short praise repeats itself innocently; long texts do not;
        - *unsure_labels* of the texts: no sentiment has a calibrated probability of 0.6 or more;
        - *unsure_drivers* of the texts: a driver has a calibrated probability between 0.4 and 0.6;
        - *unknown_speakers* of the turns of a chat: neither customer nor agent, not counted;
        - *other_languages* of the documents with text: neither Chinese nor English;
        - *no_time*, *unreadable_times* of the documents;
        - *no_key* of the documents: in no unit of the O+X table;
        - *unmatched_keys* of the units: without a row in a joined table;
        - *repeated_ids* of the rows: the same ``doc_id`` and turn as an earlier one.

    Raises
    ------
    SchemaError
        If a named column is missing or a label unknown.

    Examples
    --------
    >>> scored = pd.DataFrame({"sentiment": ["negative", None, "positive"], "lang": ["en"] * 3,
    ...     "p_negative": [0.5, None, 0], "p_neutral": [0.3, None, 0], "p_positive": [0.2, None, 1],
    ...     "review": ["Slow", " ", "ＳＬＯＷ"]})
    >>> table = quality(scored, text="review", n_rejected=1).set_index("check")
    >>> table.loc[["rejected_rows", "empty_texts", "repeated_texts", "unsure_labels"],
    ...     ["n", "of"]].values.tolist()
    [[1, 4], [1, 3], [1, 2], [1, 2]]
    """
    texts = read_texts(scored, drivers=drivers)
    names = list(load_taxonomy().ids if drivers is None else drivers)
    probabilities = [f"p_{name}" for name in (*SENTIMENTS, *names)]
    frame = take_columns(
        scored,
        [name for name in (time,) if name is not None],
        optional=["lang", "speaker", *probabilities],
    )
    is_document = texts.is_document
    n_documents = int(is_document.sum())
    found: dict[str, Found] = {}
    if n_rejected is None:
        found["rejected_rows"] = (None, None, "not known: the summary of reading was not given")
    else:
        found["rejected_rows"] = (n_rejected, n_rejected + len(frame), None)
    strings = None if text is None else _take_strings(scored, text)
    is_empty, why = _find_empty(frame, strings)
    n_with = None if is_empty is None else int((is_document & ~is_empty).sum())
    if is_empty is None:
        found["empty_texts"] = found["nothing_scored"] = (None, None, why)
    else:
        found["empty_texts"] = (int((is_document & is_empty).sum()), n_documents, None)
        n_silent = int((is_document & ~is_empty & ~texts.is_text).sum())
        found["nothing_scored"] = (n_silent, n_with, None)
    if strings is None:
        found["repeated_texts"] = (None, None, "not known: the column of texts was not given")
    else:
        mine = strings.filter(pa.array(is_document))
        found["repeated_texts"] = (int(find_repeats(mine).sum()), n_with, None)
    found["unsure_labels"] = _count_unsure(frame, texts, SENTIMENTS, _is_sentiment_unsure)
    found["unsure_drivers"] = _count_unsure(frame, texts, list(texts.drivers), _is_driver_unsure)
    if "speaker" not in frame or frame["speaker"].isna().all():
        found["unknown_speakers"] = (None, None, "no chat")
    else:
        n_turns = int(frame["speaker"].notna().sum())
        found["unknown_speakers"] = (int((frame["speaker"] == "unknown").sum()), n_turns, None)
    if "lang" not in frame or is_empty is None:
        found["other_languages"] = (None, None, "no column 'lang'")
    else:
        is_other = (frame["lang"] == "und").to_numpy(np.bool_) & is_document & ~is_empty
        found["other_languages"] = (int(is_other.sum()), n_with, None)
    found |= _check_times(frame, time, is_document, n_unreadable_times)
    rows = [{"check": check, "table": None, "found": one} for check, one in found.items()]
    rows += _read_join(join_summary)
    table = pd.DataFrame(rows)
    parts = pd.DataFrame(table.pop("found").tolist(), columns=["n", "of", "reason"])
    table["n"], table["of"] = parts["n"].astype("Int64"), parts["of"].astype("Int64")
    n, of = (table[name].to_numpy(np.float64, na_value=np.nan) for name in ("n", "of"))
    table["share"] = np.where(of > 0, n / np.where(of > 0, of, 1), np.nan)
    table["reason"] = parts["reason"].astype(object).where(parts["reason"].notna(), None)
    return table


def _take_strings(scored: pd.DataFrame | pa.Table, text: str) -> pa.Array:
    """Take the texts as an array of strings."""
    if isinstance(scored, pa.Table):
        take_columns(scored.slice(0, 0), [text])
        column = scored[text].combine_chunks()
    else:
        column = pa.array(take_columns(scored, [text])[text].astype(object), from_pandas=True)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.large_string())


def _find_empty(
    frame: pd.DataFrame, strings: pa.Array | None
) -> tuple[npt.NDArray[np.bool_] | None, str | None]:
    """Tell which rows have no text."""
    if strings is not None:
        blank = pc.fill_null(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(strings)), 0), True)
        return blank.to_numpy(zero_copy_only=False).astype(np.bool_), None
    if "lang" in frame:
        return frame["lang"].isna().to_numpy(np.bool_), None
    return None, "neither the column of texts nor 'lang' is there"


def _count_unsure(
    frame: pd.DataFrame,
    texts: ScoredTexts,
    names: Sequence[str],
    is_unsure: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.bool_]],
) -> Found:
    """Count the texts of which the model is not sure."""
    columns = [f"p_{name}" for name in names if f"p_{name}" in frame]
    if not columns or len(columns) < len(names):
        return None, None, "no probabilities: score with --columns full"
    values = frame[columns].to_numpy(np.float32)[texts.is_text]
    return int(is_unsure(values).sum()), int(texts.is_text.sum()), None


def _is_sentiment_unsure(p: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell where no sentiment is probable."""
    return np.asarray(p.max(axis=1) < np.float32(UNSURE_SENTIMENT))


def _is_driver_unsure(p: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell where a mention is neither probable nor improbable."""
    low, high = map(np.float32, UNSURE_DRIVER)
    return np.asarray(((p > low) & (p < high)).any(axis=1))


def _check_times(
    frame: pd.DataFrame, time: str | None, is_document: npt.NDArray[np.bool_], n_made_missing: int
) -> dict[str, Found]:
    """Count documents without a time, and those with one that cannot be read."""
    n = int(is_document.sum())
    if time is None:
        return dict.fromkeys(("no_time", "unreadable_times"), (None, None, "no column of times"))
    try:
        times = read_times(frame, time, is_row=is_document)
    except AnalysisError:
        n_missing = int((frame[time].isna().to_numpy(np.bool_) & is_document).sum())
        n_unread = n - n_missing
    else:
        n_missing, n_unread = times.n_missing, times.n_unread
    n_made_missing = min(n_made_missing, n_missing)
    return {
        "no_time": (n_missing - n_made_missing, n, None),
        "unreadable_times": (n_unread + n_made_missing, n, None),
    }


def _read_join(summary: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Give what a join left over."""
    if summary is None:
        why: Found = (None, None, "nothing was joined")
        names = ("no_key", "unmatched_keys", "repeated_ids")
        return [{"check": name, "table": None, "found": why} for name in names]
    scored = summary["scored"]
    n_documents = int(scored["n_documents"])
    left = int(scored["n_without_key"]) + int(summary["n_documents_left_out"])
    rows: list[dict[str, Any]] = [
        {"check": "no_key", "table": None, "found": (left, n_documents, None)}
    ]
    for table in summary["tables"]:
        n_units = int(table["n_units"])
        found: Found = (n_units - int(table["n_units_matched"]), n_units, None)
        rows.append({"check": "unmatched_keys", "table": str(table["name"]), "found": found})
    twice: Found = (int(scored["n_duplicates"]), int(scored["n_rows"]), None)
    return [*rows, {"check": "repeated_ids", "table": None, "found": twice}]
