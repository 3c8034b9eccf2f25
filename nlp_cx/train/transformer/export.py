"""Make the model that is served: an ONNX graph, the tokenizer and the head."""

from __future__ import annotations

import io
import warnings

import numpy as np
import numpy.typing as npt
import torch

from nlp_cx.classify.checkpoint import GRAPH_FILE, TOKENIZER_FILE, CheckpointHead
from nlp_cx.classify.checkpoint_windows import TokenReader
from nlp_cx.classify.onnx_session import GraphSession
from nlp_cx.errors import TrainingError
from nlp_cx.train.transformer.network import CheckpointNetwork, States
from nlp_cx.train.transformer.quantize import quantize_graph

_OPSET = 17
_FAR = 1e-3
_MOST_BYTES = 2_000_000_000


def export_network(
    network: CheckpointNetwork, reader: TokenReader, tokenizer: bytes, *, is_int8: bool
) -> tuple[dict[str, bytes], dict[str, npt.NDArray[np.float32]]]:
    """Give the files and the weights of a model folder.

    Parameters
    ----------
    network : CheckpointNetwork
        On the CPU, in evaluation mode.
    reader : TokenReader
    tokenizer : bytes
        ``tokenizer.json``.
    is_int8 : bool
        Matrices of the graph in 8 bits; the head stays in float32.

    Returns
    -------
    files : dict of str to bytes
    weights : dict of str to ndarray

    Raises
    ------
    TrainingError
        If the graph does not give what torch gives.
    """
    graph = trace_graph(network, reader)
    if is_int8:
        graph = quantize_graph(graph)
    head, width = network.head, network.head.out.out_features - 1
    bias = head.out.bias.detach().clone()
    bias[:width] += head.source_bias.weight[0].detach()  # source 0 is the one that is served
    weights = CheckpointHead(
        hidden=_array(head.hidden.weight.T),
        hidden_bias=_array(head.hidden.bias),
        out=_array(head.out.weight.T),
        out_bias=_array(bias),
    )
    return {GRAPH_FILE: graph, TOKENIZER_FILE: tokenizer}, weights._asdict()


def trace_graph(network: CheckpointNetwork, reader: TokenReader) -> bytes:
    """Export a checkpoint as ONNX in float32, and compare what it gives with torch.

    Parameters
    ----------
    network : CheckpointNetwork
    reader : TokenReader

    Returns
    -------
    bytes

    Raises
    ------
    TrainingError
        If it cannot be exported, or gives something else.
    """
    states = States(network.body).eval()
    most = int(network.body.get_input_embeddings().weight.shape[0])
    tokens = np.random.default_rng(0).integers(0, most, reader.room)
    room = reader.room

    def window(size: int) -> torch.Tensor:
        """Give a window with so many tokens of text."""
        ids = [*reader.prefix, *tokens[:size].tolist(), *reader.suffix]
        return torch.tensor([ids], dtype=torch.int64)

    file = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tracing; what it gives is compared below
            torch.onnx.export(
                states,
                (window(min(room, 9)),),
                file,
                input_names=["ids"],
                output_names=["states"],
                dynamic_axes={"ids": {1: "s"}, "states": {1: "s"}},
                opset_version=_OPSET,
                dynamo=False,  # the other one needs one more library
            )
    except Exception as e:
        raise TrainingError(
            f"this architecture cannot be exported to ONNX ({str(e).splitlines()[0]}). The "
            "training is kept: export needs another version of torch or transformers."
        ) from e
    graph = file.getvalue()
    session = GraphSession(graph)
    for size in sorted({1, min(room, 5), room}):
        with torch.no_grad():
            expected = states(window(size)).numpy()
        found = session.run(window(size).numpy())
        far = float(np.abs(found - expected).max()) if found.shape == expected.shape else np.inf
        if not far <= _FAR * max(1.0, float(np.abs(expected).max())):
            raise TrainingError(
                f"the exported graph gives something else than torch (by {far:.3g} for {size} "
                "tokens). Choose another architecture."
            )
    return graph


def check_size(network: CheckpointNetwork) -> None:
    """Refuse before training what could not be exported after it.

    Parameters
    ----------
    network : CheckpointNetwork

    Raises
    ------
    TrainingError
        If it is larger than an ONNX file can be.
    """
    n_bytes = 4 * sum(p.numel() for p in network.body.parameters())
    if n_bytes > _MOST_BYTES:
        raise TrainingError(
            f"the checkpoint has {n_bytes / 1e9:.1f} GB of weights; a model that is served holds "
            "at most 2 GB. Choose a smaller one."
        )


def _array(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    """Give an array that safetensors takes."""
    return np.ascontiguousarray(tensor.detach().numpy(), np.float32)
