"""Rules for personal numbers and accounts: telephones, documents, cards, e-mail, chats, orders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nlp_cx.text.privacy_checks import (
    is_bank_card,
    is_hong_kong_id,
    is_mainland_id,
    is_private_foreign,
    is_private_line,
    is_private_nanp,
    is_private_qq,
    is_record,
    is_reference,
    is_taiwan_id,
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to find one kind of personal information in a folded text.

    Parameters
    ----------
    kind : str
        Key of `PII_KINDS`.
    cues : tuple of str
        Folded, lower-case strings of which one occurs in every text with a match; none where
        the digits alone decide.
    min_digits : int
        Every match has a group of at least so many digits, with up to two separators
        (`` -.()/+—``) between two of them.
    find : callable
        ``find(folded_text)`` yields half-open spans.
    """

    kind: str
    cues: tuple[str, ...]
    min_digits: int
    find: Callable[[str], Iterator[Span]]


def match_group(
    pattern: str, check: Callable[[str], bool] | None = None
) -> Callable[[str], Iterator[Span]]:
    """Make a finder of the group ``pii`` of a pattern.

    Parameters
    ----------
    pattern : str
        Regular expression with a group ``pii``; ``\\w`` and its like are ASCII. Repeats are
        bounded or possessive, so that time grows with the length of the text only; what a match
        needs beside itself it needs on both sides or in characters that are never masked, so that
        masking one match does not uncover the next.
    check : callable, optional
        Tells whether the text of the group is what it looks like.

    Returns
    -------
    callable
        The `find` of a `Rule`.
    """
    compiled = re.compile(pattern, re.ASCII)

    def find(text: str) -> Iterator[Span]:
        """Yield the spans of the group."""
        for match in compiled.finditer(text):
            if check is None or check(match["pii"]):
                yield match.span("pii")

    return find


_IS = r"(?:号码|字号|号|是|为|:|=|#|\(|\[|【|\"|'| ){0,6}"
"""What may stand between a cue and its value."""

_S = r"[ \-.—]"
_MOBILE = (
    rf"(?<!\d)(?<!\d\.)(?P<pii>(?:\(?(?:\+|00)?86\)?{_S}?)?"
    rf"1[3-9]\d(?:\d{{8}}|{_S}\d{{4}}{_S}\d{{4}}|{_S}\d{{8}}|\d{{4}}{_S}\d{{4}}"
    rf"|{_S}\d{{3}}{_S}\d{{5}}|\d{_S}\d{{3}}{_S}\d{{4}}))(?!\d)(?!\.\d)"
)
_MOBILE_ELSEWHERE = (
    r"(?<![\d\w-])(?P<pii>09\d\d([ -]?)\d{3}\2\d{3}"  # Taiwan
    r"|\+?852[ -]?[5-9]\d{3}[ -]?\d{4}"  # Hong Kong
    r"|(?:\+44 ?(?:\(0\))?|0)7\d{3} ?\d{3} ?\d{3})(?![\d-])"  # United Kingdom
)
_LANDLINE = (
    r"(?P<pii>(?:\(0(?:10|2\d|[3-9]\d\d)\) ?|(?<![\d\-.])0(?:10|2\d|[3-9]\d\d)[ \-—])"
    r"[2-9]\d{2,3}[ -]?\d{4}(?:[-转]\d{1,5})?)(?!\d)(?!-\d)"
)
_NANP = (
    r"(?P<pii>(?:(?<![\d.\-])\+?1[ .\-]?)?\([2-9]\d\d\)[ .\-]?[2-9]\d\d[ .\-]\d{4}"
    r"|(?<![\d.\-])(?<!\d )(?:\+?1[ .\-]?)?[2-9]\d\d([ .\-])[2-9]\d\d\2\d{4})"
    r"(?![\w\-])(?!\.\d)(?! \d)"
)
_INTERNATIONAL = r"(?P<pii>\+[1-9]\d{0,2}(?:[ \-.()]{0,2}\d){7,12})(?!\d)"
_HAN = re.compile(r"[\u4e00-\u9fff]").search
_TEN_DIGITS = r"(?<![\w./=\-])(?P<pii>[2-9]\d{9})(?![\w\-])(?!\.\d)"
_TEN = match_group(_TEN_DIGITS, is_private_nanp)
_PHONE_CUES = ("电话", "座机", "固话", "手机", "联系方式")
_PHONE_CUES_EN = ("phone", "call", "tel", "whatsapp", "mobile", "cell", "my number", "reach me")
_LOCAL = (
    rf"(?:{'|'.join(_PHONE_CUES)}|(?i:\b(?:{'|'.join(_PHONE_CUES_EN)})))"
    r"(?:[:是为码号 (#.]|(?i:me|at|on|is|my|us|no|number|or text)\b){0,8}"
    r"(?P<pii>0(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}|[2-9]\d{2,3}[ -]?\d{4}|[2-9]\d{2}[2-9]\d{6})"
    r"(?![\w\-])(?!\.\d)(?! ?[元块个条次分])"
)

