"""What every engine promises; a new one is added to `HARNESSES`."""

import os
import sys
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from nlp_cx.engine.batches import empty_batch, split_table
from nlp_cx.engine.local import LocalEngine
from nlp_cx.engine.spark import SparkEngine
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.read.columns import find_columns
from nlp_cx.spark import ScoreStep


class Local:
    """Run on the local engine, in batches of two rows."""

    def __init__(self, request):
        self.engine = LocalEngine(workers=2, chunk_rows=2)

    def map_table(self, make_step, table):
        return self.engine.map_table(make_step, table)


class Spark:
    """Run on Spark, in batches of two rows (see the fixture)."""

    def __init__(self, request):
        self.session = request.getfixturevalue("spark")
        from pyspark import cloudpickle

        # By value: a worker that imports this module by its name takes the `tests` that some other
        # distribution has put among the installed packages.
        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        self.engine = SparkEngine()

    def map_table(self, make_step, table):
        rows = self.session.createDataFrame(table)
        return self.engine.map_table(make_step, rows).toArrow()


HARNESSES = {"local": Local, "spark": Spark}


@pytest.fixture(params=HARNESSES)
def harness(request):
    return HARNESSES[request.param](request)


@dataclass(frozen=True)
class Double:
    """Makes a step that doubles ``n``, drops odd rows, and tells its process."""

    def __call__(self):
        def step(batch):
            even = batch.filter(pc.equal(pc.bit_wise_and(batch.column("n"), 1), 0))
            n = pc.multiply(even.column("n"), 2).cast(pa.int64())
            process = pa.array([os.getpid()] * len(n), pa.int64())
            label = pc.if_else(pc.greater(n, 4), "big", None)
            label = (
                label.cast(pa.string())
                .dictionary_encode()
                .cast(pa.dictionary(pa.int8(), pa.string()))
            )
            return pa.record_batch({"n": n, "label": label, "process": process})

        return step


@dataclass(frozen=True)
class Fail:
    """Makes a step that fails at a row."""

    def __call__(self):
        def step(batch):
            if 3 in batch.column("n").to_pylist():
                raise ZeroDivisionError("row 3")
            return batch

        return step


NUMBERS = pa.table({"n": pa.array(range(7), pa.int64())})


def test_results_come_in_the_order_of_the_rows(harness):
    result = harness.map_table(Double(), NUMBERS)
    assert result.column("n").to_pylist() == [0, 4, 8, 12]
    assert result.column_names == ["n", "label", "process"]


def test_labels_come_back_with_what_is_missing(harness):
    result = harness.map_table(Double(), NUMBERS)
    assert result.column("label").to_pylist() == [None, None, "big", "big"]


def test_no_rows_give_the_columns_of_the_result(harness):
    result = harness.map_table(Double(), NUMBERS.slice(0, 0))
    assert result.num_rows == 0
    assert result.column_names == ["n", "label", "process"]


def test_an_error_of_a_step_ends_the_run(harness):
    with pytest.raises(Exception, match="row 3"):
        harness.map_table(Fail(), NUMBERS)


REVIEWS = pa.table(
    {
        "编号": ["a", "b", "c", "d", "e"],
        "评论": ["房间干净，但是前台态度差😡", None, "", "Expensive but clean\r\n", "到了"],
        "price": [9.5, None, 1.0, 2.0, 3.0],
        "tags": pa.array([["x"], None, [], ["y", "z"], None], pa.list_(pa.string())),
        "when": pa.array([0, None, 10**15, 1, 2], pa.timestamp("us", "Asia/Shanghai")),
        "day": pa.array([0, None, 1, 2, 3], pa.date32()),
    }
)


@pytest.mark.parametrize("columns", ["full", "lean"])
def test_the_scored_table_is_the_same_everywhere(harness, tiny_folder, columns):
    roles = find_columns(REVIEWS.schema)
    step = ScoreStep(str(tiny_folder), roles, columns)
    found = harness.map_table(step, REVIEWS)
    expected = FeedbackPipeline(tiny_folder).score(REVIEWS, columns=columns)
    assert found.column_names == expected.column_names
    assert found.to_pylist() == expected.to_pylist()


# How a table is cut


@pytest.mark.parametrize("n_rows", [1, 2, 3, 100])
def test_a_table_is_cut_into_batches_without_loss(n_rows):
    table = pa.concat_tables([REVIEWS.slice(0, 2), REVIEWS.slice(2, 1), REVIEWS.slice(3)])
    batches = list(split_table(table, n_rows))
    assert [batch.num_rows for batch in batches[:-1]] == [n_rows] * (len(batches) - 1)
    assert pa.Table.from_batches(batches).equals(REVIEWS)


def test_a_table_without_rows_is_one_batch_without_rows():
    (batch,) = split_table(REVIEWS.slice(0, 0), 5)
    assert batch.equals(empty_batch(REVIEWS.schema))
    (nothing,) = split_table(pa.table({}), 5)
    assert nothing.num_rows == 0
