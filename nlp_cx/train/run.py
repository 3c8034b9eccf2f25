"""Run a training from its configuration to the model folder."""

from __future__ import annotations

import json
import logging
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.columns import scored_columns
from nlp_cx.classify.decode import Calibration, decode
from nlp_cx.classify.store import SPEC_FILE, StoredModel, save_model
from nlp_cx.errors import OutputError
from nlp_cx.evaluate.metrics import evaluate
from nlp_cx.schema import POLARITIES
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.train.assemble import find_learned, with_calibration
from nlp_cx.train.calibration import fit_calibration
from nlp_cx.train.card import write_card
from nlp_cx.train.checkpoints import drop_checkpoint
from nlp_cx.train.config import TrainConfig, load_train_config
from nlp_cx.train.parts import Parts, gather_parts
from nlp_cx.train.splitting import draw_folds, find_clusters
from nlp_cx.train.trainer import Epoch, Run, Trainer

logger = logging.getLogger(__name__)

METRICS_FILE = "metrics.jsonl"
CONFIG_FILE = "training.json"
_LIBRARIES = ("nlp_cx", "numpy", "scikit-learn", "torch", "transformers", "numba")


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


@dataclass(slots=True)
class _Held:
    """Raw outputs on texts that were not trained on."""

    rows: list[pd.DataFrame] = field(default_factory=list)
    logits: list[npt.NDArray[np.float32]] = field(default_factory=list)
    languages: list[npt.NDArray[np.int8]] = field(default_factory=list)


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
    history = _History(work / METRICS_FILE, watch.on_epoch)
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
        held, fold = _Held(), None
        _hold_out(held, model, parts.data.dev)
    watch.on_stage("calibrating")
    model = _finish(model, config, parts, held, fold=fold)
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
) -> tuple[StoredModel, _Held, npt.NDArray[np.int64]]:
    """Hold out every text once, then train on all."""
    n_folds, data = config.data.folds, parts.data
    rows = parts.rows
    fold = draw_folds(find_clusters(rows, config.data), n_folds, random_state=config.random_state)
    held = _Held()
    for k in range(n_folds):
        watch.on_stage(f"fold {k + 1} of {n_folds}")
        mine = rows[fold != k].reset_index(drop=True)
        if len(parts.extra):
            mine = pd.concat([mine, parts.extra], ignore_index=True)
        out = rows[fold == k].reset_index(drop=True)
        inner = replace(run, folder=run.folder / f"fold{k + 1}", on_epoch=_ignore)
        model = trainer.fit(replace(data, examples=mine, dev=out), inner)
        _hold_out(held, model, out)
    watch.on_stage("training")
    # Every text is trained on, so that none is left to stop by: metrics of its epochs are of texts
    # it has seen, and the last epoch is kept.
    final = replace(run, patience=0)
    return trainer.fit(data, final), held, np.sort(fold)


def _hold_out(held: _Held, model: StoredModel, rows: pd.DataFrame) -> None:
    """Keep what a model says of texts it has not seen."""
    logits, languages = Classifier(model).logits(TextBatch.from_strings(rows["text"].tolist()))
    held.rows.append(rows)
    held.logits.append(logits)
    held.languages.append(languages)


def _finish(
    model: StoredModel,
    config: TrainConfig,
    parts: Parts,
    held: _Held,
    *,
    fold: npt.NDArray[np.int64] | None,
) -> StoredModel:
    """Calibrate, measure and describe a model."""
    taxonomy = parts.data.taxonomy
    rows = pd.concat(held.rows, ignore_index=True)
    logits, languages = np.concatenate(held.logits), np.concatenate(held.languages)
    known = ~np.isnan(logits[:, 0])
    calibration = _calibrate(logits[known], rows[known], languages[known], taxonomy)
    learned = model.spec.get("learned") or find_learned(parts.data.examples, taxonomy)
    metrics: dict[str, list[dict[str, Any]]] = {}
    if fold is None:
        predicted = _label(logits, languages, calibration, taxonomy, learned)
        title = "Dev (the texts that calibrate it: a little too good)"
        metrics[title] = _measure(rows, predicted, taxonomy)
    else:
        # Thresholds too are of the other folds, so that no text is judged by what it has taught.
        pieces = []
        for k in np.unique(fold):
            own = fold == k
            others = ~own & known
            fitted = _calibrate(logits[others], rows[others], languages[others], taxonomy)
            pieces.append(_label(logits[own], languages[own], fitted, taxonomy, learned))
        predicted = pd.concat(pieces, ignore_index=True)
        title = f"Cross-validation, {len(pieces)} folds, copies and near-copies on one side"
        metrics[title] = _measure(rows, predicted, taxonomy)
    metrics["Guessing the most frequent, same texts"] = _measure(
        rows, _majority(rows, taxonomy), taxonomy
    )
    finished = with_calibration(model, calibration)
    if len(parts.test):
        test = Classifier(finished)
        z, found = test.logits(TextBatch.from_strings(parts.test["text"].tolist()))
        predicted = _label(z, found, calibration, taxonomy, learned)
        metrics["Test"] = _measure(parts.test, predicted, taxonomy)
    spec = {
        **finished.spec,
        "name": config.name,
        "version": config.version,
        "description": config.description or _describe(config, taxonomy),
        "learned": list(learned),
        "libraries": _find_libraries(),
        "random_state": config.random_state,
        "command": "nlp-cx train",
        "data": parts.describe(),
        "metrics": metrics,
        "limits": [*config.limits, *_find_limits(parts, learned, len(rows))],
    }
    return StoredModel(finished.folder, spec, finished.weights, finished.files)


