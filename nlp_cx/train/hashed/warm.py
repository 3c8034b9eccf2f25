"""Begin where another hashed model ended: its n-gram vectors and its network, for other labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nlp_cx.classify.decode import output_names
from nlp_cx.classify.store import StoredModel
from nlp_cx.errors import TrainingError
from nlp_cx.train.hashed.fit import HashedModel

_LIKE = {"negative": "criticism", "positive": "praise"}
"""What a mention of a new label resembles before it is learned."""

_RARE = -2.0
"""Added to the bias of a new label: most clauses do not speak of it."""


def check_donor(donor: StoredModel) -> None:
    """Refuse a model of another kind.

    Raises
    ------
    TrainingError
        If it is no hashed model.
    """
    if donor.spec["backend"] != "hashed":
        raise TrainingError(
            f"settings.init: {donor.folder} is of backend {donor.spec['backend']!r}, expected a "
            "'hashed' model, as the shipped fast one is."
        )


def warm_up(model: HashedModel, donor: StoredModel, labels: tuple[str, ...]) -> None:
    """Copy what a model has learned into a new one of the same sizes.

    Parameters
    ----------
    model : HashedModel
        Changed.
    donor : StoredModel
        Of the backend ``hashed``.
    labels : tuple of str
        Ids of the new taxonomy.

    Notes
    -----
    Outputs of the same name are copied. A new label starts as praise and criticism do, which its
    mentions mostly are; what makes it this label is learned.
    """
    weights = donor.weights
    model.table.values[:] = weights["table"].astype(np.float32) * weights["scale"]
    network = model.network
    old = {name: i for i, name in enumerate(output_names(tuple(donor.spec["taxonomy"]["labels"])))}
    old_attention = len(old)
    new = output_names(labels)
    with torch.no_grad():
        network.clause_in.weight.copy_(_tensor(weights["clause_in"].T))
        network.clause_in.bias.copy_(_tensor(weights["hidden_bias"]))
        network.document_in.weight.copy_(_tensor(weights["document_in"].T))
        network.position_in.weight.copy_(_tensor(weights["position_in"].T))
        for k, name in enumerate((*new, "attention")):
            label, _, side = name.partition(":")
            source = old.get(name, old.get(_LIKE.get(side, ""), -1))
            if name == "attention":
                source = old_attention
            if source < 0:
                network.clause_out.weight[k].zero_()
                network.clause_skip.weight[k].zero_()
                network.clause_out.bias[k] = 2 * _RARE
                continue
            network.clause_out.weight[k].copy_(_tensor(weights["clause_out"][:, source]))
            network.clause_skip.weight[k].copy_(_tensor(weights["clause_skip"][:, source]))
            shift = _RARE if name not in old and label in labels else 0.0
            network.clause_out.bias[k] = float(weights["clause_out_bias"][source]) + shift


def new_outputs(donor: StoredModel, labels: tuple[str, ...]) -> list[int]:
    """List the outputs that a donor does not have.

    Parameters
    ----------
    donor : StoredModel
    labels : tuple of str
        Ids of the new taxonomy.

    Returns
    -------
    list of int
    """
    old = set(output_names(tuple(donor.spec["taxonomy"]["labels"])))
    return [k for k, name in enumerate(output_names(labels)) if name not in old]


def _tensor(array: npt.NDArray[Any]) -> torch.Tensor:
    """Give a copy as a tensor."""
    return torch.from_numpy(np.array(array, np.float32))
