"""Build jieba or rjieba as a private word cutter: no shared state, no cache file, no log line."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any

Cut = Callable[[str], list[str]]
"""Cuts a text into words that, joined, give the text again."""

UserWord = tuple[str, int | None, str | None]
"""Word, frequency (None: just high enough to be cut out), part-of-speech tag or None."""


def load_jieba(user_words: Sequence[UserWord], *, use_hmm: bool) -> Cut:
    """Build a jieba tokenizer of its own.

    Parameters
    ----------
    user_words : sequence of (word, frequency or None, tag or None)
        Added to this tokenizer only.
    use_hmm : bool
        Guess words that are not in the dictionary by jieba's hidden Markov model.

    Returns
    -------
    callable
        ``cut(text) -> list of str``; about 7,000 reviews/s.

    Notes
    -----
    jieba's own `initialize` unmarshals ``jieba.cache`` from the temporary folder, which anybody
    may have written, and logs to standard error. It is overridden: the dictionary that ships
    with jieba is parsed once a process (about 0.7 s), and no file is written.

    Examples
    --------
    >>> cut = load_jieba([("雪梨蛋挞", None, None)], use_hmm=False)
    >>> cut("雪梨蛋挞很好吃")
    ['雪梨蛋挞', '很', '好吃']
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and pkg_resources in jieba's source
        import jieba

    class Tokenizer(jieba.Tokenizer):
        """A jieba tokenizer whose dictionary comes from the package and from nowhere else."""

        def initialize(self, dictionary: Any = None) -> None:
            """Take the parsed dictionary instead of a cache file."""
            frequencies, self.total = _read_dictionary()
            self.FREQ = dict(frequencies) if user_words else frequencies
            self.initialized = True

    tokenizer = Tokenizer()
    tokenizer.initialize()
    for word, frequency, tag in user_words:
        tokenizer.add_word(word, frequency, tag)
    return lambda text: tokenizer.lcut(text, HMM=use_hmm)


def load_rjieba(user_words: Sequence[UserWord]) -> Cut:
    """Build an rjieba tokenizer of its own: the words of jieba without HMM, ten times as fast.

    Parameters
    ----------
    user_words : sequence of (word, frequency or None, tag or None)
        Added to this tokenizer only: `rjieba.Jieba` objects do not share their dictionaries,
        the functions of the module `rjieba` do and are not used.

    Returns
    -------
    callable
        ``cut(text) -> list of str``.

    Examples
    --------
    >>> load_rjieba([])("房间很干净")
    ['房间', '很', '干净']
    """
    import rjieba

    tokenizer = rjieba.Jieba()
    for word, frequency, tag in user_words:
        tokenizer.add_word(word, frequency, tag)
    return lambda text: tokenizer.cut(text, False)


@cache
def _read_dictionary() -> tuple[dict[str, int], int]:
    """Parse jieba's dict.txt into word and prefix frequencies and their total, once."""
    frequencies: dict[str, int] = {}
    total = 0
    source = resources.files("jieba") / "dict.txt"
    for line in source.read_text(encoding="utf-8").splitlines():
        word, count, _ = line.split(" ")
        frequencies[word] = int(count)
        total += int(count)
        for end in range(1, len(word)):
            frequencies.setdefault(word[:end], 0)
    return frequencies, total