def _calibrate(
    logits: npt.NDArray[np.float32],
    rows: pd.DataFrame,
    languages: npt.NDArray[np.int8],
    taxonomy: Taxonomy,
) -> Calibration:
    """Fit the calibration."""
    return fit_calibration(logits, rows.reset_index(drop=True), languages, taxonomy.ids)


def _label(
    logits: npt.NDArray[np.float32],
    languages: npt.NDArray[np.int8],
    calibration: Calibration,
    taxonomy: Taxonomy,
    learned: list[str],
) -> pd.DataFrame:
    """Give the labels that the model would give."""
    columns = scored_columns(
        decode(logits, languages, calibration),
        languages,
        taxonomy.ids,
        has_polarity="polarity" in learned,
    )
    labels = pd.DataFrame({name: column.to_pandas() for name, column in columns.items()})
    for name in ("sentiment", "loyalty"):
        if name not in learned:
            labels[name] = None
    # Any polarity counts as a mention, and none can be wrong where gold has none.
    return labels.astype(object).replace({"mentioned": "positive"})


def _measure(
    gold: pd.DataFrame, predicted: pd.DataFrame, taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """Measure labels; what cannot be measured is left out."""
    table = evaluate(gold, predicted, drivers=taxonomy.ids).dropna(axis=1, how="all")
    has_polarity = gold[list(taxonomy.ids)].isin(POLARITIES).any(axis=None)
    return [
        {
            str(key): (round(v, 4) if isinstance(v, float) else v)
            for key, v in row.items()
            if has_polarity or not str(key).startswith("pair_")
        }
        for row in table.to_dict("records")
    ]


def _majority(rows: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Guess of each label what is most frequent, but never that nothing is mentioned: for F1 the
    better guess.
    """
    guess = {}
    for name in ("sentiment", *taxonomy.ids, "loyalty"):
        values = rows[name].dropna()
        values = values[~values.isin(["not_mentioned", "none"])]
        guess[name] = values.mode().iloc[0] if len(values) else None
        if guess[name] == "mentioned":
            guess[name] = "positive"  # any polarity counts as a mention
    return pd.DataFrame([guess] * len(rows), dtype=object)


def _describe(config: TrainConfig, taxonomy: Taxonomy) -> str:
    """Write a description where none is given."""
    names = ", ".join(f"{label.en} ({label.zh})" for label in taxonomy.labels[:12])
    return f"Labels of the taxonomy {taxonomy.name} {taxonomy.version}: {names}."


def _find_limits(parts: Parts, learned: list[str], n_held: int) -> list[str]:
    """Write what a reader must know."""
    limits = []
    if missing := {"sentiment", "polarity", "mixed", "loyalty"} - set(learned):
        limits.append(f"Was not taught {', '.join(sorted(missing))}: missing in its tables.")
    if n_held < 500:
        limits.append(
            f"Calibrated on {n_held} texts: probabilities and thresholds are rough; a figure of a "
            "label with ten texts may be off by 0.2."
        )
    if parts.notes:
        limits += parts.notes
    return limits


def _find_libraries() -> dict[str, str]:
    """List the versions of what a result depends on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class _History:
    """The metrics of every epoch, in a file that a resumed run goes on with."""

    def __init__(self, path: Path, tell: Callable[[Epoch], None]) -> None:
        self._path, self._tell = path, tell

    def add(self, epoch: Epoch) -> None:
        """Write a line in its place, and tell."""
        lines = [line for line in self.read().splitlines() if _epoch_of(line) < epoch.epoch]
        row: Mapping[str, Any] = {
            "epoch": epoch.epoch,
            "n_epochs": epoch.n_epochs,
            **{k: round(float(v), 6) for k, v in epoch.metrics.items()},
            "is_best": epoch.is_best,
        }
        lines.append(json.dumps(row).encode())
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(".part")
            beside.write_bytes(b"".join(line + b"\n" for line in lines))
            beside.replace(self._path)
        except OSError as e:
            raise OutputError(f"{self._path}: cannot be written ({e.strerror}).") from e
        self._tell(epoch)

    def read(self) -> bytes:
        """Give the file; empty where there is none."""
        return self._path.read_bytes() if self._path.is_file() else b""


def _epoch_of(line: bytes) -> int:
    """Read the number of an epoch."""
    try:
        return int(json.loads(line)["epoch"])
    except (ValueError, KeyError, TypeError):
        return 0


def _clean(work: Path) -> None:
    """Remove what was kept to go on with."""
    for folder in sorted(work.glob("fold*")):
        drop_checkpoint(folder)
    (work / METRICS_FILE).unlink(missing_ok=True)
    drop_checkpoint(work)
