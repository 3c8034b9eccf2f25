"""A fine-tuned checkpoint, served by onnxruntime and tokenizers, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.checkpoint_windows import NO_CLAUSE, TokenReader, Windows
from nlp_cx.classify.encoder_kernel import pool_clauses
from nlp_cx.classify.onnx_session import GraphSession
from nlp_cx.errors import ModelError

GRAPH_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int64]


class CheckpointHead(NamedTuple):
    """From the states of a clause's tokens to its outputs; w wide, h hidden units, K outputs.

    Parameters
    ----------
    hidden : float32 (2w, h)
        Of the mean and of the greatest state.
    hidden_bias : float32 (h,)
    out : float32 (h, K + 1)
        The last output says how much a clause counts for its document's sentiment.
    out_bias : float32 (K + 1,)
    """

    hidden: _Floats
    hidden_bias: _Floats
    out: _Floats
    out_bias: _Floats


class CheckpointBackend:
    """Compute outputs with a fine-tuned checkpoint; the backend ``checkpoint``.

    Parameters
    ----------
    weights : dict of str to ndarray
        Named as the fields of `CheckpointHead`.
    files : dict of str to bytes
        `GRAPH_FILE`: from ``ids`` int64 (1, s) to states (1, s, w); `TOKENIZER_FILE`.
    architecture : mapping
        ``length``: most tokens of a window.
    n_outputs : int
        K.

    Raises
    ------
    ModelError
        If a part is missing, or they do not fit together.
    MissingDependencyError
        If onnxruntime or tokenizers is not there.

    Notes
    -----
    Each window is computed by itself: there is no padding to pay for, and what a document gets does
    not depend on the others to the bit, also where the graph chooses the scale of its integers by
    what it reads.
    """

    reads_original = True
    """It sees the code points as they are written: its tokenizer folds what it folds itself."""

    def __init__(
        self,
        weights: Mapping[str, npt.NDArray[Any]],
        files: Mapping[str, bytes],
        architecture: Mapping[str, Any],
        n_outputs: int,
    ) -> None:
        missing = [name for name in (GRAPH_FILE, TOKENIZER_FILE) if name not in files]
        if missing:
            raise ModelError(f"the model lacks {' and '.join(missing)}. Copy it again.")
        length = architecture.get("length")
        if not isinstance(length, int):
            raise ModelError(f"architecture.length is {length!r}, expected tokens of a window.")
        self._head = head_from_weights(weights, n_outputs)
        self._reader = TokenReader(files[TOKENIZER_FILE], length)
        self._session = GraphSession(files[GRAPH_FILE])
        self._n_outputs = n_outputs

    def logits(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: _Ints,
        starts: _Ints,
        ends: _Ints,
    ) -> tuple[_Floats, _Floats]:
        """Compute raw outputs.

        Parameters
        ----------
        codes : uint32 (n_chars,)
            Original code points.
        first_clause : int64 (n_documents + 1,)
        starts, ends : int64 (n_clauses,)

        Returns
        -------
        documents : float32 (n_documents, K)
        clauses : float32 (n_clauses, K)
            Not a number where the vocabulary knows nothing of a document.
        """
        windows = self._reader.read(codes, first_clause, starts, ends)
        documents = np.empty((len(first_clause) - 1, self._n_outputs), np.float32)
        outputs = np.full((len(starts), self._n_outputs + 1), np.nan, np.float32)
        is_known = np.diff(windows.first_window) > 0
        for i in np.flatnonzero(is_known):
            a, b = int(first_clause[i]), int(first_clause[i + 1])
            states, owner = self._read_states(windows, int(i))
            outputs[a:b] = apply_head(self._head, states, owner - a, b - a)
        pool_clauses(outputs, np.ascontiguousarray(first_clause, np.int64), is_known, documents)
        return documents, np.ascontiguousarray(outputs[:, :-1])

    def _read_states(self, windows: Windows, i: int) -> tuple[_Floats, _Ints]:
        """Compute the states of a document's tokens, and give the clause of each."""
        states, owners = [], []
        for w in range(windows.first_window[i], windows.first_window[i + 1]):
            span = slice(windows.offsets[w], windows.offsets[w + 1])
            owner = windows.clause[span]
            out = self._session.run(windows.ids[None, span])
            expected = (1, len(owner), len(self._head.hidden) // 2)
            if out.shape != expected:
                raise ModelError(f"{GRAPH_FILE} gives {out.shape}, expected {expected}.")
            states.append(out[0][owner != NO_CLAUSE])
            owners.append(owner[owner != NO_CLAUSE])
        return np.concatenate(states), np.concatenate(owners)


def apply_head(head: CheckpointHead, states: _Floats, owner: _Ints, n_clauses: int) -> _Floats:
    """Compute the outputs of the clauses of one document.

    Parameters
    ----------
    head : CheckpointHead
    states : float32 (n_tokens, w)
    owner : int64 (n_tokens,)
        Clause of each token, in order; at least one token.
    n_clauses : int

    Returns
    -------
    ndarray of float32, shape (n_clauses, K + 1)
        A clause without tokens (marks that the tokenizer drops) has states of zero.
    """
    width = states.shape[1]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    counts = np.diff(first, append=len(owner)).astype(np.float32)
    x = np.zeros((n_clauses, 2 * width), np.float32)
    x[owner[first], :width] = np.add.reduceat(states, first, axis=0) / counts[:, None]
    x[owner[first], width:] = np.maximum.reduceat(states, first, axis=0)
    hidden = np.maximum(x @ head.hidden + head.hidden_bias, 0)
    outputs: _Floats = hidden @ head.out + head.out_bias
    return outputs


def head_from_weights(weights: Mapping[str, npt.NDArray[Any]], n_outputs: int) -> CheckpointHead:
    """Check the arrays of a head and put them in order.

    Parameters
    ----------
    weights : mapping of str to ndarray
    n_outputs : int
        K.

    Returns
    -------
    CheckpointHead

    Raises
    ------
    ModelError
        If an array is missing or of another shape or type than the others ask for.
    """
    missing = [name for name in CheckpointHead._fields if name not in weights]
    if missing:
        raise ModelError(f"the model lacks the arrays {', '.join(missing)}. Copy it again.")
    head = CheckpointHead(*(weights[name] for name in CheckpointHead._fields))
    h, k = head.hidden_bias.size, n_outputs + 1
    shapes = {
        "hidden": (len(head.hidden) // 2 * 2, h),
        "hidden_bias": (h,),
        "out": (h, k),
        "out_bias": (k,),
    }
    faults = [
        f"{name} is {weights[name].dtype}{weights[name].shape}, expected float32{shape}"
        for name, shape in shapes.items()
        if weights[name].shape != shape or weights[name].dtype != np.float32
    ]
    if faults:
        raise ModelError("; ".join(faults) + ". Copy the model again.")
    return head
