import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.kano_answers import ANSWERS, classify_answers, kano_survey
from nlp_cx.analyze.kano_summary import CATEGORIES, summarize_kano
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError


def _counts(*rows):
    return pd.DataFrame(rows, columns=list("AOMIRQ"))


def _answers(n_by_pair, feature="lamp"):
    rows = [(feature, *pair) for pair, n in n_by_pair.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["feature", "functional", "dysfunctional"])


def test_all_25_pairs_have_the_category_of_the_table():
    pairs = pd.DataFrame([(f, d) for f in range(1, 6) for d in range(1, 6)], columns=["f", "d"])
    letters = "".join(
        "AOMIRQ"[CATEGORIES.index(name)] for name in classify_answers(pairs["f"], pairs["d"])
    )
    assert letters == "QAAAO" + "RIIIM" * 3 + "RRRRQ"


def test_answers_may_be_words_and_the_table_another():
    pairs = pd.DataFrame({"f": ["like", "dislike", None], "d": ["dislike", "like", "like"]})
    found = classify_answers(pairs["f"], pairs["d"], scale=ANSWERS)
    assert found.tolist() == ["one_dimensional", "reverse", None]
    strict = ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ")
    middle = pd.Series([2])
    assert classify_answers(middle, middle, table=strict).tolist() == ["questionable"]


def test_an_answer_off_the_scale_is_named():
    with pytest.raises(
        AnalysisError, match="2 answers in 'f' are not on the scale 1, 2, 3, 4, 5: 7"
    ):
        classify_answers(pd.Series([7, 7, 1], name="f"), pd.Series([1, 1, 1], name="d"))
    for wrong in ((1, 2, 3), (1, 1, 2, 3, 4)):
        with pytest.raises(ConfigError, match="five values"):
            classify_answers(pd.Series([1]), pd.Series([1]), scale=wrong)
    with pytest.raises(ConfigError, match="five strings"):
        classify_answers(pd.Series([1]), pd.Series([1]), table=["QAAAX"] * 5)


@pytest.mark.parametrize(
    ("counts", "better", "worse"),
    [((20, 30, 40, 10, 0, 0), 0.50, -0.70), ((60, 25, 5, 10, 0, 0), 0.85, -0.30)],
)
def test_better_and_worse_of_worked_numbers(counts, better, worse):
    row = summarize_kano(_counts(counts)).iloc[0]
    assert row[["better", "worse"]].tolist() == pytest.approx([better, worse])
    assert row["better_low"] < better < row["better_high"]
    assert row["worse_low"] < worse < row["worse_high"] <= 0


def test_the_worked_table_of_an_r_package_is_reproduced():
    """README of stp25kano (github.com/stp4/stp25kano), 296 simulated answers on five features."""
    table = summarize_kano(_counts(
        (45, 123, 95, 33, 0, 0), (54, 54, 101, 81, 3, 3), (121, 24, 15, 124, 6, 6),
        (93, 87, 65, 51, 0, 0), (83, 18, 9, 177, 6, 3),
    ))  # fmt: skip
    assert table["n"].eq(296).all()
    assert table["better"].round(3).tolist() == [0.568, 0.372, 0.511, 0.608, 0.352]
    assert table["worse"].round(3).tolist() == [-0.736, -0.534, -0.137, -0.514, -0.094]
    assert table["total_strength"].round(2).tolist() == [0.89, 0.71, 0.54, 0.83, 0.37]
    assert table["category_strength"].round(2).tolist() == [0.09, 0.07, 0.01, 0.02, 0.32]
    assert table["fong_difference"].tolist() == pytest.approx([28, 20, 3, 6, 94])
    assert table["fong_threshold"].round(1).tolist() == [19.4, 18.5, 19.8, 18.5, 19.9]
    assert table["category"].tolist() == ["one_dimensional", "must_be", None, None, "indifferent"]
    assert table["category_by_rule"].tolist() == [
        "one_dimensional", "must_be", "attractive", "one_dimensional", "indifferent",
    ]  # fmt: skip
    assert table.loc[2, "reason"] == "indifferent (124) is not told from attractive (121)"
    assert table["p_category"].tolist() == pytest.approx([0.97, 0.93, 0.57, 0.66, 1], abs=0.04)


def test_coefficients_leave_reverse_and_questionable_out_but_report_them():
    a = summarize_kano(_counts((20, 30, 40, 10, 0, 0))).iloc[0]
    b = summarize_kano(_counts((20, 30, 40, 10, 25, 15))).iloc[0]
    assert a[["better", "worse"]].tolist() == b[["better", "worse"]].tolist()
    assert b["n"] == 140
    assert b[["n_reverse", "n_questionable"]].tolist() == [25, 15]
    assert b["share_reverse"] == pytest.approx(25 / 140)
    assert b["total_strength"] == pytest.approx(90 / 140)


