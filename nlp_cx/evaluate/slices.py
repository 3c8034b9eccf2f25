"""Kinds of texts that are hard to judge, found by their wording, labels and source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.schema import LANGUAGES
from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages

_NEGATION = re.compile(
    "不(?!错|過|过|同|管|论|論|仅|僅|但|断|斷|愧|禁|由|得不)|没|沒|冇|唔|無法|无法|并非|並非|[别別](?=买|買|来|來|去|信|再|被|选|選|上当|相信|想|指望|浪费)"
    r"|\b(?:no|not|never|none|nothing|nobody|neither|nor|without|hardly|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    "但|不[过過](?![来來去时時])|可是|只是|然而|却|卻|虽|雖|尽管|儘管"
    r"|\b(?:but|although|though|however|except|despite|yet)\b",
    re.IGNORECASE,
)
# Two ASCII question marks side by side are what some sources left of an emoji.
_QUESTION = re.compile(
    r"？|(?<!\?)\?(?!\?)|[吗嗎]"
    r"|^\s*(?:how|what|when|where|why|who|which|can|could|do|does|did|is|are)\b",
    re.IGNORECASE,
)
_EMOJI = re.compile(
    "[\U0001f300-\U0001faff\U00002600-\U000027bf\U00002b50\U00002764]"
    r"|[:;=8][-^o']?[)(DPp\]\[|/\\](?![\w/])|\^_+\^|T_T|\(\^|>_<"
)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{2,}(?:['’-][A-Za-z]+)*|\b[AIai]\b")

SLICES = {
    "negation": "holds 不, 没, not, n't … (words such as 不错 do not count)",
    "contrast": "holds 但, 不过, 虽, but, although, however …",
    "question": "holds a question mark or 吗, or begins with how, can, is …",
    "emoji": "holds an emoji or emoticon",
    "traditional": "lang is zh-Hant (Cantonese included)",
    "code-mix": "4 ideographs and 2 English words, or more",
    "very short": "at most 6 ideographs, or 3 English words",
    "long": "100 ideographs or 60 English words, or more",
}
"""Name of a slice that is found by wording to what it holds."""

MORE_SLICES: Mapping[str, str] = {
    "middle length": "neither very short nor long",
    "mixed polarity": "praise and criticism in the labels: mixed, or drivers of both signs",
    "chat turn": "a turn of a conversation",
}
"""Slices that are found by labels and source, beside those found by wording."""

SLICE_MEANINGS: Mapping[str, str] = {**SLICES, **MORE_SLICES}
"""Every slice and what it holds."""


def find_slices(texts: Sequence[str]) -> pd.DataFrame:
    """Tell which texts belong to which slice.

    Parameters
    ----------
    texts : sequence of str, shape (n_texts,)

    Returns
    -------
    DataFrame of bool, one row per text
        One column per slice, in the order of `SLICES`; a text may be in several.

    Examples
    --------
    >>> slices = find_slices(["味道不错，但是等了太久", "Not bad :)"])
    >>> [slices.columns[row].tolist() for row in slices.to_numpy()]
    [['contrast'], ['negation', 'emoji', 'very short']]
    """
    batch = TextBatch.from_strings(texts)
    codes = detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])
    languages = np.array(LANGUAGES, dtype=object)[codes]
    n_han = _count(_HAN, texts)
    n_words = _count(_WORD, texts)
    size = n_han / 6 + n_words / 3
    return pd.DataFrame(
        {
            "negation": _found(_NEGATION, texts),
            "contrast": _found(_CONTRAST, texts),
            "question": _found(_QUESTION, texts),
            "emoji": _found(_EMOJI, texts),
            "traditional": languages == "zh-Hant",
            "code-mix": (n_han >= 4) & (n_words >= 2),
            "very short": (size > 0) & (size <= 1),
            "long": n_han / 100 + n_words / 60 >= 1,
        },
        columns=list(SLICES),
    )


def slice_examples(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell which texts of a labelled set belong to which slice, by wording, labels and source.

    Parameters
    ----------
    frame : DataFrame, one row per text
        ``text, sentiment, is_chat`` and a column per driver.

    Returns
    -------
    DataFrame of bool, shape (n_texts, n_slices)
        One column per slice of `SLICE_MEANINGS`.
    """
    slices = find_slices(frame["text"].tolist())
    slices["middle length"] = ~(slices["very short"] | slices["long"])
    polarities = frame[list(load_taxonomy().ids)].astype(object)
    is_mixed = (frame["sentiment"] == "mixed") | (polarities == "mixed").any(axis=1)
    both = (polarities == "positive").any(axis=1) & (polarities == "negative").any(axis=1)
    slices["mixed polarity"] = (is_mixed | both).to_numpy(bool)
    slices["chat turn"] = frame["is_chat"].to_numpy(bool)
    return slices


def _found(pattern: re.Pattern[str], texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Mark the texts in which a pattern is found."""
    return np.array([pattern.search(text) is not None for text in texts], bool)


def _count(pattern: re.Pattern[str], texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """Count the matches of a pattern in each text."""
    return np.array([len(pattern.findall(text)) for text in texts], np.int64)
