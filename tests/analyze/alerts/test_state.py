import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.analyze.alerts.state import (
    AlertState,
    SegmentState,
    dump_state,
    make_case_id,
    parse_state,
)
from nlp_cx.errors import InputError

texts = st.dictionaries(st.text(), st.text(), max_size=3)
segments = st.builds(SegmentState, st.text(), st.none() | st.floats(allow_nan=False))
states = st.builds(
    AlertState,
    texts,
    st.dictionaries(st.text(), texts, max_size=2),
    st.dictionaries(st.text(), st.dictionaries(st.text(), segments, max_size=2), max_size=2),
    texts,
)


@given(states)
def test_a_state_survives_its_file(state):
    assert parse_state(dump_state(state), where="state.json") == state


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no state of alerts"),
        ("[]", "format 'list'"),
        ('{"format": 2}', "format 2, expected 1"),
        ('{"format": 1}', "damaged"),
        (
            json.dumps(
                {"format": 1, "cases": {"a": 1}, "asked": {}, "segments": {}, "judged_to": {}}
            ),
            "damaged",
        ),
        (
            json.dumps({"format": 1, "cases": {}, "asked": [], "segments": {}, "judged_to": {}}),
            "damaged",
        ),
    ],
)
def test_a_file_that_is_no_state_is_refused_with_advice(text, fault):
    with pytest.raises(InputError, match=fault) as raised:
        parse_state(text, where="state.json")
    assert "Name the file that an earlier run wrote" in str(raised.value)


def test_ids_tell_rules_columns_and_values_apart():
    ids = {
        make_case_id("a", {"order": 1}),
        make_case_id("b", {"order": 1}),
        make_case_id("a", {"stay": 1}),
        make_case_id("a", {"order": 11}),
        make_case_id("a", {"order": 1, "window_end": "2024-05-01"}),
    }
    assert len(ids) == 5
    assert make_case_id("a", {"x": 1, "y": 2}) == make_case_id("a", {"y": 2, "x": 1})


def test_an_id_never_changes():
    # Recipients keep these: a change of the recipe would open every old case again.
    assert make_case_id("churn", {"order": "A1"}) == "d52f0afe48fb827a"
