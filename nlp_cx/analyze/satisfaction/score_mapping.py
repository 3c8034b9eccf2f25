"""From scores of the text, -1 to 1, to a rating scale: declared by whoever asks, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import ConfigError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoreMapping:
    """A rising line of straight pieces from scores to ratings.

    Parameters
    ----------
    points : tuple of (float, float)
        Score and rating; scores rise from -1 to 1, ratings rise. Between two points the line is
        straight.

    Raises
    ------
    ConfigError
        If the points do not rise, or do not reach from -1 to 1.

    Notes
    -----
    A score is P(positive) - P(negative) of a mention, a rating is a customer's own number: that
    one stands for the other is an assumption, and which line is right depends on how customers use
    the scale. Where both are known of the same customers, choose points that fit them.

    Examples
    --------
    >>> ScoreMapping.linear(1, 10).apply(np.array([-1, 0, 1])).tolist()
    [1.0, 5.5, 10.0]
    >>> ScoreMapping(((-1, 1), (0, 6), (1, 10))).apply(np.array([0.5, np.nan])).tolist()
    [8.0, nan]
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Refuse what is no rising line from -1 to 1."""
        values = np.array([[float(score), float(rating)] for score, rating in self.points])
        if values.shape[0] < 2 or not (np.diff(values, axis=0) > 0).all():
            raise ConfigError(
                f"mapping {self.points}: expected two or more (score, rating), both rising"
            )
        if values[0, 0] != -1 or values[-1, 0] != 1:
            raise ConfigError(
                f"mapping {self.points}: scores run from {values[0, 0]:g} to {values[-1, 0]:g}, "
                "expected from -1 to 1"
            )

    @classmethod
    def linear(cls, low: float, high: float) -> ScoreMapping:
        """Map -1 to `low` and 1 to `high` on a straight line.

        Parameters
        ----------
        low, high : float
            The ends of the rating scale.

        Returns
        -------
        ScoreMapping
        """
        return cls(((-1.0, low), (1.0, high)))

    def apply(self, scores: Floats) -> Floats:
        """Map scores.

        Parameters
        ----------
        scores : ndarray
            -1 to 1; NaN where there is none.

        Returns
        -------
        ndarray
            Ratings; NaN where there is no score.
        """
        known, ratings = zip(*self.points, strict=True)
        mapped = np.interp(np.nan_to_num(scores), known, ratings)
        return np.where(np.isnan(scores), np.nan, mapped)

    def describe(self) -> str:
        """Say the mapping in words, for tables.

        Returns
        -------
        str
        """
        return "text score, " + ", ".join(f"{s:g} as {r:g}" for s, r in self.points)
