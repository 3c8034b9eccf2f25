"""Cut a text into words with offsets: Chinese by jieba, the rest by rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

from nlp_cx.errors import InputError
from nlp_cx.text.chinese_words import Cut, UserWord, load_jieba, load_rjieba
from nlp_cx.text.folding import fold_text
from nlp_cx.text.word_rules import HAN_CLASS, Kind, Token, compile_rules, find_tokens

_HAS_HAN = re.compile(f"[{HAN_CLASS}]").search
_CUT_BY_JIEBA = re.compile(r"[\u4e00-\u9fd5A-Za-z0-9+#&._%\-]+").fullmatch


class Word(NamedTuple):
    """One word of a text.

    Parameters
    ----------
    start, end : int
        Half-open range of code points in the text that was given.
    text : str
        ``text[start:end]``, as it was written.
    kind : {"zh", "en", "number", "emoji", "emoticon", "mark"}
        ``zh`` holds an ideograph (房间, T恤); ``en`` is in letters of any other script (don't,
        check-in, #sale); ``number`` begins with a digit or a currency sign (16GB, $9.99, 5-star);
        ``emoji`` is one picture, whatever it is made of; ``emoticon`` a face of letters and
        marks; ``mark`` everything that is no word: punctuation, one per run of the same mark, and
        links (addresses of pages and e-mail, @names).
    """

    start: int
    end: int
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class WordSpec:
    """What a segmenter is made of, as plain data.

    Parameters
    ----------
    user_words : tuple of (word, frequency or None, tag or None)
        Words to keep whole. A word with an ideograph goes to the Chinese segmenter, without a
        frequency with just enough of one to be cut out; any other (``"Face ID"``) is matched as it
        stands, between word borders. Frequencies are counts from 1; tags are jieba's
        part-of-speech tags.
    use_hmm : bool, default=False
        Let jieba guess words that are in no dictionary (names, slang). Slower.
    segmenter : {"rjieba", "jieba"}, default="rjieba"
        Both give the same words; rjieba is faster and has no `use_hmm`, because its model
        differs from jieba's.

    Raises
    ------
    InputError
        If a value is not allowed, or a user word could never be found.

    Examples
    --------
    >>> WordSpec(user_words=(("云端硬盘", None, None),), use_hmm=True, segmenter="jieba")
    WordSpec(user_words=(('云端硬盘', None, None),), use_hmm=True, segmenter='jieba')
    """

    user_words: tuple[UserWord, ...] = ()
    use_hmm: bool = False
    segmenter: Literal["rjieba", "jieba"] = "rjieba"

    def __post_init__(self) -> None:
        """Refuse what no segmenter could do."""
        if self.segmenter not in ("rjieba", "jieba"):
            raise InputError(f"segmenter {self.segmenter!r} is not known: give 'rjieba' or 'jieba'")
        if self.use_hmm and self.segmenter == "rjieba":
            raise InputError(
                "rjieba guesses other unknown words than jieba: give segmenter='jieba' with "
                "use_hmm=True"
            )
        for word, frequency, _ in self.user_words:
            _check_user_word(word, frequency)


def _check_user_word(word: str, frequency: int | None) -> None:
    """Raise an error if a user word could not be cut out."""
    if not word or word != word.strip():
        raise InputError(f"user word {word!r} is empty or has blanks around it: strip it")
    if frequency is not None and frequency < 1:
        raise InputError(
            f"user word {word!r} has frequency {frequency}: give at least 1, or None for a "
            "frequency that is high enough"
        )
    folded = fold_text(word)
    if _HAS_HAN(folded) and not _CUT_BY_JIEBA(folded):
        raise InputError(
            f"user word {word!r} holds a blank or mark at which Chinese text is always cut: "
            "a word with ideographs has only ideographs, ASCII letters, digits and + # & . _ % -"
        )


class WordSegmenter:
    """Cut texts into words.

    Parameters
    ----------
    spec : WordSpec, optional
        rjieba without user words when not given.

    Notes
    -----
    The live tokenizer is built at first use and left out when pickled: a segmenter pickles to its
    specification. jieba sees the folded text (`fold_text`), so that its dictionary of simplified
    Chinese finds the words of traditional text too. Where a word of the dictionary holds letters
    (``T恤``, ``SIM卡``) it is kept; any other word of letters or digits follows the rules of
    `word_rules`. Words are in text order, do not overlap, and cover every character but white
    space and controls (whatever `fold_text` folds to a blank).

    Examples
    --------
    >>> segmenter = WordSegmenter()
    >>> [word.text for word in segmenter.words("房間很乾淨，didn't wait 👍🏽")]
    ['房間', '很', '乾淨', '，', "didn't", 'wait', '👍🏽']
    >>> segmenter.words("续航3天，16GB")[1:]  # doctest: +ELLIPSIS
    [Word(start=2, end=3, text='3', kind='number'), ... Word(start=5, end=9, text='16GB', ...)]
    """

    def __init__(self, spec: WordSpec | None = None) -> None:
        self.spec = spec or WordSpec()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle to the specification."""
        return type(self), (self.spec,)

    def words(self, text: str) -> list[Word]:
        """Cut one text into words.

        Parameters
        ----------
        text : str

        Returns
        -------
        list of Word
            In text order; empty where there is nothing but white space.
        """
        folded = fold_text(text)
        tokens: Iterable[Token] = find_tokens(self._rules, folded)
        if _HAS_HAN(folded):
            tokens = _merge(list(tokens), _locate(self._cut(folded)))
        return [Word(start, end, text[start:end], kind) for start, end, kind in tokens]

    @cached_property
    def _rules(self) -> re.Pattern[str]:
        """Compile the rules for all that is not Chinese."""
        words = (fold_text(word) for word, _, _ in self.spec.user_words)
        return compile_rules(word for word in words if not _HAS_HAN(word))

    @cached_property
    def _cut(self) -> Cut:
        """Build the Chinese segmenter."""
        folded = ((fold_text(word), count, tag) for word, count, tag in self.spec.user_words)
        chinese = [entry for entry in folded if _HAS_HAN(entry[0])]
        if self.spec.segmenter == "rjieba":
            return load_rjieba(chinese)
        return load_jieba(chinese, use_hmm=self.spec.use_hmm)


@cache
def load_segmenter(spec: WordSpec | None = None) -> WordSegmenter:
    """Give the segmenter of a specification; one per process, since a dictionary takes 0.1 s.

    Parameters
    ----------
    spec : WordSpec, optional

    Returns
    -------
    WordSegmenter

    Examples
    --------
    >>> load_segmenter() is load_segmenter()
    True
    """
    return WordSegmenter(spec)


def _locate(pieces: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of every piece that holds an ideograph."""
    start = 0
    for piece in pieces:
        end = start + len(piece)
        if "\u4e00" <= piece[0] <= "\u9fff" or _HAS_HAN(piece):
            yield start, end
        start = end


def _merge(tokens: list[Token], chinese: Iterable[tuple[int, int]]) -> Iterator[Token]:
    """Merge Chinese words into the tokens of the rules, both in text order.

    A Chinese word that covers whole tokens of letters and digits (T恤) takes their place; where
    the two cut across each other the token stays whole and the rest of the word stands alone.
    """
    i, n, position = 0, len(tokens), 0
    for word_start, end in chinese:
        while i < n and tokens[i][1] <= word_start:
            yield tokens[i]
            position = tokens[i][1]
            i += 1
        start = max(word_start, position)
        inside = i
        while inside < n and tokens[inside][0] >= start and tokens[inside][1] <= end:
            inside += 1
        if (inside == n or tokens[inside][0] >= end) and start == word_start:
            i = inside
        while i < n and tokens[i][0] < end:
            if tokens[i][0] > start:
                yield start, tokens[i][0], "zh"
            yield tokens[i]
            start = position = max(start, tokens[i][1])
            i += 1
        if start < end:
            yield start, end, "zh"
            position = end
    yield from tokens[i:]
