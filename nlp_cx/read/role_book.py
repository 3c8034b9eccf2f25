"""Roles over any number of batches: observe them all, then resolve each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.errors import InputError
from nlp_cx.read.role_evidence import weigh_turns
from nlp_cx.read.role_names import Guess, fold_name, recognize_name
from nlp_cx.read.role_notes import describe_roles
from nlp_cx.schema import LABEL, SPEAKERS

RowValues: TypeAlias = "Sequence[Any] | pd.Series[Any] | pa.Array | pa.ChunkedArray"

UNKNOWN = SPEAKERS.index("unknown")
_BITS = {"customer": 1, "agent": 2, "bot": 4, "system": 8}
_ANSWERS = _BITS["agent"] | _BITS["bot"]
_OTHER_PARTY, _POSITION, _MOST = 220, 50, 800
"""Log-odds x 100: the other party of a two-party chat, who speaks first, the most of all texts."""
_SYSTEM_CONFIDENCE = 0.9
_NOWHERE = object()
"""Stands for rows without a conversation: they keep no company."""

_Bare = dict[str, int]


class RowRoles(NamedTuple):
    """Role and confidence of each row.

    Attributes
    ----------
    role : DictionaryArray of `schema.LABEL`, shape (n_rows,)
        One of `schema.SPEAKERS`; ``unknown`` where the speaker is missing.
    confidence : ndarray of float32, shape (n_rows,)
        0 to 1; 0 where the role is unknown.
    """

    role: pa.DictionaryArray
    confidence: npt.NDArray[np.float32]


class RoleBook:
    """Tell roles over any number of batches: first `observe` all of them, then `resolve` each.

    Parameters
    ----------
    customer, agent : iterable of str
        Speaker values whose role is known; they win over everything.
    min_confidence : float, default=0.9
        A bare name below this stays ``unknown``.

    Raises
    ------
    InputError
        If a value is given as customer and as agent.

    Notes
    -----
    1. A word for a role in the speaker value decides (`role_names.recognize_name`).
    2. For a bare name, the cues of its turns (`role_evidence.weigh_turns`) are added over all
       conversations; of two bare names in a conversation one is taken as the customer and one as
       the agent by the difference, a little in favour of the first being the customer; the one
       bare name beside a known agent (customer) gets log-odds 2.2, confidence 0.9, of being the
       customer (agent), to which its own turns add or from which they take.
    3. ``SYSTEM`` counts as the bot where it does what a bot does: at most one in 20 of its
       conversations has an agent or a bot too, and it writes at least half as many turns as the
       customers do. Else it is ``system``.

    State: the roles seen in each conversation (one small number), and for conversations with a bare
    name, the names. The result does not depend on how the rows were batched.

    Examples
    --------
    >>> book = RoleBook()
    >>> book.observe(["USER", "SYSTEM"], ["any hotel?", "yes, two"], [1, 1])
    >>> book.resolve(["USER", "SYSTEM"], [1, 1]).role.to_pylist()
    ['customer', 'bot']
    """

    def __init__(
        self,
        *,
        customer: Iterable[str] = (),
        agent: Iterable[str] = (),
        min_confidence: float = 0.9,
    ) -> None:
        self._given = {fold_name(name): "customer" for name in customer}
        for name in map(fold_name, agent):
            if self._given.get(name) == "customer":
                raise InputError(f"speaker {name!r} is given as customer and as agent; say one.")
            self._given[name] = "agent"
        self._min_confidence = min_confidence
        self._roles_in: dict[Hashable, int] = {}
        self._bare_in: dict[Hashable, _Bare] = {}
        self._evidence: Counter[str] = Counter()
        self._n_turns: Counter[str] = Counter()
        self._n_missing = 0
        self._system_is_bot: bool | None = None

    def observe(
        self,
        speakers: RowValues,
        texts: RowValues | None = None,
        interaction_ids: RowValues | None = None,
    ) -> None:
        """Take the rows of a batch into account.

        Parameters
        ----------
        speakers, texts, interaction_ids : columns, shape (n_rows,)
            As for `recognize_roles`; rows of a conversation in its order.
        """
        name_of, names = _encode(speakers)
        id_of, ids = _encode_ids(interaction_ids, len(name_of))
        guesses = [self._by_name(name) for name in names]
        counts = np.bincount(name_of[name_of >= 0], minlength=len(names))
        self._n_turns.update(dict(zip(names, counts.tolist(), strict=True)))
        self._n_missing += int((name_of < 0).sum())
        self._system_is_bot = None

        known = name_of >= 0
        bit_of = np.array([_BITS.get(guess.role, 0) for guess in guesses], np.int64)
        seen = np.zeros(len(ids), np.int64)
        np.bitwise_or.at(seen, id_of[known], bit_of[name_of[known]])
        for id_, bits in zip(ids, seen.tolist(), strict=True):
            self._roles_in[id_] = self._roles_in.get(id_, 0) | bits

        is_bare = np.array([guess.role == "unknown" for guess in guesses], np.bool_)
        rows = np.flatnonzero(known)
        rows = rows[is_bare[name_of[rows]]]
        pairs = id_of[rows] * len(names) + name_of[rows]
        distinct, firsts, counts = np.unique(pairs, return_index=True, return_counts=True)
        for k in np.argsort(firsts).tolist():
            id_, name = ids[distinct[k] // len(names)], names[distinct[k] % len(names)]
            bare = self._bare_in.setdefault(id_, {})
            bare[name] = bare.get(name, 0) + int(counts[k])
        if texts is not None and rows.size:
            evidence = weigh_turns(_as_text(texts).take(pa.array(rows)))
            sums = np.zeros(len(names), np.int64)
            np.add.at(sums, name_of[rows], evidence)
            self._evidence.update({names[k]: int(sums[k]) for k in np.flatnonzero(sums).tolist()})

    def resolve(self, speakers: RowValues, interaction_ids: RowValues | None = None) -> RowRoles:
        """Tell the role of each row of a batch.

        Parameters
        ----------
        speakers, interaction_ids : columns, shape (n_rows,)
            As they were observed. A bare name that was not observed is unknown.

        Returns
        -------
        RowRoles
        """
        name_of, names = _encode(speakers)
        id_of, ids = _encode_ids(interaction_ids, len(name_of))
        guesses = [self._settled(name) for name in names] + [Guess("unknown", 0.0, "")]
        roles = np.array([SPEAKERS.index(g.role) for g in guesses], np.int8)[name_of]
        confidence = np.array([g.confidence for g in guesses], np.float32)[name_of]
        decided: dict[tuple[int, int], Guess] = {}
        for row in np.flatnonzero((roles == UNKNOWN) & (name_of >= 0)).tolist():
            key = (int(id_of[row]), int(name_of[row]))
            if key not in decided:
                decided[key] = self._by_content(ids[key[0]], names[key[1]])
            roles[row] = SPEAKERS.index(decided[key].role)
            confidence[row] = decided[key].confidence
        role = pa.DictionaryArray.from_arrays(pa.array(roles), pa.array(SPEAKERS)).cast(LABEL)
        return RowRoles(role, confidence)

    def decisions(self) -> pd.DataFrame:
        """Give how each observed speaker value was told.

        Returns
        -------
        DataFrame, one row per speaker value and role, most turns first
            ``speaker, role, confidence`` (lowest of its conversations), ``reason, n_turns``.
        """
        told: dict[tuple[str, str], tuple[float, str, int]] = {}
        for name, n_turns in self._n_turns.items():
            if (guess := self._settled(name)).role != "unknown":
                told[name, guess.role] = (guess.confidence, guess.reason, n_turns)
        for id_, bare in self._bare_in.items():
            for name, n_turns in bare.items():
                guess = self._by_content(id_, name)
                lowest, _, n = told.get((name, guess.role), (1.0, "", 0))
                lowest = min(lowest, guess.confidence)
                told[name, guess.role] = (lowest, guess.reason, n + n_turns)
        rows = [(*key, *value) for key, value in told.items()]
        rows.sort(key=lambda row: (-row[4], row[0], row[1]))
        return pd.DataFrame(rows, columns=["speaker", "role", "confidence", "reason", "n_turns"])

    def notes(self) -> tuple[str, ...]:
        """Say which roles were inferred and which stay unknown.

        Returns
        -------
        tuple of str
            The ten speaker values of most turns one by one, the rest as a count.
        """
        return tuple(describe_roles(self.decisions(), self._n_missing))

    def _by_name(self, name: str) -> Guess:
        """Tell the role by what the user said or the name itself."""
        if role := self._given.get(fold_name(name)):
            return Guess(role, 1.0, "given")
        return recognize_name(name)

    def _settled(self, name: str) -> Guess:
        """Tell the role by name, with SYSTEM as the bot where it is the one that answers."""
        guess = self._by_name(name)
        if guess.role == "system" and guess.reason != "given" and self._system_answers():
            return Guess("bot", _SYSTEM_CONFIDENCE, "it is the one that answers the customers")
        return guess

    def _system_answers(self) -> bool:
        """Tell whether SYSTEM does what a bot does."""
        if self._system_is_bot is None:
            with_system = [bits for bits in self._roles_in.values() if bits & _BITS["system"]]
            n_attended = sum(bool(bits & _ANSWERS) for bits in with_system)
            n_turns = Counter[str]()
            for name, n in self._n_turns.items():
                n_turns[self._by_name(name).role] += n
            is_alone = bool(with_system) and 20 * n_attended <= len(with_system)
            self._system_is_bot = is_alone and 0 < n_turns["customer"] <= 2 * n_turns["system"]
        return self._system_is_bot

    def _by_content(self, id_: Hashable, name: str) -> Guess:
        """Tell the role of a bare name in a conversation by its texts and its company."""
        bare = list(self._bare_in.get(id_, ()))
        if name not in bare:
            return Guess("unknown", 0.0, "a bare name")
        bits = self._roles_in.get(id_, 0)
        if id_ is _NOWHERE:
            bare, bits = [name], 0
        has_customer = bool(bits & _BITS["customer"])
        has_answer = bool(bits & _ANSWERS) or (
            bool(bits & _BITS["system"]) and self._system_answers()
        )
        odds, reason = self._odds(name), "by what it writes"
        if len(bare) == 1 and has_customer != has_answer:
            odds += _OTHER_PARTY if has_customer else -_OTHER_PARTY
            reason = f"the one other party beside the {'customer' if has_customer else 'agent'}"
        elif len(bare) == 2 and not has_customer and not bits & _BITS["agent"]:
            other = bare[1 - bare.index(name)]
            odds += (_POSITION if name == bare[1] else -_POSITION) - self._odds(other)
            reason = f"by what it and {other!r} write"
        p_agent = 1 / (1 + math.exp(-odds / 100))
        confidence = max(p_agent, 1 - p_agent)
        is_second_customer = has_customer and len(bare) == 1 and odds < 0
        if confidence < self._min_confidence or is_second_customer:
            return Guess("unknown", 0.0, "its turns do not tell")
        return Guess("agent" if odds > 0 else "customer", confidence, reason)

    def _odds(self, name: str) -> int:
        """Give the log-odds x 100 of an agent that all turns of a name make."""
        return max(-_MOST, min(_MOST, self._evidence[name]))


def _encode(column: RowValues) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Give codes (-1 for missing or blank) and the distinct values as text."""
    codes, values = _factorize(column)
    names = ["" if value is None else str(value) for value in values]
    is_blank = np.array([not name.strip() for name in names] + [True])
    return np.where(is_blank[codes], -1, codes), names


def _encode_ids(
    column: RowValues | None, n_rows: int
) -> tuple[npt.NDArray[np.int64], list[Hashable]]:
    """Give codes and the distinct conversations; one where none are given."""
    if column is None:
        return np.zeros(n_rows, np.int64), [None]
    codes, values = _factorize(column)
    return np.where(codes < 0, len(values), codes), [*values, _NOWHERE]


def _factorize(column: RowValues) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Give codes (-1 for missing) and the distinct values, first seen first."""
    encoded = pc.dictionary_encode(_as_array(column))
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary.to_pylist()


def _as_array(column: RowValues) -> pa.Array:
    """Give a column as one Arrow array, its dictionary taken apart."""
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        column = pa.array(column, from_pandas=True)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column


def _as_text(column: RowValues) -> pa.Array:
    """Give a column as Arrow strings."""
    array = _as_array(column)
    return array if pa.types.is_string(array.type) else array.cast(pa.string())
