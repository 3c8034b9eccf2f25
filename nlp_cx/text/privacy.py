"""Find personal information in Chinese and English text and mask it in place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.folding import fold_text
from nlp_cx.text.privacy_persons import PERSON_RULES
from nlp_cx.text.privacy_rules import NUMBER_RULES, Rule
from nlp_cx.text.privacy_scan import Scanner, build_scanner, scan_texts

MASK = "*"
"""Put in the place of every code point of a span."""

_MAX_PASSES = 20
_URL = re.compile(r"(?:https?://|www\.)[\w\-.~:/?#@!$&+;=%]*+", re.ASCII)
_RULES = (*NUMBER_RULES, *PERSON_RULES)


class PiiKind(NamedTuple):
    """Display names of one kind of personal information."""

    zh: str
    en: str


PII_KINDS = {
    "mobile": PiiKind("手机号", "mobile number"),
    "landline": PiiKind("固定电话", "landline or other telephone number"),
    "email": PiiKind("电子邮箱", "e-mail address"),
    "wechat_id": PiiKind("微信号", "WeChat ID"),
    "qq_id": PiiKind("QQ号", "QQ number"),
    "id_card": PiiKind("身份证号", "identity card number"),
    "passport": PiiKind("护照号", "passport number"),
    "us_ssn": PiiKind("美国社会安全号", "US social security number"),
    "bank_card": PiiKind("银行卡号", "bank card number"),
    "order_number": PiiKind("订单号", "order, parcel or account number"),
    "plate": PiiKind("车牌号", "licence plate"),
    "address": PiiKind("住址", "address down to the house"),
    "name": PiiKind("姓名", "name of a person"),
}
"""Every kind that is found, with its names in both languages."""


class PiiSpan(NamedTuple):
    """One piece of personal information.

    Parameters
    ----------
    start, end : int
        Half-open range of code points in the text that was given.
    kind : str
        Key of `PII_KINDS`.
    """

    start: int
    end: int
    kind: str


def find_pii(text: str) -> list[PiiSpan]:
    """Find the personal information in one text.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of PiiSpan
        In text order, not overlapping.

    Notes
    -----
    Rules, no model. The text is folded first (`fold_text`), so full-width digits and traditional
    characters are found too. Identity and bank card numbers need a right check digit; order
    numbers, WeChat and QQ identifiers a cue before them; names a title or an introduction (王先生,
    我叫…, Ms Lee, my name is …). Numbers of companies (400 and 800 lines, toll-free numbers) and
    whatever stands in the address of a page are left alone. A name or a number without any of
    these signs is not found; whose it is cannot be told, so the house address or the local
    telephone of a shop is masked like that of a customer.

    Examples
    --------
    >>> find_pii("我是王女士，电话１３８-0013-8000，花了13800元")
    [PiiSpan(start=2, end=3, kind='name'), PiiSpan(start=8, end=21, kind='mobile')]
    """
    return mask_text(text)[1]


def mask_text(text: str) -> tuple[str, list[PiiSpan]]:
    """Mask the personal information in one text.

    Parameters
    ----------
    text : str

    Returns
    -------
    masked : str
        As long as `text`: every code point of a span, separators too, is ``*``; all else is as it
        was. Masking it again changes nothing.
    spans : list of PiiSpan
        What was masked, in text order.

    Examples
    --------
    >>> mask_text("Ask Mr. Smith, smith@example.com")[0]
    'Ask Mr. *****, *****************'
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    may_match = scan_texts(_scanner(), codes, np.array([0, codes.size]))
    spans = _find_spans(text, int(may_match[0]))
    pieces, position = [], 0
    for start, end, _ in spans:
        pieces += [text[position:start], MASK * (end - start)]
        position = end
    return "".join([*pieces, text[position:]]), spans


def mask_batch(
    batch: TextBatch, *, skip: npt.NDArray[np.bool_] | None = None
) -> tuple[TextBatch, dict[str, int]]:
    """Mask the personal information in many texts.

    Parameters
    ----------
    batch : TextBatch
    skip : ndarray of bool, shape (n_documents,), optional
        Texts that are left as they are.

    Returns
    -------
    masked : TextBatch
        The same offsets and missing texts; `batch` itself where there is nothing to mask.
    counts : dict of str to int
        Number of spans by kind, in the order of `PII_KINDS`; only kinds that occur.

    Notes
    -----
    Gives what `mask_text` gives for each text. One compiled pass over the code points looks for
    cues and groups of digits; only the few texts that have some become Python strings.

    Examples
    --------
    >>> batch = TextBatch.from_strings(["很好吃", "加微信号 abc_12345", None])
    >>> masked, counts = mask_batch(batch)
    >>> masked.to_arrow().to_pylist(), counts
    (['很好吃', '加微信号 *********', None], {'wechat_id': 1})
    """
    may_match = scan_texts(_scanner(), batch.codes, batch.offsets)
    if skip is not None:
        may_match[skip] = 0
    masked = None
    counts = dict.fromkeys(PII_KINDS, 0)
    known: dict[str, list[PiiSpan]] = {}  # one text often stands in many rows
    for document in np.flatnonzero(may_match).tolist():
        first = int(batch.offsets[document])
        text = batch.text(document)
        if text not in known:
            known[text] = _find_spans(text, int(may_match[document]))
        for start, end, kind in known[text]:
            if masked is None:
                masked = batch.codes.copy()
            masked[first + start : first + end] = ord(MASK)
            counts[kind] += 1
    counts = {kind: count for kind, count in counts.items() if count}
    if masked is None:
        return batch, counts
    return TextBatch(masked, batch.offsets, batch.is_missing), counts


@cache
def _scanner() -> Scanner:
    """Compile the cues of all rules once."""
    return build_scanner(_RULES)


def _find_spans(text: str, may_match: int) -> list[PiiSpan]:
    """Run the rules whose bit is set, again as long as something new is found.

    A span that was left out because it overlaps another is found by the second pass at the latest,
    so masking twice is masking once. The limit is for texts that are built to need more passes.
    """
    rules = [rule for r, rule in enumerate(_RULES) if may_match >> r & 1]
    folded = list(fold_text(text)) if rules else []
    spans: list[PiiSpan] = []
    for _ in range(_MAX_PASSES if rules else 0):
        found = _find_once("".join(folded), rules)
        if not found:
            break
        spans += found
        for start, end, _ in found:
            folded[start:end] = MASK * (end - start)
    return sorted(spans)


def _find_once(folded: str, rules: Sequence[Rule]) -> list[PiiSpan]:
    """Run some rules once; a span that overlaps one of an earlier rule is left out."""
    spans = []
    is_url = bytearray(len(folded))
    for url in _URL.finditer(folded):
        is_url[url.start() : url.end()] = b"\1" * (url.end() - url.start())
    is_taken = bytearray(len(folded))
    for rule in rules:
        for start, end in rule.find(folded):
            if 1 in is_taken[start:end] or (rule.kind != "email" and 1 in is_url[start:end]):
                continue
            is_taken[start:end] = b"\1" * (end - start)
            spans.append(PiiSpan(start, end, rule.kind))
    return spans
