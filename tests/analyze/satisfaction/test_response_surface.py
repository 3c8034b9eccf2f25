"""The response surface against statsmodels, and known surfaces."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nlp_cx.analyze.satisfaction.response_surface import response_surface
from nlp_cx.errors import AnalysisError, SchemaError


def _answers(n=400, *, seed=0, beta=(1.0, -0.2, 0.1, 0.05, -0.1)):
    rng = np.random.default_rng(seed)
    x, e = rng.integers(1, 11, n), rng.integers(1, 11, n)
    a, b = x - 5.5, e - 5.5
    terms = np.column_stack([a, b, a**2, a * b, b**2])
    ox = pd.DataFrame({"r_x": x, "r_e": e, "r_csat": 20 + terms @ np.array(beta)})
    ox["r_csat"] += rng.normal(0, 1, n)
    ox["customer"], ox["w"] = rng.integers(0, n // 4, n), rng.uniform(0.5, 2, n)
    ox["store"] = rng.choice(["a", "b", "c"], n)
    return ox


def _fit(ox, **options):
    return response_surface(ox, "r_csat", "r_x", "r_e", scale=(1, 10), **options).set_index("term")


def test_every_term_is_that_of_statsmodels():
    ox = _answers()
    got = _fit(ox, weights="w", cluster="customer", controls=["store"])
    a, b = ox.r_x - 5.5, ox.r_e - 5.5
    design = pd.DataFrame({"c": 1, "x": a, "e": b, "x2": a**2, "xe": a * b, "e2": b**2})
    base = ox.store.value_counts().sort_index().idxmax()
    for store in sorted(set("abc") - {base}):
        design[store] = (ox.store == store).astype(float)
    fit = sm.WLS(ox.r_csat, design, weights=ox.w).fit(
        cov_type="cluster", cov_kwds={"groups": ox.customer}, use_t=True
    )
    for term in ("x", "e", "x2", "xe", "e2"):
        assert got.loc[term, "estimate"] == pytest.approx(fit.params[term])
        assert got.loc[term, "low"] == pytest.approx(fit.conf_int().loc[term, 0])
        assert got.loc[term, "p_value"] == pytest.approx(fit.pvalues[term], abs=1e-9)
    lines = {"slope_met": "x + e", "curve_met": "x2 + xe + e2", "slope_gap": "x - e", "curve_gap": "x2 - xe + e2"}  # fmt: skip
    for term, rule in lines.items():
        known = fit.t_test(f"{rule} = 0")
        assert got.loc[term, "estimate"] == pytest.approx(known.effect[0])
        assert got.loc[term, "high"] == pytest.approx(known.conf_int()[0, 1])
    test = fit.f_test("x + e = 0, x2 = 0, xe = 0, e2 = 0")
    assert got.loc["difference_score", "estimate"] == pytest.approx(float(test.fvalue))
    assert got.loc["difference_score", "p_value"] == pytest.approx(float(test.pvalue), abs=1e-9)
    assert got.loc["r2", "estimate"] == pytest.approx(fit.rsquared)


def test_the_difference_is_enough_where_it_is_the_truth():
    """Under outcome = X - E the test says so in 95 of 100 surveys, roughly."""
    p = [_fit(_answers(150, seed=s, beta=(1, -1, 0, 0, 0))).loc["difference_score", "p_value"] for s in range(200)]  # fmt: skip
    assert 0.90 <= np.mean(np.array(p) > 0.05) <= 0.99


def test_the_difference_is_refused_where_expectation_matters_less():
    got = _fit(_answers())
    assert got.loc["difference_score", "p_value"] < 1e-6
    assert got.loc["r2", "estimate"] > got.loc["r2_difference", "estimate"]
    assert got.loc["x", "low"] <= 1 <= got.loc["x", "high"]


def test_what_cannot_be_told_apart_is_refused():
    ox = _answers()
    with pytest.raises(AnalysisError, match="do not vary enough"):
        _fit(ox.assign(r_e=ox.r_x))
    with pytest.raises(AnalysisError, match="do not vary enough"):
        _fit(ox.assign(r_e=7))
    with pytest.raises(AnalysisError, match="expected at least 50"):
        _fit(ox.head(20))
    with pytest.raises(SchemaError, match="no column 'nosuch'"):
        _fit(ox, controls=["nosuch"])


def test_few_customers_give_no_joint_test():
    ox = _answers()
    got = _fit(ox.assign(customer=ox.customer % 4), cluster="customer")
    assert pd.isna(got.loc["difference_score", "estimate"])


def test_rows_without_an_answer_are_left_out():
    ox = _answers()
    holed = ox.assign(r_x=ox.r_x.where(ox.index >= 50), store=ox.store.where(ox.index < 390))
    assert _fit(holed, controls=["store"]).loc["x", "n"] == 340
