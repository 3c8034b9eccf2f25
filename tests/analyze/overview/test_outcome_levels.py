"""Means and shares of outcomes; reference intervals from scipy and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from nlp_cx.analyze.overview.outcome_levels import outcome_levels
from nlp_cx.errors import ConfigError, SchemaError

RNG = np.random.default_rng(0)
UNITS = pd.DataFrame(
    {
        "r_stars": RNG.integers(1, 6, 200).astype(float),
        "o_churned": RNG.integers(0, 2, 200),
        "plan": ["month"] * 120 + ["year"] * 75 + ["two years"] * 5,
    }
)
UNITS.loc[:9, "r_stars"] = np.nan


def test_means_have_students_interval_and_shares_wilsons():
    table = outcome_levels(UNITS, ["r_stars", "o_churned"]).set_index("outcome")
    known = UNITS["r_stars"].dropna()
    ends = stats.t.interval(0.95, len(known) - 1, known.mean(), stats.sem(known))
    assert table.loc["r_stars", ["estimate", "low", "high"]].tolist() == pytest.approx(
        [known.mean(), *ends]
    )
    assert table.loc["r_stars", ["n", "of", "is_share", "median"]].tolist() == [
        190, 200, False, known.median(),
    ]  # fmt: skip
    k = int(UNITS["o_churned"].sum())
    ends = proportion_confint(k, 200, method="wilson")
    assert table.loc["o_churned", ["estimate", "low", "high"]].tolist() == pytest.approx(
        [k / 200, *ends]
    )
    assert table.loc["o_churned", "is_share"]


def test_small_groups_are_hidden_and_cannot_be_found_by_subtraction():
    table = outcome_levels(UNITS, ["r_stars"], by="plan").set_index("group")
    assert table.loc[["year", "two years"], "is_hidden"].tolist() == [True, True]
    assert table.loc[["year", "two years"], ["estimate", "n"]].isna().all(axis=None)
    assert table.loc["month", "estimate"] == pytest.approx(UNITS["r_stars"][:120].mean())
    assert table["reason"].notna().tolist() == [False, False, True, True]


def test_customers_widen_the_interval():
    customers = UNITS.assign(customer=np.arange(200) // 20)
    alone = outcome_levels(UNITS, ["r_stars"])
    grouped = outcome_levels(customers, ["r_stars"], cluster="customer")
    assert grouped["estimate"][0] == pytest.approx(alone["estimate"][0])
    assert grouped["high"][0] != pytest.approx(alone["high"][0])


def test_an_outcome_without_a_value_says_so():
    table = outcome_levels(UNITS.assign(nps=np.nan), ["nps"], by="plan")
    assert table["estimate"].isna().all()
    assert table["reason"].notna().all()


def test_what_cannot_be_averaged_is_refused():
    with pytest.raises(SchemaError, match="no_such"):
        outcome_levels(UNITS, ["no_such"])
    with pytest.raises(ConfigError, match="min_cell"):
        outcome_levels(UNITS, [])
