"""The trainer of the backend ``linear``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.decode import CRITICISM, FIRST_DRIVER, N_SENTIMENTS, PER_DRIVER, PRAISE
from nlp_cx.classify.linear import N_BEFORE
from nlp_cx.classify.store import StoredModel
from nlp_cx.errors import TrainingError
from nlp_cx.schema import LOYALTIES
from nlp_cx.text.batch import TextBatch
from nlp_cx.train.assemble import as_float32, assemble_model, settings_as_json
from nlp_cx.train.checkpoints import Checkpoint, fingerprint, load_checkpoint, save_checkpoint
from nlp_cx.train.dev import dev_metrics
from nlp_cx.train.hashed.features import hash_texts
from nlp_cx.train.labels import LabelArrays, label_arrays, output_weights
from nlp_cx.train.linear.features import Bags, choose_rows, make_bags
from nlp_cx.train.linear.fit import (
    NEVER,
    Head,
    fit_classes,
    fit_presence,
    strongest_clauses,
)
from nlp_cx.train.linear.settings import LinearConfig
from nlp_cx.train.stopping import Stopping
from nlp_cx.train.trainer import Epoch, Run, TrainingData

Floats = npt.NDArray[np.float64]


class LinearTrainer:
    """Train logistic regressions on hashed n-grams.

    Parameters
    ----------
    settings : LinearConfig
    """

    Settings: ClassVar[type] = LinearConfig

    def __init__(self, settings: LinearConfig) -> None:
        self.settings = settings

    def fit(self, data: TrainingData, run: Run) -> StoredModel:
        """Train; see `nlp_cx.train.trainer.Trainer.fit`.

        Parameters
        ----------
        data : TrainingData
        run : Run

        Returns
        -------
        StoredModel
        """
        settings, ids = self.settings, data.taxonomy.ids
        labels = label_arrays(data.examples, ids, gold_weight=settings.gold_weight)
        hashes = hash_texts(data.examples["text"].tolist())
        least = settings.min_count or (1 if len(data.examples) < 2_000 else 2)
        fingerprints = choose_rows(hashes, settings.n_rows, min_count=least)
        if not fingerprints.any():
            raise TrainingError("no n-gram is frequent enough to learn from. Lower min_count.")
        bags = make_bags(hashes, fingerprints)
        side_of = self._assign_sides(labels, len(ids))
        factors = output_weights(data.class_weights, ids)
        _check_scale(settings.strength, labels.weight, factors)
        plan = _Plan(bags, labels, side_of, factors)
        key = fingerprint(
            "linear", settings, data.examples, data.dev, random_state=run.random_state
        )
        stopping = Stopping(run.metric, run.patience)
        heads, best, first = _resume(load_checkpoint(run.folder, key), stopping)
        n_epochs = settings.n_rounds + 1
        for epoch in range(first, n_epochs + 1):
            if stopping.is_over:
                break
            before = heads if epoch > 1 else None
            n_heads = N_BEFORE + len(ids) + PER_DRIVER * plan.n_sets
            parts = []
            for done, part in enumerate(self._fit_heads(plan, before, run.random_state)):
                parts.append(part)
                run.on_step((epoch - 1) * n_heads + done, n_epochs * n_heads)
            heads = np.concatenate(parts)
            if not np.isfinite(heads).all():
                raise TrainingError(
                    f"weights of round {epoch} are no numbers. Lower strength. No model is saved."
                )
            model = self._assemble(heads, fingerprints, side_of, data)
            logits, _ = Classifier(model).logits(TextBatch.from_strings(data.dev["text"].tolist()))
            metrics = dev_metrics(logits, data.dev, ids)
            is_best = stopping.update(metrics)
            if is_best or not run.patience:
                best = heads
            state = {"epoch": epoch, "best": stopping.best, "best_epoch": stopping.best_epoch}
            save_checkpoint(run.folder, key, state, {"heads": heads, "best": best})
            run.on_epoch(Epoch(epoch, n_epochs, metrics, is_best))
        return self._assemble(best, fingerprints, side_of, data)

    def _assign_sides(self, labels: LabelArrays, n_labels: int) -> npt.NDArray[np.int64]:
        """Decide which set of polarities each label has; 0 is the shared one."""
        side_of = np.zeros(n_labels, np.int64)
        if self.settings.polarity == "shared":
            return side_of
        n_sets = 1
        for d in range(n_labels):
            sides = _sides(labels, d)
            counts = np.nansum(sides, axis=0)
            is_rich = counts[[0, 2]].min() >= self.settings.own_from
            if self.settings.polarity == "own" or is_rich:
                side_of[d] = n_sets
                n_sets += 1
        return side_of

    def _fit_heads(self, plan: _Plan, before: Floats | None, random_state: int) -> Iterator[Floats]:
        """Fit one round of all heads; rows of weights with the bias at the end."""
        options: dict[str, Any] = {
            "strength": self.settings.strength,
            "random_state": random_state,
        }
        bags, labels = plan.bags, plan.labels
        known = np.flatnonzero(labels.sentiment >= 0)
        if len(known) and len(np.unique(labels.sentiment[known])) > 1:
            truth = labels.sentiment[known]
            weight = labels.weight[known].astype(np.float64) * plan.factors[truth]
            heads = fit_classes(bags.documents[known], truth, weight, **options)
        else:
            heads = [Head(np.zeros(plan.n_rows), 0.0)] * N_SENTIMENTS
        yield _stack(heads)
        last = FIRST_DRIVER + PER_DRIVER * len(plan.side_of)
        columns = [PRAISE, CRITICISM, *range(last, last + len(LOYALTIES))]
        for i, column in enumerate(columns):
            y = labels.presence[:, column - N_SENTIMENTS].astype(np.float64)
            yield _stack([self._fit_one(plan, y, 1.0, _row(before, N_SENTIMENTS + i), options)])
        for d in range(len(plan.side_of)):
            y = plan.mentions[d]
            factor = float(plan.factors[FIRST_DRIVER + PER_DRIVER * d])
            yield _stack([self._fit_one(plan, y, factor, _row(before, N_BEFORE + d), options)])
        witnesses = [
            strongest_clauses(_mention(before, d, bags), bags.first_clause)
            for d in range(len(plan.side_of))
        ]
        for number in range(plan.n_sets):
            yield _stack(self._fit_sides(plan, number, witnesses, options))

    def _fit_one(
        self,
        plan: _Plan,
        y: Floats,
        factor: float,
        before: Head | None,
        options: dict[str, Any],
    ) -> Head:
        """Fit one presence; constant where nothing is known."""
        if not (np.nan_to_num(y) > 0).any():
            return Head(np.zeros(plan.n_rows), NEVER)
        factors = np.where(np.nan_to_num(y) > 0, factor, 1.0)
        weight = plan.labels.weight.astype(np.float64) * factors
        return fit_presence(plan.bags, y, weight, before=before, **options)

    def _fit_sides(
        self,
        plan: _Plan,
        number: int,
        witnesses: list[npt.NDArray[np.int64]],
        options: dict[str, Any],
    ) -> list[Head]:
        """Fit the polarities of a set of labels on the clauses that mention them."""
        rows, truth, weight = [], [], []
        for d, own in enumerate(plan.side_of):
            if number not in (0, own):  # the shared set learns from all labels
                continue
            sides = np.nan_to_num(_sides(plan.labels, d))
            chosen = np.flatnonzero((sides.sum(1) == 1) & (witnesses[d] >= 0))
            rows.append(witnesses[d][chosen])
            truth.append(sides[chosen].argmax(1))
            weight.append(plan.labels.weight[chosen])
        all_rows = np.concatenate(rows)
        if not len(all_rows):
            neutral = [Head(np.zeros(plan.n_rows), NEVER) for _ in range(PER_DRIVER)]
            neutral[1] = Head(np.zeros(plan.n_rows), 0.0)
            return neutral
        return fit_classes(
            plan.bags.clauses[all_rows],
            np.concatenate(truth),
            np.concatenate(weight).astype(np.float64),
            **options,
        )

    def _assemble(
        self,
        heads: Floats,
        fingerprints: npt.NDArray[np.uint16],
        side_of: npt.NDArray[np.int64],
        data: TrainingData,
    ) -> StoredModel:
        """Make the model that is served."""
        weights: dict[str, npt.NDArray[Any]] = {
            "fingerprints": fingerprints,
            "rows": np.ascontiguousarray(heads[:, :-1].T, np.float16),
            "bias": as_float32(heads[:, -1]),
            "side_of": side_of,
        }
        return assemble_model(
            "linear",
            data.taxonomy,
            weights,
            architecture={"n_rows": len(fingerprints), "n_heads": len(heads)},
            recipe=settings_as_json(self.settings),
        )


class _Plan:
    """What all heads are fitted to."""

    def __init__(
        self,
        bags: Bags,
        labels: LabelArrays,
        side_of: npt.NDArray[np.int64],
        factors: npt.NDArray[np.float32],
    ) -> None:
        self.bags, self.labels, self.side_of, self.factors = bags, labels, side_of, factors
        self.n_rows: int = bags.clauses.shape[1]
        self.n_sets = int(side_of.max(initial=0)) + 1
        self.mentions = []
        for d in range(len(side_of)):
            sides = _sides(labels, d)
            y = np.where(np.isnan(sides).all(1), np.nan, (np.nan_to_num(sides) > 0).any(1))
            y[labels.is_mentioned[:, d] > 0] = 1
            self.mentions.append(y.astype(np.float64))


def _check_scale(
    strength: float, weight: npt.NDArray[np.float32], factors: npt.NDArray[np.float32]
) -> None:
    """Refuse a loss that is no number before the solver goes astray in it."""
    scale = strength * float(weight.sum(dtype=np.float64)) * float(factors.max())
    if not np.isfinite(scale):
        raise TrainingError(
            f"the loss is {scale}: strength is {strength:g} and the greatest weight of a text "
            f"{weight.max():g}. Lower them. No model is saved."
        )


def _sides(labels: LabelArrays, d: int) -> Floats:
    """Give the three presences of a label: shape (n, 3)."""
    first = FIRST_DRIVER - N_SENTIMENTS + PER_DRIVER * d
    return labels.presence[:, first : first + PER_DRIVER].astype(np.float64)


def _stack(heads: list[Head]) -> Floats:
    """Put heads into rows, the bias last."""
    return np.stack([np.append(head.weights, head.bias) for head in heads])


def _row(heads: Floats | None, i: int) -> Head | None:
    """Take a head of the round before."""
    return None if heads is None else Head(heads[i, :-1], float(heads[i, -1]))


def _mention(heads: Floats | None, d: int, bags: Bags) -> Floats:
    """Score every clause by the mention of a label in the round before; equal in the first."""
    head = _row(heads, N_BEFORE + d)
    return np.zeros(bags.clauses.shape[0]) if head is None else head.of(bags.clauses)


def _resume(found: Checkpoint | None, stopping: Stopping) -> tuple[Floats, Floats, int]:
    """Take up what a checkpoint holds."""
    if found is None:
        nothing = np.empty((0, 0))
        return nothing, nothing, 1
    stopping.best = found.state["best"]
    stopping.best_epoch = found.state["best_epoch"]
    stopping.n_epochs = found.state["epoch"]
    return found.arrays["heads"], found.arrays["best"], found.state["epoch"] + 1
