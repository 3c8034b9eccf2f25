"""Train the backend ``hashed``: vectors by sparse Adagrad, the network by AdamW."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nlp_cx.train.hashed.features import Features, take_documents
from nlp_cx.train.hashed.joined import choose_pairs, join_bags, join_soft, join_targets
from nlp_cx.train.hashed.network import ClauseNetwork
from nlp_cx.train.hashed.table import VectorTable
from nlp_cx.train.targets import Targets, label_loss, soft_loss

logger = logging.getLogger(__name__)

_PREDICT_BATCH = 4096
_SHORT = 3
"""Clauses of a text that may be put behind another: long ones say too much of everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedSettings:
    """How a hashed model is trained.

    Parameters
    ----------
    n_rows : int
        Rows of the table, a multiple of four.
    n_dims, n_hidden : int
        Length of a vector; hidden units.
    n_epochs, batch_size : int
    table_rate, network_rate : float
        Learning rates at the start; they fall linearly to nearly nothing.
    feature_dropout, dropout, context_dropout : float
        Part of the n-grams, of the hidden units, and of the documents whose clauses are read
        without their context, at each step.
    soft_weight : float
        Weight of a teacher's probabilities beside the labels.
    pair_share : float
        Part of the documents that are also read with another one behind them, see `joined`.
    random_state : int
    """

    n_rows: int = 131_072
    n_dims: int = 64
    n_hidden: int = 48
    n_epochs: int = 4
    batch_size: int = 256
    table_rate: float = 0.05
    network_rate: float = 2e-3
    feature_dropout: float = 0.5
    dropout: float = 0.2
    context_dropout: float = 0.0
    soft_weight: float = 1.0
    pair_share: float = 0.0
    random_state: int = 0


@dataclass(frozen=True, slots=True)
class HashedModel:
    """A trained model before it is made small."""

    table: VectorTable
    network: ClauseNetwork


