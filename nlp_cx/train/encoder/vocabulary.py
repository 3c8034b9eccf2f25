"""Choose the tokens of an encoder: characters, frequent words, pieces of rare ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

import numpy as np

from nlp_cx.text.chinese_words import load_rjieba
from nlp_cx.text.normalize import normalize
from nlp_cx.text.tokens import MAX_LENGTH, SPECIAL, WORD_START

_RUN = re.compile(r"[a-z]+(?:'[a-z]+)?|[一-鿿]+|[^\sa-z0-9一-鿿]+|[0-9]")
_LETTERS = re.compile(r"[a-z]+")
_MIN_COUNT = 20


def choose_tokens(
    texts: Iterable[str],
    *,
    n_chinese: int = 7_500,
    n_english: int = 6_500,
    n_pieces: int = 2_000,
) -> list[str]:
    """Choose a vocabulary.

    Parameters
    ----------
    texts : iterable of str
        Training texts alone.
    n_chinese : int, default=7_500
        Chinese words of two to four characters, by jieba.
    n_english : int, default=6_500
        Words in Latin letters.
    n_pieces : int, default=2_000
        Pieces that begin or continue rarer words, by byte-pair merges.

    Returns
    -------
    list of str
        Entries by id, for :func:`nlp_cx.text.tokens.make_token_table`: `SPECIAL`, every character
        that occurs 20 times, words and runs of marks by frequency, pieces.
    """
    characters: Counter[str] = Counter()
    chinese: Counter[str] = Counter()
    english: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    cut = load_rjieba([])
    for text in texts:
        folded = _fold(text)
        characters.update(folded)
        for run in _RUN.findall(folded):
            if _LETTERS.match(run):
                english[run] += 1
            elif "一" <= run[0] <= "鿿":
                chinese.update(word for word in cut(run) if 2 <= len(word) <= 4)
            elif 2 <= len(run) <= 4:
                marks[run] += 1
    letters = [c for c in characters if "a" <= c <= "z"]
    entries = dict.fromkeys(SPECIAL)
    for character, n in characters.most_common():
        if n >= _MIN_COUNT and not character.isspace() and character not in letters:
            entries[
                WORD_START + character
                if character.isalpha() and ord(character) < 0x250
                else character
            ] = None
            if character.isalpha() and ord(character) < 0x250:
                entries[character] = None
    for letter in sorted(letters):
        entries[WORD_START + letter] = None
        entries[letter] = None
    entries.update(dict.fromkeys(_top(chinese, n_chinese)))
    entries.update(dict.fromkeys(WORD_START + word for word in _top(english, n_english)))
    entries.update(dict.fromkeys(_top(marks, 300)))
    known = set(entries)
    entries.update(dict.fromkeys(islice((p for p in _merge(english) if p not in known), n_pieces)))
    return [e for e in entries if len(e) <= MAX_LENGTH]


def _fold(text: str) -> str:
    """Normalise a text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return normalize(codes).tobytes().decode("utf-32-le", "replace")


def _top(counts: Counter[str], n: int) -> list[str]:
    """Give the most frequent, ties in alphabetical order."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [word for word, count in ranked[:n] if count >= _MIN_COUNT]


def _merge(words: Counter[str]) -> Iterator[str]:
    """Give the pieces that byte-pair merging makes of words, in the order of the merges."""
    parts = {
        word: (WORD_START + word[0], *word[1:])
        for word, n in words.items()
        if n >= 5 and _LETTERS.fullmatch(word)
    }
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[str]] = {}
    for word, pieces in parts.items():
        for pair in pairwise(pieces):
            pairs[pair] += words[word]
            where.setdefault(pair, set()).add(word)
    while pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < 100:
            return
        yield "".join(best)
        for word in where.pop(best):
            old = parts[word]
            new: list[str] = []
            for piece in old:
                if new and (new[-1], piece) == best:
                    new[-1] += piece
                else:
                    new.append(piece)
            parts[word] = tuple(new)
            for pair in pairwise(old):
                pairs[pair] -= words[word]
            for pair in pairwise(new):
                pairs[pair] += words[word]
                where.setdefault(pair, set()).add(word)
        del pairs[best]
