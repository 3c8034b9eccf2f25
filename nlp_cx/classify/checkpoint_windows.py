"""Texts as the tokens of a checkpoint, clause by clause, in windows that leave nothing out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.classify.windows import Windows as FoundWindows
from nlp_cx.classify.windows import find_windows
from nlp_cx.errors import MissingDependencyError, ModelError

NO_CLAUSE = -1

_REPLACEMENT = 0xFFFD
_Ints = npt.NDArray[np.int64]


class Windows(NamedTuple):
    """Tokens of n documents in windows of whole clauses.

    Parameters
    ----------
    ids : int64 (n_tokens,)
        With the special tokens that begin and end each window.
    clause : int64 (n_tokens,)
        Clause that a token belongs to, `NO_CLAUSE` for special tokens and those between clauses.
    offsets : int64 (n_windows + 1,)
        Window w holds ``ids[offsets[w]:offsets[w + 1]]``.
    first_window : int64 (n + 1,)
        Document i holds the windows ``first_window[i]:first_window[i + 1]``; none where it has no
        token that the vocabulary knows.
    """

    ids: _Ints
    clause: _Ints
    offsets: _Ints
    first_window: _Ints


class TokenReader:
    """Reads tokens with the tokenizer of a checkpoint.

    Parameters
    ----------
    tokenizer : bytes
        A ``tokenizer.json``. Truncation and padding that it asks for are switched off.
    length : int
        Most tokens of a window, its special tokens counted.

    Attributes
    ----------
    prefix, suffix : tuple of int
        Special tokens around a window.
    unknown : int
        -1 where the vocabulary knows everything.

    Raises
    ------
    ModelError
        If it is no tokenizer, or windows have no room for text.
    MissingDependencyError
        If the library tokenizers is not there.
    """

    def __init__(self, tokenizer: bytes, length: int) -> None:
        self._tokenizer = _open_tokenizer(tokenizer)
        self.length = length
        probe = self._tokenizer.encode("a", add_special_tokens=True)
        special = np.array(probe.special_tokens_mask, np.int64)
        inside = np.flatnonzero(special == 0)
        first, last = (inside[0], inside[-1] + 1) if len(inside) else (len(special), len(special))
        self.prefix = tuple(probe.ids[:first])
        self.suffix = tuple(probe.ids[last:])
        self.unknown = _find_unknown(self._tokenizer)
        if self.room < 1:
            raise ModelError(
                f"windows of {length} tokens have no room for text beside "
                f"{len(self.prefix) + len(self.suffix)} special tokens."
            )

    @property
    def room(self) -> int:
        """Most tokens of text in a window."""
        return self.length - len(self.prefix) - len(self.suffix)

    def read(
        self,
        codes: npt.NDArray[np.uint32],
        first_clause: _Ints,
        starts: _Ints,
        ends: _Ints,
    ) -> Windows:
        """Cut documents into tokens and windows.

        Parameters
        ----------
        codes : uint32 (n_chars,)
            Code points as the checkpoint should see them.
        first_clause : int64 (n + 1,)
        starts, ends : int64 (n_clauses,)

        Returns
        -------
        Windows

        Notes
        -----
        A document is read as a whole, marks between its clauses included, and each token goes to
        the clause that it shares most code points with. Windows are those of
        `nlp_cx.classify.windows.find_windows`: no token is left out. What a document gives does not
        depend on the others.
        """
        nothing = np.empty(0, np.int64)
        ids, clauses = [nothing], [nothing]
        counts = np.zeros(len(starts), np.int64)
        for i in range(len(first_clause) - 1):
            a, b = int(first_clause[i]), int(first_clause[i + 1])
            if a == b:
                continue
            own, clause = self._read_document(codes, starts[a:b], ends[a:b])
            if not ((clause != NO_CLAUSE) & (own != self.unknown)).any():
                continue
            # Marks between clauses stay with the one before.
            counts[a:b] = np.bincount(np.maximum.accumulate(clause).clip(0), minlength=b - a)
            ids.append(own)
            clauses.append(np.where(clause == NO_CLAUSE, NO_CLAUSE, clause + a))
        clause_offsets = np.concatenate([[0], np.cumsum(counts)])
        first_clause = np.ascontiguousarray(first_clause, np.int64)
        found = find_windows(clause_offsets, first_clause, self.room)
        document = np.searchsorted(first_clause, found.clause, "right") - 1
        n_windows = np.bincount(document, minlength=len(first_clause) - 1)
        return Windows(
            self._wrap(np.concatenate(ids), found, self.prefix, self.suffix),
            self._wrap(np.concatenate(clauses), found, *self._no_clauses()),
            np.concatenate([[0], np.cumsum(found.last - found.first + self.length - self.room)]),
            np.concatenate([[0], np.cumsum(n_windows)]),
        )

    def _no_clauses(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Give what stands for special tokens where clauses are told."""
        return (NO_CLAUSE,) * len(self.prefix), (NO_CLAUSE,) * len(self.suffix)

    @staticmethod
    def _wrap(
        values: _Ints, found: FoundWindows, prefix: tuple[int, ...], suffix: tuple[int, ...]
    ) -> _Ints:
        """Lay windows side by side, each between what begins and what ends it."""
        before, after = np.array(prefix, np.int64), np.array(suffix, np.int64)
        parts = [np.empty(0, np.int64)]
        for first, last in zip(found.first.tolist(), found.last.tolist(), strict=True):
            parts += [before, values[first:last], after]
        return np.concatenate(parts)

    def _read_document(
        self, codes: npt.NDArray[np.uint32], starts: _Ints, ends: _Ints
    ) -> tuple[_Ints, _Ints]:
        """Give the ids of a document's tokens, and which of its clauses each belongs to."""
        base = int(starts[0])
        encoding = self._tokenizer.encode(
            _decode(codes[base : int(ends[-1])]), add_special_tokens=False
        )
        ids = np.array(encoding.ids, np.int64)
        spans = np.array(encoding.offsets, np.int64).reshape(-1, 2) + base
        return ids, find_owners(spans, starts, ends)


