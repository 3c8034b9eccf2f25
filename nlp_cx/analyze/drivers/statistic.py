"""What is meant by the outcome of many units: its mean, or the Net Promoter Score."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import AnalysisError, ConfigError

Floats = npt.NDArray[np.float64]

Statistic = Literal["mean", "nps"]


def recode_outcome(outcome: Floats, statistic: Statistic) -> Floats:
    """Give numbers whose mean is the statistic.

    Parameters
    ----------
    outcome : ndarray, shape (n,)
    statistic : {"mean", "nps"}

    Returns
    -------
    ndarray, shape (n,)
        The outcome, or 100 for 9 and 10, 0 for 7 and 8, -100 for 0 to 6.

    Raises
    ------
    ConfigError
        If the statistic is unknown.
    AnalysisError
        If the outcome is not of a 0-10 scale: other values, or none above 7.

    Examples
    --------
    >>> recode_outcome(np.array([10.0, 8, 3]), "nps").tolist()
    [100.0, 0.0, -100.0]
    """
    if statistic == "mean":
        return outcome
    if statistic != "nps":
        raise ConfigError(f"statistic {statistic!r}: expected 'mean' or 'nps'")
    is_step = (outcome >= 0) & (outcome <= 10) & (outcome == np.round(outcome))
    if not is_step.all() or outcome.max() <= 7:
        raise AnalysisError(
            f"the outcome runs from {outcome.min():g} to {outcome.max():g}, with "
            f"{int((~is_step).sum()):,} values that are no whole number from 0 to 10: that is not "
            "the scale of the Net Promoter Score. Use statistic='mean'."
        )
    return np.where(outcome >= 9, 100.0, np.where(outcome <= 6, -100.0, 0.0))
