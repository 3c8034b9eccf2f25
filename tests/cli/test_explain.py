"""One text, its labels and its reasons."""

import io
import json

import pytest
from rich.console import Console

from nlp_cx.cli.explain import explanation_lines
from nlp_cx.explain import ClauseLabels, DriverLabel, Explanation, WordEffect

TEXT = "房间很干净，但是前台态度差"

EXPLANATION = Explanation(
    text=TEXT,
    lang="zh-Hans",
    model="fast-1",
    sentiment="negative",
    sentiment_score=-0.25,
    probabilities={"negative": 0.6, "neutral": 0.05, "positive": 0.35},
    drivers=(
        DriverLabel("product", "positive", 0.95, 0.9),
        DriverLabel("service", "negative", -0.97, 0.99),
    ),
    loyalty="negative",
    mixed=True,
    clauses=(
        ClauseLabels(
            start=0,
            end=5,
            clause="房间很干净",
            lang="zh-Hans",
            sentiment="positive",
            sentiment_score=0.9,
            drivers=(DriverLabel("product", "positive", 0.95, 0.9),),
            words=(
                WordEffect(0, 2, "房间", 0.01, {"product": 0.5}),
                WordEffect(2, 3, "很", 0.01, {}),
                WordEffect(3, 5, "干净", 0.8, {}),
            ),
        ),
        ClauseLabels(
            start=6,
            end=13,
            clause="但是前台态度差",
            lang="zh-Hans",
            sentiment="negative",
            sentiment_score=-0.99,
            drivers=(),
            words=(WordEffect(12, 13, "差", -0.9, {"service": -0.25}),),
        ),
    ),
)


def drawn(explanation, **options):
    """Print the lines of an explanation."""
    stream = io.StringIO()
    console = Console(file=stream, markup=False, emoji=False, highlight=False, **options)
    for line in explanation_lines(explanation):
        console.print(line)
    return stream.getvalue()


def test_an_explanation_reads_like_this():
    assert (
        drawn(EXPLANATION, width=200)
        == """\
zh-Hans, model fast-1
sentiment  negative -0.25  (negative 0.60, neutral 0.05, positive 0.35)
           holds real praise and real criticism
loyalty    would not return or recommend
drivers    product positive +0.95  (mentioned: 0.90)
           service negative -0.97  (mentioned: 0.99)

1. 房间很干净
   positive +0.90, product positive +0.95
   房间: sentiment +0.01, product +0.50
   干净: sentiment +0.80

2. 但是前台态度差
   negative -0.99
   差: sentiment -0.90, service -0.25
"""
    )


def test_words_are_coloured_on_a_terminal():
    text = drawn(EXPLANATION, width=200, force_terminal=True, color_system="standard")
    assert "\x1b[1;32m干净\x1b[0m" in text
    assert "\x1b[1;31m差\x1b[0m" in text


def test_every_sign_of_a_clause_is_shown_between_its_words():
    clause = ClauseLabels(
        10, 19, "a  «b»\x1b[m", "en", None, None, (), (WordEffect(14, 15, "b", 0.0, {}),)
    )
    shown = drawn(
        Explanation("", "en", "m", None, None, {"negative": 1.0}, (), None, None, (clause,)),
        width=200,
    )
    assert r"1. a  «b»\x1b[m" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("text", ["", "   ", "……"])
def test_a_text_with_nothing_to_score_says_so(nlp_cx, text):
    result = nlp_cx("explain", text)
    assert result.exit_code == 0, result.output
    assert "nothing to score" in result.stdout


def test_the_command_explains_clauses_words_and_drivers(nlp_cx):
    result = nlp_cx("explain", TEXT)
    assert result.exit_code == 0, result.output
    assert "1. 房间很干净" in result.stdout
    assert "2. 但是前台态度差" in result.stdout
    assert "sentiment  " in result.stdout


def test_json_holds_the_same_and_points_into_the_text(nlp_cx):
    found = json.loads(nlp_cx("explain", TEXT, "--json").stdout)
    assert found["text"] == TEXT
    for clause in found["clauses"]:
        assert TEXT[clause["start"] : clause["end"]] == clause["clause"]
        for word in clause["words"]:
            assert TEXT[word["start"] : word["end"]] == word["word"]


def test_a_hostile_text_cannot_act_on_the_terminal(nlp_cx):
    result = nlp_cx("explain", "很好\x1b[2J\u202e太贵了[red]x[/red]:smile:\r\n差")
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "\r" not in result.stdout
