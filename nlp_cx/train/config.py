"""The configuration of ``nlp-cx train``: one TOML file says all that a model depends on."""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from nlp_cx.config import config, load_config, parse_config
from nlp_cx.errors import ConfigError
from nlp_cx.train.trainer import Trainer, load_trainer

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@config
class DataConfig:
    """Where the texts are, and which column is what.

    Parameters
    ----------
    source : {"files", "default"}
        ``default``: all data of the project's catalogue below `root`, dev included.
    train : tuple of str
        Files (jsonl, csv, tsv, parquet; text files also with .gz), relative to the configuration.
    dev, test : tuple of str
        Files; where there are none, parts of `train` are set apart. A test part is only measured.
    split : {"random", "group", "time"}
        How parts are set apart: by text (copies and near-copies of a text stay together), by
        `group` (and by text), or the latest by `time`.
    dev_share, test_share : float
        Parts of the texts.
    folds : int
        2 or more: every text is held out once by cross-validation, which gives the calibration and
        the metrics, and the model is then trained on all. The better way below a thousand texts.
    text, id, group, time, lang, source_column, weight : str
        Columns; an empty name: there is none.
    sentiment, loyalty : str
        Columns; they need not exist.
    labels : str
        A column with a list of labels (``["price", "brand:negative"]``, in csv ``price;brand``) or
        a table of them (``{"brand": "negative"}``); what is not listed was not mentioned. Where the
        column does not exist, each label has a column with its polarity.
    empty : {"unlabelled", "not_mentioned"}
        What an empty cell of a label's column says.
    values : dict of str to str
        The words of your file in ours: ``{"1": "positive", "neg": "negative"}``.
    on_leak : {"drop", "fail"}
        What to do about training texts that are, nearly are, or hold a dev or test text.
    near : float
        Similarity from which two texts are nearly the same, 0 to 1.
    licence : str
        For the card.
    use_examples : bool
        Learn from the examples of the taxonomy too.
    root : str
        For ``default``; the option --data or the variable NLP_CX_DATA when empty.
    only_licensed, use_unlabelled, use_lexicons : bool
        For ``default``.
    most : int
        For ``default``: at most so many texts a source, 0: all.
    """

    source: Literal["files", "default"] = "files"
    train: tuple[str, ...] = ()
    dev: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    split: Literal["random", "group", "time"] = "random"
    dev_share: float = 0.2
    test_share: float = 0.0
    folds: int = 0
    text: str = "text"
    id: str = ""
    group: str = ""
    time: str = ""
    lang: str = "lang"
    source_column: str = ""
    weight: str = ""
    sentiment: str = "sentiment"
    loyalty: str = "loyalty"
    labels: str = "labels"
    empty: Literal["unlabelled", "not_mentioned"] = "unlabelled"
    values: dict[str, str] = field(default_factory=dict)
    on_leak: Literal["drop", "fail"] = "drop"
    near: float = 0.7
    licence: str = "not stated"
    use_examples: bool = True
    root: str = ""
    only_licensed: bool = False
    use_unlabelled: bool = False
    use_lexicons: bool = False
    most: int = 0


@config
class StoppingConfig:
    """When training ends, and which epoch is kept.

    Parameters
    ----------
    metric : str
        Of dev, see `nlp_cx.train.dev.dev_metrics`.
    patience : int
        Epochs without a better one; 0: all epochs are run.
    checkpoint_steps : int
        Steps between checkpoints inside an epoch; 0: at the ends of epochs alone.
    """

    metric: str = "score"
    patience: int = 0
    checkpoint_steps: int = 0


@config
class TrainConfig:
    """The whole file.

    Parameters
    ----------
    name, version, description : str
        Of the model.
    taxonomy : str
        A packaged one, or a TOML file relative to the configuration.
    backend : str
        See `nlp_cx.train.trainer.TRAINERS`.
    random_state : int
    data : DataConfig
    class_weights : {"none", "balanced"} or dict of str to float
        What a missed label costs against one too many: ``balanced`` by the root of how rare it is
        (at most 5), or a factor by label.
    stopping : StoppingConfig
    settings : dict
        Of the backend.
    limits : tuple of str
        Sentences for the card.
    """

    name: str
    data: DataConfig
    version: str = "1"
    description: str = ""
    taxonomy: str = "drivers"
    backend: str = "linear"
    random_state: int = 0
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    stopping: StoppingConfig = field(default_factory=StoppingConfig)
    settings: dict[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()


def load_train_config(path: str | Path) -> tuple[TrainConfig, Trainer]:
    """Read a configuration and make its backend, every mistake named.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    config : TrainConfig
    trainer : Trainer

    Raises
    ------
    ConfigError
        If the file is wrong, or says things that do not go together.
    MissingDependencyError
        If the backend needs a library that is not there.
    """
    given = load_config(path, TrainConfig)
    faults = _list_faults(given)
    if faults:
        noun = "mistake" if len(faults) == 1 else "mistakes"
        raise ConfigError(f"{path}: {len(faults)} {noun}.\n  " + "\n  ".join(faults))
    trainer = load_trainer(given.backend)
    where = f"{path}, [settings] of backend {given.backend!r}"
    return given, trainer(parse_config(given.settings, trainer.Settings, where=where))


def _list_faults(given: TrainConfig) -> list[str]:
    """List what does not go together."""
    data = given.data
    set_apart = not data.dev and data.source == "files"
    checks = {
        f"name: {given.name!r} is no name of a folder; use letters, digits, - and _": (
            not _NAME.fullmatch(given.name)
        ),
        'data.train: no files; or data.source = "default"': (
            data.source == "files" and not data.train
        ),
        'data.train: files are given, but data.source is "default"': (
            data.source == "default" and bool(data.train or data.dev or data.test)
        ),
        'data.group: not named, and data.split is "group"': (
            data.split == "group" and not data.group
        ),
        'data.time: not named, and data.split is "time"': data.split == "time" and not data.time,
        f"data.dev_share: {data.dev_share:g}, expected above 0 and below 0.9": (
            set_apart and not data.folds and not 0 < data.dev_share < 0.9
        ),
        f"data.test_share: {data.test_share:g}, expected 0 to 0.9 beside dev_share": (
            data.test_share != 0
            and not 0 < data.test_share <= 0.9 - (0 if data.dev else data.dev_share)
        ),
        f"data.near: {data.near:g}, expected above 0 up to 1": not 0 < data.near <= 1,
        f"data.folds: {data.folds}, expected 0, or 2 to 20": (
            data.folds < 0 or data.folds in (1,) or data.folds > 20
        ),
        'data.folds: goes with data.split "random" or "group", without dev and test': bool(
            data.folds
            and (data.split == "time" or data.dev or data.test or data.source == "default")
        ),
        f"stopping.patience: {given.stopping.patience}, expected 0 or more": (
            given.stopping.patience < 0
        ),
        f"stopping.checkpoint_steps: {given.stopping.checkpoint_steps}, expected 0 or more": (
            given.stopping.checkpoint_steps < 0
        ),
        f"class_weights: {given.class_weights!r}, expected factors above 0": (
            isinstance(given.class_weights, dict)
            and not all(0 < factor < 1e3 for factor in given.class_weights.values())
        ),
    }
    return [fault for fault, is_wrong in checks.items() if is_wrong]