def find_owners(spans: _Ints, starts: _Ints, ends: _Ints) -> _Ints:
    """Find the clause that each token belongs to.

    Parameters
    ----------
    spans : int64 (n_tokens, 2)
        Half-open, in text order.
    starts, ends : int64 (n_clauses,)
        Half-open spans that do not overlap, in text order.

    Returns
    -------
    ndarray of int64, shape (n_tokens,)
        The clause with which a token shares most, the earlier of equals; `NO_CLAUSE` for none.

    Examples
    --------
    >>> tokens = np.array([[0, 2], [2, 3], [3, 6]])
    >>> find_owners(tokens, np.array([0, 4]), np.array([2, 9])).tolist()
    [0, -1, 1]
    """
    first, last = spans[:, 0], np.maximum(spans[:, 1], spans[:, 0] + 1)
    before = np.searchsorted(starts, first, "right") - 1
    after = np.minimum(before + 1, len(starts) - 1)
    at = np.maximum(before, 0)
    shared_before = np.where(before >= 0, np.minimum(last, ends[at]) - first, 0)
    shared_after = np.where(
        after > before, np.minimum(last, ends[after]) - np.maximum(first, starts[after]), 0
    )
    owner = np.where(shared_before >= shared_after, before, after)
    return np.where(np.maximum(shared_before, shared_after) > 0, owner, NO_CLAUSE)


def _decode(codes: npt.NDArray[np.uint32]) -> str:
    """Make a string of valid code points, one for one."""
    is_bad = ((codes >= 0xD800) & (codes < 0xE000)) | (codes > 0x10FFFF)
    return np.where(is_bad, _REPLACEMENT, codes).astype("<u4").tobytes().decode("utf-32-le")


def _open_tokenizer(data: bytes) -> Any:
    """Parse a ``tokenizer.json``."""
    try:
        from tokenizers import Tokenizer
    except ImportError as e:
        raise MissingDependencyError(
            "this model needs the library tokenizers: pip install 'nlp_cx[checkpoint]'"
        ) from e
    try:
        tokenizer = Tokenizer.from_str(data.decode("utf-8"))
    except Exception as e:
        raise ModelError(f"tokenizer.json cannot be used ({e}). Copy the model again.") from e
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _find_unknown(tokenizer: Any) -> int:
    """Give the id of the token for what is not in the vocabulary, -1 for none."""
    name = getattr(tokenizer.model, "unk_token", None)
    found = tokenizer.token_to_id(name) if isinstance(name, str) else None
    if found is None:  # unigram models name it by number alone
        for usual in ("<unk>", "[UNK]"):
            found = tokenizer.token_to_id(usual)
            if found is not None:
                break
    return -1 if found is None else int(found)
