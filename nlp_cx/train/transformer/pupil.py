"""What the fitting loop needs of a network and of what it learns from."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor, nn

from nlp_cx.train.targets import Targets
from nlp_cx.train.transformer.batches import Lessons, make_batch, plan_batches
from nlp_cx.train.transformer.loss import step_loss
from nlp_cx.train.transformer.network import CheckpointNetwork, group_parameters
from nlp_cx.train.transformer.settings import TransformerConfig

ALL_WINDOWS = 1_000_000_000


class Pupil(Protocol):
    """A network with its lessons."""

    network: nn.Module

    def group_parameters(self) -> list[dict[str, Any]]:
        """Give the groups of an optimizer; ``rate`` of each is its full learning rate."""

    def plan(self, rng: np.random.Generator) -> list[Any]:
        """Draw the steps of an epoch."""

    def loss(self, step: Any, rng: np.random.Generator) -> Tensor:
        """Compute the loss of a step."""

    def predict(self) -> npt.NDArray[np.float32]:
        """Compute the outputs of dev; not a number where nothing is known."""


class Material(NamedTuple):
    """What is learned from, and measured on.

    Parameters
    ----------
    targets : Targets
        Of n examples.
    class_weight : Tensor, float32 (K,)
    dev : DataFrame, one row per text
    labels : tuple of str
        Ids of the taxonomy.
    """

    targets: Targets
    class_weight: Tensor
    dev: pd.DataFrame
    labels: tuple[str, ...]


class CheckpointPupil:
    """A checkpoint that is fine-tuned.

    Parameters
    ----------
    network : CheckpointNetwork
    material : Material
    lessons, dev_lessons : Lessons
    settings : TransformerConfig
    pad : int
        Token that fills up a row.
    """

    def __init__(
        self,
        network: CheckpointNetwork,
        material: Material,
        settings: TransformerConfig,
        *,
        lessons: Lessons,
        dev_lessons: Lessons,
        pad: int,
    ) -> None:
        self.network, self.material, self.settings = network, material, settings
        self.lessons, self.dev_lessons, self.pad = lessons, dev_lessons, pad

    def group_parameters(self) -> list[dict[str, Any]]:
        """Give the groups of an optimizer."""
        settings = self.settings
        return group_parameters(
            self.network,
            rate=settings.rate,
            head_rate=settings.head_rate,
            layer_decay=settings.layer_decay,
            weight_decay=settings.weight_decay,
        )

    def plan(self, rng: np.random.Generator) -> list[Any]:
        """Draw the texts of each step."""
        settings = self.settings
        return plan_batches(self.lessons, settings.batch_size, settings.most_windows, rng)

    def loss(self, step: Any, rng: np.random.Generator) -> Tensor:
        """Compute the loss of some texts."""
        settings, material = self.settings, self.material
        batch = make_batch(self.lessons, step, settings.most_windows, self.pad)
        return step_loss(
            self.network,
            batch.to(next(self.network.parameters()).device),
            material.targets.take(torch.from_numpy(step)),
            class_weight=material.class_weight,
            n_dropouts=settings.n_dropouts,
            r_drop=settings.r_drop,
        )

    def predict(self) -> npt.NDArray[np.float32]:
        """Compute the outputs of dev."""
        return predict(self.network, self.dev_lessons, self.pad)


def predict(network: CheckpointNetwork, lessons: Lessons, pad: int) -> npt.NDArray[np.float32]:
    """Compute the outputs of texts, as the served model will.

    Parameters
    ----------
    network : CheckpointNetwork
        Put into evaluation mode.
    lessons : Lessons
        Of n texts.
    pad : int

    Returns
    -------
    ndarray of float32, shape (n, K)
        Not a number where nothing is known.
    """
    network.eval()
    device = next(network.parameters()).device
    n, k = len(lessons.first_clause) - 1, network.head.source_bias.weight.shape[1]
    logits = np.full((n, k), np.nan, np.float32)
    with torch.no_grad():
        for texts in plan_batches(lessons, 32, ALL_WINDOWS, None):
            batch = make_batch(lessons, texts, ALL_WINDOWS, pad).to(device)
            out = network.read_outputs(network.read_states(batch), batch)
            logits[texts] = (out + network.head.source_bias.weight[0]).cpu().numpy()
    return logits
