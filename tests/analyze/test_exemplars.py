import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze import find_exemplars
from nlp_cx.analyze.sentence_window import cut_window
from nlp_cx.errors import ConfigError, SchemaError

CLAUSES = [
    "客服态度特别差，说话很冲", "客服态度差，半天不回消息", "打电话给客服一直没人接", "客服推来推去不解决问题",
    "问客服问题态度非常敷衍", "客服态度差得离谱，还挂电话", "售后客服不理人，等了三天", "客服说话不耐烦，态度恶劣",
]  # fmt: skip


def _tables(n=8):
    texts = [f"第{i}次买。\r\n{CLAUSES[i % 8]}！😡👍🏽再见" for i in range(n)]
    starts = [t.index("\n") + 1 for t in texts]
    rows = {
        "doc_id": [f"r{i}" for i in range(n)],
        "start": starts,
        "end": [s + len(CLAUSES[i % 8]) for i, s in enumerate(starts)],
        "clause": [CLAUSES[i % 8] for i in range(n)],
    }
    evidence = pd.DataFrame(rows).assign(
        lang="zh-Hans",
        driver="service",
        driver_polarity="negative",
        driver_score=-0.9,
        p_driver=0.9,
    )
    scored = pd.DataFrame({"doc_id": rows["doc_id"], "text": texts})
    return evidence, scored


def test_the_clause_stands_in_its_sentence_where_it_says():
    evidence, scored = _tables()
    shown = find_exemplars(evidence, scored)
    assert len(shown) >= 5
    for row in shown.itertuples():
        assert row.text[row.start : row.end] == row.clause
        text = scored.set_index("doc_id").loc[row.doc_id, "text"]
        assert text[row.text_start :].startswith(row.text)
        assert "次买" not in row.text
    assert shown["rank"].tolist() == list(range(1, len(shown) + 1))
    assert shown["typicality"].is_monotonic_decreasing
    assert shown["typicality"].iloc[0] == 1
    assert shown["created_at"].isna().all()


def test_equal_clauses_are_shown_once():
    shown = find_exemplars(*_tables(80), n_each=30)
    assert shown["clause"].is_unique
    assert shown["of"].tolist() == [80] * len(shown)


def test_what_is_unlike_the_rest_and_unsure_comes_last_or_not_at_all():
    evidence, scored = _tables()
    evidence.loc[3, ["p_driver", "driver_score"]] = [0.35, -0.05]
    shown = find_exemplars(evidence, scored)
    assert "r3" not in set(shown["doc_id"])


def test_columns_of_the_document_are_carried():
    evidence, scored = _tables()
    scored = scored.assign(created_at="2024-05-01", city=list("abababab"), stars=range(8))
    shown = find_exemplars(evidence, scored, segment="city", rating="stars")
    stars = dict(zip(scored["doc_id"], scored["stars"], strict=True))
    assert shown["rating"].tolist() == [stars[d] for d in shown["doc_id"]]
    assert set(shown["segment"]) == {"a", "b"}
    assert (shown["created_at"] == "2024-05-01").all()


def test_agents_are_not_quoted():
    evidence, scored = _tables()
    scored["speaker"] = ["agent"] * 4 + ["customer", None, "customer", "customer"]
    assert set(find_exemplars(evidence, scored)["doc_id"]) <= {"r4", "r5", "r6", "r7"}


def test_order_of_rows_does_not_matter():
    evidence, scored = _tables(80)
    scored["city"] = ["a", "b"] * 40
    for size in (60_000, 30):
        one = find_exemplars(evidence, scored, segment="city", max_clauses=size)
        two = find_exemplars(
            evidence.sample(frac=1, random_state=1), scored.sample(frac=1, random_state=2),
            segment="city", max_clauses=size,
        )  # fmt: skip
        pd.testing.assert_frame_equal(one, two)
    assert one.attrs["sample"]["of"] == 80
    assert one.attrs["sample"]["n"] < 60


def test_masked_text_stays_masked_and_other_texts_are_refused():
    evidence, scored = _tables()
    with pytest.raises(SchemaError, match="do not stand in 'text'"):
        find_exemplars(evidence, scored.assign(text="****"))
    with pytest.raises(SchemaError, match=r"does not hold, e\.g\. 'r7'"):
        find_exemplars(evidence, scored.head(7))
    with pytest.raises(SchemaError, match="no stars"):
        find_exemplars(evidence, scored, rating="stars")
    with pytest.raises(ConfigError, match="n_each is 0"):
        find_exemplars(evidence, scored, n_each=0)


def test_no_clause_gives_an_empty_table_with_all_columns():
    evidence, scored = _tables()
    shown = find_exemplars(evidence.head(0), scored)
    assert shown.empty
    assert {"driver", "polarity", "rank", "text", "start", "end", "segment", "rating"} <= set(shown)


@settings(max_examples=200, deadline=None)
@given(
    st.text("房a .。!！？\r\n，😡👩‍👩‍👧\u0301\u200d👍🏽", min_size=1, max_size=80),
    st.integers(0, 80), st.integers(1, 80), st.integers(1, 40),
)  # fmt: skip
def test_a_window_holds_the_clause_and_is_part_of_the_text(text, start, length, max_chars):
    start = min(start, len(text) - 1)
    end = min(start + length, len(text))
    window = cut_window(text, start, end, max_chars=max_chars)
    assert window.text[window.start : window.end] == text[start:end]
    assert text[window.offset : window.offset + len(window.text)] == window.text
    assert len(window.text) <= max(max_chars, end - start)


def test_addresses_are_no_typical_sentence():
    """As in chats on Weibo: most complaints begin or end with whom they are sent to."""
    texts = ["@\u200b某某客服 @\u200b某某手机"] * 20 + [f"@某某客服 {clause}" for clause in CLAUSES]
    evidence = pd.DataFrame(
        {"doc_id": range(len(texts)), "clause": texts, "start": 0, "end": [len(t) for t in texts]}
    ).assign(
        lang="zh-Hans", driver="service", driver_polarity="negative", driver_score=-0.99, p_driver=1
    )
    shown = find_exemplars(evidence, pd.DataFrame({"doc_id": range(len(texts)), "text": texts}))
    assert len(shown) >= 5
    assert shown["clause"].str.contains("客服 .*(?:态度|电话|客服|不理)", regex=True).all()
