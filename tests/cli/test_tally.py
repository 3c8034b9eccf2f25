"""Counts over batches."""

import pyarrow as pa

from nlp_cx.cli.tally import Tally
from nlp_cx.schema import LABEL


def scored(**columns):
    """Make a batch of label columns, and booleans as they are."""
    arrays = {
        name: pa.array(values) if name == "mixed" else pa.array(values, pa.string()).cast(LABEL)
        for name, values in columns.items()
    }
    return pa.record_batch(arrays)


def test_batches_add_up_whatever_their_dictionaries():
    tally = Tally()
    tally.add(scored(sentiment=["positive", None, "negative"], mixed=[True, None, False]))
    tally.add(scored(sentiment=["negative", "positive", "positive"], mixed=[True, True, False]))
    assert tally.n_rows == 6
    assert tally.shares("sentiment") == [("positive", 3, 0.6), ("negative", 2, 0.4)]
    assert tally.n_mixed == 3


def test_missing_is_not_a_share_but_is_counted():
    tally = Tally()
    tally.add(scored(price=[None, None, "mixed"]))
    assert tally.shares("price") == [("mixed", 1, 1.0)]
    assert tally.count("price", "(missing)") == 2


def test_columns_that_are_not_there_count_nothing():
    tally = Tally()
    tally.add(scored(lang=["en"]))
    assert tally.shares("sentiment") == []
    assert tally.count("loyalty", "positive") == 0
