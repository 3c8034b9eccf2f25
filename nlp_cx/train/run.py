"""Run a training from its configuration to the model folder."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.store import SPEC_FILE, StoredModel, save_model
from nlp_cx.errors import OutputError
from nlp_cx.train.card import write_card
from nlp_cx.train.checkpoints import drop_checkpoint
from nlp_cx.train.config import TrainConfig, load_train_config
from nlp_cx.train.finish import Held, finish_model
from nlp_cx.train.history import METRICS_FILE, History
from nlp_cx.train.parts import Parts, gather_parts
from nlp_cx.train.splitting import draw_folds, find_clusters
from nlp_cx.train.trainer import Epoch, Run, Trainer

logger = logging.getLogger(__name__)

CONFIG_FILE = "training.json"


def _ignore(*_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what happens.

    Parameters
    ----------
    on_data : callable
        Gets the `Parts` once they are read and checked.
    on_stage : callable
        Gets a word for what begins: ``fold 2 of 5``, ``training``, ``calibrating``.
    on_epoch, on_step : callable
        As in `nlp_cx.train.trainer.Run`.
    """

    on_data: Callable[[Parts], None] = _ignore
    on_stage: Callable[[str], None] = _ignore
    on_epoch: Callable[[Epoch], None] = _ignore
    on_step: Callable[[int, int], None] = _ignore


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out.

    Parameters
    ----------
    folder : Path
        The model.
    metrics : dict of str to list of dict
        Tables by title, as in the card.
    seconds : float
    """

    folder: Path
    metrics: dict[str, list[dict[str, Any]]]
    seconds: float


def train_model(
    path: str | Path,
    output: str | Path,
    *,
    data_root: str | None = None,
    watch: Watch | None = None,
) -> Trained:
    """Train what a configuration describes, or go on where it was cut off.

    Parameters
    ----------
    path : str or Path
        A TOML file, see `nlp_cx.train.config.TrainConfig`.
    output : str or Path
        The model folder; replaced if it is a model. Beside it stands ``<output>.training`` with
        the checkpoint and the metrics of every epoch, until the model is saved.
    data_root : str, optional
        For the data source ``default``.
    watch : Watch, optional

    Returns
    -------
    Trained

    Raises
    ------
    NlpCxError
        If anything is wrong with the configuration, the data, a checkpoint or the output; no model
        is changed then.
    """
    watch = watch or Watch()
    started = time.perf_counter()
    target = Path(output)
    config, trainer = load_train_config(path)
    _check_target(target)
    base = Path(path).resolve().parent
    parts = gather_parts(config, base, data_root=data_root)
    watch.on_data(parts)
    work = target.with_name(f"{target.name}.training")
    history = History(work / METRICS_FILE, watch.on_epoch)
    run = Run(
        folder=work,
        random_state=config.random_state,
        on_epoch=history.add,
        on_step=watch.on_step,
        metric=config.stopping.metric,
        patience=config.stopping.patience,
        checkpoint_steps=config.stopping.checkpoint_steps,
        base=base,
    )
    if config.data.folds:
        model, held, fold = _cross_train(config, trainer, parts, run, watch)
    else:
        watch.on_stage("training")
        model = trainer.fit(parts.data, run)
        held, fold = Held(), None
        held.add(model, parts.data.dev)
    watch.on_stage("calibrating")
    model = finish_model(model, config, parts, held, fold=fold)
    spec = {
        **{key: value for key, value in model.spec.items() if key not in ("weights", "files")},
        "trained_seconds": round(time.perf_counter() - started, 1),
    }
    filled = json.dumps(asdict(config), ensure_ascii=False, indent=1, default=str)
    files = {
        **model.files,
        CONFIG_FILE: f"{filled}\n".encode(),
        METRICS_FILE: history.read(),
    }
    folder = save_model(target, spec, model.weights, card=write_card(spec), files=files)
    _clean(work)
    return Trained(folder, spec["metrics"], time.perf_counter() - started)


def _check_target(target: Path) -> None:
    """Refuse an output that could not be written after hours of training."""
    if target.exists() and not (target / SPEC_FILE).is_file():
        raise OutputError(f"{target}: exists and is not a model folder. Choose another place.")
    parent = target.resolve().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OutputError(f"{target}: cannot be written (in {parent}). Choose another place.")
    if shutil.disk_usage(parent).free < 50_000_000:
        raise OutputError(f"{target}: less than 50 MB are free in {parent}. Make room.")


def _cross_train(
    config: TrainConfig, trainer: Trainer, parts: Parts, run: Run, watch: Watch
) -> tuple[StoredModel, Held, npt.NDArray[np.int64]]:
    """Hold out every text once, then train on all."""
    n_folds, data = config.data.folds, parts.data
    rows = parts.rows
    fold = draw_folds(find_clusters(rows, config.data), n_folds, random_state=config.random_state)
    held = Held()
    for k in range(n_folds):
        watch.on_stage(f"fold {k + 1} of {n_folds}")
        mine = rows[fold != k].reset_index(drop=True)
        if len(parts.extra):
            mine = pd.concat([mine, parts.extra], ignore_index=True)
        out = rows[fold == k].reset_index(drop=True)
        inner = replace(run, folder=run.folder / f"fold{k + 1}", on_epoch=_ignore)
        model = trainer.fit(replace(data, examples=mine, dev=out), inner)
        held.add(model, out)
    watch.on_stage("training")
    # Every text is trained on, so that none is left to stop by: metrics of its epochs are of texts
    # it has seen, and the last epoch is kept.
    final = replace(run, patience=0)
    return trainer.fit(data, final), held, np.sort(fold)


def _clean(work: Path) -> None:
    """Remove what was kept to go on with."""
    for folder in sorted(work.glob("fold*")):
        drop_checkpoint(folder)
    (work / METRICS_FILE).unlink(missing_ok=True)
    drop_checkpoint(work)
