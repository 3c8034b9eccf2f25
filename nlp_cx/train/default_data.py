"""The data source ``default``: all data of the catalogue, brought into the parts of a training."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nlp_cx.corpus.datasets import load_catalogue
from nlp_cx.corpus.examples import load_examples, load_test_sets, load_unlabelled
from nlp_cx.corpus.leakage import normalize_all
from nlp_cx.corpus.lexicons import lexicon_examples
from nlp_cx.errors import ConfigError
from nlp_cx.taxonomy import Taxonomy, load_taxonomy
from nlp_cx.train.config import DataConfig
from nlp_cx.train.labels import FULL_SOURCES
from nlp_cx.train.splitting import Split


def load_default_parts(
    root: str, data: DataConfig, taxonomy: Taxonomy
) -> tuple[Split, pd.DataFrame | None, Mapping[str, str]]:
    """Load everything.

    Parameters
    ----------
    root : str
        Folder with ``data/`` and ``labels/``.
    data : DataConfig
    taxonomy : Taxonomy
        Has to be the six experience drivers.

    Returns
    -------
    split : Split
        Dev is the gold dev set; there is no test part, which ``nlp-cx evaluate`` reads.
    unlabelled : DataFrame or None
    licences : mapping of str to str
        By source.

    Raises
    ------
    ConfigError
        If the taxonomy is another.
    InputError
        If files are missing or damaged.
    """
    if taxonomy.ids != load_taxonomy().ids:
        raise ConfigError(
            f'data.source = "default" is labelled with {", ".join(load_taxonomy().ids)}, but the '
            f"taxonomy is {taxonomy.name}. Leave taxonomy out, or give files."
        )
    train = load_examples(root, only_licensed=data.only_licensed)
    train = _limit(train, data.most)
    if data.use_lexicons:
        words = lexicon_examples(root, train, only_licensed=data.only_licensed)
        train = pd.concat([train, words], ignore_index=True)
    dev = load_test_sets(root, "dev")["gold"]
    if data.only_licensed:
        dev = dev[dev["license_stated"]].reset_index(drop=True)
    unlabelled = None
    if data.use_unlabelled:
        unlabelled = load_unlabelled(root)
        if data.only_licensed:
            unlabelled = unlabelled[unlabelled["license_stated"]]
        unlabelled = _limit(unlabelled, data.most)
    licences = {name: dataset.licence for name, dataset in load_catalogue().items()}
    licences[""] = "see data/datasets.toml"
    return Split(_complete(train), _complete(dev), _complete(dev[:0])), unlabelled, licences


def _limit(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Keep the first texts of each source; all of them where `most` is 0."""
    kept = frame.groupby("source", sort=False).head(most) if most else frame
    return kept.reset_index(drop=True)


def _complete(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of a training that the corpus has not."""
    return frame.assign(
        is_full=frame["source"].isin(FULL_SOURCES).to_numpy(bool),
        match=normalize_all(frame["text"].tolist()),
        group=None,
        time=None,
    )
