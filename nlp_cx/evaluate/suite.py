"""What a model is measured on: test sets with task, metric, goal and published results."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.config import config, load_config
from nlp_cx.corpus.datasets import REPOSITORY, load_catalogue
from nlp_cx.corpus.examples import load_test_sets
from nlp_cx.errors import ConfigError, InputError
from nlp_cx.evaluate.challenge import Item, read_challenge
from nlp_cx.evaluate.domains import DOMAINS, gold_origins
from nlp_cx.evaluate.figures import FIGURES, labelled_drivers

logger = logging.getLogger(__name__)

SPLITS = ("dev", "test")
CHATS = (*DOMAINS["helpdesks"], "conversation_sentiment_zh")
"""Sources whose texts are turns of a conversation."""


@config
class Published:
    """A result of somebody else on a test set.

    Parameters
    ----------
    system, source, note : str
    value : float
        0 to 1, in the metric of the set where `is_comparable`.
    is_checked : bool
        Read in the source's own repository or page; otherwise quoted from memory.
    is_comparable : bool
        Same task, same test texts, same metric.
    """

    system: str
    value: float
    source: str
    is_checked: bool
    is_comparable: bool = True
    note: str = ""


@config
class Above:
    """Another model that must be surpassed, and by how much."""

    model: str
    points: float


@config
class SetPlan:
    """What a suite says of one set; see ``data/suite.toml`` for the keys."""

    metric: str = ""
    goal: float | None = None
    aim: float | None = None
    baseline: float | None = None
    above: Above | None = None
    train_on: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()
    note: str = ""


@config
class ChallengePlan:
    """Pass rates that must be reached: of all items, and of every phenomenon."""

    goal: float | None = None
    least: float | None = None


@config
class CalibrationPlan:
    """Expected calibration error of sentiment that must be kept, per language."""

    goal: float | None = None


@config
class SuitePlan:
    """What a suite asks for."""

    sets: dict[str, SetPlan]
    challenge: ChallengePlan = ChallengePlan()
    calibration: CalibrationPlan = CalibrationPlan()


@dataclass(frozen=True, slots=True)
class TestSet:
    """One set of labelled texts.

    Parameters
    ----------
    name : str
    frame : DataFrame, one row per text
        ``example_id, lang, text``, the outputs as `nlp_cx.corpus.examples.load_test_sets` gives
        them, ``is_chat`` (bool), and ``group`` (texts that are drawn together) where there is one.
    metric : str
        A key of `nlp_cx.evaluate.figures.FIGURES`.
    drivers : tuple of str
        The mapped drivers: those with 20 mentions with a polarity or more.
    domain : str
    plan : SetPlan
    baselines : dict of str to float
        Own baselines on this split, in `metric`.
    """

    name: str
    frame: pd.DataFrame
    metric: str
    drivers: tuple[str, ...]
    domain: str = ""
    plan: SetPlan = field(default_factory=SetPlan)
    baselines: Mapping[str, float] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """What is asked, in words."""
        if FIGURES[self.metric].counted in ("pairs", "mentions"):
            return f"drivers ({len(self.drivers)})"
        return "loyalty" if FIGURES[self.metric].counted == "loyalty" else "sentiment"


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything that a model is measured on in one run.

    Parameters
    ----------
    name : str
    split : str
        ``dev`` or ``test``; ``""`` for a folder of the user's own.
    sets : dict of str to TestSet
    plan : SuitePlan
    challenge : list of Item
        Empty where there is none.
    notes : tuple of str
        Sentences on what was left out.
    """

    name: str
    split: str
    sets: Mapping[str, TestSet]
    plan: SuitePlan
    challenge: list[Item] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def load_default_suite(root: str | Path, split: str, *, folder: Path | None = None) -> Suite:
    """Load every catalogued set that has a split, and the challenge.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.
    split : {'dev', 'test'}
    folder : Path, optional
        Holds ``suite.toml``, ``baselines.json`` and ``challenge/``; ``data`` of the checkout when
        not given.

    Returns
    -------
    Suite

    Raises
    ------
    InputError
        If `root` is not such a folder, or a file is missing or malformed.
    ConfigError
        If ``suite.toml`` is malformed or names a set that is not catalogued.
    """
    check_data_root(root)
    folder = REPOSITORY / "data" if folder is None else folder
    plan = load_plan(folder / "suite.toml")
    unknown = [name for name in plan.sets if name != "gold" and name not in load_catalogue()]
    if unknown:
        raise ConfigError(f"{folder / 'suite.toml'}: not in data/datasets.toml: {unknown}.")
    challenge = load_challenge(folder / "challenge")
    baselines = read_baselines(folder / "baselines.json").get(split, {})
    domains = {name: entry.domain for name, entry in load_catalogue().items()}
    frames = load_test_sets(root, split)
    origins = gold_origins(root)
    frames["gold"] = frames["gold"].assign(source=frames["gold"]["example_id"].map(origins))
    sets = {}
    for name, frame in frames.items():
        told = frame.assign(is_chat=frame["source"].isin(CHATS).to_numpy())
        made = make_set(name, told, plan.sets.get(name, SetPlan()))
        if made is not None:
            own = baselines.get(name, {})
            sets[name] = TestSet(
                name=name,
                frame=made.frame,
                metric=made.metric,
                drivers=made.drivers,
                domain=domains.get(name, "all of them"),
                plan=made.plan,
                baselines=own.get("values", {}) if own.get("metric") == made.metric else {},
            )
    notes = [
        f"{name}: has no {split} split or is not below {root}"
        for name in plan.sets
        if name not in sets and plan.sets[name].metric
    ]
    if not challenge:
        notes.append(f"{folder / 'challenge'}: holds no challenge items")
    return Suite("default", split, sets, plan, challenge, tuple(notes))


