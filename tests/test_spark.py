"""Spark gives what the pipeline gives."""

import shutil

import pandas as pd
import pytest

from nlp_cx.errors import InputError
from nlp_cx.pipeline import load

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

FRAME = pd.DataFrame(
    {
        "review_id": [f"r{i}" for i in range(40)],
        "stars": [1, 5] * 20,
        "review": ["味道很好，就是太贵了", "Delivery took three weeks!", None, "😀 👍"] * 10,
    }
)


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.parametrize("columns", ["full", "lean"])
def test_spark_gives_the_rows_that_the_pipeline_gives(session, columns):
    from nlp_cx.spark import score_spark

    rows = [tuple(None if v != v else v for v in row) for row in FRAME.itertuples(index=False)]
    dataframe = session.createDataFrame(rows, "review_id string, stars long, review string")
    scored = score_spark(dataframe.repartition(3), text="review", columns=columns)
    expected = load("fast").score(FRAME, text="review", columns=columns)
    found = {row["doc_id"]: row.asDict() for row in scored.collect()}
    assert len(found) == len(FRAME)
    assert list(scored.columns) == list(expected.columns)
    for row in expected.astype(object).to_dict("records"):
        for name, value in row.items():
            other = found[row["doc_id"]][name]
            if pd.isna(value):
                assert other is None
            elif isinstance(value, float):
                assert other == pytest.approx(value, abs=1e-6)
            else:
                assert other == value


def test_rows_need_an_id(session):
    from nlp_cx.spark import score_spark

    dataframe = session.createDataFrame([("好",)], "review string")
    with pytest.raises(InputError, match="id="):
        score_spark(dataframe)
