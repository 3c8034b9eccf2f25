"""The trainer of the backend ``transformer``."""

from __future__ import annotations

import hashlib
import warnings
from typing import ClassVar

import numpy as np
import torch

from nlp_cx.classify.checkpoint_windows import TokenReader
from nlp_cx.classify.decode import output_names
from nlp_cx.classify.store import StoredModel
from nlp_cx.errors import ConfigError, DataWarning, ModelError
from nlp_cx.train.assemble import assemble_model, settings_as_json
from nlp_cx.train.checkpoints import fingerprint
from nlp_cx.train.encoder.export import make_encoder_model
from nlp_cx.train.encoder.network import ClauseHead
from nlp_cx.train.labels import output_weights
from nlp_cx.train.targets import make_targets
from nlp_cx.train.trainer import Run, TrainingData
from nlp_cx.train.transformer.batches import Lessons, read_lessons
from nlp_cx.train.transformer.checkpoint import (
    Checkpoint,
    Loaded,
    digest_checkpoint,
    find_checkpoint,
    load_checkpoint_model,
    read_licence,
)
from nlp_cx.train.transformer.export import check_size, export_network
from nlp_cx.train.transformer.fit import Hardware, choose_hardware, fit_pupil
from nlp_cx.train.transformer.network import CheckpointNetwork
from nlp_cx.train.transformer.pupil import CheckpointPupil, Material
from nlp_cx.train.transformer.scratch import ScratchPupil
from nlp_cx.train.transformer.settings import FROM_SCRATCH, TransformerConfig

_FOR_RANGES = 500


class TransformerTrainer:
    """Fine-tune a checkpoint with a head over clauses, or train an encoder from scratch.

    Parameters
    ----------
    settings : TransformerConfig
    """

    Settings: ClassVar[type] = TransformerConfig

    def __init__(self, settings: TransformerConfig) -> None:
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

        Raises
        ------
        ConfigError
            If the settings do not go with the checkpoint.
        ModelError
            If the checkpoint cannot be used.
        TrainingError
            If training goes astray, or the saved run is another one.
        """
        if self.settings.checkpoint == FROM_SCRATCH:
            return self._fit_scratch(data, run)
        return self._fit_checkpoint(data, run)

    def _fit_checkpoint(self, data: TrainingData, run: Run) -> StoredModel:
        """Fine-tune a checkpoint."""
        settings, ids = self.settings, data.taxonomy.ids
        hardware = choose_hardware(settings.device, settings.precision)
        checkpoint = find_checkpoint(settings.checkpoint, base=run.base, revision=settings.revision)
        digest = digest_checkpoint(checkpoint.folder)
        loaded = load_checkpoint_model(checkpoint)
        reader = _make_reader(loaded, settings)
        material = self._gather(data)
        # The head is drawn here; the body is the checkpoint's, so both depend on the seed alone.
        torch.manual_seed(run.random_state)
        head = ClauseHead(
            loaded.width,
            settings.n_hidden,
            len(output_names(ids)),
            int(material.targets.source.max()) + 1,
            dropout=settings.dropout,
        )
        network = CheckpointNetwork(loaded.body, head)
        check_size(network)
        pupil = CheckpointPupil(
            network,
            material,
            settings,
            lessons=read_lessons(data.examples["text"].tolist(), reader),
            dev_lessons=read_lessons(data.dev["text"].tolist(), reader),
            pad=loaded.pad,
        )
        _warn_of_long_texts(pupil.lessons, settings.most_windows)
        key = self._name_run(data, run, digest, hardware)
        fit_pupil(pupil, material, settings, run, key=key, hardware=hardware)
        files, weights = export_network(
            network, reader, loaded.tokenizer, is_int8=settings.quantize == "int8"
        )
        return assemble_model(
            "checkpoint",
            data.taxonomy,
            weights,
            architecture={
                **_describe(network, checkpoint, digest),
                "length": settings.length,
                "width": loaded.width,
                "numbers": settings.quantize,
            },
            recipe=settings_as_json(settings),
            files=files,
        )

    def _fit_scratch(self, data: TrainingData, run: Run) -> StoredModel:
        """Train the project's own encoder from nothing."""
        settings = self.settings
        hardware = choose_hardware(settings.device, settings.precision)
        texts = data.examples["text"].tolist()
        material = self._gather(data)
        torch.manual_seed(run.random_state)
        pupil = ScratchPupil(
            texts + ([] if data.unlabelled is None else data.unlabelled["text"].tolist()),
            data.dev["text"].tolist(),
            material,
            settings,
            n_outputs=len(output_names(data.taxonomy.ids)),
        )
        read = hashlib.sha256(pupil.corpus.ids.tobytes()).hexdigest()  # texts without labels too
        key = self._name_run(data, run, f"scratch {read}", hardware)
        fit_pupil(pupil, material, settings, run, key=key, hardware=hardware)
        rng = np.random.default_rng(run.random_state)
        some = [texts[i] for i in rng.permutation(len(texts))[:_FOR_RANGES]]
        return make_encoder_model(
            pupil.finish(),
            pupil.vocabulary,
            some if settings.quantize == "int8" else None,
            taxonomy=data.taxonomy,
            recipe=settings_as_json(settings),
        )

    def _gather(self, data: TrainingData) -> Material:
        """Turn labels into targets."""
        ids = data.taxonomy.ids
        return Material(
            make_targets(data.examples, ids, gold_weight=self.settings.gold_weight),
            torch.from_numpy(output_weights(data.class_weights, ids)),
            data.dev,
            ids,
        )

    def _name_run(self, data: TrainingData, run: Run, origin: str, hardware: Hardware) -> str:
        """Name all that the result depends on."""
        return fingerprint(
            f"transformer {origin} {sorted(data.class_weights.items())} {hardware.is_bf16}",
            self.settings,
            data.examples,
            data.dev,
            random_state=run.random_state,
        )