def test_answers_that_contradict_themselves_give_no_category():
    row = summarize_kano(_counts((5, 5, 5, 5, 0, 40))).iloc[0]
    assert row[["category", "category_by_rule"]].isna().all()
    assert row["reason"] == "most answers contradict themselves (40): ask otherwise"


def test_customers_who_want_the_opposite_give_reverse():
    row = summarize_kano(_counts((5, 5, 5, 5, 60, 0))).iloc[0]
    assert row["category"] == "reverse"


def test_few_answers_give_counts_only():
    row = summarize_kano(_counts((10, 5, 4, 0, 0, 0))).iloc[0]
    assert row["n_attractive"] == 10
    assert row[["category", "better", "worse_low", "total_strength", "p_category"]].isna().all()
    assert row["reason"] == "19 answers, expected at least 20"
    none = summarize_kano(_counts((0, 0, 0, 0, 0, 0)), min_n=0).iloc[0]
    assert none[["better", "worse", "p_category", "category_strength"]].isna().all()


def test_only_indifferent_answers_have_ends_at_0():
    row = summarize_kano(_counts((0, 0, 0, 30, 0, 0))).iloc[0]
    assert row[["better", "better_low", "worse", "worse_high"]].tolist() == [0, 0, 0, 0]
    assert row["better_high"] == pytest.approx(0.1135, abs=5e-4)  # Wilson, 0 of 30
    assert row["runner_up"] is None


def test_a_survey_is_counted_by_group_and_feature():
    lamp = _answers({(1, 3): 30, (3, 3): 5, (5, 1): 2, (1, 1): 1, (1, None): 4})
    lock = _answers({(3, 5): 25, (1, 5): 15}, "lock")
    answers = pd.concat([lamp, lock, lamp]).assign(city=["a"] * 42 + ["a"] * 40 + ["b"] * 42)
    before = answers.copy()
    found = kano_survey(answers, group="city")
    assert found[["group", "feature"]].to_numpy().tolist() == [
        ["a", "lamp"],
        ["a", "lock"],
        ["b", "lamp"],
    ]
    row = found.iloc[0]
    assert row[["n_attractive", "n_indifferent", "n_reverse", "n_questionable"]].tolist() == [
        30,
        5,
        2,
        1,
    ]
    assert row[["n", "n_missing"]].tolist() == [38, 4]
    assert row["better"] == pytest.approx(30 / 35)
    assert found["better"].iloc[2] == row["better"]
    pd.testing.assert_frame_equal(answers, before)
    alone = kano_survey(lock).iloc[0]
    assert "group" not in alone.index
    assert alone["worse"] == -1
    assert alone["category"] == "must_be"  # 25 and 15
    assert alone["fong_threshold"] == pytest.approx(1.65 * np.sqrt(40 * 40 / 80))


def test_weights_count_answers_and_widen_intervals():
    answers = _answers({(1, 3): 30, (3, 5): 30})
    plain = kano_survey(answers).iloc[0]
    answers["w"] = np.where(answers["functional"] == 1, 3.0, 1.0)
    found = kano_survey(answers, weights="w").iloc[0]
    assert found["better"] == pytest.approx(0.75)
    assert found["n_attractive"] == 90
    assert found["n"] == 60
    width = found["better_high"] - found["better_low"]
    n_effective = 120**2 / (30 * 9 + 30)
    assert width == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / n_effective), rel=0.05)
    assert plain["better"] == 0.5


def test_nobody_answers_twice():
    answers = _answers({(1, 3): 30}).assign(person=[*range(29), 0])
    with pytest.raises(AnalysisError, match="1 rows are second answers of a person"):
        kano_survey(answers, respondent="person")
    assert kano_survey(answers.iloc[:29], respondent="person")["n"].tolist() == [29]


def test_what_is_missing_or_impossible_is_refused():
    with pytest.raises(SchemaError, match="'functional'"):
        kano_survey(pd.DataFrame({"feature": [], "dysfunctional": []}))
    with pytest.raises(SchemaError, match="no column R, Q"):
        summarize_kano(_counts((1, 1, 1, 1, 0, 0))[list("AOMI")])
    with pytest.raises(AnalysisError, match="1 counts are negative or missing"):
        summarize_kano(_counts((1, 1, 1, -1, 0, 0)))
    with pytest.raises(AnalysisError, match="weights in 'w' are negative"):
        kano_survey(_answers({(1, 3): 2}).assign(w=-1.0), weights="w")
    assert kano_survey(_answers({})).empty


def test_fongs_test_settles_one_tie_in_six():
    """The level said in the docstring: two categories with 35% each."""
    counts = np.random.default_rng(0).multinomial(300, [0.35, 0.35, 0.2, 0.1, 0, 0], size=4000)
    found = summarize_kano(pd.DataFrame(counts, columns=list("AOMIRQ")), n_bootstrap=1)
    assert found["category"].notna().mean() == pytest.approx(0.18, abs=0.02)
