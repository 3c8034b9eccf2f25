"""Run an ONNX graph: the one place that knows onnxruntime."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import MissingDependencyError, ModelError

_LOG_ERRORS = 3


class GraphSession:
    """A graph from ``ids`` to ``states``.

    It is loaded at the first use, once in each process, runs in the calling thread, and pickles to
    its bytes.

    Parameters
    ----------
    graph : bytes
        An ONNX file.
    """

    def __init__(self, graph: bytes) -> None:
        self._graph = graph
        self._open: tuple[int, Any] | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[GraphSession], tuple[bytes]]:
        """Pickle to the graph alone."""
        return type(self), (self._graph,)

    def run(self, ids: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Compute states of tokens.

        Parameters
        ----------
        ids : int (b, s)
            Of the type that the graph asks for.

        Returns
        -------
        ndarray of float32, shape (b, s, width)

        Raises
        ------
        ModelError
            If the graph cannot be loaded or run.
        MissingDependencyError
            If onnxruntime is not there.
        """
        with self._lock:
            if self._open is None or self._open[0] != os.getpid():
                self._open = os.getpid(), _load(self._graph)
            session = self._open[1]
        try:
            states: npt.NDArray[np.float32] = session.run(["states"], {"ids": ids})[0]
        except Exception as e:
            raise ModelError(f"the graph cannot be run ({e}). Copy the model again.") from e
        return states


def _load(graph: bytes) -> Any:
    """Load a graph for use in one thread."""
    runtime = _import_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_ERRORS
    try:
        return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as e:
        raise ModelError(
            f"the graph cannot be loaded by onnxruntime {runtime.__version__} ({e}). Update "
            "onnxruntime, or copy the model again."
        ) from e


def _import_runtime() -> Any:
    """Import onnxruntime where it is needed."""
    try:
        import onnxruntime
    except ImportError as e:
        raise MissingDependencyError("this model needs onnxruntime: pip install onnxruntime") from e
    return onnxruntime
