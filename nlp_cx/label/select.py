"""Pick the texts that are worth labelling next, in one pass over any number of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.corpus.near_duplicates import find_near_duplicates, group_rows
from nlp_cx.errors import ConfigError, InputError
from nlp_cx.label.best import BestTexts, Candidate
from nlp_cx.label.diverse import choose_diverse
from nlp_cx.label.doubt import Chances, disputes, doubts, read_chances
from nlp_cx.label.keys import draw_uniform, fold_texts, task_id, text_keys

ACTIVE = ("rare", "disagreement", "uncertainty", "diversity")
"""Strategies that look at the text, in the order in which they choose."""

STRATEGIES = ("mixed", *ACTIVE, "random")

MIXED = {"rare": 0.4, "disagreement": 0.2, "uncertainty": 0.2, "diversity": 0.2}
"""Parts of what is not picked at random; without a second model its part goes to the others. Set by
judgement: ``scripts/study_label_picking.py`` measures them, and has not been run to its end yet."""

COLUMNS = (
    *("task_id", "doc_id", "text", "lang", "group", "is_random", "strategy", "reason"),
    *("p_sampling", "n_copies"),
)
"""Columns of the picks."""

_MOST_DIVERSE = 10_000
"""Texts that are clustered, drawn at random from all."""


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


class Picker:
    """Pick texts from batches of scored rows.

    Parameters
    ----------
    drivers : sequence of str
        Labels of the model's taxonomy.
    options : PickOptions
    has_second : bool, default=False
        Every batch will come with the scores of a second model.
    exclude : sequence of str
        Texts that are labelled already; they and their copies are not picked.

    Raises
    ------
    ConfigError
        If the strategy is disagreement and there is no second model.

    Notes
    -----
    Picks do not depend on the order of the rows or the size of the batches. Memory holds the
    candidates (some thousand texts) and 8 bytes for every distinct text.

    The *random* part is a simple random sample of the distinct texts (letters and digits decide,
    `nlp_cx.label.keys.text_keys`), drawn before and independently of everything else. Its rows have
    ``is_random`` and the probability with which each was drawn, so that shares and metrics that are
    computed from them alone are unbiased for the distinct texts of the input, and with weights
    ``n_copies / p_sampling`` for its rows. All other rows were picked because they are unusual:
    they are for training, and no share or metric of the input can be computed from them.

    Examples
    --------
    >>> from nlp_cx.pipeline import load
    >>> texts = ["味道很好", "送货太慢", "Great value!", "老会员还多收钱", "还行吧", "味道很好！"]
    >>> pipeline = load("fast")
    >>> picker = Picker(pipeline.drivers, PickOptions(n=3, random_share=0.34))
    >>> picker.add(pipeline.score(pa.table({"text": texts})), text="text")
    >>> picks = picker.finish()
    >>> picks["is_random"].tolist(), picks["p_sampling"].tolist()
    ([True, False, False], [0.2, nan, nan])
    """

    def __init__(
        self,
        drivers: Sequence[str],
        options: PickOptions,
        *,
        has_second: bool = False,
        exclude: Sequence[str] = (),
    ) -> None:
        if options.strategy == "disagreement" and not has_second:
            raise ConfigError(
                "strategy disagreement compares two models and only one is given. Name the second "
                "one (--against), or take another strategy."
            )
        self.options = options
        self._drivers = tuple(drivers)
        self._has_second = has_second
        self.quotas = share_out(options, has_second=has_second)
        quotas = self.quotas
        self._lists = {
            "random": BestTexts(quotas["random"]),
            "uncertainty": BestTexts(_spare(quotas.get("uncertainty", 0))),
            "disagreement": BestTexts(_spare(quotas.get("disagreement", 0))),
            "diversity": BestTexts(
                min(max(20 * quotas["diversity"], 2000), _MOST_DIVERSE)
                if quotas.get("diversity")
                else 0
            ),
        }
        self._rare = [BestTexts(_spare(quotas.get("rare", 0))) for _ in self._drivers]
        self._mentions = np.zeros(len(self._drivers), np.int64)
        self._excluded = np.unique(text_keys(list(exclude)))
        self._known = np.zeros(0, np.uint64)
        self._fresh: list[npt.NDArray[np.uint64]] = []
        self.n_rows = self.n_scored = self.n_excluded = 0

    def add(
        self,
        scored: pa.RecordBatch | pa.Table,
        *,
        text: str,
        group: pa.Array | pa.ChunkedArray | None = None,
        second: pa.RecordBatch | pa.Table | None = None,
    ) -> None:
        """Look at some more rows.

        Parameters
        ----------
        scored : RecordBatch or Table, shape (n, …)
            The full scored table; rows in which nothing was scored are not picked.
        text : str
            Its column of texts.
        group : Array, shape (n,), optional
            Keys that must not be torn apart by a split (the conversation, the author).
        second : RecordBatch or Table, optional
            The same rows scored by the second model.

        Raises
        ------
        InputError
            If a column is missing, or `second` is not of the same length.
        """
        chances = read_chances(scored, self._drivers)
        self.n_rows += scored.num_rows
        texts = ["" if t is None else t for t in scored.column(text).to_pylist()]
        keys = text_keys(texts)
        usable = chances.is_scored & np.array([bool(t.strip()) for t in texts], bool)
        excluded = usable & np.isin(keys, self._excluded)
        self.n_excluded += int(excluded.sum())
        usable &= ~excluded
        self.n_scored += int(usable.sum())
        rows = _Rows(scored, texts, keys, group, usable)
        self._count_distinct(keys[usable])
        unsure = doubts(chances)
        nothing = np.zeros((len(texts), 0), np.float32)
        self._offer("random", rows, np.zeros(len(texts)), nothing)
        self._offer("diversity", rows, np.zeros(len(texts)), nothing)
        self._offer("uncertainty", rows, np.nansum(unsure, axis=1), unsure)
        if self._has_second:
            if second is None or second.num_rows != scored.num_rows:
                raise InputError("the second model's scores are missing or of another length.")
            apart = disputes(chances, read_chances(second, self._drivers))
            self._offer("disagreement", rows, np.nansum(apart, axis=1), apart)
        self._offer_rare(rows, chances)

    def finish(self) -> pd.DataFrame:
        """Give the picks.

        Returns
        -------
        DataFrame, one row per text
            ``task_id`` (see `nlp_cx.label.keys.task_id`), ``doc_id``, ``text``, ``lang``,
            ``group`` (missing where there is none); ``is_random``; ``strategy`` (what picked it)
            and ``reason`` (why); ``p_sampling`` (probability of being drawn, 0 to 1) and
            ``n_copies`` (rows with the same letters), both missing where ``is_random`` is false.
            In an order that says nothing about why a text was picked: by ``task_id``.

        Raises
        ------
        InputError
            If no row can be picked.
        """
        if self.n_scored == 0:
            raise InputError(
                f"none of {self.n_rows:,} rows can be picked: {self.n_excluded:,} are labelled "
                "already, the others hold nothing to score. Give more texts."
            )
        n_distinct = self.n_distinct
        chosen = self._lists["random"].ranked()
        p = min(1.0, len(chosen) / n_distinct)
        picks = [
            self._row(c, "random", f"drawn from {n_distinct:,} distinct texts", p) for c in chosen
        ]
        offered = {
            strategy: self._candidates(strategy, self.quotas[strategy])
            for strategy in ACTIVE
            if self.quotas.get(strategy)
        }
        everything = [*chosen, *(c for found in offered.values() for c, _ in found)]
        alike = _group_alike(everything)
        taken = {alike[c.key] for c in chosen}
        owed = 0
        # What a strategy cannot fill goes to the next ones, in a second round to all.
        turns = [(*item, self.quotas[item[0]]) for item in offered.items()]
        for strategy, candidates, quota in [*turns, *((s, c, 0) for s, c, _ in turns)]:
            owed += quota
            for candidate, reason in candidates:
                if owed and alike[candidate.key] not in taken:
                    taken.add(alike[candidate.key])
                    picks.append(self._row(candidate, strategy, reason, np.nan))
                    owed -= 1
        table = pd.DataFrame(picks, columns=list(COLUMNS)).sort_values("task_id")
        table["n_copies"] = table["n_copies"].astype("Int64")
        return table.reset_index(drop=True)

    @property
    def n_distinct(self) -> int:
        """Number of distinct texts that could be picked."""
        self._known = np.unique(np.concatenate([self._known, *self._fresh]))
        self._fresh = []
        return len(self._known)

    def _count_distinct(self, keys: npt.NDArray[np.uint64]) -> None:
        """Remember keys, merged now and then."""
        self._fresh.append(np.unique(keys))
        if sum(map(len, self._fresh)) > max(len(self._known), 1 << 18):
            _ = self.n_distinct

    def _offer(
        self,
        strategy: str,
        rows: _Rows,
        values: npt.NDArray[np.float64],
        details: npt.NDArray[np.floating],
    ) -> None:
        """Put the rows of a batch that are good enough on a strategy's list."""
        draws = draw_uniform(rows.keys, self.options.random_state, strategy)
        _put(self._lists[strategy], rows, np.round(values, 4), draws, details)

    def _offer_rare(self, rows: _Rows, chances: Chances) -> None:
        """Sample rows for every driver with a chance in proportion to P(mention)."""
        # Whole numbers, so that the sum does not depend on the order of the rows.
        counted = np.where(rows.usable[:, None], chances.mention, 0)
        self._mentions += np.round(np.nan_to_num(counted) * (1 << 20)).astype(np.int64).sum(axis=0)
        for d, best in enumerate(self._rare):
            draws = draw_uniform(rows.keys, self.options.random_state, f"rare {d}")
            uniform = (draws.astype(np.float64) + 1) / 2.0**64
            p = chances.mention[:, d]
            _put(best, rows, np.round(p, 4) / uniform, draws, p[:, None])

    def _candidates(self, strategy: str, wanted: int) -> list[tuple[Candidate, str]]:
        """List the candidates of a strategy, the best first, each with its reason."""
        if strategy == "rare":
            return self._rare_candidates()
        ranked = self._lists[strategy].ranked()
        if strategy == "diversity":
            order, sizes = choose_diverse(
                [c.text for c in ranked], wanted, random_state=self.options.random_state
            )
            return [
                (ranked[i], f"stands for {n:,} of {len(ranked):,} texts")
                for i, n in zip(order, sizes, strict=True)
            ]
        verb = "models differ" if strategy == "disagreement" else "unsure"
        return [(c, _reason(verb, c.details, self._drivers)) for c in ranked]

    def _rare_candidates(self) -> list[tuple[Candidate, str]]:
        """Take turns among the drivers so that their expected mentions become level."""
        queues = [best.ranked() for best in self._rare]
        share = self._mentions / (1 << 20) / max(self.n_scored, 1)
        # A driver's turn comes again after so many expected mentions in the world.
        waits = np.where(share > 0, share, np.inf)
        clock = waits.copy()
        order = []
        for _ in range(sum(map(len, queues))):
            d = int(np.argmin([c if queues[k] else np.inf for k, c in enumerate(clock)]))
            if not queues[d]:
                break
            candidate = queues[d].pop(0)
            clock[d] += waits[d]
            reason = (
                f"{self._drivers[d]} is mentioned with probability {candidate.details[0]:.2f}; "
                f"in {share[d]:.1%} of all texts"
            )
            order.append((candidate, reason))
        return order

    @staticmethod
    def _row(candidate: Candidate, strategy: str, reason: str, p: float) -> dict[str, object]:
        """Lay out one pick."""
        is_random = strategy == "random"
        return {
            "task_id": task_id(candidate.text),
            "doc_id": candidate.doc_id,
            "text": candidate.text,
            "lang": candidate.lang,
            "group": candidate.group,
            "is_random": is_random,
            "strategy": strategy,
            "reason": reason,
            "p_sampling": p,
            "n_copies": candidate.n_copies if is_random else pd.NA,
        }


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
    {'random': 40, 'rare': 64, 'disagreement': 32, 'uncertainty': 32, 'diversity': 32}
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


