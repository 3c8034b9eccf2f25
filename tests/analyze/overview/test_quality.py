import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nlp_cx.analyze.overview.classifier_metrics import classifier_metrics
from nlp_cx.analyze.overview.coverage import coverage
from nlp_cx.analyze.overview.mix import mix
from nlp_cx.analyze.overview.quality import CHECKS, quality
from nlp_cx.analyze.overview.repeated_texts import find_repeats
from nlp_cx.errors import ConfigError, SchemaError

ROOT = Path(__file__).parents[3]

SUMMARY = {
    "n_units": 200,
    "n_silent": 50,
    "n_documents": 150,
    "n_documents_left_out": 3,
    "scored": {"n_documents": 160, "n_without_key": 7, "n_duplicates": 2, "n_rows": 170},
    "tables": [
        {
            "name": "ratings",
            "n_units": 200,
            "n_units_matched": 120,
            "n_rows": 130,
            "n_rows_matched": 121,
        }
    ],
}


def _check(table, name):
    return table.set_index("check").loc[name]


def test_every_check_has_a_number_or_a_reason():
    table = quality(pd.DataFrame({"sentiment": ["negative"]}))
    assert table["check"].tolist() == list(CHECKS)
    assert (table["n"].isna() == table["reason"].notna()).all()


def test_empty_and_unscored_are_two_things():
    scored = pd.DataFrame(
        {"text": ["", " ", None, "42", "good"], "sentiment": [None] * 4 + ["positive"]}
    )
    table = quality(scored, text="text")
    assert _check(table, "empty_texts")[["n", "of"]].tolist() == [3, 5]
    assert _check(table, "nothing_scored")[["n", "of"]].tolist() == [1, 2]


def test_keys_come_from_the_join():
    table = quality(pd.DataFrame({"sentiment": ["negative"]}), join_summary=SUMMARY)
    assert _check(table, "no_key")[["n", "of"]].tolist() == [10, 160]
    assert _check(table, "unmatched_keys")[["table", "n", "of"]].tolist() == ["ratings", 80, 200]
    assert _check(table, "unmatched_keys")["share"] == 0.4


def test_unread_times_do_not_end_the_check():
    scored = pd.DataFrame({"sentiment": ["negative"] * 3, "at": ["soon", "later", None]})
    table = quality(scored, time="at")
    assert _check(table, "unreadable_times")[["n", "of"]].tolist() == [2, 3]
    assert _check(table, "no_time")["n"] == 1


def test_repeats_are_found_whatever_their_order_and_writing():
    texts = [
        "服務很好",
        "服务很好",
        "Bad  service",
        "BAD SERVICE",
        "ab",
        "ba",
        "",
        None,
        "很好服务",
    ]
    found = find_repeats(pa.array(texts))
    assert found.tolist() == [False, True, False, True, *[False] * 5]


def test_repeats_do_not_depend_on_the_batch(monkeypatch):
    rng = np.random.default_rng(0)
    texts = pa.array([f"text {i}" for i in rng.integers(0, 500, 2000)])
    whole = find_repeats(texts)
    monkeypatch.setattr("nlp_cx.analyze.overview.repeated_texts._ROWS", 64)
    assert (find_repeats(texts) == whole).all()
    assert whole.sum() == 2000 - len(set(texts.to_pylist()))


def test_mix_pools_rare_values_and_names_those_without():
    scored = pd.DataFrame(
        {"sentiment": "neutral", "store": ["a"] * 5 + ["b"] * 3 + ["c", "d", None]}
    )
    table = mix(scored, dimensions=["store"], max_values=2)
    assert table["value"].tolist() == ["a", "b", None, None]
    assert table["reason"].tolist() == [None, None, "other values", "no value"]
    assert table["n_values"].tolist() == [1, 1, 2, 0]
    assert table["share"].iloc[:3].sum() == pytest.approx(1)
    assert np.isnan(table["share"].iloc[3])
    assert table["of"].iloc[0] == 10


def test_mix_of_a_column_without_values():
    scored = pd.DataFrame({"sentiment": ["neutral"] * 2, "store": [None, None]})
    table = mix(scored, dimensions=["store"])
    assert table[["n", "of", "reason"]].values.tolist() == [[2, 0, "no value"]]
    with pytest.raises(ConfigError, match="expected one or more"):
        mix(scored, dimensions=[])


def test_coverage_of_texts_and_tables():
    table = coverage(SUMMARY)
    assert table["table"].tolist() == ["texts", "ratings"]
    assert table["share"].tolist() == [0.75, 0.6]
    assert (table["low"] < table["share"]).all()
    assert (table["high"] > table["share"]).all()
    with pytest.raises(SchemaError, match="not the summary of a join"):
        coverage({"rows": 3})


def test_metrics_of_the_shipped_card():
    spec = json.loads((ROOT / "models/default/fast/model.json").read_text("utf-8"))
    table = classifier_metrics(spec)
    assert set(table["task"]) >= {"driver_polarity", "driver_mention", "sentiment", "polarity"}
    assert "other" not in set(table["task"])
    assert table["value"].between(0, 1).all()
    row = table[(table["driver"] == "price") & (table["lang"] == "zh") & (table["metric"] == "f1")]
    assert len(row) == 2
    assert row["low"].isna().all()
    accuracy = table[table["metric"] == "accuracy"]
    assert (accuracy["low"] < accuracy["value"]).all()
    assert set(accuracy.loc[accuracy["part"] == "sst2_en", "lang"]) == {"en"}


def test_a_card_without_metrics_is_refused():
    with pytest.raises(SchemaError, match="no 'metrics'"):
        classifier_metrics({"format": 1})


def test_what_holds_no_text_has_no_language():
    scored = pd.DataFrame(
        {"sentiment": ["positive", None, "negative"], "lang": ["en", "und", "en"]}
    )
    table = mix(scored, dimensions=["lang"])
    assert table[["value", "n", "reason"]].values.tolist() == [
        ["en", 2, None], [None, 1, "no value"],
    ]  # fmt: skip
