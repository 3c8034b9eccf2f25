"""What customers state in a turn: thanks, solved, not solved, a wish for somebody higher, again."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.normalize import normalize

Flags = npt.NDArray[np.bool_]

_MENTION = r"(//)?@[^\s,.:;!?@。、]+"
_NOT = r"\b(do|does|did|is|was|are|were|have|has|had|ca|can|could|wo|would|should)(?:n'?t|not)\b"
_RUN_ON = "([^ 我太说道声得先很句要跪真不。])(谢谢|多谢|非常感谢)"
_LEAD = "^(非常|太|十分|万分|真的?|很|好的?|ok|ok |many |so )*"


class Statements(NamedTuple):
    """One flag per turn, and the place of the last word on the solution.

    Attributes
    ----------
    thanks, resolved, unresolved, human, manager, authority, repeat : ndarray of bool, (n_turns,)
        ``human``: wants a person instead of a machine; ``manager``: wants a superior or makes a
        complaint; ``authority``: goes or threatens to go to a regulator, a lawyer or the public;
        ``repeat``: says that it was said before.
    is_last_resolved : ndarray of bool, shape (n_turns,)
        Of ``resolved`` and ``unresolved``, the last one in the turn is ``resolved``.
    """

    thanks: Flags
    resolved: Flags
    unresolved: Flags
    human: Flags
    manager: Flags
    authority: Flags
    repeat: Flags
    is_last_resolved: Flags


def find_statements(texts: pa.Array, is_opening: Flags) -> Statements:
    """Find what customers state, by the words and rules of ``resources/chat_cues.toml``.

    Parameters
    ----------
    texts : Array of string, shape (n_turns,)
        Turns of customers; missing ones state nothing.
    is_opening : ndarray of bool, shape (n_turns,)
        True for turns before the first answer of the other side. Stories of what was (not) solved
        are no news there, and thanks are mostly the polite end of a request.

    Returns
    -------
    Statements

    Notes
    -----
    Word cues within clauses, with words that take them back (negation, condition, question,
    request, hearsay); no model. Irony is seen only where the wording gives it away.

    Examples
    --------
    >>> turns = pa.array(["还是不行，转人工", "好了，谢谢", "thanks for nothing, get me a manager"])
    >>> found = find_statements(turns, np.zeros(3, bool))
    >>> found.thanks.tolist(), found.resolved.tolist(), found.unresolved.tolist()
    ([False, True, False], [False, True, False], [True, False, False])
    >>> found.human.tolist(), found.manager.tolist()
    ([True, False, False], [False, False, True])
    """
    clauses = _Clauses(texts)
    n_turns, of_turn = len(texts), clauses.turn
    opening = is_opening[of_turn] if n_turns else np.zeros(0, np.bool_)

    def per_turn(hits: Flags) -> Flags:
        return np.bincount(of_turn[hits], minlength=n_turns).astype(np.bool_)

    resolved = clauses.match("resolved", "signs", ~opening)
    is_void = clauses.match("resolved", "not", resolved)
    resolved &= ~is_void | clauses.match("resolved", "but", is_void)
    unresolved = clauses.match("unresolved", "signs", ~opening & ~resolved)
    unresolved &= ~clauses.match("unresolved", "not", unresolved)
    repeat = clauses.match("repeat", "signs") | clauses.match("repeat", "answered", ~opening)
    repeat &= ~clauses.match("repeat", "not", repeat)
    found = {name: clauses.match(name, "signs") for name in ("human", "manager", "authority")}
    human, manager, authority = (
        per_turn(hits & ~clauses.match(name, "not", hits)) for name, hits in found.items()
    )
    position = np.arange(of_turn.size)
    last = np.full(n_turns, -1)
    stated = resolved | unresolved
    np.maximum.at(last, of_turn[stated], position[stated])
    return Statements(
        per_turn(_find_thanks(clauses, opening)),
        per_turn(resolved),
        per_turn(unresolved),
        human,
        manager,
        authority,
        per_turn(repeat),
        (last >= 0) & resolved[last] if of_turn.size else np.zeros(n_turns, np.bool_),
    )


def _find_thanks(clauses: _Clauses, opening: Flags) -> Flags:
    """Find clauses with real thanks: not declined, quoted, ironic, or the end of a request."""
    thanks = clauses.match("thanks", "signs")
    thanks &= ~clauses.match("thanks", "not", thanks)
    is_same_turn = clauses.turn[1:] == clauses.turn[:-1]
    near = thanks.copy()
    near[:-1] |= thanks[1:] & is_same_turn
    is_request = clauses.match("thanks", "request", near)
    follows = np.zeros_like(is_request)
    follows[1:] = is_request[:-1] & is_same_turn
    leads = clauses.match("thanks", "signs", thanks, lead=_LEAD)
    thanks &= ~(follows | (is_request & ~leads))
    return thanks & (~opening | clauses.match("thanks", "opening", thanks & opening))


class _Clauses:
    """The clauses of all turns as one Arrow column."""

    def __init__(self, texts: pa.Array) -> None:
        marked = pc.replace_substring(texts.cast(pa.large_string()), "\n", "。")
        batch = TextBatch.from_arrow(marked)
        folded = TextBatch(normalize(batch.codes), batch.offsets, batch.is_missing).to_arrow()
        folded = pc.replace_substring_regex(folded, _NOT, r"\1 not")
        folded = pc.replace_substring_regex(folded, "'", "")
        # A question mark stays with its clause: what is asked is not stated.
        folded = pc.replace_substring_regex(folded, r"\?+", "?。")
        folded = pc.replace_substring_regex(folded, r"([^\x00-\x7f]) +", r"\1。")
        folded = pc.replace_substring_regex(folded, _RUN_ON, r"\1。\2")
        parts = pc.split_pattern_regex(folded.fill_null(""), r"[,.;!…~。、:\[\]【】]+")
        self.turn = pc.list_parent_indices(parts).to_numpy(zero_copy_only=False)
        self._raw = pc.utf8_trim_whitespace(pc.list_flatten(parts))
        self._bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(self._raw, _MENTION, ""))

    def match(
        self, statement: str, part: str, among: Flags | None = None, *, lead: str = ""
    ) -> Flags:
        """Tell which clauses (of those in `among`) hold a pattern; some name by mention."""
        column = self._raw if statement == "authority" or part == "opening" else self._bare
        rows = np.arange(self.turn.size) if among is None else np.flatnonzero(among)
        clauses = column if among is None else column.take(pa.array(rows))
        hits = pc.match_substring_regex(clauses, lead + load_cues(statement, part))
        flags = np.zeros(self.turn.size, np.bool_)
        flags[rows] = hits.to_numpy(zero_copy_only=False)
        return flags


@cache
def load_cues(statement: str, part: str) -> str:
    """Give one list of ``resources/chat_cues.toml`` as one RE2 pattern.

    Parameters
    ----------
    statement : str
        Section, e.g. ``"thanks"``.
    part : str
        List in it, e.g. ``"signs"``.

    Returns
    -------
    str
    """
    text = (resources.files("nlp_cx") / "resources" / "chat_cues.toml").read_text("utf-8")
    return "(" + "|".join(f"(?:{p})" for p in tomllib.loads(text)[statement][part]) + ")"
