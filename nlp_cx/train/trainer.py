"""What a training backend promises, what it is given, and where the backends are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pandas as pd

from nlp_cx.classify.store import StoredModel
from nlp_cx.errors import ConfigError
from nlp_cx.taxonomy import Taxonomy

TRAINERS = {
    "linear": "nlp_cx.train.linear.trainer:LinearTrainer",
    "hashed": "nlp_cx.train.hashed.trainer:HashedTrainer",
    "transformer": "nlp_cx.train.transformer.trainer:TransformerTrainer",
}
"""Import path of every backend that comes with the package."""

ENTRY_POINTS = "nlp_cx.trainers"
"""Group under which other packages add theirs; the name of the entry point is the backend's."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What there is to learn from.

    Parameters
    ----------
    examples : DataFrame, one row per text
        ``text, lang, source, weight`` (above 0), ``sentiment``, a column per label of `taxonomy`,
        and ``loyalty``, with values as `nlp_cx.corpus.examples.load_examples` describes them:
        None is *not labelled* and teaches nothing, ``not_mentioned`` and ``none`` are labels.
        ``is_full`` (bool): everything was considered, so that praise and criticism are known.
    dev : DataFrame, one row per text
        The same columns: for early stopping, calibration and thresholds. Never empty.
    taxonomy : Taxonomy
        Which labels there are; the order of the outputs.
    unlabelled : DataFrame or None
        ``text, lang``, for backends that can use it.
    class_weights : mapping of str to float
        What a missed label costs against one too many, by label or sentiment; 1 where none is
        given. `nlp_cx.train.labels.output_weights` gives it by output.
    """

    examples: pd.DataFrame
    dev: pd.DataFrame
    taxonomy: Taxonomy
    unlabelled: pd.DataFrame | None = None
    class_weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is told after every epoch.

    Parameters
    ----------
    epoch, n_epochs : int
        Counted from 1; how many there will be at most.
    metrics : mapping of str to float
        ``train_loss`` and those of `nlp_cx.train.dev.dev_metrics`.
    is_best : bool
        The best so far by the metric of early stopping.
    """

    epoch: int
    n_epochs: int
    metrics: Mapping[str, float]
    is_best: bool = False


def _ignore(*_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Run:
    """How one training runs.

    Parameters
    ----------
    folder : Path
        Where checkpoints go (`nlp_cx.train.checkpoints`); what is there is taken up again when
        its fingerprint is that of this training. The folder need not exist.
    random_state : int
    on_epoch : callable
        Gets every `Epoch` once; after a resume not those of before.
    on_step : callable
        Gets the steps done and the steps in all, for a progress bar.
    metric : str
        The metric of dev that decides which epoch is kept, `loss` the lower, others the higher.
    patience : int
        Epochs without a better one after which training ends, and the best epoch is kept; 0: it
        runs to its end, and the last one is kept.
    checkpoint_steps : int
        Steps between checkpoints inside an epoch; 0: at the ends of epochs alone.
    base : Path
        Where relative paths in the settings start: the folder of the configuration.
    """

    folder: Path
    random_state: int = 0
    on_epoch: Callable[[Epoch], None] = _ignore
    on_step: Callable[[int, int], None] = _ignore
    metric: str = "score"
    patience: int = 0
    checkpoint_steps: int = 0
    base: Path = field(default_factory=Path)


class Trainer(Protocol):
    """A training backend.

    A trainer is made with one object of its class `Settings` (made with `nlp_cx.config.config`,
    all fields with defaults), which is what stands under ``[settings]`` of the configuration.
    """

    Settings: ClassVar[type]

    def __init__(self, settings: Any) -> None: ...

    def fit(self, data: TrainingData, run: Run) -> StoredModel:
        """Train a model, or go on where a run with the same data and settings was cut off.

        Parameters
        ----------
        data : TrainingData
        run : Run

        Returns
        -------
        StoredModel
            Made with `nlp_cx.train.assemble.assemble_model`: weights of the epoch that is kept, not
            calibrated (the caller does that, on dev), not on disk.

        Raises
        ------
        TrainingError
            If the loss is not a number, or the checkpoint is of another architecture or format.
        OutputError
            If a checkpoint cannot be written.
        """


def load_trainer(name: str) -> type[Trainer]:
    """Find a backend by name.

    Parameters
    ----------
    name : str
        One of `TRAINERS`, or of another package's entry points.

    Returns
    -------
    type
        A class that keeps `Trainer`.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    if name in TRAINERS:
        module, _, attribute = TRAINERS[name].partition(":")
        trainer: type[Trainer] = getattr(import_module(module), attribute)
        return trainer
    others = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name in others:
        found: type[Trainer] = others[name].load()
        return found
    known = ", ".join([*TRAINERS, *others])
    raise ConfigError(f"backend {name!r}: unknown; expected one of {known}.")
