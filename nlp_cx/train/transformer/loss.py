"""What a step costs: labels, and the agreement of two passes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nlp_cx.classify.decode import N_SENTIMENTS
from nlp_cx.train.targets import Targets, label_loss
from nlp_cx.train.transformer.batches import Batch
from nlp_cx.train.transformer.network import CheckpointNetwork


def step_loss(
    network: CheckpointNetwork,
    batch: Batch,
    targets: Targets,
    *,
    class_weight: Tensor,
    n_dropouts: int = 1,
    r_drop: float = 0.0,
) -> Tensor:
    """Compute the loss of a batch, mean over its texts.

    Parameters
    ----------
    network : CheckpointNetwork
    batch : Batch
        Where the network is.
    targets : Targets
        Of the batch's texts, on the CPU.
    class_weight : float32 (K,)
    n_dropouts : int, default=1
        Passes through the head.
    r_drop : float, default=0
        Weight of the divergence between two passes through everything.

    Returns
    -------
    Tensor, scalar
        On the CPU.
    """
    bias = network.head.source_bias
    offset = bias(targets.source.to(batch.ids.device))
    total = torch.zeros(())
    passes = []
    for _ in range(2 if r_drop else 1):
        states = network.read_states(batch)
        for _ in range(n_dropouts):
            logits = (network.read_outputs(states, batch) + offset).cpu()
            total = total + label_loss(logits, targets, class_weight=class_weight)
            passes.append(logits)
    total = total / len(passes)
    if r_drop:
        total = total + r_drop * divergence(passes[0], passes[-1])
    return total / batch.n_texts


def divergence(a: Tensor, b: Tensor) -> Tensor:
    """Sum the symmetric Kullback-Leibler divergence of two sets of outputs.

    Parameters
    ----------
    a, b : float32 (n, K)

    Returns
    -------
    Tensor, scalar
        0 where they are equal.

    References
    ----------
    Liang et al. (2021), R-Drop: Regularized Dropout for Neural Networks.
    """
    log_a, log_b = (functional.log_softmax(x[:, :N_SENTIMENTS], 1) for x in (a, b))
    sentiment = ((log_a.exp() - log_b.exp()) * (log_a - log_b)).sum()
    za, zb = a[:, N_SENTIMENTS:], b[:, N_SENTIMENTS:]
    # Of two Bernoulli distributions: (p - q) times the difference of their logits.
    presence = ((torch.sigmoid(za) - torch.sigmoid(zb)) * (za - zb)).sum()
    return (sentiment + presence) / 2
