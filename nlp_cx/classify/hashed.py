"""The fast classifier: a table of n-gram vectors and a tiny network, read in one compiled pass.

For every clause the kernel hashes its n-grams (:mod:`nlp_cx.text.ngrams`), adds their vectors, and
runs a network of one hidden layer that also sees the sum over the whole document. A document's
outputs are pooled from its clauses: the strongest clause for what is *present* (drivers, praise,
criticism, loyalty), a learned weighting for the sentiment. So each label of a document comes from
a clause that carries it, although training needs labels of documents alone (multiple-instance
learning).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.hashed_kernel import (
    WAYS,
    Layers,
    Network,
    Scratch,
    scale_of_sum,
    score_clauses,
)
from nlp_cx.classify.vectors import LANES
from nlp_cx.errors import ModelError
from nlp_cx.text.ngrams import unit_classes

_N_NORMS = 1024
_LINE = 64


def network_from_weights(weights: dict[str, npt.NDArray[Any]], n_outputs: int) -> Network:
    """Check the arrays of a model folder and put them in order.

    Parameters
    ----------
    weights : dict of str to ndarray
    n_outputs : int
        K.

    Returns
    -------
    Network
        Read-only arrays.

    Raises
    ------
    ModelError
        If an array is missing or has another type or shape than the others ask for.
    """
    missing = [name for name in Network._fields if name not in weights]
    if missing:
        raise ModelError(f"hashed model lacks the arrays {', '.join(missing)}. Copy it again.")
    table, hidden_bias = weights["table"], weights["hidden_bias"]
    n_rows, d = table.shape if table.ndim == 2 else (0, 0)
    h, k = hidden_bias.size, n_outputs
    expected: dict[str, tuple[tuple[int, ...], type]] = {
        "fingerprints": ((n_rows,), np.uint16),
        "table": ((n_rows, d), np.int8),
        "scale": ((d,), np.float32),
        "clause_in": ((d, h), np.float32),
        "document_in": ((d, h), np.float32),
        "position_in": ((3, h), np.float32),
        "hidden_bias": ((h,), np.float32),
        "clause_out": ((h, k + 1), np.float32),
        "clause_out_bias": ((k + 1,), np.float32),
        "clause_skip": ((d, k + 1), np.float32),
    }
    faults = [
        f"{name} is {weights[name].dtype}{weights[name].shape}, expected {np.dtype(dtype)}{shape}"
        for name, (shape, dtype) in expected.items()
        if weights[name].shape != shape or weights[name].dtype != dtype
    ]
    if n_rows == 0 or n_rows % WAYS:
        faults.append(f"table has {n_rows} rows, expected a positive multiple of {WAYS}")
    if faults:
        raise ModelError("hashed model: " + "; ".join(faults) + ". Copy it again.")
    return Network(**{name: _frozen(weights[name]) for name in Network._fields})


class HashedBackend:
    """Compute outputs with hashed n-grams; the backend ``hashed``.

    Parameters
    ----------
    weights : dict of str to ndarray
        Arrays named as the fields of :class:`nlp_cx.classify.hashed_kernel.Network`.
    n_outputs : int
        K, which the weights must have.

    Raises
    ------
    ModelError
        If the weights do not fit together.
    """

    def __init__(self, weights: dict[str, npt.NDArray[Any]], n_outputs: int) -> None:
        self._layers = _lay_out(network_from_weights(weights, n_outputs))
        self._n_outputs = n_outputs

    def logits(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Compute raw outputs; see :func:`nlp_cx.classify.hashed_kernel.score_clauses`.

        Parameters
        ----------
        codes : uint32 (n_chars,)
            Normalised code points.
        first_clause : int64 (n_documents + 1,)
        starts, ends : int64 (n_clauses,)

        Returns
        -------
        documents : float32 (n_documents, K)
        clauses : float32 (n_clauses, K)
        """
        d, h = self._layers.document_in.shape
        n_units = int((ends - starts).max(initial=0)) + 4
        n_clauses = int(np.diff(first_clause).max(initial=0))
        scratch = Scratch(
            units=np.empty(n_units, np.uint64),
            spans=np.empty((n_units, 3), np.int64),
            letters=np.empty(32, np.uint32),
            hashes=np.empty(8 * n_units, np.uint64),
            rows=np.empty(8 * n_units, np.int64),
            sums=np.empty((n_clauses, d), np.int32),
            counts=np.empty(n_clauses, np.int64),
            total=np.empty(d, np.int64),
            attention=np.empty(n_clauses, np.float32),
            x=np.empty(d, np.float32),
            context=np.empty(h, np.float32),
            both=np.empty(self._layers.clause_in.shape[1], np.float32),
        )
        documents = np.empty((len(first_clause) - 1, self._n_outputs), np.float32)
        clauses = np.empty((len(starts), self._n_outputs), np.float32)
        score_clauses(
            codes,
            first_clause,
            starts,
            ends,
            unit_classes(),
            self._layers,
            scratch,
            documents,
            clauses,
        )
        return documents, clauses


def _lay_out(network: Network) -> Layers:
    """Pad and join the weights, so that loops run over whole registers."""
    skip = _padded(network.clause_skip, (0, 1))
    return Layers(
        buckets=network.fingerprints.view(np.uint64),
        table=_frozen(_aligned(_padded(network.table, (1,)))),
        scale=_frozen(_padded(network.scale, (0,))),
        norms=_frozen(np.array([scale_of_sum.py_func(n) for n in range(_N_NORMS)], np.float32)),
        document_in=_frozen(_padded(network.document_in, (0, 1))),
        position_in=_frozen(_padded(network.position_in, (1,))),
        hidden_bias=_frozen(_padded(network.hidden_bias, (0,))),
        clause_in=_frozen(np.concatenate([_padded(network.clause_in, (0, 1)), skip], axis=1)),
        clause_out=_frozen(_padded(network.clause_out, (0, 1))),
        clause_out_bias=_frozen(_padded(network.clause_out_bias, (0,))),
    )


def _padded(array: npt.NDArray[Any], axes: tuple[int, ...]) -> npt.NDArray[Any]:
    """Add zeros up to whole registers."""
    widths = [(0, -size % LANES if axis in axes else 0) for axis, size in enumerate(array.shape)]
    return np.pad(array, widths)


def _aligned(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give a copy whose rows begin where lines of the cache do: half the misses for 64 columns."""
    room = np.empty(table.nbytes + _LINE, np.uint8)
    start = -room.ctypes.data % _LINE
    copy = room[start : start + table.nbytes].view(table.dtype).reshape(table.shape)
    copy[:] = table
    return copy


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give an array that compiled loops know by one type, wherever it came from."""
    frozen = np.require(array, requirements=["C", "ALIGNED"]).view()
    frozen.flags.writeable = False
    return frozen