_ID_18 = (
    r"(?<![A-Za-z\d])(?P<pii>[1-9]\d{5}[ -]?(?:18|19|20)\d{2}[01]\d[0-3]\d[ -]?\d{3}[\dXx])"
    r"(?![A-Za-z\d])"
)
_ID_15 = rf"身份证{_IS}(?P<pii>[1-9]\d{{7}}[01]\d[0-3]\d{{4}})(?![A-Za-z\d])"
_ID_HONG_KONG = r"(?<![A-Za-z\d])(?P<pii>[A-Z]{1,2}\d{6}\([\dA]\))"
_ID_TAIWAN = rf"(?:身[分份]证|(?i:\bID)){_IS}(?P<pii>[A-Za-z][1289]\d{{8}})(?!\w)"
_PASSPORT = (
    rf"(?:护照|(?i:passport)(?i: ?(?:number|no\b\.?))?){_IS}(?:(?i:is ))?"
    r"(?P<pii>[A-Za-z]{1,2}\d{7,8}|\d{9})(?!\w)"
)
_SSN = r"(?<![\w-])(?P<pii>(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4})(?![\w-])"
_SSN_NAMED = (
    r"(?i:\bssn|social security)(?i:[:# ]|no\b|number|is|was){0,6}"
    r"(?P<pii>\d{3}([ -]?)\d{2}\2\d{4})(?![\w-])"
)
_CARD = (
    r"(?<!\w)(?P<pii>\d{4}([ -]?)\d{4}\2\d{4}\2\d{4}(?:\2?\d{1,3})?"
    r"|3[47]\d\d([ -]?)\d{6}\3\d{5})(?!\w)"
)

_PROVIDERS = "qq|vip|163|126|139|188|189|sina|sohu|foxmail|gmail|hotmail|outlook|yahoo|icloud"
_EMAIL_CUES = tuple(f"{c}@" for c in "abcdefghijklmnopqrstuvwxyz0123456789._%+-")
_AT_HOST = (
    r"[A-Za-z0-9._%+\-]{0,63}@(?:(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,24}"
    rf"|(?i:{_PROVIDERS})[.。,·]?(?i:com(?:\.?cn)?|cn|net))(?![A-Za-z0-9])"
)
_EMAIL = rf"(?<![A-Za-z0-9._%+\-])(?P<pii>[A-Za-z0-9_]{_AT_HOST}(?:[._%+\-]{_AT_HOST})*+)"
_WECHAT_CUES = ("微信", "薇信", "威信", "v信")
_WECHAT_CUES_EN = ("wechat", "weixin", "vx")
_WECHAT = (
    rf"(?:(?<!关注)(?<!官方)(?i:{'|'.join(_WECHAT_CUES)})"
    rf"|(?<![A-Za-z0-9])(?i:{'|'.join(_WECHAT_CUES_EN)}))(?i:(?! ?公众|pay)) ?"
    r"(?:(?i:号码?|账号|帐号|id|number)(?:[:是为= (]|(?i:is)){0,4}"
    r"(?P<a>[A-Za-z][A-Za-z0-9_-]{5,19}|\d{6,11})"
    r"|[:是为加= (我]{0,4}(?P<b>[A-Za-z](?=[A-Za-z_-]{0,18}\d)[A-Za-z0-9_-]{5,19})"
    r"|[:是为加=]{1,3} ?(?P<c>\d{6,11}))(?![A-Za-z0-9_-])"
)
_QQ_CUES = ("qq", "扣扣", "企鹅")
_QQ = (
    rf"(?:(?<![A-Za-z0-9])(?i:{_QQ_CUES[0]})|{'|'.join(_QQ_CUES[1:])}) ?"
    r"(?P<pii>[1-9]\d{6,10}|(?:(?:号码?|群号?|账号|帐号|邮箱|(?i:id)|[:是为加=(]) ?){1,4}"
    r"(?P<number>[1-9]\d{4,10}))(?![\d\w])(?!\.\d)(?! ?[元块个条万人年月日%])"
)

