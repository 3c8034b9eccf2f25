import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.alerts.find_alerts import find_alerts
from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.config import parse_config
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

TEXTS = {
    "A1": "客服态度差，我要退订，再也不来了。",
    "A2": "味道很好。",
    "A3": "I want my money back. Never again!",
}


def make_rules(time="at", **change):
    rule = {
        "name": "goodbye",
        "severity": "high",
        "owner": "care",
        "due_hours": 24,
        "all": [
            {"column": "x_sentiment", "op": "<", "value": -0.3},
            {"column": "o_value", "op": ">=", "value": 100},
        ],
    }
    raw = {"key": "order", "record": [rule | change]}
    return parse_config(raw | ({} if time is None else {"time": time}), AlertRules)


def make_ox():
    return pd.DataFrame(
        {
            "order": ["A1", "A2", "A3"],
            "customer": ["C1", "C2", "C1"],
            "at": pd.to_datetime(["2024-05-01 10:00", "2024-05-02 00:00", "2024-05-09 00:00"]),
            "x_sentiment": [-0.9, 0.8, -0.6],
            "o_value": [500.0, 900.0, 100.0],
            "o_store": ["south", "north", None],
        }
    )


def make_evidence():
    rows = [
        ("A1", 0, 0, 5, "negative", -0.9, "service", "negative"),
        ("A1", 1, 6, 10, "negative", -0.8, None, None),
        ("A1", 2, 11, 16, "negative", -0.95, None, None),
        ("A2", 0, 0, 4, "positive", 0.9, "product", "positive"),
        ("A3", 0, 0, 20, "negative", -0.7, "price", "negative"),
        ("A3", 0, 0, 20, "negative", -0.7, "service", "mixed"),
    ]
    names = ["doc_id", "clause_index", "start", "end", "sentiment", "sentiment_score"]
    frame = pd.DataFrame(rows, columns=[*names, "driver", "driver_polarity"])
    frame.insert(4, "clause", [TEXTS[d][s:e] for d, _, s, e, *_ in rows])
    return frame


def documents():
    return pd.DataFrame({"doc_id": list(TEXTS), "order": list(TEXTS)})


def ids(found):
    return [case["record"]["order"] for case in found.cases]


def test_a_case_says_who_must_do_what_until_when_and_why():
    found = find_alerts(
        make_ox(), make_rules(show=["o_store"]), evidence=make_evidence(), documents=documents()
    )
    assert ids(found) == ["A1", "A3"]
    case = found.cases[0]
    assert case["severity"] == "high"
    assert case["owner"] == "care"
    assert case["at"] == "2024-05-01T10:00:00"
    assert case["due_at"] == "2024-05-02T10:00:00"
    assert case["because"][1] == {"condition": "o_value >= 100", "found": 500.0}
    assert case["show"] == {"o_store": "south"}
    assert found.cases[1]["show"] == {"o_store": None}
    assert case["reason"] is None
    assert json.loads(json.dumps(found.cases, allow_nan=False)) == found.cases


def test_spans_point_into_the_original_text():
    found = find_alerts(make_ox(), make_rules(), evidence=make_evidence(), documents=documents())
    for case in found.cases:
        for span in case["spans"]:
            assert TEXTS[span["doc_id"]][span["start"] : span["end"]] == span["clause"]
    assert [span["clause"] for span in found.cases[0]["spans"]] == [
        "客服态度差",
        "我要退订",
        "再也不来了",
    ]
    assert found.cases[1]["spans"][0]["drivers"] == [
        {"driver": "price", "polarity": "negative"},
        {"driver": "service", "polarity": "mixed"},
    ]


def test_a_rule_may_ask_for_clauses():
    threat = [{"column": "clause", "op": "contains", "value": ["退订", "never again"]}]
    found = find_alerts(
        make_ox(), make_rules(evidence=threat), evidence=make_evidence(), documents=documents()
    )
    assert ids(found) == ["A1"]
    assert [span["clause"] for span in found.cases[0]["spans"]] == ["我要退订"]
    assert found.cases[0]["because"][-1]["found"] == 1


def test_without_evidence_a_case_says_so():
    case = find_alerts(make_ox(), make_rules()).cases[0]
    assert case["spans"] == []
    assert case["reason"] == "no table of evidence was given"


def test_any_needs_one_of_several():
    options = [
        {"column": "o_store", "op": "==", "value": "south"},
        {"column": "o_value", "op": ">", "value": 800},
    ]
    found = find_alerts(make_ox(), make_rules(all=[], any=options))
    assert ids(found) == ["A1", "A2"]
    assert [len(case["because"]) for case in found.cases] == [1, 1]


def test_an_unknown_value_is_no_reason_for_a_case():
    ox = make_ox()
    ox.loc[0, "o_value"] = np.nan
    assert ids(find_alerts(ox, make_rules())) == ["A3"]


def test_case_ids_do_not_depend_on_rows_types_or_time():
    plain = find_alerts(make_ox(), make_rules())
    shuffled = find_alerts(make_ox().iloc[[2, 0, 1]], make_rules(), now="2024-12-31")
    assert plain.cases == shuffled.cases
    numbers = [
        make_ox().assign(order=values) for values in (["1", "2", "3"], [1, 2, 3], [1.0, 2.0, 3.0])
    ]
    found = [[c["case_id"] for c in find_alerts(ox, make_rules()).cases] for ox in numbers]
    assert found[0] == found[1] == found[2]
    assert len({*found[0], *(case["case_id"] for case in plain.cases)}) == 4


