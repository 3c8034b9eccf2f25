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

# A sign tells the clause finder all about a character, in 32 bits:
# kind (5), three flags, the folded code point (17), first row of its Chinese words (7).
OTHER, BLANK, NEWLINE, IDEOGRAPH, LATIN, DIGIT, EMOJI, GLUE, OPEN, CLOSE = range(10)
STOP, SHOUT, COMMA, LIST, DOT, ELLIPSIS, TILDE, DASH, SEPARATOR, QUOTE = range(10, 20)
KIND_MASK = 31
PREDICATE, PARTICLE, STARTER = 32, 64, 128  # flags of an ideograph
FACE = 64  # flags of others: may begin an emoticon, and
MARKED = 32  # wide BLANK, CR, full-width COMMA, capital LATIN, joiner GLUE, ①, long DASH
FOLD_SHIFT, FOLD_MASK = 8, 0x1FFFF
ROW_SHIFT = 25

# What a Chinese word begins. Those of OPENER only matter in long runs: their rows come first, the
# others begin at FIRST_CLAUSE_ROW, so that one bit of the sign says that a clause may begin.
STRONG, AFTER_PREDICATE, ADDITION, OPENER = 1, 2, 3, 4
FIRST_CLAUSE_ROW = 63
CLAUSE_BIT = 31

# Columns of a Chinese word's row; the last three say where in the table a list begins.
ROW_KIND, ROW_LENGTH, ROW_WORD, ROW_NOT_AFTER, ROW_NOT_BEFORE, ROW_BEFORE, ROW_WIDTH = (
    0, 1, 2, 8, 9, 10, 11
)  # fmt: skip

# What an English word may be (bits below the 48 bits of its hash).
EN_CONTRAST, EN_JOINER, EN_NOT_BEFORE, EN_NOT_AFTER, EN_PRONOUN, EN_DETERMINER = 1, 2, 4, 8, 16, 32
EN_VERB, EN_CONJUNCTION, EN_ABBREVIATION, EN_NUMBER_WORD, EN_ADDRESS = 64, 128, 256, 512, 1024
EN_WEB, EN_EVEN, EN_MASK = 2048, 4096, 0xFFFF

HASH_START = 0xCBF29CE484222325  # FNV-1a, 64 bit
HASH_PRIME = 0x100000001B3
N_SLOTS = 2048  # of the English table: a power of two, several times the number of words

