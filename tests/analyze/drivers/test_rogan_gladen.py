import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.analyze.drivers.rogan_gladen import (
    find_uselessness,
    lang_reiczigel_interval,
    rogan_gladen,
)
from nlp_cx.errors import AnalysisError


def test_the_worked_example_of_the_cost_model():
    # 22 % seen, sensitivity .80, specificity .95
    assert float(rogan_gladen(0.22, 0.80, 0.95)) == pytest.approx(0.22667, abs=5e-6)


def test_cattle_example_of_epir():
    # 23 of 150 cows, sensitivity .96, specificity .89: 5.1 per 100 (documentation of epiR, epi.prev)
    assert float(rogan_gladen(23 / 150, 0.96, 0.89)) == pytest.approx(0.051, abs=5e-4)


@given(*[st.floats(0, 1)] * 3)
def test_the_correction_undoes_the_errors(share, sensitivity, specificity):
    seen = share * sensitivity + (1 - share) * (1 - specificity)
    corrected = float(rogan_gladen(min(max(seen, 0), 1), sensitivity, specificity))
    if sensitivity + specificity <= 1:
        assert np.isnan(corrected)
    elif sensitivity + specificity > 1.01:
        assert corrected == pytest.approx(share, abs=1e-9)


def test_a_contradiction_of_the_numbers_is_not_clipped():
    assert float(rogan_gladen(0.02, 0.8, 0.95)) == pytest.approx(-0.04)


@pytest.mark.parametrize("numbers", [(1.2, 0.8, 0.9), (0.2, -0.1, 0.9), (0.2, 0.8, 95)])
def test_shares_outside_0_to_1_are_refused(numbers):
    with pytest.raises(AnalysisError, match="expected 0 to 1"):
        rogan_gladen(*numbers)


def test_the_interval_follows_the_authors_script():
    # CI_Binom of CI4TruePrevalence_15_03_2013.r, its steps one after the other with plain numbers
    z = 1.959963984540054
    p, se, sp = (22 + z**2 / 2) / (100 + z**2), 41 / 52, 96 / 102
    youden = se + sp - 1
    centre = (p + sp - 1) / youden
    variances = p * (1 - p) / (100 + z**2), se * (1 - se) / 52, sp * (1 - sp) / 102
    spread = np.sqrt(variances[0] + variances[1] * centre**2 + variances[2] * (1 - centre) ** 2)
    shift = 2 * z**2 * (centre * variances[1] - (1 - centre) * variances[2])
    low, high = lang_reiczigel_interval((22, 100), (40, 50), (95, 100))
    assert low == pytest.approx(centre + shift - z * spread / youden)
    assert high == pytest.approx(centre + shift + z * spread / youden)


@pytest.mark.parametrize("prevalence", [0.03, 0.2, 0.5])
def test_intervals_cover_where_the_labelled_sample_has_another_prevalence(prevalence):
    # Errors were measured on 60 true and 200 false cases that were picked by hand; 800 runs.
    rng = np.random.default_rng(7)
    se, sp, n, runs = 0.8, 0.95, 2000, 800
    seen = rng.binomial(n, prevalence * se + (1 - prevalence) * (1 - sp), runs)
    hits, rejected = rng.binomial(60, se, runs), rng.binomial(200, sp, runs)
    limits = np.array(
        [
            lang_reiczigel_interval((k, n), (a, 60), (b, 200))
            for k, a, b in zip(seen, hits, rejected, strict=True)
        ]
    )
    covered = np.mean((limits[:, 0] <= prevalence) & (prevalence <= limits[:, 1]))
    assert 0.93 <= covered <= 0.98
    naive = 1.96 * np.sqrt(seen / n * (1 - seen / n) / n)
    if prevalence != 0.2:  # at .2 the errors of both sides nearly cancel
        assert np.mean(np.abs(seen / n - prevalence) <= naive) < 0.1


def test_predictions_that_tell_nothing_are_named():
    assert "say nothing" in find_uselessness((10, 100), (85, 100))
    assert "say too little" in find_uselessness((3, 34), (265, 266))
    assert "truly so" in find_uselessness((0, 0), (85, 100))
    assert find_uselessness((80, 100), (190, 200)) is None


def test_impossible_counts_are_refused():
    with pytest.raises(AnalysisError, match="impossible counts"):
        lang_reiczigel_interval((120, 100), (80, 100), (95, 100))
