import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze import find_terms
from nlp_cx.errors import ConfigError, SchemaError


def _evidence(rows):
    """Rows of (doc_id, clause, lang, driver, polarity)."""
    table = pd.DataFrame(rows, columns=["doc_id", "clause", "lang", "driver", "driver_polarity"])
    return table.assign(start=table.groupby("doc_id").cumcount() * 100, p_driver=0.9)


def _clear(n=6):
    return (
        [(f"a{i}", "客服态度很差", "zh-Hans", "service", "negative") for i in range(n)]
        + [(f"b{i}", "味道很好", "zh-Hans", "product", "positive") for i in range(2 * n)]
        + [(f"c{i}", "the Staff was rude", "en", "service", "negative") for i in range(n)]
        + [(f"d{i}", "great value", "en", "price", "positive") for i in range(n)]
    )


def _rows(terms, *columns):
    return [tuple(row) for row in terms[list(columns)].astype(object).itertuples(index=False)]


def test_terms_have_driver_polarity_counts_and_shares():
    terms = find_terms(_evidence(_clear()))
    found = _rows(terms, "driver", "aspect", "opinion", "polarity", "lang", "n", "of")
    assert ("service", "客服", "态度差", "negative", "zh", 6, 18) in found
    assert ("product", "味道", "好", "positive", "zh", 12, 18) in found
    assert ("service", "staff", "rude", "negative", "en", 6, 12) in found
    assert (terms["share_low"] < terms["share"]).all()
    assert (terms["share"] < terms["share_high"]).all()
    assert terms["share"].tolist() == (terms["n"] / terms["of"]).tolist()


def test_examples_are_documents_that_say_so():
    evidence = _evidence(_clear())
    said = dict(zip(evidence["doc_id"], evidence["clause"], strict=True))
    for row in find_terms(evidence).itertuples():
        assert len(set(row.examples)) == len(row.examples) == 3
        assert [said[doc] for doc in row.examples] == row.example_clauses


def test_a_document_counts_once_however_often_it_says_so():
    rows = [(1, "客服态度很差", "zh-Hans", "service", "negative")] * 9
    assert find_terms(_evidence(rows)).empty


def test_scripts_and_numbers_are_one_term_in_the_most_frequent_writing():
    rows = [(i, "態度很差", "zh-Hant", "service", "negative") for i in range(4)]
    rows += [(9, "态度差", "zh-Hans", "service", "negative")]
    rows += [(20 + i, "the towel was dirty", "en", "product", "negative") for i in range(3)]
    rows += [(30 + i, "the towels were dirty", "en", "product", "negative") for i in range(5)]
    found = _rows(find_terms(_evidence(rows)), "aspect", "opinion", "n")
    assert sorted(found) == [("towels", "dirty", 8), ("態度", "差", 5)]


def test_a_polarity_that_a_pair_is_rare_in_does_not_show_it():
    rows = [(i, "味道很好", "zh-Hans", "product", "positive") for i in range(200)]
    rows += [(300 + i, "味道很好", "zh-Hans", "product", "negative") for i in range(4)]
    rows += [(400 + i, "味道很差", "zh-Hans", "product", "negative") for i in range(60)]
    found = _rows(find_terms(_evidence(rows)), "opinion", "polarity")
    assert sorted(found) == [("好", "positive"), ("差", "negative")]


def test_a_pair_of_a_clause_with_two_drivers_goes_to_the_driver_of_its_aspect():
    rows = [(i, "服务很好", "zh-Hans", "service", "positive") for i in range(9)]
    rows += [(20 + i, "味道很好", "zh-Hans", "product", "positive") for i in range(9)]
    table = _evidence(rows)
    both = [
        (50 + i, "味道、服务都很好", "zh-Hans", d, "positive")
        for i in range(5)
        for d in ("service", "product")
    ]
    terms = find_terms(pd.concat([table, _evidence(both).assign(start=0)], ignore_index=True))
    assert sorted(_rows(terms, "driver", "aspect", "n")) == [
        ("product", "味道", 14),
        ("service", "服务", 14),
    ]


