"""Tables that tell the clause finder what each character and word may do."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.text import characters
from nlp_cx.text.normalize import load_variants

# What a character is to the clause finder (values of ClauseRules.kinds).
OTHER, BLANK, NEWLINE, IDEOGRAPH, LATIN, DIGIT, EMOJI, GLUE, OPEN, CLOSE = range(10)
STOP, SHOUT, COMMA, LIST, DOT, ELLIPSIS, TILDE, DASH, SEPARATOR, QUOTE = range(10, 20)

# What an ideograph may be (bits of ClauseRules.flags).
FIRST, PREDICATE, PARTICLE, STARTER = 1, 2, 4, 8

# What an English word may be (bits of ClauseRules.word_flags).
EN_CONTRAST, EN_WEAK, EN_NOT_BEFORE, EN_NOT_AFTER, EN_PRONOUN, EN_DETERMINER = 1, 2, 4, 8, 16, 32
EN_VERB, EN_CONJUNCTION, EN_ABBREVIATION, EN_NUMBER_WORD, EN_ADDRESS, EN_WEB = (
    64,
    128,
    256,
    512,
    1024,
    2048,
)
EN_AND, EN_EVEN = 4096, 8192

_EN_LISTS = {
    "contrast": EN_CONTRAST,
    "contrast_before_subject": EN_WEAK,
    "not_before_contrast": EN_NOT_BEFORE,
    "not_after_contrast": EN_NOT_AFTER,
    "pronoun": EN_PRONOUN,
    "determiner": EN_DETERMINER,
    "verb": EN_VERB,
    "conjunction": EN_CONJUNCTION,
    "abbreviation": EN_ABBREVIATION,
    "number_word": EN_NUMBER_WORD,
    "address": EN_ADDRESS,
    "web": EN_WEB,
}

HASH_START = 0xCBF29CE484222325  # FNV-1a, 64 bit
HASH_PRIME = 0x100000001B3
N_SLOTS = 2048  # of the word table; a power of two, at least four times the words


class ClauseRules(NamedTuple):
    """Look-up tables of the clause finder.

    Parameters
    ----------
    kinds, flags : ndarray of uint8, shape (0x20000,)
        Kind and flag bits of every ORIGINAL code point.
    folded : ndarray of uint32, shape (0x20000,)
        Folded code points.
    zh_words : ndarray of uint32, shape (n_words, 8)
        Chinese words that begin a clause, longest first; unused places are 0.
    zh_kinds : ndarray of uint8, shape (n_words,)
        1 contrast, 2 addition.
    zh_not_after, zh_not_before : ndarray of uint32, shape (n_words, 64)
        Characters that make the word something else, unused places 0.
    word_hashes : ndarray of uint64, shape (N_SLOTS,)
        Open-addressing table of English words; 0 is a free slot.
    word_flags : ndarray of uint16, shape (N_SLOTS,)
    """

    kinds: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint8]
    folded: npt.NDArray[np.uint32]
    zh_words: npt.NDArray[np.uint32]
    zh_kinds: npt.NDArray[np.uint8]
    zh_not_after: npt.NDArray[np.uint32]
    zh_not_before: npt.NDArray[np.uint32]
    word_hashes: npt.NDArray[np.uint64]
    word_flags: npt.NDArray[np.uint16]


@cache
def load_rules() -> ClauseRules:
    """Read resources/clause_marks.toml into arrays.

    Returns
    -------
    ClauseRules
    """
    text = resources.files("nlp_cx.resources").joinpath("clause_marks.toml").read_text("utf-8")
    marks = tomllib.loads(text)
    folded = load_variants()
    hashes, flags = _english_table(marks["en"])
    words = [(rule["word"], 1, rule) for rule in marks["zh"]["contrast"]]
    words += [(word, 2, {}) for word in marks["zh"]["addition"]]
    words.sort(key=lambda entry: -len(entry[0]))
    rules = ClauseRules(
        _character_kinds(marks["marks"], folded),
        _character_flags(marks["zh"], folded),
        folded,
        _rows([word for word, _, _ in words], 8),
        np.array([kind for _, kind, _ in words], np.uint8),
        _rows([rule.get("not_after", "") for _, _, rule in words], 64),
        _rows([rule.get("not_before", "") for _, _, rule in words], 64),
        hashes,
        flags,
    )
    for table in rules:
        table.flags.writeable = False
    return rules


def hash_word(word: str) -> int:
    """Hash a lower-case word as the compiled loop does."""
    value = HASH_START
    for character in word:
        value = ((value ^ ord(character)) * HASH_PRIME) & 0xFFFFFFFFFFFFFFFF
    return value


def _character_kinds(
    marks: dict[str, str], folded: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint8]:
    """Map every code point to its kind: by class, and marks by their folded form."""
    of_class = np.zeros(32, np.uint8)
    of_class[[characters.BLANK, characters.NEWLINE]] = BLANK, NEWLINE
    of_class[[characters.HAN, characters.HANT, characters.HANS, characters.CANTONESE]] = IDEOGRAPH
    of_class[characters.SYLLABLE] = IDEOGRAPH
    of_class[[characters.LOWER, characters.UPPER, characters.LETTER]] = LATIN
    of_class[characters.DIGIT] = DIGIT
    of_class[[characters.EMOJI, characters.FLAG]] = EMOJI
    of_class[[characters.EXTENDER, characters.JOINER]] = GLUE
    of_class[[characters.OPEN, characters.CLOSE]] = OPEN, CLOSE
    kinds = of_class[characters.load_characters()]
    names = {
        "stop": STOP,
        "shout": SHOUT,
        "comma": COMMA,
        "list": LIST,
        "dot": DOT,
        "ellipsis": ELLIPSIS,
        "tilde": TILDE,
        "dash": DASH,
        "separator": SEPARATOR,
    }
    for name, kind in names.items():
        for character in marks[name]:
            kinds[folded == ord(character)] = kind
    for quote in "'\"＇＂":  # the curly ones say themselves whether they open or close
        kinds[ord(quote)] = QUOTE
    return kinds


def _character_flags(zh: dict[str, Any], folded: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Collect the flag bits of every code point by its folded form."""
    flags = np.zeros(folded.size, np.uint8)
    words = [rule["word"] for rule in zh["contrast"]] + zh["addition"]
    groups = {
        FIRST: "".join(word[0] for word in words),
        PREDICATE: zh["predicate"],
        PARTICLE: zh["particle"],
        STARTER: zh["starter"],
    }
    for bit, group in groups.items():
        flags[[ord(character) for character in group]] |= np.uint8(bit)
    return flags[folded]


def _rows(words: list[str], width: int) -> npt.NDArray[np.uint32]:
    """Write words as rows of code points, filled up with 0."""
    rows = np.zeros((len(words), width), np.uint32)
    for row, word in zip(rows, words, strict=True):
        row[: len(word)] = [ord(character) for character in word]
    return rows


def _english_table(
    en: dict[str, list[str]],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16]]:
    """Put all English words with their flags into one open-addressing table."""
    of_word: dict[str, int] = {"and": EN_AND, "even": EN_EVEN}
    for name, bit in _EN_LISTS.items():
        for word in en[name]:
            of_word[word] = of_word.get(word, 0) | bit
    hashes = np.zeros(N_SLOTS, np.uint64)
    flags = np.zeros(N_SLOTS, np.uint16)
    for word, bits in of_word.items():
        value = hash_word(word)
        slot = value & (N_SLOTS - 1)
        while hashes[slot]:
            slot = (slot + 1) & (N_SLOTS - 1)
        hashes[slot] = value
        flags[slot] = bits
    return hashes, flags
