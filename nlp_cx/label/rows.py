"""The rows of a batch, of which a few become candidates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.label.best import BestTexts, Candidate


class Rows:
    """The rows of a batch.

    Parameters
    ----------
    scored : RecordBatch or Table, shape (n, …)
        With ``doc_id`` and ``lang``.
    texts : list of str, length n
    keys : ndarray of uint64, shape (n,)
        See `nlp_cx.label.keys.text_keys`.
    group : Array, shape (n,), or None
        Keys that must not be torn apart by a split.
    usable : ndarray of bool, shape (n,)
        False: a row that is never picked.
    """

    def __init__(
        self,
        scored: pa.RecordBatch | pa.Table,
        texts: list[str],
        keys: npt.NDArray[np.uint64],
        group: pa.Array | pa.ChunkedArray | None,
        usable: npt.NDArray[np.bool_],
    ) -> None:
        self.texts, self.keys, self.usable = texts, keys, usable
        self._doc_id = scored.column("doc_id")
        self._lang = scored.column("lang")
        self._group = group

    def candidate(
        self, i: int, value: float, draw: int, details: npt.NDArray[np.floating]
    ) -> Candidate:
        """Make a candidate of a row.

        Parameters
        ----------
        i : int
            Number of the row.
        value : float
            What it is ranked by, the greater the better.
        draw : int
            What decides between equals.
        details : ndarray of float
            For the reason.

        Returns
        -------
        Candidate
        """
        group = self._group[i].as_py() if self._group is not None else None
        return Candidate(
            key=int(self.keys[i]),
            text=self.texts[i],
            doc_id=str(self._doc_id[i].as_py()),
            lang=self._lang[i].as_py(),
            group=None if group is None else str(group),
            value=value,
            draw=draw,
            details=details.astype(np.float32),
        )


def put_rows(
    best: BestTexts,
    rows: Rows,
    values: npt.NDArray[np.float64],
    draws: npt.NDArray[np.uint64],
    details: npt.NDArray[np.floating],
) -> None:
    """Offer the usable rows of a batch to a list.

    Parameters
    ----------
    best : BestTexts
        Changed.
    rows : Rows
        Of n texts.
    values : ndarray of float, shape (n,)
        What they are ranked by.
    draws : ndarray of uint64, shape (n,)
        What decides between equals.
    details : ndarray of float, shape (n, …)
        For the reason.
    """
    values = np.where(rows.usable, values, np.nan)
    for i in best.choose(values, draws).tolist():
        best.add(rows.candidate(i, float(values[i]), int(draws[i]), details[i]))
