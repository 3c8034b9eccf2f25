"""Early stopping: which epoch was the best, and when to give up waiting for a better one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nlp_cx.errors import ConfigError

LOWER_IS_BETTER = ("loss", "train_loss")
"""Metrics of which less is better."""


@dataclass(slots=True)
class Stopping:
    """Follow a metric from epoch to epoch.

    Parameters
    ----------
    metric : str
        A key of the metrics; see `LOWER_IS_BETTER`.
    patience : int
        Epochs without a better one after which it is over; 0: never.
    best : float or None
    best_epoch, n_epochs : int
        Counted from 1; 0 before the first.

    Examples
    --------
    >>> stopping = Stopping("score", patience=1)
    >>> stopping.update({"score": 0.5}), stopping.is_over
    (True, False)
    >>> stopping.update({"score": 0.4}), stopping.is_over
    (False, True)
    """

    metric: str
    patience: int = 0
    best: float | None = None
    best_epoch: int = 0
    n_epochs: int = 0

    def update(self, metrics: Mapping[str, float]) -> bool:
        """Note the metrics of an epoch.

        Parameters
        ----------
        metrics : mapping of str to float
            Of an epoch; not a number is never better.

        Returns
        -------
        bool
            It is the best so far, always so for the first.

        Raises
        ------
        ConfigError
            If the metric is not among them.
        """
        if self.metric not in metrics:
            raise ConfigError(
                f"metric {self.metric!r}: not measured; expected one of {', '.join(metrics)}."
            )
        self.n_epochs += 1
        sign = -1 if self.metric in LOWER_IS_BETTER else 1
        value = sign * float(metrics[self.metric])
        value = value if np.isfinite(value) else -np.inf
        is_better = self.best is None or value > self.best
        if is_better:
            self.best, self.best_epoch = value, self.n_epochs
        return is_better

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return 0 < self.patience <= self.n_epochs - self.best_epoch
