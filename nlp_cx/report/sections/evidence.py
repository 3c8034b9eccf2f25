"""The evidence: telling clauses in their sentences, opinion terms, terms that emerge."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from nlp_cx.report.material import Material
from nlp_cx.report.model import Block, Paragraph, Quote, Quotes, Section
from nlp_cx.report.sections.blocks import find, lack
from nlp_cx.report.sections.outcomes import list_outcomes
from nlp_cx.report.tabulate import Field, tabulate
from nlp_cx.report.words import Words

MOST_QUOTES = 400
MOST_TERMS = 15
"""Of a driver and polarity."""

MOST_TERM_ROWS = 400
MOST_EMERGING = 40

FEW_TEXTS = 3
"""Of fewer, no sentence is typical."""

_POLARITIES = ("negative", "positive", "mixed", "neutral", "mentioned")


def write_evidence(material: Material, words: Words) -> Section:
    """Write the section of evidence.

    Parameters
    ----------
    material : Material
        ``exemplars``, ``terms``, ``emerging_terms``.
    words : Words

    Returns
    -------
    Section
    """
    blocks = [*_quotes(material, words), *_terms(material, words), *_emerging(material, words)]
    return Section("evidence", words.title("evidence"), tuple(blocks), words.say("intro_evidence"))


def choose_quotes(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep as many quotes as a report holds, the same number of each driver and polarity.

    Parameters
    ----------
    frame : DataFrame
        ``exemplars``.

    Returns
    -------
    DataFrame
        At most `MOST_QUOTES` rows, the most typical first.
    """
    if len(frame) > MOST_QUOTES:
        frame = frame.sort_values("rank", kind="stable").head(MOST_QUOTES)
    return frame.sort_values(["typicality", "rank"], ascending=[False, True], kind="stable")


def _quotes(material: Material, words: Words) -> list[Block]:
    """Show the most telling clauses."""
    frame = find(material, "exemplars")
    if frame is None:
        return [lack(material, words, "exemplars")]
    shown = choose_quotes(frame)
    outcome = next(iter(list_outcomes(material, words)), None)
    group = material.facts.get("group")
    has_segment = "segment" in shown.columns and bool(shown["segment"].notna().any())
    segment = words.dimension(str(group)) if group and has_segment else None
    if segment is None and has_segment:
        segment = words.label("segment")
    segment = None if segment is None else words.start(segment)
    items = [
        _quote(
            row,
            words,
            rating=words.start(outcome.word) if outcome else "",
            segment=segment,
            dimension=str(group or ""),
        )
        for row in shown.to_dict("records")
    ]
    drivers = [
        d for d in dict.fromkeys(frame["driver"].astype(str)) if d in {q.driver for q in items}
    ]
    polarities = [p for p in _POLARITIES if any(q.polarity == p for q in items)]
    n_all = material.facts.get("n_quotes") or frame.attrs.get("n_clauses")
    notes = [
        words.say("note_quotes_of", n=len(items), of=n_all)
        if n_all and n_all > len(items)
        else words.say("note_quotes", n=len(items)),
        words.say("note_typical"),
    ]
    return [
        Quotes(
            "quotes", words.title("quotes"), tuple(items), words.drivers(drivers),
            {each: words.code("polarity", each) for each in polarities}, segment, tuple(notes),
        )
    ]  # fmt: skip


def _quote(
    row: dict[Hashable, Any], words: Words, *, rating: str, segment: str | None, dimension: str
) -> Quote:
    """Make one quote."""
    facts: dict[str, str] = {}
    if _is_known(row.get("created_at")):
        facts[words.label("created_at")] = str(row["created_at"])[:10]
    value = str(row["segment"]) if segment and _is_known(row.get("segment")) else None
    if value is not None:
        value = words.start(words.group_value(dimension, value))
    if rating and _is_known(row.get("rating")):
        value_of = row["rating"]
        facts[rating] = f"{value_of:g}" if isinstance(value_of, (int, float)) else str(value_of)
    if _is_known(row.get("of")) and int(row["of"]) < FEW_TEXTS:
        facts[words.label("rare")] = words.say("rare_of", n=int(row["of"]))
    facts[words.label("doc_id")] = str(row["doc_id"])
    return Quote(
        str(row["text"]), int(row["start"]), int(row["end"]), str(row["driver"]),
        str(row["polarity"]), facts, value,
    )  # fmt: skip