def test_shares_are_of_the_customers_texts():
    evidence = _evidence(_clear())
    scored = pd.DataFrame({"doc_id": [*evidence["doc_id"], *(f"x{i}" for i in range(70))]})
    scored["lang"] = [*evidence["lang"], *["zh-Hant"] * 70]
    scored["speaker"] = None
    scored.loc[scored["doc_id"].isin([f"a{i}" for i in range(6)]), "speaker"] = "agent"
    scored.loc[scored["doc_id"] == "b0", "speaker"] = "customer"
    found = _rows(find_terms(evidence, scored=scored), "aspect", "n", "of")
    assert ("味道", 12, 82) in found
    assert all(aspect != "客服" for aspect, _, _ in found)


def test_order_of_rows_does_not_matter():
    evidence = _evidence(_clear())
    shuffled = evidence.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(find_terms(evidence), find_terms(shuffled))
    few = {"max_clauses": 12, "min_documents": 1}
    pd.testing.assert_frame_equal(find_terms(evidence, **few), find_terms(shuffled, **few))


def test_a_sample_estimates_the_counts_and_says_so():
    rng = np.random.default_rng(0)
    says = rng.random(6000) < 0.3
    rows = [
        (i, "味道很好" if yes else "包装不错", "zh-Hans", "product", "positive")
        for i, yes in enumerate(says)
    ]
    terms = find_terms(_evidence(rows), max_clauses=1500).set_index("aspect")
    assert abs(terms.attrs["sample"]["n"] - 1500) < 150
    assert terms.attrs["sample"]["of"] == 6000
    taste = terms.loc["味道"]
    assert taste["share_low"] < says.mean() < taste["share_high"]
    assert abs(taste["n"] / 6000 - taste["share"]) < 1e-3
    assert taste["n_sampled"] < 600


def test_top_n_bounds_each_cell():
    rows = [(f"{k}-{i}", f"{a}很好", "zh-Hans", "product", "positive")
            for k, a in enumerate(["味道", "包装", "环境", "质量", "颜色"]) for i in range(3 + k)]  # fmt: skip
    assert find_terms(_evidence(rows), top_n=2)["n"].tolist() == [7, 6]


def test_no_clause_gives_an_empty_table_with_all_columns():
    terms = find_terms(_evidence(_clear()).head(0))
    assert terms.empty
    assert {"driver", "aspect", "opinion", "polarity", "lang", "n", "share", "examples"} <= set(
        terms
    )


def test_missing_columns_and_bad_numbers_are_refused():
    with pytest.raises(SchemaError, match="no clause, p_driver"):
        find_terms(_evidence(_clear()).drop(columns=["clause", "p_driver"]))
    with pytest.raises(ConfigError, match="top_n is 0"):
        find_terms(_evidence(_clear()), top_n=0)


def test_input_is_not_changed():
    evidence = _evidence(_clear())
    before = evidence.copy(deep=True)
    find_terms(evidence)
    pd.testing.assert_frame_equal(evidence, before)


def test_among_complaints_alone_complaints_are_found():
    clauses = [
        "信号很差",
        "信号太差了",
        "信号差得要命",
        "屏幕小",
        "屏幕太小",
        "屏幕实在小",
        "客服态度好",
    ]
    evidence = pd.DataFrame({"doc_id": range(7), "clause": clauses, "start": 0}).assign(
        lang="zh-Hans",
        driver=["product"] * 6 + ["service"],
        driver_polarity=["negative"] * 6 + ["positive"],
        p_driver=0.9,
    )
    found = find_terms(evidence)
    assert found[["aspect", "opinion", "polarity", "n"]].values.tolist() == [
        ["信号", "差", "negative", 3],
        ["屏幕", "小", "negative", 3],
    ]
