import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze import emerging_terms
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

WORDS = [
    "味道",
    "包装",
    "房间",
    "价格",
    "服务",
    "环境",
    "屏幕",
    "电池",
    "早餐",
    "快递",
    "客服",
    "质量",
    "颜色",
    "分量",
    "声音",
    "位置",
    "尺寸",
    "面料",
    "软件",
    "系统",
]


def _texts(n, seed, planted=0.0, months=4):
    """Texts of two random words, a month each; in the last a share says 漏水, too."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(2, 2 + len(WORDS))
    picks = rng.choice(len(WORDS), (n, 2), p=weights / weights.sum())
    month = rng.integers(1, months + 1, n)
    clauses = [f"{WORDS[a]}，{WORDS[b]}" for a, b in picks]
    says = (rng.random(n) < planted) & (month == months)
    clauses = [c + "，漏水" if s else c for c, s in zip(clauses, says, strict=True)]
    scored = pd.DataFrame({"doc_id": range(n), "lang": "zh-Hans"})
    scored["created_at"] = [f"2024-{m:02d}-15" for m in month]
    evidence = pd.DataFrame({"doc_id": range(n), "clause": clauses, "start": 0, "lang": "zh-Hans"})
    return evidence.assign(driver="product"), scored


def test_nothing_emerges_from_shuffled_dates():
    false = sum(
        emerging_terms(*_texts(500, seed), min_ratio=1)["is_emerging"].any() for seed in range(20)
    )
    # All hypotheses are true, so that the rate of runs with any finding is the false discovery
    # rate: at most 0.05; 4 of 20 or more would have a probability of 0.016.
    assert false <= 3


def test_a_planted_term_is_found_with_its_counts():
    evidence, scored = _texts(600, 1, planted=0.1)
    terms = emerging_terms(evidence, scored)
    found = terms[terms["is_emerging"]]
    assert found["term"].tolist() == ["漏水"]
    row = found.iloc[0]
    is_now = scored["created_at"] == "2024-04-15"
    assert row["n_now"] == evidence["clause"].str.contains("漏水").sum()
    assert row["n_before"] == 0
    assert (row["of_now"], row["of_before"]) == (is_now.sum(), (~is_now).sum())
    assert row["driver"] == "product"
    assert pd.isna(row["ratio"])
    assert row["ratio_low"] > 1
    assert terms.attrs["period"] == "2024-04"


def test_the_p_value_is_fishers_and_the_interval_exact():
    # 12 of 100 now, 9 of 300 before; R: fisher.test(matrix(c(12,88,9,291),2), alternative="greater")
    # is scipy.stats.fisher_exact; poisson.test(c(12,9), c(100,300))$conf.int is 1.5471 to 10.7466.
    from scipy.stats import fisher_exact

    says = [True] * 12 + [False] * 88 + [True] * 9 + [False] * 291
    scored = pd.DataFrame({"doc_id": range(400), "lang": "zh-Hans"})
    scored["created_at"] = ["2024-05-02"] * 100 + ["2024-04-02"] * 300
    evidence = pd.DataFrame(
        {"doc_id": range(400), "start": 0, "lang": "zh-Hans", "driver": "product"}
    )
    evidence["clause"] = [f"漏水{i}" if s else f"包装{i}" for i, s in enumerate(says)]
    row = emerging_terms(evidence, scored).set_index("term").loc["漏水"]
    assert row["p_value"] == pytest.approx(fisher_exact([[12, 88], [9, 291]], "greater")[1])
    assert row["ratio"] == pytest.approx(4)
    low, high = row["ratio_low"], row["ratio_high"]
    from scipy.stats import binomtest

    expected = binomtest(12, 21).proportion_ci(0.95, "exact")
    assert (low, high) == pytest.approx([3 * p / (1 - p) for p in expected])


def test_more_texts_alone_make_nothing_emerge():
    evidence, scored = _texts(300, 2, months=2)
    scored["created_at"] = ["2024-05-03" if i % 10 else "2024-04-03" for i in range(300)]
    assert not emerging_terms(evidence, scored, min_ratio=1)["is_emerging"].any()


def test_one_text_sent_many_times_is_no_trend():
    evidence, scored = _texts(600, 1, planted=0.1)
    evidence.loc[evidence["clause"].str.contains("漏水"), "clause"] = "漏水，包装"
    assert not emerging_terms(evidence, scored)["is_emerging"].any()


def test_order_of_rows_does_not_matter():
    evidence, scored = _texts(400, 3, planted=0.1)
    for size in (60_000, 150):
        one = emerging_terms(evidence, scored, max_clauses=size)
        two = emerging_terms(
            evidence.sample(frac=1, random_state=1), scored.sample(frac=1, random_state=2),
            max_clauses=size,
        )  # fmt: skip
        pd.testing.assert_frame_equal(one, two)
    assert 100 < one.attrs["sample"]["n"] < 200


def test_agents_do_not_count():
    evidence, scored = _texts(600, 1, planted=0.1)
    scored["speaker"] = np.where(evidence["clause"].str.contains("漏水"), "agent", "customer")
    assert "漏水" not in set(emerging_terms(evidence, scored)["term"])


def test_an_earlier_period_can_be_asked_for():
    evidence, scored = _texts(600, 1, planted=0.1)
    terms = emerging_terms(evidence, scored, period="2024-03")
    assert terms.attrs["period"] == "2024-03"
    assert "漏水" not in set(terms["term"])


def test_what_cannot_be_answered_is_an_error():
    evidence, scored = _texts(50, 0)
    with pytest.raises(AnalysisError, match="no text is earlier"):
        emerging_terms(evidence, scored.assign(created_at="2024-05-01"))
    with pytest.raises(AnalysisError, match="no text is of period '2031-01'"):
        emerging_terms(evidence, scored, period="2031-01")
    with pytest.raises(SchemaError, match="no created_at"):
        emerging_terms(evidence, scored.drop(columns="created_at"))
    with pytest.raises(SchemaError, match="not unique"):
        emerging_terms(evidence, pd.concat([scored, scored]))
    with pytest.raises(ConfigError, match="max_q is 5"):
        emerging_terms(evidence, scored, max_q=5)


def test_a_template_that_many_texts_repeat_is_no_trend():
    """As in real reviews: 35 texts of one month say 有发票质量有保证, nobody else says 发票."""
    evidence, scored = _texts(600, 3)
    n = len(scored)
    more = pd.DataFrame({"doc_id": range(n, n + 35), "lang": "zh-Hans", "created_at": "2024-04-20"})
    says = pd.DataFrame({"doc_id": more["doc_id"], "clause": "有发票质量有保证", "start": 0})
    says.loc[says.index % 5 == 0, "clause"] = "有发票价格也合理送货快"
    says.loc[says.index % 5 == 1, "clause"] = "态度好有发票质量有保证"
    says = says.assign(lang="zh-Hans", driver="product")
    tables = pd.concat([evidence, says]), pd.concat([scored, more])
    found = emerging_terms(*tables, min_documents=1, top_n=500).set_index("term")
    assert not found["is_emerging"].any()
    assert found.loc["发票", "n_now"] == 3
    # The same word in as many different texts is one.
    says["clause"] = [f"{word}有发票" for word in WORDS[:5]] * 7
    found = emerging_terms(pd.concat([evidence, says]), tables[1], top_n=500)
    assert "发票" in set(found.loc[found["is_emerging"], "term"])
