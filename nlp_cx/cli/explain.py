"""Show why a text is scored as it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator

from rich.text import Text

from nlp_cx.cli.console import clean, open_console
from nlp_cx.explain import ClauseLabels, DriverLabel, Explanation, WordEffect
from nlp_cx.pipeline import load

_STYLES = {"positive": "green", "negative": "red", "mixed": "yellow"}
_STRONG = 0.1
"""A word that moves the sentiment by so much is coloured."""


def run_explain(text: str, *, model: str, as_json: bool) -> None:
    """Explain a text on standard output.

    Parameters
    ----------
    text : str
    model : str
        Name or folder.
    as_json : bool
        One JSON object instead of text for people.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    """
    explanation = load(model).explain(text)
    if as_json:
        print(json.dumps(explanation.to_dict(), ensure_ascii=False, indent=2))
        return
    console = open_console(sys.stdout)
    for line in explanation_lines(explanation):
        console.print(line)


def explanation_lines(explanation: Explanation) -> Iterator[Text]:
    """Write an explanation for people.

    Parameters
    ----------
    explanation : Explanation

    Yields
    ------
    rich.text.Text
        The same words on and off a terminal; colours where there is one.
    """
    yield Text(f"{explanation.lang}, model {explanation.model}")
    if explanation.probabilities is None:
        yield Text("nothing to score: no letters, digits or emoji")
        return
    chances = ", ".join(f"{name} {p:.2f}" for name, p in explanation.probabilities.items())
    line = Text("sentiment  ")
    line.append_text(_polarity(explanation.sentiment, explanation.sentiment_score))
    yield line.append(f"  ({chances})")
    if explanation.mixed:
        yield Text("           holds real praise and real criticism")
    if explanation.loyalty is not None:
        would = "would" if explanation.loyalty == "positive" else "would not"
        yield Text(f"loyalty    {would} return or recommend", _STYLES[explanation.loyalty])
    for i, label in enumerate(explanation.drivers):
        line = Text("drivers    " if i == 0 else "           ")
        yield line.append_text(_driver(label)).append(f"  (mentioned: {label.p:.2f})")
    for i, clause in enumerate(explanation.clauses, start=1):
        yield Text()
        yield from _clause(i, clause)


def _clause(number: int, clause: ClauseLabels) -> Iterator[Text]:
    """Write a clause, its labels, and the words that move them."""
    line = Text(f"{number}. ", "bold")
    position = clause.start
    for word in clause.words:
        line.append(clean(clause.clause[position - clause.start : word.start - clause.start]))
        line.append(clean(word.word), _word_style(word))
        position = word.end
    line.append(clean(clause.clause[position - clause.start :]))
    yield line
    labels = [_polarity(clause.sentiment, clause.sentiment_score), *map(_driver, clause.drivers)]
    yield Text("   ").append_text(Text(", ").join(labels))
    for word in clause.words:
        if abs(word.sentiment) >= _STRONG or word.drivers:
            effects = _effects({"sentiment": word.sentiment, **word.drivers}.items())
            yield Text(f"   {clean(word.word)}: ", "dim").append(effects)


def _effects(effects: Iterable[tuple[str, float]]) -> str:
    """Write what a word moves."""
    return ", ".join(f"{name} {value:+.2f}" for name, value in effects)


def _driver(label: DriverLabel) -> Text:
    """Write a driver with its polarity."""
    return Text(f"{label.driver} ").append_text(_polarity(label.polarity, label.score))


def _polarity(name: str | None, score: float | None) -> Text:
    """Write a polarity in its colour."""
    if name is None or score is None:
        return Text("not scored", "dim")
    return Text(f"{name} {score:+.2f}", _STYLES.get(name, ""))


def _word_style(word: WordEffect) -> str:
    """Choose the colour of a word by what it does to the sentiment."""
    if abs(word.sentiment) < _STRONG:
        return ""
    return "bold green" if word.sentiment > 0 else "bold red"
