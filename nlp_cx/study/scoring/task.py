"""What to score, and the ids and keys that are unique over all inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.study.spec import InputSpec

OnProgress = Callable[[str, float | None, int], object]
"""Gets what is being done, the part that is done (0 to 1, None where not known), and rows."""


@dataclass(frozen=True, slots=True)
class ScoreTask:
    """What to score.

    Parameters
    ----------
    spec : InputSpec
    carry : tuple of str
        The user's columns that later stages need.
    folder : Path
        Gets ``scored.NAME.parquet``, ``evidence.NAME.parquet`` and, for chats,
        ``conversations.NAME.parquet``.
    mask_pii : bool
    is_prefixed : bool
        Ids are made texts, and those of documents begin with the name of the input: there are
        several inputs.
    """

    spec: InputSpec
    carry: tuple[str, ...]
    folder: Path
    mask_pii: bool = False
    is_prefixed: bool = False

    def path(self, table: str) -> Path:
        """Give where a table is written."""
        return self.folder / f"{table}.{self.spec.name}.parquet"


def prefix_ids(task: ScoreTask, column: Any) -> Any:
    """Give ids that are unique over all inputs.

    Parameters
    ----------
    task : ScoreTask
    column : Array or ChunkedArray

    Returns
    -------
    Array or ChunkedArray
    """
    if not task.is_prefixed:
        return column
    texts = column.cast(pa.string())
    return pc.binary_join_element_wise(f"{task.spec.name}:", texts, "")


def cast_keys(task: ScoreTask, column: Any) -> Any:
    """Give keys that have one type over all inputs.

    Parameters
    ----------
    task : ScoreTask
    column : Array or ChunkedArray

    Returns
    -------
    Array or ChunkedArray
    """
    return column.cast(pa.string()) if task.is_prefixed else column


def repeat_word(word: str, n: int) -> pa.DictionaryArray:
    """Give a column of one word.

    Parameters
    ----------
    word : str
    n : int
        Rows.

    Returns
    -------
    DictionaryArray
    """
    codes = pa.array([0], pa.int8()).take(pa.array([0] * n, pa.int32()))
    return pa.DictionaryArray.from_arrays(codes, pa.array([word]))
