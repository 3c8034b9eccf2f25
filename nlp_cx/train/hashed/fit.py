"""Train the backend ``hashed``: vectors by sparse Adagrad, the network by AdamW."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from nlp_cx.train.hashed.features import Features, take_documents
from nlp_cx.train.hashed.network import ClauseNetwork
from nlp_cx.train.hashed.table import VectorTable
from nlp_cx.train.targets import Targets, label_loss, soft_loss

logger = logging.getLogger(__name__)

_BATCH = 256
_PREDICT_BATCH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedSettings:
    """How a hashed model is trained.

    Parameters
    ----------
    n_rows : int
        Rows of the table, a multiple of four.
    n_dims, n_hidden : int
        Length of a vector; hidden units.
    n_epochs : int
    table_rate, network_rate : float
        Learning rates at the start; they fall linearly to nearly nothing.
    feature_dropout, dropout, context_dropout : float
        Part of the n-grams, of the hidden units, and of the documents whose clauses are read
        without their context, at each step.
    soft_weight : float
        Weight of a teacher's probabilities beside the labels.
    random_state : int
    """

    n_rows: int = 131_072
    n_dims: int = 64
    n_hidden: int = 48
    n_epochs: int = 4
    table_rate: float = 0.05
    network_rate: float = 2e-3
    feature_dropout: float = 0.5
    dropout: float = 0.2
    context_dropout: float = 0.0
    soft_weight: float = 1.0
    random_state: int = 0


@dataclass(frozen=True, slots=True)
class HashedModel:
    """A trained model before it is made small."""

    table: VectorTable
    network: ClauseNetwork


def fit_hashed(
    features: Features,
    targets: Targets,
    settings: HashedSettings,
    *,
    n_outputs: int,
    soft: npt.NDArray[np.float16] | None = None,
    on_epoch: Callable[[int, float, HashedModel], None] | None = None,
) -> HashedModel:
    """Train on labelled texts, and on a teacher's probabilities where there are any.

    Parameters
    ----------
    features : Features
        Of n texts; those beyond the labelled ones have soft labels alone.
    targets : Targets
        Of the first ``len(targets.source)`` texts.
    settings : HashedSettings
    n_outputs : int
        K.
    soft : ndarray of float16, shape (n, K), optional
        Probabilities from a teacher, as it would serve gold.
    on_epoch : callable, optional
        Called with the epoch from 0, the mean loss and the model so far.

    Returns
    -------
    HashedModel

    Notes
    -----
    The same inputs, settings and library versions on one thread of torch give the same model.
    """
    torch.manual_seed(settings.random_state)
    rng = np.random.default_rng(settings.random_state)
    table = VectorTable(settings.n_rows, settings.n_dims, settings.random_state)
    network = ClauseNetwork(
        settings.n_dims,
        settings.n_hidden,
        n_outputs,
        int(targets.source.max()) + 1,
        dropout=settings.dropout,
        context_dropout=settings.context_dropout,
    )
    model = HashedModel(table, network)
    optimizer = torch.optim.AdamW(network.parameters(), settings.network_rate, weight_decay=1e-2)
    n_labelled = len(targets.source)
    n_texts = len(features.first_clause) - 1 if soft is not None else n_labelled
    n_steps = settings.n_epochs * -(-n_texts // _BATCH)
    step = 0
    for epoch in range(settings.n_epochs):
        network.train()
        total = 0.0
        order = rng.permutation(n_texts)
        for a in range(0, n_texts, _BATCH):
            left = 1 - step / n_steps + 0.02
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = settings.network_rate * left
            rows = order[a : a + _BATCH]
            bags = take_documents(
                features,
                rows,
                dropout=settings.feature_dropout,
                random_state=int(rng.integers(2**31)),
            )
            values, counts = table.sum(bags)
            sums = torch.from_numpy(values).requires_grad_()
            has_label = torch.from_numpy(rows < n_labelled)
            index = torch.from_numpy(np.where(rows < n_labelled, rows, 0))
            batch = targets.take(index)
            given = (
                sums,
                torch.from_numpy(counts),
                torch.from_numpy(bags.document),
                torch.from_numpy(bags.position),
            )
            logits = network(*given, torch.zeros_like(batch.source))
            gold_logits = logits
            offset = network.source_bias(batch.source) - network.source_bias.weight[0]
            logits = (logits + offset)[has_label]
            loss = label_loss(logits, batch.take(has_label))
            if soft is not None:
                taught = torch.from_numpy(soft[rows].astype(np.float32))
                loss = loss + settings.soft_weight * soft_loss(gold_logits, taught)
            optimizer.zero_grad()
            (loss / len(rows)).backward()
            optimizer.step()
            check_finite(float(loss.detach()), epoch)
            gradient = sums.grad
            if gradient is not None:
                table.step(bags, gradient.numpy(), settings.table_rate * left)
            total += float(loss.detach())
        logger.info("epoch %d: loss %.4f", epoch, total / n_texts)
        if on_epoch is not None:
            on_epoch(epoch, total / n_texts, model)
    network.eval()
    return model


def predict_hashed(model: HashedModel, features: Features) -> npt.NDArray[np.float32]:
    """Compute the logits that the model would serve.

    Parameters
    ----------
    model : HashedModel
    features : Features
        Of n texts.

    Returns
    -------
    ndarray of float32, shape (n, K)
    """
    model.network.eval()
    n = len(features.first_clause) - 1
    parts = [np.empty((0, model.network.n_outputs), np.float32)]
    with torch.no_grad():
        for a in range(0, n, _PREDICT_BATCH):
            rows = np.arange(a, min(n, a + _PREDICT_BATCH))
            bags = take_documents(features, rows, dropout=0.0, random_state=0)
            sums, counts = model.table.sum(bags)
            logits = model.network(
                torch.from_numpy(sums),
                torch.from_numpy(counts),
                torch.from_numpy(bags.document),
                torch.from_numpy(bags.position),
                torch.zeros(len(rows), dtype=torch.int64),
            )
            parts.append(logits.numpy())
    return np.concatenate(parts)


def check_finite(loss: float, epoch: int) -> None:
    """Raise where training has gone astray.

    Raises
    ------
    FloatingPointError
        If the loss is not a number.
    """
    if not np.isfinite(loss):
        raise FloatingPointError(
            f"the loss is {loss} in epoch {epoch}; expected a number. Lower the learning rates."
        )
