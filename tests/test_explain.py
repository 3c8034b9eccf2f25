"""Explanations: plain data for JSON, with the effects of words measured."""

import json
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp_cx.explain

TEXT = "房间很干净，但是前台态度差！"


def test_an_explanation_says_what_the_table_says(tiny_pipeline):
    explanation = tiny_pipeline.explain(TEXT)
    row = tiny_pipeline.score_texts([TEXT]).loc[0]
    assert explanation.lang == row["lang"] == "zh-Hans"
    assert explanation.model == row["model"] == "tiny-1"
    assert explanation.sentiment == row["sentiment"]
    assert explanation.sentiment_score == pytest.approx(row["sentiment_score"], abs=1e-4)
    assert explanation.probabilities["neutral"] == pytest.approx(row["p_neutral"], abs=1e-4)
    assert explanation.mixed is True
    assert explanation.loyalty is None
    assert [(d.driver, d.polarity) for d in explanation.drivers] == [
        ("product", "positive"),
        ("service", "negative"),
    ]
    assert explanation.drivers[0].p == pytest.approx(row["p_product"], abs=1e-4)


def test_clauses_and_words_point_into_the_text(tiny_pipeline):
    explanation = tiny_pipeline.explain(TEXT)
    assert [clause.clause for clause in explanation.clauses] == ["房间很干净", "但是前台态度差！"]
    for clause in explanation.clauses:
        assert TEXT[clause.start : clause.end] == clause.clause
        for word in clause.words:
            assert TEXT[word.start : word.end] == word.word
            assert clause.start <= word.start < clause.end


def test_the_effect_of_a_word_is_what_its_absence_changes(tiny_pipeline):
    explanation = tiny_pipeline.explain("房间干净")
    effects = {word.word: word for word in explanation.clauses[0].words}
    without = tiny_pipeline.score_texts(["房间"]).loc[0]
    assert effects["干净"].drivers["product"] == pytest.approx(
        explanation.drivers[0].p
        - (0 if math.isnan(without["p_product"]) else without["p_product"]),
        abs=2e-4,
    )
    assert effects["干净"].sentiment == explanation.sentiment_score  # nothing is known without it
    assert effects["房间"].sentiment == pytest.approx(0, abs=1e-6)
    assert effects["房间"].drivers == {}


def test_a_clause_is_told_in_its_own_language(tiny_pipeline):
    clauses = tiny_pipeline.explain("前台态度差。 The staff was rude").clauses
    assert [clause.lang for clause in clauses] == ["zh-Hans", "en"]


@pytest.mark.parametrize("text", ["", "  \r\n", "，。！", "嗯嗯", "ไทย"])
def test_nothing_is_explained_where_nothing_is_known(tiny_pipeline, text):
    explanation = tiny_pipeline.explain(text)
    assert explanation.sentiment is explanation.probabilities is explanation.mixed is None
    assert explanation.drivers == ()
    assert all(clause.sentiment is None and clause.words == () for clause in explanation.clauses)


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            [*TEXT, "clean ", "rude", "\r\n", "👍🏽", "𠮷", "ＲＵＤＥ", "\x00", "\ud800"]
        ),
        max_size=15,
    ).map("".join)
)
def test_every_explanation_can_be_written_as_json(tiny_pipeline, text):
    explanation = tiny_pipeline.explain(text)
    data = json.loads(json.dumps(explanation.to_dict(), allow_nan=False))
    assert data["text"] == text
    assert [clause["clause"] for clause in data["clauses"]] == [
        text[clause["start"] : clause["end"]] for clause in data["clauses"]
    ]
    assert set(data) >= {"lang", "model", "sentiment", "drivers", "loyalty", "mixed", "clauses"}


def test_of_a_long_text_the_first_words_are_measured(tiny_pipeline, monkeypatch):
    monkeypatch.setattr(nlp_cx.explain, "_MOST_CODES", 100)
    text = "房间干净，" * 10  # 50 characters: two words
    explanation = tiny_pipeline.explain(text)
    assert [len(clause.words) for clause in explanation.clauses] == [2, *[0] * 9]


def test_a_text_of_20_000_characters_is_explained_in_seconds(tiny_pipeline):
    started = time.process_time()
    assert len(tiny_pipeline.explain("房间很干净，前台态度差。" * 1_667).clauses) > 3_000
    assert time.process_time() - started < 20
