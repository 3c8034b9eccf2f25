import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.analyze.drivers.impact_asymmetry import (
    ASYMMETRY_CLASSES,
    KANO_CLASSES,
    classify_asymmetry,
    classify_kano,
    impact_asymmetry,
)
from nlp_cx.errors import ConfigError

AMOUNTS = st.floats(0.001, 100)


@pytest.mark.parametrize(
    ("reward", "penalty", "ia"), [(0.10, -0.50, -0.6667), (0.40, -0.40, 0), (0.45, -0.05, 0.80)]
)
def test_asymmetry_of_worked_numbers(reward, penalty, ia):
    found = impact_asymmetry(penalty, reward)
    assert found.ia == pytest.approx(ia, abs=5e-5)
    assert found.impact_range == pytest.approx(reward - penalty)
    assert found.sgp + found.dgp == pytest.approx(1)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_asymmetry_knows_no_unit_and_turns_with_the_sides(penalty, reward, unit):
    ia = impact_asymmetry(-penalty, reward).ia
    assert -1 <= ia <= 1
    assert impact_asymmetry(-penalty * unit, reward * unit).ia == pytest.approx(ia)
    assert impact_asymmetry(-reward, penalty).ia == pytest.approx(-ia)
    assert impact_asymmetry(penalty, -reward, higher_is_better=False).ia == pytest.approx(ia)


@pytest.mark.parametrize(("penalty", "reward"), [(0.1, 0.3), (-0.1, -0.3), (0, 0), (np.nan, 0.3)])
def test_a_wrong_sign_gives_no_asymmetry(penalty, reward):
    assert np.isnan(impact_asymmetry(penalty, reward).ia)
    assert np.isnan(impact_asymmetry(penalty, reward).impact_range)


def test_a_wrong_sign_counts_as_0_where_asked():
    found = impact_asymmetry([0.1, -0.1, 0.1], [0.3, -0.3, -0.3], wrong_sign="zero")
    assert found.ia.tolist()[:2] == [1, -1]
    assert np.isnan(found.ia[2])


def test_a_value_on_a_cutoff_belongs_to_the_class_nearer_0():
    values = [-1, -0.7, -0.2, 0, 0.2, 0.7, 1, np.nan]
    assert [ASYMMETRY_CLASSES[i] for i in classify_asymmetry(values)[:-1]] == [
        "frustrator", "dissatisfier", "hybrid", "hybrid", "hybrid", "satisfier", "delighter",
    ]  # fmt: skip
    assert [KANO_CLASSES[i] for i in classify_kano(values)[:-1]] == [
        "basic", "basic", "performance", "performance", "performance", "excitement", "excitement",
    ]  # fmt: skip
    assert classify_kano(values)[-1] == classify_asymmetry(values)[-1] == -1


def test_cutoffs_can_be_moved():
    assert classify_kano([-0.3, 0.3], (0.4, 0.8)).tolist() == [1, 1]
    assert classify_kano([-0.3, 0.0, 0.3], (0.0, 0.0)).tolist() == [0, 1, 2]
    for wrong in ((0.7, 0.2), (-0.1, 0.5), (0.2, 1.5), (0.2,)):
        with pytest.raises(ConfigError, match="cutoffs"):
            classify_kano([0], wrong)
    with pytest.raises(ConfigError, match="wrong_sign"):
        impact_asymmetry(-1, 1, wrong_sign="keep")
