"""Turn numbers for logs that have none."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
import pyarrow as pa


class TurnCounter:
    """Number the turns of each conversation in row order, over any number of batches.

    Notes
    -----
    Holds one number per conversation seen. Rows without a conversation get no number.

    Examples
    --------
    >>> counter = TurnCounter()
    >>> counter.number(pa.array(["a", "b", "a"])).to_pylist()
    [0, 0, 1]
    >>> counter.number(pa.array(["a", None])).to_pylist()
    [2, None]
    """

    def __init__(self) -> None:
        self._n_seen: dict[Hashable, int] = {}

    def number(self, interaction_ids: pa.Array | pa.ChunkedArray) -> pa.Array:
        """Give the position of each row in its conversation, from 0.

        Parameters
        ----------
        interaction_ids : Array or ChunkedArray, shape (n_rows,)

        Returns
        -------
        Array of int32, shape (n_rows,)
            Null where the id is null.
        """
        ids = pd.Series(interaction_ids.to_pandas(), dtype=object)
        codes, names = pd.factorize(ids, use_na_sentinel=True)
        turns = pd.Series(codes).groupby(codes).cumcount().to_numpy()
        firsts = np.fromiter((self._n_seen.get(n, 0) for n in names), np.int64, len(names))
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        self._n_seen.update(zip(names, (firsts + counts).tolist(), strict=True))
        if len(names):
            turns = turns + firsts[codes]
        return pa.array(turns.astype(np.int32), mask=codes < 0)
