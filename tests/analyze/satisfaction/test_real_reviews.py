"""Signs of expectations in real texts; needs the datasets folder named by NLP_CX_DATA."""

import gzip
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from nlp_cx.analyze.satisfaction.coverage import count_expectations
from nlp_cx.analyze.satisfaction.expectations import find_expectations

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def folder():
    """Give the datasets folder."""
    if "NLP_CX_DATA" not in os.environ:
        pytest.skip("NLP_CX_DATA is not set")
    return Path(os.environ["NLP_CX_DATA"])


def test_stars_go_with_the_direction_that_the_words_say(folder):
    path = folder / "data" / "tripadvisor_subratings_en" / "sample_1000.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        reviews = pd.DataFrame([json.loads(line) for line in lines])
    counts = count_expectations(find_expectations(reviews), reviews)
    stars = {
        direction: reviews["rating"][(counts[f"x_expectation_{direction}"] > 0).to_numpy()]
        for direction in ("better", "as_expected", "worse")
    }
    assert all(len(values) >= 30 for values in stars.values())
    assert stars["better"].mean() > reviews["rating"].mean() > stars["worse"].mean() + 0.5
    assert stars["as_expected"].mean() > stars["worse"].mean() + 0.5


def test_spans_of_traditional_chinese_stay_on_the_original(folder):
    """The article in traditional writing, with its spam header and its footer."""
    for path in sorted((folder / "seeds").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        for row in find_expectations(pd.DataFrame({"text": [text]})).itertuples():
            assert text[row.start : row.end] == row.span
