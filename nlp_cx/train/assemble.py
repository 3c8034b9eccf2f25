"""Put what a training gives into one model: the parts of ``model.json`` that all backends share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.classify.classifier import LEARNED
from nlp_cx.classify.decode import Calibration, identity_calibration, output_names
from nlp_cx.classify.store import StoredModel
from nlp_cx.schema import POLARITIES
from nlp_cx.taxonomy import Taxonomy


def describe_taxonomy(taxonomy: Taxonomy) -> dict[str, Any]:
    """Give a taxonomy as it travels in ``model.json``.

    Parameters
    ----------
    taxonomy : Taxonomy

    Returns
    -------
    dict
        ``name, version, labels`` (ids, in order), ``zh, en, definitions`` (by id).
    """
    return {
        "name": taxonomy.name,
        "version": taxonomy.version,
        "labels": list(taxonomy.ids),
        "zh": {label.id: label.zh for label in taxonomy.labels},
        "en": {label.id: label.en for label in taxonomy.labels},
        "definitions": {label.id: label.definition for label in taxonomy.labels},
    }


def find_learned(examples: pd.DataFrame, taxonomy: Taxonomy) -> list[str]:
    """List which outputs beside the mentions there are labels for.

    Parameters
    ----------
    examples : DataFrame
        As `nlp_cx.train.trainer.TrainingData.examples`.
    taxonomy : Taxonomy

    Returns
    -------
    list of str
        A part of `LEARNED`, in its order.
    """
    polar = any(examples[label].isin(POLARITIES).any() for label in taxonomy.ids)
    sentiment = set(examples["sentiment"].dropna())
    is_full = examples["is_full"].any() if "is_full" in examples else True
    both = {"mixed"} & sentiment or any((examples[i] == "mixed").any() for i in taxonomy.ids)
    found = {
        "sentiment": len(sentiment) > 1,
        "polarity": polar,
        "mixed": bool(is_full and (both or polar)),
        "loyalty": bool(set(examples["loyalty"].dropna()) - {"none"}),
    }
    return [name for name in LEARNED if found[name]]


def assemble_model(
    backend: str,
    taxonomy: Taxonomy,
    weights: Mapping[str, npt.NDArray[Any]],
    *,
    architecture: Mapping[str, Any],
    recipe: Mapping[str, Any],
    files: Mapping[str, bytes] | None = None,
) -> StoredModel:
    """Make a model that is not calibrated yet.

    Parameters
    ----------
    backend : str
        Name of the serving backend.
    taxonomy : Taxonomy
    weights : mapping of str to ndarray
        Without the calibration.
    architecture, recipe : mapping
        JSON: sizes; the filled settings.
    files : mapping of str to bytes, optional
        Further files of the folder by name, such as ``model.onnx`` or ``tokenizer.json``.

    Returns
    -------
    StoredModel
        Without name, version, data and metrics, which the run fills in.
    """
    spec = {
        "backend": backend,
        "name": "untitled",
        "version": "0",
        "taxonomy": describe_taxonomy(taxonomy),
        "outputs": list(output_names(taxonomy.ids)),
        "architecture": dict(architecture),
        "recipe": dict(recipe),
        "weights": {},
    }
    model = StoredModel(Path(), spec, dict(weights), dict(files or {}))
    return with_calibration(model, identity_calibration(len(taxonomy.ids)))


def with_calibration(model: StoredModel, calibration: Calibration) -> StoredModel:
    """Give a model with another calibration.

    Parameters
    ----------
    model : StoredModel
    calibration : Calibration

    Returns
    -------
    StoredModel
    """
    arrays = {f"calibration.{name}": array for name, array in calibration._asdict().items()}
    weights = {**model.weights, **arrays}
    return StoredModel(model.folder, model.spec, weights, model.files)


def settings_as_json(settings: Any) -> dict[str, Any]:
    """Give filled settings for ``model.json``.

    Parameters
    ----------
    settings : dataclass

    Returns
    -------
    dict
    """
    filled = asdict(settings)
    return {k: str(v) if isinstance(v, Path) else v for k, v in filled.items()}


def as_float32(array: Any) -> npt.NDArray[np.float32]:
    """Give an array as safetensors wants it.

    Parameters
    ----------
    array : array-like

    Returns
    -------
    ndarray of float32, C-contiguous
    """
    return np.ascontiguousarray(array, np.float32)
