"""The language of the report: that of most of the texts that were looked at."""

from __future__ import annotations

from typing import Any

from nlp_cx.study.guesses.guessed import Guesses

_LANGUAGE_ROWS = 500


def guess_language(inputs: list[dict[str, Any]], made: Guesses) -> str:
    """Guess the language of the report: that of most of the texts that were looked at.

    Parameters
    ----------
    inputs : list of dict
        One for each input, as they stand in a study file.
    made : Guesses
        Gets the sentences about what was guessed.

    Returns
    -------
    str
        ``en`` or ``zh``.
    """
    n_chinese = n_texts = 0
    for each in inputs:
        header = made.headers[each["name"]]
        column = each.get("text") or ("text" if "text" in header.columns else None)
        if column is None or each["kind"] in ("ratings", "operations"):
            continue
        texts = header.head.column(column).slice(0, _LANGUAGE_ROWS).to_pylist()
        found = [text for text in texts if isinstance(text, str) and text.strip()]
        n_texts += len(found)
        n_chinese += sum(any("\u4e00" <= c <= "\u9fff" for c in text) for text in found)
    if 2 * n_chinese <= n_texts:
        return "en"
    made.lines.append("language: zh, that of most texts (--language)")
    return "zh"
