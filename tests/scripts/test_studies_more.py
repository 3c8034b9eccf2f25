"""Studies with ratings, votes or churn in the place of stars find what is known of their data."""

import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

STUDIES = Path(__file__).parents[2] / "scripts" / "studies"
ROOT = os.environ.get("NLP_CX_DATA", "")
needs_data = [
    pytest.mark.data,
    pytest.mark.skipif(not ROOT, reason="NLP_CX_DATA does not name the datasets folder"),
]


@pytest.fixture(scope="module", autouse=True)
def _import_path():
    """Find modules where ``python scripts/studies/<name>.py`` finds them."""
    before = set(sys.modules)
    sys.path.insert(0, str(STUDIES))
    yield
    sys.path.remove(str(STUDIES))
    for name in set(sys.modules) - before:
        if (STUDIES / f"{name}.py").exists():
            del sys.modules[name]


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Run a study on a sample and render it."""

    def run(name, n_rows, n_bootstrap=20):
        study = importlib.import_module(name)
        output = tmp_path_factory.mktemp(name)
        tables = study.make_tables(Path(ROOT), output, n_rows=n_rows, n_bootstrap=n_bootstrap)
        assert all(block.strip() for block in study.render(tables).values())
        return tables

    return run


@pytest.fixture(scope="module")
def hotels(make):
    return make("tripadvisor_subratings_en", 1000)


class TestHotels:
    pytestmark = needs_data

    def test_price_goes_most_with_value_and_convenience_not_with_location(self, hotels):
        matching = hotels["matching"].set_index(["driver", "way"])
        assert matching.loc[("price", "mentioned"), ["matching", "p_most"]].tolist() == ["value", 1]
        assert matching.loc[("price", "beyond stars"), "gap_low"] > 0.1
        assert matching.loc[("convenience", "mentioned"), "gap"] < 0

    def test_correlations_are_those_of_scipy(self, hotels):
        ox = hotels["ox"]
        found = hotels["multitrait"].query(
            "driver == 'price' and rating == 'value' and way == 'mentioned'"
        )
        said = ox[ox["x_price_score"].notna()]
        assert found["n"].item() == len(said) < len(ox)
        expected = spearmanr(said["x_price_score"], said["r_value"]).statistic
        assert found["estimate"].item() == pytest.approx(expected, abs=1e-12)

    def test_silence_is_a_group_of_its_own_between_mixed_and_praised(self, hotels):
        means = hotels["labels"].pivot_table(index="rating", columns="group", values="estimate")
        means = means.loc[["value", "rooms"]]  # location is mixed in a handful of reviews
        assert (means["negative"] < means["mixed"]).all()
        assert (means["mixed"] < means["not mentioned"]).all()
        assert (means["not mentioned"] < means["positive"]).all()

    def test_text_and_ratings_agree_where_all_is_said(self, hotels):
        share = hotels["importance"].pivot_table(
            index="driver", columns=["reviews", "source"], values="share"
        )
        share = share.loc[["product", "price", "convenience"]]
        apart = (share.xs("ratings", level=1, axis=1) - share.xs("text, these three", level=1,
                 axis=1)).abs()  # fmt: skip
        assert apart["mention all three"].max() < 0.1 < 0.2 < apart.loc["price", "all"]
        agreement = hotels["agreement"]
        assert agreement.loc[agreement["is_found"], "tau"].item() == 1
        assert agreement["share"].sum() == pytest.approx(1)

    def test_ratings_were_not_learned_but_texts_were(self, hotels):
        assert hotels["trained"]["n_texts"].item() > 0
        faults = hotels["faults"].set_index("fault")["n"]
        assert faults["hotel id that stands in one row only"] == 1000


@pytest.fixture(scope="module")
def helpdesk(make):
    return make("stc3_helpdesk_zh", 1000)


class TestHelpdesk:
    pytestmark = needs_data

    def test_there_are_no_waits_without_times(self, helpdesk):
        faults = helpdesk["faults"].set_index("fault")["n"]
        assert faults["time that is known"] == faults["conversations with a known wait"] == 0
        assert helpdesk["ox"]["o_first_wait_seconds"].isna().all()
        assert faults["conversations"] == len(helpdesk["ox"]) == 1000

    def test_end_tells_more_than_the_worst_turn(self, helpdesk):
        r = helpdesk["peak_end"].query("chats == '2 scored turns or more'").set_index("feature")
        assert r.loc["end", "low"] > r.loc["worst", "high"]
        assert r.loc["worst", "difference_high"] < 0

    def test_service_not_product_separates_chats(self, helpdesk):
        contrast = helpdesk["penalty_reward"].set_index("driver")
        assert contrast.loc["product", "n_negative"] > contrast.loc["service", "n_negative"]
        assert contrast.loc["service", "penalty_high"] < contrast.loc["product", "penalty_low"]

    def test_nineteen_readers_are_more_reliable_than_one(self, helpdesk):
        votes = helpdesk["votes"]
        # Spearman and Brown: what 19 readers make of the reliability of one.
        one = votes["icc_one"]
        np.testing.assert_allclose(votes["icc_all"], 19 * one / (1 + 18 * one), rtol=1e-9)

    def test_rules_are_held_against_the_base_rate(self, helpdesk):
        rules, ox = helpdesk["alerts"].set_index("rule"), helpdesk["ox"]
        unhappy = ox["r_satisfaction"] <= -0.5
        assert rules["base_share"].iloc[0] == pytest.approx(unhappy.mean())
        asked = ox["o_asked_escalation"].fillna(False).astype(bool)
        rule = rules.loc["asks for a superior or an authority"]
        assert rule["n_cases"] == rule["n_found"] == asked.sum()
        assert rule["found_share"] == pytest.approx((asked & unhappy).sum() / unhappy.sum())


@pytest.fixture(scope="module")
def telecom(make):
    return make("telco_churn_ibm", None, 5)


class TestTelecom:
    pytestmark = needs_data

    def test_nobody_is_lost_or_multiplied(self, telecom):
        assert len(telecom["ox"]) == 7043
        joined = telecom["joined"].set_index("table")
        assert (joined["n_matched"] == 7043).all()
        assert joined.loc["population", "cardinality"] == "m:1"
        checks = telecom["checks"].set_index("check")["n"]
        assert checks["customers whose revenue differs from the file that came joined"] == 0

    def test_score_gives_churn_away_and_is_kept_out(self, telecom):
        left = telecom["satisfaction"].set_index("group")["estimate"]
        assert left.tolist()[:2] == [1, 1]
        assert left.tolist()[3:] == [0, 0]
        assert 0.1 < left.tolist()[2] < 0.2
        study = importlib.import_module("telco_churn_ibm")
        used = " ".join(name for names in study.PLAYERS.values() for name in names)
        assert not any(word in used for word in ("Satisfaction", "Churn", "CLTV", "Tenure"))

    def test_churn_depends_on_who_is_counted(self, telecom):
        rates = telecom["rates"]
        lost, start = 1272, 5992  # counted with a spreadsheet
        assert rates["n"].tolist() == [7043, 6589, start]
        assert rates["estimate"].iloc[0] == pytest.approx(1869 / 7043)
        assert rates["estimate"].iloc[2] == pytest.approx(lost / start)

    def test_missing_parameters_are_named_and_not_invented(self, telecom):
        cost = telecom["cost"].set_index("parameter")
        assert np.isnan(cost.loc["revenue lost", "estimate"])
        assert "complaint_share" in cost.loc["revenue lost", "reason"]
        assert cost.loc["revenue negative", "estimate"] > 0

    def test_reasons_are_judged_one_by_one(self, telecom):
        reasons = telecom["reasons"]
        assert reasons["n"].sum() == 1869
        assert len(reasons) == 20
        assert set(reasons["verdict"]) <= {
            "right", "wrong sign", "wrong driver", "missed", "one too many"
        }  # fmt: skip


def test_judgement_of_a_reason():
    judge = importlib.import_module("telco_churn_ibm").judge
    assert judge({}, set()) == "right"
    assert judge({}, {"price"}) == "missed"
    assert judge({"price": "negative"}, {"price", "product"}) == "right"
    assert judge({"price": "positive"}, {"price"}) == "wrong sign"
    assert judge({"brand": "negative"}, {"price"}) == "wrong driver"
    assert judge({"price": "negative"}, set()) == "wrong driver"
    assert judge({"price": "negative", "brand": "negative"}, {"price"}) == "one too many"


def test_rank_correlation_beyond_a_third_is_that_of_residuals():
    study = importlib.import_module("tripadvisor_subratings_en")
    rng = np.random.default_rng(0)
    x, y, given = rng.integers(0, 6, (3, 200)).astype(float)
    x, y = x + given, y + given
    table = pd.DataFrame({"x": x, "y": y, "z": given}).rank()
    r = table.corr()
    expected = (r.loc["x", "y"] - r.loc["x", "z"] * r.loc["y", "z"]) / np.sqrt(
        (1 - r.loc["x", "z"] ** 2) * (1 - r.loc["y", "z"] ** 2)
    )  # the textbook formula of a partial correlation
    found = study.correlate_ranks(x, y[:, None], given)[0]
    assert found == pytest.approx(expected, abs=1e-12)
