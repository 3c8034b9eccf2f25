"""Find aspects and opinions in a Chinese clause, by the order of its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from nlp_cx.analyze.terms.mention import Mention
from nlp_cx.analyze.terms.word_book import load_word_book, load_word_tags
from nlp_cx.text.words import Word

_REACH = 6
"""Words that are read to the left of an opinion."""
_MARKED = frozenset({"mark", "emoji", "emoticon"})
_CONJUNCTIONS = frozenset(["但", "但是", "而且", "就是", "不过", "可是", "所以", "还有"])
_FULL_NEGATIONS = {
    "不是": "不",
    "并不": "不",
    "并不是": "不",
    "不太": "不",
    "不算": "不",
    "不会": "不",
    "不大": "不",
    "不能": "不",
    "不怎么": "不",
    "不很": "不",
    "毫不": "不",
    "不再": "不",
    "绝不": "不",
    "从不": "不",
    "不那么": "不",
    "一点不": "不",
    "谈不上": "不",
    "算不上": "不",
    "称不上": "不",
    "没": "没",
    "没有": "没",
    "没什么": "没",
    "没那么": "不",
    "并没有": "没",
    "毫无": "无",
}


class _Book(NamedTuple):
    """The word lists, as the rules need them."""

    opinions: frozenset[str]
    not_opinions: frozenset[str]
    events: frozenset[str]
    degrees: frozenset[str]
    negations: frozenset[str]
    between: frozenset[str]
    aspects: frozenset[str]
    attributes: frozenset[str]
    not_aspects: frozenset[str]
    unreal: frozenset[str]
    competitor: frozenset[str]
    coordinators: frozenset[str]
    particles: frozenset[str]
    verbs_of_manner: frozenset[str]
    vague: frozenset[str]
    degree_prefixes: frozenset[str]
    keep_prefix: frozenset[str]


@cache
def _load_book() -> _Book:
    """Read the lists once."""
    words = load_word_book("zh")
    return _Book(*(words[name] for name in _Book._fields))


def find_chinese_mentions(words: Sequence[Word], texts: Sequence[str]) -> Iterator[Mention]:
    """Find what a Chinese clause says of aspects.

    Parameters
    ----------
    words : sequence of Word
        The clause.
    texts : sequence of str
        The same words folded.

    Yields
    ------
    Mention

    Notes
    -----
    From every opinion word the rules read to the left, over degrees, negations and words such as
    也 and 是, to the first noun: 服务员态度很差 gives 服务员–态度差, since an attribute joins
    its opinion. 好吃的菜 is read to the right, 送得太慢 gives 送–慢, 没有筷子 gives 筷子–没有,
    and 太贵了 without any noun gives an empty aspect. In 味道比别家好 the noun after 比 is passed
    over. Clauses of wishes, conditions and questions state nothing.

    Examples
    --------
    >>> from nlp_cx.text.words import load_segmenter
    >>> words = load_segmenter().words("环境、服务都很好，房间不干净")
    >>> [m[:2] for m in find_chinese_mentions(words, [w.text for w in words])]
    [('服务', ('好',)), ('环境', ('好',)), ('房间', ('不', '干净'))]
    """
    book, tags = _load_book(), load_word_tags()
    if not book.unreal.isdisjoint(texts) or "?" in texts:
        return
    for i, text in enumerate(texts):
        if _is_opinion(text, book, tags) and _is_predicate(i, words, texts, book):
            yield from _read_opinion(i, words, texts)
        elif text in ("没有", "没", "无"):
            j = i + 1
            following = texts[j] if j < len(texts) else ""
            after = texts[j + 1] if j + 1 < len(texts) else ""
            is_end = j + 1 >= len(texts) or words[j + 1].kind in _MARKED or after in book.particles
            if is_end and _is_aspect(following, words[j].kind if following else "mark", book, tags):
                yield Mention(following, (text if len(text) > 1 else "没有",))


def _read_opinion(i: int, words: Sequence[Word], texts: Sequence[str]) -> Iterator[Mention]:
    """Give the mentions of the opinion at `i`."""
    book, tags = _load_book(), load_word_tags()
    negation: tuple[str, ...] = ()
    j = i - 1
    while j >= 0 and i - j <= _REACH:
        text = texts[j]
        if text in book.negations and not negation and i - j <= 2:
            negation = (_FULL_NEGATIONS.get(text, text),)
        elif text in book.degrees or text in book.between:
            if text == "得" and j > 0 and _is_manner(texts[j - 1], book):
                yield Mention(texts[j - 1], (*negation, *_strip_opinion(texts[i], book)))
                return
        else:
            break
        j -= 1
    opinion = (*negation, *_strip_opinion(texts[i], book))
    if j >= 0 and i - j <= _REACH and _is_aspect(texts[j], words[j].kind, book, tags):
        before = texts[j - 1] if j > 0 else ""
        if before[:-1] in book.aspects and before.endswith("比"):  # 价格比 is a word to jieba
            yield Mention(before[:-1], opinion)
            return
        if before in book.competitor:
            j = _skip_competitor(j - 2, words, texts)
        if j >= 0 and _is_aspect(texts[j], words[j].kind, book, tags):
            yield from _read_aspects(j, opinion, words, texts)
        return
    is_open = j < 0 or words[j].kind in _MARKED
    right = _read_right(i, words, texts)
    if right:
        yield Mention(right, opinion)
    elif is_open and "".join(opinion) not in book.vague:
        yield Mention("", opinion)


def _skip_competitor(j: int, words: Sequence[Word], texts: Sequence[str]) -> int:
    """Go on to the left of what is compared with; -1 where nothing is there."""
    book, tags = _load_book(), load_word_tags()
    while j >= 0 and (texts[j] in book.degrees or texts[j] in book.between):
        j -= 1
    return j if j >= 0 and _is_aspect(texts[j], words[j].kind, book, tags) else -1


def _read_aspects(
    j: int, opinion: tuple[str, ...], words: Sequence[Word], texts: Sequence[str]
) -> Iterator[Mention]:
    """Give the aspect at `j`, and those joined to it: 环境、服务都好."""
    book, tags = _load_book(), load_word_tags()
    if texts[j] in book.attributes:
        k = j - 2 if j > 1 and texts[j - 1] == "的" else j - 1
        if (
            k >= 0
            and texts[k] not in book.attributes
            and _is_aspect(texts[k], words[k].kind, book, tags)
        ):
            yield Mention(_name_staff(k, texts, book), (texts[j], *opinion))
            return
    yield Mention(_name_staff(j, texts, book), opinion)
    while j > 1 and texts[j - 1] in ("、", "和", "与", "跟", "及", "/"):
        j -= 2
        if not _is_aspect(texts[j], words[j].kind, book, tags):
            return
        yield Mention(texts[j], opinion)


def _name_staff(j: int, texts: Sequence[str], book: _Book) -> str:
    """Give the aspect at `j`, with the word before 人员, which says little alone."""
    before = texts[j - 1] if j > 0 and texts[j] == "人员" else ""
    if before == "工作" or before in book.aspects or before in book.verbs_of_manner:
        return before + texts[j]
    return texts[j]


def _read_right(i: int, words: Sequence[Word], texts: Sequence[str]) -> str:
    """Give the noun that the opinion at `i` stands before: 好吃的菜; empty where there is none."""
    book, tags = _load_book(), load_word_tags()
    k = i + 2
    if k < len(texts) and texts[i + 1] == "的":
        is_last = k + 1 == len(texts) or words[k + 1].kind in _MARKED
        if is_last and _is_aspect(texts[k], words[k].kind, book, tags):
            return texts[k]
    return ""


def _strip_opinion(text: str, book: _Book) -> tuple[str, ...]:
    """Take the degree off a word (太慢), and part a negation from it (不好)."""
    first, rest = text[0], text[1:]
    if text in book.keep_prefix or rest not in book.opinions:
        return (text,)
    if first in book.degree_prefixes:
        return (rest,)
    return ("不", rest) if first == "不" else (text,)


def _is_opinion(text: str, book: _Book, tags: dict[str, str]) -> bool:
    """Tell whether a word judges."""
    if text in book.not_opinions:
        return False
    if text in book.opinions or text in book.events:
        return True
    if text[:1] == "太" and text[1:] in book.opinions and text != "太平":
        return True  # 太小, 太硬: one word to the dictionary
    return len(text) > 1 and tags.get(text) == "adjective" and text not in book.degrees


def _is_aspect(text: str, kind: str, book: _Book, tags: dict[str, str]) -> bool:
    """Tell whether a word can be what an opinion is about."""
    if not text or kind in _MARKED or kind == "number" or text in book.not_aspects:
        return False
    if text in book.aspects:
        return True
    if text in book.opinions or text in book.degrees or text in book.between:
        return False
    if kind == "en":
        return len(text) > 1
    return len(text) > 1 and tags.get(text) == "noun"


def _is_manner(text: str, book: _Book) -> bool:
    """Tell whether a verb before 得 names an aspect."""
    return text in book.verbs_of_manner


def _is_predicate(i: int, words: Sequence[Word], texts: Sequence[str], book: _Book) -> bool:
    """Tell whether the word at `i` says something, not only belongs to the next (多 放, 大 床)."""
    if i + 1 >= len(texts):
        return True
    if texts[i] == "一般" and texts[i + 1] in ("的", "地"):
        return False  # 不是一般的慢
    after, kind = texts[i + 1], words[i + 1].kind
    if kind in _MARKED or after in book.particles or after in book.coordinators:
        return True
    if len(texts[i]) > 1 or after in book.degrees or after in _CONJUNCTIONS:
        return True
    if i == 0 or after not in book.aspects:  # 多 放 点, 大 床 房
        return False
    before = texts[i - 1]
    return before in book.degrees or _is_aspect(before, words[i - 1].kind, book, load_word_tags())
