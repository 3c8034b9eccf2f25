"""The scored table is a contract: its columns, its rows, and what stays as it was."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import nlp_cx.pipeline
from nlp_cx.errors import InputError, ModelError
from nlp_cx.pipeline import FeedbackPipeline, load
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.schema import LANGUAGES, POLARITIES, SENTIMENTS, check_table, scored_schema
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
CHAT_COLUMNS = ("speaker", "turn", "interaction_id")
REVIEWS = [
    "房间很干净，但是前台态度差！",
    "Expensive, and the waiter was rude 😡",
    "",
    None,
    " \r\n\t",
    "👍👍",
    "🙃",
    "房間好乾淨，would come again",
    "，。……",
    "到了",
    "ไม่รู้",
]


@pytest.fixture
def frame():
    return pd.DataFrame({"review": REVIEWS, "stars": range(len(REVIEWS))})


@pytest.fixture
def chat():
    rows = [
        ("c1", "客户", "等了三天，太慢了"),
        ("c1", "客服", "态度差？真的很抱歉，便宜一点"),
        ("c2", "客户", "房间干净"),
        ("c1", "客户", "贵"),
        ("c2", None, "太贵"),
        ("c2", "客服", None),
    ]
    return pd.DataFrame(rows, columns=["会话ID", "角色", "内容"])


def without_chat(names):
    return [name for name in names if name not in CHAT_COLUMNS]


# The columns


def test_columns_come_in_the_order_of_the_schema(tiny_pipeline, frame):
    scored = tiny_pipeline.score(frame, text="review")
    assert list(scored.columns) == ["review", "stars", *without_chat(scored_schema().names)]


def test_columns_are_those_of_the_contract(tiny_pipeline):
    expected = ["doc_id", "lang", "sentiment", "sentiment_score"]
    expected += ["p_negative", "p_neutral", "p_positive"]
    for driver in ("product", "service", "relationship", "price", "convenience", "brand"):
        expected += [driver, f"{driver}_score", f"p_{driver}"]
    expected += ["loyalty", "mixed", "model"]
    assert list(tiny_pipeline.score_texts(["好"]).columns) == expected


def test_types_are_those_of_the_schema_whatever_the_texts_are(tiny_pipeline):
    for texts in (REVIEWS, ["好吃"], [None, None], [""], []):
        table = pa.table({"text": pa.array(texts, pa.string())})
        scored = tiny_pipeline.score(table)
        check_table(scored.append_column("speaker", pa.nulls(len(texts))), _without(CHAT_COLUMNS))
    dtypes = {str(tiny_pipeline.score_texts(t).dtypes.to_dict()) for t in (REVIEWS, [None], ["好"])}
    assert len(dtypes) == 1


def _without(names):
    schema = scored_schema()
    columns = tuple(column for column in schema.columns if column.name not in names)
    return type(schema)(schema.name, schema.row, columns)


def test_the_types_of_a_chat_are_those_of_the_schema(tiny_pipeline, chat):
    for table in (pa.Table.from_pandas(chat), pa.Table.from_pandas(chat.iloc[:0])):
        check_table(tiny_pipeline.score(table), scored_schema())


def test_lean_columns_are_keys_labels_and_scores(tiny_pipeline, frame, chat):
    labels = ["lang", "sentiment", "sentiment_score"]
    for driver in DRIVERS:
        labels += [driver, f"{driver}_score"]
    labels += ["loyalty", "mixed", "model"]
    assert list(tiny_pipeline.score(frame, columns="lean").columns) == ["doc_id", *labels]
    keys = ["doc_id", "interaction_id", "speaker", "turn"]
    assert list(tiny_pipeline.score(chat, columns="lean").columns) == keys + labels


# The rows


def test_every_row_of_the_input_has_its_row(tiny_pipeline, frame):
    scored = tiny_pipeline.score(frame)
    assert scored["doc_id"].tolist() == list(range(len(REVIEWS)))
    assert scored["lang"].astype(object).where(scored["lang"].notna(), None).tolist() == [
        "zh-Hans",
        "en",
        "und",
        None,
        "und",
        "und",
        "und",
        "mixed",
        "und",
        "zh-Hans",
        "und",
    ]


def test_where_nothing_can_be_said_nothing_is_said(tiny_pipeline):
    scored = tiny_pipeline.score_texts(REVIEWS)
    known = [i for i, text in enumerate(REVIEWS) if any(w in (text or "") for w in _KNOWN)]
    assert known == [0, 1, 5, 7]
    said = scored.drop(columns=["doc_id", "lang", "model"])
    assert said.drop(index=known).isna().all(axis=None)
    always = ["sentiment", "sentiment_score", "mixed", *(f"p_{driver}" for driver in DRIVERS)]
    assert said.loc[known, always].notna().all(axis=None)


_KNOWN = ("干净", "乾淨", "态度差", "Expensive", "👍")


def test_labels_are_those_of_the_words(tiny_pipeline):
    scored = tiny_pipeline.score_texts(REVIEWS)
    first, second = scored.loc[0], scored.loc[1]
    assert (first["product"], first["service"], first["mixed"]) == ("positive", "negative", True)
    assert (second["price"], second["service"], second["mixed"]) == ("negative", "negative", False)
    assert (second["sentiment"], scored.loc[5, "sentiment"]) == ("negative", "positive")
    assert scored.loc[7, "loyalty"] == "positive"
    assert pd.isna(first["price"])
    assert first["p_price"] < 0.1


def test_values_stay_in_their_ranges(tiny_pipeline):
    scored = tiny_pipeline.score_texts([text for text in REVIEWS if text] * 3)
    for name in ("sentiment_score", *(f"{driver}_score" for driver in DRIVERS)):
        assert scored[name].dropna().between(-1, 1).all()
    for name in (*SENTIMENTS, *DRIVERS):
        assert scored[f"p_{name}"].dropna().between(0, 1).all()
    for driver in DRIVERS:
        assert (scored[driver].isna() == scored[f"{driver}_score"].isna()).all()
        assert list(scored[driver].cat.categories) == list(POLARITIES)
    assert list(scored["lang"].cat.categories) == list(LANGUAGES)
    total = scored[["p_negative", "p_neutral", "p_positive"]].sum(axis=1, skipna=False)
    assert total.dropna().between(0.999, 1.001).all()
    difference = scored["p_positive"] - scored["p_negative"]
    np.testing.assert_allclose(difference.dropna(), scored["sentiment_score"].dropna(), atol=1e-6)


def test_no_rows_give_no_rows(tiny_pipeline, frame):
    n_columns = 2 + len(without_chat(scored_schema().names))
    assert tiny_pipeline.score(frame.iloc[:0]).shape == (0, n_columns)
    assert tiny_pipeline.score_texts([]).shape[0] == 0
    assert tiny_pipeline.evidence([]).shape[0] == 0
    assert tiny_pipeline.segment([]).shape[0] == 0


# The input


def test_the_input_is_left_as_it_was(tiny_pipeline):
    frame = pd.DataFrame(
        {
            "review": pd.array(["干净", None, "贵"], "string"),
            "when": pd.to_datetime(["2026-01-01", None, "2026-01-03"], utc=True),
            "shop": pd.Categorical(["b", "a", None], categories=["b", "a"], ordered=True),
            "tags": [["x"], None, {"y": 1}],
            "n": pd.array([1, None, 3], "Int64"),
            "odd": [1, "one", 2.5],
            7: [True, False, True],
        },
        index=pd.Index(["r3", "r1", "r1"], name="row"),
    )
    before = frame.copy(deep=True)
    scored = tiny_pipeline.score(frame, text="review")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(scored[list(frame.columns)], before)
    assert scored.index.equals(before.index)
    assert scored.index.name == "row"


def test_columns_with_a_scored_name_are_kept_under_another(tiny_pipeline):
    table = pa.table(
        {
            "text": ["干净"],
            "model": ["X200"],
            "input_price": [1],
            "price": [9.5],
            "input_input_price": [2],
            "sentiment": pa.array([None], pa.null()),
        }
    )
    expected = ["text", "input_model", "input_price", "input_input_input_price"]
    expected += ["input_input_price", "input_sentiment"]
    scored = tiny_pipeline.score(table)
    assert scored.column_names[:6] == expected
    assert len(set(scored.column_names)) == len(scored.column_names)
    row = scored.slice(0, 1).to_pylist()[0]
    assert (row["input_model"], row["model"]) == ("X200", "tiny-1")
    assert (row["input_input_input_price"], row["price"]) == (9.5, None)
    frame = tiny_pipeline.score(table.to_pandas())
    assert list(frame.columns) == scored.column_names


def test_a_pandas_column_that_arrow_cannot_hold_is_kept_too(tiny_pipeline):
    frame = pd.DataFrame({"text": ["干净", "贵"], "model": ["X200", 200], "lang": [{1}, object]})
    scored = tiny_pipeline.score(frame)
    assert scored["input_model"].tolist() == ["X200", 200]
    assert scored["input_lang"].tolist() == [{1}, object]


def test_columns_of_the_same_name_are_all_kept(tiny_pipeline):
    frame = pd.DataFrame([["干净", 1, 2, 3]], columns=["text", "n", "n", "price"])
    assert list(tiny_pipeline.score(frame).columns[:4]) == ["text", "n", "n", "input_price"]
    table = pa.Table.from_arrays(
        [pa.array(["贵"]), pa.array([1]), pa.array([2])], ["text", "n", "n"]
    )
    assert tiny_pipeline.score(table).column_names[:3] == ["text", "n", "n"]


def test_keys_are_the_users_own_and_there_once(tiny_pipeline):
    frame = pd.DataFrame({"doc_id": ["a", 7], "interaction_id": [1.5, None], "text": ["贵", "慢"]})
    scored = tiny_pipeline.score(frame.astype({"doc_id": str}))
    assert list(scored.columns[:2]) == ["text", "doc_id"]
    assert scored["doc_id"].tolist() == ["a", "7"]
    assert scored["interaction_id"].dtype == np.float64
    assert scored.columns.tolist().count("interaction_id") == 1
    other = tiny_pipeline.score(frame.rename(columns={"doc_id": "no"}), id="interaction_id")
    assert other["doc_id"].tolist()[0] == 1.5


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
)
def test_every_type_of_string_is_read_and_carried_through(tiny_pipeline, kind):
    table = pa.table({"text": pa.array(["干净", None, "贵"]).cast(kind)})
    scored = tiny_pipeline.score(table)
    assert scored.schema.field("text").type == kind
    assert scored.column("product").to_pylist() == ["positive", None, None]


def test_schema_metadata_and_fields_are_carried_through(tiny_pipeline):
    field = pa.field("text", pa.string(), nullable=False, metadata={"from": "app"})
    table = pa.table([pa.array(["贵"])], pa.schema([field], metadata={"licence": "none"}))
    scored = tiny_pipeline.score(table)
    assert scored.schema.field("text").equals(field, check_metadata=True)
    assert scored.schema.metadata == {b"licence": b"none"}


def test_a_frame_gives_a_frame_a_table_a_table_and_a_batch_a_batch(tiny_pipeline, frame):
    table = pa.Table.from_pandas(frame)
    results = [tiny_pipeline.score(x) for x in (frame, table, table.to_batches()[0])]
    assert [type(result) for result in results] == [pd.DataFrame, pa.Table, pa.RecordBatch]
    assert results[1].combine_chunks().to_batches()[0].equals(results[2])
    pd.testing.assert_frame_equal(
        results[1].select(["p_price", "sentiment"]).to_pandas(),
        results[0][["p_price", "sentiment"]],
    )
    assert tiny_pipeline.score(table.to_batches()[0].slice(0, 0)).num_rows == 0


# What cannot be scored


@pytest.mark.parametrize("wrong", [["干净"], "干净", {"text": ["干净"]}, np.array(["干净"]), None])
def test_what_is_no_table_is_refused(tiny_pipeline, wrong):
    with pytest.raises(InputError, match=r"expected a pandas DataFrame.*score_texts"):
        tiny_pipeline.score(wrong)


@pytest.mark.parametrize("make", [pd.DataFrame, pa.table], ids=["pandas", "arrow"])
class TestTextColumn:
    def test_is_found_by_its_name(self, tiny_pipeline, make):
        scored = tiny_pipeline.score(make({"id": [4], "评论": ["贵"]}))
        assert np.asarray(scored["price"]).tolist() == ["negative"]

    def test_is_asked_for_where_two_fit(self, tiny_pipeline, make):
        with pytest.raises(InputError, match=r"'评论', 'comment' could each be the text"):
            tiny_pipeline.score(make({"评论": ["贵"], "comment": ["x"]}))

    def test_is_asked_for_where_none_fits(self, tiny_pipeline, make):
        with pytest.raises(InputError, match=r"no column is named like a text.*'a', 'b'"):
            tiny_pipeline.score(make({"a": ["贵"], "b": ["x"]}))

    def test_must_exist(self, tiny_pipeline, make):
        with pytest.raises(InputError, match=r"no column 'reveiw'.*Did you mean 'review'"):
            tiny_pipeline.score(make({"review": ["贵"]}), text="reveiw")

    @pytest.mark.parametrize("values", [[1, 2], [1.5, None], [True, False], [b"a", b"b"]])
    def test_must_hold_text(self, tiny_pipeline, make, values):
        with pytest.raises(InputError, match=r"column 'review' holds .*expected text"):
            tiny_pipeline.score(make({"review": values}), text="review")


def test_a_text_column_of_mixed_types_is_named(tiny_pipeline):
    frame = pd.DataFrame({"review": ["干净", 5, "贵"]})
    with pytest.raises(InputError, match=r"column 'review' mixes types.*astype"):
        tiny_pipeline.score(frame)


def test_a_frame_without_any_text_is_scored_as_missing(tiny_pipeline):
    scored = tiny_pipeline.score(pd.DataFrame({"review": [None, float("nan"), pd.NA]}))
    assert len(scored) == 3
    assert scored["lang"].isna().all()


@pytest.mark.parametrize("text", [None, "review"])
def test_a_table_without_any_text_is_scored_as_missing(tiny_pipeline, text):
    table = pa.table({"review": pa.nulls(3), "n": [1, 2, 3]})
    scored = tiny_pipeline.score(table, text=text)
    assert scored.schema.field("review").type == pa.null()
    assert scored.column("lang").null_count == scored.column("sentiment").null_count == 3
    batch = table.to_batches()[0]
    masked = tiny_pipeline.score_batch(batch, ColumnRoles("review"), mask_pii=True)
    assert masked.scored.equals(tiny_pipeline.score(batch))
    beside = pa.table({"review": pa.nulls(1), "评论": ["贵"]})
    assert tiny_pipeline.score(beside).column("price").to_pylist() == ["negative"]


def test_two_text_columns_of_one_name_are_refused(tiny_pipeline):
    frame = pd.DataFrame([["干净", "贵"]], columns=["text", "text"])
    with pytest.raises(InputError, match="2 columns are named 'text'"):
        tiny_pipeline.score(frame)


@pytest.mark.parametrize("columns", ["all", "", None, True])
def test_other_sets_of_columns_are_refused(tiny_pipeline, frame, columns):
    with pytest.raises(InputError, match="expected 'full' or 'lean'"):
        tiny_pipeline.score(frame, columns=columns)


@pytest.mark.parametrize("call", ["score_texts", "evidence", "segment"])
def test_one_string_is_no_list_of_strings(tiny_pipeline, call):
    with pytest.raises(InputError, match="got one string, expected a list"):
        getattr(tiny_pipeline, call)("很好")


def test_texts_come_in_many_kinds_of_sequences(tiny_pipeline):
    expected = tiny_pipeline.score_texts(["干净", None])
    for texts in (
        ("干净", None),
        pd.Series(["干净", None], index=[5, 6]),
        np.array(["干净", None], object),
        pa.array(["干净", None]),
        iter(["干净", None]),
    ):
        pd.testing.assert_frame_equal(tiny_pipeline.score_texts(texts), expected)
    with pytest.raises(InputError, match=r"text 1 is nan \(float\)"):
        tiny_pipeline.score_texts(["干净", float("nan")])


# Chats


def test_only_turns_of_customers_are_scored(tiny_pipeline, chat):
    scored = tiny_pipeline.score(chat)
    assert scored["speaker"].tolist() == [
        *("customer", "agent", "customer", "customer"),
        *("unknown", "agent"),
    ]
    is_scored = scored["sentiment"].notna()
    assert (is_scored == (scored["speaker"] == "customer")).all()
    assert scored.loc[1, ["p_price", "product_score", "mixed"]].isna().all()
    assert scored["lang"].notna().tolist() == [True] * 5 + [False]
    assert scored.loc[0, "convenience"] == scored.loc[3, "price"] == "negative"


def test_keys_of_a_chat_stand_in_the_scored_table(tiny_pipeline, chat):
    scored = tiny_pipeline.score(chat)
    assert scored["interaction_id"].tolist() == chat["会话ID"].tolist()
    assert scored["turn"].tolist() == [0, 1, 0, 2, 1, 2]
    assert list(scored.columns[:3]) == ["会话ID", "角色", "内容"]


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["1", "2", "x", None, " 5", "6.5"], [1, 2, None, None, 5, None]),
        ([1, 2, 3, 4, 5, 2**40], [1, 2, 3, 4, 5, None]),
        ([1.0, 2.0, None, 4.0, 5.0, 6.0], [1, 2, None, 4, 5, 6]),
    ],
)
def test_turns_of_the_input_are_whole_numbers(tiny_pipeline, chat, turns, expected):
    scored = tiny_pipeline.score(pa.Table.from_pandas(chat.assign(turn=turns)))
    assert scored["turn"].to_pylist() == expected
    assert scored["turn"].type == pa.int32()
    assert scored["input_turn"].to_pylist() == pa.array(turns, from_pandas=True).to_pylist()


def test_a_speaker_without_a_conversation_is_no_chat(tiny_pipeline, chat):
    scored = tiny_pipeline.score(chat.drop(columns="会话ID"))
    assert "speaker" not in scored.columns
    assert scored["sentiment"].notna().tolist() == [True] * 5 + [False]


def test_evidence_of_a_chat_is_of_customers_alone(tiny_pipeline, chat):
    rows = tiny_pipeline.evidence(chat)
    assert rows["doc_id"].tolist() == [0, 2, 3]
    named = tiny_pipeline.evidence(chat.assign(id=list("abcdef")))
    assert named["doc_id"].tolist() == ["a", "c", "d"]


# How it is run


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(nlp_cx.pipeline, "CHUNK_ROWS", 3)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_result_depends_on_neither_chunks_nor_workers(
    tiny_pipeline, frame, chat, small_chunks, workers
):
    monkeypatch = pytest.MonkeyPatch()
    for table in (pa.Table.from_pandas(frame), pa.Table.from_pandas(chat)):
        parts = pa.concat_tables([table.slice(i, 1) for i in range(table.num_rows)])
        chunked = tiny_pipeline.score(parts, workers=workers)
        evidence = tiny_pipeline.evidence(parts)
        with monkeypatch.context() as patch:
            patch.setattr(nlp_cx.pipeline, "CHUNK_ROWS", 16_384)
            whole = tiny_pipeline.score(table)
            assert chunked.equals(whole)
            pd.testing.assert_frame_equal(evidence, tiny_pipeline.evidence(table))


def test_batches_are_scored_as_the_whole(tiny_pipeline, frame):
    table = pa.Table.from_pandas(frame)
    roles = find_columns(table.schema)
    parts = [
        tiny_pipeline.score_batch(batch, roles, first_row=4 * i, with_evidence=True)
        for i, batch in enumerate(table.to_batches(max_chunksize=4))
    ]
    assert pa.Table.from_batches([part.scored for part in parts]).equals(tiny_pipeline.score(table))
    evidence = pa.Table.from_batches([part.evidence for part in parts]).to_pandas()
    pd.testing.assert_frame_equal(evidence, tiny_pipeline.evidence(table))
    assert all(part.n_masked == {} for part in parts)


@pytest.mark.parametrize("columns", ["full", "lean"])
def test_the_schema_of_the_output_is_known_beforehand(tiny_pipeline, frame, chat, columns):
    for table in (
        pa.Table.from_pandas(frame),
        pa.Table.from_pandas(chat),
        pa.Table.from_pandas(chat.assign(turn=1)),
        pa.Table.from_pandas(chat.assign(turn=np.int32(1))),
        pa.Table.from_pandas(chat.drop(columns="会话ID").assign(轮次="1")),
    ):
        roles = find_columns(table.schema)
        schema = tiny_pipeline.output_schema(table.schema, roles, columns)
        assert schema.equals(tiny_pipeline.score(table, columns=columns).schema)


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
)
def test_masked_text_is_what_is_scored_and_shown(tiny_pipeline, kind):
    texts = ["太贵，打13812345678", None, "干净"]
    batch = pa.record_batch({"text": pa.array(texts).cast(kind), "n": [1, 2, 3]})
    result = tiny_pipeline.score_batch(
        batch, ColumnRoles("text"), with_evidence=True, mask_pii=True
    )
    masked = result.scored.column("text").to_pylist()
    assert "138" not in masked[0]
    assert len(masked[0]) == len(texts[0])
    assert masked[1:] == texts[1:]
    assert result.n_masked == {"text": {"mobile": 1}}
    assert batch.column("text").to_pylist() == texts
    row = result.evidence.slice(0, 1).to_pylist()[0]
    assert masked[0][row["start"] : row["end"]] == row["clause"]


def test_a_pipeline_pickles_to_the_name_of_its_model(tiny_pipeline, tiny_folder, frame):
    data = pickle.dumps(tiny_pipeline)
    assert len(data) < 300
    again = pickle.loads(data)  # noqa: S301 written one line above
    pd.testing.assert_frame_equal(again.score(frame), tiny_pipeline.score(frame))
    assert repr(again) == f"FeedbackPipeline({str(tiny_folder)!r})"


def test_models_are_loaded_by_name_or_folder(tiny_folder):
    pipeline = load(str(tiny_folder))
    assert isinstance(pipeline, FeedbackPipeline)
    assert (pipeline.model_id, pipeline.drivers) == ("tiny-1", DRIVERS)
    with pytest.raises(ModelError, match="no such folder"):
        load("no such model")
