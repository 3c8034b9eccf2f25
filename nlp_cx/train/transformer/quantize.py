"""Put the matrices of a graph into 8 bits."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nlp_cx.errors import MissingDependencyError


def quantize_graph(graph: bytes) -> bytes:
    """Give a graph with matrices of 8 bits, and embeddings too.

    Parameters
    ----------
    graph : bytes
        ONNX, in float32.

    Returns
    -------
    bytes
        About a quarter as many.

    Raises
    ------
    MissingDependencyError
        If onnx is not there.

    Notes
    -----
    A scale for each column, and 7 of the 8 bits, since processors without VNNI overflow with more.
    The range of what flows through is found at each run, of one window by itself.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.quantization.quant_utils import add_pre_process_metadata
    except ImportError as e:
        raise MissingDependencyError(
            "int8 models are made with onnx: pip install 'nlp_cx[train]'"
        ) from e
    model = onnx.load_from_string(graph)
    add_pre_process_metadata(model)  # or a hint is logged that does not concern dynamic ranges
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.onnx"
        quantize_dynamic(
            model, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
        return small.read_bytes()
