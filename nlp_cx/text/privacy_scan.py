"""Tell for many texts at once which privacy rules are worth running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.text.characters import N_CODES
from nlp_cx.text.normalize import normalize
from nlp_cx.text.privacy_rules import Rule

_DIGIT, _SEPARATOR = 1, 2
_SEPARATORS = " -.()/+"


class Scanner(NamedTuple):
    """An Aho-Corasick automaton over the cues of all rules, and what counts as a digit.

    Parameters
    ----------
    symbols : ndarray of uint8, shape (0x20000,)
        Symbol of every code point, as folded; 0 for characters that no rule looks at.
    roles : ndarray of uint8, shape (n_symbols,)
        1 for digits, 2 for what may stand between them.
    steps : ndarray of int32, shape (n_states, n_symbols)
        Next state.
    found : ndarray of int64, shape (n_states,)
        Bit r is set where a cue of rule r ends.
    min_digits : ndarray of int64, shape (n_rules,)
        Digits that rule r needs in one group.
    any_text : int
        Bits of the rules without cues.
    """

    symbols: npt.NDArray[np.uint8]
    roles: npt.NDArray[np.uint8]
    steps: npt.NDArray[np.int32]
    found: npt.NDArray[np.int64]
    min_digits: npt.NDArray[np.int64]
    any_text: int


def build_scanner(rules: Sequence[Rule]) -> Scanner:
    """Compile the cues of at most 63 rules.

    Parameters
    ----------
    rules : sequence of Rule

    Returns
    -------
    Scanner
    """
    alphabet = sorted(set("0123456789" + _SEPARATORS).union(*(c for r in rules for c in r.cues)))
    symbol_of = {character: i for i, character in enumerate(alphabet, start=1)}
    folded = normalize(np.arange(N_CODES, dtype=np.uint32))
    symbols = np.zeros(N_CODES, np.uint8)
    roles = np.zeros(len(alphabet) + 1, np.uint8)
    for character, symbol in symbol_of.items():
        symbols[folded == ord(character)] = symbol
        if character.isdigit():
            roles[symbol] = _DIGIT
        elif character in _SEPARATORS:
            roles[symbol] = _SEPARATOR
    steps, found = _build_automaton(
        [(r, [symbol_of[c] for c in cue]) for r, rule in enumerate(rules) for cue in rule.cues],
        len(alphabet) + 1,
    )
    return Scanner(
        symbols,
        roles,
        steps,
        found,
        np.array([rule.min_digits for rule in rules], np.int64),
        sum(1 << r for r, rule in enumerate(rules) if not rule.cues),
    )


def _build_automaton(
    cues: list[tuple[int, list[int]]], n_symbols: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Build the trie of all cues and complete it with the longest suffix of each state."""
    children: list[dict[int, int]] = [{}]
    ends: list[int] = [0]
    for rule, cue in cues:
        state = 0
        for symbol in cue:
            if symbol not in children[state]:
                children[state][symbol] = len(children)
                children.append({})
                ends.append(0)
            state = children[state][symbol]
        ends[state] |= 1 << rule
    steps = np.zeros((len(children), n_symbols), np.int32)
    found = np.array(ends, np.int64)
    suffix = [0] * len(children)
    queue = [0]
    for state in queue:  # breadth first: the suffix of a state is complete before the state
        if state:
            steps[state] = steps[suffix[state]]
            found[state] |= found[suffix[state]]
        for symbol, child in children[state].items():
            suffix[child] = int(steps[state, symbol]) if state else 0
            steps[state, symbol] = child
            queue.append(child)
    return steps, found


@njit(cache=True, nogil=True)
def scan_texts(
    scanner: Scanner, codes: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Name the rules that may match each text.

    Parameters
    ----------
    scanner : Scanner
    codes : ndarray of uint32, shape (n_chars,)
        Original or folded code points.
    offsets : ndarray of int64, shape (n_documents + 1,)

    Returns
    -------
    ndarray of int64, shape (n_documents,)
        Bit r is set unless rule r cannot match; 0 for most texts.
    """
    symbols, roles, steps, found, min_digits, any_text = scanner
    may_match = np.zeros(offsets.size - 1, np.int64)
    n_codes = np.uint32(symbols.size)
    blank = symbols[32]
    start_state = steps[0, blank]  # a text begins and ends as if it had blanks around it
    for document in range(offsets.size - 1):
        state = start_state
        bits = np.int64(any_text)
        longest = 0
        group = 0
        gap = 0
        for i in range(offsets[document], offsets[document + 1]):
            code = codes[i]
            symbol = symbols[code] if code < n_codes else np.uint8(0)
            state = steps[state, symbol]
            bits |= found[state]
            role = roles[symbol]
            if role == _DIGIT:
                group += 1
                gap = 0
                longest = max(longest, group)
            elif role == _SEPARATOR and gap < 2:
                gap += 1
            else:
                group = 0
        bits |= found[steps[state, blank]]
        if bits:
            for rule in range(min_digits.size):
                if bits >> rule & 1 and longest >= min_digits[rule]:
                    may_match[document] |= np.int64(1) << rule
    return may_match
