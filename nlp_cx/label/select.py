"""Pick the texts that are worth labelling next, in one pass over any number of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.corpus.near_duplicates import find_near_duplicates, group_rows
from nlp_cx.errors import ConfigError, InputError
from nlp_cx.label.best import BestTexts, Candidate
from nlp_cx.label.diverse import choose_diverse
from nlp_cx.label.doubt import disputes, doubts, read_chances
from nlp_cx.label.keys import draw_uniform, fold_texts, task_id, text_keys
from nlp_cx.label.pick_options import ACTIVE, MIXED, STRATEGIES, PickOptions, share_out
from nlp_cx.label.rare import RareDrivers
from nlp_cx.label.rows import Rows, put_rows

__all__ = ["ACTIVE", "COLUMNS", "MIXED", "STRATEGIES", "PickOptions", "Picker", "share_out"]

COLUMNS = (
    *("task_id", "doc_id", "text", "lang", "group", "is_random", "strategy", "reason"),
    *("p_sampling", "n_copies"),
)
"""Columns of the picks."""

_MOST_DIVERSE = 10_000
"""Texts that are clustered, drawn at random from all."""


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
        self._rare = RareDrivers(
            drivers, _spare(quotas.get("rare", 0)), random_state=options.random_state
        )
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
        rows = Rows(scored, texts, keys, group, usable)
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
        self._rare.offer(rows, chances)

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
        rows: Rows,
        values: npt.NDArray[np.float64],
        details: npt.NDArray[np.floating],
    ) -> None:
        """Put the rows of a batch that are good enough on a strategy's list."""
        draws = draw_uniform(rows.keys, self.options.random_state, strategy)
        put_rows(self._lists[strategy], rows, np.round(values, 4), draws, details)

    def _candidates(self, strategy: str, wanted: int) -> list[tuple[Candidate, str]]:
        """List the candidates of a strategy, the best first, each with its reason."""
        if strategy == "rare":
            return self._rare.candidates(self.n_scored)
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
