"""Find the words that rules can tell: English, numbers, emoji, emoticons, links and marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np

from nlp_cx.text.characters import (
    EMOJI,
    EXTENDER,
    LETTER,
    LOWER,
    SYLLABLE,
    UPPER,
    load_characters,
)

HAN_CLASS = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Ideographs, for use between the brackets of a regular expression."""

Kind = Literal["zh", "en", "number", "emoji", "emoticon", "mark"]
"""Kinds of words."""

Token = tuple[int, int, Kind]
"""Start, end and kind of one word."""

# Bounded or possessive repeats only: a run of 100,000 equal characters is read in one pass.
_URL = r"(?a:(?:https?://|ftp://|www\.)[\w\-.~:/?#@!$&'*+,;=%]*[\w/=&#%~-])"
_DOMAIN = (
    r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,40}\.){1,3}(?:com|cn|net|org|edu|gov|hk|tw|info|co\.uk)"
    r"(?![A-Za-z0-9])(?a:/(?:[\w\-.~/?#&=%]*[\w/=&#%~-])?)?"
)
_EMAIL = r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,24}"
_MENTION = r"@[A-Za-z0-9_]++"
_HASHTAG = r"#[A-Za-z][A-Za-z0-9_]*+"

# Western faces; a bracket or a letter as mouth must end the word, so that "如下：（1）" and
# "size:P20" are no faces.
_WESTERN = (
    r"[:;=][-'o^,]?(?:\)++|\(++(?!\w)|[DPpOoX](?![A-Za-z0-9])|\]|\[(?!\w)|[|/\\](?![\w/\\]))"
    r"|(?<!\w)[:;=]-?3(?![\w.,、:)%])"  # no face: 做工粗糙;3.物流慢
    r"|>?:'?-?\(++(?!\w)|:'\)|</?3(?![\d.%])|[xX]D++(?![A-Za-z0-9])"
)
_EASTERN_WORDS = (
    r"(?:[TQ][_.^][TQ]|[QTO][AWwO][QTO]|[oO][_.][oO]|[uU][_.]?[uU]|[xX]_[xX]|orz|Orz|OTZ|OTL)"
    r"(?![A-Za-z0-9_])"
)
_FACE = (
    r"(?:\^[_.o▽ω]{0,3}\^|>[_.﹏]{1,3}<|-[_.]{1,3}-|=[_.]{1,3}=|@_@|\*_\*|\$_\$|;_;|~_~|→_→|←_←"
    r"|[≧≦⊙◕•●°ಠಥ´`╯∩・￣¯﹒˘＾*✧][ _.oOuvωεдД□▽∇∀﹏︵‿ᴗ益皿人ー]{1,3}[≧≦⊙◕•●°ಠಥ´`╯╰∩・￣¯﹒˘＾*✧])"
)
_EASTERN = (
    rf"(?:[\\~oOヽノ╯┗ε]{{0,2}}\([^\s\w()]{{0,3}}{_FACE}[^\s\w()]{{0,3}}\)[/~oOノﾉ╯︵╰┛づっ♡]{{0,3}}"
    rf"|¯\\_\(ツ\)_/¯|{_FACE}(?:\|\||;|b)?)"
)

_CURRENCY = r"(?:(?:US|HK|NT|AU|CA|SG|[ACS])?\$|[€£¥₩₹])"
_NUMBER = (
    rf"{_CURRENCY}?\d++(?:,\d{{3}}(?!\d))*+(?:[.:/*×~-]\d++)*+"
    r"(?:[ap]\.m\.?|[%‰℃℉€£$]|°[CF]?"
    r"|(?:[A-Za-z][A-Za-z0-9]*+|(?=-[A-Za-z]))(?:-[A-Za-z][A-Za-z0-9]*+)*+(?:-\d++)?"
    r"(?:/(?:s|h|hr|min|day|d|mo|month|yr|year|night)(?![A-Za-z]))?)?"
)


