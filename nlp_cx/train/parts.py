"""Gather the data of a training: parts that share nothing, checked label by label."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.errors import ConfigError, InputError, TrainingError
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import PACKAGED, Taxonomy, load_taxonomy
from nlp_cx.train.config import DataConfig, TrainConfig
from nlp_cx.train.data import EXAMPLES_SOURCE, read_part, taxonomy_examples
from nlp_cx.train.splitting import Split, drop_leaks, split_rows
from nlp_cx.train.trainer import TrainingData

_MOST_FACTOR = 5.0
_MENTIONS = (*POLARITIES, "mentioned")


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a training is given.

    Parameters
    ----------
    data : TrainingData
    test : DataFrame
        Only measured; may be empty.
    rows : DataFrame
        All labelled texts, for cross-validation; empty without.
    extra : DataFrame
        Examples of the taxonomy, which every fold learns from.
    leaks : list of dict
        What was dropped from training because dev or test has it too.
    counts : DataFrame, one row per label and sentiment
        ``label, train, dev, test``: texts with it.
    licences : mapping of str to str
        By source.
    notes : list of str
    """

    data: TrainingData
    test: pd.DataFrame
    rows: pd.DataFrame
    extra: pd.DataFrame
    leaks: list[dict[str, object]]
    counts: pd.DataFrame
    licences: Mapping[str, str]
    notes: list[str] = field(default_factory=list)

    def describe(self) -> list[dict[str, Any]]:
        """List the sources for ``model.json``.

        Returns
        -------
        list of dict
            ``source, n_texts, licence``.
        """
        counts = self.data.examples["source"].value_counts(sort=False).sort_index()
        return [
            {
                "source": source,
                "n_texts": int(n),
                "licence": self.licences.get(source, self.licences.get("", "not stated")),
            }
            for source, n in zip(counts.index.astype(str), counts, strict=True)
        ]


def gather_parts(config: TrainConfig, base: Path, *, data_root: str | None = None) -> Parts:
    """Read, split and check the data.

    Parameters
    ----------
    config : TrainConfig
    base : Path
        Where relative paths start.
    data_root : str, optional
        For the source ``default``.

    Returns
    -------
    Parts

    Raises
    ------
    InputError, TaxonomyError, ConfigError, TrainingError
        If files, labels or splits are wrong, or a class has no examples.
    """
    taxonomy = find_taxonomy(config.taxonomy, base)
    _check_class_weights(config, taxonomy)
    data = config.data
    if data.source == "default":
        from nlp_cx.train.default_data import load_default_parts

        root = data_root or data.root or os.environ.get("NLP_CX_DATA", "")
        if not root:
            raise ConfigError(
                'data.source = "default" needs the datasets folder: give --data FOLDER, set '
                "NLP_CX_DATA, or write data.root."
            )
        split, unlabelled, licences = load_default_parts(root, data, taxonomy)
    else:
        split, unlabelled = _read_split(data, base, taxonomy, config.random_state), None
        licences = {"": data.licence, EXAMPLES_SOURCE: "of the taxonomy"}
    extra = _choose_examples(data, taxonomy, split)
    # An empty table has no types, and would take those of the other away.
    train = pd.concat([split.train, extra], ignore_index=True) if len(extra) else split.train
    counts = count_classes(train, split, taxonomy)
    _refuse_empty_classes(train, taxonomy)
    return Parts(
        TrainingData(
            train, split.dev, taxonomy, unlabelled, _weigh_classes(config, train, taxonomy)
        ),
        split.test,
        split.train if data.folds else split.train[:0],
        extra,
        split.leaks,
        counts,
        licences,
    )


def find_taxonomy(name: str, base: Path) -> Taxonomy:
    """Load the taxonomy that a configuration names.

    Parameters
    ----------
    name : str
        A packaged one, or a file.
    base : Path
        Where a relative path starts.

    Returns
    -------
    Taxonomy
    """
    return load_taxonomy(name) if name in PACKAGED else load_taxonomy(base / name)


def count_classes(train: pd.DataFrame, split: Split, taxonomy: Taxonomy) -> pd.DataFrame:
    """Count the texts of every class.

    Parameters
    ----------
    train : DataFrame
    split : Split
    taxonomy : Taxonomy

    Returns
    -------
    DataFrame, one row per label and per sentiment
        ``label, train, dev, test``.
    """
    parts = {"train": train, "dev": split.dev, "test": split.test}
    rows: list[dict[str, object]] = []
    for label in taxonomy.ids:
        n_texts = {k: int(p[label].isin(_MENTIONS).sum()) for k, p in parts.items()}
        rows.append({"label": label, **n_texts})
    for name in (*SENTIMENTS, "mixed"):
        found = {k: int((p["sentiment"] == name).sum()) for k, p in parts.items()}
        if any(found.values()):
            rows.append({"label": f"sentiment {name}", **found})
    return pd.DataFrame(rows)


