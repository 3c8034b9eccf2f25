"""The plan under a budget, against trying every set of actions."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze.satisfaction.plan import plan_actions
from nlp_cx.errors import AnalysisError, SchemaError


def _actions(rows):
    table = pd.DataFrame(rows, columns=["cost", "change", "one_of"])
    table.insert(0, "action", [f"a{k}" for k in range(len(table))])
    return table


def _best_by_trying(rows, budget):
    best = Fraction(0)
    for size in range(len(rows) + 1):
        for chosen in combinations(range(len(rows)), size):
            kinds = [rows[k][2] for k in chosen if rows[k][2] is not None]
            cost = sum(Fraction(str(rows[k][0])) for k in chosen)
            if cost <= Fraction(str(budget)) and len(kinds) == len(set(kinds)):
                best = max(best, sum((Fraction(str(rows[k][1])) for k in chosen), Fraction(0)))
    return best


_MONEY = st.integers(0, 60).map(lambda cents: cents / 10)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(_MONEY, st.integers(-20, 60).map(lambda v: v / 10), st.sampled_from([None, "x", "y"])),
        max_size=8,
    ),
    _MONEY,
)  # fmt: skip
def test_no_set_of_actions_brings_more(rows, budget):
    plan = plan_actions(_actions(rows), budget)
    assert Fraction(str(plan.attrs["total_value"])) == _best_by_trying(rows, budget)
    chosen = plan[plan["is_chosen"]]
    assert chosen["cost"].map(lambda c: Fraction(str(c))).sum() <= Fraction(str(budget))
    assert not chosen["one_of"].dropna().duplicated().any()
    assert (chosen["value"] > 0).all()


def test_money_is_counted_as_written():
    plan = plan_actions(_actions([(0.1, 1, None), (0.2, 1, None)]), 0.3)
    assert plan["is_chosen"].all()
    assert plan_actions(_actions([(0.1, 1, None)]), Decimal("0.1"))["is_chosen"].all()


def test_importance_weighs_the_change():
    actions = pd.DataFrame({
        "action": ["shop", "range"], "driver": ["convenience", "product"], "cost": [10, 10],
        "change": [1, 2]})  # fmt: skip
    assert plan_actions(actions, 10)["is_chosen"].tolist() == [False, True]
    weighted = plan_actions(actions, 10, importance={"convenience": 9, "product": 4})
    assert weighted["is_chosen"].tolist() == [True, False]
    assert weighted["value"].tolist() == [9, 8]


def test_what_is_not_known_is_not_chosen_and_says_so():
    plan = plan_actions(_actions([(np.nan, 5, None), (1, np.nan, None), (1, -1, None), (1, 1, None)]), 10)  # fmt: skip
    assert plan["is_chosen"].tolist() == [False, False, False, True]
    assert plan["reason"].isna().tolist() == [False, False, False, True]
    assert plan["reason"][2] == "brings nothing"


def test_of_equal_plans_the_cheaper_then_the_earlier_is_taken():
    assert plan_actions(_actions([(5, 1, None), (4, 1, None)]), 5)["is_chosen"].tolist() == [False, True]  # fmt: skip
    assert plan_actions(_actions([(5, 1, None), (5, 1, None)]), 5)["is_chosen"].tolist() == [True, False]  # fmt: skip


def test_mistakes_are_named_all_at_once():
    actions = pd.DataFrame({"action": ["a", "a"], "driver": ["x", "y"], "cost": [-1, 1], "change": [1, 1]})  # fmt: skip
    with pytest.raises(AnalysisError) as caught:
        plan_actions(actions, -5, importance={"x": 1})
    for text in ("'a' occurs twice", "is -1, expected 0 or more", "budget -5", "no importance of 'y'"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(SchemaError, match="no column change, driver"):
        plan_actions(actions[["action", "cost"]], 5, importance={})
    with pytest.raises(SchemaError, match="other than numbers"):
        plan_actions(actions.assign(cost="much"), 5)


def test_an_empty_list_costs_nothing():
    plan = plan_actions(_actions([]), 10)
    assert plan.empty
    assert plan.attrs["total_cost"] == 0