def compile_rules(literals: Iterable[str] = ()) -> re.Pattern[str]:
    """Compile the word rules into one expression, whose group names are kinds.

    Parameters
    ----------
    literals : iterable of str
        Words without ideographs that are one word whatever the rules say (``"Face ID"``).

    Returns
    -------
    re.Pattern
        For use by `find_tokens`.
    """
    letter = rf"[{_class_of(LOWER, UPPER, LETTER)}][{_class_of(EXTENDER)}]*+"
    word = rf"{letter}(?:[A-Za-z0-9_]++|{letter})*+"
    english = (
        r"(?:[A-Za-z]\.){2,8}+(?![A-Za-z])"  # e.g., U.S.A.
        r"|[A-Z]{1,2}&[A-Z]{1,2}(?![A-Za-z])"  # AT&T, B&B
        r"|[A-Za-z](?:\+\+|\#)(?!\w)"  # C++, C#
        rf"|{word}(?:['´`-](?={letter}){word})*+(?:-\d++)?"  # don't, check-in, covid-19
    )
    picture = (
        rf"[{_class_of(EMOJI)}\U0001f000-\U0001faff]"
        r"\ufe0f?[\U0001f3fb-\U0001f3ff]?\u20e3?"
    )
    emoji = (
        r"[0-9#*]\ufe0f?\u20e3"
        r"|(?=[^\x00-\x7f])(?:[\U0001f1e6-\U0001f1ff]{2}"
        r"|\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
        rf"|{picture}(?:\u200d(?:{picture}|[\u2000-\u2bff]\ufe0f?))*+"
        r"|[\u00a9\u00ae\u2000-\u33ff]\ufe0f)"
    )
    plain = rf"(?!{_EASTERN_WORDS}|[xX]D)[A-Za-z]++(?=[ ,!?;\"]|$)"
    own = sorted(set(literals), key=len, reverse=True)
    parts = {  # the most frequent ones first
        "han": rf"[{HAN_CLASS}]++",
        "own": rf"(?<!\w)(?:{'|'.join(map(re.escape, own))})(?!\w)" if own else "(?!)",
        "plain": plain,
        "stop": r"(?P<twice>[,。、!?])(?P=twice)*+",
        "emoji": emoji,
        "link": f"{_URL}|{_EMAIL}|{_DOMAIN}|{_MENTION}",
        "emoticon": f"{_EASTERN}|{_EASTERN_WORDS}|{_WESTERN}",
        "number": _NUMBER,
        "en": f"{_HASHTAG}|{english}",
        "syllable": rf"(?:[{_class_of(SYLLABLE)}][{_class_of(EXTENDER)}]*+)++",
        "mark": r"(?P<same>\S)(?P=same)*+",
    }
    return re.compile("|".join(f"(?P<{name}>{part})" for name, part in parts.items()))


_KINDS: dict[str | None, Kind] = {
    "plain": "en",
    "stop": "mark",
    "emoji": "emoji",
    "own": "en",
    "link": "mark",
    "emoticon": "emoticon",
    "number": "number",
    "en": "en",
    "syllable": "en",
    "mark": "mark",
}


def find_tokens(rules: re.Pattern[str], text: str) -> Iterator[Token]:
    """Yield the words of a folded text that are not Chinese, in text order.

    Parameters
    ----------
    rules : re.Pattern
        From `compile_rules`.
    text : str
        Folded text (`fold_text`).

    Yields
    ------
    tuple of (start, end, kind)
        They and the ideographs together cover all but white space.

    Examples
    --------
    >>> [text[a:b] for text in ["Didn't work, only 3.5GB :("]
    ...  for a, b, _ in find_tokens(compile_rules(), text)]
    ["Didn't", 'work', ',', 'only', '3.5GB', ':(']
    """
    for match in rules.finditer(text):
        kind = _KINDS.get(match.lastgroup)  # None: ideographs
        if kind is not None:
            yield match.start(), match.end(), kind


def _class_of(*classes: int) -> str:
    """Write the characters of some classes as ranges for a regular expression.

    Only those of the first plane: `re` looks them up in a bit map, but compares ranges beyond it
    one by one, and letters there are of historic scripts.
    """
    member = np.isin(load_characters()[:0x10000], classes).astype(np.int8)
    edges = np.flatnonzero(np.diff(member, prepend=0, append=0))
    return "".join(
        f"\\u{first:04x}-\\u{stop - 1:04x}" for first, stop in edges.reshape(-1, 2).tolist()
    )
