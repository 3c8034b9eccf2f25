"""The accurate classifier: a small transformer over tokens, run by onnxruntime.

Clauses are cut into tokens, documents into windows of whole clauses. Windows of one length are run
together, so that nothing is padded; the ranges of all 8-bit numbers are fixed when a model is made.
Hence what a document gets depends on its own tokens alone, to the bit. A clause's outputs come from
the mean and the greatest of its tokens' states, a document's from its clauses'.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.encoder_kernel import (
    Head,
    Work,
    add_states,
    fill_ids,
    finish,
    head_of_nothing,
    pool_clauses,
)
from nlp_cx.classify.onnx_session import GraphSession
from nlp_cx.classify.vectors import LANES
from nlp_cx.classify.windows import find_windows, group_windows
from nlp_cx.errors import ModelError
from nlp_cx.text.tokens import UNKNOWN, TokenTable, find_tokens, make_token_table

GRAPH_FILE, VOCABULARY_FILE = "model.onnx", "vocabulary.json"

TOKEN_BUDGET = 1_024
"""Tokens of a run: more no longer fit into the cache, fewer leave the processor idle."""

_SIZES = ("width", "n_positions", "n_tokens", "n_hidden")
_MOST_DOCUMENTS = 4_096

_Floats = npt.NDArray[np.float32]


class EncoderBackend:
    """Compute outputs with an encoder; the backend ``encoder``.

    The graph is opened at the first text, once in each process, and runs in the calling thread.

    Parameters
    ----------
    weights : dict of str to ndarray
        ``hidden, hidden_bias, out, out_bias`` of the head.
    files : dict of str to bytes
        ``model.onnx`` and ``vocabulary.json``.
    architecture : mapping
        ``width, n_positions, n_tokens, n_hidden`` of ``model.json``.
    n_outputs : int
        K, which the weights must have.

    Raises
    ------
    ModelError
        If something is missing or does not fit together.
    """

    def __init__(
        self,
        weights: Mapping[str, npt.NDArray[Any]],
        files: Mapping[str, bytes],
        architecture: Mapping[str, Any],
        n_outputs: int,
    ) -> None:
        sizes = _read_sizes(architecture)
        self._width, self._n_positions = sizes["width"], sizes["n_positions"]
        self._head = _lay_out(weights, sizes, n_outputs)
        self._n_outputs = n_outputs
        missing = [name for name in (GRAPH_FILE, VOCABULARY_FILE) if name not in files]
        if missing:
            raise ModelError(f"encoder model lacks the files {', '.join(missing)}. Copy it again.")
        self._graph = GraphSession(files[GRAPH_FILE])
        self._vocabulary = _read_vocabulary(files[VOCABULARY_FILE], sizes["n_tokens"])
        self._table: TokenTable | None = None

    def logits(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> tuple[_Floats, _Floats]:
        """Compute raw outputs.

        Parameters
        ----------
        codes : uint32 (n_chars,)
            Normalised code points.
        first_clause : int64 (n_documents + 1,)
        starts, ends : int64 (n_clauses,)

        Returns
        -------
        documents : float32 (n_documents, K)
            Not a number where no token of the vocabulary was found.
        clauses : float32 (n_clauses, K)

        Raises
        ------
        ModelError
            If the graph cannot be run.
        """
        n = len(first_clause) - 1
        documents = np.empty((n, self._n_outputs), np.float32)
        clauses = np.empty((len(starts), self._n_outputs), np.float32)
        for a in range(0, n, _MOST_DOCUMENTS):
            b = min(n, a + _MOST_DOCUMENTS)
            own = slice(first_clause[a], first_clause[b])
            self._score(
                codes,
                first_clause[a : b + 1] - first_clause[a],
                (starts[own], ends[own]),
                documents[a:b],
                clauses[own],
            )
        return documents, clauses

    def _score(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: npt.NDArray[np.int64],
        spans: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
        documents: _Floats,
        clauses: _Floats,
    ) -> None:
        """Compute the outputs of some documents."""
        tokens = find_tokens(codes, *spans, self._prepare())
        windows = find_windows(tokens.offsets, first_clause, self._n_positions - 1)
        work = self._make_room(np.diff(tokens.offsets))
        for chosen in group_windows(windows, TOKEN_BUDGET):
            w = chosen[0]
            ids = np.empty((len(chosen), windows.last[w] - windows.first[w] + 1), np.int32)
            fill_ids(chosen, windows.first, tokens.ids, ids)
            states = self._graph.run(ids)
            add_states(chosen, windows, states, work, self._head)
        finish(windows, work, self._head)
        n_known = np.concatenate([[0], np.cumsum(tokens.ids != UNKNOWN)])
        of_document = n_known[tokens.offsets[first_clause]]
        pool_clauses(work.outputs, first_clause, np.diff(of_document) > 0, documents)
        clauses[:] = work.outputs[:, :-1]

    def _make_room(self, n_tokens: npt.NDArray[np.int64]) -> Work:
        """Make room for the outputs of clauses, and for those that are longer than a window."""
        clause = np.flatnonzero(n_tokens > self._n_positions - 1)
        place = np.full(len(n_tokens), -1, np.int64)
        place[clause] = np.arange(len(clause))
        sums = np.zeros((len(clause), self._width), np.float32)
        nothing = np.empty(self._n_outputs + 1, np.float32)
        head_of_nothing(self._head, nothing)
        outputs = np.repeat(nothing[None], len(n_tokens), axis=0)
        return Work(outputs, place, clause, sums, np.full_like(sums, -np.inf))

    def _prepare(self) -> TokenTable:
        """Do once, at the first text, what would wake the compiler and onnxruntime at loading."""
        if self._table is None:
            # One window of the greatest length and token shows whether all parts fit together.
            widest = np.full((1, self._n_positions), len(self._vocabulary) - 1, np.int32)
            shape = self._graph.run(widest).shape
            if shape != (1, self._n_positions, self._width):
                raise ModelError(
                    f"{GRAPH_FILE} gives states {shape}, expected "
                    f"{(1, self._n_positions, self._width)}. Copy the model again."
                )
            self._table = make_token_table(self._vocabulary)
        return self._table


def _read_sizes(architecture: Mapping[str, Any]) -> dict[str, int]:
    """Take the sizes out of ``model.json``."""
    sizes = {name: architecture.get(name) for name in _SIZES}
    faults = [f"{k} is {v!r}" for k, v in sizes.items() if type(v) is not int or v < 2]
    if faults:
        raise ModelError(
            f"encoder model: {'; '.join(faults)} in its architecture, expected whole numbers above "
            "1. Copy it again."
        )
    return {name: int(value) for name, value in sizes.items() if value is not None}


def _read_vocabulary(file: bytes, n_tokens: int) -> list[str]:
    """Read the vocabulary and check its size."""
    try:
        entries = json.loads(file)
    except (ValueError, RecursionError) as e:
        raise ModelError(f"{VOCABULARY_FILE}: not valid JSON ({e}). Copy the model again.") from e
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ModelError(f"{VOCABULARY_FILE}: no list of strings. Copy the model again.")
    if len(entries) != n_tokens:
        raise ModelError(
            f"{VOCABULARY_FILE}: {len(entries):,} entries, expected {n_tokens:,}. Copy the model "
            "again."
        )
    return entries


def _lay_out(
    weights: Mapping[str, npt.NDArray[Any]], sizes: Mapping[str, int], n_outputs: int
) -> Head:
    """Check the arrays of the head and pad them."""
    width, n_hidden = sizes["width"], sizes["n_hidden"]
    expected = {
        "hidden": (2 * width, n_hidden),
        "hidden_bias": (n_hidden,),
        "out": (n_hidden, n_outputs + 1),
        "out_bias": (n_outputs + 1,),
    }
    faults = []
    for name, shape in expected.items():
        array = weights.get(name)
        if array is None:
            faults.append(f"{name} is missing")
        elif array.shape != shape or array.dtype != np.float32:
            faults.append(f"{name} is {array.dtype}{array.shape}, expected float32{shape}")
    if faults:
        raise ModelError("encoder model: " + "; ".join(faults) + ". Copy it again.")
    return Head(*(_padded(weights[name]) for name in Head._fields))


def _padded(array: _Floats) -> _Floats:
    """Add zeros up to whole registers; give it read-only."""
    padded = np.pad(array, [(0, -size % LANES) for size in array.shape])
    padded.flags.writeable = False
    return padded
