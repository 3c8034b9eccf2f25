"""Roles told from a speaker value alone: '客服003', 'Agent 12', '张三(客户)'."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

ROLES = ("customer", "agent", "bot", "system")
"""Roles that a name can tell; the rest is ``unknown``."""


class Guess(NamedTuple):
    """A role, how sure it is (0 to 1) and why, in a few words."""

    role: str
    confidence: float
    reason: str


_WHOLE, _WITHOUT_NUMBER, _INSIDE_BRACKETS, _PART, _WEAK = 1.0, 0.98, 0.95, 0.9, 0.8
_BRACKETS = re.compile(r"[(\[{<【《「〔]([^()\[\]{}<>【】《》「」〔〕]*)[)\]}>】》」〕]")
_NUMBER = re.compile(
    r"^(?:no\.?|#|\d)[\d\W_]*\b|[\W_]*(?:no\.?|id|#|号)?[\W_]*\d[\d\W_a-z]{0,12}(?:号)?$|[\W_]+[a-z]$"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_EDGES = " \t:：-_·|@#*~.,，。/\\"


def recognize_name(name: str) -> Guess:
    """Tell the role from the words of a speaker value.

    Parameters
    ----------
    name : str
        As written in the log; width, case, traditional writing, numbers and brackets are
        seen through.

    Returns
    -------
    Guess
        Confidence 1 for a word of ``resources/roles.toml``, 0.98 with a number taken off, 0.95 for
        the word in brackets, 0.9 for a part of a longer name, 0.8 for a word that usually but not
        always means the role; 0 and ``unknown`` otherwise.

    Examples
    --------
    >>> [recognize_name(n).role for n in ("客服003", "Agent 12", "張三(客戶)", "客户经理", "Lily")]
    ['agent', 'agent', 'customer', 'agent', 'unknown']
    """
    return _recognize(name)


def is_role_word(name: str) -> bool:
    """Tell whether a speaker value names a role and no person.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
        True for a word of ``resources/roles.toml``, with a number or not.

    Examples
    --------
    >>> [is_role_word(name) for name in ("客服003", "客服小李", "张三(客户)", "Lily")]
    [True, False, False, False]
    """
    return recognize_name(name).confidence in (_WHOLE, _WITHOUT_NUMBER, _WEAK)


@lru_cache(maxsize=65_536)
def _recognize(name: str) -> Guess:
    """Look for the whole value, then without numbers, then in brackets, then for a part."""
    folded = fold_name(name)
    whole, weak, parts = load_names()
    if role := whole.get(folded):
        return Guess(role, _WHOLE, f"{folded!r} names the role")
    outside = _BRACKETS.sub(" ", folded).strip(_EDGES)
    bare = _without_number(outside)
    if role := whole.get(bare):
        return Guess(role, _WITHOUT_NUMBER, f"{bare!r} names the role")
    for inside in _BRACKETS.findall(folded):
        word = _without_number(inside.strip(_EDGES))
        if role := whole.get(word):
            return Guess(role, _INSIDE_BRACKETS, f"{word!r} in brackets names the role")
    if role := weak.get(bare):
        return Guess(role, _WEAK, f"{bare!r} usually names the role")
    found = [
        (len(part), match.start(), role, part)
        for part, (pattern, role) in parts.items()
        if part in folded and (match := pattern.search(folded))
    ]
    if found:
        _, _, role, part = max(found)
        return Guess(role, _PART, f"{part!r} is part of the name")
    return Guess("unknown", 0.0, "a bare name")


def fold_name(name: str) -> str:
    """Fold width, case, traditional writing, joints and white space of a speaker value.

    Examples
    --------
    >>> fold_name(" Help_Desk　０３")
    'help desk 03'
    """
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", name))
    folded = spaced.casefold().translate(_simplified())
    return " ".join(folded.replace("_", " ").split()).strip(_EDGES)


def _without_number(name: str) -> str:
    """Take numbers and single letters off both ends."""
    before = None
    while before != name:
        before, name = name, _NUMBER.sub("", name).strip(_EDGES)
    return name


@cache
def load_names() -> tuple[dict[str, str], dict[str, str], dict[str, tuple[re.Pattern[str], str]]]:
    """Read the role words: whole names, weak ones, and parts with the pattern that finds them.

    Returns
    -------
    dict of str to str
        Role of each whole name.
    dict of str to str
        Usual role of each weak name.
    dict of str to (Pattern, str)
        Pattern and role of each part; Latin parts are whole words.
    """
    raw = load_role_words()
    whole = {name: role for role in ROLES for name in raw[role]["names"]}
    weak = {name: role for role in ROLES for name in raw[role]["weak"]}
    parts = {}
    for role in ROLES:
        for part in raw[role]["parts"]:
            bound = part.isascii()
            pattern = rf"(?<![a-z]){re.escape(part)}s?(?![a-z])" if bound else re.escape(part)
            parts[part] = (re.compile(pattern), role)
    return whole, weak, parts


@cache
def load_role_words() -> dict[str, Any]:
    """Read ``resources/roles.toml``.

    Returns
    -------
    dict
        Sections ``customer, agent, bot, system`` (``names``, ``weak``, ``parts``), ``labels``
        (``fields``, ``notices``) and a list ``cues`` (``name``, ``weight``, ``pattern``).
    """
    text = (resources.files("nlp_cx") / "resources" / "roles.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _simplified() -> dict[int, int]:
    """Give the folding of traditional characters as a table for `str.translate`."""
    from nlp_cx.text.normalize import load_variants

    table = load_variants()
    codes = np.flatnonzero(table != np.arange(table.size))
    codes = codes[codes >= 0x3400]
    return dict(zip(codes.tolist(), table[codes].tolist(), strict=True))
