"""The cascade: what is asked again gets the better model's answer, all else the quick one's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlp_cx
from nlp_cx.classify.cascade import FIRST, SECOND, Cascade, find_doubt, load_cascade
from nlp_cx.classify.classifier import Classifier
from nlp_cx.classify.store import load_model
from nlp_cx.errors import ModelError
from nlp_cx.text.batch import TextBatch

TEXTS = [
    "味道很好，就是太贵了",
    "客服态度太差了",
    "还行吧",
    "",
    None,
    "Great food, terrible service",
]


@pytest.fixture(scope="module")
def models():
    return Classifier(load_model(FIRST)), Classifier(load_model(SECOND))


def rows(decoded, chosen):
    return [np.asarray(part)[..., chosen] for part in decoded]


def same(a, b):
    return all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("margin", [0.0, 0.5, 1.5, 100.0])
def test_every_document_has_the_answer_of_one_model(models, margin):
    first, second = models
    batch = TextBatch.from_strings(TEXTS)
    scores = Cascade(first, second, margin).score(batch)
    asked = find_doubt(first, first.score(batch)) < margin
    assert np.array_equal(scores.is_asked, asked)
    assert same(rows(scores.documents, asked), rows(second.score(batch).documents, asked))
    assert same(rows(scores.documents, ~asked), rows(first.score(batch).documents, ~asked))


@pytest.mark.parametrize("margin", [0.0, 1.5, 100.0])
def test_clauses_are_decoded_by_the_model_of_their_document(models, margin):
    cascade = Cascade(*models, margin)
    batch = TextBatch.from_strings(TEXTS)
    scores = cascade.score(batch)
    by_clause = np.repeat(scores.is_asked, np.diff(scores.first_clause))
    clauses = cascade.decode_clauses(scores)
    for model, chosen in zip(models, (~by_clause, by_clause), strict=True):
        own = model.decode_clauses(model.score(batch))
        assert same(rows(clauses, chosen), rows(own, chosen))


def test_the_second_model_reads_only_what_it_is_asked(models, monkeypatch):
    first, second = models
    batch = TextBatch.from_strings(TEXTS)
    whole, seen = second.score(batch), []
    original = second._backend.logits

    def logits(codes, *clauses):
        seen.append(codes)
        return original(codes, *clauses)

    monkeypatch.setattr(second._backend, "logits", logits)
    scores = Cascade(first, second, 1.5).score(batch)
    asked = np.flatnonzero(scores.is_asked)
    assert 0 < len(asked) < len(TEXTS) - 2
    (codes,) = seen
    folded = second._fold(TextBatch.from_strings([TEXTS[i] for i in asked]).codes)
    assert np.array_equal(codes, folded)
    by_clause = np.repeat(scores.is_asked, np.diff(scores.first_clause))
    assert scores.clause_logits[by_clause].tobytes() == whole.clause_logits[by_clause].tobytes()


@given(
    st.lists(st.none() | st.text("味道好差但是，。 ab!👍\r\n", max_size=12), max_size=5),
    st.randoms(),
)
def test_scored_again_alone_gives_the_same_bits(models, texts, random):
    first, second = models
    batch = TextBatch.from_strings(texts)
    chosen = np.array([random.random() < 0.5 for _ in texts], bool)
    again = second.score_again(batch, first.score(batch), chosen)
    whole = second.score(batch)
    by_clause = np.repeat(chosen, np.diff(whole.first_clause))
    assert again.clause_logits.tobytes() == whole.clause_logits[by_clause].tobytes()
    assert same(again.documents, rows(whole.documents, chosen))
    part = TextBatch.from_strings(
        [text for text, is_in in zip(texts, chosen, strict=True) if is_in]
    )
    alone = second.score(part)
    assert np.array_equal(again.starts, alone.starts)
    assert np.array_equal(again.ends, alone.ends)


def test_a_larger_margin_asks_about_more(models):
    doubt = find_doubt(models[0], models[0].score(TextBatch.from_strings(TEXTS)))
    assert (doubt[:3] < np.inf).all()
    assert np.isinf(doubt[3:5]).all()  # no text, nothing to doubt


def test_auto_is_a_model_like_any_other():
    pipeline = nlp_cx.load("auto")
    assert pipeline.model_id.startswith("auto(fast-")
    alone = [pipeline.score_texts([text])["sentiment"][0] for text in TEXTS[:3]]
    assert pipeline.score_texts(TEXTS[:3])["sentiment"].tolist() == alone
    evidence = pipeline.evidence(TEXTS[:2])
    assert all(
        TEXTS[row.doc_id][row.start : row.end] == row.clause for row in evidence.itertuples()
    )
    assert pipeline.explain("客服态度太差了").sentiment == "negative"


def test_outputs_of_two_models_are_not_mixed():
    with pytest.raises(ModelError, match="has no outputs of its own"):
        load_cascade().logits(TextBatch.from_strings(TEXTS))


def test_models_of_other_labels_are_refused(models):
    other = Classifier(load_model(FIRST))
    other.drivers = other.drivers[:5]
    with pytest.raises(ModelError, match="same labels"):
        Cascade(other, models[1], 1.0)
