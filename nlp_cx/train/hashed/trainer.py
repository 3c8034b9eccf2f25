"""The trainer of the backend ``hashed``: n-gram vectors and a small network."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch

from nlp_cx.classify.classifier import LEARNED
from nlp_cx.classify.decode import output_names
from nlp_cx.classify.store import SPEC_FILE, StoredModel, load_model
from nlp_cx.config import config
from nlp_cx.errors import TrainingError
from nlp_cx.train.assemble import assemble_model, find_learned, settings_as_json
from nlp_cx.train.checkpoints import fingerprint, load_checkpoint, save_checkpoint
from nlp_cx.train.dev import dev_metrics
from nlp_cx.train.hashed.features import choose_vocabulary, find_features, hash_texts
from nlp_cx.train.hashed.fit import HashedFit, HashedModel, HashedSettings, predict_hashed
from nlp_cx.train.hashed.quantize import quantize
from nlp_cx.train.hashed.warm import check_donor, new_outputs, warm_up
from nlp_cx.train.labels import output_weights
from nlp_cx.train.recipe import FastRecipe, teach
from nlp_cx.train.stopping import Stopping
from nlp_cx.train.targets import make_targets
from nlp_cx.train.trainer import Epoch, Run, TrainingData

_SECONDS = 20.0
"""Epochs that take less in all are not worth a checkpoint of tens of megabytes."""


@config
class HashedConfig:
    """What stands under ``[settings]``.

    Parameters
    ----------
    init : str
        A hashed model to begin with: ``fast``, or a folder. Its vocabulary and sizes are kept.
    learn : {"all", "new"}
        With `init`: everything, or only the labels that it lacks, so that its sentiment stays.
    n_rows, n_dims, n_hidden, n_epochs, batch_size : int
        Few texts ask for small batches: what counts is the number of steps.
    table_rate, network_rate : float
        Learning rates; a `table_rate` of 0 leaves the n-gram vectors as `init` has them.
    feature_dropout, dropout, context_dropout : float
    gold_weight : float
    n_teachers : int
        Large models whose probabilities the small one learns too, over unlabelled texts also.
    teacher_rows, teacher_hidden, teacher_epochs : int
    """

    init: str = ""
    learn: Literal["all", "new"] = "all"
    n_rows: int = 131_072
    n_dims: int = 64
    n_hidden: int = 48
    n_epochs: int = 8
    batch_size: int = 256
    table_rate: float = 0.05
    network_rate: float = 2e-3
    feature_dropout: float = 0.3
    dropout: float = 0.2
    context_dropout: float = 0.5
    gold_weight: float = 2.0
    n_teachers: int = 0
    teacher_rows: int = 524_288
    teacher_hidden: int = 64
    teacher_epochs: int = 4

    def __post_init__(self) -> None:
        """Name every value that is out of its range."""
        sizes = ("n_rows", "n_dims", "n_hidden", "n_epochs", "batch_size")
        teachers = ("teacher_rows", "teacher_hidden", "teacher_epochs")
        faults = [
            f"{name}: {getattr(self, name)}, expected 1 or more"
            for name in (*sizes, *teachers)
            if getattr(self, name) < 1
        ]
        faults += [
            f"{name}: {getattr(self, name)}, expected a multiple of four"
            for name in ("n_rows", "teacher_rows")
            if getattr(self, name) % 4
        ]
        faults += [
            f"{name}: {getattr(self, name):g}, expected 0 up to, not including, 1"
            for name in ("feature_dropout", "dropout")
            if not 0 <= getattr(self, name) < 1
        ]
        if not 0 <= self.context_dropout <= 1:
            faults.append(f"context_dropout: {self.context_dropout:g}, expected 0 to 1")
        if not 0 <= self.table_rate < float("inf"):
            faults.append(f"table_rate: {self.table_rate:g}, expected 0 or more")
        faults += [
            f"{name}: {getattr(self, name):g}, expected above 0"
            for name in ("network_rate", "gold_weight")
            if not 0 < getattr(self, name) < float("inf")
        ]
        if self.n_teachers < 0:
            faults.append(f"n_teachers: {self.n_teachers}, expected 0 or more")
        if faults:
            raise ValueError("; ".join(faults))


class HashedTrainer:
    """Train n-gram vectors and a small network.

    Parameters
    ----------
    settings : HashedConfig
    """

    Settings: ClassVar[type] = HashedConfig

    def __init__(self, settings: HashedConfig) -> None:
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
        torch.set_num_threads(1)  # sums in one order: a resumed run gives the same to the bit
        donor = self._find_donor(run)
        settings = self._size(donor, run.random_state)
        ids = data.taxonomy.ids
        n_outputs = len(output_names(ids))
        targets = make_targets(data.examples, ids, gold_weight=self.settings.gold_weight)
        texts = data.examples["text"].tolist()
        n_labelled = len(texts)
        if data.unlabelled is not None and self.settings.n_teachers:
            texts += data.unlabelled["text"].tolist()
        hashes = hash_texts(texts)
        labelled = hashes.values[: hashes.clause_offsets[hashes.first_clause[n_labelled]]]
        soft = None
        if self.settings.n_teachers:
            work = run.folder / "teachers"
            recipe = self._recipe(settings, run.random_state)
            soft = teach(hashes, labelled, targets, recipe, work=work, n_outputs=n_outputs)
        if donor is None:
            least = 1 if n_labelled < 2_000 else 3
            chosen = labelled if soft is None else hashes.values
            fingerprints = choose_vocabulary(chosen, settings.n_rows, min_count=least)
        else:
            fingerprints = donor.weights["fingerprints"]
        fit = HashedFit(
            find_features(hashes, fingerprints),
            targets,
            settings,
            n_outputs=n_outputs,
            soft=soft,
            class_weight=output_weights(data.class_weights, ids),
        )
        if donor is not None:
            warm_up(fit.model, donor, ids)
            if self.settings.learn == "new":
                fit.keep(new_outputs(donor, ids))
        kept = self._train(fit, fingerprints, data, run)
        model = assemble_model(
            "hashed",
            data.taxonomy,
            kept,
            architecture={
                "n_rows": settings.n_rows,
                "n_dims": settings.n_dims,
                "n_hidden": settings.n_hidden,
            },
            recipe=settings_as_json(self.settings),
        )
        if donor is not None:  # what the donor was taught about sentiment is there too
            told = set(donor.spec.get("learned", LEARNED)) - {"polarity"}
            told |= set(find_learned(data.examples, data.taxonomy))
            model.spec["learned"] = [name for name in LEARNED if name in told]
        return model

    def _train(
        self,
        fit: HashedFit,
        fingerprints: npt.NDArray[np.uint16],
        data: TrainingData,
        run: Run,
    ) -> dict[str, npt.NDArray[Any]]:
        """Run all steps, or those that are left; give the weights of the epoch that is kept."""
        features = find_features(hash_texts(data.dev["text"].tolist()), fingerprints)
        key = fingerprint(
            "hashed", self.settings, data.examples, data.dev, random_state=run.random_state
        )
        stopping = Stopping(run.metric, run.patience)
        kept: dict[str, npt.NDArray[Any]] = {}
        saved_at = time.monotonic()
        found = load_checkpoint(run.folder, key)
        if found is not None:
            own = {k: v for k, v in found.arrays.items() if not k.startswith("kept.")}
            fit.load(found.state, own)
            kept = {k[5:]: v for k, v in found.arrays.items() if k.startswith("kept.")}
            stopping.best, stopping.best_epoch, stopping.n_epochs = found.state["stopping"]
        while fit.step < fit.n_steps and not stopping.is_over:
            try:
                loss = fit.run_step()
            except FloatingPointError as e:
                raise TrainingError(f"{e} No model is saved.") from e
            run.on_step(fit.step, fit.n_steps)
            told = None
            if loss is not None:
                generator = torch.get_rng_state()
                metrics = {"train_loss": loss, **self._measure(fit.model, features, data)}
                torch.set_rng_state(generator)
                is_best = stopping.update(metrics)
                if is_best and run.patience:
                    kept = quantize(fit.model, fingerprints)
                told = Epoch(fit.epoch, fit.n_steps // fit.n_batches, metrics, is_best)
            # What is quick is done again rather than written: the result is the same.
            is_due = told is not None and time.monotonic() - saved_at > _SECONDS
            if is_due or (run.checkpoint_steps and fit.step % run.checkpoint_steps == 0):
                state, arrays = fit.save()
                state["stopping"] = [stopping.best, stopping.best_epoch, stopping.n_epochs]
                arrays |= {f"kept.{name}": array for name, array in kept.items()}
                save_checkpoint(run.folder, key, state, arrays)
                saved_at = time.monotonic()
            if told:
                run.on_epoch(told)
        return kept if run.patience else quantize(fit.model, fingerprints)

    def _measure(self, model: HashedModel, features: Any, data: TrainingData) -> dict[str, float]:
        """Measure on dev."""
        return dev_metrics(predict_hashed(model, features), data.dev, data.taxonomy.ids)

    def _find_donor(self, run: Run) -> StoredModel | None:
        """Load the model to begin with."""
        if not self.settings.init:
            return None
        beside = run.base / self.settings.init
        donor = load_model(beside if (beside / SPEC_FILE).is_file() else self.settings.init)
        check_donor(donor)
        return donor

    def _size(self, donor: StoredModel | None, random_state: int) -> HashedSettings:
        """Give the settings of the fit; a donor's sizes go before those of the configuration."""
        given = self.settings
        shape = (given.n_rows, given.n_dims)
        if donor is not None:
            shape = donor.weights["table"].shape
        n_hidden = given.n_hidden if donor is None else len(donor.weights["hidden_bias"])
        return HashedSettings(
            n_rows=shape[0],
            n_dims=shape[1],
            n_hidden=n_hidden,
            n_epochs=given.n_epochs,
            batch_size=given.batch_size,
            table_rate=given.table_rate,
            network_rate=given.network_rate,
            feature_dropout=given.feature_dropout,
            dropout=given.dropout,
            context_dropout=given.context_dropout,
            random_state=random_state,
        )

    def _recipe(self, student: HashedSettings, random_state: int) -> FastRecipe:
        """Give the recipe of the teachers."""
        teacher = HashedSettings(
            n_rows=self.settings.teacher_rows,
            n_hidden=self.settings.teacher_hidden,
            n_epochs=self.settings.teacher_epochs,
            random_state=random_state,
        )
        return FastRecipe(
            n_teachers=self.settings.n_teachers,
            gold_weight=self.settings.gold_weight,
            teacher=teacher,
            student=student,
        )
