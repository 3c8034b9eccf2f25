"""Find aspects and opinions in an English clause, by the order of its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from nlp_cx.analyze.terms.mention import Mention
from nlp_cx.analyze.terms.word_book import load_word_book

IsNoun = Callable[[str], bool]
"""Whether a word is used as a noun in these texts."""

_REACH = 7
"""Words that are read to the left of an opinion."""
_LONGEST_NOUN = 3


class _Book(NamedTuple):
    """The word lists, as the rules need them."""

    opinions: frozenset[str]
    events: frozenset[str]
    likes: frozenset[str]
    degrees: frozenset[str]
    negations: frozenset[str]
    links: frozenset[str]
    acts: frozenset[str]
    manners: frozenset[str]
    determiners: frozenset[str]
    pronouns: frozenset[str]
    unreal: frozenset[str]
    function_words: frozenset[str]
    not_aspects: frozenset[str]
    no_nouns_not: frozenset[str]
    vague: frozenset[str]
    fixed: frozenset[str]


@cache
def _load_forms() -> dict[str, str]:
    """Read which verb forms are written alike: ran small is runs small."""
    return dict(form.split(":") for form in load_word_book("en")["forms"])


@cache
def _load_book() -> _Book:
    """Read the lists once."""
    words = load_word_book("en")
    return _Book(*(words[name] for name in _Book._fields))


def find_english_mentions(texts: Sequence[str], is_noun: IsNoun) -> Iterator[Mention]:
    """Find what an English clause says of aspects.

    Parameters
    ----------
    texts : sequence of str
        The words of the clause in lower case; a mark is a word too.
    is_noun : callable
        Tells whether a word is used as a noun.

    Yields
    ------
    Mention

    Notes
    -----
    ``the staff was rude`` and ``rude staff``; ``loved the color``; ``no towels``; ``runs small``
    and ``fits well`` keep their verb. ``it was expensive`` has an empty aspect. Clauses with
    ``would``, ``if``, ``hope`` and the like state nothing.

    Examples
    --------
    >>> words = "the front desk was not very helpful but great breakfast".split()
    >>> nouns = {"desk", "front", "breakfast"}
    >>> [tuple(m) for m in find_english_mentions(words, nouns.__contains__)]
    [('desk', ('not', 'helpful'), 'front'), ('breakfast', ('great',), '')]
    """
    book = _load_book()
    if "?" in texts or not book.unreal.isdisjoint(texts):
        return
    for i, text in enumerate(texts):
        if text in book.opinions or text in book.events or _is_manner(i, texts, book):
            yield from _read_opinion(i, texts, is_noun)
        elif text in book.likes:
            yield from _read_liking(i, texts, is_noun)
        elif text == "no":
            noun = _read_noun(i + 1, texts, is_noun)
            if noun is not None and noun[0] not in book.no_nouns_not:
                yield Mention(noun[0], ("no",), noun[1])


def _is_manner(i: int, texts: Sequence[str], book: _Book) -> bool:
    """Tell whether the word at `i` tells how something fits, runs, works or came."""
    if texts[i] not in book.manners:
        return False
    j = i - 1
    while j > 0 and texts[j] in book.degrees:
        j -= 1
    return j >= 0 and texts[j] in book.acts


def _read_opinion(i: int, texts: Sequence[str], is_noun: IsNoun) -> Iterator[Mention]:
    """Give the mention of the opinion at `i`."""
    book = _load_book()
    is_negated, verb, is_linked, j = False, "", False, i - 1
    while j >= 0 and i - j <= _REACH:
        text = texts[j]
        if text in book.negations or text.endswith("n't"):
            is_negated = True
            is_linked = is_linked or text in book.links
        elif text in book.links:
            is_linked = True
        elif text in book.acts and texts[i] in book.manners and not verb:
            verb, is_linked = _load_forms().get(text, text), True
        elif text not in book.degrees:
            break
        j -= 1
    opinion = tuple(filter(None, ["not" if is_negated else "", verb, texts[i]]))
    noun = _read_noun(i + 1, texts, is_noun)
    if noun is not None and not verb:
        if not is_negated and noun[1] != texts[i]:
            yield Mention(noun[0], opinion, noun[1])
        return
    if is_linked:
        text = texts[j] if j >= 0 else ""
        if _is_aspect(text, is_noun, book):
            before = texts[j - 1] if j > 0 and _is_modifier(texts[j - 1], is_noun, book) else ""
            yield Mention(text, opinion, before)
            return
        is_open = not text or text in book.pronouns
    else:
        is_open = i - j > 1 and (j < 0 or not texts[j][0].isalnum())  # "so comfortable"
    if is_open and " ".join(opinion) not in book.vague and _ends(i + 1, texts, book):
        yield Mention("", opinion)


def _read_liking(i: int, texts: Sequence[str], is_noun: IsNoun) -> Iterator[Mention]:
    """Give the mention of ``loved the color``."""
    book = _load_book()
    before = texts[max(0, i - 3) : i]
    if texts[i] == "like" and not {"i", "we", "you"} & set(before):
        return  # it was like a sack
    j = i + 1
    while j < len(texts) and (
        texts[j] in book.determiners or texts[j] in book.opinions or texts[j] in ("how", "both")
    ):
        j += 1
    noun = _read_noun(j, texts, is_noun) if j > i + 1 else None
    if noun is None:
        return
    is_negated = any(text in book.negations or text.endswith("n't") for text in before)
    stem = _load_forms().get(texts[i], texts[i])
    yield Mention(noun[0], ("not", stem) if is_negated else (stem,), noun[1])


def _read_noun(j: int, texts: Sequence[str], is_noun: IsNoun) -> tuple[str, str] | None:
    """Give the head of the nouns from `j` on, and the word before it; None where none stands."""
    book = _load_book()
    k = j
    while k < len(texts) and k - j < 2 and (texts[k] in book.opinions or texts[k] in ("and", ",")):
        k += 1  # great big room
    first = k
    while k < len(texts) and k - first < _LONGEST_NOUN and _is_modifier(texts[k], is_noun, book):
        k += 1
    if k == first or not _is_aspect(texts[k - 1], is_noun, book):
        return None
    if k - 1 > first:
        return texts[k - 1], texts[k - 2]
    is_fixed = first > 0 and f"{texts[first - 1]}+{texts[k - 1]}" in book.fixed
    return texts[k - 1], texts[first - 1] if is_fixed else ""


def _is_aspect(text: str, is_noun: IsNoun, book: _Book) -> bool:
    """Tell whether a word can be what an opinion is about."""
    return _is_modifier(text, is_noun, book) and text not in book.not_aspects


def _is_modifier(text: str, is_noun: IsNoun, book: _Book) -> bool:
    """Tell whether a word can be part of a noun."""
    return (
        len(text) > 1
        and text.isascii()
        and text[0].isalpha()
        and text not in book.function_words
        and text not in book.opinions
        and is_noun(text)
    )


def _ends(j: int, texts: Sequence[str], book: _Book) -> bool:
    """Tell whether a predicate ends before `j`."""
    return (
        j >= len(texts)
        or not texts[j][0].isalnum()
        or texts[j] in ("and", "but", "for", "to", "in", "on", "as", "at", "with", "because", "so")
    )
