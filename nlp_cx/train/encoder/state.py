"""The state of a training run on disk: safetensors, written beside and renamed."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

FILE = "state.safetensors"


def save_state(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
    step: int,
) -> None:
    """Keep everything that the next step depends on.

    Parameters
    ----------
    folder : Path
    model : Module
    optimizer : Optimizer
        AdamW.
    average : dict of str to Tensor
    step : int
    """
    from safetensors.torch import save_file

    tensors = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    tensors |= {f"average.{name}": p for name, p in average.items()}
    for i, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{name}": value for name, value in state.items()}
    tensors = {name: value.contiguous().clone().cpu() for name, value in tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{FILE}.part"
    save_file(tensors, beside, metadata={"step": str(step)})
    beside.replace(folder / FILE)


def load_state(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
) -> int:
    """Read a state back.

    Parameters
    ----------
    folder : Path
    model, optimizer, average
        Changed in place.

    Returns
    -------
    int
        The step that comes next; 0 where nothing was kept.
    """
    from safetensors import safe_open

    path = folder / FILE
    if not path.is_file():
        return 0
    with safe_open(path, "pt") as kept:
        step = int(kept.metadata()["step"])
        state: dict[int, dict[str, Tensor]] = {}
        parameters = dict(model.named_parameters())
        with torch.no_grad():
            for key in kept.keys():  # noqa: SIM118 - not a dict
                kind, _, name = key.partition(".")
                value = kept.get_tensor(key)
                if kind == "model":
                    parameters[name].copy_(value)
                elif kind == "average":
                    average[name].copy_(value)
                else:
                    i, _, field = name.partition(".")
                    state.setdefault(int(i), {})[field] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    return step
