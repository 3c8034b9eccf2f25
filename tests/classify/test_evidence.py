"""Which clauses stand in the evidence table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.classify.decode import decode, identity_calibration, output_names
from nlp_cx.classify.evidence import NO_DRIVER, choose_evidence
from nlp_cx.schema import POLARITIES

DRIVERS = ("price", "service")
NAMES = output_names(DRIVERS)
IDENTITY = identity_calibration(len(DRIVERS))
NEUTRAL = {"neutral": 5.0}


def outputs(labels):
    """Give the raw outputs of a clause: its labels, and nothing else."""
    row = np.full(len(NAMES), -6, np.float32)
    row[:3] = 0
    for name, value in labels.items():
        row[NAMES.index(name)] = value
    return row


def choose(*documents, calibration=IDENTITY):
    """Give the evidence of documents, each a list of clauses, as (clause, driver, polarity)."""
    clauses = np.array([outputs(clause) for document in documents for clause in document])
    first_clause = np.cumsum([0, *map(len, documents)])
    pooled = np.array([np.max([outputs(c) for c in clauses_], axis=0) for clauses_ in documents])
    return rows_of(first_clause, clauses, pooled, calibration)


def rows_of(first_clause, clauses, documents, calibration):
    languages = np.zeros(len(clauses), np.int8)
    evidence = choose_evidence(
        first_clause,
        clauses,
        decode(clauses, languages, calibration),
        decode(documents, languages[: len(documents)], calibration),
    )
    return [
        (
            int(clause),
            None if driver == NO_DRIVER else DRIVERS[driver],
            None if polarity < 0 else POLARITIES[polarity],
        )
        for clause, driver, polarity in zip(*evidence, strict=True)
    ]


def test_a_clause_is_evidence_of_every_driver_that_it_mentions():
    both = {"price:negative": 3.0, "service:positive": 3.0, **NEUTRAL}
    assert choose([both], [NEUTRAL], [{"service:negative": 2.0, **NEUTRAL}]) == [
        (0, "price", "negative"),
        (0, "service", "positive"),
        (2, "service", "negative"),
    ]


def test_a_clause_with_a_sentiment_and_no_driver_stands_alone():
    assert choose([{"positive": 4.0}, NEUTRAL, {"negative": 4.0, "price:negative": 2.0}]) == [
        (0, None, None),
        (2, "price", "negative"),
    ]


def test_every_clause_that_mentions_a_driver_is_listed_with_its_own_polarity():
    document = [
        {"price:negative": 3.0, **NEUTRAL},
        {"price:neutral": 1.0, **NEUTRAL},
        {"price:positive": 0.5, **NEUTRAL},
    ]
    assert choose(document, calibration=IDENTITY) == [
        (0, "price", "negative"),
        (1, "price", "neutral"),
        (2, "price", "positive"),
    ]


def test_the_strongest_clause_carries_a_label_that_no_clause_reaches_alone():
    # P(mention) is 0.43 by one side each, and 1 - 0.57 ** 2 = 0.67 over the document.
    document = [
        {"price:neutral": -0.3, **NEUTRAL},
        {"price:negative": -0.28, **NEUTRAL},
        {"price:negative": -0.9, **NEUTRAL},
    ]
    assert choose(document) == [(1, "price", "negative")]


def test_a_mixed_label_has_evidence_of_both_sides():
    document = [
        {"price:positive": 1.0, **NEUTRAL},
        {"price:positive": 0.5, "price:negative": -3.0, **NEUTRAL},
        {"price:negative": 2.0, **NEUTRAL},
    ]
    calibration = IDENTITY._replace(mention_threshold=np.full((5, 2), 0.7, np.float32))
    assert choose(document, calibration=calibration) == [
        (0, "price", "positive"),
        (2, "price", "negative"),
    ]


def test_a_side_of_a_mixed_label_is_not_called_neutral():
    document = [
        {"price:positive": 0.1, "price:neutral": 1.0, **NEUTRAL},
        {"price:negative": 2.0, **NEUTRAL},
    ]
    assert choose(document) == [(0, "price", "positive"), (1, "price", "negative")]


def test_a_driver_below_the_threshold_of_the_document_has_no_evidence():
    assert choose([{"price:negative": -0.5, **NEUTRAL}]) == []


def test_documents_about_which_nothing_is_known_have_no_evidence():
    unknown = np.full((2, len(NAMES)), np.nan, np.float32)
    assert rows_of(np.array([0, 2]), unknown, unknown[:1], IDENTITY) == []
    assert rows_of(np.array([0]), unknown[:0], unknown[:0], IDENTITY) == []


logits = st.floats(-5, 5, width=16)
clauses = st.fixed_dictionaries(dict.fromkeys(NAMES, logits))


@given(
    st.lists(st.lists(clauses, min_size=1, max_size=4), min_size=1, max_size=3),
    st.sampled_from([0.3, 0.5, 0.7]),
    st.sampled_from([0.2, 0.5]),
)
def test_every_label_of_a_document_has_its_clause(documents, threshold, both):
    calibration = IDENTITY._replace(
        mention_threshold=np.full((5, 2), threshold, np.float32),
        both_threshold=np.full(2, both, np.float32),
    )
    rows = choose(*documents, calibration=calibration)
    assert rows == sorted(rows, key=lambda row: (row[0], DRIVERS.index(row[1]) if row[1] else 2))
    assert len({row[:2] for row in rows}) == len(rows)
    first = 0
    for document in documents:
        pooled = np.max([outputs(clause) for clause in document], axis=0)
        whole = decode(pooled[None], np.zeros(1, np.int8), calibration)
        mine = [row for row in rows if first <= row[0] < first + len(document)]
        for d, driver in enumerate(DRIVERS):
            found = {polarity for _, name, polarity in mine if name == driver}
            if not whole.mentioned[d, 0]:
                assert not found
                continue
            polarity = POLARITIES[whole.polarity[d, 0]]
            if polarity == "mixed":
                assert found & {"negative", "mixed"}
                assert found & {"positive", "mixed"}
            else:
                assert polarity in found
        first += len(document)


@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_calibration_decides_which_clauses_count(shift):
    calibration = IDENTITY._replace(mention_bias=np.full((5, 2), shift, np.float32))
    rows = choose([{"price:negative": 0.5, **NEUTRAL}], calibration=calibration)
    assert rows == ([] if shift < -0.5 else [(0, "price", "negative")])
