"""What can be said about a fine-tuning under ``[settings]``."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from nlp_cx.config import config

FROM_SCRATCH = "scratch"
"""What stands in the place of a checkpoint where there is none."""


@config
class ScratchConfig:
    """What stands under ``[settings.scratch]``: the encoder that begins from nothing.

    Parameters
    ----------
    n_layers, width, n_heads : int
    n_words, n_pieces : int
        Most words of each language, and most pieces of rarer English words, in the vocabulary.
    mask_share : float
        Part of the tokens that are hidden and to be guessed.
    mask_weight : float
        Weight of guessing beside the labels.
    """

    n_layers: int = 4
    width: int = 256
    n_heads: int = 4
    n_words: int = 6_000
    n_pieces: int = 2_000
    mask_share: float = 0.15
    mask_weight: float = 0.5

    def __post_init__(self) -> None:
        """Name every value that is out of its range."""
        faults = [
            f"{name}: {getattr(self, name)}, expected 1 or more"
            for name in ("n_layers", "n_heads", "n_words", "n_pieces")
            if getattr(self, name) < 1
        ]
        if self.width < 8 or self.width % max(self.n_heads, 1):
            faults.append(f"width: {self.width}, expected a multiple of n_heads, 8 or more")
        if not 0 <= self.mask_share < 1:
            faults.append(f"mask_share: {self.mask_share:g}, expected 0 up to, not including, 1")
        if not 0 <= self.mask_weight < float("inf"):
            faults.append(f"mask_weight: {self.mask_weight:g}, expected 0 or more")
        if faults:
            raise ValueError("; ".join(faults))


@config
class TransformerConfig:
    """What stands under ``[settings]``.

    Parameters
    ----------
    checkpoint : str
        A folder (relative to the configuration), the name of a model on the Hugging Face hub, or
        ``minilm``: the English all-MiniLM-L6-v2 of the extra ``nlp_cx[minilm]``; or ``scratch``:
        the project's own small encoder, trained on your texts alone (labelled and not).
    revision : str
        Of a hub model: a branch, a tag, or better the hash of a commit.
    epochs : int
    batch_size : int
        Texts of a step; fewer where they are so long that they exceed `batch_size` windows. From
        scratch: rows of `length` tokens, each filled with several texts.
    length : int
        Tokens of the longest window. A longer text is read in several windows of whole clauses.
    most_windows : int
        Windows that a text is trained on; a longer one is counted in a warning. Serving reads all.
    rate, head_rate : float
        Learning rates of the checkpoint and of all that is new.
    layer_decay : float
        Each layer learns at this factor of the rate of the layer above it, 1: all alike.
    warmup : float
        Part of the training in which the rate rises; then it falls to zero in a straight line.
    weight_decay, clip : float
        Of matrices; greatest norm of a step's gradient.
    n_hidden : int
        Units between a clause and its outputs.
    dropout : float
        Before and in the head; inside the checkpoint, what its own configuration says.
    n_dropouts : int
        The loss is the mean over so many dropouts of the head (multi-sample dropout).
    r_drop : float
        Weight of the divergence between two passes with different dropout; 0: one pass.
    average : float
        Decay of a moving average of the weights, which is then what is measured and kept; 0: none.
    gold_weight : float
        Factor on the weight of examples in which everything was considered.
    quantize : {"int8", "fp32"}
        Weights of the model that is served: int8 is a quarter of the size and quicker.
    precision : {"auto", "fp32", "bf16"}
        Of the training's products; ``auto``: bf16 where the processor has it.
    device : {"auto", "cpu", "cuda"}
        ``auto``: a GPU where torch sees one.
    scratch : ScratchConfig
    """

    checkpoint: str = "minilm"
    revision: str = "main"
    epochs: int = 8
    batch_size: int = 16
    length: int = 128
    most_windows: int = 8
    rate: float = 1e-4
    head_rate: float = 2e-3
    layer_decay: float = 1.0
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    n_hidden: int = 128
    dropout: float = 0.1
    n_dropouts: int = 1
    r_drop: float = 0.0
    average: float = 0.0
    gold_weight: float = 1.0
    quantize: Literal["int8", "fp32"] = "int8"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    scratch: ScratchConfig = field(default_factory=ScratchConfig)

    def __post_init__(self) -> None:
        """Name every value that is out of its range."""
        at_least_one = ("epochs", "batch_size", "most_windows", "n_hidden", "n_dropouts")
        faults = [
            f"{name}: {getattr(self, name)}, expected 1 or more"
            for name in at_least_one
            if getattr(self, name) < 1
        ]
        if self.length < 8:
            faults.append(f"length: {self.length}, expected 8 or more")
        above_zero = ("rate", "head_rate", "clip", "gold_weight")
        faults += [
            f"{name}: {getattr(self, name):g}, expected above 0"
            for name in above_zero
            if not 0 < getattr(self, name) < float("inf")
        ]
        below_one = ("warmup", "dropout", "average")
        faults += [
            f"{name}: {getattr(self, name):g}, expected 0 up to, not including, 1"
            for name in below_one
            if not 0 <= getattr(self, name) < 1
        ]
        if not 0 < self.layer_decay <= 1:
            faults.append(f"layer_decay: {self.layer_decay:g}, expected above 0 up to 1")
        faults += [
            f"{name}: {getattr(self, name):g}, expected 0 or more"
            for name in ("weight_decay", "r_drop")
            if not 0 <= getattr(self, name) < float("inf")
        ]
        is_scratch = self.checkpoint == FROM_SCRATCH
        if is_scratch and (self.r_drop or self.n_dropouts > 1 or self.layer_decay != 1):
            faults.append("r_drop, n_dropouts, layer_decay: they need a checkpoint")
        if faults:
            raise ValueError("; ".join(faults))
