"""Fine-tune: steps, epochs, early stopping, and checkpoints in between."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from nlp_cx.errors import TrainingError
from nlp_cx.train.checkpoints import load_checkpoint, save_checkpoint
from nlp_cx.train.dev import dev_metrics
from nlp_cx.train.stopping import Stopping
from nlp_cx.train.trainer import Epoch, Run
from nlp_cx.train.transformer.pupil import Material, Pupil
from nlp_cx.train.transformer.settings import TransformerConfig
from nlp_cx.train.transformer.state import copy_weights, pack_state, put_weights, unpack_state


class Hardware(NamedTuple):
    """What it is computed with.

    Parameters
    ----------
    device : torch.device
    is_bf16 : bool
        Products in bfloat16, weights and sums in float32.
    """

    device: torch.device
    is_bf16: bool


def choose_hardware(device: str, precision: str) -> Hardware:
    """Choose a device and a precision.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
    precision : {"auto", "fp32", "bf16"}

    Returns
    -------
    Hardware

    Raises
    ------
    TrainingError
        If a GPU is asked for and torch sees none.
    """
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise TrainingError("device 'cuda': torch sees no GPU. Say device = \"auto\".")
    is_gpu = has_gpu and device != "cpu"
    if precision != "auto":
        is_bf16 = precision == "bf16"
    elif is_gpu:
        is_bf16 = torch.cuda.is_bf16_supported()
    else:
        # Without instructions of its own bfloat16 is slower than float32.
        is_bf16 = any(
            getattr(torch.cpu, name, bool)()
            for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
        )
    return Hardware(torch.device("cuda" if is_gpu else "cpu"), is_bf16)


def fit_pupil(
    pupil: Pupil,
    material: Material,
    settings: TransformerConfig,
    run: Run,
    *,
    key: str,
    hardware: Hardware,
) -> None:
    """Train a network, or go on where it was cut off.

    Parameters
    ----------
    pupil : Pupil
        Its network is changed in place; in the end it is on the CPU, in evaluation mode, with the
        weights to keep.
    material : Material
    settings : TransformerConfig
    run : Run
    key : str
        What the result depends on; see `nlp_cx.train.checkpoints.fingerprint`.
    hardware : Hardware

    Raises
    ------
    TrainingError
        If the loss is not a number, no text can be read, or the saved run is another one.
    """
    network: Any = pupil.network
    network.is_bf16 = hardware.is_bf16
    network.to(hardware.device)
    training = _Training(pupil, material, settings, run, key=key)
    training.resume()
    while training.epoch <= settings.epochs and not training.stopping.is_over:
        training.run_epoch()
    training.put_kept()
    network.to("cpu").eval()


class _Training:
    """Where a training stands."""

    def __init__(
        self,
        pupil: Pupil,
        material: Material,
        settings: TransformerConfig,
        run: Run,
        *,
        key: str,
    ) -> None:
        self.pupil, self.network = pupil, pupil.network
        self.material, self.settings, self.run, self.key = material, settings, run, key
        self.optimizer = torch.optim.AdamW(pupil.group_parameters())
        self.average = copy_weights(self.network) if settings.average else {}
        self.best: dict[str, Tensor] = {}
        self.stopping = Stopping(run.metric, run.patience)
        self.epoch, self.done, self.n_steps, self.losses = 1, 0, 0, 0.0

    def resume(self) -> None:
        """Take up what a checkpoint holds."""
        found = load_checkpoint(self.run.folder, self.key)
        if found is None:
            return
        further = unpack_state(found.arrays, self.network, self.optimizer)
        self.average, self.best = further.get("average", {}), further.get("best", {})
        state = found.state
        self.epoch, self.done = state["epoch"], state["done"]
        self.n_steps, self.losses = state["n_steps"], state["losses"]
        self.stopping.best, self.stopping.best_epoch = state["best"], state["best_epoch"]
        self.stopping.n_epochs = self.epoch - 1

    def save(self) -> None:
        """Keep where it stands."""
        state = {
            "epoch": self.epoch,
            "done": self.done,
            "n_steps": self.n_steps,
            "losses": self.losses,
            "best": self.stopping.best,
            "best_epoch": self.stopping.best_epoch,
        }
        arrays = pack_state(self.network, self.optimizer, average=self.average, best=self.best)
        save_checkpoint(self.run.folder, self.key, state, arrays)

    def run_epoch(self) -> None:
        """Run the rest of an epoch, measure, and keep it."""
        settings, run = self.settings, self.run
        rng = np.random.default_rng((run.random_state, self.epoch))
        batches = self.pupil.plan(rng)
        if not batches:
            raise TrainingError(
                "no text holds a token that the checkpoint's vocabulary knows. Choose a checkpoint "
                "of the language of your texts."
            )
        self.network.train()
        n = len(batches)
        while self.done < n:
            # Each step has its own seed, so that a run that was cut off draws the same.
            seed = (run.random_state * 1_003 + self.epoch) * 1_000_003 + self.done
            torch.manual_seed(seed)
            progress = (self.epoch - 1 + (self.done + 0.5) / n) / settings.epochs
            _set_rates(self.optimizer, progress, settings.warmup)
            self.losses += self._step(batches[self.done], np.random.default_rng(seed))
            self.done, self.n_steps = self.done + 1, self.n_steps + 1
            if self.average:
                keep = min(settings.average, self.n_steps / (self.n_steps + 20))
                _follow(self.average, self.network, keep)
            run.on_step((self.epoch - 1) * n + self.done, settings.epochs * n)
            if run.checkpoint_steps and self.done % run.checkpoint_steps == 0 and self.done < n:
                self.save()
        metrics = {"train_loss": self.losses / n, **self._measure()}
        is_best = self.stopping.update(metrics)
        if is_best and run.patience:
            kept = {name: value.clone() for name, value in self.average.items()}
            self.best = kept or copy_weights(self.network)
        told = Epoch(self.epoch, settings.epochs, metrics, is_best)
        self.epoch, self.done, self.losses = self.epoch + 1, 0, 0.0
        self.save()
        run.on_epoch(told)

    def put_kept(self) -> None:
        """Write the weights to keep into the network."""
        if self.best or self.average:
            put_weights(self.network, self.best or self.average)

    def _measure(self) -> dict[str, float]:
        """Measure what would be kept now on dev."""
        material = self.material
        own = copy_weights(self.network) if self.average else {}
        if self.average:
            put_weights(self.network, self.average)
        logits = self.pupil.predict()
        if self.average:
            put_weights(self.network, own)
        return dev_metrics(logits, material.dev, material.labels)

    def _step(self, step: Any, rng: np.random.Generator) -> float:
        """Take one step and give its loss."""
        loss = self.pupil.loss(step, rng)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(
                f"the loss is {value}, expected a number: the training has gone astray. Lower rate "
                'and head_rate, or say precision = "fp32".'
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimizer.step()
        return value


def _set_rates(optimizer: torch.optim.Optimizer, progress: float, warmup: float) -> None:
    """Set the learning rates: up in a straight line, then down to nothing."""
    rising = progress / warmup if warmup else 1.0
    factor = min(rising, (1 - progress) / (1 - warmup))
    for group in optimizer.param_groups:
        group["lr"] = group["rate"] * factor


def _follow(average: dict[str, Tensor], network: nn.Module, keep: float) -> None:
    """Move the average a little towards the weights."""
    with torch.no_grad():
        for name, p in network.named_parameters():
            average[name].lerp_(p.cpu(), 1 - keep)