_NUMBERED = (
    *("会员", "工单", "案件", "受理", "保单", "快递", "合同", "客户", "用户", "退款"),
    *("投诉", "报修", "服务单", "预约", "预订", "流水", "交易", "物流", "发票"),
)
_ORDER_CUES = (
    *("单号", "订单", "运单", "流水号", "受理号", "合同号", "发票号", "会员号", "卡号", "账号"),
    *("帐号", "预订号", "预定号", "取票号", "取件码", "案件号"),
    *(f"{noun}编号" for noun in _NUMBERED),
)
_ORDER_NOUNS = (
    "order", "tracking", "confirmation", "reference", "booking", "reservation", "invoice", "case",
    "ticket", "claim", "policy", "account", "member", "membership", "shipment", "waybill", "awb",
    "parcel", "transaction", "customer", "complaint", "pnr", "itinerary",
)  # fmt: skip
_ORDER_BEFORE = re.compile(
    rf"(?:(?:{'|'.join(_ORDER_CUES)})(?:号码|编号|[码号是为:#=(\[【\"“' ,我的]|(?i:no\b\.?)){{0,6}}"
    rf"|(?i:\b(?:{'|'.join(_ORDER_NOUNS)})(?:s|'s)?"
    r"(?: ?(?:number|num|no|nr|id|code|ref|reference)\b\.?| ?#){0,2}"
    r"(?: ?(?:is|was|are|of|my)\b|[:=#\"'(\[ ]){0,5}))$",
    re.ASCII,
).search
_ORDER_VALUE = re.compile(
    r"(?<![A-Za-z0-9\-])[A-Za-z\-]{0,12}\d[A-Za-z0-9\-]*+(?!\.\d)(?! ?[元块个万件])", re.ASCII
)
_AND = re.compile(r" ?(?:[、,/;和及与&]|and\b) ?(?:(?i:no\b)\.? ?|#)?").fullmatch
_CUE_LENGTH = 60
_RECORD_NOUNS = ("pnr", "booking", "reservation", "confirmation")
_RECORD = (
    r"(?i:(?:pnr|(?:booking|reservation|confirmation) (?:code|reference|ref|number|no\.?))"
    r"(?: is|[:# ]){0,3})(?P<pii>[A-Z0-9]{6})(?!\w)"
)
_PARCEL = (
    r"(?<!\w)(?P<pii>\d{2,3}-\d{7}-\d{7}"  # Amazon
    r"|[A-Z]{2}\d{9}[A-Z]{2}"  # postal union S10
    r"|(?:SF|YT|JT|JD|ZTO?|STO?|DPK)[A-Z]{0,2}\d{10,15})(?![\w-])"
)
_UPS = r"(?<!\w)(?P<pii>1Z[0-9A-Z]{16})(?!\w)"

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_STARTS = tuple(a + b for a in _PROVINCES for b in "abcdefghjklmnpqrstuvwxyz")
_PLATE = (
    rf"(?P<pii>[{_PROVINCES}]"
    r"[A-HJ-NP-Z][·. -]?(?=[A-Z]?\d{3}|\d[A-Z]{0,2}\d\d|\d\d[A-Z]\d)"
    r"[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳])(?![A-Za-z0-9])(?!-\d)"
)


