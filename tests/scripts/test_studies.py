"""Studies run on samples of the real data, and find what is known of them."""

import importlib
import os
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

REPOSITORY = Path(__file__).parents[2]
STUDIES = REPOSITORY / "scripts" / "studies"
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


@pytest.fixture
def make(tmp_path):
    """Run a study on a sample and render it."""

    def run(name, n_rows, **options):
        study = importlib.import_module(name)
        options = {"n_bootstrap": 20, **options}
        tables = study.make_tables(Path(ROOT), tmp_path, n_rows=n_rows, **options)
        blocks = study.render(tables)
        assert all(block.strip() for block in blocks.values())
        return tables

    return run


def by_driver(table):
    return table.set_index("driver")


class TestStudies:
    pytestmark = needs_data

    def test_clothes_are_judged_by_the_product(self, make):
        tables = make("womens_clothing_en", 2000)
        ox, importance = tables["ox"], by_driver(tables["importance"])
        assert len(ox) == 2000
        assert importance["n"].iloc[0] == (ox["x_n_texts"] > 0).sum() < 2000
        assert importance.loc["product", "share"] > 0.8
        assert by_driver(tables["recommended_importance"]).loc["product", "rank"] == 1
        contrast = by_driver(tables["penalty_reward"])
        assert contrast.loc["product", "penalty_high"] < 0 < contrast.loc["product", "reward_low"]
        # Hardly mentioned is not the same as 0.
        assert contrast.loc["relationship", ["penalty", "reward"]].isna().all()
        assert tables["trained"]["n_texts"].item() > 0

    def test_food_and_service_lead_in_restaurants(self, make):
        tables = make("zomato_hyderabad_en", 2500)
        importance = by_driver(tables["importance"])
        assert importance["rank"].nsmallest(2).index.tolist() == ["product", "service"]
        assert by_driver(tables["penalty_reward"]).loc["service", "kano_class"] == "basic"
        faults = tables["faults"].set_index("fault")["n"]
        assert faults["score quoted in the text"] > 50
        assert faults["text that stands there more than once"] > 50
        quarters = tables["restaurants_by_quarter"]
        assert quarters["n"].sum() == 2500
        # The source kept the latest reviews of each restaurant: time is mixed up with place.
        assert quarters["n_restaurants"].iloc[0] < 5 < 50 < quarters["n_restaurants"].iloc[-1]

    def test_few_products_get_no_intervals(self, make):
        tables = make("amazoncn_digital_stars_zh", 3000)
        assert by_driver(tables["importance"])["rank"].idxmin() == "product"
        phones = tables["importance_by_group"].query("group == 'mobile'")
        assert phones["share"].notna().any()
        assert phones["share_low"].isna().all()
        assert phones.loc[phones["share"].notna(), "reason"].str.contains("independent units").all()
        assert (by_driver(tables["penalty_reward"])["penalty"].dropna() < 0).all()

    def test_labelled_sample_repairs_shares(self, make):
        tables = make("aichallenger2018_zh", 4000, n_repeats=10)
        importance = tables["importance"]
        fit = importance.groupby(["rows", "labels"])["fit"].first()
        # People know the aspects better; on texts it learned from the model knows the outcome too.
        assert fit["test", "people"] > fit["test", "model"]
        assert (
            fit["all", "model"] - fit["test", "model"]
            > fit["all", "people"] - fit["test", "people"]
        )
        first = importance[importance["rank"] == 1]["driver"]
        assert first.tolist() == ["product"] * 4
        covered = tables["coverage"].groupby("method")["covered"].mean()
        assert covered["powered"] > 0.85 > 0.5 > covered["naive"]
        shares = tables["prevalence"].set_index(["label", "polarity"])
        assert (shares.xs("neutral", level="polarity")["naive"] < 0.02).all()
        assert shares.loc[("price", "neutral"), "truth"] > 0.1

    def test_same_input_gives_same_tables(self, make):
        first, again = (make("asap_sample_zh", 300) for _ in range(2))
        for name, table in first.items():
            pd.testing.assert_frame_equal(table, again[name])
        people = first["importance"].query("labels == 'people' and rows == 'all'")
        assert set(people["driver"]) == {"product", "service", "price", "convenience"}
        assert by_driver(people).loc["service", "penalty_high"] < 0


def test_missing_data_is_said_plainly(tmp_path):
    study = importlib.import_module("study")
    with pytest.raises(SystemExit, match=r"asap_sample_zh: dev.jsonl not found in .*--data"):
        study.read_set(tmp_path, "asap_sample_zh", "dev.jsonl")


def test_interval_stands_beside_its_estimate():
    study = importlib.import_module("study")
    frame = pd.DataFrame({"a": [0.5, None], "a_low": [0.25, None], "a_high": [0.75, None]})
    lines = study.to_markdown(frame, {"a": ("share", "{:.2f}")}).splitlines()
    assert lines[2:] == ["| 0.50 [0.25, 0.75] |", "| – |"]


def test_aspects_of_a_driver_become_one_label():
    gold = importlib.import_module("gold_aspects")
    labels = [
        [("taste", "positive"), ("size", "negative")],
        [("taste", "neutral"), ("size", "positive")],
        [("look", "neutral")],
        [],
    ]
    frame = pd.DataFrame({"doc_id": range(4)})
    frame["labels"] = [[{"category": c, "polarity": p} for c, p in row] for row in labels]
    mapping = {"taste": "product", "size": "product", "look": "product", "wait": "service"}
    found = gold.label_drivers(frame, mapping)
    assert found["product"].tolist() == ["mixed", "positive", "neutral", None]
    assert found["service"].isna().all()
    assert "price" not in found


def test_blocks_go_between_their_markers_only():
    doc = importlib.import_module("write_studies_doc")
    page = "a\n<!-- one: x -->\nold\n<!-- end -->\nb\n<!-- two: y -->\nkept\n<!-- end -->\n"
    filled = doc.fill(page, {"one": {"x": "new \\1"}})
    assert filled == page.replace("old", "new \\1")
    with pytest.raises(SystemExit, match="one gives no block 'x'"):
        doc.fill(page, {"one": {"z": ""}})


def test_page_is_filled_and_names_studies_that_exist():
    doc = importlib.import_module("write_studies_doc")
    page = (REPOSITORY / "docs" / "studies.md").read_text(encoding="utf-8")
    found = doc.MARK.findall(page)
    assert len(found) == len(re.findall(r"<!-- \w+: ", page)) > 20
    for _, study, _, _ in found:
        assert (STUDIES / f"{study}.py").is_file()
    assert not re.search(r"-->\n<!-- end -->", page)