def test_a_second_run_tells_nothing_twice_and_changes_no_state():
    first = find_alerts(make_ox(), make_rules())
    before = dict(first.state.cases)
    later = pd.concat([make_ox(), make_ox().iloc[[0]].assign(order="A9")], ignore_index=True)
    second = find_alerts(later, make_rules(), state=first.state)
    assert ids(second) == ["A9"]
    assert second.summary.n_known.tolist() == [2]
    assert first.state.cases == before


def test_a_customer_is_asked_once_within_the_cool_down_also_across_runs():
    rules = make_rules(per="customer", cool_down_days=30)
    found = find_alerts(make_ox(), rules)
    assert ids(found) == ["A1"]
    assert found.summary.n_cooling.tolist() == [1]
    later = (
        make_ox()
        .iloc[[1, 1]]
        .assign(
            order=["A7", "A8"],
            customer="C1",
            x_sentiment=-1.0,
            at=pd.to_datetime(["2024-05-20", "2024-06-20"]),
        )
    )
    assert ids(find_alerts(later, rules, state=found.state)) == ["A8"]
    assert ids(find_alerts(make_ox(), make_rules(per="customer", cool_down_days=7))) == ["A1", "A3"]


def test_a_record_whose_customer_is_unknown_is_not_held_back():
    ox = make_ox().assign(customer=None)
    assert ids(find_alerts(ox, make_rules(per="customer", cool_down_days=30))) == ["A1", "A3"]


def test_the_future_is_not_known():
    found = find_alerts(make_ox(), make_rules(), now="2024-05-03")
    assert ids(found) == ["A1"]
    assert found.now == "2024-05-03T00:00:00"


def test_old_records_are_left_alone_where_asked():
    assert ids(find_alerts(make_ox(), make_rules(within_days=3))) == ["A3"]
    assert ids(find_alerts(make_ox(), make_rules(), since="2024-05-02")) == ["A3"]


def test_a_record_without_a_time_is_due_from_now_on():
    ox = make_ox()
    ox.loc[0, "at"] = pd.NaT
    found = find_alerts(ox, make_rules())
    case = next(case for case in found.cases if case["record"]["order"] == "A1")
    assert case["at"] is None
    assert case["due_at"] == "2024-05-10T00:00:00"
    assert case["reason"].startswith("no at: due from now on")
    assert found.summary.n_without_time.tolist() == [1]


def test_without_any_time_now_must_be_said():
    with pytest.raises(AnalysisError, match="say what is now"):
        find_alerts(make_ox(), make_rules(time=None))
    case = find_alerts(make_ox(), make_rules(time=None), now="2024-06-01").cases[0]
    assert case["due_at"] == "2024-06-02T00:00:00"
    with pytest.raises(ConfigError, match="since needs a column of times"):
        find_alerts(make_ox(), make_rules(time=None), now="2024-06-01", since="2024-05-01")


def test_times_are_written_with_the_offset_of_their_zone():
    ox = make_ox()
    ox["at"] = ox["at"].dt.tz_localize("UTC")
    rules = make_rules()
    case = find_alerts(ox, rules).cases[0]
    assert case["at"] == "2024-05-01T10:00:00+00:00"
    local = replace(rules, time_zone="Asia/Shanghai")
    assert find_alerts(ox, local).cases[0]["at"] == "2024-05-01T18:00:00+08:00"


@pytest.mark.parametrize("now", ["soon", "", "2024-06-01T00:00+08:00"])
def test_a_now_that_cannot_be_read_is_refused(now):
    with pytest.raises(ConfigError, match="now"):
        find_alerts(make_ox(), make_rules(), now=now)


def test_records_must_have_a_key_of_their_own():
    with pytest.raises(AnalysisError, match=r"1 repeat another's, e.g. 'A1'"):
        find_alerts(make_ox().assign(order=["A1", "A1", "A2"]), make_rules())
    with pytest.raises(AnalysisError, match="1 rows have none"):
        find_alerts(make_ox().assign(order=["A1", None, "A2"]), make_rules())


def test_clauses_that_cannot_reach_a_record_are_refused():
    with pytest.raises(AnalysisError, match="give the scored table too"):
        find_alerts(make_ox(), make_rules(), evidence=make_evidence())
    with pytest.raises(AnalysisError, match="none of 6 clauses belongs to a record"):
        find_alerts(
            make_ox(),
            make_rules(),
            evidence=make_evidence(),
            documents=documents().assign(order="Z"),
        )
    with pytest.raises(SchemaError, match="'clause' in the table of evidence"):
        find_alerts(make_ox(), make_rules(), evidence=make_evidence().drop(columns="clause"))
    keyed = make_ox().assign(doc_id=list(TEXTS))
    assert find_alerts(keyed, make_rules(), evidence=make_evidence()).cases[0]["n_spans"] == 3


def test_only_the_worst_clauses_are_listed_and_all_are_counted():
    many = pd.concat([make_evidence().iloc[[0]]] * 9, ignore_index=True)
    many["start"] = np.arange(9)
    many["sentiment_score"] = -np.linspace(0.1, 0.9, 9)
    case = find_alerts(make_ox(), make_rules(), evidence=many, documents=documents()).cases[0]
    assert case["n_spans"] == 9
    assert [span["start"] for span in case["spans"]] == [4, 5, 6, 7, 8]


def test_inputs_stay_as_they_are():
    ox, evidence = make_ox(), make_evidence()
    find_alerts(ox, make_rules(), evidence=evidence, documents=documents())
    pd.testing.assert_frame_equal(ox, make_ox())
    pd.testing.assert_frame_equal(evidence, make_evidence())