class _Rows:
    """The rows of a batch, of which a few become candidates."""

    def __init__(
        self,
        scored: pa.RecordBatch | pa.Table,
        texts: list[str],
        keys: npt.NDArray[np.uint64],
        group: pa.Array | pa.ChunkedArray | None,
        usable: npt.NDArray[np.bool_],
    ) -> None:
        self.texts, self.keys, self.usable = texts, keys, usable
        self._doc_id = scored.column("doc_id")
        self._lang = scored.column("lang")
        self._group = group

    def candidate(
        self, i: int, value: float, draw: int, details: npt.NDArray[np.floating]
    ) -> Candidate:
        """Make a candidate of a row."""
        group = self._group[i].as_py() if self._group is not None else None
        return Candidate(
            key=int(self.keys[i]),
            text=self.texts[i],
            doc_id=str(self._doc_id[i].as_py()),
            lang=self._lang[i].as_py(),
            group=None if group is None else str(group),
            value=value,
            draw=draw,
            details=details.astype(np.float32),
        )


def _put(
    best: BestTexts,
    rows: _Rows,
    values: npt.NDArray[np.float64],
    draws: npt.NDArray[np.uint64],
    details: npt.NDArray[np.floating],
) -> None:
    """Offer the usable rows of a batch to a list."""
    values = np.where(rows.usable, values, np.nan)
    for i in best.choose(values, draws).tolist():
        best.add(rows.candidate(i, float(values[i]), int(draws[i]), details[i]))


def _group_alike(candidates: list[Candidate]) -> dict[int, int]:
    """Number the candidates, by key, so that near-duplicates have the same number."""
    texts = {c.key: c.text for c in candidates}
    keys = sorted(texts)
    pairs = find_near_duplicates(fold_texts([texts[key] for key in keys]))
    return dict(zip(keys, group_rows(len(keys), pairs).tolist(), strict=True))


def _spare(n: int) -> int:
    """Candidates to keep, so that enough are left without near-duplicates."""
    return 4 * n + 200 if n else 0


def _reason(verb: str, parts: npt.NDArray[np.float32], drivers: Sequence[str]) -> str:
    """Name the labels that a text was picked for, the most doubtful first."""
    names = ("sentiment", *drivers)
    parts = np.nan_to_num(parts)
    order = np.argsort(-parts, kind="stable")[:3]
    told = [f"{names[i]} {parts[i]:.2f}" for i in order if parts[i] >= 0.05 or i == order[0]]
    return f"{verb}: {', '.join(told)}"
