"""Who wrote a turn: raw speaker values told as customer, agent, bot, system or unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.read.role_book import RoleBook, RowRoles, RowValues

__all__ = ["RoleBook", "RoleTable", "RowRoles", "recognize_roles"]


@dataclass(frozen=True, slots=True)
class RoleTable:
    """Roles of rows and how they were told.

    Parameters
    ----------
    role : DictionaryArray, shape (n_rows,)
        One of `schema.SPEAKERS`.
    confidence : ndarray of float32, shape (n_rows,)
        0 to 1; 0 where unknown.
    decisions : DataFrame, one row per speaker value and role
        ``speaker, role, confidence`` (lowest of its conversations), ``reason, n_turns``.
    notes : tuple of str
        Sentences for the user: roles that were inferred or stay unknown.
    """

    role: pa.DictionaryArray
    confidence: npt.NDArray[np.float32]
    decisions: pd.DataFrame
    notes: tuple[str, ...]


def recognize_roles(
    speakers: RowValues,
    texts: RowValues | None = None,
    interaction_ids: RowValues | None = None,
    *,
    customer: Iterable[str] = (),
    agent: Iterable[str] = (),
) -> RoleTable:
    """Tell the role of each row of a chat log.

    Parameters
    ----------
    speakers : column, shape (n_rows,)
        Raw speaker values, e.g. ``"客户"``, ``"Agent 12"``, ``"Lily"``.
    texts : column, shape (n_rows,), optional
        What was written; tells bare names apart.
    interaction_ids : column, shape (n_rows,), optional
        The conversation; all rows are one conversation when not given.
    customer, agent : iterable of str
        Speaker values whose role is known, e.g. ``customer=["Lily"]``.

    Returns
    -------
    RoleTable

    Notes
    -----
    See `RoleBook` for how it is told.

    Examples
    --------
    >>> table = recognize_roles(["客服03", "Lily"], ["您好，很高兴为您服务", "还没收到货"])
    >>> table.role.to_pylist(), [f"{c:.2f}" for c in table.confidence]
    (['agent', 'customer'], ['0.98', '0.90'])
    >>> recognize_roles(["Lily"]).notes[0]
    'speaker "Lily" in 1 turn: role unknown; say --customer Lily or --agent Lily'
    """
    book = RoleBook(customer=customer, agent=agent)
    book.observe(speakers, texts, interaction_ids)
    rows = book.resolve(speakers, interaction_ids)
    return RoleTable(rows.role, rows.confidence, book.decisions(), book.notes())