def _make_reader(loaded: Loaded, settings: TransformerConfig) -> TokenReader:
    """Make the reader of tokens, and try a window of the greatest length."""
    if settings.length > loaded.longest:
        raise ConfigError(
            f"length: {settings.length}, but checkpoint {settings.checkpoint!r} reads at most "
            f"{loaded.longest} tokens at once. Longer texts are read in several windows anyway."
        )
    reader = TokenReader(loaded.tokenizer, settings.length)
    fill = [*reader.prefix, *reader.suffix] or [0]
    ids = torch.tensor([(fill * settings.length)[: settings.length]])
    try:
        with torch.no_grad():
            states = loaded.body(
                input_ids=ids, attention_mask=torch.ones_like(ids)
            ).last_hidden_state
    except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as e:
        raise ModelError(
            f"checkpoint {settings.checkpoint!r}: cannot read a window of {settings.length} tokens "
            f"({e}). Lower length, or give an encoder such as BERT."
        ) from e
    if states.shape != (1, settings.length, loaded.width):
        raise ModelError(
            f"checkpoint {settings.checkpoint!r}: gives {tuple(states.shape)} for a window, "
            f"expected a state of {loaded.width} numbers for each of {settings.length} tokens. "
            "Give an encoder such as BERT."
        )
    return reader


def _warn_of_long_texts(lessons: Lessons, most: int) -> None:
    """Count the texts that are not trained on whole, and those that cannot be read."""
    counts = np.diff(lessons.windows.first_window)
    if n_long := int((counts > most).sum()):
        warnings.warn(
            f"{n_long} training texts are longer than {most} windows; learned from their first "
            f"{most}. Raise most_windows or length to learn from all of them.",
            DataWarning,
            stacklevel=4,
        )
    if n_unknown := int((counts == 0).sum()):
        warnings.warn(
            f"{n_unknown} training texts hold no token that the checkpoint's vocabulary knows; "
            "nothing is learned from them.",
            DataWarning,
            stacklevel=4,
        )


def _describe(
    network: CheckpointNetwork, checkpoint: Checkpoint, digest: str
) -> dict[str, str | int | dict[str, str]]:
    """Say what was fine-tuned."""
    settings = network.body.config
    return {
        "type": str(settings.model_type),
        "n_layers": int(getattr(settings, "num_hidden_layers", 0)),
        "n_parameters": sum(p.numel() for p in network.body.parameters()),
        "checkpoint": {
            "name": checkpoint.name,
            "revision": checkpoint.revision,
            "digest": digest,
            "licence": read_licence(checkpoint.folder),
        },
    }
