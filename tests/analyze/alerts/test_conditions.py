import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.alerts.conditions import Condition, describe, find_faults, meets, meets_all


def met(values, op, value=None):
    return meets(pd.DataFrame({"c": values}), Condition(column="c", op=op, value=value)).tolist()


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("==", 2, [False, True, False, False]),
        ("!=", 2, [True, False, True, False]),
        ("<", 2, [True, False, False, False]),
        ("<=", 2, [True, True, False, False]),
        (">", 2, [False, False, True, False]),
        (">=", 2, [False, True, True, False]),
        ("in", (1, 3), [True, False, True, False]),
        ("not in", (1, 3), [False, True, False, False]),
        ("missing", None, [False, False, False, True]),
        ("known", None, [True, True, True, False]),
    ],
)
def test_a_missing_value_meets_nothing_but_missing(op, value, expected):
    assert met([1.0, 2.0, 3.0, np.nan], op, value) == expected
    assert met(pd.array([1, 2, 3, None], "Int64"), op, value) == expected


def test_labels_truth_values_and_times_can_be_compared():
    assert met(pd.Categorical(["negative", None, "mixed"]), "in", ("negative", "mixed")) == [
        True,
        False,
        True,
    ]
    assert met(pd.array([True, None, False], "boolean"), "==", True) == [True, False, False]
    times = pd.to_datetime(["2024-05-01 23:00", None, "2024-05-02 01:00"])
    assert met(times, ">=", "2024-05-02") == [False, False, True]
    assert met(times.tz_localize("Asia/Shanghai"), ">=", "2024-05-02") == [False, False, True]
    assert met(times.tz_localize("UTC"), ">=", "2024-05-02T08:30+08:00") == [False, False, True]


def test_phrases_are_found_in_any_width_case_and_writing():
    texts = ["我要退訂", "ＲＥＦＵＮＤ now", "bankrupt", "a ban!", None, "退 订"]
    assert met(texts, "contains", ("退订", "refund", "ban")) == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]


def test_a_phrase_is_no_pattern():
    assert met(["1.0%", "100%", "(a"], "contains", ("1.0%", "(a")) == [True, False, True]


def test_all_conditions_must_be_met_and_none_means_all():
    table = pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"]})
    both = (Condition(column="a", op="==", value=1), Condition(column="b", op="==", value="x"))
    assert meets_all(table, both).tolist() == [True, False, False]
    assert meets_all(table, ()).all()


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"column": "nope", "op": "known"}, "no column 'nope'"),
        ({"column": "n", "op": ">"}, "needs a value"),
        ({"column": "n", "op": "missing", "value": 1}, "takes no value"),
        ({"column": "n", "op": ">", "value": (1, 2)}, "one value, not a list"),
        ({"column": "n", "op": "in", "value": ()}, "at least one value"),
        ({"column": "n", "op": "==", "value": "5"}, "holds numbers, and '5' is a text"),
        ({"column": "s", "op": "==", "value": 5}, "holds texts, and 5 is a number"),
        ({"column": "s", "op": "<", "value": "b"}, "texts have no order"),
        ({"column": "s", "op": "contains", "value": (" ",)}, "words or phrases"),
        ({"column": "n", "op": ">", "value": True}, "needs a number, not a truth value"),
        ({"column": "b", "op": "==", "value": 1}, "holds truth values, and 1 is a number"),
        ({"column": "t", "op": ">", "value": "soon"}, "'soon' is not a time"),
        ({"column": "t", "op": ">", "value": 3}, "holds times, and 3 is a number"),
    ],
)
def test_what_cannot_be_compared_is_said_before_it_is_tried(condition, fault):
    table = pd.DataFrame(
        {"n": [1.0], "s": ["a"], "b": [True], "t": [pd.Timestamp("2024-05-01")], "none": [None]}
    )
    found = find_faults([Condition(**condition)], table, where="rule")
    assert len(found) == 1
    assert fault in found[0]


def test_an_empty_column_can_be_compared_with_anything():
    table = pd.DataFrame({"c": [None, None]})
    for value in (1, "a", True):
        condition = Condition(column="c", op="==", value=value)
        assert find_faults([condition], table, where="rule") == []
        assert not meets(table, condition).any()


def test_a_condition_reads_like_a_sentence():
    assert describe(Condition(column="price", op="in", value=("a", "b"))) == "price in 'a', 'b'"
    assert describe(Condition(column="price", op="missing")) == "price is missing"
