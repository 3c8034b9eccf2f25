"""Make a trained model small: vectors as 8-bit integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.train.hashed.fit import HashedModel

_QUANTILE = 0.9995
_MOST = 127


def quantize(
    model: HashedModel, fingerprints: npt.NDArray[np.uint16]
) -> dict[str, npt.NDArray[Any]]:
    """Give the arrays of the served model.

    Parameters
    ----------
    model : HashedModel
    fingerprints : uint16 (n_rows,)

    Returns
    -------
    dict of str to ndarray
        The fields of :class:`nlp_cx.classify.hashed.Network`. The table has one scale a column, at
        which all but the largest values of one in 2,000 rows are kept as they are; rows without an
        n-gram are zero.
    """
    values = np.where(fingerprints[:, None] > 0, model.table.values, np.float32(0))
    used = np.abs(values[fingerprints > 0])
    largest = np.quantile(used, _QUANTILE, axis=0) if len(used) else np.ones(values.shape[1])
    scale = np.maximum(largest, 1e-12) / _MOST
    table = np.clip(np.rint(values / scale), -_MOST, _MOST).astype(np.int8)
    return {
        "fingerprints": fingerprints,
        "table": table,
        "scale": scale.astype(np.float32),
        **model.network.export(),
    }
