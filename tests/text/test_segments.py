"""Clauses and words as one table: every offset points into the text, and nothing gets lost."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.schema import CLAUSES, check_table
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.segments import segment_texts
from nlp_cx.text.words import WordSegmenter, WordSpec

PIECES = [
    *("房间很干净", "但是前台态度差", "味道好", "環境、服務都好", "就是有点贵", "T恤", "不过"),
    *("The room was clean", " but ", "didn't", "check-in", "wi-fi", "$9.99", "3.5星", "16GB"),
    *("，", "。", "、", "！", "？！", "...", "……", "；", ",", ".", " ", "\r\n", "\t", "\u3000"),
    *(
        "👍🏽",
        "👨‍👩‍👧",
        "🇨🇳",
        "😡😡",
        ":)",
        "^_^",
        "(╯°□°)╯",
        "𠮷",
        "ＡＰＰ",
        "http://a.cn/x?y=1",
        "@shop",
        "#sale",
    ),
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)


def segment(texts, spec=None):
    return segment_texts(TextBatch.from_strings(texts), spec).to_pandas()


@given(st.lists(texts, max_size=4))
def test_every_row_points_into_its_text(texts):
    for row in segment(texts).itertuples():
        assert texts[row.doc_id][row.start : row.end] == row.text
        assert row.start < row.end


@given(st.lists(texts, max_size=4))
def test_clauses_are_those_that_are_scored(texts):
    batch = TextBatch.from_strings(texts)
    found = find_clauses(batch.codes, batch.offsets)
    rows = segment(texts)
    clauses = rows[rows["kind"] == "clause"]
    offsets = batch.offsets[found.document]
    assert clauses["doc_id"].tolist() == found.document.tolist()
    assert clauses["start"].tolist() == (found.start - offsets).tolist()
    assert clauses["end"].tolist() == (found.end - offsets).tolist()
    assert (clauses["clause_index"] == clauses.groupby("doc_id").cumcount()).all()


@given(texts)
def test_words_follow_their_clause_in_text_order(text):
    rows = segment([text])
    starts = rows["start"].where(rows["kind"] == "clause").ffill()
    ends = rows["end"].where(rows["kind"] == "clause").ffill()
    words = rows["kind"] == "word"
    assert not words.head(1).any()
    assert (rows["end"] > starts).all()
    assert (rows["start"] < ends).all()
    assert (rows.loc[words, "start"].diff().dropna() > 0).all()


@given(texts)
def test_every_word_that_overlaps_a_clause_is_listed_once(text):
    rows = segment([text])
    clauses = rows[rows["kind"] == "clause"]
    spans = list(zip(clauses["start"], clauses["end"], strict=True))
    expected = [
        (word.start, word.end)
        for word in WordSegmenter().words(text)
        if any(word.start < end and start < word.end for start, end in spans)
    ]
    words = rows[rows["kind"] == "word"]
    assert list(zip(words["start"], words["end"], strict=True)) == expected


def test_a_word_across_the_border_of_clauses_belongs_to_the_first():
    spec = WordSpec(user_words=(("Wait. What", None, None),))
    rows = segment(["I said Wait. What a place"], spec)
    crossing = rows[rows["text"] == "Wait. What"]
    assert crossing["clause_index"].tolist() == [0]
    assert rows.loc[rows["kind"] == "clause", "text"].tolist() == ["I said Wait", "What a place"]
    assert rows["text"].tolist().count("What") == 0


def test_the_table_is_that_of_the_schema_whatever_the_texts_are():
    tables = [
        segment_texts(TextBatch.from_strings(texts))
        for texts in ([], [None, ""], ["味道好"], ["房間好，the room 服务差 😡"])
    ]
    for table in tables:
        check_table(table, CLAUSES)
        assert table.column_names == list(CLAUSES.names)
        assert table.schema == tables[0].schema
        kind = table.to_pandas()["kind"]
        assert list(kind.cat.categories) == ["clause", "word"]


def test_texts_without_a_clause_have_no_rows():
    assert segment([None, "", " \r\n", "，。", "好"])["doc_id"].tolist() == [4, 4]


def test_each_clause_has_its_language():
    rows = segment(["房間好乾淨，房间太贵。The staff was rude"])
    clauses = rows[rows["kind"] == "clause"]
    assert clauses["lang"].tolist() == ["zh-Hant", "zh-Hans", "en"]
    words = rows[rows["kind"] == "word"]
    assert words.loc[words["clause_index"] == 2, "lang"].unique().tolist() == ["en"]


def test_user_words_are_kept_whole():
    spec = WordSpec(user_words=(("云端硬盘", None, None),))
    assert "云端硬盘" in segment(["云端硬盘很好用"], spec)["text"].tolist()
    assert "云端硬盘" not in segment(["云端硬盘很好用"])["text"].tolist()


@pytest.mark.parametrize("n", [20_000])
def test_a_long_text_is_segmented(n):
    rows = segment(["味道好，" * (n // 4)])
    assert (rows["kind"] == "clause").sum() == n // 4
    assert isinstance(rows, pd.DataFrame)
    assert pa.Table.from_pandas(rows).num_rows == 3 * n // 4
