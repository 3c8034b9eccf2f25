"""Spark gives what the pipeline gives."""

import pickle
import sys
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pytest

from nlp_cx.engine.spark import SparkEngine, _make_once
from nlp_cx.errors import DataWarning, InputError, MissingDependencyError, ModelError
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.spark import MOST_SPEAKERS, ScoreStep, score_spark

REVIEWS = pa.table(
    {
        "review_id": [f"r{i}" for i in range(40)],
        "stars": [1, 5] * 20,
        "review": ["味道好吃，就是太贵了", "Clean, would come again!", None, "😡 👍"] * 10,
        "price": [None, 9.5, 1.0, 2.0] * 10,
    }
)
CHAT = pa.table(
    {
        "会话ID": ["c1", "c1", "c2", "c2", "c2", "c2"],
        "角色": ["客户", "客服03", "客户", "Lily", None, "BOT"],
        "内容": ["太慢了", "态度差？真的很抱歉", "房间干净", "贵", "太贵", "便宜"],
        "消息id": list("abcdef"),
    }
)


def rows_of(table):
    return {row["doc_id"]: row for row in table.to_pylist()}


@pytest.mark.parametrize("columns", ["full", "lean"])
def test_spark_gives_the_rows_that_the_pipeline_gives(spark, tiny_folder, columns):
    dataframe = spark.createDataFrame(REVIEWS).repartition(3)
    scored = score_spark(dataframe, "review", columns=columns, model=tiny_folder)
    expected = FeedbackPipeline(tiny_folder).score(REVIEWS, columns=columns)
    assert scored.columns == expected.column_names
    assert rows_of(scored.toArrow()) == rows_of(expected)
    if columns == "full":
        assert "input_price" in scored.columns
        assert dict(scored.dtypes)["review_id"] == "string"


def test_columns_have_plain_types(spark, tiny_folder):
    dtypes = dict(score_spark(spark.createDataFrame(REVIEWS), model=tiny_folder).dtypes)
    assert dtypes["sentiment"] == dtypes["price"] == dtypes["model"] == "string"
    assert dtypes["p_price"] == dtypes["sentiment_score"] == "float"
    assert (dtypes["mixed"], dtypes["input_price"]) == ("boolean", "double")


def test_only_customers_are_scored(spark, tiny_folder):
    dataframe = spark.createDataFrame(CHAT).repartition(3)
    with pytest.warns(DataWarning, match="1 speakers of unknown role are not scored .Lily."):
        scored = score_spark(dataframe, columns="lean", model=tiny_folder)
    rows = rows_of(scored.toArrow())
    assert [rows[key]["speaker"] for key in "abcdef"] == [
        *("customer", "agent", "customer", "unknown", "unknown", "bot"),
    ]
    assert [key for key in "abcdef" if rows[key]["sentiment"] is not None] == ["a", "c"]
    assert rows["a"]["convenience"] == "negative"
    assert rows["a"]["interaction_id"] == "c1"


def test_a_crowd_of_speakers_is_refused(spark, tiny_folder):
    names = [f"Lily {i}" for i in range(MOST_SPEAKERS + 1)]
    crowd = pd.DataFrame({"id": range(len(names)), "session": 1, "speaker": names, "text": "贵"})
    with pytest.raises(InputError, match="column 'speaker' holds more than 1,000 different"):
        score_spark(spark.createDataFrame(crowd), model=tiny_folder)


def test_rows_need_an_id(spark, tiny_folder):
    dataframe = spark.createDataFrame([("好",)], "review string")
    with pytest.raises(InputError, match=r"no column is named like an id .'review'.*id="):
        score_spark(dataframe, model=tiny_folder)


def test_mistakes_are_found_before_anything_runs(spark, tiny_folder):
    dataframe = spark.createDataFrame([(1, 2)], "id int, review int")
    with pytest.raises(InputError, match="column 'review' holds numbers"):
        score_spark(dataframe, model=tiny_folder)
    texts = spark.createDataFrame([(1, "好")], "id int, review string")
    with pytest.raises(ModelError, match="no such folder"):
        score_spark(texts, model="no such model")
    with pytest.raises(InputError, match="expected 'full' or 'lean'"):
        score_spark(texts, model=tiny_folder, columns="all")


def test_other_tables_are_refused():
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    with pytest.raises(InputError, match=r"got DataFrame, expected a Spark data frame"):
        score_spark(pd.DataFrame({"id": [1], "text": ["好"]}))


def test_a_missing_pyspark_is_named_with_the_line_that_installs_it(monkeypatch):
    for name in ("pyspark", "pyspark.sql.pandas.types"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'nlp_cx\[spark\]'"):
        SparkEngine().map_table(lambda: None, object())


def test_a_step_travels_as_names_alone(tiny_folder):
    step = ScoreStep(str(tiny_folder), ColumnRoles("text", speaker="who"), "full", (("a", "bot"),))
    assert len(pickle.dumps(step)) < 600
    again = pickle.loads(pickle.dumps(step))  # noqa: S301 written one line above
    assert again == step
    assert hash(again) == hash(step)


@dataclass(frozen=True)
class Counted:
    """Makes a step and counts how often."""

    name: str

    def __call__(self):
        MADE.append(self.name)
        return lambda batch: batch


MADE = []


def test_a_worker_makes_a_step_once_for_all_parts_of_the_data():
    steps = [_make_once(Counted(name)) for name in ("one", "one", "two", "one")]
    assert MADE == ["one", "two"]
    assert steps[0] is steps[1] is steps[3]
