"""The settings of the backend ``linear``."""

from __future__ import annotations

from typing import Literal

from nlp_cx.config import config


@config
class LinearConfig:
    """What stands under ``[settings]``.

    Parameters
    ----------
    n_rounds : int
        Rounds in which the clause that carries a label is found anew; 0: documents as a whole.
    strength : float
        Inverse of the penalty (scikit-learn's C).
    n_rows : int
        Most n-grams that own weights, a multiple of four; 0.1 MB a thousand and more.
    min_count : int
        Rarer n-grams own none; 0: 1 below two thousand texts, else 2.
    polarity : {"auto", "shared", "own"}
        Polarities of all labels together, of each label alone, or of each label that has
        `own_from` examples of a side.
    own_from : int
    gold_weight : float
        Factor on the weight of examples in which everything was considered.
    """

    n_rounds: int = 2
    strength: float = 4.0
    n_rows: int = 131_072
    min_count: int = 0
    polarity: Literal["auto", "shared", "own"] = "auto"
    own_from: int = 100
    gold_weight: float = 1.0

    def __post_init__(self) -> None:
        """Name every value that is out of its range."""
        least = {"n_rounds": 0, "n_rows": 4, "min_count": 0, "own_from": 1}
        faults = [
            f"{name}: {getattr(self, name)}, expected {low} or more"
            for name, low in least.items()
            if getattr(self, name) < low
        ]
        faults += [
            f"{name}: {getattr(self, name):g}, expected above 0"
            for name in ("strength", "gold_weight")
            if not 0 < getattr(self, name) < float("inf")
        ]
        if self.n_rows % 4:
            faults.append(f"n_rows: {self.n_rows}, expected a multiple of four")
        if faults:
            raise ValueError("; ".join(faults))
