"""Rules for names of persons and for addresses, in both languages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

from nlp_cx.text.privacy_rules import Rule, Span

_TITLES = ("先生", "女士", "小姐", "太太")
_NO_PERSON = "牛肉|披萨|餐|炒|烤|火锅|川菜|奶茶|咖啡|味道|故居|故里|纪念"  # Mr Li's noodles
_TITLE = re.compile(
    r"(?:先生(?![效产成存育])|女士(?![款用专鞋包表手香内背衣装们])|小姐(?![姐们])|太太(?!太))"
    rf"(?!{_NO_PERSON})"
)
_NAMED = (
    "我叫", "他叫", "她叫", "名叫", "人叫", "名字叫", "名字是", "姓名", "收件人", "收货人",
    "联系人", "户主", "开户名",
)  # fmt: skip
_INTRODUCTION = re.compile(
    r"(?:[我他她]名?叫|本人叫|名字[叫是]|(?:姓名|收件人|收货人|联系人|户主|开户名)[:是为 ]{1,3})"
    r"(?P<pii>[\u4e00-\u9fff]{2,4})(?![\u4e00-\u9fff])"
)
_SURNAME_ONLY = re.compile(
    r"(?<![百同贵都全很侨])姓([\u4e00-\u9fff]{1,2}?)(?=[的,。!?、;: ]|$|先生|女士|小姐)"
)

_TITLES_EN = (
    "mr ", "mr.", "mrs ", "mrs.", " ms ", " ms.", "dr ", "dr.", "name is", "name's", "name:",
    "name :",
)  # fmt: skip
_CAPITAL = r"[A-Z][A-Za-z'\-]{0,30}"
_LOWER = r"[a-z][a-z'\-]{1,30}"
_TITLE_EN = re.compile(
    r"[MDm](?<![A-Za-z].)(?:(?:(?<=M)rs?|(?<=M)RS?|(?<=D)r|(?<=(?<![^ ])M)s)(?:\.| )\.? {0,2}"
    rf"(?P<pii>{_CAPITAL}(?: [A-Z]\.)?(?: {_CAPITAL}){{0,2}})"
    rf"|(?<=[Mm])rs?\.? {{1,2}}(?P<lower>{_LOWER}(?: {_CAPITAL})?))"
)
_NAME_IS = re.compile(
    r"[Nn](?i:ame)(?P<is> is|'s| ?:) {0,2}(?i:(?:mrs?|ms|dr)\b\.? ?)?"
    rf"(?P<pii>{_CAPITAL}(?: {_CAPITAL}){{0,3}}|{_LOWER}(?: [a-z][a-z'\-]{{0,30}})?)(?![\w@])"
)
_MY = re.compile(
    r"(?i:\bmy (?:full |first |last )?"
    r"|\b(?:full|first|last|family|guest|customer|passenger|cardholder)(?:'s)? )$"
).search

_ROAD = re.compile(
    r"(?P<road>大道|[路街道巷弄]|胡同)(?:[东南西北中]?[一二三四五六七八九十\d]{0,2}段)?"
    r"(?:\d{1,4}[巷弄]){0,2}[附甲乙]?\d{1,5}(?:[\-之]\d{1,4})?号院?(?!码?[线口出桌台位车厅馆店电技员柜窗站航厢球场地门])"
)
_UNITS = re.compile(
    r"(?: ?[,、]? ?(?:[\u4e00-\u9fff]{2,8}?"
    r"(?:小区|花园|公寓|大厦|新村|家园|广场|中心|[苑庭府城院]))?"
    r" ?(?:[A-Za-z]?\d{1,4}[A-Za-z]?|[A-Za-z一二三四五六七八九十]{1,3})"
    r"(?:号楼|号院|单元|[号栋幢座层楼室房户])(?:之\d{1,3})?)++(?:[A-Za-z]?\d{3,4}(?![\d元块]))?"
)
_ESTATE = re.compile(
    r"(?:小区|花园|公寓|新村|家园|社区|[苑庭府城村])(?:[一二三四五六七八九十A-Za-z\d]{1,2}[期区])?"
    r" ?[A-Za-z]?\d{1,3}(?:号楼|[栋幢座号]) ?(?:\d{1,2}单元 ?)?"
    r"(?:\d{1,2}[层楼] ?)?(?:[A-Za-z]?\d{2,4}(?:室|房|号|户|(?![\d年月日元块天人分]))|(?<=单元))"
)
_HOUSES = tuple(digit + mark for digit in "0123456789" for mark in "号栋幢座")
_IS_HAN = re.compile(r"[\u4e00-\u9fff]+").fullmatch
_ROAD_BORDERS = frozenset("省市区县镇乡州岛在住到是于去往来从址的了对给寄送处面旁近有欢号至")

_STREETS = (
    "street", "avenue", "boulevard", "road", "lane", "drive", "court", "place", "terrace",
    "parkway", "highway", "square", "crescent",
)  # fmt: skip
_STREETS_SHORT = ("st", "ave", "blvd", "rd", "ln", "dr", "ct", "pl", "pkwy", "hwy")
_STREET = (
    rf"(?:(?:{'|'.join(s.capitalize() for s in _STREETS)})\b"
    rf"|(?:{'|'.join(s.capitalize() for s in _STREETS_SHORT)})(?=[ .,]|$))"
)
_STREET_CUES = (
    *(f" {s}" for s in _STREETS),
    *(f" {s}{end}" for s in _STREETS_SHORT for end in " .,"),
)
_FLAT = (
    r"(?:\.?,? {0,2}(?:(?i:apt|apartment|unit|suite|ste|flat|room|floor)\b|#)\.? ?#?"
    r"(?=[A-Za-z]?\d|[A-Za-z]\b)[A-Za-z0-9\-]{1,6}\b)?"
)
_ADDRESS_EN = re.compile(
    r"(?P<pii>\d(?<![\w$£€¥.,:/\-].)\d{0,4}[A-Za-z]?(?:-\d{1,4})? "
    r"(?:(?:[NSEW]{1,2}|North|South|East|West)\.? )?"
    rf"(?:\d{{1,3}}(?:st|nd|rd|th) |(?P<words>(?:[A-Z][A-Za-z'\-]{{1,20}} ){{1,3}})){_STREET}"
    rf"{_FLAT})"
)
_ADDRESS_LOWER = re.compile(
    r"(?P<pii>\d(?<![\w$£€¥.,:/\-].)\d{0,4} (?P<words>(?:[A-Za-z][a-z'\-]{2,20} ){1,2})"
    rf"(?i:street|avenue|boulevard|road|lane)\b{_FLAT})"
)


@cache
def read_words() -> dict[str, dict[str, frozenset[str]]]:
    """Read the word lists of ``resources/privacy.toml``.

    Returns
    -------
    dict
        By section and name: a list of characters as the set of them, of words as the set of words.
    """
    source = resources.files("nlp_cx") / "resources" / "privacy.toml"
    raw = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        section: {
            name: frozenset(text.split() if " " in text else text.replace("\n", ""))
            for name, text in entries.items()
        }
        for section, entries in raw.items()
    }


def _split_name(name: str) -> tuple[str, str] | None:
    """Split a Chinese name into surname and given name; None if it can be no name."""
    words = read_words()["chinese"]
    cut = 2 if name[:2] in words["compound"] else 1
    surname, given = name[:cut], name[cut:]
    if not _IS_HAN(name):
        return None
    known = surname in words["common"] or surname in words["everyday"] or cut == 2
    if not known or len(given) > 2 or not words["not_given"].isdisjoint(given):
        return None
    return None if name[:2] in words["no_names"] else (surname, given)


def _has_border(text: str, start: int, surname: str) -> bool:
    """Tell whether a surname stands where a name can begin."""
    words = read_words()["chinese"]
    if surname in words["everyday"] and start > 0:
        before = text[start - 1]
        return before in words["borders"] or not "\u4e00" <= before <= "\u9fff"
    return True


def _find_titled(text: str) -> Iterator[Span]:
    """Yield the name before 先生, 女士 and their like: the longest of one to four ideographs."""
    for title in _TITLE.finditer(text):
        end = title.start()
        for start in range(max(0, end - 4), end):
            name = _split_name(text[start:end])
            if name and _has_border(text, start, name[0]):
                yield start, end
                break


def _find_introduced(text: str) -> Iterator[Span]:
    """Yield the name after 我叫, 姓名: and their like, and a surname after 姓."""
    for match in _INTRODUCTION.finditer(text):
        name = _split_name(match["pii"])
        if name and name[1]:
            yield match.span("pii")
    for match in _SURNAME_ONLY.finditer(text):
        name = _split_name(match[1])
        if name and not name[1]:
            yield match.span(1)


def _find_english_names(text: str) -> Iterator[Span]:
    """Yield the name after Mr, Mrs, Ms, Dr, and after my name is."""
    for match in _TITLE_EN.finditer(text):
        group = "pii" if match["pii"] else "lower"
        yield from _trim_english(match, group)
    for match in _NAME_IS.finditer(text):
        start = match.start()
        is_field = match["is"].strip() == ":" and not text[max(0, start - 2) : start].strip()
        if is_field or _MY(text, max(0, start - 20), start):
            yield from _trim_english(match, "pii")


def _trim_english(match: re.Match[str], group: str) -> Iterator[Span]:
    """Yield the words of a group up to the first one that belongs to no name."""
    words = read_words()["english"]
    kept = 0
    for word in match[group].split(" "):
        plain = word.lower().strip("'-").removesuffix("'s")
        if plain in words["not_given"] or (kept == 0 and plain in words["no_names"]):
            break
        kept += len(word) + 1
    if kept:
        start = match.start(group)
        yield start, start + kept - 1


def _find_chinese_addresses(text: str) -> Iterator[Span]:
    """Yield road or estate down to the room; the city and district before it stay."""
    no_roads = read_words()["address"]["no_roads"]
    for match in _ROAD.finditer(text):
        start = _find_left(text, match.start())
        road = text[start : match.end("road")]
        if start < match.start() and not any(road.endswith(word) for word in no_roads):
            units = _UNITS.match(text, match.end())
            yield start, units.end() if units else match.end()
    for match in _ESTATE.finditer(text):
        yield _find_left(text, match.start()), match.end()


def _find_left(text: str, end: int) -> int:
    """Find where the name of a road or estate begins: up to six ideographs, to a border."""
    start = end
    while start > max(0, end - 6):
        before = text[start - 1]
        if before in _ROAD_BORDERS or not "\u4e00" <= before <= "\u9fff":
            break
        start -= 1
    return start


def _find_english_addresses(text: str) -> Iterator[Span]:
    """Yield house number, street and flat."""
    words = read_words()
    no_streets = words["address"]["no_streets"] | words["english"]["not_given"]
    for pattern in (_ADDRESS_EN, _ADDRESS_LOWER):
        for match in pattern.finditer(text):
            if no_streets.isdisjoint((match["words"] or "").lower().split()):
                yield match.span("pii")


PERSON_RULES = (
    Rule("address", _HOUSES, 1, _find_chinese_addresses),
    Rule("address", _STREET_CUES, 1, _find_english_addresses),
    Rule("name", _TITLES, 0, _find_titled),
    Rule("name", (*_NAMED, "姓"), 0, _find_introduced),
    Rule("name", _TITLES_EN, 0, _find_english_names),
)
"""In order of precedence, after the rules for numbers."""
