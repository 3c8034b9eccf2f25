"""Evidence rows point into the original text, and no label is without one."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.read.columns import ColumnRoles
from nlp_cx.schema import EVIDENCE, POLARITIES, check_table
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
PIECES = [
    *("房间很干净", "但是前台态度差", "太贵了", "好吃", "態度差", "乾淨", "平到爆，便宜"),
    *("The room was clean", " but ", "the staff was rude", "EXPENSIVE!!", "never again", " wait "),
    *(
        "ｃｌｅａｎ",
        "ＲＵＤＥ",
        "，",
        "。",
        "、",
        "！",
        "？！",
        "...",
        "……",
        "；",
        "\r\n",
        "\n\n",
        "\t",
        " ",
    ),
    *(
        "👍",
        "👍🏽",
        "😡😡😡",
        "👨‍👩‍👧‍👦",
        "🇨🇳",
        "❤️",
        "¯\\_(ツ)_/¯",
        ":)",
        "^_^",
        "𠮷野家",
        "𝒸𝓁𝑒𝒶𝓃",
        "é",
    ),
    *(
        "$9.99",
        "3.5星",
        "http://a.cn/x?y=1",
        "e.g. ",
        "Dr. No",
        "100%",
        "\u200b",
        "\ufeff",
        "\x00",
        "ไทย",
    ),
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text(max_size=20).map(
        lambda noise: f"{noise}太贵了{noise}".encode("utf-8", "ignore").decode()
    ),
)
documents = st.lists(st.none() | texts, max_size=5)


@given(documents)
def test_a_clause_is_the_text_between_start_and_end(tiny_pipeline, texts):
    rows = tiny_pipeline.evidence(texts)
    for row in rows.itertuples():
        assert texts[row.doc_id][row.start : row.end] == row.clause
        assert 0 <= row.start < row.end <= len(texts[row.doc_id])
        assert row.clause.strip() == row.clause


@given(documents)
def test_every_label_of_a_document_has_its_words(tiny_pipeline, texts):
    scored = tiny_pipeline.score_texts(texts)
    rows = tiny_pipeline.evidence(texts)
    for i in range(len(texts)):
        mine = rows[rows["doc_id"] == i]
        for driver in DRIVERS:
            label = scored.loc[i, driver]
            found = set(mine.loc[mine["driver"] == driver, "driver_polarity"])
            if pd.isna(label):
                assert not found
            elif label == "mixed":
                assert found & {"negative", "mixed"}
                assert found & {"positive", "mixed"}
            else:
                assert label in found


@given(documents)
def test_rows_come_in_the_order_of_the_text_and_once(tiny_pipeline, texts):
    rows = tiny_pipeline.evidence(texts)
    order = ["doc_id", "start", "driver"]
    ranks = rows[order].assign(driver=rows["driver"].cat.codes.replace(-1, 99))
    pd.testing.assert_frame_equal(ranks, ranks.sort_values(order))
    assert not ranks.duplicated().any()
    clauses = rows.drop_duplicates(["doc_id", "clause_index"])
    following = clauses.groupby("doc_id").shift(-1)
    assert (clauses["end"] <= following["start"]).where(following["start"].notna(), True).all()
    assert (
        (clauses["clause_index"] < following["clause_index"])
        .where(following["start"].notna(), True)
        .all()
    )


@given(documents)
def test_labels_of_a_row_fit_together(tiny_pipeline, texts):
    rows = tiny_pipeline.evidence(texts)
    has_driver = rows["driver"].notna()
    for name in ("driver_polarity", "driver_score", "p_driver"):
        assert (rows[name].notna() == has_driver).all()
    assert (has_driver | rows["sentiment"].isin(["negative", "positive"])).all()
    score = rows["driver_score"]
    assert (score[rows["driver_polarity"] == "negative"] <= 0).all()
    assert (score[rows["driver_polarity"] == "positive"] >= 0).all()


@pytest.mark.parametrize("texts", [[], [None], ["", " "], ["太贵了"]])
def test_the_table_has_the_columns_of_the_schema(tiny_pipeline, texts):
    batch = pa.record_batch({"text": pa.array(texts, pa.string())})
    result = tiny_pipeline.score_batch(batch, ColumnRoles("text"), with_evidence=True)
    check_table(result.evidence, EVIDENCE)
    assert result.evidence.schema.names == list(EVIDENCE.names)
    rows = tiny_pipeline.evidence(texts)
    pd.testing.assert_frame_equal(rows, result.evidence.to_pandas())
    assert list(rows["driver_polarity"].cat.categories) == list(POLARITIES)


def test_a_clause_is_told_in_its_own_language(tiny_pipeline):
    rows = tiny_pipeline.evidence(["房間好乾淨，但是前台态度差。 The staff was rude"])
    assert rows["lang"].tolist() == ["zh-Hant", "zh-Hans", "en"]


@settings(max_examples=20)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_chunks_of_one_row_give_the_same_rows(tiny_pipeline, text):
    both = tiny_pipeline.evidence([text, text])
    one = tiny_pipeline.evidence([text])
    pd.testing.assert_frame_equal(both[both["doc_id"] == 0], one)
    second = both[both["doc_id"] == 1].assign(doc_id=0).reset_index(drop=True)
    pd.testing.assert_frame_equal(second, one)
