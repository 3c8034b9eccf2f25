"""From a trained encoder to the model folder that is served without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlp_cx.classify.decode import Calibration
from nlp_cx.classify.encoder import GRAPH_FILE, VOCABULARY_FILE
from nlp_cx.classify.store import StoredModel
from nlp_cx.errors import TrainingError
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.train.assemble import assemble_model, with_calibration
from nlp_cx.train.encoder.fit import EncoderModel
from nlp_cx.train.encoder.graph import EncoderArrays, LayerArrays, write_graph
from nlp_cx.train.encoder.network import Encoder
from nlp_cx.train.encoder.ranges import observe_layers

_Floats = npt.NDArray[np.float32]


class Exported(NamedTuple):
    """The parts of a model folder that come from an encoder.

    Parameters
    ----------
    files : dict of str to bytes
        ``model.onnx`` and ``vocabulary.json``.
    weights : dict of str to ndarray
        Of the head: ``hidden (2 width, n_hidden)``, ``hidden_bias``, ``out (n_hidden, K + 1)``,
        ``out_bias``; float32.
    architecture : dict
        For ``model.json``.
    """

    files: dict[str, bytes]
    weights: dict[str, npt.NDArray[Any]]
    architecture: dict[str, Any]


def export_encoder(
    model: EncoderModel, vocabulary: Sequence[str], texts: Sequence[str] | None
) -> Exported:
    """Turn a trained encoder into what serving reads.

    Parameters
    ----------
    model : EncoderModel
    vocabulary : sequence of str
        Entries by id.
    texts : sequence of str or None
        Some hundred training texts of all kinds, in a mixed order: from them come the ranges of
        the 8-bit graph. None gives a graph in floats, four times as large and slow.

    Returns
    -------
    Exported
        The bias of source 0, the gold set, is taken into the bias of the outputs.

    Raises
    ------
    TrainingError
        If vocabulary and encoder are of different sizes, a weight is not a finite number, or the
        texts hold no token.
    MissingDependencyError
        If onnx is not installed.
    """
    shape = model.encoder.shape
    if len(vocabulary) != shape.n_tokens:
        raise TrainingError(
            f"the vocabulary has {len(vocabulary):,} entries, the encoder {shape.n_tokens:,}: give "
            "the vocabulary that it was trained with"
        )
    bad = [
        f"{part}.{name}"
        for part, module in (("encoder", model.encoder), ("head", model.head))
        for name, weight in module.named_parameters()
        if not bool(torch.isfinite(weight).all())
    ]
    if bad:
        raise TrainingError(
            f"{len(bad)} weights hold numbers that are not finite ({', '.join(bad[:3])}…): the "
            "training went astray, lower its rate"
        )
    inputs = None if texts is None else observe_layers(model.encoder, vocabulary, texts)
    head = model.head
    out_bias = _array(head.out.bias).copy()
    out_bias[:-1] += _array(head.source_bias.weight)[0]
    weights = {
        "hidden": _array(head.hidden.weight).T.copy(),
        "hidden_bias": _array(head.hidden.bias),
        "out": _array(head.out.weight).T.copy(),
        "out_bias": out_bias,
    }
    files = {
        GRAPH_FILE: write_graph(encoder_arrays(model.encoder), inputs),
        VOCABULARY_FILE: (
            json.dumps(list(vocabulary), ensure_ascii=False, separators=(",", ":")) + "\n"
        ).encode(),
    }
    architecture = {
        "n_layers": shape.n_layers,
        "width": shape.width,
        "n_heads": shape.n_heads,
        "n_positions": shape.n_positions,
        "n_hidden": shape.n_hidden,
        "n_tokens": shape.n_tokens,
        "numbers": "float32" if inputs is None else "int8",
        "n_parameters": sum(p.numel() for p in model.encoder.parameters())
        + sum(array.size for array in weights.values()),
    }
    return Exported(files, weights, architecture)


def make_encoder_model(
    model: EncoderModel,
    vocabulary: Sequence[str],
    texts: Sequence[str] | None,
    *,
    taxonomy: Taxonomy,
    recipe: Mapping[str, Any],
    calibration: Calibration | None = None,
) -> StoredModel:
    """Make the model that ``Classifier`` serves and ``save_model`` saves.

    Parameters
    ----------
    model, vocabulary, texts
        As for `export_encoder`.
    taxonomy : Taxonomy
    recipe : mapping
        JSON: the filled settings.
    calibration : Calibration, optional
        Fitted on the outputs of the exported model (``Classifier(model).logits``), not of the torch
        one. Without it probabilities are raw.

    Returns
    -------
    StoredModel
        Without name, version, data and metrics.
    """
    exported = export_encoder(model, vocabulary, texts)
    made = assemble_model(
        "encoder",
        taxonomy,
        exported.weights,
        architecture=exported.architecture,
        recipe=recipe,
        files=exported.files,
    )
    return made if calibration is None else with_calibration(made, calibration)


def encoder_arrays(encoder: Encoder) -> EncoderArrays:
    """Take the weights out of torch.

    Parameters
    ----------
    encoder : Encoder

    Returns
    -------
    EncoderArrays
    """
    layers = []
    for layer in encoder.layers:
        weight, bias = _linear(layer.query_key_value)
        parts = zip(np.split(weight, 3, axis=1), np.split(bias, 3), strict=True)
        query, key, value = ((np.ascontiguousarray(w), b) for w, b in parts)
        layers.append(
            LayerArrays(
                _norm(layer.norm_in),
                _array(layer.neighbours),
                query,
                key,
                value,
                _linear(layer.attended_out),
                _norm(layer.norm_wide),
                _linear(layer.wide_in),
                _linear(layer.wide_out),
            )
        )
    factor = np.float32(encoder.shape.width**0.5)
    return EncoderArrays(
        _array(encoder.tokens.weight) * factor,
        _array(encoder.positions.weight),
        layers,
        _norm(encoder.norm_out),
        encoder.shape.n_heads,
    )


def _array(weight: Tensor) -> _Floats:
    """Give a weight as an array."""
    return np.ascontiguousarray(weight.detach().cpu().float().numpy())


def _linear(linear: nn.Linear) -> tuple[_Floats, _Floats]:
    """Give weights (n_in, n_out) and bias."""
    return np.ascontiguousarray(_array(linear.weight).T), _array(linear.bias)


def _norm(norm: nn.LayerNorm) -> tuple[_Floats, _Floats]:
    """Give gain and offset."""
    return _array(norm.weight), _array(norm.bias)
