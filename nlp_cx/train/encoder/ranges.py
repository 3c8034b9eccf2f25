"""What the layers of an encoder take in on real text: what a static quantisation starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from nlp_cx.errors import TrainingError
from nlp_cx.text.tokens import make_token_table
from nlp_cx.train.encoder.corpus import cut_windows, pack, read_corpus
from nlp_cx.train.encoder.network import Encoder, look

_Floats = npt.NDArray[np.float32]

_ROWS = 16
_MOST_TOKENS = 6_000
_SHRINK = np.linspace(1.0, 0.3, 29)
_LEVELS = 255


class LayerInputs(NamedTuple):
    """What one layer took in; n tokens, d width.

    Parameters
    ----------
    normed : float32 (n, d)
        Normalised states, before the neighbours are mixed in.
    mixed : float32 (n, d)
        With the neighbours: what queries, keys and values are made of.
    attended : float32 (n, d)
    wide_in : float32 (n, d)
    wide_out : float32 (n, 4 d)
        Not negative.
    """

    normed: _Floats
    mixed: _Floats
    attended: _Floats
    wide_in: _Floats
    wide_out: _Floats


class Step(NamedTuple):
    """How numbers become 8 bits: ``clip(round(x / scale) + zero, 0, 255)``."""

    scale: np.float32
    zero: np.uint8


def observe_layers(
    encoder: Encoder, vocabulary: Sequence[str], texts: Sequence[str]
) -> list[LayerInputs]:
    """Run an encoder over texts and keep what its layers take in.

    Parameters
    ----------
    encoder : Encoder
    vocabulary : sequence of str
    texts : sequence of str
        Like those that will be read: all languages, short and long. Some hundred are enough; what
        goes beyond 6,000 tokens is not read.

    Returns
    -------
    list of LayerInputs
        By layer.

    Raises
    ------
    TrainingError
        If the texts hold no token.
    """
    corpus = read_corpus(texts, make_token_table(vocabulary))
    windows = cut_windows(corpus, encoder.shape.n_positions)
    kept: list[list[list[_Floats]]] = [[[] for _ in LayerInputs._fields] for _ in encoder.layers]
    is_token = np.empty(0, np.bool_)

    def keep(layer: int, field: int, value: torch.Tensor) -> None:
        flat = value.detach().reshape(-1, value.shape[-1]).numpy()
        kept[layer][field].append(flat[is_token].astype(np.float32))

    handles: list[Any] = []
    for number, layer in enumerate(encoder.layers):
        handles.append(
            layer.norm_in.register_forward_hook(lambda _m, _i, out, n=number: keep(n, 0, out))
        )
        linear = (layer.query_key_value, layer.attended_out, layer.wide_in, layer.wide_out)
        handles += [
            module.register_forward_pre_hook(lambda _m, i, n=number, f=field: keep(n, f, i[0]))
            for field, module in enumerate(linear, 1)
        ]
    n_seen = 0
    was_training = encoder.training
    encoder.eval()
    try:
        for a in range(0, len(windows[0]), _ROWS):
            if n_seen >= _MOST_TOKENS:
                break
            some = windows[0][a : a + _ROWS], windows[1][a : a + _ROWS], windows[2][a : a + _ROWS]
            rows = pack(corpus, some, _ROWS, encoder.shape.n_positions)
            is_token = rows.text.reshape(-1) >= 0
            n_seen += int(is_token.sum())
            text = torch.from_numpy(rows.text.astype(np.int64))
            ids = torch.from_numpy(rows.ids.astype(np.int64))
            position = torch.from_numpy(rows.position.astype(np.int64))
            with torch.no_grad():
                encoder(ids, position, look(text, text))
    finally:
        for handle in handles:
            handle.remove()
        encoder.train(was_training)
    if n_seen == 0:
        raise TrainingError(
            f"{len(texts)} texts to calibrate with hold no token: give some hundred real ones"
        )
    return [LayerInputs(*(np.concatenate(parts) for parts in fields)) for fields in kept]


def fit_step(values: _Floats) -> Step:
    """Choose the range in which 8 bits keep numbers best.

    Parameters
    ----------
    values : float32, any shape

    Returns
    -------
    Step
        Of ranges from all values down to three tenths of that, the one with the least squared
        error: few numbers far out cost less when cut off than all others when rounded coarsely.
        0 is kept exactly.

    Examples
    --------
    >>> fit_step(np.array([0.0, 1.0, 2.55], np.float32)).zero
    np.uint8(0)
    """
    sample = values.reshape(-1)
    sample = sample[:: max(1, len(sample) // 200_000)].astype(np.float64)
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1e-6)
    best, least = Step(np.float32(1), np.uint8(0)), np.inf
    for factor in _SHRINK:
        scale = max((high - low) * factor / _LEVELS, 1e-8)
        zero = round(-low * factor / scale)
        kept = (np.clip(np.round(sample / scale) + zero, 0, _LEVELS) - zero) * scale
        error = float(((kept - sample) ** 2).sum())
        if error < least:
            best, least = Step(np.float32(scale), np.uint8(zero)), error
    return best
