import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.analyze.cost.amounts import QUANTITIES, negative_cost
from nlp_cx.analyze.cost.draws import draw_parameters
from nlp_cx.analyze.cost.inputs import (
    CaseNumbers,
    CostInputs,
    check_parameters,
    tabulate_parameters,
)
from nlp_cx.analyze.cost.levers import cost_levers, cost_scenarios, move_share
from nlp_cx.analyze.cost.shares import CORRECTION, PARAMETERS
from nlp_cx.analyze.cost.tornado import cost_tornado
from nlp_cx.config import parse_config
from nlp_cx.errors import AnalysisError, ConfigError

FULL = {
    "revenue": 1000.0, "negative_share": 0.3, "complaint_share": 0.1,
    "complaining_lost": 0.2, "complaining_at_risk": 0.3, "complaining_kept": 0.5,
    "silent_lost": 0.4, "silent_at_risk": 0.4, "silent_kept": 0.2,
}  # fmt: skip
CASES = CaseNumbers(negative_share=400, complaint_share=120, complaining=60, silent=90)


def _table(**changes):
    return tabulate_parameters(CostInputs(**(FULL | changes)))


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_is_missing_is_named_and_has_no_default(name):
    with pytest.raises(AnalysisError, match=f"{name} is missing"):
        negative_cost(_table(**{name: None}))


def test_all_faults_are_named_at_once():
    with pytest.raises(AnalysisError) as e:
        check_parameters(_table(revenue=-1, negative_share=22, silent_lost=0.5, silent_kept=None))
    text = str(e.value)
    assert "revenue is -1, expected more than 0" in text
    assert "negative_share is 22, expected a share from 0 to 1 (22 % is 0.22)" in text
    assert "silent_kept is missing" in text


def test_a_branch_that_does_not_sum_to_1_is_refused_with_its_sum():
    with pytest.raises(
        AnalysisError, match=r"silent: .* = 0.5 \+ 0.4 \+ 0.2 = 1.1, expected a sum of 1"
    ):
        negative_cost(_table(silent_lost=0.5))
    with pytest.raises(AnalysisError, match=r"complaining: .* = 0.9"):
        cost_scenarios(_table(), {"s": {"complaining_lost": 0.1}})


def test_a_scenario_with_an_unknown_name_is_refused():
    with pytest.raises(AnalysisError, match="scenario 's': 'recovery' is no parameter"):
        cost_scenarios(_table(), {"s": {"recovery": 1}})


def test_a_corrected_share_and_what_corrects_it_contradict_each_other():
    with pytest.raises(AnalysisError, match="negative_share is given, and also what corrects it"):
        _table(sensitivity=0.8)
    with pytest.raises(AnalysisError, match="cannot be corrected without specificity"):
        _table(negative_share=None, observed_negative_share=0.2, sensitivity=0.8)


@pytest.mark.parametrize(
    ("observed", "sensitivity", "specificity"),
    [(0.02, 0.8, 0.95), (0.2, 0.5, 0.5), (0.9, 0.8, 0.95)],
)
def test_error_rates_that_cannot_have_led_to_the_share_are_refused(
    observed, sensitivity, specificity
):
    rates = dict(zip(CORRECTION, (observed, sensitivity, specificity), strict=True))
    with pytest.raises(AnalysisError, match="cannot have led to it"):
        _table(negative_share=None, **rates)


def test_a_share_that_cannot_be_is_named_before_it_is_corrected():
    with pytest.raises(AnalysisError, match="sensitivity is 80"):
        _table(negative_share=None, observed_negative_share=0.2, sensitivity=80, specificity=0.9)


def test_no_cases_at_all_and_no_cases_known_are_two_things():
    with pytest.raises(AnalysisError, match="0 cases behind negative_share"):
        _table(n=CaseNumbers(negative_share=0))


def test_a_file_with_unknown_names_is_refused():
    with pytest.raises(
        ConfigError, match="complaint_rate: unknown; did you mean 'complaint_share'"
    ):
        parse_config({"complaint_rate": 0.1}, CostInputs)


def test_what_is_typed_in_replaces_what_was_estimated():
    table = tabulate_parameters(CostInputs(silent_lost=0.1), base=_table())
    assert table.set_index("parameter").loc["silent_lost", "estimate"] == 0.1
    assert table["parameter"].tolist() == list(PARAMETERS)


def test_intervals_come_from_cases_and_name_what_is_taken_as_exact():
    table = _table(n=CaseNumbers(negative_share=400, silent=90))
    cost = negative_cost(table).set_index("quantity")
    assert (cost["low"] < cost["estimate"])["lost"]
    assert (cost["high"] > cost["estimate"])["lost"]
    assert cost["interval"].iloc[0].endswith("taken as exact: complaint_share, complaining")
    # A binomial share of 400 cases: 0.3 +- 1.96 * sqrt(0.3 * 0.7 / 400)
    assert cost.loc["negative", "share_low"] == pytest.approx(0.3 - 0.0449, abs=0.003)
    assert cost.loc["negative", "share_high"] == pytest.approx(0.3 + 0.0449, abs=0.003)