def make_set(name: str, frame: pd.DataFrame, plan: SetPlan) -> TestSet | None:
    """Choose metric and drivers of a set.

    Parameters
    ----------
    name : str
    frame : DataFrame
    plan : SetPlan

    Returns
    -------
    TestSet or None
        None where nothing is labelled often enough to be measured.

    Raises
    ------
    ConfigError
        If the plan names an unknown metric, or one that the labels cannot bear.
    """
    drivers = labelled_drivers(frame)
    has_sentiment = frame["sentiment"].notna().any()
    metric = plan.metric or ("pair_macro_f1" if drivers else "accuracy")
    if metric not in FIGURES:
        raise ConfigError(f"{name}: metric {metric!r}, expected one of {', '.join(FIGURES)}.")
    counted = FIGURES[metric].counted
    able = {"pairs": drivers, "mentions": drivers, "loyalty": frame["loyalty"].notna().any()}
    if not able.get(counted, has_sentiment):
        if not plan.metric:
            return None
        raise ConfigError(f"{name}: metric {metric!r}, but too little is labelled to measure it.")
    return TestSet(name, frame.reset_index(drop=True), metric, drivers, plan=plan)


def load_plan(path: Path) -> SuitePlan:
    """Read a ``suite.toml`` of the default suite.

    Raises
    ------
    ConfigError
        With every mistake.
    """
    return load_config(path, SuitePlan)


def load_challenge(folder: Path) -> list[Item]:
    """Read all challenge files of a folder; none where there is no such folder.

    Raises
    ------
    InputError
        As `nlp_cx.evaluate.challenge.read_challenge`.
    """
    paths = sorted(folder.glob("*.jsonl"))
    return read_challenge(paths) if paths else []


def read_baselines(path: Path) -> dict[str, Any]:
    """Read what ``scripts/benchmark_baselines.py`` measured; nothing where it was not run.

    Returns
    -------
    dict
        Split to set to ``metric`` and ``values`` (name of a baseline to value).

    Raises
    ------
    InputError
        If the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return dict(found["splits"])
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(
            f"{path}: damaged ({e}). Write it again with scripts/benchmark_baselines.py."
        ) from e


def check_data_root(root: str | Path) -> None:
    """Raise if a folder does not hold the data of the default suite.

    Raises
    ------
    InputError
        With what to do.
    """
    missing = [name for name in ("data", "labels") if not (Path(root) / name).is_dir()]
    if missing:
        raise InputError(
            f"{root}: no folder {' and no folder '.join(missing)} there. The default suite needs "
            "the data folder (holding data/ and labels/): give it with --data or NLP_CX_DATA, or "
            "measure on labelled texts of your own with --suite FOLDER."
        )
    if not (REPOSITORY / "data" / "suite.toml").is_file():
        raise InputError(
            f"{REPOSITORY / 'data' / 'suite.toml'}: not there. The default suite runs from a "
            "checkout of the repository; an installed package measures with --suite FOLDER."
        )
