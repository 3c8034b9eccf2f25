from pathlib import Path

import pandas as pd
import pytest

from nlp_cx.analyze.alerts.rule_faults import check_rules, load_rules
from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.config import parse_config
from nlp_cx.errors import ConfigError

SAMPLE = Path(__file__).parents[3] / "data" / "samples" / "alerts.toml"

RECORD = {
    "name": "unhappy",
    "severity": "high",
    "owner": "care",
    "due_hours": 24,
    "all": [{"column": "r_csat", "op": "<=", "value": 2}],
}
WATCH = {
    "name": "share",
    "severity": "low",
    "owner": "care",
    "due_hours": 24,
    "metric": "share",
    "of": [{"column": "bad", "op": "==", "value": 1}],
    "window_days": 7,
    "threshold": 0.2,
}


def rules(record=(), aggregate=(), **more):
    raw = {"key": "order", "time": "at", "record": list(record), "aggregate": list(aggregate)}
    return parse_config(raw | more, AlertRules)


def fault_of(record=(), aggregate=(), **more):
    with pytest.raises(ConfigError) as raised:
        check_rules(
            rules(record, aggregate, **more), pd.DataFrame({"order": [1], "at": ["2024-05-01"]})
        )
    return str(raised.value)


def test_the_sample_file_is_right():
    loaded = load_rules(SAMPLE)
    assert loaded.record[0].name == "valuable customer says goodbye"
    assert {watch.metric for watch in loaded.aggregate} == {"share", "nps", "mean"}


def test_a_file_with_mistakes_names_all_of_them(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(
        'key = "order"\n[[record]]\nname = "a"\nseverity = "urgent"\ndue_hours = 1\n'
        'all = [{ column = "x", op = "=<", value = 1 }]\n'
    )
    with pytest.raises(ConfigError, match="3 mistakes") as raised:
        load_rules(path)
    for place in ("record.0.severity", "record.0.owner: missing", "record.0.all.0.op"):
        assert place in str(raised.value)


def test_rules_at_odds_with_themselves_are_refused_before_any_table(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text('key = "order"\n')
    with pytest.raises(ConfigError, match=r"neither a .*record.* nor an"):
        load_rules(path)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"all": []}, "has no condition"),
        ({"due_hours": 0}, "due_hours must be above 0"),
        ({"cool_down_days": 3}, "cool_down_days needs per"),
        ({"per": "customer"}, "no column 'customer'"),
        ({"show": ["store"]}, "no column 'store'"),
        ({"within_days": -1}, "within_days must be above 0"),
        ({"evidence": [{"column": "clause", "op": "known"}]}, "there is no table of evidence"),
    ],
)
def test_faults_of_record_rules(change, fault):
    assert fault in fault_of([RECORD | change])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"of": []}, "a share needs of"),
        ({"column": "r_csat"}, "a share takes no column"),
        ({"metric": "mean"}, "a mean needs a column"),
        ({"metric": "mean", "column": "r_csat"}, "a mean takes no of"),
        ({"threshold": None}, "needs a threshold, baseline_days or both"),
        ({"threshold": 20}, "between 0 and 1"),
        ({"metric": "count", "threshold": 0}, "the threshold of a count must be above 0"),
        ({"window_days": 0}, "must be 1 or more"),
        ({"alpha": 5}, "alpha must be between 0 and 1"),
        ({"min_n": 1}, "min_n must be 2 or more"),
        ({"min_change": 0.1}, "min_change needs baseline_days"),
        ({"clear": 0.3}, "clear must be on the good side"),
        ({"forget_days": 0}, "forget_days must be above 0"),
        ({"segment": ["store"]}, "no column 'store'"),
    ],
)
def test_faults_of_aggregate_rules(change, fault):
    assert fault in fault_of([], [{k: v for k, v in (WATCH | change).items() if v is not None}])


def test_two_rules_cannot_have_one_name():
    assert "is given to 2 rules" in fault_of([RECORD, RECORD])


def test_windows_need_times():
    raw = {"key": "order", "aggregate": [WATCH]}
    with pytest.raises(ConfigError, match="needs a time column"):
        check_rules(parse_config(raw, AlertRules), pd.DataFrame({"order": [1], "bad": [1]}))


def test_key_and_time_must_be_there():
    fault = fault_of([RECORD], key="id", time="when")
    assert "key 'id': the table has no such column" in fault
    assert "time 'when': the table has no such column" in fault


def test_a_mean_needs_numbers():
    watch = {k: v for k, v in WATCH.items() if k != "of"} | {"metric": "mean", "column": "at"}
    assert "'at' is not a column of numbers" in fault_of([], [watch])
