"""Write an encoder as an ONNX graph, in 32-bit floats or in 8-bit integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import MissingDependencyError
from nlp_cx.train.encoder.ranges import LayerInputs, Step, fit_step

_Floats = npt.NDArray[np.float32]

OPSET, IR_VERSION = 18, 10
"""Read by every onnxruntime since 1.18."""

MICROSOFT = "com.microsoft"
"""Operators that onnxruntime adds; its CPU provider has all that are used here."""

LARGEST_WEIGHT = 63
"""Weights take 7 bits: processors without 8-bit dot products add pairs in 16 bits, where two
products of 8-bit numbers do not always fit, and would give other results than the rest."""


class LayerArrays(NamedTuple):
    """Weights of one layer, matrices as (n_in, n_out); see `nlp_cx.train.encoder.network.Layer`."""

    norm_in: tuple[_Floats, _Floats]
    neighbours: _Floats
    query: tuple[_Floats, _Floats]
    key: tuple[_Floats, _Floats]
    value: tuple[_Floats, _Floats]
    attended_out: tuple[_Floats, _Floats]
    norm_wide: tuple[_Floats, _Floats]
    wide_in: tuple[_Floats, _Floats]
    wide_out: tuple[_Floats, _Floats]


class EncoderArrays(NamedTuple):
    """Weights of an encoder.

    Parameters
    ----------
    tokens : float32 (n_tokens, width)
        With the factor that the network puts on them.
    positions : float32 (n_positions, width)
    layers : list of LayerArrays
    norm_out : tuple of float32 (width,)
        Gain and offset.
    n_heads : int
    """

    tokens: _Floats
    positions: _Floats
    layers: list[LayerArrays]
    norm_out: tuple[_Floats, _Floats]
    n_heads: int


def write_graph(arrays: EncoderArrays, inputs: Sequence[LayerInputs] | None) -> bytes:
    """Write the graph.

    Parameters
    ----------
    arrays : EncoderArrays
    inputs : sequence of LayerInputs, optional
        What the layers take in on real text. With it the graph computes in 8-bit integers; their
        ranges are fixed, so that a token's states depend on its window alone, to the bit. Without
        it the graph computes in floats.

    Returns
    -------
    bytes
        A model with one input ``ids``, int32 (b, s), where every row is one window without padding,
        and one output ``states``, float32 (b, s, width).

    Raises
    ------
    MissingDependencyError
        If onnx is not installed.
    """
    graph = _Graph()
    width = arrays.tokens.shape[1]
    if inputs is None:
        x = graph.add("Gather", graph.keep(arrays.tokens, "tokens"), "ids")
    else:
        scale = np.maximum(np.abs(arrays.tokens).max(1, keepdims=True), 1e-8) / 127
        rounded = np.round(arrays.tokens / scale).astype(np.int8)
        steps = graph.add("Gather", graph.keep(rounded, "tokens"), "ids")
        scales = graph.add("Gather", graph.keep(scale.astype(np.float32), "token_scales"), "ids")
        x = graph.add("Mul", graph.add("Cast", steps, to=1), scales)
    zero = graph.keep(np.zeros(1, np.int64))
    length = graph.add("Shape", "ids", start=1, end=2)
    position = graph.add("Slice", graph.keep(arrays.positions, "positions"), zero, length, zero)
    x = graph.add("Add", x, position)
    for number, layer in enumerate(arrays.layers):
        if inputs is None:
            x = _float_layer(graph, x, layer, arrays.n_heads)
        else:
            x = _integer_layer(graph, x, *_even_out(layer, inputs[number]), arrays.n_heads)
    graph.add("LayerNormalization", x, *graph.norm(arrays.norm_out), axis=-1, output="states")
    return graph.serialize(width)


def _float_layer(graph: _Graph, x: str, layer: LayerArrays, n_heads: int) -> str:
    """Add a layer in floats."""
    y = graph.add("LayerNormalization", x, *graph.norm(layer.norm_in), axis=-1)
    one, last = graph.keep(np.ones(1, np.int64)), graph.keep(np.full(1, -1, np.int64))
    zero, end = graph.keep(np.zeros(1, np.int64)), graph.keep(np.full(1, 2**31 - 1, np.int64))
    left = graph.add("Slice", y, zero, last, one)
    right = graph.add("Slice", y, one, end, one)
    left = graph.add("Mul", left, graph.keep(layer.neighbours[0]))
    right = graph.add("Mul", right, graph.keep(layer.neighbours[1]))
    left = graph.add("Pad", left, graph.keep(np.array([0, 1, 0, 0, 0, 0])))
    right = graph.add("Pad", right, graph.keep(np.array([0, 0, 0, 0, 1, 0])))
    y = graph.add("Add", graph.add("Add", y, left), right)
    parts = [graph.product(y, part) for part in (layer.query, layer.key, layer.value)]
    y = graph.add("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=n_heads)
    x = graph.add("Add", x, graph.product(y, layer.attended_out))
    y = graph.add("LayerNormalization", x, *graph.norm(layer.norm_wide), axis=-1)
    y = graph.add("Relu", graph.product(y, layer.wide_in))
    return graph.add("Add", x, graph.product(y, layer.wide_out))


def _integer_layer(
    graph: _Graph, x: str, layer: LayerArrays, inputs: LayerInputs, n_heads: int
) -> str:
    """Add a layer whose products are of integers; sums of states and attention stay floats."""
    steps = [fit_step(values) for values in inputs]
    normed, mixed, attended, wide_in, wide_out = (graph.step(step) for step in steps)
    y = graph.add("LayerNormalization", x, *graph.norm(layer.norm_in), axis=-1)
    y = graph.add("QuantizeLinear", y, *normed)
    # Left neighbour, itself, right neighbour: a convolution along the window, channel by channel.
    kernel = np.stack([layer.neighbours[0], np.ones_like(layer.neighbours[0]), layer.neighbours[1]])
    scale = np.abs(kernel).max(0) / 127
    rounded = np.round(kernel / scale).astype(np.int8).T[:, None, :]
    y = graph.add(
        "QLinearConv",
        *(y, *normed, graph.keep(rounded), graph.keep(scale.astype(np.float32))),
        *(graph.keep(np.int8(0)), *mixed),
        domain=MICROSOFT,
        channels_last=1,
        group=len(rounded),
        kernel_shape=[3],
        pads=[1, 1],
    )
    parts = [
        graph.integer_product(y, mixed, part) for part in (layer.query, layer.key, layer.value)
    ]
    y = graph.add("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=n_heads)
    y = graph.add("QuantizeLinear", y, *attended)
    x = graph.add("Add", x, graph.integer_product(y, attended, layer.attended_out))
    y = graph.add("LayerNormalization", x, *graph.norm(layer.norm_wide), axis=-1)
    y = graph.add("QuantizeLinear", y, *wide_in)
    # The wide units are kept as integers from 0 on, which is what a ReLU leaves.
    y = graph.add("Reshape", y, graph.keep(np.array([-1, layer.wide_in[0].shape[0]])))
    y = graph.add(
        "QGemm", y, *wide_in, *graph.integers(layer.wide_in, steps[3]), *wide_out,
        domain=MICROSOFT,
    )  # fmt: skip
    y = graph.add(
        "QGemm", y, *wide_out, *graph.integers(layer.wide_out, steps[4]), domain=MICROSOFT
    )
    return graph.add("Add", x, graph.add("Reshape", y, graph.add("Shape", x)))


def _even_out(layer: LayerArrays, inputs: LayerInputs) -> tuple[LayerArrays, LayerInputs]:
    """Move scale from channels of the inputs into the weights behind, so that one step fits all.

    Nothing is computed more: gains, offsets and rows of weights before take the factors up. As in
    SmoothQuant (Xiao et al. 2023, arXiv:2211.10438), at a migration strength of one half.
    """
    joint = np.concatenate([layer.query[0], layer.key[0], layer.value[0]], axis=1)
    first = _factors(inputs.mixed, joint)
    second = _factors(inputs.attended, layer.attended_out[0])
    third = _factors(inputs.wide_in, layer.wide_in[0])
    fourth = _factors(inputs.wide_out, layer.wide_out[0])

    def before(pair: tuple[_Floats, _Floats], factors: _Floats) -> tuple[_Floats, _Floats]:
        return pair[0] / factors, pair[1] / factors

    def behind(pair: tuple[_Floats, _Floats], factors: _Floats) -> tuple[_Floats, _Floats]:
        return pair[0] * factors[:, None], pair[1]

    evened = LayerArrays(
        norm_in=before(layer.norm_in, first),
        neighbours=layer.neighbours,
        query=behind(layer.query, first),
        key=behind(layer.key, first),
        value=before(behind(layer.value, first), second),
        attended_out=behind(layer.attended_out, second),
        norm_wide=before(layer.norm_wide, third),
        wide_in=before(behind(layer.wide_in, third), fourth),
        wide_out=behind(layer.wide_out, fourth),
    )
    seen = LayerInputs(
        inputs.normed / first,
        inputs.mixed / first,
        inputs.attended / second,
        inputs.wide_in / third,
        inputs.wide_out / fourth,
    )
    return evened, seen


def _factors(inputs: _Floats, weights: _Floats) -> _Floats:
    """Give what each channel is divided by: where it is larger than its weights deserve."""
    reach = np.maximum(np.abs(inputs).max(0), 1e-4)
    factors = np.sqrt(reach / np.maximum(np.abs(weights).max(1), 1e-4))
    return np.asarray(factors / np.exp(np.log(factors).mean()), np.float32)


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        try:
            import onnx
        except ImportError as e:
            raise MissingDependencyError(
                "exporting an encoder needs onnx: pip install 'nlp_cx[train]'"
            ) from e
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def keep(self, array: npt.ArrayLike, name: str | None = None) -> str:
        """Add a constant."""
        name = name or f"constant_{len(self._constants)}"
        contiguous = np.array(array, order="C")
        self._constants.append(self._onnx.numpy_helper.from_array(contiguous, name))
        return name

    def add(
        self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any
    ) -> str:
        """Add a node; give the name of its output."""
        output = output or f"{operator}_{len(self._nodes)}"
        node = self._onnx.helper.make_node(
            operator, inputs, [output], name=output, domain=domain, **attributes
        )
        self._nodes.append(node)
        return output

    def norm(self, pair: tuple[_Floats, _Floats]) -> tuple[str, str]:
        """Add gain and offset."""
        return self.keep(pair[0]), self.keep(pair[1])

    def step(self, step: Step) -> tuple[str, str]:
        """Add scale and zero."""
        return self.keep(step.scale), self.keep(step.zero)

    def product(self, x: str, pair: tuple[_Floats, _Floats]) -> str:
        """Add weights and bias in floats."""
        return self.add("Add", self.add("MatMul", x, self.keep(pair[0])), self.keep(pair[1]))

    def integer_product(self, x: str, step: tuple[str, str], pair: tuple[_Floats, _Floats]) -> str:
        """Add weights as integers, a scale a column, and the bias in floats."""
        rounded, scale = _round_columns(pair[0])
        names = self.keep(rounded), self.keep(scale), self.keep(np.zeros(len(scale), np.int8))
        return self.add(
            "MatMulIntegerToFloat",
            *(x, names[0], step[0], names[1], step[1], names[2], self.keep(pair[1])),
            domain=MICROSOFT,
        )

    def integers(self, pair: tuple[_Floats, _Floats], step: Step) -> tuple[str, str, str, str]:
        """Add weights and bias as integers."""
        rounded, scale = _round_columns(pair[0])
        bias = np.round(pair[1] / (scale * step.scale))
        bias = np.clip(bias, -(2**30), 2**30).astype(np.int32)
        zero = np.zeros(len(scale), np.int8)
        return self.keep(rounded), self.keep(scale), self.keep(zero), self.keep(bias)

    def serialize(self, width: int) -> bytes:
        """Give the file."""
        helper, types = self._onnx.helper, self._onnx.TensorProto
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info("ids", types.INT32, ["b", "s"])],
            [helper.make_tensor_value_info("states", types.FLOAT, ["b", "s", width])],
            self._constants,
        )
        versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(
            graph, opset_imports=versions, ir_version=IR_VERSION, producer_name="nlp_cx"
        )
        return bytes(model.SerializeToString(deterministic=True))


def _round_columns(weights: _Floats) -> tuple[npt.NDArray[np.int8], _Floats]:
    """Round weights to integers, a scale a column."""
    scale = np.maximum(np.abs(weights).max(0), 1e-8) / LARGEST_WEIGHT
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)