def test_a_quantity_that_nothing_makes_uncertain_has_no_interval():
    cost = negative_cost(_table(n=CaseNumbers(silent=90))).set_index("quantity")
    assert np.isnan(cost.loc["complaining_lost", "low"])
    assert not np.isnan(cost.loc["silent_lost", "low"])


def test_draws_do_not_depend_on_what_else_is_drawn():
    a, _ = draw_parameters(_table(n=CASES), 100, random_state=1)
    b, _ = draw_parameters(_table(n=CaseNumbers(silent=90)), 100, random_state=1)
    np.testing.assert_array_equal(a["silent_lost"], b["silent_lost"])


def test_draws_of_a_corrected_share_carry_all_three_uncertainties():
    rates = {"observed_negative_share": 0.22, "sensitivity": 0.8, "specificity": 0.95}
    n = CaseNumbers(observed_negative_share=1e7, sensitivity=100, specificity=400)
    narrow = CaseNumbers(observed_negative_share=1e7)
    wide = negative_cost(_table(negative_share=None, n=n, **rates)).set_index("quantity")
    thin = negative_cost(_table(negative_share=None, n=narrow, **rates)).set_index("quantity")
    assert thin.loc["negative", "high"] - thin.loc["negative", "low"] < 1
    # delta method: d/dsens = -p/J, d/dspec = (1-p)/J with p = .22667, J = .75
    se = np.hypot(
        0.22667 / 0.75 * np.sqrt(0.16 / 100), (1 - 0.22667) / 0.75 * np.sqrt(0.0475 / 400)
    )
    width = wide.loc["negative", "share_high"] - wide.loc["negative", "share_low"]
    assert width == pytest.approx(2 * 1.96 * se, rel=0.1)


def test_whether_complaints_help_is_a_probability_where_rates_are_uncertain():
    levers = cost_levers(_table(n=CASES)).query("lever == 'complaint_share' and quantity == 'lost'")
    row = levers.iloc[0]
    # P(complaining_lost < silent_lost) for Beta(12.5, 48.5) and Beta(36.5, 54.5)
    rng = np.random.default_rng(5)
    p = (rng.beta(12.5, 48.5, 200_000) < rng.beta(36.5, 54.5, 200_000)).mean()
    assert row["p_helps"] == pytest.approx(p, abs=0.01)
    assert row["low"] < row["estimate"] < row["high"]


def test_a_lever_at_its_end_has_no_step_left():
    levers = cost_levers(_table(negative_share=0.0)).query("lever == 'negative_share'")
    assert levers["estimate"].isna().all()
    assert set(levers["reason"]) == {"negative_share is at its end already"}


def test_the_tornado_over_intervals_says_which_bars_are_missing_and_why():
    tornado = cost_tornado(_table(n=CaseNumbers(silent=90))).set_index("parameter")
    assert tornado.index[0] == "silent_lost"
    assert tornado.loc["negative_share", "reason"].startswith("taken as exact")
    assert np.isnan(tornado.loc["negative_share", "swing"])


def test_unknown_options_are_refused():
    with pytest.raises(AnalysisError, match="quantity 'loss'"):
        cost_tornado(_table(), "loss")
    with pytest.raises(AnalysisError, match="swing 'wide'"):
        cost_tornado(_table(), swing="wide")
    with pytest.raises(ConfigError, match="confidence is 95"):
        negative_cost(_table(n=CASES), confidence=95)


_share = st.floats(0, 1)
_branch = st.tuples(_share, _share).map(lambda t: (t[0] * t[1], t[0] * (1 - t[1]), 1 - t[0]))


@given(st.floats(1e-3, 1e12), _share, _share, _branch, _branch)
def test_no_revenue_appears_or_vanishes(revenue, negative, complaint, complaining, silent):
    values = (revenue, negative, complaint, *complaining, *silent)
    cost = negative_cost(
        tabulate_parameters(CostInputs(**dict(zip(PARAMETERS, values, strict=True)))), n_draws=2
    )
    amount = cost.set_index("quantity")["estimate"]
    tolerance = {"rel": 1e-9, "abs": revenue * 1e-12}
    assert amount["lost"] + amount["at_risk"] + amount["kept"] == pytest.approx(
        amount["negative"], **tolerance
    )
    assert amount["complaining"] + amount["silent"] == pytest.approx(
        amount["negative"], **tolerance
    )
    assert tuple(cost["quantity"]) == QUANTITIES
    assert (amount >= -revenue * 1e-12).all()


@given(_branch, st.sampled_from(PARAMETERS[1:]), _share)
def test_a_moved_share_leaves_its_branch_whole(branch, name, to):
    values = FULL | dict(zip(PARAMETERS[3:6], branch, strict=True))
    moved = move_share(values, name, to)
    assert moved[name] == to
    assert sum(
        moved[f"complaining_{fate}"] for fate in ("lost", "at_risk", "kept")
    ) == pytest.approx(1)
    assert sum(moved[f"silent_{fate}"] for fate in ("lost", "at_risk", "kept")) == pytest.approx(1)