def _find_wechat(text: str) -> Iterator[Span]:
    """Yield identifiers after the name of the application."""
    for match in re.finditer(_WECHAT, text, re.ASCII):
        yield next(match.span(group) for group in "abc" if match[group])


def _find_qq(text: str) -> Iterator[Span]:
    """Yield numbers of persons after QQ."""
    for match in re.finditer(_QQ, text, re.ASCII):
        group = "number" if match["number"] else "pii"
        if is_private_qq(match[group]):
            yield match.span(group)


def _find_orders(text: str) -> Iterator[Span]:
    """Yield the values, one or more, that follow a cue such as 订单号 or order no."""
    end = -1
    for match in _ORDER_VALUE.finditer(text):
        value = match[0].strip("-")
        if 5 <= len(value) <= 40 and is_reference(value):
            start = match.start() + match[0].index(value)
            is_next = end >= 0 and start - end < 8 and _AND(text, end, start)
            if is_next or _ORDER_BEFORE(text, max(0, start - _CUE_LENGTH), start):
                end = start + len(value)
                yield start, end


def _find_ten_digits(text: str) -> Iterator[Span]:
    """Yield ten digits in a text without Chinese.

    Without a cue, such numbers were error codes and shops as often as telephones in 460,000
    Chinese texts, and always telephone, chat or order numbers in 260,000 English ones.
    """
    if not _HAN(text):
        yield from _TEN(text)


NUMBER_RULES = (
    Rule("email", _EMAIL_CUES, 0, match_group(_EMAIL)),
    Rule("id_card", (), 17, match_group(_ID_18, is_mainland_id)),
    Rule("id_card", ("身份证",), 15, match_group(_ID_15, is_mainland_id)),
    Rule("id_card", ("(",), 6, match_group(_ID_HONG_KONG, is_hong_kong_id)),
    Rule("id_card", ("身分证", "身份证", "id"), 9, match_group(_ID_TAIWAN, is_taiwan_id)),
    Rule("bank_card", (), 15, match_group(_CARD, is_bank_card)),
    Rule("passport", ("护照", "passport"), 7, match_group(_PASSPORT)),
    Rule("us_ssn", ("-",), 9, match_group(_SSN)),
    Rule("us_ssn", ("ssn", "social security"), 9, match_group(_SSN_NAMED)),
    Rule("wechat_id", _WECHAT_CUES + _WECHAT_CUES_EN, 0, _find_wechat),
    Rule("qq_id", _QQ_CUES, 5, _find_qq),
    Rule("order_number", _ORDER_CUES + _ORDER_NOUNS, 3, _find_orders),
    Rule("order_number", _RECORD_NOUNS, 0, match_group(_RECORD, is_record)),
    Rule("order_number", (), 9, match_group(_PARCEL)),
    Rule("order_number", ("1z",), 1, match_group(_UPS)),
    Rule("mobile", (), 11, match_group(_MOBILE)),
    Rule("mobile", (), 10, match_group(_MOBILE_ELSEWHERE)),
    Rule("landline", (), 10, match_group(_LANDLINE)),
    Rule("landline", (), 10, match_group(_NANP, is_private_nanp)),
    Rule("landline", (), 10, _find_ten_digits),
    Rule("landline", ("+",), 8, match_group(_INTERNATIONAL, is_private_foreign)),
    Rule("landline", _PHONE_CUES + _PHONE_CUES_EN, 7, match_group(_LOCAL, is_private_line)),
    Rule("plate", _PLATE_STARTS, 2, match_group(_PLATE)),
)
"""In order of precedence: where two overlap, the first one names the span."""