def _terms(material: Material, words: Words) -> list[Block]:
    """List what is said of what, with counts and an example."""
    frame = find(material, "terms")
    if frame is None:
        return [lack(material, words, "terms")]
    frame = frame.sort_values("n", ascending=False, kind="stable")
    shown = frame.groupby(["driver", "polarity"], sort=False, observed=True).head(MOST_TERMS)
    shown = shown.head(MOST_TERM_ROWS)
    texts = _texts_by_document(material)
    examples: list[Any] = [_example(row, texts) for row in shown.to_dict("records")]
    shown = shown.assign(example=examples)
    fields = [
        Field("driver", "label", "driver"), Field("polarity", "label", "polarity"),
        Field("aspect", "text"), Field("opinion", "text"), Field("lang", "label", "lang"),
        Field("n", "count"), Field("share", "share", ends="share"), Field("example", "text"),
    ]  # fmt: skip
    notes = [words.say("note_terms")]
    if len(shown) < len(frame):
        notes.append(words.say("note_terms_shown", n=len(shown), of=len(frame), most=MOST_TERMS))
    return [tabulate(shown, fields, words, id="terms", notes=notes)]


def _emerging(material: Material, words: Words) -> list[Block]:
    """List terms that are more frequent than before."""
    frame = find(material, "emerging_terms")
    if frame is None:
        return [lack(material, words, "emerging_terms")]
    is_new = frame["is_emerging"].eq(True)
    n = int(is_new.sum())
    notes = [words.say("note_emerging")]
    n_tested = int(frame.attrs.get("n_tested") or len(frame))
    span = _name_periods(frame, material, words)
    title = words.title("emerging_terms")
    if not n:
        told = words.say("emerging_none", n=n_tested)
        return [Paragraph(words.sentences([words.start(told), span]), title)]
    shown = frame[is_new].sort_values("q_value", kind="stable").head(MOST_EMERGING)
    if n > len(shown):
        notes.append(words.say("note_rest", n=n - len(shown), shown=len(shown)))
    fields = [
        Field("term", "text"), Field("lang", "label", "lang"), Field("driver", "label", "driver"),
        Field("share_now", "share"), Field("share_before", "share"),
        Field("ratio", "number", ends="ratio"), Field("q_value", "number"),
        Field("n_now", "count"), Field("of_now", "count"), Field("n_before", "count"),
        Field("of_before", "count"),
    ]  # fmt: skip
    tested = words.say("emerging_some", n=n, of=n_tested)
    notes = [words.sentences([tested, span]), *notes]
    return [tabulate(shown, fields, words, id="emerging_terms", notes=notes)]


def _name_periods(frame: pd.DataFrame, material: Material, words: Words) -> str:
    """Name the period that is looked at and those before, and say if it is not whole."""
    now = frame.attrs.get("period")
    if not now:
        return ""
    volume = find(material, "volume")
    earlier: list[str] = []
    if volume is not None:
        periods = sorted(volume["period"].dropna().astype(str))
        earlier = [each for each in periods if each < str(now)]
    same = bool(earlier) and earlier[0] == earlier[-1]
    key = "emerging_one" if same else "emerging_span" if earlier else "emerging_period"
    ends = {"first": earlier[0], "last": earlier[-1]} if earlier else {"first": "", "last": ""}
    partial = words.say("emerging_partial", now=str(now)) if frame.attrs.get("is_partial") else ""
    return words.sentences([words.say(key, now=str(now), **ends), partial])


def _texts_by_document(material: Material) -> dict[str, str]:
    """Give the sentence that is known of a document."""
    frame = find(material, "exemplars")
    if frame is None:
        return {}
    return dict(zip(frame["doc_id"].astype(str), frame["text"].astype(str), strict=True))


def _example(row: dict[Hashable, Any], texts: dict[str, str]) -> str | None:
    """Give a sentence with the term: the table's own, else one that is quoted."""
    clauses = row.get("example_clauses")
    if clauses is not None and not isinstance(clauses, float) and len(clauses):
        return str(clauses[0])
    examples = row.get("examples")
    for each in [] if examples is None or isinstance(examples, float) else list(examples):
        text = texts.get(str(each))
        if text and str(row.get("opinion", "")) in text:
            return text
    return None


def _is_known(value: Any) -> bool:
    """Tell a value from a missing one."""
    return value is not None and not pd.isna(value)
