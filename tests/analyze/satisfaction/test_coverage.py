"""How many texts say anything of an expectation, and of which driver."""

import pandas as pd
import pytest

from nlp_cx.analyze.satisfaction.coverage import count_expectations, expectation_coverage
from nlp_cx.analyze.satisfaction.disconfirmation import disconfirmation_by_driver, link_drivers
from nlp_cx.analyze.satisfaction.expectations import find_expectations
from nlp_cx.errors import AnalysisError, SchemaError

DOCUMENTS = pd.DataFrame(
    {
        "doc_id": ["a", "b", "c", "d", "e"],
        "order": [1, 1, 2, 3, None],
        "store": ["x", "x", "y", "z", "x"],
        "text": ["朋友推荐的，没想到这么难吃，太失望了", "味道不错", "比上次好吃", None, "  "],
    }
)


@pytest.fixture(scope="module")
def found():
    return find_expectations(DOCUMENTS)


def test_the_share_is_of_texts_and_a_text_counts_once(found):
    table = expectation_coverage(found, DOCUMENTS).set_index("sign")
    assert table.loc["any", ["n_signs", "n"]].tolist() == [2, 3]
    assert table.loc["worse", "n_signs"] == 1
    assert table.loc["word_of_mouth", "n_signs"] == 1
    assert table.loc["promotion", "estimate"] == 0
    # Wilson interval of 2 of 3: statsmodels proportion_confint(2, 3, method="wilson").
    assert table.loc["any", ["low", "high"]].tolist() == pytest.approx([0.20766, 0.93851], abs=1e-5)
    assert len(table) == 1 + 3 + 6
    assert "Silence is unknown" in expectation_coverage(found, DOCUMENTS).attrs["note"]


def test_a_group_without_text_has_no_share(found):
    table = expectation_coverage(found, DOCUMENTS, group="store").set_index(["group", "sign"])
    assert table.loc[("x", "any"), ["n_signs", "n"]].tolist() == [1, 2]
    empty = table.loc[("z", "any")]
    assert empty["n"] == 0
    assert pd.isna(empty["estimate"])
    assert pd.isna(empty["low"])
    assert empty["reason"] == "no document has text"


def test_counts_keep_silence_apart_from_no_text(found):
    counts = count_expectations(found, DOCUMENTS).set_index("doc_id")
    assert counts.loc["b", "x_expectation_any"] == 0
    assert pd.isna(counts.loc["d", "x_expectation_any"])
    assert pd.isna(counts.loc["e", "x_expectation_worse"])
    by_order = count_expectations(found, DOCUMENTS, by="order").set_index("order")
    assert by_order.loc[1.0, "x_expectation_worse"] == 1
    assert by_order.loc[2.0, "x_expectation_experience_here"] == 1
    assert pd.isna(by_order.loc[3.0, "x_expectation_any"])
    assert len(by_order) == 3


def test_signs_need_their_documents(found):
    with pytest.raises(AnalysisError, match="not in the table"):
        expectation_coverage(found, DOCUMENTS.iloc[1:])
    with pytest.raises(AnalysisError, match="have an id of another"):
        expectation_coverage(found, pd.concat([DOCUMENTS, DOCUMENTS]))
    with pytest.raises(SchemaError, match="nosuch"):
        expectation_coverage(found, DOCUMENTS, group="nosuch")
    with pytest.raises(SchemaError, match="find_expectations"):
        count_expectations(pd.DataFrame({"x": [1]}), DOCUMENTS)


def _evidence(*rows):
    columns = ["doc_id", "clause_index", "driver", "driver_score", "sentiment_score"]
    return pd.DataFrame(list(rows), columns=columns)


def test_drivers_come_from_the_labels_of_the_clause():
    documents = pd.DataFrame(
        {"text": ["味道比想象中好，价格比想象中贵", "没想到老板自己送来", "太失望了"]}
    )
    found = find_expectations(documents)
    evidence = _evidence(
        (0, 0, "product", 0.9, 0.8), (0, 1, "price", -0.8, -0.7), (1, 0, "service", 0.7, 0.6),
        (1, 0, "convenience", 0.1, 0.6), (2, 0, None, None, -0.9),
    )  # fmt: skip
    linked = link_drivers(found, evidence)
    got = linked[["driver", "direction", "direction_from"]].astype(object)
    assert got.where(got.notna(), None).values.tolist() == [
        ["product", "better", "words"], ["price", "worse", "words"], ["service", "better", "model"],
        ["convenience", None, None], [None, "worse", "words"],
    ]  # fmt: skip


def test_a_comparison_says_its_direction_or_none():
    """Only what says *other than expected* is filled from the model, not a bare recommendation."""
    found = find_expectations(pd.DataFrame({"text": ["朋友推荐的"]}))
    linked = link_drivers(found, _evidence((0, 0, "product", 0.9, 0.9)))
    assert linked["direction"].isna().all()


def test_disconfirmation_by_driver_counts_documents_and_hides_few():
    documents = pd.DataFrame({"text": ["服务比上次差，服务比想象中差"] * 10 + ["服务比上次好"] * 4})
    found = find_expectations(documents)
    rows = [(d, c, "service", -0.5, -0.5) for d in range(10) for c in range(2)]
    rows += [(d, 0, "service", 0.5, 0.5) for d in range(10, 14)]
    table = disconfirmation_by_driver(link_drivers(found, _evidence(*rows))).set_index("driver")
    assert table.loc["service", ["n_better", "n_worse", "n", "n_words"]].tolist() == [4, 10, 14, 14]
    assert table.loc["service", "worse"] == pytest.approx(10 / 14)
    assert pd.isna(table.loc["price", "worse"])
    assert table.loc["price", "reason"] == "documents: 0, fewer than 10"
    assert list(table.index) == [
        "product",
        "service",
        "relationship",
        "price",
        "convenience",
        "brand",
    ]


def test_an_evidence_table_is_needed():
    with pytest.raises(SchemaError, match="not an evidence table: no column clause_index"):
        link_drivers(find_expectations(DOCUMENTS), pd.DataFrame({"doc_id": ["a"]}))
    with pytest.raises(SchemaError, match="link_drivers"):
        disconfirmation_by_driver(pd.DataFrame({"direction": ["worse"]}))