def _read_split(data: DataConfig, base: Path, taxonomy: Taxonomy, random_state: int) -> Split:
    """Read the files, and set parts apart where they are not given."""
    rows = read_part(data.train, base, data, taxonomy)
    nothing = rows[:0]
    if data.folds:
        return Split(rows, rows, nothing)
    if not data.dev:
        if data.test:
            raise ConfigError("data.test is given without data.dev: give both, or neither.")
        return split_rows(rows, data, random_state=random_state)
    dev = read_part(data.dev, base, data, taxonomy)
    test = read_part(data.test, base, data, taxonomy) if data.test else nothing
    split = drop_leaks(Split(rows, dev, test), data)
    if not len(split.train):
        raise InputError("every training text is a dev or test text too: nothing is left to learn.")
    return split


def _choose_examples(data: DataConfig, taxonomy: Taxonomy, split: Split) -> pd.DataFrame:
    """Take the examples of the taxonomy that no dev or test text is."""
    extra = taxonomy_examples(taxonomy)
    if not data.use_examples or not len(extra):
        return extra[:0]
    # With folds no example may tell a fold what it holds out.
    kept_out = [split.train] if data.folds else [split.dev, split.test]
    seen = {text for part in kept_out for text in part["match"]}
    return extra[~extra["match"].isin(seen)].reset_index(drop=True)


def _refuse_empty_classes(train: pd.DataFrame, taxonomy: Taxonomy) -> None:
    """Raise where a label has no example, or nothing but examples."""
    values = {label: train[label] for label in taxonomy.ids}
    labelled = [label for label in taxonomy.ids if values[label].notna().any()]
    sentiments = set(train["sentiment"].dropna())
    if not labelled and len(sentiments) < 2:
        raise TrainingError(
            f"nothing can be learned: no text has a label, and the sentiments are "
            f"{', '.join(sorted(sentiments)) or 'none'}. Label texts of at least two classes."
        )
    if not labelled:
        return  # a model of sentiment alone
    absent = [x for x in taxonomy.ids if not values[x].isin(_MENTIONS).any()]
    if absent:
        raise TrainingError(
            f"no training text has the label{'s' * (len(absent) > 1)} {', '.join(absent)}. Label "
            "some, or remove it from the taxonomy: a label without examples cannot be learned."
        )
    always = [x for x in taxonomy.ids if not (values[x] == "not_mentioned").any()]
    if always:
        raise TrainingError(
            f"no training text is known not to mention {', '.join(always)}: empty cells say "
            'nothing. Write not_mentioned, or say data.empty = "not_mentioned" if that is what '
            "empty cells mean."
        )


def _check_class_weights(config: TrainConfig, taxonomy: Taxonomy) -> None:
    """Refuse weights of classes that do not exist."""
    if isinstance(config.class_weights, dict):
        known = {*taxonomy.ids, *SENTIMENTS}
        if strange := sorted(set(config.class_weights) - known):
            raise ConfigError(
                f"class_weights: {', '.join(strange)}, expected labels of the taxonomy or "
                f"sentiments ({', '.join([*taxonomy.ids[:6], *SENTIMENTS])})."
            )


def _weigh_classes(
    config: TrainConfig, train: pd.DataFrame, taxonomy: Taxonomy
) -> dict[str, float]:
    """Give the factors of classes."""
    if isinstance(config.class_weights, dict):
        return dict(config.class_weights)
    if config.class_weights == "none":
        return {}
    factors = {}
    for label in taxonomy.ids:
        n = int(train[label].isin(_MENTIONS).sum())
        n_not = int((train[label] == "not_mentioned").sum())
        if n:
            factors[label] = float(np.clip(np.sqrt(n_not / n), 1.0, _MOST_FACTOR))
    counts = train["sentiment"].replace({"mixed": "neutral"}).value_counts()
    for name, n in counts.items():
        if name in SENTIMENTS:
            factors[str(name)] = float(np.clip(np.sqrt(counts.max() / n), 1.0, _MOST_FACTOR))
    return factors
