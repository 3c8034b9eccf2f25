"""A checkpoint with a head over clauses."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor, nn

from nlp_cx.errors import ConfigError
from nlp_cx.train.encoder.network import ClauseHead
from nlp_cx.train.transformer.batches import Batch

_LAYER = re.compile(r"\.(?:layers?|h|blocks?)\.(\d+)\.")


class CheckpointNetwork(nn.Module):
    """Outputs of texts from the states that a checkpoint gives their tokens.

    Parameters
    ----------
    body : Module
        Of transformers, from ids and mask to ``last_hidden_state``.
    head : ClauseHead

    Attributes
    ----------
    is_bf16 : bool
        The products of the body are computed in bfloat16; all else is in float32.
    """

    def __init__(self, body: nn.Module, head: ClauseHead) -> None:
        super().__init__()
        self.body, self.head, self.is_bf16 = body, head, False

    def read_states(self, batch: Batch) -> Tensor:
        """Compute the states of the tokens that belong to a clause: float32 (n_places, w)."""
        with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=self.is_bf16):
            states = self.body(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        read: Tensor = states.reshape(-1, states.shape[-1])[batch.places].float()
        return read

    def read_outputs(self, states: Tensor, batch: Batch) -> Tensor:
        """Compute the outputs (n_texts, K), before any source's bias."""
        outputs: Tensor = self.head(states, batch.clause, batch.clause_text, batch.n_texts).logits
        return outputs


class States(nn.Module):
    """From the ids of one whole window to states: what is exported.

    Parameters
    ----------
    body : Module
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, ids: Tensor) -> Tensor:
        """Compute states (1, s, w) of ids (1, s)."""
        states: Tensor = self.body(
            input_ids=ids, attention_mask=torch.ones_like(ids)
        ).last_hidden_state
        return states


def group_parameters(
    network: CheckpointNetwork,
    *,
    rate: float,
    head_rate: float,
    layer_decay: float,
    weight_decay: float,
) -> list[dict[str, Any]]:
    """Share the parameters out among groups of one learning rate.

    Parameters
    ----------
    network : CheckpointNetwork
    rate, head_rate : float
        Of the topmost layer, and of the head.
    layer_decay : float
        Factor from each layer to the one below; embeddings count as the lowest.
    weight_decay : float
        Of matrices of the layers and the head.

    Returns
    -------
    list of dict
        For an optimizer; ``rate`` is what ``lr`` is when nothing is warming up.

    Raises
    ------
    ConfigError
        If `layer_decay` is not 1 and the layers of the architecture are not numbered.
    """
    named = list(network.named_parameters())
    depths = {}
    for name, _ in named:
        found = _LAYER.search(name)
        depths[name] = int(found[1]) + 1 if found else 0
    top = max(depths.values())
    if layer_decay != 1 and top == 0:
        raise ConfigError("layer_decay: this architecture has no numbered layers; leave it at 1.")
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in named:
        if name.startswith("head."):
            own = head_rate
        else:
            is_above = depths[name] == 0 and "embed" not in name
            own = rate * layer_decay ** (0 if is_above else top - depths[name])
        decay = weight_decay if parameter.ndim >= 2 and "embed" not in name else 0.0
        groups.setdefault((own, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": own, "rate": own, "weight_decay": decay}
        for (own, decay), parameters in groups.items()
    ]
