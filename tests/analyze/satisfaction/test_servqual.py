"""SERVQUAL: the worked vector, answers, alpha, and perception from texts."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.satisfaction.alpha import cronbach_alpha
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.analyze.satisfaction.servqual import UNWEIGHTED, WEIGHTED, servqual_gaps
from nlp_cx.analyze.satisfaction.servqual_survey import servqual_survey, standard_items
from nlp_cx.analyze.satisfaction.text_perception import text_perception
from nlp_cx.errors import AnalysisError, SchemaError, TaxonomyError
from nlp_cx.schema import ox_schema, scored_schema
from nlp_cx.taxonomy import PACKAGED, load_crosswalk, load_taxonomy

DIMENSIONS = ["tangibles", "reliability", "responsiveness", "assurance", "empathy"]
SHEET = pd.DataFrame(
    {
        "dimension": DIMENSIONS,
        "perception": [5.1, 4.2, 4.8, 5.5, 5.0],
        "expectation": [5.0, 6.4, 6.0, 6.1, 5.4],
        "weight": [11, 32, 22, 19, 16],
    }
)


def test_the_worked_vector():
    table = servqual_gaps(SHEET).set_index("dimension")
    assert table.loc[DIMENSIONS, "gap"].tolist() == pytest.approx([0.1, -2.2, -1.2, -0.6, -0.4])
    assert table.loc[UNWEIGHTED, "gap"] == pytest.approx(-0.86)
    assert table.loc[WEIGHTED, "gap"] == pytest.approx(-1.135)


def test_the_order_of_rows_does_not_matter():
    pd.testing.assert_frame_equal(servqual_gaps(SHEET), servqual_gaps(SHEET.iloc[::-1]))


def test_a_missing_number_makes_no_whole():
    table = servqual_gaps(SHEET.assign(expectation=[5.0, np.nan, 6, 6.1, 5.4])).set_index(
        "dimension"
    )
    assert pd.isna(table.loc["reliability", "gap"])
    assert pd.isna(table.loc[UNWEIGHTED, "gap"])
    assert table.loc["reliability", "reason"] == "not known: expectation"
    without = servqual_gaps(SHEET.drop(columns="weight")).set_index("dimension")
    assert without.loc[UNWEIGHTED, "gap"] == pytest.approx(-0.86)
    assert pd.isna(without.loc[WEIGHTED, "gap"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"weight": [10, 32, 22, 19, 16]}, "do not sum to 100"),
        ({"weight": [-11, 54, 22, 19, 16]}, "do not sum to 100"),
        ({"dimension": ["tangibles", "tangibles", "responsiveness", "assurance", "price"]}, "'price' is no dimension"),
    ],
)  # fmt: skip
def test_mistakes_are_named(change, error):
    with pytest.raises(AnalysisError, match=error):
        servqual_gaps(SHEET.assign(**change))


def _answers(n=120, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"customer": rng.integers(0, n // 2, n)})
    for side, level in (("p", 5.0), ("e", 6.0)):
        for dimension, items in standard_items(f"r_{side}{{}}").items():
            mood = rng.normal(0, 0.8, n)
            for item in items:
                frame[item] = np.clip(np.round(level + mood + rng.normal(0, 0.7, n)), 1, 7)
            frame[f"r_w_{dimension}"] = 20.0
    return frame


def test_the_instrument_has_22_items_in_five_dimensions():
    items = standard_items("q{}")
    assert [len(items[name]) for name in DIMENSIONS] == [4, 5, 4, 4, 5]
    assert sorted((q for part in items.values() for q in part), key=lambda q: int(q[1:])) == [
        f"q{k}" for k in range(1, 23)
    ]


def test_a_survey_gives_the_gaps_of_its_means():
    answers = _answers()
    items = standard_items("r_p{}"), standard_items("r_e{}")
    points = {name: f"r_w_{name}" for name in DIMENSIONS}
    table = servqual_survey(answers, *items, scale=(1, 7), points=points).set_index("dimension")
    for name in DIMENSIONS:
        p, e = (answers[side[name]].mean(axis=1) for side in items)
        assert table.loc[name, "estimate"] == pytest.approx((p - e).mean())
        assert table.loc[name, "perception"] == pytest.approx(p.mean())
        assert table.loc[name, "low"] < table.loc[name, "estimate"] < table.loc[name, "high"]
    mean = table.loc[DIMENSIONS, "estimate"].mean()
    assert table.loc[[UNWEIGHTED, WEIGHTED], "estimate"].tolist() == pytest.approx([mean, mean])


def test_points_weigh_each_respondent_s_own_gaps():
    answers = _answers()
    items = standard_items("r_p{}"), standard_items("r_e{}")
    points = dict(zip(DIMENSIONS, [11, 32, 22, 19, 16], strict=True))
    table = servqual_survey(answers, *items, scale=(1, 7), points=points).set_index("dimension")
    known = sum(table.loc[name, "estimate"] * w / 100 for name, w in points.items())
    assert table.loc[WEIGHTED, "estimate"] == pytest.approx(known)
    with pytest.raises(AnalysisError, match="do not sum to 100"):
        servqual_survey(answers, *items, scale=(1, 7), points=points | {"empathy": 50})


def test_without_expectation_it_is_servperf():
    table = servqual_survey(_answers(), standard_items("r_p{}"), scale=(1, 7)).set_index(
        "dimension"
    )
    assert table["expectation"].isna().all()
    assert table.loc["empathy", "estimate"] == pytest.approx(table.loc["empathy", "perception"])
    assert (
        "SERVPERF"
        in servqual_survey(_answers(), standard_items("r_p{}"), scale=(1, 7)).attrs["note"]
    )


def test_items_of_both_sides_have_to_fit():
    p, e = standard_items("r_p{}"), standard_items("r_e{}")
    with pytest.raises(AnalysisError, match="4 items of perception, 3 of expectation"):
        servqual_survey(_answers(), p, e | {"tangibles": e["tangibles"][:3]}, scale=(1, 7))
    with pytest.raises(SchemaError, match="r_q1"):
        servqual_survey(_answers(), standard_items("r_q{}"), scale=(1, 7))
    with pytest.raises(SchemaError, match="not between 1 and 5"):
        servqual_survey(_answers(), p, scale=(1, 5))


def test_alpha_is_that_of_pingouin():
    pingouin = pytest.importorskip("pingouin")
    answers = _answers()
    items = standard_items("r_p{}")["reliability"]
    alpha, interval = pingouin.cronbach_alpha(answers[items])
    got = cronbach_alpha(answers, items)
    assert got.estimate == pytest.approx(alpha)
    assert [got.low, got.high] == pytest.approx(list(interval), abs=1e-3)
    table = servqual_survey(answers, standard_items("r_p{}"), scale=(1, 7)).set_index("dimension")
    assert table.loc["reliability", "alpha_perception"] == pytest.approx(alpha)


def test_alpha_of_a_published_table():
    """Ten pupils, five items of right and wrong: worked by hand, k/(k-1) (1 - Σs²/s²)."""
    items = pd.DataFrame(
        [[1, 1, 1, 1, 1], [1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]] * 2,
        columns=list("abcde"),
    )
    sums, item = items.sum(axis=1).var(ddof=1), items.var(ddof=1).sum()
    assert cronbach_alpha(items, list("abcde")).estimate == pytest.approx(5 / 4 * (1 - item / sums))


@pytest.mark.parametrize(
    "answers", [{"a": [1, 2] * 2, "b": [1, 2] * 2}, {"a": [3] * 20, "b": [3] * 20}]
)
def test_alpha_is_missing_without_rows_or_spread(answers):
    assert np.isnan(cronbach_alpha(pd.DataFrame(answers), ["a", "b"]).estimate)


def _servqual_ox(n=60):
    rng = np.random.default_rng(0)
    ox = pd.DataFrame({"x_n_texts": [1] * n + [0], "customer": range(n + 1)})
    for name in DIMENSIONS:
        said = rng.random(n + 1) < 0.5
        good = rng.random(n + 1) < 0.6
        ox[f"x_{name}_negative"] = (said & ~good) * 1
        ox[f"x_{name}_neutral"] = 0
        ox[f"x_{name}_positive"] = (said & good) * 1
        ox[f"x_{name}_score"] = np.where(said, np.where(good, 0.5, -0.5), np.nan)
    ox.iloc[-1, 2:] = np.nan
    return ox


def test_perception_from_texts_is_called_servperf_style():
    ox = _servqual_ox()
    table = text_perception(ox, mapping=ScoreMapping.linear(1, 7)).set_index("dimension")
    assert list(table.index) == DIMENSIONS
    row = table.loc["empathy"]
    mentions = ox["x_empathy_score"].notna()
    assert row["estimate"] == pytest.approx(ox["x_empathy_score"].mean())
    assert row["rating"] == pytest.approx(4 + 3 * row["estimate"])
    assert row[["n", "n_texts"]].tolist() == [mentions.sum(), 60]
    assert row["salience"] == pytest.approx(mentions.sum() / 60)
    assert row["measure"] == "SERVPERF-style, from text"
    assert row["drivers"] == "service, relationship"
    assert "no gaps" in text_perception(ox).attrs["note"]
    assert "rating" not in text_perception(ox)


def test_a_table_scored_for_the_drivers_is_refused_with_what_to_do():
    ox = pd.DataFrame({name: [1.0] for name in ox_schema().names})
    with pytest.raises(
        SchemaError, match=r"were not scored for the taxonomy 'servqual'.*nlp-cx models"
    ):
        text_perception(ox)


def test_few_mentions_have_no_interval():
    row = text_perception(_servqual_ox(12), min_n=30).iloc[0]
    assert pd.isna(row["low"])
    assert "fewer than 30" in row["reason"]


def test_packaged_taxonomies_are_whole_and_bilingual():
    assert load_taxonomy() == load_taxonomy("drivers")
    for name in PACKAGED:
        taxonomy = load_taxonomy(name)
        assert taxonomy.name == name
        for label in taxonomy.labels:
            assert label.zh
            assert label.en
            assert label.definition.endswith(".")
    for name in ("servqual", "six_pillars"):
        walk = load_crosswalk(name)
        assert set(walk) == set(load_taxonomy(name).ids)
        assert {d for drivers in walk.values() for d in drivers} <= set(load_taxonomy().ids)
    assert load_crosswalk("five_es") == {}
    with pytest.raises(TaxonomyError, match="no packaged taxonomy 'kano'"):
        load_crosswalk("kano")


def test_names_of_pillars_and_stages_are_the_corrected_ones():
    """The source writes 决心 (determination) for Resolution."""
    pillars = [label.en for label in load_taxonomy("six_pillars").labels]
    assert pillars == ["Personalization", "Integrity", "Expectations", "Resolution", "Time & Effort", "Empathy"]  # fmt: skip
    assert "决心" not in [label.zh for label in load_taxonomy("six_pillars").labels]
    assert [label.en for label in load_taxonomy("five_es").labels] == ["Entice", "Enter", "Engage", "Exit", "Extend"]  # fmt: skip


def test_a_second_taxonomy_fits_the_scored_table():
    names = scored_schema(load_taxonomy("servqual")).names
    assert "responsiveness_score" in names
