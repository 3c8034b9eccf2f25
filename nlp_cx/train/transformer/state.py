"""Take the state of a fine-tuning apart for a checkpoint, and put it together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nlp_cx.errors import TrainingError

Arrays = dict[str, npt.NDArray[Any]]


def copy_weights(network: nn.Module) -> dict[str, Tensor]:
    """Give a copy of all parameters, on the CPU.

    Parameters
    ----------
    network : Module

    Returns
    -------
    dict of str to Tensor
    """
    return {name: p.detach().to("cpu", copy=True) for name, p in network.named_parameters()}


def put_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Write parameters into a network.

    Parameters
    ----------
    network : Module
        Changed in place.
    weights : mapping of str to Tensor

    Raises
    ------
    TrainingError
        If they are of another architecture.
    """
    own = dict(network.named_parameters())
    strange = sorted(set(own) ^ set(weights)) or [
        name for name, p in own.items() if p.shape != weights[name].shape
    ]
    if strange:
        raise TrainingError(
            f"the saved run has another architecture than the checkpoint ({len(strange)} arrays "
            f"differ: {', '.join(strange[:3])}). Give the checkpoint that it was started from, or "
            "delete its folder to start again."
        )
    with torch.no_grad():
        for name, p in own.items():
            p.copy_(weights[name])


def pack_state(
    network: nn.Module, optimizer: torch.optim.Optimizer, **further: Mapping[str, Tensor]
) -> Arrays:
    """Give everything that the next step depends on as arrays.

    Parameters
    ----------
    network : Module
    optimizer : Optimizer
    **further : mapping of str to Tensor
        More sets of weights by name: an average, the best.

    Returns
    -------
    dict of str to ndarray
    """
    tensors = {f"weights:{name}": p.detach() for name, p in network.named_parameters()}
    for kind, weights in further.items():
        tensors |= {f"{kind}:{name}": value for name, value in weights.items()}
    for i, own in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer:{i}:{name}": value for name, value in own.items()}
    return {name: value.cpu().numpy() for name, value in tensors.items()}


def unpack_state(
    arrays: Mapping[str, npt.NDArray[Any]], network: nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, dict[str, Tensor]]:
    """Put a state back.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        From `pack_state`.
    network, optimizer
        Changed in place.

    Returns
    -------
    dict of str to dict of str to Tensor
        The further sets of weights.

    Raises
    ------
    TrainingError
        If it is of another architecture.
    """
    sets: dict[str, dict[str, Tensor]] = {"weights": {}}
    state: dict[int, dict[str, Tensor]] = {}
    for key, array in arrays.items():
        kind, _, name = key.partition(":")
        value = torch.from_numpy(np.array(array))
        if kind == "optimizer":
            i, _, field = name.partition(":")
            # A file holds no array without axes.
            state.setdefault(int(i), {})[field] = value.reshape(()) if field == "step" else value
        else:
            sets.setdefault(kind, {})[name] = value
    put_weights(network, sets.pop("weights"))
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    return sets
