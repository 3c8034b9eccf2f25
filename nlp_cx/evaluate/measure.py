"""Figures of one or two models on the same texts, with paired bootstrap intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.evaluate.bootstrap import percentiles, resample_sums
from nlp_cx.evaluate.figures import FIGURES, Sums
from nlp_cx.evaluate.metrics import Counts, f1_scores

Row = dict[str, Any]
LEAST_TEXTS = 10
"""Of fewer texts no figure is given: it would be chance."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made.

    Parameters
    ----------
    n_samples : int, default=1000
        Resamples of the texts (of the groups, where texts have one), with replacement.
    level : float, default=0.95
    random_state : int, default=0
    """

    n_samples: int = 1000
    level: float = 0.95
    random_state: int = 0


@dataclass(frozen=True, slots=True)
class Tallied:
    """What one or two models did on the same texts.

    Parameters
    ----------
    ours : dict of str to ndarray
        As `nlp_cx.evaluate.figures.tally` gives it.
    theirs : dict of str to ndarray or None
        Of the model to compare with.
    groups : ndarray of int64, shape (n_texts,), optional
        Number of the group of each text, from 0.
    """

    ours: Mapping[str, Counts]
    theirs: Mapping[str, Counts] | None = None
    groups: npt.NDArray[np.int64] | None = None

    def take(self, chosen: npt.NDArray[np.bool_]) -> Tallied:
        """Give the part of some texts."""

        def cut(counts: Mapping[str, Counts]) -> dict[str, Counts]:
            return {name: found[chosen] for name, found in counts.items()}

        return Tallied(
            cut(self.ours),
            None if self.theirs is None else cut(self.theirs),
            None if self.groups is None else self.groups[chosen],
        )

    @property
    def n_texts(self) -> int:
        """Number of texts."""
        return len(next(iter(self.ours.values()), ()))


class Sample:
    """Sums over all texts and over resamples of them, drawn once for all figures.

    Parameters
    ----------
    tallied : Tallied
    resampling : Resampling

    Notes
    -----
    Both models are measured on the same resamples: the difference is a paired one. Groups are
    drawn whole.

    References
    ----------
    Efron, Tibshirani (1993), An introduction to the bootstrap, ch. 13. Field, Welsh (2007),
    Bootstrapping clustered data, JRSS B 69 (drawing groups).
    """

    def __init__(self, tallied: Tallied, resampling: Resampling) -> None:
        self.resampling = resampling
        self.n_texts = tallied.n_texts
        self._parts: dict[tuple[bool, str], tuple[Sums, Sums]] = {}
        counts = [((True, name), found) for name, found in tallied.ours.items()]
        counts += [((False, name), found) for name, found in (tallied.theirs or {}).items()]
        if self.n_texts == 0 or not counts:
            return
        flat = np.concatenate([found.reshape(self.n_texts, -1) for _, found in counts], axis=1)
        if tallied.groups is not None:
            flat = _sum_groups(flat, tallied.groups)
        sums = resample_sums(
            flat, n_samples=resampling.n_samples, random_state=resampling.random_state
        )
        total, start = flat.sum(axis=0), 0
        for key, found in counts:
            shape = found.shape[1:]
            end = start + int(np.prod(shape))
            self._parts[key] = (
                total[start:end].reshape(shape).astype(np.float64),
                sums[:, start:end].reshape(-1, *shape),
            )
            start = end

    def figure(self, name: str) -> Row | None:
        """Give one figure of `FIGURES`; None where the model or the set does not bear it.

        Parameters
        ----------
        name : str

        Returns
        -------
        dict or None
            ``value, low, high``; with another model ``against, difference, difference_low,
            difference_high, p_not_better`` (share of resamples in which ours is not above). None
            inside where nothing can be said.
        """
        figure = FIGURES[name]
        return self._row(figure.counted, figure.of_many)

    def drivers(self, drivers: tuple[str, ...]) -> Iterator[Row]:
        """Give the F1 of every driver: of pairs with a polarity, and of mentions."""
        for counted, name in (("pairs", "pair_f1"), ("mentions", "mention_f1")):
            if (True, counted) not in self._parts:
                continue
            for k, driver in enumerate(drivers):
                row = self._row(counted, lambda sums, k=k: f1_scores(sums)[..., k])
                n = self._parts[True, counted][0][k, [0, 2]].sum()
                yield {"driver": driver, "figure": name, "n_labelled": int(n), **(row or {})}

    def _row(self, counted: str, of_many: Any) -> Row | None:
        """Measure both models by one function of their sums."""
        ours = self._parts.get((True, counted))
        if ours is None:
            return None
        found = _interval(ours, of_many, self.resampling.level, is_known=self._is_known(counted))
        theirs = self._parts.get((False, counted))
        if theirs is None:
            return found
        value = float(of_many(theirs[0]))
        both = of_many(ours[1]) - of_many(theirs[1])
        low, high = percentiles(both, self.resampling.level)
        known = both[~np.isnan(both)]
        compared = {
            "against": value,
            "difference": float(of_many(ours[0])) - value,
            "difference_low": low,
            "difference_high": high,
            "p_not_better": float((known <= 0).mean()) if len(known) else np.nan,
        }
        if not self._is_known(counted):
            compared = dict.fromkeys(compared, np.nan)
        return found | compared

    def _is_known(self, counted: str) -> bool:
        """Tell whether there are enough texts to say anything."""
        if counted == "right":
            return bool(self._parts[True, counted][0].sum() >= LEAST_TEXTS)
        return self.n_texts >= LEAST_TEXTS


def _interval(part: tuple[Sums, Sums], of_many: Any, level: float, *, is_known: bool) -> Row:
    """Give a figure with its interval."""
    if not is_known:
        return {"value": np.nan, "low": np.nan, "high": np.nan}
    low, high = percentiles(of_many(part[1]), level)
    return {"value": float(of_many(part[0])), "low": low, "high": high}


def _sum_groups(
    flat: npt.NDArray[np.int64], groups: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Add up the tallies of each group."""
    _, place = np.unique(groups, return_inverse=True)
    sums = np.zeros((place.max() + 1, flat.shape[1]), np.int64)
    np.add.at(sums, place, flat)
    return sums
