"""What an annotator is asked about a text, and the words that answers may be written in."""

from __future__ import annotations

from collections.abc import Sequence

from nlp_cx.errors import TaxonomyError
from nlp_cx.schema import LOYALTIES, POLARITIES, SENTIMENTS

NOT_MENTIONED = "not_mentioned"
"""Answer that a driver was looked for and is not there; an empty cell says nothing."""

NO_LOYALTY = "none"
"""Answer that no intent to return or recommend is expressed."""

RESERVED = (
    *("task_id", "doc_id", "text", "lang", "sentiment", "loyalty", "annotator", "note", "group"),
    *("is_random", "strategy", "reason", "p_sampling", "n_copies", "n_answers", "source"),
    *("annotation_id", "lead_time", "created_at", "updated_at", "id", "weight", "rating"),
)
"""Columns of tasks and answers, after which no driver can be called."""

NAMES = {
    "sentiment": ("总体情感", "Overall sentiment"),
    "loyalty": ("再来或推荐的意愿", "Will return or recommend"),
    "negative": ("负面", "negative"),
    "neutral": ("中性/一般", "neutral, so-so"),
    "positive": ("正面", "positive"),
    "mixed": ("褒贬都有", "mixed"),
    NOT_MENTIONED: ("未提及", "not mentioned"),
    NO_LOYALTY: ("未表达", "not expressed"),
}
"""Chinese and English display names of outputs and answers."""

_POLARITY_WORDS = {
    **{"n": "negative", "-": "negative", "−": "negative", "负面": "negative", "负": "negative"},
    **{"u": "neutral", "0": "neutral", "中性": "neutral", "一般": "neutral"},
    **{"p": "positive", "+": "positive", "正面": "positive", "正": "positive"},
    **{"m": "mixed", "~": "mixed", "混合": "mixed", "褒贬都有": "mixed"},
}
_ABSENT_WORDS = {"未提及": NOT_MENTIONED, "not mentioned": NOT_MENTIONED, "x": NOT_MENTIONED}
_LOYALTY_WORDS = {
    **{"l+": "positive", "+": "positive", "正面": "positive"},
    **{"l-": "negative", "-": "negative", "l−": "negative", "负面": "negative"},
    **{"未表达": NO_LOYALTY, "not expressed": NO_LOYALTY},
}


def label_outputs(drivers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give every question about a text with its possible answers.

    Parameters
    ----------
    drivers : sequence of str
        Ids of a taxonomy.

    Returns
    -------
    dict of str to tuple of str
        ``sentiment``, the drivers in their order, ``loyalty``.

    Raises
    ------
    TaxonomyError
        If a driver is called like a column of the task files.

    Examples
    --------
    >>> label_outputs(["price"])["price"]
    ('negative', 'neutral', 'positive', 'mixed', 'not_mentioned')
    """
    taken = sorted(set(drivers) & set(RESERVED))
    if taken:
        raise TaxonomyError(
            f"the label {taken[0]!r} is called like a column of the label files. Give it another "
            "id in the taxonomy."
        )
    return {
        "sentiment": (*SENTIMENTS, "mixed"),
        **dict.fromkeys(drivers, (*POLARITIES, NOT_MENTIONED)),
        "loyalty": (*LOYALTIES, NO_LOYALTY),
    }


def read_answer(output: str, written: str) -> str | None:
    """Read one cell or choice.

    Parameters
    ----------
    output : str
        ``sentiment``, ``loyalty`` or a driver.
    written : str
        The answer's name, a code of the guideline (``p n m u``, ``+ - 0 ~``, ``L+ L-``) or its
        Chinese name; case and surrounding space do not matter.

    Returns
    -------
    str or None
        The answer; None where it is none of `label_outputs`.

    Examples
    --------
    >>> read_answer("price", " ~"), read_answer("loyalty", "L-"), read_answer("price", "perhaps")
    ('mixed', 'negative', None)
    """
    word = written.strip().lower()
    if output == "loyalty":
        return word if word in (*LOYALTIES, NO_LOYALTY) else _LOYALTY_WORDS.get(word)
    if word in POLARITIES or (output != "sentiment" and word == NOT_MENTIONED):
        return word
    absent = None if output == "sentiment" else _ABSENT_WORDS.get(word)
    return _POLARITY_WORDS.get(word, absent)
