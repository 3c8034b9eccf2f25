"""The table of training examples: every usable data set in the same columns, leaks dropped."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from nlp_cx.corpus.datasets import Dataset, load_catalogue, load_unlabelled_sources
from nlp_cx.corpus.gold import read_gold_split, read_written
from nlp_cx.corpus.layout import LABEL_COLUMNS, PLACE, lay_out, read_lines
from nlp_cx.corpus.leakage import drop_leaked
from nlp_cx.corpus.splits import add_labels, read_texts
from nlp_cx.errors import DataWarning, InputError

logger = logging.getLogger(__name__)

COLUMNS = (
    *("example_id", "source", "lang", "license_stated", "text"),
    *LABEL_COLUMNS,
    *("is_soft", "weight", "rating"),
)
"""Columns of every table of examples, in order."""

_TEXT_COLUMNS = ["source", "lang", "match", *PLACE]


def load_examples(
    root: str | Path, *, split: str = "train", only_licensed: bool = False
) -> pd.DataFrame:
    """Give every usable training text with what its source says about it.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.
    split : {'train'}
        Dev and test texts come from `load_test_sets` only.
    only_licensed : bool, default=False
        Keep only sources whose stated licence permits commercial training, and the project's
        own texts.

    Returns
    -------
    DataFrame, one row per text
        ``example_id`` (data set/file/row), ``source`` (data set; ``gold``; ``written``), ``lang``
        (zh, en, yue), ``license_stated`` (bool), ``text``; ``sentiment`` (negative, neutral,
        positive, mixed; None: not labelled); per driver ``not_mentioned``, a polarity (positive,
        negative, neutral, mixed), ``mentioned`` (polarity not known) or None (the source says
        nothing about it); ``loyalty`` (positive, negative, none; None: not labelled); ``is_soft``
        (bool), ``weight`` (0-1), ``rating`` (stars 1-5, NaN where there are none).
        ``attrs["dropped"]``: dict of reason to dict of source to number of rows, of all sources
        (``read``, ``same_text``, ``same_row``, ``shared_passage``, ``copy``, ``no_label``).

    Raises
    ------
    InputError
        If `split` is not ``train``, or a file is missing or malformed. A data set of which the
        whole folder is missing is left out with a `DataWarning`.

    Notes
    -----
    Every dev and test text of every data set is kept out, see
    `nlp_cx.corpus.leakage.drop_leaked`. Inside a source, texts that are labelled both positive and
    negative are dropped, and one copy of each text stays; so it does inside a family of sources.
    """
    if split != "train":
        raise InputError(f"split {split!r}: load_examples gives train only; use load_test_sets.")
    train = [read_gold_split(root, "train"), read_written(root)]
    protected = [read_gold_split(root, other)[_TEXT_COLUMNS] for other in ("dev", "test")]
    for dataset in _datasets(root):
        for part, files in dataset.files.items():
            for file in files:
                texts = read_texts(root, dataset, file, part)
                is_train = texts["split"] == "train"
                protected.append(texts.loc[~is_train, _TEXT_COLUMNS])
                train.append(add_labels(root, texts[is_train], dataset))
    examples = pd.concat(train, ignore_index=True)
    dropped = {"read": examples["source"].value_counts().to_dict()}
    examples, counts = drop_leaked(examples, pd.concat(protected, ignore_index=True))
    for reason in ("same_text", "same_row", "shared_passage"):
        dropped[reason] = counts[reason].to_dict()
    for reason, keep in (("copy", _is_first_copy), ("no_label", _has_label)):
        kept = keep(examples)
        dropped[reason] = examples.loc[~kept, "source"].value_counts().to_dict()
        examples = examples[kept]
    if only_licensed:
        examples = examples[examples["license_stated"]]
    examples = examples[list(COLUMNS)].reset_index(drop=True)
    examples.attrs["dropped"] = dropped
    return examples


def load_test_sets(root: str | Path, split: str) -> dict[str, pd.DataFrame]:
    """Give the dev or test split of the gold set and of every data set that has one.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.
    split : {'dev', 'test'}

    Returns
    -------
    dict of str to DataFrame
        ``gold`` first, then data sets in catalogue order; columns as in `load_examples`. A text
        that occurs twice in a split is kept twice, as published figures count it.

    Raises
    ------
    InputError
        If `split` is neither dev nor test.
    """
    if split not in ("dev", "test"):
        raise InputError(f"split {split!r}: expected dev or test.")
    logger.info("reading the %s splits of all data sets", split)
    sets = {"gold": read_gold_split(root, split)[list(COLUMNS)]}
    for dataset in _datasets(root):
        if dataset.files.get(split) or dataset.carve.get(split):
            texts = _read_split(root, dataset, split)
            sets[dataset.name] = add_labels(root, texts, dataset)[list(COLUMNS)]
    return sets


def load_unlabelled(root: str | Path) -> pd.DataFrame:
    """Give the unlabelled review texts, for distillation.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``data/`` and ``labels/``.

    Returns
    -------
    DataFrame, one row per text
        ``text, lang, source`` (folder:part), ``license_stated``. Texts of dev and test splits,
        what stands in the same row as a gold one and what shares a passage with them are dropped.
    """
    frames = []
    for name, entry in load_unlabelled_sources().items():
        lines = [
            line.rstrip("\r\n").partition("\t")
            for line in read_lines(Path(root) / "data" / name / entry["file"])
        ]
        sources = [f"{name}:{part}" for part, _, _ in lines]
        texts = [text for _, _, text in lines]
        frame = lay_out(texts, sources, entry["file"], range(len(lines)), entry["lang"])
        frame["license_stated"] = [part in entry["permitted_sources"] for part, _, _ in lines]
        frames.append(frame[frame["match"] != ""])
    unlabelled = pd.concat(frames, ignore_index=True)
    unlabelled["source"] = unlabelled["dataset"]
    unlabelled, counts = drop_leaked(unlabelled, _read_protected(root))
    logger.info("unlabelled texts: %s", counts.sum().to_dict())
    return unlabelled[["text", "lang", "source", "license_stated"]]


def count_labels(examples: pd.DataFrame) -> pd.DataFrame:
    """Count the labels of every output, per source.

    Parameters
    ----------
    examples : DataFrame
        As `load_examples` gives it.

    Returns
    -------
    DataFrame, one row per source
        ``n`` and one column ``<output>:<label>`` per output and label.
    """
    parts = [examples.groupby("source", sort=False).size().rename("n").to_frame()]
    for name in LABEL_COLUMNS:
        table = pd.crosstab(examples["source"], examples[name])
        table.columns = [f"{name}:{label}" for label in table.columns]
        parts.append(table)
    return pd.concat(parts, axis=1).fillna(0).astype(int)


def _datasets(root: str | Path) -> list[Dataset]:
    """List the data sets that are read; those that are not there are named in one warning."""
    used = [s for s in load_catalogue().values() if s.reader != "none"]
    missing = [s.name for s in used if not (Path(root) / "data" / s.name).is_dir()]
    if missing:
        warnings.warn(
            f"{len(missing)} data sets are not below {Path(root) / 'data'} and are left out of "
            f"training and of its dev and test texts: {', '.join(missing)}",
            DataWarning,
            stacklevel=3,
        )
    return [s for s in used if s.name not in missing]


def _read_split(root: str | Path, dataset: Dataset, split: str) -> pd.DataFrame:
    """Read the texts of one dev or test split: its files, or what the hash carves from train."""
    frames = [read_texts(root, dataset, file, split) for file in dataset.files.get(split, ())]
    if dataset.carve.get(split):
        frames += [read_texts(root, dataset, f, "train") for f in dataset.files["train"]]
    texts = pd.concat(frames, ignore_index=True)
    return texts[texts["split"] == split].reset_index(drop=True)


def _read_protected(root: str | Path) -> pd.DataFrame:
    """Gather the texts, without labels, of every dev and test split."""
    frames = [read_gold_split(root, split) for split in ("dev", "test")]
    for dataset in _datasets(root):
        for split in ("dev", "test", "protect"):
            if dataset.files.get(split) or dataset.carve.get(split):
                frames.append(_read_split(root, dataset, split))
    return pd.concat([f[_TEXT_COLUMNS] for f in frames], ignore_index=True)


def _is_first_copy(examples: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows stay: no text with both labels, one copy per source and family."""
    families = {s.name: s.family or s.name for s in load_catalogue().values()}
    polar = examples["sentiment"].where(examples["sentiment"].isin(["positive", "negative"]))
    n_labels = polar.groupby([examples["source"], examples["match"]]).transform("nunique")
    keep = (n_labels < 2) | examples["source"].isin(["gold", "written"])
    family = examples["source"].map(families).fillna(examples["source"])
    copies = pd.DataFrame({"family": family, "match": examples["match"]})[keep].duplicated()
    return keep & ~copies.reindex(examples.index, fill_value=False)


def _has_label(examples: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows say anything at all."""
    is_labelled = examples[list(LABEL_COLUMNS)].notna().any(axis=1)
    return is_labelled | np.isfinite(examples["rating"])
