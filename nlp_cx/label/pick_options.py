"""How to pick texts to label: how many, by which strategy, and how many of them each one gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_cx.errors import ConfigError

ACTIVE = ("rare", "disagreement", "uncertainty", "diversity")
"""Strategies that look at the text, in the order in which they choose."""

STRATEGIES = ("mixed", *ACTIVE, "random")

MIXED = {"uncertainty": 0.5, "disagreement": 0.3, "rare": 0.1, "diversity": 0.1}
"""Parts of what is not picked at random; without a second model its part goes to the others. Set by
what ``scripts/study_label_picking.py`` measured, see docs/LABELLING.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickOptions:
    """How to pick.

    Parameters
    ----------
    n : int
        Texts to pick; near-duplicates of what is picked are never picked, so a small input may
        give fewer.
    strategy : str
        One of `STRATEGIES`.
    random_share : float
        Part of `n` that is drawn at random, 0 to 1, whatever the strategy.
    random_state : int

    Raises
    ------
    ConfigError
        If a value is out of range.
    """

    n: int
    strategy: str = "mixed"
    random_share: float = 0.2
    random_state: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.n < 1:
            raise ConfigError(f"n is {self.n}: expected 1 or more.")
        if self.strategy not in STRATEGIES:
            raise ConfigError(
                f"strategy {self.strategy!r}: expected one of {', '.join(STRATEGIES)}."
            )
        if not 0 <= self.random_share <= 1:
            raise ConfigError(f"random_share is {self.random_share}: expected 0 to 1.")


def share_out(options: PickOptions, *, has_second: bool) -> dict[str, int]:
    """Tell how many texts each strategy picks.

    Parameters
    ----------
    options : PickOptions
    has_second : bool
        There is a second model to disagree with.

    Returns
    -------
    dict of str to int
        ``random`` first; they sum to ``options.n``.

    Examples
    --------
    >>> share_out(PickOptions(n=200), has_second=True)
    {'random': 40, 'uncertainty': 80, 'disagreement': 48, 'rare': 16, 'diversity': 16}
    """
    if options.strategy == "random":
        return {"random": options.n}
    n_random = round(options.random_share * options.n)
    left = options.n - n_random
    if options.strategy != "mixed":
        return {"random": n_random, options.strategy: left}
    parts: Mapping[str, float] = {
        name: part for name, part in MIXED.items() if has_second or name != "disagreement"
    }
    exact = {name: left * part / sum(parts.values()) for name, part in parts.items()}
    quotas = {name: int(value) for name, value in exact.items()}
    by_rest = sorted(parts, key=lambda name: quotas[name] - exact[name])
    for name in by_rest[: left - sum(quotas.values())]:
        quotas[name] += 1
    return {"random": n_random, **quotas}