_EN_LISTS = {
    "contrast": EN_CONTRAST,
    "joiner": EN_JOINER,
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
_ZH_LISTS = {
    "contrast": STRONG,
    "contrast_after_predicate": AFTER_PREDICATE,
    "addition": ADDITION,
}
_MARKS = {
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


class ClauseRules(NamedTuple):
    """Look-up tables of the clause finder, read-only.

    Parameters
    ----------
    signs : ndarray of uint32, shape (0x20000,)
        The sign of every ORIGINAL code point.
    chinese : ndarray of uint32, shape (n,)
        Rows of ROW_WIDTH, one for each Chinese word, by first character, longest first; the last
        row stands for the ideographs that begin a comment. Then lists of characters, each ending
        with 0; the list at 0 (no word has row 0) is empty.
    english : ndarray of uint64, shape (N_SLOTS,)
        Open-addressing table: 48 bits of the word's hash, then its flags; 0 is a free slot.
    """

    signs: npt.NDArray[np.uint32]
    chinese: npt.NDArray[np.uint32]
    english: npt.NDArray[np.uint64]


@cache
def load_rules() -> ClauseRules:
    """Read resources/clause_marks.toml into arrays.

    Returns
    -------
    ClauseRules

    Examples
    --------
    >>> int(load_rules().signs[ord("，")] & KIND_MASK) == COMMA
    True
    """
    text = resources.files("nlp_cx.resources").joinpath("clause_marks.toml").read_text("utf-8")
    marks = tomllib.loads(text)
    chinese = _chinese_table(marks["zh"])
    rules = ClauseRules(
        _signs(marks, chinese),
        chinese,
        _english_slots(marks["en"]),
    )
    for table in rules:
        table.flags.writeable = False
    return rules


def _signs(marks: dict[str, Any], chinese: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Pack kind, flags, folded code point and first word row of every code point."""
    folded = load_variants()
    of_class = np.zeros(characters.N_CLASSES, np.uint32)
    of_class[[characters.BLANK, characters.NEWLINE]] = BLANK, NEWLINE
    of_class[[characters.HAN, characters.HANT, characters.HANS, characters.CANTONESE]] = IDEOGRAPH
    of_class[characters.SYLLABLE] = IDEOGRAPH
    of_class[[characters.LOWER, characters.UPPER, characters.LETTER]] = LATIN
    of_class[characters.DIGIT] = DIGIT
    of_class[[characters.EMOJI, characters.FLAG]] = EMOJI
    of_class[[characters.EXTENDER, characters.JOINER]] = GLUE
    of_class[[characters.OPEN, characters.CLOSE]] = OPEN, CLOSE
    classes = characters.load_characters()
    kinds = of_class[classes]
    for name, kind in _MARKS.items():
        for character in marks["marks"][name]:
            kinds[folded == ord(character)] = kind
    for quote in "'\"＇＂":  # the curly ones say themselves whether they open or close
        kinds[ord(quote)] = QUOTE

    flags = np.zeros(folded.size, np.uint32)
    for name, bit in (("predicate", PREDICATE), ("particle", PARTICLE), ("starter", STARTER)):
        flags[[ord(character) for character in marks["zh"][name]]] |= bit
    flags = np.where(kinds == IDEOGRAPH, flags[folded], 0).astype(np.uint32)
    is_marked = (classes == characters.UPPER) | (classes == characters.JOINER)
    for first, last in ((0x2460, 0x24FF), (0x2776, 0x2793), (0x2014, 0x2015)):
        is_marked[first : last + 1] = True
    is_marked[[0x0D, 0x3000, ord("，")]] = True
    flags[is_marked] |= MARKED
    is_face = (kinds == OPEN) | np.isin(folded, [ord(eye) for eye in ":;=<^>-@to╯"])
    flags[is_face] |= FACE

    rows = np.zeros(folded.size, np.uint32)
    for row in range(chinese[ROW_LENGTH] - 2, 0, -1):
        rows[chinese[row * ROW_WIDTH + ROW_WORD]] = row
    rows[0] = 0
    signs = kinds | flags | folded << FOLD_SHIFT | rows[folded] << ROW_SHIFT
    return signs.astype(np.uint32)


def _chinese_table(zh: dict[str, Any]) -> npt.NDArray[np.uint32]:
    """Write the rows of the Chinese words, and the lists of characters around them, as one array.

    Row 0 is no word: its kind is 0 (the empty list), its length the number of rows.
    """
    words = [(rule, kind) for name, kind in _ZH_LISTS.items() for rule in zh[name]]
    of_clauses = {rule["word"][0] for rule, _ in words}
    words += [({"word": word}, OPENER) for word in zh["opener"]]
    words.sort(key=lambda entry: (entry[0]["word"][0], -len(entry[0]["word"])))
    early = [entry for entry in words if entry[0]["word"][0] not in of_clauses]
    late = [entry for entry in words if entry[0]["word"][0] in of_clauses]
    nothing: tuple[dict[str, str], int] = ({"word": ""}, 0)
    early = [nothing, *early, *[nothing] * (FIRST_CLAUSE_ROW - len(early))]
    entries = [*early, *late, ({"word": "", "before": zh["comment"]}, 0)]
    rows = np.zeros((len(entries), ROW_WIDTH), np.uint32)
    lists: list[int] = []
    for row, (rule, kind) in zip(rows, entries, strict=True):
        row[ROW_KIND], row[ROW_LENGTH] = kind, len(rule["word"])
        row[ROW_WORD : ROW_WORD + len(rule["word"])] = [ord(code) for code in rule["word"]]
        for column, name in (
            (ROW_NOT_AFTER, "not_after"),
            (ROW_NOT_BEFORE, "not_before"),
            (ROW_BEFORE, "before"),
        ):
            if rule.get(name):
                row[column] = rows.size + len(lists)
                lists += [*(ord(code) for code in rule[name]), 0]
    rows[0, ROW_LENGTH] = len(entries)
    return np.concatenate([rows.ravel(), np.array(lists, np.uint32)])


def _english_slots(en: dict[str, list[str]]) -> npt.NDArray[np.uint64]:
    """Put all English words with their flags into one open-addressing table."""
    flags = {"even": EN_EVEN}
    for name, bit in _EN_LISTS.items():
        for word in en[name]:
            flags[word] = flags.get(word, 0) | bit
    slots = [0] * N_SLOTS
    for word, bits in flags.items():
        value = HASH_START
        for character in word:
            value = ((value ^ ord(character)) * HASH_PRIME) & 0xFFFFFFFFFFFFFFFF
        slot = (value >> 16) % N_SLOTS
        while slots[slot]:
            slot = (slot + 1) % N_SLOTS
        slots[slot] = (value & ~EN_MASK) | bits
    return np.array(slots, np.uint64)
