"""All tables on one outcome."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.drivers.kano_drift import kano_drift
from nlp_cx.analyze.drivers.what_if import what_if
from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.errors import ConfigError


@pytest.fixture(scope="module")
def ox():
    rng = np.random.default_rng(0)
    said = rng.integers(-1, 2, 400)
    table = pd.DataFrame({"r_stars": 3 + said + rng.normal(0, 1, 400), "x_n_texts": 1})
    table["x_service_negative"], table["x_service_positive"] = said < 0, said > 0
    table["x_service_neutral"] = 0
    table["x_service_score"] = np.where(said == 0, np.nan, said)
    return table.assign(at=pd.date_range("2024-01-01", periods=400, freq="D"))


def test_draws_by_chance_are_as_many_as_asked_for(ox):
    def share_by_chance(n_null):
        found = analyze_outcome(ox, "r_stars", drivers=["service"], n_bootstrap=0, n_null=n_null)
        return found.tables["importance"]

    assert share_by_chance(0)["p_null"].isna().all()
    # The least p-value of n orders by chance is 1 / (n + 1).
    assert share_by_chance(19)["p_null"].tolist() == pytest.approx([1 / 20])
    assert share_by_chance(99)["p_null"].tolist() == pytest.approx([1 / 100])


def test_without_bootstrap_samples_every_table_is_there_but_kano_drift(ox):
    found = analyze_outcome(
        ox, "r_stars", drivers=["service"], period="at", n_bootstrap=0, n_null=0
    )
    assert "kano_drift" not in found.tables
    assert found.notes == ("kano_drift: needs bootstrap samples, and n_bootstrap is 0",)
    what = found.tables["what_if"]
    assert what["estimate"].notna().all()
    assert what[["low", "high", "interval"]].isna().all(axis=None)
    assert found.tables["performance"]["quadrant"].notna().all()


def test_negative_counts_are_refused(ox):
    with pytest.raises(ConfigError, match="n_bootstrap"):
        what_if(ox, "r_stars", drivers=["service"], n_bootstrap=-1)
    with pytest.raises(ConfigError, match="expected 1 or more: the line needs it"):
        kano_drift(ox, "r_stars", period="at", drivers=["service"], n_bootstrap=0)
