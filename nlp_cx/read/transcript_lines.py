"""One line of a plain transcript: does it open a turn, part conversations, or neither."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from nlp_cx.read.role_names import fold_name, load_role_words, recognize_name

_CLOCK = (
    r"(?:(?:上午|下午|晚上|凌晨|中午|早上|傍晚|AM|PM)\s*)?\d{1,2}[:：时時]\d{2}"
    r"(?:[:：分]\d{2}(?:[.,]\d{1,6})?\s*秒?|分)?(?![:：]?\d)(?:\s*[AaPp]\.?[Mm]\.?)?"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE = (
    r"(?:\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?"
    rf"|\d{{1,2}}月\d{{1,2}}日|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?"
    rf"|\d{{1,2}}\s+{_MONTH}(?:,?\s+\d{{4}})?"
    r"|昨天|今天|前天|昨日|今日|yesterday|today|(?:星期|周|週)[一二三四五六日天]"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
)
_TIME = (
    rf"(?:{_DATE}(?:\s*(?:T|,|at)?\s*{_DATE})?\s*(?:T|,|at|-)?\s*)?{_CLOCK}(?:Z|\s?[+-]\d\d:?\d\d)?"
)
_LABEL = r"[^\s:：\[\]【】<>,，。！？!?;；|][^\t:：\[\]【】<>,，。！？!?;；|]{0,39}?"
_OPEN, _CLOSE = r"[\[(（【<]?\s*", r"\s*[\])）】>]?"


def _pattern(text: str) -> re.Pattern[str]:
    """Compile a line form for a whole line, whatever the case."""
    return re.compile(text, re.IGNORECASE | re.DOTALL)


_TIME_FIRST = {
    "time\tlabel\t": _pattern(rf"(?P<time>{_TIME})\t(?P<label>{_LABEL})\t(?P<text>.*)"),
    "time label:": _pattern(
        rf"{_OPEN}(?P<time>{_TIME}){_CLOSE}\s*[-–—|]?\s*(?P<label>{_LABEL})\s*[:：](?P<text>.*)"
    ),
    "time <label>": _pattern(
        rf"{_OPEN}(?P<time>{_TIME}){_CLOSE}\s*[-–—|]?\s*[<\[【](?P<label>{_LABEL})[>\]】]"
        r"\s*[:：]?(?P<text>.*)"
    ),
    "time label": _pattern(
        rf"{_OPEN}(?P<time>{_TIME}){_CLOSE}\s*[-–—|]?\s*(?P<label>{_LABEL})(?P<text>\s*)"
    ),
}
_LABEL_FIRST = {
    "label time": _pattern(
        rf"(?P<label>{_LABEL})\s*[:：]?\s*{_OPEN}(?<!\d)(?P<time>{_TIME}){_CLOSE}\s*[:：]?(?P<text>\s*)"
    ),
    "label time:": _pattern(
        rf"(?P<label>{_LABEL})\s*{_OPEN}(?<!\d)(?P<time>{_TIME}){_CLOSE}\s*[:：](?P<text>.*)"
    ),
    "label [time]": _pattern(
        rf"(?P<label>{_LABEL})\s*[\[(（【]\s*(?P<time>{_TIME})\s*[\])）】](?P<text>.*)"
    ),
}
_UNTIMED = {
    "label\t": _pattern(rf"(?P<label>{_LABEL})\t(?P<text>.*)"),
    "label:": _pattern(
        rf"(?P<label>{_LABEL}(?:[\[【][^\[\]【】:：]{{1,20}}[\]】])?)\s*[:：](?P<text>.*)"
    ),
    "[label]": _pattern(rf"[\[【<](?P<label>{_LABEL})[\]】>]\s*[:：]?(?P<text>.*)"),
}
_HAS_CLOCK = re.compile(r"\d[:：时時]\d\d")
_BEGINS_WITH_TIME = re.compile(rf"{_OPEN}{_TIME}", re.IGNORECASE)
_CONVERSATION = re.compile(
    r"[\s#=*\-—【\[<]*(?:会话|會話|对话|對話|聊天|工单|session|conversation|chat|ticket|dialog(?:ue)?)"
    r"\s*(?:(?P<word>id|编号|編號|号|號|no\.?|number|#)\s*[:：=#.]?|[:：=#]|(?=[\s\d]))\s*"
    r"(?P<id>[\w][\w.\-/]{0,63})[\s】\]>=*\-—#]*(?P<rest>\s.*)?",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:[-–—=_*#~＝－]\s?){3,}\s*")
_DECORATION = " \t*-–—=_#~[]【】()（）<>.。!！"
_MARKS = re.compile(r"[:：时時\[【<\t]")
_ADDRESS = re.compile(r"亲爱的|尊敬的|dear\b|hi\b|hello\b|您好|你好")
_ROLE_ONLY = frozenset({"[label]", "label\t"})


class Opening(NamedTuple):
    """The start of a turn as one line shows it."""

    form: str
    label: str
    time: str | None
    text: str | None
    """None where the line holds no text and the text may follow in the next lines."""


def parse_opening(line: str) -> Opening | None:
    """Read a line as the opening of a turn, if its form allows.

    Parameters
    ----------
    line : str
        Without its line end.

    Returns
    -------
    Opening or None
        None where no form fits or the words before the colon name a field (订单号, note). A form
        that fits is no proof: "方案一: 退款" has one. `nlp_cx.read.transcripts` weighs it.

    Examples
    --------
    >>> parse_opening("[2024-05-01 10:02:33] 张三(客户): 还没收到")
    Opening(form='time label:', label='张三(客户)', time='2024-05-01 10:02:33', text='还没收到')
    >>> parse_opening("Agent 10:02")
    Opening(form='label time', label='Agent', time='10:02', text=None)
    >>> parse_opening("订单号: 123") is None
    True
    """
    line = line.strip("\u200e\u200f\ufeff \t")
    if not _MARKS.search(line, 0, 120):
        return None
    forms = _UNTIMED
    if _HAS_CLOCK.search(line, 0, 120):
        forms = (_TIME_FIRST if _BEGINS_WITH_TIME.match(line) else _LABEL_FIRST) | _UNTIMED
    for form, pattern in forms.items():
        match = pattern.fullmatch(line)
        if match is None:
            continue
        label = match["label"].strip(" \t-–—|")
        if not _may_speak(label) or (form in _ROLE_ONLY and not is_role(label)):
            continue
        text = match["text"]
        if form == "label:" and label[-1:].isdigit() and text[:1].isdigit():
            continue
        time = match.groupdict().get("time")
        text = text[1:] if text[:1] == " " else text
        return Opening(form, label, time and time.strip(), text if text.strip() else None)
    return None


def conversation_id(line: str) -> tuple[str, str] | None:
    """Read a line such as ``会话ID: 123`` or ``Conversation 5``.

    Returns
    -------
    (str, str) or None
        The id, and what stands behind it on the line.

    Examples
    --------
    >>> conversation_id("==== 会话编号：A-17 ===="), conversation_id("Conversation 5")
    (('A-17', ''), ('5', ''))
    >>> conversation_id("会话 结束") is None
    True
    """
    match = _CONVERSATION.fullmatch(line) if len(line) <= 200 else None
    if match is None or not (match["word"] or any(c.isdigit() for c in match["id"])):
        return None
    return match["id"], (match["rest"] or "").strip()


def is_rule(line: str) -> bool:
    """Tell whether a line is drawn: three or more dashes, equal signs, stars or the like.

    Examples
    --------
    >>> is_rule("--------"), is_rule("— — —"), is_rule("--")
    (True, True, False)
    """
    return _RULE.fullmatch(line) is not None


def is_notice(line: str) -> bool:
    """Tell whether a line was written by the chat program, e.g. that somebody joined.

    Examples
    --------
    >>> is_notice("*** 客服小美 已加入会话 ***"), is_notice("Agent Kim joined the chat")
    (True, True)
    >>> is_notice("会话老是断线，怎么回事")
    False
    """
    bare = unicodedata.normalize("NFKC", line).strip(_DECORATION).casefold()
    return 2 < len(bare) <= 60 and any(notice.fullmatch(bare) for notice in _notices())


@lru_cache(maxsize=65_536)
def is_role(label: str) -> bool:
    """Tell whether a label is a word for a role, not just a name that holds one.

    Examples
    --------
    >>> is_role("客服003"), is_role("张三(客户)"), is_role("客户反馈如下")
    (True, True, False)
    """
    return recognize_name(label).confidence >= 0.95


@lru_cache(maxsize=65_536)
def _may_speak(label: str) -> bool:
    """Tell whether a label may be a speaker: short, with letters, and not the name of a field."""
    folded = fold_name(label)
    if not any(c.isalpha() for c in folded) or len(folded.split()) > 5 or "//" in label:
        return False
    fields, tails = _fields()
    if folded in fields or _ADDRESS.match(folded):
        return False
    last = folded.rsplit(" ", 1)[-1] if folded.isascii() else folded
    return not ((len(last) > 1 and last in fields) or folded.endswith(tails)) or is_role(label)


@cache
def _fields() -> tuple[frozenset[str], tuple[str, ...]]:
    """Give the field names, and those that also end longer field names (客户姓名)."""
    names = load_role_words()["labels"]["fields"]
    return frozenset(names), tuple(n for n in names if len(n) > 1 and not n.isascii())


@cache
def _notices() -> tuple[re.Pattern[str], ...]:
    """Compile the lines that chat programs write themselves."""
    return tuple(re.compile(p) for p in load_role_words()["labels"]["notices"])