class HashedFit:
    """A training that can be stopped after any step and taken up again to the bit.

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
    class_weight : ndarray of float32, shape (K,), optional
        See `nlp_cx.train.targets.label_loss`.

    Attributes
    ----------
    model : HashedModel
    epoch : int
        Epochs that are done.
    step, n_steps : int
        Steps that are done, and in all.
    """

    def __init__(
        self,
        features: Features,
        targets: Targets,
        settings: HashedSettings,
        *,
        n_outputs: int,
        soft: npt.NDArray[np.float16] | None = None,
        class_weight: npt.NDArray[np.float32] | None = None,
    ) -> None:
        torch.manual_seed(settings.random_state)
        self._rng = np.random.default_rng(settings.random_state)
        self._features, self._targets, self._soft = features, targets, soft
        self._class_weight = None if class_weight is None else torch.from_numpy(class_weight)
        self._settings = settings
        table = VectorTable(settings.n_rows, settings.n_dims, settings.random_state)
        network = ClauseNetwork(
            settings.n_dims,
            settings.n_hidden,
            n_outputs,
            int(targets.source.max()) + 1,
            dropout=settings.dropout,
            context_dropout=settings.context_dropout,
        )
        self.model = HashedModel(table, network)
        self._optimizer = torch.optim.AdamW(
            network.parameters(), settings.network_rate, weight_decay=1e-2
        )
        self._n_texts = len(features.first_clause) - 1 if soft is not None else len(targets.source)
        self._padded = targets.pad(self._n_texts)
        n_clauses = np.diff(features.first_clause)[: self._n_texts]
        self._short = np.flatnonzero((n_clauses > 0) & (n_clauses <= _SHORT))
        self.n_batches = -(-self._n_texts // settings.batch_size)
        self.n_steps = settings.n_epochs * self.n_batches
        self.step = 0
        self._order = np.empty(0, np.int64)
        self._total = 0.0
        self._kept: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []

    def keep(self, outputs: Sequence[int]) -> None:
        """Leave the network as it is, but for the weights of some outputs.

        Parameters
        ----------
        outputs : sequence of int
            Which are learned; the last one is the attention.
        """
        network = self.model.network
        learned = torch.zeros(network.n_outputs + 1, dtype=torch.bool)
        learned[list(outputs)] = True
        own = (network.clause_out.weight, network.clause_out.bias, network.clause_skip.weight)
        for parameter in network.parameters():
            is_own = any(parameter is other for other in own)
            still = ~learned if is_own else torch.ones(len(parameter), dtype=torch.bool)
            self._kept.append((parameter, still, parameter.detach()[still].clone()))

    @property
    def epoch(self) -> int:
        """Epochs that are done."""
        return self.step // self.n_batches

    def run_step(self) -> float | None:
        """Train on one batch.

        Returns
        -------
        float or None
            The mean loss of the epoch, where this step ended it.

        Raises
        ------
        FloatingPointError
            If the loss is not a number.
        """
        settings = self._settings
        batch_number = self.step % self.n_batches
        epoch = self.epoch
        if batch_number == 0:
            self.model.network.train()
            self._total = 0.0
            self._order = self._rng.permutation(self._n_texts)
        left = 1 - self.step / self.n_steps + 0.02
        self.step += 1
        size = settings.batch_size
        rows = self._order[batch_number * size : (batch_number + 1) * size]
        loss = self._train_on(rows, settings, left)
        check_finite(loss, epoch)
        self._total += loss
        if batch_number + 1 < self.n_batches:
            return None
        mean = self._total / self._n_texts
        logger.info("epoch %d: loss %.4f", epoch, mean)
        return mean

    def _train_on(
        self, rows: npt.NDArray[np.int64], settings: HashedSettings, left: float
    ) -> float:
        """Move the weights for one batch; give its summed loss."""
        network, table = self.model.network, self.model.table
        for group in self._optimizer.param_groups:
            group["lr"] = settings.network_rate * left
        firsts, seconds = choose_pairs(rows, self._short, settings.pair_share, self._rng)
        bags = take_documents(
            self._features,
            np.concatenate([rows, firsts, seconds]),
            dropout=settings.feature_dropout,
            random_state=int(self._rng.integers(2**31)),
        )
        bags = join_bags(bags, len(rows), len(firsts))
        values, counts = table.sum(bags)
        sums = torch.from_numpy(values).requires_grad_()
        targets = self._padded.take(torch.from_numpy(rows))
        pairs = join_targets(
            self._padded.take(torch.from_numpy(firsts)),
            self._padded.take(torch.from_numpy(seconds)),
        )
        targets = Targets(*(torch.cat(both) for both in zip(targets, pairs, strict=True)))
        logits = network(
            sums,
            torch.from_numpy(counts),
            torch.from_numpy(bags.document),
            torch.from_numpy(bags.position),
            torch.zeros_like(targets.source),
        )
        offset = network.source_bias(targets.source) - network.source_bias.weight[0]
        loss = label_loss(logits + offset, targets, class_weight=self._class_weight)
        if self._soft is not None:
            taught, other = (
                torch.from_numpy(self._soft[taken].astype(np.float32))
                for taken in (np.concatenate([rows, firsts]), seconds)
            )
            paired, agree = join_soft(taught[len(rows) :], other)
            taught = torch.cat([taught[: len(rows)], paired])
            has_sentiment = torch.cat([torch.ones(len(rows), dtype=torch.bool), agree])
            cost = soft_loss(logits, taught, has_sentiment=has_sentiment)
            loss = loss + settings.soft_weight * cost
        summed = float(loss.detach())
        if not np.isfinite(summed):
            return summed
        self._optimizer.zero_grad()
        (loss / len(rows)).backward()
        self._optimizer.step()
        with torch.no_grad():  # afterwards, as the optimizer makes weights smaller by itself too
            for parameter, still, value in self._kept:
                parameter[still] = value
        gradient = sums.grad
        if gradient is not None and settings.table_rate:
            table.step(bags, gradient.numpy(), settings.table_rate * left)
        return summed

    def save(self) -> tuple[dict[str, object], dict[str, npt.NDArray[Any]]]:
        """Give everything that the next step depends on.

        Returns
        -------
        state : dict
            JSON.
        arrays : dict of str to ndarray
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            "table": self.model.table.values,
            "squares": self.model.table.squares,
            "order": self._order,
            "torch_rng": torch.get_rng_state().numpy(),
        }
        for name, tensor in self.model.network.state_dict().items():
            arrays[f"network.{name}"] = tensor.numpy()
        for number, state in self._optimizer.state_dict()["state"].items():
            for name, value in state.items():
                arrays[f"optimizer.{number}.{name}"] = value.detach().numpy()
        state = {"step": self.step, "total": self._total, "rng": self._rng.bit_generator.state}
        return state, {name: np.array(array) for name, array in arrays.items()}

    def load(self, state: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up what `save` gave.

        Parameters
        ----------
        state : mapping
        arrays : mapping of str to ndarray
        """
        self.step, self._total = int(state["step"]), float(state["total"])
        self._rng.bit_generator.state = state["rng"]
        self.model.table.values[:] = arrays["table"]
        self.model.table.squares[:] = arrays["squares"]
        self._order = arrays["order"]
        network = self.model.network
        network.load_state_dict(
            {name: torch.from_numpy(arrays[f"network.{name}"]) for name in network.state_dict()}
        )
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, array in arrays.items():
            part, _, rest = name.partition(".")
            if part == "optimizer":
                number, _, key = rest.partition(".")
                moments.setdefault(int(number), {})[key] = torch.from_numpy(array.copy())
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": moments})
        network.train()
        torch.set_rng_state(torch.from_numpy(arrays["torch_rng"]))


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
    features, targets, settings, n_outputs, soft
        As `HashedFit` takes them.
    on_epoch : callable, optional
        Called with the epoch from 0, the mean loss and the model so far.

    Returns
    -------
    HashedModel

    Notes
    -----
    The same inputs, settings and library versions on one thread of torch give the same model.
    """
    fit = HashedFit(features, targets, settings, n_outputs=n_outputs, soft=soft)
    while fit.step < fit.n_steps:
        loss = fit.run_step()
        if loss is not None and on_epoch is not None:
            on_epoch(fit.epoch - 1, loss, fit.model)
    fit.model.network.eval()
    return fit.model


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
